"""Turn a source's own result into a share of the possible, and say whether it is enough.

«Зачтено без отметки»: a credit counts without a mark unless the school's policy says that marks are carried over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, InvalidOperation

from lms.plans.types.credit import ResultScale, Rounding

__all__ = ["FIVE", "ConversionRules", "Converted", "convert", "mark_for", "number_key", "parse_amount"]

_PASSED = frozenset({"зачтено", "зачёт", "зачет", "сдано", "да", "passed", "pass", "credit", "yes"})
_FAILED = frozenset({"не зачтено", "незачёт", "незачет", "не сдано", "нет", "failed", "fail", "no"})
#: «3», «4» and «5» are passes; the share is the lowest score of the mark in the school's own table.
FIVE: Mapping[int, Decimal] = {
    5: Decimal("0.85"),
    4: Decimal("0.70"),
    3: Decimal("0.50"),
    2: Decimal("0.25"),
}
_ROUNDING = {Rounding.HALF_UP: ROUND_HALF_UP, Rounding.DOWN: ROUND_DOWN}


@dataclass(frozen=True, slots=True)
class ConversionRules:
    """A school's versioned policy: the least share that counts, how results are read, whether a mark is carried over.

    ``five`` is the share behind each mark of others, ``marks`` the least share of each mark of the school's own.
    """

    version: int = 1
    min_share: Decimal = Decimal("0.5")
    with_mark: bool = False
    marks: tuple[tuple[int, Decimal], ...] = (
        (5, Decimal("0.85")),
        (4, Decimal("0.70")),
        (3, Decimal("0.50")),
    )
    rounding: Rounding = Rounding.NONE
    five: tuple[tuple[int, Decimal], ...] = tuple(FIVE.items())


@dataclass(frozen=True, slots=True)
class Converted:
    """A result understood: its share of the possible (None = cannot tell) and the least share that counts."""

    share: Decimal | None
    minimum: Decimal

    @property
    def is_enough(self) -> bool:
        """Tell whether the result reaches the minimum; a result that nobody can read does not."""
        return self.share is not None and self.share >= self.minimum


#: Cyrillic letters that look like Latin ones: people type either on a certificate's number.
_LOOK_ALIKES = str.maketrans("авекмнорстух", "abekmhopctyx")


def number_key(number: str) -> str:
    """Return a certificate's number as it is compared: letters and digits only, case and look-alikes aside."""
    letters = (letter for letter in number.casefold() if letter.isalnum())
    return "".join(letters).translate(_LOOK_ALIKES)


def parse_amount(text: str) -> Decimal | None:
    """Read a number as people write it («86», «86,5», «86 %», «86 из 100» gives 86), or None."""
    cleaned = text.strip().replace("\u00a0", " ").replace(",", ".").rstrip("%").strip()
    first = cleaned.split(" ", 1)[0].split("/", 1)[0]
    if not first.isascii():
        return None
    try:
        value = Decimal(first)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def convert(
    raw: str,
    scale: ResultScale,
    scale_max: Decimal | None,
    minimum: Decimal,
    rules: ConversionRules = ConversionRules(),
) -> Converted:
    """Return the share behind ``raw`` on ``scale``; ``minimum`` is the rule's or the policy's least share.

    A pass without a score on a scale of scores is worth the least that the policy counts, and no more.
    """
    share = _share(raw, scale, scale_max, rules)
    if share is not None and rules.rounding is not Rounding.NONE:
        share = share.quantize(Decimal("0.01"), _ROUNDING[rules.rounding])
    return Converted(share, minimum)


def _share(raw: str, scale: ResultScale, scale_max: Decimal | None, rules: ConversionRules) -> Decimal | None:
    words = " ".join(raw.casefold().split())
    if scale is ResultScale.PASS_FAIL:
        return Decimal(1) if words in _PASSED else Decimal(0) if words in _FAILED else None
    if words in _PASSED or words in _FAILED:
        return rules.min_share if words in _PASSED else Decimal(0)
    amount = parse_amount(raw)
    if amount is None or amount < 0:
        return None
    if scale is ResultScale.FIVE:
        return dict(rules.five).get(int(amount)) if amount == int(amount) else None
    top = Decimal(100) if scale is ResultScale.PERCENT else scale_max
    if top is None or top <= 0 or amount > top:
        return None
    return (amount / top).quantize(Decimal("0.000001"))


def mark_for(share: Decimal | None, rules: ConversionRules) -> int | None:
    """Return the mark that goes with a share, or None when the policy credits without a mark."""
    if not rules.with_mark or share is None:
        return None
    return next((mark for mark, least in rules.marks if share >= least), None)
