"""What a sitting recorded besides pictures goes a term after people have decided; the decision and the proof stay."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from lms.core import ledger
from lms.core.actor import SYSTEM
from lms.core.errors import Conflict
from lms.core.models import LedgerEntry
from lms.proctoring import queries, service
from lms.proctoring.models import (
    Evidence,
    FindingRow,
    Frame,
    Incident,
    ReviewDecision,
    SessionEvent,
    SittingAppeal,
    SittingMessage,
)
from lms.proctoring.settings import ProctoringSettings
from lms.proctoring.types import Verdict
from tests.integration.proctoring.conftest import World
from tests.integration.proctoring.test_appeals import annul_again
from tests.integration.proctoring.test_pages import as_, post  # noqa: F401 - a fixture
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


def test_what_is_gone_is_told_as_gone_and_nobody_looks_again_at_nothing(
    world: World,
    attempt: UUID,
    as_: As,  # noqa: F811
) -> None:
    sitting = world.sitting(attempt).id
    opine(world, "frolova", attempt, Verdict.NO_QUESTIONS, "")
    own = f"/sittings/{sitting}"
    assert "упорядочивает очередь" in as_("frolova").get(f"/review/{sitting}").text
    assert sweep(world, 151) == 1
    gone = "Записанное удалено"
    reviewer = as_("frolova")
    case = reviewer.get(f"/review/{sitting}").text
    assert case.count(gone) == 2, "in the place of what happened and of the index"
    assert "упорядочивает очередь" not in case
    assert "Машина ничего не нашла" not in case
    assert 'name="verdict"' not in case
    assert gone in as_("sonya").get(own).text
    assert gone in as_("anna").get(own).text
    with pytest.raises(Conflict, match="events_gone"):
        opine(world, "yudin", attempt, Verdict.VIOLATION)
    said = {"verdict": "violation", "reason": "Видно другого.", "seen": "1:1"}
    told = post(reviewer, f"/review/{sitting}/opinion", "/review", **said)
    assert told.status_code == 422
    assert "смотреть заново не на что" in told.text


def test_an_annulment_keeps_everything_while_it_may_be_appealed_however_short_the_term(
    world: World, attempt: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    annul_again(world, world.sitting(attempt).id)
    settings = world.runtime.settings.of(ProctoringSettings)
    short = dataclasses.replace(settings, event_days=1)
    monkeypatch.setitem(world.runtime.settings.features, ProctoringSettings, short)
    with world.runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(sa.update(Evidence).values(deleted_at=uow.now()))
        closed_at = world.sitting(attempt).closed_at
        assert closed_at is not None
        last = queries.appeal_until(uow.session, closed_at, settings.appeal_days)
    world.clock.move_to(datetime.combine(last, time(9), UTC))
    assert sweep(world, 0) == 0
    assert sweep(world, 1) == 1
