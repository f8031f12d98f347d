"""Settings: read from the environment, with every mistake told at once."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from lms.core.settings import CoreSettings, Settings, SettingsError, require_production


def test_defaults_need_nothing() -> None:
    assert Settings.load({}).core.default_locale == "ru"


def test_values_are_converted() -> None:
    core = Settings.load({"LMS_DATA_DIR": "/x", "LMS_SECURE_COOKIES": "yes", "LMS_SESSION_HOURS": "3"}).core
    assert (core.data_dir, core.secure_cookies, core.session_hours) == (Path("/x"), True, 3)


def test_all_mistakes_come_in_one_message() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.load({"LMS_SESSION_HOURS": "many", "LMS_DEFAULT_LOCALE": "de", "LMS_SESION_HOURS": "3"})
    text = str(caught.value)
    assert "LMS_SESSION_HOURS" in text and "LMS_DEFAULT_LOCALE" in text and "LMS_SESION_HOURS" in text


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("LMS_SESSION_HOURS", "many", "a whole number"),
        ("LMS_SECURE_COOKIES", "perhaps", "yes or no"),
        ("LMS_LOG_LEVEL", "LOUD", "DEBUG, INFO, WARNING or ERROR"),
        ("LMS_DATABASE_URL", "mysql://root:secret@db/lms", "postgresql://… or sqlite:///…"),
        ("LMS_TIMEZONE", "Moscow", "Europe/Moscow"),
    ],
)
def test_a_mistake_is_told_with_what_is_expected(name: str, value: str, told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.load({name: value})
    assert name in str(caught.value) and told in str(caught.value)
    assert "secret" not in str(caught.value)


def test_every_setting_says_what_it_is_for() -> None:
    assert all(item.metadata.get("doc") for item in dataclasses.fields(CoreSettings))


@pytest.mark.parametrize(
    ("environ", "workers", "names"),
    [
        ({}, 1, ["LMS_SECURE_COOKIES"]),
        ({"LMS_SECURE_COOKIES": "no"}, 1, []),
        ({"LMS_SECURE_COOKIES": "no", "LMS_BASE_URL": "https://school.example"}, 1, ["LMS_SECURE_COOKIES"]),
        ({"LMS_SECURE_COOKIES": "yes", "LMS_BASE_URL": "https://school.example"}, 1, []),
        ({"LMS_SECURE_COOKIES": "yes"}, 2, ["LMS_RATELIMIT_URL"]),
        ({"LMS_SECURE_COOKIES": "yes", "LMS_RATELIMIT_URL": "redis://127.0.0.1/1"}, 4, []),
        ({}, 2, ["LMS_SECURE_COOKIES", "LMS_RATELIMIT_URL"]),
    ],
)
def test_people_are_not_served_with_what_only_a_trial_may_have(
    environ: dict[str, str], workers: int, names: list[str]
) -> None:
    if not names:
        require_production(environ, workers=workers)
        return
    with pytest.raises(SettingsError) as refused:
        require_production(environ, workers=workers)
    assert [line.split(":")[0].strip() for line in str(refused.value).splitlines()[1:]] == names
