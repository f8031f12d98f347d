"""Build the demonstration: the cast first, then every feature's content through its services."""

from __future__ import annotations

from importlib import import_module

from lms.core import outbox
from lms.core.runtime import Runtime
from lms.demo import classmates, portfolio, waiting
from lms.demo.cast import DemoSchool, find_school, load_cast
from lms.demo.classmates import earlier

__all__ = ["build_demo"]

#: Lowest floor first; each module has ``build(runtime, school)``.
PARTS = ("working_days", "curriculum", "courses", "exams", "plans", "credit", "proctoring")
#: The cast is there from the first day of the school year.
YEAR = 365
#: The parts in which Sonya has a past; their ``build`` takes ``lived``.
WITH_PAST = frozenset({"courses", "plans", "proctoring"})


def build_demo(runtime: Runtime, *, lived: bool = True) -> DemoSchool:
    """Build everything once; a second call finds the finished school and changes nothing.

    Without ``lived`` nothing has happened to Sonya yet: no measures, no plan, no course, no consent. Her story begins there.
    With it, something waits on every desk.
    """
    school = find_school(runtime)
    if school is not None:
        return school
    with earlier(runtime, YEAR) as past:
        school = DemoSchool(load_cast(past).ids, runtime)
    for name in PARTS:
        chosen = {"lived": lived} if name in WITH_PAST else {}
        import_module(f"lms.demo.{name}").build(runtime, school, **chosen)
        outbox.drain(runtime)
    if lived:
        portfolio.build(runtime, school)
        waiting.build(runtime, school)
        classmates.build(runtime, school)
    return school
