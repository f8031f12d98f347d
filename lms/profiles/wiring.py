"""What the digital profile hands to the application."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext, lazy_pgettext

from lms.assessment.events import ResultCounts
from lms.core.contracts import BASIS_DEPENDENTS, EXPLAINERS
from lms.core.events import Subscription
from lms.core.feature import Feature, MenuEntry
from lms.plans.events import CreditDecided
from lms.plans.ports import EVIDENCE_SHELVES
from lms.profiles import handlers, models  # noqa: F401 - models registers the tables
from lms.profiles.access_rules import ACTIONS
from lms.profiles.api import blueprint as api_blueprint
from lms.profiles.dependents import ProfileDependents
from lms.profiles.explainers import LevelExplainer, WorkExplainer
from lms.profiles.pages import portfolio  # noqa: F401 - adds its routes
from lms.profiles.pages.profile import blueprint
from lms.profiles.portfolio_shelf import PortfolioShelf
from lms.profiles.settings import ProfilesSettings

__all__ = ["feature"]

ERROR_TEXTS = {
    "profiles.no_fact": lazy_gettext("There is no such fact, or it is not yours to see."),
    "profiles.no_work": lazy_gettext("There is no such work, or it is not yours to see."),
    "profiles.check_work": lazy_gettext("Check what is marked below."),
    "profiles.needs_reason": lazy_gettext("Give the reason: people will read it."),
    "profiles.needs_title": lazy_gettext("Say what it is called."),
    "profiles.needs_description": lazy_gettext("Say what was done, in a few sentences."),
    "profiles.made_in_future": lazy_gettext("The day lies in the future."),
    "profiles.hours_range": lazy_gettext("Hours are more than zero and at most 500."),
    "profiles.host_unknown": lazy_gettext(
        "The link has to begin with https:// and lead to a site that the school allows. Attach a file instead."
    ),
    "profiles.no_outcome": lazy_gettext("Choose from the list: it names what the plan asks for."),
    "profiles.needs_file": lazy_gettext(
        "Attach a file, or give a link: somebody has to be able to see the work."
    ),
    "profiles.too_many_files": lazy_gettext("A work has at most five files."),
    "profiles.too_many_works": lazy_gettext("A portfolio has at most %(most)s works."),
    "profiles.not_admitted": lazy_gettext("Only a student of a school keeps a portfolio here."),
    "profiles.work_confirmed": lazy_gettext(
        "A teacher has confirmed this work as it is, so it cannot be changed. Take it out and add it anew."
    ),
    "profiles.work_state": lazy_gettext(
        "Somebody was faster: the work stands differently now. Nothing was changed."
    ),
    "profiles.changed_meanwhile": lazy_gettext(
        "The work was changed meanwhile. Nothing was saved over it: look at it again."
    ),
    "profiles.not_impartial": lazy_gettext("You belong to the student's family. A colleague decides this."),
}

#: The same said to a child, where the words for everybody would be those for a grown-up.
STUDENT_TEXTS: dict[str, Any] = {
    "profiles.no_fact": lazy_pgettext("student", "There is no such fact, or it is not yours to see."),
    "profiles.no_work": lazy_pgettext("student", "There is no such work, or it is not yours to see."),
    "profiles.check_work": lazy_pgettext("student", "Check what is marked below."),
    "profiles.needs_title": lazy_pgettext("student", "Say what it is called."),
    "profiles.needs_description": lazy_pgettext("student", "Say what was done, in a few sentences."),
    "profiles.no_outcome": lazy_pgettext("student", "Choose from the list: it names what the plan asks for."),
    "profiles.needs_file": lazy_pgettext(
        "student", "Attach a file, or give a link: somebody has to be able to see the work."
    ),
    "profiles.work_confirmed": lazy_pgettext(
        "student",
        "A teacher has confirmed this work as it is, so it cannot be changed. Take it out and add it anew.",
    ),
    "profiles.changed_meanwhile": lazy_pgettext(
        "student", "The work was changed meanwhile. Nothing was saved over it: look at it again."
    ),
}


def feature() -> Feature:
    """Return what the feature brings."""
    return Feature(
        name="profiles",
        blueprints=(blueprint,),
        api_blueprints=(api_blueprint,),
        actions=ACTIONS,
        subscriptions=(
            Subscription("profiles.result_counts", ResultCounts, handlers.result_counts),
            Subscription("profiles.credit_decided", CreditDecided, handlers.credit_decided),
        ),
        menu=(MenuEntry(lazy_gettext("Profile"), "profiles.own", "person", frozenset({"student"}), 60),),
        provides={
            BASIS_DEPENDENTS: (ProfileDependents(),),
            EVIDENCE_SHELVES: (PortfolioShelf(),),
            EXPLAINERS: (LevelExplainer(), WorkExplainer()),
        },
        settings=ProfilesSettings,
        error_texts=ERROR_TEXTS,
        student_error_texts=STUDENT_TEXTS,
    )
