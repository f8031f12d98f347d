"""What the three ways to a tool share: a learner's in a tab, a learner's in a frame, an author's who chooses a task (LTI 1.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from flask import current_app, make_response, render_template
from itsdangerous import URLSafeTimedSerializer
from werkzeug.wrappers import Response

from lms.core.web import runtime
from lms.core.web.headers import CSP
from lms.courses import service
from lms.courses.models import Tool

__all__ = ["asked_rightly", "issuer", "login_address", "page_to_send", "serializer", "sites_of", "whole"]


def serializer(salt: str) -> URLSafeTimedSerializer:
    """Return what signs a value that goes out and comes back."""
    return URLSafeTimedSerializer(str(current_app.secret_key), salt=salt)


def issuer() -> str:
    """Return the name under which tools know this installation."""
    return runtime().settings.core.base_url.rstrip("/")


def whole(path: str) -> str:
    """Return the whole address of a page of ours, as tools write it."""
    return issuer() + path


def login_address(tool: Tool, person_id: UUID, address: str, hint: Mapping[str, str]) -> str:
    """Return where the way to a tool begins: it hears that somebody of ours comes, and asks us who."""
    said = {
        "iss": issuer(),
        "login_hint": service.subject_of(runtime(), tool, person_id),
        "target_link_uri": address,
        "lti_message_hint": serializer("tool-launch").dumps(dict(hint)),
        "client_id": str(tool.id),
        "lti_deployment_id": str(tool.org_id),
    }
    return f"{tool.login_address}{'&' if '?' in tool.login_address else '?'}{urlencode(said)}"


def asked_rightly(asked: Mapping[str, str], tool: Tool, hint: Mapping[str, str], person_id: UUID) -> bool:
    """Tell whether a tool asks as it was registered, about the person who was sent there."""
    fixed = {
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": str(tool.id),
    }
    return (
        all(asked.get(name) == value for name, value in fixed.items())
        and "openid" in asked.get("scope", "").split()
        and asked.get("redirect_uri") in tool.redirects
        and 0 < len(asked.get("nonce", "")) <= 500
        and len(asked.get("state", "")) <= 4000
        and (hint["t"], hint["p"]) == (str(tool.id), str(person_id))
        and asked.get("login_hint") == service.subject_of(runtime(), tool, person_id)
    )


def sites_of(tool: Tool) -> str:
    """Return the sites of a tool, for a policy of a page."""
    addresses = [*tool.redirects, tool.address, tool.login_address]
    return " ".join(sorted({f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, addresses)}))


def page_to_send(template: str, tool: Tool, *, is_framed: bool = False, **values: Any) -> Response:
    """Return a page with a form that leads to the tool."""
    answer = make_response(render_template(template, tool=tool, **values))
    policy = CSP.replace("form-action 'self'", f"form-action 'self' {sites_of(tool)}")
    if is_framed:
        policy = policy.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
    answer.headers["Content-Security-Policy"] = policy
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
