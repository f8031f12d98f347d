"""Take a course: complete blocks, answer them, go on. Facts are only added; completing twice changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.uow import UnitOfWork
from lms.courses import structure
from lms.courses.contracts import COURSE_BLOCKS, BlockContext, BlockOutcome, CompletionRule, CourseBlock
from lms.courses.models import Block, BlockAnswer, BlockCompletion, Course, Enrolment
from lms.courses.queries import (
    BlockFacts,
    block_facts,
    course_card,
    enrolled_shape,
    last_answer,
    media_path,
    step_path,
)
from lms.courses.rules.enrolments import may_move
from lms.courses.rules.steps import block_seed, next_open_step
from lms.courses.service.enrolling import complete_if_done, record_completion
from lms.courses.service.sharing import carry_on
from lms.courses.shapes import SectionShape, VersionShape
from lms.courses.term_reading import term_of
from lms.courses.types import CompletionSource, EnrolmentState, StepReceipt
from lms.people.queries import conditions_for
from lms.people.service import note_measures_used
from lms.people.types import MeasureCode

__all__ = [
    "MAX_ANSWER_CHARS",
    "Place",
    "answer_block",
    "complete_block",
    "complete_companions",
    "complete_step",
    "keep_answer",
    "note_position",
    "open_place",
    "place_of",
    "settle",
]

#: What a learner completes by going on or by saying so.
_BY_READING = (CompletionRule.VIEWED, CompletionRule.EXPLICIT)

#: In these states one learns.
_LEARNING = frozenset({EnrolmentState.ACTIVE, EnrolmentState.COMPLETED})

#: An answer larger than this is not an answer.
MAX_ANSWER_CHARS = 100_000


@dataclass(slots=True)
class Place:
    """Where a learner stands: enrolment, version, section, block and its plug-in."""

    enrolment: Enrolment
    version: VersionShape
    section: SectionShape
    block: Block
    plugin: CourseBlock
    before: BlockFacts


def open_place(uow: UnitOfWork, enrolment_id: UUID, block_id: UUID, *, while_paused: bool = False) -> Place:
    """Return the place if the actor may work there now; ``while_paused``: done by a learner who had not heard of a pause.

    Raises NotFound ``course.no_enrolment`` / ``course.no_block``, Conflict ``course.paused`` / ``course.over`` /
    ``course.gate_closed``.
    """
    uow.lock("enrolment", enrolment_id)  # first, so that a version into which one is just moved is seen
    enrolment = uow.session.get(Enrolment, enrolment_id)
    if enrolment is None:
        raise NotFound("course.no_enrolment")
    uow.require("courses.study", enrolment)
    is_paused = enrolment.state is EnrolmentState.PAUSED
    if not (is_paused and while_paused) and enrolment.state not in _LEARNING:
        raise Conflict("course.paused")
    term = None if while_paused else term_of(uow.session, enrolment, uow.today())
    if term is not None and term.is_over:
        raise Conflict("course.over", day=f"{term.day:%d.%m.%Y}")
    place = place_of(uow, enrolment, block_id)
    if place.section.key not in place.before.open_keys(place.version):
        raise Conflict("course.gate_closed", section=place.section.title)
    return place


def place_of(uow: UnitOfWork, enrolment: Enrolment, block_id: UUID) -> Place:
    """Return a block of an enrolment's version with what stands around it; raise NotFound ``course.no_block``."""
    shape = enrolled_shape(uow.session, enrolment)
    section, block = shape.section_of(block_id), uow.session.get(Block, block_id)
    if section is None or block is None:
        raise NotFound("course.no_block")
    plugin = uow.plugins(COURSE_BLOCKS).get(block.type)
    return Place(enrolment, shape, section, block, plugin, block_facts(uow.session, enrolment.id))


def complete_block(uow: UnitOfWork, enrolment_id: UUID, block_id: UUID) -> StepReceipt:
    """Complete a block that asks nothing (viewed or marked as done); doing it again changes nothing.

    Raises Conflict ``course.answer_needed`` for a block that is completed by its score.
    """
    place = open_place(uow, enrolment_id, block_id)
    rule = place.plugin.completion(place.block.content)
    if rule not in _BY_READING:
        raise Conflict("course.answer_needed")
    return settle(uow, place, rule, None, is_completed=True)


def complete_step(uow: UnitOfWork, enrolment_id: UUID, block_id: UUID) -> StepReceipt:
    """Complete everything on the page of a block that asks nothing, and remember the place.

    Raises Conflict ``course.answer_needed`` while a question of the page has no sufficient answer.
    """
    place = open_place(uow, enrolment_id, block_id)
    place.enrolment.last_block_id = place.block.id
    rules = complete_companions(uow, place)
    facts = block_facts(uow.session, enrolment_id)
    if any(rule is CompletionRule.SCORE and i not in facts.completed for i, rule in rules.items()):
        raise Conflict("course.answer_needed")
    return settle(uow, place, CompletionRule.VIEWED, None, is_completed=False)


def complete_companions(uow: UnitOfWork, place: Place) -> dict[UUID, CompletionRule]:
    """Complete what asks nothing on the page of ``place``; return the rule of every block there."""
    page = next(step for step in place.section.steps if place.block.id in step.block_ids)
    plugins = uow.plugins(COURSE_BLOCKS)
    blocks = [uow.session.get_one(Block, block_id) for block_id in page.block_ids]
    rules = {block.id: plugins.get(block.type).completion(block.content) for block in blocks}
    for block_id, rule in rules.items():
        if rule in _BY_READING and block_id not in place.before.completed:
            _add_completion(uow, place.enrolment, block_id, rule, None)
    return rules


def answer_block(
    uow: UnitOfWork,
    enrolment_id: UUID,
    block_id: UUID,
    payload: Mapping[str, Sequence[str]],
    *,
    try_no: int | None = None,
) -> StepReceipt:
    """Mark an answer and keep it; the block is completed once a score reaches its pass score.

    ``try_no`` is the try that the learner saw. Raises InvalidInput ``course.answer_invalid`` (nothing is stored),
    Conflict ``course.no_answer`` or ``course.answered_elsewhere`` (another tab was first).
    """
    place = open_place(uow, enrolment_id, block_id)
    following = following_try(uow, place)
    if try_no is not None and try_no != following:
        raise Conflict("course.answered_elsewhere")
    place.enrolment.last_block_id = place.block.id
    seed = block_seed(place.enrolment.id, place.block.id, following)
    return keep_answer(uow, place, payload, seed)


def following_try(uow: UnitOfWork, place: Place) -> int:
    """Return the number of the next try at a block."""
    return 1 + (uow.session.scalar(_tries(place)) or 0)


def keep_answer(
    uow: UnitOfWork, place: Place, payload: Mapping[str, Sequence[str]], seed: int, *, earns: bool = True
) -> StepReceipt:
    """Mark an answer to the variant of ``seed`` and keep it as the next try; raises as `answer_block` does.

    One that does not earn anything (its key was already shown) has no score and completes nothing.
    """
    if place.plugin.completion(place.block.content) is not CompletionRule.SCORE:
        raise Conflict("course.no_answer")
    sent = {name: [str(value) for value in values] for name, values in payload.items()}
    if sum(len(value) for values in sent.values() for value in values) > MAX_ANSWER_CHARS:
        raise InvalidInput("course.answer_too_long")
    outcome = _mark(uow, place, sent, seed)
    score = outcome.score if earns else None
    uow.session.add(
        BlockAnswer(
            enrolment_id=place.enrolment.id,
            block_id=place.block.id,
            try_no=following_try(uow, place),
            payload=sent,
            details=dict(outcome.details),
            score=score,
            type_version=place.plugin.version,
            at=uow.now(),
        )
    )
    complete_companions(uow, place)
    enough = score is not None and score >= place.plugin.pass_score(place.block.content)
    return settle(uow, place, CompletionRule.SCORE, score, is_completed=enough)


def _mark(uow: UnitOfWork, place: Place, sent: dict[str, list[str]], seed: int) -> BlockOutcome:
    """Let the block mark the answer; raise InvalidInput ``course.answer_invalid`` when it cannot be used."""
    outcome = place.plugin.respond(place.block.content, sent, _context(uow, place, seed))
    if outcome.errors:
        found = {name: list(messages) for name, messages in outcome.errors.items()}
        raise InvalidInput("course.answer_invalid", fields=found)
    return outcome


def _tries(place: Place) -> sa.Select[int]:
    return sa.select(sa.func.max(BlockAnswer.try_no)).where(
        BlockAnswer.enrolment_id == place.enrolment.id, BlockAnswer.block_id == place.block.id
    )


def _context(uow: UnitOfWork, place: Place, seed: int) -> BlockContext:
    course = uow.session.get_one(Course, place.enrolment.course_id)
    return BlockContext(
        block_id=place.block.id,
        title=place.block.title,
        language=course.language,
        prefix=structure.field_prefix(place.block.id),
        seed=seed,
        media_url=lambda name: media_path(course.id, name),
        registries=uow.runtime.registries,
        before=last_answer(uow.session, place.enrolment.id, place.block.id),
        now=uow.now(),
    )


def settle(
    uow: UnitOfWork, place: Place, rule: CompletionRule, score: Decimal | None, *, is_completed: bool
) -> StepReceipt:
    """Write the completion once, find what opened, complete the course when all is done."""
    version, enrolment, block, before = place.version, place.enrolment, place.block, place.before
    was_open = set(before.open_keys(version))
    if is_completed and block.id not in before.completed:
        _add_completion(uow, enrolment, block.id, rule, score)
    facts = block_facts(uow.session, enrolment.id)
    steps = structure.steps_of(version, facts.reader)
    done = sum(step.is_completed(facts.completed) for step in steps)
    completes = done == len(steps) and may_move(enrolment.state, EnrolmentState.COMPLETED)
    if completes:
        record_completion(uow, enrolment, CompletionSource.RULE)
    open_now = facts.open_keys(version)
    following = next_open_step(steps, open_now, facts.completed, after=block.id)
    return StepReceipt(
        block_id=block.id,
        is_completed=block.id in facts.completed,
        score=score,
        done=done,
        total=len(steps),
        opened_sections=tuple(key for key in open_now if key not in was_open),
        course_completed=completes,
        next_block_url=step_path(enrolment.course_id, following.id) if following else None,
    )


def _add_completion(
    uow: UnitOfWork, enrolment: Enrolment, block_id: UUID, rule: CompletionRule, score: Decimal | None
) -> None:
    completion = BlockCompletion(
        enrolment_id=enrolment.id,
        block_id=block_id,
        rule=rule.value,
        score=score,
        actor=uow.actor.label,
        at=uow.now(),
    )
    uow.session.add(completion)
    uow.session.flush()
    for other in sorted(carry_on(uow, enrolment, completion)):
        complete_if_done(uow, uow.session.get_one(Enrolment, other))


def note_position(uow: UnitOfWork, enrolment_id: UUID, block_id: UUID) -> None:
    """Remember where the learner is, so that any device goes on from there."""
    place = open_place(uow, enrolment_id, block_id)
    place.enrolment.last_block_id = place.block.id
    uow.session.flush()
    _note_conditions(uow, place.enrolment)


#: What a lesson carries out of a support plan: how its pages are shown.
_SHOWN = (MeasureCode.LARGE_TYPE, MeasureCode.READ_ALOUD, MeasureCode.SIMPLIFIED_LAYOUT)


def _note_conditions(uow: UnitOfWork, enrolment: Enrolment) -> None:
    """Write down, once for a course, that its lessons are shown as was agreed with the learner."""
    agreed = conditions_for(uow.session, enrolment.person_id, uow.today(), activity="lesson")
    if agreed.support_plan_id is not None:
        card = course_card(uow.session, enrolment.course_id)
        note_measures_used(
            uow,
            support_plan_id=agreed.support_plan_id,
            activity="lesson",
            object_id=enrolment.course_id,
            title=card.title,
            taken=_SHOWN,
        )
