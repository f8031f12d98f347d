"""With a service outside the way by camera is the same: a sample, pictures, a decision, and a person's last word."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from lms.proctoring import service
from lms.proctoring.availability import faces_missing
from lms.proctoring.models import FaceTemplate
from lms.proctoring.tasks import wake_undone
from lms.proctoring.types import CheckState, EnrolmentState, IdentityMethod, TemplateState
from tests.fixtures.face_service import TOKEN, FaceService
from tests.integration.proctoring.conftest import World


@pytest.fixture
def environment(environment: dict[str, str], face_service: FaceService) -> dict[str, str]:
    return {
        **environment,
        "LMS_PROCTORING_VERIFIER": "remote",
        "LMS_PROCTORING_REMOTE_URL": face_service.address,
        "LMS_PROCTORING_REMOTE_TOKEN": TOKEN,
    }


def test_a_service_outside_decides_and_its_silence_is_nobodys_fault(
    world: World, first: list[bytes], face_service: FaceService
) -> None:
    assert faces_missing(world.runtime) is None
    world.record_basis()
    world.consent()
    face_service.instead = (503, b"")
    made = world.submit_sample(first)
    world.work()
    assert world.enrolment(made).state is EnrolmentState.QUEUED, "it waits for the service"
    face_service.instead = None
    world.clock.advance(timedelta(minutes=1))
    wake_undone(world.runtime)
    world.work()
    with world.runtime.unit_of_work(world.actor("mironova")) as uow:
        service.approve_sample(uow, made, document_ref="свидетельство, …412")

    check = world.choose(world.entry(), IdentityMethod.FACE)

    def send() -> None:
        with world.runtime.unit_of_work(world.actor("sonya")) as uow:
            service.submit_face_shots(uow, check, [(data, "p.jpg") for data in first])
        world.work()

    face_service.instead = (200, b"out of order")
    send()
    row = world.check(check)
    assert (row.state, row.outcome, row.reason) == (CheckState.UNCERTAIN, "could_not_tell", "service_silent")
    face_service.instead = None
    send()
    row = world.check(check)
    assert (row.state, row.outcome, row.metric) == (CheckState.HUMAN_CHECK, "match", "decision")
    assert row.model.startswith("Служба 7.1 ")

    with world.runtime.read() as session:
        kept = session.scalars(
            sa.select(FaceTemplate).where(FaceTemplate.state == TemplateState.ACTIVE)
        ).one()
        assert kept.payload is not None
    world.withdraw("anna")
    assert world.get(FaceTemplate, kept.id).payload is None, "nothing is left that the service could open"


def test_a_substitution_is_found_by_decisions_alone(
    world: World, first: list[bytes], second: bytes, face_service: FaceService
) -> None:
    world.register(first)
    attempt = world.start(world.entry())
    world.watch(attempt, [first[0], first[0], *[second] * 5])
    seen = [frame.facts["scores"] for frame in world.frames(attempt) if frame.facts and frame.facts["scores"]]
    assert seen[0] == {"decision": 1.0}
    assert {"decision": 0.0} in seen
    with world.runtime.read() as session:
        found = session.scalars(sa.text("SELECT kind FROM proctoring_incident")).all()
    assert found == ["other_person"]
