"""What the pages of a plan cost beside a page of the floor: same server, same settings, same database server, in turn.

The floor's page has forty rows; the plan page is a student's with a plan in force and a draft of the next version, the builder
her teacher's with that draft.
"""

from __future__ import annotations

import statistics
from collections.abc import Awaitable, Callable, Iterator
from urllib.parse import urlsplit

import pytest

from lms.app import create_runtime, load_settings
from lms.core import migrate
from lms.core.runtime import Runtime
from lms.demo import curriculum as demo_curriculum
from lms.demo.cast import load_cast
from lms.demo.plans import build_templates
from lms.plans import service
from lms.plans.queries import plan_view
from tests.bench.load import Client, drive
from tests.bench.test_course_speed import AT_ONCE, REQUESTS, ROUNDS, database, sign_in_at
from tests.bench.test_exam_speed import Databases, Side, floor, measure, note_floor, wait_until_up
from tests.fixtures.application import FAST_HASHES
from tests.fixtures.figures import Figures
from tests.fixtures.site import Site

__all__ = ["database", "floor"]

MOST = 3.0
#: Whose page each is.
PAGES = {"plan": "sonya", "builder": "kim"}


@pytest.fixture(scope="module")
def addresses() -> dict[str, str]:
    """Return where the pages are, once the school has been made."""
    return {"plan": "/plan"}


@pytest.fixture(scope="module")
def school(
    database: Databases, make_site: Callable[..., Site], redis_url: str, addresses: dict[str, str]
) -> Iterator[Side]:
    """Run the product with a plan in force and a draft of its next version."""
    url = database.create("product")
    migrate.upgrade(url)
    site = make_site(LMS_DATABASE_URL=url, LMS_RATELIMIT_URL=f"redis+{redis_url}")
    own = {"LMS_DATA_DIR": str(site.folder), "LMS_DATABASE_URL": url, "LMS_JOBS_URL": "memory://"}
    runtime = create_runtime(load_settings({**FAST_HASHES, **own}))
    addresses["builder"] = make_plans(runtime)
    runtime.dispose()
    site.start_web(2)
    site.wait_ready("/health/live")
    assert site.web is not None
    port = int(urlsplit(site.url).port or 0)
    clients = [Client(port, login) for login in PAGES.values() for _ in range(AT_ONCE)]
    yield Side(port, site.web.pid, clients)
    site.stop()


def make_plans(runtime: Runtime) -> str:
    """Bring a plan into force, begin its next version, and return where that is built."""
    cast = load_cast(runtime)
    demo_curriculum.build(runtime, cast)
    template = build_templates(runtime, cast)["school-14"]
    with runtime.unit_of_work(cast.actor("kim")) as uow:
        first = service.create_plan_from_template(
            uow, person_id=cast.id("sonya"), template_id=template, basis="Приказ № 61"
        )
        service.submit_version(uow, version_id=first.version_id)
    with runtime.unit_of_work(cast.actor("anna")) as uow:
        service.approve(uow, version_id=first.version_id)
    with runtime.unit_of_work(cast.actor("gromova")) as uow:
        today = uow.now().date()
        service.approve_by_order(uow, version_id=first.version_id, order_no="1", order_date=today)
    with runtime.unit_of_work(cast.actor("kim")) as uow:
        draft = service.begin_version(uow, plan_id=first.plan_id, reason="Ещё раз.")
        items = plan_view(uow.session, draft.version_id).items
        service.remove_item(uow, version_id=draft.version_id, stable_key=items[0].stable_key)
    return f"/plans/versions/{draft.version_id}/edit"


def look(address: str) -> Callable[[Client, int], Awaitable[None]]:
    """Return what asks for one page."""

    async def ask(client: Client, _number: int) -> None:
        await client.request("GET", address)

    return ask


def test_the_pages_of_a_plan_beside_a_page_of_the_floor(
    floor: Side, school: Side, addresses: dict[str, str], database: Databases, figures: Figures
) -> None:
    for side in (floor, school):
        wait_until_up(side.port)
    floor.clients = floor.clients[:AT_ONCE]
    for name in ("login", "start"):
        drive(floor.clients, floor.operations[name], count=AT_ONCE, at_once=AT_ONCE, roots=[floor.pid])
    drive(school.clients, sign_in_at, count=len(school.clients), at_once=AT_ONCE, roots=[school.pid])
    visitors = {
        page: [client for client in school.clients if client.name == login] for page, login in PAGES.items()
    }
    ratios: dict[str, list[float]] = {page: [] for page in PAGES}
    own: dict[str, list[float]] = {page: [] for page in PAGES}
    for number in range(-1, ROUNDS):
        for page, clients in visitors.items():
            base = measure(floor, "page", REQUESTS, AT_ONCE, database.pids)
            roots = [school.pid, *database.pids]
            ours = drive(clients, look(addresses[page]), count=REQUESTS, at_once=AT_ONCE, roots=roots)
            if number >= 0:  # the round before does not count
                own[page].append(ours)
                ratios[page].append(ours / base)
    note_floor(figures)
    for page in PAGES:
        figures.note(
            "plans", f"CPU of the {page} page, PostgreSQL", round(statistics.median(own[page]), 1), "ms"
        )
        what = f"CPU of the {page} page / floor page, PostgreSQL"
        figures.at_most("plans", what, round(statistics.median(ratios[page]), 2), MOST, "×")
