"""Send pages compressed: they travel as a third of themselves, for a tenth of a millisecond of work.

Small JSON answers stay as they are: on the save path every tenth of a millisecond counts and there is nothing to gain. What is
secret on a page is masked (`lms.core.web.csrf`), and a name of random length in the header hides the true length.
"""

from __future__ import annotations

import gzip
import io
import secrets

from flask import Flask, request
from werkzeug.wrappers import Response

__all__ = ["install_compression"]

LEAST_BYTES = 1024
#: A tenth smaller than the quickest way, which on a slow line is worth more than the twentieth of a millisecond it takes.
LEVEL = 4
MOST_PADDING = 100


def _compressed(content: bytes) -> bytes:
    """Return ``content`` as a gzip file whose header is up to `MOST_PADDING` bytes longer than it has to be."""
    name = "a" * secrets.randbelow(MOST_PADDING)
    target = io.BytesIO()
    with gzip.GzipFile(filename=name, mode="wb", compresslevel=LEVEL, fileobj=target, mtime=0) as file:
        file.write(content)
    return target.getvalue()


def install_compression(app: Flask) -> None:
    """Compress every page for browsers that take it."""

    @app.after_request
    def compress(response: Response) -> Response:
        if response.mimetype != "text/html" or response.is_streamed or "Content-Encoding" in response.headers:
            return response
        response.headers.add("Vary", "Accept-Encoding")
        if request.accept_encodings["gzip"] and len(response.get_data()) >= LEAST_BYTES:
            response.set_data(_compressed(response.get_data()))
            response.headers["Content-Encoding"] = "gzip"
        return response
