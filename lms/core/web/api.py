"""Read what programs send: JSON, queries, and forms that bring values and files together."""

from __future__ import annotations

from typing import Any

from flask import Request
from flask_smorest import Blueprint
from marshmallow import Schema, ValidationError
from webargs.flaskparser import FlaskParser
from webargs.multidictproxy import MultiDictProxy
from werkzeug.datastructures import CombinedMultiDict, MultiDict

from lms.core.web.forms import UNREADABLE, unreadable_fields

__all__ = ["ApiBlueprint"]


class _Parser(FlaskParser):
    """Read the location ``files`` as what a multipart body is: values and files under one schema."""

    def load_files(self, req: Request, schema: Schema) -> Any:
        """Return files and values of the form."""
        return self._makeproxy(CombinedMultiDict([req.files, req.form]), schema)

    def _load_location_data(self, **kwargs: Any) -> Any:
        """Return what a location brings; a text with a NUL in it is refused at its field."""
        data = super()._load_location_data(**kwargs)
        raw = data.data if isinstance(data, MultiDictProxy) else data
        if isinstance(raw, MultiDict):
            raw = {name: raw.getlist(name) for name in raw}
        spoiled = unreadable_fields(raw)
        if spoiled:
            raise ValidationError({name or "_schema": [str(UNREADABLE)] for name in spoiled})
        return data


class ApiBlueprint(Blueprint):  # type: ignore[misc]
    """A blueprint of the API; a schema at ``location="files"`` may name values beside its files."""

    ARGUMENTS_PARSER = _Parser()
