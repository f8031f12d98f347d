"""Put what can be had before whoever chooses: own and outside courses, by what they can be told apart, and for whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask_babel import gettext, pgettext

from lms.core.ids import parse_id
from lms.core.web import current_actor, read_session, runtime
from lms.core.web.paging import Page, page_number
from lms.courses import queries
from lms.courses.access_rules import learners_of
from lms.courses.pages import words
from lms.courses.place_reading import courses_with_cohorts
from lms.courses.ports import COURSE_SHELVES, COURSE_WORTH, CourseShelf, ShelfRow, WorthLine
from lms.courses.rules.facets import Traits, Wanted, facets_of, matches, traits_of
from lms.courses.types import CourseCard, EnrolmentMode
from lms.curriculum.types import SUBJECT_WORDS
from lms.people.queries import person_cards

__all__ = [
    "Chooser",
    "Offer",
    "chooser",
    "counts_of",
    "facet_fields",
    "index_data",
    "offers",
    "shelf_named",
    "shelves",
    "worth_of",
]

#: So many outside courses stand in the catalogue at once; search and facets narrow them.
MOST_ROWS = 20
#: So many courses of the school stand on a page of the catalogue.
OWN_ROWS = 24


@dataclass(frozen=True, slots=True)
class Chooser:
    """For whom courses are looked at: the learner and their school, and who else the reader may choose for."""

    person_id: UUID
    org_id: UUID
    name: str
    others: tuple[tuple[UUID, str], ...]
    is_oneself: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """One course that can be had: its row in a list and what is known of it."""

    key: str
    row: dict[str, Any]
    traits: Traits


def chooser() -> Chooser | None:
    """Return for whom the reader looks: ``?person=`` among the children, else the first; None where no school has admitted."""
    session, actor = read_session(), current_actor()
    found = learners_of(session, actor, runtime().clock.now())
    if not found:
        return None
    asked = parse_id(request.args.get("person", ""))
    person_id, org_id = next((each for each in found if each[0] == asked), found[0])
    if [each for each, _org in found] == [actor.person_id]:
        return Chooser(person_id, org_id, actor.display_name, (), is_oneself=True)
    cards = person_cards(session, [each for each, _org in found])
    return Chooser(
        person_id,
        org_id,
        cards[person_id].short_name,
        tuple((each, cards[each].short_name) for each, _org in found if each != person_id),
        person_id == actor.person_id,
    )


def worth_of(person_id: UUID, cards: list[CourseCard]) -> dict[UUID, tuple[WorthLine, ...]]:
    """Return what courses would count for in somebody's plan."""
    found: dict[UUID, tuple[WorthLine, ...]] = {}
    for each in runtime().registries.of(COURSE_WORTH):
        for course_id, lines in each.lines(read_session(), person_id, cards).items():
            found[course_id] = (*found.get(course_id, ()), *lines)
    return found


def known(who: Chooser, cards: list[CourseCard]) -> list[tuple[CourseCard, Traits, str]]:
    """Return what is known of own courses by facet, and what each is to the plan."""
    session, today = read_session(), runtime().clock.now().date()
    worth = worth_of(who.person_id, cards)
    dated = courses_with_cohorts(session, [card.id for card in cards], today)
    said = [(card, counts_of(worth.get(card.id, ()))) for card in cards]
    return [
        (card, traits_of(card, counts=counts, is_dated=card.id in dated), counts) for card, counts in said
    ]


def offers(who: Chooser, cards: list[CourseCard]) -> list[Offer]:
    """Return own courses as they stand in the catalogue."""
    return [Offer(str(card.id), _row(card, counts), traits) for card, traits, counts in known(who, cards)]


def counts_of(lines: Sequence[WorthLine]) -> str:
    """Return what a course is to a plan: ``in_plan``, ``teaches`` what the plan asks for, or nothing."""
    return "" if not lines else "in_plan" if any(line.is_whole for line in lines) else "teaches"


def _row(card: CourseCard, counts: str) -> dict[str, Any]:
    how = {
        EnrolmentMode.OPEN: gettext("you can begin yourself"),
        EnrolmentMode.REQUEST: gettext("you ask for a place"),
        EnrolmentMode.ASSIGNED: gettext("your teacher enrols you"),
    }
    said = card.summary or how[card.mode]
    plan = {
        "in_plan": gettext("Stands in the plan."),
        "teaches": gettext("Teaches what the plan asks for."),
    }
    return {
        "title": card.title,
        "href": card.url,
        "detail": f"{said} {plan[counts]}" if counts else said,
        "subject": card.subject,
        "meta": words.minutes(card.est_minutes),
    }


def shelf_named(name: str) -> CourseShelf | None:
    """Return what an upper floor adds to the catalogue under a name, or None."""
    return next((shelf for shelf in runtime().registries.of(COURSE_SHELVES) if shelf.name == name), None)


def shelves(who: Chooser, text: str) -> list[tuple[CourseShelf, list[Offer]]]:
    """Return what upper floors add to the catalogue."""
    made = []
    for shelf in runtime().registries.of(COURSE_SHELVES):
        rows = shelf.rows(read_session(), who.person_id, who.org_id, text)
        made.append((shelf, [_outside(shelf.name, row) for row in rows]))
    return made


def _outside(shelf: str, row: ShelfRow) -> Offer:
    shown = {"title": row.title, "detail": row.detail, "href": row.href, "icon": "book"}
    subject = next(iter(row.traits.get("subject", ())), "")
    if subject:
        shown["subject"] = subject
    return Offer(f"{shelf}:{row.key}", shown, row.traits)


def facet_fields(rows: list[Traits]) -> list[dict[str, Any]]:
    """Return by what the courses can be told apart; what is the same for all of them is no choice."""
    names = {
        "subject": gettext("Subject"),
        "grade": pgettext("course", "Grade"),
        "length": gettext("Length"),
        "form": gettext("When one learns"),
        "adapted": gettext("Fit as a whole for"),
        "counts": gettext("What it is to the plan"),
        "paper": pgettext("course", "Certificate"),
        "way": gettext("How one gets in"),
        "language": gettext("Language"),
        "whose": gettext("Whose course"),
    }
    found = []
    for name, values in facets_of(rows).items():
        is_telling = any(len(traits.get(name, ())) < len(values) for traits in rows)
        if values and is_telling:
            options = [(value, words.facet(name, value)) for value in values]
            found.append({"name": name, "label": names[name], "options": options})
    return found


def index_data(mine: frozenset[UUID], text: str) -> dict[str, Any]:
    """Return what the catalogue shows to whoever chooses: rows, facets, shelves and for whom."""
    who, wanted = chooser(), Wanted.of(request.args)
    if who is None:
        return {"who": None, "offered": [], "facets": [], "shelves": [], "is_filtered": wanted != Wanted()}
    subjects = {key: str(word) for key, word in SUBJECT_WORDS.items()}
    cards = queries.catalogue(read_session(), [who.org_id], text, subjects=subjects)
    own = known(who, [card for card in cards if card.id not in mine])
    outside = shelves(who, text)
    every = [traits for _card, traits, _counts in own] + [o.traits for _shelf, rows in outside for o in rows]
    fit = [(card, counts) for card, traits, counts in own if matches(traits, wanted)]
    chosen = {name: value for name, value in asdict(wanted).items() if value}
    page = Page(fit, page_number(), OWN_ROWS, len(fit))
    first = (min(page.number, page.pages) - 1) * OWN_ROWS
    shown = [
        (shelf, [offer.row for offer in rows if matches(offer.traits, wanted)][:MOST_ROWS])
        for shelf, rows in outside
    ]
    return {
        "who": who,
        "offered": [_row(card, counts) for card, counts in fit[first : first + OWN_ROWS]],
        "pages": {
            "number": min(page.number, page.pages),
            "pages": page.pages,
            "url": url_for("courses.index", q=text or None, **_for(who), **chosen, page=""),
        },
        "facets": facet_fields(every),
        "is_filtered": wanted != Wanted(),
        "can_compare": len(every) > 1,
        "compare_href": url_for("courses.compare", q=text or None, **_for(who)),
        "shelves": [
            {"key": shelf.name, "title": shelf.title(), "lead": shelf.lead(), "rows": rows}
            for shelf, rows in shown
            if rows
        ],
    }


def _for(who: Chooser) -> dict[str, Any]:
    """Return what an address says of for whom it is, where that is not the reader."""
    return {} if who.is_oneself else {"person": who.person_id}
