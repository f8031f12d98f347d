"""Keep what was typed when a form comes too late: its token is too old, or the sign-in has ended.

The answer is a page that shows what was typed and sends it again with a fresh token; whoever has to sign in first brings it
along, signed, through the sign-in form. Nothing is stored. Shown only to the account that the form was made for, never with
passwords, never files, and only for forms of our own pages: a foreign page cannot put words into anybody's mouth.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask import current_app, make_response, render_template, request
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from lms.core.ids import parse_id
from lms.core.web.access import declared_action
from lms.core.web.context import current_actor, runtime
from lms.core.web.csrf import form_account
from lms.core.web.replies import is_api_request

__all__ = ["KeptForm", "answer_late_form", "answer_unkept_form", "kept_page", "opened_form", "waiting_page"]

#: Stands in forms that carry a password (`password` in ``ui/form.html``).
SECRET_FIELD = "_secret"  # noqa: S105 -- the name of a field
#: Stands in forms that can be sent again by themselves, because doing it twice is doing it once.
AGAIN_FIELD = "_again"
#: After so many seconds, to twice as many, a page is loaded again: a district does not come back in the same second.
AGAIN_S = 8
MOST_LETTERS = 500_000
LONG = 60


@dataclass(frozen=True, slots=True)
class KeptForm:
    """A form that came too late: where it goes, its fields in their order, the names of its file fields, whose it is."""

    path: str
    fields: tuple[tuple[str, str], ...]
    files: tuple[str, ...]
    account_id: UUID

    @property
    def texts(self) -> list[tuple[str, str]]:
        """Return the fields that somebody wrote in words."""
        return [(name, value) for name, value in self.fields if _is_written(value)]

    @property
    def rest(self) -> list[tuple[str, str]]:
        """Return the other fields: choices, numbers, what the page itself put in."""
        return [(name, value) for name, value in self.fields if not _is_written(value)]


def _is_written(value: str) -> bool:
    return any(letter.isspace() or not letter.isascii() for letter in value.strip()) or (
        len(value) > LONG and "/" not in value
    )


def _is_from_here() -> bool:
    """Tell whether the browser says that one of our own pages sent this form."""
    source = request.headers.get("Origin") or request.headers.get("Referer") or ""
    return urlsplit(source).netloc == request.host


def _late_form(*, is_empty: bool = False) -> KeptForm | None:
    """Return the form of this request if its owner may see it again, else None; one without a word only if asked for."""
    account_id = form_account()
    is_ordinary = request.method == "POST" and not is_api_request() and _is_from_here()
    if not is_ordinary or account_id is None or SECRET_FIELD in request.form:
        return None
    if declared_action(current_app, request.endpoint or "", "POST") in {None, "core.public"}:
        return None
    fields = tuple((n, v) for n, v in request.form.items(multi=True) if n != "csrf_token")
    if not (is_empty or any(value.strip() for _name, value in fields)):
        return None
    if sum(len(v) for _n, v in fields) > MOST_LETTERS:
        return None
    return KeptForm(request.full_path.rstrip("?"), fields, tuple(request.files), account_id)


def _sealer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="kept-form")


def _sealed_form(form: KeptForm) -> str:
    """Return the form as signed text that the sign-in form carries along."""
    whole = {"path": form.path, "fields": form.fields, "files": form.files, "account": str(form.account_id)}
    return str(_sealer().dumps(whole))


def opened_form(sealed: str, account_id: UUID) -> KeptForm | None:
    """Return the form behind `_sealed_form`, unless it is another account's, too old or not ours."""
    try:
        whole: dict[str, Any] = _sealer().loads(sealed, max_age=runtime().settings.core.session_hours * 3600)
    except BadData:
        return None
    owner = parse_id(whole["account"])
    if owner != account_id:
        return None
    fields = tuple((name, value) for name, value in whole["fields"])
    return KeptForm(whole["path"], fields, tuple(whole["files"]), account_id)


def kept_page(form: KeptForm, status: int) -> Response:
    """Return the page that shows what was typed and sends it again."""
    return make_response(render_template("core/kept.html", kept=form, is_late=status != 503), status)


def answer_unkept_form() -> Response | None:
    """Return the page for a form that the database could not keep, or None when its owner is not here to see it.

    A form that says so (`AGAIN_FIELD`) is sent again by the page itself: twice does what once does.
    """
    is_again = AGAIN_FIELD in request.form
    form = _late_form(is_empty=is_again)
    if form is None or form.account_id != current_actor().account_id:
        return None
    return waiting_page(form) if is_again else kept_page(form, 503)


def waiting_page(form: KeptForm | None) -> Response:
    """Return the page of a server that has more to do than it can: it tries again by itself, without scripts as well."""
    source = urlsplit(request.headers.get("Referer") or "")
    before = source.path if source.netloc == request.host else "/"
    address = request.full_path.rstrip("?") if form is None else before
    again_s = AGAIN_S + secrets.randbelow(AGAIN_S)
    page = render_template(
        "core/waiting.html",
        kept=form,
        again_s=again_s,
        address="/" + address.lstrip("/\\"),  # what begins with two of them would be another host
    )
    response = make_response(page, 503)
    response.headers["Retry-After"] = str(again_s)
    return response


def answer_late_form() -> Response | None:
    """Return the page for a form that came too late, or None when there is nothing to show to this reader."""
    form = _late_form()
    actor = current_actor()
    if form is None:
        return None
    if not actor.is_authenticated:
        sealed = _sealed_form(form)
        page = render_template("core/login.html", values={}, errors={}, next="/home", kept=sealed)
        return make_response(page, 401)
    return kept_page(form, 409) if form.account_id == actor.account_id else None
