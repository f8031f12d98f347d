"""Play the answers that nobody named: what was read off an item's rules must mark them as the rules do.

Texts are tried as they stand, in other letters, in pieces and within longer ones; numbers at every place where the rules may
change their mind, between two of them and beyond all. Where the rules say otherwise, the item is refused: a question that would
be marked otherwise here than there is never taken over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import pairwise, permutations

from lms.assessment.formats.values import NumberAnswer, Refusal, Typed
from lms.assessment.rules.texts import fold_text, matches_wildcard

__all__ = ["Earned", "accepted_texts", "hold_numbers", "hold_texts", "pad_for"]

#: The share of an answer's points that the rules give, from 0 to 1.
Earned = Callable[[str], Decimal]

_NEAR = Decimal("0.0001")
#: The end of a range that does not count lies so little outside.
_END = Decimal("1.00001")
#: Letters that stand in no answer; one that does is passed over.
_PADS = ("qzx", "жъщ", "wkv", "ыфй")
#: So many texts are tried side by side.
_PAIRED = 12


def pad_for(forms: Iterable[str]) -> str:
    """Return letters that none of the texts holds."""
    whole = "\n".join(forms).casefold()
    return next((pad for pad in _PADS if pad not in whole), "".join(_PADS))


def accepted_texts(forms: Iterable[str], earned: Earned) -> tuple[tuple[tuple[str, Decimal], ...], bool]:
    """Return the texts that earn something with their shares, and whether ``*`` in them stands for any letters.

    A text that earns its points within any other becomes ``*text*``. Raises Refusal ``qti.open_answer`` where a text that nobody
    named earns points.
    """
    known = list(dict.fromkeys(forms))
    pad = pad_for(known)
    if earned(pad) > 0:
        raise Refusal("qti.open_answer")
    exact, within = [], list[tuple[str, Decimal]]()
    for form in sorted(known, key=len):
        alone, around = earned(form), earned(f"{pad}{form}{pad}")
        is_said = any(share >= around and _holds(form, other) for other, share in within)
        if around > 0 and not is_said:
            within.append((form, around))
        if alone > max(around, Decimal(0)):
            exact.append((form, alone))
    exact.sort(key=lambda row: known.index(row[0]))
    if not within:
        return tuple(exact), False
    starred = [(form.replace("*", "\\*"), share) for form, share in exact]
    return (*starred, *((f"*{form.replace('*', chr(92) + '*')}*", share) for form, share in within)), True


def _holds(form: str, other: str) -> bool:
    return other.casefold() in form.casefold()


def hold_texts(body: Typed, forms: Sequence[str], earned: Earned) -> None:
    """Hold accepted texts to what the rules say of other texts; raise Refusal ``qti.scoring`` where they differ.

    What `fold_text` forgives (ё for е, kinds of dashes, a full stop behind the answer) is forgiven on purpose.
    """

    def folded(text: str) -> str:
        return fold_text(text, is_case_sensitive=body.is_case_sensitive)

    accepted = [
        (folded(text if body.uses_wildcards else text.replace("*", "\\*")), share)
        for text, share in body.accepted
    ]
    exact = {text.replace("\\*", "*") for text, _ in accepted if "*" not in text.replace("\\*", "")}
    for text in dict.fromkeys(_texts(forms)):
        typed = folded(text)
        if not typed or (typed in exact and text not in forms):
            continue
        share = max((s for form, s in accepted if matches_wildcard(typed, form)), default=Decimal(0))
        if abs(share - max(earned(text), Decimal(0))) > _NEAR and typed not in exact:
            raise Refusal("qti.scoring")


def _texts(forms: Sequence[str]) -> Iterator[str]:
    pad = pad_for(forms)
    yield from (pad, f"{pad} {pad}")
    for form in forms:
        for text in (form, form.swapcase()):
            yield from (text, pad + text, text + pad, pad + text + pad, f"{pad} {text} {pad}")
            yield from (text[:-1], text[1:], text[:1], text[1:-1], text[: len(text) // 2], text + text)
            yield text.replace(" ", "")
    for one, other in permutations(forms[:_PAIRED], 2):
        yield from (f"{one} {other}", f"{one}{other}")


def hold_numbers(answers: Sequence[NumberAnswer], edges: Iterable[Decimal], earned: Earned) -> bool:
    """Hold accepted numbers to what the rules say at, between and beyond ``edges``; raise Refusal ``qti.scoring``.

    Return whether one end of a range counts there and the other does not, which cannot be said here.
    """
    has_odd_end = False
    for number in _numbers(edges):
        share = max((a.fraction for a in answers if abs(number - a.value) <= a.tolerance), default=Decimal(0))
        if abs(share - max(earned(f"{number:f}"), Decimal(0))) > _NEAR:
            if not any(a.tolerance < abs(number - a.value) <= a.tolerance * _END for a in answers):
                raise Refusal("qti.scoring")
            has_odd_end = True
    return has_odd_end


def _numbers(edges: Iterable[Decimal]) -> list[Decimal]:
    known = sorted({*edges, Decimal(0)})
    between = [(low + high) / 2 for low, high in pairwise(known)]
    beyond = max(abs(known[0]), abs(known[-1]), Decimal(1)) * 1000
    return [*known, *between, *(-number for number in known), known[0] - 1, known[-1] + 1, -beyond, beyond]
