"""Send strict headers with every answer."""

from __future__ import annotations

from flask import Flask, g, request
from werkzeug.wrappers import Response

__all__ = ["CSP", "install_headers"]

#: What every page may do; one that shows a frame adds whose.

CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


def install_headers(app: Flask) -> None:
    """Add the content security policy and its companions to every answer."""

    @app.after_request
    def harden(response: Response) -> Response:
        camera = "(self)" if g.get("allow_camera") else "()"
        headers = response.headers
        if request.endpoint == "static" and request.path.endswith((".css", ".js", ".woff2")):
            # no page: nothing of it is shown or run by itself, and each byte counts on a slow line
            headers.setdefault("Content-Security-Policy", "default-src 'none'")
            headers.setdefault("X-Content-Type-Options", "nosniff")
            headers.setdefault("Referrer-Policy", "same-origin")
            return response
        headers.setdefault("Content-Security-Policy", CSP)
        headers.setdefault("Permissions-Policy", f"camera={camera}, microphone={camera}, geolocation=()")
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        if request.endpoint != "static" and "Cache-Control" not in headers:
            headers["Cache-Control"] = "no-store" if request.cookies.get("session") else "no-cache"
        return response
