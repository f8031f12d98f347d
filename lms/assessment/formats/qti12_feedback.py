"""Read what a QTI 1.2 item says after its check, where its conditions say it by option, or by right and wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lms.assessment.formats.values import Remarks
from lms.core.xmltree import Node

__all__ = ["Feedback", "feedback_of"]


@dataclass(slots=True)
class Feedback:
    """What is said: to everybody, to right and wrong answers, to who chose an option; ``is_whole`` unless some of it has no place."""

    everybody: str = ""
    right: str = ""
    wrong: str = ""
    by_option: dict[str, str] = field(default_factory=dict)
    is_whole: bool = True

    def remarks(self, *, has_partial: bool) -> Remarks:
        """Return what is said to right and wrong answers; a partly right one is told what a wrong one is."""
        return Remarks(self.right, self.wrong if has_partial else "", self.wrong)


def feedback_of(item: Node, texts: Mapping[str, str]) -> Feedback:
    """Return what the conditions of an item say; ``texts`` are what it can say, by ident.

    A condition that gives points speaks to a right answer; one that always holds speaks to everybody, or to wrong answers where
    the right one has ended the rules before it; one that names a value speaks to who chose it.
    """
    found = Feedback()
    has_ended = False
    for condition in (
        each for rules in item.children("resprocessing") for each in rules.children("respcondition")
    ):
        says = " ".join(
            text
            for link in condition.children("displayfeedback")
            if (text := texts.get(link.attrs.get("linkrefid", "")))
        )
        gives = next(condition.children("setvar"), None) is not None
        test = condition.first("conditionvar")
        parts = [] if test is None else list(test.children())
        tags = [part.tag for part in parts]
        if says and gives:
            found.is_whole = found.is_whole and not found.right
            found.right = says
        elif says and tags == ["other"]:
            found.everybody, found.wrong = (found.everybody, says) if has_ended else (says, found.wrong)
        elif says and tags == ["varequal"]:
            found.by_option[parts[0].text()] = says
        elif says:
            found.is_whole = False
        has_ended = has_ended or (gives and condition.attrs.get("continue", "No").casefold() != "yes")
    return found
