"""Show students and families the journal: what stands in the gradebooks, the decided marks, the debts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask_babel import format_date, gettext, ngettext, pgettext

from lms.assessment.api.looks import log_look
from lms.assessment.pages import words
from lms.assessment.pages.gradebooks import cell_word
from lms.assessment.ports import JOURNAL_SHELVES, JournalLine
from lms.assessment.queries.debts import DebtView, debts_of_person
from lms.assessment.queries.journal import JournalBook, JournalWork, journal_for
from lms.assessment.rules.resits import MOST_RESITS
from lms.assessment.types import CellKind
from lms.core.db import day_of
from lms.core.errors import Forbidden
from lms.core.ids import parse_id
from lms.core.web.access import access, authorise
from lms.core.web.context import current_actor, read_session, runtime
from lms.people.queries import person_card

__all__ = ["bp", "debt_rows"]

bp = Blueprint("journal", __name__, url_prefix="/journal", template_folder="../templates")


@bp.get("")
@access("assessment.journal")
def index() -> str:
    """Show one's own journal, or (``?person=``) that of a child or student."""
    own = current_actor().person_id
    if own is None:
        raise Forbidden("auth.not_your_role")
    person_id = parse_id(request.args.get("person", "")) or own
    authorise("assessment.journal", person_id)
    log_look("assessment.journal", person_id)
    books = journal_for(read_session(), current_actor(), person_id, runtime().clock.now())
    return render_template(
        "assessment/journal.html",
        books=[_book(book) for book in books],
        shelves=_shelves(person_id),
        debts=debt_rows(person_id),
        other=None if person_id == own else person_card(read_session(), person_id).name,
        exams=url_for("exams.index", person=None if person_id == own else person_id),
    )


def _shelves(person_id: UUID) -> list[dict[str, Any]]:
    """Return what counts like a mark and stands in no gradebook: upper floors put it here."""
    session, now = read_session(), runtime().clock.now()
    found = [
        (shelf.title(), shelf.lines(session, current_actor(), person_id, now))
        for shelf in runtime().registries.of(JOURNAL_SHELVES)
    ]
    return [{"title": title, "rows": [_row(line) for line in lines]} for title, lines in found if lines]


def _row(line: JournalLine) -> dict[str, Any]:
    state = {"kind": line.kind, "text": line.word}
    return {"title": line.title, "href": line.href, "detail": line.detail, "cells": [{"state": state}]}


def _book(book: JournalBook) -> dict[str, Any]:
    mark = {"kind": "info", "icon": "", "text": gettext("No mark of the period yet")}
    if book.mark is not None:
        mark = {"kind": "", "icon": "ok", "text": words.mark_word(book.mark)}
    return {
        "id": book.id,
        "title": book.title,
        "mark": mark,
        "decided": format_date(book.decided_at, "d MMMM y") if book.decided_at else "",
        "reason": book.reason,
        "whole": ""
        if book.score is None
        else f"{words.plain_number(Decimal(round(book.score * 1000)) / 10)} %",
        "works": _bars(book.works),
    }


def _bars(works: Sequence[JournalWork]) -> list[dict[str, Any]]:
    """Return the works as bars with words; a weight is named where not all weigh the same."""
    is_weighed = len({work.weight for work in works}) > 1
    return [
        {
            "label": gettext(
                "%(work)s, weight %(weight)s", work=work.title, weight=words.plain_number(work.weight)
            )
            if is_weighed
            else work.title,
            "value": work.cell.share or 0,
            "text": _got(work).replace(" ", "\N{NO-BREAK SPACE}")
            if work.cell.kind is CellKind.POINTS
            else _got(work),
        }
        for work in works
    ]


def _got(work: JournalWork) -> str:
    """Return what was got for a work, out of how much."""
    cell = work.cell
    if cell.kind is CellKind.EXEMPT:
        return str(gettext("exempt: it does not count"))
    if cell.kind is CellKind.ABSENT:
        return str(gettext("absent"))
    if cell.kind is not CellKind.POINTS:
        return "—"
    if work.max_points is None:
        return cell_word(cell)
    most = words.plain_number(work.max_points)
    return str(gettext("%(got)s of %(most)s", got=cell_word(cell), most=most))


def debt_rows(person_id: UUID) -> list[dict[str, str]]:
    """Return what a person owes, in words: since when, how many re-sits are left, until which day, what is fixed."""
    now = runtime().clock.now()
    today = day_of(read_session(), now)
    return [_debt(view, today) for view in debts_of_person(read_session(), person_id, now)]


def _debt(view: DebtView, today: date) -> dict[str, str]:
    debt, left = view.debt, MOST_RESITS - view.debt.used
    until = format_date(debt.last_day, "d MMMM y")
    if debt.planned_on is not None:
        text = gettext("Fixed for %(day)s, or being marked.", day=format_date(debt.planned_on, "d MMMM"))
    elif left <= 0 or today > debt.last_day:
        text = gettext("There is no re-sit left. The head of the school decides how to go on.")
    else:
        text = ngettext(
            "It can be sat again %(num)d time, until %(day)s.",
            "It can be sat again %(num)d times, until %(day)s.",
            left,
            day=until,
        )
        if debt.needs_commission:
            text += " " + pgettext("debt", "The next time a commission listens.")
    since = gettext("A debt since %(day)s.", day=format_date(debt.since, "d MMMM y"))
    return {"title": view.title, "text": f"{since} {text}"}
