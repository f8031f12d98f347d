"""Open packages from strangers: nothing is unpacked to disk, names stay inside, sizes are bounded before reading."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from urllib.parse import unquote

from lms.assessment.formats.values import UnreadableFile

__all__ = ["Package"]

MAX_ENTRIES = 5_000
MAX_TOTAL = 512 * 1024 * 1024
MAX_ENTRY = 64 * 1024 * 1024
#: What packs better than this is a bomb (text packs about 1 : 20).
MAX_RATIO = 200
SMALL = 1024 * 1024


class Package:
    """The files of a zip archive by their names; checked as a whole when it is opened."""

    def __init__(self, data: bytes) -> None:
        """Open an archive; raise UnreadableFile ``package.…`` when it is broken or hostile."""
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
            infos = [info for info in self._archive.infolist() if not info.is_dir()]
        except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, zlib.error, OSError):
            raise UnreadableFile("package.broken") from None
        if len(infos) > MAX_ENTRIES:
            raise UnreadableFile("package.too_many_files", str(len(infos)))
        if sum(info.file_size for info in infos) > MAX_TOTAL:
            raise UnreadableFile("package.too_large")
        self._infos: dict[str, zipfile.ZipInfo] = {}
        for info in infos:
            self._infos[_checked(info)] = info

    def names(self) -> list[str]:
        """Return the names of all files, in the order of the archive."""
        return list(self._infos)

    def find(self, href: str, base: str = "") -> str | None:
        """Return the name of the file that ``href`` means when it stands in the file ``base``; None when it is not there.

        Addresses that lead out of the package, or to another host, are not there.
        """
        path = unquote(re.split(r"[#?]", href, maxsplit=1)[0]).replace("\\", "/")
        if not path or path.startswith("/") or "://" in path:
            return None
        full = posixpath.normpath(posixpath.join(posixpath.dirname(base), path))
        return full if full in self._infos else None

    def size_of(self, name: str) -> int:
        """Return how many bytes a file says it has; reading it never gives more."""
        return self._infos[name].file_size

    def read(self, name: str) -> bytes:
        """Return the bytes of a file; raise UnreadableFile when it holds more than it says or is broken."""
        info = self._infos[name]
        try:
            with self._archive.open(info) as handle:
                data = handle.read(info.file_size + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError):
            raise UnreadableFile("package.broken", name, name) from None
        if len(data) > info.file_size:
            raise UnreadableFile("package.bomb", name, name)
        return data


def _checked(info: zipfile.ZipInfo) -> str:
    """Return an entry's name when it stays inside and its size is honest."""
    name = info.filename.replace("\\", "/")
    if name.startswith("/") or ":" in name.split("/")[0] or ".." in name.split("/"):
        raise UnreadableFile("package.path", name[:120], name[:120])
    if info.flag_bits & 1:
        raise UnreadableFile("package.encrypted", name[:120], name[:120])
    is_bomb = info.file_size > SMALL and info.file_size > MAX_RATIO * max(1, info.compress_size)
    if info.file_size > MAX_ENTRY or is_bomb:
        raise UnreadableFile("package.bomb", name[:120], name[:120])
    return posixpath.normpath(name)
