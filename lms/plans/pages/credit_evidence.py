"""Pages about what proves learning: badges, known results, trusted issuers, questions to partners and their answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

from flask import Blueprint, make_response, render_template, request, session, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from lms.core.actor import ANONYMOUS
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
from lms.people import queries as people
from lms.people.types import PersonCard
from lms.plans import credit_words as words
from lms.plans import evidence_words
from lms.plans.credit_access import OFFICE
from lms.plans.credit_models import CreditDocument
from lms.plans.pages.credit import case_in_hand
from lms.plans.ports import EVIDENCE_SHELVES
from lms.plans.queries import credit as cases
from lms.plans.queries import credit_evidence as queries
from lms.plans.queries.known_results import KnownResult, known_results
from lms.plans.rules.credit_states import is_editable
from lms.plans.schemas.evidence import (
    AnswerConfirmationSchema,
    AskPartnerSchema,
    IssuerSchema,
    KnownResultSchema,
    PartnerKeySchema,
)
from lms.plans.service.credit import confirmations, credentials, partner_records
from lms.plans.service.credit import known_results as known
from lms.plans.words import hours_words

__all__ = ["blueprint"]

blueprint = Blueprint("credit_evidence", __name__, url_prefix="/credit", template_folder="../templates")

CREDENTIALS = ".json,.jsonld,.jwt,.txt,.png,.svg,application/json,image/png,image/svg+xml"
#: What a link or key is remembered under until its page has shown it once.
MADE_LINK, MADE_KEY = "partner_link", "partner_key"


@blueprint.context_processor
def _common() -> dict[str, Any]:
    return {"credit_words": words, "evidence_words": evidence_words, "audience": "guardian"}


def _page(template: str, form: Form, **more: Any) -> Response:
    """Render a page; a form with errors keeps what was typed and answers 422."""
    page = render_template(f"plans/credit/{template}.html", values=form.values, errors=form.errors, **more)
    return cast(Response, make_response(page, 422 if form.errors else 200))


# --- the family -------------------------------------------------------------------------------------------------


@blueprint.route("/<uuid:case_id>/credential", methods=["GET", "POST"])
@access("credit.edit")
def credential(case_id: UUID) -> Response:
    """Take a badge or learner record instead of a photograph, and say at once what its check found."""
    case = cases.case_view(read_session(), case_in_hand(case_id, "credit.edit").id)
    if not is_editable(case.state):
        return see_other("credit.case", case_id=case_id)
    if case.certificate is None:
        return see_other("credit.certificate", case_id=case_id)
    form = Form()
    if request.method == "POST":
        form.values = {"text": request.form.get("text", "")}
        try:
            data, name = _sent(form)
            if form.is_valid:
                with unit_of_work() as uow:
                    credentials.attach_credential(uow, case_id, data=data, name=name)
                return see_other("credit_evidence.credential", case_id=case_id)
        except (InvalidInput, TooLarge) as error:
            form.take(InvalidInput(error.code, fields={"file": [error.code]}, **error.params), error_texts())
    row = read_session().get(CreditDocument, case.certificate.id)
    found = queries.credential_of(row) if row is not None and row.file_id is not None else None
    return _page("credential", form, case=case, found=found, accept=CREDENTIALS)


def _sent(form: Form) -> tuple[bytes, str]:
    """Return the file that was sent, or the text that was pasted."""
    upload = request.files.get("file")
    if upload is not None and upload.filename:
        return upload.read(), upload.filename
    text = request.form.get("text", "").strip()
    if not text:
        form.fail("file", gettext("Choose a file first, or paste the text."))
    return text.encode(), "credential.json" if text.startswith("{") else "credential.jwt"


@blueprint.route("/<uuid:case_id>/known", methods=["GET", "POST"])
@access("credit.edit")
def known_result(case_id: UUID) -> Response:
    """Offer what the platform or a partner knows already; no photograph is needed for it."""
    row = case_in_hand(case_id, "credit.edit")
    case = cases.case_view(read_session(), case_id)
    if not is_editable(case.state):
        return see_other("credit.case", case_id=case_id)
    found = known_results(read_session(), row, runtime().registries.of(EVIDENCE_SHELVES))
    teachers = people.person_cards(read_session(), [one.verified_by for one in found if one.verified_by])
    form = Form()
    if request.method == "POST":
        form = load_form(KnownResultSchema())
        if form.is_valid and _is_used(case_id, form):
            flash_ok(gettext("The result is in the application. No file is needed."))
            return see_other("credit.apply", case_id=case_id)
    options = [
        {
            "value": one.key,
            "text": one.title,
            "hint": " · ".join(
                (one.source_name, words.day(one.on), hours_words(one.hours), _standing(one, teachers))
            ),
        }
        for one in found
    ]
    return _page("known", form, case=case, options=options)


def _standing(one: KnownResult, teachers: Mapping[UUID, PersonCard]) -> str:
    """Return the result of what is known; of a piece of work: who has confirmed it, or that nobody has."""
    if not one.key.startswith("portfolio:"):
        return words.result_text(one.result)
    if one.verified_by is None:
        return str(gettext("from the portfolio, not confirmed by a teacher"))
    return str(
        gettext("from the portfolio, confirmed by %(name)s", name=teachers[one.verified_by].short_name)
    )


def _is_used(case_id: UUID, form: Form) -> bool:
    """Put the chosen result into the application, or say beside it why that is impossible."""
    try:
        with unit_of_work() as uow:
            known.use_known_result(uow, case_id, form.data["result"])
    except Conflict as error:
        form.fail("result", word_error(error))
        return False
    return True


# --- the office: issuers and keys -------------------------------------------------------------------------------


def _orgs() -> list[UUID]:
    return list(current_actor().orgs_as(*OFFICE))


def _typed_org(form: Form) -> UUID:
    """Return the organisation that a form is about: the typed one of one's own, or the only one."""
    orgs, typed = _orgs(), form.data.pop("org_id", None)
    if typed is None and orgs:
        return orgs[0]
    if typed not in orgs:
        raise NotFound("auth.out_of_reach")
    return cast(UUID, typed)


def _trusted(form: Form, part: str = "") -> Response:
    orgs, reader = _orgs(), read_session()
    names = people.organisation_names(reader, orgs)
    made = session.pop(MADE_KEY, None)
    return _page(
        "trusted",
        form,
        part=part,
        issuers=queries.trusted_issuers(reader, orgs),
        keys=queries.partner_keys(reader, orgs),
        orgs=[(str(org_id), name) for org_id, name in names.items()],
        sources=[option for org in orgs for option in queries.sources_to_name(reader, org)],
        made=made,
        address=url_for("credit_evidence_api.receive", _external=True),
    )


@blueprint.get("/trusted")
@access("credit.office_queue")
def trusted() -> Response:
    """Show whose credentials and records the school takes: issuers with their keys, partners with theirs."""
    return _trusted(Form())


@blueprint.post("/trusted")
@access("credit.manage_sources")
def trust() -> Response:
    """Put an issuer on the list."""
    form = load_form(IssuerSchema())
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                credentials.trust_issuer(uow, org_id=_typed_org(form), **form.data)
            flash_ok(gettext("The issuer is on the list."))
            return see_other("credit_evidence.trusted")
        except InvalidInput as error:
            form.take(error, error_texts())
    return _trusted(form, "issuer")


@blueprint.post("/trusted/<uuid:issuer_id>/end")
@access("credit.manage_sources")
def distrust(issuer_id: UUID) -> Response:
    """Take an issuer off the list."""
    with unit_of_work() as uow:
        name = credentials.distrust_issuer(uow, issuer_id)
    flash_ok(gettext("“%(name)s” is no longer on the list.", name=name))
    return see_other("credit_evidence.trusted")


@blueprint.post("/trusted/<uuid:issuer_id>/list")
@access("credit.manage_sources")
def status_list(issuer_id: UUID) -> Response:
    """Take in a signed list of revoked credentials."""
    form = Form()
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        form.fail("file", gettext("Choose a file first."))
        return _trusted(form, str(issuer_id))
    try:
        with unit_of_work() as uow:
            credentials.add_status_list(uow, issuer_id, upload.read())
        flash_ok(gettext("The list is kept. Credentials are checked against it from now on."))
        return see_other("credit_evidence.trusted")
    except InvalidInput as error:
        form.take(InvalidInput(error.code, fields={"file": [error.code]}), error_texts())
    return _trusted(form, str(issuer_id))


@blueprint.post("/trusted/keys")
@access("credit.manage_sources")
def issue_key() -> Response:
    """Make a key for a partner's system; it is shown once."""
    form = load_form(PartnerKeySchema())
    if not form.is_valid:
        return _trusted(form, "key")
    with unit_of_work() as uow:
        made = partner_records.issue_partner_key(uow, org_id=_typed_org(form), **form.data)
    session[MADE_KEY] = made.token
    return see_other("credit_evidence.trusted")


@blueprint.post("/trusted/keys/<uuid:key_id>/end")
@access("credit.manage_sources")
def revoke_key(key_id: UUID) -> Response:
    """End a partner's key."""
    with unit_of_work() as uow:
        partner_records.revoke_partner_key(uow, key_id)
    flash_ok(gettext("The key opens nothing any more."))
    return see_other("credit_evidence.trusted")


# --- the office: one document -----------------------------------------------------------------------------------


@blueprint.post("/office/<uuid:case_id>/documents/<uuid:document_id>/recheck")
@access("credit.office_queue")
def recheck(case_id: UUID, document_id: UUID) -> Response:
    """Check a credential again."""
    with unit_of_work() as uow:
        credentials.recheck_credential(uow, case_id, document_id)
    flash_ok(gettext("The credential was checked again."))
    return see_other("credit_staff.desk", case_id=case_id)


def _question(case_id: UUID, document_id: UUID, form: Form) -> Response:
    row = case_in_hand(case_id, "credit.office")
    notes = queries.evidence_notes(read_session(), row.id, runtime().clock.now())
    case = cases.case_view(read_session(), case_id)
    document = next((d for d in case.documents if d.id == document_id), None)
    if document is None:
        raise NotFound("auth.out_of_reach")
    made = session.get(MADE_LINK)
    link = ""
    if made and made[0] == str(document_id):
        session.pop(MADE_LINK)
        link = url_for("credit_evidence.confirm", token=made[1], _external=True)
    form.values.setdefault("partner", case.source_name)
    form.values.setdefault("days", confirmations.USUAL_DAYS)
    return _page(
        "partner",
        form,
        case=case,
        document=document,
        questions=notes[document_id].questions,
        link=link,
        can_ask=case.state in confirmations.OPEN,
    )


@blueprint.get("/office/<uuid:case_id>/documents/<uuid:document_id>/partner")
@access("credit.office_queue")
def question(case_id: UUID, document_id: UUID) -> Response:
    """Show the questions to the organisation that issued a document, with their answers, and the form for a new one."""
    return _question(case_id, document_id, Form())


@blueprint.post("/office/<uuid:case_id>/documents/<uuid:document_id>/partner")
@access("credit.office_queue")
def ask_partner(case_id: UUID, document_id: UUID) -> Response:
    """Make a link for the organisation; it is shown once."""
    form = load_form(AskPartnerSchema())
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                made = confirmations.ask_partner(uow, case_id, document_id, **form.data)
            session[MADE_LINK] = [str(document_id), made.token]
            return see_other("credit_evidence.question", case_id=case_id, document_id=document_id)
        except InvalidInput as error:
            form.take(error, error_texts())
    return _question(case_id, document_id, form)


@blueprint.post("/office/<uuid:case_id>/documents/<uuid:document_id>/partner/end")
@access("credit.office_queue")
def end_question(case_id: UUID, document_id: UUID) -> Response:
    """End the open link."""
    with unit_of_work() as uow:
        confirmations.withdraw_confirmation(uow, case_id, document_id)
    flash_ok(gettext("The link opens nothing any more."))
    return see_other("credit_evidence.question", case_id=case_id, document_id=document_id)


# --- the partner ------------------------------------------------------------------------------------------------


def _confirmation(token: str, form: Form) -> Response:
    view = queries.confirmation_for(read_session(), token, runtime().clock.now())
    response = _page("confirm", form, view=view, facts=evidence_words.confirmation_facts(view))
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@blueprint.get("/confirm/<token>")
@access("core.public")
def confirm(token: str) -> Response:
    """Show the office of an organisation exactly what it is asked; every look is written down."""
    with unit_of_work(ANONYMOUS) as uow:
        confirmations.look_at_confirmation(uow, token)
    return _confirmation(token, Form())


@blueprint.post("/confirm/<token>")
@access("core.public")
def answer(token: str) -> Response:
    """Take the answer; from now on the link opens nothing."""
    form = load_form(AnswerConfirmationSchema())
    if form.is_valid:
        data = form.data
        try:
            with unit_of_work(ANONYMOUS) as uow:
                confirmations.answer_confirmation(
                    uow,
                    token,
                    is_confirmed=data["answer"] == "yes",
                    answered_by=data["answered_by"],
                    comment=data["comment"],
                )
            return see_other("credit_evidence.thanks")
        except InvalidInput as error:
            form.take(error, error_texts())
    return _confirmation(token, form)


@blueprint.get("/confirmed")
@access("core.public")
def thanks() -> str:
    """Say that the answer has arrived."""
    return render_template("plans/credit/confirmed.html")
