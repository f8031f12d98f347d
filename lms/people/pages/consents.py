"""Consents and the basis of biometrics: prepare, attach the signed paper, look, withdraw."""

from __future__ import annotations

from io import BytesIO
from uuid import UUID

from flask import Blueprint, render_template, request, send_file, url_for
from flask_babel import gettext
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from lms.core.db import day_of
from lms.core.errors import AuditNote, Conflict, InvalidInput, NotFound
from lms.core.paging import Page
from lms.core.web import (
    Form,
    access,
    authorise,
    current_actor,
    flash_ok,
    load_form,
    page_number,
    read_session,
    runtime,
    see_other,
    unit_of_work,
)
from lms.core.web.problems import error_texts
from lms.people import queries
from lms.people.consent_access import BASIS, OFFICE
from lms.people.models import BiometricBasis, Organisation
from lms.people.queries import AdmissionView, ConsentView
from lms.people.schemas import AttachSchema
from lms.people.service import consents as service
from lms.people.service.consents import ConsentReach
from lms.people.types import ConsentMethod, ConsentPurpose, ConsentState, Relation

__all__ = ["blueprint"]

#: So many students stand on one page of the office's list.
PER_PAGE = 25

blueprint = Blueprint("consents", __name__, template_folder="../templates")


class PrepareSchema(Schema):
    """Who will sign."""

    given_by = fields.UUID(required=True)


class BasisSchema(Schema):
    """A legal basis in words."""

    org_id = fields.UUID(required=True)
    covers = fields.String(required=True, validate=validate.OneOf(["minors", "adults"]))
    text = fields.String(required=True, validate=validate.Length(max=4000))


def _reach(view: ConsentView) -> ConsentReach:
    return ConsentReach(view.subject.id, view.org_id, runtime().clock.now())


def _admission(person_id: UUID) -> AdmissionView:
    """Return where the student is admitted to an organisation in whose office the reader works."""
    offices = current_actor().orgs_as(*OFFICE)
    admission = queries.current_admission(
        read_session(), person_id, day_of(read_session(), runtime().clock.now()), offices
    )
    if admission is None:
        raise NotFound(
            "auth.out_of_reach", audit=AuditNote("people.manage_consents", "person", person_id, person_id)
        )
    return admission


def _upload(field: str = "document") -> tuple[bytes, str]:
    sent = request.files.get(field)
    return (sent.read(), sent.filename or "") if sent else (b"", "")


@blueprint.get("/consents")
@access("people.see_consents")
def index() -> str:
    """Show one's own consents, one's children's, and to the office its students."""
    session, actor, now = read_session(), current_actor(), runtime().clock.now()
    assert actor.person_id is not None
    people = [card for card in queries.children_of(session, actor.person_id, now)]
    if actor.has_role("student"):
        people.insert(0, queries.person_card(session, actor.person_id))
    groups = [(card, queries.consents_about(session, card.id)) for card in people]
    offices = actor.orgs_as(*OFFICE)
    text = request.args.get("q", "").strip()[:80]
    students = queries.students_in(session, offices, now) if offices else []
    found = [
        row for row in students if text.casefold() in row[0].name.casefold() or text.upper() == row[0].code
    ]
    number = page_number()
    page = Page(found[(number - 1) * PER_PAGE : number * PER_PAGE], number, PER_PAGE, len(found))
    basis_orgs = actor.orgs_as(*BASIS)
    return render_template(
        "people/consents/index.html",
        groups=groups,
        page=page,
        text=text,
        pages={"number": number, "pages": page.pages, "url": url_for("consents.index", q=text) + "&page="},
        is_office=bool(offices),
        has_basis=bool(basis_orgs),
    )


@blueprint.get("/consents/student/<uuid:person_id>")
@access("people.manage_consents")
def student(person_id: UUID) -> str:
    """Show the office one student's consent for biometrics: prepare, print, attach."""
    return _student_page(person_id, Form())


def _student_page(person_id: UUID, form: Form) -> str:
    session, now = read_session(), runtime().clock.now()
    admission = _admission(person_id)
    authorise("people.manage_consents", ConsentReach(person_id, admission.org_id, now))
    card = queries.person_card(session, person_id)
    views = [
        c
        for c in queries.consents_about(session, person_id)
        if c.purpose is ConsentPurpose.BIOMETRICS and c.org_id == admission.org_id
    ]
    is_minor = queries.is_minor(session, person_id, day_of(session, now))
    givers = (
        queries.guardians_of(session, person_id, now, Relation.GUARDIAN_CONSENT) if is_minor else [person_id]
    )
    return render_template(
        "people/consents/student.html",
        person=card,
        active=next((c for c in views if c.state is ConsentState.ACTIVE), None),
        draft=next((c for c in views if c.state is ConsentState.DRAFT), None),
        past=[c for c in views if c.state in {ConsentState.WITHDRAWN, ConsentState.EXPIRED}],
        givers=list(queries.person_cards(session, givers).values()),
        basis=queries.biometric_basis(session, admission.org_id, minors=is_minor),
        form=form,
        errors=form.errors,
    )


@blueprint.post("/consents/student/<uuid:person_id>/prepare")
@access("people.manage_consents")
def prepare(person_id: UUID) -> Response | tuple[str, int]:
    """Draft the consent that the parent will sign on paper."""
    form = load_form(PrepareSchema())
    if form.is_valid:
        admission = _admission(person_id)
        try:
            with unit_of_work() as uow:
                service.prepare_consent(
                    uow,
                    subject_id=person_id,
                    org_id=admission.org_id,
                    given_by=form.data["given_by"],
                    purpose=ConsentPurpose.BIOMETRICS,
                )
            flash_ok(gettext("The consent is ready to print. Attach the signed paper here."))
            return see_other("consents.student", person_id=person_id)
        except (InvalidInput, Conflict) as error:
            form.fail("given_by", str(error_texts()[error.code]))
    return _student_page(person_id, form), 422


@blueprint.post("/consents/<uuid:consent_id>/attach")
@access("people.manage_consents")
def attach(consent_id: UUID) -> Response | tuple[str, int]:
    """Attach the signed document; the consent is active from now on."""
    view = queries.consent_view(read_session(), consent_id)
    form = load_form(AttachSchema())
    data, name = _upload()
    if not data:
        form.fail("document", gettext("Attach the signed document."))
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                service.attach_signed_consent(
                    uow,
                    consent_id,
                    document=data,
                    document_name=name,
                    method=ConsentMethod(form.data["method"]),
                    report=_upload("report"),
                )
            flash_ok(gettext("The consent is in force. It can be withdrawn on any day."))
            return see_other("consents.student", person_id=view.subject.id)
        except InvalidInput as error:
            if error.fields:
                form.take(error, error_texts())
            else:
                form.fail("document", str(error_texts()[error.code]))
    return _student_page(view.subject.id, form), 422


@blueprint.get("/consents/<uuid:consent_id>/text")
@access("people.see_consents")
def text(consent_id: UUID) -> str:
    """Show the consent's words, ready to print and sign."""
    view = queries.consent_view(read_session(), consent_id)
    authorise("people.see_consents", _reach(view))
    if not view.is_worded:
        raise NotFound("people.no_consent_text")
    return render_template("people/consents/text.html", consent=view)


@blueprint.get("/consents/<uuid:consent_id>/to-sign")
@access("people.see_consents")
def to_sign(consent_id: UUID) -> Response:
    """Hand out the file that a qualified signature is put under; once signed, the very file that was signed."""
    view = queries.consent_view(read_session(), consent_id)
    authorise("people.see_consents", _reach(view))
    if view.signed_text_file_id is not None:
        return _shown(view, view.signed_text_file_id)
    data = queries.consent_to_sign(read_session(), consent_id)
    name = f"consent-{view.subject.code}.txt"
    return send_file(BytesIO(data), mimetype="text/plain", download_name=name, as_attachment=True)


@blueprint.get("/consents/<uuid:consent_id>/report")
@access("people.see_consents")
def report(consent_id: UUID) -> Response:
    """Show what an accredited service says of the signature; the viewing is written down."""
    view = queries.consent_view(read_session(), consent_id)
    authorise("people.see_consents", _reach(view))
    return _shown(view, view.report_file_id)


@blueprint.get("/consents/<uuid:consent_id>/document")
@access("people.see_consents")
def document(consent_id: UUID) -> Response:
    """Show the signed document; the viewing is written down."""
    view = queries.consent_view(read_session(), consent_id)
    authorise("people.see_consents", _reach(view))
    return _shown(view, view.document_file_id)


def _shown(view: ConsentView, file_id: UUID | None) -> Response:
    """Return a file that belongs to a consent and write the viewing down; only papers are shown in the browser."""
    if file_id is None:
        raise NotFound("file.missing")
    with unit_of_work() as uow:
        row, data = uow.open_file(file_id)
        uow.log_access("people.see_consents", view.subject.id, "consent", view.id, outcome="shown")
    is_paper = row.media_type == "application/pdf" or row.media_type.startswith("image/")
    return send_file(
        BytesIO(data), mimetype=row.media_type, download_name=row.name, as_attachment=not is_paper
    )


@blueprint.route("/consents/<uuid:consent_id>/withdraw", methods=["GET", "POST"])
@access("people.withdraw_consent")
def withdraw(consent_id: UUID) -> Response | str:
    """Ask once more, then withdraw."""
    view = queries.consent_view(read_session(), consent_id)
    authorise("people.withdraw_consent", _reach(view))
    if request.method == "GET":
        is_self = view.subject.id == current_actor().person_id
        return render_template("people/consents/withdraw.html", consent=view, is_self=is_self)
    with unit_of_work() as uow:
        destroyed = service.withdraw_consent(uow, consent_id)
    if destroyed:
        flash_ok(gettext("The consent is withdrawn. The sample was destroyed; other ways have equal rights."))
    else:
        flash_ok(gettext("The consent is withdrawn. There was no sample to destroy."))
    return see_other("consents.index")


@blueprint.route("/admin/biometrics", methods=["GET", "POST"])
@access("people.record_basis")
def basis() -> Response | str | tuple[str, int]:
    """Show and record the legal basis without which biometrics stay off."""
    if request.method == "GET":
        return _basis_page(Form())
    form = load_form(BasisSchema())
    if form.is_valid:
        data, name = _upload()
        try:
            with unit_of_work() as uow:
                service.record_basis(uow, **form.data, document=data or None, document_name=name)
            flash_ok(gettext("The legal basis is recorded."))
            return see_other("consents.basis")
        except InvalidInput as error:
            if error.fields:
                form.take(error, error_texts())
            else:
                form.fail("document", str(error_texts()[error.code]))
    return _basis_page(form), 422


def _basis_page(form: Form) -> str:
    session = read_session()
    orgs = current_actor().orgs_as(*BASIS)
    names = {
        org_id: organisation.name for org_id in orgs if (organisation := session.get(Organisation, org_id))
    }
    records = [(org_id, name, queries.bases_of(session, org_id)) for org_id, name in names.items()]
    return render_template("people/consents/basis.html", records=records, form=form, errors=form.errors)


@blueprint.route("/admin/biometrics/<uuid:basis_id>/revoke", methods=["GET", "POST"])
@access("people.record_basis")
def revoke(basis_id: UUID) -> Response | str:
    """Ask once more, then switch biometrics off."""
    if request.method == "GET":
        record = read_session().get(BiometricBasis, basis_id)
        if record is None:
            raise NotFound("people.no_basis")
        authorise("people.record_basis", record.org_id)
        return render_template("people/consents/revoke.html", basis_id=basis_id)
    with unit_of_work() as uow:
        service.revoke_basis(uow, basis_id)
    flash_ok(gettext("Biometrics are switched off and the samples that rested on this basis are destroyed."))
    return see_other("consents.basis")
