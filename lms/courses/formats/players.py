"""Look into what runs in a sealed frame: whether it is what its name says, and where it begins.

Source: SCORM 1.2 Content Aggregation Model; SCORM 2004 4th edition, Content Packaging; H5P specification 1.0;
Khronos glTF 2.0, chapter 4 (GLB).
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from lms.core.errors import InvalidInput
from lms.core.packages import Package, UnreadableFile
from lms.core.xmltree import Node, parse_xml
from lms.courses.rules.media import GLB, H5P, SCORM

__all__ = ["ScormPart", "check_played", "scorm_parts", "with_script"]

MANIFEST, H5P_JSON, H5P_CONTENT = "imsmanifest.xml", "h5p.json", "content/content.json"
MAX_PARTS = 200
#: The chunk of a GLB that describes it, and how it begins.
_HEADER, _CHUNK = struct.Struct("<4sII"), struct.Struct("<I4s")
#: How a model may be packed that is not unpacked here: it would ask another site for the program.
_PACKED = ("KHR_draco_mesh_compression", "EXT_meshopt_compression", "KHR_texture_basisu")
_HEAD = re.compile(rb"<head\b[^>]*>", re.IGNORECASE)
_ROOT = re.compile(rb"(<!doctype[^>]*>)?\s*(<html\b[^>]*>)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ScormPart:
    """One part of a SCORM package: its title, the page it begins with (with its parameters), and whether it speaks 2004."""

    title: str
    href: str
    is_2004: bool


def check_played(data: bytes, media_type: str, name: str) -> None:
    """Refuse what cannot be played: a package that is broken, hostile or of another kind, a model that needs others' files.

    Raises InvalidInput ``course.package_bad``, ``course.package_kind``, ``course.model_bad``, ``course.model_outside`` or
    ``course.model_packed``.
    """
    look = _CHECKS.get(media_type)
    if look is None:
        return
    try:
        code = look(data)
    except UnreadableFile:
        code = "course.package_bad"
    if code:
        raise InvalidInput(code, name=name)


def _scorm_fault(data: bytes) -> str:
    return "" if scorm_parts(Package(data)) else "course.package_kind"


def _h5p_fault(data: bytes) -> str:
    package = Package(data)
    if package.find(H5P_JSON) is None or package.find(H5P_CONTENT) is None:
        return "course.package_kind"
    said = _json(package.read(H5P_JSON))
    library = said.get("mainLibrary") if isinstance(said, dict) else None
    if not isinstance(library, str) or not any(each.startswith(library) for each in package.names()):
        return "course.package_kind"
    return ""


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _model_fault(data: bytes) -> str:
    """Return what is wrong with a model: it must be whole, and everything in it."""
    if len(data) < _HEADER.size + _CHUNK.size:
        return "course.model_bad"
    magic, version, length = _HEADER.unpack_from(data)
    size, kind = _CHUNK.unpack_from(data, _HEADER.size)
    start = _HEADER.size + _CHUNK.size
    if (magic, version, length, kind) != (b"glTF", 2, len(data), b"JSON") or start + size > len(data):
        return "course.model_bad"
    said = _json(data[start : start + size])
    if not isinstance(said, dict) or not isinstance(said.get("asset"), dict):
        return "course.model_bad"
    used = said.get("extensionsRequired", [])
    if isinstance(used, list) and any(each in _PACKED for each in used):
        return "course.model_packed"
    return "course.model_outside" if _asks_outside(said) else ""


def _asks_outside(said: Mapping[str, Any]) -> bool:
    """Tell whether a model names files that are not in it, anywhere (extensions name theirs in places of their own)."""
    waiting: list[Any] = [said]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            address = each.get("uri")
            if isinstance(address, str) and not address.startswith("data:"):
                return True
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)
    return False


_CHECKS: Mapping[str, Callable[[bytes], str]] = {SCORM: _scorm_fault, H5P: _h5p_fault, GLB: _model_fault}


def scorm_parts(package: Package) -> list[ScormPart]:
    """Return the parts of a SCORM package in its order; none where it is no such package.

    Raises UnreadableFile when its manifest cannot be read.
    """
    if package.find(MANIFEST) is None:
        return []
    root = parse_xml(package.read(MANIFEST))
    version = root.text_at("metadata", "schemaversion")
    is_2004 = "2004" in version or "1.3" in version
    resources = {node.attrs.get("identifier", ""): node for node in root.every("resource")}
    base = "".join(node.attrs.get("base", "") for node in (root, *root.children("resources")))
    found = [
        ScormPart(
            node.text_at("title") or root.text_at("organizations", "organization", "title"), href, is_2004
        )
        for node in root.every("item")
        if (resource := resources.get(node.attrs.get("identifierref", ""))) is not None
        and (href := _begins(package, resource, base, node.attrs.get("parameters", "")))
    ]
    if not found:
        hrefs = (_begins(package, node, base, "") for node in resources.values() if _is_sco(node))
        found = [ScormPart("", href, is_2004) for href in hrefs if href]
    return found[:MAX_PARTS]


def _is_sco(resource: Node) -> bool:
    return any(name.casefold() == "scormtype" for name in resource.attrs)


def _begins(package: Package, resource: Node, base: str, parameters: str) -> str:
    """Return the address of a resource's page inside its package; empty when it is not there."""
    href = base + resource.attrs.get("base", "") + resource.attrs.get("href", "")
    name, query = package.find(href), href.partition("?")[2]
    if not resource.attrs.get("href") or name is None:
        return ""
    said = "&".join(part for part in (query, parameters.lstrip("?&")) if part)
    return quote(name) + (f"?{said}" if said else "")


def with_script(page: bytes, address: str) -> bytes:
    """Return a page of HTML that loads one more script, before all of its own."""
    script = f'<script src="{address}"></script>'.encode()
    mark = 3 if page.startswith(b"\xef\xbb\xbf") else 0
    place = _HEAD.search(page) or _ROOT.match(page, mark)
    end = mark if place is None else place.end()
    return page[:end] + script + page[end:]
