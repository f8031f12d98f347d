"""What a sitting recorded besides pictures goes a term after people have decided; the decision and the proof stay."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from lms.core import ledger
from lms.core.actor import SYSTEM
from lms.core.models import LedgerEntry
from lms.proctoring import queries, service
from lms.proctoring.models import (
    FindingRow,
    Frame,
    Incident,
    ReviewDecision,
    SessionEvent,
    SittingAppeal,
    SittingMessage,
)
from lms.proctoring.types import Verdict
from tests.integration.proctoring.conftest import World
from tests.integration.proctoring.test_appeals import annul_again
from tests.integration.proctoring.test_pages import as_  # noqa: F401 - a fixture
from tests.integration.proctoring.test_review import opine

As = Callable[[str], FlaskClient]
EVENTS = (FindingRow, Incident, SessionEvent, SittingMessage)


@pytest.fixture
def engine_url(sqlite_url: str) -> str:
    """Return one engine: which one does not matter here."""
    return sqlite_url


@pytest.fixture
def attempt(world: World, first: list[bytes], second: bytes) -> UUID:
    """Return an exam in which somebody else sat down and the student wrote a line."""
    world.register(first)
    made = world.start(world.entry())
    world.watch(made, [first[0], second, second, second])
    with world.runtime.unit_of_work(world.actor("sonya")) as uow:
        service.write_to_staff(uow, world.sitting(made).id, "У меня погас свет.")
    world.submit(made)
    return made


def sweep(world: World, days: int) -> int:
    """Let days pass and the sweep come by."""
    world.clock.advance(timedelta(days=days))
    with world.runtime.unit_of_work(SYSTEM) as uow:
        service.expire_evidence(uow)
        return service.forget_events(uow)


def left(world: World) -> list[int]:
    with world.runtime.read() as session:
        return [int(session.scalar(sa.select(sa.func.count()).select_from(kind)) or 0) for kind in EVENTS]


def test_what_was_recorded_goes_a_term_after_the_review_with_a_proof_that_its_student_reads(
    world: World,
    attempt: UUID,
    as_: As,  # noqa: F811
) -> None:
    assert min(left(world)) > 0
    assert sweep(world, 200) == 0, "while nobody has decided, nothing goes"
    opine(world, "frolova", attempt, Verdict.NO_QUESTIONS, "")
    assert (sweep(world, 149), min(left(world)) > 0) == (0, True)
    assert (sweep(world, 2), left(world)) == (1, [0, 0, 0, 0])
    assert sweep(world, 1) == 0
    with world.runtime.read() as session:
        assert set(session.scalars(sa.select(Frame.facts))) == {None}
        assert session.scalar(sa.select(sa.func.count()).select_from(ReviewDecision)) == 1
        proof = session.scalars(
            sa.select(LedgerEntry).where(LedgerEntry.kind == "proctoring.events_destroyed")
        ).one()
        assert not list(ledger.verify(session, world.runtime.keys))
        case = queries.case_view(session, world.sitting(attempt).id, None, world.clock.now())
    assert [kind for _, kind, _ in case.timeline] == ["started", "ended"]
    assert proof.hash[:12] in as_("sonya").get(f"/sittings/records/{world.id('sonya')}").text


def test_an_appeal_that_waits_keeps_what_it_is_about(world: World, attempt: UUID) -> None:
    sitting = world.sitting(attempt).id
    annul_again(world, sitting)
    with world.runtime.unit_of_work(world.actor("anna")) as uow:
        service.appeal_annulment(uow, sitting, "Это была сестра, она принесла воды.")
    assert sweep(world, 400) == 0
    with world.runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(sa.update(SittingAppeal).values(is_upheld=False, decided_at=uow.now()))
    assert (sweep(world, 149), sweep(world, 2)) == (0, 1)
