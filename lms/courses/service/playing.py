"""Keep what a package in a sealed frame says of its learner. It is practice: nothing is completed by it."""

from __future__ import annotations

import json
from uuid import UUID

import sqlalchemy as sa

from lms.core.errors import Conflict, InvalidInput
from lms.core.uow import UnitOfWork
from lms.courses.contracts import PlayedBlock
from lms.courses.models import Play
from lms.courses.rules.plays import whole_play
from lms.courses.service.learning import MAX_ANSWER_CHARS, open_place
from lms.courses.types import PlayReceipt, PlayReport

__all__ = ["keep_play"]


def keep_play(uow: UnitOfWork, enrolment_id: UUID, block_id: UUID, report: PlayReport) -> PlayReceipt:
    """Keep the newest report on a part of a package, and what the package wants back next time.

    The learner's browser says it, so it could say anything: no completion and no score of the course rests on it.
    Raises Conflict ``course.no_answer`` where nothing is played, InvalidInput ``course.play_large``.
    """
    place = open_place(uow, enrolment_id, block_id)
    if not isinstance(place.plugin, PlayedBlock):
        raise Conflict("course.no_answer")
    row = uow.session.scalar(
        sa.select(Play).where(Play.enrolment_id == enrolment_id, Play.block_id == block_id)
    )
    said = {
        "status": report.status.value,
        "score": None if report.score is None else str(report.score),
        "state": report.state,
    }
    parts = {**(row.parts if row is not None else {}), str(report.part): said}
    if len(json.dumps(parts)) > MAX_ANSWER_CHARS:
        raise InvalidInput("course.play_large")
    status, score = whole_play(parts)
    if row is None:
        row = Play(enrolment_id=enrolment_id, block_id=block_id)
        uow.session.add(row)
    row.parts, row.status, row.score, row.at = parts, status, score, uow.now()
    place.enrolment.last_block_id = place.block.id
    uow.session.flush()
    return PlayReceipt(block_id, status, score)
