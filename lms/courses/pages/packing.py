"""Build the file for a flash drive: a page to be read in any browser, the platform's own pages, and the signed list of both."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any
from uuid import UUID

import sqlalchemy as sa
from flask import render_template, url_for

from lms.core.actor import Actor
from lms.core.errors import InvalidInput
from lms.core.ids import new_id
from lms.core.models import StoredFile
from lms.core.web import read_session, runtime
from lms.core.web.assets import STATIC, asset_url
from lms.core.web.inner import page_for
from lms.courses import queries, structure
from lms.courses.contracts import (
    COURSE_BLOCKS,
    BlockContext,
    CompletionRule,
    DiscussedBlock,
    PlayedBlock,
    Rendered,
)
from lms.courses.models import Block, Course, CourseMedia, Enrolment
from lms.courses.pages import words
from lms.courses.queries import OutlineStep
from lms.courses.rules.carrying import PACK_FORMAT, PackStatement, answers_key, signed_manifest
from lms.courses.rules.packing import OfflinePart
from lms.courses.rules.steps import block_seed

__all__ = ["build_pack"]

#: A flash drive of today holds more; a browser that takes the file in does not.
MOST_BYTES, MOST_PAGES = 800 * 1024 * 1024, 300
_DIST = re.compile(r"/static/dist/([\w./-]+\.\w+)")
_FONT = re.compile(r"url\((fonts/golos[\w./-]+)\)")
#: What a page of the platform says of itself to the browser; a kept copy says the same.
_KEPT_HEADERS = ("Content-Security-Policy", "Permissions-Policy", "X-Content-Type-Options", "Referrer-Policy", "Marshrut-Account")  # fmt: skip
_SEALED = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}


@dataclass(frozen=True, slots=True)
class _Shown:
    """One block as the page to be read shows it; ``asks`` where it is answered, ``left_out`` the film that is not carried."""

    block: Block
    rendered: Rendered
    asks: bool
    try_no: int
    is_completed: bool
    left_out: bool
    needs_network: bool
    talks: bool = False


class _Archive:
    """Writes files without compression and remembers their digests."""

    def __init__(self, handle: IO[bytes]) -> None:
        self.zip = zipfile.ZipFile(handle, "w", zipfile.ZIP_STORED)
        self.rows: dict[str, dict[str, Any]] = {}

    def add(self, path: str, data: bytes, media_type: str, address: str = "", headers: str = "") -> None:
        """Add one file."""
        self.zip.writestr(path, data)
        self._note(path, len(data), hashlib.sha256(data).hexdigest(), media_type, address, headers)

    def add_media(self, path: str, key: str, row: CourseMedia, address: str) -> None:
        """Add a file of the course, in parts; its digest is known."""
        with runtime().files.open(key) as source, self.zip.open(path, "w", force_zip64=False) as target:
            shutil.copyfileobj(source, target, 1024 * 1024)
        self._note(path, row.size_bytes, row.sha256, row.media_type, address, "media")

    def _note(self, path: str, size: int, sha256: str, media_type: str, address: str, headers: str) -> None:
        row = {"path": path, "size": size, "sha256": sha256, "type": media_type}
        self.rows[path] = row | ({"address": address, "headers": headers} if address else {})


def build_pack(
    handle: IO[bytes],
    course: Course,
    enrolment: Enrolment,
    eyes: Actor,
    parts: Sequence[OfflinePart],
    *,
    has_films: bool,
) -> str:
    """Write a pack of ``parts`` for a learner into ``handle`` and return the file's name.

    Raises InvalidInput ``course.pack_too_large``.
    """
    weight = sum(part.size_bytes + (part.film_bytes if has_films else 0) for part in parts)
    if weight > MOST_BYTES or sum(len(part.pages) for part in parts) > MOST_PAGES:
        raise InvalidInput("course.pack_too_large")
    made_at = runtime().clock.now()
    statement = PackStatement(new_id(), course.id, enrolment.id, made_at.isoformat(timespec="seconds"))
    archive = _Archive(handle)
    media = _media(archive, course, parts, has_films=has_films)
    reader = _reader(course, enrolment, parts, statement, media)
    archive.add("index.html", reader.encode(), "text/html; charset=utf-8")
    archive.add("carried.js", _built(asset_url("carried.js")), "text/javascript")
    look = _built(asset_url("app.css"))
    archive.add("look.css", look, "text/css")
    for name in dict.fromkeys(_FONT.findall(look.decode())):
        archive.add(name, (STATIC / "dist" / name).read_bytes(), "font/woff2")
    headers: dict[str, Mapping[str, str]] = {"media": _SEALED}
    if eyes.account_id is not None:
        headers["page"] = _pages(archive, course, eyes, parts)
    manifest = {
        "format": PACK_FORMAT,
        "pack": str(statement.pack),
        "made_at": statement.made_at,
        "key": runtime().keys.public_signing_key,
        "account": str(eyes.account_id or ""),
        "course": str(course.id),
        "title": course.title,
        "parts": [part.key for part in parts],
        "headers": headers,
        "files": list(archive.rows.values()),
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
    archive.zip.writestr("manifest.json", text)
    archive.zip.writestr("manifest.sig", signed_manifest(text, runtime().keys.sign))
    archive.zip.close()
    return f"marshrut-{made_at:%Y-%m-%d}-{statement.pack.hex[-6:]}.zip"


def _built(address: str) -> bytes:
    return (STATIC / "dist" / address.split("/static/dist/", 1)[1]).read_bytes()


def _pages(archive: _Archive, course: Course, eyes: Actor, parts: Sequence[OfflinePart]) -> Mapping[str, str]:
    """Add the platform's pages as the learner's own device would fetch them, and what they need to look as they do."""
    course_url = queries.course_card(read_session(), course.id).url
    addresses = [course_url, url_for("courses.on_device"), *(page for part in parts for page in part.pages)]
    wanted: set[str] = set()
    headers: dict[str, str] = {}
    for number, address in enumerate(addresses, 1):
        made = page_for(eyes, address)
        if made.status_code != 200:
            continue  # a step that leads elsewhere: the page it leads to is carried itself
        text = made.get_data(as_text=True)
        wanted |= set(_DIST.findall(text))
        headers = headers or {name: made.headers[name] for name in _KEPT_HEADERS if name in made.headers}
        archive.add(
            f"site/{number:03}.html", text.encode(), "text/html; charset=utf-8", address, headers="page"
        )
    for name in sorted(wanted):
        if name.endswith(".css"):
            wanted |= set(_FONT.findall((STATIC / "dist" / name).read_text("utf-8")))
    for name in sorted(wanted):
        path = STATIC / "dist" / name
        if path.is_file():
            archive.add(
                f"site/assets/{name.replace('/', '-')}", path.read_bytes(), _type(name), f"/static/dist/{name}", "asset"
            )  # fmt: skip
    return headers


def _type(name: str) -> str:
    kinds = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
    return kinds.get(name.rsplit(".", 1)[-1], "font/woff2" if name.endswith("woff2") else "application/octet-stream")  # fmt: skip


def _media(
    archive: _Archive, course: Course, parts: Sequence[OfflinePart], *, has_films: bool
) -> dict[str, str]:
    """Add pictures and files, films where they are wanted; return where each of them lies in the pack."""
    session = read_session()
    wanted = [path for part in parts for path in (*part.media, *(part.films if has_films else ()))]
    found: dict[str, str] = {}
    for address in dict.fromkeys(wanted):
        row = session.get_one(CourseMedia, UUID(address.rsplit("/", 1)[-1]))
        ending = re.sub(r"[^a-z0-9]", "", row.name.rsplit(".", 1)[-1].lower())[:5] or "bin"
        found[str(row.id)] = f"media/{row.id}.{ending}"
        stored = session.get_one(StoredFile, row.file_id)
        archive.add_media(found[str(row.id)], stored.key, row, address)
    return found


def _reader(
    course: Course,
    enrolment: Enrolment,
    parts: Sequence[OfflinePart],
    statement: PackStatement,
    media: Mapping[str, str],
) -> str:
    """Return the page that any browser opens from a flash drive: every lesson, with room for answers."""
    view = queries.outline(read_session(), course.id, enrolment)
    keys = {part.key for part in parts}
    facts = queries.block_facts(read_session(), enrolment.id)
    shown = [
        (
            section,
            [(step, _blocks(course, enrolment, step, media, facts.completed)) for step in section.steps],
        )
        for section in view.sections
        if section.key in keys
    ]
    sign = runtime().keys.sign
    carried = {
        "pack": str(statement.pack),
        "statement": statement.text,
        "signature": statement.signature(sign),
        "key": answers_key(statement.pack, sign),
        "words": words.carried(),
    }
    return render_template(
        "courses/carried.html",
        card=queries.course_card(read_session(), course.id),
        made_at=statement.made_at,
        day=runtime().clock.now(),
        sections=shown,
        carried=carried,
        words=words,
    )


def _blocks(
    course: Course,
    enrolment: Enrolment,
    step: OutlineStep,
    media: Mapping[str, str],
    completed: Any,
) -> list[_Shown]:
    session = read_session()
    rows = session.scalars(sa.select(Block).where(Block.id.in_(step.block_ids)))
    blocks = {block.id: block for block in rows}
    return [
        _shown(course, enrolment, blocks[block_id], media, is_completed=block_id in completed)
        for block_id in step.block_ids
    ]


def _shown(
    course: Course, enrolment: Enrolment, block: Block, media: Mapping[str, str], *, is_completed: bool
) -> _Shown:
    """Return a block as the page to be read shows it: without what was answered before."""
    plugin = runtime().registries.of(COURSE_BLOCKS).find(block.type)
    if plugin is None:
        missing = Rendered("courses/blocks/missing.html", {"type": block.type})
        return _Shown(block, missing, False, 1, is_completed, False, True)
    last = queries.last_answer(read_session(), enrolment.id, block.id)
    try_no = last.try_no + 1 if last else 1
    context = BlockContext(
        block_id=block.id,
        title=block.title,
        language=course.language,
        prefix=structure.field_prefix(block.id),
        seed=block_seed(enrolment.id, block.id, try_no),
        media_url=lambda name: media.get(name, "#"),
        registries=runtime().registries,
        is_completed=is_completed,
        is_readonly=False,
        last=None,
        draft=None,
        errors={},
        before=None,
        level=5,
        now=runtime().clock.now(),
    )
    rule = plugin.completion(block.content)
    return _Shown(
        block,
        plugin.render(block.content, context),
        rule is CompletionRule.SCORE,
        try_no,
        is_completed,
        block.type in {"video", "audio"} and any(name not in media for name in plugin.media(block.content)),
        isinstance(plugin, PlayedBlock) or block.type in {"link", "live_lesson", "lti"},
        isinstance(plugin, DiscussedBlock),
    )
