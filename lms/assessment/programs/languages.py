"""Name the languages in which an answer can be written, and how a program in each is started."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["LANGUAGES", "SYSTEM_PATH", "Language"]

#: Where commands are looked for: what the sandbox shows of the machine.
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"


@dataclass(frozen=True, slots=True)
class Language:
    """One language: its interpreter and what stands between it and the file of the program.

    To add another one, add it to `LANGUAGES`; it is offered wherever its command is installed.
    """

    name: str
    title: str
    command: str
    arguments: Sequence[str]
    file_name: str

    def path(self) -> str | None:
        """Return where the interpreter is, or None where it is not installed."""
        return shutil.which(self.command, path=SYSTEM_PATH)


#: Every language by its name.
LANGUAGES = {
    language.name: language
    for language in (Language("python3", "Python 3", "python3", ("-I", "-X", "utf8"), "program.py"),)
}
