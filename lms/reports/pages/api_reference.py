"""Show the reference of the API as a page: no script, no outside address, readable by everybody."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template

from lms.core.web import access, runtime
from lms.core.web.access import declared_action
from lms.reports.rules.api_reference import ApiReference, describe

__all__ = ["blueprint"]

EXAMPLE = """\
curl -b session.txt %s/api/v1/courses

{
  "code": "course.gate_closed",
  "status": 409,
  "title": "…",
  "type": "urn:marshrut:problem:course.gate_closed"
}\
"""

blueprint = Blueprint("api_reference", __name__, template_folder="../templates")


@blueprint.get("/api")
@access("reports.api_reference")
def show() -> str:
    """Show every operation, what it takes, what it answers and who may."""
    (known,) = current_app.extensions["flask-smorest"]["apis"].values()
    reference = describe(known["ext_obj"].spec.to_dict())
    return render_template(
        "reports/api_reference.html",
        reference=reference,
        actions=_actions(reference),
        names={schema.name for schema in reference.schemas},
        standard=f"OpenAPI {current_app.config['OPENAPI_VERSION'].removesuffix('.0')}",
        document=current_app.config["OPENAPI_JSON_PATH"],
        example=EXAMPLE % runtime().settings.core.base_url.rstrip("/"),
    )


def _actions(reference: ApiReference) -> dict[tuple[str, str], str]:
    """Return the action that each operation needs, by method and path."""
    declared = {}
    for rule in current_app.url_map.iter_rules():
        path = "".join(f"{{{name}}}" if is_variable else name for is_variable, name in _pieces(rule.rule))
        for method in rule.methods or ():
            action = declared_action(current_app, rule.endpoint, method)
            if action is not None:
                declared[method, path] = action
    keys = [(o.method, o.path) for group in reference.groups for o in group.operations]
    return {key: declared.get(key, "") for key in keys}


def _pieces(rule: str) -> list[tuple[bool, str]]:
    """Split ``/a/<uuid:b>`` into plain pieces and names of variables."""
    pieces = []
    for part in rule.replace("<", "\0<").replace(">", ">\0").split("\0"):
        is_variable = part.startswith("<")
        pieces.append((is_variable, part.strip("<>").rsplit(":", 1)[-1] if is_variable else part))
    return pieces
