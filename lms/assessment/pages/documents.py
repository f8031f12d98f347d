"""Print a session from its records: the attestation sheet and the protocol, as PDF/UA and as XLSX."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, render_template
from flask_babel import format_datetime, get_locale, gettext, pgettext
from werkzeug.wrappers import Response

from lms.assessment.pages import words
from lms.assessment.queries.sheets import SheetRow, SheetView, session_sheet
from lms.assessment.rules.sheets import Sheet, as_xlsx
from lms.core.errors import NotFound
from lms.core.pdf import as_pdf
from lms.core.web.access import access, authorise
from lms.core.web.context import read_session, runtime, unit_of_work
from lms.core.web.replies import file_disposition

__all__ = ["bp"]

bp = Blueprint("documents", __name__, url_prefix="/sessions", template_folder="../templates")

#: What can be printed: the name of the document, its template (None = a table).
STYLES = {"sheet-pdf": "sheet", "protocol-pdf": "protocol", "sheet-xlsx": None}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/<uuid:session_id>/documents/<file_form>")
@access("assessment.sheet")
def document(session_id: UUID, file_form: str) -> Response:
    """Give a document of a session; who took it is written down."""
    view = session_sheet(read_session(), session_id, runtime().clock.now())
    authorise("assessment.sheet", view)
    if file_form not in STYLES:
        raise NotFound("assessment.no_session")
    template = STYLES[file_form]
    name = gettext("Protocol") if template == "protocol" else gettext("Attestation sheet")
    if template is None:
        data, kind = as_xlsx(_table(view, name)), XLSX
    else:
        html = render_template(
            f"assessment/documents/{template}.html",
            title=f"{name}: {view.title}",
            name=name,
            view=view,
            lang=str(get_locale()),
            facts=_facts(view),
            head=_head(),
            rows=[_row(number, row) for number, row in enumerate(view.rows, start=1)],
            marks=[(words.mark_word(mark), count) for mark, count in view.marks],
        )
        data, kind = as_pdf(html), "application/pdf"
    with unit_of_work() as uow:
        uow.log_access("assessment.sheet", None, "assessment.session", session_id, outcome="exported")
    response = make_response(data)
    response.headers["Content-Type"] = kind
    ending = "xlsx" if template is None else "pdf"
    response.headers["Content-Disposition"] = file_disposition(
        "attachment" if template is None else "inline", f"{name}. {view.title}.{ending}"
    )
    return response


def _table(view: SheetView, name: str) -> Sheet:
    rows = [
        (
            number,
            row.name,
            row.code,
            words.ground_word(row.ground),
            words.venue_mode_word(row.venue_mode),
            row.points,
            row.score,
            words.short_mark(row.mark),
            _state(row),
        )
        for number, row in enumerate(view.rows, start=1)
    ]
    head = [
        pgettext("line of a table", "No."),
        pgettext("person", "Student"),
        gettext("Code"),
        gettext("Ground"),
        gettext("Place"),
        gettext("Points"),
        gettext("Share of the points"),
        pgettext("exam", "Mark"),
        gettext("Remark"),
    ]
    return Sheet(name, head, rows, _facts(view))


def _facts(view: SheetView) -> list[tuple[str, str]]:
    when = gettext(
        "%(start)s to %(end)s",
        start=format_datetime(view.opens_at, "d MMMM y, HH:mm"),
        end=format_datetime(view.closes_at, "d MMMM y, HH:mm"),
    )
    kind = words.kind_word(view.kind)
    if view.resit_no:
        kind = gettext("%(kind)s, resit %(number)s", kind=kind, number=view.resit_no)
    return [
        (gettext("School"), view.org_name),
        (gettext("Work"), view.title),
        (gettext("Kind"), kind),
        (pgettext("session", "Held"), when),
        (gettext("Where"), words.venue_words(view.venue_modes, view.venue)),
        *([(gettext("Commission"), ", ".join(view.commission))] if view.commission else []),
        (gettext("Most points"), words.plain_number(view.max_points)),
        (
            gettext("Version of the plan and of the scale"),
            gettext("plan %(plan)s, scale %(scale)s", plan=view.plan_number, scale=view.policy_version),
        ),
        (pgettext("document", "Made"), format_datetime(runtime().clock.now(), "d MMMM y, HH:mm")),
    ]


def _head() -> list[str]:
    return [
        pgettext("line of a table", "No."),
        pgettext("person", "Student"),
        gettext("Ground and place"),
        gettext("Points"),
        "%",
        pgettext("exam", "Mark"),
        gettext("Remark"),
    ]


def _row(number: int, row: SheetRow) -> list[Any]:
    return [
        number,
        row.name,
        f"{words.ground_word(row.ground)}, {words.venue_mode_word(row.venue_mode)}",
        "" if row.points is None else words.plain_number(row.points),
        "" if row.score is None else words.plain_number(round(100 * row.score, 1)),
        words.short_mark(row.mark),
        _state(row),
    ]


def _state(row: SheetRow) -> str:
    said = {
        "": "",
        "absent": gettext("did not come"),
        "ahead": gettext("has not begun yet"),
        "annulled": gettext("the work is annulled"),
        "waiting": gettext("no released result yet"),
    }
    return str(said[row.state])
