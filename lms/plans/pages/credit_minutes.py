"""Print the minutes of a commission from its records, as PDF/UA."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import make_response, render_template
from flask_babel import format_date, get_locale, gettext, pgettext
from werkzeug.wrappers import Response

from lms.core.errors import NotFound
from lms.core.pdf import as_pdf
from lms.core.web import access, read_session, runtime, unit_of_work
from lms.core.web.replies import file_disposition
from lms.plans import credit_words as words
from lms.plans import evidence_words
from lms.plans.credit_access import CaseInHand
from lms.plans.pages.credit import case_in_hand
from lms.plans.pages.credit_staff import blueprint
from lms.plans.queries.credit_minutes import MinutesView, minutes_of
from lms.plans.words import number

__all__ = ["minutes"]


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
    response = make_response(as_pdf(_printed(view, name)))
    response.headers["Content-Type"] = "application/pdf"
    response.headers["Content-Disposition"] = file_disposition("inline", f"{name}.pdf")
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _printed(view: MinutesView, name: str) -> str:
    return render_template(
        "plans/credit/documents/minutes.html",
        lang=str(get_locale()),
        name=name,
        view=view,
        facts=_facts(view),
        votes=[_vote(line) for line in view.members],
        documents=[_document(line) for line in view.documents],
        effects=[
            (
                line.title,
                words.verdict_words(line.verdict, is_decided=True)[1],
                _of(line.hours, line.hours_total),
            )
            for line in view.effects
        ],
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
