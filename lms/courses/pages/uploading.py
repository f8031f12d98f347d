"""Take large files in, part by part, for the form of a step; the script around its file fields asks here."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import abort, jsonify, request
from werkzeug.wrappers import Response

from lms.core.errors import Conflict, InvalidInput
from lms.core.web import access, current_actor, read_session, unit_of_work
from lms.core.web.problems import error_texts
from lms.courses import service
from lms.courses.models import Upload
from lms.courses.pages.catalogue import blueprint
from lms.courses.pages.writing import course_to_write
from lms.courses.types import UploadReceipt

__all__ = ["begin_upload"]

MOST_BYTES = 2**31 - 1


@blueprint.post("/<uuid:course_id>/write/uploads")
@access("courses.author")
def begin_upload(course_id: UUID) -> Response:
    """Begin an upload, or hear how far the same file has come already."""
    course_to_write(course_id)
    said = request.get_json(silent=True)
    size = said.get("size") if isinstance(said, dict) else None
    if not isinstance(said, dict) or not isinstance(size, int) or not 0 <= size <= MOST_BYTES:
        raise InvalidInput("course.upload_part")
    with unit_of_work() as uow:
        name, mark = str(said.get("name", "")), str(said.get("mark", ""))
        receipt = service.begin_upload(uow, course_id, name[:300], size, mark)
    return _told(receipt)


@blueprint.get("/<uuid:course_id>/write/uploads/<uuid:upload_id>")
@access("courses.author")
def upload(course_id: UUID, upload_id: UUID) -> Response:
    """Say how far an upload has come."""
    course_to_write(course_id)
    row = read_session().get(Upload, upload_id)
    if row is None or row.course_id != course_id or row.created_by != current_actor().person_id:
        abort(404)
    return _told(service.upload_receipt(row))


@blueprint.post("/<uuid:course_id>/write/uploads/<uuid:upload_id>")
@access("courses.author")
def add_part(course_id: UUID, upload_id: UUID) -> Response:
    """Take the part that begins at ``?offset=``; where another one is missing before it, say from where to go on (409)."""
    course_to_write(course_id)
    offset, data = request.args.get("offset", -1, type=int), request.get_data(cache=False)
    try:
        with unit_of_work() as uow:
            receipt = service.add_part(uow, course_id, upload_id, offset, data)
    except Conflict:
        row = read_session().get_one(Upload, upload_id, populate_existing=True)
        answer = _told(service.upload_receipt(row))
        answer.status_code = 409
        return answer
    return _told(receipt)


@blueprint.post("/<uuid:course_id>/write/uploads/<uuid:upload_id>/drop")
@access("courses.author")
def drop_upload(course_id: UUID, upload_id: UUID) -> Response:
    """Give an upload up."""
    course_to_write(course_id)
    with unit_of_work() as uow:
        service.drop_upload(uow, course_id, upload_id)
    return jsonify({})


def _told(receipt: UploadReceipt) -> Response:
    said: dict[str, Any] = {
        "id": receipt.id,
        "state": receipt.state.value,
        "offset": receipt.offset,
        "size": receipt.size_bytes,
        "part": receipt.part_bytes,
        "media": receipt.media_id,
        "name": receipt.name,
    }
    if receipt.reason:
        texts = error_texts()
        text = str(texts.get(receipt.reason, texts["course.media_type"]))
        said["problem"] = text % {"name": receipt.name} if "%(name)s" in text else text
    return jsonify(said)
