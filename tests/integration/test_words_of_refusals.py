"""How a refusal speaks: «ты» to a child who is signed in, and to guests and grown-ups without an address."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient

from lms.core.runtime import Runtime
from lms.core.web import access
from lms.core.web.problems import STUDENT_TEXTS, error_texts
from lms.courses.notices import ANNOUNCED, NUDGED, PLACE_OFFERED, WISH_ANSWERED
from lms.courses.service.notices import ANSWERED, REVIEW_ASKED, WORK_JUDGED
from lms.demo.cast import DemoSchool, load_cast
from lms.people.contracts import NOTICE_KINDS
from tests.integration.test_course_writing import signed_in

#: A verb or a pronoun with which one speaks to a grown-up.
FORMAL = re.compile(r"\b(?:вы|вас|вам|вами|ваш\w*)\b|[а-яё](?:йте|ите|ьте)(?:сь)?\b", re.IGNORECASE)


@pytest.fixture
def engine_url(sqlite_url: str) -> str:
    """Return one engine: words are the same on both."""
    return sqlite_url


@pytest.fixture
def school(runtime: Runtime, prepared_cast: None) -> DemoSchool:
    return load_cast(runtime)


def said(client: FlaskClient, path: str) -> tuple[int, str]:
    page = client.get(path)
    main = page.text.partition("<main")[2].partition("</main")[0]
    return page.status_code, re.sub(r"<[^>]+>|\s+", " ", main)


def test_a_page_of_refusal_says_ty_to_a_child_and_addresses_nobody_else(
    app: Flask, school: DemoSchool
) -> None:
    @app.get("/broken/<int:status>")
    @access("core.public")
    def broken(status: int) -> str:
        abort(status)

    child, guest, parent = signed_in(app, "sonya"), app.test_client(), signed_in(app, "anna")
    for status in (400, 403, 404, 405, 409, 410, 413, 415, 422, 429, 500, 503):
        for reader in (child, guest, parent):
            code, text = said(reader, f"/broken/{status}")
            assert code == status
            assert not FORMAL.search(text), text
    assert "Проверь адрес" in said(child, "/broken/404")[1]
    assert "Подожди минуту" in said(child, "/broken/500")[1]
    for reader in (guest, parent):
        assert "Проверь " not in said(reader, "/broken/404")[1]
        assert "Подожди" not in said(reader, "/broken/500")[1]
    assert "не твой" in said(child, f"/exams/{uuid4()}")[1]


def test_what_a_child_may_be_refused_in_any_part_is_said_to_a_child(
    runtime: Runtime, app: Flask, school: DemoSchool
) -> None:
    features = [one.student_error_texts for one in runtime.features if one.student_error_texts]
    assert len(features) >= 5
    for_everybody = {code for one in runtime.features for code in one.error_texts}
    with signed_in(app, "sonya") as client:
        client.get("/courses")
        texts = error_texts()
        for code in {code for each in (STUDENT_TEXTS, *features) for code in each}:
            assert code in for_everybody or code in STUDENT_TEXTS, "it is a wording of something that is said"
            assert not FORMAL.search(str(texts[code])), (code, str(texts[code]))


def test_letters_that_go_to_children_alone_say_ty_and_those_to_both_address_nobody(runtime: Runtime) -> None:
    kinds = {kind.name: kind for kind in runtime.registries.of(NOTICE_KINDS)}
    told = [ANNOUNCED, NUDGED, WORK_JUDGED, ANSWERED, REVIEW_ASKED]
    for name in (*told, PLACE_OFFERED, WISH_ANSWERED):
        kind = kinds[name]
        words = kind.words("ru", kind.subject) + kind.words("ru", kind.text).replace("Здравствуйте!", "")
        assert not FORMAL.search(words), words
