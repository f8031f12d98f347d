"""Begin a course from another system's file, see what became of each item, and give a course away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import abort, make_response, render_template, request
from flask_babel import gettext as _
from flask_babel import pgettext
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from lms.core.errors import InvalidInput, NotFound
from lms.core.packages import Reason
from lms.core.web import Form, access, load_form, read_session, runtime, see_other, unit_of_work
from lms.core.web.problems import error_texts, word_error
from lms.core.web.replies import file_disposition
from lms.courses import queries, service
from lms.courses.formats.values import FoundCourse
from lms.courses.formats.words import kind_words, place_words, reason_words
from lms.courses.pages.catalogue import blueprint
from lms.courses.pages.writing import course_to_write, own_organisations
from lms.courses.service import CourseImported
from lms.courses.types import ImportRow, ImportStatus, NewCourse
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


class _OnlyLooked(Exception):
    """Leaves a transaction undone, with what it would have become."""

    def __init__(self, made: CourseImported) -> None:
        super().__init__()
        self.made = made


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
    read = service.read_package(runtime(), data)
    if read.course is None:
        reason = _words(read.reason or Reason("file.no_course"))
        form.fail("file", f"{reason} {place_words(read.place)}".strip())
        return _begin(form, 422)
    name = ((sent.filename if sent is not None else "") or "course").rpartition(".")[0][:200]
    new = NewCourse(org_id, "", form.data["subject"] or "other")
    try:
        made = _take(new, read.course, name or "course", is_trial=form.data["is_trial"])
    except InvalidInput as error:
        form.fail("file", word_error(error))
        return _begin(form, 422)
    if form.data["is_trial"]:
        return _report(None, name, made.rows, "")
    return see_other("courses.imported", course_id=made.course_id)


def _take(new: NewCourse, found: FoundCourse, name: str, *, is_trial: bool) -> CourseImported:
    try:
        with unit_of_work() as uow:
            made = service.import_course(uow, new, found, name)
            if is_trial:
                raise _OnlyLooked(made)
    except _OnlyLooked as looked:
        return looked.made
    return made


@blueprint.get("/<uuid:course_id>/write/imported")
@access("courses.author")
def imported(course_id: UUID) -> str:
    """Show what became of each item of the file that a course was begun from."""
    course = course_to_write(course_id)
    kept = queries.import_report(read_session(), course_id) or abort(404)
    return _report(course, kept.name, kept.rows, request.args.get("status", ""))


def _report(course: Any, name: str, rows: Sequence[ImportRow], chosen: str) -> str:
    counts = {status: sum(row.status is status for row in rows) for status in ImportStatus}
    shown = [row for row in rows if chosen in ("", row.status.value)]
    return render_template(
        "courses/import_shown.html",
        course=course,
        name=name,
        chosen=chosen,
        counts=[(status.value, _status_word(status), counts[status]) for status in ImportStatus],
        total=len(rows),
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
            " ".join(_words(reason) for reason in row.reasons),
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
    with unit_of_work() as uow:
        made = service.export_course(uow, course_id, is_cartridge=request.form.get("format") != "own")
    response = make_response(made.data)
    response.mimetype = "application/zip"
    response.headers["Content-Disposition"] = file_disposition("attachment", made.name)
    return response
