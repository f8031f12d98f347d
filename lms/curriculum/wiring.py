"""What the feature curriculum hands to the application."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from lms.core.actor import Actor
from lms.core.feature import Feature, MenuEntry
from lms.core.policy import Action
from lms.curriculum import models  # noqa: F401 - registers the tables
from lms.curriculum.pages import crosswalks, curricula, frameworks

__all__ = ["feature"]

_AUTHORS = frozenset({"deputy_head", "director", "content_author"})
_STAFF = _AUTHORS | {
    "teacher",
    "class_teacher",
    "tutor",
    "specialist",
    "home_teacher",
    "registrar",
    "commission_member",
    "commission_chair",
}


def _in_own_organisation(_session: Session, actor: Actor, obj: Any) -> bool:
    """Tell whether the actor holds one of the authors' roles in the organisation ``obj`` (its id)."""
    return isinstance(obj, UUID) and actor.has_role(*_AUTHORS, org_id=obj)


def _works_there(_session: Session, actor: Actor, obj: Any) -> bool:
    return isinstance(obj, UUID) and any(role.org_id == obj for role in actor.roles)


ERROR_TEXTS = {
    "curriculum.no_framework": _l("There is no such framework of outcomes."),
    "curriculum.no_outcome": _l("There is no such outcome any more. Choose one from the list."),
    "curriculum.no_curriculum": _l("There is no such curriculum."),
    "curriculum.no_item": _l("This module was taken out already."),
    "curriculum.framework_exists": _l("The framework %(framework)s has a version %(version)s already."),
    "curriculum.outcome_exists": _l("The framework has an outcome with the code %(outcome)s already."),
    "curriculum.edge_exists": _l("These two outcomes are compared already."),
    "curriculum.no_edge": _l("There is no such comparison."),
    "curriculum.edge_decided": _l("This comparison is decided already. Nothing was changed."),
    "curriculum.own_proposal": _l("You proposed this comparison yourself. A colleague approves it."),
    "curriculum.edge_to_itself": _l("Compare outcomes of two different frameworks."),
    "curriculum.shared_framework": _l(
        "All schools share this framework, so no school changes it. Begin a version of your own."
    ),
    "curriculum.framework_published": _l(
        "This version is published and does not change any more. Begin the next one."
    ),
    "curriculum.framework_empty": _l("The framework has no outcomes yet. Add one, then publish it."),
    "curriculum.needs_statement": _l("Say what a learner can do afterwards."),
    "curriculum.too_deep": _l("The tree would become too deep. Choose a place higher up."),
    "curriculum.too_many_outcomes": _l("A framework takes at most %(most)s outcomes."),
    "curriculum.below_itself": _l("An outcome cannot stand below itself."),
    "curriculum.has_outcomes_below": _l("Other outcomes stand below this one. Move or take them out first."),
    "curriculum.case_unreadable": _l(
        "This is no CASE file: it needs a CFDocument with identifier and title."
    ),
    "curriculum.case_too_large": _l("The file is too large: at most 5 MB, 5,000 outcomes and 20,000 links."),
    "curriculum.weight_out_of_range": _l("The weight lies between 0 and 1."),
    "curriculum.parent_elsewhere": _l("The outcome above belongs to another framework."),
    "curriculum.needs_code_and_title": _l("A framework needs a code and a title."),
    "curriculum.needs_title": _l("Say what the module is called."),
    "curriculum.no_such_subject": _l("Choose a subject from the list."),
    "curriculum.already_approved": _l(
        "This version is approved and does not change any more. Begin the next one."
    ),
    "curriculum.empty": _l("The curriculum has no modules yet. Add one, then approve it."),
    "curriculum.hours_not_positive": _l("Hours are more than zero."),
    "curriculum.outcome_hours_exceed_item": _l("The outcomes take more hours than the module has."),
    "curriculum.outcome_twice": _l("One outcome is named twice in this module."),
    "curriculum.no_such_period": _l("The school year has no such period."),
    "curriculum.no_periods": _l("Say when the periods of the school year begin and end."),
    "curriculum.period_backwards": _l("A period ends before it begins."),
    "curriculum.periods_overlap": _l("Two periods overlap."),
}


def feature() -> Feature:
    """Return what the feature brings."""
    return Feature(
        name="curriculum",
        blueprints=(curricula.blueprint, frameworks.blueprint, crosswalks.blueprint),
        actions=(
            Action(
                "curriculum.read", _STAFF, "Read frameworks and curricula of one's own school.", _works_there
            ),
            Action("curriculum.manage", _AUTHORS, "Write frameworks and curricula.", _in_own_organisation),
            Action(
                "curriculum.approve",
                frozenset({"deputy_head", "director"}),
                "Put a curriculum in force.",
                _in_own_organisation,
            ),
        ),
        error_texts=ERROR_TEXTS,
        menu=(MenuEntry(_l("Curricula"), "curriculum.index", "book", _AUTHORS, 35),),
    )
