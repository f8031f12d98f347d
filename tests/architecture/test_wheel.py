"""A wheel carries everything that a checkout has: templates, assets, translations, migrations."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.fixtures.setup import ROOT

SHARE = ".data/data/share/marshrut-lms/"


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Build a wheel of what git knows and return the names inside."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in tracked("."):
        copy = source / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes((ROOT / name).read_bytes())
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--wheel-dir", str(target), str(source)], check=True)
    with zipfile.ZipFile(next(target.glob("*.whl"))) as wheel:
        return set(wheel.namelist())


def tracked(folder: str) -> list[str]:
    """Return the files that git knows below `folder`."""
    done = subprocess.run(
        ["git", "ls-files", "-z", folder], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_the_wheel_has_every_file_of_the_package(wheel_names: set[str]) -> None:
    missing = set(tracked("lms")) - wheel_names
    assert not missing, "not in [options.package_data]: " + ", ".join(sorted(missing))


def test_the_wheel_has_every_migration(wheel_names: set[str]) -> None:
    installed = {name.partition(SHARE)[2] for name in wheel_names if SHARE in name}
    missing = set(tracked("migrations")) - installed
    assert not missing, f"not in [options.data_files]: {', '.join(sorted(missing))}"


def test_the_wheel_has_nothing_else(wheel_names: set[str]) -> None:
    strangers = {Path(name).parts[0] for name in wheel_names} - {"lms"}
    assert all(name.startswith("marshrut_lms-") for name in strangers), strangers
