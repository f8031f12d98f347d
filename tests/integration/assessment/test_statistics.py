"""How the questions of a session worked: nothing from few works, every figure from ten."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask.testing import FlaskClient

from lms.assessment import queries
from lms.assessment.contracts import QUESTION_TYPES
from lms.core.runtime import Runtime
from lms.testing.exams import PASSWORD, ExamGround, Question
from tests.integration.assessment.conftest import Sitting


def held(ground: ExamGround, make_sitting: Callable[..., Sitting], works: int) -> UUID:
    """Hold an examination of a choice and a statement; every second student solves the choice."""
    kinds = ground.runtime.registries.of(QUESTION_TYPES)
    samples = {name: kinds.get(name).samples()[0] for name in ("choice", "true_false")}
    questions = [Question(name, sample.content, tuple(sample.tests)) for name, sample in samples.items()]
    while len(ground.students) < works:
        ground.add_student()
    session_id = None
    for student in range(works):
        sitting = make_sitting(student=student, session_id=session_id, questions=questions)
        session_id = sitting.session_id
        sitting.answer(1, "a" if student % 2 else "c")
        sitting.answer(2, student % 3 > 0)
        sitting.submit()
    assert session_id is not None
    return session_id


def test_ten_works_have_figures_and_nine_have_none(
    runtime: Runtime, ground: ExamGround, make_sitting: Callable[..., Sitting], client: FlaskClient
) -> None:
    session_id = held(ground, make_sitting, 10)
    types = runtime.registries.of(QUESTION_TYPES)
    with runtime.read() as session:
        read = queries.session_statistics(session, types, session_id)
    assert read.works == 10
    assert read.found is not None
    by_title = {read.titles[item.question]: item for item in read.found.items}
    assert sorted(round(item.facility or 0, 2) for item in by_title.values()) == [0.5, 0.6]
    assert sorted(item.random_guess or 0 for item in by_title.values()) == [0.25, 0.5]
    assert "thin" in read.found.warnings
    token = client.get("/login").text.split('name="csrf_token" value="')[1].split('"')[0]
    client.post(
        "/login", data={"csrf_token": token, "login": f"{ground.code}-director", "password": PASSWORD}
    )
    page = client.get(f"/sessions/{session_id}/statistics")
    assert page.status_code == 200
    assert all(title in page.text for title in by_title)
    assert f"/sessions/{session_id}/statistics" in client.get(f"/sessions/{session_id}").text


def test_nine_works_say_nothing(
    runtime: Runtime, ground: ExamGround, make_sitting: Callable[..., Sitting]
) -> None:
    session_id = held(ground, make_sitting, 9)
    with runtime.read() as session:
        read = queries.session_statistics(session, runtime.registries.of(QUESTION_TYPES), session_id)
    assert (read.works, read.found) == (9, None)
