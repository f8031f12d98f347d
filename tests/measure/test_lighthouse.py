"""Ask Lighthouse 12 about ten pages that people use most, as those see them who use them.

`make lighthouse` installs it (Node.js; for measuring only); `LMS_LIGHTHOUSE` names another installation.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import APIRequestContext, Playwright

from tests.fixtures.chromium import FLAGS
from tests.fixtures.figures import Figures
from tests.fixtures.setup import ASSETS, required_tool
from tests.fixtures.site import Site

#: Read before the tests of an installation forget what the shell has set.
PROGRAM = Path(os.environ.get("LMS_LIGHTHOUSE", ASSETS / "lighthouse/node_modules/lighthouse/cli/index.js"))
LEAST = {"accessibility": 100, "best-practices": 95}
STEP = r"/courses/[0-9a-f-]{36}/steps/[0-9a-f-]{36}"


@pytest.fixture(scope="module")
def lighthouse() -> list[str]:
    """Return the command that runs Lighthouse."""
    if not PROGRAM.exists():
        pytest.fail(f"{PROGRAM} is missing; run: make lighthouse", pytrace=False)
    return [required_tool("node"), str(PROGRAM)]


@pytest.fixture(scope="module")
def school(make_site: Callable[..., Site], demo_folder: Path) -> Iterator[Site]:
    """Start the demo school: its visitors only look."""
    site = make_site(copy_of=demo_folder, LMS_LOG_LEVEL="warning")
    site.start()
    yield site
    site.stop()


def visitor(playwright: Playwright, site: Site, logins: dict[str, str], login: str) -> APIRequestContext:
    """Return somebody's session, without a browser."""
    visit = playwright.request.new_context(base_url=site.url)
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', visit.get("/login").text())
    assert csrf
    form = {"login": login, "password": logins[login], "csrf_token": csrf.group(1)}
    answer = visit.post("/login", form=form)
    assert answer.ok and not answer.url.endswith("/login"), answer.url
    return visit


def cookies_of(visit: APIRequestContext) -> str:
    return "; ".join(f"{one['name']}={one['value']}" for one in visit.storage_state()["cookies"])


def text_of(visit: APIRequestContext, site: Site, path: str) -> str:
    answer = visit.get(site.url + path)
    assert answer.status == 200, path
    return answer.text()


def course_called(visit: APIRequestContext, site: Site, title: str) -> str:
    """Return the path of a course that the list names."""
    found = re.search(rf'href="(/courses/[0-9a-f-]{{36}})"[^>]*>\s*{title}', text_of(visit, site, "/courses"))
    assert found, title
    return found.group(1)


def step_called(visit: APIRequestContext, site: Site, course: str, title: str) -> str:
    """Return the path of a step that the page of its course names."""
    found = re.search(rf'href="({STEP})"[^>]*>\s*{title}', text_of(visit, site, course))
    assert found, title
    return found.group(1)


def scores(lighthouse: list[str], url: str, cookies: str, folder: Path) -> dict[str, Any]:
    """Return the scores of a page by category, of 100, and the audits that are not passed."""
    report = folder / "report.json"
    headers = folder / "headers.json"
    headers.write_text(json.dumps({"Cookie": cookies} if cookies else {}))
    subprocess.run(
        [
            *lighthouse,
            url,
            "--quiet",
            "--output=json",
            f"--output-path={report}",
            f"--extra-headers={headers}",
            f"--only-categories={','.join(LEAST)}",
            f"--chrome-flags=--headless=new {' '.join(FLAGS)}",
        ],
        check=True,
        timeout=240,
        env={**os.environ, "CHROME_PATH": required_tool("chromium")},
    )
    said = json.loads(report.read_text())
    assert said["finalDisplayedUrl"].rstrip("/") == url.rstrip("/"), said["finalDisplayedUrl"]
    faults = [
        f"{name}: {row['title']}"
        for name, row in said["audits"].items()
        if row["score"] is not None and row["score"] < 1 and row["scoreDisplayMode"] == "binary"
    ]
    return {
        "faults": faults,
        **{name: round(100 * said["categories"][name]["score"]) for name in LEAST},
    }


def test_ten_pages_are_accessible_and_well_made(
    lighthouse: list[str],
    school: Site,
    demo_logins: dict[str, str],
    playwright: Playwright,
    tmp_path: Path,
    figures: Figures,
) -> None:
    sonya, kim, anna = (visitor(playwright, school, demo_logins, who) for who in ("sonya", "kim", "anna"))
    physics = course_called(sonya, school, "Физика: тепловые явления")
    maths = course_called(kim, school, "Алгебра: квадратные уравнения")
    pages = {
        "landing": (None, "/"),
        "catalogue": (sonya, "/courses"),
        "course page": (sonya, physics),
        "home": (sonya, "/home"),
        "lesson": (sonya, step_called(sonya, school, physics, "Почему вода в чайнике")),
        "practice quiz": (kim, step_called(kim, school, physics, "Пять вопросов на пробу")),
        "assignment": (kim, step_called(kim, school, maths, "Три задачи в тетради")),
        "teacher's monitor": (kim, f"{physics}/monitor"),
        "editor": (kim, f"{physics}/write"),
        "parent's week": (anna, "/children/week"),
    }
    below = []
    for name, (visit, path) in pages.items():
        cookies = cookies_of(visit) if visit else ""
        found = scores(lighthouse, school.url + path, cookies, tmp_path)
        print(name, path, found)
        for category, least in LEAST.items():
            figures.at_least("courses", f"Lighthouse, {name}: {category}", found[category], least, "of 100")
            if found[category] < least:
                below.append(f"{name}: {category} {found[category]}; {found['faults']}")
    if below:
        pytest.fail("\n".join(below), pytrace=False)
