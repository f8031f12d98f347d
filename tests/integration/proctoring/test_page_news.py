"""What the exam's page tells about itself: findings for a person to look at, masked where it was agreed, never in the way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from lms.core.actor import SYSTEM
from lms.core.registry import Registries
from lms.people.models import Measure, SupportPlan
from lms.people.types import MeasureCode
from lms.proctoring import service
from lms.proctoring.checks.page import builtin
from lms.proctoring.contracts import PAGE_CHECKS
from lms.proctoring.models import FindingRow, Incident, ProctoringSession, SessionEvent
from lms.proctoring.service.page_events import MOST_EVENTS
from lms.testing.contracts.page_checks import check_page_check
from tests.integration.proctoring.conftest import World

INSTALLED = Registries([PAGE_CHECKS])
INSTALLED.load_entry_points()


@pytest.mark.parametrize("check", [*builtin(), *INSTALLED.of(PAGE_CHECKS)], ids=lambda check: check.name)
def test_a_check_of_the_page_keeps_its_contract(check: Any) -> None:
    check_page_check(check)


def tell(world: World, sitting: ProctoringSession, kind: str, **more: Any) -> None:
    with world.runtime.unit_of_work(world.actor("sonya")) as uow:
        service.note_page_event(uow, sitting.id, kind, **more)


def rows(world: World, kind: type[Any]) -> list[Any]:
    with world.runtime.read() as session:
        return list(session.scalars(sa.select(kind).order_by(kind.id)))


def test_news_become_incidents_for_a_person_to_look_at(world: World) -> None:
    attempt = world.start(world.entry())
    sitting = world.sitting(attempt)
    tell(world, sitting, "hidden", seconds=1.0)  # a slip
    tell(world, sitting, "hidden", seconds=40.0)
    tell(world, sitting, "pasted", amount=12)
    tell(world, sitting, "pasted", amount=900)
    tell(world, sitting, "device", amount=1)  # the page cannot say this of itself
    tell(world, sitting, "nonsense", seconds=1e9)
    found = {incident.kind: incident for incident in rows(world, Incident)}
    assert set(found) == {"tab_left", "paste_burst"}
    assert [event.kind for event in rows(world, SessionEvent)] == ["page_hidden"] * 2 + ["page_pasted"] * 2
    row = next(row for row in rows(world, FindingRow) if row.kind == "tab_left")
    assert (row.duration_s, row.check_name, row.frame_id) == (40.0, "tab_left", None)
    assert 0.9 >= row.confidence > 0.3


def test_a_sign_that_the_support_plan_masks_is_kept_apart(world: World) -> None:
    with world.runtime.unit_of_work(SYSTEM) as uow:
        plan = SupportPlan(
            person_id=world.id("sonya"),
            org_id=world.id("school-14"),
            version=99,
            source_ref="Решение ППк",
            valid_from=uow.now().date(),
            created_by=world.id("orlova"),
            created_at=uow.now(),
            active_since=uow.now(),
        )
        masked = {"findings": ["tab_left"]}
        plan.measures = [Measure(position=1, code=MeasureCode.DETECTOR_MASK, params=masked, scope=["all"])]
        uow.session.add(plan)
    sitting = world.sitting(world.start(world.entry()))
    tell(world, sitting, "hidden", seconds=40.0)
    assert rows(world, Incident) == []
    assert [(row.kind, row.is_masked) for row in rows(world, FindingRow)] == [("tab_left", True)]


def test_another_browser_that_sends_is_noted_once_each_time(world: World, first: list[bytes]) -> None:
    attempt = world.start(world.entry())
    for device in ("one", "one", "two", "two"):
        row = world.sitting(attempt)
        with world.runtime.unit_of_work(world.actor("sonya")) as uow:
            service.receive_frame(
                uow, row.id, seq=row.next_seq, nonce=row.nonce, data=first[0], chance=0.5, device=device
            )
        world.clock.advance(timedelta(seconds=5))
    assert [i.kind for i in rows(world, Incident)] == ["device_change"]


def test_a_flood_of_news_is_cut_off(world: World) -> None:
    sitting = world.sitting(world.start(world.entry()))
    with world.runtime.unit_of_work(world.actor("sonya")) as uow:
        uow.session.add_all(
            SessionEvent(session_id=sitting.id, kind="page_hidden", at=world.clock.now(), detail={})
            for _ in range(MOST_EVENTS)
        )
    tell(world, sitting, "pasted", amount=900)
    assert rows(world, Incident) == []
    assert len(rows(world, SessionEvent)) == MOST_EVENTS
