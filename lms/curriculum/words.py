"""Put states, relations, changes and remarks into the reader's words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext, pgettext

from lms.core.web.dates import format_decimal
from lms.curriculum.rules.carry import CarryKind
from lms.curriculum.rules.trees import Change, ChangeKind
from lms.curriculum.types import EdgeState, FrameworkState, Relation

__all__ = [
    "carried_words",
    "carry_group",
    "change_words",
    "edge_state",
    "framework_state",
    "hours_words",
    "imported_words",
    "relation_sentences",
    "relation_words",
    "remark_words",
]


def hours_words(value: Decimal) -> str:
    """Return hours (or a weight) as the reader's language writes them, without empty decimal places."""
    return str(format_decimal(value.normalize() if value else value))


def framework_state(state: FrameworkState) -> dict[str, str]:
    """Return word, kind and icon of a version's state."""
    if state is FrameworkState.DRAFT:
        return {"kind": "", "text": pgettext("framework", "Draft"), "icon": "edit"}
    return {"kind": "ok", "text": pgettext("framework", "Published"), "icon": "ok"}


def edge_state(state: EdgeState) -> dict[str, str]:
    """Return word and kind of a comparison's state."""
    words = {
        EdgeState.PROPOSED: ("info", pgettext("comparison", "Proposed")),
        EdgeState.APPROVED: ("ok", pgettext("comparison", "Approved")),
        EdgeState.RETIRED: ("", pgettext("comparison", "Counts no longer")),
    }
    kind, text = words[state]
    return {"kind": kind, "text": text}


def relation_words() -> dict[Relation, str]:
    """Return each relation as a sentence's middle: the first outcome … the second."""
    return {
        Relation.EXACT: _("is the same as"),
        Relation.BROADER: _("is wider than"),
        Relation.NARROWER: _("is a part of"),
        Relation.RELATED: _("is related to"),
    }


def relation_sentences() -> dict[Relation, str]:
    """Return each relation as an answer to how two outcomes stand to each other."""
    return {
        Relation.EXACT: _("both mean the same"),
        Relation.BROADER: _("the first is wider than the second"),
        Relation.NARROWER: _("the first is a part of the second"),
        Relation.RELATED: _("they are related"),
    }


def change_words(change: Change) -> str:
    """Return one change between two versions as a sentence."""
    top = _("the top of the list")
    names = {"before": change.before or top, "after": change.after or top}
    match change.kind:
        case ChangeKind.ADDED:
            return str(_("New: “%(after)s”.", after=change.after))
        case ChangeKind.REMOVED:
            return str(_("Taken out: “%(before)s”.", before=change.before))
        case ChangeKind.REWORDED:
            return str(_("Worded anew: “%(before)s” became “%(after)s”.", **names))
        case ChangeKind.RECODED:
            return str(_("The code %(before)s became %(after)s.", **names))
        case ChangeKind.RELEVELLED:
            return str(_("The level %(before)s became %(after)s.", **names))
        case ChangeKind.MOVED:
            return str(_("Moved from “%(before)s” to “%(after)s”.", **names))
    return str(_("Put into another order: what stands under “%(after)s”.", **names))


def remark_words(code: str, about: str) -> str:
    """Return one remark about an imported file as a sentence."""
    texts: dict[str, Any] = {
        "bad_identifier": _("%(about)s: left out, its identifier is no UUID.", about=about),
        "identifier_twice": _("%(about)s: left out, its identifier was there already.", about=about),
        "no_statement": _("%(about)s: left out, it has no text that can be kept.", about=about),
        "code_given": _("%(about)s: the code is ours, the file had none or had it twice.", about=about),
        "circle": _("%(about)s: stands at the top, the file put it below itself or too deep.", about=about),
        "second_parent": _(
            "%(about)s: stays in its first place, the file names another one too.", about=about
        ),
        "unknown_node": _("%(about)s: the link is left out, its other end is not known here.", about=about),
        "association_unknown": _("A link of the kind “%(about)s” is left out.", about=about),
        "association_twice": _("%(about)s: compared already, left out.", about=about),
        "comparison_apart": _(
            "%(about)s: a comparison is left out. Take it in as a crosswalk when the version is published.",
            about=about,
        ),
    }
    return str(texts.get(code, about))


def imported_words(count: int) -> str:
    """Return how many comparisons a file brought."""
    return str(ngettext("%(num)d comparison is proposed.", "%(num)d comparisons are proposed.", count))


def carry_group(kind: CarryKind) -> dict[str, str]:
    """Return title and sentence of a group of comparisons of the version before."""
    match kind:
        case CarryKind.SAME:
            return {
                "title": _("Hold as they are"),
                "text": _("The outcome says the same at the same level: what was approved counts on."),
            }
        case CarryKind.CHANGED:
            return {
                "title": _("To look at"),
                "text": _(
                    "The outcome says something else now: these become proposals that a person decides on."
                ),
            }
    return {
        "title": _("Gone"),
        "text": _("The outcome is no longer there: nothing is taken over."),
    }


def carried_words(kept: int, to_look_at: int) -> str:
    """Return what became of the comparisons of the version before."""
    first = ngettext("%(num)d comparison counts on.", "%(num)d comparisons count on.", kept)
    second = ngettext("%(num)d waits for a look.", "%(num)d wait for a look.", to_look_at)
    return f"{first} {second}" if to_look_at else str(first)
