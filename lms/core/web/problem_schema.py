"""Make the API's specification say what is sent: errors as problem documents, decimal numbers as texts."""

from __future__ import annotations

import threading
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

from flask_smorest import Api
from marshmallow import Schema, fields

__all__ = ["ProblemApi", "ProblemSchema"]


class ProblemSchema(Schema):
    """A problem document. Source: RFC 9457."""

    type = fields.String(metadata={"description": "urn:marshrut:problem:<code>, stable."})
    title = fields.String(metadata={"description": "What happened, in the reader's language."})
    status = fields.Integer(metadata={"description": "The HTTP status."})
    code = fields.String(metadata={"description": "The stable code, for programs."})
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "Messages by field, when the input could not be used."},
    )


def _numbers_as_sent(
    _converter: Any, field: fields.Field[Any], ret: dict[str, Any], **_: Any
) -> dict[str, Any]:
    """Return what the specification says about a number: a decimal one is a text, its bounds are numbers."""
    bounds = {key: float(value) for key, value in ret.items() if isinstance(value, Decimal)}
    if isinstance(field, fields.Decimal) and field.as_string:
        return {**bounds, "type": ["string", "null"] if field.allow_none else "string", "format": "decimal"}
    return bounds


class ProblemApi(Api):  # type: ignore[misc]
    """The API with our own shape of errors and numbers in its specification, which is written when it is first asked for.

    Writing it takes longer than all the rest of building the application, and few processes are ever asked.
    """

    ERROR_SCHEMA = ProblemSchema

    def __init__(self, app: Any) -> None:
        """Register with ``app``; nothing is written yet."""
        self._writing = threading.RLock()
        self._to_write: list[Callable[[], None]] = []
        self._spec: Any = None
        super().__init__(app)

    @property
    def spec(self) -> Any:
        """Return the specification; what is not in it yet is written now, once."""
        with self._writing:
            to_write, self._to_write = self._to_write, []
            for write in to_write:
                write()
            return self._spec

    @spec.setter
    def spec(self, spec: Any) -> None:
        self._spec = spec

    def _init_spec(self, **options: Any) -> None:
        """Prepare the specification, when it is asked for."""
        self._to_write.append(partial(self._begin_spec, options))

    def _begin_spec(self, options: dict[str, Any]) -> None:
        super()._init_spec(**options)
        self.ma_plugin.converter.add_attribute_function(_numbers_as_sent)

    def register_blueprint(self, blueprint: Any, **options: Any) -> None:
        """Register a blueprint's addresses now, and what the specification says of them when it is asked for."""
        app, name = self._app, options.get("name", blueprint.name)
        app.extensions["flask-smorest"]["blp_name_to_api"][name] = self
        app.register_blueprint(blueprint, **options)
        self._to_write.append(partial(self._describe, blueprint, name))

    def _describe(self, blueprint: Any, name: str) -> None:
        blueprint.register_views_in_doc(self, self._app, self.spec, name=name, parameters=None)
        self.spec.tag({"name": name, "description": blueprint.description})
