"""Pages of the office: sources with their courses, how results are read, agreements with partners."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from flask import Blueprint, make_response, render_template, request
from flask_babel import gettext
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from lms.core.errors import InvalidInput, NotFound
from lms.core.uow import UnitOfWork
from lms.core.web import (
    Form,
    access,
    current_actor,
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
from lms.curriculum.types import SUBJECT_WORDS
from lms.plans import credit_words, rule_words
from lms.plans.credit_access import HEADS, OFFICE
from lms.plans.credit_models import ConversionPolicy, ExternalCourse, LearningSource, NetworkAgreement
from lms.plans.pages.credit import page_links
from lms.plans.pages.credit_rules import own_school
from lms.plans.plan_reading import local_day
from lms.plans.queries import credit as cases
from lms.plans.queries import credit_rules as queries
from lms.plans.rules.conversion import FIVE, ConversionRules, parse_amount
from lms.plans.rules.match_factors import factors_from_json
from lms.plans.rules.match_inputs import MatchFactors
from lms.plans.schemas.credit import Amount, SourceCheckSchema
from lms.plans.service import credit as service
from lms.plans.types.credit import Assurance, LicenceState, ResultScale, Rounding

__all__ = ["attempt", "blueprint", "credit_page", "is_head"]

blueprint = Blueprint("credit_sources", __name__, url_prefix="/credit", template_folder="../templates")

MOST_OUTCOMES = 40
HUNDRED = Decimal(100)
GRADES = range(1, 12)
#: Numbers of the comparison that a school may change, and the most years that count as fresh.
RELATIONS = ("broader", "narrower", "related")
SHARES = ("one_level_lower", "age_step", "age_least", "unverified", "covered_from", "partial_from")
MOST_FRESH_YEARS = 30


class SourceNameSchema(Schema):
    """What a source is called, and its site."""

    name = fields.String(required=True, validate=validate.Length(max=200))
    website = fields.String(load_default="", validate=validate.Length(max=300))


class NewSourceSchema(SourceCheckSchema):
    """A source that the office puts on the list."""

    name = fields.String(required=True, validate=validate.Length(max=200))
    website = fields.String(load_default="", validate=validate.Length(max=300))


class CourseFormSchema(Schema):
    """A course of a source without its outcomes, which are read row by row."""

    title = fields.String(required=True, validate=validate.Length(max=200))
    hours = Amount(required=True)
    scale = fields.Enum(ResultScale, by_value=True, required=True)
    scale_max = Amount(load_default=None, allow_none=True)
    is_proctored = fields.Boolean(load_default=False)


class AgreementSchema(Schema):
    """What an agreement says besides its scope."""

    number = fields.String(required=True, validate=validate.Length(max=80))
    signed_on = fields.Date(required=True)
    valid_from = fields.Date(required=True)
    valid_to = fields.Date(load_default=None, allow_none=True)
    is_automatic = fields.Boolean(load_default=False)
    note = fields.String(load_default="", validate=validate.Length(max=1000))


@blueprint.context_processor
def _common() -> dict[str, Any]:
    return {"credit_words": credit_words, "rule_words": rule_words, "subject_words": SUBJECT_WORDS}


def credit_page(template: str, form: Form, **more: Any) -> Response:
    """Render a page; a form with errors keeps what was typed and answers 422."""
    page = render_template(f"plans/credit/{template}.html", values=form.values, errors=form.errors, **more)
    return cast(Response, make_response(page, 422 if form.errors else 200))


def attempt(form: Form, act: Callable[[UnitOfWork], Any]) -> Any:
    """Return what ``act`` returns, or None with its errors put into the form."""
    if not form.is_valid:
        return None
    try:
        with unit_of_work() as uow:
            return act(uow) or form.is_valid
    except InvalidInput as error:
        form.take(error, error_texts())
        return None


def is_head() -> bool:
    """Tell whether the actor heads the school whose credit it is about."""
    return current_actor().has_role(*HEADS, org_id=own_school())


# --- sources ----------------------------------------------------------------------------------------------------


@blueprint.get("/sources")
@access("credit.office_queue")
def index() -> str:
    """Show the sources that the school knows: those that wait for the register first; search and pages."""
    session, text = read_session(), request.args.get("q", "").strip()[:100]
    page = paginate(session, queries.sources_page_statement([own_school()], text), page_number())
    return render_template(
        "plans/credit/sources.html", rows=page.items, q=text, links=page_links(page, q=text)
    )


def _source(source_id: UUID) -> LearningSource:
    row = queries.known_source(read_session(), source_id)
    if row.org_id not in {None, *current_actor().orgs_as(*OFFICE)}:
        raise NotFound("credit.no_source")
    return row


@blueprint.route("/sources/new", methods=["GET", "POST"])
@access("credit.office_queue")
def new() -> Response:
    """Put a source on the list with what the register says."""
    form = load_form(NewSourceSchema()) if request.method == "POST" else Form(values={"trust_tier": 3})
    if request.method == "POST":
        made = attempt(form, lambda uow: service.add_source(uow, org_id=own_school(), **form.data))
        if made is not None:
            flash_ok(gettext("The source is on the list."))
            return see_other("credit_sources.show", source_id=made)
    return credit_page("source_edit", form)


@blueprint.get("/sources/<uuid:source_id>")
@access("credit.office_queue")
def show(source_id: UUID) -> Response:
    """Show a source with its courses, and where it leads when it has no licence."""
    return _show(source_id, Form())


def _show(source_id: UUID, form: Form) -> Response:
    source = _source(source_id)
    courses = cases.courses_of_source(read_session(), source_id)
    former = [(one["name"], one["website"], date.fromisoformat(one["until"])) for one in source.former]
    return credit_page(
        "source_card", form, source=source, courses=courses, state=source.licence_state, former=former
    )


@blueprint.post("/sources/<uuid:source_id>/check")
@access("credit.office_queue")
def check(source_id: UUID) -> Response:
    """Write down what the register says, and how far the source is trusted."""
    _source(source_id)
    form = load_form(SourceCheckSchema())
    done = attempt(form, lambda uow: service.check_source(uow, source_id, org_id=own_school(), **form.data))
    if done is None:
        return _show(source_id, form)
    flash_ok(gettext("Written down."))
    return see_other("credit_sources.show", source_id=source_id)


@blueprint.route("/sources/<uuid:source_id>/name", methods=["GET", "POST"])
@access("credit.office_queue")
def rename(source_id: UUID) -> Response:
    """Write name and site of a source anew; the former ones stay on its page."""
    source = _source(source_id)
    form = Form(values={"name": source.name, "website": source.website})
    if request.method == "POST":
        form = load_form(SourceNameSchema())
        if attempt(form, lambda uow: service.rename_source(uow, source_id, org_id=own_school(), **form.data)):
            flash_ok(gettext("Written down."))
            return see_other("credit_sources.show", source_id=source_id)
    return credit_page("source_name", form, source=source)


# --- courses ----------------------------------------------------------------------------------------------------


@blueprint.route("/sources/<uuid:source_id>/courses/new", methods=["GET", "POST"])
@access("credit.office_queue")
def new_course(source_id: UUID) -> Response:
    """Put a course of a source on the list with its outcomes."""
    return _edit_course(_source(source_id), None)


@blueprint.route("/sources/<uuid:source_id>/courses/<uuid:external_course_id>", methods=["GET", "POST"])
@access("credit.office_queue")
def course(source_id: UUID, external_course_id: UUID) -> Response:
    """Write a course anew; its outcomes keep their places."""
    source = _source(source_id)
    row = read_session().get(ExternalCourse, external_course_id)
    if row is None or row.source_id != source.id:
        raise NotFound("credit.no_course")
    return _edit_course(source, row)


def _edit_course(source: LearningSource, row: ExternalCourse | None) -> Response:
    is_sent = request.method == "POST"
    form = load_form(CourseFormSchema()) if is_sent else Form(values=_course_values(row))
    outcomes = _typed(request.form) if is_sent else _written(row)
    if request.form.get("act") == "more" or not outcomes:
        outcomes.append({"level": "2"})
    if is_sent and request.form.get("act") == "more":
        form = Form(values=form.values)
    elif is_sent:
        learned = _learned(form, outcomes)

        def act(uow: UnitOfWork) -> Any:
            if row is None:
                return service.add_external_course(
                    uow, source.id, org_id=own_school(), learned=learned, **form.data
                )
            service.rewrite_course(uow, row.id, org_id=own_school(), learned=learned, **form.data)
            return row.id

        if attempt(form, act) is not None:
            flash_ok(gettext("The course is on the list."))
            return see_other("credit_sources.show", source_id=source.id)
    scales = [(one.value, str(word)) for one, word in rule_words.SCALE_WORDS.items()]
    return credit_page("course_edit", form, source=source, course=row, outcomes=outcomes, scales=scales)


def _course_values(row: ExternalCourse | None) -> dict[str, Any]:
    if row is None:
        return {"scale": "points", "scale_max": "100"}
    return {
        "title": row.title,
        "hours": credit_words.number(row.hours),
        "scale": row.scale.value,
        "scale_max": credit_words.number(row.scale_max) if row.scale_max else "",
        "is_proctored": row.is_proctored,
    }


def _written(row: ExternalCourse | None) -> list[dict[str, str]]:
    return [
        {
            "title": one.title,
            "hours": credit_words.number(one.hours),
            "level": str(one.level),
            "fragment": one.fragment,
            "tested_by": one.tested_by,
        }
        for one in (row.outcomes if row is not None else ())
    ]


def _typed(data: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the outcomes as typed, those without a title left out."""
    numbers = {int(hit.group(1)) for name in data if (hit := re.fullmatch(r"o-(\d{1,2})-title", name))}
    names = ("title", "hours", "level", "fragment", "tested_by")
    rows = [{name: data.get(f"o-{i}-{name}", "").strip()[:400] for name in names} for i in sorted(numbers)]
    return [row for row in rows if row["title"]][:MOST_OUTCOMES]


def _learned(form: Form, outcomes: list[dict[str, str]]) -> list[service.LearnedValue]:
    made = []
    for i, row in enumerate(outcomes):
        hours = parse_amount(row.get("hours", ""))
        if row.get("title") and (hours is None or not 0 <= hours <= 2000):
            form.fail(f"o-{i}-hours", str(error_texts()["credit.hours_range"]))
        elif row.get("title") and hours is not None:
            level = int(row["level"]) if row["level"] in {"1", "2", "3"} else 1
            made.append(
                service.LearnedValue(row["title"], hours, level, row["fragment"], row["tested_by"][:200])
            )
    return made


# --- how results are read ---------------------------------------------------------------------------------------


@blueprint.route("/policy", methods=["GET", "POST"])
@access("credit.office_queue")
def policy() -> Response:
    """Show how the school reads results of others and what it allows; a head puts a new version into force."""
    versions = queries.policies_of(read_session(), own_school())
    form = Form(values=_policy_values(versions[0] if versions else None))
    if request.method == "POST":
        form = Form(values={name: value.strip()[:200] for name, value in request.form.items()})
        value = _policy_value(form)
        if value is not None and attempt(
            form, lambda uow: service.set_conversion_policy(uow, org_id=own_school(), value=value)
        ):
            flash_ok(gettext("The new version is in force."))
            return see_other("credit_sources.policy")
    return credit_page(
        "policy",
        form,
        versions=versions,
        is_head=is_head(),
        roundings=[(one.value, str(word)) for one, word in rule_words.ROUNDING_WORDS.items()],
    )


def _policy_values(row: ConversionPolicy | None) -> dict[str, Any]:
    usual = ConversionRules()
    five = {str(k): str(v) for k, v in FIVE.items()} | (row.five if row else {})
    marks = {str(k): str(v) for k, v in usual.marks} | (row.marks if row else {})
    return {
        "min_share": _percent(row.min_share if row else usual.min_share),
        "with_mark": row.with_mark if row else False,
        "rounding": (row.rounding if row else Rounding.NONE).value,
        **{f"five-{k}": _percent(Decimal(five[k])) for k in ("5", "4", "3")},
        **{f"marks-{k}": _percent(Decimal(marks[k])) for k in ("5", "4", "3")},
        "is_automatic": row.is_automatic if row else False,
        "min_assurance": (row.min_assurance if row else Assurance.VERIFIED).value,
        **_factor_values(factors_from_json(row.factors if row else {})),
        "order_ref": row.order_ref if row else "",
    }


def _factor_values(factors: MatchFactors) -> dict[str, str]:
    relation = dict(factors.relation)
    return {
        **{f"relation-{name}": _percent(relation[name]) for name in RELATIONS},
        **{f"trust-{tier}": _percent(share) for tier, share in enumerate(factors.trust, start=1)},
        **{name: _percent(getattr(factors, name)) for name in SHARES},
        "fresh_years": str(factors.fresh_years),
    }


def _factors(form: Form, share: Callable[[str], Decimal]) -> MatchFactors:
    """Return the numbers of the comparison as typed; those of a form that does not ask for them are the usual ones."""
    usual = MatchFactors()
    asked = {**_factor_values(usual), **form.values}
    form.values = asked
    years = asked["fresh_years"]
    if not (years.isdigit() and int(years) <= MOST_FRESH_YEARS):
        form.fail(
            "fresh_years", gettext("Write a number of years from 0 to %(most)s.", most=MOST_FRESH_YEARS)
        )
        years = str(usual.fresh_years)
    relation = {**dict(usual.relation), **{name: share(f"relation-{name}") for name in RELATIONS}}
    trust = tuple(share(f"trust-{tier}") for tier in (1, 2, 3))
    numbers = {name: share(name) for name in SHARES}
    return dataclasses.replace(
        usual,
        relation=tuple((name, relation[name]) for name, _share in usual.relation),
        trust=(trust[0], trust[1], trust[2]),
        fresh_years=int(years),
        **numbers,
    )


def _percent(share: Decimal) -> str:
    return credit_words.number((share * HUNDRED).quantize(Decimal("0.01")))


def _policy_value(form: Form) -> service.PolicyValue | None:
    """Return the policy as typed, or None with the errors in the form."""

    def share(name: str) -> Decimal:
        amount = parse_amount(form.values.get(name, ""))
        if amount is None or not 0 <= amount <= HUNDRED:
            form.fail(name, str(error_texts()["credit.share_range"]))
            return Decimal(0)
        return amount / HUNDRED

    five = {mark: share(f"five-{mark}") for mark in (5, 4, 3)} | {2: FIVE[2]}
    marks = {mark: share(f"marks-{mark}") for mark in (5, 4, 3)}
    least = share("min_share")
    factors = _factors(form, share)
    typed = form.values
    five[2] = min(five[2], five[3])
    rounding = typed.get("rounding", "")
    if form.errors:
        return None
    return service.PolicyValue(
        least,
        "with_mark" in typed,
        Rounding(rounding) if rounding in set(Rounding) else Rounding.NONE,
        five,
        marks,
        "is_automatic" in typed,
        min_assurance=Assurance.UNVERIFIED
        if typed.get("min_assurance") == Assurance.UNVERIFIED
        else Assurance.VERIFIED,
        factors=factors,
        order_ref=typed.get("order_ref", ""),
    )


# --- agreements -------------------------------------------------------------------------------------------------


@blueprint.get("/agreements")
@access("credit.office_queue")
def agreements() -> Response:
    """Show the agreements with partners: what they cover, until when, whether they hold."""
    return _agreements(Form())


def _agreements(form: Form, revoking: UUID | None = None) -> Response:
    session, today = read_session(), local_day(runtime())
    rows = queries.agreements_of(session, own_school())
    partners = session.scalars(cases.sources_statement(own_school())).all()
    return credit_page(
        "agreements",
        form,
        rows=[(row, name, queries.agreement_courses(session, row)) for row, name in rows],
        partners=[(one.id, one.name) for one in partners if one.licence_state is LicenceState.LICENSED],
        is_head=is_head(),
        today=today,
        revoking=revoking,
    )


@blueprint.route("/agreements/new", methods=["GET", "POST"])
@access("credit.approve_rule")
def new_agreement() -> Response:
    """Put an agreement on record; the partner is chosen first, because its courses are offered then."""
    if request.method == "GET" and not request.values.get("source"):
        return see_other("credit_sources.agreements")
    source = _source(_partner())
    is_sent = request.method == "POST"
    today = local_day(runtime()).isoformat()
    form = load_form(AgreementSchema()) if is_sent else Form(values={"signed_on": today, "valid_from": today})
    chosen = {name: request.form.getlist(name) for name in ("subjects", "grades", "course_ids")}
    if is_sent:
        made = attempt(form, lambda uow: _conclude(uow, source.id, form, chosen))
        if made is not None:
            flash_ok(gettext("The agreement is on record."))
            return see_other("credit_sources.agreements")
    return credit_page(
        "agreement_edit",
        form,
        source=source,
        chosen=chosen,
        courses=[(one.id, one.title) for one in cases.courses_of_source(read_session(), source.id)],
        subjects=[(key, str(word)) for key, word in SUBJECT_WORDS.items()],
        grades=[(grade, str(grade)) for grade in GRADES],
    )


def _partner() -> UUID:
    try:
        return UUID(request.values.get("source", ""))
    except ValueError:
        raise NotFound("credit.no_source") from None


def _conclude(uow: UnitOfWork, source_id: UUID, form: Form, chosen: dict[str, list[str]]) -> UUID:
    try:
        value = service.AgreementValue(
            source_id,
            subjects=tuple(one for one in chosen["subjects"] if one in SUBJECT_WORDS),
            grades=tuple(int(one) for one in chosen["grades"]),
            course_ids=tuple(UUID(one) for one in chosen["course_ids"]),
            **form.data,
        )
    except ValueError:
        raise InvalidInput("credit.agreement") from None
    return service.conclude_agreement(uow, org_id=own_school(), value=value)


@blueprint.post("/agreements/<uuid:agreement_id>/revoke")
@access("credit.approve_rule")
def revoke(agreement_id: UUID) -> Response:
    """End an agreement now; what was decided under it stays."""
    row = read_session().get(NetworkAgreement, agreement_id)
    if row is None or row.org_id not in current_actor().orgs_as(*OFFICE):
        raise NotFound("credit.no_agreement")
    form = Form(values={"reason": request.form.get("reason", "")[:1000]})
    if attempt(form, lambda uow: service.revoke_agreement(uow, agreement_id, form.values["reason"])):
        flash_ok(gettext("The agreement is revoked. What was decided under it stays."))
        return see_other("credit_sources.agreements")
    return _agreements(form, agreement_id)
