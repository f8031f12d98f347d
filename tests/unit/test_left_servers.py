"""What a run that was killed left in memory is removed by the next one, and nothing of a run that goes on."""

from __future__ import annotations

import os
from pathlib import Path

from tests.fixtures.servers import OURS, remove_left


def test_only_old_folders_without_a_server_are_removed(tmp_path: Path) -> None:
    owners = {"dead": str(2**22 + 1), "alive": str(os.getpid()), "without": "", "new": ""}
    for name, pid in owners.items():
        data = tmp_path / f"{OURS}{name}" / "data"
        data.mkdir(parents=True)
        if pid:
            (data / "postmaster.pid").write_text(f"{pid}\n/somewhere\n", encoding="utf-8")
        if name != "new":
            os.utime(data.parent, (1_000_000_000, 1_000_000_000))
    (tmp_path / "others").mkdir()
    os.utime(tmp_path / "others", (1_000_000_000, 1_000_000_000))
    remove_left(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {f"{OURS}alive", f"{OURS}new", "others"}
