"""Hand out pictures and recordings of questions to those who have the question before them."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, request
from werkzeug.wrappers import Response

from lms.assessment import queries
from lms.core.web.access import access, authorise
from lms.core.web.context import read_session, runtime

__all__ = ["bp"]

bp = Blueprint("item_media", __name__, url_prefix="/item-media")

#: So long a browser shows it without asking again.
CACHE_S = 24 * 3600


@bp.get("/<uuid:file_id>")
@access("assessment.item_media")
def show(file_id: UUID) -> Response:
    """Hand out a file of a question: to the school's authors and markers, and to students whose form holds the question."""
    media = queries.item_media(read_session(), file_id)
    authorise("assessment.item_media", media)
    response = Response(runtime().files.get(media.key), mimetype=media.media_type)
    response.set_etag(media.sha256)
    response.cache_control.private = True
    response.cache_control.max_age = CACHE_S
    response.vary.add("Cookie")
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response.make_conditional(request.environ)
