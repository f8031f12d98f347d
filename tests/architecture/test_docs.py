"""The documentation says what the code does, and its links lead somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.fixtures.setup import ROOT

PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s#]+)(?:#[^)]*)?\)")


def test_settings_permissions_and_plugin_groups_are_documented() -> None:
    command = [sys.executable, "tools/docs.py", "check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_link_leads_to_a_file() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in PAGES
        for target in LINK.findall(page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert not broken, "\n".join(broken)


def test_the_two_readmes_are_twins() -> None:
    english, russian = (
        Path(ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.ru.md")
    )
    assert [line.count("#") for line in english.splitlines() if line.startswith("#")] == [
        line.count("#") for line in russian.splitlines() if line.startswith("#")
    ]
    links = [set(LINK.findall(text)) - {"README.md", "README.ru.md"} for text in (english, russian)]
    assert links[0] == links[1]
    assert all("make demo" in text and "make test" in text for text in (english, russian))
