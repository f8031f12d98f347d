"""Write a course to a file and read it back: all of it for this product, and what others understand as a Common Cartridge."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any, cast
from uuid import UUID

from lms.core.ids import parse_id
from lms.core.markup import markdown
from lms.core.packages import Package
from lms.courses.formats.building import plain_name, refused
from lms.courses.formats.values import FoundCourse, FoundFile, FoundItem, FoundSection, UnreadableFile
from lms.courses.rules.gates import is_too_large, read_term, write_gate
from lms.courses.rules.metadata import read_meta, write_meta
from lms.courses.types import EnrolmentMode, GateTerm, NewBlock

__all__ = ["OWN", "read_own", "write_own"]

OWN = "marshrut/course.json"
FORMAT, VERSION = "marshrut-course", 1
MAX_ROWS, MAX_SECTIONS = 10_000, 200
MAX_TITLE, MAX_KEY = 200, 60
_NO_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_PAGE = "<!DOCTYPE html>\n<html lang={lang}><head><meta charset='utf-8'><title>{title}</title></head><body>\n{body}\n</body></html>\n"


def write_own(course: FoundCourse, *, is_cartridge: bool) -> bytes:
    """Return a package of a course; a cartridge has, beside it, pages, files and links for other systems."""
    made = io.BytesIO()
    names = {key: f"media/{number}-{each.name}" for number, (key, each) in enumerate(course.files.items(), 1)}
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        if is_cartridge:
            for name, text in _cartridge(course, names).items():
                _put(archive, name, text.encode())
        said = json.dumps(_said(course, names), ensure_ascii=False, indent=1, sort_keys=True)
        _put(archive, OWN, said.encode())
        for key, each in course.files.items():
            _put(archive, names[key], each.read())
    return made.getvalue()


def _put(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    """Write a file with no date, so that the same course gives the same bytes."""
    info = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, data)


def _said(course: FoundCourse, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "title": course.title,
        "summary": course.summary,
        "subject": course.subject,
        "grade": course.grade,
        "language": course.language,
        "mode": None if course.mode is None else course.mode.value,
        "media": {key: {"name": each.name, "file": names[key]} for key, each in course.files.items()},
        "sections": [
            {
                "key": section.key,
                "title": section.title,
                "summary": section.summary,
                "gate": write_gate(section.gate),
                "blocks": [_said_block(block) for item in section.items for block in item.blocks],
            }
            for section in course.sections
        ],
    }  # fmt: skip


def _said_block(block: NewBlock) -> dict[str, Any]:
    return {
        "key": block.key,
        "type": block.type,
        "title": block.title,
        "content": dict(block.content),
        "outcomes": [str(each) for each in block.outcomes],
        "minutes": block.est_minutes,
        "with_previous": block.with_previous,
        "alternatives": dict(block.alternatives),
        "meta": write_meta(block.meta, names_people=False),
    }


def read_own(package: Package) -> FoundCourse:
    """Return a course of this product's own; raise UnreadableFile when its description is none of ours."""
    try:
        said = _clean(json.loads(package.read(OWN)))
    except (ValueError, RecursionError):
        raise UnreadableFile("file.malformed", place=OWN) from None
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise UnreadableFile("file.no_course", place=OWN)
    if said.get("version") != VERSION:
        raise UnreadableFile("file.newer", str(said.get("version")), OWN)
    files = dict(_files(package, _rows_of(said.get("media"))))
    rows = _list(said.get("sections"))
    if len(rows) > MAX_SECTIONS:
        raise UnreadableFile("file.too_complex", str(MAX_SECTIONS), OWN)
    sections = tuple(
        _section(row, f"{OWN}: sections.{number}") for number, row in enumerate(rows) if isinstance(row, dict)
    )
    if sum(len(section.items) for section in sections) > MAX_ROWS:
        raise UnreadableFile("file.too_complex", str(MAX_ROWS), OWN)
    grade = said.get("grade")
    return FoundCourse(
        _text(said, "title"),
        sections,
        files,
        _text(said, "summary", 5_000),
        _text(said, "subject") or None,
        grade if isinstance(grade, int) and 1 <= grade <= 11 else None,
        _text(said, "language", 8) or None,
        next((mode for mode in EnrolmentMode if mode.value == said.get("mode")), None),
    )


def _clean(value: Any) -> Any:
    """Return JSON without what no database keeps: NUL, halves of characters."""
    if isinstance(value, dict):
        return {_clean(key): _clean(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_clean(each) for each in value]
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    return value


def _rows_of(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def _list(value: Any) -> Sequence[Any]:
    return cast("Sequence[Any]", value) if isinstance(value, list) else ()


def _text(row: Mapping[str, Any], name: str, most: int = MAX_TITLE) -> str:
    value = row.get(name)
    return value[:most] if isinstance(value, str) else ""


def _files(package: Package, rows: Mapping[str, Any]) -> Iterator[tuple[str, FoundFile]]:
    for key, row in rows.items():
        where = package.find(_text(_rows_of(row), "file", 500))
        if where is not None:
            yield (
                key,
                FoundFile(_text(_rows_of(row), "name") or plain_name(where), _Reading(package, where), where),
            )


class _Reading:
    """Reads one file of a package when it is asked for."""

    def __init__(self, package: Package, name: str) -> None:
        self.package, self.name = package, name

    def __call__(self) -> bytes:
        """Return the bytes."""
        return self.package.read(self.name)


def _section(row: Mapping[str, Any], place: str) -> FoundSection:
    items = [_item(each, f"{place}.blocks.{number}") for number, each in enumerate(_list(row.get("blocks")))]
    said = _list(row.get("gate"))
    gate = tuple(each for term in said if (each := _term(term)) is not None)
    title = _text(row, "title")
    if len(gate) < len(said) or is_too_large(gate):
        items.append(refused(title or place, "section", place, "gate.left_out"))
        gate = ()
    return FoundSection(
        _text(row, "key", MAX_KEY), title, place, tuple(items), _text(row, "summary", 5_000), gate
    )


def _term(row: Any) -> GateTerm | None:
    """Return one term of a gate; None for what is none."""
    try:
        return read_term(row)
    except ValueError:
        return None


def _item(row: Any, place: str) -> FoundItem:
    """Return a block as an item of its own; refuse what has not the shape of one."""
    row = _rows_of(row)
    kind, content = _text(row, "type", MAX_KEY), row.get("content")
    title = _text(row, "title")
    if not kind or not isinstance(content, dict):
        return refused(title or place, kind or "?", place, "block.shape")
    minutes, alternatives = row.get("minutes"), _rows_of(row.get("alternatives"))
    outcomes: list[UUID] = [
        each for value in _list(row.get("outcomes")) if (each := parse_id(str(value))) is not None
    ]
    block = NewBlock(
        _text(row, "key", MAX_KEY),
        kind,
        content,
        title,
        tuple(outcomes),
        minutes if isinstance(minutes, int) and 0 <= minutes <= 480 else 1,
        row.get("with_previous") is True,
        {str(need): str(key)[:MAX_KEY] for need, key in alternatives.items()},
        read_meta(_rows_of(row.get("meta"))),
    )
    return FoundItem(title or kind, kind, place, (block,))


def _cartridge(course: FoundCourse, names: Mapping[str, str]) -> dict[str, str]:
    """Return the manifest and the pages that other systems read: name to text."""
    made: dict[str, str] = {}
    outline: list[str] = []
    resources: list[str] = []
    for number, section in enumerate(course.sections, 1):
        items = []
        for block in (block for item in section.items for block in item.blocks):
            ref = f"r{len(resources) + 1}"
            resource = _resource(course, block, ref, names, made)
            if resource is not None:
                resources.append(resource)
                items.append(
                    f'<item identifier="i{ref}" identifierref="{ref}"><title>{_xml(block.title or section.title)}</title></item>'
                )
        outline.append(
            f'<item identifier="s{number}"><title>{_xml(section.title)}</title>{"".join(items)}</item>'
        )
    resources.append(
        f'<resource identifier="own" type="associatedcontent/imscc_xmlv1p3/learning-application-resource" href="{OWN}"><file href="{OWN}"/></resource>'
    )
    made["imsmanifest.xml"] = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<manifest identifier="course" xmlns="http://www.imsglobal.org/xsd/imsccv1p3/imscp_v1p1" '
        'xmlns:lomm="http://ltsc.ieee.org/xsd/imsccv1p3/LOM/manifest">\n'
        "<metadata><schema>IMS Common Cartridge</schema><schemaversion>1.3.0</schemaversion><lomm:lom><lomm:general>"
        f"<lomm:title><lomm:string>{_xml(course.title)}</lomm:string></lomm:title></lomm:general>{_rights(course)}</lomm:lom></metadata>\n"
        '<organizations><organization identifier="outline" structure="rooted-hierarchy"><item identifier="root">\n'
        + "\n".join(outline)
        + "\n</item></organization></organizations>\n<resources>\n"
        + "\n".join(resources)
        + "\n</resources></manifest>\n"
    )  # fmt: skip
    return made


def _rights(course: FoundCourse) -> str:
    """Return which parts stand in the federal list of approved resources, in the one place that manifests have for it."""
    blocks = [block for section in course.sections for item in section.items for block in item.blocks]
    lines = [
        f"{block.title or block.type}: {block.meta.approval.reference}, {block.meta.approval.on.isoformat()}"
        for block in blocks
        if block.meta.approval is not None
    ]
    if not lines:
        return ""
    told = f"<lomm:description><lomm:string>{_xml('; '.join(lines))}</lomm:string></lomm:description>"
    own = "<lomm:copyrightAndOtherRestrictions><lomm:value>yes</lomm:value></lomm:copyrightAndOtherRestrictions>"
    return f"<lomm:rights>{own}{told}</lomm:rights>"


def _resource(
    course: FoundCourse, block: NewBlock, ref: str, names: Mapping[str, str], made: dict[str, str]
) -> str | None:
    """Return the resource of a block that others understand, its page added to ``made``; None for all other kinds."""
    content, title = block.content, _xml(block.title)
    if block.type == "link":
        made[f"{ref}.xml"] = (
            '<?xml version="1.0" encoding="UTF-8"?>\n<webLink xmlns="http://www.imsglobal.org/xsd/imsccv1p3/imswl_v1p3">'
            f'<title>{_xml(str(content["label"]))}</title><url href="{_xml(str(content["address"]))}"/></webLink>\n'
        )
        return f'<resource identifier="{ref}" type="imswl_xmlv1p3"><file href="{ref}.xml"/></resource>'
    if block.type == "assignment":
        made[f"{ref}.xml"] = (
            '<?xml version="1.0" encoding="UTF-8"?>\n<assignment xmlns="http://www.imsglobal.org/xsd/imscc_extensions/assignment" '
            f'identifier="{ref}a"><title>{title}</title><text texttype="text/html">{_xml(str(markdown(str(content["task"]))))}</text>'
            '<submission_formats><format type="html"/><format type="file"/></submission_formats></assignment>\n'
        )
        return f'<resource identifier="{ref}" type="assignment_xmlv1p0" href="{ref}.xml"><file href="{ref}.xml"/></resource>'
    if block.type == "file" and content.get("media") in names:
        name = _xml(names[str(content["media"])])
        return (
            f'<resource identifier="{ref}" type="webcontent" href="{name}"><file href="{name}"/></resource>'
        )
    body = _body(block, names)
    if body is None:
        return None
    page = _PAGE.format(lang=course.language or "ru", title=title, body=body)
    made[f"{ref}.html"] = page
    return f'<resource identifier="{ref}" type="webcontent" href="{ref}.html"><file href="{ref}.html"/></resource>'


def _body(block: NewBlock, names: Mapping[str, str]) -> str | None:
    """Return what other systems show of a text or a picture."""
    if block.type == "text":
        return str(markdown(str(block.content["markdown"])))
    if block.type == "picture" and block.content.get("media") in names:
        name = _xml(names[str(block.content["media"])])
        return f'<p><img src="{name}" alt="{_xml(str(block.content["alt"]))}"></p>'
    return None


def _xml(text: str) -> str:
    return escape(_NO_XML.sub("", text))
