"""What the pages of a learner cost beside pages of the floor: same server, same settings, same database server, in turn.

The learner is the demonstration's: two courses under way, a plan in force, an examination ahead. Beside her home and her list
of courses stands the floor's list of attempts, beside the page of a course the floor's page of one, beside a step the floor's
page of forty questions.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Awaitable, Callable, Iterator
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import pytest

from lms.app import create_runtime, load_settings
from lms.core import migrate
from lms.demo.build import build_demo
from tests.bench.load import Client, drive
from tests.bench.test_exam_speed import Databases, Side, floor, measure, note_floor, wait_until_up
from tests.fixtures.application import FAST_HASHES
from tests.fixtures.figures import Figures
from tests.fixtures.servers import PostgresServer
from tests.fixtures.site import Site

__all__ = ["floor"]

LEARNER = "sonya"
REQUESTS, AT_ONCE, ROUNDS = 250, 2, 5
COURSE = r'href="(/courses/[0-9a-f-]{36})"'
STEP = r'href="(/courses/[0-9a-f-]{36}/steps/[0-9a-f-]{36})"'
#: What is measured, the floor's page beside it, and the most that it may cost.
PAGES = (
    ("my courses", "home", 2.5),
    ("course", "course", 2.5),
    ("course in the catalogue", "course", 2.5),
    ("step", "page", 2.5),
    ("home of a learner", "home", 2.5),
)


@pytest.fixture(scope="module")
def database(postgres_server: PostgresServer) -> Databases:
    """Return PostgreSQL alone: it is what carries a school's load."""
    lines = (postgres_server.folder / "data" / "postmaster.pid").read_text().splitlines()
    mark = uuid4().hex[:8]  # another module of the same run uses this fixture, too, on the same server
    return Databases(
        "PostgreSQL", lambda name: postgres_server.create_database(f"{name}_{mark}"), (int(lines[0]),)
    )


@pytest.fixture(scope="module")
def school(database: Databases, make_site: Callable[..., Site], redis_url: str) -> Iterator[Side]:
    """Run the product with the demonstration in it, for its learner alone."""
    url = database.create("product")
    migrate.upgrade(url)
    site = make_site(LMS_DATABASE_URL=url, LMS_RATELIMIT_URL=f"redis+{redis_url}")
    own = {"LMS_DATA_DIR": str(site.folder), "LMS_DATABASE_URL": url, "LMS_JOBS_URL": "memory://"}
    runtime = create_runtime(load_settings({**FAST_HASHES, **own}))
    build_demo(runtime)
    runtime.dispose()
    site.start_web(2)
    site.wait_ready("/health/live")
    assert site.web is not None
    port = int(urlsplit(site.url).port or 0)
    yield Side(port, site.web.pid, [Client(port, LEARNER) for _ in range(AT_ONCE)])
    site.stop()


async def sign_in_at(client: Client, _number: int) -> None:
    """Sign in as somebody of the demonstration."""
    page = await client.request("GET", "/login")
    token = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)[0]
    form = {"login": client.name, "password": f"marshrut-{client.name}", "csrf_token": token}
    await client.request("POST", "/login", urlencode(form), "application/x-www-form-urlencoded", 303)


async def sign_in(client: Client, number: int) -> None:
    """Sign in, and find the addresses of the learner's pages."""
    await sign_in_at(client, number)
    courses = list(dict.fromkeys(re.findall(COURSE, (await client.request("GET", "/courses")).text)))
    own = await client.request("GET", courses[0])
    client.memory |= {
        "home of a learner": "/home",
        "my courses": "/courses",
        "course": courses[0],
        "course in the catalogue": courses[-1],
        "step": re.findall(STEP, own.text)[0],
    }
    assert "/enrol" not in own.text


def look(name: str) -> Callable[[Client, int], Awaitable[None]]:
    """Return what asks for one page."""

    async def ask(client: Client, _number: int) -> None:
        await client.request("GET", client.memory[name])

    return ask


def test_a_learners_pages_beside_the_floor(
    floor: Side, school: Side, database: Databases, figures: Figures
) -> None:
    async def floor_course(client: Client, _number: int) -> None:
        await client.request("GET", "/course/1")

    for side in (floor, school):
        wait_until_up(side.port)
    floor.clients, floor.operations["course"] = floor.clients[:AT_ONCE], floor_course
    school.operations = {"login": sign_in, **{name: look(name) for name, _beside, _most in PAGES}}
    for side in (floor, school):  # each browser signs in once
        drive(side.clients, side.operations["login"], count=AT_ONCE, at_once=AT_ONCE, roots=[side.pid])
    drive(floor.clients, floor.operations["start"], count=AT_ONCE, at_once=AT_ONCE, roots=[floor.pid])
    ratios: dict[str, list[float]] = {name: [] for name, _beside, _most in PAGES}
    for number in range(-1, ROUNDS):
        for name, beside, _most in PAGES:
            base = measure(floor, beside, REQUESTS, AT_ONCE, database.pids)
            ours = drive(
                school.clients,
                school.operations[name],
                count=REQUESTS,
                at_once=AT_ONCE,
                roots=[school.pid, *database.pids],
            )
            if number >= 0:  # the round before does not count
                ratios[name].append(ours / base)
    note_floor(figures)
    for name, beside, most in PAGES:
        what = f"{name} ÷ the floor's {beside}, PostgreSQL: CPU of one request"
        figures.at_most("courses", what, round(statistics.median(ratios[name]), 2), most, "×")
