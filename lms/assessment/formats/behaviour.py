"""Find out what an item's own scoring rules reward, by asking them about answers, and say it in our words.

QTI's rules can say anything; our types say shares of options, texts, numbers, pairs and orders. So the rules are run on the
answers that matter, the shares are read off, and then it is checked that they explain every answer tried. Where they do not,
the item is refused: a question that would be marked otherwise here than there is never taken over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import partial
from itertools import combinations, pairwise, permutations

from lms.assessment.formats.gift import plain_number
from lms.assessment.formats.probing import accepted_texts, hold_numbers, hold_texts
from lms.assessment.formats.qti_patterns import without_stars
from lms.assessment.formats.values import (
    Gap,
    Number,
    NumberAnswer,
    Option,
    Order,
    Pairs,
    Refusal,
    Several,
    Single,
    Table,
    Typed,
)
from lms.assessment.rules.numbers import Rounding, as_decimal, magnitude, rounded
from lms.assessment.rules.texts import matches_wildcard

__all__ = [
    "Score",
    "Slot",
    "order_body",
    "pairs_body",
    "several_body",
    "share",
    "slot_body",
    "slots_body",
    "table_body",
]

#: Points for responses (texts by the response's name).
Score = Callable[[Mapping[str, Sequence[str]]], Decimal]

ALL_SUBSETS_TO = 10
ALL_ORDERS_TO = 6
#: The orders of so many things are few enough to be chosen from.
ORDERS_AS_OPTIONS_TO = 3
MAX_OPTIONS = 50
MAX_FORMS = 200
_NEAR = Decimal("0.0001")
_EDGE = Decimal("1.00001")


@dataclass(frozen=True, slots=True)
class Slot:
    """One place of an item where one answer goes.

    ``options`` are (id, text) to choose from; None where one types, then ``forms`` are texts that the rules know.
    ``is_wild``: a star in a form stands for any letters.
    ``rounding`` and ``digits`` say how the rules round numbers before they compare them, ``edges`` where else they may change
    their mind about numbers; ``key`` is the answer that the item itself calls right.
    ``encode`` turns an answer into the response's value; several slots may share one response.
    """

    name: str
    options: tuple[tuple[str, str], ...] | None = None
    forms: tuple[str, ...] = ()
    is_number: bool = False
    tolerances: tuple[Decimal, ...] = ()
    shuffle: bool = True
    encode: Callable[[str], str] = str
    rounding: Rounding = Rounding.NONE
    digits: int = 0
    is_wild: bool = False
    edges: tuple[Decimal, ...] = ()
    key: str | None = None


def _responses(answers: Iterable[tuple[Slot, str]]) -> dict[str, list[str]]:
    given: dict[str, list[str]] = {}
    for slot, answer in answers:
        given.setdefault(slot.name, []).append(slot.encode(answer))
    return given


def _is_near(left: Decimal, right: Decimal) -> bool:
    return abs(left - right) <= _NEAR


def _check(explained: bool) -> None:
    if not explained:
        raise Refusal("qti.scoring")


def share(points: Decimal, most: Decimal) -> Decimal:
    """Return points as a share of the most, to seven places as other systems write them."""
    found = (points / most).quantize(Decimal("0.0000001")).normalize()
    return Decimal(int(found)) if found == found.to_integral_value() else found


def slot_body(slot: Slot, score: Score) -> Single | Typed | Number:
    """Return what a lone slot asks; the blank answer must earn nothing."""
    _check(score({}) <= 0)

    def points(answer: str) -> Decimal:
        return score(_responses([(slot, answer)]))

    if slot.is_number and slot.rounding is not Rounding.NONE:
        return _rounded_number(slot, points)
    body, _ = _slot(slot, points)
    return body


def _rounded_number(slot: Slot, points: Callable[[str], Decimal]) -> Number:
    """Return the one number that the rules compare after rounding; what lies at the edges must be rounded there as it is here."""
    found = {form: got for form in dict.fromkeys(slot.forms) if (got := points(form)) > 0}
    most = _most(found.values())

    def near(value: Decimal) -> Fraction:
        return rounded(Fraction(value), slot.rounding, slot.digits)

    value = plain_number(next(iter(found)))
    is_figures = slot.rounding is Rounding.FIGURES
    places = slot.digits - 1 - magnitude(Fraction(value)) if is_figures else slot.digits
    half = Decimal(5).scaleb(-places - 1)
    middle = as_decimal(near(value), max(places, 0))
    steps = ("-1.01", "-1", "-0.99", "-0.5", "0", "0.5", "0.99", "1", "1.01")
    tried = [middle + half * Decimal(step) for step in steps]
    for number in (Decimal(0), -value, value, *map(plain_number, found), *tried):
        got = points(f"{number:f}")
        _check(got == most if near(number) == near(value) else got <= 0)
    return Number((NumberAnswer(value, Decimal(0)),), rounding=slot.rounding.value, digits=slot.digits)


def _slot(slot: Slot, points: Callable[[str], Decimal]) -> tuple[Single | Typed | Number, Decimal]:
    """Return what a slot asks and its most points, ``points`` being those of one answer in it."""
    if slot.options is not None:
        if not 2 <= len(slot.options) <= MAX_OPTIONS:
            raise Refusal(
                "question.too_few_options" if len(slot.options) < 2 else "question.too_many_options"
            )
        earned = [points(name) for name, _ in slot.options]
        most = _most(earned)
        options = (
            Option(text, share(got, most)) for (_, text), got in zip(slot.options, earned, strict=True)
        )
        return Single(tuple(options), slot.shuffle), most
    if len(slot.forms) > MAX_FORMS:
        raise Refusal("question.too_many_options", str(len(slot.forms)))
    if slot.is_wild:
        return _wild(slot, points)
    found = {form: got for form in dict.fromkeys(slot.forms) if (got := points(form)) > 0}
    most = _most(found.values())
    if slot.is_number:
        answers = _numbers(found, slot, points, most)
        edges = {*slot.edges, *map(plain_number, slot.forms)}
        has_odd_end = hold_numbers(answers, edges, lambda answer: points(answer) / most)
        return Number(answers, has_odd_end=has_odd_end), most
    return _texts(found, slot, points, most), most


def _texts(
    found: Mapping[str, Decimal], slot: Slot, points: Callable[[str], Decimal], most: Decimal
) -> Typed:
    """Say the texts that earn points, those that earn them within any other with stars around them."""

    def earned(answer: str) -> Decimal:
        return points(answer) / most

    accepted, uses_wildcards = accepted_texts(slot.forms, earned)
    cased = [form for form in found if form != form.swapcase()]
    loose = [form for form in cased if points(form.swapcase()) == found[form]]
    _check(not loose or loose == cased)
    said = tuple((form, share(got, Decimal(1))) for form, got in accepted)
    body = Typed(said, bool(cased) and not loose, uses_wildcards)
    hold_texts(body, slot.forms, earned)
    return body


def _wild(slot: Slot, points: Callable[[str], Decimal]) -> tuple[Typed, Decimal]:
    """Return forms with stars: what stands for one may be nothing, or anything else, and nothing may stand around the form."""
    found = {form: points(without_stars(form, "")) for form in dict.fromkeys(slot.forms)}
    most = _most(found.values())
    accepted = [(form, got) for form, got in found.items() if got > 0]
    cased = set[bool]()
    for form, got in accepted:
        same = [without_stars(form, filling) for filling in ("", "q", " что-то 7 ")]
        around = [f"q{without_stars(form, '')}", f"{without_stars(form, '')}q"]
        _check(all(points(text) >= got for text in same))
        fits = [other for other, worth in accepted if worth > 0]
        _check(all(points(text) <= 0 or _fits_any(text, fits) for text in around))
        other = without_stars(form, "").swapcase()
        cased |= {points(other) < got} if other != without_stars(form, "") else set()
    _check(len(cased) < 2)
    return Typed(
        tuple((form, share(got, most)) for form, got in accepted), cased == {True}, uses_wildcards=True
    ), most


def _fits_any(text: str, forms: Iterable[str]) -> bool:
    return any(matches_wildcard(text.casefold(), form.casefold()) for form in forms)


def _most(points: Iterable[Decimal]) -> Decimal:
    most = max(points, default=Decimal(0))
    if most <= 0:
        raise Refusal("question.no_right_answer")
    return most


def _numbers(
    found: Mapping[str, Decimal], slot: Slot, points: Callable[[str], Decimal], most: Decimal
) -> tuple[NumberAnswer, ...]:
    """Say the numbers that earn points as numbers with tolerances; what lies within another one needs no saying."""
    ranges = [(form, got, _width(form, got, slot, points)) for form, got in found.items()]
    answers: list[NumberAnswer] = []
    for form, got, width in sorted(ranges, key=lambda row: -(row[2] or Decimal(0))):
        value = plain_number(form)
        is_within = any(
            a.fraction == share(got, most) and abs(a.value - value) <= a.tolerance * _EDGE for a in answers
        )
        if not is_within:
            _check(width is not None)
            answers.append(NumberAnswer(value, width or Decimal(0), False, share(got, most)))
    return tuple(answers)


def _width(form: str, got: Decimal, slot: Slot, points: Callable[[str], Decimal]) -> Decimal | None:
    """Find how far around a number its points stay: one of the tolerances that the rules name, 0, or None (unclear)."""
    value = plain_number(form)
    for tolerance in sorted(slot.tolerances, reverse=True):
        beyond = [value - tolerance * Decimal("1.01"), value + tolerance * Decimal("1.01")]
        for within in (tolerance, tolerance * Decimal("0.999999")):  # the second where an end does not count
            ends = [value - within, value + within]
            if (
                within
                and all(points(f"{x:f}") == got for x in ends)
                and all(points(f"{x:f}") < got for x in beyond)
            ):
                return within
    small = max(abs(value), Decimal(1)) * Decimal("0.000001")
    return Decimal(0) if all(points(f"{value + step:f}") < got for step in (small, -small)) else None


def slots_body(slots: Sequence[Slot], score: Score) -> list[Gap]:
    """Return what several slots ask, when each adds its own points to the others'."""
    if len(slots) > MAX_OPTIONS:
        raise Refusal("question.too_many_options", str(len(slots)))
    _check(score({}) <= 0)
    alone = [partial(_alone, score, slot) for slot in slots]
    keys = [_key(slot, points) for slot, points in zip(slots, alone, strict=True)]
    pairs = list(zip(slots, keys, strict=True))
    full = score(_responses(pairs))
    rests = [score(_responses(pairs[:number] + pairs[number + 1 :])) for number in range(len(pairs))]
    for points, key, rest in zip(alone, keys, rests, strict=True):
        if points(key) <= 0 < full - rest:
            raise Refusal("qti.all_or_nothing")
    gaps = [Gap(*_slot(slot, points)) for slot, points in zip(slots, alone, strict=True)]
    _check(_is_near(full, sum((gap.points for gap in gaps), Decimal(0))))
    for gap, rest in zip(gaps, rests, strict=True):
        _check(_is_near(rest, full - gap.points))
    _hold_apart(pairs, alone, score)
    return gaps


def _alone(score: Score, slot: Slot, answer: str) -> Decimal:
    return score(_responses([(slot, answer)]))


def _hold_apart(
    pairs: Sequence[tuple[Slot, str]], alone: Sequence[Callable[[str], Decimal]], score: Score
) -> None:
    """Hold typed slots to earning their points whatever stands in the others: the same answer twice, and others' answers."""
    typed = [number for number, (slot, _) in enumerate(pairs) if slot.options is None]
    for one, other in combinations(typed, 2):
        if pairs[one][0].is_number != pairs[other][0].is_number:
            continue
        for first, second in ((one, other), (one, one), (other, other)):
            both = [(pairs[one][0], pairs[second][1]), (pairs[other][0], pairs[first][1])]
            apart = alone[one](pairs[second][1]) + alone[other](pairs[first][1])
            _check(_is_near(score(_responses(both)), apart))


def _key(slot: Slot, points: Callable[[str], Decimal]) -> str:
    """Return the answer that earns most by itself, the item's own key where none earns anything."""
    answers = [name for name, _ in slot.options] if slot.options is not None else list(slot.forms)
    answers = list(map(without_stars, answers)) if slot.is_wild else answers
    if not answers:
        raise Refusal("question.no_right_answer")
    best = max(answers, key=points)
    return slot.key if slot.key in answers and points(best) <= 0 else best


def pairs_body(slots: Sequence[Slot], rows: Sequence[str], keys: Sequence[str], score: Score) -> Pairs:
    """Return rows and values: equal points for each right pair, or all or nothing.

    ``keys`` are the right values by row; each row's options are the same values.
    """
    values = slots[0].options or ()
    if not 2 <= len(values) <= MAX_OPTIONS or len(slots) > MAX_OPTIONS:
        raise Refusal("question.too_many_options" if len(values) > 1 else "question.too_few_options")
    names = [name for name, _ in values]
    right = list(zip(slots, keys, strict=True))
    full = _most([score(_responses(right))])
    _check(score({}) <= 0)
    partial = [score(_responses(right[:n] + right[n + 1 :])) for n in range(len(right))]
    wrong = [
        score(_responses([*right[:n], (slot, name), *right[n + 1 :]]))
        for n, slot in enumerate(slots)
        for name in names
        if name != keys[n]
    ]
    less_one = full - full / len(right)
    if len(right) > 1 and all(_is_near(got, less_one) for got in [*partial, *wrong]):
        scoring = "per_pair"
    elif len(right) > 1 and _is_less(full, partial, wrong, len(right)):
        scoring = "right_minus_wrong"
    else:
        _check(all(got <= 0 for got in [*partial, *wrong]))
        scoring = "all_or_nothing"
    pairs = tuple(names.index(key) for key in keys)
    return Pairs(tuple(rows), tuple(text for _, text in values), pairs, scoring)


def _is_less(full: Decimal, partial: Sequence[Decimal], wrong: Sequence[Decimal], count: int) -> bool:
    """Return whether a missing pair costs its points and a wrong one as much again."""
    one = full / count
    return all(_is_near(got, full - one) for got in partial) and all(
        _is_near(got, max(full - 2 * one, Decimal(0))) for got in wrong
    )


def table_body(
    slots: Sequence[Slot], rows: Sequence[str], keys: Sequence[Sequence[str]], score: Score
) -> Table:
    """Return rows that each may have several values: right cells less wrong ones, right rows, or all or nothing."""
    values = slots[0].options or ()
    names = [name for name, _ in values]
    if not 2 <= len(names) <= MAX_OPTIONS or len(slots) > MAX_OPTIONS:
        raise Refusal("question.too_many_options" if len(names) > 1 else "question.too_few_options")
    cells = [(slot, name) for slot, right in zip(slots, keys, strict=True) for name in right]
    wrong = [(slot, n) for slot, right in zip(slots, keys, strict=True) for n in names if n not in right]
    full = _most([score(_responses(cells))])
    _check(score({}) <= 0)
    rests = [cells[:n] + cells[n + 1 :] for n in range(len(cells))]
    less = [score(_responses(rest)) for rest in rests if rest]
    more = [score(_responses([*cells, cell])) for cell in wrong]
    twice = [  # two cells of one row are wrong
        score(_responses(changed))
        for slot, right in zip(slots, keys, strict=True)
        for two in pairwise(names)
        if (changed := [c for c in cells if c[0] is not slot] + _other(slot, names, right, two))
    ]

    def costs(each: Decimal, two: Decimal) -> bool:
        return all(_is_near(got, full - each) for got in [*less, *more]) and all(
            _is_near(got, max(full - two, Decimal(0))) for got in twice
        )

    by_cell, by_row = full / len(cells), full / len(slots)
    if len(cells) > 1 and costs(by_cell, 2 * by_cell):
        scoring = "per_cell"
    elif len(slots) > 1 and costs(by_row, by_row):
        scoring = "per_row"
    else:
        _check(all(got <= 0 for got in [*less, *more]))
        scoring = "all_or_nothing"
    texts = dict(values)
    right_texts = tuple(tuple(texts[name] for name in names if name in right) for right in keys)
    return Table(tuple(text for _, text in values), tuple(rows), right_texts, scoring)


def _other(
    slot: Slot, names: Sequence[str], right: Sequence[str], changed: Sequence[str]
) -> list[tuple[Slot, str]]:
    """Return the cells of a row that are chosen when some are as they should not be."""
    return [(slot, name) for name in names if (name in right) != (name in changed)]


def several_body(
    name: str, options: Sequence[tuple[str, str]], score: Score, *, limit: int | None, shuffle: bool
) -> Several:
    """Return options with shares that add up, or the one right set."""
    if not 2 <= len(options) <= MAX_OPTIONS:
        raise Refusal("question.too_few_options" if len(options) < 2 else "question.too_many_options")
    names = [option for option, _ in options]
    sets = [chosen for chosen in _subsets(names) if limit is None or len(chosen) <= limit]

    def points(chosen: Iterable[str]) -> Decimal:
        return score({name: list(chosen)})

    if len(names) > ALL_SUBSETS_TO:
        key = tuple(option for option in names if points((option,)) > 0) or _grown(names, points)
        sets += [
            key,
            *(tuple(o for o in key if o != out) for out in key),
            *((*key, o) for o in names if o not in key),
        ]
    earned = {chosen: points(chosen) for chosen in sets}
    best = max(earned, key=lambda chosen: (earned[chosen], -len(chosen)))
    most = _most([earned[best]])
    texts = dict(options)
    if all(got <= 0 or set(chosen) == set(best) for chosen, got in earned.items()):
        shares = {option: Decimal(int(option in best)) for option in names}
        scoring = "all_or_nothing"
    else:
        scoring = "weights"
        bases = (best, _uncapped(names, earned))
        found = (_shares(names, base, points, most) for base in bases)
        explained = (each for each in found if _explain(each, earned, most))
        shares = next(explained, {})
        _check(bool(shares))
    weighted = tuple(Option(texts[option], share(shares[option], Decimal(1))) for option in names)
    top = sorted((option.weight for option in weighted if option.weight > 0), reverse=True)[:limit]
    return Several(weighted, scoring, shuffle, limit, scoring == "weights" and sum(top) > _EDGE)


def _uncapped(names: Sequence[str], earned: Mapping[tuple[str, ...], Decimal]) -> tuple[str, ...]:
    """Return the largest set of options whose own points add up to what it earns: no bound cuts it off."""
    alone = {option: earned.get((option,), Decimal(0)) for option in names}
    whole = [
        chosen
        for chosen, got in earned.items()
        if all(alone[option] > 0 for option in chosen)
        and _is_near(sum((alone[option] for option in chosen), Decimal(0)), got)
    ]
    return max(whole, key=lambda chosen: (earned[chosen], len(chosen)), default=())


def _shares(
    names: Sequence[str], base: Sequence[str], points: Callable[[Iterable[str]], Decimal], most: Decimal
) -> dict[str, Decimal]:
    """Return what each option adds: by itself where it earns something, else to a set that earns much."""
    of_base = points(base)
    added = {
        o: own if (own := points((o,))) > 0 or o in base else points((*base, o)) - of_base for o in names
    }
    return {o: max(Decimal(-1), found / most) for o, found in added.items()}


def _explain(shares: Mapping[str, Decimal], earned: Mapping[tuple[str, ...], Decimal], most: Decimal) -> bool:
    """Tell whether shares that add up, between nothing and everything, are what every set earned."""
    for chosen, got in earned.items():
        expected = sum((shares[option] for option in chosen), Decimal(0))
        if not _is_near(min(max(expected, Decimal(0)), Decimal(1)), max(got / most, Decimal(0))):
            return False
    return True


def _subsets(names: Sequence[str]) -> list[tuple[str, ...]]:
    """Return all subsets of a few, the small ones of many."""
    top = len(names) if len(names) <= ALL_SUBSETS_TO else 2
    return [chosen for size in range(top + 1) for chosen in combinations(names, size)]


def _grown(names: Sequence[str], points: Callable[[Iterable[str]], Decimal]) -> tuple[str, ...]:
    """Return the whole set less what costs points: a guess at the key of many options."""
    key = tuple(names)
    for option in names:
        rest = tuple(other for other in key if other != option)
        if points(rest) > points(key):
            key = rest
    return key


def order_body(
    name: str, options: Sequence[tuple[str, str]], right: Sequence[str] | None, score: Score
) -> Order | Single:
    """Return things in their right order: all or nothing, or a point for each right place.

    Where single orders earn a share of their own, few things become a choice of one of their orders.
    """
    names = [option for option, _ in options]
    if len(names) < 2 or len(names) > MAX_OPTIONS:
        raise Refusal("question.too_few_options" if len(names) < 2 else "question.too_many_options")
    tried = [list(order) for order in permutations(names)] if len(names) <= ALL_ORDERS_TO else None
    if right is None or sorted(right) != sorted(names):
        if tried is None:
            raise Refusal("question.no_right_answer")
        right = max(tried, key=lambda order: score({name: order}))
    if tried is None:
        tried = [_swapped(right, n) for n in range(len(right) - 1)] + [list(right)[::-1]]
    most = _most([score({name: list(right)})])
    earned = [
        (sum(a == b for a, b in zip(order, right, strict=True)), score({name: order}) / most)
        for order in tried
    ]
    texts = dict(options)
    if all(got <= 0 or places == len(right) for places, got in earned):
        scoring = "all_or_nothing"
    elif all(_is_near(got, Decimal(places) / len(right)) for places, got in earned):
        scoring = "absolute_position"
    else:
        return _one_of_orders(name, texts, score)
    return Order(tuple(texts[option] for option in right), scoring)


def _one_of_orders(name: str, texts: Mapping[str, str], score: Score) -> Single:
    """Return all orders of few things as options, each with the share that it earns."""
    _check(len(texts) <= ORDERS_AS_OPTIONS_TO and len(set(texts.values())) == len(texts))
    _check(score({}) <= 0)
    orders = list(permutations(texts))
    earned = [score({name: order}) for order in orders]
    most = _most(earned)
    said = (" → ".join(texts[thing] for thing in order) for order in orders)
    return Single(tuple(Option(text, share(got, most)) for text, got in zip(said, earned, strict=True)))


def _swapped(order: Sequence[str], place: int) -> list[str]:
    changed = list(order)
    changed[place], changed[place + 1] = changed[place + 1], changed[place]
    return changed
