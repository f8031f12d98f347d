"""Read the JSON of an Open Badge 3.0, a CLR 2.0 or a status list into values; what is not understood is refused.

The members that are used are checked strictly; a credential may carry others, which its signature covers all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from lms.core.errors import InvalidInput
from lms.plans.rules.credential_files import CredentialFile
from lms.plans.rules.credentials import Credential, Identity, StatusEntry, StatusList, open_bits

__all__ = ["read_credential", "read_status_list"]

LISTS = {"BitstringStatusListEntry"}
RECORDS, BADGES = {"ClrCredential"}, {"OpenBadgeCredential", "AchievementCredential"}
#: A learner record of one student has no more entries than this.
MOST_ENTRIES = 500


class _OneOrMany(fields.Field[list[Any]]):
    """A member that is one value or a list of them, as JSON-LD writes it."""

    def __init__(self, inner: fields.Field[Any], **more: Any) -> None:
        super().__init__(**more)
        self.inner = inner

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        rows = value if isinstance(value, list) else [value]
        if len(rows) > MOST_ENTRIES:
            raise ValidationError("too many entries")
        return [self.inner.deserialize(row) for row in rows]


class _Moment(fields.Field[datetime]):
    """A moment with its zone (xsd:dateTimeStamp)."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        try:
            moment = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            raise ValidationError("not a moment") from None
        if moment.tzinfo is None:
            raise ValidationError("a moment needs its zone")
        try:
            return moment.astimezone(UTC)
        except OverflowError:
            raise ValidationError("not a moment") from None


class _Words(fields.Field[str]):
    """A text, or the first text of a map of languages."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if isinstance(value, dict):
            value = next(iter(value.values()), "")
        if not isinstance(value, str):
            raise ValidationError("not a text")
        return value.strip()[:300]


class _Loose(Schema):
    class Meta:
        unknown = EXCLUDE


def _address(**more: Any) -> fields.String:
    return fields.String(validate=validate.Length(max=600), **more)


class _IssuerSchema(_Loose):
    id = fields.String(required=True, validate=validate.Length(1, 600))
    name = _Words(load_default="")


class _Issuer(fields.Field[dict[str, str]]):
    """An issuer: its address, or an object with address and name."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, str]:
        found = {"id": value} if isinstance(value, str) else value
        loaded: dict[str, str] = _IssuerSchema().load(found)
        return loaded


class _IdentitySchema(_Loose):
    kind = fields.String(data_key="identityType", load_default="", validate=validate.Length(max=100))
    value = fields.String(data_key="identityHash", required=True, validate=validate.Length(max=600))
    is_hashed = fields.Boolean(data_key="hashed", load_default=False)
    salt = fields.String(load_default="", validate=validate.Length(max=200), allow_none=True)


class _AchievementSchema(_Loose):
    name = _Words(load_default="")
    credits_available = fields.Decimal(data_key="creditsAvailable", load_default=None, allow_nan=False)


class _ResultSchema(_Loose):
    value = fields.String(load_default="", validate=validate.Length(max=80))


class _SubjectSchema(_Loose):
    id = _address(load_default="")
    identifier = _OneOrMany(fields.Nested(_IdentitySchema), load_default=list)
    achievement = fields.Nested(_AchievementSchema, load_default=None)
    result = _OneOrMany(fields.Nested(_ResultSchema), load_default=list)
    credits_earned = fields.Decimal(data_key="creditsEarned", load_default=None, allow_nan=False)
    inner = _OneOrMany(fields.Raw(), data_key="verifiableCredential", load_default=list)
    encoded = fields.String(data_key="encodedList", load_default="")
    purpose = fields.String(data_key="statusPurpose", load_default="")


class _StatusSchema(_Loose):
    kind = fields.String(data_key="type", load_default="")
    list_id = _address(data_key="statusListCredential", load_default="")
    index = fields.Integer(
        data_key="statusListIndex", load_default=0, validate=validate.Range(0, 2**31), strict=False
    )
    purpose = fields.String(data_key="statusPurpose", load_default="")


class _CredentialSchema(_Loose):
    id = _address(load_default="")
    type = _OneOrMany(fields.String(), required=True)
    issuer = _Issuer(required=True)
    name = _Words(load_default="")
    valid_from = _Moment(data_key="validFrom", load_default=None)
    issued = _Moment(data_key="issuanceDate", load_default=None)
    valid_until = _Moment(data_key="validUntil", load_default=None)
    expires = _Moment(data_key="expirationDate", load_default=None)
    subject = fields.Nested(_SubjectSchema, data_key="credentialSubject", required=True)
    status = _OneOrMany(fields.Nested(_StatusSchema), data_key="credentialStatus", load_default=list)


def read_credential(found: CredentialFile) -> Credential:
    """Return the credential's values. Raises InvalidInput ``credit.credential_unreadable``, ``credit.credential_kind``."""
    data = _load(_body(found))
    kinds = set(data["type"])
    if not kinds & (RECORDS | BADGES):
        raise InvalidInput("credit.credential_kind")
    subject = data["subject"]
    inner = [_load(row) for row in subject["inner"] if isinstance(row, Mapping)]
    achieved = [row["subject"]["achievement"] for row in (data, *inner) if row["subject"]["achievement"]]
    titles = tuple(row["name"] for row in achieved if row["name"])
    everything = [data, *inner]
    return Credential(
        id=data["id"],
        is_record=bool(kinds & RECORDS),
        issuer_id=data["issuer"]["id"],
        issuer_name=data["issuer"].get("name", ""),
        titles=titles or tuple(t for t in (data["name"],) if t),
        valid_from=data["valid_from"] or data["issued"],
        valid_until=min(
            (m for row in everything if (m := row["valid_until"] or row["expires"])), default=None
        ),
        subject_id=subject["id"],
        identities=tuple(_identity(row) for row in subject["identifier"]),
        statuses=tuple(_status(row) for part in everything for row in part["status"]),
        results=tuple(r["value"] for row in everything for r in row["subject"]["result"] if r["value"]),
        credits=_credits(subject, achieved),
    )


def _body(found: CredentialFile) -> Mapping[str, Any]:
    """Return what was signed as one credential; the claims of a JWT must say the same as the credential in it."""
    if not found.is_jwt:
        return found.body
    inside = found.body.get("vc", found.body)
    if not isinstance(inside, Mapping):
        raise InvalidInput("credit.credential_unreadable")
    body = dict(inside)
    claims = {"issuer": found.body.get("iss"), "id": found.body.get("jti")}
    for name, claim in claims.items():
        said = body.get(name)
        said = said.get("id") if isinstance(said, Mapping) else said
        if claim is not None and said is not None and claim != said:
            raise InvalidInput("credit.credential_unreadable")
        if said is None and claim is not None:
            body[name] = claim
    for name, claim in (("validFrom", "nbf"), ("validUntil", "exp")):
        stated = {"validFrom": {"validFrom", "issuanceDate"}, "validUntil": {"validUntil", "expirationDate"}}
        if claim in found.body and not stated[name] & body.keys():
            body[name] = _from_seconds(found.body[claim])
    return body


def _from_seconds(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidInput("credit.credential_unreadable")
    try:
        return datetime.fromtimestamp(value, UTC).isoformat()
    except (OverflowError, ValueError, OSError):
        raise InvalidInput("credit.credential_unreadable") from None


def _load(body: Any) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = _CredentialSchema().load(body)
    except ValidationError:
        raise InvalidInput("credit.credential_unreadable") from None
    return loaded


def _identity(row: Mapping[str, Any]) -> Identity:
    return Identity(row["kind"], row["value"], row["is_hashed"], row["salt"] or "")


def _status(row: Mapping[str, Any]) -> StatusEntry:
    is_readable = row["kind"] in LISTS and bool(row["list_id"])
    return StatusEntry(row["list_id"], row["index"], row["purpose"], is_readable)


def _credits(subject: Mapping[str, Any], achieved: list[Mapping[str, Any]]) -> str:
    earned = subject["credits_earned"] or (achieved[0]["credits_available"] if achieved else None)
    return "" if earned is None else format(earned, "f")[:20]


def read_status_list(found: CredentialFile) -> tuple[str, str, StatusList]:
    """Return address, issuer and bits of a BitstringStatusListCredential. Raises InvalidInput ``credit.list_unreadable``."""
    data = _load(_body(found))
    if "BitstringStatusListCredential" not in data["type"] or not data["id"]:
        raise InvalidInput("credit.list_unreadable")
    subject = data["subject"]
    until = data["valid_until"] or data["expires"]
    return (
        data["id"],
        data["issuer"]["id"],
        StatusList(subject["purpose"], open_bits(subject["encoded"]), until),
    )
