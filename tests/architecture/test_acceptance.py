"""The documents of acceptance name tests that are there: what is said to show a promise can be run."""

from __future__ import annotations

import re

from tests.fixtures.setup import ROOT

PROMISES = ROOT / "docs" / "acceptance"
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(test_\w+))?`")


def test_what_shows_a_promise_is_there() -> None:
    missing, named = [], 0
    for page in sorted(PROMISES.glob("*.md")):
        for file, test in NAMED.findall(page.read_text(encoding="utf-8")):
            named += 1
            path = ROOT / file
            if not path.exists() or (test and f"def {test}(" not in path.read_text(encoding="utf-8")):
                missing.append(f"{page.name}: {file}::{test}")
    assert named > 100
    assert not missing, "\n".join(missing)
