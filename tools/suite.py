"""Run the whole suite: everything but the browser in parallel, then the browser.

Tests wait for servers and for processes that they kill, so one process more than there are cores runs them. A browser
test keeps a second core busy by itself; a file of them stays in one process, its tests build on each other. Either run reads
only its own folders, and takes everything in them. Arguments other than ``--jobs`` go to one plain pytest run. A
skipped test fails the suite: set-up installs what tests need, so nothing may be missing.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

REPORTS = Path("build/reports")
BROWSER = "tests/browser"
NO_TESTS = 5


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one pytest run said."""

    code: int
    total: int = 0
    failed: int = 0
    skipped: int = 0


def main() -> int:
    """Run the suite and print one closing line over both runs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", default=2, type=int, help="cores to use")
    options, rest = parser.parse_known_args()
    if rest:
        return run_pytest("chosen", *rest).code
    plain = run_pytest("plain", f"--ignore={BROWSER}", "-n", str(options.jobs + 1), "--dist", "loadgroup")
    browser = run_pytest("browser", BROWSER, "-n", str(options.jobs), "--dist", "loadfile")
    return close(plain, browser)


def run_pytest(name: str, *arguments: str) -> Outcome:
    """Run pytest once and read its own report."""
    REPORTS.mkdir(parents=True, exist_ok=True)
    report = REPORTS / f"{name}.xml"
    report.unlink(missing_ok=True)
    slowest = ("--durations=30", "--durations-min=4")
    command = [sys.executable, "-m", "pytest", f"--junit-xml={report}", *slowest, *arguments]
    code = subprocess.run(command, check=False).returncode
    if not report.exists():
        return Outcome(code or 1)
    suites = list(ET.parse(report).getroot().iter("testsuite"))
    return Outcome(
        0 if code == NO_TESTS else code,
        sum(int(s.get("tests", 0)) for s in suites),
        sum(int(s.get("failures", 0)) + int(s.get("errors", 0)) for s in suites),
        sum(int(s.get("skipped", 0)) for s in suites),
    )


def close(*outcomes: Outcome) -> int:
    """Print the totals and return the exit status of the suite."""
    failed = sum(o.failed for o in outcomes)
    skipped = sum(o.skipped for o in outcomes)
    passed = sum(o.total for o in outcomes) - failed - skipped
    if skipped:
        print(f"{skipped} tests were skipped: what they need must be installed by set-up", file=sys.stderr)
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    if any(o.code for o in outcomes) or failed or skipped or not passed:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
