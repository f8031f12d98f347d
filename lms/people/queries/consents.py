"""Read about consents and the basis of biometrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.db import day_of
from lms.core.errors import NotFound
from lms.people.models import Admission, BiometricBasis, Consent, Organisation, Person
from lms.people.queries.persons import person_card, person_cards
from lms.people.rules.consent_text import WORDED, text_to_sign
from lms.people.types import ConsentPurpose, ConsentState, PersonCard

__all__ = [
    "BasisView",
    "ConsentView",
    "bases_of",
    "consent_to_sign",
    "consent_view",
    "consents_about",
    "students_in",
]


@dataclass(frozen=True, slots=True)
class ConsentView:
    """One consent as pages show it."""

    id: UUID
    subject: PersonCard
    giver: PersonCard
    org_id: UUID
    org_name: str
    purpose: ConsentPurpose
    state: ConsentState
    method: str
    text_version: str
    given_at: datetime
    withdrawn_at: datetime | None
    document_file_id: UUID | None
    signed_text_file_id: UUID | None
    report_file_id: UUID | None
    certificate: Mapping[str, str] | None

    @property
    def is_worded(self) -> bool:
        """Tell whether this version of the text can be read here and signed as a file."""
        return self.text_version in WORDED


@dataclass(frozen=True, slots=True)
class BasisView:
    """One record of a legal basis."""

    id: UUID
    covers: str
    text: str
    recorded_by: str
    recorded_at: datetime
    revoked_at: datetime | None
    document_file_id: UUID | None


def consents_about(session: Session, subject_id: UUID) -> list[ConsentView]:
    """Return every consent about a person, the newest first."""
    rows = session.scalars(
        sa.select(Consent)
        .where(Consent.subject_id == subject_id)
        .order_by(Consent.given_at.desc(), Consent.id.desc())
    ).all()
    return [_view(session, row) for row in rows]


def consent_view(session: Session, consent_id: UUID) -> ConsentView:
    """Return one consent; raise NotFound ``people.no_consent``."""
    row = session.get(Consent, consent_id)
    if row is None:
        raise NotFound("people.no_consent")
    return _view(session, row)


def consent_to_sign(session: Session, consent_id: UUID) -> bytes:
    """Return the file that a qualified signature is put under: the same bytes as long as the consent says the same.

    Raises NotFound ``people.no_consent``, ``people.no_consent_text``.
    """
    view = consent_view(session, consent_id)
    if not view.is_worded:
        raise NotFound("people.no_consent_text")
    return text_to_sign(
        view.text_version,
        consent_id=view.id,
        giver=view.giver.name,
        subject=view.subject.name,
        organisation=view.org_name,
    )


def _view(session: Session, row: Consent) -> ConsentView:
    org = session.get(Organisation, row.org_id)
    return ConsentView(
        id=row.id,
        subject=person_card(session, row.subject_id),
        giver=person_card(session, row.given_by),
        org_id=row.org_id,
        org_name=org.name if org else "",
        purpose=row.purpose,
        state=row.state,
        method=row.method.value,
        text_version=row.text_version,
        given_at=row.given_at,
        withdrawn_at=row.withdrawn_at,
        document_file_id=row.document_file_id,
        signed_text_file_id=row.signed_text_file_id,
        report_file_id=row.report_file_id,
        certificate=row.certificate,
    )


def bases_of(session: Session, org_id: UUID) -> list[BasisView]:
    """Return every record of an organisation's legal basis, the newest first."""
    rows = session.scalars(
        sa.select(BiometricBasis)
        .where(BiometricBasis.org_id == org_id)
        .order_by(BiometricBasis.recorded_at.desc())
    ).all()
    cards = person_cards(session, [row.recorded_by for row in rows])
    return [
        BasisView(
            row.id,
            row.covers,
            row.text,
            cards[row.recorded_by].short_name if row.recorded_by in cards else "",
            row.recorded_at,
            row.revoked_at,
            row.document_file_id,
        )
        for row in rows
    ]


def students_in(
    session: Session, org_ids: set[UUID], at: datetime
) -> list[tuple[PersonCard, ConsentState | None]]:
    """Return the students admitted to the organisations with the state of their newest consent for biometrics."""
    today = day_of(session, at)
    ids = session.scalars(
        sa.select(Person.id)
        .join(Admission, Admission.person_id == Person.id)
        .where(
            Admission.org_id.in_(org_ids),
            Admission.valid_from <= today,
            sa.or_(Admission.valid_to.is_(None), Admission.valid_to >= today),
        )
        .distinct()
    ).all()
    newest: dict[UUID, ConsentState] = {}
    consents = sa.select(Consent.subject_id, Consent.state).where(
        Consent.subject_id.in_(ids), Consent.purpose == ConsentPurpose.BIOMETRICS
    )
    for subject_id, state in session.execute(consents.order_by(Consent.given_at, Consent.id)):
        newest[subject_id] = state
    cards = sorted(person_cards(session, ids).values(), key=lambda card: card.name)
    return [(card, newest.get(card.id)) for card in cards]
