"""Pages of the office and the commission: verify documents, compare, vote, decide, answer appeals."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from flask_babel import gettext, ngettext
from marshmallow import Schema
from werkzeug.wrappers import Response

from lms.assessment.contracts import QUESTION_TYPES
from lms.core.errors import Conflict, InvalidInput
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
from lms.core.web.problems import error_texts, word_error
from lms.people import queries as people
from lms.plans import credit_words as words
from lms.plans import evidence_words
from lms.plans.contracts import TRANSFER_RULES
from lms.plans.credit_access import HEADS, OFFICE, SEATS, CaseInHand, interests_of, is_impartial
from lms.plans.credit_models import CreditCase
from lms.plans.pages.credit import case_in_hand, page_links
from lms.plans.pages.gap_ways import gap_lines
from lms.plans.plan_reading import local_day
from lms.plans.queries import credit as queries
from lms.plans.queries.credit import CaseView
from lms.plans.queries.credit_evidence import evidence_notes
from lms.plans.queries.credit_minutes import precedents_of
from lms.plans.rules.conversion import parse_amount
from lms.plans.schemas.credit import (
    AnswerSchema,
    DecisionSchema,
    ProposeHoursSchema,
    QuestionSchema,
    ReasonSchema,
    SourceCheckSchema,
    VerifySchema,
    VoteSchema,
)
from lms.plans.service import credit as service
from lms.plans.service.credit.case_inputs import conversion_rules
from lms.plans.service.credit.reports import is_stale
from lms.plans.service.credit.short_checks import ask_for_check, left_outcomes
from lms.plans.types.credit import CaseState, CreditVerdict, LicenceState

__all__ = ["blueprint"]

blueprint = Blueprint("credit_staff", __name__, url_prefix="/credit", template_folder="../templates")

OFFICE_TABS = ("open", "refusals", "appeals", "doubts", "all")
COMMISSION_TABS = ("open", "decided")


@blueprint.context_processor
def _common() -> dict[str, Any]:
    return {"credit_words": words, "audience": "staff"}


def _tab(known: tuple[str, ...]) -> str:
    asked = request.args.get("tab", "")
    return asked if asked in known else known[0]


# --- queues -----------------------------------------------------------------------------------------------------


@blueprint.get("/office")
@access("credit.office_queue")
def office() -> str:
    """Show what waits for the office: applications, refusals to send, appeals, credits in doubt; search and pages."""
    actor, session = current_actor(), read_session()
    tab, text = _tab(OFFICE_TABS), request.args.get("q", "").strip()[:100]
    orgs = actor.orgs_as(*OFFICE)
    page = paginate(session, queries.office_queue(session, orgs, tab, text), page_number())
    titles = {
        "open": gettext("Waiting for the office"),
        "refusals": gettext("Refusals to send"),
        "appeals": gettext("Appeals"),
        "doubts": gettext("Suspended: look again"),
        "all": gettext("All"),
    }
    return _queue("office", titles, tab, text, page, queries.case_row(session, page.items))


@blueprint.get("/commission")
@access("credit.queue")
def commission() -> str:
    """Show the cases of the member's commission: what waits for a vote, what is decided."""
    actor, session = current_actor(), read_session()
    tab, text = _tab(COMMISSION_TABS), request.args.get("q", "").strip()[:100]
    me = cast(UUID, actor.person_id)
    page = paginate(session, queries.commission_queue(session, me, tab, text), page_number())
    titles = {"open": gettext("Waiting for a decision"), "decided": gettext("Decided and closed")}
    return _queue("commission", titles, tab, text, page, queries.case_row(session, page.items, me))


def _queue(name: str, titles: dict[str, str], tab: str, text: str, page: Any, rows: list[Any]) -> str:
    tabs = [
        {"text": title, "href": url_for(f"credit_staff.{name}", tab=key), "current": key == tab}
        for key, title in titles.items()
    ]
    return render_template(
        f"plans/credit/{name}.html",
        tabs=tabs,
        tab=tab,
        q=text,
        rows=rows,
        page=page,
        links=page_links(page, tab=tab, q=text),
        today=local_day(runtime()),
        unknown_years=people.unknown_years(read_session(), [row.review_due_on for row in rows]),
    )


# --- reading ----------------------------------------------------------------------------------------------------


@blueprint.get("/look/<uuid:case_id>")
@access("credit.view")
def look(case_id: UUID) -> Response:
    """Lead to the page of the case that belongs to the reader's work; others read it, and the look is logged."""
    row = case_in_hand(case_id, "credit.view")
    hand = CaseInHand(row.id, row, runtime().clock.now())
    policy, session, actor = runtime().policy, read_session(), current_actor()
    if policy.can(session, actor, "credit.vote", hand):
        return see_other("credit_staff.seat", case_id=case_id)
    if policy.can(session, actor, "credit.office", hand):
        return see_other("credit_staff.desk", case_id=case_id)
    return _show("look", _seen(row), None, 200)


def _seen(row: CreditCase) -> CaseView:
    """Return the view of a case and write down that a member of staff looked at it."""
    with unit_of_work() as uow:
        uow.log_access("credit.view", row.person_id, "credit_case", row.id, outcome="shown")
    return queries.case_view(read_session(), row.id)


def _show(template: str, case: CaseView, form: Form | None, status: int, **more: Any) -> Response:
    shown = form or Form()
    is_decided = case.decision is not None
    ids = [member for member, _chair in case.members]
    ids += [d.verified_by for d in case.documents if d.verified_by] + [case.opened_by]
    if case.table is not None and case.table.proposed_by is not None:
        ids.append(case.table.proposed_by)
    if case.decision is not None and case.decision.decided_by is not None:
        ids.append(case.decision.decided_by)
    page = render_template(
        f"plans/credit/{template}.html",
        precedents=precedents_of(read_session(), case.id),
        evidence_words=evidence_words,
        case=case,
        values=shown.values,
        errors=shown.errors,
        head=words.headline(case, "staff"),
        steps=words.steps_of(case, "staff") if case.submitted_at else [],
        outcomes=words.outcome_rows(case.outcomes, is_decided=is_decided),
        is_decided=is_decided,
        gaps=gap_lines(case),
        names=people.person_cards(read_session(), ids),
        today=local_day(runtime()),
        **more,
    )
    return cast(Response, make_response(page, status))


# --- the office -------------------------------------------------------------------------------------------------


def _desk(case_id: UUID, form: Form | None = None, status: int = 200, *, part: str = "") -> Response:
    row = case_in_hand(case_id, "credit.office")
    case = _seen(row)
    is_judged = bool(case.documents) and all(d.verified_at for d in case.documents)
    is_head = current_actor().has_role(*HEADS, org_id=case.org_id)
    return _show(
        "desk",
        case,
        form,
        status,
        part=part,
        left=_left(row),
        has_check=row.assessment_session_id is not None,
        notes=evidence_notes(read_session(), case_id, runtime().clock.now()),
        can_verify=case.state in {CaseState.SUBMITTED, CaseState.VERIFYING},
        can_match=case.state in {CaseState.VERIFYING, CaseState.ASSESSED}
        and is_judged
        and case.licence_state is LicenceState.LICENSED,
        can_refer=case.state is CaseState.MATCHED,
        can_arrange=case.state is CaseState.ASSESSMENT_REQUIRED
        and case.closed_at is None
        and case.licence_state is LicenceState.UNLICENSED,
        can_send=_waits_to_be_sent(case),
        can_redirect=case.state is CaseState.VERIFYING and case.licence_state is LicenceState.UNLICENSED,
        can_suspend=is_head and case.state in {CaseState.EFFECTED, CaseState.CLOSED} and _is_granted(case),
        can_lift=is_head and case.state is CaseState.SUSPENDED,
        can_answer=is_head and case.state is CaseState.APPEALED,
        lacks_judges=_lacks_judges(row, case),
        is_stale=_is_stale(row),
        with_mark=conversion_rules(read_session(), row.org_id).with_mark,
    )


def _is_stale(row: CreditCase) -> bool:
    """Tell whether a compared case has to be compared again before anybody can vote."""
    if row.state not in {CaseState.MATCHED, CaseState.IN_COMMISSION}:
        return False
    here = runtime()
    sources = list(here.registries.of(TRANSFER_RULES))
    return is_stale(read_session(), sources, row, local_day(here))


def _lacks_judges(row: CreditCase, case: CaseView) -> bool:
    """Tell whether too few members of a waiting case's commission may judge it for a quorum."""
    if case.state is not CaseState.IN_COMMISSION:
        return False
    members = [member for member, _chair in case.members]
    barred = interests_of(read_session(), row, members, runtime().clock.now())
    return len(members) - len(barred) < case.tally.needed


def _left(row: CreditCase) -> dict[UUID, int]:
    """Return what the report leaves open with the questions that are ready for it, while a check can be set."""
    if row.state is not CaseState.MATCHED:
        return {}
    return left_outcomes(read_session(), runtime().registries.of(QUESTION_TYPES), row)


def _waits_to_be_sent(case: CaseView) -> bool:
    return (
        case.decision is not None
        and case.decision.verdict is CreditVerdict.NONE
        and case.decision.sent_at is None
    )


def _is_granted(case: CaseView) -> bool:
    return case.decision is not None and case.decision.verdict is not CreditVerdict.NONE


@blueprint.get("/office/<uuid:case_id>")
@access("credit.office_queue")
def desk(case_id: UUID) -> Response:
    """Show a case to the office: documents beside the outcomes, what to do next."""
    return _desk(case_id)


def _act(case_id: UUID, act: Callable[[UnitOfWork], Any], done: str) -> Response:
    """Do one thing without a form of its own and come back."""
    with unit_of_work() as uow:
        act(uow)
    flash_ok(done)
    return see_other("credit_staff.desk", case_id=case_id)


def _fill(
    case_id: UUID,
    schema: Schema,
    act: Callable[[UnitOfWork, dict[str, Any]], Any],
    done: str,
    part: str,
) -> Response:
    """Load a form of the desk, act, come back; errors re-render the page with what was typed."""
    form = load_form(schema)
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                act(uow, form.data)
            flash_ok(done)
            return see_other("credit_staff.desk", case_id=case_id)
        except InvalidInput as error:
            form.take(error, error_texts())
    return _desk(case_id, form, 422, part=part)


@blueprint.post("/office/<uuid:case_id>/take")
@access("credit.office_queue")
def take(case_id: UUID) -> Response:
    """Take a case up."""
    return _act(
        case_id, lambda uow: service.start_verification(uow, case_id), gettext("The case is yours now.")
    )


@blueprint.post("/office/<uuid:case_id>/documents/<uuid:document_id>")
@access("credit.office_queue")
def verify(case_id: UUID, document_id: UUID) -> Response:
    """Record what was found out about a document."""

    def act(uow: UnitOfWork, data: dict[str, Any]) -> None:
        service.verify_evidence(uow, case_id, document_id, **data)

    return _fill(case_id, VerifySchema(), act, gettext("Written down."), f"document-{document_id}")


@blueprint.post("/office/<uuid:case_id>/source")
@access("credit.office_queue")
def check_source(case_id: UUID) -> Response:
    """Record what the register of licences says about the source."""
    case = queries.case_view(read_session(), case_in_hand(case_id, "credit.office").id)

    def act(uow: UnitOfWork, data: dict[str, Any]) -> None:
        service.check_source(uow, cast(UUID, case.source_id), org_id=case.org_id, **data)

    return _fill(case_id, SourceCheckSchema(), act, gettext("Written down."), "source")


@blueprint.post("/office/<uuid:case_id>/ask")
@access("credit.office_queue")
def ask(case_id: UUID) -> Response:
    """Ask the family to complete the application."""

    def act(uow: UnitOfWork, data: dict[str, Any]) -> None:
        service.ask_family(uow, case_id, data["question"])

    return _fill(case_id, QuestionSchema(), act, gettext("The family sees the question."), "ask")


@blueprint.post("/office/<uuid:case_id>/match")
@access("credit.office_queue")
def match(case_id: UUID) -> Response:
    """Compare the course with the programme."""
    return _act(
        case_id, lambda uow: service.build_match_report(uow, case_id), gettext("The report is ready.")
    )


@blueprint.post("/office/<uuid:case_id>/refer")
@access("credit.office_queue")
def refer(case_id: UUID) -> Response:
    """Hand the case to the commission."""
    done = gettext("The case is before the commission.")
    return _act(case_id, lambda uow: service.refer_to_commission(uow, case_id), done)


@blueprint.post("/office/<uuid:case_id>/check")
@access("credit.office_queue")
def short_check(case_id: UUID) -> Response:
    """Set a short check of what the report leaves open."""
    done = gettext("The check is being set; the student finds it among the exams.")
    return _act(case_id, lambda uow: ask_for_check(uow, case_id), done)


@blueprint.post("/office/<uuid:case_id>/attestation")
@access("credit.office_queue")
def to_attestation(case_id: UUID) -> Response:
    """Lead the case to attestation because the source has no licence."""
    done = gettext("The family sees why, and what comes next.")
    return _act(case_id, lambda uow: service.take_to_attestation(uow, case_id), done)


@blueprint.post("/office/<uuid:case_id>/arranged")
@access("credit.office_queue")
def arranged(case_id: UUID) -> Response:
    """Record that the attestation stands in the plan."""
    done = gettext("The family sees that the attestation is in the plan.")
    return _act(case_id, lambda uow: service.arrange_attestation(uow, case_id), done)


@blueprint.post("/office/<uuid:case_id>/sent")
@access("credit.office_queue")
def sent(case_id: UUID) -> Response:
    """Record that the refusal was sent."""
    done = gettext("The refusal is recorded as sent.")
    return _act(case_id, lambda uow: service.mark_sent(uow, case_id), done)


@blueprint.post("/office/<uuid:case_id>/appeal")
@access("credit.resolve_appeal")
def answer(case_id: UUID) -> Response:
    """Answer an appeal."""

    def act(uow: UnitOfWork, data: dict[str, Any]) -> None:
        service.resolve_appeal(uow, case_id, is_upheld=data["outcome"] == "stands", answer=data["answer"])

    return _fill(case_id, AnswerSchema(), act, gettext("The family sees the answer."), "appeal")


@blueprint.post("/office/<uuid:case_id>/suspend")
@access("credit.suspend")
def suspend(case_id: UUID) -> Response:
    """Suspend a credit whose basis is in doubt."""

    def act(uow: UnitOfWork, data: dict[str, Any]) -> None:
        service.suspend_credit(uow, case_id, data["reason"])

    return _fill(
        case_id, ReasonSchema(), act, gettext("The credit and what rests on it are suspended."), "suspend"
    )


@blueprint.post("/office/<uuid:case_id>/lift")
@access("credit.suspend")
def lift(case_id: UUID) -> Response:
    """End a suspension: the credit holds, or it is revoked."""
    is_revoked = request.form.get("end") == "revoke"

    def act(uow: UnitOfWork, data: dict[str, Any]) -> None:
        (service.revoke_credit if is_revoked else service.confirm_credit)(uow, case_id, data["reason"])

    done = (
        gettext("The credit no longer counts.")
        if is_revoked
        else gettext("The credit counts again, exactly as before.")
    )
    return _fill(case_id, ReasonSchema(), act, done, "lift")


# --- the commission ---------------------------------------------------------------------------------------------


def _seat(case_id: UUID, form: Form | None = None, status: int = 200, *, part: str = "") -> Response:
    row = case_in_hand(case_id, "credit.vote")
    case = _seen(row)
    actor = current_actor()
    hand = CaseInHand(row.id, row, runtime().clock.now())
    now = runtime().clock.now()
    interests = interests_of(read_session(), row, [member for member, _chair in case.members], now)
    impartial = is_impartial(read_session(), actor, row) and actor.person_id not in interests
    is_open = case.state is CaseState.IN_COMMISSION
    has_voted = any(v.member_id == actor.person_id for v in case.votes)
    is_old = is_open and _is_stale(row)
    presides = actor.has_role(*SEATS) and runtime().policy.can(read_session(), actor, "credit.decide", hand)
    return _show(
        "seat",
        case,
        form,
        status,
        part=part,
        interests=interests,
        impartial=impartial,
        is_open=is_open,
        can_vote=is_open and impartial and not has_voted and not is_old,
        is_stale=is_old,
        has_voted=has_voted,
        presides=presides and impartial,
        can_decide=is_open and impartial and presides and case.tally.has_quorum,
        lacks_judges=_lacks_judges(row, case),
    )


@blueprint.get("/commission/<uuid:case_id>")
@access("credit.queue")
def seat(case_id: UUID) -> Response:
    """Show a case to a member of the commission: the match laid out, the votes, the form."""
    return _seat(case_id)


@blueprint.post("/commission/<uuid:case_id>/vote")
@access("credit.vote")
def vote(case_id: UUID) -> Response:
    """Count a member's vote."""
    case_in_hand(case_id, "credit.vote")
    form = load_form(VoteSchema())
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                service.vote(
                    uow,
                    case_id,
                    choice=form.data["choice"],
                    reason=form.data["reason"],
                    seen_round=form.data["round"],
                )
            flash_ok(gettext("The vote is counted."))
            return see_other("credit_staff.seat", case_id=case_id)
        except InvalidInput as error:
            form.take(error, error_texts())
        except Conflict as error:
            if error.code != "credit.proposal_changed":
                raise
            form.fail("choice", word_error(error))
    return _seat(case_id, form, 422, part="vote")


@blueprint.post("/commission/<uuid:case_id>/propose")
@access("credit.decide")
def propose(case_id: UUID) -> Response:
    """Put other hours or another mark to the vote than the report has."""
    case = queries.case_view(read_session(), case_in_hand(case_id, "credit.decide").id)
    form = load_form(ProposeHoursSchema())
    hours = _typed_hours(case, form, "put")
    if form.is_valid:
        mark = int(form.data["mark"]) if form.data["mark"] else None
        try:
            with unit_of_work() as uow:
                made = service.propose_hours(uow, case_id, hours=hours, mark=mark, reason=form.data["why"])
            flash_ok(_put_words(made.voided))
            return see_other("credit_staff.seat", case_id=case_id)
        except InvalidInput as error:
            form.take(error, error_texts())
        except Conflict as error:
            if error.code != "credit.same_proposal":
                raise
            form.fail("why", word_error(error))
    return _seat(case_id, form, 422, part="propose")


def _put_words(voided: int) -> str:
    if not voided:
        return str(gettext("This is voted on now."))
    return str(
        ngettext(
            "This is voted on now. %(num)s vote on what stood there before does not count any more.",
            "This is voted on now. %(num)s votes on what stood there before do not count any more.",
            voided,
        )
    )


@blueprint.post("/commission/<uuid:case_id>/decide")
@access("credit.decide")
def decide(case_id: UUID) -> Response:
    """Record the commission's decision."""
    case = queries.case_view(read_session(), case_in_hand(case_id, "credit.decide").id)
    form = load_form(DecisionSchema())
    hours = _typed_hours(case, form)
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                receipt = _decide(uow, case_id, form.data, hours)
            flash_ok(gettext("Decided. Minutes No. %(number)s.", number=receipt.protocol_no))
            return see_other("credit_staff.seat", case_id=case_id)
        except InvalidInput as error:
            form.take(error, error_texts())
    return _seat(case_id, form, 422, part="decide")


def _decide(uow: UnitOfWork, case_id: UUID, data: dict[str, Any], hours: dict[UUID, Decimal]) -> Any:
    return service.decide(
        uow,
        case_id,
        is_granted=data["outcome"] != "refuse",
        hours=hours if data["outcome"] == "other" else None,
        reason=data["reason"],
        remedy=data["remedy"],
        override_reason=data["override_reason"] if data["outcome"] == "other" else "",
    )


def _typed_hours(case: CaseView, form: Form, prefix: str = "hours") -> dict[UUID, Decimal]:
    """Read the hours per outcome, keeping what was typed; an unreadable one is an error at its field."""
    hours: dict[UUID, Decimal] = {}
    for row in case.outcomes:
        name = f"{prefix}-{row.outcome_id}"
        text = request.form.get(name, "").strip()
        form.values[name] = text
        amount = parse_amount(text) if text else Decimal(0)
        if amount is None:
            if prefix == "put" or form.data.get("outcome") == "other":
                form.fail(name, gettext("Write a number, for example 24."))
            continue
        hours[row.outcome_id] = amount
    return hours
