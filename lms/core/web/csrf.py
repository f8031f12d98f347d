"""Guard every form and call against requests from elsewhere, with a token that looks different in every answer.

Flask-WTF's token repeats itself for a second and its head for a whole sign-in. In compressed pages a repeated secret can be
guessed letter by letter from lengths alone, so every answer masks it anew with random bytes. The token also names the account
that the form was made for, signed, so that what was typed under an ended sign-in is shown to the same person only: nobody can
pass a form off as another account's.

Source: BREACH, https://breachattack.com (masking of secrets per request).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import time
from functools import lru_cache
from uuid import UUID

from flask import Flask, current_app, g, request, session
from flask_wtf.csrf import CSRFProtect, generate_csrf
from itsdangerous import URLSafeTimedSerializer

from lms.core.web.context import current_actor

__all__ = ["form_account", "install_csrf"]

NOBODY = bytes(16)

#: A secret is signed anew after as many seconds; in between only the mask changes.
RENEWED_S = 600


class MaskedProtect(CSRFProtect):  # type: ignore[misc]  # Flask-WTF brings no types
    """Check tokens that `_masked_token` has made."""

    def protect(self, apply_exemptions: bool = False) -> None:
        """Ask for a token, save of a program that brings its own key and no cookie: nobody's sign-in can be misused."""
        sent = request.authorization
        view = current_app.view_functions.get(request.endpoint or "")
        brings_key = sent is not None and sent.type == "bearer"
        if not request.cookies and (brings_key or getattr(view, "lms_for_programs", False)):
            g.csrf_valid = True
            return
        super().protect(apply_exemptions)

    def _get_csrf_token(self) -> str | None:
        sent = super()._get_csrf_token()
        account, token = _unmasked(sent or "")
        g.form_account = account
        return token or None


def _xor(left: bytes, right: bytes) -> bytes:
    if len(left) != len(right):
        raise ValueError("two texts of different lengths")
    return (int.from_bytes(left) ^ int.from_bytes(right)).to_bytes(len(left))


@lru_cache
def _account_key(secret_key: str | bytes | None) -> bytes:
    return hashlib.sha256(b"form-account" + str(secret_key).encode()).digest()


def _signature(account: bytes, token: bytes) -> bytes:
    """Return what proves that we made this token for this account."""
    return hmac.digest(_account_key(current_app.secret_key), account + token, "sha256")


@lru_cache(maxsize=2048)
def _signed(secret_key: str | bytes, secret: str, _span: int) -> str:
    return str(URLSafeTimedSerializer(secret_key, salt="wtf-csrf-token").dumps(secret))


def _signed_secret() -> str:
    """Return the sign-in's secret as Flask-WTF signs it, anew every ten minutes; the first time it makes the secret."""
    secret = session.get("csrf_token")
    key = current_app.secret_key
    if not isinstance(secret, str) or key is None:
        return str(generate_csrf())
    return _signed(key, secret, int(time.time()) // RENEWED_S)


def _masked_token() -> str:
    """Return the answer's token: the same within one answer, another one in the next."""
    if "masked_csrf" not in g:
        account = current_actor().account_id
        named = account.bytes if account else NOBODY
        token = _signed_secret().encode("ascii")
        plain = named + _signature(named, token) + token
        mask = os.urandom(len(plain))
        g.masked_csrf = base64.urlsafe_b64encode(mask + _xor(mask, plain)).decode("ascii")
    return str(g.masked_csrf)


def _unmasked(sent: str) -> tuple[UUID | None, str]:
    """Return the account and the token in what was sent; nobody and the empty text for what we did not make."""
    try:
        both = base64.b64decode(sent, altchars=b"-_", validate=True)
        plain = _xor(both[: len(both) // 2], both[len(both) // 2 :])
        account, signature, token = plain[:16], plain[16:48], plain[48:]
        is_signed = hmac.compare_digest(signature, _signature(account, token))
        return (UUID(bytes=account) if is_signed and account != NOBODY else None), token.decode("ascii")
    except (binascii.Error, ValueError):
        return None, ""


def form_account() -> UUID | None:
    """Return the account that the form of this request was made for, as far as its token says."""
    found: UUID | None = g.get("form_account")
    return found


def install_csrf(app: Flask) -> None:
    """Refuse every writing request without a token of the present sign-in; offer ``csrf_token()`` to templates."""
    MaskedProtect(app)
    app.jinja_env.globals["csrf_token"] = _masked_token
    app.context_processor(lambda: {"csrf_token": _masked_token})
