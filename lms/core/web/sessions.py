"""Keep sessions in a signed cookie that is sent again now and then, not with every page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any, cast

from flask import Flask, Request, g
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import BadSignature, TimestampSigner, URLSafeTimedSerializer

__all__ = ["SlidingSessions"]

#: Cookies whose signature need not be computed again: those of the people who are here now.
KEPT = 2048

#: The part of a session's life after which its cookie is sent again, with its whole life before it.
RENEWED_AFTER = 1 / 24
#: Signatures tell whole seconds.
SECOND = timedelta(seconds=1)


class SlidingSessions(SecureCookieSessionInterface):
    """Flask's sessions with one serializer for the process, and a cookie that is renewed once in half an hour or so."""

    def __init__(self, app: Flask) -> None:
        """Sign with the secret of ``app``."""
        self._app = app
        self._signed = lru_cache(maxsize=KEPT)(self._check_signature)

    @cached_property
    def _serializer(self) -> URLSafeTimedSerializer:
        return cast(URLSafeTimedSerializer, super().get_signing_serializer(self._app))

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer:
        """Return what signs cookies."""
        return self._serializer

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession:
        """Return the session in the cookie, an empty one when there is none that holds; remember when it was signed."""
        sent = request.cookies.get(self.get_cookie_name(app))
        life = app.permanent_session_lifetime
        if not sent:
            return self.session_class()
        try:
            content, signed_at = self._signed(sent)
        except BadSignature:
            return self.session_class()
        age = datetime.now(UTC) - signed_at
        if not timedelta(0) <= age < life + SECOND:
            return self.session_class()
        g.session_is_young = age < life * RENEWED_AFTER
        return self.session_class(cast(dict[str, Any], self._serializer.load_payload(content)))

    def _check_signature(self, sent: str) -> tuple[bytes, datetime]:
        """Return what a cookie carries and when it was signed; raise BadSignature for one that we have not signed."""
        signer = cast(TimestampSigner, self._serializer.make_signer())
        return signer.unsign(sent, return_timestamp=True)

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        """Tell whether the cookie goes with this answer: it says something new, or it is not young any more."""
        is_young = bool(g.get("session_is_young", False))
        return session.modified or (session.permanent and not is_young)
