"""Let a learner try a small experiment: two controls, a drawing and a reading in words; and a table for those without it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from lms.core.markup import markdown
from lms.courses.blocks.base import ShownBlock, require_text, unknown_keys
from lms.courses.contracts import (
    AuthorField,
    BlockAccess,
    BlockContext,
    BlockSample,
    ContentProblem,
    FieldKind,
    Rendered,
)
from lms.courses.rules.simulations import SIMULATIONS, Simulation
from lms.courses.rules.texts import read_text

__all__ = ["SimulationBlock"]


class SimulationBlock(ShownBlock):
    """An experiment. Content: ``which`` (a name of `SIMULATIONS`), ``task`` (Markdown).

    Everything works with the arrow keys, readings are texts, and the same readings stand in a table, also on paper.
    """

    name = "simulation"
    version = "1"
    markdown_fields = ("task",)

    def label(self) -> str:
        """Return what this kind is called."""
        return str(_("Simulation"))

    def icon(self) -> str:
        """Return the icon."""
        return "physics"

    def fields(self) -> tuple[AuthorField, ...]:
        """Return which experiment it is, and what to find out."""
        names = (
            ("pendulum", _("A pendulum: length, angle, period")),
            ("ohm", _("Ohm’s law: voltage, resistance, current")),
        )
        task = _("What to try and what to find out, in Markdown.")
        return (
            AuthorField("which", _("Experiment"), FieldKind.CHOICE, options=names),
            AuthorField("task", _("Task"), FieldKind.TEXT, task, rows=6),
        )

    def validate(self, content: Mapping[str, Any]) -> list[ContentProblem]:
        """Ask for an experiment that there is, and for a task."""
        problems = require_text(content, "task", "course.task_missing")
        if not isinstance(content.get("which"), str) or content["which"] not in SIMULATIONS:
            problems.append(ContentProblem("which", "course.simulation_unknown"))
        return problems + unknown_keys(content, {"which", "task"})

    def links(self, content: Mapping[str, Any]) -> list[str]:
        """Return where the links of the task lead."""
        return [link.address for link in read_text(str(content.get("task", ""))).links]

    def access(self, content: Mapping[str, Any]) -> BlockAccess:
        """Be seen, or read: readings are texts."""
        return BlockAccess(frozenset({"visual", "textual"}), frozenset({"alternativeText", "describedMath"}))

    def render(self, content: Mapping[str, Any], context: BlockContext) -> Rendered:
        """Return the task, the controls and the table of readings."""
        found = SIMULATIONS[content["which"]]
        values = {
            "id": context.prefix,
            "task": markdown(content["task"], top_level=context.level),
            "which": found.name,
            "places": found.places,
            "controls": found.controls,
            "rows": _rows(found),
        }
        return Rendered("courses/blocks/simulation.html", values)

    def samples(self) -> list[BlockSample]:
        """Return experiments, good and bad."""
        task = "Во сколько раз дольше качается маятник, который вчетверо длиннее?"
        return [
            BlockSample({"which": "pendulum", "task": task}),
            BlockSample({"which": "ohm", "task": "Проверь закон Ома: $I = U / R$.", "explicit": True}),
            BlockSample({"which": "rocket", "task": task}, is_valid=False),
            BlockSample({"which": "ohm", "task": " "}, is_valid=False),
        ]


def _rows(found: Simulation) -> list[tuple[float, float, float]]:
    """Return the readings of the table, control by control."""
    first, second = found.controls
    return [(a, b, round(found.reading(a, b), found.places)) for a in first.shown for b in second.shown]
