"""Read the steps of a section from one text: a line that begins with ``##`` begins a step and names it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["WORDS_A_MINUTE", "WrittenStep", "read_steps"]

#: How fast a text of a lesson is read; a step takes at least a minute.
WORDS_A_MINUTE = 120


@dataclass(frozen=True, slots=True)
class WrittenStep:
    """One step as its author wrote it: its name, its text in Markdown, the minutes that reading takes."""

    title: str
    text: str
    minutes: int


def read_steps(text: str) -> list[WrittenStep]:
    """Return the steps of a text; what stands before the first heading is a step without a name."""
    steps: list[tuple[str, list[str]]] = [("", [])]
    for line in text.replace("\r\n", "\n").split("\n"):
        if line.startswith("##") and not line.startswith("###"):
            steps.append((line[2:].strip(), []))
        else:
            steps[-1][1].append(line)
    return [
        _step(title, "\n".join(lines).strip()) for title, lines in steps if title or "".join(lines).strip()
    ]


def _step(title: str, text: str) -> WrittenStep:
    return WrittenStep(title, text, max(1, -(-len(text.split()) // WORDS_A_MINUTE)))
