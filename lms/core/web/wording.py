"""Word templates: each text is looked up and marked as safe once for each language, not once for each use.

A page asks for some two hundred texts. Flask-Babel's own callables find out the language anew for each of them and pass through
three calls of the template engine; that was a third of the cost of a page.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from babel.support import NullTranslations
from flask import Flask, g, has_app_context
from flask_babel import Babel, Domain, force_locale, get_translations
from markupsafe import Markup

__all__ = ["gettext", "in_language", "install_wording", "ngettext", "npgettext", "pgettext"]

#: Texts of all templates in both languages, several times over.
KEPT = 16384


class Catalogues(Domain):  # type: ignore[misc]  # Flask-Babel brings no types
    """Flask-Babel's catalogues; an answer finds its own once, not for each of its texts."""

    def get_translations(self) -> NullTranslations:
        """Return the catalogue of this answer's language."""
        found: NullTranslations | None = g.get("translations") if has_app_context() else NullTranslations()
        if found is None:
            found = g.translations = super().get_translations()
        return found


def _translations() -> NullTranslations:
    found: NullTranslations | None = g.get("translations")
    return get_translations() if found is None else found


@lru_cache(maxsize=KEPT)
def _pattern(translations: NullTranslations, context: str | None, text: str) -> Markup:
    """Return a text in the catalogue's language; places for variables are still open."""
    found = translations.ugettext(text) if context is None else translations.upgettext(context, text)
    return Markup(found)  # noqa: S704  (texts of ours and of plug-ins' catalogues, never of users)


@lru_cache(maxsize=KEPT)
def _without_variables(translations: NullTranslations, context: str | None, text: str) -> Markup:
    return _pattern(translations, context, text) % {}


def _gettext(text: str, /, **variables: Any) -> Markup:
    if not variables:
        return _without_variables(_translations(), None, text)
    return _pattern(_translations(), None, text) % variables


def _pgettext(context: str, text: str, /, **variables: Any) -> Markup:
    if not variables:
        return _without_variables(_translations(), context, text)
    variables.setdefault("context", context)
    return _pattern(_translations(), context, text) % variables


def _ngettext(singular: str, plural: str, num: int, /, **variables: Any) -> Markup:
    variables.setdefault("num", num)
    return Markup(_translations().ungettext(singular, plural, num)) % variables  # noqa: S704


def _npgettext(context: str, singular: str, plural: str, num: int, /, **variables: Any) -> Markup:
    variables.setdefault("context", context)
    variables.setdefault("num", num)
    return Markup(_translations().unpgettext(context, singular, plural, num)) % variables  # noqa: S704


def gettext(text: str, /, **variables: Any) -> str:
    """Say a text of the program in the reader's language: as Flask-Babel's, for pages that say dozens."""
    said: str = _spoken().ugettext(text)
    return said % variables if variables else said


def pgettext(context: str, text: str, /, **variables: Any) -> str:
    """Say a text that means something else elsewhere."""
    said: str = _spoken().upgettext(context, text)
    return said % variables if variables else said


def ngettext(singular: str, plural: str, num: int, /, **variables: Any) -> str:
    """Say a text with a number."""
    variables.setdefault("num", num)
    said: str = _spoken().ungettext(singular, plural, num)
    return said % variables


def npgettext(context: str, singular: str, plural: str, num: int, /, **variables: Any) -> str:
    """Say a text with a number that means something else elsewhere."""
    variables.setdefault("num", num)
    said: str = _spoken().unpgettext(context, singular, plural, num)
    return said % variables


def _spoken() -> NullTranslations:
    """Return the catalogue in which the program speaks now; outside of any application none."""
    return _translations() if has_app_context() else NullTranslations()


@contextmanager
def in_language(language: str) -> Iterator[None]:
    """Word what is said inside in ``language``, whatever the reader's own is."""
    kept = g.pop("translations", None)
    try:
        with force_locale(language):
            yield
    finally:
        g.pop("translations", None)
        if kept is not None:
            g.translations = kept


def install_wording(app: Flask, babel: Babel) -> None:
    """Make words cheap for the program, and offer ``_``, ``gettext``, ``ngettext``, ``pgettext`` and ``npgettext`` to templates, all of which are HTML."""
    babel.domain_instance = Catalogues()
    app.jinja_env.globals.update(
        _=_gettext, gettext=_gettext, ngettext=_ngettext, pgettext=_pgettext, npgettext=_npgettext
    )
