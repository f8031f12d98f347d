"""Read what programs send: JSON, queries, and forms that bring values and files together."""

from __future__ import annotations

import json
from typing import Any

from flask import Request
from flask.json.provider import DefaultJSONProvider
from flask_smorest import Blueprint
from marshmallow import Schema, ValidationError
from webargs.flaskparser import FlaskParser
from webargs.multidictproxy import MultiDictProxy
from werkzeug.datastructures import CombinedMultiDict, MultiDict

from lms.core.web.forms import UNREADABLE, unreadable_fields

__all__ = ["ApiBlueprint", "JsonOfPrograms"]


class JsonOfPrograms(DefaultJSONProvider):
    """Read JSON; a document nested deeper than Python goes is as unreadable as one with a bracket missing."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Return what a JSON text says; raise ValueError where it says nothing that can be read."""
        try:
            return super().loads(s, **kwargs)
        except RecursionError:
            raise ValueError("nested too deep") from None


class _Parser(FlaskParser):
    """Read the location ``files`` as what a multipart body is: values and files under one schema."""

    def load_files(self, req: Request, schema: Schema) -> Any:
        """Return files and values of the form."""
        return self._makeproxy(CombinedMultiDict([req.files, req.form]), schema)

    def _raw_load_json(self, req: Request) -> Any:
        """Return the body; one that is nested too deep, or has a number of thousands of digits, is no JSON of ours."""
        try:
            return super()._raw_load_json(req)
        except (json.JSONDecodeError, UnicodeDecodeError):
            raise
        except (ValueError, RecursionError):
            raise json.JSONDecodeError("cannot be read", "…", 0) from None

    def _load_location_data(self, **kwargs: Any) -> Any:
        """Return what a location brings; a text with a NUL or half a letter in it is refused at its field."""
        data = super()._load_location_data(**kwargs)
        raw = data.data if isinstance(data, MultiDictProxy) else data
        if isinstance(raw, MultiDict):
            raw = {name: raw.getlist(name) for name in raw}
        try:
            spoiled = unreadable_fields(raw)
        except RecursionError:
            spoiled = [""]
        if spoiled:
            raise ValidationError({name or "_schema": [str(UNREADABLE)] for name in spoiled})
        return data


class ApiBlueprint(Blueprint):  # type: ignore[misc]
    """A blueprint of the API; a schema at ``location="files"`` may name values beside its files."""

    ARGUMENTS_PARSER = _Parser()
