"""The page of every installed question type: every control has a name that is said, and sends what it showed."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from flask import Flask, render_template

from lms.assessment.contracts import QUESTION_TYPES
from lms.core.runtime import Runtime
from lms.testing.exams import Question
from tests.integration.assessment.conftest import Sitting
from tests.integration.assessment.test_api import Browser

CONTROL = re.compile(r"<(?:input|select|textarea|audio|img)\b[^>]*>")


def test_every_control_of_every_type_can_be_named_aloud(app: Flask, runtime: Runtime) -> None:
    for kind in runtime.registries.of(QUESTION_TYPES):
        for sample in kind.samples():
            content = kind.validate_content(sample.content)
            answer = kind.correct_answer(content)
            question = SimpleNamespace(
                prefix="q1.", player=kind.player(content, 7), fields=kind.fields_for(content, 7, answer)
            )
            with app.test_request_context("/"):
                page = render_template(kind.template, question=question)
            page = re.sub(r"<label class=\"answer\">.*?</label>", "", page, flags=re.DOTALL)
            labels = set(re.findall(r'<label[^>]* for="([^"]+)"', page))
            for control in CONTROL.findall(page):
                is_said = re.search(r'aria-label(?:ledby)?="[^"]+"|alt="[^"]+"', control)
                found = re.search(r' id="([^"]+)"', control)
                assert is_said or 'type="hidden"' in control or (found and found[1] in labels), (
                    kind.name,
                    control,
                )


def test_a_shown_answer_is_the_one_that_was_given(app: Flask, runtime: Runtime) -> None:
    for kind in runtime.registries.of(QUESTION_TYPES):
        content = kind.validate_content(kind.samples()[0].content)
        answer = kind.correct_answer(content)
        if answer is None:
            continue
        fields = kind.fields_for(content, 7, answer)
        question = SimpleNamespace(prefix="q1.", player=kind.player(content, 7), fields=fields)
        with app.test_request_context("/"):
            page = render_template(kind.template, question=question)
        for name, values in fields.items():
            for value in values:
                typed = re.search(rf'name="q1.{re.escape(name)}"[^>]*value="{re.escape(value)}"', page)
                chosen = f'value="{value}" selected' in page
                ticked = re.search(rf'value="{re.escape(value)}"[^>]* checked', page)
                assert typed or chosen or ticked or f">{value}</textarea>" in page, (kind.name, name, value)


def test_what_is_filled_in_partly_is_named_with_a_link_before_the_work_is_handed_in(
    make_sitting: Callable[..., Sitting], runtime: Runtime, app: Flask
) -> None:
    kinds = runtime.registries.of(QUESTION_TYPES)
    named = ("matching", "ordering", "cloze", "word_bank", "categorise", "choice", "numeric")
    samples = [(name, kinds.get(name).samples()[0]) for name in named]
    sitting = make_sitting(questions=[Question(n, each.content, tuple(each.tests)) for n, each in samples])
    partly = {}
    for question in sitting.view().questions:
        content = kinds.get(question.type).validate_content(dict(samples)[question.type].content)
        right = kinds.get(question.type).correct_answer(content)
        fields = sitting.fields_for(question.slot, right)
        if len(fields) > 1 and question.type != "numeric":
            partly[question.slot] = len(fields)
            fields = {**fields, next(iter(fields)): [""]}
        sitting.save(sitting.operation(question.slot, fields))
    page = Browser(app, sitting.student.login).client.get(f"/attempts/{sitting.attempt_id}/submit").text
    said = re.findall(r'href="[^"]+/q/(\d+)">вопрос (\d+), (\d+) из (\d+)</a>', page)
    assert [(int(a), int(b), int(c), int(d)) for a, b, c, d in said] == [
        (slot, slot, count - 1, count) for slot, count in sorted(partly.items())
    ]
    assert len(partly) >= 4


@pytest.mark.parametrize(("hours", "words"), [(3, "закончится в 14:55"), (72, "закончится 14 ноября, 11:55")])
def test_the_clock_names_the_day_when_the_work_ends_on_another_one(
    make_sitting: Callable[..., Sitting], app: Flask, hours: int, words: str
) -> None:
    sitting = make_sitting(hours=hours, minutes=None)
    page = Browser(app, sitting.student.login).client.get(f"/attempts/{sitting.attempt_id}/q/1").text
    assert words in page
