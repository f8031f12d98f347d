"""An examination with one question of every installed type, sat through its pages without scripts."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from flask.testing import FlaskClient

from lms.assessment.contracts import QUESTION_TYPES, ItemTest
from lms.assessment.models import AttemptItem, ItemVersion
from lms.assessment.question_types.choice import Choice
from lms.assessment.rules.items import why_unavailable
from lms.assessment.types import MarkStatus
from lms.core.runtime import Runtime
from lms.testing.exams import PASSWORD, Question
from tests.integration.assessment.conftest import Sitting


def test_every_type_is_shown_answered_marked_and_reviewed(
    runtime: Runtime, make_sitting: Callable[..., Sitting], client: FlaskClient
) -> None:
    installed = list(runtime.registries.of(QUESTION_TYPES))
    kinds = [kind for kind in installed if not why_unavailable(kind)]
    assert {kind.name for kind in installed} - {kind.name for kind in kinds} <= {"code"}
    samples = [(kind.name, kind.samples()[0]) for kind in kinds] + [("choice", Choice().samples()[2])]
    sitting = make_sitting(questions=[Question(name, s.content, tuple(s.tests)) for name, s in samples])
    token = client.get("/login").text.split('name="csrf_token" value="')[1].split('"')[0]
    client.post("/login", data={"csrf_token": token, "login": sitting.student.login, "password": PASSWORD})
    keyed: set[int] = set()
    for shown in sitting.view().questions:
        address = f"/attempts/{sitting.attempt_id}/q/{shown.slot}"
        page = client.get(address)
        assert page.status_code == 200, shown.type
        with runtime.read() as session:
            item = session.query(AttemptItem).filter_by(attempt_id=sitting.attempt_id, slot=shown.slot).one()
            content = session.get_one(ItemVersion, item.item_version_id).content
        kind = runtime.registries.of(QUESTION_TYPES).get(shown.type)
        key = kind.correct_answer(content)
        if key is None:
            continue
        keyed.add(shown.slot)
        fields = kind.fields_for(content, item.variant_seed, key)
        sent = {f"q{shown.slot}.{name}": values for name, values in fields.items()}
        hidden = {"csrf_token": page.text.split('name="csrf_token" value="')[1].split('"')[0]}
        hidden |= {"op_id": str(uuid4()), "client_seq": str(shown.slot), "go": "next"}
        assert client.post(address, data={**hidden, **sent}).status_code == 303, shown.type
    assert {q.slot for q in sitting.view().questions if q.is_answered} == keyed
    assert client.get(f"/attempts/{sitting.attempt_id}/review").status_code == 200
    sitting.submit()
    runtime.jobs.run_waiting()
    review = sitting.review(as_staff=True)
    assert {a.slot for a in review.answers if a.status is MarkStatus.RIGHT} == keyed
    assert all(answer.response for answer in review.answers if answer.slot in keyed)
    page = client.get(f"/attempts/{sitting.attempt_id}/status")
    assert page.status_code == 200
    assert '<img src="/static/samples/triangle.png" alt="Фигура с тремя сторонами">' in page.text
    assert "square.png" not in page.text


def test_a_variant_is_reviewed_with_its_own_numbers(make_sitting: Callable[..., Sitting]) -> None:
    content = {
        "type": "numeric",
        "variables": [{"name": "a", "values": "2..9"}],
        "content": {"prompt": "Сколько будет {a} + {a}?", "given": "Здесь {a}", "answer": "{= a + a}"},
    }
    right = ItemTest({"right": True}, MarkStatus.RIGHT)
    sitting = make_sitting(questions=[Question("parametric", content, (right,))])
    (shown,) = sitting.view().questions
    sitting.answer(1, {"right": True})
    sitting.submit()
    (answer,) = sitting.review(as_staff=True).answers
    assert "{" not in answer.prompt
    assert answer.prompt == f"{shown.player['prompt']}\n{shown.player['given']}"
    assert answer.status is MarkStatus.RIGHT
