"""Lead a version from its submission to force: checks, signatures, return, the order, activation."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from lms.core import uploads
from lms.core.actor import SYSTEM
from lms.core.contracts import BasisRef
from lms.core.errors import Conflict, Forbidden, InvalidInput
from lms.core.uow import UnitOfWork
from lms.people.queries import guardians_of
from lms.people.types import Relation
from lms.plans.events import PlanActivated
from lms.plans.models import Approval, Plan, PlanVersion
from lms.plans.plan_reading import check_version, local_day, roles_for, signatures_of
from lms.plans.rules.plan_signatures import Signature, carried_over, unsigned_keys
from lms.plans.service.plans.arranging import arrange_items
from lms.plans.service.plans.notices import SIGN_SOON, TO_SIGN, tell_signers
from lms.plans.service.plans.opening import (
    open_plan,
    open_version,
    reach,
    receipt,
    require_impartial,
    require_state,
    sheet_for,
    version_hash,
)
from lms.plans.settings import PlansSettings
from lms.plans.types.plans import ApprovalRole, PlanReceipt, PlanState, SignatureKind

__all__ = [
    "Proof",
    "activate_due",
    "approve",
    "approve_by_order",
    "attach_paper",
    "complete_plan",
    "expire_unsigned",
    "keep_document",
    "own_role",
    "remind_signers",
    "return_version",
    "role_of_signer",
    "submit_version",
    "withdraw_version",
    "write_signatures",
]


@dataclass(frozen=True, slots=True)
class Proof:
    """What lies behind a signature: the scan or the signature's file, the report about it, whose certificate it is."""

    document_file_id: UUID | None = None
    report_file_id: UUID | None = None
    certificate: dict[str, str] | None = None


NO_PROOF = Proof()


def submit_version(uow: UnitOfWork, *, version_id: UUID, revision: int | None = None) -> PlanReceipt:
    """Submit a draft: from now on it never changes; signatures under unchanged items are carried over (P2, P4).

    Raises InvalidInput ``plans.checks_failed`` while a blocking check stands, Conflict ``plans.nothing_changed``.
    """
    plan, version = open_version(uow, version_id, "plans.edit", revision)
    require_state(version, PlanState.DRAFT)
    if any(finding.is_blocking for finding in check_version(uow.session, plan, version)):
        raise InvalidInput("plans.checks_failed")
    version.items_hash = version_hash(plan, version)
    _refuse_unchanged(uow, version)
    version.state = PlanState.SUBMITTED
    version.submitted_by, version.submitted_at = uow.actor.person_id, uow.now()
    version.removed_items = []
    _carry_over(uow, version)
    uow.session.flush()
    tell_signers(uow, TO_SIGN, plan, version, _waiting_roles(uow, version))
    return receipt(version)


def _refuse_unchanged(uow: UnitOfWork, version: PlanVersion) -> None:
    before = None if version.based_on_id is None else uow.session.get(PlanVersion, version.based_on_id)
    if before is not None and before.state is PlanState.ACTIVE and before.items_hash == version.items_hash:
        raise Conflict("plans.nothing_changed")


def _carry_over(uow: UnitOfWork, version: PlanVersion) -> None:
    """Copy the signatures that still stand from the version this one is based on."""
    if version.based_on_id is None:
        return
    rows = uow.session.scalars(
        sa.select(Approval).where(Approval.version_id == version.based_on_id).order_by(Approval.id)
    ).all()
    standing = carried_over(
        sheet_for(uow, version), [Signature(r.role, r.item_key, r.signed_hash) for r in rows]
    )
    for row in rows:
        if Signature(row.role, row.item_key, row.signed_hash) in standing:
            uow.session.add(
                Approval(
                    version_id=version.id,
                    role=row.role,
                    person_id=row.person_id,
                    item_key=row.item_key,
                    signature_kind=row.signature_kind,
                    signed_hash=row.signed_hash,
                    document_file_id=row.document_file_id,
                    report_file_id=row.report_file_id,
                    certificate=row.certificate,
                    recorded_by=row.recorded_by,
                    signed_at=row.signed_at,
                    carried_from=row.id,
                )
            )


def approve(
    uow: UnitOfWork,
    *,
    version_id: UUID,
    items_hash: str = "",
    item_keys: Iterable[str | None] | None = None,
) -> PlanReceipt:
    """Sign a submitted version as its student or guardian by a click: everything not yet signed, or only ``item_keys``.

    ``items_hash`` is the version that the signer has read; another one is a Conflict ``plans.read_again``. Raises
    Forbidden ``plans.not_your_signature`` when the policy asks for no signature of the actor's.
    """
    plan, version = open_version(uow, version_id, "plans.sign")
    require_state(version, PlanState.SUBMITTED)
    if items_hash and items_hash != version.items_hash:
        raise Conflict("plans.read_again")
    role, signer_id = own_role(uow, plan)
    write_signatures(uow, plan, version, role, signer_id, SignatureKind.SIMPLE, item_keys)
    return receipt(version)


def own_role(uow: UnitOfWork, plan: Plan) -> tuple[ApprovalRole, UUID]:
    """Return as what the actor signs a plan, and who that is; raise Forbidden ``plans.not_your_signature``."""
    role = ApprovalRole.STUDENT if uow.actor.person_id == plan.person_id else ApprovalRole.GUARDIAN
    needed = roles_for(uow.session, plan.person_id, local_day(uow.runtime), plan.kind)
    if role not in needed or uow.actor.person_id is None:
        raise Forbidden("plans.not_your_signature")
    return role, uow.actor.person_id


def attach_paper(
    uow: UnitOfWork, *, version_id: UUID, signer_id: UUID, document: bytes, document_name: str
) -> PlanReceipt:
    """Record a paper signed by the student or a guardian together with its scan (a PDF or a picture).

    Raises InvalidInput ``plans.signer_has_no_right`` when the signer may not sign for the student, or ``upload.…``.
    """
    plan, version = open_version(uow, version_id, "plans.sign_paper")
    require_state(version, PlanState.SUBMITTED)
    role = role_of_signer(uow, plan, signer_id)
    proof = Proof(keep_document(uow, plan, document, document_name))
    write_signatures(uow, plan, version, role, signer_id, SignatureKind.PAPER_SCAN, None, proof)
    return receipt(version)


def role_of_signer(uow: UnitOfWork, plan: Plan, signer_id: UUID) -> ApprovalRole:
    """Return as what somebody of the family signs; raise InvalidInput ``plans.signer_has_no_right``."""
    role = ApprovalRole.STUDENT if signer_id == plan.person_id else ApprovalRole.GUARDIAN
    guardians = guardians_of(uow.session, plan.person_id, uow.now(), Relation.GUARDIAN_SIGN)
    needed = roles_for(uow.session, plan.person_id, local_day(uow.runtime), plan.kind)
    if role not in needed or (role is ApprovalRole.GUARDIAN and signer_id not in guardians):
        raise InvalidInput("plans.signer_has_no_right", fields={"signer": ["plans.signer_has_no_right"]})
    return role


def keep_document(uow: UnitOfWork, plan: Plan, document: bytes, name: str) -> UUID:
    """Store a PDF or a picture for the plan's student; raise InvalidInput or TooLarge ``upload.…``."""
    limit = uow.runtime.settings.core.upload_max_bytes
    accepted = uploads.accept_document(document, name, max_bytes=limit)
    stored = uow.store_file(
        accepted.data,
        area="documents",
        media_type=accepted.media_type,
        name=accepted.name,
        owner=plan.person_id,
        encrypt_for=plan.person_id,
    )
    return stored.id


def write_signatures(
    uow: UnitOfWork,
    plan: Plan,
    version: PlanVersion,
    role: ApprovalRole,
    signer_id: UUID,
    kind: SignatureKind,
    item_keys: Iterable[str | None] | None = None,
    proof: Proof = NO_PROOF,
) -> None:
    """Write one approval for each thing that the role has not signed yet, and one ledger entry for all of them."""
    sheet = sheet_for(uow, version)
    unsigned = unsigned_keys(sheet, signatures_of(uow.session, version.id), role)
    chosen = set(sheet) if item_keys is None else set(item_keys)
    keys = [key for key in unsigned if key in chosen]
    for key in keys:
        uow.session.add(
            Approval(
                version_id=version.id,
                role=role,
                person_id=signer_id,
                item_key=key,
                signature_kind=kind,
                signed_hash=sheet[key],
                document_file_id=proof.document_file_id,
                report_file_id=proof.report_file_id,
                certificate=proof.certificate,
                recorded_by=uow.actor.person_id,
                signed_at=uow.now(),
            )
        )
    uow.session.flush()
    if keys:
        payload = {
            "version_id": version.id,
            "no": version.no,
            "role": role,
            "signer": signer_id,
            "signature": kind,
            "signed": {key or "": sheet[key] for key in keys},
            **({} if proof.certificate is None else {"certificate": proof.certificate}),
        }
        refs = [BasisRef("plans.version", version.id)]
        uow.append_ledger(f"org:{plan.org_id}", "plans.item_approved", plan.person_id, payload, refs)


def return_version(uow: UnitOfWork, *, version_id: UUID, reason: str) -> PlanReceipt:
    """Return a submitted version to its author with a reason; raise InvalidInput ``plans.needs_reason``."""
    plan, version = open_version(uow, version_id, "plans.return")
    require_state(version, PlanState.SUBMITTED)
    if not reason.strip():
        raise InvalidInput("plans.needs_reason", fields={"reason": ["plans.needs_reason"]})
    _return(uow, plan, version, reason.strip(), "plans.version_returned")
    return receipt(version)


def withdraw_version(uow: UnitOfWork, *, version_id: UUID, reason: str) -> PlanReceipt:
    """Take a version back before it is in force: its author while it collects signatures, a head after the order too.

    It stands as returned, so that the next version begins with it and keeps the signatures under what stays the same.
    Raises InvalidInput ``plans.needs_reason``, Conflict ``plans.wrong_state``.
    """
    plan, version = open_version(uow, version_id, "plans.edit")
    if version.state is PlanState.APPROVED:
        uow.require("plans.approve", reach(uow, plan))
    require_state(version, PlanState.SUBMITTED, PlanState.APPROVED)
    if not reason.strip():
        raise InvalidInput("plans.needs_reason", fields={"reason": ["plans.needs_reason"]})
    _return(uow, plan, version, reason.strip(), "plans.version_withdrawn")
    return receipt(version)


def _return(uow: UnitOfWork, plan: Plan, version: PlanVersion, reason: str, kind: str) -> None:
    version.state = PlanState.RETURNED
    version.returned_by, version.returned_at = uow.actor.person_id, uow.now()
    version.return_reason = reason
    payload = {"version_id": version.id, "no": version.no, "reason": reason}
    uow.append_ledger(f"org:{plan.org_id}", kind, plan.person_id, payload)
    uow.session.flush()


def expire_unsigned(uow: UnitOfWork) -> int:
    """Return every version that the family has not signed in time to its author; return how many.

    Nobody returned it, so it carries no name and no reason: the pages say that the time to sign has run out.
    """
    uow.require("plans.approve")
    oldest = uow.in_days(-uow.runtime.settings.of(PlansSettings).signing_days)
    late = uow.session.scalars(
        sa.select(PlanVersion)
        .where(PlanVersion.state == PlanState.SUBMITTED, PlanVersion.submitted_at < oldest)
        .with_for_update()
    ).all()
    unsigned = [version for version in late if _waits_for_family(uow, version)]
    for version in unsigned:
        plan = uow.session.get_one(Plan, version.plan_id)
        _return(uow, plan, version, "", "plans.version_expired")
    return len(unsigned)


def _family_roles(uow: UnitOfWork, plan: Plan) -> list[ApprovalRole]:
    today = local_day(uow.runtime)
    roles = roles_for(uow.session, plan.person_id, today, plan.kind)
    return [role for role in roles if role is not ApprovalRole.DIRECTOR]


def _waits_for_family(uow: UnitOfWork, version: PlanVersion) -> bool:
    return bool(_waiting_roles(uow, version))


def _waiting_roles(uow: UnitOfWork, version: PlanVersion) -> list[ApprovalRole]:
    """Return those of the family who have not signed everything yet."""
    plan = uow.session.get_one(Plan, version.plan_id)
    sheet, signed = sheet_for(uow, version), signatures_of(uow.session, version.id)
    return [role for role in _family_roles(uow, plan) if unsigned_keys(sheet, signed, role)]


def remind_signers(uow: UnitOfWork) -> int:
    """Have the family reminded, once, of what nobody has signed shortly before the time runs out; return the letters."""
    uow.require("plans.approve")
    settings = uow.runtime.settings.of(PlansSettings)
    since = uow.in_days(-settings.signing_days)
    until = uow.in_days(settings.reminder_days - settings.signing_days)
    waiting = uow.session.scalars(
        sa.select(PlanVersion).where(
            PlanVersion.state == PlanState.SUBMITTED,
            PlanVersion.submitted_at >= since,
            PlanVersion.submitted_at < until,
        )
    ).all()
    told = 0
    for version in waiting:
        plan = uow.session.get_one(Plan, version.plan_id)
        told += tell_signers(uow, SIGN_SOON, plan, version, _waiting_roles(uow, version))
    return told


def approve_by_order(
    uow: UnitOfWork,
    *,
    version_id: UUID,
    order_no: str,
    order_date: date,
    effective_from: date | None = None,
    items_hash: str = "",
) -> PlanReceipt:
    """Approve a version by an order; it comes into force at once or on ``effective_from``.

    Raises Conflict ``plans.signatures_missing`` until the family has signed, InvalidInput for the order's number or date,
    Forbidden ``plans.not_impartial``: the school's signature is not the family's.
    """
    plan, version = open_version(uow, version_id, "plans.approve")
    require_impartial(uow, plan)
    require_state(version, PlanState.SUBMITTED)
    if items_hash and items_hash != version.items_hash:
        raise Conflict("plans.read_again")
    _check_order(uow, order_no, order_date)
    if _waits_for_family(uow, version):
        raise Conflict("plans.signatures_missing")
    if uow.actor.person_id is None:
        raise Forbidden("plans.not_your_signature")
    write_signatures(uow, plan, version, ApprovalRole.DIRECTOR, uow.actor.person_id, SignatureKind.SIMPLE)
    version.order_no, version.order_date = _bare_number(order_no), order_date
    version.effective_from = effective_from or local_day(uow.runtime)
    version.state = PlanState.APPROVED
    uow.session.flush()
    if version.effective_from <= local_day(uow.runtime):
        _activate(uow, plan, version)
    return receipt(version)


#: What people type before the number although the page says it by itself.
_BEFORE_NUMBER = re.compile(r"^(приказ\w*|order)?\s*(№|no\b\.?|n\b\.?)?\s*", re.IGNORECASE)


def _bare_number(order_no: str) -> str:
    """Return the number of an order without the words «Приказ №» in front of it."""
    return _BEFORE_NUMBER.sub("", order_no.strip(), count=1)


def _check_order(uow: UnitOfWork, order_no: str, order_date: date) -> None:
    fields: dict[str, list[str]] = {}
    if not _bare_number(order_no):
        fields["order_no"] = ["plans.needs_order_no"]
    if order_date > local_day(uow.runtime):
        fields["order_date"] = ["plans.order_in_future"]
    if fields:
        raise InvalidInput("plans.check_order", fields=fields)


def _activate(uow: UnitOfWork, plan: Plan, version: PlanVersion) -> None:
    """Put an approved version in force in place of the former one, arrange its items and say so (P1)."""
    active = uow.session.scalar(
        sa.select(PlanVersion).where(PlanVersion.plan_id == plan.id, PlanVersion.state == PlanState.ACTIVE)
    )
    if active is not None:
        active.state, active.ended_at = PlanState.SUPERSEDED, uow.now()
        uow.session.flush()
    version.state, version.activated_at = PlanState.ACTIVE, uow.now()
    uow.session.flush()
    # The order is the authority for every enrolment and admission below it, whoever pressed the button.
    arrange_items(replace(uow, actor=SYSTEM), plan, version)
    payload = {
        "plan_id": plan.id,
        "version_id": version.id,
        "no": version.no,
        "items_hash": version.items_hash,
        "order": version.order_no,
        "order_date": version.order_date,
    }
    refs = [BasisRef("plans.version", version.id)]
    uow.append_ledger(f"org:{plan.org_id}", "plans.activated", plan.person_id, payload, refs)
    uow.record(PlanActivated(plan.id, version.id, plan.person_id))


def activate_due(uow: UnitOfWork) -> int:
    """Put every approved version in force whose day has come; return how many."""
    uow.require("plans.approve")
    due = uow.session.scalars(
        sa.select(PlanVersion)
        .where(PlanVersion.state == PlanState.APPROVED, PlanVersion.effective_from <= local_day(uow.runtime))
        .with_for_update()
    ).all()
    for version in due:
        _activate(uow, uow.session.get_one(Plan, version.plan_id), version)
    uow.session.flush()
    return len(due)


def complete_plan(uow: UnitOfWork, *, plan_id: UUID) -> PlanReceipt:
    """Close the version in force when the year is over; raise Conflict ``plans.no_active_version``."""
    plan = open_plan(uow, plan_id, "plans.approve")
    version = uow.session.scalar(
        sa.select(PlanVersion).where(PlanVersion.plan_id == plan.id, PlanVersion.state == PlanState.ACTIVE)
    )
    if version is None:
        raise Conflict("plans.no_active_version")
    version.state, version.ended_at = PlanState.COMPLETED, uow.now()
    payload = {"plan_id": plan.id, "version_id": version.id}
    uow.append_ledger(f"org:{plan.org_id}", "plans.completed", plan.person_id, payload)
    uow.session.flush()
    return receipt(version)
