"""Guard every route: a view without a declared action is refused (deny by default)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from flask import Flask, current_app, g, request
from werkzeug.exceptions import HTTPException

from lms.core.errors import NotFound
from lms.core.web.context import current_actor, read_session, runtime, unit_of_work

__all__ = [
    "access",
    "authorise",
    "camera_page",
    "declared_action",
    "for_programs",
    "install_guard",
    "log_look",
    "may_follow",
]

View = TypeVar("View", bound=Callable[..., Any])


def access(action: str, *, light: bool = False) -> Callable[[View], View]:
    """Declare the action a view needs.

    ``light`` skips loading the user: for the save path, whose one statement checks account, session and ownership
    itself. Every view must carry this decorator, or it answers 404.
    """

    def declare(view: View) -> View:
        view.lms_action = action  # type: ignore[attr-defined]
        view.lms_light = light  # type: ignore[attr-defined]
        return view

    return declare


def camera_page(view: View) -> View:
    """Allow the camera and microphone on this page (Permissions-Policy)."""
    view.lms_camera = True  # type: ignore[attr-defined]
    return view


def for_programs(view: View) -> View:
    """Let programs without a cookie write here without a form's token: what they send carries its own proof."""
    view.lms_for_programs = True  # type: ignore[attr-defined]
    return view


def _view_for(app: Flask, endpoint: str | None) -> Any:
    view = app.view_functions.get(endpoint or "")
    view_class = getattr(view, "view_class", None)
    method = getattr(view_class, request.method.lower(), None) if view_class is not None else None
    return method or view


def declared_action(app: Flask, endpoint: str, method: str = "GET") -> str | None:
    """Return the action that the view behind ``endpoint`` declares, or None."""
    view = app.view_functions[endpoint]
    view_class = getattr(view, "view_class", None)
    target = getattr(view_class, method.lower(), view) if view_class is not None else view
    action = getattr(target, "lms_action", None) or getattr(view, "lms_action", None)
    return str(action) if action else None


def may_follow(path: str) -> bool:
    """Tell whether the roles of the reader open the page behind an address of our own: a link to any other is a dead end."""
    try:
        endpoint, _ = current_app.url_map.bind("").match(path)
    except HTTPException:
        return False
    action = declared_action(current_app, endpoint)
    return action is not None and runtime().policy.allows_role(current_actor(), action)


def install_guard(app: Flask) -> None:
    """Check every request's declared action against the actor's roles before the view runs."""

    @app.before_request
    def guard() -> None:
        if request.endpoint is None or request.endpoint == "static":
            return
        view = _view_for(current_app, request.endpoint)
        g.allow_camera = getattr(view, "lms_camera", False)
        action = getattr(view, "lms_action", None)
        if action is None:
            raise NotFound("auth.no_rule")
        if not getattr(view, "lms_light", False):
            runtime().policy.require_role(current_actor(), action)


def log_look(action: str, person_id: UUID, object_kind: str, object_id: UUID | None = None) -> None:
    """Write into the access log that somebody looked at another person's record; one's own looks are not logged."""
    if current_actor().person_id == person_id:
        return
    with unit_of_work() as uow:
        uow.log_access(action, person_id, object_kind, object_id, outcome="shown")


def authorise(action: str, obj: Any = None) -> None:
    """Raise unless the signed-in actor may do ``action`` with ``obj``; for pages that only read."""
    runtime().policy.require(read_session(), current_actor(), action, obj)
