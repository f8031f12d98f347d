"""Turn refusals into answers: a page in words for people, an RFC 9457 problem document for programs.

Every text says what happened, what was kept and what to do next.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from flask import Flask, g, jsonify, make_response, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext, lazy_pgettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from lms.core.errors import InvalidInput, LmsError, NotAuthenticated
from lms.core.web.context import current_actor, runtime
from lms.core.web.forms import worded_messages
from lms.core.web.kept import answer_late_form, answer_unkept_form, waiting_page
from lms.core.web.replies import is_api_request

__all__ = ["error_texts", "install_problems", "problem_response", "word_error"]

log = structlog.get_logger(__name__)

CORE_TEXTS: dict[str, Any] = {
    "auth.sign_in": lazy_gettext("Please sign in. What you typed is kept if you come back to this page."),
    "auth.not_your_role": lazy_gettext("This page belongs to another role. Nothing was changed."),
    "auth.out_of_reach": lazy_gettext("There is no such page, or it is not yours."),
    "auth.no_rule": lazy_gettext("There is no such page."),
    "form.expired": lazy_gettext(
        "The form was open too long or in another tab. Nothing was lost: go back, check it and send it again."
    ),
    "form.unreadable": lazy_gettext(
        "Something in it cannot be kept: it is too long or has a character that is no text. Nothing was changed. Go back, "
        "mend it and send it again."
    ),
    "upload.empty": lazy_gettext("The file is empty. Choose another one."),
    "document.no_pdf": lazy_gettext(
        "This installation cannot make PDF files. Take the table, or ask the administrator to install the part “pdf”."
    ),
    "upload.too_large": lazy_gettext(
        "The file is larger than %(max_mb)s MB. What you filled in before is kept."
    ),
    "upload.not_a_picture": lazy_gettext("This is not a picture we can open. JPEG, PNG or WebP will do."),
    "upload.not_audio": lazy_gettext("This is not a recording we can play. MP3, M4A, OGG or WAV will do."),
    "upload.not_played": lazy_gettext(
        "Browsers do not play recordings of this kind. Choose M4A or MP3 in your recorder, or record it anew on a computer."
    ),
    "upload.not_pdf_or_picture": lazy_gettext(
        "This is neither a PDF nor a picture. A photograph of the paper will do."
    ),
    "upload.picture_too_big": lazy_gettext("The picture has too many pixels. Take it with a smaller size."),
    "file.missing": lazy_gettext("There is no such file."),
    "file.expired": lazy_gettext("The time for keeping this file is over; it was deleted as promised."),
    "file.changed": lazy_gettext(
        "The file is not the one that was stored, so it is not shown. Please tell your administrator."
    ),
    "vault.destroyed": lazy_gettext("The data was destroyed when the consent was withdrawn."),
    "plugin.missing": lazy_gettext(
        "The part that shows this content is not installed. The content itself is kept."
    ),
    "http.404": lazy_gettext("There is no such page. Check the address or start from the home page."),
    "http.405": lazy_gettext("This address does not take such a request."),
    "http.429": lazy_gettext("Too many attempts in a short time. Wait a minute and try again."),
    "http.503": lazy_gettext(
        "The server can keep nothing at the moment. What you saved before is kept; this was not. Try again in a minute."
    ),
    "http.500": lazy_gettext(
        "Something broke on our side. What you saved before is kept. Try again in a minute."
    ),
}
#: The same said to a child, where the words for everybody would be those for a grown-up.
STUDENT_TEXTS: dict[str, Any] = {
    "auth.out_of_reach": lazy_pgettext("student", "There is no such page, or it is not yours."),
    "form.expired": lazy_pgettext(
        "student",
        "The form was open too long or in another tab. Nothing was lost: go back, check it and send it again.",
    ),
    "form.unreadable": lazy_pgettext(
        "student",
        "Something in it cannot be kept: it is too long or has a character that is no text. Nothing was changed. Go back, "
        "mend it and send it again.",
    ),
    "upload.empty": lazy_pgettext("student", "The file is empty. Choose another one."),
    "upload.picture_too_big": lazy_pgettext(
        "student", "The picture has too many pixels. Take it with a smaller size."
    ),
    "file.changed": lazy_pgettext(
        "student", "The file is not the one that was stored, so it is not shown. Please tell your teacher."
    ),
    "document.no_pdf": lazy_pgettext(
        "student", "This school’s platform cannot make PDF files yet. Tell your teacher that you need one."
    ),
    "http.404": lazy_pgettext(
        "student", "There is no such page. Check the address or start from the home page."
    ),
    "http.429": lazy_pgettext("student", "Too many attempts in a short time. Wait a minute and try again."),
    "http.503": lazy_pgettext(
        "student",
        "The server can keep nothing at the moment. What you saved before is kept; this was not. Try again in a minute.",
    ),
    "http.500": lazy_pgettext(
        "student", "Something broke on our side. What you saved before is kept. Try again in a minute."
    ),
}


def error_texts() -> Mapping[str, Any]:
    """Return the wording of every error code of every feature, as one says it to whoever reads it."""
    texts = dict(CORE_TEXTS)
    for feature in runtime().features:
        texts.update(feature.error_texts)
    if current_actor().has_role("student"):
        texts.update(STUDENT_TEXTS)
        for feature in runtime().features:
            texts.update(feature.student_error_texts)
    return texts


def word_error(error: LmsError) -> str:
    """Return the text for ``error`` in the reader's language."""
    texts = error_texts()
    template = str(
        texts.get(error.code) or texts.get(f"http.{error.status}") or gettext("This did not work.")
    )
    return template % error.params if "%(" in template else template


def problem_response(status: int, code: str, detail: str, **more: Any) -> Response:
    """Return an RFC 9457 problem document."""
    body = {"type": f"urn:marshrut:problem:{code}", "title": detail, "status": status, "code": code, **more}
    response = make_response(jsonify(body), status)
    response.content_type = "application/problem+json"
    return response


def _page(status: int, code: str, text: str) -> Response:
    return make_response(render_template("core/error.html", status=status, code=code, text=text), status)


def _broken() -> Response:
    if is_api_request():
        return problem_response(500, "http.500", str(CORE_TEXTS["http.500"]))
    return _page(500, "http.500", str(error_texts()["http.500"]))


def _audit(error: LmsError) -> None:
    """Write the refusal into the access log in a transaction of its own (the request's is rolled back)."""
    if error.audit is None:
        return
    with runtime().unit_of_work(current_actor()) as uow:
        note = error.audit
        uow.log_access(note.action, note.person_id, note.subject_kind, note.subject_id, outcome="refused")


def _messages(error: HTTPException) -> dict[str, Any]:
    """Return what is wrong by field, whichever part of the request the field came in."""
    data: dict[str, Any] = getattr(error, "data", None) or {}
    errors: dict[str, list[str]] = {}
    for messages in data.get("messages", {}).values():
        errors.update(worded_messages(messages))
    return {"errors": errors} if errors else {}


def install_problems(app: Flask) -> None:
    """Register the handlers for our errors, Werkzeug's and everything unforeseen."""

    @app.errorhandler(LmsError)
    def known(error: LmsError) -> Response:
        _audit(error)
        text = word_error(error)
        if is_api_request():
            more = {"errors": error.fields} if isinstance(error, InvalidInput) and error.fields else {}
            return problem_response(error.status, error.code, text, **more)
        if isinstance(error, NotAuthenticated):
            kept = answer_late_form()
            if kept is not None:
                return kept
            wanted = request.full_path.rstrip("?") if request.method == "GET" else "/"
            return redirect(url_for("people.login", next=wanted), code=303)
        return _page(error.status, error.code, text)

    @app.errorhandler(CSRFError)
    def expired(_error: CSRFError) -> Response:
        text = str(error_texts()["form.expired"])
        if is_api_request():
            return problem_response(409, "form.expired", text)
        return answer_late_form() or _page(409, "form.expired", text)

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        status = error.code or 500
        if status < 400 and error.response is not None:
            return make_response(error.response)
        code = "upload.too_large" if status == 413 else f"http.{status}"
        texts = error_texts()
        text = str(texts.get(code, texts["http.500"] if status >= 500 else gettext("This did not work.")))
        if "%(max_mb)s" in text:
            text = text % {"max_mb": runtime().settings.core.upload_max_bytes // (1024 * 1024)}
        if is_api_request():
            return problem_response(status, code, text, **_messages(error))
        return _page(status, code, text)

    @app.errorhandler(Exception)
    def unforeseen(error: Exception) -> Response:
        log.exception("request_failed", request_id=g.get("request_id"), path=request.path)
        return _broken()

    _install_data_refusal(app)


def _install_data_refusal(app: Flask) -> None:
    """Answer in words what the database itself refuses to keep, and what it cannot keep now."""

    @app.errorhandler(OperationalError)
    @app.errorhandler(NoConnectionLeft)
    def cannot_keep(error: OperationalError | NoConnectionLeft) -> Response:
        """Say that nothing was kept (a full disk, a database that is away or busy), and show again what was typed."""
        log.error(
            "database_failed",
            request_id=g.get("request_id"),
            path=request.path,
            kind=type(getattr(error, "orig", error)).__name__,
        )
        if is_api_request():
            return problem_response(503, "http.503", str(CORE_TEXTS["http.503"]))
        if request.method == "GET":
            return waiting_page(None)
        return answer_unkept_form() or _page(503, "http.503", str(error_texts()["http.503"]))

    @app.errorhandler(DataError)
    @app.errorhandler(OverflowError)
    def not_to_be_kept(error: DataError | OverflowError) -> Response:
        """Say that a text is too long or a number too large: PostgreSQL refuses it, SQLite's driver cannot pass it on."""
        if isinstance(error, OverflowError) and "SQLite" not in str(error):
            raise error  # a fault of ours
        kind = type(getattr(error, "orig", error)).__name__
        log.warning("data_refused", request_id=g.get("request_id"), path=request.path, kind=kind)
        text = str(error_texts()["form.unreadable"])
        if is_api_request():
            return problem_response(422, "form.unreadable", text)
        return _page(422, "form.unreadable", text)
