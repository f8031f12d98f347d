"""How much of other systems' questions is taken over, and whether QTI items are scored as their makers say.

Counted are questions of kinds for which there is a question type here. Left aside, and noted, are those that no system could
take over as they stand: without a key (a draft, of a choice) or a text, made to be refused, or asking what no type here asks (of STACK's questions: several inputs, branching trees, commands of
Maxima that are not carried out).
"""

from __future__ import annotations

import io
import json
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lms.assessment.contracts import QUESTION_TYPES, QuestionType
from lms.assessment.formats import read_file
from lms.assessment.formats.mapping import take
from lms.assessment.formats.qti_names import in_old_spelling
from lms.assessment.formats.qti_rules import Scorer
from lms.assessment.formats.values import NO_KEY, Reason, Refusal
from lms.assessment.formats.words import REASON_TEXTS
from lms.assessment.question_types import builtin
from lms.core.registry import Registry
from lms.core.xmltree import parse_xml
from tests.fixtures.figures import Figures

pytestmark = pytest.mark.third_party

#: The file gives nothing to go by: no key, no text, broken or meant to be refused.
KEYLESS = {
    "question.no_right_answer",
    "qti.no_processing",
    "qti.no_score",
    "question.no_text",
    "file.malformed",
    "aiken.no_answer",
    "question.too_few_options",
    "gift.answer_unreadable",
    "picture.missing",
    "qti.variable_unknown",
}
#: What no question type here asks.
UNASKED = {
    "qti.record",
    "qti.order_of_some",
    "kind.unknown",
    "qti.adaptive",
    "qti.several_interactions",
    "type.not_installed",
}


@pytest.fixture(scope="module")
def types() -> Registry[QuestionType]:
    registry: Registry[QuestionType] = Registry(QUESTION_TYPES)
    for kind in builtin():
        registry.add(kind, "built in")
    return registry


def files(folder: Path, *suffixes: str) -> Iterator[tuple[str, bytes]]:
    """Yield each file of a folder by itself."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in suffixes and not path.name.startswith("error_"):  # these are made to be refused
            yield str(path.relative_to(folder)), path.read_bytes()


def packages(folder: Path, version: bytes = b"") -> Iterator[tuple[str, bytes]]:
    """Yield each source of a folder as one package, so that items find their pictures; of items only those of a version."""
    for source in sorted(path for path in folder.iterdir() if path.is_dir()):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as package:
            for path in sorted(path for path in source.rglob("*") if path.is_file()):
                data = path.read_bytes()
                if version in data or b"<assessmentItem" not in data:
                    package.writestr(str(path.relative_to(source)), data)
        yield source.name, buffer.getvalue()


def is_keyless(found: Any) -> bool:
    """Tell whether a question came without a key: a draft that somebody has to finish, so it is not counted as taken over."""
    return NO_KEY in found.changes


def fate(found: Any, types: Registry[QuestionType]) -> Reason | None:
    """Return why a question is refused, or None."""
    try:
        take(found, types)
    except Refusal as refusal:
        return refusal.reason
    return None


SOURCES: dict[str, tuple[str, Callable[..., Iterator[tuple[str, bytes]]], tuple[Any, ...]]] = {
    "Moodle XML": ("moodlexml", files, (".xml",)),
    "GIFT": ("gift", files, (".gift",)),
    "Aiken": ("otherformats/aiken", files, (".txt",)),
    "QTI 1.2": ("qti12", packages, ()),
    "QTI 2.x": ("qti21", packages, ()),
    "QTI 2.2 of them": ("qti21", packages, (b"imsqti_v2p2",)),
    "QTI 3.0": ("qti3", packages, ()),
}


@pytest.mark.parametrize("name", SOURCES)
def test_questions_of_supported_kinds_are_taken_over(
    name: str, test_data: Path, figures: Figures, types: Registry[QuestionType]
) -> None:
    folder, walk, suffixes = SOURCES[name]
    reasons: Counter[str] = Counter()
    taken = silent = drafts = 0
    for _, data in walk(test_data / "assessment" / folder, *suffixes):
        for found in read_file(data).questions:
            reason = fate(found, types)
            taken += reason is None and not is_keyless(found)
            drafts += reason is None and is_keyless(found)
            if reason is not None:
                reasons[reason.code] += 1
                silent += not found.place or reason.code not in REASON_TEXTS
    refused = sum(
        count
        for code, count in reasons.items()
        if code not in KEYLESS | UNASKED and not code.startswith("stack.")
    )
    figures.at_least(
        "items", f"import {name}: taken over, of supported kinds", 100 * taken / (taken + refused), 95, "%"
    )
    figures.note("items", f"import {name}: questions taken over", taken, "")
    figures.note("items", f"import {name}: drafts without a key, not counted as taken over", drafts, "")
    for code, count in sorted(reasons.items()):
        figures.note("items", f"import {name}: refused, {code}", count, "")
    figures.at_most("items", f"import {name}: refused without reason or place", silent, 0, "")
    assert taken


def test_stack_questions_pass_their_own_tests(
    test_data: Path, figures: Figures, types: Registry[QuestionType]
) -> None:
    """What the makers of a question expect of an answer is what it earns here."""
    maths = types.get("maths")
    total = right = taken = tests = 0
    for _, data in files(test_data / "assessment" / "moodlexml" / "stack", ".xml"):
        for found in read_file(data).questions:
            total += 1
            if fate(found, types) is not None:
                continue
            question = take(found, types)
            taken += 1
            for test in question.tests:
                tests += 1
                right += maths.mark(question.content, 1, test.answer).status is test.status
    figures.note("items", "import STACK: questions taken over", 100 * taken / total, "%")
    figures.at_least(
        "items", "import STACK: own tests of the questions that hold", 100 * right / tests, 98, "%"
    )


def test_no_sample_file_makes_a_reader_fall(
    test_data: Path, figures: Figures, types: Registry[QuestionType]
) -> None:
    count = 0
    folder = test_data / "assessment"
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        read = read_file(path.read_bytes())
        assert read.questions or read.reason
        for found in read.questions:
            fate(found, types)
        count += 1
    figures.note("items", "import: sample files of all formats read without a crash", count, "files")


def test_qti_vectors_come_out_as_their_makers_say(test_data: Path, figures: Figures) -> None:
    right = wrong = left_out = 0
    for version in ("qti21", "qti3"):
        folder = test_data / "assessment" / version / "citolab"
        for row in json.loads((folder / "vectors.json").read_text(encoding="utf-8")):
            for given, expected in steps(folder, row):
                if given is None:
                    left_out += 1
                    continue
                item = in_old_spelling(parse_xml((folder / row["items"][0]).read_bytes()))
                found = Scorer(item).outcomes(given).get(expected["outcome"])
                is_right = found is not None and float(str(found)) == float(expected["expected"])
                right, wrong = right + is_right, wrong + (not is_right)
                assert is_right, (row["id"], expected, found)
    figures.at_least("items", "QTI vectors: outcome as expected", 100 * right / (right + wrong), 100, "%")
    figures.note("items", "QTI vectors: expectations whose response was not recorded", left_out, "")


def steps(folder: Path, row: dict[str, Any]) -> Iterator[tuple[dict[str, list[str]] | None, dict[str, str]]]:
    """Yield the responses for each expected outcome; None where the vector does not say them."""
    given = results(folder, row)
    changes = [response for response in row["responses"] if response.get("change")]
    given |= {r["identifier"]: r["values"] for r in row["responses"] if not r.get("change")}
    if not row.get("multi_step"):
        given |= {change["identifier"]: change["values"] for change in changes}
    stages = [dict(given)]
    for change in changes if row.get("multi_step") else []:
        stages.append({**stages[-1], change["identifier"]: change["values"]})
    for number, expected in enumerate(row["expected"]):
        is_said = number < len(stages) or not row.get("multi_step")
        stage = stages[min(number, len(stages) - 1)] if is_said else None
        if not row["responses"] and not row["results"] and float(expected["expected"]) != 0:
            stage = None  # points, but nobody says for which answer
        yield stage, expected


def results(folder: Path, row: dict[str, Any]) -> dict[str, list[str]]:
    """Return the responses that the row's result files record for its item."""
    wanted = parse_xml((folder / row["items"][0]).read_bytes()).attrs["identifier"]
    given: dict[str, list[str]] = {}
    for name in row["results"]:
        for result in parse_xml((folder / name).read_bytes()).every("itemResult"):
            if result.attrs["identifier"] == wanted:
                for variable in result.children("responseVariable"):
                    given[variable.attrs["identifier"]] = [value.text() for value in variable.every("value")]
    return given
