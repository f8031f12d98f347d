"""Read what programs send: JSON, queries, and forms that bring values and files together."""

from __future__ import annotations

from typing import Any

from flask import Request
from flask_smorest import Blueprint
from marshmallow import Schema
from webargs.flaskparser import FlaskParser
from werkzeug.datastructures import CombinedMultiDict

__all__ = ["ApiBlueprint"]


class _Parser(FlaskParser):
    """Read the location ``files`` as what a multipart body is: values and files under one schema."""

    def load_files(self, req: Request, schema: Schema) -> Any:
        """Return files and values of the form."""
        return self._makeproxy(CombinedMultiDict([req.files, req.form]), schema)


class ApiBlueprint(Blueprint):  # type: ignore[misc]
    """A blueprint of the API; a schema at ``location="files"`` may name values beside its files."""

    ARGUMENTS_PARSER = _Parser()
