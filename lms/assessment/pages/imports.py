"""Bring questions of other systems into a bank, see what became of each, and give a bank's questions away."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from flask_babel import gettext, ngettext, pgettext
from werkzeug.wrappers import Response

from lms.assessment import service
from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.formats.words import advice_words, kind_words, place_words, reason_words, ref_words
from lms.assessment.formats.writing import FORMATS
from lms.assessment.pages.banks import own_bank
from lms.assessment.queries.imports import (
    ImportCard,
    ImportRowView,
    import_card,
    import_rows,
    imports_of,
)
from lms.assessment.types import ImportState, ImportStatus
from lms.core.errors import Conflict, InvalidInput
from lms.core.web.access import access, authorise
from lms.core.web.context import read_session, runtime, unit_of_work
from lms.core.web.forms import Form
from lms.core.web.problems import error_texts, word_error
from lms.core.web.replies import file_disposition, see_other

__all__ = ["bp"]

bp = Blueprint("imports", __name__, url_prefix="", template_folder="../templates")

ROWS = 100
STYLES: dict[ImportStatus, tuple[str, str]] = {
    ImportStatus.IMPORTED: ("ok", "check"),
    ImportStatus.CHANGED: ("part", "info"),
    ImportStatus.REFUSED: ("gap", "cross"),
}


def _status_word(status: ImportStatus, *, is_trial: bool = False) -> str:
    if is_trial and status is not ImportStatus.REFUSED:
        whole = status is ImportStatus.IMPORTED
        return str(
            pgettext("import", "Can be taken over")
            if whole
            else pgettext("import", "Can be taken over with changes")
        )
    words = {
        ImportStatus.IMPORTED: pgettext("question", "Taken over"),
        ImportStatus.CHANGED: pgettext("question", "Taken over with changes"),
        ImportStatus.REFUSED: pgettext("question", "Not taken over"),
    }
    return str(words[status])


@bp.get("/banks/<uuid:bank_id>/import")
@access("assessment.author")
def begin(bank_id: UUID) -> Response:
    """Ask for a file of questions and show the imports before."""
    return _begin_page(bank_id, Form(), 200)


def _begin_page(bank_id: UUID, form: Form, status: int) -> Response:
    bank = own_bank(bank_id)
    cards = imports_of(read_session(), bank_id)
    page = render_template(
        "assessment/import_begin.html",
        bank=bank,
        rows=[_import_row(card) for card in cards],
        errors=form.errors,
        formats=[(key, _format_word(key)) for key in FORMATS],
        max_mb=runtime().settings.core.upload_max_bytes // (1024 * 1024),
    )
    return make_response(page, status)


def _format_word(name: str) -> str:
    return {"moodle": "Moodle XML", "gift": "GIFT", "qti3": "QTI 3.0"}[name]


def _import_row(card: ImportCard) -> dict[str, Any]:
    return {
        "title": card.name,
        "href": url_for("imports.show", import_id=card.id),
        "detail": gettext("Checked only, nothing was written") if card.is_trial else "",
        "cells": [_counts(card), {"state": _state(card)}],
    }


def _counts(card: ImportCard) -> str:
    taken = card.counts.get(ImportStatus.IMPORTED, 0) + card.counts.get(ImportStatus.CHANGED, 0)
    return str(gettext("%(taken)s of %(done)s taken over", taken=taken, done=card.done))


def _state(card: ImportCard) -> dict[str, str]:
    return {
        ImportState.WAITING: {"kind": "info", "text": pgettext("import", "Waiting"), "icon": "clock"},
        ImportState.RUNNING: {"kind": "info", "text": pgettext("import", "Running"), "icon": "play"},
        ImportState.DONE: {"kind": "ok", "text": pgettext("import", "Finished"), "icon": "check"},
        ImportState.FAILED: {"kind": "gap", "text": pgettext("import", "Not readable"), "icon": "cross"},
    }[card.state]


@bp.post("/banks/<uuid:bank_id>/import")
@access("assessment.author")
def upload(bank_id: UUID) -> Response:
    """Take a file and start its import."""
    own_bank(bank_id)
    sent = request.files.get("file")
    form = Form()
    try:
        with unit_of_work() as uow:
            import_id = service.begin_import(
                uow,
                bank_id,
                sent.read() if sent is not None else b"",
                (sent.filename if sent is not None else "") or "questions",
                is_trial="is_trial" in request.form,
            )
    except InvalidInput as error:
        form.take(error, error_texts())
        return _begin_page(bank_id, form, 422)
    return see_other("imports.show", import_id=import_id)


def own_import(import_id: UUID) -> ImportCard:
    """Return an import into a bank of one's own organisation."""
    card = import_card(read_session(), import_id)
    authorise("assessment.author", card)
    return card


@bp.get("/imports/<uuid:import_id>")
@access("assessment.author")
def show(import_id: UUID) -> str:
    """Show how far an import is and what became of each question."""
    return _show_page(import_id)


def _show_page(import_id: UUID, problem: str = "") -> str:
    card = own_import(import_id)
    chosen = request.args.get("status", "")
    status = ImportStatus(chosen) if chosen in set(ImportStatus) else None
    after = request.args.get("after", "0")
    start = int(after) if after.isdecimal() and len(after) < 7 else 0
    rows = import_rows(read_session(), import_id, after=start, limit=ROWS + 1, status=status)
    return render_template(
        "assessment/import_show.html",
        card=card,
        problem=problem,
        advice=advice_words(card.counts.keys(), is_trial=card.is_trial) if not card.is_running else [],
        state=_state(card),
        summary=_summary(card),
        reason=reason_words(card.reason) if card.reason else "",
        place=place_words(card.place),
        chips=_chips(card, chosen),
        rows=[_row(row, is_trial=card.is_trial) for row in rows[:ROWS]],
        more_url=_more(import_id, rows, chosen),
    )


def _more(import_id: UUID, rows: list[ImportRowView], chosen: str) -> str:
    if len(rows) <= ROWS:
        return ""
    return url_for("imports.show", import_id=import_id, status=chosen or None, after=rows[ROWS - 1].number)


def _summary(card: ImportCard) -> str:
    if card.total is None:
        return str(gettext("The file is being read."))
    return str(
        ngettext(
            "%(done)s of %(num)s question looked at",
            "%(done)s of %(num)s questions looked at",
            card.total,
            done=card.done,
        )
    )


def _chips(card: ImportCard, chosen: str) -> list[dict[str, Any]]:
    counts: list[tuple[str, str, int]] = [("", gettext("All"), card.done)]
    counts += [
        (status.value, _status_word(status, is_trial=card.is_trial), card.counts.get(status, 0))
        for status in ImportStatus
    ]
    return [
        {
            "text": f"{word}, {count}",
            "href": url_for("imports.show", import_id=card.id, status=key or None),
            "current": key == chosen,
        }
        for key, word, count in counts
    ]


def _row(row: ImportRowView, *, is_trial: bool) -> dict[str, Any]:
    kind, icon = STYLES[row.status]
    return {
        "title": row.title or ref_words(row.ref),
        "href": url_for("items.item", item_id=row.item_id) if row.item_id else "",
        "detail": " · ".join(_where(row)),
        "cells": [
            {"state": {"kind": kind, "text": _status_word(row.status, is_trial=is_trial), "icon": icon}},
            " ".join(reason_words(reason) for reason in row.reasons),
        ],
    }


def _where(row: ImportRowView) -> list[str]:
    """Return the kind of a question, its name in the file where the title is another, and its place there."""
    name = [ref_words(row.ref)] if row.title and row.ref != row.title else []
    return [kind_words(row.type), *name, place_words(row.place)]


@bp.post("/imports/<uuid:import_id>/accept")
@access("assessment.author")
def accept(import_id: UUID) -> Response:
    """Take over the questions of a file that was only checked so far."""
    own_import(import_id)
    try:
        with unit_of_work() as uow:
            begun = service.accept_import(uow, import_id)
    except Conflict as refusal:
        return make_response(_show_page(import_id, word_error(refusal)), 422)
    return see_other("imports.show", import_id=begun)


@bp.post("/banks/<uuid:bank_id>/export")
@access("assessment.author")
def export(bank_id: UUID) -> Response:
    """Hand out the bank's questions in a format; where it cannot say all of them, name these first."""
    bank = own_bank(bank_id)
    style = request.form.get("format", "")
    form = Form()
    try:
        with unit_of_work() as uow:
            written = service.export_bank(uow, bank_id, style)
    except InvalidInput as error:
        form.take(error, error_texts())
        return _begin_page(bank_id, form, 422)
    chosen = FORMATS[style]
    is_asked = bool(written.refused) and "anyway" not in request.form
    if "only_report" in request.form or not written.count or is_asked:
        return make_response(
            render_template(
                "assessment/export_report.html",
                bank=bank,
                count=written.count,
                style=style,
                format=_format_word(style),
                rows=[
                    {
                        "title": " ".join(
                            [gettext("No. %(number)s", number=found.ref.removeprefix("q")), found.title]
                        ),
                        "cells": [_type_title(found.kind), reason_words(reason)],
                    }
                    for found, reason in written.refused
                ],
            )
        )
    response = Response(written.data, mimetype=chosen.media_type)
    response.headers["Content-Disposition"] = file_disposition("attachment", f"{bank.title}.{chosen.suffix}")
    return response


def _type_title(name: str) -> str:
    kind = runtime().registries.of(QUESTION_TYPES).find(name)
    return name if kind is None else str(kind.title)
