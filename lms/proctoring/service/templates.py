"""Keep face templates: encrypt, read, destroy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from lms.core import files, vault
from lms.core.contracts import BasisRef
from lms.core.models import StoredFile
from lms.core.uow import UnitOfWork
from lms.people import queries as people
from lms.people.types import ConsentPurpose
from lms.proctoring.contracts import ModelRef, TemplateValue
from lms.proctoring.models import (
    Enrolment,
    EnrolmentShot,
    Evidence,
    FaceTemplate,
    IdentityCheck,
    ProctoringSession,
    SessionEvent,
)
from lms.proctoring.service.erasure import evidence_area
from lms.proctoring.settings import ProctoringSettings
from lms.proctoring.types import (
    CheckState,
    EnrolmentState,
    IdentityMethod,
    Monitoring,
    SessionState,
    TemplateState,
)

__all__ = [
    "PURPOSE",
    "BiometricConsentDependent",
    "delete_shots",
    "destroy_templates",
    "drop_face_checks",
    "expire_templates",
    "hold_consent",
    "pack_template",
    "read_templates",
    "store_templates",
    "unpack_template",
]

#: The purpose of the person's key and the area of the files; destroying the key destroys both.
PURPOSE = ConsentPurpose.BIOMETRICS.value


def hold_consent(uow: UnitOfWork, person_id: UUID) -> None:
    """Let whoever registers, computes or approves a sample and whoever ends the consent follow each other.

    What was begun under a consent is there to be destroyed when it ends, and nothing is begun under one that has ended.
    """
    uow.lock("biometrics", person_id)


def pack_template(value: TemplateValue) -> bytes:
    """Return a template as bytes: rows, columns (little-endian uint32), the float32 numbers, then what is sealed."""
    import numpy as np  # only the worker needs it: the web never loads it

    rows, columns = value.vectors.shape
    return np.array([rows, columns], "<u4").tobytes() + value.vectors.astype("<f4").tobytes() + value.sealed


def unpack_template(model: ModelRef, data: bytes) -> TemplateValue:
    """Return the template behind `pack_template`."""
    import numpy as np

    rows, columns = (int(value) for value in np.frombuffer(data[:8], "<u4"))
    end = 8 + 4 * rows * columns
    vectors = np.frombuffer(data[8:end], "<f4").reshape(rows, columns).astype(np.float32)
    return TemplateValue(model, vectors, data[end:])


def store_templates(uow: UnitOfWork, enrolment: Enrolment, values: Sequence[TemplateValue]) -> None:
    """Encrypt the templates of one enrolment under the person's key; they wait for approval as drafts."""
    days = uow.runtime.settings.of(ProctoringSettings).template_days
    for value in values:
        payload = vault.encrypt(
            uow.session,
            uow.runtime.keys,
            enrolment.person_id,
            PURPOSE,
            pack_template(value),
            uow.now(),
        )
        uow.session.add(
            FaceTemplate(
                person_id=enrolment.person_id,
                enrolment_id=enrolment.id,
                consent_id=enrolment.consent_id,
                state=TemplateState.DRAFT,
                model_id=value.model.id,
                model_version=value.model.version,
                model_digest=value.model.digest,
                payload=payload,
                created_at=uow.now(),
                expires_at=uow.now() + timedelta(days=days),
            )
        )
    uow.session.flush()


def read_templates(uow: UnitOfWork, person_id: UUID) -> tuple[TemplateValue, ...]:
    """Return the active templates of a person who consents now; empty when there is no consent or no sample."""
    if people.active_consent(uow.session, person_id, ConsentPurpose.BIOMETRICS, uow.now()) is None:
        return ()
    rows = uow.session.scalars(
        sa.select(FaceTemplate).where(
            FaceTemplate.person_id == person_id,
            FaceTemplate.state == TemplateState.ACTIVE,
            FaceTemplate.expires_at > uow.now(),
        )
    )
    values = []
    for row in rows:
        assert row.payload is not None
        data = vault.decrypt(uow.session, uow.runtime.keys, person_id, PURPOSE, row.payload)
        model = ModelRef(row.model_id, row.model_version, row.model_digest)
        values.append(unpack_template(model, data))
    return tuple(values)


def destroy_templates(uow: UnitOfWork, person_id: UUID, org_id: UUID, reason: str) -> int:
    """Destroy every template, sample picture and open registration of a person and log it; return how many objects.

    The numbers are wiped from the rows and the person's key is destroyed, so copies in backups are dead too.
    """
    hold_consent(uow, person_id)
    rows = uow.session.scalars(
        sa.select(FaceTemplate).where(
            FaceTemplate.person_id == person_id, FaceTemplate.state != TemplateState.DESTROYED
        )
    ).all()
    for row in rows:
        row.state, row.payload, row.destroyed_at = TemplateState.DESTROYED, None, uow.now()
    pictures = 0
    for enrolment in uow.session.scalars(sa.select(Enrolment).where(Enrolment.person_id == person_id)):
        pictures += delete_shots(uow, enrolment)
        if enrolment.state is not EnrolmentState.REJECTED:
            enrolment.state = EnrolmentState.DESTROYED
    vault.destroy_key(uow.session, person_id, PURPOSE, uow.now())
    if rows or pictures:
        uow.append_ledger(
            f"org:{org_id}",
            "proctoring.templates_destroyed",
            person_id,
            {"reason": reason, "templates": len(rows), "pictures": pictures},
            [BasisRef("proctoring.template", row.id) for row in rows],
        )
    uow.session.flush()
    return len(rows) + pictures


def delete_shots(uow: UnitOfWork, enrolment: Enrolment) -> int:
    """Delete the pictures of one registration; return how many there were."""
    shots = uow.session.scalars(
        sa.select(EnrolmentShot).where(EnrolmentShot.enrolment_id == enrolment.id)
    ).all()
    deleted = 0
    for shot in shots:
        stored = uow.session.get(StoredFile, shot.file_id)
        if stored is not None and stored.deleted_at is None:
            files.delete_file(uow.session, uow.runtime.files, stored, uow.now())
            deleted += 1
    return deleted


def expire_templates(uow: UnitOfWork) -> int:
    """Destroy templates whose time is over, or whose consent or legal basis is no longer in force; return how many persons' were.

    Pictures of a sample that wait for a worker, and camera checks that nobody decided yet, end with the consent or basis. Who comes of
    age needs the basis for adults.
    """
    due = uow.session.execute(
        sa.select(FaceTemplate.person_id, Enrolment.org_id, sa.func.min(FaceTemplate.expires_at))
        .join(Enrolment, Enrolment.id == FaceTemplate.enrolment_id)
        .where(FaceTemplate.state != TemplateState.DESTROYED)
        .group_by(FaceTemplate.person_id, Enrolment.org_id)
    ).all()
    begun = uow.session.execute(
        sa.select(Enrolment.person_id, Enrolment.org_id).where(Enrolment.state == EnrolmentState.QUEUED)
    )
    count = 0
    for person_id, org_id, expires_at in [*due, *((*row, None) for row in begun)]:
        consent = people.active_consent(uow.session, person_id, ConsentPurpose.BIOMETRICS, uow.now())
        is_minor = people.is_minor(uow.session, person_id, uow.today())
        has_basis = people.biometric_basis(uow.session, org_id, minors=is_minor) is not None
        reason = "consent_ended" if consent is None else "" if has_basis else "basis_ended"
        if reason:
            drop_face_checks(uow, person_id)
        if reason or (expires_at is not None and expires_at <= uow.now()):
            destroy_templates(uow, person_id, org_id, reason or "time_is_over")
            count += 1
    return count


class BiometricConsentDependent:
    """Stops all work with a person's sample in the transaction that ends the consent."""

    name = "proctoring"
    purpose = ConsentPurpose.BIOMETRICS

    def consent_ended(self, uow: UnitOfWork, subject_id: UUID, org_id: UUID, reason: str) -> int:
        """Destroy templates and pictures of the sample and stop open camera checks; return how many objects."""
        destroyed = destroy_templates(uow, subject_id, org_id, reason)
        if destroyed:
            _note_in_sittings(uow, subject_id)
        return destroyed + drop_face_checks(uow, subject_id)


def _note_in_sittings(uow: UnitOfWork, person_id: UUID) -> None:
    """Write into a running sitting that faces are compared no longer; its time and its answers go on as they are."""
    running = sa.select(ProctoringSession.id).where(
        ProctoringSession.person_id == person_id,
        ProctoringSession.state == SessionState.MONITORING,
        ProctoringSession.monitoring == Monitoring.CAMERA,
    )
    for session_id in uow.session.scalars(running):
        uow.session.add(SessionEvent(session_id=session_id, kind="comparison_ended", at=uow.now()))


def drop_face_checks(uow: UnitOfWork, person_id: UUID) -> int:
    """End camera checks that nobody decided yet and delete their pictures; another way can be chosen at once."""
    rows = uow.session.scalars(
        sa.select(IdentityCheck)
        .where(
            IdentityCheck.person_id == person_id,
            IdentityCheck.method == IdentityMethod.FACE,
            IdentityCheck.superseded_at.is_(None),
            IdentityCheck.state.in_([CheckState.PENDING, CheckState.UNCERTAIN, CheckState.HUMAN_CHECK]),
        )
        .with_for_update()
    ).all()
    deleted = 0
    for row in rows:
        row.superseded_at = uow.now()
        areas = {evidence_area(row.id)}
        for evidence in uow.session.scalars(
            sa.select(Evidence).where(Evidence.check_id == row.id, Evidence.deleted_at.is_(None))
        ):
            stored = uow.session.get(StoredFile, evidence.file_id)
            if stored is not None and stored.deleted_at is None:
                files.delete_file(uow.session, uow.runtime.files, stored, uow.now())
                areas.add(stored.area)
            evidence.deleted_at = uow.now()
            deleted += 1
        for area in sorted(areas):
            vault.destroy_key(uow.session, person_id, area, uow.now())
    return deleted
