"""Ask for something before the camera, exchange it without a reason, keep the picture of it and what was seen of it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.errors import InvalidInput
from lms.core.uow import UnitOfWork
from lms.proctoring.models import Challenge, IdentityCheck
from lms.proctoring.rules.injection import CameraNews, signals_of
from lms.proctoring.rules.liveness import (
    Judged,
    choose_again,
    choose_challenges,
    liveness_of,
    next_challenge,
)
from lms.proctoring.types import ChallengeKind, ChallengeOutcome

__all__ = [
    "OLD",
    "Answers",
    "KeepFile",
    "Seen",
    "draw_challenges",
    "exchange",
    "keep_answers",
    "open_challenges",
    "renew_challenges",
    "write_seen",
]

_CHANCE = secrets.SystemRandom()
#: What was asked for longer ago is asked for anew when the page is opened; a page that stays open keeps its tasks.
OLD = timedelta(minutes=10)


class KeepFile(Protocol):
    """Check one picture or recording and store it encrypted; return its file."""

    def __call__(self, data: bytes, sent_as: str, *, name: str) -> UUID:
        """Return the id of the stored file."""
        ...


@dataclass(frozen=True, slots=True)
class Answers:
    """What came with the pictures of a camera check: a picture for each task's word, and news of the camera.

    ``voices``: digits read aloud instead of shown; where both came, the recording counts.
    """

    pictures: Mapping[str, tuple[bytes, str]] = field(default_factory=dict)
    camera: CameraNews = field(default_factory=CameraNews)
    voices: Mapping[str, tuple[bytes, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the worker saw besides the comparison: each task judged, and signs of pictures that no camera took."""

    judged: Mapping[UUID, Judged] = field(default_factory=dict)
    still: tuple[float, ...] = ()
    is_spoof_suspected: bool = False


def draw_challenges(uow: UnitOfWork, row: IdentityCheck) -> None:
    """Choose by chance what is asked for in the next round of pictures; a round that has tasks keeps them."""
    if open_challenges(uow.session, row):
        return
    for no, kind in enumerate(choose_challenges(_CHANCE.choice), 1):
        uow.session.add(_challenge(uow, row, no, kind))
    uow.session.flush()


def _challenge(uow: UnitOfWork, row: IdentityCheck, no: int, kind: ChallengeKind) -> Challenge:
    return Challenge(
        check_id=row.id,
        round=row.tries + 1,
        no=no,
        kind=kind,
        digits=f"{_CHANCE.randrange(1000):03d}" if kind is ChallengeKind.DIGITS else "",
        nonce=secrets.token_hex(16),
        outcome=ChallengeOutcome.WAITING,
        made_at=uow.now(),
    )


def open_challenges(session: Session, row: IdentityCheck) -> list[Challenge]:
    """Return what the next round of pictures asks for, in its order."""
    return list(
        session.scalars(
            sa.select(Challenge)
            .where(
                Challenge.check_id == row.id,
                Challenge.round == row.tries + 1,
                Challenge.outcome == ChallengeOutcome.WAITING,
            )
            .order_by(Challenge.no)
        )
    )


def exchange(uow: UnitOfWork, row: IdentityCheck, nonce: str, *, for_none: bool) -> None:
    """Put another task in the place of one, or none at all; when all were shown a person looks without.

    A task that is no longer open is left alone: a second press changes nothing.
    """
    waiting = open_challenges(uow.session, row)
    for old in waiting:
        if for_none or old.nonce == nonce:
            old.outcome = ChallengeOutcome.EXCHANGED
            if not for_none:
                shown = set(
                    uow.session.scalars(
                        sa.select(Challenge.kind).where(
                            Challenge.check_id == row.id, Challenge.round == row.tries + 1
                        )
                    )
                )
                kind = next_challenge(shown, _CHANCE.choice)
                if kind is not None:
                    uow.session.add(_challenge(uow, row, old.no, kind))
    uow.session.flush()


def renew_challenges(uow: UnitOfWork, row: IdentityCheck) -> None:
    """Ask anew, by chance, in the place of tasks that were asked long ago: nobody prepares for them at leisure.

    What was exchanged does not come back: who cannot turn the head is not asked to. Tasks that are fresh stay.
    """
    waiting = open_challenges(uow.session, row)
    if not waiting or uow.now() - min(task.made_at for task in waiting) < OLD:
        return
    of_round = sa.select(Challenge.kind).where(Challenge.check_id == row.id, Challenge.round == row.tries + 1)
    refused = set(uow.session.scalars(of_round.where(Challenge.outcome == ChallengeOutcome.EXCHANGED)))
    kinds = choose_again([task.kind for task in waiting], refused, _CHANCE.choice)
    for old in waiting:
        uow.session.delete(old)
    for no, kind in enumerate(kinds, 1):
        uow.session.add(_challenge(uow, row, no, kind))
    uow.session.flush()


def keep_answers(
    uow: UnitOfWork, row: IdentityCheck, answers: Answers, keep: KeepFile, keep_voice: KeepFile
) -> list[str]:
    """Store the pictures of the tasks of this round with ``keep``; return signs that no camera took them.

    Digits that were read aloud are stored with ``keep_voice`` and wait for a person at once: no machine opens them. A task
    without an answer is noted as not sent, no more. Raises InvalidInput ``proctoring.challenge_over`` for an answer
    to a word that is not asked for now, or a recording of a task that is not read aloud.
    """
    waiting = open_challenges(uow.session, row)
    spoken = {task.nonce for task in waiting if task.kind is ChallengeKind.DIGITS}
    if set(answers.pictures) - {task.nonce for task in waiting} or set(answers.voices) - spoken:
        raise InvalidInput("proctoring.challenge_over", fields={"pictures": ["proctoring.challenge_over"]})
    seconds = None
    for task in waiting:
        voice, sent = answers.voices.get(task.nonce), answers.pictures.get(task.nonce)
        if voice is None and sent is None:
            task.outcome = ChallengeOutcome.NOT_SENT
            continue
        if voice is not None:
            task.file_id = keep_voice(*voice, name=f"voice-{row.tries + 1}-{task.no}")
            task.outcome = ChallengeOutcome.FOR_A_PERSON
        elif sent is not None:
            task.file_id = keep(*sent, name=f"task-{row.tries + 1}-{task.no}")
        task.answered_at = uow.now()
        seconds = min(seconds or 1e9, (uow.now() - task.made_at).total_seconds())
    return signals_of(answers.camera, seconds=seconds)


def write_seen(uow: UnitOfWork, row: IdentityCheck, seen: Seen) -> None:
    """Write down what was seen of each task, the signs, and what may be said about liveness."""
    tasks = uow.session.scalars(
        sa.select(Challenge)
        .where(Challenge.check_id == row.id, Challenge.round == row.tries, Challenge.file_id.is_not(None))
        .order_by(Challenge.no)
    ).all()
    for task in tasks:
        judged = seen.judged.get(task.id)
        if judged is not None:
            task.outcome, task.measures = judged.outcome, dict(judged.measures)
    row.liveness = liveness_of([(task.kind, task.outcome) for task in tasks])
    found = signals_of(CameraNews(), still=seen.still)
    suspected = ["spoof_suspected"] if seen.is_spoof_suspected else []
    row.signals = list(dict.fromkeys([*row.signals, *found, *suspected]))
