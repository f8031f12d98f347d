"""«Зачтут ли?» before enrolling says what the report would say, and leaves no trace."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from lms.core.errors import NotFound
from lms.curriculum import queries as curriculum_queries
from lms.curriculum import service as curriculum
from lms.plans import queries, service
from lms.plans.contracts import TRANSFER_RULES
from lms.plans.credit_models import CreditCase, ExternalCourse, MatchReport
from lms.plans.plan_models import PlanItem
from lms.plans.queries import plan_view
from lms.plans.queries.what_if import outside_courses, what_if
from lms.plans.rules.ways import Way, WayKind, cheapest
from lms.plans.types import CreditObstacle
from tests.fixtures.credit_world import World

WAYS = st.builds(
    Way, st.sampled_from(WayKind), st.integers(0, 50).map(Decimal), st.integers(1, 5), st.text(max_size=3)
)


@given(st.lists(WAYS, max_size=8), st.randoms())
def test_the_cheapest_way_has_the_fewest_hours_then_steps_in_any_order(
    ways: list[Way], random: object
) -> None:
    best = cheapest(ways)
    assert (best is None) == (not ways)
    shuffled = list(ways)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert cheapest(shuffled) == best
    assert all((best.hours, best.steps) <= (way.hours, way.steps) for way in ways if best is not None)


def test_a_family_sees_the_report_before_enrolling_and_nothing_is_kept(
    world: World, sign_in: Callable[[str], FlaskClient]
) -> None:
    with world.runtime.read() as session:
        item = queries.items_to_credit(session, world.school.id("sonya"))[0]
        (course, *_others) = outside_courses(session, item.org_id, "python")
        sources = list(world.runtime.registries.of(TRANSFER_RULES))
        today = world.runtime.clock.now().date()
        found = what_if(session, item, course.id, today, sources, {})
        assert found.way == Way(WayKind.ATTESTATION, Decimal(0), 2)
        ready = {row.outcome_id: 1 for row in found.rows}
        checked = what_if(session, item, course.id, today, sources, ready)
        assert checked.way == Way(WayKind.CHECK, Decimal(0), 1)
        session.get_one(ExternalCourse, course.id).is_listed = False
        with pytest.raises(NotFound, match="no_course"):
            what_if(session, item, course.id, today, sources, {})
    parent = sign_in("anna")
    chosen = {"person": world.school.id("sonya"), "item": f"{item.plan_id}:{item.stable_key}"}
    page = parent.get("/credit/what-if", query_string={**chosen, "course": course.id}).text
    assert "Правило школы № 14" in page
    assert "никого не обязывает" in page
    assert "аттестацией у учителя" in page
    assert "Зачтут ли" in parent.get("/credit").text
    assert re.search(
        r'href="/credit/what-if[^"]*course=', parent.get("/credit/what-if", query_string=chosen).text
    )
    onward = re.search(
        r'href="(/credit/start[^"]*course=[^"]+)"',
        parent.get("/credit/what-if", query_string={**chosen, "course": course.id}).text,
    )
    assert onward and str(course.id) in parent.get(html.unescape(onward.group(1))).text
    with world.runtime.read() as session:
        kept = [session.scalar(sa.select(sa.func.count()).select_from(t)) for t in (CreditCase, MatchReport)]
    assert kept == [0, 0]
    begun = parent.post("/credit/start", data={**chosen, "course": course.id}).headers["Location"]
    assert course.title in parent.get(begun).text, "the application begins with that course"
    case_id = world.applied()
    with world.runtime.read() as session:
        preview = queries.preview_of(session, case_id, today, sources)
    assert [(row.verdict, row.hours) for row in preview] == [(row.verdict, row.hours) for row in found.rows]


def test_the_question_is_asked_from_the_item_the_catalogue_and_each_gap_of_a_case(
    world: World, sign_in: Callable[[str], FlaskClient]
) -> None:
    person = world.school.id("sonya")
    with world.runtime.read() as session:
        item = queries.items_to_credit(session, person)[0]
        course = outside_courses(session, item.org_id, "python")[0]
    chosen = f"item={item.plan_id}:{item.stable_key}"
    for login in ("sonya", "anna"):
        page = sign_in(login).get(f"/plans/{item.plan_id}").text
        assert chosen in page.replace("%3A", ":"), login
    assert "/credit/what-if" not in sign_in("kim").get(f"/plans/{item.plan_id}").text
    student = sign_in("sonya")
    assert f"course={course.id}" in student.get("/courses?q=python").text
    assert f"course={course.id}" not in student.get("/courses?q=zzz").text
    asked = {"person": person, "course": course.id}
    page = student.get("/credit/what-if", query_string=asked).text
    assert "Правило школы № 14" in page, "one item: it is answered at once"
    case_id = world.referred()
    gaps = [row for row in world.case(case_id).outcomes if row.verdict != "covered"]
    assert gaps
    for login, address in (("anna", f"/credit/{case_id}"), ("mironova", f"/credit/office/{case_id}")):
        page = sign_in(login).get(address).text
        said = page[page.index("Как дешевле всего закрыть каждый пробел") :]
        assert all(f"<b>{row.title}.</b> Аттестация у учителя" in said for row in gaps), login


def test_a_plan_without_outcomes_says_so_and_its_next_version_takes_the_new_ones(world: World) -> None:
    student, org = world.school.id("sonya"), world.school.id("school-14")
    with world.runtime.read() as session:
        (item,) = queries.items_to_credit(session, student)
        (old,) = curriculum_queries.curricula_for(session, org)
        session.execute(sa.update(PlanItem).values(outcomes=[]))
        assert queries.items_to_credit(session, student) == []
        assert queries.credit_obstacle(session, student) is CreditObstacle.NO_OUTCOMES
        assert queries.credit_obstacle(session, world.school.id("timur")) is CreditObstacle.NO_PLAN
    with world.uow("zimina") as uow:
        uow.session.execute(sa.update(PlanItem).values(outcomes=[]))
        facts = (old.programme, old.title, old.grade, old.year, old.periods, old.weekly_hours_max)
        names = ("programme", "title", "grade", "year", "periods", "weekly_hours_max")
        again = curriculum.create_curriculum(uow, org_id=org, **dict(zip(names, facts, strict=True)))
        curriculum.copy_modules(uow, source_id=old.id, curriculum_id=again.id)
    with world.uow("gromova") as uow:
        curriculum.approve_curriculum(uow, curriculum_id=again.id)
        newest = curriculum_queries.newest_curricula(uow.session, org)
    assert [row.id for row in newest] == [again.id], "a curriculum that was replaced is not offered"
    with world.uow("kim") as uow:
        draft = service.begin_version(uow, plan_id=item.plan_id, reason="Outcomes are named now.")
        rows = plan_view(uow.session, draft.version_id).items
        assert [{o.outcome_id for o in row.outcomes} for row in rows] == [
            {t.outcome_id for t in item.targets}
        ]
