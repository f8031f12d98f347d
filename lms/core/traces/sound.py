"""Blank the properties of a recording: names, titles, places, pictures. What is heard stays, byte for byte.

Most formats are changed in place, so that nothing inside them points to a wrong place afterwards. Everything is done in one
walk over the file, and a file that ends too early is blanked as far as it goes.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator, Mapping

__all__ = ["SOUNDS"]


def _blank(whole: bytearray, start: int, end: int) -> None:
    end = min(end, len(whole))
    if start < end:
        whole[start:end] = bytes(end - start)


# ── MP3: tags stand before and behind the sound ─────────────────────────────────────────────────


def _mpeg(data: bytes) -> bytes:
    """Cut off ID3v2 tags at the beginning, ID3v1 and APE tags at the end."""
    start, end = 0, len(data)
    while data[start : start + 3] == b"ID3" and start + 10 <= end:
        size = 0
        for byte in data[start + 6 : start + 10]:
            size = size << 7 | byte & 0x7F
        start += 10 + size + (10 if data[start + 5] & 0x10 else 0)
    while (tail := _mpeg_tail(data, start, end)) > 0:
        end -= tail
    return data[start:end]


def _mpeg_tail(data: bytes, start: int, end: int) -> int:
    """Return how long the tag at the end is; 0: there is none."""
    if end - start >= 128 and data[end - 128 : end - 125] == b"TAG":
        return 128
    if end - start >= 227 and data[end - 227 : end - 223] == b"TAG+":
        return 227
    if end - start >= 32 and data[end - 32 : end - 24] == b"APETAGEX":
        size, _count, flags = struct.unpack_from("<III", data, end - 20)
        return int(min(size + (32 if flags & 0x8000_0000 else 0), end - start))
    return 0


# ── WAV: chunks; only those of the sound are kept ───────────────────────────────────────────────

_WAV_SOUND = frozenset({b"fmt ", b"data", b"fact", b"cue ", b"smpl", b"JUNK", b"PAD "})


def _wav(data: bytes) -> bytes:
    whole, at = bytearray(data), 12
    while at + 8 <= len(whole):
        size = struct.unpack_from("<I", whole, at + 4)[0]
        if bytes(whole[at : at + 4]) not in _WAV_SOUND:
            whole[at : at + 4] = b"JUNK"
            _blank(whole, at + 8, at + 8 + size)
        at += 8 + size + (size & 1)
    return bytes(whole)


# ── FLAC: blocks before the sound; all but two kinds become padding ─────────────────────────────


def _flac(data: bytes) -> bytes:
    whole, at = bytearray(data), 4
    while at + 4 <= len(whole):
        kind, size = whole[at] & 0x7F, int.from_bytes(whole[at + 1 : at + 4], "big")
        is_last = bool(whole[at] & 0x80)
        if kind not in (0, 3):
            whole[at] = (0x80 if is_last else 0) | 1
            _blank(whole, at + 4, at + 4 + size)
        at += 4 + size
        if is_last:
            break
    return bytes(whole)


# ── Ogg: the second packet of each stream holds the comments, over one page or more ─────────────

_COMMENTS = (b"\x03vorbis", b"OpusTags")
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def _ogg(data: bytes) -> bytes:
    whole = bytearray(data)
    packets: dict[bytes, int] = {}
    comments: dict[bytes, list[tuple[int, int]]] = {}
    touched = []
    for at, end, body in _ogg_pages(whole):
        serial = bytes(whole[at + 14 : at + 18])
        number, place = packets.get(serial, 0), body
        for length in whole[at + 27 : body]:
            if number == 1 and length:
                comments.setdefault(serial, []).append((place, place + length))
                touched.append((at, end))
            place += length
            number += length < 255
        packets[serial] = number
    for pieces in comments.values():
        _blank_comments(whole, pieces)
    for at, end in dict.fromkeys(touched):
        _blank(whole, at + 22, at + 26)
        whole[at + 22 : at + 26] = _ogg_sum(bytes(whole[at:end])).to_bytes(4, "little")
    return bytes(whole)


def _ogg_pages(whole: bytearray) -> Iterator[tuple[int, int, int]]:
    """Give where each page begins and ends, and where its body begins."""
    at = 0
    while whole[at : at + 4] == b"OggS" and at + 27 <= len(whole):
        body = at + 27 + whole[at + 26]
        end = body + sum(whole[at + 27 : body])
        if end > len(whole):
            return
        yield at, end, body
        at = end


def _ogg_sum(page: bytes) -> int:
    """Return the check sum of a page: CRC-32 that begins with the highest bit, without the usual turning round."""
    mirrored = zlib.crc32(page.translate(_MIRRORED), 0xFFFF_FFFF) ^ 0xFFFF_FFFF
    return int(f"{mirrored:032b}"[::-1], 2)


def _blank_comments(whole: bytearray, pieces: list[tuple[int, int]]) -> None:
    """Blank the maker and the comments of a packet that lies in pieces; its lengths stay."""
    packet = bytearray(b"".join(whole[start:end] for start, end in pieces))
    name = next((name for name in _COMMENTS if packet.startswith(name)), None)
    if name is None:  # another kind of sound: what its second packet is, is not known
        return
    at, texts = len(name), -1
    while texts and at + 4 <= len(packet):
        length = struct.unpack_from("<I", packet, at)[0]
        at += 4
        end = min(at + length, len(packet))
        packet[at:end] = (b" " if texts < 0 else b"X=").ljust(end - at)[: end - at]
        at = end
        if texts < 0 and at + 4 <= len(packet):
            texts = struct.unpack_from("<I", packet, at)[0]
            at += 4
        else:
            texts -= 1
    at = 0
    for start, end in pieces:
        whole[start:end] = packet[at : at + end - start]
        at += end - start


# ── MP4: boxes in boxes ─────────────────────────────────────────────────────────────────────────

_MP4_HOLDERS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf", b"edts"})
_MP4_WORDS = frozenset({b"udta", b"meta", b"uuid", b"free", b"skip", b"Xtra"})


def _mp4(data: bytes) -> bytes:
    whole = bytearray(data)
    todo = [(0, len(whole))]
    while todo:
        at, end = todo.pop()
        while at + 8 <= end:
            size, name, head = int.from_bytes(whole[at : at + 4], "big"), bytes(whole[at + 4 : at + 8]), 8
            if size == 1 and at + 16 <= end:
                size, head = int.from_bytes(whole[at + 8 : at + 16], "big"), 16
            stop = min(at + size, end) if size >= head else end
            if name in _MP4_HOLDERS:
                todo.append((at + head, stop))
            elif name in _MP4_WORDS:
                whole[at + 4 : at + 8] = b"free"
                _blank(whole, at + head, stop)
            at = stop
    return bytes(whole)


# ── WebM: elements in elements ──────────────────────────────────────────────────────────────────

_CLUSTER = 0x1F43B675
#: The whole, what is known of it, the tracks, one track.
_WEBM_HOLDERS = frozenset({0x18538067, 0x1549A966, 0x1654AE6B, 0xAE})
#: Tags, attachments, titles, names of files and tracks; check sums, which would no longer be right.
_WEBM_WORDS = frozenset({0x1254C367, 0x1941A469, 0x7BA9, 0x7384, 0x3C83AB, 0x3E83BB, 0x536E, 0xBF})


def _webm(data: bytes) -> bytes:
    whole, at = bytearray(data), 0
    while at < len(whole):
        name, place = _vint(whole, at, keeps_mark=True)
        size, body = _vint(whole, place, keeps_mark=False)
        if name is None:
            break
        is_open = size is None  # it ends where something begins that does not belong into it
        end = len(whole) if size is None else min(body + size, len(whole))
        if name in _WEBM_WORDS:
            _void(whole, at, end)
            at = end
        else:
            at = body if name in _WEBM_HOLDERS or (is_open and name == _CLUSTER) else end
    return bytes(whole)


def _vint(whole: bytearray, at: int, *, keeps_mark: bool) -> tuple[int | None, int]:
    """Return a number of one to eight bytes and where it ends; None: it is none, or says "not known"."""
    if at >= len(whole) or not whole[at]:
        return None, len(whole)
    length = 9 - whole[at].bit_length()
    number = int.from_bytes(whole[at : at + length], "big")
    if keeps_mark:
        return number, at + length
    bits = (1 << 7 * length) - 1
    return (None if number & bits == bits else number & bits), at + length


def _void(whole: bytearray, start: int, end: int) -> None:
    """Make an element one that says nothing, of the same length."""
    length = end - start
    if length < 2:
        return
    _blank(whole, start, end)
    whole[start] = 0xEC
    if length - 2 < 127:
        whole[start + 1] = 0x80 | (length - 2)
    else:
        whole[start + 1 : start + 9] = (1 << 56 | (length - 9)).to_bytes(8, "big")


#: How the properties of a recording are blanked, by its type.
SOUNDS: Mapping[str, Callable[[bytes], bytes]] = {
    "audio/mpeg": _mpeg,
    "audio/aac": _mpeg,
    "audio/amr": _mpeg,
    "audio/amr-wb": _mpeg,
    "audio/3gpp": _mp4,
    "audio/wav": _wav,
    "audio/flac": _flac,
    "audio/ogg": _ogg,
    "audio/mp4": _mp4,
    "audio/webm": _webm,
}
