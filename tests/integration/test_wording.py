"""Texts of templates: in the reader's language, safe, and the same as the application's own words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask, render_template_string
from flask_babel import gettext, ngettext, pgettext

from lms.assessment.pages.words import script_words
from lms.core.clock import FixedClock


@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_template_says_what_the_program_says(app: Flask, language: str) -> None:
    template = (
        "{{ _('Sign out') }}|{{ gettext('%(got)s points of %(most)s: %(share)s', got=1, most=2, share='<b>') }}"
        "|{{ pgettext('menu', 'More') }}|{{ ngettext('%(num)d break is left', '%(num)d breaks are left', 3) }}"
    )
    with app.test_request_context(headers={"Cookie": f"locale={language}"}):
        words = (
            gettext("Sign out"),
            gettext("%(got)s points of %(most)s: %(share)s", got=1, most=2, share="&lt;b&gt;"),
            pgettext("menu", "More"),
            ngettext("%(num)d break is left", "%(num)d breaks are left", 3),
        )
        assert render_template_string(template) == "|".join(words)


def test_each_answer_finds_its_own_language(app: Flask) -> None:
    said = []
    for language in ("ru", "en", "ru"):
        with app.test_request_context(headers={"Cookie": f"locale={language}"}):
            said.append(render_template_string("{{ _('Sign out') }}"))
    assert said == ["Выйти", "Sign out", "Выйти"]


def test_a_percent_sign_of_a_text_stays_one(app: Flask) -> None:
    with app.test_request_context():
        assert render_template_string("{{ _('100 %% of it') }}") == "100 % of it"


def test_the_words_of_the_exams_script_are_kept_for_each_language(app: Flask) -> None:
    said = []
    for language in ("ru", "en", "ru", "en"):
        with app.test_request_context(headers={"Cookie": f"locale={language}"}):
            said.append(script_words())
    assert said[0] == said[2] != said[1] == said[3]
    assert '"server": "Saved on the server at {time}"' in said[1]


@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_moment_of_another_year_says_which(app: Flask, clock: FixedClock, language: str) -> None:
    now = clock.now()
    with app.test_request_context(headers={"Cookie": f"locale={language}"}):
        written = app.jinja_env.filters["moment"]
        for days in (-400, 400):
            other = now + timedelta(days=days)
            assert str(other.year) in written(other)
        assert str(now.year) not in written(now)
        assert written(None) == ""
