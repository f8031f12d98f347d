"""Set-up names what is missing: `tools/debian_packages.sh` on a machine that lacks it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures.setup import ROOT

LIBRARIES = {"libGL.so.1": "libgl1", "libgthread-2.0.so.0": "libglib2.0-0"}
#: What the script uses itself; nothing else of the machine is seen.
TOOLS = ("cat", "touch", "mktemp", "dirname")


def stub(folder: Path, name: str, script: str) -> None:
    """Write a command of that name that does no more than the script says."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


def call(
    folder: Path, libraries: set[str], *, commands: tuple[str, ...] = ("bwrap",)
) -> subprocess.CompletedProcess[str]:
    """Run the script without root on a machine with these libraries and commands; installing would leave a file."""
    for name in TOOLS:
        stub(folder, name, f'exec /usr/bin/{name} "$@"')
    for name in commands:
        stub(folder, name, "exit 0")
    listed = "\n".join(f"\t{name} (libc6,x86-64) => /usr/lib/{name}" for name in sorted(libraries))
    stub(folder, "ldconfig", f"cat <<'LIST'\n{listed}\nLIST")
    stub(folder, "id", "echo 1000")
    stub(folder, "apt-get", f"touch {folder}/installed")
    stub(folder, "python3", f'exec {sys.executable} "$@"')
    return subprocess.run(
        ["/bin/bash", str(ROOT / "tools/debian_packages.sh"), "run"],
        env={"PATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("there", [set(), {"libGL.so.1"}, {"libgthread-2.0.so.0"}])
def test_without_root_the_exact_command_is_named_and_nothing_is_installed(
    tmp_path: Path, there: set[str]
) -> None:
    done = call(tmp_path, there)
    missing = " ".join(package for library, package in LIBRARIES.items() if library not in there)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"These Debian packages are missing: {missing}",
        f"Install them with:  sudo apt-get install -y --no-install-recommends {missing}",
    ]
    assert not (tmp_path / "installed").exists()


def test_the_walls_round_programs_are_installed_with_the_product(tmp_path: Path) -> None:
    done = call(tmp_path, set(LIBRARIES), commands=())
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == "These Debian packages are missing: bubblewrap"


def test_where_everything_is_there_nothing_is_said(tmp_path: Path) -> None:
    done = call(tmp_path, set(LIBRARIES))
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
