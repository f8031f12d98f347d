"""The page of every installed question type: every control has a name that is said, and sends what it showed."""

from __future__ import annotations

import re
from types import SimpleNamespace

from flask import Flask, render_template

from lms.assessment.contracts import QUESTION_TYPES
from lms.core.runtime import Runtime

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
