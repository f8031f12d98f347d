"""Take a large file in, part by part; whoever loses the network or the page goes on where it broke off.

Parts are files of their own until all are there; a worker puts them together, looks at the whole and keeps it as a media file.
What a name and the first bytes can tell is told at once, not after two gigabytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from lms.core.actor import SYSTEM
from lms.core.errors import Conflict, InvalidInput, NotFound, TooLarge
from lms.core.files import hold_bytes
from lms.core.ids import new_id
from lms.core.models import StoredFile
from lms.core.runtime import Runtime
from lms.core.uow import UnitOfWork
from lms.core.uploads import safe_name
from lms.courses.models import CourseMedia, Upload
from lms.courses.rules.media import MEDIA_TYPES, looks_like, type_refusal
from lms.courses.service.authoring import accept_media, check_quota, course_to_write
from lms.courses.settings import CoursesSettings
from lms.courses.types import UploadReceipt, UploadState

__all__ = [
    "add_part",
    "begin_upload",
    "drop_stale_uploads",
    "drop_upload",
    "finish_upload",
    "forget_parts",
    "part_keys",
    "upload_receipt",
]

#: Only these are kept as they come, however large; everything else is looked at whole.
_STREAMED = ("video/", "audio/")
_OPEN = (UploadState.RECEIVING, UploadState.CHECKING)
STALE_AT_ONCE = 100


def begin_upload(uow: UnitOfWork, course_id: UUID, name: str, size_bytes: int, mark: str) -> UploadReceipt:
    """Begin to take a file in, or go on with the same file of the same person.

    Raises InvalidInput ``course.media_type`` / ``course.media_elsewhere`` / ``upload.empty``, TooLarge ``upload.too_large`` / ``course.quota``.
    """
    course = course_to_write(uow, course_id)
    settings, clean = uow.runtime.settings.of(CoursesSettings), safe_name(name)
    media_type = MEDIA_TYPES.get(clean.rsplit(".", 1)[-1].lower())
    if media_type is None:
        raise InvalidInput(type_refusal(clean), name=clean)
    if size_bytes <= 0:
        raise InvalidInput("upload.empty")
    is_streamed = media_type.startswith(_STREAMED)
    limit = settings.film_max_bytes if is_streamed else settings.media_max_bytes
    if size_bytes > limit:
        raise TooLarge("upload.too_large", max_mb=limit // 1_000_000)
    same = sa.select(Upload).where(
        Upload.course_id == course.id,
        Upload.created_by == uow.actor.person_id,
        Upload.name == clean,
        Upload.size_bytes == size_bytes,
        Upload.mark == mark[:40],
        Upload.state.in_(_OPEN),
    )
    row = uow.session.scalars(same.order_by(Upload.id).limit(1)).first()
    if row is None:
        check_quota(uow, course.org_id, size_bytes)
        row = Upload(
            course_id=course.id,
            created_by=uow.actor.person_id,
            name=clean,
            mark=mark[:40],
            media_type=media_type,
            size_bytes=size_bytes,
            part_bytes=settings.upload_part_bytes,
            received_bytes=0,
            state=UploadState.RECEIVING,
            created_at=uow.now(),
            touched_at=uow.now(),
        )
        uow.session.add(row)
        uow.session.flush()
    return upload_receipt(row)


def upload_receipt(row: Upload) -> UploadReceipt:
    """Return where an upload stands."""
    return UploadReceipt(
        row.id,
        row.state,
        row.received_bytes,
        row.size_bytes,
        row.part_bytes,
        row.media_id,
        row.name,
        row.reason,
    )


def _own(uow: UnitOfWork, course_id: UUID, upload_id: UUID) -> Upload:
    """Return one's own upload into a course that one may write, locked; raise NotFound ``course.no_upload``."""
    course_to_write(uow, course_id)
    uow.lock("course_upload", upload_id)
    row = uow.session.get(Upload, upload_id, populate_existing=True)
    if row is None or row.course_id != course_id or row.created_by != uow.actor.person_id:
        raise NotFound("course.no_upload")
    return row


def _key(row: Upload, offset: int) -> str:
    return f"uploads/{row.id.hex}/{offset:012d}"


def _keys(row: Upload, until: int) -> list[str]:
    return [_key(row, offset) for offset in range(0, until, row.part_bytes)]


def add_part(uow: UnitOfWork, course_id: UUID, upload_id: UUID, offset: int, data: bytes) -> UploadReceipt:
    """Keep the part that begins at ``offset``; the last one wakes a worker. A part that is there already changes nothing.

    Raises NotFound ``course.no_upload``, Conflict ``course.upload_offset`` (go on from where it stands), InvalidInput
    ``course.upload_part`` or ``course.media_type`` (the bytes are not what the name says: the upload is over).
    """
    row = _own(uow, course_id, upload_id)
    if row.state is not UploadState.RECEIVING or offset < row.received_bytes:
        return upload_receipt(row)
    if offset != row.received_bytes:
        raise Conflict("course.upload_offset")
    if len(data) != min(row.part_bytes, row.size_bytes - offset):
        raise InvalidInput("course.upload_part")
    if offset == 0 and row.media_type.startswith(_STREAMED) and not looks_like(data, row.media_type):
        row.state, row.reason = UploadState.REFUSED, "course.media_type"
        return upload_receipt(row)
    uow.runtime.files.delete(_key(row, offset))  # what a request left that was broken off
    uow.runtime.files.put(_key(row, offset), data)
    row.received_bytes, row.touched_at = offset + len(data), uow.now()
    if row.received_bytes == row.size_bytes:
        row.state = UploadState.CHECKING
        uow.enqueue("courses.finish_upload", upload_id=str(row.id))
    uow.session.flush()
    return upload_receipt(row)


def drop_upload(uow: UnitOfWork, course_id: UUID, upload_id: UUID) -> None:
    """Give an upload up; what came of it is deleted. Raises NotFound ``course.no_upload``."""
    row = _own(uow, course_id, upload_id)
    if row.state in {UploadState.RECEIVING, UploadState.REFUSED}:
        _forget(uow.runtime, row)
        uow.session.delete(row)


def _forget(runtime: Runtime, row: Upload) -> None:
    forget_parts(runtime, part_keys(row))


def part_keys(row: Upload) -> list[str]:
    """Return under which keys the parts of an upload lie."""
    return _keys(row, row.received_bytes + row.part_bytes)


def forget_parts(runtime: Runtime, keys: Sequence[str]) -> None:
    """Delete parts of uploads; what is gone already is no fault."""
    for key in keys:
        runtime.files.delete(key)


def finish_upload(runtime: Runtime, upload_id: UUID) -> None:
    """Put the parts together, look at the whole, and keep it as a media file of the course; safe to repeat."""
    with runtime.read() as session:
        row = session.get(Upload, upload_id)
        if row is None or row.state is not UploadState.CHECKING:
            return
        session.expunge(row)
    reason, stored, media_type = "", ("", "", 0), row.media_type
    try:
        if media_type.startswith(_STREAMED):
            stored = runtime.files.put_stream("media", _parts(runtime, row))
        else:
            accepted = accept_media(runtime, b"".join(_parts(runtime, row)), row.name)
            stored, media_type = runtime.files.put_stream("media", [accepted.data]), accepted.media_type
    except (InvalidInput, TooLarge) as error:
        reason = error.code
    with runtime.unit_of_work(SYSTEM) as uow:
        if not reason:
            hold_bytes(uow.session, stored[0])
            if not runtime.files.exists(stored[0]):
                return  # deleted meanwhile for another course that had the same: the parts are there, and it is done again
        _end(uow, upload_id, reason, stored, media_type)
    _forget(runtime, row)


def _parts(runtime: Runtime, row: Upload) -> Iterator[bytes]:
    for key in _keys(row, row.size_bytes):
        yield runtime.files.get(key)


def _end(
    uow: UnitOfWork, upload_id: UUID, reason: str, stored: tuple[str, str, int], media_type: str
) -> None:
    """Write down what became of an upload, once."""
    uow.lock("course_upload", upload_id)
    row = uow.session.get_one(Upload, upload_id, populate_existing=True)
    if row.state is not UploadState.CHECKING:
        return
    row.state, row.reason, row.touched_at = UploadState.REFUSED, reason[:60], uow.now()
    if reason:
        return
    key, digest, size = stored
    file = StoredFile(
        id=new_id(),
        area="media",
        key=key,
        sha256=digest,
        size_bytes=size,
        media_type=media_type,
        name=row.name,
        created_at=uow.now(),
    )
    uow.session.add(file)
    uow.session.flush()
    media = CourseMedia(
        course_id=row.course_id,
        file_id=file.id,
        name=row.name,
        media_type=media_type,
        sha256=digest,
        size_bytes=size,
        created_at=uow.now(),
    )
    uow.session.add(media)
    uow.session.flush()
    row.state, row.media_id = UploadState.DONE, media.id


def drop_stale_uploads(runtime: Runtime) -> None:
    """Delete uploads that nobody has gone on with for days; wake the worker again for those that wait to be looked at."""
    now, days = runtime.clock.now(), runtime.settings.of(CoursesSettings).upload_days
    with runtime.unit_of_work(SYSTEM) as uow:
        old = sa.select(Upload).where(Upload.touched_at < now - timedelta(days=days)).limit(STALE_AT_ONCE)
        for row in uow.session.scalars(old).all():
            _forget(runtime, row)
            uow.session.delete(row)
        uow.session.flush()
        waiting = sa.select(Upload.id).where(
            Upload.state == UploadState.CHECKING, Upload.touched_at < now - timedelta(minutes=5)
        )
        for upload_id in uow.session.scalars(waiting.limit(STALE_AT_ONCE)):
            uow.enqueue("courses.finish_upload", upload_id=str(upload_id))
