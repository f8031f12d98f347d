"""Keep the keys that must never stand in the database: sessions, ledger heads, receipts, evidence.

Keys are files with mode 0600 in one folder, made at the first start. Who can write the database but not this
folder can neither forge a ledger head or a receipt nor read evidence.
"""

from __future__ import annotations

import os
import secrets
from functools import cached_property
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

__all__ = ["KeyRing"]


def _load_or_create(path: Path, length: int) -> bytes:
    """Return the key in ``path``; make one of ``length`` random bytes when there is none (race-safe)."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(secrets.token_bytes(length))
            handle.flush()
            os.fsync(handle.fileno())
        try:
            os.link(draft, path)  # fails when another process was first: its key counts
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    data = path.read_bytes()
    if len(data) != length:
        raise ValueError(f"{path} is not a key of {length} bytes")
    return data


class KeyRing:
    """The keys of one installation."""

    def __init__(self, folder: Path) -> None:
        """Use the keys in ``folder``; each is made when first needed."""
        self.folder = folder

    @cached_property
    def session_secret(self) -> bytes:
        """Return the secret that signs session cookies."""
        return _load_or_create(self.folder / "session.key", 32)

    @cached_property
    def _signer(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(_load_or_create(self.folder / "signing.key", 32))

    @cached_property
    def _verifier(self) -> Ed25519PublicKey:
        return self._signer.public_key()

    @cached_property
    def public_signing_key(self) -> str:
        """Return the public half of the signing key as hex, for checking receipts elsewhere."""
        raw = self._verifier.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return raw.hex()

    @cached_property
    def _organisation_cipher(self) -> AESGCM:
        return AESGCM(_load_or_create(self.folder / "organisation.key", 32))

    def sign(self, message: bytes) -> str:
        """Return the Ed25519 signature (RFC 8032) of ``message`` as hex."""
        return self._signer.sign(message).hex()

    def verify(self, message: bytes, signature: str) -> bool:
        """Tell whether ``signature`` (hex) is ours for ``message``."""
        try:
            self._verifier.verify(bytes.fromhex(signature), message)
        except (InvalidSignature, ValueError):
            return False
        return True

    def wrap(self, person_key: bytes) -> bytes:
        """Encrypt a person's key under the organisation's key (AES-256-GCM, random 96-bit nonce)."""
        nonce = secrets.token_bytes(12)
        return nonce + self._organisation_cipher.encrypt(nonce, person_key, b"person-key")

    def unwrap(self, wrapped: bytes) -> bytes:
        """Decrypt a person's key."""
        return self._organisation_cipher.decrypt(wrapped[:12], wrapped[12:], b"person-key")
