"""Find the built style sheets, scripts and fonts by their short name."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from flask import Flask, request, url_for
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
    return url_for("static", filename=f"dist/{_manifest()[name]['file']}")


def install_assets(app: Flask) -> None:
    """Offer ``asset()`` to templates and let browsers keep hashed files for ever."""
    app.jinja_env.globals["asset"] = asset_url

    @app.after_request
    def keep(response: Response) -> Response:
        if request.endpoint == "static" and "/dist/" in request.path and response.status_code == 200:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
