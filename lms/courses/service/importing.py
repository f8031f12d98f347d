"""Take a course of another system over as a draft, and give one away; every item is reported."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.errors import InvalidInput, LmsError, NotFound
from lms.core.files import open_file
from lms.core.ids import new_id
from lms.core.packages import Reason, UnreadableFile
from lms.core.runtime import Runtime
from lms.core.sites import is_known_host
from lms.core.uow import UnitOfWork
from lms.courses.contracts import COURSE_BLOCKS
from lms.courses.formats.own import write_own
from lms.courses.formats.reading import ReadCourse, read_course
from lms.courses.formats.values import FoundCourse, FoundFile, FoundItem, FoundSection
from lms.courses.models import Block, Course, CourseImport, CourseMedia, CourseVersion, Section
from lms.courses.rules.gates import write_gate
from lms.courses.rules.metadata import read_meta
from lms.courses.service.authoring import (
    AcceptedMedia,
    accept_media,
    course_to_write,
    create_course,
    draft_of,
    keep_media,
    make_block,
)
from lms.courses.settings import CoursesSettings
from lms.courses.structure import gate_of
from lms.courses.types import (
    CourseId,
    EnrolmentMode,
    ImportRow,
    ImportState,
    ImportStatus,
    NewBlock,
    NewCourse,
)
from lms.curriculum.queries import outcome_views
from lms.curriculum.types import SUBJECT_WORDS

__all__ = [
    "CourseFile",
    "CourseImported",
    "CourseTaker",
    "begin_course",
    "export_course",
    "import_course",
    "read_package",
    "rows_to_json",
]

MAX_TITLE, MAX_KEY = 200, 60


@dataclass(frozen=True, slots=True)
class CourseImported:
    """A course that was taken over as a draft, with one row for each item of its file."""

    course_id: CourseId
    rows: tuple[ImportRow, ...]


@dataclass(frozen=True, slots=True)
class CourseFile:
    """A course as a file; ``left_out`` are (title, kind) of steps that other systems do not understand."""

    name: str
    data: bytes
    left_out: tuple[tuple[str, str], ...] = ()


def read_package(runtime: Runtime, data: bytes) -> ReadCourse:
    """Return the course of a file; slow for large ones, so it stands outside of any transaction."""
    known = runtime.settings.of(CoursesSettings).allowed_hosts.split()
    return read_course(data, runtime.registries, lambda address: is_known_host(address, known))


def import_course(
    uow: UnitOfWork, new: NewCourse, found: FoundCourse, name: str, *, is_trial: bool = False
) -> CourseImported:
    """Begin a course with everything of ``found`` that can be taken over; what the file says of itself goes before ``new``.

    A trial, which the caller undoes, writes no bytes. Raises InvalidInput ``course.title_missing``.
    """
    course_id = begin_course(uow, new, found, name)
    taker = CourseTaker(found, is_trial=is_trial)
    taker.enter(uow, course_id)
    for section in found.sections:
        taker.section(section)
    uow.session.add(
        CourseImport(
            org_id=new.org_id,
            course_id=course_id,
            name=name[:MAX_TITLE],
            subject=new.subject,
            state=ImportState.DONE,
            total=len(taker.rows),
            done=len(taker.rows),
            rows=rows_to_json(taker.rows),
            created_by=uow.actor.person_id,
            created_at=uow.now(),
            touched_at=uow.now(),
        )
    )
    uow.session.flush()
    return CourseImported(course_id, tuple(taker.rows))


def begin_course(uow: UnitOfWork, new: NewCourse, found: FoundCourse, name: str) -> CourseId:
    """Begin the course that a file is taken over into; raise InvalidInput ``course.title_missing``."""
    is_subject = found.subject in SUBJECT_WORDS
    said = replace(
        new,
        title=(new.title or found.title or name)[:MAX_TITLE],
        subject=found.subject if is_subject and found.subject else new.subject,
        summary=found.summary or new.summary,
        grade=found.grade or new.grade,
        language=found.language or new.language,
        mode=found.mode or new.mode,
    )
    return create_course(uow, said)


def rows_to_json(rows: Sequence[ImportRow]) -> list[list[Any]]:
    """Return a report as it is stored."""
    return [[r.ref, r.kind, r.place, r.status.value, [list(why) for why in r.reasons]] for r in rows]


class CourseTaker:
    """Writes what was found into a draft, item by item; one that cannot be kept costs no other."""

    def __init__(self, found: FoundCourse, *, is_trial: bool = False) -> None:
        self.found, self.is_trial = found, is_trial
        self.ready: dict[str, AcceptedMedia] = {}
        self.barred: dict[str, LmsError | UnreadableFile] = {}
        self.rows: list[ImportRow] = []
        self.media: dict[str, str] = {}
        self.keys: set[str] = set()
        self.places: set[str] = set()

    def files_of(self, section: FoundSection) -> list[str]:
        """Return the files that the blocks of a section name and that were not looked at yet."""
        named = {text for item in section.items for block in item.blocks for text in _texts(block.content)}
        known = {*self.media, *self.ready, *self.barred}
        return [key for key in self.found.files if key in named and key not in known]

    def accept(self, runtime: Runtime, key: str) -> bool:
        """Look at a file outside of any transaction; tell whether it can be kept. A trial remembers no bytes."""
        found = self.found.files[key]
        try:
            accepted = accept_media(runtime, found.read(), found.name)
        except (LmsError, UnreadableFile) as error:
            self.barred[key] = error
            return False
        self.ready[key] = replace(accepted, data=b"") if self.is_trial else accepted
        return True

    def enter(self, uow: UnitOfWork, course_id: UUID) -> None:
        """Go on in another transaction; what a trial has noted went with the one before."""
        if self.is_trial:
            self.media.clear()
        self.uow, self.course_id = uow, course_id
        self.course = course_to_write(uow, course_id)
        self.draft = draft_of(uow, course_id)

    def section(self, found: FoundSection) -> None:
        """Add a section with what can be taken over; one without any is reported and left out."""
        blocks: list[Block] = []
        for item in found.items:
            self.item(item, blocks)
        title = found.title.strip() or self.course.title
        if not blocks and not found.title:
            return
        if not blocks:
            self.rows.append(
                ImportRow(title, "section", found.place, ImportStatus.REFUSED, (Reason("section.empty"),))
            )
            return
        made = Section(
            position=len(self.draft.sections) + 1,
            key=self._key(found.key, self.places),
            title=title[:MAX_TITLE],
            summary=found.summary,
            gate=write_gate(found.gate),
        )
        made.blocks = blocks
        self.draft.sections.append(made)
        self.uow.session.flush()

    def item(self, item: FoundItem, blocks: list[Block]) -> None:
        """Add the blocks of an item, and a row for it and for each of its parts."""
        kept = len(blocks)
        changes: list[Reason] = []
        refusals: list[Reason] = []
        for new in item.blocks:
            try:
                blocks.append(self._block(new, len(blocks) + 1, changes))
            except UnreadableFile as error:
                refusals.append(error.reason)
            except LmsError as error:
                refusals.append(_why(error))
        if len(blocks) > kept:
            reasons = (*item.reasons, *changes, *refusals)
            status = ImportStatus.CHANGED if reasons else ImportStatus.IMPORTED
        else:
            reasons = tuple(refusals) or item.reasons
            status = ImportStatus.REFUSED
        self.rows.append(ImportRow(item.ref, item.kind, item.place, status, tuple(dict.fromkeys(reasons))))
        for part in item.parts:
            taken = ImportStatus.CHANGED if part.reasons else ImportStatus.IMPORTED
            is_refused = part.is_refused or status is ImportStatus.REFUSED
            self.rows.append(
                ImportRow(
                    part.ref,
                    part.kind,
                    part.place,
                    ImportStatus.REFUSED if is_refused else taken,
                    part.reasons or ((Reason("quiz.refused"),) if is_refused else ()),
                )
            )

    def _block(self, new: NewBlock, position: int, reasons: list[Reason]) -> Block:
        known = outcome_views(self.uow.session, new.outcomes) if new.outcomes else {}
        if len(known) < len(new.outcomes):
            reasons.append(Reason("outcomes.unknown", str(len(new.outcomes) - len(known))))
        new = replace(
            new,
            key=self._key(new.key, self.keys),
            content=self._with_media(dict(new.content)),
            outcomes=tuple(each for each in new.outcomes if each in known),
        )
        return make_block(self.uow, self.course, new, position)

    def _with_media(self, value: Any) -> Any:
        """Return content with the ids of stored files where files of the package were named."""
        if isinstance(value, dict):
            return {key: self._with_media(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self._with_media(each) for each in value]
        return self.keep(value) if isinstance(value, str) and value in self.found.files else value

    def keep(self, key: str) -> str:
        """Return the id of a file, stored now if it was not yet; raise what was wrong with it."""
        if key not in self.media and key not in self.ready and key not in self.barred:
            self.accept(self.uow.runtime, key)
        if key in self.barred:
            raise self.barred[key]
        if key not in self.media:
            kept = keep_media(self.uow, self.course.id, self.ready[key], is_trial=self.is_trial)
            self.media[key] = str(kept.id)
            if not self.is_trial:
                del self.ready[key]
        return self.media[key]

    def _key(self, wanted: str, taken: set[str]) -> str:
        key = wanted if 0 < len(wanted) <= MAX_KEY and wanted not in taken else new_id().hex
        taken.add(key)
        return key


def _texts(value: Any) -> Iterator[str]:
    """Yield every text in the content of a block."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _why(error: LmsError) -> Reason:
    """Return why a block could not be kept: the first thing that is wrong with its content."""
    fields = error.fields if isinstance(error, InvalidInput) else {}
    field, codes = next(iter((fields or {}).items()), ("", [error.code]))
    return Reason(str(codes[0]), field.partition(".")[2] or str(error.params.get("name", "")))


def export_course(session: Session, runtime: Runtime, course_id: UUID, *, is_cartridge: bool) -> CourseFile:
    """Return the newest version of a course as a file; raise NotFound ``course.none``.

    It reads only, so that nobody waits while the file is packed; who may have it is the caller's to ask.
    """
    course = session.get(Course, course_id)
    newest = session.scalars(
        sa.select(CourseVersion)
        .where(CourseVersion.course_id == course_id)
        .order_by(CourseVersion.number.desc())
    ).first()
    if course is None or newest is None:
        raise NotFound("course.none")
    sections = tuple(_found_section(section) for section in newest.sections)
    plugins = runtime.registries.of(COURSE_BLOCKS)
    used = {
        name
        for section in newest.sections
        for block in section.blocks
        if (plugin := plugins.find(block.type)) is not None
        for name in plugin.media(block.content)
    }
    media = session.scalars(
        sa.select(CourseMedia).where(CourseMedia.course_id == course.id).order_by(CourseMedia.id)
    )
    files = {
        str(row.id): FoundFile(row.name, _reading(session, runtime, row.file_id))
        for row in media
        if str(row.id) in used
    }
    said = FoundCourse(
        course.title, sections, files, course.summary, course.subject, course.grade, course.language, EnrolmentMode(course.mode)
    )  # fmt: skip
    left_out = [
        (block.title or section.title, block.type)
        for section in newest.sections
        for block in section.blocks
        if block.type not in _UNDERSTOOD
    ]
    ending = "imscc" if is_cartridge else "marshrut.zip"
    data = write_own(said, is_cartridge=is_cartridge)
    return CourseFile(f"{course.title[:80]}.{ending}", data, tuple(left_out) if is_cartridge else ())


#: Kinds of blocks that a Common Cartridge can say.
_UNDERSTOOD = {"text", "picture", "file", "link", "assignment"}


def _reading(session: Session, runtime: Runtime, file_id: UUID) -> Callable[[], bytes]:
    return lambda: open_file(session, runtime.files, runtime.keys, file_id)[1]


def _found_section(section: Section) -> FoundSection:
    return FoundSection(
        section.key,
        section.title,
        "",
        tuple(_found_item(block) for block in section.blocks),
        section.summary,
        tuple(gate_of(section)),
    )


def _found_item(block: Block) -> FoundItem:
    outcomes: Sequence[UUID] = [UUID(each) for each in block.outcomes]
    new = NewBlock(
        block.key,
        block.type,
        block.content,
        block.title,
        tuple(outcomes),
        block.est_minutes,
        block.with_previous,
        block.alternatives,
        read_meta(block.meta),
    )
    return FoundItem(block.title or block.type, block.type, "", (new,))
