"""The documentation says what the code does, and its links lead somewhere."""

from __future__ import annotations

import ast
import configparser
import re
import subprocess
import sys
from pathlib import Path

from lms.people.types import ConsentMethod, RoleKind
from lms.plans.types import SignatureKind
from tests.architecture.conftest import Source
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


def test_the_readmes_show_every_part_of_the_product() -> None:
    parts = {f"{path.name}/" for path in (ROOT / "lms").iterdir() if (path / "__init__.py").exists()}
    for name in ("README.md", "README.ru.md"):
        (tree,) = re.findall(r"```\nlms/.*?```", (ROOT / name).read_text(encoding="utf-8"), flags=re.DOTALL)
        shown = set(re.findall(r"^  (\w+/)", tree, flags=re.MULTILINE))
        assert parts == shown, name


def test_the_floors_in_contributing_are_those_that_the_imports_keep() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    kept = re.findall(r"\w+", config["importlinter:contract:floors"]["layers"])
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (told,) = re.findall(r"do not know each other: (.*?)\. A feature", page, flags=re.DOTALL)
    assert re.findall(r"\w+", told) == kept


def test_the_glossary_knows_every_table_and_no_class_that_is_not_there(sources: list[Source]) -> None:
    page = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"`([a-z]+\.[A-Z]\w+)`", page))
    classes = {
        f"{source.feature}.{node.name}": node
        for source in sources
        for node in source.nodes
        if isinstance(node, ast.ClassDef)
    }
    tables = {
        name
        for name, node in classes.items()
        if any(isinstance(b, ast.Name) and b.id == "Base" for b in node.bases)
    }
    assert explained - classes.keys() == set(), "in docs/glossary.md, but nowhere in the code"
    assert tables - explained == set(), "a table without its words in docs/glossary.md"


def test_the_glossary_knows_every_role_and_every_kind_of_signature() -> None:
    page = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")

    def values(heading: str) -> set[str]:
        """Return what stands in the third column of one table."""
        table = page.split(f"\n## {heading} ·")[1].split("\n## ")[0]
        rows = [line.split("|") for line in table.splitlines() if line.startswith("| ")]
        return {value for row in rows for value in re.findall(r"`([a-z_]+)`", row[3])}

    assert values("Roles") == set(RoleKind)
    assert (set(SignatureKind) | set(ConsentMethod)) - values("Documents and signatures") == set()


def test_the_documents_name_modules_that_are_there() -> None:
    missing = [
        f"{page.relative_to(ROOT)}: {path}"
        for page in PAGES
        for path in re.findall(
            r"`((?:lms|tests|tools|docs|frontend|packaging|migrations)/[\w./-]+)`", page.read_text("utf-8")
        )
        if not (ROOT / path).exists()
    ]
    assert not missing, "\n".join(missing)


def test_the_documented_floors_are_those_that_the_imports_keep() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    kept = [
        set(re.findall(r"\w+", line))
        for line in config["importlinter:contract:floors"]["layers"].split("\n")
        if line
    ]
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"<!-- floors -->\n```\n(.*?)```", page, flags=re.DOTALL)
    told = [set(re.split(r" · ", re.split(r"\s{2,}", line)[0])) for line in block.splitlines()]
    assert told == kept


def test_the_tests_that_documents_name_are_there() -> None:
    known = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)", path.read_text(encoding="utf-8"))
    }
    for page in ("credit-and-conditions.md", "credit-and-conditions.ru.md", "measures.md"):
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        told = set(re.findall(r"`(?:[\w/]+\.py::)?(test_\w+)`", text))
        assert len(told) > 10, page
        assert not told - known, page
