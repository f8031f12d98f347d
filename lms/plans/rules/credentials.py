"""Say what a credential is worth: signed by whom, still valid, about this student — each answer with its code.

The first thing that speaks against a credential is its result; what cannot be known here (an unreachable status list, a
signature of an unknown suite) is never taken for "in order".

Source: Open Badges 3.0, CLR 2.0 (1EdTech); W3C Verifiable Credentials Data Model 2.0; Bitstring Status List v1.0.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lms.core.errors import InvalidInput
from lms.plans.rules.credential_files import from_base64url
from lms.plans.rules.credential_proofs import ProofState
from lms.plans.types.credit import DocumentStatus, HolderMatch, Verification

__all__ = [
    "Credential",
    "CredentialCheck",
    "CredentialResult",
    "Holder",
    "Identity",
    "StatusEntry",
    "StatusList",
    "holder_match",
    "judge",
    "open_bits",
    "status_of",
]

#: A status list has at least 131,072 bits (16 KB); nobody needs more than this.
MOST_LIST_BYTES = 8_000_000


class CredentialResult(StrEnum):
    """What the check of a credential found; only ``verified`` speaks for it by itself."""

    VERIFIED = "verified"
    FORGED = "forged"
    UNKNOWN_ISSUER = "unknown_issuer"
    UNCHECKED = "unchecked"
    REVOKED = "revoked"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    SOMEONE_ELSE = "someone_else"
    UNCLEAR_HOLDER = "unclear_holder"
    UNKNOWN_STATUS = "unknown_status"


@dataclass(frozen=True, slots=True)
class Identity:
    """How a credential names its holder: a kind, and the value or its salted hash."""

    kind: str
    value: str
    is_hashed: bool = False
    salt: str = ""


@dataclass(frozen=True, slots=True)
class StatusEntry:
    """Where the issuer says whether it still stands by a credential; ``is_readable`` = a bitstring list."""

    list_id: str
    index: int
    purpose: str
    is_readable: bool = True


@dataclass(frozen=True, slots=True)
class StatusList:
    """A list that the office has put in: its purpose, bits and the moment until which it may be relied on."""

    purpose: str
    bits: bytes
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Credential:
    """One badge, or a learner record with the badges in it."""

    id: str
    is_record: bool
    issuer_id: str
    issuer_name: str
    titles: tuple[str, ...]
    valid_from: datetime | None
    valid_until: datetime | None
    subject_id: str = ""
    identities: tuple[Identity, ...] = ()
    statuses: tuple[StatusEntry, ...] = ()
    results: tuple[str, ...] = ()
    credits: str = ""


@dataclass(frozen=True, slots=True)
class Holder:
    """The student, as far as a credential could name them."""

    names: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CredentialCheck:
    """The result with what it follows from."""

    result: CredentialResult
    proof: ProofState
    status: DocumentStatus
    holder: HolderMatch

    @property
    def verification(self) -> Verification:
        """Return what this means for the document: sure, refuted, or left to people."""
        if self.result is CredentialResult.VERIFIED:
            return Verification.VERIFIED
        return Verification.REJECTED if self.result is CredentialResult.FORGED else Verification.UNVERIFIED


def holder_match(credential: Credential, holder: Holder) -> HolderMatch:
    """Say whether the credential is about this student; where it names nobody that could be compared, it is unclear.

    One name or address that fits is enough; only a name or an address that does not fit speaks of someone else.
    """
    known = {"name": holder.names, "emailAddress": holder.emails}
    compared = False
    for identity in _identities(credential):
        options = known.get(identity.kind, holder.ids)
        if any(_is_same(identity, option) for option in options):
            return HolderMatch.MATCH
        compared = compared or (identity.kind in known and bool(options))
    return HolderMatch.OTHER if compared else HolderMatch.UNCLEAR


def _identities(credential: Credential) -> list[Identity]:
    """Return the identifiers with the subject's own address, which may be an e-mail address."""
    found = list(credential.identities)
    if credential.subject_id.startswith("mailto:"):
        found.append(Identity("emailAddress", credential.subject_id.removeprefix("mailto:")))
    elif credential.subject_id:
        found.append(Identity("id", credential.subject_id))
    return found


def _is_same(identity: Identity, option: str) -> bool:
    if not identity.is_hashed:
        return bool(_folded(option)) and _folded(identity.value) == _folded(option)
    method, _dollar, wanted = identity.value.partition("$")
    if method != "sha256":
        return False
    spelled = {option, option.strip(), option.strip().lower()}
    hashes = (hashlib.sha256((text + identity.salt).encode()).hexdigest() for text in spelled)
    return any(hmac.compare_digest(made.encode(), wanted.lower().encode()) for made in hashes)


def _folded(text: str) -> tuple[str, ...]:
    """Return the words of a name or address in an order of their own: «Иванов Пётр» is «Петр Иванов»."""
    return tuple(sorted(re.findall(r"[^\s,]+", text.casefold().replace("ё", "е"))))


def open_bits(encoded: str) -> bytes:
    """Return the bits of a status list (multibase base64url of GZIP). Raises InvalidInput ``credit.list_unreadable``."""
    raw = encoded.removeprefix("u")
    try:
        unpacker = zlib.decompressobj(wbits=31)
        bits = unpacker.decompress(from_base64url(raw), MOST_LIST_BYTES)
    except (InvalidInput, zlib.error):
        raise InvalidInput("credit.list_unreadable") from None
    if unpacker.unconsumed_tail or not unpacker.eof or not bits:
        raise InvalidInput("credit.list_unreadable")
    return bits


def status_of(
    entries: Sequence[StatusEntry], lists: Mapping[str, StatusList], now: datetime
) -> DocumentStatus:
    """Say whether the issuer has taken the credential back; a list that is missing, stale or too short is unknown."""
    states = {_state(entry, lists.get(entry.list_id), now) for entry in entries}
    for state in (DocumentStatus.REVOKED, DocumentStatus.UNKNOWN):
        if state in states:
            return state
    return DocumentStatus.VALID


def _state(entry: StatusEntry, found: StatusList | None, now: datetime) -> DocumentStatus:
    if found is None or not entry.is_readable or found.purpose != entry.purpose:
        return DocumentStatus.UNKNOWN
    place, bit = divmod(entry.index, 8)
    if place >= len(found.bits):
        return DocumentStatus.UNKNOWN
    if found.bits[place] >> (7 - bit) & 1:
        return DocumentStatus.REVOKED
    is_stale = found.until is not None and found.until < now
    return DocumentStatus.UNKNOWN if is_stale else DocumentStatus.VALID


def judge(
    credential: Credential,
    proof: ProofState,
    *,
    is_trusted: bool,
    lists: Mapping[str, StatusList],
    holder: Holder,
    now: datetime,
) -> CredentialCheck:
    """Return the first thing that speaks against a credential, or that it is verified."""
    status = status_of(credential.statuses, lists, now)
    match = holder_match(credential, holder)
    found = (
        (proof is ProofState.INVALID, CredentialResult.FORGED),
        (not is_trusted or proof is ProofState.NO_KEY, CredentialResult.UNKNOWN_ISSUER),
        (proof is ProofState.UNSUPPORTED, CredentialResult.UNCHECKED),
        (match is HolderMatch.OTHER, CredentialResult.SOMEONE_ELSE),
        (status is DocumentStatus.REVOKED, CredentialResult.REVOKED),
        (_is_over(credential.valid_until, now), CredentialResult.EXPIRED),
        (credential.valid_from is None or credential.valid_from > now, CredentialResult.NOT_YET_VALID),
        (match is HolderMatch.UNCLEAR, CredentialResult.UNCLEAR_HOLDER),
        (status is DocumentStatus.UNKNOWN, CredentialResult.UNKNOWN_STATUS),
    )
    result = next((code for holds, code in found if holds), CredentialResult.VERIFIED)
    return CredentialCheck(result, proof, status, match)


def _is_over(until: datetime | None, now: datetime) -> bool:
    return until is not None and until < now
