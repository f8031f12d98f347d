"""What the pages of a plan cost beside a page of the floor: CPU of one thread, taken in turn, in one run."""

from __future__ import annotations

import importlib.util
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from lms.app import create_app, create_runtime, load_settings
from lms.core import migrate
from lms.demo import curriculum as demo_curriculum
from lms.demo.cast import DemoSchool, load_cast
from lms.demo.plans import build_templates
from lms.plans import service
from lms.plans.queries import plan_view
from tests.bench.test_exam_speed import floor_source
from tests.fixtures.application import FAST_HASHES
from tests.fixtures.figures import Figures

ROUNDS = 60
MOST = 3.0


@pytest.fixture(scope="module")
def floor_page(tmp_path_factory: pytest.TempPathFactory) -> tuple[FlaskClient, str]:
    """Return a browser at the floor and the address of its page of forty rows."""
    folder = tmp_path_factory.mktemp("floor")
    os.environ["FLOOR_URL"] = f"sqlite:///{folder / 'floor.db'}"
    subprocess.run([sys.executable, str(floor_source())], check=True, cwd=folder)
    spec = importlib.util.spec_from_file_location("plan_floor", floor_source())
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its tables look their annotations up there
    spec.loader.exec_module(module)
    client: FlaskClient = module.app.test_client()
    client.post("/login", data={"username": "u1", "password": "Passw0rd!x"})
    token = re.findall(r'name=csrf value="(\w+)"', client.get("/dashboard").text)[0]
    return client, client.post("/start/1", headers={"X-CSRF": token}).location


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, DemoSchool, dict[str, str]]]:
    """Return the product with a plan in force and a draft of the next version, and their addresses."""
    folder = tmp_path_factory.mktemp("plans")
    url = f"sqlite:///{folder / 'lms.db'}"
    migrate.upgrade(url)
    values = {
        **FAST_HASHES,
        "LMS_DATA_DIR": str(folder),
        "LMS_DATABASE_URL": url,
        "LMS_JOBS_URL": "memory://",
    }
    runtime = create_runtime(load_settings(values))
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
    yield runtime, cast, {"plan": "/plan", "builder": f"/plans/versions/{draft.version_id}/edit"}
    runtime.dispose()


def signed_in(runtime: Any, login: str) -> FlaskClient:
    client = create_app(runtime=runtime).test_client()
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/login").text)
    assert found
    form = {"login": login, "password": f"marshrut-{login}", "csrf_token": found[1]}
    assert client.post("/login", data=form).status_code == 303
    return client


def cost(client: FlaskClient, path: str) -> float:
    """Return the CPU seconds of one page on this thread."""
    began = time.thread_time()
    reply = client.get(path)
    spent = time.thread_time() - began
    assert reply.status_code == 200, path
    return spent


@pytest.mark.parametrize(("page", "login"), [("plan", "sonya"), ("builder", "kim")])
def test_a_page_of_a_plan_beside_a_page_of_the_floor(
    page: str,
    login: str,
    floor_page: tuple[FlaskClient, str],
    school: tuple[Any, DemoSchool, dict[str, str]],
    figures: Figures,
) -> None:
    runtime, _cast, paths = school
    ours, (floor, address) = signed_in(runtime, login), floor_page
    for _ in range(5):
        cost(ours, paths[page]), cost(floor, address)
    ratios, own = [], []
    for _ in range(ROUNDS):
        spent = cost(ours, paths[page])
        own.append(spent)
        ratios.append(spent / cost(floor, address))
    figures.note("plans", f"CPU of the {page} page", round(statistics.median(own) * 1000, 1), "ms")
    figures.at_most("plans", f"CPU of the {page} page / floor page", statistics.median(ratios), MOST, "×")
