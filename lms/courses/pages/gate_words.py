"""Say gates in the reader's language: what opens a section, why it is closed, for whom it is meant, what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from flask_babel import format_date, format_decimal, gettext, pgettext

from lms.core.web import read_session
from lms.courses import queries
from lms.courses.queries import OutlineView
from lms.courses.rules.gates import Reader, conditions_of
from lms.courses.types import GateCondition, GateJoin, GateKind, GateTerm
from lms.people.types import MeasureCode

__all__ = ["GateNames", "gate_reason", "measure_names", "names_in", "reader_words"]


@dataclass(frozen=True, slots=True)
class GateNames:
    """What the names in a gate stand for: titles of sections by key, labels of classes by id."""

    sections: Mapping[str, str]
    groups: Mapping[str, str] = field(default_factory=dict)


def names_in(view: OutlineView, org_id: UUID) -> GateNames:
    """Return what the names in the closed gates of an outline stand for."""
    asked = [each.kind for section in view.sections for each in conditions_of(section.waits_for)]
    groups = queries.known_groups(read_session(), org_id) if GateKind.GROUP in asked else {}
    return GateNames(view.titles, groups)


def measure_names() -> dict[str, str]:
    """Return the measures of support plans that gates ask about, in words."""
    return {
        MeasureCode.ALTERNATIVE_FORMAT.value: pgettext("gate measure", "tasks in another form"),
        MeasureCode.READ_ALOUD.value: pgettext("gate measure", "reading aloud"),
        MeasureCode.LARGE_TYPE.value: pgettext("gate measure", "large type"),
        MeasureCode.SIMPLIFIED_LAYOUT.value: pgettext("gate measure", "plain pages"),
        MeasureCode.READER.value: pgettext("gate measure", "a reader"),
        MeasureCode.ASSISTANT.value: pgettext("gate measure", "an assistant"),
        MeasureCode.NO_CAMERA.value: pgettext("gate measure", "work without a camera"),
    }


def gate_reason(names: GateNames, terms: Iterable[GateTerm]) -> str:
    """Say what opens a section: one sentence for all its terms."""
    clauses = [_clause(names, term) for term in terms]
    if not clauses:
        return ""
    if len(clauses) == 1:
        return str(gettext("Opens when %(what)s.", what=clauses[0]))
    return str(gettext("Opens when all of this holds: %(what)s.", what="; ".join(clauses)))


def _clause(names: GateNames, term: GateTerm, *, inside: bool = False) -> str:
    if isinstance(term, GateCondition):
        return _condition(names, term)
    if term.join is GateJoin.NOT and len(term.parts) == 1 and isinstance(term.parts[0], GateCondition):
        return _denied(names, term.parts[0])
    word = pgettext("gate", "and") if term.join is GateJoin.ALL else pgettext("gate", "or")
    said = f" {word} ".join(_clause(names, part, inside=True) for part in term.parts)
    if term.join is GateJoin.NOT:
        return str(pgettext("gate", "it is not so that %(what)s", what=said))
    return f"({said})" if inside and len(term.parts) > 1 else said


def _condition(names: GateNames, condition: GateCondition) -> str:
    match condition.kind:
        case GateKind.SINCE:
            day = format_date(condition.day, "d MMMM y") if condition.day else "—"
            return str(pgettext("gate", "%(day)s has come", day=day))
        case GateKind.GROUP:
            return str(pgettext("gate", "the student is in class %(label)s", label=_label(names, condition)))
        case GateKind.MEASURE:
            return str(pgettext("gate", "the support plan has: %(measure)s", measure=_measure(condition)))
        case GateKind.SCORE if condition.at_least is not None:
            said = pgettext(
                "gate",
                "you have at least %(share)s out of 100 in the questions of “%(title)s”",
                share=format_decimal(condition.at_least * 100, "#,##0"),
                title=names.sections.get(condition.section, condition.section),
            )
            return str(said)
    title = names.sections.get(condition.section, condition.section)
    return str(pgettext("gate", "you have gone through “%(title)s”", title=title))


def _denied(names: GateNames, condition: GateCondition) -> str:
    if condition.kind is GateKind.GROUP:
        return str(pgettext("gate", "the student is not in class %(label)s", label=_label(names, condition)))
    if condition.kind is GateKind.MEASURE:
        return str(pgettext("gate", "the support plan has no: %(measure)s", measure=_measure(condition)))
    return str(pgettext("gate", "it is not so that %(what)s", what=_condition(names, condition)))


def _label(names: GateNames, condition: GateCondition) -> str:
    return names.groups.get(condition.name, "?")


def _measure(condition: GateCondition) -> str:
    return measure_names().get(condition.name, condition.name)


def reader_words(names: GateNames, reader: Reader) -> str:
    """Say which learner is meant: "of class 8A, with reading aloud in the support plan"."""
    said = [
        pgettext("gate reader", "of class %(label)s", label=names.groups.get(group, "?"))
        for group in sorted(reader.groups)
    ] or [pgettext("gate reader", "of none of the classes named in gates")]
    known = measure_names()
    measures = ", ".join(known.get(code, code) for code in sorted(reader.measures))
    if measures:
        said.append(pgettext("gate reader", "with this in the support plan: %(measures)s", measures=measures))
    return ", ".join(said)
