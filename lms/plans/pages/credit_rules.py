"""Pages of the office: rules of equivalence — list, one rule, its editor, approval, new versions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast
from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from flask_babel import gettext
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.likeness import alike_to
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
from lms.curriculum.queries import outcome_views
from lms.curriculum.types import SUBJECT_WORDS
from lms.people import queries as people
from lms.plans import credit_words, rule_words
from lms.plans.credit_access import HEADS, OFFICE
from lms.plans.pages.credit import case_in_hand, page_links
from lms.plans.pages.rule_form import RuleForm, change, read_form, value_of, written
from lms.plans.plan_reading import local_day
from lms.plans.queries import credit as cases
from lms.plans.queries import credit_rules as queries
from lms.plans.queries.credit_rules import LineView, RuleView
from lms.plans.schemas.credit import Amount
from lms.plans.service import credit as service
from lms.plans.service.credit.case_inputs import documents_of
from lms.plans.types.credit import MatchVerdict, RuleState, TransferRelation

__all__ = ["blueprint", "own_school"]

blueprint = Blueprint("credit_rules", __name__, url_prefix="/credit/rules", template_folder="../templates")

#: More courses than this are not offered at once; searching finds the others.
MOST_OFFERED = 200


class ApproveSchema(Schema):
    """The minutes by which a rule comes into force."""

    minutes_no = fields.String(load_default="", validate=validate.Length(max=80))
    minutes_on = fields.Date(required=True)


@blueprint.context_processor
def _common() -> dict[str, Any]:
    return {"credit_words": credit_words, "rule_words": rule_words, "subject_words": SUBJECT_WORDS}


def own_school() -> UUID:
    """Return the school whose office the reader works in."""
    return min(current_actor().orgs_as(*OFFICE), key=str)


def _is_head(org_id: UUID) -> bool:
    return current_actor().has_role(*HEADS, org_id=org_id)


@blueprint.get("")
@access("credit.office_queue")
def index() -> str:
    """Show the school's rules: search, state, subject, pages."""
    session, args = read_session(), request.args
    text, subject = args.get("q", "").strip()[:100], args.get("subject", "")
    state = RuleState(args["state"]) if args.get("state") in set(RuleState) else None
    statement = queries.rules_statement(
        current_actor().orgs_as(*OFFICE), state=state, subject=subject, text=text
    )
    page = paginate(session, statement, page_number())
    kept = {"q": text, "subject": subject, "state": state.value if state else ""}
    return render_template(
        "plans/credit/rules.html",
        rows=queries.rule_rows(session, page.items),
        links=page_links(page, **kept),
        chips=_chips(kept),
        **kept,
    )


def _chips(kept: dict[str, str]) -> list[dict[str, Any]]:
    words = [("", gettext("All")), *((one.value, str(rule_words.STATE_WORDS[one][1])) for one in RuleState)]
    return [
        {
            "text": word,
            "href": url_for("credit_rules.index", q=kept["q"], subject=kept["subject"], state=value),
            "current": kept["state"] == value,
        }
        for value, word in words
    ]


def _seen(rule_id: UUID) -> RuleView:
    """Return a rule of the reader's own school; anybody else's is not there."""
    view = queries.rule_view(read_session(), rule_id)
    if view.org_id not in current_actor().orgs_as(*OFFICE):
        raise NotFound("credit.no_rule")
    return view


@blueprint.get("/<uuid:rule_id>")
@access("credit.office_queue")
def show(rule_id: UUID) -> Response:
    """Show a rule in words, where it was used, and what can be done with it."""
    return _show(rule_id, Form())


def _show(rule_id: UUID, form: Form) -> Response:
    rule, session = _seen(rule_id), read_session()
    ids = [one for one in (rule.created_by, rule.approved_by) if one is not None]
    page = render_template(
        "plans/credit/rule.html",
        rule=rule,
        sentences=rule_words.in_both_languages(rule.condition, rule.courses, rule.lines),
        used=queries.cases_of_rule(session, rule_id),
        names=people.person_cards(session, ids),
        is_head=_is_head(rule.org_id),
        is_author=rule.created_by == current_actor().person_id,
        values=form.values,
        errors=form.errors,
        today=local_day(runtime()),
    )
    return cast(Response, make_response(page, 422 if form.errors else 200))


@blueprint.post("/<uuid:rule_id>/approve")
@access("credit.approve_rule")
def approve(rule_id: UUID) -> Response:
    """Put a draft into force by the minutes of a meeting."""
    _seen(rule_id)
    form = load_form(ApproveSchema())

    def act(uow: UnitOfWork) -> None:
        service.approve_rule(uow, rule_id, **form.data)

    return _done(rule_id, form, act, gettext("The rule is in force."))


@blueprint.post("/<uuid:rule_id>/retire")
@access("credit.approve_rule")
def retire(rule_id: UUID) -> Response:
    """Take a rule out of force."""
    _seen(rule_id)
    form = Form(values={"reason": request.form.get("reason", "")[:1000]})

    def act(uow: UnitOfWork) -> None:
        service.retire_rule(uow, rule_id, form.values["reason"])

    return _done(
        rule_id, form, act, gettext("The rule is out of force. Reports that rest on it stay as they are.")
    )


def _done(rule_id: UUID, form: Form, act: Callable[[UnitOfWork], None], words: str) -> Response:
    """Act and come back; errors show the rule again with what was typed."""
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                act(uow)
            flash_ok(words)
            return see_other("credit_rules.show", rule_id=rule_id)
        except InvalidInput as error:
            form.take(error, error_texts())
    return _show(rule_id, form)


@blueprint.post("/<uuid:rule_id>/copy")
@access("credit.office_queue")
def copy(rule_id: UUID) -> Response:
    """Begin the next version of a rule."""
    _seen(rule_id)
    with unit_of_work() as uow:
        made = service.copy_rule(uow, rule_id)
    return see_other("credit_rules.edit", rule_id=made)


@blueprint.post("/<uuid:rule_id>/discard")
@access("credit.office_queue")
def discard(rule_id: UUID) -> Response:
    """Throw a draft away."""
    _seen(rule_id)
    with unit_of_work() as uow:
        service.discard_rule(uow, rule_id)
    flash_ok(gettext("The draft was thrown away."))
    return see_other("credit_rules.index")


class ProposalSchema(Schema):
    """A reviewer's correction of one row."""

    target = fields.UUID(required=True)
    basis = fields.String(required=True)
    relation = fields.Enum(TransferRelation, by_value=True, required=True)
    share = Amount(required=True, validate=validate.Range(0, 100))
    note = fields.String(required=True, validate=validate.Length(1, 400))
    becomes = fields.String(load_default="rule", validate=validate.OneOf(("rule", "edge")))


@blueprint.route("/proposals/<uuid:case_id>", methods=["GET", "POST"])
@access("credit.office_queue")
def propose(case_id: UUID) -> Response:
    """Turn the correction of a row into a draft of a rule; somebody else approves it."""
    case = cases.case_view(read_session(), case_in_hand(case_id, "credit.office").id)
    bases = _bases(case_id)
    chosen = {key: request.args.get(key, "") for key in ("target", "basis")}
    is_sent = request.method == "POST"
    form = load_form(ProposalSchema()) if is_sent else Form(values={"share": "100", **chosen})
    if request.method == "POST" and form.is_valid and form.data["basis"] not in dict(bases):
        form.fail("basis", gettext("Choose a course."))
    if request.method == "POST" and form.is_valid:
        done = _propose(case_id, form)
        if done is not None:
            return done
    page = render_template(
        "plans/credit/propose.html",
        case=case,
        bases=bases,
        alike=_alike(case, bases),
        may_edge=runtime().policy.can(read_session(), current_actor(), "curriculum.manage", case.org_id),
        relations=[(one.value, str(word)) for one, word in rule_words.RELATION_WORDS.items()],
        values=form.values,
        errors=form.errors,
    )
    return cast(Response, make_response(page, 422 if form.errors else 200))


def _alike(case: cases.CaseView, bases: list[tuple[str, str]]) -> list[dict[str, Any]]:
    """Return, for each outcome that is not covered yet, what the courses teach in words that are alike; a hint and no more."""
    taught = {key: text.removeprefix("— ") for key, text in bases}
    found = []
    for row in case.outcomes:
        near = [] if row.verdict is MatchVerdict.COVERED else alike_to(row.title, taught)
        rows = [
            {
                "text": taught[one.key],
                "words": ", ".join(one.words),
                "href": url_for(
                    "credit_rules.propose", case_id=case.id, target=row.outcome_id, basis=one.key
                ),
            }
            for one in near
        ]
        if rows:
            found.append({"title": row.title, "rows": rows})
    return found


def _propose(case_id: UUID, form: Form) -> Response | None:
    """Keep the correction as the draft of a rule or as a proposed comparison; None with the errors in the form."""
    course_id, _, learned_id = form.data["basis"].partition(":")
    line = service.RuleLineValue(
        target_outcome_id=form.data["target"],
        learned_id=UUID(learned_id) if learned_id else None,
        relation=form.data["relation"],
        share=form.data["share"] / 100,
        note=form.data["note"],
    )
    is_edge = form.data["becomes"] == "edge"
    try:
        with unit_of_work() as uow:
            made = (
                service.propose_edge(uow, case_id, line)
                if is_edge
                else service.propose_line(uow, case_id, course_id=UUID(course_id), line=line)
            )
    except Conflict as error:
        form.take(InvalidInput(error.code, fields={"basis": [error.code]}, **error.params), error_texts())
        return None
    except InvalidInput as error:
        form.take(error, error_texts())
        return None
    flash_ok(gettext("The draft is kept. Somebody else approves it."))
    return see_other("crosswalks.index") if is_edge else see_other("credit_rules.show", rule_id=made)


def _bases(case_id: UUID) -> list[tuple[str, str]]:
    """Return the courses that the case's documents prove, each with its outcomes below it."""
    session = read_session()
    courses = sorted({row.course_id for row in documents_of(session, case_id) if row.course_id})
    names = queries.course_names(session, courses)
    rows: list[tuple[str, str]] = []
    for course_id in courses:
        rows.append((f"{course_id}:", names[course_id].title))
        rows += [(f"{course_id}:{o.id}", f"— {o.title}") for o in cases.course_outcomes(session, course_id)]
    return rows


@blueprint.route("/new", methods=["GET", "POST"])
@access("credit.office_queue")
def new() -> Response:
    """Write a rule: courses, what they give, and the sentence that comes of it."""
    today = local_day(runtime()).isoformat()
    return _edit(None, own_school(), RuleForm(valid_from=today))


@blueprint.route("/<uuid:rule_id>/edit", methods=["GET", "POST"])
@access("credit.office_queue")
def edit(rule_id: UUID) -> Response:
    """Write a draft anew."""
    rule = _seen(rule_id)
    if rule.state is not RuleState.DRAFT:
        return see_other("credit_rules.show", rule_id=rule_id)
    return _edit(rule, rule.org_id, written(rule))


def _edit(rule: RuleView | None, org_id: UUID, form: RuleForm) -> Response:
    """Show the editor; a button beside a row changes the form only, ``save`` keeps the rule."""
    if request.method == "POST":
        form = read_form(request.form)
        if rule is not None:
            form.number = rule.number
        act = request.form.get("act", "save")
        change(form, act)
        if act == "save":
            saved = _save(rule, org_id, form)
            if saved is not None:
                flash_ok(gettext("The draft is kept. Somebody else approves it."))
                return see_other("credit_rules.show", rule_id=saved)
    page = render_template("plans/credit/rule_edit.html", rule=rule, f=form, **_offered(org_id, form))
    is_wrong = request.method == "POST" and bool(form.errors)
    return cast(Response, make_response(page, 422 if is_wrong else 200))


def _save(rule: RuleView | None, org_id: UUID, form: RuleForm) -> UUID | None:
    try:
        value = value_of(form)
        if value is None:
            raise InvalidInput("credit.rule", fields=form.errors)
        with unit_of_work() as uow:
            if rule is None:
                return service.draft_rule(uow, org_id=org_id, value=value)
            service.rewrite_rule(uow, rule.id, value)
            return rule.id
    except InvalidInput as error:
        shown = Form()
        shown.take(error, error_texts())
        form.errors = shown.errors
        if "condition" in form.errors:
            form.errors["g-0-mode"] = form.errors.pop("condition")
    except ValueError:
        form.errors = {"": [str(error_texts()["credit.rule"])]}
    return None


def _offered(org_id: UUID, form: RuleForm) -> dict[str, Any]:
    """Return what can be chosen, and the rule as it stands in words."""
    session = read_session()
    chosen = {UUID(r.course) for g in form.groups for r in g.rows if _is_id(r.course)}
    found = session.execute(queries.courses_statement([org_id], form.find).limit(MOST_OFFERED)).all()
    ids = chosen | {course.id for course, _source in found}
    names = queries.course_names(session, ids)
    learned = [(o.id, o.title) for one in sorted(chosen) for o in cases.course_outcomes(session, one)]
    targets = _targets(org_id, form.subject)
    return {
        "courses": sorted(
            ((str(n.id), f"{n.title} — {n.source}") for n in names.values()), key=lambda c: c[1]
        ),
        "learned": [(str(key), title) for key, title in learned],
        "targets": targets,
        "relations": [(one.value, str(word)) for one, word in rule_words.RELATION_WORDS.items()],
        "levels": [(str(level), str(word)) for level, word in rule_words.LEVEL_WORDS.items()],
        "subjects": [(key, str(word)) for key, word in SUBJECT_WORDS.items()],
        "sentences": _sentences(form, names, dict(targets), dict(learned)),
    }


def _is_id(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False


def _targets(org_id: UUID, subject: str) -> list[tuple[str, str]]:
    """Return the modules of the subject, each with its outcomes below it."""
    session = read_session()
    modules = [m for m in queries.modules_of(session, org_id).values() if not subject or m.subject == subject]
    outcomes = outcome_views(session, {share.outcome_id for m in modules for share in m.outcomes})
    rows: list[tuple[str, str]] = []
    for module in modules:
        rows.append((f"module:{module.id}", gettext("The whole module “%(title)s”", title=module.title)))
        rows += [
            (f"outcome:{share.outcome_id}", f"— {outcomes[share.outcome_id].statement}")
            for share in module.outcomes
            if share.outcome_id in outcomes
        ]
    return list(dict(rows).items())


def _sentences(
    form: RuleForm, names: dict[UUID, Any], targets: dict[str, str], learned: dict[UUID, str]
) -> list[tuple[str, str]]:
    """Return the rule in words as far as it can be read already."""
    draft = RuleForm(number="1", valid_from="2000-01-01", groups=form.groups, lines=form.lines)
    try:
        value = value_of(draft)
    except ValueError:
        return []
    if value is None:
        return []
    known = {str(key): name for key, name in names.items()}
    return rule_words.in_both_languages(value.condition, known, list(_lines(value.lines, targets, learned)))


def _lines(
    lines: Iterable[service.RuleLineValue], targets: dict[str, str], learned: dict[UUID, str]
) -> Iterable[LineView]:
    for one in lines:
        is_module = one.target_item_id is not None
        key = one.target_item_id or one.target_outcome_id
        title = targets.get(f"{'module' if is_module else 'outcome'}:{key}", "").removeprefix("— ")
        yield LineView(
            title,
            False,
            cast(UUID, key),
            learned.get(one.learned_id, "") if one.learned_id else "",
            one.learned_id,
            one.relation,
            one.share,
            one.hours,
            one.note,
        )
