"""Pages of a family: apply for credit step by step, follow the case, close the rest, disagree."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from flask_babel import gettext
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from lms.core.errors import InvalidInput, NotFound, TooLarge
from lms.core.ids import parse_id
from lms.core.web import (
    Form,
    access,
    authorise,
    current_actor,
    file_disposition,
    flash_ok,
    load_form,
    page_number,
    paginate,
    read_session,
    runtime,
    see_other,
    unit_of_work,
)
from lms.core.web.problems import error_texts
from lms.people import queries as people
from lms.people.types import PersonCard, Relation
from lms.plans import credit_words as words
from lms.plans.contracts import TRANSFER_RULES
from lms.plans.credit_access import CaseInHand, StudentInHand, may_apply_for
from lms.plans.credit_models import CreditCase, ExternalCourse
from lms.plans.pages.gap_ways import gap_lines
from lms.plans.plan_reading import local_day
from lms.plans.queries import credit as queries
from lms.plans.queries.credit import CaseView
from lms.plans.rules.credit_states import is_editable
from lms.plans.schemas.credit import (
    AppealSchema,
    CertificateSchema,
    CourseSchema,
    OwnCourseSchema,
    SourceSchema,
    StartSchema,
    SuggestSourceSchema,
    WaySchema,
)
from lms.plans.service import credit as service
from lms.plans.service.credit.cases import CertificateValue
from lms.plans.types.credit import CaseState, CreditVerdict, DocumentKind, LicenceState
from lms.plans.words import hours_words, number

__all__ = ["blueprint", "case_in_hand", "deliver_file", "is_family", "page_links"]

blueprint = Blueprint("credit", __name__, url_prefix="/credit", template_folder="../templates")

PICTURES = ".pdf,.jpg,.jpeg,.png,.webp,application/pdf,image/jpeg,image/png,image/webp"
PER_PAGE = 10
#: More than this is not read to the end before the browser gets its answer.
DRAIN_BYTES = 256 * 1024 * 1024


@blueprint.app_template_filter("credit_hours")
def credit_hours(value: Any) -> str:
    """Show hours with their word."""
    return hours_words(value)


@blueprint.app_template_filter("credit_size")
def credit_size(size_bytes: int) -> str:
    """Show the size of a file in the reader's language."""
    return words.size_words(size_bytes)


@blueprint.context_processor
def _common() -> dict[str, Any]:
    return {"credit_words": words, "audience": "guardian"}


def case_in_hand(case_id: UUID, action: str) -> CreditCase:
    """Return the case if the actor may do ``action`` with it; out of reach looks like not there."""
    case = read_session().get(CreditCase, case_id)
    if case is None:
        raise NotFound("auth.out_of_reach")
    authorise(action, CaseInHand(case.id, case, runtime().clock.now()))
    return case


def own_case(case_id: UUID, action: str) -> CaseView:
    case_in_hand(case_id, action)
    return queries.case_view(read_session(), case_id)


def _audience(case: CaseView) -> str:
    return "student" if current_actor().person_id == case.person.id else "guardian"


def case_page(
    template: str, case: CaseView, form: Form | None = None, status: int = 200, **more: Any
) -> Response:
    """Render a page of one case; a form keeps what was typed and its errors."""
    shown = form or Form()
    page = render_template(
        f"plans/credit/{template}.html",
        case=case,
        values=shown.values,
        errors=shown.errors,
        audience=_audience(case),
        **more,
    )
    return cast(Response, make_response(page, status))


def page_links(page: Any, **values: Any) -> dict[str, Any]:
    """Return what the `pagination` macro needs; ``values`` stay in the addresses."""
    endpoint = request.endpoint or ""
    kept = {**(request.view_args or {}), **{k: v for k, v in values.items() if v}}
    urls = {n: url_for(endpoint, page=n, **kept) for n in range(1, page.pages + 1)}
    return {"number": page.number, "pages": page.pages, "urls": urls}


# --- list and start ---------------------------------------------------------------------------------------------


def _family() -> list[PersonCard]:
    """Return those whose applications the actor sees: oneself and one's children."""
    actor, session, now = current_actor(), read_session(), runtime().clock.now()
    assert actor.person_id is not None
    found = people.children_of(session, actor.person_id, now)
    if actor.has_role("student"):
        found = [people.person_card(session, actor.person_id), *found]
    return found


@blueprint.get("")
@access("credit.list")
def cases() -> str:
    """Show the family's applications, each child apart, with what is asked of whom."""
    session, now, actor = read_session(), runtime().clock.now(), current_actor()
    groups = []
    for card in _family():
        is_self = card.id == actor.person_id
        rows = [
            row
            for row in queries.credit_cases_of(session, card.id)
            if not is_self or row.state is not CaseState.DRAFT or may_apply_for(session, actor, card.id, now)
        ]
        may = may_apply_for(session, actor, card.id, now)
        groups.append({"person": card, "rows": rows, "may_apply": may, "is_self": is_self})
    return render_template(
        "plans/credit/cases.html", groups=groups, may_start=any(g["may_apply"] for g in groups)
    )


@blueprint.route("/start", methods=["GET", "POST"])
@access("credit.apply")
def start() -> Response | str:
    """Choose the child and the item of the plan that the course should count for."""
    session, now, actor = read_session(), runtime().clock.now(), current_actor()
    able = [card for card in _family() if may_apply_for(session, actor, card.id, now)]
    wanted = parse_id(request.values.get("person", "")) or (able[0].id if len(able) == 1 else None)
    person = next((card for card in able if card.id == wanted), None)
    items = queries.items_to_credit(session, person.id) if person else []
    if request.method == "POST" and person is not None:
        form = load_form(StartSchema())
        plan, _colon, key = str(form.data.get("item", "")).partition(":")
        chosen = next((i for i in items if str(i.plan_id) == plan and i.stable_key == key), None)
        if form.is_valid and chosen is not None:
            with unit_of_work() as uow:
                step = service.open_case(uow, person_id=person.id, plan_id=chosen.plan_id, stable_key=key)
                if (wanted_course := parse_id(request.form.get("course", ""))) is not None:
                    service.take_listed_course(uow, step.case_id, wanted_course)
            return see_other("credit.apply", case_id=step.case_id)
        if form.is_valid:
            form.fail("item", gettext("Choose what in the plan it is about."))
        page = _start_page(able, person, items, form)
        return cast(Response, make_response(page, 422))
    wish = request.args.get("item", "")
    page = _start_page(able, person, items, Form(values={"item": wish} if wish else {}))
    return cast(Response, make_response(page, 422 if request.method == "POST" else 200))


def _start_page(able: list[PersonCard], person: PersonCard | None, items: list[Any], form: Form) -> str:
    return render_template(
        "plans/credit/start.html",
        able=able,
        person=person,
        items=items,
        obstacle=queries.credit_obstacle(read_session(), person.id) if person and not items else None,
        course=parse_id(request.values.get("course", "")),
        values=form.values,
        errors=form.errors,
        is_self=person is not None and person.id == current_actor().person_id,
    )


# --- the task list ----------------------------------------------------------------------------------------------


@blueprint.get("/<uuid:case_id>/apply")
@access("credit.edit")
def apply(case_id: UUID) -> Response:
    """Show the task list of an application: where, what, certificate, documents, preview, send."""
    case = own_case(case_id, "credit.edit")
    if not is_editable(case.state):
        return see_other("credit.case", case_id=case_id)
    return case_page("apply", case, tasks=_tasks(case))


def _tasks(case: CaseView) -> list[dict[str, Any]]:
    """Return the rows of the task list: title, address, what is there, done or not, open or locked."""
    certificate = case.certificate
    has_file = certificate is not None and certificate.is_complete
    is_stopped = case.licence_state is LicenceState.UNLICENSED
    rows = [
        ("source", gettext("Where it was learned"), case.source_name, case.source_id is not None, True),
        (
            "course",
            gettext("Which course"),
            case.course_title,
            case.course_id is not None,
            bool(case.source_id) and not is_stopped,
        ),
        (
            "certificate",
            gettext("What the certificate shows"),
            _certificate_line(case),
            certificate is not None,
            case.course_id is not None and not is_stopped,
        ),
        (
            "documents",
            gettext("The documents"),
            _files_line(case),
            has_file,
            certificate is not None and not is_stopped,
        ),
        (
            "preview",
            gettext("What would be credited"),
            "",
            None,
            case.course_id is not None and not is_stopped,
        ),
        ("check", gettext("Check and send"), "", None, has_file and not is_stopped),
    ]
    icons = ("building", "book", "document", "camera", "eye", "signature")
    return [
        {
            "icon": icon,
            "title": title,
            "href": url_for(f"credit.{name}", case_id=case.id) if is_open else "",
            "detail": detail,
            "is_done": is_done,
            "is_open": is_open,
        }
        for icon, (name, title, detail, is_done, is_open) in zip(icons, rows, strict=True)
    ]


def _certificate_line(case: CaseView) -> str:
    if case.certificate is None:
        return ""
    facts = dict(words.document_facts(case.certificate))
    return " · ".join(v for k, v in facts.items() if v and k in {gettext("Issued on"), gettext("Result")})


def _files_line(case: CaseView) -> str:
    return ", ".join(d.name for d in case.documents if d.has_file)


@blueprint.route("/<uuid:case_id>/source", methods=["GET", "POST"])
@access("credit.edit")
def source(case_id: UUID) -> Response:
    """Search the school's list of sources and choose one."""
    case = own_case(case_id, "credit.edit")
    form = Form(values={"source_id": case.source_id})
    if request.method == "POST":
        form = load_form(SourceSchema())
        if form.is_valid:
            with unit_of_work() as uow:
                licence = service.choose_source(uow, case_id, form.data["source_id"])
            return _after_source(case_id, licence)
    text = request.values.get("q", "").strip()[:100]
    page = paginate(read_session(), queries.sources_statement(case.org_id, text), page_number(), PER_PAGE)
    status = 422 if form.errors else 200
    return case_page("source", case, form, status, page=page, q=text, links=page_links(page, q=text))


def _after_source(case_id: UUID, licence: LicenceState) -> Response:
    endpoint = "credit.unlicensed" if licence is LicenceState.UNLICENSED else "credit.course"
    return see_other(endpoint, case_id=case_id)


@blueprint.route("/<uuid:case_id>/source/new", methods=["GET", "POST"])
@access("credit.edit")
def source_new(case_id: UUID) -> Response:
    """Name a source that is not on the list."""
    case = own_case(case_id, "credit.edit")
    form = Form(values={"name": request.args.get("name", "")[:200]})
    if request.method == "POST":
        form = load_form(SuggestSourceSchema())
        if form.is_valid:
            data = form.data
            try:
                with unit_of_work() as uow:
                    licence = service.suggest_source(
                        uow,
                        case_id,
                        name=data["name"],
                        website=data["website"],
                        licence_no=data["licence_no"],
                        is_educational=data["licensed"] != "no",
                    )
                return _after_source(case_id, licence)
            except InvalidInput as error:
                form.take(error, error_texts())
    return case_page("source_new", case, form, 422 if form.errors else 200)


@blueprint.route("/<uuid:case_id>/unlicensed", methods=["GET", "POST"])
@access("credit.edit")
def unlicensed(case_id: UUID) -> Response:
    """Say in one sentence why this source leads to attestation, and offer it."""
    case = own_case(case_id, "credit.edit")
    if case.licence_state is not LicenceState.UNLICENSED or not is_editable(case.state):
        return see_other("credit.apply", case_id=case_id)
    if request.method == "POST":
        with unit_of_work() as uow:
            service.take_to_attestation(uow, case_id)
        flash_ok(gettext("The school knows. The teacher names a day and puts it into the plan."))
        return see_other("credit.case", case_id=case_id)
    return case_page("unlicensed", case, sentence=words.not_educational_sentence(case.source_name))


@blueprint.route("/<uuid:case_id>/course", methods=["GET", "POST"])
@access("credit.edit")
def course(case_id: UUID) -> Response:
    """Choose a course of the source, or go on to describe another one."""
    case = own_case(case_id, "credit.edit")
    if case.source_id is None:
        return see_other("credit.source", case_id=case_id)
    listed = queries.courses_of_source(read_session(), case.source_id)
    if not listed and request.method == "GET":
        return see_other("credit.course_new", case_id=case_id)
    form = Form(values={"course": case.course_id})
    if request.method == "POST":
        form = load_form(CourseSchema())
        if form.is_valid and form.data["course"] == "other":
            return see_other("credit.course_new", case_id=case_id)
        chosen = parse_id(form.data.get("course", ""))
        if form.is_valid and chosen in {row.id for row in listed}:
            with unit_of_work() as uow:
                service.choose_course(uow, case_id, chosen)
            return see_other("credit.certificate", case_id=case_id)
        if form.is_valid:
            form.fail("course", gettext("Choose the course."))
    return case_page("course", case, form, 422 if form.errors else 200, courses=listed)


@blueprint.route("/<uuid:case_id>/course/new", methods=["GET", "POST"])
@access("credit.edit")
def course_new(case_id: UUID) -> Response:
    """Describe a course that is not on the list."""
    case = own_case(case_id, "credit.edit")
    form = Form(values={"title": case.course_title, "hours": case.course_hours if case.course_id else ""})
    if request.method == "POST":
        form = load_form(OwnCourseSchema())
        if form.is_valid:
            try:
                with unit_of_work() as uow:
                    service.describe_course(uow, case_id, title=form.data["title"], hours=form.data["hours"])
                return see_other("credit.certificate", case_id=case_id)
            except InvalidInput as error:
                form.take(error, error_texts())
    return case_page("course_new", case, form, 422 if form.errors else 200)


@blueprint.route("/<uuid:case_id>/certificate", methods=["GET", "POST"])
@access("credit.edit")
def certificate(case_id: UUID) -> Response:
    """Write down what the certificate shows; saved before any file is sent, so that nothing typed can be lost."""
    case = own_case(case_id, "credit.edit")
    if case.course_id is None:
        return see_other("credit.course", case_id=case_id)
    outside = read_session().get_one(ExternalCourse, case.course_id)
    scale = {"kind": outside.scale.value, "top": outside.scale_max}
    form = Form(values=_certificate_values(case))
    if request.method == "POST":
        form = load_form(CertificateSchema())
        if form.is_valid:
            try:
                with unit_of_work() as uow:
                    service.describe_certificate(uow, case_id, CertificateValue(**form.data))
                return see_other("credit.documents", case_id=case_id)
            except InvalidInput as error:
                form.take(error, error_texts())
    today = local_day(runtime())
    return case_page("certificate", case, form, 422 if form.errors else 200, scale=scale, today=today)


def _certificate_values(case: CaseView) -> dict[str, Any]:
    known = case.certificate
    if known is None:
        return {"hours": number(case.course_hours) if case.course_hours else ""}
    return {
        "issued_on": known.issued_on,
        "hours": number(known.hours),
        "raw_result": known.raw_result,
        "number": known.number,
    }


@blueprint.route("/<uuid:case_id>/documents", methods=["GET", "POST"])
@access("credit.edit")
def documents(case_id: UUID) -> Response:
    """Show what is attached and take one more file."""
    case = own_case(case_id, "credit.edit")
    if case.certificate is None:
        return see_other("credit.certificate", case_id=case_id)
    form = Form()
    status = 200
    if request.method == "POST":
        try:
            _attach(case, form)
            if form.is_valid:
                return see_other("credit.documents", case_id=case_id)
            status = 422
        except (InvalidInput, TooLarge) as error:
            form.take(InvalidInput(error.code, fields={"file": [error.code]}, **error.params), error_texts())
            status = error.status
    return _documents_page(case, form, status)


def _attach(case: CaseView, form: Form) -> None:
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        form.fail("file", gettext("Choose a file first."))
        return
    kind = request.form.get("kind", "")
    chosen = DocumentKind(kind) if kind in set(DocumentKind) else DocumentKind.OTHER
    with unit_of_work() as uow:
        service.attach_evidence(uow, case.id, kind=chosen, data=upload.read(), name=upload.filename)
    flash_ok(gettext("The file is attached. Only the school sees it."))


def _documents_page(case: CaseView, form: Form, status: int) -> Response:
    form.values.setdefault("kind", request.args.get("kind", ""))
    limit = runtime().settings.core.upload_max_bytes // (1024 * 1024)
    return case_page("documents", case, form, status, accept=PICTURES, max_mb=limit)


@blueprint.errorhandler(RequestEntityTooLarge)
def too_large(error: RequestEntityTooLarge) -> Any:
    """Answer a file that is far too large on the page itself: what was filled in before is kept."""
    case_id = (request.view_args or {}).get("case_id")
    if request.endpoint != "credit.documents" or case_id is None:
        return error
    _drain()
    form = Form()
    limit = runtime().settings.core.upload_max_bytes // (1024 * 1024)
    form.fail("file", str(error_texts()["upload.too_large"]) % {"max_mb": limit})
    return _documents_page(own_case(case_id, "credit.edit"), form, 413)


def _drain() -> None:
    """Read the rest of the body away: a browser that is still sending would see a broken connection instead."""
    stream = request.environ["wsgi.input"]
    left = min(request.content_length or 0, DRAIN_BYTES)
    while left > 0:
        chunk = stream.read(min(left, 65536))
        if not chunk:
            return
        left -= len(chunk)


@blueprint.post("/<uuid:case_id>/documents/<uuid:document_id>/remove")
@access("credit.edit")
def remove_document(case_id: UUID, document_id: UUID) -> Response:
    """Take a file away again."""
    with unit_of_work() as uow:
        service.remove_evidence(uow, case_id, document_id)
    flash_ok(gettext("The file was taken away."))
    return see_other("credit.documents", case_id=case_id)


@blueprint.get("/<uuid:case_id>/documents/<uuid:document_id>")
@access("credit.view")
def document(case_id: UUID, document_id: UUID) -> Response:
    """Show a document; whoever is not the student leaves a line in the access log."""
    with unit_of_work() as uow:
        row, data = service.open_evidence(uow, case_id, document_id)
    return deliver_file(row.name, row.media_type, data)


def deliver_file(name: str, media_type: str, data: bytes) -> Response:
    """Send a document so that it is only ever shown, never run, and not kept by the browser."""
    response = make_response(data)
    response.headers["Content-Type"] = media_type
    response.headers["Content-Disposition"] = file_disposition("inline", name)
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
    )
    response.headers["Cache-Control"] = "private, no-store"
    return cast(Response, response)


@blueprint.get("/<uuid:case_id>/preview")
@access("credit.edit")
def preview(case_id: UUID) -> Response:
    """Show what would be credited if the documents hold: nothing is sent, nobody is bound."""
    case = own_case(case_id, "credit.edit")
    if case.course_id is None or case.licence_state is LicenceState.UNLICENSED:
        return see_other("credit.apply", case_id=case_id)
    rows = _preview_rows(case_id)
    return case_page(
        "preview", case, rows=rows, hours=sum(r.hours for r in rows), total=sum(r.hours_total for r in rows)
    )


def _preview_rows(case_id: UUID) -> tuple[Any, ...]:
    sources = list(runtime().registries.of(TRANSFER_RULES))
    return queries.preview_of(read_session(), case_id, local_day(runtime()), sources)


@blueprint.route("/<uuid:case_id>/check", methods=["GET", "POST"])
@access("credit.edit")
def check(case_id: UUID) -> Response:
    """Check everything once more and send it."""
    case = own_case(case_id, "credit.edit")
    if not is_editable(case.state):
        return see_other("credit.case", case_id=case_id)
    form = Form()
    if request.method == "POST":
        try:
            with unit_of_work() as uow:
                service.submit_case(uow, case_id)
            flash_ok(gettext("The application is with the school."))
            return see_other("credit.case", case_id=case_id)
        except InvalidInput as error:
            form.take(error, error_texts())
    return case_page("check", case, form, 422 if form.errors else 200)


# --- the case ---------------------------------------------------------------------------------------------------


@blueprint.get("/<uuid:case_id>")
@access("credit.view")
def case(case_id: UUID) -> Response:
    """Show a case: verdict first, then what happened, outcomes with reasons, ways out, deadlines, disagreement."""
    row = case_in_hand(case_id, "credit.view")
    if not is_family(row):
        return see_other("credit_staff.look", case_id=case_id)
    view = queries.case_view(read_session(), case_id)
    may_edit = _may_edit(row)
    if view.state is CaseState.DRAFT:
        return see_other(
            "credit.apply" if may_edit else "credit.cases", **({"case_id": case_id} if may_edit else {})
        )
    return _case_page(view, may_edit=may_edit)


def _may_edit(row: CreditCase) -> bool:
    return may_apply_for(read_session(), current_actor(), row.person_id, runtime().clock.now())


def is_family(row: CreditCase) -> bool:
    """Tell whether the reader is the student of a case or a guardian who may view."""
    relations = people.relations_to(read_session(), current_actor(), row.person_id, runtime().clock.now())
    return bool(relations & {Relation.SELF, Relation.GUARDIAN_VIEW})


def _case_page(view: CaseView, *, may_edit: bool, form: Form | None = None, status: int = 200) -> Response:
    audience = _audience(view)
    if audience == "student" and may_edit:
        audience = "own"  # of age, or grown up enough: nobody chooses in the student's place
    names = people.person_cards(read_session(), [m for m, _chair in view.members])
    is_decided = view.decision is not None
    return case_page(
        "case",
        view,
        form,
        status,
        head=words.headline(view, audience),
        steps=words.steps_of(view, audience),
        outcomes=words.outcome_rows(view.outcomes, is_decided=is_decided),
        is_decided=is_decided,
        gaps=gap_lines(view),
        may_edit=may_edit,
        may_choose=may_edit and view.state is CaseState.EFFECTED,
        may_appeal=may_edit and _may_appeal(view),
        members=[(names[m].short_name, chair) for m, chair in view.members if m in names],
        deadlines=_deadlines(view),
    )


def _may_appeal(view: CaseView) -> bool:
    if view.decision is None or view.state not in {CaseState.EFFECTED, CaseState.DECIDED, CaseState.CLOSED}:
        return False
    is_first = view.appeal is None or view.appeal.is_upheld is False
    return is_first and view.decision.verdict is not CreditVerdict.FULL


def _deadlines(view: CaseView) -> list[tuple[str, str]]:
    decision = view.decision
    if decision is None:
        due = view.review_due_on
        if view.days_left is not None:
            return [(gettext("The school decides"), words.standing_clock(view))]
        return [(gettext("The school decides"), gettext("by %(day)s", day=words.day(due)))] if due else []
    rows = [
        (gettext("The decision was sent"), words.day(decision.sent_at))
        if decision.sent_at
        else (gettext("The decision is sent"), gettext("by %(day)s", day=words.day(decision.send_by)))
    ]
    if view.state is CaseState.EFFECTED and view.way is None:
        rows.append((gettext("Choose a way"), gettext("by %(day)s", day=words.day(decision.way_due_on))))
    if decision.verdict is not CreditVerdict.FULL:
        rows.append((gettext("File an appeal"), gettext("by %(day)s", day=words.day(decision.appeal_due_on))))
    return rows


@blueprint.post("/<uuid:case_id>/way")
@access("credit.edit")
def way(case_id: UUID) -> Response:
    """Choose how the rest is closed."""
    view = own_case(case_id, "credit.edit")
    form = load_form(WaySchema())
    if not form.is_valid:
        return _case_page(view, may_edit=True, form=form, status=422)
    with unit_of_work() as uow:
        service.choose_way(uow, case_id, form.data["way"])
    flash_ok(gettext("The school knows how you want to close the rest."))
    return see_other("credit.case", case_id=case_id)


@blueprint.route("/<uuid:case_id>/withdraw", methods=["GET", "POST"])
@access("credit.edit")
def withdraw(case_id: UUID) -> Response:
    """Ask once more, then take the application back."""
    view = own_case(case_id, "credit.edit")
    if request.method == "POST":
        with unit_of_work() as uow:
            service.withdraw_case(uow, case_id)
        flash_ok(gettext("The application was taken back."))
        return see_other("credit.cases")
    return case_page("withdraw", view)


@blueprint.route("/<uuid:case_id>/appeal", methods=["GET", "POST"])
@access("credit.edit")
def appeal(case_id: UUID) -> Response:
    """Disagree with the decision."""
    view = own_case(case_id, "credit.edit")
    if view.decision is None:
        return see_other("credit.case", case_id=case_id)
    form = Form()
    if request.method == "POST":
        form = load_form(AppealSchema())
        if form.is_valid:
            with unit_of_work() as uow:
                service.file_appeal(uow, case_id, form.data["text"])
            flash_ok(gettext("The appeal is with the school."))
            return see_other("credit.case", case_id=case_id)
    return case_page("appeal", view, form, 422 if form.errors else 200)


def can_apply(person_id: UUID) -> bool:
    """Tell whether the actor may apply for a person now; for links on other pages."""
    return runtime().policy.can(
        read_session(), current_actor(), "credit.apply", StudentInHand(person_id, runtime().clock.now())
    )
