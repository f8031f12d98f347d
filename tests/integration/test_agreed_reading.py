"""Pages are shown as a support plan agreed: where it was agreed, to whom, and written down once. One engine is enough."""

from __future__ import annotations

from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lms.core.runtime import Runtime
from lms.demo import courses as demo
from lms.demo.cast import DemoSchool, load_cast
from lms.people import service
from lms.people.queries import measure_uses
from lms.people.types import MeasureCode, MeasureValue
from tests.integration.test_course_pages import signed_in, steps


@pytest.fixture
def engine_url(sqlite_url: str) -> str:
    """Return SQLite: nothing here depends on the engine."""
    return sqlite_url


@pytest.fixture
def school(runtime: Runtime, prepared_cast: None) -> DemoSchool:
    made = load_cast(runtime)
    demo.build(runtime, made)
    return made


def _agree(runtime: Runtime, school: DemoSchool, *measures: MeasureValue) -> None:
    with runtime.unit_of_work(school.actor("orlova")) as uow:
        plan = service.create_support_plan(
            uow,
            person_id=school.id("sonya"),
            measures=list(measures),
            source_ref="№ 12",
            valid_from=uow.now().date(),
        )
    with runtime.unit_of_work(school.actor("anna")) as uow:
        assert service.approve_support_plan(uow, support_plan_id=plan.id).is_active


def _shown(client: FlaskClient, path: str) -> tuple[bool, bool]:
    """Tell whether a page comes in one plain column, and with the button that reads it aloud."""
    page = client.get(path).text
    return "/simple." in page, "data-aloud" in page and "/aloud." in page


def test_lessons_are_simplified_and_read_aloud_where_that_was_agreed_and_the_use_is_written_down(
    app: Flask, runtime: Runtime, school: DemoSchool
) -> None:
    physics = demo.course_id(runtime, school, demo.PHYSICS)
    lesson, *others = steps(runtime, physics).values()
    sonya, lev = signed_in(app, "sonya"), signed_in(app, "lev")
    assert _shown(sonya, lesson) == (False, True), "every lesson can be read aloud"
    _agree(
        runtime,
        school,
        MeasureValue(MeasureCode.READ_ALOUD, {}, ("lesson",)),
        MeasureValue(MeasureCode.SIMPLIFIED_LAYOUT, {}, ("all",)),
        MeasureValue(MeasureCode.EXTRA_TIME, {"minutes": 15}, ("exam",)),
    )
    assert _shown(sonya, lesson) == (True, True)
    assert _shown(sonya, "/home") == (True, False)  # reading aloud was agreed for lessons
    assert _shown(lev, "/home") == (False, False)
    for path in others[:2]:
        sonya.get(path, follow_redirects=True)
    uses = _uses(runtime, school.id("sonya"))
    assert uses == sorted(
        [(MeasureCode.READ_ALOUD, demo.PHYSICS), (MeasureCode.SIMPLIFIED_LAYOUT, demo.PHYSICS)]
    )


def _uses(runtime: Runtime, person_id: UUID) -> list[tuple[MeasureCode, str]]:
    with runtime.read() as session:
        return sorted((use.code, use.title) for use in measure_uses(session, person_id, 1).items)
