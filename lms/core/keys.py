"""Keep the keys that must never stand in the database: sessions, ledger heads, receipts, evidence.

Keys are files with mode 0600 in one folder, made at the first start. Who can write the database but not this
folder can neither forge a ledger head or a receipt nor read evidence.

The organisation's key wraps the keys of people. After a rotation there are several for a while: a file each, named by the
key's digest, and one file that names the key in force. Processes look at it at each wrap, so none has to start again.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

__all__ = ["KeyMissing", "KeyRing"]


class KeyMissing(Exception):
    """A key that something is encrypted under is not in the folder of the keys."""


def _write(path: Path, data: bytes, *, replaces: bool) -> None:
    """Write a file of mode 0600 whole or not at all; unless it ``replaces``, the file that is there counts."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(data)
        handle.flush()
        os.fsync(handle.fileno())
    try:
        if replaces:
            draft.replace(path)
        else:
            os.link(draft, path)  # fails when another process was first: its key counts
    except FileExistsError:
        pass
    finally:
        draft.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Let one process at a time change which key is in force."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _load_or_create(path: Path, length: int) -> bytes:
    """Return the key in ``path``; make one of ``length`` random bytes when there is none (race-safe)."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        _write(path, secrets.token_bytes(length), replaces=False)
    data = path.read_bytes()
    if len(data) != length:
        raise ValueError(f"{path} is not a key of {length} bytes")
    return data


class KeyRing:
    """The keys of one installation."""

    def __init__(self, folder: Path) -> None:
        """Use the keys in ``folder``; each is made when first needed."""
        self.folder = folder
        self._ciphers: dict[str, AESGCM] = {}

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

    @cached_property
    def tool_signer(self) -> rsa.RSAPrivateKey:
        """Return the RSA key that signs what outside tools are told: LTI 1.3 knows no other kind of signature."""
        path = self.folder / "tools.key"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            pkcs8, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            _write(path, made.private_bytes(serialization.Encoding.DER, pkcs8, plain), replaces=False)
        found = serialization.load_der_private_key(path.read_bytes(), None)
        if not isinstance(found, rsa.RSAPrivateKey):
            raise TypeError(f"{path} is not an RSA key")
        return found

    def wrap(self, person_key: bytes) -> tuple[str, bytes]:
        """Encrypt a person's key under the organisation's key in force (AES-256-GCM, random 96-bit nonce).

        Returns the name of that key, too; raises KeyMissing when it is gone.
        """
        name = self.organisation_key
        nonce = secrets.token_bytes(12)
        return name, nonce + self._cipher(name).encrypt(nonce, person_key, b"person-key")

    def unwrap(self, name: str, wrapped: bytes) -> bytes:
        """Decrypt a person's key with the organisation's key of that name; raise KeyMissing when it is gone."""
        return self._cipher(name).decrypt(wrapped[:12], wrapped[12:], b"person-key")

    @property
    def organisation_key(self) -> str:
        """Return the name of the key in force; one is made when none is named."""
        return self.named_organisation_key() or self.add_organisation_key(instead_of=None)

    def named_organisation_key(self) -> str | None:
        """Return the name of the key that is said to be in force, whether it is there or not; None when none is named."""
        pointer = self.folder / "organisation.current"
        return pointer.read_text(encoding="ascii").strip() if pointer.exists() else None

    def organisation_keys(self) -> list[str]:
        """Return the names of the organisation's keys in the folder."""
        return sorted(
            path.stem.removeprefix("organisation-") for path in self.folder.glob("organisation-*.key")
        )

    def add_organisation_key(self, *, instead_of: str | None) -> str:
        """Put a new key of the organisation in force ``instead_of`` the one that is; return its name.

        Another process may be doing the same: whose key is in force first, counts for both. Killed in between, nothing changed.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _held(self.folder):
            there = self.named_organisation_key()
            if there is not None and there != instead_of:
                return there
            key = AESGCM.generate_key(256)
            name = hashlib.sha256(key).hexdigest()[:16]
            _write(self.folder / f"organisation-{name}.key", key, replaces=False)
            _write(self.folder / "organisation.current", name.encode(), replaces=True)
            return name

    def retire_organisation_key(self, name: str) -> None:
        """Delete a key that nothing is wrapped under; the one in force stays."""
        if name != self.organisation_key:
            self._ciphers.pop(name, None)
            (self.folder / f"organisation-{name}.key").unlink(missing_ok=True)

    def _cipher(self, name: str) -> AESGCM:
        if name not in self._ciphers:
            path = self.folder / f"organisation-{name}.key"
            if not path.is_file():
                raise KeyMissing(f"{path} is missing")
            key = path.read_bytes()
            if hashlib.sha256(key).hexdigest()[:16] != name:
                raise KeyMissing(f"{path} holds another key than its name says")
            self._ciphers[name] = AESGCM(key)
        return self._ciphers[name]
