"""Make a page as another person's browser would get it, inside a request: what is packed for somebody is seen with their eyes."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, g, request
from werkzeug.wrappers import Response

from lms.core.actor import Actor

__all__ = ["is_for_pack", "page_for"]

#: What decides how a page looks: the language and the reading settings of the browser that asks.
_COOKIES = ("locale", "reading")


@dataclass
class _Eyes:
    """Whose eyes a page is made for; nobody is signed in by it, and nothing of it reaches a browser's cookies."""

    actor: Actor
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        """Return no session's id."""
        return ""


def page_for(actor: Actor, path: str) -> Response:
    """Return the page at ``path`` as ``actor`` would see it, made for carrying: it notes no visit and holds nothing that others wrote.

    The caller has asked whether whoever asks may see that.
    """
    chosen = {name: request.cookies[name] for name in _COOKIES if name in request.cookies}
    headers = {"Marshrut-Take": "along", "Cookie": "; ".join(f"{k}={v}" for k, v in chosen.items())}
    app, base_url = current_app._get_current_object(), request.host_url  # type: ignore[attr-defined]
    with app.app_context():
        g._login_user = _Eyes(actor)
        g.is_for_pack = True
        place = {"REMOTE_ADDR": request.remote_addr or "127.0.0.1"}
        with app.test_request_context(path, base_url=base_url, headers=headers, environ_overrides=place):
            made: Response = app.full_dispatch_request()
            made.get_data()  # whole, before its sessions are closed
            return made


def is_for_pack() -> bool:
    """Tell whether the page that is being made will be carried on a flash drive."""
    return bool(g.get("is_for_pack", False))
