"""Make a part of a course into one signed file for a flash drive, and take in the answers that come back from it."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import IO
from uuid import UUID

from flask import abort, request
from flask_babel import gettext, ngettext
from marshmallow import ValidationError
from werkzeug.wrappers import Response
from werkzeug.wsgi import wrap_file

from lms.core.actor import Actor, RoleGrant
from lms.core.errors import Forbidden, InvalidInput
from lms.core.web import (
    access,
    authorise,
    current_actor,
    file_disposition,
    flash_ok,
    read_session,
    runtime,
    see_other,
    unit_of_work,
)
from lms.core.web.problems import error_texts
from lms.courses import queries, service
from lms.courses.access_rules import Look
from lms.courses.models import Course, Enrolment
from lms.courses.offline_reading import offline_parts
from lms.courses.pages.catalogue import blueprint, course_of, own_enrolment
from lms.courses.pages.packing import build_pack
from lms.courses.rules.carrying import ANSWERS_BYTES, read_answers
from lms.courses.rules.packing import OfflinePart, week_of
from lms.courses.schemas import OperationsRequest
from lms.courses.settings import CoursesSettings
from lms.courses.types import LearningOp, OpReceipt
from lms.people.queries import account_id_of, current_admission, person_cards

__all__ = ["bring_answers", "pack", "pack_for"]


@blueprint.get("/<uuid:course_id>/offline/pack")
@access("courses.study")
def pack(course_id: UUID) -> Response:
    """Give a learner the week, or the parts that are named, as one signed file."""
    course = course_of(course_id)
    enrolment = own_enrolment(course_id) or abort(404)
    authorise("courses.study", enrolment)
    return _given(course, enrolment, current_actor())


@blueprint.get("/<uuid:course_id>/progress/<uuid:enrolment_id>/pack")
@access("courses.teach")
def pack_for(course_id: UUID, enrolment_id: UUID) -> Response:
    """Give who answers for a student the same file, made for that student: nothing that others wrote is in it."""
    course = read_session().get(Course, course_id) or abort(404)
    authorise("courses.teach", course)
    enrolment = read_session().get(Enrolment, enrolment_id)
    if enrolment is None or enrolment.course_id != course_id:
        abort(404)
    now = runtime().clock.now()
    authorise("courses.change_enrolment", Look(enrolment.person_id, course.org_id, now))
    return _given(course, enrolment, _eyes_of(enrolment.person_id, course))


def _eyes_of(person_id: UUID, course: Course) -> Actor:
    """Return a student as the one who looks at pages; without an account there are none of the platform's to carry."""
    session = read_session()
    admission = current_admission(session, person_id, runtime().clock.now().date())
    grants = {RoleGrant("student", admission.org_id if admission is not None else course.org_id)}
    name = person_cards(session, [person_id])[person_id].short_name
    return Actor("person", person_id, account_id_of(session, person_id), frozenset(grants), name)


def _given(course: Course, enrolment: Enrolment, eyes: Actor) -> Response:
    parts = _wanted(offline_parts(read_session(), enrolment, runtime().registries))
    handle: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the reply
    try:
        name = build_pack(handle, course, enrolment, eyes, parts, has_films="films" in request.args)
    except BaseException:
        handle.close()
        raise
    size = handle.seek(0, 2)
    handle.seek(0)
    response = Response(
        wrap_file(request.environ, handle), mimetype="application/zip", direct_passthrough=True
    )
    response.call_on_close(handle.close)
    response.content_length = size
    response.headers["Content-Disposition"] = file_disposition("attachment", name)
    return response


def _wanted(parts: Sequence[OfflinePart]) -> Sequence[OfflinePart]:
    """Return the open parts that are named, else the week, else (all is done) everything that is open."""
    keys = set(request.args.getlist("part"))
    if keys:
        return [part for part in parts if part.key in keys] or abort(404)
    return week_of(parts, runtime().settings.of(CoursesSettings).week_minutes) or parts or abort(404)


@blueprint.post("/<uuid:course_id>/offline/answers")
@access("courses.study")
def bring_answers(course_id: UUID) -> Response:
    """Take in a file of answers from a pack: each of them once, however often the file comes; say what came of it."""
    course_of(course_id)
    enrolment = own_enrolment(course_id) or abort(404)
    authorise("courses.study", enrolment)
    upload = request.files.get("answers")
    keys = runtime().keys
    data = upload.read(ANSWERS_BYTES + 1) if upload is not None else b""
    carried = read_answers(data, keys.verify, keys.sign)
    if carried.statement.enrolment != enrolment.id or carried.statement.course != course_id:
        raise Forbidden("course.answers_other")
    try:
        operations = OperationsRequest().load({"ops": carried.operations})["ops"]
    except ValidationError:
        raise InvalidInput("course.answers_unreadable") from None
    flash_ok(" ".join(_report(enrolment.id, operations)))
    return see_other("courses.take_along", course_id=course_id)


def _report(enrolment_id: UUID, operations: Sequence[LearningOp]) -> Iterator[str]:
    """Take operations in, and say how many were new, were here already, and could not be used, with the reasons."""
    here = queries.known_operations(read_session(), enrolment_id, [each.op_id for each in operations])
    shown = queries.shown_seeds(read_session(), enrolment_id)
    receipts: list[OpReceipt] = []
    clashes = 0
    for each in sorted(operations, key=lambda one: (one.seq, one.op_id)):
        with unit_of_work() as uow:
            came = service.sync_learning(uow, enrolment_id, [each], shown=shown)
        receipts += came.receipts
        clashes += len(came.conflicts)
    taken = [each for each in receipts if each.op_id not in here and not each.refused]
    again = [each for each in receipts if each.op_id in here]
    yield ngettext("%(num)d entry of the file is taken in.", "%(num)d entries of the file are taken in.", len(taken))  # fmt: skip
    if again:
        yield ngettext("%(num)d was here already.", "%(num)d were here already.", len(again))
    turned: Mapping[str, int] = _counted(each.refused for each in receipts if each.refused and each.op_id not in here)  # fmt: skip
    for code, count in turned.items():
        text = str(error_texts().get(code, "…"))
        why = text % defaultdict(lambda: "…") if "%(" in text else text
        yield ngettext("%(num)d could not be used: %(why)s", "%(num)d could not be used: %(why)s", count, why=why)  # fmt: skip
    if clashes:
        yield gettext("What says something else under the same number is left out.")


def _counted(codes: Iterator[str]) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for code in codes:
        counts[code] += 1
    return counts
