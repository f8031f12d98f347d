"""Read the product's own sources."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

from tests.fixtures.setup import ROOT

PACKAGE = ROOT / "lms"


@dataclass(frozen=True)
class Source:
    """One module of the product."""

    path: Path
    tree: ast.Module

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Return every node of the tree."""
        return list(ast.walk(self.tree))

    @property
    def name(self) -> str:
        """Return the dotted name."""
        parts = self.path.relative_to(ROOT).with_suffix("").parts
        return ".".join(part for part in parts if part != "__init__")

    @property
    def feature(self) -> str:
        """Return the folder right below lms/ ("" for the modules that stand there themselves)."""
        parts = self.path.relative_to(PACKAGE).parts
        return parts[0] if len(parts) > 1 else ""

    @property
    def topic(self) -> str:
        """Return what comes after the feature: `service`, `rules`, `pages`."""
        parts = self.path.relative_to(PACKAGE).with_suffix("").parts
        return parts[1] if len(parts) > 1 else parts[0]

    def imports(self) -> Iterator[tuple[int, str]]:
        """Yield line and dotted name of everything imported, inside functions as well."""
        for node in self.nodes:
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)

    def at(self, line: int) -> str:
        """Return a place that an editor can jump to."""
        return f"{self.path.relative_to(ROOT)}:{line}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let one process read all the sources, and run what asks for them."""
    for item in items:
        if "sources" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("sources"))


@pytest.fixture(scope="session")
def sources() -> list[Source]:
    """Return every module of the product."""
    paths = sorted(PACKAGE.rglob("*.py"))
    return [Source(path, ast.parse(path.read_text(encoding="utf-8"))) for path in paths]
