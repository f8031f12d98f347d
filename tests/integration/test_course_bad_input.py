"""What strangers and careless people type, bring or take away: no script of theirs runs, and no page breaks."""

from __future__ import annotations

import io
from html.parser import HTMLParser
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from lms.core.runtime import Runtime
from lms.courses import queries, service
from lms.courses.contracts import COURSE_BLOCKS, FieldKind
from lms.courses.types import NewBlock, NewSection
from lms.demo.cast import DemoSchool
from tests.integration.test_course_pages import csrf, signed_in
from tests.integration.test_course_steps import FILES, Author, course, environment
from tests.integration.test_courses import blocks_of, enrol, publish, school, write

__all__ = ["course", "environment", "school"]

HOSTILE = (
    "\n\n<script>alert(1)</script><img src=x onerror=alert(1)><svg onload=alert(1)><a href='javascript:alert(1)'>a</a>"
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>"\'><b onclick=alert(1)> [b](javascript:alert(1)) '
    "![c](javascript:alert(1)) <javascript:alert(1)> [d](data:text/html,<script>alert(1)</script>) {{ 7*7 }}\n"
)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script><circle r="4"/></svg>'


@pytest.fixture
def engine_url(sqlite_url: str) -> str:
    """Return one engine: what differs between them is told elsewhere."""
    return sqlite_url


class Look(HTMLParser):
    """Finds everything on a page that could run what somebody else wrote."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "script" and not said.get("src", "").startswith("/static/dist/"):
            self.faults.append(f"a script {said}")
        if tag in {"iframe", "object", "embed", "base"}:
            self.faults.append(tag)
        for name, value in said.items():
            if name.startswith("on") or name == "srcdoc":
                self.faults.append(f"{tag} {name}")
            is_address = name in {"href", "src", "action", "formaction", "poster", "data"}
            if is_address and value.strip().lower().startswith(("javascript:", "data:text", "vbscript:")):
                self.faults.append(f"{tag} {name}={value}")


def test_no_text_field_of_any_kind_runs_a_script(runtime: Runtime, app: Flask, course: UUID) -> None:
    kim = Author(app, course)
    shown = 0
    for kind in runtime.registries.of(COURSE_BLOCKS):
        with app.test_request_context():
            fields = kind.author_form()
        sample: dict[str, Any] = kind.form_from(next(s.content for s in kind.samples() if s.is_valid))
        path = f"/new-step?section=one&type={kind.name}"
        for name in [field.name for field in fields if field.kind in {FieldKind.LINE, FieldKind.TEXT}]:
            form = {key: value for key, value in sample.items() if not key.endswith(".type")}
            for field in fields:
                if field.kind is FieldKind.FILE:
                    data, called = FILES[field.accept]
                    form[field.name] = (io.BytesIO(data), called)
            form[name] = f"{form.get(name, '')}{HOSTILE}"
            answer = kim.send(path, title=f"Шаг{HOSTILE}"[:200], author=HOSTILE[:200], **form)
            assert answer.status_code in {303, 422}, (kind.name, name)
            assert Look(answer.text).faults == [], (kind.name, name)
            if answer.status_code == 303:
                shown += 1
                page = kim.client.get(answer.headers["Location"])
                assert page.status_code == 200, (kind.name, name)
                assert Look(page.text).faults == [], (kind.name, name)
                assert "49" not in page.text.split("7*7")[0][-20:], (
                    "what looks like a template is no template"
                )
    assert shown > 15
    page = kim.client.get(kim.page).text
    assert Look(page).faults == []


def test_words_of_a_course_run_no_script_and_end_no_other_format(
    runtime: Runtime, app: Flask, school: DemoSchool, course: UUID
) -> None:
    kim = Author(app, course)
    said = {
        "title": f"Тени{HOSTILE}".replace("\n", " ")[:200],
        "summary": f"О тенях{HOSTILE}",
        "subject": "physics",
        "mode": "open",
    }
    assert kim.send("/about", **said).status_code == 303
    assert kim.send("/publish").status_code == 303
    sonya = signed_in(app, "sonya")
    for path in ("/courses", f"/courses/{course}", f"/courses?q={HOSTILE}"):
        page = sonya.get(path)
        assert page.status_code == 200 and Look(page.text).faults == [], path
    linked = sonya.get(f"/courses/{course}/about.jsonld")
    assert linked.json["name"].startswith("Тени") and linked.headers["X-Content-Type-Options"] == "nosniff"
    assert linked.mimetype == "application/ld+json"


def test_a_drawing_with_a_script_is_shown_sealed(runtime: Runtime, app: Flask, school: DemoSchool) -> None:
    made = write(runtime, school)
    with runtime.unit_of_work(school.actor("kim")) as uow:
        media = service.add_media(uow, made, SVG, "a.svg")
    answer = signed_in(app, "kim").get(f"/courses/{made}/media/{media.id}")
    policy = answer.headers["Content-Security-Policy"]
    assert answer.mimetype == "image/svg+xml" and answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in policy and policy.endswith("sandbox")


def test_a_kind_that_is_uninstalled_under_running_students_breaks_no_page(
    runtime: Runtime, app: Flask, school: DemoSchool
) -> None:
    glossary = NewBlock("words", "glossary", {"terms": [{"term": "тень", "meaning": "темно"}]}, "Слова")
    text = NewBlock("text", "text", {"markdown": "Текст"}, "Начало")
    made = write(runtime, school, NewSection("one", "Первый", (text, glossary)))
    publish(runtime, school, made)
    enrol(runtime, school, made)
    at = blocks_of(runtime, made)
    with runtime.unit_of_work(school.actor("kim")) as uow:
        service.open_draft(uow, made)
    kim, sonya = signed_in(app, "kim"), signed_in(app, "sonya")
    kinds = runtime.registries.of(COURSE_BLOCKS)
    removed = kinds._members.pop("glossary")
    try:
        for path in ("", "/offline", f"/steps/{at['words']}", f"/steps/{at['text']}"):
            assert sonya.get(f"/courses/{made}{path}").status_code == 200, path
        for path in ("", "/write", "/write?check=1", "/progress", "/monitor", "/work", "/write/as-student"):
            assert kim.get(f"/courses/{made}{path}").status_code == 200, path
        with runtime.read() as session:
            draft = queries.draft_version(session, made)
            assert draft is not None
            gone = next(block.id for block in draft.sections[0].blocks if block.type == "glossary")
        step = f"/courses/{made}/write/steps/{gone}"
        assert "больше не установлен" in kim.get(step).text
        form = {"csrf_token": csrf(kim, step)}
        stopped = kim.post(f"/courses/{made}/write/publish", data=form)
        assert stopped.status_code == 422 and step in stopped.text, "nobody could get past it"
        assert kim.post(f"{step}/remove", data=form).status_code == 303
        assert kim.post(f"/courses/{made}/write/publish", data=form).status_code == 303
        assert sonya.get("/home").status_code == 200 and sonya.get("/courses").status_code == 200
    finally:
        kinds._members["glossary"] = removed
    assert "темно" in sonya.get(f"/courses/{made}/steps/{at['words']}").text, "what was hers is there again"
