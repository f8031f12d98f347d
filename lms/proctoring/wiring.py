"""What identity and proctoring hand to the application."""

from __future__ import annotations

from flask_babel import lazy_gettext

from lms.assessment.ports import ATTEMPT_GATES
from lms.core.contracts import EXPLAINERS
from lms.core.feature import Feature, MenuEntry
from lms.people.contracts import NOTICE_KINDS
from lms.people.ports import CONSENT_DEPENDENTS, SUPPORT_CHOICES
from lms.proctoring import api, models  # noqa: F401 - registers the tables
from lms.proctoring.access_rules import ACTIONS
from lms.proctoring.checks.page import builtin as page_checks
from lms.proctoring.cli import COMMANDS
from lms.proctoring.contracts import IDENTITY_VERIFIERS, PAGE_CHECKS, PROCTORING_CHECKS, SPOOF_DETECTORS
from lms.proctoring.explain import ProctoringExplainer
from lms.proctoring.gate import ProctoringGate
from lms.proctoring.handlers import SUBSCRIPTIONS
from lms.proctoring.pages import BLUEPRINTS
from lms.proctoring.service.groups import GroupsConsentDependent
from lms.proctoring.service.notices import KINDS
from lms.proctoring.service.templates import BiometricConsentDependent
from lms.proctoring.settings import ProctoringSettings
from lms.proctoring.support_choices import IdentityChoices, SignChoices
from lms.proctoring.tasks import JOBS, SWEEPS
from lms.proctoring.words import ERROR_TEXTS, STUDENT_TEXTS

__all__ = ["feature"]


def feature() -> Feature:
    """Return what the feature brings."""
    return Feature(
        name="proctoring",
        blueprints=BLUEPRINTS,
        api_blueprints=(api.blueprint,),
        actions=ACTIONS,
        subscriptions=SUBSCRIPTIONS,
        jobs=JOBS,
        sweeps=SWEEPS,
        menu=(
            MenuEntry(
                lazy_gettext("Identity"),
                "staff.queue",
                "shield",
                frozenset({"teacher", "class_teacher", "tutor", "home_teacher", "registrar", "proctor"}),
                60,
            ),
            MenuEntry(lazy_gettext("Identity"), "staff.vouching", "shield", frozenset({"guardian"}), 60),
            MenuEntry(lazy_gettext("Running exams"), "wall.index", "eye", frozenset({"proctor"}), 59),
            MenuEntry(lazy_gettext("Review"), "review.queue", "eye", frozenset({"reviewer"}), 61),
            MenuEntry(
                lazy_gettext("Supervision"),
                "supervision.index",
                "eye",
                frozenset({"director", "deputy_head"}),
                62,
            ),
        ),
        settings=ProctoringSettings,
        commands=COMMANDS,
        groups=(IDENTITY_VERIFIERS, PROCTORING_CHECKS, PAGE_CHECKS, SPOOF_DETECTORS),
        provides={
            PAGE_CHECKS: tuple(page_checks()),
            NOTICE_KINDS: KINDS,
            ATTEMPT_GATES: (ProctoringGate(),),
            EXPLAINERS: (ProctoringExplainer(),),
            CONSENT_DEPENDENTS: (BiometricConsentDependent(), GroupsConsentDependent()),
            SUPPORT_CHOICES: (IdentityChoices(), SignChoices()),
        },
        error_texts=ERROR_TEXTS,
        student_error_texts=STUDENT_TEXTS,
    )
