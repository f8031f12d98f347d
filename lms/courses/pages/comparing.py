"""Set two to four courses side by side, own and outside ones: what each asks, gives and counts for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, request
from flask_babel import gettext, pgettext

from lms.core.ids import parse_id
from lms.core.web import access, read_session, runtime
from lms.courses import queries
from lms.courses.pages import words
from lms.courses.pages.catalogue import blueprint
from lms.courses.pages.choosing import (
    Chooser,
    Offer,
    chooser,
    counts_of,
    offers,
    shelf_named,
    shelves,
    worth_of,
)
from lms.courses.place_reading import courses_with_cohorts
from lms.courses.ports import ShelfCourse
from lms.courses.rules.facets import traits_of
from lms.courses.types import CourseCard
from lms.curriculum.queries import outcome_views
from lms.curriculum.types import SUBJECT_WORDS
from lms.people.queries import organisation_names

__all__ = ["compare"]

LEAST, MOST = 2, 4


@dataclass(frozen=True, slots=True)
class Side:
    """One course of a comparison."""

    key: str
    course: ShelfCourse


@blueprint.get("/compare")
@access("courses.browse")
def compare() -> str:
    """Choose courses and see them side by side."""
    who, text = chooser(), request.args.get("q", "").strip()[:100]
    keys = list(dict.fromkeys(request.args.getlist("c")))[: MOST + 1]
    every = [] if who is None else _every(who, text)
    sides = [] if who is None else [side for key in keys[:MOST] if (side := _side(who, key)) is not None]
    known = {offer.key for offer in every}
    options = [(offer.key, offer.row["title"]) for offer in every]
    options += [(side.key, side.course.title) for side in sides if side.key not in known]
    return render_template(
        "courses/compare.html",
        who=who,
        q=text,
        options=sorted(options, key=lambda option: option[1].casefold()),
        chosen=[side.key for side in sides],
        sides=[side.course for side in sides] if len(sides) >= LEAST else [],
        rows=_rows([side.course for side in sides]) if len(sides) >= LEAST else [],
        is_too_few=bool(keys) and len(sides) < LEAST,
        is_too_many=len(keys) > MOST,
        most=MOST,
    )


def _every(who: Chooser, text: str) -> list[Offer]:
    subjects = {key: str(word) for key, word in SUBJECT_WORDS.items()}
    cards = queries.catalogue(read_session(), [who.org_id], text, subjects=subjects)
    return offers(who, cards) + [offer for _shelf, rows in shelves(who, text) for offer in rows]


def _side(who: Chooser, key: str) -> Side | None:
    """Return a course by its key if the learner's school offers it."""
    shelf_name, _colon, inner = key.rpartition(":")
    if shelf_name:
        shelf = shelf_named(shelf_name)
        found = shelf.course(read_session(), who.person_id, who.org_id, inner) if shelf else None
        return None if found is None else Side(key, found)
    course_id = parse_id(key)
    card = queries.course_cards(read_session(), [course_id]).get(course_id) if course_id else None
    if card is None or card.org_id != who.org_id or card.version_id is None or card.is_archived:
        return None
    return Side(key, _own(who, card))


def _own(who: Chooser, card: CourseCard) -> ShelfCourse:
    session = read_session()
    lines = worth_of(who.person_id, [card]).get(card.id, ())
    is_dated = bool(courses_with_cohorts(session, [card.id], runtime().clock.now().date()))
    return ShelfCourse(
        title=card.title,
        href=card.url,
        provider=organisation_names(session, [card.org_id])[card.org_id],
        traits=traits_of(card, counts=counts_of(lines), is_dated=is_dated),
        hours=words.minutes(card.est_minutes),
        summary=card.summary,
        parts=card.parts,
        outcomes=tuple(one.statement for one in outcome_views(session, card.outcomes).values()),
        worth=tuple(lines),
    )


def _rows(sides: list[ShelfCourse]) -> list[dict[str, Any]]:
    """Return the lines of the table: what is asked, and the answer of each course as a text or a list."""
    told: list[tuple[str, Callable[[ShelfCourse], str | Sequence[str]]]] = [
        (gettext("Whose course"), lambda one: one.provider),
        (gettext("Subject"), lambda one: _said("subject", one)),
        (pgettext("course", "Grade"), lambda one: _said("grade", one)),
        (gettext("Length"), lambda one: one.hours),
        (gettext("When one learns"), lambda one: _said("form", one)),
        (gettext("How one gets in"), lambda one: _said("way", one)),
        (gettext("Language"), lambda one: _said("language", one)),
        (gettext("What is in it"), lambda one: one.parts),
        (gettext("What one will be able to do"), lambda one: one.outcomes),
        (gettext("Fit as a whole for"), _fit_for),
        (pgettext("course", "Certificate"), lambda one: _said("paper", one)),
    ]  # fmt: skip
    return [{"title": title, "cells": [of(one) for one in sides]} for title, of in told]


def _fit_for(one: ShelfCourse) -> list[str]:
    """Return in words for whom a course is fit as a whole."""
    return [words.facet("adapted", each) for each in one.traits.get("adapted", ())]


def _said(name: str, one: ShelfCourse) -> str:
    """Return the values of a facet in words; nothing is known where nothing is said."""
    said = [words.facet(name, value) for value in one.traits.get(name, ())]
    return ", ".join(said) or str(pgettext("course", "not said"))
