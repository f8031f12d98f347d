"""Say a question in words that no format owns: what readers yield and what writers take."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from lms.core.packages import Reason, UnreadableFile

__all__ = [
    "NO_KEY",
    "USUAL_SIZE",
    "Area",
    "Areas",
    "Blank",
    "Body",
    "Computed",
    "Essay",
    "Found",
    "Gap",
    "Gaps",
    "Groups",
    "Info",
    "MathsAnswer",
    "MathsRule",
    "Number",
    "NumberAnswer",
    "Option",
    "Order",
    "Pairs",
    "Picture",
    "Program",
    "ProgramCheck",
    "Prose",
    "Reason",
    "Refusal",
    "Remarks",
    "Several",
    "Single",
    "Table",
    "TrueFalse",
    "Typed",
    "UnreadableFile",
    "Upload",
    "Varied",
    "WordBank",
    "pictures_of",
]


#: The width of a field for a short text, where nothing else is said.
USUAL_SIZE = 30


class Refusal(Exception):
    """A question cannot be taken over; the rest of the file goes on."""

    def __init__(self, code: str, detail: str = "") -> None:
        """Refuse for this reason."""
        super().__init__(code, detail)
        self.reason = Reason(code, detail[:200])


#: The file does not say what is right; the question has no tests, so it cannot become ready before somebody looks at it.
NO_KEY = Reason("changed.no_key")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that a text shows; ``data`` is None when the file does not bring it."""

    name: str
    alt: str
    data: bytes | None = None


@dataclass(frozen=True, slots=True)
class Prose:
    """A text without markup: lines, formulas between dollar signs, its pictures, and what had to be left out."""

    text: str
    pictures: tuple[Picture, ...] = ()
    lost: frozenset[str] = frozenset()


class Option(NamedTuple):
    """One option of a choice, the share of the points that it earns, and its picture (its words may stand for the text).

    ``feedback`` is said after the check to who chose it.
    """

    text: str
    weight: Decimal
    picture: Picture | None = None
    feedback: str = ""


class Remarks(NamedTuple):
    """What is said after the check of an answer that is right, partly right or wrong."""

    right: str = ""
    partial: str = ""
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class Single:
    """One of several options."""

    options: tuple[Option, ...]
    shuffle: bool = True


@dataclass(frozen=True, slots=True)
class Several:
    """Several of several options; ``scoring`` is weights or all_or_nothing; ``is_capped`` weights may add up to more than 1."""

    options: tuple[Option, ...]
    scoring: str = "weights"
    shuffle: bool = True
    limit: int | None = None
    is_capped: bool = False


@dataclass(frozen=True, slots=True)
class TrueFalse:
    """A statement that is true or not."""

    answer: bool


@dataclass(frozen=True, slots=True)
class Typed:
    """Accepted texts with the share that each earns; the field is so many letters wide."""

    accepted: tuple[tuple[str, Decimal], ...]
    is_case_sensitive: bool = False
    uses_wildcards: bool = False
    size: int | None = USUAL_SIZE


class NumberAnswer(NamedTuple):
    """A number, how far one may be off (absolute, or relative to the number) and the share it earns."""

    value: Decimal
    tolerance: Decimal
    is_relative: bool = False
    fraction: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class Number:
    """Accepted numbers; ``unit_mode`` is none, shown (beside the field) or asked; ``unit_fraction`` stays without it.

    ``units`` are other names of the same unit. With a ``rounding`` (decimals or figures, so many ``digits``) both numbers are
    rounded before they are compared. ``has_odd_end``: one end of a range counted where it came from, and the other did not.
    """

    answers: tuple[NumberAnswer, ...]
    unit: str = ""
    unit_mode: str = "none"
    unit_fraction: Decimal = Decimal("0.5")
    units: tuple[str, ...] = ()
    rounding: str = ""
    digits: int = 0
    has_odd_end: bool = False


@dataclass(frozen=True, slots=True)
class Pairs:
    """Rows that each get one of the values: ``pairs[i]`` is the index of the value that row i gets.

    ``shown`` are the rows' pictures, () where no row has one.
    """

    left: tuple[str, ...]
    right: tuple[str, ...]
    pairs: tuple[int, ...]
    scoring: str = "per_pair"
    shuffle_left: bool = False
    shown: tuple[Picture | None, ...] = ()


class Area(NamedTuple):
    """A place of a picture, in percent of its width and height."""

    text: str
    x: Decimal
    y: Decimal
    width: Decimal
    height: Decimal
    is_right: bool


@dataclass(frozen=True, slots=True)
class Areas:
    """Places of the prompt's first picture to be pointed at."""

    areas: tuple[Area, ...]


class Computed(NamedTuple):
    """A number to be typed that is a formula of the question's variables; ``decimals`` None: not rounded.

    ``rounding`` and ``digits``, the unit and its ways are those of a number.
    """

    formula: str
    tolerance: Decimal
    is_relative: bool = False
    decimals: int | None = None
    rounding: str = ""
    digits: int = 0
    unit: str = ""
    unit_mode: str = "none"
    unit_fraction: Decimal = Decimal("0.5")
    units: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Varied:
    """A question whose variables (name, how it is drawn) stand in its texts as ``{name}`` and ``{= formula}``.

    How it is drawn may also be ``[name] v1; v2``: the value in the place that another variable says.
    """

    variables: tuple[tuple[str, str], ...]
    body: Computed | Single | Several
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """Rows that may each belong to several columns (``mode`` single: to one); ``right[i]`` are the columns of row i.

    ``scoring`` is per_cell (right cells less wrong ones), per_row or all_or_nothing.
    """

    columns: tuple[str, ...]
    rows: tuple[str, ...]
    right: tuple[tuple[str, ...], ...]
    scoring: str = "all_or_nothing"
    mode: str = "multiple"


@dataclass(frozen=True, slots=True)
class Groups:
    """Groups, each with the things that belong to it; ``scoring`` is per_item, right_minus_wrong or all_or_nothing."""

    groups: tuple[tuple[str, tuple[str, ...]], ...]
    scoring: str = "per_item"


@dataclass(frozen=True, slots=True)
class Order:
    """Things in their right order; ``scoring`` names a scheme of the ordering type."""

    items: tuple[str, ...]
    scoring: str = "exact"


class MathsRule(NamedTuple):
    """An answer test: it holds for answers like ``text``, which then earn ``fraction`` and are told what it ``says``.

    ``typed`` is the same answer as a student would write it, where the author wrote it so.
    """

    test: str
    text: str
    option: str
    fraction: Decimal
    says: str = ""
    typed: str = ""


@dataclass(frozen=True, slots=True)
class MathsAnswer:
    """A mathematical answer (texts as in Maxima); the first rule that holds decides. ``tests`` are answers and shares.

    ``variables`` are the letters that may stand in it; None where that follows from the rules.
    """

    rules: tuple[MathsRule, ...]
    tests: tuple[tuple[str, Decimal], ...] = ()
    variables: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Essay:
    """A longer text that a person marks."""

    model_answer: str = ""
    rubric: tuple[tuple[str, Decimal], ...] = ()
    min_words: int | None = None
    max_words: int | None = None


class ProgramCheck(NamedTuple):
    """What a program reads, what stands after it, what it must print, and what that is worth."""

    stdin: str
    code: str
    expected: str
    points: Decimal = Decimal(1)
    is_sample: bool = False


@dataclass(frozen=True, slots=True)
class Program:
    """A program that is run against checks; ``comparison`` is lines or words."""

    language: str
    checks: tuple[ProgramCheck, ...]
    starter: str = ""
    model_answer: str = ""
    needs_all: bool = False
    seconds: int = 2
    comparison: str = "lines"


@dataclass(frozen=True, slots=True)
class Upload:
    """Files that a person marks: at most ``most`` (None: as many as usual), of any ``kind`` or only image or audio."""

    rubric: tuple[tuple[str, Decimal], ...] = ()
    model_answer: str = ""
    most: int | None = None
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Info:
    """A text that asks nothing."""


@dataclass(frozen=True, slots=True)
class Gap:
    """One gap of a text: what is asked there and its part of the points."""

    body: Single | Typed | Number
    points: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class Gaps:
    """A text with gaps: texts and gaps in turn."""

    parts: tuple[str | Gap, ...]


class Blank(NamedTuple):
    """A gap that takes one of the words that all gaps share."""

    word: str


@dataclass(frozen=True, slots=True)
class WordBank:
    """A text with gaps (texts and blanks in turn) and words to put into them, ``decoys`` belonging nowhere."""

    parts: tuple[str | Blank, ...]
    decoys: tuple[str, ...] = ()
    is_once: bool = False


Body = (
    Single
    | Several
    | TrueFalse
    | Typed
    | Number
    | Pairs
    | Order
    | Essay
    | Info
    | Gaps
    | Areas
    | Table
    | MathsAnswer
    | Program
    | Upload
    | Groups
    | WordBank
    | Varied
    | Computed
)


def pictures_of(body: Body | None) -> tuple[Picture | None, ...]:
    """Return the pictures of a body's options or rows, None where one has none; () where none of its parts can have one."""
    if isinstance(body, Single | Several):
        return tuple(option.picture for option in body.options)
    return body.shown if isinstance(body, Pairs) else ()


@dataclass(frozen=True, slots=True)
class Found:
    """One question of a file: its name and place there, its kind in the format's words, and what it asks.

    ``body`` is None when it is refused for ``reason``; ``changes`` say what could not be kept. ``hints`` follow wrong tries,
    ``explanation`` stands beside the right answer.
    One without a key (`NO_KEY` is among its changes) has its first option marked until an author says what is right.
    """

    ref: str
    kind: str
    place: str
    title: str = ""
    prompt: Prose = field(default_factory=lambda: Prose(""))
    body: Body | None = None
    reason: Reason | None = None
    changes: tuple[Reason, ...] = ()
    tags: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    remarks: Remarks = Remarks()
    explanation: str = ""
