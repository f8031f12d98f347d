"""Uploads are judged by their bytes: bombs, disguises and metadata do not get in."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from lms.core.errors import InvalidInput, TooLarge
from lms.core.uploads import PLAYED, accept_audio, accept_document, accept_picture, is_audio, safe_name

MAX = 20 * 1024 * 1024


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 20), **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, "white").save(buffer, kind, **options)
    return buffer.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    """Make a tiny PNG whose header claims a huge size: a decompression bomb."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


def test_a_sideways_photograph_is_turned_upright_and_loses_its_metadata() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # rotate 90° clockwise to see it upright
    exif[0x010F] = "secret camera"
    accepted = accept_picture(picture(exif=exif), "photo.jpg", max_bytes=MAX)
    clean = Image.open(io.BytesIO(accepted.data))
    assert clean.size == (20, 40)
    assert not clean.getexif()
    assert b"secret camera" not in accepted.data


def test_a_pdf_is_taken_as_it_is() -> None:
    data = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer <<>>\n%%EOF\n"
    assert accept_document(data, "c.pdf", max_bytes=MAX).media_type == "application/pdf"


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (b"\0\0\0\x18ftyp3gp4\0\0\0\0 moov stsd samr", "audio/3gpp"),
        (b"\0\0\0\x18ftyp3gp5\0\0\0\0 moov stsd mp4a", "audio/mp4"),
        (b"\0\0\0\x18ftypM4A \0\0\0\0", "audio/mp4"),
        (b"#!AMR\n\x3c\x08", "audio/amr"),
        (b"#!AMR-WB\n\x04", "audio/amr-wb"),
        (b"\xff\xf1\x50\x80\x2e\x7f\xfc", "audio/aac"),
        (b"\xff\xf9\x50\x80\x2e\x7f\xfc", "audio/aac"),
        (b"\xff\xfb\x90\x64", "audio/mpeg"),
    ],
)
def test_what_old_telephones_record_is_told_by_its_bytes(data: bytes, media_type: str) -> None:
    assert accept_audio(data, "rec.bin", max_bytes=MAX).media_type == media_type
    if media_type in PLAYED:
        assert accept_audio(data, "rec.bin", max_bytes=MAX, is_played=True).data == data
    else:
        with pytest.raises(InvalidInput, match=r"upload\.not_played"):
            accept_audio(data, "rec.bin", max_bytes=MAX, is_played=True)


@pytest.mark.parametrize(
    "data",
    [b"\xff\xd8\xff\xe0", "текст".encode("utf-16"), b"\xff\xff\xff\xff", b"#!/bin/sh\n", b"RIFF____AVI "],
)
def test_what_only_resembles_a_recording_is_none(data: bytes) -> None:
    assert not is_audio(data)


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04 a zip called .pdf",
        b"<svg onload=alert(1)>",
        b"%PDF-1.4 cut off",
        b"\xff\xd8\xff\xe0 broken",
    ],
)
def test_a_disguise_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(InvalidInput, match=r"upload\.not_pdf_or_picture"):
        accept_document(data, "certificate.pdf", max_bytes=MAX)


def test_a_bomb_is_refused_before_it_is_opened() -> None:
    with pytest.raises(InvalidInput, match=r"upload\.picture_too_big"):
        accept_picture(png_that_claims(60_000, 60_000), "bomb.png", max_bytes=MAX)


def test_an_empty_and_a_huge_file_are_refused() -> None:
    with pytest.raises(InvalidInput, match=r"upload\.empty"):
        accept_document(b"", "c.pdf", max_bytes=MAX)
    with pytest.raises(TooLarge):
        accept_document(b"x" * 101, "c.pdf", max_bytes=100)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\a.pdf", "a.pdf"),
        ("<script>.pdf", "script.pdf"),
        ("имя файла.jpg", "имя файла.jpg"),
        ("\x00\x1f", "file"),
        ("", "file"),
    ],
)
def test_a_file_name_is_only_a_name(given: str, kept: str) -> None:
    assert safe_name(given) == kept
