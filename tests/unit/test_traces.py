"""Whoever marks blind learns nothing from the properties of a file, and loses nothing of what is in it."""

from __future__ import annotations

import io
import struct
import wave

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import Text
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject, TextStringObject

from lms.core.traces import without_traces
from lms.core.traces.pdf import jpeg_without_traces
from lms.core.traces.sound import SOUNDS

NAME = b"Vetrova Sonya"
SOUND = bytes(range(1, 251)) * 4


def syncsafe(size: int) -> bytes:
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))


def mp3() -> bytes:
    frame = b"\xff\xfb\x90\x00" + SOUND
    head = b"ID3\x04\x00\x00" + syncsafe(len(NAME)) + NAME
    ape = NAME + b"APETAGEX" + struct.pack("<IIII", 2000, len(NAME) + 32, 1, 0) + bytes(8)
    return head + frame + ape + b"TAG" + NAME.ljust(125, b"\0")


def wav() -> bytes:
    written = io.BytesIO()
    with wave.open(written, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(SOUND)
    words = b"INFOIART" + struct.pack("<I", len(NAME)) + NAME + b"\0"
    more = b"LIST" + struct.pack("<I", len(words)) + words + b"id3 " + struct.pack("<I", len(NAME)) + NAME
    whole = written.getvalue() + more
    return whole[:4] + struct.pack("<I", len(whole) - 8) + whole[8:]


def flac() -> bytes:
    def block(kind: int, body: bytes) -> bytes:
        return bytes([kind]) + len(body).to_bytes(3, "big") + body

    return b"fLaC" + block(0, bytes(34)) + block(4, NAME) + block(6, NAME) + block(0x80 | 2, NAME) + SOUND


def slow_sum(page: bytes) -> int:
    """Return the check sum of an Ogg page as its description says it, bit by bit."""
    found = 0
    for byte in page:
        found ^= byte << 24
        for _ in range(8):
            found = (found << 1 ^ 0x04C11DB7 if found & 0x8000_0000 else found << 1) & 0xFFFF_FFFF
    return found


def page(number: int, lengths: list[int], body: bytes, flags: int = 0) -> bytes:
    head = struct.pack("<4sBBqIII", b"OggS", 0, flags, 0, 7, number, 0) + bytes([len(lengths), *lengths])
    whole = head + body
    return whole[:22] + slow_sum(whole).to_bytes(4, "little") + whole[26:]


def ogg(magic: bytes) -> bytes:
    """Return a stream whose comments, a picture among them, go over two pages and share the second with the sound."""
    texts = [b"ARTIST=" + NAME, b"PICTURE=" + NAME * 40]
    packet = magic + struct.pack("<I", len(NAME)) + NAME + struct.pack("<I", len(texts))
    packet += b"".join(struct.pack("<I", len(text)) + text for text in texts) + b"\x01"
    first, rest = packet[:255], packet[255:]
    lacing = [255] * (len(rest) // 255) + [len(rest) % 255]
    second = page(2, [*lacing, 200], rest + SOUND[:200], flags=1)
    return page(0, [19], b"\x01begin".ljust(19, b"\0"), flags=2) + page(1, [255], first) + second


def mp4() -> bytes:
    def box(name: bytes, body: bytes, *, is_large: bool = False) -> bytes:
        if is_large:
            return struct.pack(">I4sQ", 1, name, len(body) + 16) + body
        return struct.pack(">I4s", len(body) + 8, name) + body

    words = box(b"udta", box(b"\xa9nam", NAME))
    moov = box(b"moov", box(b"mvhd", SOUND) + box(b"trak", box(b"tkhd", SOUND) + words) + words)
    return box(b"ftyp", b"M4A ") + moov + box(b"uuid", NAME, is_large=True) + box(b"mdat", SOUND)


def webm() -> bytes:
    def element(name: str, body: bytes, *, is_open: bool = False) -> bytes:
        size = b"\x01" + b"\xff" * 7 if is_open else (1 << 56 | len(body)).to_bytes(8, "big")
        return bytes.fromhex(name) + size + body

    info = element("1549a966", element("7ba9", NAME) + element("2ad7b1", b"\x0f\x42\x40"))
    track = element("1654ae6b", element("ae", element("536e", NAME * 20) + element("63a2", SOUND)))
    cluster = element("1f43b675", element("e7", b"\0") + element("a3", SOUND), is_open=True)
    tags = b"\x12\x54\xc3\x67" + bytes([0x80 | len(NAME)]) + NAME
    return element("1a45dfa3", b"webm") + element("18538067", info + track + cluster + tags, is_open=True)


@pytest.mark.parametrize(
    ("media_type", "data"),
    [
        ("audio/mpeg", mp3()),
        ("audio/wav", wav()),
        ("audio/flac", flac()),
        ("audio/ogg", ogg(b"\x03vorbis")),
        ("audio/ogg", ogg(b"OpusTags")),
        ("audio/mp4", mp4()),
        ("audio/3gpp", mp4().replace(b"M4A ", b"3gp4")),
        ("audio/aac", mp3()),
        ("audio/webm", webm()),
    ],
)
def test_a_recording_names_nobody_and_sounds_as_before(media_type: str, data: bytes) -> None:
    assert NAME in data
    clean = without_traces(data, media_type)
    assert clean is not None
    assert NAME not in clean and NAME[:7] not in clean
    assert clean.count(SOUND[:200]) == data.count(SOUND[:200]), "the sound is the same"
    assert without_traces(clean, media_type) == clean, "there is nothing more to take out"
    if media_type not in {"audio/mpeg", "audio/aac"}:
        assert len(clean) == len(data), "nothing in it points to a wrong place"


def test_the_pages_of_a_cleaned_stream_still_add_up() -> None:
    clean = without_traces(ogg(b"OpusTags"), "audio/ogg")
    assert clean is not None
    starts = [at for at in range(len(clean)) if clean[at : at + 4] == b"OggS"]
    assert len(starts) == 3
    for start, end in zip(starts, [*starts[1:], len(clean)], strict=True):
        told = int.from_bytes(clean[start + 22 : start + 26], "little")
        assert told == slow_sum(clean[start : start + 22] + bytes(4) + clean[start + 26 : end])


@settings(deadline=None)
@given(st.sampled_from(sorted(SOUNDS)), st.data())
def test_a_broken_recording_breaks_nothing(media_type: str, data: st.DataObject) -> None:
    whole = {
        "audio/mpeg": mp3,
        "audio/aac": mp3,
        "audio/amr": mp3,
        "audio/amr-wb": mp3,
        "audio/3gpp": mp4,
        "audio/wav": wav,
        "audio/flac": flac,
        "audio/mp4": mp4,
        "audio/webm": webm,
    }.get(media_type, lambda: ogg(b"OpusTags"))()
    cut = data.draw(st.integers(12, len(whole)))
    at = data.draw(st.integers(0, cut - 1))
    broken = whole[:at] + data.draw(st.binary(max_size=9)) + whole[at:cut]
    clean = SOUNDS[media_type](broken)
    assert len(clean) <= len(broken)


def paper() -> bytes:
    """Return a document with a name in its record, its notes, a signature, its parts and a picture in it."""
    writer = PdfWriter()
    sheet = writer.add_blank_page(200, 200)
    writer.add_annotation(0, Text(rect=(0, 0, 20, 20), text="Смотри сюда", title_bar=NAME.decode()))
    writer.add_metadata({"/Author": NAME.decode(), "/Company": NAME.decode()})
    record = DecodedStreamObject()
    record.set_data(b"<x:xmpmeta>" + NAME + b"</x:xmpmeta>")
    for holder in (writer.root_object, sheet):
        holder[NameObject("/Metadata")] = writer._add_object(record)
    signature = {"/Type": NameObject("/Sig"), "/Name": TextStringObject(NAME.decode())}
    held = DictionaryObject({NameObject(key): value for key, value in signature.items()})
    writer.root_object[NameObject("/Kept")] = writer._add_object(held)
    picture = DecodedStreamObject()
    picture.set_data(photograph())
    picture[NameObject("/Filter")] = NameObject("/DCTDecode")
    sheet[NameObject("/Picture")] = writer._add_object(picture)
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def photograph() -> bytes:
    exif, written = Image.Exif(), io.BytesIO()
    exif[0x013B] = NAME.decode()
    Image.new("RGB", (8, 8), "red").save(written, "JPEG", exif=exif, comment=NAME)
    return written.getvalue()


def told(data: bytes) -> str:
    """Return everything that a document says, unpacked."""
    reader = PdfReader(io.BytesIO(data))
    return " ".join(
        [str(reader.metadata), str(reader.xmp_metadata), *(repr(reader.get_object(n)) for n in range(1, 40))]
    )


def test_a_document_names_nobody_and_keeps_its_pages_and_notes() -> None:
    data = paper()
    assert NAME in data
    clean = without_traces(data, "application/pdf")
    assert clean is not None
    assert NAME not in clean and NAME.decode() not in told(clean)
    document = PdfReader(io.BytesIO(clean))
    assert len(document.pages) == 1
    notes = [str(note.get_object()["/Contents"]) for note in document.pages[0].annotations or []]
    assert notes == ["Смотри сюда"]


def test_a_packed_record_of_an_earlier_version_goes_too() -> None:
    """A document that was saved again keeps its earlier record behind the new one."""
    writer = PdfWriter(io.BytesIO(paper()), incremental=True)
    writer.add_metadata({"/Author": "Somebody"})
    written = io.BytesIO()
    writer.write(written)
    assert NAME in written.getvalue()
    clean = without_traces(written.getvalue(), "application/pdf")
    assert clean is not None
    assert NAME not in clean and b"Somebody" not in clean


def test_a_picture_loses_its_record_and_no_pixel() -> None:
    clean = jpeg_without_traces(photograph())
    assert NAME in photograph() and NAME not in clean
    before, after = (Image.open(io.BytesIO(each)).tobytes() for each in (photograph(), clean))
    assert before == after
    assert jpeg_without_traces(b"no picture") == b"no picture"


@pytest.mark.parametrize(
    "data", [b"%PDF-1.4 nothing %%EOF", b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer <<>>\n%%EOF\n"]
)
def test_a_damaged_document_is_told(data: bytes) -> None:
    assert without_traces(data, "application/pdf") is None


def test_what_has_no_properties_is_left_alone() -> None:
    assert without_traces(b"anything", "image/jpeg") == b"anything"
