"""Learn with cards that come back when they are about to be forgotten.

The learner turns a card over and says how well it was known; the FSRS scheduler says when to ask again. The state of all
cards travels in the details of the answer, so it is a fact like every other answer.
Source: Free Spaced Repetition Scheduler, version 6 (package ``fsrs``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from fsrs import Card, Rating, Scheduler

from lms.core.markup import markdown
from lms.courses.blocks.base import ShownBlock, has_texts, read_pairs, unknown_keys, write_pairs
from lms.courses.contracts import (
    SAMPLE_PREFIX,
    AuthorField,
    BlockContext,
    BlockOutcome,
    BlockSample,
    CompletionRule,
    ContentProblem,
    FieldKind,
    Rendered,
)

__all__ = ["FlashcardsBlock", "due_cards"]

MAX_CARDS = 40
RATINGS = {"again": Rating.Again, "hard": Rating.Hard, "good": Rating.Good, "easy": Rating.Easy}
SIX_PLACES = Decimal("0.000001")
#: Steps of minutes are for one sitting; here every repetition is another day. No chance: the same answer, the same day.
SCHEDULER = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)


class FlashcardsBlock(ShownBlock):
    """Cards to learn by heart. Content: ``cards`` [{front, back}]; completed once every card was known once."""

    name = "flashcards"
    version = "1"

    def label(self) -> str:
        """Return what this kind is called."""
        return str(_("Flashcards"))

    def icon(self) -> str:
        """Return the icon."""
        return "card"

    def fields(self) -> tuple[AuthorField, ...]:
        """Return the cards, line by line."""
        hint = _("One on each line: what is asked — the answer. Formulas between dollar signs work.")
        return (AuthorField("cards", _("Cards"), FieldKind.TEXT, hint, rows=10),)

    def author_form(self) -> tuple[AuthorField, ...]:
        """Return the cards only: what is answered needs no button of its own."""
        return self.fields()

    def form_from(self, content: Mapping[str, Any]) -> dict[str, str]:
        """Return the cards line by line."""
        return {"cards": write_pairs(content["cards"], "front", "back")}

    def content_from(self, form: Mapping[str, str], before: Mapping[str, Any]) -> dict[str, Any]:
        """Return the cards as rows."""
        return {"cards": read_pairs(form.get("cards", ""), "front", "back")}

    def validate(self, content: Mapping[str, Any]) -> list[ContentProblem]:
        """Ask for cards with two sides, each of which stands there once."""
        rows = content.get("cards")
        good = isinstance(rows, list) and 0 < len(rows) <= MAX_CARDS
        if not good or not all(has_texts(row, "front", "back") for row in rows or ()):
            return [ContentProblem("cards", "course.cards_bad"), *unknown_keys(content, {"cards"})]
        keys = [_key(row) for row in rows or ()]
        twice = [ContentProblem("cards", "course.cards_twice")] if len(keys) != len(set(keys)) else []
        return twice + unknown_keys(content, {"cards"})

    def completion(self, content: Mapping[str, Any]) -> CompletionRule:
        """Complete with what was known."""
        return CompletionRule.SCORE

    def pass_score(self, content: Mapping[str, Any]) -> Decimal:
        """Ask that every card was known once."""
        return Decimal(1)

    def render(self, content: Mapping[str, Any], context: BlockContext) -> Rendered:
        """Return the cards that are due (all of them when none is); after an answer, when each comes back."""
        states = _states(context)
        due = [row for row in content["cards"] if _due(states.get(_key(row)), context.now) <= context.now]
        draft = context.draft or {}
        shown = [
            {
                "name": f"{context.prefix}.{_key(row)}",
                "front": markdown(row["front"]),
                "back": markdown(row["back"]),
                "value": (draft.get(f"{context.prefix}.{_key(row)}") or [""])[-1],
            }
            for row in due or content["cards"]
        ]
        dates = sorted(_due(state, context.now) for state in states.values())
        values = {
            "cards": shown,
            "is_answered": context.last is not None,
            "is_readonly": context.is_readonly,
            "is_ahead": not due,
            "known": sum(state["known"] for state in states.values()),
            "total": len(content["cards"]),
            "next_at": dates[0] if dates else None,
            "errors": context.errors.get("cards", ()),
        }
        return Rendered("courses/blocks/flashcards.html", values)

    def respond(
        self, content: Mapping[str, Any], payload: Mapping[str, Sequence[str]], context: BlockContext
    ) -> BlockOutcome:
        """Schedule every card that was rated; the score is the share of cards that were known at least once."""
        states = {
            key: state
            for key, state in _states(context).items()
            if key in {_key(r) for r in content["cards"]}
        }
        rated = 0
        for row in content["cards"]:
            key = _key(row)
            rating = RATINGS.get((payload.get(f"{context.prefix}.{key}") or [""])[-1])
            if rating is not None:
                rated += 1
                states[key] = _reviewed(states.get(key), rating, context.now)
        if not rated:
            return BlockOutcome(errors={"cards": ["course.cards_unrated"]})
        known = sum(state["known"] for state in states.values())
        score = (Decimal(known) / len(content["cards"])).quantize(SIX_PLACES)
        return BlockOutcome(score, {"cards": states})

    def samples(self) -> list[BlockSample]:
        """Return cards, good and bad."""
        two = [{"front": "ein Haus", "back": "дом"}, {"front": "$2^5$", "back": "32"}]
        first, second = (f"{SAMPLE_PREFIX}.{_key(row)}" for row in two)
        return [
            BlockSample(
                {"cards": two},
                answers=(
                    ({first: ["good"], second: ["easy"]}, Decimal(1)),
                    ({first: ["hard"], second: ["again"]}, Decimal("0.5")),
                    ({first: ["again"]}, Decimal(0)),
                ),
            ),
            BlockSample({"cards": [*two, two[0]]}, is_valid=False),
            BlockSample({"cards": [{"front": "Без ответа", "back": ""}]}, is_valid=False),
            BlockSample({"cards": []}, is_valid=False),
        ]


def due_cards(content: Mapping[str, Any], states: Mapping[str, Mapping[str, Any]], at: datetime) -> int:
    """Return how many cards that were rated before want to be repeated by ``at``."""
    known = [states[_key(row)] for row in content["cards"] if _key(row) in states]
    return sum(_due(state, at) <= at for state in known)


def _key(row: Mapping[str, str]) -> str:
    """Return the key of a card: it stays the same in later versions as long as the card does."""
    return hashlib.sha256(f"{row['front']}\x1f{row['back']}".encode()).hexdigest()[:12]


def _states(context: BlockContext) -> dict[str, dict[str, Any]]:
    """Return the state of each card that was ever rated."""
    return {} if context.before is None else dict(context.before.details.get("cards", {}))


def _due(state: Mapping[str, Any] | None, now: datetime) -> datetime:
    return now if state is None else datetime.fromisoformat(state["due"])


def _reviewed(state: Mapping[str, Any] | None, rating: Rating, now: datetime) -> dict[str, Any]:
    """Return the state of a card after one more repetition."""
    card = Card(card_id=0, due=now)
    if state is not None:
        card = Card.from_json(state["fsrs"])
    after, _log = SCHEDULER.review_card(card, rating, now)
    known = rating is not Rating.Again or bool(state and state["known"])
    return {"fsrs": after.to_json(), "due": after.due.isoformat(), "known": known}
