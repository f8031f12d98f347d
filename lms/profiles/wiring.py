"""What the digital profile hands to the application."""

from __future__ import annotations

from flask_babel import lazy_gettext

from lms.assessment.events import ResultCounts
from lms.core.contracts import BASIS_DEPENDENTS, EXPLAINERS
from lms.core.events import Subscription
from lms.core.feature import Feature, MenuEntry
from lms.plans.events import CreditDecided
from lms.profiles import handlers, models  # noqa: F401 - models registers the tables
from lms.profiles.access_rules import ACTIONS
from lms.profiles.api import blueprint as api_blueprint
from lms.profiles.dependents import ProfileDependents
from lms.profiles.explainers import LevelExplainer
from lms.profiles.pages.profile import blueprint

__all__ = ["feature"]

ERROR_TEXTS = {"profiles.no_fact": lazy_gettext("There is no such fact, or it is not yours to see.")}


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
        provides={BASIS_DEPENDENTS: (ProfileDependents(),), EXPLAINERS: (LevelExplainer(),)},
        error_texts=ERROR_TEXTS,
    )
