"""A real worker: killed in the middle of a picture, the picture is still looked at; woken through Redis, it looks."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
import sqlalchemy as sa

from lms.app import create_runtime, load_settings
from lms.core.runtime import Runtime
from lms.demo.cast import load_cast
from lms.proctoring.models import Frame
from lms.proctoring.types import FrameState
from tests.fixtures.site import Site
from tests.integration.proctoring.conftest import World

#: Where the product's queue lies in Redis.
QUEUE = "huey.redis.lms"


class RealClock:
    """Stand in for a clock that a test would move: here time is real."""

    def now(self):  # type: ignore[no-untyped-def]
        from datetime import UTC, datetime

        return datetime.now(UTC)

    def advance(self, _step: object) -> None:
        """Do nothing."""


@pytest.fixture
def slow_site(make_site: Callable[..., Site], sqlite_template: Path) -> Site:
    """Return an installation whose pictures are taken up again three seconds after their worker died."""
    import shutil

    made = make_site(LMS_PROCTORING_CLAIM_TIMEOUT_S="3", LMS_PROCTORING_WAKE_AFTER_S="2")
    for source in sqlite_template.parent.glob("lms.db*"):
        shutil.copyfile(source, made.folder / source.name)
    return made


def wait_for(runtime: Runtime, states: set[FrameState], seconds: float) -> FrameState:
    deadline = time.monotonic() + seconds
    state = None
    while time.monotonic() < deadline:
        with runtime.read() as session:
            state = session.scalar(sa.select(Frame.state))
        if state in states:
            return state
        time.sleep(0.005)
    raise AssertionError(f"the picture is still {state} after {seconds} s")


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.redis
def test_redis_carries_a_picture_to_a_worker(
    make_site: Callable[..., Site], postgres_url: str, redis_url: str, first: list[bytes]
) -> None:
    own = f"{redis_url}?db=7"
    site = make_site(
        LMS_DATABASE_URL=postgres_url,
        LMS_JOBS_URL=own,
        LMS_PROCTORING_WAKE_AFTER_S="3600",  # no sweep helps: only the message can wake the worker
    )
    runtime = create_runtime(
        load_settings({k: v for k, v in site.environment.items() if k.startswith("LMS_")})
    )
    world = World(runtime, RealClock(), load_cast(runtime))  # type: ignore[arg-type]
    try:
        with redis.Redis.from_url(own) as queue:
            attempt = world.start(world.entry())
            assert not queue.exists(QUEUE)
            world.send(attempt, first[0])
            ((message, _),) = queue.zrange(QUEUE, 0, -1, withscores=True)
            assert b"proctoring.look" in message
            assert not list(site.folder.rglob("*huey*")) + list(site.folder.rglob("jobs*"))
            site.start_worker()
            wait_for(runtime, {FrameState.DONE}, 90)
            assert queue.zcard(QUEUE) == 0
        with runtime.read() as session:
            frame = session.scalars(sa.select(Frame)).one()
        assert frame.claims == 1
        assert frame.facts is not None
        assert len(frame.facts["faces"]) == 1
    finally:
        site.kill_worker()
        runtime.dispose()


@pytest.mark.slow
def test_a_picture_survives_a_worker_killed_in_the_middle_of_it(slow_site: Site, first: list[bytes]) -> None:
    settings = {k: v for k, v in slow_site.environment.items() if k.startswith("LMS_")}
    runtime = create_runtime(load_settings(settings))
    world = World(runtime, RealClock(), load_cast(runtime))  # type: ignore[arg-type]
    world.register(first)  # the sample is registered in this process; the worker only watches
    attempt = world.start(world.entry())
    slow_site.start_worker()
    try:
        world.send(attempt, first[0])
        # The worker loads its models at the first picture, so there is time to kill it in the middle.
        wait_for(runtime, {FrameState.PROCESSING}, 60)
        assert slow_site.worker is not None
        os.killpg(slow_site.worker.pid, signal.SIGKILL)
        slow_site.worker.wait()
        with runtime.read() as session:
            frame = session.scalars(sa.select(Frame)).one()
        assert (frame.state, frame.claims) == (FrameState.PROCESSING, 1)
        slow_site.start_worker()
        wait_for(runtime, {FrameState.DONE}, 60)
        with runtime.read() as session:
            frame = session.scalars(sa.select(Frame)).one()
        assert frame.claims == 2
        assert frame.facts is not None
        assert len(frame.facts["faces"]) == 1
        assert frame.facts["scores"]
    finally:
        slow_site.kill_worker()
        runtime.dispose()
