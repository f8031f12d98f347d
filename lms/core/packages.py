"""Open packages from strangers: no name of theirs becomes a file, names stay inside, sizes are bounded before reading."""

from __future__ import annotations

import gzip
import io
import posixpath
import re
import stat
import tarfile
import tempfile
import weakref
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import IO, NamedTuple
from urllib.parse import unquote

__all__ = ["MAX_TOTAL", "Package", "Reason", "UnreadableFile"]

MAX_ENTRIES = 5_000
MAX_TOTAL = 512 * 1024 * 1024
MAX_ENTRY = 64 * 1024 * 1024
#: What packs better than this is a bomb (text packs about 1 : 20).
MAX_RATIO = 200
SMALL = 1024 * 1024
#: So often all of a package is read, and one large file more: what names the same file over and over is a bomb.
READ_AGAIN = 3


class Reason(NamedTuple):
    """Why something was changed or refused: a stable code (each reader has words for its own) and what it is about."""

    code: str
    detail: str = ""


class UnreadableFile(Exception):
    """Nothing in the file can be read; ``place`` says where it stopped, when that is known."""

    def __init__(self, code: str, detail: str = "", place: str = "") -> None:
        """Refuse the whole file for this reason."""
        super().__init__(code, detail)
        self.reason = Reason(code, detail[:200])
        self.place = place


class _Entry(NamedTuple):
    """A file of an archive: how many bytes it says it has, and how it is opened."""

    size: int
    open: Callable[[], IO[bytes]]


class Package:
    """The files of a zip archive, or of a gzipped tar, by their names; checked as a whole when it is opened."""

    def __init__(self, data: bytes | IO[bytes]) -> None:
        """Open an archive, or a zip file that stays open meanwhile; raise UnreadableFile ``package.…`` when it is hostile."""
        if isinstance(data, bytes) and data.startswith(b"\x1f\x8b"):
            kept = _unpacked(data)
            weakref.finalize(self, kept.close)
            entries = _of_tar(kept)
        else:
            entries = _of_zip(data)
        self._entries: dict[str, _Entry] = {}
        total = 0
        for name, entry in entries:
            total += entry.size
            if len(self._entries) >= MAX_ENTRIES:
                raise UnreadableFile("package.too_many_files", str(MAX_ENTRIES))
            if total > MAX_TOTAL:
                raise UnreadableFile("package.too_large")
            self._entries[_inside(name)] = entry
        self._left = MAX_ENTRY + READ_AGAIN * total

    def names(self) -> list[str]:
        """Return the names of all files, in the order of the archive."""
        return list(self._entries)

    def find(self, href: str, base: str = "") -> str | None:
        """Return the name of the file that ``href`` means when it stands in the file ``base``; None when it is not there.

        Addresses that lead out of the package, or to another host, are not there.
        """
        path = unquote(re.split(r"[#?]", href, maxsplit=1)[0]).replace("\\", "/")
        if not path or path.startswith("/") or "://" in path:
            return None
        full = posixpath.normpath(posixpath.join(posixpath.dirname(base), path))
        return full if full in self._entries else None

    def size_of(self, name: str) -> int:
        """Return how many bytes a file says it has; reading it never gives more."""
        return self._entries[name].size

    def read(self, name: str) -> bytes:
        """Return the bytes of a file; raise UnreadableFile when it holds more than it says, is broken or is read too often."""
        entry = self._entries[name]
        self._left -= entry.size
        if self._left < 0:
            raise UnreadableFile("file.too_complex", name, name)
        try:
            with entry.open() as handle:
                data = handle.read(entry.size + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError):
            raise UnreadableFile("package.broken", name, name) from None
        if len(data) > entry.size:
            raise UnreadableFile("package.bomb", name, name)
        return data


def _of_zip(data: bytes | IO[bytes]) -> Iterator[tuple[str, _Entry]]:
    """Yield the files of a zip archive: neither links nor encrypted nor swollen ones."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data) if isinstance(data, bytes) else data)
        infos = [info for info in archive.infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, zlib.error, OSError):
        raise UnreadableFile("package.broken") from None
    for info in infos:
        name = info.filename[:120]
        if info.flag_bits & 1:
            raise UnreadableFile("package.encrypted", name, name)
        if stat.S_ISLNK(info.external_attr >> 16):
            raise UnreadableFile("package.link", name, name)
        is_bomb = info.file_size > SMALL and info.file_size > MAX_RATIO * max(1, info.compress_size)
        if info.file_size > MAX_ENTRY or is_bomb:
            raise UnreadableFile("package.bomb", name, name)
        yield info.filename, _Entry(info.file_size, partial(archive.open, info))


def _of_tar(kept: IO[bytes]) -> Iterator[tuple[str, _Entry]]:
    """Yield the files of a tar: only plain ones; links and devices refuse the package."""
    try:
        archive = tarfile.open(fileobj=kept, mode="r:")  # noqa: SIM115 - read as long as the package lives
        for number, member in enumerate(archive):
            name = member.name[:120]
            if number >= MAX_ENTRIES:
                raise UnreadableFile("package.too_many_files", str(MAX_ENTRIES))
            if member.isdir():
                continue
            if not member.isreg():
                raise UnreadableFile("package.link", name, name)
            if member.size > MAX_ENTRY:
                raise UnreadableFile("package.bomb", name, name)
            yield member.name, _Entry(member.size, partial(_member, archive, member))
    except (tarfile.TarError, ValueError, EOFError, OSError, zlib.error):
        raise UnreadableFile("package.broken") from None


def _member(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    return archive.extractfile(member) or io.BytesIO()


def _unpacked(data: bytes) -> IO[bytes]:
    """Return the bytes under the compression, in a nameless file on the disk; no more than an honest archive holds."""
    most = min(MAX_TOTAL, max(SMALL, MAX_RATIO * len(data)))
    kept = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the package
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            while piece := stream.read(SMALL):
                most -= len(piece)
                if most < 0:
                    raise UnreadableFile("package.bomb")
                kept.write(piece)
    except (EOFError, OSError, zlib.error):
        kept.close()
        raise UnreadableFile("package.broken") from None
    except UnreadableFile:
        kept.close()
        raise
    kept.seek(0)
    return kept


def _inside(name: str) -> str:
    """Return an entry's name when it stays inside; raise UnreadableFile ``package.path``."""
    plain = name.replace("\\", "/")
    if plain.startswith("/") or ":" in plain.split("/")[0] or ".." in plain.split("/"):
        raise UnreadableFile("package.path", plain[:120], plain[:120])
    return posixpath.normpath(plain)
