"""Archives from strangers: what is in them, and why a hostile one is not opened."""

from __future__ import annotations

import gzip
import io
import stat
import tarfile
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.core.packages import Package, UnreadableFile


def tar(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    """Return a gzipped tar."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for member, data in members:
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return made.getvalue()


def folder(number: int) -> tarfile.TarInfo:
    """Return a folder of a tar."""
    member = tarfile.TarInfo(f"d{number}")
    member.type = tarfile.DIRTYPE
    return member


def linked(kind: bytes) -> bytes:
    """Return a tar with something in it that is no plain file."""
    member = tarfile.TarInfo("a.xml")
    member.type, member.linkname = kind, "/etc/passwd"
    return tar((member, b""))


def linked_zip() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        info = zipfile.ZipInfo("a.xml")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    return made.getvalue()


def test_both_kinds_of_archives_give_the_same_files() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("a/b.txt", b"one")
        archive.writestr("c.txt", b"two")
    of_zip = Package(made.getvalue())
    of_tar = Package(tar((tarfile.TarInfo("./a/b.txt"), b"one"), (tarfile.TarInfo("c.txt"), b"two")))
    for package in (of_zip, of_tar):
        assert {name: package.read(name) for name in package.names()} == {"a/b.txt": b"one", "c.txt": b"two"}
        assert package.find("../c.txt", "a/b.txt") == "c.txt"
        assert package.find("../../c.txt", "a/b.txt") is None


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (linked(tarfile.SYMTYPE), "package.link"),
        (linked(tarfile.LNKTYPE), "package.link"),
        (linked(tarfile.CHRTYPE), "package.link"),
        (linked(tarfile.FIFOTYPE), "package.link"),
        (linked_zip(), "package.link"),
        (tar((tarfile.TarInfo("../a.xml"), b"x")), "package.path"),
        (tar((tarfile.TarInfo("/a.xml"), b"x")), "package.path"),
        (tar((tarfile.TarInfo("c:\\a.xml"), b"x")), "package.path"),
        (tar((tarfile.TarInfo("a.xml"), b"\0" * (70 * 1024 * 1024))), "package.bomb"),
        (tar(*[(folder(number), b"") for number in range(5001)]), "package.too_many_files"),
        (gzip.compress(b"\0" * (30 * 1024 * 1024)), "package.bomb"),
        (gzip.compress(b"no tar at all" * 99), "package.broken"),
        (tar((tarfile.TarInfo("a.xml"), b"x" * 999))[:-20], "package.broken"),
        (b"PK\x03\x04", "package.broken"),
    ],
    ids=lambda value: value if isinstance(value, str) else "archive",  # gzip writes the clock into the bytes
)
def test_a_hostile_archive_is_not_opened(data: bytes, code: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        Package(data)
    assert refused.value.reason.code == code


@given(st.binary(max_size=300), st.sampled_from([b"", b"PK\x03\x04", b"\x1f\x8b\x08\x00"]))
def test_any_bytes_open_or_are_refused(data: bytes, begin: bytes) -> None:
    try:
        Package(begin + data)
        code = ""
    except UnreadableFile as refused:
        code = refused.reason.code
    assert not code or code.startswith("package.")


def test_who_reads_the_same_file_over_and_over_is_stopped() -> None:
    made, size = io.BytesIO(), 16 * 1024 * 1024
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("a.xml", b" " * size)
    package = Package(made.getvalue())
    for _number in range(7):
        assert len(package.read("a.xml")) == size
    with pytest.raises(UnreadableFile) as refused:
        package.read("a.xml")
    assert refused.value.reason.code == "file.too_complex"
