"""Say what a tool of somebody else is told of a learner, signed, and check what it says back (LTI 1.3).

Only RS256 is spoken: the standard asks for it, and a token that names its own algorithm has fooled too many.
Source: 1EdTech Security Framework 1.1, LTI 1.3 Core, Assignment and Grade Services 2.0, Deep Linking 2.0.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from lms.core.sites import site_of
from lms.courses.types import PlayStatus

__all__ = [
    "SCORE_SCOPE",
    "BadToken",
    "Choosing",
    "ChosenItem",
    "Person",
    "SaidScore",
    "Visit",
    "choice_claims",
    "claimed_issuer",
    "claimed_key",
    "launch_claims",
    "public_jwk",
    "read_choice",
    "read_jwks",
    "read_score",
    "read_token",
    "same_site",
    "signed_token",
    "usable_address",
]

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP = "https://purl.imsglobal.org/spec/lti-dl/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/"
SCORE_SCOPE = f"{AGS}scope/score"
_ROLES = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
#: A launch is used at once; a tool's own proof may not be made for longer than an hour.
LAUNCH_S, PROOF_S, SKEW_S = 300, 3600, 60
LEAST_BITS = 2048
MAX_TOKEN = 16_000


class BadToken(Exception):
    """A token that was not signed by whom it names, or says what it may not."""


# --- addresses ---------------------------------------------------------------------------------------------------


def usable_address(address: str) -> bool:
    """Tell whether an address may be a tool's: https, or this very machine for those who try one out."""
    host = site_of(address)
    if not host or len(address) > 500 or "#" in address:
        return False
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and host in {"127.0.0.1", "localhost"})


def _site(address: str) -> tuple[str, str, int | None]:
    parts = urlsplit(address)
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, site_of(address), port


def same_site(address: str, other: str) -> bool:
    """Tell whether two addresses lie on one site: scheme, host and port."""
    return usable_address(address) and _site(address) == _site(other)


# --- keys and tokens ---------------------------------------------------------------------------------------------


def _packed(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unpacked(text: Any) -> bytes:
    if not isinstance(text, str):
        raise BadToken("no text")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise BadToken("not base64url") from None


def _number(value: int) -> str:
    return _packed(value.to_bytes((value.bit_length() + 7) // 8))


def public_jwk(key: rsa.RSAPublicKey) -> dict[str, str]:
    """Return the public half of a key as others read it (RFC 7517); its name is made from the key."""
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    numbers = key.public_numbers()
    kid = hashlib.sha256(der).hexdigest()[:16]
    return {
        "kty": "RSA",
        "use": "sig",
        "alg": "RS256",
        "kid": kid,
        "n": _number(numbers.n),
        "e": _number(numbers.e),
    }


def read_jwks(text: str) -> list[dict[str, str]]:
    """Return the RSA keys of a JWK set, or of one JWK; raise BadToken when it has none, or a weak one."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        raise BadToken("no JSON") from None
    rows = said.get("keys", [said]) if isinstance(said, dict) else None
    if not isinstance(rows, list) or not 0 < len(rows) <= 10:
        raise BadToken("no keys")
    kept = []
    for row in rows:
        if isinstance(row, Mapping) and row.get("kty") in {"EC", "OKP"}:
            continue  # of another kind, for somebody else
        _key_of(row)
        kept.append({name: str(row[name]) for name in ("kty", "kid", "n", "e") if name in row})
    if not kept:
        raise BadToken("no keys")
    return kept


def _key_of(row: Any) -> rsa.RSAPublicKey:
    if not isinstance(row, Mapping) or row.get("kty") != "RSA":
        raise BadToken("no RSA key")
    n, e = (int.from_bytes(_unpacked(row.get(name))) for name in ("n", "e"))
    if n.bit_length() < LEAST_BITS or n.bit_length() > 8192 or e not in {3, 65537}:
        raise BadToken("a weak key")
    try:
        return rsa.RSAPublicNumbers(e, n).public_key()
    except ValueError:
        raise BadToken("no RSA key") from None


def signed_token(claims: Mapping[str, Any], key: rsa.RSAPrivateKey) -> str:
    """Return claims as a JWT that ``key`` signs with RS256."""
    head = {"alg": "RS256", "typ": "JWT", "kid": public_jwk(key.public_key())["kid"]}
    body = ".".join(_packed(json.dumps(part, separators=(",", ":")).encode()) for part in (head, claims))
    return f"{body}.{_packed(key.sign(body.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def read_token(token: str, keys: Sequence[Mapping[str, str]], now: datetime) -> dict[str, Any]:
    """Return the claims of a JWT that one of ``keys`` has signed and that holds now; raise BadToken."""
    parts = token.split(".")
    if len(token) > MAX_TOKEN or len(parts) != 3 or not token.isascii():
        raise BadToken("no token")
    head, claims = (_object(part) for part in parts[:2])
    if head.get("alg") != "RS256" or "crit" in head:
        raise BadToken("another algorithm")
    named = [row for row in keys if head.get("kid") is None or row.get("kid") in {None, head["kid"]}]
    signature, body = _unpacked(parts[2]), ".".join(parts[:2]).encode()
    if not any(_is_signed(_key_of(row), signature, body) for row in named):
        raise BadToken("not signed")
    moment = int(now.timestamp())
    issued, ends = claims.get("iat"), claims.get("exp")
    if not isinstance(ends, int) or not moment - SKEW_S < ends <= moment + PROOF_S + SKEW_S:
        raise BadToken("not now")
    if not isinstance(issued, int) or issued > moment + SKEW_S:
        raise BadToken("not yet")
    return claims


def claimed_issuer(token: str) -> str:
    """Return who a token says it is of: not believed, only looked up. An empty text when it cannot be read."""
    parts = token.split(".") if len(token) <= MAX_TOKEN else []
    try:
        return str(_object(parts[1]).get("iss", "")) if len(parts) == 3 else ""
    except BadToken:
        return ""


def claimed_key(token: str) -> str:
    """Return the name of the key with which a token says it is signed: not believed, only looked up."""
    try:
        return str(_object(token.partition(".")[0]).get("kid", "")) if len(token) <= MAX_TOKEN else ""
    except BadToken:
        return ""


def _is_signed(key: rsa.RSAPublicKey, signature: bytes, body: bytes) -> bool:
    try:
        key.verify(signature, body, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def _object(part: str) -> dict[str, Any]:
    try:
        said = json.loads(_unpacked(part))
    except (ValueError, RecursionError):
        raise BadToken("no JSON") from None
    if not isinstance(said, dict):
        raise BadToken("no object")
    return said


# --- a launch ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Person:
    """Who comes: a name of no meaning, and the real one only where the school tells it."""

    subject: str
    is_learner: bool
    given_name: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """What is opened: at which tool, in which step of which course; ``item`` is where its result is sent, if anywhere."""

    client_id: str
    deployment_id: str
    nonce: str
    address: str
    block_id: str
    block_title: str
    course_id: str
    course_title: str
    locale: str
    back: str
    item: str = ""
    custom: Mapping[str, str] | None = None
    is_framed: bool = False


def launch_claims(issuer: str, person: Person, visit: Visit, now: datetime) -> dict[str, Any]:
    """Return everything that a tool is told."""
    moment = int(now.timestamp())
    claims: dict[str, Any] = {
        "iss": issuer,
        "sub": person.subject,
        "aud": visit.client_id,
        "iat": moment,
        "exp": moment + LAUNCH_S,
        "nonce": visit.nonce,
        f"{LTI}message_type": "LtiResourceLinkRequest",
        f"{LTI}version": "1.3.0",
        f"{LTI}deployment_id": visit.deployment_id,
        f"{LTI}target_link_uri": visit.address,
        f"{LTI}resource_link": {"id": visit.block_id, "title": visit.block_title},
        f"{LTI}roles": [_ROLES + ("Learner" if person.is_learner else "Instructor")],
        f"{LTI}context": {
            "id": visit.course_id,
            "title": visit.course_title,
            "type": ["http://purl.imsglobal.org/vocab/lis/v2/course#CourseSection"],
        },
        f"{LTI}launch_presentation": {
            "document_target": "iframe" if visit.is_framed else "window",
            "locale": visit.locale,
            "return_url": visit.back,
        },
        f"{LTI}custom": dict(visit.custom or {}),
    }
    if visit.item:
        claims[f"{AGS}claim/endpoint"] = {"scope": [SCORE_SCOPE], "lineitem": visit.item}
    if person.name:
        claims |= {"given_name": person.given_name, "name": person.name}
    return claims


# --- an author chooses a task at the tool ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choosing:
    """An author on the way to a tool to choose a task there; ``data`` comes back with the answer."""

    client_id: str
    deployment_id: str
    nonce: str
    address: str
    course_id: str
    course_title: str
    locale: str
    back: str
    data: str


def choice_claims(issuer: str, person: Person, asked: Choosing, now: datetime) -> dict[str, Any]:
    """Return what a tool is told of an author who comes to choose one task (LtiDeepLinkingRequest)."""
    moment = int(now.timestamp())
    return {
        "iss": issuer,
        "sub": person.subject,
        "aud": asked.client_id,
        "iat": moment,
        "exp": moment + LAUNCH_S,
        "nonce": asked.nonce,
        f"{LTI}message_type": "LtiDeepLinkingRequest",
        f"{LTI}version": "1.3.0",
        f"{LTI}deployment_id": asked.deployment_id,
        f"{LTI}target_link_uri": asked.address,
        f"{LTI}roles": [_ROLES + "Instructor"],
        f"{LTI}context": {
            "id": asked.course_id,
            "title": asked.course_title,
            "type": ["http://purl.imsglobal.org/vocab/lis/v2/course#CourseSection"],
        },
        f"{LTI}launch_presentation": {"document_target": "window", "locale": asked.locale},
        f"{DEEP}deep_linking_settings": {
            "deep_link_return_url": asked.back,
            "accept_types": ["ltiResourceLink"],
            "accept_presentation_document_targets": ["window"],
            "accept_multiple": False,
            "auto_create": False,
            "data": asked.data,
        },
    }


@dataclass(frozen=True, slots=True)
class ChosenItem:
    """A task that an author has chosen at a tool; without an address the tool opens it by what it is told (``custom``)."""

    address: str
    title: str
    text: str
    custom: Mapping[str, str]


def read_choice(claims: Mapping[str, Any], deployment_id: str) -> tuple[str, ChosenItem | None]:
    """Return the data that came back, and the task that was chosen (None: nothing was); raise BadToken for anything else."""
    kinds = {"message_type": "LtiDeepLinkingResponse", "version": "1.3.0", "deployment_id": deployment_id}
    if any(claims.get(f"{LTI}{name}") != value for name, value in kinds.items()):
        raise BadToken("another message")
    data, items = claims.get(f"{DEEP}data"), claims.get(f"{DEEP}content_items", [])
    if not isinstance(data, str) or not isinstance(items, list):
        raise BadToken("no data")
    if not items:
        return data, None
    item = items[0]
    if len(items) > 1 or not isinstance(item, Mapping) or item.get("type") != "ltiResourceLink":
        raise BadToken("no task")
    custom = item.get("custom") or {}
    texts = [item.get(name) or "" for name in ("url", "title", "text")]
    is_told = isinstance(custom, Mapping) and all(
        isinstance(part, str) for pair in custom.items() for part in pair
    )
    if not is_told or not all(isinstance(text, str) for text in texts):
        raise BadToken("no texts")
    address, title, text = texts
    return data, ChosenItem(address, title.strip()[:200], text.strip()[:2000], dict(custom))


# --- a score -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SaidScore:
    """What a tool says of one learner's work: of whom, when, how far, and the share of points (0..1) if there is one."""

    subject: str
    at: datetime
    status: PlayStatus
    score: Decimal | None
    is_final: bool


def read_score(said: Any) -> SaidScore:
    """Return a score as the standard writes it; raise BadToken for anything else. More than all points is all of them."""
    if not isinstance(said, Mapping) or not isinstance(said.get("userId"), str):
        raise BadToken("of nobody")
    try:
        at = datetime.fromisoformat(str(said.get("timestamp")))
    except ValueError:
        raise BadToken("no moment") from None
    if at.tzinfo is None:
        raise BadToken("no moment")
    progress, grading = said.get("activityProgress"), said.get("gradingProgress")
    if progress not in {"Initialized", "Started", "InProgress", "Submitted", "Completed"}:
        raise BadToken("no progress")
    if grading not in {"FullyGraded", "Pending", "PendingManual", "Failed", "NotReady"}:
        raise BadToken("no grading")
    score = _share(said.get("scoreGiven"), said.get("scoreMaximum"))
    is_over = progress in {"Submitted", "Completed"}
    status = PlayStatus.COMPLETED if is_over else PlayStatus.BEGUN
    return SaidScore(said["userId"], at, status, score, is_over and grading == "FullyGraded")


def _share(given: Any, most: Any) -> Decimal | None:
    if given is None:
        return None
    if isinstance(given, bool) or isinstance(most, bool):
        raise BadToken("no number")
    try:
        points, full = Decimal(str(given)), Decimal(str(most))
    except InvalidOperation:
        raise BadToken("no number") from None
    if not (points.is_finite() and full.is_finite()) or points < 0 or full <= 0:
        raise BadToken("no share")
    return min(Decimal(1), points / full).quantize(Decimal("0.000001"))
