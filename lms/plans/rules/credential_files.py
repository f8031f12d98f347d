"""Find the credential inside a file: plain JSON, a signed JWT, or a PNG or SVG picture with one baked in.

Source: Open Badges 3.0 (1EdTech), "File Format" and "Baked Badges"; RFC 7515 for the compact form. Nothing is fetched.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat

from lms.core.errors import InvalidInput

__all__ = ["CredentialFile", "from_base64url", "read_credential_file", "read_json"]

#: A credential is a page of text; nothing larger is looked at.
MOST_BYTES = 1_000_000
MOST_PICTURE_BYTES = 5_000_000
MOST_DEPTH = 60
_PNG = b"\x89PNG\r\n\x1a\n"
_KEYWORD = b"openbadgecredential"
_SVG_TAG = "https://purl.imsglobal.org/ob/v3p0 credential"
_JWT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class CredentialFile:
    """A credential as it was signed: its JSON, and for a JWT the header, what was signed and the signature."""

    body: Mapping[str, Any]
    header: Mapping[str, Any] | None = None
    signed: bytes = b""
    signature: bytes = b""

    @property
    def is_jwt(self) -> bool:
        """Tell whether the signature stands around the credential instead of in it."""
        return self.header is not None


def read_credential_file(data: bytes) -> CredentialFile:
    """Return the credential of a file. Raises InvalidInput ``credit.credential_unreadable``, ``credit.credential_large``."""
    is_picture = data.startswith(_PNG) or data.lstrip()[:1] == b"<"
    if len(data) > (MOST_PICTURE_BYTES if is_picture else MOST_BYTES):
        raise InvalidInput("credit.credential_large")
    if data.startswith(_PNG):
        return read_text(_from_png(data))
    text = _decoded(data)
    return read_text(_from_svg(text) if text.lstrip().startswith("<") else text)


def read_text(text: str) -> CredentialFile:
    """Return the credential that ``text`` is: a compact JWT or JSON. Raises InvalidInput."""
    text = text.strip().removeprefix("\ufeff").strip()
    if len(text) > MOST_BYTES:
        raise InvalidInput("credit.credential_large")
    if not _JWT.fullmatch(text):
        return CredentialFile(read_json(text))
    head, body, signature = text.split(".")
    return CredentialFile(
        body=read_json(_decoded(from_base64url(body))),
        header=read_json(_decoded(from_base64url(head))),
        signed=f"{head}.{body}".encode("ascii"),
        signature=from_base64url(signature),
    )


def read_json(text: str) -> dict[str, Any]:
    """Return a JSON object that can be read in one way only: no name twice, no NaN, no depth that breaks a reader."""
    if _depth(text) > MOST_DEPTH:
        raise _unreadable()
    try:
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise _unreadable() from None
    if not isinstance(found, dict):
        raise _unreadable()
    return found


def _depth(text: str) -> int:
    """Return at most how deep brackets are nested, those inside of strings included."""
    deepest = level = 0
    for letter in text:
        if letter in "{[":
            level += 1
            deepest = max(deepest, level)
        elif letter in "}]":
            level -= 1
    return deepest


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands there twice")
    return found


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def from_base64url(text: str) -> bytes:
    """Return the bytes of base64url without padding (RFC 7515, appendix C). Raises InvalidInput."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _unreadable() from None


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise _unreadable() from None


def _from_png(data: bytes) -> str:
    """Return the text of the first iTXt chunk that is called ``openbadgecredential``."""
    place = len(_PNG)
    while place + 12 <= len(data):
        length, kind = struct.unpack(">I4s", data[place : place + 8])
        body = data[place + 8 : place + 8 + length]
        if kind == b"iTXt" and body.startswith(_KEYWORD + b"\0"):
            return _decoded(_international_text(body[len(_KEYWORD) + 1 :]))
        place += 12 + length
    raise InvalidInput("credit.credential_absent")


def _international_text(rest: bytes) -> bytes:
    """Return the text of an iTXt chunk after its keyword (PNG, 11.3.3.4): flag, method, language, keyword, text."""
    parts = rest[2:].split(b"\0", 2)
    if len(rest) < 2 or len(parts) != 3:
        raise _unreadable()
    if rest[0] == 0:
        return parts[2]
    try:
        unpacker = zlib.decompressobj()
        text = unpacker.decompress(parts[2], MOST_BYTES)
    except zlib.error:
        raise _unreadable() from None
    if unpacker.unconsumed_tail:
        raise InvalidInput("credit.credential_large")
    return text


def _from_svg(text: str) -> str:
    """Return what stands in ``<openbadges:credential>``: its attribute ``verify`` (a JWT), else its text (JSON)."""
    parts: list[str] = []
    signed: list[str] = []
    inside = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal inside
        if name == _SVG_TAG:
            signed.extend(value for key, value in attributes.items() if key == "verify")
        inside += name == _SVG_TAG or inside > 0

    def end(_name: str) -> None:
        nonlocal inside
        inside -= inside > 0

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = lambda said: parts.append(said) if inside else None
    parser.EntityDeclHandler = _no_entities
    try:
        parser.Parse(text, True)
    except expat.ExpatError:
        raise _unreadable() from None
    found = signed[0] if signed else "".join(parts)
    if not found.strip():
        raise InvalidInput("credit.credential_absent")
    return found


def _no_entities(*_declaration: Any) -> None:
    raise _unreadable()


def _unreadable() -> InvalidInput:
    return InvalidInput("credit.credential_unreadable")
