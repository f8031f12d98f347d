"""Read about courses: cards, progress, outlines, what one step shows, a teacher's table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from lms.core.actor import Actor
from lms.core.db import PlainRows, bulk_in, day_of, fetch, fetch_once, now_of
from lms.core.errors import NotFound
from lms.core.packages import Reason
from lms.core.registry import Registries
from lms.core.stems import says
from lms.courses import structure
from lms.courses.asking_reading import FreshAnswer, fresh_answers, questions_for
from lms.courses.awaited_reading import AWAITED, awaited_values
from lms.courses.contracts import PastAnswer
from lms.courses.message_reading import MessageView, messages_to
from lms.courses.models import (
    Block,
    BlockAnswer,
    BlockCompletion,
    CompletionFact,
    Course,
    CourseImport,
    CourseMedia,
    CourseOperation,
    CourseVersion,
    Enrolment,
    Play,
    Section,
    Work,
)
from lms.courses.page_rows import enrolled_version, enrolment_of
from lms.courses.place_reading import WaitingWishes, wishes_for
from lms.courses.presence_reading import StudyTime, study_days, study_time, time_today
from lms.courses.readers import GATE_MEASURES, known_groups, reader_of
from lms.courses.review_reading import ReviewDuty, reviews_to_give
from lms.courses.rules.changes import Change, find_changes
from lms.courses.rules.gate_check import GateFault, find_faults, find_stuck
from lms.courses.rules.gates import NOBODY, Reader, SectionProgress, closed_by, write_gate
from lms.courses.rules.metadata import CourseAccess, course_access
from lms.courses.rules.steps import Step, next_open_step
from lms.courses.shapes import SectionShape, VersionShape, shape_of
from lms.courses.spoken import time_spent, time_spent_by_child
from lms.courses.term_reading import overdue
from lms.courses.types import (
    BlockRemark,
    CompletionSource,
    CourseCard,
    CourseOfPerson,
    EnrolmentState,
    GateCondition,
    GateKind,
    GateTerm,
    ImportRow,
    ImportState,
    ImportStatus,
    ProgressView,
    StuckLearner,
    VersionState,
    WorkState,
)
from lms.courses.week_reading import (
    CardsDue,
    LearntCourse,
    cards_due,
    learners,
    learnt_between,
    works_standing,
)
from lms.people.queries import person_cards, students_of

__all__ = [
    "AWAITED",
    "BlockFacts",
    "CardsDue",
    "CompletedCourse",
    "FreshAnswer",
    "ImportReport",
    "LearntCourse",
    "MessageView",
    "OutlineSection",
    "OutlineStep",
    "OutlineView",
    "PublishPlan",
    "ReturnedWork",
    "ReviewDuty",
    "RosterRow",
    "StudyTime",
    "WaitingWishes",
    "WaitingWork",
    "access_of",
    "awaited_values",
    "block_facts",
    "cards_due",
    "catalogue",
    "completed_courses",
    "completion_view",
    "course_card",
    "course_cards",
    "course_import",
    "course_imports",
    "course_of_block",
    "courses_of",
    "draft_outline",
    "draft_version",
    "enrolled_among",
    "enrolled_shape",
    "enrolment_of",
    "facts_of",
    "fresh_answers",
    "gate_faults",
    "import_report",
    "known_groups",
    "known_operations",
    "last_answer",
    "last_answers",
    "learners",
    "learnt_between",
    "media_of_course",
    "media_path",
    "media_row",
    "messages_to",
    "outline",
    "participant_counts",
    "participants",
    "play_of",
    "preview_path",
    "progress_by_course",
    "progress_of",
    "public_courses",
    "publish_plan",
    "questions_for",
    "reader_of",
    "returned_works",
    "reviews_to_give",
    "roster",
    "section_sizes",
    "shape_of",
    "shown_seeds",
    "step_path",
    "study_days",
    "study_time",
    "time_spent",
    "time_spent_by_child",
    "time_today",
    "version_to_show",
    "waiting_for",
    "waiting_people",
    "waiting_works",
    "waiting_works_in",
    "wishes_for",
    "work_in",
    "works_of",
    "works_standing",
]


def step_path(course_id: UUID, block_id: UUID | str = "") -> str:
    """Return the path of a step's page."""
    return f"/courses/{course_id}/steps/{block_id}"


def media_path(course_id: UUID, media_id: str) -> str:
    """Return the path of a media file."""
    return f"/courses/{course_id}/media/{media_id}"


# --- cards -----------------------------------------------------------------------------------------------------


_WITH_VERSION = sa.select(Course, CourseVersion.id, CourseVersion.content_hash).outerjoin(
    CourseVersion,
    sa.and_(CourseVersion.course_id == Course.id, CourseVersion.state == VersionState.PUBLISHED),
)
_CARDS = PlainRows(_WITH_VERSION.where(Course.id.in_(sa.bindparam("ids", expanding=True))))
_CARDS_IN = PlainRows(_WITH_VERSION.where(Course.org_id.in_(sa.bindparam("org_ids", expanding=True))))


def course_cards(session: Session, ids: Iterable[UUID]) -> dict[UUID, CourseCard]:
    """Return how each course is shown in lists (sizes are those of the published version)."""
    cards: dict[UUID, CourseCard] = {}
    for batch in bulk_in(dict.fromkeys(ids)):
        cards |= _cards(session, _CARDS.fetch_once(session, ids=tuple(batch)))
    return cards


def _cards(session: Session, rows: list[tuple[Course, UUID, str]]) -> dict[UUID, CourseCard]:
    sizes = _sizes(session, {version_id: said for _course, version_id, said in rows})
    return {
        course.id: _card(course, version_id, sizes.get(version_id, _Size()))
        for course, version_id, _said in rows
    }


@dataclass(slots=True)
class _Size:
    """How large a version is."""

    minutes: int = 0
    outcomes: tuple[UUID, ...] = ()
    parts: tuple[str, ...] = ()
    needs: frozenset[str] = frozenset()


#: Sizes of published versions, which never change, by id and hash.
_known_sizes: dict[tuple[UUID | None, str | None], _Size] = {}
MAX_KNOWN_SIZES = 20_000


def _sizes(session: Session, versions: Mapping[UUID | None, str | None]) -> dict[UUID | None, _Size]:
    """Return how large published versions are (id and hash)."""
    unknown = [key for key in versions.items() if key not in _known_sizes]
    if unknown:
        if len(_known_sizes) > MAX_KNOWN_SIZES:
            _known_sizes.clear()
        read = _read_sizes(session, [version_id for version_id, _said in unknown if version_id is not None])
        _known_sizes.update(
            {key: _Size() if key[0] is None else read.get(key[0], _Size()) for key in unknown}
        )
    return {
        version_id: _known_sizes.get((version_id, said), _Size()) for version_id, said in versions.items()
    }


def _read_sizes(session: Session, version_ids: list[UUID]) -> dict[UUID, _Size]:
    found: dict[UUID, _Size] = {}
    rows = session.execute(
        sa.select(
            Section.version_id, Section.id, Section.title, Block.est_minutes, Block.outcomes, Block.a11y
        )
        .join(Block, Block.section_id == Section.id)
        .where(Section.version_id.in_(version_ids))
        .order_by(Section.version_id, Section.position, Block.position)
    )
    seen: set[UUID] = set()
    for version_id, section_id, title, minutes, outcomes, access in rows:
        size = found.setdefault(version_id, _Size())
        size.minutes += minutes
        size.needs |= frozenset(access.get("needs", ()))
        if section_id not in seen:
            size.parts = (*size.parts, title)
        if outcomes:
            size.outcomes = tuple(dict.fromkeys((*size.outcomes, *(UUID(text) for text in outcomes))))
        seen.add(section_id)
    return found


def _card(course: Course, version_id: UUID | None, size: _Size) -> CourseCard:
    return CourseCard(
        id=course.id,
        org_id=course.org_id,
        title=course.title,
        subject=course.subject,
        grade=course.grade,
        summary=course.summary,
        language=course.language,
        mode=course.mode,
        version_id=version_id,
        sections=len(size.parts),
        est_minutes=size.minutes,
        outcomes=size.outcomes,
        seats=course.seats,
        parts=size.parts,
        needs=tuple(sorted(size.needs)),
        is_public=course.is_public,
        is_archived=course.archived_at is not None,
    )


def course_card(session: Session, course_id: UUID) -> CourseCard:
    """Return how one course is shown; raise NotFound ``course.none``."""
    try:
        return course_cards(session, [course_id])[course_id]
    except KeyError:
        raise NotFound("course.none") from None


def catalogue(
    session: Session,
    org_ids: Iterable[UUID],
    text: str = "",
    *,
    with_drafts: bool = False,
    archived: bool | None = False,
    subjects: Mapping[str, Any] | None = None,
) -> list[CourseCard]:
    """Return the courses of organisations that have every word of ``text`` in some form, by title.

    Words are looked for in title, summary, subject (as ``subjects`` words it) and in the titles of sections. The archive is left
    out, or asked for (``archived``); None means both.
    """
    cards = _cards(session, _CARDS_IN.fetch(session, org_ids=list(org_ids)))
    found = [
        card
        for card in cards.values()
        if (with_drafts or card.version_id is not None) and archived in (None, card.is_archived)
    ]
    return _by_title(found, text, subjects or {})


def _by_title(cards: list[CourseCard], text: str, subjects: Mapping[str, Any]) -> list[CourseCard]:
    found = [
        card
        for card in cards
        if says(
            text,
            f"{card.title} {card.summary} {subjects.get(card.subject, card.subject)} {' '.join(card.parts)}",
        )
    ]
    return sorted(found, key=lambda card: card.title.casefold())


_PUBLIC = PlainRows(
    _WITH_VERSION.where(
        Course.is_public.is_(True), Course.archived_at.is_(None), CourseVersion.id.is_not(None)
    )
)


def public_courses(
    session: Session, text: str = "", subjects: Mapping[str, Any] | None = None
) -> list[CourseCard]:
    """Return the courses of all organisations that their schools show to everybody, guests included, by title."""
    return _by_title(list(_cards(session, _PUBLIC.fetch_once(session)).values()), text, subjects or {})


# --- facts and progress ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BlockFacts:
    """What one enrolment has achieved: completed blocks, the best score of every answered one, who it is, and works sent in."""

    completed: frozenset[UUID]
    best: Mapping[UUID, Decimal]
    reader: Reader = NOBODY
    with_teacher: frozenset[UUID] = frozenset()

    def open_keys(self, shape: VersionShape) -> list[str]:
        """Return the keys of the open sections in order."""
        return structure.open_keys(shape, self.completed, self.best, self.reader)


def block_facts(session: Session, enrolment_id: UUID) -> BlockFacts:
    """Return the facts of one enrolment."""
    return facts_of(session, session.get_one(Enrolment, enrolment_id))


def facts_of(session: Session, enrolment: Enrolment) -> BlockFacts:
    """Return the facts of an enrolment that was read already."""
    return _facts_of(session, [enrolment])[enrolment.id]


_ENROLMENT_IDS: sa.BindParameter[UUID] = sa.bindparam("enrolment_ids", expanding=True)
#: A row for each completed block and for each whose work lies with the teacher (without a score), and one for each
#: answered block with its best score.
_ACHIEVED = sa.union_all(
    sa.select(
        BlockCompletion.enrolment_id,
        BlockCompletion.block_id,
        sa.null().label("best"),
        sa.false().label("is_sent"),
    ).where(BlockCompletion.enrolment_id.in_(_ENROLMENT_IDS)),
    sa.select(BlockAnswer.enrolment_id, BlockAnswer.block_id, sa.func.max(BlockAnswer.score), sa.false())
    .where(BlockAnswer.enrolment_id.in_(_ENROLMENT_IDS), BlockAnswer.score.is_not(None))
    .group_by(BlockAnswer.enrolment_id, BlockAnswer.block_id),
    sa.select(Work.enrolment_id, Work.block_id, sa.null(), sa.true()).where(
        Work.enrolment_id.in_(_ENROLMENT_IDS), Work.state == WorkState.SENT
    ),
).subquery()
_FACTS = sa.select(
    _ACHIEVED.c.enrolment_id,
    _ACHIEVED.c.block_id,
    sa.type_coerce(_ACHIEVED.c.best, BlockAnswer.score.type).label("best"),
    _ACHIEVED.c.is_sent,
)


def _facts_of(session: Session, enrolments: list[Enrolment]) -> dict[UUID, BlockFacts]:
    completed: dict[UUID, set[UUID]] = {e.id: set() for e in enrolments}
    sent: dict[UUID, set[UUID]] = {e.id: set() for e in enrolments}
    best: dict[UUID, dict[UUID, Decimal]] = {e.id: {} for e in enrolments}
    for batch in bulk_in(completed):
        for enrolment_id, block_id, score, is_sent in fetch_once(session, _FACTS, enrolment_ids=tuple(batch)):
            if is_sent:
                sent[enrolment_id].add(block_id)
            elif score is None:
                completed[enrolment_id].add(block_id)
            else:
                best[enrolment_id][block_id] = score
    return {
        e.id: BlockFacts(
            frozenset(completed[e.id]),
            best[e.id],
            reader_of(session, enrolled_shape(session, e), e.person_id),
            frozenset(sent[e.id]),
        )
        for e in enrolments
    }


def enrolled_shape(session: Session, enrolment: Enrolment) -> VersionShape:
    """Return the shape of the version in which somebody is enrolled; nothing is open before the first day of a cohort."""
    shape = shape_of(session, enrolled_version(session, enrolment.version_id))
    if enrolment.opens_on is None:
        return shape
    begins = GateCondition(kind=GateKind.SINCE, day=enrolment.opens_on)
    return replace(shape, sections=tuple(replace(each, gate=(*each.gate, begins)) for each in shape.sections))


def shown_seeds(session: Session, enrolment_id: UUID) -> frozenset[int]:
    """Return the variants of practice that somebody has answered: their keys were shown."""
    details = session.scalars(sa.select(BlockAnswer.details).where(BlockAnswer.enrolment_id == enrolment_id))
    return frozenset(int(each["seed"]) for each in details if str(each.get("seed", "")).isdecimal())


def known_operations(session: Session, enrolment_id: UUID, ids: Iterable[UUID]) -> frozenset[UUID]:
    """Return which of some operations of a device were delivered already."""
    rows = sa.select(CourseOperation.op_id).where(
        CourseOperation.enrolment_id == enrolment_id, CourseOperation.op_id.in_(list(ids))
    )
    return frozenset(session.scalars(rows))


def last_answer(session: Session, enrolment_id: UUID, block_id: UUID) -> PastAnswer | None:
    """Return the last answer to a block, or None."""
    return last_answers(session, enrolment_id, [block_id]).get(block_id)


_LATER = aliased(BlockAnswer)
_LAST_ANSWERS = sa.select(
    BlockAnswer.block_id, BlockAnswer.payload, BlockAnswer.score, BlockAnswer.details, BlockAnswer.try_no
).where(
    BlockAnswer.enrolment_id == sa.bindparam("enrolment_id"),
    BlockAnswer.block_id.in_(sa.bindparam("block_ids", expanding=True)),
    ~sa.exists().where(
        _LATER.enrolment_id == BlockAnswer.enrolment_id,
        _LATER.block_id == BlockAnswer.block_id,
        _LATER.try_no > BlockAnswer.try_no,
    ),
)


def last_answers(session: Session, enrolment_id: UUID, block_ids: Sequence[UUID]) -> dict[UUID, PastAnswer]:
    """Return the last answer to each of some blocks; those that were never answered are left out."""
    rows = fetch(session, _LAST_ANSWERS, enrolment_id=enrolment_id, block_ids=list(block_ids))
    return {
        block_id: PastAnswer(payload, score, details, try_no)
        for block_id, payload, score, details, try_no in rows
    }


def progress_of(session: Session, person_id: UUID, course_id: UUID) -> ProgressView | None:
    """Return how far a person is in a course, or None when they are not in it."""
    enrolment = enrolment_of(session, person_id, course_id)
    return None if enrolment is None else _progress(session, [enrolment])[enrolment.id]


_FULFILLED = PlainRows(sa.select(CompletionFact).where(CompletionFact.enrolment_id.in_(_ENROLMENT_IDS)))


def _progress(session: Session, enrolments: list[Enrolment]) -> dict[UUID, ProgressView]:
    fulfilled = {
        fact.enrolment_id: fact
        for batch in bulk_in([e.id for e in enrolments])
        for (fact,) in _FULFILLED.fetch_once(session, enrolment_ids=tuple(batch))
    }
    return _progress_with(session, enrolments, fulfilled)


def _progress_with(
    session: Session, enrolments: list[Enrolment], fulfilled: Mapping[UUID, CompletionFact]
) -> dict[UUID, ProgressView]:
    facts = _facts_of(session, enrolments)
    return {
        e.id: _progress_view(enrolled_shape(session, e), e, facts[e.id], fulfilled.get(e.id))
        for e in enrolments
    }


def _progress_view(
    version: VersionShape,
    enrolment: Enrolment,
    facts: BlockFacts,
    fact: CompletionFact | None,
) -> ProgressView:
    steps = structure.steps_of(version, facts.reader)
    meant = structure.meant_sections(version, facts.reader)
    goes_on = _where_to_go_on(steps, facts, version, enrolment)
    title, section_title = _step_title(goes_on, meant)
    return ProgressView(
        done=sum(step.is_completed(facts.completed) for step in steps),
        total=len(steps),
        next_block_url=step_path(enrolment.course_id, goes_on.id) if goes_on else None,
        is_completed=fact is not None,
        completed_at=fact.at if fact else None,
        completion_id=fact.id if fact else None,
        next_title=title,
        next_section=section_title,
        minutes_left=sum(
            block.est_minutes
            for section in meant
            for block in section.blocks
            if block.id not in facts.completed
        ),
    )


def _where_to_go_on(
    steps: list[Step],
    facts: BlockFacts,
    version: VersionShape,
    enrolment: Enrolment,
) -> Step | None:
    """Return the step where the learner stopped if there is something left to do in it, else the next one that is open.

    In a step whose work the teacher has, nothing is left to do.
    """
    open_keys, done = facts.open_keys(version), facts.completed | facts.with_teacher
    here = next((step for step in steps if enrolment.last_block_id in step.block_ids), None)
    if here is not None and here.section in open_keys and not here.is_completed(done):
        return here
    return next_open_step(steps, open_keys, done, after=enrolment.last_block_id)


def _step_title(step: Step | None, sections: list[SectionShape]) -> tuple[str, str]:
    """Return the titles of a step and of its section."""
    section = next((each for each in sections if step is not None and each.key == step.section), None)
    if step is None or section is None:
        return "", ""
    return section.faces[section.steps.index(step)].title, section.title


_ENROLMENTS = PlainRows(
    sa.select(Enrolment)
    .where(Enrolment.person_id == sa.bindparam("person_id"), Enrolment.state != EnrolmentState.WITHDRAWN)
    .order_by(Enrolment.created_at.desc(), Enrolment.id.desc())
)


def progress_by_course(session: Session, person_id: UUID) -> dict[UUID, ProgressView]:
    """Return how far a person is in each course that they are in."""
    enrolments = [enrolment for (enrolment,) in _ENROLMENTS.fetch_once(session, person_id=person_id)]
    found = _progress(session, enrolments) if enrolments else {}
    return {enrolment.course_id: found[enrolment.id] for enrolment in enrolments}


_TAKEN = PlainRows(
    sa.select(Enrolment, Course, CourseVersion.id, CourseVersion.content_hash, CompletionFact)
    .join(Course, Course.id == Enrolment.course_id)
    .outerjoin(
        CourseVersion,
        sa.and_(CourseVersion.course_id == Course.id, CourseVersion.state == VersionState.PUBLISHED),
    )
    .outerjoin(CompletionFact, CompletionFact.enrolment_id == Enrolment.id)
    .where(Enrolment.person_id == sa.bindparam("person_id"), Enrolment.state != EnrolmentState.WITHDRAWN)
    .order_by(Enrolment.created_at.desc(), Enrolment.id.desc())
)


def courses_of(session: Session, person_id: UUID) -> list[CourseOfPerson]:
    """Return the courses of a person: those going on first, the newest first."""
    rows = _TAKEN.fetch_once(session, person_id=person_id)
    if not rows:
        return []
    enrolments = [enrolment for enrolment, _course, _version, _said, _fact in rows]
    cards = _cards(session, [(course, version, said) for _e, course, version, said, _fact in rows])
    known: list[CompletionFact | None] = [fact for *_rest, fact in rows]
    fulfilled = {fact.enrolment_id: fact for fact in known if fact is not None}
    progress = _progress_with(session, enrolments, fulfilled)
    for over in overdue(session, enrolments, day_of(session, now_of(session))):
        progress[over] = replace(progress[over], next_block_url=None)
    found = [CourseOfPerson(cards[e.course_id], e.id, e.state, progress[e.id]) for e in enrolments]
    return sorted(found, key=lambda item: item.state is EnrolmentState.COMPLETED)


#: What published versions ask of their learners; they never change.
_known_access: dict[tuple[UUID, datetime], CourseAccess] = {}


def access_of(session: Session, version_id: UUID, published_at: datetime | None = None) -> CourseAccess:
    """Return what a version asks of its learners' senses, whose its parts are, and from what age."""
    key = (version_id, published_at) if published_at is not None else None
    if key is not None and key in _known_access:
        return _known_access[key]
    rows = session.execute(
        sa.select(Block.a11y, Block.meta)
        .join(Section, Section.id == Block.section_id)
        .where(Section.version_id == version_id)
    )
    found = course_access([(access, meta) for access, meta in rows])
    if key is not None:
        if len(_known_access) > MAX_KNOWN_SIZES:
            _known_access.clear()
        _known_access[key] = found
    return found


# --- the outline and the player --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OutlineStep:
    """One page of the player in an outline."""

    id: UUID
    title: str
    folder: str
    minutes: int
    types: tuple[str, ...]
    block_ids: tuple[UUID, ...]
    is_completed: bool
    is_open: bool

    @property
    def url(self) -> str:
        """Return the path of the page."""
        return f"{self.folder}{self.id}"


@dataclass(frozen=True, slots=True)
class OutlineSection:
    """One section with its steps; ``waits_for`` are the terms of its gate that do not hold yet."""

    key: str
    title: str
    summary: str
    steps: tuple[OutlineStep, ...]
    progress: SectionProgress
    is_open: bool
    waits_for: tuple[GateTerm, ...]

    @property
    def gate_json(self) -> list[dict[str, Any]]:
        """Return the terms as programs are given them."""
        return write_gate(self.waits_for)

    @property
    def minutes(self) -> int:
        """Return the estimated minutes of all steps."""
        return sum(step.minutes for step in self.steps)

    @property
    def done(self) -> int:
        """Return how many steps are completed."""
        return sum(step.is_completed for step in self.steps)


@dataclass(frozen=True, slots=True)
class OutlineView:
    """A version as one learner sees it (as a newcomer would, without an enrolment)."""

    version_id: UUID
    number: int
    published_at: datetime | None
    sections: tuple[OutlineSection, ...]
    titles: Mapping[str, str]

    @property
    def steps(self) -> list[OutlineStep]:
        """Return all steps in order."""
        return [step for section in self.sections for step in section.steps]

    def title_of(self, key: str) -> str:
        """Return the title of the section called ``key``."""
        return self.titles.get(key, key)


_VERSIONS = (
    sa.select(CourseVersion)
    .where(CourseVersion.course_id == sa.bindparam("course_id"))
    .order_by(CourseVersion.number.desc())
)
_PLAIN_VERSIONS = PlainRows(_VERSIONS)


def version_to_show(session: Session, course_id: UUID, enrolment: Enrolment | None) -> CourseVersion:
    """Return the version of an enrolment, else the published one, else the draft; raise NotFound ``course.none``."""
    if enrolment is not None:
        return session.get_one(CourseVersion, enrolment.version_id)
    return _to_show(session.scalars(_VERSIONS, {"course_id": course_id}).all())


def _to_show(versions: Sequence[CourseVersion]) -> CourseVersion:
    for version in versions:
        if version.state is VersionState.PUBLISHED:
            return version
    if not versions:
        raise NotFound("course.none")
    return versions[0]


def draft_version(session: Session, course_id: UUID) -> CourseVersion | None:
    """Return the draft of a course, or None."""
    return session.scalar(
        sa.select(CourseVersion).where(
            CourseVersion.course_id == course_id, CourseVersion.state == VersionState.DRAFT
        )
    )


def preview_path(course_id: UUID, block_id: UUID | str = "") -> str:
    """Return the path of a step of the draft, as its author tries it."""
    return f"/courses/{course_id}/write/preview/{block_id}"


def draft_outline(version: VersionShape, reader: Reader | None = None) -> OutlineView:
    """Return the outline of a draft with addresses of its preview: all of it, or as a ``reader`` who just came would see it."""
    folder = preview_path(version.course_id)
    return _outline(version, BlockFacts(frozenset(), {}, reader or NOBODY), folder, shows_all=reader is None)


def outline(session: Session, course_id: UUID, enrolment: Enrolment | None) -> OutlineView:
    """Return the outline of a course for an enrolment, or as a newcomer sees it."""
    if enrolment is None:
        versions = [version for (version,) in _PLAIN_VERSIONS.fetch_once(session, course_id=course_id)]
        version = shape_of(session, _to_show(versions))
        newcomer = BlockFacts(frozenset(), {}, reader_of(session, version, None))
        return _outline(version, newcomer, step_path(course_id), shows_all=True)
    return _outline(enrolled_shape(session, enrolment), facts_of(session, enrolment), step_path(course_id))


def _outline(
    version: VersionShape, facts: BlockFacts, folder: str, *, shows_all: bool = False
) -> OutlineView:
    progress = structure.section_progress(version, facts.completed, facts.best, facts.reader)
    meant = list(version.sections) if shows_all else structure.meant_sections(version, facts.reader)
    sections = []
    for section in meant:
        waits = tuple(closed_by(section.gate, progress, facts.reader))
        steps = tuple(
            OutlineStep(
                step.id,
                face.title,
                folder,
                face.minutes,
                face.types,
                step.block_ids,
                step.is_completed(facts.completed),
                not waits,
            )
            for step, face in zip(section.steps, section.faces, strict=True)
        )
        sections.append(
            OutlineSection(
                section.key, section.title, section.summary, steps, progress[section.key], not waits, waits
            )
        )
    titles = {section.key: section.title for section in version.sections}
    return OutlineView(version.id, version.number, version.published_at, tuple(sections), titles)


@dataclass(frozen=True, slots=True)
class PublishPlan:
    """What publishing a draft would mean: what changed, what or whom it stops, its size, who is under way."""

    is_first: bool
    changes: tuple[Change, ...]
    remarks: tuple[BlockRemark, ...]
    faults: tuple[GateFault, ...]
    stuck: tuple[StuckLearner, ...]
    minutes: int
    size_bytes: int
    learners: int


def gate_faults(session: Session, draft: CourseVersion, registries: Registries) -> list[GateFault]:
    """Return why somebody could not get through the gates of a draft."""
    org_id = session.get_one(Course, draft.course_id).org_id
    plans = structure.section_plans(draft, registries)
    return find_faults(plans, known_groups(session, org_id), GATE_MEASURES)


def publish_plan(session: Session, draft: CourseVersion, registries: Registries) -> PublishPlan:
    """Return what publishing ``draft`` would mean."""
    published = session.scalar(
        sa.select(CourseVersion).where(
            CourseVersion.course_id == draft.course_id, CourseVersion.state == VersionState.PUBLISHED
        )
    )
    before, after = (
        [structure.section_content(section) for section in sections]
        for sections in (published.sections if published else (), draft.sections)
    )
    learners = session.scalar(
        sa.select(sa.func.count()).where(
            Enrolment.course_id == draft.course_id,
            Enrolment.state.in_((EnrolmentState.ACTIVE, EnrolmentState.PAUSED)),
        )
    )
    blocks = [block for section in draft.sections for block in section.blocks]
    faults = gate_faults(session, draft, registries)
    return PublishPlan(
        published is None,
        tuple(find_changes(before, after)),
        tuple(structure.remarks_of(draft, registries)),
        tuple(faults),
        () if faults else tuple(find_stuck(structure.section_plans(draft, registries))),
        sum(block.est_minutes for block in blocks),
        sum(block.size_bytes for block in blocks),
        learners or 0,
    )


def play_of(session: Session, enrolment_id: UUID, block_id: UUID) -> Play | None:
    """Return what a package in a sealed frame has said of its learner, or None."""
    rows = sa.select(Play).where(Play.enrolment_id == enrolment_id, Play.block_id == block_id)
    return session.scalar(rows)


def section_sizes(session: Session, version_id: UUID) -> dict[str, int]:
    """Return what each section of a version weighs, by its key; what opens on a click only counts, too."""
    rows = (
        sa.select(Section.key, sa.func.sum(Block.size_bytes))
        .join(Block, Block.section_id == Section.id)
        .where(Section.version_id == version_id)
        .group_by(Section.key)
    )
    return {key: int(size) for key, size in session.execute(rows)}


def course_of_block(session: Session, block_id: UUID) -> Course | None:
    """Return the course that a block belongs to, in whichever version."""
    found = sa.select(Course).join(CourseVersion).join(Section).join(Block).where(Block.id == block_id)
    return session.scalar(found)


# --- work that was handed in -------------------------------------------------------------------------------------


def works_of(session: Session, enrolment_id: UUID, block_id: UUID) -> list[Work]:
    """Return what was handed in for a block, the first one first."""
    rows = sa.select(Work).where(Work.enrolment_id == enrolment_id, Work.block_id == block_id)
    return list(session.scalars(rows.order_by(Work.number)))


@dataclass(frozen=True, slots=True)
class WaitingWork:
    """Work that waits for a teacher: whose, in which course and for which step, since when."""

    id: UUID
    course_id: UUID
    org_id: UUID
    course: str
    person_id: UUID
    name: str
    title: str
    number: int
    at: datetime

    @property
    def url(self) -> str:
        """Return the path of the page on which it is judged."""
        return f"/courses/{self.course_id}/work/{self.id}"


def waiting_works(session: Session, course_id: UUID) -> list[WaitingWork]:
    """Return the work of a course that nobody has looked at yet, the longest waiting first."""
    return _waiting(session, Enrolment.course_id == course_id)


def waiting_works_in(
    session: Session, org_ids: Iterable[UUID], person_ids: Iterable[UUID] | None
) -> list[WaitingWork]:
    """Return the work in all courses of organisations that nobody has looked at yet, the longest waiting first.

    ``person_ids`` are those whose work is meant; None means everybody's.
    """
    inside = Course.org_id.in_(list(org_ids))
    if person_ids is None:
        return _waiting(session, inside)
    found = [
        row
        for batch in bulk_in(sorted(set(person_ids)))
        for row in _waiting(session, sa.and_(inside, Enrolment.person_id.in_(batch)))
    ]
    return sorted(found, key=lambda row: (row.at, row.id))


def waiting_for(session: Session, actor: Actor, at: datetime) -> list[WaitingWork]:
    """Return the work that waits for a member of staff: of their students, or of everybody where they lead the school."""
    leads = actor.orgs_as("director", "deputy_head")
    teaches = actor.orgs_as("teacher", "class_teacher", "home_teacher", "tutor") - leads
    found = waiting_works_in(session, leads, None) if leads else []
    if teaches and actor.person_id is not None:
        own = [card.id for card in students_of(session, actor.person_id, at)]
        found += waiting_works_in(session, teaches, own)
    return sorted(found, key=lambda row: (row.at, row.id))


#: Nobody looks through a longer queue; what is looked at makes room.
MAX_WAITING = 1_000


def _waiting(session: Session, condition: sa.ColumnElement[bool]) -> list[WaitingWork]:
    rows = session.execute(
        sa.select(
            Work.id,
            Course.id,
            Course.org_id,
            Course.title,
            Enrolment.person_id,
            Block.title,
            Section.title,
            Work.number,
            Work.at,
        )
        .join(Enrolment, Enrolment.id == Work.enrolment_id)
        .join(Course, Course.id == Enrolment.course_id)
        .join(Block, Block.id == Work.block_id)
        .join(Section, Section.id == Block.section_id)
        .where(condition, Enrolment.state != EnrolmentState.WITHDRAWN, Work.state == WorkState.SENT)
        .order_by(Work.at, Work.id)
        .limit(MAX_WAITING)
    ).all()
    names = person_cards(session, [row.person_id for row in rows])
    return [
        WaitingWork(
            work_id, course_id, org_id, course, person_id, names[person_id].name, title or section, number, at
        )
        for work_id, course_id, org_id, course, person_id, title, section, number, at in rows
    ]


@dataclass(frozen=True, slots=True)
class ReturnedWork:
    """Work that came back to its learner and has no newer try: in which course, for which step, and where."""

    course: str
    title: str
    url: str


_newer = aliased(Work)
_RETURNED = (
    sa.select(Course.id, Course.title, Block.id, Block.title, Section.title)
    .select_from(Work)
    .join(Enrolment, Enrolment.id == Work.enrolment_id)
    .join(Course, Course.id == Enrolment.course_id)
    .join(Block, Block.id == Work.block_id)
    .join(Section, Section.id == Block.section_id)
    .where(
        Enrolment.person_id == sa.bindparam("person_id"),
        Enrolment.state == EnrolmentState.ACTIVE,
        Work.state == WorkState.RETURNED,
        ~sa.exists().where(
            _newer.enrolment_id == Work.enrolment_id,
            _newer.block_id == Work.block_id,
            _newer.number > Work.number,
            _newer.state != WorkState.TAKEN_BACK,
        ),
    )
    .order_by(Work.decided_at)
)


def returned_works(session: Session, person_id: UUID) -> list[ReturnedWork]:
    """Return the work of a learner that waits for another try, the longest waiting first."""
    rows = fetch(session, _RETURNED, person_id=person_id)
    return [
        ReturnedWork(course, title or section, step_path(course_id, block_id) + "#work")
        for course_id, course, block_id, title, section in rows
    ]


def waiting_people(session: Session, course_ids: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    """Return for each course whose work nobody has looked at yet: a person once for each work."""
    found: dict[UUID, list[UUID]] = {}
    for batch in bulk_in(dict.fromkeys(course_ids)):
        rows = session.execute(
            sa.select(Enrolment.course_id, Enrolment.person_id)
            .join(Work, Work.enrolment_id == Enrolment.id)
            .where(
                Enrolment.course_id.in_(batch),
                Enrolment.state != EnrolmentState.WITHDRAWN,
                Work.state == WorkState.SENT,
            )
        )
        for course_id, person_id in rows:
            found.setdefault(course_id, []).append(person_id)
    return found


def work_in(session: Session, course_id: UUID, work_id: UUID) -> tuple[Work, Enrolment]:
    """Return work of a course and whose it is; raise NotFound ``course.no_work``."""
    work = session.get(Work, work_id)
    enrolment = None if work is None else session.get(Enrolment, work.enrolment_id)
    if work is None or enrolment is None or enrolment.course_id != course_id:
        raise NotFound("course.no_work")
    return work, enrolment


# --- teachers and media ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One student's progress in a teacher's table."""

    person_id: UUID
    name: str
    enrolment_id: UUID
    state: EnrolmentState
    progress: ProgressView
    last_at: datetime | None


def roster(session: Session, course_id: UUID, person_ids: Iterable[UUID]) -> list[RosterRow]:
    """Return the progress of those of ``person_ids`` who are in the course, by name."""
    enrolments = list(
        session.scalars(
            sa.select(Enrolment).where(
                Enrolment.course_id == course_id,
                Enrolment.person_id.in_(list(person_ids)),
                Enrolment.state != EnrolmentState.WITHDRAWN,
            )
        )
    )
    names = person_cards(session, [e.person_id for e in enrolments])
    progress = _progress(session, enrolments)
    last = _last_activity(session, [e.id for e in enrolments])
    rows = [
        RosterRow(e.person_id, names[e.person_id].name, e.id, e.state, progress[e.id], last.get(e.id))
        for e in enrolments
    ]
    return sorted(rows, key=lambda row: row.name)


def _last_activity(session: Session, enrolment_ids: list[UUID]) -> dict[UUID, datetime]:
    """Return when each has last done something: completed a step, answered, or handed in work that waits for a teacher."""
    done = sa.union_all(
        *(
            sa.select(kind.enrolment_id, kind.at).where(kind.enrolment_id.in_(enrolment_ids))
            for kind in (BlockCompletion, BlockAnswer, Work)
        )
    ).subquery()
    rows = session.execute(
        sa.select(done.c.enrolment_id, sa.func.max(done.c.at)).group_by(done.c.enrolment_id)
    )
    return {row[0]: row[1] for row in rows}


def participant_counts(session: Session, course_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Return how many persons are in each course."""
    rows = session.execute(
        sa.select(Enrolment.course_id, sa.func.count())
        .where(Enrolment.course_id.in_(list(course_ids)), Enrolment.state != EnrolmentState.WITHDRAWN)
        .group_by(Enrolment.course_id)
    )
    return {row[0]: row[1] for row in rows}


def enrolled_among(session: Session, person_id: UUID, course_ids: Iterable[UUID]) -> frozenset[UUID]:
    """Return in which of some courses a person is."""
    ids = list(course_ids)
    if not ids:
        return frozenset()
    rows = sa.select(Enrolment.course_id).where(
        Enrolment.person_id == person_id,
        Enrolment.course_id.in_(ids),
        Enrolment.state != EnrolmentState.WITHDRAWN,
    )
    return frozenset(session.scalars(rows))


def participants(session: Session, course_id: UUID) -> list[UUID]:
    """Return the persons who are in a course."""
    return list(
        session.scalars(
            sa.select(Enrolment.person_id).where(
                Enrolment.course_id == course_id, Enrolment.state != EnrolmentState.WITHDRAWN
            )
        )
    )


@dataclass(frozen=True, slots=True)
class ImportReport:
    """How far the import of a course file is, and what became of each of its items."""

    id: UUID
    org_id: UUID
    course_id: UUID | None
    name: str
    is_trial: bool
    state: ImportState
    total: int | None
    done: int
    reason: Reason | None
    place: str
    at: datetime
    rows: tuple[ImportRow, ...]

    @property
    def is_running(self) -> bool:
        """Tell whether more is to come."""
        return self.state in {ImportState.WAITING, ImportState.RUNNING}


def _report(row: CourseImport) -> ImportReport:
    code, _bar, detail = row.reason.partition("|")
    return ImportReport(
        row.id,
        row.org_id,
        row.course_id,
        row.name,
        row.is_trial,
        row.state,
        row.total,
        row.done,
        Reason(code, detail) if code else None,
        row.place,
        row.created_at,
        tuple(
            ImportRow(ref, kind, place, ImportStatus(status), tuple(Reason(*why) for why in reasons))
            for ref, kind, place, status, reasons in row.rows
        ),
    )


def import_report(session: Session, course_id: UUID) -> ImportReport | None:
    """Return the report of the import that began a course; None when it was begun otherwise."""
    row = session.scalar(sa.select(CourseImport).where(CourseImport.course_id == course_id))
    return None if row is None else _report(row)


def course_import(session: Session, import_id: UUID) -> ImportReport:
    """Return one import; raise NotFound ``course.no_import``."""
    row = session.get(CourseImport, import_id)
    if row is None:
        raise NotFound("course.no_import")
    return _report(row)


def course_imports(session: Session, org_ids: Iterable[UUID], limit: int = 20) -> list[ImportReport]:
    """Return the newest imports of organisations."""
    rows = sa.select(CourseImport).where(CourseImport.org_id.in_(list(org_ids)))
    return [_report(row) for row in session.scalars(rows.order_by(CourseImport.id.desc()).limit(limit))]


def media_row(session: Session, course_id: UUID, media_id: UUID) -> CourseMedia:
    """Return a media file of a course; raise NotFound ``file.missing``."""
    media = session.get(CourseMedia, media_id)
    if media is None or media.course_id != course_id:
        raise NotFound("file.missing")
    return media


def media_of_course(session: Session, course_id: UUID) -> list[CourseMedia]:
    """Return all media files of a course, the newest first."""
    rows = sa.select(CourseMedia).where(CourseMedia.course_id == course_id).order_by(CourseMedia.id.desc())
    return list(session.scalars(rows))


@dataclass(frozen=True, slots=True)
class CompletionView:
    """A completion fact in words that others can use."""

    id: UUID
    person_id: UUID
    course_id: UUID
    course_title: str
    version_number: int
    source: str
    reason: str
    at: datetime
    actor: str


def completion_view(session: Session, completion_id: UUID) -> CompletionView | None:
    """Return a completion fact, or None."""
    row = session.execute(
        sa.select(CompletionFact, Course.title, CourseVersion.number)
        .join(Course, Course.id == CompletionFact.course_id)
        .join(CourseVersion, CourseVersion.id == CompletionFact.version_id)
        .where(CompletionFact.id == completion_id)
    ).first()
    if row is None:
        return None
    fact, title, number = row
    return CompletionView(
        fact.id,
        fact.person_id,
        fact.course_id,
        title,
        number,
        fact.source.value,
        fact.reason,
        fact.at,
        fact.actor,
    )


@dataclass(frozen=True, slots=True)
class CompletedCourse:
    """A course that somebody has completed by learning it: when, how long it is, how long each outcome takes."""

    completion_id: UUID
    course_id: UUID
    org_id: UUID
    title: str
    at: datetime
    minutes: Decimal
    outcome_minutes: tuple[tuple[UUID, Decimal], ...]


def completed_courses(session: Session, person_id: UUID) -> list[CompletedCourse]:
    """Return the courses that a person has completed by their rule or a teacher's word, newest first.

    The minutes are those of the version that was completed; a step's minutes are shared out evenly among its outcomes.
    """
    rows = session.execute(
        sa.select(CompletionFact, Course.org_id, Course.title)
        .join(Course, Course.id == CompletionFact.course_id)
        .where(CompletionFact.person_id == person_id, CompletionFact.source != CompletionSource.CREDIT)
        .order_by(CompletionFact.at.desc(), CompletionFact.id)
    ).all()
    steps = session.execute(
        sa.select(Section.version_id, Block.est_minutes, Block.outcomes)
        .join(Block, Block.section_id == Section.id)
        .where(Section.version_id.in_({fact.version_id for fact, _org, _title in rows}))
        .order_by(Section.version_id, Section.position, Block.position)
    ).all()
    minutes: dict[UUID, Decimal] = {}
    parts: dict[UUID, dict[UUID, Decimal]] = {}
    for version_id, length, outcomes in steps:
        minutes[version_id] = minutes.get(version_id, Decimal(0)) + length
        taken = parts.setdefault(version_id, {})
        for text in outcomes:
            share = Decimal(length) / len(outcomes)
            taken[UUID(text)] = taken.get(UUID(text), Decimal(0)) + share
    return [
        CompletedCourse(
            fact.id,
            fact.course_id,
            org_id,
            title,
            fact.at,
            minutes.get(fact.version_id, Decimal(0)),
            tuple(parts.get(fact.version_id, {}).items()),
        )
        for fact, org_id, title in rows
    ]
