"""Write the questions of a practice quiz as one text, and read them again.

    ? What is asked; it may go on over several lines.
    ~ What is given (optional).
    + a right option          = 42, a word, or "true" / "false"; one line for each accepted form
    - a wrong option
    ! Why it is so (optional).

One ``+`` makes a question with one right option, several make one with several; lines that begin with ``=`` make a number,
a word or a statement. What this notation cannot say stands as ``@3``: the third question as it was before.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["read_questions", "write_questions"]

MARKS = "?~+-=!@"
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
_TRUE, _FALSE = ("true", "верно", "да"), ("false", "неверно", "нет")

Row = dict[str, Any]


def write_questions(questions: Sequence[Mapping[str, Any]]) -> str:
    """Return questions as a text from which `read_questions` makes the same ones."""
    return "\n\n".join(_written(number, row, questions) for number, row in enumerate(questions, 1))


def _written(number: int, row: Mapping[str, Any], questions: Sequence[Mapping[str, Any]]) -> str:
    content = row.get("content", {})
    lines = [f"? {content.get('prompt', '')}"]
    if content.get("given"):
        lines.append(f"~ {content['given']}")
    for option in content.get("options", ()):
        lines.append(f"{'+' if option.get('weight') else '-'} {option.get('text', '')}")
    if "is_true" in content:
        lines.append(f"= {(_TRUE if content['is_true'] else _FALSE)[0]}")
    accepted = [content["answer"]] if "answer" in content else content.get("accepted", ())
    lines += [f"= {answer}" for answer in accepted]
    if row.get("why"):
        lines.append(f"! {row['why']}")
    text = "\n".join(lines)
    return (
        text
        if read_questions(text, questions) == [row]
        else f"@{number} {content.get('prompt', '')}".split("\n")[0]
    )


def read_questions(text: str, before: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Return the questions of a text; options keep the ids that they had in ``before``."""
    found: list[list[tuple[str, str]]] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        mark, rest = line[:1], line[1:].strip()
        if mark in "?@" and mark:
            found.append([(mark, rest)])
        elif mark and mark in MARKS and found:
            found[-1].append((mark, rest))
        elif line.strip() and found:
            kind, said = found[-1][-1]
            found[-1][-1] = (kind, f"{said}\n{line.rstrip()}")
        elif line.strip():
            found.append([("?", line.strip())])
    rows = [_question(parts, before) for parts in found]
    return [row for row in rows if row is not None]


def _question(parts: list[tuple[str, str]], before: Sequence[Mapping[str, Any]]) -> Row | None:
    mark, prompt = parts[0]
    if mark == "@":
        number = re.match(r"\d{1,3}", prompt)
        place = int(number.group()) if number else 0
        return dict(before[place - 1]) if 1 <= place <= len(before) else None
    said = {sign: [text for kind, text in parts if kind == sign] for sign in MARKS}
    kind, answer = _answer(prompt, said, [(s, t) for s, t in parts if s in "+-"], before)
    given = {"given": "\n".join(said["~"])} if said["~"] else {}
    row: Row = {"type": kind, "content": {"prompt": prompt, **given, **answer}}
    return {**row, "why": "\n".join(said["!"])} if said["!"] else row


def _answer(
    prompt: str,
    said: Mapping[str, Sequence[str]],
    options: Sequence[tuple[str, str]],
    before: Sequence[Mapping[str, Any]],
) -> tuple[str, Row]:
    """Return the type of a question and what its content says about the answer."""
    if options or not said["="]:
        known = _known_ids(prompt, before)
        rows: list[Row] = []
        taken = set(known.values())
        for number, (mark, text) in enumerate(options, 1):
            fresh = next(name for name in (f"o{n}" for n in range(number, 10_000)) if name not in taken)
            option = {"id": known.get(text) or fresh, "text": text}
            taken.add(option["id"])
            rows.append({**option, "weight": "1"} if mark == "+" else option)
        if len(said["+"]) < 2:
            return "choice", {"options": rows}
        return "multiple_choice", {"options": rows, "scoring": "right_minus_wrong"}
    first = said["="][0]
    if len(said["="]) == 1 and first.casefold() in _TRUE + _FALSE:
        return "true_false", {"is_true": first.casefold() in _TRUE}
    if len(said["="]) == 1 and _NUMBER.fullmatch(first):
        return "numeric", {"answer": first.replace(",", ".")}
    return "short_text", {"accepted": list(said["="])}


def _known_ids(prompt: str, before: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return the ids of the options of the question that was asked so, by their texts."""
    for row in before:
        content = row.get("content", {})
        if content.get("prompt") == prompt:
            return {str(option.get("text")): str(option.get("id")) for option in content.get("options", ())}
    return {}
