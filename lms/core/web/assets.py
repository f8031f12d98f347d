"""Find the built style sheets, scripts and fonts by their short name."""

from __future__ import annotations

import gzip
import json
from functools import lru_cache
from pathlib import Path

import brotli
from flask import Flask, current_app, request
from werkzeug.wrappers import Response

__all__ = ["asset_url", "install_assets"]

STATIC = Path(__file__).resolve().parents[1] / "static"


@lru_cache(maxsize=1)
def _manifest() -> dict[str, dict[str, str]]:
    path = STATIC / "dist/manifest.json"
    loaded: dict[str, dict[str, str]] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return loaded


def asset_url(name: str) -> str:
    """Return the address of the built file behind ``name`` (``app.css``); a wrong name is a KeyError."""
    return f"{request.script_root}{current_app.static_url_path}/dist/{_manifest()[name]['file']}"


@lru_cache(maxsize=256)
def _compressed(path: str, how: str) -> bytes:
    """Return a built text file compressed; its name carries its hash, so it never changes."""
    content = (STATIC / path).read_bytes()
    return brotli.compress(content) if how == "br" else gzip.compress(content, 9, mtime=0)


def _compress(response: Response) -> None:
    """Send style sheets, scripts and drawings compressed to browsers that take it."""
    kind = response.mimetype or ""
    is_text = kind.startswith("text/") or kind in {"application/javascript", "image/svg+xml"}
    taken = [how for how in ("br", "gzip") if request.accept_encodings[how]]
    if not is_text or not taken or "Range" in request.headers:
        return
    response.direct_passthrough = False
    response.set_data(_compressed(request.path.removeprefix("/static/"), taken[0]))
    response.headers["Content-Encoding"] = taken[0]
    response.headers.add("Vary", "Accept-Encoding")


def install_assets(app: Flask) -> None:
    """Offer ``asset()`` to templates, let browsers keep hashed files for ever, send text compressed."""
    app.jinja_env.globals["asset"] = asset_url

    @app.after_request
    def keep(response: Response) -> Response:
        if request.endpoint == "static" and "/dist/" in request.path and response.status_code == 200:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
            for needless in ("Content-Disposition", "ETag", "Last-Modified"):  # it is never asked for again
                response.headers.pop(needless, None)
            _compress(response)
        return response
