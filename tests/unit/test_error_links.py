"""The summary of errors names each field by its label and links only to what stands on the page."""

from __future__ import annotations

import pytest

from lms.core.web.error_links import name_fields

FORM = """
<label class="govuk-label" for="f-hours">Hours <span class="quiet">(optional)</span></label><input id="f-hours">
<fieldset><legend>Which way &amp; when</legend><input type="radio" id="f-way"><label for="f-way">At school</label></fieldset>
<fieldset><legend>Born on</legend><label for="f-born">Day</label><input type="text" class="govuk-date-input__input" id="f-born"></fieldset>
<fieldset><legend>A frame around</legend><label for="f-note">A <b>note</b></label><textarea id="f-note"></textarea></fieldset>
<fieldset><legend>Which one?</legend><input type="radio" id="f-one"><label for="f-one">This</label></fieldset>
<label for="f-sure">I am sure</label><input type="checkbox" id="f-sure"><input id="f-bare">
"""


def summed(target: str, words: str) -> str:
    items = f'<li><a href="#{target}">{words}</a></li>'
    page = f'<ul class="govuk-error-summary__list">{items}</ul>{FORM}'
    named = name_fields(page)
    assert named.endswith(FORM), "nothing else changes"
    return (
        named.removesuffix(FORM).removeprefix('<ul class="govuk-error-summary__list">').removesuffix("</ul>")
    )


@pytest.mark.parametrize(
    ("target", "words", "shown"),
    [
        ("f-hours", "Write a number.", '<li><a href="#f-hours">Hours: Write a number.</a></li>'),
        ("f-way", "Choose.", '<li><a href="#f-way">Which way &amp; when: Choose.</a></li>'),
        ("f-born", "A day.", '<li><a href="#f-born">Born on: A day.</a></li>'),
        ("f-note", "Too long.", '<li><a href="#f-note">A note: Too long.</a></li>'),
        ("f-one", "Choose.", '<li><a href="#f-one">Which one? Choose.</a></li>'),
        ("f-sure", "Tick.", '<li><a href="#f-sure">I am sure: Tick.</a></li>'),
        ("f-hours", "Hours are missing.", '<li><a href="#f-hours">Hours are missing.</a></li>'),
        ("f-bare", "Wrong.", '<li><a href="#f-bare">Wrong.</a></li>'),
        ("f-elsewhere", "Wrong.", "<li>Wrong.</li>"),
    ],
)
def test_a_field_is_named_and_linked(target: str, words: str, shown: str) -> None:
    assert summed(target, words) == shown


def test_a_page_without_a_summary_stays_as_it_is() -> None:
    assert name_fields(FORM) == FORM
