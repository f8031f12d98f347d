"""Say what comes to a desk and where from, so that an empty one puzzles nobody; each line leads where it begins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext, pgettext

from lms.core.actor import Actor
from lms.core.policy import Policy

__all__ = ["Inlet", "inlets"]


@dataclass(frozen=True, slots=True)
class Inlet:
    """One thing that comes to a desk: what, from where, and the page on which it begins."""

    title: str
    text: str
    url: str
    icon: str


#: Which roles a thing comes to, the action that its page asks for, its page, its icon, its words.
_Line = tuple[frozenset[str], str, str, str, Callable[[], tuple[str, str]]]

_HEADS = frozenset({"director", "deputy_head"})
_OFFICE = _HEADS | {"registrar"}
_TEACHERS = frozenset({"teacher", "home_teacher", "class_teacher"})

_LINES: tuple[_Line, ...] = (
    (
        _OFFICE,
        "people.list",
        "people.directory",
        "people",
        lambda: (
            gettext("People and classes"),
            gettext("A school begins here: register people or take in a table, then make classes."),
        ),
    ),
    (
        _HEADS,
        "curriculum.read",
        "curriculum.index",
        "book",
        lambda: (
            gettext("Curricula of the school"),
            gettext(
                "Individual plans are measured against them. A plan comes to you once the family has signed it."
            ),
        ),
    ),
    (
        _TEACHERS | _HEADS,
        "assessment.schedule",
        "sessions.index",
        "calendar",
        lambda: (
            gettext("Sessions of attestation"),
            gettext(
                "Schedule one for a class or for single students. Results to release and debts come from there."
            ),
        ),
    ),
    (
        _TEACHERS,
        "assessment.author",
        "banks.index",
        "edit",
        lambda: (
            pgettext("desk", "Questions"),
            gettext("Write them or take them over from another system, then put them into an exam plan."),
        ),
    ),
    (
        frozenset({"teacher", "home_teacher", "commission_member", "commission_chair"}),
        "assessment.mark",
        "marking.queue",
        "note",
        lambda: (
            gettext("Answers to mark"),
            gettext("They come when a student hands in a work that a machine cannot mark alone."),
        ),
    ),
    (
        frozenset({"commission_member", "commission_chair"}),
        "credit.queue",
        "credit_staff.commission",
        "scale",
        lambda: (
            gettext("Cases of credit"),
            gettext("They come when the office has checked a family’s documents and refers the case to you."),
        ),
    ),
    (
        frozenset({"registrar"}),
        "credit.office_queue",
        "credit_staff.office",
        "document",
        lambda: (
            gettext("Applications for credit"),
            gettext("They come from families who show a course passed elsewhere. You check the documents."),
        ),
    ),
    (
        frozenset({"registrar"}),
        "people.see_consents",
        "consents.index",
        "signature",
        lambda: (
            gettext("Consents of families"),
            gettext("You prepare and attach them; nothing that needs one works before."),
        ),
    ),
    (
        frozenset({"proctor", "registrar", "teacher", "home_teacher", "class_teacher", "tutor"}),
        "proctoring.decide_identity",
        "staff.queue",
        "person",
        lambda: (
            gettext("Checks of identity"),
            gettext(
                "They come before a supervised exam, when a student chooses to be recognised by a person."
            ),
        ),
    ),
    (
        frozenset({"reviewer"}),
        "proctoring.review",
        "review.queue",
        "eye",
        lambda: (
            gettext("Sittings to look at"),
            gettext(
                "They come after a supervised exam in which something stood out. People decide, never a machine."
            ),
        ),
    ),
)


def inlets(actor: Actor, policy: Policy) -> list[Inlet]:
    """Return what comes to the desk of this member of staff, in the order in which a school comes to life."""
    return [
        Inlet(*words(), url_for(endpoint), icon)
        for roles, action, endpoint, icon, words in _LINES
        if actor.has_role(*roles) and policy.allows_role(actor, action)
    ]
