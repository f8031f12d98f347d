"""What the feature plans hands to the application: study plans and credit transfer together."""

from __future__ import annotations

from lms.assessment.ports import JOURNAL_SHELVES
from lms.core.contracts import BASIS_DEPENDENTS, EXPLAINERS
from lms.core.feature import Feature
from lms.courses.ports import AGREEMENTS, COURSE_SHELVES, COURSE_WORTH
from lms.people.contracts import NOTICE_KINDS
from lms.people.ports import SIGNATURE_CHECKS
from lms.plans import credit_wiring, plan_wiring
from lms.plans.cli import COMMANDS
from lms.plans.pages.agreement_book import NetworkBook
from lms.plans.pages.course_shelf import OutsideShelf
from lms.plans.pages.course_worth import PlanWorth
from lms.plans.pages.journal_shelf import CreditShelf
from lms.plans.settings import PlansSettings
from lms.plans.signature_check import SchoolSignatures

__all__ = ["feature"]


def feature() -> Feature:
    """Return what the feature brings."""
    return Feature(
        name="plans",
        blueprints=plan_wiring.BLUEPRINTS + credit_wiring.BLUEPRINTS,
        api_blueprints=plan_wiring.API_BLUEPRINTS + credit_wiring.API_BLUEPRINTS,
        actions=plan_wiring.ACTIONS + credit_wiring.ACTIONS,
        subscriptions=plan_wiring.SUBSCRIPTIONS + credit_wiring.SUBSCRIPTIONS,
        jobs=plan_wiring.JOBS + credit_wiring.JOBS,
        sweeps=plan_wiring.SWEEPS + credit_wiring.SWEEPS,
        menu=plan_wiring.MENU + credit_wiring.MENU,
        settings=PlansSettings,
        commands=COMMANDS,
        groups=plan_wiring.GROUPS + credit_wiring.GROUPS,
        provides={
            BASIS_DEPENDENTS: plan_wiring.DEPENDENTS + credit_wiring.DEPENDENTS,
            EXPLAINERS: plan_wiring.EXPLAINERS + credit_wiring.EXPLAINERS,
            SIGNATURE_CHECKS: (SchoolSignatures(),),
            NOTICE_KINDS: plan_wiring.KINDS + credit_wiring.KINDS,
            AGREEMENTS: (NetworkBook(),),
            COURSE_SHELVES: (OutsideShelf(),),
            COURSE_WORTH: (PlanWorth(),),
            JOURNAL_SHELVES: (CreditShelf(),),
        },
        error_texts={**plan_wiring.ERROR_TEXTS, **credit_wiring.ERROR_TEXTS},
        student_error_texts=plan_wiring.STUDENT_TEXTS,
    )
