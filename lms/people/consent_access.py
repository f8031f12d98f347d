"""Declare who may record the basis of biometrics and handle consents, and word the refusals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from lms.core.actor import Actor
from lms.core.policy import SIGNED_IN, Action
from lms.people import queries
from lms.people.service.consents import ConsentReach
from lms.people.types import Relation

__all__ = ["BASIS", "CONSENT_ACTIONS", "CONSENT_ERROR_TEXTS", "OFFICE"]

OFFICE = frozenset({"director", "deputy_head", "registrar"})
BASIS = frozenset({"director"})
_OFFICE_RELATIONS = frozenset({Relation.DIRECTOR, Relation.DEPUTY_HEAD, Relation.REGISTRAR})
_OWN_RELATIONS = frozenset({Relation.SELF, Relation.GUARDIAN_CONSENT})


def _in_org(_session: Session, actor: Actor, org_id: UUID) -> bool:
    return actor.has_role(*BASIS, org_id=org_id)


def _relations(session: Session, actor: Actor, reach: ConsentReach) -> frozenset[Relation]:
    return queries.relations_in(session, actor, reach.id, reach.org_id, reach.at)


def _office(session: Session, actor: Actor, reach: ConsentReach) -> bool:
    return bool(_relations(session, actor, reach) & _OFFICE_RELATIONS)


def _own_or_office(session: Session, actor: Actor, reach: ConsentReach) -> bool:
    return bool(_relations(session, actor, reach) & (_OFFICE_RELATIONS | _OWN_RELATIONS))


CONSENT_ACTIONS: tuple[Action, ...] = (
    Action("people.record_basis", BASIS, "Record or revoke the legal basis of biometrics.", _in_org),
    Action("people.manage_consents", OFFICE, "Prepare consents and attach the signed documents.", _office),
    Action(
        "people.see_consents",
        SIGNED_IN,
        "See consents of oneself, one's child or one's students.",
        _own_or_office,
    ),
    Action("people.withdraw_consent", SIGNED_IN, "Withdraw a consent at any moment.", _own_or_office),
)

CONSENT_ERROR_TEXTS: Mapping[str, Any] = {
    "people.basis_covers": lazy_gettext("Choose whom the basis covers: minors or adults."),
    "people.basis_text": lazy_gettext("Write down the legal basis in at least one full sentence."),
    "people.no_basis": lazy_gettext("There is no such record."),
    "people.no_consent": lazy_gettext("There is no such consent."),
    "people.consent_giver": lazy_gettext(
        "This person may not consent for the student. Choose a parent (legal representative)."
    ),
    "people.consent_exists": lazy_gettext("A consent for this purpose is already in force."),
    "people.consent_state": lazy_gettext("The signed document was attached before. Nothing was changed."),
    "people.consent_method": lazy_gettext(
        "A click is not written consent. Attach the signed paper or a qualified signature."
    ),
    "people.no_consent_text": lazy_gettext("The words of this consent are not kept here."),
    "people.signature_forged": lazy_gettext(
        "This signature does not fit its certificate: the file was changed. The consent is not in force."
    ),
    "people.signature_other_content": lazy_gettext(
        "This is a signature under another file. The file to sign stands on this page: it is signed as it is."
    ),
    "people.signature_untrusted": lazy_gettext(
        "The certificate was not issued by an authority that the school trusts, or its time is over. Attach the report of an accredited service as well."
    ),
    "people.signature_revoked": lazy_gettext(
        "This certificate was revoked: it stands on the list of its authority. The consent is not in force."
    ),
    "people.signature_unchecked": lazy_gettext(
        "This system cannot check the algorithm of this signature (GOST, for instance). Attach the report of an accredited service as well."
    ),
    "people.signature_unreadable": lazy_gettext(
        "This is no signature file that can be read. Choose a detached signature (.sig, .p7s) under the file of this page, or attach the report of an accredited service as well."
    ),
    "people.signature_of_another": lazy_gettext(
        "The certificate is not in the name of the person who has to consent. The consent is not in force."
    ),
}
