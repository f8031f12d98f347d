"""Write a course: create it, add media, sections and blocks to its draft."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lms.core.errors import Conflict, InvalidInput, NotFound, TooLarge
from lms.core.ids import new_id, parse_id
from lms.core.models import StoredFile
from lms.core.runtime import Runtime
from lms.core.sites import is_known_host
from lms.core.uow import UnitOfWork
from lms.core.uploads import accept_picture, safe_name
from lms.courses import structure
from lms.courses.contracts import COURSE_BLOCKS, ContentProblem, CourseBlock, LaunchedBlock, PlayedBlock
from lms.courses.formats.players import check_played
from lms.courses.models import Block, Course, CourseMedia, CourseVersion, Section, Upload
from lms.courses.rules.gates import write_gate
from lms.courses.rules.media import MEDIA_TYPES, looks_like, type_refusal
from lms.courses.rules.metadata import write_meta
from lms.courses.service.enrolling import offer_places
from lms.courses.settings import CoursesSettings
from lms.courses.tool_reading import tool_for
from lms.courses.types import (
    CourseId,
    EnrolmentMode,
    MediaReceipt,
    Need,
    NewBlock,
    NewCourse,
    NewSection,
    UploadState,
    VersionState,
)

__all__ = [
    "AcceptedMedia",
    "accept_media",
    "add_media",
    "add_section",
    "change_course",
    "check_quota",
    "copy_course",
    "create_course",
    "draft_of",
    "keep_media",
    "make_block",
    "move_section",
    "open_draft",
    "put_at",
    "remove_section",
    "renumber",
]

#: What a column of whole numbers holds.
MOST_BYTES = 2**31 - 1
#: No screen of a student shows more; the rest would only be loaded.
MAX_PICTURE_SIDE = 2000


def create_course(uow: UnitOfWork, new: NewCourse) -> CourseId:
    """Begin a course with an empty draft; raise InvalidInput ``course.title_missing``."""
    uow.require("courses.create", new.org_id)
    if not new.title.strip():
        raise InvalidInput("course.title_missing", fields={"title": ["course.title_missing"]})
    course = Course(
        org_id=new.org_id,
        title=new.title.strip(),
        subject=new.subject,
        grade=new.grade,
        summary=new.summary.strip(),
        language=new.language,
        mode=EnrolmentMode(new.mode),
        seats=new.seats,
        created_by=uow.actor.person_id,
        created_at=uow.now(),
    )
    uow.session.add(course)
    uow.session.flush()
    uow.session.add(
        CourseVersion(course_id=course.id, number=1, state=VersionState.DRAFT, created_at=uow.now())
    )
    uow.session.flush()
    return CourseId(course.id)


def change_course(uow: UnitOfWork, course_id: UUID, changed: NewCourse, *, seen: str = "") -> None:
    """Give a course another title, subject, grade, summary, way in and number of places; new places go to who waits.

    ``seen`` is the mark (`structure.course_mark`) that was changed; a program may leave it out. Raises NotFound ``course.none``,
    InvalidInput ``course.title_missing``, Conflict ``course.changed_meanwhile``.
    """
    course = course_to_write(uow, course_id)
    uow.lock("course", course.id)
    uow.session.refresh(course)
    if seen and structure.course_mark(course) != seen:
        raise Conflict("course.changed_meanwhile")
    if not changed.title.strip():
        raise InvalidInput("course.title_missing", fields={"title": ["course.title_missing"]})
    course.title, course.summary = changed.title.strip(), changed.summary.strip()
    course.subject, course.grade, course.mode = changed.subject, changed.grade, EnrolmentMode(changed.mode)
    course.seats = changed.seats
    uow.session.flush()
    offer_places(uow, course.id, None)


def course_to_write(uow: UnitOfWork, course_id: UUID) -> Course:
    """Return a course that the actor may write; raise NotFound ``course.none``."""
    course = uow.session.get(Course, course_id)
    if course is None:
        raise NotFound("course.none")
    uow.require("courses.author", course)
    return course


def draft_of(uow: UnitOfWork, course_id: UUID) -> CourseVersion:
    """Return the draft of a course, alone until the end of the transaction; raise Conflict ``course.no_draft``.

    Alone, because two who write at once would take the same place, and one could write into what another is publishing.
    """
    uow.lock("course", course_id)
    draft = uow.session.scalar(
        sa.select(CourseVersion).where(
            CourseVersion.course_id == course_id, CourseVersion.state == VersionState.DRAFT
        )
    )
    if draft is None:
        raise Conflict("course.no_draft")
    return draft


def add_media(uow: UnitOfWork, course_id: UUID, data: bytes, name: str) -> MediaReceipt:
    """Store a media file of a course; the same bytes are kept once.

    Raises InvalidInput ``upload.empty`` or ``course.media_type`` and TooLarge ``upload.too_large``.
    """
    course = course_to_write(uow, course_id)
    return keep_media(uow, course.id, accept_media(uow.runtime, data, name))


@dataclass(frozen=True, slots=True)
class AcceptedMedia:
    """A media file as it may be kept; ``data`` is empty where nothing is to stay."""

    data: bytes
    media_type: str
    name: str
    sha256: str
    size_bytes: int


def accept_media(runtime: Runtime, data: bytes, name: str) -> AcceptedMedia:
    """Return a media file as it may be kept; slow for pictures, so it can stand outside of any transaction.

    Raises InvalidInput ``upload.empty`` or ``course.media_type`` and TooLarge ``upload.too_large``.
    """
    limit = runtime.settings.of(CoursesSettings).media_max_bytes
    if not data:
        raise InvalidInput("upload.empty")
    if len(data) > limit:
        raise TooLarge("upload.too_large", max_mb=limit // (1024 * 1024))
    data, media_type, clean = _accepted(data, name, limit)
    if media_type == "text/vtt" and b"-->" not in data:
        raise InvalidInput("course.captions_empty")
    return AcceptedMedia(data, media_type, clean, hashlib.sha256(data).hexdigest(), len(data))


def keep_media(
    uow: UnitOfWork, course_id: UUID, accepted: AcceptedMedia, *, is_trial: bool = False
) -> MediaReceipt:
    """Store an accepted file in a course; a trial, which is undone, only notes it and writes no bytes."""
    course = course_to_write(uow, course_id)
    clean, media_type = accepted.name, accepted.media_type
    check_quota(uow, course.org_id, accepted.size_bytes)
    if is_trial:
        stored = StoredFile(
            id=new_id(),
            area="media",
            key=f"trial/{new_id().hex}",
            sha256=accepted.sha256,
            size_bytes=accepted.size_bytes,
            media_type=media_type,
            name=clean,
            created_at=uow.now(),
        )
        uow.session.add(stored)
        uow.session.flush()
    else:
        stored = uow.store_file(accepted.data, area="media", media_type=media_type, name=clean)
    media = CourseMedia(
        course_id=course.id,
        file_id=stored.id,
        name=clean,
        media_type=media_type,
        sha256=stored.sha256,
        size_bytes=stored.size_bytes,
        created_at=uow.now(),
    )
    uow.session.add(media)
    uow.session.flush()
    return MediaReceipt(media.id, clean, media_type, media.size_bytes)


def check_quota(uow: UnitOfWork, org_id: UUID, more_bytes: int) -> None:
    """Raise TooLarge ``course.quota`` when the media of an organisation's courses would take more than it has.

    The same content in several courses counts once; what is on its way counts already.
    """
    bound = uow.runtime.settings.of(CoursesSettings).org_media_max_bytes
    if not bound:
        return
    kept = (
        sa.select(sa.func.max(CourseMedia.size_bytes).label("size"))
        .join(Course, Course.id == CourseMedia.course_id)
        .where(Course.org_id == org_id)
        .group_by(CourseMedia.sha256)
        .subquery()
    )
    coming = (
        sa.select(sa.func.sum(Upload.size_bytes))
        .join(Course, Course.id == Upload.course_id)
        .where(Course.org_id == org_id, Upload.state.in_((UploadState.RECEIVING, UploadState.CHECKING)))
    )
    taken = sum(uow.session.scalar(part) or 0 for part in (sa.select(sa.func.sum(kept.c.size)), coming))
    if taken + more_bytes > bound:
        raise TooLarge("course.quota", max_gb=round(bound / 1_000_000_000, 1))


def _accepted(data: bytes, name: str, limit: int) -> tuple[bytes, str, str]:
    """Return bytes, type and name as they may be kept: pictures upright and without what the camera wrote into them."""
    clean = safe_name(name)
    media_type = MEDIA_TYPES.get(clean.rsplit(".", 1)[-1].lower())
    if media_type is None:
        raise InvalidInput(type_refusal(clean), name=clean)
    if not looks_like(data, media_type):
        raise InvalidInput("course.media_type", name=clean)
    check_played(data, media_type, clean)
    if media_type in {"image/png", "image/jpeg", "image/webp"}:
        picture = accept_picture(data, clean, max_bytes=limit, max_side=MAX_PICTURE_SIDE)
        return picture.data, picture.media_type, clean
    return data, media_type, clean


def add_section(uow: UnitOfWork, course_id: UUID, new: NewSection) -> UUID:
    """Add a section with its blocks at the end of the draft and return its id.

    Raises InvalidInput ``course.section_title``, ``course.key_taken`` or ``course.block_invalid`` (with what is wrong
    under ``fields``), NotFound ``plugin.missing``.
    """
    course = course_to_write(uow, course_id)
    draft = draft_of(uow, course.id)
    if not new.title.strip():
        raise InvalidInput("course.section_title", fields={"title": ["course.section_title"]})
    _check_keys(draft, new)
    section = Section(
        version_id=draft.id,
        position=len(draft.sections) + 1,
        key=new.key,
        title=new.title.strip(),
        summary=new.summary.strip(),
        gate=write_gate(new.gate),
    )
    for position, block in enumerate(new.blocks, 1):
        section.blocks.append(make_block(uow, course, block, position))
    draft.sections.append(section)
    uow.session.flush()
    return section.id


def remove_section(uow: UnitOfWork, course_id: UUID, key: str, *, seen: str = "") -> None:
    """Take a section out of the draft; ``seen`` is the mark (`structure.contents_mark`) of what was asked about.

    Raises NotFound ``course.no_section``, Conflict ``course.changed_meanwhile``.
    """
    course = course_to_write(uow, course_id)
    draft = draft_of(uow, course.id)
    found = next((section for section in draft.sections if section.key == key), None)
    if found is None:
        raise NotFound("course.no_section")
    if seen and structure.contents_mark(found) != seen:
        raise Conflict("course.changed_meanwhile")
    uow.session.execute(sa.delete(Block).where(Block.section_id == found.id))
    uow.session.execute(sa.delete(Section).where(Section.id == found.id))
    uow.session.expire(draft)
    renumber(uow, draft.sections)


def move_section(uow: UnitOfWork, course_id: UUID, key: str, to: int) -> None:
    """Put a section of the draft at place ``to`` (from 1; beyond the end means last).

    Raises NotFound ``course.no_section``.
    """
    course = course_to_write(uow, course_id)
    put_at(uow, draft_of(uow, course.id).sections, key, to)


def put_at(uow: UnitOfWork, rows: Sequence[Section] | Sequence[Block], key: str, to: int) -> None:
    """Give rows new places, one of them ``to``; raise NotFound ``course.no_section``."""
    order: list[Section | Block] = [row for row in rows if row.key != key]
    moved = next((row for row in rows if row.key == key), None)
    if moved is None:
        raise NotFound("course.no_section")
    order.insert(max(0, to - 1), moved)
    renumber(uow, order)
    uow.session.expire_all()


def renumber(uow: UnitOfWork, rows: Sequence[Section | Block]) -> None:
    """Give rows the places 1, 2, 3 …; through free numbers, since no two rows may share a place on the way."""
    free = max((row.position for row in rows), default=0) + len(rows)
    for offset in (free, 0):
        for position, row in enumerate(rows, 1):
            row.position = position + offset
        uow.session.flush()


def _check_keys(draft: CourseVersion, new: NewSection) -> None:
    taken = {section.key for section in draft.sections}
    block_keys = [block.key for section in draft.sections for block in section.blocks]
    block_keys += [block.key for block in new.blocks]
    if new.key in taken or len(block_keys) != len(set(block_keys)):
        raise InvalidInput("course.key_taken", key=new.key)


def make_block(uow: UnitOfWork, course: Course, new: NewBlock, position: int) -> Block:
    """Return a block whose content its kind accepts, with its size and needs; raise InvalidInput ``course.block_invalid``."""
    plugin = uow.plugins(COURSE_BLOCKS).get(new.type)
    content = dict(new.content)
    problems = plugin.validate(content)
    if not problems:
        problems = _strange_links(uow, plugin, content, course.org_id) + _tool_problems(
            uow, plugin, content, course.org_id
        )
    media = _media_sizes(uow, course.id, plugin.media(content), problems) if not problems else {}
    if problems:
        found = {f"{new.key}.{p.path}": [p.message] for p in problems}
        raise InvalidInput("course.block_invalid", fields=found, block=new.key)
    size = min(sum(media.values()) + len(str(content).encode()), MOST_BYTES)
    needs = set(plugin.needs(content))
    is_loaded = not isinstance(plugin, PlayedBlock)  # else on a click only, and an equal text stands there
    if is_loaded and size > uow.runtime.settings.of(CoursesSettings).low_bandwidth_max_bytes:
        needs.add(Need.BANDWIDTH)
    access = plugin.access(content)
    return Block(
        position=position,
        key=new.key,
        type=new.type,
        type_version=plugin.version,
        title=new.title.strip(),
        content=content,
        outcomes=[str(outcome) for outcome in new.outcomes],
        est_minutes=new.est_minutes,
        size_bytes=size,
        a11y={
            "needs": sorted(need.value for need in needs),
            "modes": sorted(access.modes),
            "features": sorted(access.features),
        },
        meta=write_meta(new.meta),
        alternatives=dict(new.alternatives),
        with_previous=new.with_previous,
    )


def _tool_problems(
    uow: UnitOfWork, plugin: CourseBlock, content: dict[str, Any], org_id: UUID
) -> list[ContentProblem]:
    """Return a problem when what a block opens stands at no registered tool, or asks for results that do not count."""
    asked = plugin.launch(content) if isinstance(plugin, LaunchedBlock) else None
    if asked is None or not asked.is_required:
        return []
    tool = tool_for(uow.session, org_id, asked.address)
    if tool is None:
        return [ContentProblem("address", "course.tool_unknown")]
    if asked.enough is not None and not tool.counts:
        return [ContentProblem("enough", "course.tool_practice")]
    return []


def _strange_links(
    uow: UnitOfWork, plugin: CourseBlock, content: dict[str, Any], org_id: UUID
) -> list[ContentProblem]:
    """Return a problem for each address of ``content`` that leads to a site that is not known here, nor a tool's."""
    asked = plugin.launch(content) if isinstance(plugin, LaunchedBlock) else None
    known = uow.runtime.settings.of(CoursesSettings).allowed_hosts.split()
    return [
        ContentProblem(_field_of(plugin, content, address), "course.host_unknown")
        for address in plugin.links(content)
        if not is_known_host(address, known)
        and not (asked and asked.address == address and tool_for(uow.session, org_id, address))
    ]


def _field_of(plugin: CourseBlock, content: dict[str, Any], address: str) -> str:
    """Return the field of the author form in which an address stands."""
    form = plugin.form_from(content)
    return next((name for name, value in form.items() if address in value), next(iter(form)))


def _media_sizes(
    uow: UnitOfWork, course_id: UUID, names: list[str], problems: list[ContentProblem]
) -> dict[str, int]:
    """Return the size of each media file; what does not belong to the course is added to ``problems``."""
    ids = {name: parse_id(name) for name in names}
    rows = uow.session.execute(
        sa.select(CourseMedia.id, CourseMedia.size_bytes).where(
            CourseMedia.course_id == course_id, CourseMedia.id.in_([i for i in ids.values() if i is not None])
        )
    )
    sizes = {str(media_id): size for media_id, size in rows}
    problems.extend(ContentProblem("media", "course.media_unknown") for name in names if name not in sizes)
    return sizes


def open_draft(uow: UnitOfWork, course_id: UUID) -> UUID:
    """Copy the newest published version into a new draft and return its id.

    Raises Conflict ``course.has_draft``.
    """
    course = course_to_write(uow, course_id)
    uow.lock("course", course.id)
    versions = uow.session.scalars(
        sa.select(CourseVersion)
        .where(CourseVersion.course_id == course.id)
        .order_by(CourseVersion.number.desc())
    ).all()
    if any(version.state is VersionState.DRAFT for version in versions):
        raise Conflict("course.has_draft")
    source = versions[0]
    draft = CourseVersion(
        course_id=course.id, number=source.number + 1, state=VersionState.DRAFT, created_at=uow.now()
    )
    draft.sections = [_copy_section(section) for section in source.sections]
    uow.session.add(draft)
    uow.session.flush()
    return draft.id


def copy_course(uow: UnitOfWork, course_id: UUID, title: str) -> CourseId:
    """Begin a course of one's own from the newest version of another of the same organisation; return its id.

    Nobody is enrolled in it, and changes of one do not reach the other. Raises NotFound ``course.none``, InvalidInput
    ``course.title_missing``.
    """
    source = course_to_write(uow, course_id)
    uow.lock("course", source.id)  # a draft is not deleted while its files are taken up
    new = NewCourse(
        source.org_id, title, source.subject, source.summary, source.grade, source.language, source.mode
    )
    copy_id = create_course(uow, new)
    media = uow.session.scalars(sa.select(CourseMedia).where(CourseMedia.course_id == source.id)).all()
    ids = {str(row.id): new_id() for row in media}
    names = [c.key for c in sa.inspect(CourseMedia).columns if c.key not in {"id", "course_id"}]
    for row in media:
        kept = {name: getattr(row, name) for name in names}
        uow.session.add(CourseMedia(id=ids[str(row.id)], course_id=copy_id, **kept))
    draft = draft_of(uow, copy_id)
    draft.sections = [_copy_section(section) for section in _newest(uow, source.id).sections]
    for section in draft.sections:
        for block in section.blocks:
            block.content = _renamed(block.content, ids)
    uow.session.flush()
    return copy_id


def _newest(uow: UnitOfWork, course_id: UUID) -> CourseVersion:
    newest = sa.select(CourseVersion).where(CourseVersion.course_id == course_id)
    return uow.session.scalars(newest.order_by(CourseVersion.number.desc())).first() or draft_of(
        uow, course_id
    )


def _renamed(value: Any, ids: Mapping[str, UUID]) -> Any:
    """Return content with the ids of other media files; they stand as texts of their own."""
    if isinstance(value, dict):
        return {key: _renamed(each, ids) for key, each in value.items()}
    if isinstance(value, list):
        return [_renamed(each, ids) for each in value]
    return str(ids[value]) if isinstance(value, str) and value in ids else value


def _copy_section(source: Section) -> Section:
    copy = Section(
        position=source.position, key=source.key, title=source.title, summary=source.summary, gate=source.gate
    )
    names = [c.key for c in sa.inspect(Block).columns if c.key not in {"id", "section_id"}]
    copy.blocks = [Block(**{name: getattr(block, name) for name in names}) for block in source.blocks]
    return copy
