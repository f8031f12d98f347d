"""Accept uploads: look at the bytes, never at the name or the declared type.

Pictures are turned upright (EXIF orientation), stripped of all metadata and re-encoded; bombs are refused by pixel
count before anything is decoded.
"""

from __future__ import annotations

import io
import re
import unicodedata
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from lms.core.errors import InvalidInput, TooLarge

__all__ = [
    "PLAYED",
    "Accepted",
    "accept_audio",
    "accept_document",
    "accept_picture",
    "is_audio",
    "safe_name",
    "sound_type",
]

MAX_PIXELS = 40_000_000
#: How a picture is kept, by what it came as; of a GIF that moves, the first picture stays.
_FORMATS = {"JPEG": "JPEG", "PNG": "PNG", "WEBP": "WEBP", "GIF": "PNG"}


#: How recordings begin: the place of the mark, the mark, the type.
_SOUNDS = (
    (0, b"OggS", "audio/ogg"),
    (0, b"\x1aE\xdf\xa3", "audio/webm"),
    (0, b"fLaC", "audio/flac"),
    (0, b"ID3", "audio/mpeg"),
    (8, b"WAVE", "audio/wav"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftypmp4", "audio/mp4"),
    (4, b"ftypiso", "audio/mp4"),
    (4, b"ftypdash", "audio/mp4"),
    (4, b"ftypqt  ", "audio/mp4"),
    (0, b"#!AMR-WB\n", "audio/amr-wb"),
    (0, b"#!AMR\n", "audio/amr"),
)
#: Recordings that browsers play; others that telephones make are kept and handed out to be opened on the device.
PLAYED = frozenset(
    {"audio/aac", "audio/flac", "audio/mp4", "audio/mpeg", "audio/ogg", "audio/wav", "audio/webm"}
)


@dataclass(frozen=True, slots=True)
class Accepted:
    """Bytes that may be stored and shown."""

    data: bytes
    media_type: str
    name: str


def safe_name(name: str) -> str:
    """Return a file name that is only a name: no folders, no control characters, at most 120 characters."""
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", name or ""))[-1]
    kept = "".join(c for c in last if unicodedata.category(c)[0] != "C" and c not in '<>:"|?*')
    return kept.strip(" .")[:120] or "file"


def _check_size(data: bytes, max_bytes: int) -> None:
    if not data:
        raise InvalidInput("upload.empty")
    if len(data) > max_bytes:
        raise TooLarge("upload.too_large", max_mb=max_bytes // (1024 * 1024))


def accept_picture(data: bytes, name: str, *, max_bytes: int, max_side: int = 4000) -> Accepted:
    """Return the picture upright, without metadata, at most ``max_side`` pixels wide or high.

    Raises InvalidInput ``upload.empty``, ``upload.not_a_picture``, ``upload.picture_too_big``; TooLarge.
    """
    _check_size(data, max_bytes)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=tuple(_FORMATS))
            if picture.width * picture.height > MAX_PIXELS:
                raise InvalidInput("upload.picture_too_big")
            kind = _FORMATS[str(picture.format)]
            upright = ImageOps.exif_transpose(picture)
            assert upright is not None
            upright.thumbnail((max_side, max_side))
            clean = upright.convert("RGB" if kind == "JPEG" else "RGBA")
    except InvalidInput:
        raise
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise InvalidInput("upload.picture_too_big") from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError):
        raise InvalidInput("upload.not_a_picture") from None
    buffer = io.BytesIO()
    clean.save(buffer, kind, **({"quality": 90} if kind == "JPEG" else {}))
    return Accepted(buffer.getvalue(), f"image/{kind.lower()}", safe_name(name))


def accept_document(data: bytes, name: str, *, max_bytes: int) -> Accepted:
    """Return a PDF as it is or a picture cleaned; raise InvalidInput ``upload.not_pdf_or_picture``, TooLarge."""
    _check_size(data, max_bytes)
    if data[:5] == b"%PDF-" and b"%%EOF" in data[-2048:]:
        return Accepted(data, "application/pdf", safe_name(name))
    try:
        return accept_picture(data, name, max_bytes=max_bytes)
    except InvalidInput as error:
        if error.code == "upload.not_a_picture":
            raise InvalidInput("upload.not_pdf_or_picture") from None
        raise


def sound_type(data: bytes) -> str | None:
    """Return what kind of recording bytes are, or None. A 3GP file is "audio/mp4" where its sound is AAC."""
    if data[4:8] == b"ftyp" and data[8:11] in (b"3gp", b"3g2"):
        return "audio/mp4" if b"mp4a" in data else "audio/3gpp"
    for place, mark, media_type in _SOUNDS:
        if data[place : place + len(mark)] == mark:
            return media_type
    is_frame = len(data) > 2 and data[0] == 0xFF and data[1] & 0xE6 == 0xE2  # MPEG audio, layer III
    if is_frame:
        return "audio/mpeg"
    is_aac = len(data) > 6 and data[0] == 0xFF and data[1] & 0xF6 == 0xF0  # ADTS: twelve ones, layer 0
    return "audio/aac" if is_aac else None


def is_audio(data: bytes) -> bool:
    """Tell whether the bytes begin as a recording does."""
    return sound_type(data) is not None


def accept_audio(data: bytes, name: str, *, max_bytes: int, is_played: bool = False) -> Accepted:
    """Return a recording as it is, with ``is_played`` only one that browsers play (`PLAYED`).

    Raises InvalidInput ``upload.not_audio`` or ``upload.not_played``, TooLarge.
    """
    _check_size(data, max_bytes)
    media_type = sound_type(data)
    if media_type is None:
        raise InvalidInput("upload.not_audio")
    if is_played and media_type not in PLAYED:
        raise InvalidInput("upload.not_played")
    return Accepted(data, media_type, safe_name(name))
