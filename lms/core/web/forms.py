"""Load forms with the same marshmallow schemas that check the JSON of the API.

A form keeps what was typed: on errors the page is rendered again (422) with ``form.values`` and ``form.errors``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, request
from flask_babel import gettext, lazy_gettext
from marshmallow import EXCLUDE, Schema, ValidationError, fields

from lms.core.errors import InvalidInput

__all__ = ["Form", "install_text_check", "load_form", "unreadable_fields", "worded_messages"]

#: The one character that no text has and that a database refuses to keep.
NUL = "\x00"


@dataclass(slots=True)
class Form:
    """What was typed, what is wrong with it, and the checked values."""

    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def is_valid(self) -> bool:
        """Tell whether nothing is wrong."""
        return not self.errors

    def fail(self, field_name: str, message: str) -> None:
        """Add a worded error to one field (``_form`` = the whole form)."""
        self.errors.setdefault(field_name, []).append(message)

    def take(self, error: InvalidInput, texts: Mapping[str, Any]) -> None:
        """Show a service's refusal at its fields, or above the form when it names none."""
        if error.fields:
            for name, messages in error.fields.items():
                for message in messages:
                    self.fail(name, _word(message, texts, error.params))
        else:
            self.fail("_form", _word(error.code, texts, error.params))


def _word(code: str, texts: Mapping[str, Any], params: Mapping[str, Any]) -> str:
    template = str(texts[code]) if code in texts else gettext(code)
    return template % params if params and "%(" in template else template


def _typed_values(schema: Schema, source: Any) -> dict[str, Any]:
    """Return what was typed, by field: lists for list fields, text (stripped) for the rest; empty text is absent."""
    values: dict[str, Any] = {}
    for name, item in schema.load_fields.items():
        key = item.data_key or name
        if isinstance(item, fields.List):
            values[key] = [text for text in source.getlist(key) if text != ""]
        elif isinstance(item, fields.Boolean):
            values[key] = source.get(key, "") not in {"", "0", "false", "off"}
        elif source.get(key, "").strip() != "":
            values[key] = source[key].strip()
    return values


def load_form(schema: Schema, source: Any = None, **initial: Any) -> Form:
    """Return the checked form.

    ``source`` is the request's form by default. For a GET request pass nothing and use ``Form(values=…)`` instead.
    Messages are translated; nested errors are joined with dots (``items.0.hours``).
    """
    typed = _typed_values(schema, request.form if source is None else source)
    spoiled = unreadable_fields(typed)
    typed = {name: _without_nul(value) if name in spoiled else value for name, value in typed.items()}
    form = Form(values={**initial, **typed})
    try:
        form.data = schema.load({**initial, **typed}, unknown=EXCLUDE)
    except ValidationError as error:
        for name, messages in worded_messages(error.messages).items():
            for message in messages:
                form.fail("_form" if name == "_schema" else name, message)
    for name in spoiled:
        form.fail(name, str(UNREADABLE))
    return form


UNREADABLE = lazy_gettext("There is a character in it that is no text. Type it again.")


def unreadable_fields(values: Any, prefix: str = "") -> list[str]:
    """Return the fields whose text, or any text inside, has a NUL or half a letter (a lone surrogate); nested fields are joined with dots."""
    if isinstance(values, str):
        return [prefix] if NUL in values or not _is_whole(values) else []
    if isinstance(values, Mapping):
        parts: Iterable[tuple[Any, Any]] = values.items()
    elif isinstance(values, list | tuple):
        # the items of a simple list are the field's own, those of a list of objects have places
        parts = (
            enumerate(values) if any(isinstance(v, Mapping) for v in values) else (("", v) for v in values)
        )
    else:
        return []
    found = [
        name
        for key, value in parts
        for name in unreadable_fields(value, ".".join(part for part in (prefix, str(key)) if part))
    ]
    return list(dict.fromkeys(found))


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _without_nul(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_nul(each) for each in value]
    return value.replace(NUL, "") if isinstance(value, str) else value


def install_text_check(app: Flask) -> None:
    """Refuse addresses with a NUL in them: no search finds one and no database takes it."""

    @app.before_request
    def refuse() -> None:
        if NUL in request.path or any(NUL in text for _name, text in request.args.items(multi=True)):
            raise InvalidInput("form.unreadable")


#: What marshmallow says by itself where a schema words nothing: the beginning of its sentence and ours.
_LIBRARY_MESSAGES = (
    ("Missing data", lazy_gettext("Fill this in.")),
    ("Field may not be null", lazy_gettext("Fill this in.")),
    ("Shorter than minimum length 1.", lazy_gettext("Fill this in.")),
    ("Length must be between 1 and", lazy_gettext("Fill this in, and keep it shorter.")),
    ("Shorter than", lazy_gettext("This is too short.")),
    ("Longer than", lazy_gettext("This is too long.")),
    ("Length must be", lazy_gettext("The length does not fit.")),
    ("Must be one of", lazy_gettext("Choose one of the options.")),
    ("Must be", lazy_gettext("The number is out of bounds.")),
    ("Not a valid integer", lazy_gettext("Give a whole number.")),
    ("Not a valid number", lazy_gettext("Give a number.")),
    ("Special numeric values", lazy_gettext("Give a number.")),
    ("Not a valid date", lazy_gettext("Give a date.")),
    ("Not a valid", lazy_gettext("This cannot be read.")),
)


def _own_words(message: str) -> str:
    for beginning, text in _LIBRARY_MESSAGES:
        if message.startswith(beginning):
            return str(text)
    return str(gettext(message))


def worded_messages(messages: Any, prefix: str = "") -> dict[str, list[str]]:
    """Return marshmallow's messages by field in the reader's language; nested fields are joined with dots."""
    if not isinstance(messages, Mapping):  # a list, or one text that is worded when it is read
        rows = messages if isinstance(messages, list) else [messages]
        return {prefix: [_own_words(str(message)) for message in rows]}
    found: dict[str, list[str]] = {}
    for key, value in messages.items():
        found.update(worded_messages(value, f"{prefix}.{key}" if prefix else str(key)))
    return found
