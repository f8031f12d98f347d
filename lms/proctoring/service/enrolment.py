"""Register a sample: three to five pictures, computed by a worker, approved by staff against a document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lms.core import uploads
from lms.core.contracts import BasisRef
from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.models import StoredFile
from lms.core.uow import UnitOfWork
from lms.people import queries as people
from lms.people.types import ConsentPurpose
from lms.proctoring.access_rules import Reach
from lms.proctoring.availability import faces_missing
from lms.proctoring.contracts import TemplateValue
from lms.proctoring.models import Enrolment, EnrolmentShot, FaceTemplate
from lms.proctoring.queries import sample_standing
from lms.proctoring.rules.devices import device_class
from lms.proctoring.service.templates import PURPOSE, delete_shots, hold_consent, store_templates
from lms.proctoring.settings import ProctoringSettings
from lms.proctoring.types import EnrolmentState, TemplateState

__all__ = [
    "ShotResult",
    "approve_sample",
    "open_sample_picture",
    "record_sample",
    "reject_sample",
    "submit_sample",
]

#: Pictures of one sample: at least and at most.
SHOTS, MOST_SHOTS = 3, 5


@dataclass(frozen=True, slots=True)
class ShotResult:
    """What the worker says about one picture: a fault code (empty = good) and its measures."""

    no: int
    fault: str
    quality: dict[str, Any]


def submit_sample(
    uow: UnitOfWork, person_id: UUID, pictures: Sequence[tuple[bytes, str]], user_agent: str = ""
) -> UUID:
    """Take three to five pictures of a person who may register a sample and wake the worker; of the device its class is kept.

    Raises Conflict ``proctoring.biometrics_off``, ``proctoring.no_consent`` or ``proctoring.faces_missing``, InvalidInput
    ``proctoring.three_pictures`` or an ``upload.*`` code.
    """
    uow.require("proctoring.register_sample")
    standing = sample_standing(uow.session, person_id, uow.now())
    uow.require("proctoring.register_sample", Reach(person_id, uow.now(), org_id=standing.org_id))
    hold_consent(uow, person_id)  # of two tabs at once the later takes the earlier one's place
    if not standing.has_basis or standing.org_id is None:
        raise Conflict("proctoring.biometrics_off")
    consent = people.active_consent(uow.session, person_id, ConsentPurpose.BIOMETRICS, uow.now())
    if consent is None:
        raise Conflict("proctoring.no_consent")
    if faces_missing(uow.runtime) is not None:
        raise Conflict("proctoring.faces_missing")
    if not SHOTS <= len(pictures) <= MOST_SHOTS:
        raise InvalidInput("proctoring.three_pictures", fields={"pictures": ["proctoring.three_pictures"]})
    limit = uow.runtime.settings.core.upload_max_bytes
    accepted = [uploads.accept_picture(data, name, max_bytes=limit, max_side=1600) for data, name in pictures]
    _drop_open(uow, person_id)
    row = Enrolment(
        person_id=person_id,
        org_id=standing.org_id,
        consent_id=consent.id,
        state=EnrolmentState.QUEUED,
        verifier=uow.runtime.settings.of(ProctoringSettings).verifier,
        device_class=device_class(user_agent),
        created_by=uow.actor.person_id or person_id,
        created_at=uow.now(),
    )
    uow.session.add(row)
    uow.session.flush()
    for no, picture in enumerate(accepted, 1):
        stored = uow.store_file(
            picture.data,
            area=PURPOSE,
            media_type=picture.media_type,
            name=f"sample-{no}",
            owner=person_id,
            encrypt_for=person_id,
            expires_at=uow.in_days(14),
        )
        uow.session.add(EnrolmentShot(enrolment_id=row.id, no=no, file_id=stored.id))
    uow.session.flush()
    uow.enqueue("proctoring.enrol", enrolment_id=str(row.id))
    return row.id


def _drop_open(uow: UnitOfWork, person_id: UUID, besides: UUID | None = None) -> None:
    """Forget a registration that was not approved: the new pictures, or those approved now, take its place."""
    open_states = (EnrolmentState.QUEUED, EnrolmentState.FAULTY, EnrolmentState.TO_APPROVE)
    for row in uow.session.scalars(
        sa.select(Enrolment).where(Enrolment.person_id == person_id, Enrolment.state.in_(open_states))
    ):
        if row.id == besides:
            continue
        delete_shots(uow, row)
        _wipe(uow, row)
        row.state = EnrolmentState.REJECTED


def _wipe(uow: UnitOfWork, row: Enrolment) -> None:
    for template in uow.session.scalars(sa.select(FaceTemplate).where(FaceTemplate.enrolment_id == row.id)):
        template.state, template.payload, template.destroyed_at = TemplateState.DESTROYED, None, uow.now()


def record_sample(
    uow: UnitOfWork, enrolment_id: UUID, results: Sequence[ShotResult], templates: Sequence[TemplateValue]
) -> None:
    """Write down what the worker computed; repeating it, or coming after a withdrawal, changes nothing."""
    row = _enrolment(uow, enrolment_id, with_consent=True)
    if row.state is not EnrolmentState.QUEUED:
        return
    if people.active_consent(uow.session, row.person_id, ConsentPurpose.BIOMETRICS, uow.now()) is None:
        return
    shots = {
        s.no: s
        for s in uow.session.scalars(sa.select(EnrolmentShot).where(EnrolmentShot.enrolment_id == row.id))
    }
    for result in results:
        shots[result.no].fault, shots[result.no].quality = result.fault, result.quality
    row.computed_at = uow.now()
    row.fault = next((result.fault for result in results if result.fault), "" if templates else "no_face")
    if row.fault:
        row.state = EnrolmentState.FAULTY
        delete_shots(uow, row)  # a picture that cannot be used is not kept; its fault is
        return
    row.state = EnrolmentState.TO_APPROVE
    store_templates(uow, row, templates)


def approve_sample(uow: UnitOfWork, enrolment_id: UUID, *, document_ref: str) -> None:
    """Put the sample in force after comparing the person with a document; earlier samples and all pictures go.

    Raises Conflict ``proctoring.sample_state``, or ``proctoring.no_consent`` when none is in force any more; InvalidInput
    ``proctoring.document_missing``.
    """
    row = _enrolment(uow, enrolment_id, with_consent=True)
    uow.require("proctoring.approve_sample", Reach(row.person_id, uow.now(), org_id=row.org_id))
    if row.state is not EnrolmentState.TO_APPROVE:
        raise Conflict("proctoring.sample_state")
    if not document_ref.strip():
        raise InvalidInput(
            "proctoring.document_missing", fields={"document_ref": ["proctoring.document_missing"]}
        )
    if people.active_consent(uow.session, row.person_id, ConsentPurpose.BIOMETRICS, uow.now()) is None:
        raise Conflict("proctoring.no_consent")
    _drop_open(uow, row.person_id, besides=row.id)
    templates = uow.session.scalars(
        sa.select(FaceTemplate).where(FaceTemplate.person_id == row.person_id)
    ).all()
    for template in templates:
        if template.enrolment_id == row.id and template.state is TemplateState.DRAFT:
            template.state = TemplateState.ACTIVE
        elif template.state is not TemplateState.DESTROYED:
            template.state, template.payload, template.destroyed_at = TemplateState.DESTROYED, None, uow.now()
    row.state, row.decided_by, row.decided_at = EnrolmentState.APPROVED, uow.actor.person_id, uow.now()
    row.document_ref = document_ref.strip()[:200]
    delete_shots(uow, row)
    uow.append_ledger(
        f"org:{row.org_id}",
        "proctoring.sample_registered",
        row.person_id,
        {
            "enrolment": row.id,
            "models": [
                f"{t.model_id} {t.model_version} {t.model_digest}"
                for t in templates
                if t.enrolment_id == row.id
            ],
        },
        [BasisRef("people.consent", row.consent_id)],
    )


def reject_sample(uow: UnitOfWork, enrolment_id: UUID) -> None:
    """Refuse the sample (another person, an unreadable document); its pictures and numbers are destroyed."""
    row = _enrolment(uow, enrolment_id)
    uow.require("proctoring.approve_sample", Reach(row.person_id, uow.now(), org_id=row.org_id))
    if row.state is not EnrolmentState.TO_APPROVE:
        raise Conflict("proctoring.sample_state")
    delete_shots(uow, row)
    _wipe(uow, row)
    row.state, row.decided_by, row.decided_at = EnrolmentState.REJECTED, uow.actor.person_id, uow.now()


def open_sample_picture(uow: UnitOfWork, enrolment_id: UUID, no: int) -> tuple[StoredFile, bytes]:
    """Return one picture of a sample that waits for approval; the viewing goes into the access log."""
    row = _enrolment(uow, enrolment_id)
    uow.require("proctoring.approve_sample", Reach(row.person_id, uow.now(), org_id=row.org_id))
    shot = uow.session.scalar(
        sa.select(EnrolmentShot).where(EnrolmentShot.enrolment_id == row.id, EnrolmentShot.no == no)
    )
    if shot is None:
        raise NotFound("file.missing")
    stored, data = uow.open_file(shot.file_id)
    uow.log_access("proctoring.approve_sample", row.person_id, "sample", row.id, outcome="shown")
    return stored, data


def _enrolment(uow: UnitOfWork, enrolment_id: UUID, *, with_consent: bool = False) -> Enrolment:
    """Return a registration, locked: it is decided once. ``with_consent``: its consent does not end meanwhile."""
    found = uow.session.get(Enrolment, enrolment_id) if with_consent else None
    if found is not None:
        hold_consent(uow, found.person_id)
    row = uow.session.get(Enrolment, enrolment_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("proctoring.no_sample")
    return row
