"""Check who signed a credential, offline, with the keys that the school has pinned for its issuer.

VC-JWT with RS256 (2048 bits at least), ES256 and EdDSA; Data Integrity proofs of the suite ``eddsa-jcs-2022``. A proof of
any other suite (``eddsa-rdfc-2022`` needs the contexts of the web) is *unsupported*, never valid. A key that stands in
the credential itself proves nothing and is not looked at.

Source: RFC 7515, 7517, 8037; W3C Data Integrity EdDSA Cryptosuites v1.0; W3C did:key; RFC 8785.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeGuard

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from lms.core.errors import InvalidInput
from lms.plans.rules.credential_files import CredentialFile, from_base64url

__all__ = ["IssuerKey", "ProofState", "check_proof", "jcs", "key_of_did", "keys_of_jwks"]

LEAST_RSA_BITS = 2048
MOST_RSA_BITS = 8192
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_ED25519, _P256 = b"\xed\x01", b"\x80\x24"
#: Beyond this a JSON number is read differently by different readers (RFC 8785, 3.2.2.3).
_MOST_INTEGER = 2**53 - 1

PublicKey = Ed25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey


class ProofState(StrEnum):
    """What the signature says."""

    VALID = "valid"
    INVALID = "invalid"
    NO_KEY = "no_key"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """A public key of an issuer with the name under which it signs."""

    name: str
    key: PublicKey


def keys_of_jwks(jwks: Mapping[str, Any]) -> tuple[IssuerKey, ...]:
    """Return the keys of a JWK set, or of one JWK. Raises InvalidInput ``credit.keys_unreadable``."""
    rows = jwks.get("keys", [jwks])
    if not isinstance(rows, list) or not rows or len(rows) > 50:
        raise InvalidInput("credit.keys_unreadable")
    return tuple(_from_jwk(row) for row in rows)


def _from_jwk(row: Any) -> IssuerKey:
    try:
        if "d" in row:
            raise InvalidInput("credit.keys_private")
        name = str(row.get("kid", ""))
        match row["kty"], row.get("crv"):
            case "OKP", "Ed25519":
                return IssuerKey(name, Ed25519PublicKey.from_public_bytes(from_base64url(row["x"])))
            case "EC", "P-256":
                point = ec.EllipticCurvePublicNumbers(_integer(row["x"]), _integer(row["y"]), ec.SECP256R1())
                return IssuerKey(name, point.public_key())
            case "RSA", _:
                return IssuerKey(name, _rsa(_integer(row["n"]), _integer(row["e"])))
    except InvalidInput as error:
        raise InvalidInput(
            error.code if error.code == "credit.keys_private" else "credit.keys_unreadable"
        ) from None
    except (KeyError, TypeError, ValueError, AttributeError, UnsupportedAlgorithm):
        pass
    raise InvalidInput("credit.keys_unreadable")


def _rsa(modulus: int, exponent: int) -> rsa.RSAPublicKey:
    if not LEAST_RSA_BITS <= modulus.bit_length() <= MOST_RSA_BITS:
        raise ValueError("a key of this size is not accepted")
    return rsa.RSAPublicNumbers(exponent, modulus).public_key()


def _integer(text: str) -> int:
    return int.from_bytes(from_base64url(text), "big")


def key_of_did(did: str) -> IssuerKey | None:
    """Return the key that a ``did:key`` names (Ed25519 or P-256), or None for every other identifier."""
    if not did.startswith("did:key:z"):
        return None
    raw = _from_base58(did.removeprefix("did:key:z"))
    try:
        if raw[:2] == _ED25519:
            return IssuerKey(did, Ed25519PublicKey.from_public_bytes(raw[2:]))
        if raw[:2] == _P256:
            return IssuerKey(did, ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw[2:]))
    except ValueError:
        pass
    return None


def _from_base58(text: str) -> bytes:
    """Return the bytes of base58btc, or none where a letter is foreign or the text too long to be a key or a signature."""
    if len(text) > 200 or any(letter not in _BASE58 for letter in text):
        return b""
    number = 0
    for letter in text:
        number = number * 58 + _BASE58.index(letter)
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def check_proof(found: CredentialFile, issuer_id: str, keys: Sequence[IssuerKey]) -> ProofState:
    """Say whether one of the issuer's ``keys`` signed exactly this credential."""
    if found.is_jwt:
        return _check_jwt(found, keys)
    proofs = found.body.get("proof")
    rows = proofs if isinstance(proofs, list) else [proofs]
    readable = [row for row in rows if _is_readable(row)]
    if not readable:
        return ProofState.UNSUPPORTED
    states = {_check_integrity(found.body, row, issuer_id, keys) for row in readable}
    for state in (ProofState.INVALID, ProofState.NO_KEY):
        if state in states:
            return state
    return ProofState.VALID


# --- JWT ----------------------------------------------------------------------------------------------------------


def _check_jwt(found: CredentialFile, keys: Sequence[IssuerKey]) -> ProofState:
    header = found.header or {}
    algorithm = header.get("alg")
    if algorithm not in {"RS256", "ES256", "EdDSA"} or "crit" in header or "b64" in header:
        return ProofState.UNSUPPORTED
    fitting = [row for row in _named(keys, header.get("kid")) if _fits(row.key, algorithm)]
    if not fitting:
        return ProofState.NO_KEY
    is_signed = any(_verify(row.key, found.signature, found.signed) for row in fitting)
    return ProofState.VALID if is_signed else ProofState.INVALID


def _named(keys: Sequence[IssuerKey], name: Any) -> Sequence[IssuerKey]:
    """Return the keys with this name; all where no key has it, for every one of them is the issuer's."""
    if not isinstance(name, str) or not name:
        return keys
    short = name.rpartition("#")[2]
    return [row for row in keys if row.name and row.name in {name, short}] or keys


def _fits(key: PublicKey, algorithm: str) -> bool:
    kinds = {"RS256": rsa.RSAPublicKey, "ES256": ec.EllipticCurvePublicKey, "EdDSA": Ed25519PublicKey}
    return isinstance(key, kinds[algorithm])


def _verify(key: PublicKey, signature: bytes, message: bytes) -> bool:
    try:
        if isinstance(key, Ed25519PublicKey):
            key.verify(signature, message)
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
        else:
            key.verify(_as_der(signature), message, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


def _as_der(signature: bytes) -> bytes:
    """Return an ES256 signature (two numbers of 32 bytes, RFC 7518, 3.4) as DER."""
    if len(signature) != 64:
        raise ValueError("not an ES256 signature")
    return encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))


# --- Data Integrity -----------------------------------------------------------------------------------------------


def _is_readable(proof: Any) -> TypeGuard[Mapping[str, Any]]:
    return (
        isinstance(proof, dict)
        and proof.get("type") == "DataIntegrityProof"
        and proof.get("cryptosuite") == "eddsa-jcs-2022"
    )


def _check_integrity(
    body: Mapping[str, Any], proof: Mapping[str, Any], issuer_id: str, keys: Sequence[IssuerKey]
) -> ProofState:
    """Verify a proof of ``eddsa-jcs-2022`` (section 3.3.2): hash of the options, then of the document."""
    method, value = proof.get("verificationMethod"), proof.get("proofValue")
    if not (isinstance(method, str) and isinstance(value, str) and value.startswith("z")):
        return ProofState.INVALID
    if proof.get("proofPurpose") != "assertionMethod" or not _is_of(issuer_id, method, keys):
        return ProofState.INVALID
    document = {name: part for name, part in body.items() if name != "proof"}
    options = {name: part for name, part in proof.items() if name != "proofValue"}
    if "@context" in options:
        if not _begins_with(document.get("@context"), options["@context"]):
            return ProofState.INVALID
        document["@context"] = options["@context"]
    fitting = [row.key for row in _named(keys, method) if isinstance(row.key, Ed25519PublicKey)]
    if not fitting:
        return ProofState.NO_KEY
    try:
        message = hashlib.sha256(jcs(options)).digest() + hashlib.sha256(jcs(document)).digest()
    except ValueError:
        return ProofState.INVALID
    signature = _from_base58(value[1:])
    is_signed = any(_verify(key, signature, message) for key in fitting)
    return ProofState.VALID if is_signed else ProofState.INVALID


def _is_of(issuer_id: str, method: str, keys: Sequence[IssuerKey]) -> bool:
    """Tell whether the method that signed belongs to the issuer: by its address, or by the name of a pinned key."""
    return method.partition("#")[0] == issuer_id or any(row.name == method for row in keys if row.name)


def _begins_with(context: Any, wanted: Any) -> bool:
    has = context if isinstance(context, list) else [context]
    asked = wanted if isinstance(wanted, list) else [wanted]
    return has[: len(asked)] == asked


def jcs(value: Any) -> bytes:
    """Return JSON in its canonical form (RFC 8785). Raises ValueError for what has none."""
    return _canonical(value).encode("utf-8")


def _canonical(value: Any) -> str:
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{_canonical(name)}:{_canonical(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_canonical(part) for part in value) + "]"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _MOST_INTEGER:
        try:
            return _number(float(value))
        except OverflowError:
            raise ValueError("not a number of JSON") from None
    return json.dumps(value, ensure_ascii=False)


def _number(value: float) -> str:
    """Return a number as ECMAScript writes it: the shortest digits, an exponent beyond 21 places or below a millionth."""
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError("not a number of JSON")
    if value == 0:
        return "0"
    sign, digits, point = _digits(value)
    if len(digits) <= point <= 21:
        return sign + digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    mantissa = digits[0] + (f".{digits[1:]}" if len(digits) > 1 else "")
    return f"{sign}{mantissa}e{'+' if point > 0 else '-'}{abs(point - 1)}"


def _digits(value: float) -> tuple[str, str, int]:
    """Return sign, significant digits and where the decimal point stands after the first of them."""
    mantissa, _e, exponent = f"{abs(value)!r}".partition("e")
    whole, _dot, rest = mantissa.partition(".")
    rest = "" if rest == "0" else rest
    digits = (whole + rest).lstrip("0")
    leading = len(whole) if whole != "0" else -(len(rest) - len(rest.lstrip("0")))
    return ("-" if value < 0 else ""), digits.rstrip("0"), leading + int(exponent or 0)
