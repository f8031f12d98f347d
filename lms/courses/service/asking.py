"""Ask the teachers of a course about a step, and answer; keep notes for oneself. What was asked only teachers read."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.uow import UnitOfWork
from lms.courses.access_rules import Look
from lms.courses.models import Block, Course, Enrolment, Note, Question
from lms.courses.queries import enrolled_shape
from lms.courses.service.notices import tell_asked, tell_asker
from lms.courses.types import EnrolmentState, QuestionReceipt

__all__ = ["answer_question", "ask_teacher", "keep_note", "note_answers_read"]

MAX_QUESTION, MAX_NOTE = 2000, 5000
#: So many questions of one learner may wait in one course; nobody answers more at once.
MOST_OPEN = 10


def _own(uow: UnitOfWork, enrolment_id: UUID, block_id: UUID) -> tuple[Enrolment, Block]:
    """Return the actor's enrolment and a block of its version, whether the step is open, done or not."""
    enrolment = uow.session.get(Enrolment, enrolment_id)
    if enrolment is None:
        raise NotFound("course.no_enrolment")
    uow.require("courses.study", enrolment)
    if enrolment.state in {EnrolmentState.WITHDRAWN, EnrolmentState.REQUESTED}:
        raise NotFound("course.no_enrolment")
    is_there = enrolled_shape(uow.session, enrolment).section_of(block_id) is not None
    block = uow.session.get(Block, block_id) if is_there else None
    if block is None:
        raise NotFound("course.no_block")
    return enrolment, block


def ask_teacher(uow: UnitOfWork, enrolment_id: UUID, block_id: UUID, text: str) -> QuestionReceipt:
    """Ask those who teach the course about a step; they hear of it. The very same question again changes nothing.

    Raises InvalidInput ``course.question_empty`` or ``course.question_long``, Conflict ``course.questions_enough``.
    """
    enrolment, block = _own(uow, enrolment_id, block_id)
    words = text.strip()
    if not words or len(words) > MAX_QUESTION:
        code = "course.question_long" if words else "course.question_empty"
        raise InvalidInput(code, fields={"question": [code]})
    uow.lock("enrolment", enrolment.id)
    waiting = uow.session.scalars(
        sa.select(Question).where(
            Question.course_id == enrolment.course_id,
            Question.person_id == enrolment.person_id,
            Question.answered_at.is_(None),
        )
    ).all()
    for same in waiting:
        if (same.block_key, same.text) == (block.key, words):
            return QuestionReceipt(same.id, is_answered=False)
    if len(waiting) >= MOST_OPEN:
        raise Conflict("course.questions_enough")
    question = Question(
        course_id=enrolment.course_id,
        person_id=enrolment.person_id,
        block_key=block.key,
        text=words,
        at=uow.now(),
    )
    uow.session.add(question)
    uow.session.flush()
    tell_asked(uow, question)
    return QuestionReceipt(question.id, is_answered=False)


def answer_question(uow: UnitOfWork, course_id: UUID, question_id: UUID, text: str) -> QuestionReceipt:
    """Answer a question of one's own student; she hears of it, and an answer may be mended until she has read it.

    Raises NotFound ``course.no_question``, Conflict ``course.answer_read``, InvalidInput ``course.answer_empty``.
    """
    question = uow.session.get(Question, question_id)
    if question is None or question.course_id != course_id:
        raise NotFound("course.no_question")
    course = uow.session.get_one(Course, course_id)
    uow.require("courses.answer_questions", Look(question.person_id, course.org_id, uow.now()))
    words = text.strip()
    if not words or len(words) > MAX_NOTE:
        raise InvalidInput("course.answer_empty", fields={"answer": ["course.answer_empty"]})
    if question.read_at is not None:
        raise Conflict("course.answer_read")
    question.answer = words
    question.answered_by, question.answered_at = uow.actor.person_id, uow.now()
    uow.session.flush()
    tell_asker(uow, question)
    return QuestionReceipt(question.id, is_answered=True)


def note_answers_read(uow: UnitOfWork, enrolment_id: UUID, question_ids: list[UUID]) -> None:
    """Note that a learner has seen answers: they are announced no longer."""
    enrolment = uow.session.get(Enrolment, enrolment_id)
    if enrolment is None:
        raise NotFound("course.no_enrolment")
    uow.require("courses.study", enrolment)
    rows = sa.select(Question).where(
        Question.id.in_(question_ids),
        Question.person_id == enrolment.person_id,
        Question.answered_at.is_not(None),
        Question.read_at.is_(None),
    )
    for question in uow.session.scalars(rows):
        question.read_at = uow.now()
    uow.session.flush()


def keep_note(uow: UnitOfWork, enrolment_id: UUID, block_id: UUID, text: str) -> None:
    """Keep the actor's own note at a step; an empty text takes it away. Raises InvalidInput ``course.note_long``."""
    enrolment, block = _own(uow, enrolment_id, block_id)
    words = text.strip()
    if len(words) > MAX_NOTE:
        raise InvalidInput("course.note_long", fields={"note": ["course.note_long"]})
    uow.lock("enrolment", enrolment.id)
    note = uow.session.scalar(
        sa.select(Note).where(
            Note.person_id == enrolment.person_id,
            Note.course_id == enrolment.course_id,
            Note.block_key == block.key,
        )
    )
    if note is None and words:
        uow.session.add(
            Note(
                person_id=enrolment.person_id,
                course_id=enrolment.course_id,
                block_key=block.key,
                text=words,
                at=uow.now(),
                changed_at=uow.now(),
            )
        )
    elif note is not None and not words:
        uow.session.delete(note)
    elif note is not None and note.text != words:
        note.text, note.changed_at = words, uow.now()
    uow.session.flush()
