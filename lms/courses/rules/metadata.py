"""Say what a course asks of its learners' senses and whose its parts are, in the vocabulary of schema.org.

Source: schema.org accessMode, accessModeSufficient, accessibilityFeature, accessibilityHazard, as the approved values of the
Accessibility Discoverability Vocabulary name them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from lms.core.ids import parse_id
from lms.courses.types import AGE_MARKS, Approval, BlockMeta, Hazard, Licence

__all__ = ["CourseAccess", "course_access", "read_meta", "write_meta"]

#: What a hazard is called when a course has none of it.
NO_HAZARD: Mapping[Hazard, str] = {
    Hazard.FLASHING: "noFlashingHazard",
    Hazard.MOTION: "noMotionSimulationHazard",
    Hazard.SOUND: "noSoundHazard",
}


@dataclass(frozen=True, slots=True)
class CourseAccess:
    """What a course asks and gives: modes, features and hazards of schema.org, whether all of it can be read as text.

    ``authors`` and ``licences`` are those named at its parts, ``age`` is the highest mark, ``approvals`` are the places of its
    parts in the federal list of approved resources.
    """

    modes: tuple[str, ...]
    features: tuple[str, ...]
    hazards: tuple[str, ...]
    is_textual: bool
    age: int
    authors: tuple[str, ...]
    licences: tuple[Licence, ...]
    approvals: tuple[Approval, ...] = ()


def write_meta(meta: BlockMeta, *, names_people: bool = True) -> dict[str, Any]:
    """Return what is said of a block as it is stored; a file that goes elsewhere names nobody's id."""
    told = {}
    if meta.approval is not None:
        told = {"reference": meta.approval.reference, "on": meta.approval.on.isoformat()}
        if names_people and meta.approval.by is not None:
            told["by"] = str(meta.approval.by)
    return {
        **({"approval": told} if told else {}),
        "licence": meta.licence.value,
        "author": meta.author,
        "age": meta.age,
        "hazards": [each.value for each in meta.hazards],
    }


def read_meta(row: Mapping[str, Any]) -> BlockMeta:
    """Return what is said of a block; what is not known of it is as if nothing were said."""
    licence, author, age, hazards = (row.get(name) for name in ("licence", "author", "age", "hazards"))
    named = hazards if isinstance(hazards, list) else []
    return BlockMeta(
        Licence(licence) if isinstance(licence, str) and licence in set(Licence) else Licence.OWN,
        author[:200] if isinstance(author, str) else "",
        age if isinstance(age, int) and age in AGE_MARKS else 0,
        tuple(each for each in Hazard if each.value in named),
        _approval(row.get("approval")),
    )


def _approval(said: Any) -> Approval | None:
    if not isinstance(said, Mapping):
        return None
    reference, on, by = said.get("reference"), said.get("on"), said.get("by")
    if not isinstance(reference, str) or not reference.strip() or not isinstance(on, str):
        return None
    try:
        day = date.fromisoformat(on)
    except ValueError:
        return None
    return Approval(reference.strip()[:200], day, parse_id(by) if isinstance(by, str) else None)


def course_access(blocks: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> CourseAccess:
    """Return what a course asks and gives, from (accessibility, meta) of its blocks as they are stored."""
    said = [read_meta(meta) for _access, meta in blocks]
    present = {hazard for meta in said for hazard in meta.hazards}
    return CourseAccess(
        modes=_all(blocks, "modes"),
        features=_all(blocks, "features"),
        hazards=tuple(each.value if each in present else NO_HAZARD[each] for each in Hazard),
        is_textual=all("textual" in access.get("modes", ()) for access, _meta in blocks),
        age=max((meta.age for meta in said), default=0),
        authors=tuple(dict.fromkeys(meta.author for meta in said if meta.author)),
        licences=tuple(each for each in Licence if any(meta.licence is each for meta in said)),
        approvals=tuple(
            dict.fromkeys(replace(meta.approval, by=None) for meta in said if meta.approval is not None)
        ),
    )


def _all(blocks: Collection[tuple[Mapping[str, Any], Mapping[str, Any]]], name: str) -> tuple[str, ...]:
    return tuple(sorted({value for access, _meta in blocks for value in access.get(name, ())}))
