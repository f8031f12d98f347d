"""Speak WebAuthn (W3C Level 2) with a browser: what to ask for, and what an answer proves.

Only a person who unlocked the device themselves is accepted (user verification). No attestation is asked for: which
make the device is of is nobody's business. The library is imported at the first use.
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from lms.core.errors import InvalidInput

__all__ = [
    "Place",
    "ProvenKey",
    "creation_options",
    "new_challenge",
    "proven_count",
    "proven_key",
    "request_options",
]

WRONG = "proctoring.passkey_wrong"
TIMEOUT_MS = 120_000
MAX_ANSWER_CHARS = 20_000


@dataclass(frozen=True, slots=True)
class Place:
    """The site as a passkey knows it: its domain and the address that pages come from."""

    domain: str
    origin: str

    @classmethod
    def of(cls, base_url: str) -> Place | None:
        """Return the place of a site; None where browsers offer no passkeys: an address of digits, or plain HTTP."""
        where = urlsplit(base_url)
        host = where.hostname or ""
        try:
            ipaddress.ip_address(host)
        except ValueError:
            is_safe = where.scheme == "https" or host == "localhost" or host.endswith(".localhost")
            return cls(host, f"{where.scheme}://{where.netloc}") if host and is_safe else None
        return None


@dataclass(frozen=True, slots=True)
class ProvenKey:
    """A passkey whose device proved that it holds it."""

    credential: bytes
    public_key: bytes
    count: int


def new_challenge() -> str:
    """Return 32 random bytes in hex: good for one answer."""
    return secrets.token_hex(32)


def creation_options(
    place: Place, *, site: str, user: UUID, name: str, challenge: str, known: Iterable[bytes]
) -> str:
    """Return JSON for ``navigator.credentials.create``; devices that are known already are left out."""
    import webauthn  # pages without passkeys never load it
    from webauthn.helpers import structs

    options = webauthn.generate_registration_options(
        rp_id=place.domain,
        rp_name=site,
        user_id=user.bytes,
        user_name=name,
        challenge=bytes.fromhex(challenge),
        timeout=TIMEOUT_MS,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.PREFERRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=one) for one in known],
    )
    return webauthn.options_to_json(options)


def proven_key(place: Place, challenge: str, answer: str) -> ProvenKey:
    """Return the passkey behind an answer to `creation_options`; raise InvalidInput ``proctoring.passkey_wrong``."""
    import webauthn
    from webauthn.helpers.exceptions import WebAuthnException

    if len(answer) > MAX_ANSWER_CHARS:
        raise InvalidInput(WRONG)
    try:
        found = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=bytes.fromhex(challenge),
            expected_rp_id=place.domain,
            expected_origin=place.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError, RecursionError):
        raise InvalidInput(WRONG) from None
    return ProvenKey(found.credential_id, found.credential_public_key, found.sign_count)


def request_options(place: Place, challenge: str, known: Iterable[bytes]) -> str:
    """Return JSON for ``navigator.credentials.get`` with one of the known passkeys."""
    import webauthn
    from webauthn.helpers import structs

    options = webauthn.generate_authentication_options(
        rp_id=place.domain,
        challenge=bytes.fromhex(challenge),
        timeout=TIMEOUT_MS,
        allow_credentials=[structs.PublicKeyCredentialDescriptor(id=one) for one in known],
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options)


def proven_count(place: Place, challenge: str, answer: str, key: ProvenKey) -> int:
    """Return the device's new counter when it proved that it holds ``key``.

    Raises InvalidInput ``proctoring.passkey_wrong``, also when the counter went back: then there is a copy.
    """
    import webauthn
    from webauthn.helpers.exceptions import WebAuthnException

    if len(answer) > MAX_ANSWER_CHARS:
        raise InvalidInput(WRONG)
    try:
        found = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=bytes.fromhex(challenge),
            expected_rp_id=place.domain,
            expected_origin=place.origin,
            credential_public_key=key.public_key,
            credential_current_sign_count=key.count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError, RecursionError):
        raise InvalidInput(WRONG) from None
    if found.credential_id != key.credential:
        raise InvalidInput(WRONG)
    return found.new_sign_count
