"""Sign a plan with a qualified electronic signature, hand out what lies behind signatures, say which authorities count."""

from __future__ import annotations

from io import BytesIO
from uuid import UUID

from flask import render_template, request, send_file
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from lms.core.errors import Conflict, InvalidInput, NotFound, TooLarge
from lms.core.web import (
    Form,
    access,
    current_actor,
    flash_ok,
    load_form,
    read_session,
    runtime,
    see_other,
    unit_of_work,
)
from lms.core.web.problems import error_texts, word_error
from lms.people.queries import person_card
from lms.plans import service
from lms.plans.pages.plan_show import voice_of
from lms.plans.pages.plans import blueprint, open_for, shows_version, signature_lines, today
from lms.plans.pages.plans_sign import signers_of
from lms.plans.plan_reading import roles_for
from lms.plans.queries import plans as queries
from lms.plans.queries.plan_documents import AnchorView, anchors_of, signature_files
from lms.plans.schemas.plans import PaperSchema
from lms.plans.types.plans import ApprovalRole, PlanState

__all__ = [
    "authorities",
    "end_authority",
    "office_qualified",
    "qualified",
    "revocations",
    "signature_file",
    "signatures",
]


def _sent(field: str) -> tuple[bytes, str]:
    """Return a file of the form as bytes and name; nothing where none was chosen."""
    sent = request.files.get(field)
    return (sent.read(), sent.filename or "") if sent else (b"", "")


def _too_large(form: Form, field: str) -> None:
    limit = runtime().settings.core.upload_max_bytes // (1024 * 1024)
    form.fail(field, _("The file is larger than %(max_mb)s MB.", max_mb=limit))


@blueprint.route("/plans/versions/<uuid:version_id>/sign/qualified", methods=["GET", "POST"])
@access("plans.sign")
def qualified(version_id: UUID) -> Response | str | tuple[str, int]:
    """Take the file to sign and give the signature back."""
    plan = open_for(version_id, "plans.sign")
    role = ApprovalRole.STUDENT if current_actor().person_id == plan.person_id else ApprovalRole.GUARDIAN
    needed = role in roles_for(read_session(), plan.person_id, today(), plan.kind)
    is_open = plan.version.state is PlanState.SUBMITTED and needed
    if not is_open or not queries.unsigned_by(read_session(), version_id, role):
        return see_other("plans.sign", version_id=version_id)
    form = Form()
    if request.method == "POST":
        try:
            data, name = _sent("signature")
            with unit_of_work() as uow:
                service.sign_qualified(uow, version_id=version_id, signature=data, signature_name=name)
            flash_ok(_("Signed. The school is told; after the order the plan is in force."))
            return see_other("plans.version", version_id=version_id)
        except InvalidInput as error:
            form.take(error, error_texts())
        except (TooLarge, RequestEntityTooLarge):
            _too_large(form, "signature")
    page = render_template(
        "plans/qualified.html",
        plan=plan,
        person=person_card(read_session(), plan.person_id),
        voice=voice_of(read_session(), current_actor(), plan.person_id, runtime().clock.now()),
        errors=form.errors,
    )
    return (page, 422) if form.errors else page


@blueprint.route("/plans/versions/<uuid:version_id>/paper/qualified", methods=["GET", "POST"])
@access("plans.sign_paper")
def office_qualified(version_id: UUID) -> Response | str | tuple[str, int]:
    """Attach a qualified signature together with what an accredited service says about it."""
    plan = open_for(version_id, "plans.sign_paper")
    if plan.version.state is not PlanState.SUBMITTED:
        return see_other("plans.version", version_id=version_id)
    form = load_form(PaperSchema()) if request.method == "POST" else Form()
    if request.method == "POST" and form.is_valid:
        try:
            signature, report = _sent("signature"), _sent("report")
            with unit_of_work() as uow:
                service.attach_qualified(
                    uow,
                    version_id=version_id,
                    signer_id=form.data["signer"],
                    signature=signature,
                    report=report,
                )
            flash_ok(_("The signature is attached with its report and counts as the family's."))
            return see_other("plans.version", version_id=version_id)
        except InvalidInput as error:
            form.take(error, error_texts()) if error.fields else form.fail("report", word_error(error))
        except (TooLarge, RequestEntityTooLarge):
            _too_large(form, "report")
    page = render_template(
        "plans/office_qualified.html",
        plan=plan,
        person=person_card(read_session(), plan.person_id),
        values=form.values,
        errors=form.errors,
        signers=[(card.id, card.name) for card in signers_of(plan).values()],
        signatures=signature_lines(plan),
    )
    return (page, 422) if form.errors else page


@blueprint.get("/plans/versions/<uuid:version_id>/signatures")
@access("plans.read")
def signatures(version_id: UUID) -> str:
    """Show who signed a version, when and how, with the papers behind it and the file that was signed."""
    plan = open_for(version_id, "plans.read")
    if not shows_version(plan) or plan.version.submitted_at is None:
        raise NotFound("plans.no_version")
    return render_template(
        "plans/signatures.html",
        plan=plan,
        person=person_card(read_session(), plan.person_id),
        signatures=signature_lines(plan),
    )


@blueprint.get("/plans/versions/<uuid:version_id>/signatures/<uuid:file_id>")
@access("plans.read")
def signature_file(version_id: UUID, file_id: UUID) -> Response:
    """Show the scan, the signature or the report behind a signature; the viewing is written down."""
    plan = open_for(version_id, "plans.read")
    if file_id not in signature_files(read_session(), version_id):
        raise NotFound("plans.no_version")
    with unit_of_work() as uow:
        row, data = uow.open_file(file_id)
        uow.log_access("plans.read", plan.person_id, "plan_version", version_id, outcome="shown")
    is_shown = row.media_type in {"application/pdf", "image/jpeg", "image/png", "image/webp"}
    return send_file(
        BytesIO(data), mimetype=row.media_type, download_name=row.name, as_attachment=not is_shown
    )


@blueprint.route("/plans/authorities", methods=["GET", "POST"])
@access("plans.authorities")
def authorities() -> Response | str | tuple[str, int]:
    """Show whose certificates count at the end of a signature's chain, and take in another one."""
    org_id = _school()
    form = Form()
    if request.method == "POST":
        try:
            data, _name = _sent("certificate")
            with unit_of_work() as uow:
                service.add_anchor(uow, org_id=org_id, certificate=data)
            flash_ok(_("Signatures of this authority's certificates are accepted from now on."))
            return see_other("plans.authorities")
        except (InvalidInput, Conflict) as error:
            form.fail("certificate", word_error(error))
        except (TooLarge, RequestEntityTooLarge):
            _too_large(form, "certificate")
    page = render_template(
        "plans/authorities.html",
        rows=anchors_of(read_session(), org_id),
        now=runtime().clock.now(),
        errors=form.errors,
    )
    return (page, 422) if form.errors else page


def _school() -> UUID:
    return min(current_actor().orgs_as("director", "deputy_head"))


@blueprint.route("/plans/authorities/<uuid:anchor_id>/end", methods=["GET", "POST"])
@access("plans.authorities")
def end_authority(anchor_id: UUID) -> Response | str:
    """Ask once more, then trust an authority no longer."""
    row = _authority(anchor_id)
    if request.method == "POST":
        with unit_of_work() as uow:
            service.end_anchor(uow, anchor_id=anchor_id)
        flash_ok(_("The authority counts no longer. What was signed before stands."))
        return see_other("plans.authorities")
    return render_template("plans/end_authority.html", row=row)


def _authority(anchor_id: UUID) -> AnchorView:
    row = next((row for row in anchors_of(read_session(), _school()) if row.id == anchor_id), None)
    if row is None:
        raise NotFound("plans.no_authority")
    return row


@blueprint.route("/plans/authorities/<uuid:anchor_id>/list", methods=["GET", "POST"])
@access("plans.authorities")
def revocations(anchor_id: UUID) -> Response | str | tuple[str, int]:
    """Put in the newest list of certificates that an authority has revoked."""
    row = _authority(anchor_id)
    form = Form()
    if request.method == "POST":
        try:
            data, _name = _sent("list")
            with unit_of_work() as uow:
                service.add_revocations(uow, anchor_id=anchor_id, data=data)
            flash_ok(_("The list counts from now on: a certificate that stands on it signs nothing here."))
            return see_other("plans.authorities")
        except (InvalidInput, Conflict) as error:
            form.fail("list", word_error(error))
        except (TooLarge, RequestEntityTooLarge):
            _too_large(form, "list")
    page = render_template("plans/revocations.html", row=row, errors=form.errors)
    return (page, 422) if form.errors else page
