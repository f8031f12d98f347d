"""Show and change the working days of a year."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, cast

from flask import Blueprint, make_response, render_template, request
from flask_babel import gettext as _
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from lms.core.errors import InvalidInput
from lms.core.web import Form, access, flash_ok, load_form, read_session, runtime, see_other, unit_of_work
from lms.core.web.problems import error_texts
from lms.people import queries
from lms.people.rules.working_days import CalendarDay, parse_days, quarters, usual_holidays
from lms.people.service.calendar import FIRST_YEAR, LAST_YEAR, set_working_year

__all__ = ["blueprint"]

blueprint = Blueprint("calendar", __name__, url_prefix="/working-days", template_folder="../templates")


class CalendarSchema(Schema):
    """A year with its free days and its working Saturdays, as they are typed."""

    year = fields.Integer(required=True, validate=validate.Range(FIRST_YEAR, LAST_YEAR))
    free = fields.String(load_default="", validate=validate.Length(max=8000))
    working = fields.String(load_default="", validate=validate.Length(max=8000))


def _asked_year() -> int:
    text = request.args.get("year", "")
    this_year = runtime().clock.now().year
    asked = int(text) if text.isdecimal() and len(text) == 4 else this_year
    return asked if FIRST_YEAR <= asked <= LAST_YEAR else this_year


def _lines(days: Iterable[CalendarDay]) -> str:
    """Return days as they are typed: neighbours with one note are a stretch."""
    stretches: list[list[CalendarDay]] = []
    for entry in days:
        last = stretches[-1][-1] if stretches else None
        if last is not None and entry.note == last.note and entry.day - last.day == timedelta(days=1):
            stretches[-1].append(entry)
        else:
            stretches.append([entry])
    return "\n".join(_line(stretch) for stretch in stretches)


def _line(stretch: list[CalendarDay]) -> str:
    first, last = stretch[0], stretch[-1]
    end = f"–{last.day:%d.%m.%Y}" if len(stretch) > 1 else ""
    return f"{first.day:%d.%m.%Y}{end} {first.note}".strip()


def _page(year: int, form: Form) -> Response:
    kept = queries.calendar_of(read_session(), year)
    shown = kept or usual_holidays(year)
    values: dict[str, Any] = {
        "free": _lines(entry for entry in shown if not entry.is_working),
        "working": _lines(entry for entry in shown if entry.is_working),
        **form.values,
    }
    page = render_template(
        "people/calendar.html",
        year=year,
        is_known=bool(kept),
        counts=quarters(year, shown),
        values=values,
        errors=form.errors,
    )
    return cast(Response, make_response(page, 422 if form.errors else 200))


@blueprint.get("")
@access("people.calendar")
def show() -> Response:
    """Show a year: its exceptions, and how many days of each quarter work."""
    return _page(_asked_year(), Form())


@blueprint.post("")
@access("people.calendar")
def change() -> Response:
    """Replace the exceptions of a year."""
    form = load_form(CalendarSchema())
    if not form.is_valid:
        return _page(_asked_year(), form)
    year = form.data["year"]
    days = [
        day for name, works in (("free", False), ("working", True)) for day in _typed(form, name, year, works)
    ]
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                set_working_year(uow, year, days)
            flash_ok(_("The calendar of %(year)s is kept. New deadlines are counted by it.", year=year))
            return see_other("calendar.show", year=year)
        except InvalidInput as error:
            form.take(error, error_texts())
    return _page(year, form)


def _typed(form: Form, name: str, year: int, is_working: bool) -> list[CalendarDay]:
    found, wrong = parse_days(form.data[name], year, is_working=is_working)
    if wrong:
        lines = ", ".join(str(number) for number in wrong)
        form.fail(name, _("Lines that cannot be read, or are of another year: %(lines)s.", lines=lines))
    return found
