"""Write a version of a plan as a signed file, and check such a file again: bytes in, findings out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from lms.core.db import canonical_json
from lms.plans.rules.plan_content import content_hash, from_json, items_hash
from lms.plans.rules.plan_signatures import composition_hash

__all__ = ["FORMAT", "document_faults", "sealed", "signed_bytes"]

FORMAT = "marshrut-plan-1"


def signed_bytes(plan: Mapping[str, Any]) -> bytes:
    """Return the bytes that the installation signs: the canonical JSON of the plan's part of the file."""
    return canonical_json(plan).encode()


def sealed(plan: Mapping[str, Any], key: str, signature: str) -> dict[str, Any]:
    """Return the whole file: the plan and, apart from it, the signature with its algorithm and public key."""
    return {
        "format": FORMAT,
        "plan": dict(plan),
        "signature": {"algorithm": "Ed25519", "key": key, "value": signature},
    }


def document_faults(file: Any, key: str = "") -> list[str]:
    """Return what is wrong with a file, by code; an empty list means that it is whole and signed.

    ``key`` is the public key that is trusted; without one the key in the file counts, which says only that nothing was
    changed since somebody signed it. Codes: ``not_a_plan``, ``unknown_key``, ``not_signed``, ``item_changed:<key>``,
    ``version_changed``, ``approval_unbound``.
    """
    try:
        return _faults(file, key)
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError):
        return ["not_a_plan"]


def _faults(file: Any, key: str) -> list[str]:
    plan, seal = file["plan"], file["signature"]
    if file["format"] != FORMAT or seal["algorithm"] != "Ed25519":
        return ["not_a_plan"]
    faults = []
    if key and seal["key"] != key:
        faults.append("unknown_key")
    if not _is_signed(signed_bytes(plan), str(seal["value"]), key or str(seal["key"])):
        faults.append("not_signed")
    hashes = {item["stable_key"]: item["hash"] for item in plan["items"]}
    faults += [
        f"item_changed:{item['stable_key']}"
        for item in plan["items"]
        if content_hash(item["stable_key"], from_json(item["content"])) != item["hash"]
    ]
    if items_hash(plan["frame"], hashes) != plan["items_hash"]:
        faults.append("version_changed")
    sheet = {None: composition_hash(plan["frame"], hashes), **hashes}
    if any(sheet.get(row["item"]) != row["signed_hash"] for row in plan["approvals"]):
        faults.append("approval_unbound")
    return faults


def _is_signed(message: bytes, signature: str, key: str) -> bool:
    """Tell whether an Ed25519 signature (RFC 8032) belongs to a message."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True
