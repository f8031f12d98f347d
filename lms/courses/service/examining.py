"""Take over what an examination of the school has come to: the one result from outside that completes a step."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from lms.core.uow import UnitOfWork
from lms.courses.access_rules import Look
from lms.courses.contracts import COURSE_BLOCKS, CompletionRule, ExaminedBlock
from lms.courses.models import Block, BlockAnswer, Course, Enrolment, Section
from lms.courses.service.holding import hold
from lms.courses.service.learning import Place, following_try, place_of, settle
from lms.courses.types import EnrolmentState

__all__ = ["take_block_result", "take_result"]

#: Who has left a course, or never came in, gets nothing in it.
_IN_COURSE = (EnrolmentState.ACTIVE, EnrolmentState.PAUSED, EnrolmentState.COMPLETED)


def take_result(
    uow: UnitOfWork, person_id: UUID, exam_id: UUID, result_id: UUID, score: Decimal, *, is_passed: bool
) -> int:
    """Keep a result that counts in each of a learner's courses where the examination stands; return in how many steps.

    A step is completed once the examination is passed; its score (0..1) is what gates ask for. The same result again
    changes nothing.
    """
    found = sa.select(Enrolment).where(Enrolment.person_id == person_id, Enrolment.state.in_(_IN_COURSE))
    taken = 0
    for enrolment in uow.session.scalars(found.order_by(Enrolment.id)).all():
        course = uow.session.get_one(Course, enrolment.course_id)
        uow.require("courses.judge_work", Look(person_id, course.org_id, uow.now()))
        hold(uow, enrolment)
        if enrolment.state not in _IN_COURSE:
            continue
        for block_id in _steps(uow, enrolment, exam_id):
            place = place_of(uow, enrolment, block_id)
            taken += take_block_result(uow, place, result_id, score, is_passed=is_passed)
    return taken


def _steps(uow: UnitOfWork, enrolment: Enrolment, exam_id: UUID) -> list[UUID]:
    """Return the blocks of a learner's version in which an examination stands."""
    kinds = {kind.name: kind for kind in uow.plugins(COURSE_BLOCKS) if isinstance(kind, ExaminedBlock)}
    rows = uow.session.scalars(
        sa.select(Block)
        .join(Section, Section.id == Block.section_id)
        .where(Section.version_id == enrolment.version_id, Block.type.in_(kinds))
        .order_by(Section.position, Block.position)
    )
    return [row.id for row in rows if kinds[row.type].exam(row.content) == exam_id]


def take_block_result(
    uow: UnitOfWork, place: Place, result_id: UUID, score: Decimal, *, is_passed: bool
) -> bool:
    """Keep a result that comes from outside of a course as an answer of its own, once; complete the step when it is passed.

    The caller has locked the enrolment and knows that the result may be believed.
    """
    enrolment, block_id = place.enrolment, place.block.id
    known = sa.select(BlockAnswer.details).where(
        BlockAnswer.enrolment_id == enrolment.id, BlockAnswer.block_id == block_id
    )
    if any(details.get("result") == str(result_id) for details in uow.session.scalars(known)):
        return False
    answer = BlockAnswer(
        enrolment_id=enrolment.id,
        block_id=block_id,
        try_no=following_try(uow, place),
        payload={},
        details={"result": str(result_id)},
        score=score,
        type_version=place.plugin.version,
        at=uow.now(),
    )
    uow.session.add(answer)
    settle(uow, place, CompletionRule.RESULT, score, is_completed=is_passed)
    return True
