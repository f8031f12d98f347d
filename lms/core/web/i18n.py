"""Choose the language of a page and find each feature's catalogue.

English message ids, Russian by default; every feature keeps its own ``translations`` folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel import Locale
from flask import Flask, has_request_context, request
from flask_babel import Babel, format_timedelta, get_locale

from lms.core.web.context import runtime
from lms.core.web.dates import format_date, format_datetime, format_decimal, format_time
from lms.core.web.wording import gettext, install_wording

__all__ = ["LOCALES", "choose_locale", "current_language", "install_babel", "window_words"]

LOCALES = {"ru": "Русский", "en": "English"}


def choose_locale() -> str:
    """Return the reader's language: chosen, or the installation's default."""
    chosen = request.cookies.get("locale", "") if has_request_context() else ""
    return chosen if chosen in LOCALES else runtime().settings.core.default_locale


@lru_cache
def _locale(language: str) -> Locale:
    """Return a language's rules; Babel looks at the disk each time it is asked for them by name."""
    return Locale.parse(language)


def _translation_folders(features: tuple[str, ...], brought: Sequence[Path]) -> str:
    package = Path(__file__).resolve().parents[2]
    folders = [*brought, *(package / name / "translations" for name in ("core", *features))]
    return ";".join(str(folder) for folder in dict.fromkeys(folders) if folder.is_dir())


def install_babel(app: Flask, features: tuple[str, ...], timezone: str, brought: Sequence[Path] = ()) -> None:
    """Set up Flask-Babel and the date filters; ``brought`` are the catalogues of plug-ins, ours win over them."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = _translation_folders(features, brought)
    app.config["BABEL_DEFAULT_TIMEZONE"] = timezone
    install_wording(app, Babel(app, locale_selector=lambda: _locale(choose_locale())))
    app.jinja_env.filters["date"] = _day_of_year
    app.jinja_env.filters["day"] = lambda value: format_date(value, "d MMMM") if value else ""
    app.jinja_env.filters["time"] = lambda value: format_time(value, "HH:mm") if value else ""
    app.jinja_env.filters["moment"] = _moment
    app.jinja_env.filters["waited"] = _waited
    app.jinja_env.filters["iso"] = _iso
    app.jinja_env.filters["hours"] = _hours


def _day_of_year(value: Any) -> str:
    """Return a day with its year, the day first in both languages, as everywhere on the pages."""
    style = "d MMMM y" if current_language() == "en" else "long"
    return format_date(value, style) if value else ""


def _moment(value: datetime | None) -> str:
    """Return a day and its time; the year, too, where it is another than this one."""
    if not value:
        return ""
    now = runtime().clock.now()
    is_this_year = format_date(value, "y") == format_date(now, "y")
    return format_datetime(value, "d MMMM, HH:mm" if is_this_year else "d MMMM y, HH:mm")


def _hours(value: Any) -> str:
    """Return hours without needless zeros, with the decimal sign of the language (22, 1,5)."""
    return str(format_decimal(value)) if value is not None else ""


def _waited(since: datetime) -> str:
    """Return how long something has waited; nobody counts the seconds of the first minute."""
    waited = runtime().clock.now() - since
    return str(gettext("now") if waited < timedelta(minutes=1) else format_timedelta(waited))


def _iso(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def window_words(opens_at: datetime, closes_at: datetime) -> str:
    """Return from when to when something is open: hours of one day, or the first and the last day."""
    first, last = format_date(opens_at, "d MMMM"), format_date(closes_at, "d MMMM")
    if format_date(opens_at) != format_date(closes_at):
        return f"{first} – {last}"
    return f"{first}, {format_time(opens_at, 'HH:mm')}–{format_time(closes_at, 'HH:mm')}"


def current_language() -> str:
    """Return ``ru`` or ``en`` for the present request."""
    locale = get_locale()
    return locale.language if locale is not None else "ru"
