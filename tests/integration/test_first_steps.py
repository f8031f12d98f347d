"""A school comes to life from the README: its commands as they stand there, then the pages, step by step."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from click.testing import CliRunner
from flask.testing import FlaskClient

from lms.app import create_app, create_runtime, load_settings
from lms.cli import main
from tests.fixtures.application import FAST_HASHES

ROOT = Path(__file__).resolve().parents[2]
#: What runs until it is stopped; `tests/integration/test_processes.py` starts it.
STAYS = frozenset({"serve", "worker"})


def commands(readme: str) -> list[list[str]]:
    """Return the ``lms`` commands of the README's own school, in their order."""
    text = (ROOT / readme).read_text(encoding="utf-8")
    block = next(part for part in text.split("```") if "lms db upgrade" in part)
    lines = [line for line in block.splitlines() if line.startswith(".venv/bin/lms ")]
    return [shlex.split(line, comments=True)[1:] for line in lines]


def token(client: FlaskClient, page: str) -> str:
    """Return the token that the forms of a page send along."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(page).text)
    assert found, page
    return found.group(1)


def send(client: FlaskClient, page: str, action: str = "", /, **data: str) -> str:
    """Send a form of a page and return where it leads."""
    answer = client.post(action or page, data={"csrf_token": token(client, page), **data})
    assert answer.status_code == 303, (page, answer.status_code, answer.text[:500])
    return answer.headers["Location"]


def test_both_readmes_name_the_same_commands() -> None:
    english, russian = commands("README.md"), commands("README.ru.md")
    assert [line[0] for line in english] == ["db", "setup", "serve", "worker", "ledger"]
    assert [[w for w in line if w.startswith("--")] for line in english] == [
        [w for w in line if w.startswith("--")] for line in russian
    ]


def test_a_school_comes_to_life_from_the_readme(tmp_path: Path) -> None:
    settings = {
        **FAST_HASHES,
        "LMS_DATA_DIR": str(tmp_path),
        "LMS_SECURE_COOKIES": "no",
        "LMS_JOBS_URL": "memory://",
    }
    told, words = "", commands("README.ru.md")
    for line in words:
        if line[0] not in STAYS:
            done = CliRunner().invoke(main, line, env=settings)
            assert done.exit_code == 0, (line, done.output)
            told += done.output
    link = re.search(r"/invitation/[\w-]+", told)
    assert link and "Школа № 1: школа заведена" in told
    setup = next(line for line in words if line[0] == "setup")
    again = CliRunner().invoke(main, setup, env=settings)
    assert again.exit_code == 1 and "Этот код занят." in again.output
    runtime = create_runtime(load_settings(settings))
    try:
        play(create_app(runtime=runtime).test_client(), link.group())
    finally:
        runtime.dispose()


def play(client: FlaskClient, link: str) -> None:
    """Go the README's way as the first director."""
    send(client, link, password="a long password", again="a long password")
    assert send(client, "/login", login="olga", password="a long password") == "/home"
    group = send(client, "/classes", grade="8", label="8 A")
    teacher = send(
        client,
        "/admin/people/new?kind=staff",
        family_name="Kim",
        given_name="Igor",
        roles="teacher",
        login="kim",
    )
    pupil = {
        "family_name": "Vetrova",
        "given_name": "Sonya",
        "class_id": group.rsplit("/", 1)[1],
        "login": "sonya",
    }
    student = send(client, "/admin/people/new?kind=student", **pupil)
    mother = {"family_name": "Vetrova", "given_name": "Anna", "child": "sonya", "proof": "Birth certificate"}
    send(client, "/admin/people/new?kind=parent", **mother)
    send(client, group, f"{group}/staff", staff_id=teacher.rsplit("/", 1)[1], kind="teaches", subject="maths")
    assert "Kim" in client.get(student).text, "the teacher answers for the student"
    page = client.get("/curricula/new").text
    dates = dict(re.findall(r'name="((?:starts|ends)_\d)"[^>]*value="([^"]+)"', page))
    head = {
        "title": "Grade 8",
        "programme": "Basic",
        "grade": "8",
        "year": "2026/27",
        "weekly_hours_max": "33",
    }
    plan = send(client, "/curricula/new", **head, **dates)
    module = {"subject": "maths", "title": "Roots", "hours": "24", "period": "1", "attestation_form": "exam"}
    send(client, plan, f"{plan}/items", **module)
    asked = client.post(f"{plan}/approve", data={"csrf_token": token(client, plan)})
    assert asked.status_code == 422 and "Roots" in asked.text.split('id="ask"')[1].split("</section>")[0]
    outcomes = re.search(r'href="(/curricula/[^"]+/outcomes[^"]+)"', asked.text)
    assert outcomes and 'href="/frameworks"' in client.get(outcomes.group(1)).text.split("<main")[1]
    send(client, plan, f"{plan}/approve", anyway="yes")
    again = send(client, "/curricula/new", **head, **dates, like=plan.rsplit("/", 1)[1])
    assert "Roots" in client.get(again).text, "the next version begins with the modules of the last"
    for path in ("/banks", "/sessions", "/sessions/new", "/sessions/debts", "/admin/people/import", "/home"):
        assert client.get(path, follow_redirects=True).status_code == 200, path
