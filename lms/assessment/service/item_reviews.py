"""Have questions looked at by a second person: the rule of an organisation, and who is told that something waits."""

from __future__ import annotations

from uuid import UUID

from lms.assessment.models import ItemReviewRule, ItemVersion
from lms.assessment.queries.item_reviews import review_rule, writers_of
from lms.assessment.service.notices import ITEM_REVIEW
from lms.core.errors import Conflict
from lms.core.uow import UnitOfWork
from lms.people.queries import active_holders
from lms.people.service import is_sending, notify

__all__ = ["require_second_person", "set_review_rule", "tell_reviewers"]

#: Who is told of a question that waits, unless there is nobody but its author among them: then everybody who may decide.
_TOLD = ("content_author", "deputy_head", "director")


def set_review_rule(uow: UnitOfWork, org_id: UUID, *, needs_second: bool) -> None:
    """Decide whether somebody else than its author makes a question of an organisation ready."""
    uow.require("assessment.set_policy", org_id)
    row = uow.session.get(ItemReviewRule, org_id, with_for_update=True)
    if row is None:
        row = ItemReviewRule(org_id=org_id)
        uow.session.add(row)
    row.needs_second, row.set_by, row.set_at = needs_second, uow.actor.person_id, uow.now()
    told = {"needs_second": needs_second}
    uow.append_ledger(f"org:{org_id}", "assessment.item_review_rule", None, told)


def require_second_person(uow: UnitOfWork, org_id: UUID, version: ItemVersion) -> None:
    """Raise Conflict ``assessment.second_person`` when who wrote at a question may not make it ready."""
    rule = review_rule(uow.session, org_id, uow.now())
    if not rule.allows(uow.actor.person_id, writers_of(uow.session, [version.id])[version.id]):
        raise Conflict("assessment.second_person")


def tell_reviewers(uow: UnitOfWork, org_id: UUID, version: ItemVersion) -> None:
    """Tell by letter those who may decide on a question that it waits."""
    if not is_sending(uow):
        return
    heads = active_holders(uow.session, org_id, _TOLD, uow.now()) - {version.created_by}
    everybody = review_rule(uow.session, org_id, uow.now()).people - {version.created_by}
    notify(uow, ITEM_REVIEW, version.id, f"/items/{version.item_id}", heads or everybody)
