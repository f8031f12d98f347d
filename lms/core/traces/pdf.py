"""Write a PDF again without what it says of its author: the record of the document, of its parts, of notes and signatures."""

from __future__ import annotations

import io
import struct

from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, StreamObject

__all__ = ["jpeg_without_traces", "pdf_without_traces"]

#: What any part of a document may carry: XMP records, what programs keep for themselves, when it was touched.
_ANYWHERE = ("/Metadata", "/PieceInfo", "/LastModified")
#: Who signed, where and why. The signature itself is worth nothing once the file is written again.
_SIGNATURE = ("/Name", "/Contents", "/Cert", "/ContactInfo", "/Location", "/Reason", "/Prop_Build")
#: Segments of a JPEG that hold no picture: Exif and XMP, Photoshop's, comments.
_JPEG_EXTRAS = frozenset({0xE1, 0xED, 0xFE})


def pdf_without_traces(data: bytes) -> bytes | None:
    """Return the document without author, programs, notes' names and signatures; None when it cannot be read.

    Whatever the document no longer refers to, such as earlier versions of itself, is left out, too.
    """
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            return None
        writer = PdfWriter(clone_from=reader)
        writer.metadata = None
        for part in writer._objects:
            _strip(part)
        whole = _written(
            PdfWriter(clone_from=PdfReader(_written(writer)))
        )  # without what nothing refers to now
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, OSError, RecursionError):
        return None  # a damaged document: its reader fails in many ways
    return whole.getvalue()


def _written(writer: PdfWriter) -> io.BytesIO:
    held = io.BytesIO()
    writer.write(held)
    held.seek(0)
    return held


def _strip(part: object) -> None:
    """Take what names somebody out of one part of a document and out of what lies in it; others are visited by themselves."""
    if isinstance(part, ArrayObject):
        for inner in list(part):
            _strip(inner)
    if not isinstance(part, DictionaryObject):
        return
    names = list(_ANYWHERE)
    if part.get("/Type") == "/Sig":
        names += _SIGNATURE
    if "/Rect" in part and part.get("/Subtype") != "/Widget":
        names += ("/T", "/CreationDate", "/M", "/NM")  # a note; the /T of a form's field is its own name
    for name in names:
        part.pop(name, None)
    for inner in list(part.values()):
        _strip(inner)
    if isinstance(part, StreamObject) and part.get("/Filter") in ("/DCTDecode", ["/DCTDecode"]):
        part._data = jpeg_without_traces(part._data)


def jpeg_without_traces(data: bytes) -> bytes:
    """Return a JPEG without Exif, XMP and comments; its picture is not packed anew. What is no JPEG is returned as it is."""
    if data[:2] != b"\xff\xd8":
        return data
    kept, at = [data[:2]], 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        end = at + 2 + struct.unpack_from(">H", data, at + 2)[0]
        if data[at + 1] not in _JPEG_EXTRAS:
            kept.append(data[at:end])
        at = end
    return b"".join((*kept, data[at:]))
