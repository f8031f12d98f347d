"""On every desk of the demonstration school something waits, made by those whose work it is."""

from __future__ import annotations

from lms.app import create_app
from lms.core.runtime import Runtime
from lms.demo.build import build_demo
from lms.home.sources.staff import staff_tasks

#: Who finds what on the own desk.
DESKS = {
    "kim": {"mark", "plans"},
    "lebedeva": {"plans"},
    "orlova": {"approve"},
    "gromova": {"approve"},
    "zimina": {"approve", "plans"},
    "mironova": {"credit", "identity"},
    "belova": {"credit"},
    "sokolov": {"credit"},
    "dyatlov": {"credit"},
    "gusev": {"identity"},
    "frolova": {"review"},
    "yudin": {"review"},
}


def test_something_waits_on_every_desk_of_the_demonstration(runtime: Runtime) -> None:
    school = build_demo(runtime)
    at = runtime.clock.now()
    with create_app(runtime=runtime).test_request_context(), runtime.read() as session:
        found = {
            login: set(staff_tasks(session, school.actor(login), at, runtime.registries)) for login in DESKS
        }
    short = {login: kinds - found[login] for login, kinds in DESKS.items() if kinds - found[login]}
    assert short == {}
