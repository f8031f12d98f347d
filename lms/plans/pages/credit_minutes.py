"""Print from records, as PDF/UA: the minutes of a commission for the school, the decision for the family."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import make_response, render_template
from flask_babel import format_date, get_locale, gettext, ngettext, pgettext
from werkzeug.wrappers import Response

from lms.core.errors import NotFound
from lms.core.pdf import as_pdf
from lms.core.web import access, read_session, runtime, unit_of_work
from lms.core.web.replies import file_disposition
from lms.plans import credit_words as words
from lms.plans import evidence_words
from lms.plans.credit_access import CaseInHand
from lms.plans.pages.credit import blueprint as family
from lms.plans.pages.credit import case_in_hand
from lms.plans.pages.credit_staff import blueprint
from lms.plans.queries.credit_minutes import MinutesView, ProposalLine, minutes_of
from lms.plans.types.credit import CaseState
from lms.plans.words import number

__all__ = ["decision", "minutes"]


@blueprint.get("/look/<uuid:case_id>/minutes")
@access("credit.view")
def minutes(case_id: UUID) -> Response:
    """Give the minutes to the office and the commission; who took them is written down."""
    row = case_in_hand(case_id, "credit.view")
    hand = CaseInHand(row.id, row, runtime().clock.now())
    with unit_of_work() as uow:
        if not (uow.can("credit.office", hand) or uow.can("credit.vote", hand)):
            raise NotFound("auth.out_of_reach")
        view = minutes_of(read_session(), case_id)
        uow.log_access("credit.view", row.person_id, "credit_case", case_id, outcome="exported")
    name = gettext("Minutes No. %(number)s", number=view.protocol_no)
    return _as_reply(_printed(view, name), name)


@family.get("/<uuid:case_id>/decision")
@access("credit.view")
def decision(case_id: UUID) -> Response:
    """Give the decision on an application to whoever may read it: what counts, what does not and why, what can be done."""
    row = case_in_hand(case_id, "credit.view")
    view = minutes_of(read_session(), case_id)
    with unit_of_work() as uow:
        uow.log_access("credit.view", row.person_id, "credit_case", case_id, outcome="exported")
    name = gettext("Decision No. %(number)s on credit", number=view.protocol_no)
    printed = render_template(
        "plans/credit/documents/decision.html",
        lang=str(get_locale()),
        name=name,
        view=view,
        facts=_told(view),
        effects=_effects(view),
        credited=words.hours_of(view.hours, view.hours_total),
        is_suspended=row.state is CaseState.SUSPENDED,
        is_revoked=row.state is CaseState.REVOKED,
    )
    return _as_reply(printed, name)


def _as_reply(html: str, name: str) -> Response:
    response = make_response(as_pdf(html))
    response.headers["Content-Type"] = "application/pdf"
    response.headers["Content-Disposition"] = file_disposition("inline", f"{name}.pdf")
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _told(view: MinutesView) -> list[tuple[str, str]]:
    """Return what the decision is about, in the words of the application."""
    learned = [_document(line)[0] for line in view.documents]
    rows = [*_facts(view), (gettext("What was considered"), "; ".join(one for one in learned if one))]
    return [(str(term), value) for term, value in rows if value]


def _effects(view: MinutesView) -> list[tuple[str, str, str]]:
    return [
        (line.title, words.verdict_words(line.verdict, is_decided=True)[1], _of(line.hours, line.hours_total))
        for line in view.effects
    ]


def _printed(view: MinutesView, name: str) -> str:
    return render_template(
        "plans/credit/documents/minutes.html",
        lang=str(get_locale()),
        name=name,
        view=view,
        facts=_facts(view),
        proposals=[_proposal(line, view) for line in view.proposals],
        votes=[_vote(line) for line in view.members],
        documents=[_document(line) for line in view.documents],
        effects=_effects(view),
        credited=words.hours_of(view.hours, view.hours_total),
        words=words,
    )


def _of(hours: Any, total: Any) -> str:
    return words.hours_of(hours, total)


def _facts(view: MinutesView) -> list[tuple[str, str]]:
    rows = [
        (gettext("School"), view.school),
        (gettext("Day of the decision"), format_date(view.decided_at, "d MMMM y")),
        (gettext("Commission"), view.commission),
        (gettext("Order"), view.order_ref),
        (gettext("Application"), gettext("No. %(number)s", number=view.case_number)),
        (gettext("Student of the application"), view.student),
        (gettext("Part of the plan"), view.item_title),
    ]
    return [(str(term), value) for term, value in rows if value]


def _proposal(line: ProposalLine, view: MinutesView) -> tuple[str, str, str]:
    """Return what the chair put to the vote and when, why, and what became of the votes before it."""
    day = format_date(line.proposed_at, "d MMMM y")
    what = words.hours_of(line.hours, view.hours_total)
    if line.mark is not None:
        what = gettext("%(what)s, mark %(mark)s", what=what, mark=line.mark)
    void = ngettext(
        "%(num)s vote given before became void", "%(num)s votes given before became void", line.voided
    )
    said = gettext("%(who)s, %(day)s: %(what)s", who=line.who, day=day, what=what)
    return str(said), line.reason, str(void) if line.voided else ""


def _vote(line: Any) -> tuple[str, str, str]:
    name = gettext("%(name)s, chair", name=line.name) if line.is_chair else line.name
    if line.interest is not None:
        return name, gettext("did not take part"), evidence_words.interest_words(line.interest)
    if line.choice is None:
        return name, pgettext("minutes", "absent"), ""
    return name, str(words.VOTE_WORDS[line.choice][1]), line.reason


def _document(line: Any) -> tuple[str, str, str, str]:
    said = " · ".join(part for part in (line.source, line.number and f"№ {line.number}") if part)
    hours = number(line.hours) if line.hours else ""
    check = str(words.VERIFICATION_WORDS[line.verification][1])
    return said, hours, words.result_text(line.result), f"{check}. {line.note}" if line.note else check
