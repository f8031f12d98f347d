"""Show an ended attempt: where it stands, its result, its answers as far as they may be seen, its receipts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext, pgettext
from werkzeug.wrappers import Response

from lms.assessment import queries, service
from lms.assessment.api.looks import log_look
from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.pages import words
from lms.assessment.queries.appeals import appeal_of
from lms.assessment.queries.receipts import ReceiptRow, receipts_of, seal_of
from lms.assessment.queries.views import AnswerReview, ResultView, ReviewView
from lms.assessment.types import OPEN_STATES, AttemptState, EndedBy, MarkStatus, OperationKind, ResultState
from lms.core.web.access import access, authorise
from lms.core.web.context import current_actor, read_session, runtime
from lms.core.web.dates import format_datetime
from lms.core.web.replies import see_other

__all__ = ["bp"]

bp = Blueprint("outcomes", __name__, url_prefix="/attempts", template_folder="../templates")

DAY, MOMENT = "d MMMM, HH:mm", "d MMMM, HH:mm:ss"
#: So many signs of a receipt's number name it.
SHORT = 13


def _review(attempt_id: UUID) -> ReviewView:
    """Return the attempt as far as the reader may see it; the look is written down."""
    head = queries.attempt_head(read_session(), attempt_id)
    authorise("assessment.see_result", head)
    log_look("assessment.see_result", head.person_id, "assessment.attempt", attempt_id)
    kinds = runtime().registries.of(QUESTION_TYPES)
    return queries.review_for(read_session(), kinds, current_actor(), head, runtime().clock.now())


@bp.get("/<uuid:attempt_id>/status")
@access("assessment.see_result")
def status(attempt_id: UUID) -> Response | str:
    """Show where the work stands: handed in, being checked, released, suspended."""
    view = _review(attempt_id)
    is_own = view.person_id == current_actor().person_id
    if view.state in OPEN_STATES and is_own:
        return see_other("attempts.enter", attempt_id=attempt_id)
    heading, lead = _heading(view, is_own)
    states = {status: words.answer_state(status) for status in {answer.status for answer in view.answers}}
    shown = [_outcome(answer, states[answer.status]) for answer in view.answers]
    return render_template(
        "assessment/status.html",
        view=view,
        is_own=is_own,
        heading=heading,
        lead=lead,
        result=_result(view.result, is_own) if view.result else None,
        steps=_way(view),
        outcomes=shown if any(row.response is not None or row.verdict for row in shown) else [],
        shows_marks=any(answer.status is not None for answer in view.answers),
        receipt=_receipt_facts(view),
        seal=_seal(attempt_id),
        appeal=_appeal(view, is_own),
        back_url=url_for("exams.index", person=None if is_own else view.person_id),
        back_text=gettext("All exams"),
    )


def _heading(view: ReviewView, is_own: bool) -> tuple[str, str]:
    """Return the first words of the page: what became of the work."""
    result = view.result
    if view.state is AttemptState.ANNULLED or (result and result.state is ResultState.SUSPENDED):
        lead = pgettext(
            "student",
            "The school decided about this sitting. What stood before is kept and comes back if the decision is lifted.",
        )
        return gettext("The result is suspended"), lead if is_own else gettext(
            "What stood before is kept and comes back if the decision is lifted."
        )
    if result and result.state is ResultState.RELEASED:
        return gettext("The result is ready"), ""
    if not is_own:
        return _heading_for_others(view)
    if view.ended_by is EndedBy.EXPIRY:
        return gettext("The time ran out, the work was handed in"), pgettext(
            "student", "Everything that was saved by then counts. Nothing else is needed from you."
        )
    return pgettext("student", "Handed in. You are done"), pgettext(
        "student", "Nothing else is needed from you. You can close this page."
    )


def _heading_for_others(view: ReviewView) -> tuple[str, str]:
    """Return the first words for staff and family, before the result is released."""
    if view.state in OPEN_STATES:
        return gettext("The work is being written"), gettext("What is answered shows when it is handed in.")
    if view.ended_by is EndedBy.EXPIRY:
        return gettext("The time ran out, the work was handed in"), gettext(
            "Everything saved by then counts."
        )
    return gettext("The work is handed in"), gettext("What still has to happen stands below.")


def _result(result: ResultView, is_own: bool) -> dict[str, Any]:
    """Return the mark in words, with the points, or what suspension means."""
    if result.state is ResultState.SUSPENDED:
        note = result.suspended_reason or gettext("The sitting is being looked at again.")
        return {
            "kind": "part",
            "word": pgettext("result", "Suspended"),
            "mark": gettext("Does not count for now"),
            "note": note,
        }
    return {
        "kind": "ok" if result.is_passed else "part",
        "word": gettext("Passed") if result.is_passed else pgettext("exam", "Not passed yet"),
        "mark": words.mark_word(result.mark),
        "points": words.score_words(result),
        "got": result.points,
        "most": result.max_points,
        "note": "" if result.is_passed else _second_try(is_own),
    }


def _second_try(is_own: bool) -> str:
    if is_own:
        return str(
            pgettext(
                "student",
                "This can be tried again: the school names the day of a resit. Look below at what is missing.",
            )
        )
    return str(gettext("A resit is possible: the school names its day."))


def _way(view: ReviewView) -> list[dict[str, Any]]:
    """Return the steps from handing in to the released result."""
    if view.state is AttemptState.ANNULLED:
        return []
    ended = format_datetime(view.ended_at, DAY) if view.ended_at else ""
    waits = any(
        answer.status in {MarkStatus.NEEDS_MARKING, MarkStatus.INVALID, MarkStatus.ERROR}
        for answer in view.answers
    )
    is_marking = view.state in {AttemptState.SUBMITTED, AttemptState.EXPIRED, AttemptState.GRADING}
    released = view.result.released_at if view.result else None
    rows = [
        {"title": gettext("The work is handed in"), "detail": ended, "is": "done"},
        {
            "title": gettext("Answers are marked"),
            "detail": gettext("A person reads what a machine cannot mark")
            if is_marking or waits
            else gettext("Every answer has its mark"),
            "is": "now" if is_marking else "done",
        },
        {
            "title": gettext("The school looks at the sitting and releases the result"),
            "detail": gettext("People do this, usually within a few days") if not released else "",
            "is": "done" if released else "ahead" if is_marking else "now",
        },
        {
            "title": gettext("The result counts"),
            "detail": format_datetime(released, DAY) if released else "",
            "is": "done" if released else "goal",
        },
    ]
    return rows[:2] if view.is_practice else rows


class Outcome(NamedTuple):
    """One answer as the page shows it: a name is looked up quicker here than in a dict, and there are many."""

    number: int
    prompt: str
    kind: str
    verdict: str
    response: str | None
    pictures: Sequence[Mapping[str, str]]
    files: Sequence[str]
    correct: str | None
    explanation: str
    because: Sequence[str]
    points: str


def _outcome(answer: AnswerReview, state: dict[str, str]) -> Outcome:
    because = [words.note_word(note) for note in answer.notes]
    if answer.comment:
        because.append(gettext("Teacher: %(comment)s", comment=answer.comment))
    if answer.is_late:
        because.append(
            gettext(
                "This answer came after the end of the time or during a break; a teacher decides whether it counts."
            )
        )
    points = ""
    if answer.earned is not None:
        got, most = words.plain_number(answer.earned), words.of_points_words(answer.points)
        points = gettext("%(got)s of %(most)s", got=got, most=most)
    return Outcome(
        answer.slot,
        answer.prompt,
        state["kind"],
        state["text"] if answer.status is not None else "",
        answer.response,
        answer.pictures,
        answer.files,
        answer.correct,
        answer.explanation,
        [text for text in because if text],
        points,
    )


def _receipt_facts(view: ReviewView) -> list[tuple[str, str]]:
    rows = [(pgettext("receipt", "Number"), str(view.attempt_id))]
    if view.ended_at:
        rows.append((gettext("Handed in"), format_datetime(view.ended_at, "d MMMM y, HH:mm")))
    return rows


def _seal(attempt_id: UUID) -> str:
    """Return the hash over everything that was saved, or nothing while the work is not sealed."""
    seal = seal_of(read_session(), attempt_id)
    return "" if seal is None else _in_groups(seal.hash)


def _in_groups(text: str) -> str:
    """Return a long hash in groups of eight, which wrap on a narrow page and can be read aloud."""
    return " ".join(text[at : at + 8] for at in range(0, len(text), 8))


def _appeal(view: ReviewView, is_own: bool) -> dict[str, Any] | None:
    """Return what can be done by someone who does not agree; only once there is something to disagree with."""
    if view.result is None:
        return None
    first = (
        pgettext("student", "Write an appeal to the school: name the question and what is wrong with its mark. The school answers in writing, with reasons.")
        if is_own
        else gettext("Write an appeal to the school: name the question and what is wrong with its mark. The school answers in writing, with reasons.")
    )  # fmt: skip
    second = gettext(
        "Or turn at once to the commission for the settlement of disputes of the school (part 2 of article 45 of the federal law 273-FZ): it does not answer to those who marked the work."
    )
    title = pgettext("student", "If you do not agree") if is_own else gettext("Disagreement and appeal")
    filed = appeal_of(read_session(), view.attempt_id)
    if filed is not None:
        link = pgettext("appeal", "Read the appeal and the answer")
        return {
            "title": title,
            "texts": [second],
            "href": url_for("appeals.show", appeal_id=filed.id),
            "link": link,
        }
    may_file = view.result.state is ResultState.RELEASED and runtime().policy.can(
        read_session(), current_actor(), "assessment.appeal", view
    )
    return {
        "title": title,
        "texts": [first, second],
        "href": url_for("appeals.write", attempt_id=view.attempt_id) if may_file else "",
        "link": gettext("Write an appeal"),
    }


@bp.get("/<uuid:attempt_id>/receipts")
@access("assessment.see_result")
def receipts(attempt_id: UUID) -> str:
    """List what the server has acknowledged, and check one receipt."""
    view = _review(attempt_id)
    asked = request.args.get("number", "").strip().lower()
    found = receipts_of(read_session(), attempt_id)
    named = next((row for row in found if len(asked) >= SHORT and str(row.op_id).startswith(asked)), None)
    return render_template(
        "assessment/receipts.html",
        view=view,
        asked=asked,
        is_whole=service.verify_attempt(read_session(), runtime().keys, attempt_id),
        named=None
        if named is None
        else {"what": _what(named), "moment": format_datetime(named.t_server, MOMENT)},
        rows=[_receipt_row(row) for row in found],
    )


def _what(row: ReceiptRow) -> str:
    """Return what an acknowledged operation was about."""
    if row.kind is OperationKind.SUBMIT:
        return str(gettext("handing in"))
    if row.kind in {OperationKind.ANSWER, OperationKind.CHECK}:
        return str(gettext("answer to question %(number)s", number=row.slot))
    return str(gettext("flag at question %(number)s", number=row.slot))


def _receipt_row(row: ReceiptRow) -> tuple[str, str, str, str]:
    in_time = (
        gettext("after the end or during a break, a teacher decides") if row.is_late else gettext("in time")
    )
    return str(row.op_id)[:SHORT], _what(row), format_datetime(row.t_server, MOMENT), in_time
