"""Begin a course from another system's file, see what became of each item, and give a course away."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import abort, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext, pgettext
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from lms.core.errors import NotFound
from lms.core.packages import Reason
from lms.core.web import Form, access, load_form, read_session, runtime, see_other, unit_of_work
from lms.core.web.problems import error_texts
from lms.core.web.replies import file_disposition
from lms.courses import queries, service
from lms.courses.formats.words import kind_words, place_words, reason_words
from lms.courses.models import Course
from lms.courses.pages.catalogue import blueprint
from lms.courses.pages.writing import course_to_write, own_organisations
from lms.courses.queries import ImportReport
from lms.courses.types import ImportRow, ImportState, ImportStatus, NewCourse
from lms.curriculum.types import SUBJECT_WORDS
from lms.people.queries import organisation_names

__all__ = ["export", "imported"]

STYLES: dict[ImportStatus, tuple[str, str]] = {
    ImportStatus.IMPORTED: ("ok", "check"),
    ImportStatus.CHANGED: ("part", "info"),
    ImportStatus.REFUSED: ("gap", "cross"),
}
#: So many items stand on one page.
ROWS = 200


class ImportSchema(Schema):
    """Whose course it will be, its subject when the file says none, and whether it is only looked at."""

    org_id = fields.UUID(load_default=None)
    subject = fields.String(load_default="", validate=validate.OneOf(["", *SUBJECT_WORDS]))
    is_trial = fields.Boolean(load_default=False)


@blueprint.get("/import")
@access("courses.create")
def begin_import() -> Response:
    """Ask for the file of a course."""
    return _begin(Form(), 200)


def _begin(form: Form, status: int) -> Response:
    page = render_template(
        "courses/import_begin.html",
        values=form.values,
        errors=form.errors,
        subjects=list(SUBJECT_WORDS.items()),
        orgs=organisation_names(read_session(), own_organisations()),
        max_mb=runtime().settings.core.upload_max_bytes // (1024 * 1024),
        imports=[_import_row(each) for each in queries.course_imports(read_session(), own_organisations())],
    )
    return make_response(page, status)


@blueprint.post("/import")
@access("courses.create")
def import_course() -> Response | str:
    """Begin a course with what is in a file, or only say what would become of it."""
    form = load_form(ImportSchema())
    sent = request.files.get("file")
    data = sent.read() if sent is not None else b""
    if not data:
        form.fail("file", _("Choose a file."))
    if not form.is_valid:
        return _begin(form, 422)
    org_id = form.data["org_id"] or min(own_organisations())
    if org_id not in own_organisations():
        raise NotFound("auth.out_of_reach")
    name = ((sent.filename if sent is not None else "") or "course").rpartition(".")[0][:200]
    new = NewCourse(org_id, "", form.data["subject"] or "other")
    with unit_of_work() as uow:
        import_id = service.begin_course_import(
            uow, new, data, name or "course", is_trial=form.data["is_trial"]
        )
    return see_other("courses.show_import", import_id=import_id)


@blueprint.get("/imports/<uuid:import_id>")
@access("courses.create")
def show_import(import_id: UUID) -> str:
    """Show how far an import is and what became of each item."""
    kept = queries.course_import(read_session(), import_id)
    if kept.org_id not in own_organisations():
        raise NotFound("course.no_import")
    course = None if kept.course_id is None else read_session().get(Course, kept.course_id)
    return _report(course, kept, url_for("courses.show_import", import_id=import_id))


def _import_row(kept: ImportReport) -> dict[str, Any]:
    taken = sum(row.status is not ImportStatus.REFUSED for row in kept.rows)
    return {
        "title": kept.name,
        "href": url_for("courses.show_import", import_id=kept.id),
        "detail": _("Checked only, nothing was written") if kept.is_trial else "",
        "cells": [
            _("%(taken)s of %(done)s taken over", taken=taken, done=len(kept.rows)),
            {"state": _state(kept)},
        ],
    }


def _state(kept: ImportReport) -> dict[str, str]:
    return {
        ImportState.WAITING: {"kind": "info", "text": pgettext("import", "Waiting"), "icon": "clock"},
        ImportState.RUNNING: {"kind": "info", "text": pgettext("import", "Running"), "icon": "play"},
        ImportState.DONE: {"kind": "ok", "text": pgettext("import", "Finished"), "icon": "check"},
        ImportState.FAILED: {"kind": "gap", "text": pgettext("import", "Not readable"), "icon": "cross"},
    }[kept.state]


def _how_far(kept: ImportReport) -> str:
    if kept.state is ImportState.WAITING:
        return str(_("The file waits for its turn."))
    if kept.total is None:
        return str(_("The file is being read."))
    return str(
        ngettext(
            "%(done)s of %(num)s item done", "%(done)s of %(num)s items done", kept.total, done=kept.done
        )
    )


@blueprint.get("/<uuid:course_id>/write/imported")
@access("courses.author")
def imported(course_id: UUID) -> str:
    """Show what became of each item of the file that a course was begun from."""
    course = course_to_write(course_id)
    kept = queries.import_report(read_session(), course_id) or abort(404)
    return _report(course, kept, url_for("courses.imported", course_id=course_id))


def _report(course: Course | None, kept: ImportReport, here: str) -> str:
    chosen = request.args.get("status", "")
    counts = {status: sum(row.status is status for row in kept.rows) for status in ImportStatus}
    shown = [row for row in kept.rows if chosen in ("", row.status.value)]
    chips = [{"text": f"{_('All')}, {len(kept.rows)}", "href": here, "current": not chosen}]
    for status in ImportStatus:
        text = f"{_status_word(status)}, {counts[status]}"
        href = f"{here}?status={status.value}"
        chips.append({"text": text, "href": href, "current": status.value == chosen})
    return render_template(
        "courses/import_shown.html",
        course=course,
        kept=kept,
        here=here,
        state=_state(kept),
        how_far=_how_far(kept),
        reason=f"{_words(kept.reason)} {place_words(kept.place)}".strip() if kept.reason else "",
        chips=chips,
        rows=[_row(row) for row in shown[:ROWS]],
        more=max(0, len(shown) - ROWS),
    )


def _row(row: ImportRow) -> dict[str, Any]:
    kind, icon = STYLES[row.status]
    return {
        "title": row.ref,
        "detail": f"{kind_words(row.kind, runtime().registries)} · {place_words(row.place)}",
        "cells": [
            {"state": {"kind": kind, "text": _status_word(row.status), "icon": icon}},
            " ".join(_words(reason) for reason in row.reasons)
            or str(_("Nothing of it was changed or lost.")),
        ],
    }


def _words(reason: Reason) -> str:
    return reason_words(reason, runtime().registries, error_texts())


def _status_word(status: ImportStatus) -> str:
    words = {
        ImportStatus.IMPORTED: pgettext("import", "Taken over"),
        ImportStatus.CHANGED: pgettext("import", "Taken over with changes"),
        ImportStatus.REFUSED: pgettext("import", "Not taken over"),
    }
    return str(words[status])


@blueprint.post("/<uuid:course_id>/write/export")
@access("courses.author")
def export(course_id: UUID) -> Response:
    """Give the newest version of a course away as a file."""
    course_to_write(course_id)
    made = service.export_course(
        read_session(), runtime(), course_id, is_cartridge=request.form.get("format") != "own"
    )
    response = make_response(made.data)
    response.mimetype = "application/zip"
    response.headers["Content-Disposition"] = file_disposition("attachment", made.name)
    return response
