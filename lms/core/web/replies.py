"""Answer requests: redirects after a post, notices, and the check for safe return addresses."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlsplit

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

__all__ = ["file_disposition", "flash_ok", "is_api_request", "page_before", "safe_next", "see_other"]


def see_other(endpoint: str, **values: Any) -> Response:
    """Redirect with 303 after a post (Post/Redirect/Get)."""
    return redirect(url_for(endpoint, **values), code=303)


def flash_ok(text: Any) -> None:
    """Show a notice of success on the next page."""
    flash(str(text), "ok")


def file_disposition(kind: str, name: str) -> str:
    """Return a Content-Disposition (``inline`` or ``attachment``) for a file's name in any letters.

    A header carries ASCII only, and the production server refuses anything else. Source: RFC 6266, RFC 8187.
    """
    plain = "".join(letter for letter in name if letter.isascii() and (letter.isalnum() or letter in "._- "))
    return f"{kind}; filename=\"{plain.strip() or 'file'}\"; filename*=UTF-8''{quote(name, safe='')}"


def is_api_request() -> bool:
    """Tell whether the answer must be JSON (the API, the exam's save calls, or a client that asks for it)."""
    if request.path.startswith("/api/") or request.is_json:
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json", "application/problem+json"])
    return best is not None and best != "text/html"


def safe_next(default: str = "/") -> str:
    """Return the ``next`` address of the request if it stays on this site, else ``default``."""
    target = request.values.get("next", "")
    parts = urlsplit(target)
    is_local = target.startswith("/") and not target.startswith(("//", "/\\")) and not parts.netloc
    return (
        target if is_local and "\\" not in target and "\n" not in target and "\r" not in target else default
    )


def page_before(default: str) -> str:
    """Return the address on this site from which a form was sent, else ``default``: other sites are no way back."""
    source = urlsplit(request.headers.get("Referer") or "")
    if source.netloc != request.host or not source.path.startswith("/"):
        return default
    path = "/" + source.path.lstrip("/\\")  # what begins with two of them would be another host
    return f"{path}?{source.query}" if source.query else path
