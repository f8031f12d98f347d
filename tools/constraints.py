"""Write ``constraints.txt``: the exact versions of everything that is installed beside Marshrut."""

from __future__ import annotations

from importlib.metadata import distributions
from pathlib import Path

OWN = {"marshrut-lms", "marshrut-example-plugins", "pip", "wheel"}
HEADER = "# The exact versions that the suite passes with; the bounds are in setup.cfg. Made by `make constraints`.\n"


def main() -> None:
    """Write one ``name==version`` line per installed distribution, sorted by name."""
    found = {d.metadata["Name"].lower().replace("_", "-"): d.version for d in distributions()}
    lines = [f"{name}=={version}\n" for name, version in sorted(found.items()) if name not in OWN]
    Path("constraints.txt").write_text(HEADER + "".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
