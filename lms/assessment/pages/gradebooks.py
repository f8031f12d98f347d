"""Keep gradebooks: the table page by page, columns to fill in, the mark of a period, CSV and XLSX."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, make_response, render_template, request, url_for
from flask_babel import gettext, ngettext, pgettext
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from lms.assessment import queries, service
from lms.assessment.access_rules import GRADERS
from lms.assessment.pages import words
from lms.assessment.pages.forms import LocalDecimal, read_number
from lms.assessment.pages.lists import shown_of
from lms.assessment.queries.gradebook import (
    BookCard,
    BookRow,
    CellView,
    book_card,
    book_page,
    books_of,
    history_of,
    period_marks,
    row_of_seat,
)
from lms.assessment.queries.mark_policies import policies_of
from lms.assessment.rules.sheets import Sheet, as_csv, as_xlsx
from lms.assessment.types import CellKind
from lms.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from lms.core.ids import new_id
from lms.core.web.access import access, authorise
from lms.core.web.context import current_actor, read_session, runtime, unit_of_work
from lms.core.web.forms import Form, load_form
from lms.core.web.paging import after_number
from lms.core.web.problems import error_texts, word_error
from lms.core.web.replies import file_disposition, flash_ok, see_other
from lms.people.queries import class_card, class_people, classes_of, person_cards, students_of

__all__ = ["bp"]

bp = Blueprint("gradebooks", __name__, url_prefix="/gradebooks", template_folder="../templates")

#: What people type for a value that is no number.
#: Of more places before the comma no points are.
MOST_DIGITS = 4
SIGNS = {
    "осв": CellKind.EXEMPT,
    "осв.": CellKind.EXEMPT,
    "e": CellKind.EXEMPT,
    "н": CellKind.ABSENT,
    "a": CellKind.ABSENT,
}
#: Lines of a file that are read at once.
PORTION = 200
FILES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class BookForm(Schema):
    """A new gradebook."""

    title = fields.String(required=True, validate=validate.Length(1, 200))
    subject = fields.String(load_default="", validate=validate.Length(max=40))
    policy = fields.UUID(required=True)
    form_id = fields.UUID(load_default=None)


class CategoryForm(Schema):
    """A category: its title, its weight, how many of the lowest are left out."""

    title = fields.String(required=True, validate=validate.Length(1, 200))
    weight = LocalDecimal(load_default=Decimal(1), places=2)
    drop_lowest = fields.Integer(load_default=0, validate=validate.Range(0, 50))


class ColumnForm(Schema):
    """A column: a session whose results appear by themselves, or a work with points."""

    category = fields.UUID(required=True)
    column_title = fields.String(load_default="", validate=validate.Length(max=200))
    column_weight = LocalDecimal(load_default=Decimal(1), places=2)
    max_points = LocalDecimal(load_default=Decimal(5), places=2)
    session = fields.UUID(load_default=None, allow_none=True)


def _now() -> Any:
    return runtime().clock.now()


def _card(gradebook_id: UUID) -> BookCard:
    card = book_card(read_session(), gradebook_id)
    authorise("assessment.gradebook", card)
    return card


@bp.get("")
@access("assessment.gradebook")
def index() -> Response:
    """List the gradebooks that one keeps, and the form of a new one."""
    return _index_page(Form(), 200)


def _index_page(form: Form, status: int) -> Response:
    orgs = current_actor().orgs_as(*GRADERS)
    books = books_of(read_session(), current_actor())
    shown = shown_of(books, lambda book: f"{book.title} {book.subject}", "gradebooks.index")
    page = render_template(
        "assessment/gradebooks.html",
        shown=shown,
        rows=[
            {
                "title": book.title,
                "href": url_for("gradebooks.show", gradebook_id=book.id),
                "cells": [book.subject],
            }
            for book in shown.items
        ],
        policies=[
            (policy.id, policy.title or words.scale_word(policy.scale))
            for policy in policies_of(read_session(), orgs)
        ],
        form_id=form.values.get("form_id") or new_id(),
        values=form.values,
        errors=form.errors,
    )
    return make_response(page, status)


@bp.post("")
@access("assessment.keep_gradebook")
def create() -> Response:
    """Open a gradebook in the organisation of the chosen scale."""
    form = load_form(BookForm())
    if form.is_valid:
        orgs = current_actor().orgs_as(*GRADERS)
        policy = next((p for p in policies_of(read_session(), orgs) if p.id == form.data["policy"]), None)
        if policy is None:
            form.fail("policy", gettext("Choose one of the options."))
        else:
            with unit_of_work() as uow:
                made = service.open_gradebook(
                    uow,
                    policy.org_id,
                    title=form.data["title"],
                    subject=form.data["subject"],
                    mark_policy_id=policy.id,
                    category=gettext("Works"),
                    form_id=form.data["form_id"],
                )
            return see_other("gradebooks.setup", gradebook_id=made)
    return _index_page(form, 422)


@bp.get("/<uuid:gradebook_id>")
@access("assessment.gradebook")
def show(gradebook_id: UUID) -> str:
    """Show one page of the table: the lines after a seat."""
    card = _card(gradebook_id)
    after = after_number()
    page = book_page(read_session(), current_actor(), card, _now(), after=after)
    people = person_cards(read_session(), [row.person_id for row in page.rows])
    word = cache(cell_word)  # thousands of cells, a few different values
    return render_template(
        "assessment/gradebook.html",
        card=card,
        columns=[(column.id, column.title) for column in card.columns],
        rows=[
            (row.seat, people[row.person_id].name, [word(cell) for cell in row.cells], *_sums(row))
            for row in page.rows
        ],
        after=after,
        next_after=page.next_after,
    )


def cell_word(cell: CellView) -> str:
    """Return what stands in a cell in a few signs."""
    if cell.kind is CellKind.POINTS and cell.points is not None:
        return words.plain_number(cell.points)
    if cell.kind is CellKind.EXEMPT:
        return str(pgettext("gradebook cell", "ex."))
    return str(pgettext("gradebook cell", "ab.")) if cell.kind is CellKind.ABSENT else ""


def _sums(row: BookRow) -> tuple[str, str, str]:
    """Return the whole in percent, the proposed mark, the decided one."""
    return _percent(row.found.score), words.short_mark(row.proposed), words.short_mark(row.decided or "")


def _percent(share: Fraction | None) -> str:
    return "" if share is None else words.plain_number(Decimal(round(share * 1000)) / 10)


@bp.get("/<uuid:gradebook_id>/setup")
@access("assessment.gradebook")
def setup(gradebook_id: UUID) -> Response:
    """Show categories, columns and students, with the forms that add to them."""
    return _setup_page(gradebook_id, Form(), 200)


def _setup_page(gradebook_id: UUID, form: Form, status: int) -> Response:
    card = _card(gradebook_id)
    used = {column.session_id for column in card.columns}
    page = render_template(
        "assessment/gradebook_setup.html",
        card=card,
        categories=[
            {
                "id": each.id,
                "title": each.title,
                "weight": words.plain_number(each.weight),
                "drop": each.drop_lowest,
                "columns": [column for column in card.columns if column.category_id == each.id],
            }
            for each in card.categories
        ],
        sessions=[
            (each.id, each.title)
            for each in queries.sessions_of(read_session(), [card.org_id])
            if each.id not in used
        ],
        students=len(students_of(read_session(), _own_id(), _now())),
        placed={
            column.id: (number, words.plain_number(column.weight))
            for number, column in enumerate(card.columns, start=1)
        },
        classes=[(each.id, each.label) for each in classes_of(read_session(), [card.org_id], _now())],
        values=form.values,
        errors=form.errors,
    )
    return make_response(page, status)


def _own_id() -> UUID:
    person_id = current_actor().person_id
    if person_id is None:
        raise Forbidden("auth.not_your_role")
    return person_id


@bp.post("/<uuid:gradebook_id>/categories")
@access("assessment.gradebook")
def category(gradebook_id: UUID) -> Response:
    """Add a category, or change the one that the form names."""
    card = _card(gradebook_id)
    form = load_form(CategoryForm())
    named = next((each for each in card.categories if str(each.id) == request.form.get("category_id")), None)
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                if named is None:
                    service.add_category(uow, gradebook_id, **form.data)
                else:
                    service.change_category(uow, named.id, **form.data)
            flash_ok(gettext("The category is kept."))
            return see_other("gradebooks.setup", gradebook_id=gradebook_id)
        except InvalidInput as refusal:
            form.take(refusal, error_texts())
    return _setup_page(gradebook_id, form, 422)


@bp.post("/<uuid:gradebook_id>/columns")
@access("assessment.gradebook")
def column(gradebook_id: UUID) -> Response:
    """Add a column."""
    card = _card(gradebook_id)
    form = load_form(ColumnForm())
    if form.is_valid and form.data["session"] is None and not form.data["column_title"]:
        form.fail("column_title", gettext("Name the work, or choose a session."))
    if form.is_valid and form.data["category"] not in {each.id for each in card.categories}:
        form.fail("category", gettext("Choose one of the options."))
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                service.add_column(
                    uow,
                    form.data["category"],
                    title=form.data["column_title"],
                    weight=form.data["column_weight"],
                    max_points=form.data["max_points"],
                    session_id=form.data["session"],
                )
            flash_ok(gettext("The column is added."))
            return see_other("gradebooks.setup", gradebook_id=gradebook_id)
        except InvalidInput as refusal:
            form.take(refusal, error_texts())
        except Conflict as refusal:
            form.fail("session", word_error(refusal))
    return _setup_page(gradebook_id, form, 422)


@bp.post("/<uuid:gradebook_id>/columns/<int:number>/change")
@access("assessment.gradebook")
def change_column(gradebook_id: UUID, number: int) -> Response:
    """Call a column something else, let it count otherwise, or take it away."""
    shown = _column(_card(gradebook_id), number)
    weight = read_number(request.form.get("weight", "")) or Decimal(0)
    try:
        with unit_of_work() as uow:
            if request.form.get("do") == "remove":
                service.remove_column(uow, shown.id)
            else:
                service.change_column(uow, shown.id, title=request.form.get("title", ""), weight=weight)
    except (InvalidInput, Conflict) as refusal:
        flash(word_error(refusal), "error")
    else:
        flash_ok(gettext("The columns are as you wanted them."))
    return see_other("gradebooks.setup", gradebook_id=gradebook_id)


@bp.post("/<uuid:gradebook_id>/lines/<int:seat>/remove")
@access("assessment.gradebook")
def unseat(gradebook_id: UUID, seat: int) -> Response:
    """Take a student out for whom nothing was entered."""
    row = _row(_card(gradebook_id), seat)
    try:
        with unit_of_work() as uow:
            service.unseat_student(uow, gradebook_id, row.person_id)
    except Conflict as refusal:
        flash(word_error(refusal), "error")
        return see_other("gradebooks.line", gradebook_id=gradebook_id, seat=seat)
    flash_ok(gettext("The student is out of the gradebook."))
    return see_other("gradebooks.show", gradebook_id=gradebook_id)


@bp.post("/<uuid:gradebook_id>/students")
@access("assessment.gradebook")
def students(gradebook_id: UUID) -> Response:
    """Add the students of a class, or all whom one teaches, in the order of their names: those within one's reach."""
    card = _card(gradebook_id)
    class_id = request.form.get("class_id", type=UUID)
    if class_id is None:
        cards = students_of(read_session(), _own_id(), _now())
    elif class_card(read_session(), class_id, _now()).org_id == card.org_id:
        cards = class_people(read_session(), class_id, _now())
    else:
        raise NotFound("people.no_class")
    people = [each.id for each in cards]
    within = queries.reached_by(read_session(), current_actor(), card.org_id, people, _now())
    with unit_of_work() as uow:
        new = service.seat_students(uow, gradebook_id, [person for person in people if person in within])
    flash_ok(ngettext("%(num)d student is added.", "%(num)d students are added.", new))
    return see_other("gradebooks.setup", gradebook_id=gradebook_id)


@bp.get("/<uuid:gradebook_id>/columns/<int:number>")
@access("assessment.gradebook")
def fill(gradebook_id: UUID, number: int) -> Response:
    """Show one column with a field for each student of the page."""
    return _fill_page(gradebook_id, number, Form(), 200)


def _fill_page(gradebook_id: UUID, number: int, form: Form, status: int) -> Response:
    card = _card(gradebook_id)
    shown = _column(card, number)
    after = after_number()
    page = book_page(read_session(), current_actor(), card, _now(), after=after)
    people = person_cards(read_session(), [row.person_id for row in page.rows])
    place = card.columns.index(shown)
    rows = [
        {
            "name": f"cell-{row.person_id}",
            "who": people[row.person_id].name,
            "value": form.values.get(f"cell-{row.person_id}", cell_word(row.cells[place])),
            "seen": (f"seen-{row.person_id}", cell_word(row.cells[place])),
        }
        for row in page.rows
    ]
    html = render_template(
        "assessment/gradebook_column.html",
        card=card,
        column=shown,
        number=number,
        most=words.plain_number(shown.max_points),
        rows=rows,
        after=after,
        next_after=page.next_after,
        values=form.values,
        errors=form.errors,
    )
    return make_response(html, status)


def _column(card: BookCard, number: int) -> Any:
    if not 1 <= number <= len(card.columns):
        raise NotFound("assessment.no_gradebook")
    return card.columns[number - 1]


@bp.post("/<uuid:gradebook_id>/columns/<int:number>")
@access("assessment.gradebook")
def enter(gradebook_id: UUID, number: int) -> Response:
    """Keep what was typed into a column: points, exempt, absent; an emptied field takes a value back."""
    card = _card(gradebook_id)
    shown = _column(card, number)
    form = Form(values=dict(request.form.items()))
    after = max(0, request.form.get("after", 0, int))
    page = book_page(read_session(), current_actor(), card, _now(), after=after)
    place = card.columns.index(shown)
    entries = {}
    for row in page.rows:
        if _is_changed(form, row.person_id, cell_word(row.cells[place])):
            entries[row.person_id] = _entered(form, f"cell-{row.person_id}")
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                count = service.enter(uow, shown.id, entries, reason=form.values.get("reason", ""))
            flash_ok(ngettext("%(num)d value is kept.", "%(num)d values are kept.", count))
            return see_other("gradebooks.fill", gradebook_id=gradebook_id, number=number, after=after or None)
        except InvalidInput as refusal:
            form.take(refusal, error_texts())
        except (Conflict, Forbidden) as refusal:
            form.fail("_form", word_error(refusal))
    return _fill_page(gradebook_id, number, form, 422)


def _is_changed(form: Form, person_id: UUID, now: str) -> bool:
    """Tell whether somebody typed something else than what stands now; what was left alone follows what stands.

    What somebody else entered since the page was loaded is not overwritten unseen: it is an error first.
    """
    name = f"cell-{person_id}"
    typed, seen = form.values.get(name, now).strip(), form.values.get(f"seen-{person_id}", now)
    if typed in {seen, now}:
        form.values.pop(name, None)
        return False
    if seen != now:
        said = gettext(
            "Somebody has changed this since you opened the page: it is “%(value)s” now.", value=now
        )
        form.fail(name, said if now else gettext("Somebody has emptied this since you opened the page."))
    return True


def _entered(form: Form, name: str) -> service.Entered:
    text = form.values[name].strip()
    signs = {
        **SIGNS,
        pgettext("gradebook cell", "ex."): CellKind.EXEMPT,
        pgettext("gradebook cell", "ab."): CellKind.ABSENT,
    }
    if not text:
        return service.Entered(CellKind.BLANK)
    if text.casefold() in signs:
        return service.Entered(signs[text.casefold()])
    points = read_number(text)
    if points is None or points.adjusted() > MOST_DIGITS:
        form.fail(
            name,
            gettext(
                "Give points, “%(exempt)s” or “%(absent)s”.",
                exempt=pgettext("gradebook cell", "ex."),
                absent=pgettext("gradebook cell", "ab."),
            ),
        )
        return service.Entered(CellKind.BLANK)
    return service.Entered(CellKind.POINTS, points.quantize(Decimal("0.01")))


@bp.get("/<uuid:gradebook_id>/lines/<int:seat>")
@access("assessment.gradebook")
def line(gradebook_id: UUID, seat: int) -> Response:
    """Show one student's line with every correction, and the form of the period's mark."""
    return _line_page(gradebook_id, seat, Form(), 200)


def _row(card: BookCard, seat: int) -> BookRow:
    row = row_of_seat(read_session(), current_actor(), card, seat, _now())
    if row is None:
        raise NotFound("assessment.no_student")
    return row


def _line_page(gradebook_id: UUID, seat: int, form: Form, status: int) -> Response:
    card = _card(gradebook_id)
    row = _row(card, seat)
    names = [mark for _least, mark in card.policy.thresholds]
    decisions = period_marks(read_session(), card.id, row.person_id)
    page = render_template(
        "assessment/gradebook_line.html",
        card=card,
        seat=seat,
        who=person_cards(read_session(), [row.person_id])[row.person_id].name,
        cells=words.cards(
            [column.title, _share_words(cell), words.plain_number(column.weight)]
            for column, cell in zip(card.columns, row.cells, strict=True)
        ),
        facts=[
            (gettext("The whole"), f"{_percent(row.found.score)} %" if row.found.score is not None else "—"),
            (gettext("The scale proposes"), words.mark_word(row.proposed)),
            (gettext("Works missed"), str(row.found.absent)),
        ],
        marks=[(mark, words.mark_word(mark)) for mark in (*names, "n/a", "exempt")],
        decided=words.cards(
            [
                words.mark_word(mark.mark),
                words.mark_word(mark.proposed),
                mark.reason,
                words.moment(mark.given_at),
            ]
            for mark in decisions
        ),
        seen=decisions[0].number if decisions else 0,
        history=words.cards(
            [title, cell_word(cell), reason, words.moment(at)]
            for title, cell, reason, at in history_of(read_session(), card, row.person_id)
        ),
        values={"mark": row.decided or row.proposed, **form.values},
        errors=form.errors,
    )
    return make_response(page, status)


def _share_words(cell: CellView) -> str:
    word = cell_word(cell)
    return f"{word} ({_percent(cell.share)} %)" if cell.share is not None else word or "—"


@bp.post("/<uuid:gradebook_id>/lines/<int:seat>")
@access("assessment.gradebook")
def decide(gradebook_id: UUID, seat: int) -> Response:
    """Decide on the mark of the period."""
    card = _card(gradebook_id)
    row = _row(card, seat)
    form = Form(values=dict(request.form.items()))
    try:
        with unit_of_work() as uow:
            service.decide_mark(
                uow,
                gradebook_id,
                row.person_id,
                form.values.get("mark", ""),
                reason=form.values.get("reason", ""),
                seen=request.form.get("seen", None, int),
            )
    except InvalidInput as refusal:
        form.take(refusal, error_texts())
    except Conflict:
        newest = period_marks(read_session(), card.id, row.person_id)[0]
        form.fail("mark", _decided_words(newest.mark, newest.reason))
    except Forbidden as refusal:
        form.fail("_form", word_error(refusal))
    if not form.is_valid:
        return _line_page(gradebook_id, seat, form, 422)
    flash_ok(gettext("The mark of the period is kept."))
    return see_other("gradebooks.line", gradebook_id=gradebook_id, seat=seat)


def _decided_words(mark: str, reason: str) -> str:
    """Say what somebody else has decided meanwhile."""
    said = gettext(
        "Somebody has decided on “%(mark)s” since you opened the page. Save once more if yours is to stand.",
        mark=words.mark_word(mark),
    )
    return f"{said} {gettext('The reason given: %(reason)s', reason=reason)}" if reason else said


@bp.get("/<uuid:gradebook_id>/file/<file_form>")
@access("assessment.gradebook")
def export(gradebook_id: UUID, file_form: str) -> Response:
    """Give the whole table away as CSV or XLSX."""
    card = _card(gradebook_id)
    if file_form not in FILES:
        raise NotFound("assessment.no_gradebook")
    head = [
        pgettext("person", "Student"),
        *(column.title for column in card.columns),
        gettext("The whole, %"),
        gettext("Proposed mark"),
        gettext("Mark of the period"),
    ]
    sheet = Sheet(card.title, tuple(head), tuple(_export_rows(card)))
    response = make_response(as_csv(sheet) if file_form == "csv" else as_xlsx(sheet))
    response.headers["Content-Type"] = FILES[file_form]
    response.headers["Content-Disposition"] = file_disposition("attachment", f"{card.title}.{file_form}")
    with unit_of_work() as uow:
        uow.log_access("assessment.gradebook", None, "assessment.gradebook", card.id, outcome="exported")
    return response


def _export_rows(card: BookCard) -> Iterator[tuple[Any, ...]]:
    after: int | None = 0
    while after is not None:
        page = book_page(read_session(), current_actor(), card, _now(), after=after, most=PORTION)
        people = person_cards(read_session(), [row.person_id for row in page.rows])
        for row in page.rows:
            cells = [
                cell.points if cell.kind is CellKind.POINTS and cell.points is not None else cell_word(cell)
                for cell in row.cells
            ]
            whole = None if row.found.score is None else Decimal(round(row.found.score * 1000)) / 10
            yield (people[row.person_id].name, *cells, whole, row.proposed, row.decided or "")
        after = page.next_after
