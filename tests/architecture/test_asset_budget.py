"""Built files are whole, licensed and light enough for an old phone on a slow link."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from pathlib import Path

import pytest

from tests.architecture.conftest import PACKAGE
from tests.fixtures.setup import ROOT

DIST = PACKAGE / "core/static/dist"
KB = 1024

#: What the HTML of a full page may take of the budget, compressed.
HTML = 12 * KB
STUDENT_PAGE, EXAM_PAGE = 60 * KB, 90 * KB
#: Scripts of lessons: fetched where a lesson was taken along or a package is opened, by no examination page.
OF_LESSONS = frozenset(
    {
        "carried.js",
        "course-offline.js",
        "lesson.js",
        "on-device.js",
        "paste.js",
        "player.js",
        "send.js",
        "simulation.js",
        "study.js",
        "take-along.js",
    }
)
#: What runs in sealed frames, beside packages of other systems.
IN_FRAMES = "players/"

FONTS = {
    "ru": [
        f"fonts/golos-text-{part}-{weight}.woff2"
        for part in ("cyrillic", "everyday")
        for weight in (400, 600)
    ],
    "en": [f"fonts/golos-text-everyday-{weight}.woff2" for weight in (400, 600)],
}


@pytest.fixture(scope="module")
def manifest() -> dict[str, dict[str, str]]:
    """Return what the build made."""
    loaded: dict[str, dict[str, str]] = json.loads((DIST / "manifest.json").read_text("utf-8"))
    return loaded


def _weight(manifest: dict[str, dict[str, str]], names: list[str]) -> int:
    """Return the bytes on the wire: fonts are compressed already, the rest is gzipped."""
    sizes = []
    for name in names:
        content = (DIST / manifest[name]["file"]).read_bytes()
        sizes.append(len(content) if name.endswith(".woff2") else len(gzip.compress(content)))
    return sum(sizes)


@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_students_page_fits_its_budget(manifest: dict[str, dict[str, str]], language: str) -> None:
    weight = HTML + _weight(manifest, ["app.css", "late.js", "app.js", *FONTS[language]])
    assert weight <= STUDENT_PAGE, f"{weight} bytes"


def test_an_exam_page_with_all_its_scripts_fits_its_budget(manifest: dict[str, dict[str, str]]) -> None:
    scripts = [
        name
        for name in manifest
        if name.endswith(".js") and name not in OF_LESSONS and not name.startswith(IN_FRAMES)
    ]
    weight = HTML + _weight(manifest, ["app.css", *scripts, *FONTS["ru"]])
    assert weight <= EXAM_PAGE, f"{weight} bytes for {', '.join(scripts)}"


def test_every_built_file_is_what_the_manifest_says(manifest: dict[str, dict[str, str]]) -> None:
    there = {path.relative_to(DIST).as_posix() for path in DIST.rglob("*") if path.is_file()}
    assert there == {entry["file"] for entry in manifest.values()} | {"manifest.json"}
    for entry in manifest.values():
        digest = hashlib.sha256((DIST / entry["file"]).read_bytes()).hexdigest()
        assert digest == entry["sha256"], entry["file"]
        assert digest[:12] in entry["file"], entry["file"]


def test_what_others_made_is_listed_with_its_licence_and_hash(manifest: dict[str, dict[str, str]]) -> None:
    listed = (ROOT / "THIRD_PARTY.md").read_text("utf-8")
    for name, entry in manifest.items():
        if name.startswith(("fonts/", "players/scorm", "players/model")) or name == "app.css":
            assert entry["file"] in listed, name
            assert entry["sha256"] in listed, name


def test_the_style_sheet_asks_nobody_else_for_anything(manifest: dict[str, dict[str, str]]) -> None:
    for name in (name for name in manifest if name.endswith(".css")):
        css = (DIST / manifest[name]["file"]).read_text("utf-8")
        assert "GDS Transport" not in css
        assert "@import" not in css
        asked = re.findall(r"url\(([^)]*)\)", css)
        assert all((DIST / address).is_file() for address in asked if not address.startswith("data:")), name


def _templates() -> list[Path]:
    return sorted(PACKAGE.glob("*/templates/**/*.html"))


def test_no_template_carries_inline_code() -> None:
    """The policy would refuse it silently: a bar without its length, a button that does nothing."""
    inline = re.compile(
        r"<style\b|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|<script(?![^>]*(?:\bsrc=|ld\+json))", re.IGNORECASE
    )
    faults = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path in _templates()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if inline.search(re.sub(r"{#.*?#}", "", line))
    ]
    assert not faults, "\n".join(faults)


def test_templates_name_icons_and_drawings_that_exist() -> None:
    source = (PACKAGE / "core/templates/ui/icon.html").read_text("utf-8")
    icons, drawings = source.split("{% set _art")
    known = set(re.findall(r"^  '([a-z-]+)':", icons, re.MULTILINE))
    drawn = set(re.findall(r"'([a-z-]+)': '0 0", drawings))
    faults = []
    for path in _templates():
        if path.name == "status.html":  # its tables map subjects to icons and colours
            continue
        text = path.read_text("utf-8")
        asked = set(re.findall(r"\bicon\('([\w-]+)'", text))
        asked |= set(re.findall(r"'icon': '([\w-]+)'|icon_(?:before|after)='([\w-]+)'", text)) - {("", "")}
        names = {name for found in asked for name in ((found,) if isinstance(found, str) else found) if name}
        faults += [f"{path.relative_to(ROOT)}: no icon {name!r}" for name in sorted(names - known)]
        art = set(re.findall(r"\bart\('([\w-]+)'|drawing='([\w-]+)'|'art': '([\w-]+)'", text))
        missing = {name for found in art for name in found if name} - drawn
        faults += [f"{path.relative_to(ROOT)}: no drawing {name!r}" for name in sorted(missing)]
    assert not faults, "\n".join(faults)
