"""Say which files a course may carry and whether bytes are what their name says."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["GLB", "H5P", "MEDIA_TYPES", "SCORM", "looks_like", "type_refusal"]

#: What runs in a sealed frame only: packages of other systems, and models.
SCORM, H5P, GLB = "application/x-scorm+zip", "application/x-h5p+zip", "model/gltf-binary"

_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."

#: What a browser shows by itself, and documents that are offered to keep.
MEDIA_TYPES: Mapping[str, str] = {
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "webm": "video/webm",
    "mp4": "video/mp4",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "aac": "audio/aac",
    "ogg": "audio/ogg",
    "wav": "audio/wav",
    "vtt": "text/vtt",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "csv": "text/csv",
    "docx": _OFFICE + "wordprocessingml.document",
    "xlsx": _OFFICE + "spreadsheetml.sheet",
    "pptx": _OFFICE + "presentationml.presentation",
    "odt": _OPEN + "text",
    "ods": _OPEN + "spreadsheet",
    "odp": _OPEN + "presentation",
    "zip": SCORM,
    "h5p": H5P,
    "glb": GLB,
}
#: How bytes of a type begin: (place, mark) pairs, one of which must be there.
_BEGINNINGS: Mapping[str, tuple[tuple[int, bytes], ...]] = {
    "image/png": ((0, b"\x89PNG\r\n\x1a\n"),),
    "image/jpeg": ((0, b"\xff\xd8\xff"),),
    "image/webp": ((8, b"WEBP"),),
    "video/webm": ((0, b"\x1aE\xdf\xa3"),),
    "video/mp4": ((4, b"ftyp"),),
    "audio/mpeg": ((0, b"ID3"), (0, b"\xff\xfb"), (0, b"\xff\xf3"), (0, b"\xff\xf2")),
    "audio/mp4": ((4, b"ftyp"),),
    "audio/aac": ((0, b"\xff\xf1"), (0, b"\xff\xf9")),
    "audio/ogg": ((0, b"OggS"),),
    "audio/wav": ((8, b"WAVE"),),
    "text/vtt": ((0, b"WEBVTT"), (0, b"\xef\xbb\xbfWEBVTT")),
    "application/pdf": ((0, b"%PDF-"),),
    SCORM: ((0, b"PK\x03\x04"),),
    H5P: ((0, b"PK\x03\x04"),),
    GLB: ((0, b"glTF\x02\x00\x00\x00"),),
}
#: What telephones and old programs make, and not every browser shows: whoever sends it hears what to make of it.
_ELSEWHERE = frozenset(
    [
        "3gp",
        "3gpp",
        "3g2",
        "amr",
        "awb",
        "caf",
        "wma",
        "aiff",
        "aif",
        "flac",
        "opus",
        "mov",
        "avi",
        "mkv",
        "wmv",
        "mpg",
        "mpeg",
        "heic",
        "heif",
        "tif",
        "tiff",
        "bmp",
        "gif",
    ]
)
_ZIP = ((0, b"PK\x03\x04"),)


def type_refusal(name: str) -> str:
    """Return the code that says why a file of this name is not taken."""
    return "course.media_elsewhere" if name.rpartition(".")[2].lower() in _ELSEWHERE else "course.media_type"


def looks_like(data: bytes, media_type: str) -> bool:
    """Tell whether bytes begin as their type does; a text must be UTF-8."""
    if media_type.startswith(("text/", "image/svg")) and not _is_text(data):
        return False
    if media_type == "image/svg+xml":
        return b"<svg" in data
    marks = _BEGINNINGS.get(media_type, _ZIP if media_type.startswith((_OFFICE, _OPEN)) else ())
    return not marks or any(data[place : place + len(mark)] == mark for place, mark in marks)


def _is_text(data: bytes) -> bool:
    try:
        return "\x00" not in data.decode("utf-8")
    except UnicodeDecodeError:
        return False
