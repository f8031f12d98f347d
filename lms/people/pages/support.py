"""Support plans: what is agreed for one student, the next version, and its approval."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from flask_babel import format_decimal, get_locale, pgettext
from flask_babel import gettext as _
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from lms.core.db import day_of
from lms.core.errors import InvalidInput, NotFound
from lms.core.pdf import as_pdf
from lms.core.web import (
    Form,
    access,
    authorise,
    current_actor,
    file_disposition,
    flash_ok,
    load_form,
    log_look,
    page_number,
    read_session,
    runtime,
    see_other,
    unit_of_work,
)
from lms.core.web.dates import format_date
from lms.core.web.problems import error_texts
from lms.people import queries
from lms.people.ports import SUPPORT_CHOICES
from lms.people.queries import SupportState, SupportVersionView, support_versions
from lms.people.rules.diagnosis import diagnosis_words
from lms.people.rules.measures import FORMATS, SCOPES
from lms.people.service import support as service
from lms.people.support_access import SupportReach
from lms.people.types import MeasureCode, MeasureValue, Relation

__all__ = ["SupportSchema", "blueprint", "measures_from"]

blueprint = Blueprint("support", __name__, template_folder="../templates")

#: Measures that are either agreed or not; the others carry parameters.
PLAIN = (
    MeasureCode.READ_ALOUD,
    MeasureCode.SIMPLIFIED_LAYOUT,
    MeasureCode.READER,
    MeasureCode.ASSISTANT,
    MeasureCode.NO_CAMERA,
    MeasureCode.NO_RANKING,
    MeasureCode.NO_PEER_REVIEW,
)
#: Measures that the author places: everywhere, at exams or in lessons. The rest hold where they mean anything.
PLACED = (
    MeasureCode.EXTRA_TIME,
    MeasureCode.TIME_FACTOR,
    MeasureCode.REST_BREAKS,
    MeasureCode.ALTERNATIVE_FORMAT,
    *PLAIN,
)
AGREED = frozenset({SupportState.IN_FORCE, SupportState.PLANNED})
#: Who reads on what document the measures rest; the others read the measures alone.
SOURCE_READERS = frozenset(
    {
        Relation.SELF,
        Relation.GUARDIAN_VIEW,
        Relation.SPECIALIST,
        Relation.DEPUTY_HEAD,
        Relation.DIRECTOR,
    }
)
FACTORS = ("1.25", "1.5", "2")


class SupportSchema(Schema):
    """The next version of a support plan: the parameters of each measure, and where it holds (``scope_<code>``)."""

    extra_minutes = fields.Integer(load_default=0, validate=validate.Range(0, 240))
    time_factor = fields.String(load_default="", validate=validate.OneOf(["", *FACTORS]))
    type_size = fields.Integer(load_default=0, validate=validate.OneOf([0, 125, 150, 200]))
    break_count = fields.Integer(load_default=0, validate=validate.Range(0, 6))
    break_minutes = fields.Integer(load_default=0, validate=validate.Range(0, 30))
    window_hours = fields.Integer(load_default=0, validate=validate.Range(0, 240))
    screen_minutes = fields.Integer(load_default=0, validate=validate.Range(0, 240))
    methods = fields.List(fields.String(validate=validate.Length(max=40)), load_default=list)
    findings = fields.List(fields.String(validate=validate.Length(max=40)), load_default=list)
    format = fields.String(load_default="", validate=validate.OneOf(["", *FORMATS]))
    plain = fields.List(
        fields.String(validate=validate.OneOf([code.value for code in PLAIN])), load_default=list
    )
    scope_extra_time = fields.String(load_default="all", validate=validate.OneOf(SCOPES))
    scope_time_factor = fields.String(load_default="all", validate=validate.OneOf(SCOPES))
    scope_rest_breaks = fields.String(load_default="all", validate=validate.OneOf(SCOPES))
    scope_alternative_format = fields.String(load_default="all", validate=validate.OneOf(SCOPES))
    scope_plain = fields.String(load_default="all", validate=validate.OneOf(SCOPES))
    source_ref = fields.String(required=True, validate=validate.Length(max=200))
    is_no_diagnosis = fields.Boolean(load_default=False)
    valid_from = fields.Date(required=True)
    valid_to = fields.Date(load_default=None)


def measures_from(data: dict[str, Any]) -> list[MeasureValue]:
    """Return the measures that a checked form asks for."""
    breaks = {"count": data["break_count"], "minutes_each": data["break_minutes"]}
    asked: list[tuple[MeasureCode, bool, dict[str, Any]]] = [
        (MeasureCode.EXTRA_TIME, bool(data["extra_minutes"]), {"minutes": data["extra_minutes"]}),
        (MeasureCode.TIME_FACTOR, bool(data["time_factor"]), {"factor": data["time_factor"]}),
        (MeasureCode.LARGE_TYPE, bool(data["type_size"]), {"size": data["type_size"]}),
        (MeasureCode.REST_BREAKS, bool(data["break_count"]), breaks),
        (MeasureCode.EXTENDED_WINDOW, bool(data["window_hours"]), {"hours": data["window_hours"]}),
        (MeasureCode.SCREEN_TIME, bool(data["screen_minutes"]), {"minutes": data["screen_minutes"]}),
        (MeasureCode.IDENTITY_METHODS, bool(data["methods"]), {"methods": data["methods"]}),
        (MeasureCode.DETECTOR_MASK, bool(data["findings"]), {"findings": data["findings"]}),
        (MeasureCode.ALTERNATIVE_FORMAT, bool(data["format"]), {"format": data["format"]}),
    ]
    asked += [(MeasureCode(code), True, {}) for code in data["plain"]]
    return [
        MeasureValue(code, params, (_scope_of(code, data),)) for code, is_asked, params in asked if is_asked
    ]


def _scope_of(code: MeasureCode, data: dict[str, Any]) -> str:
    if code in PLAIN:
        return str(data["scope_plain"])
    return str(data[f"scope_{code.value}"]) if code in PLACED else "all"


def _today() -> date:
    """Return the present day where the school is."""
    return day_of(read_session(), runtime().clock.now())


def _reach(person_id: UUID) -> SupportReach:
    admission = queries.current_admission(read_session(), person_id, _today())
    if admission is None:
        raise NotFound("people.no_person")
    return SupportReach(person_id, admission.org_id, runtime().clock.now())


def _options(code: MeasureCode) -> list[tuple[str, str]]:
    """Return what a measure can be chosen from, as the floors above offer it."""
    found = runtime().registries.of(SUPPORT_CHOICES)
    return [option for choices in found if choices.code is code for option in choices.options()]


def _measure_words(measure: MeasureValue) -> str:
    """Return a measure in words, with what was chosen for it."""
    chosen = measure.params.get("methods") or measure.params.get("findings") or ()
    words = dict(_options(measure.code)) if chosen else {}
    names = ", ".join(words.get(key, key) for key in chosen)
    text = service.measure_words(measure.code, measure.params)
    return f"{text}: {names}" if names else text


def _states() -> dict[SupportState, dict[str, str]]:
    return {
        SupportState.WAITING: {"kind": "info", "text": pgettext("measures", "Waits for approval")},
        SupportState.PLANNED: {"kind": "info", "text": pgettext("measures", "Begins later")},
        SupportState.IN_FORCE: {"kind": "ok", "text": pgettext("measures", "In force")},
        SupportState.EXPIRED: {"kind": "", "text": pgettext("measures", "Expired")},
        SupportState.REPLACED: {"kind": "", "text": pgettext("measures", "Replaced by a newer version")},
        SupportState.WITHDRAWN: {"kind": "", "text": pgettext("measures", "Withdrawn")},
    }


def _lines(version: SupportVersionView) -> list[dict[str, str]]:
    scopes = {"all": _("always"), "exam": _("at exams"), "lesson": _("in lessons")}
    return [
        {"text": _measure_words(m), "scope": str(scopes.get(m.scope[0], m.scope[0]))}
        for m in version.measures
    ]


@blueprint.get("/support/<uuid:person_id>")
@access("people.support_read")
def show(person_id: UUID) -> str:
    """Show the measures in force, a version that waits for approval, and earlier ones."""
    authorise("people.support_read", _reach(person_id))
    return _show(person_id)


def _show(person_id: UUID, form: Form | None = None) -> str:
    actor, policy, reach = current_actor(), runtime().policy, _reach(person_id)
    relations = queries.relations_in(read_session(), actor, person_id, reach.org_id, reach.at)
    if Relation.GUARDIAN_VIEW not in relations:
        log_look("people.support_read", person_id, "support_plan")
    session, today = read_session(), _today()
    versions = support_versions(session, person_id)
    waiting = next((v for v in versions if v.is_waiting), None)
    roles = queries.approval_roles(relations, is_minor=queries.is_minor(session, person_id, today))
    can_approve = waiting is not None and any(waiting.approved_by(role) is None for role in roles)
    people = [row.person_id for version in versions for row in version.approvals]
    people += [version.withdrawal.person_id for version in versions if version.withdrawal]
    return render_template(
        "people/support/show.html",
        person=queries.person_card(session, person_id),
        is_self=actor.person_id == person_id,
        is_guardian=Relation.GUARDIAN_VIEW in relations,
        agreed=[v for v in reversed(versions) if v.state_on(today) in AGREED],
        waiting=waiting,
        earlier=[v for v in versions if v.state_on(today) not in AGREED and v is not waiting],
        lines=_lines,
        approvers=_approvers,
        can_write=policy.can(session, actor, "people.support_write", reach),
        can_approve=can_approve,
        shows_source=bool(relations & SOURCE_READERS),
        states=_states(),
        today=today,
        can_withdraw=policy.can(session, actor, "people.support_withdraw", reach),
        values=form.values if form else {},
        errors=form.errors if form else {},
        cards=queries.person_cards(session, people),
    )


@blueprint.get("/support/versions/<uuid:support_plan_id>/paper")
@access("people.support_read")
def paper(support_plan_id: UUID) -> Response:
    """Give a version as a document (PDF/UA) for the folder or the wallet; who took it is written down."""
    person_id = queries.support_person(read_session(), support_plan_id)
    authorise("people.support_read", _reach(person_id))
    versions = support_versions(read_session(), person_id)
    version = next(row for row in versions if row.id == support_plan_id)
    name = _("Support plan, version %(number)s", number=version.version)
    response = make_response(as_pdf(_printed(version, str(name))))
    response.headers["Content-Type"] = "application/pdf"
    response.headers["Content-Disposition"] = file_disposition("inline", f"{name}.pdf")
    with unit_of_work() as uow:
        uow.log_access("people.support_read", person_id, "support_plan", support_plan_id, outcome="exported")
    return response


def _approvers(version: SupportVersionView) -> list[tuple[str, str]]:
    """Return who approves a version, in words: the specialist, and for the family a parent or the adult student."""
    is_minor = queries.is_minor(read_session(), version.person_id, _today())
    by_parent = is_minor or version.approved_by("guardian") is not None
    parent, student = ("guardian", _("Parent (legal representative)")), ("student", _("Student"))
    return [("specialist", _("Specialist of the support council")), parent if by_parent else student]


def _printed(version: SupportVersionView, name: str) -> str:
    actor, session, reach = current_actor(), read_session(), _reach(version.person_id)
    relations = queries.relations_in(session, actor, version.person_id, reach.org_id, reach.at)
    cards = queries.person_cards(session, [row.person_id for row in version.approvals])
    approvals = [
        (word, row and (cards[row.person_id].name, row.approved_at))
        for role, word in _approvers(version)
        for row in [version.approved_by(role)]
    ]
    return render_template(
        "people/support/paper.html",
        lang=str(get_locale()),
        name=name,
        school=queries.organisation_names(session, [version.org_id]).get(version.org_id, ""),
        person=queries.person_card(session, version.person_id),
        version=version,
        state=_states()[version.state_on(_today())]["text"],
        source=version.source_ref if relations & SOURCE_READERS else "",
        lines=_lines(version),
        approvals=approvals,
    )


@blueprint.route("/support/<uuid:person_id>/new", methods=["GET", "POST"])
@access("people.support_write")
def new(person_id: UUID) -> Response | str | tuple[str, int]:
    """Propose the next version; what was typed stays when something is missing."""
    authorise("people.support_write", _reach(person_id))
    return _save(person_id) if request.method == "POST" else _form(person_id, Form(values=_start(person_id)))


def _save(person_id: UUID) -> Response | tuple[str, int]:
    form = load_form(SupportSchema())
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                service.create_support_plan(
                    uow,
                    person_id=person_id,
                    measures=measures_from(form.data),
                    source_ref=form.data["source_ref"],
                    valid_from=form.data["valid_from"],
                    valid_to=form.data["valid_to"],
                    is_no_diagnosis=form.data["is_no_diagnosis"],
                )
            flash_ok(
                _("The measures are proposed. They hold once the specialist and a parent have approved them.")
            )
            return see_other("support.show", person_id=person_id)
        except InvalidInput as error:
            form.take(error, error_texts())
    return _form(person_id, form), 422


#: The fields of the form that hold a measure's parameters.
_FIELDS = {
    MeasureCode.EXTRA_TIME: {"extra_minutes": "minutes"},
    MeasureCode.TIME_FACTOR: {"time_factor": "factor"},
    MeasureCode.LARGE_TYPE: {"type_size": "size"},
    MeasureCode.REST_BREAKS: {"break_count": "count", "break_minutes": "minutes_each"},
    MeasureCode.EXTENDED_WINDOW: {"window_hours": "hours"},
    MeasureCode.SCREEN_TIME: {"screen_minutes": "minutes"},
    MeasureCode.IDENTITY_METHODS: {"methods": "methods"},
    MeasureCode.DETECTOR_MASK: {"findings": "findings"},
    MeasureCode.ALTERNATIVE_FORMAT: {"format": "format"},
}


def _start(person_id: UUID) -> dict[str, Any]:
    """Return the form filled with the newest version, so that nobody types what is known."""
    values: dict[str, Any] = {"valid_from": _today().isoformat(), "plain": []}
    versions = support_versions(read_session(), person_id)
    for measure in versions[0].measures if versions else ():
        if measure.code in PLAIN:
            values["plain"].append(measure.code.value)
            values["scope_plain"] = measure.scope[0]
        else:
            for field, param in _FIELDS[measure.code].items():
                values[field] = measure.params[param]
            values[f"scope_{measure.code.value}"] = measure.scope[0]
    return values


def _form(person_id: UUID, form: Form) -> str:
    return render_template(
        "people/support/form.html",
        person=queries.person_card(read_session(), person_id),
        values=form.values,
        errors=form.errors,
        plain=[(code.value, service.measure_words(code, {})) for code in PLAIN],
        scopes=[("all", _("everywhere")), ("exam", _("at exams")), ("lesson", _("in lessons"))],
        factors=[(factor, format_decimal(factor)) for factor in FACTORS],
        formats=list(service.format_words().items()),
        methods=_options(MeasureCode.IDENTITY_METHODS),
        findings=_options(MeasureCode.DETECTOR_MASK),
        asks_about_diagnosis=bool(diagnosis_words(str(form.values.get("source_ref", "")))),
    )


@blueprint.get("/support/<uuid:person_id>/uses")
@access("people.support_read")
def uses(person_id: UUID) -> str:
    """Show which measures were carried out, in what and when."""
    authorise("people.support_read", _reach(person_id))
    log_look("people.support_read", person_id, "measure_use")
    session = read_session()
    page = queries.measure_uses(session, person_id, page_number())
    urls = {n: url_for("support.uses", person_id=person_id, page=n) for n in range(1, page.pages + 1)}
    return render_template(
        "people/support/uses.html",
        person=queries.person_card(session, person_id),
        page=page,
        pages={"number": page.number, "pages": page.pages, "urls": urls},
        words=lambda use: _measure_words(MeasureValue(use.code, use.params)),
        is_family=bool(current_actor().has_role("student", "guardian")),
    )


def _agreed_words(person_id: UUID, version_id: UUID) -> str:
    version = next(row for row in support_versions(read_session(), person_id) if row.id == version_id)
    if not version.is_active:
        return str(_("Your approval is recorded. One more is needed."))
    if version.valid_from > _today():
        day = format_date(version.valid_from, "d MMMM")
        return str(_("The measures are agreed. They hold from %(day)s; until then nothing changes.", day=day))
    return str(_("The measures are in force from now on, in every timer and page."))


class WithdrawSchema(Schema):
    """Why measures end."""

    reason = fields.String(required=True, validate=validate.Length(1, 200))


@blueprint.post("/support/versions/<uuid:support_plan_id>/withdraw")
@access("people.support_withdraw")
def withdraw(support_plan_id: UUID) -> Response | tuple[str, int]:
    """End a version, with the reason."""
    form = load_form(WithdrawSchema())
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                receipt = service.withdraw_support_plan(
                    uow, support_plan_id=support_plan_id, reason=form.data["reason"]
                )
            flash_ok(_("The measures have ended. What was announced in a running exam stays given."))
            return see_other("support.show", person_id=receipt.person_id)
        except InvalidInput as error:
            form.take(error, error_texts())
    person_id = queries.support_person(read_session(), support_plan_id)
    authorise("people.support_withdraw", _reach(person_id))
    return _show(person_id, form), 422


@blueprint.post("/support/versions/<uuid:support_plan_id>/approve")
@access("people.support_approve")
def approve(support_plan_id: UUID) -> Response:
    """Approve the waiting version as specialist, parent or adult student."""
    with unit_of_work() as uow:
        receipt = service.approve_support_plan(uow, support_plan_id=support_plan_id)
    flash_ok(_agreed_words(receipt.person_id, receipt.id))
    return see_other("support.show", person_id=receipt.person_id)
