"""Frameworks in versions, crosswalks that two people stand for, and the pages where both are written."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lms.core.actor import SYSTEM
from lms.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from lms.core.runtime import Runtime
from lms.curriculum import queries, service
from lms.curriculum.formats.case import read_package
from lms.curriculum.rules.structure import school_year
from lms.curriculum.rules.trees import ChangeKind, changes
from lms.curriculum.types import AttestationForm, EdgeState, FrameworkView, Relation
from lms.demo.cast import DemoSchool, load_cast


@pytest.fixture
def school(runtime: Runtime, prepared_cast: None) -> DemoSchool:
    return load_cast(runtime)


def framework(runtime: Runtime, school: DemoSchool, code: str = "inf") -> FrameworkView:
    """Return a draft of two outcomes, the second below the first."""
    org_id = school.id("school-14")
    with runtime.unit_of_work(school.actor("zimina")) as uow:
        made = service.create_framework(uow, org_id=org_id, code=code, title=f"Результаты {code}")
        top = service.add_outcome(uow, framework_id=made.id, code="1", statement="Решает задачи")
        service.add_outcome(
            uow, framework_id=made.id, code="1.1", statement="Пишет программы", level=2, parent_id=top.id
        )
    with runtime.read() as session:
        return queries.framework_view(session, made.id)


def published(runtime: Runtime, school: DemoSchool, code: str) -> FrameworkView:
    made = framework(runtime, school, code)
    with runtime.unit_of_work(school.actor("zimina")) as uow:
        service.publish_framework(uow, framework_id=made.id)
    return made


def test_a_published_version_never_changes(runtime: Runtime, school: DemoSchool) -> None:
    made = published(runtime, school, "inf")
    top = made.outcomes[0].id
    with runtime.unit_of_work(school.actor("zimina")) as uow:
        for attempt in (
            lambda: service.add_outcome(uow, framework_id=made.id, code="9", statement="x"),
            lambda: service.edit_outcome(uow, outcome_id=top, code="9", statement="x", level=1),
            lambda: service.move_outcome(uow, outcome_id=top),
            lambda: service.shift_outcome(uow, outcome_id=top, is_up=True),
            lambda: service.remove_outcome(uow, outcome_id=top),
            lambda: service.publish_framework(uow, framework_id=made.id),
            lambda: service.discard_framework(uow, framework_id=made.id),
        ):
            with pytest.raises(Conflict, match="framework_published"):
                attempt()


def test_what_all_schools_share_is_changed_by_none_of_them(runtime: Runtime, school: DemoSchool) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shared = service.create_framework(uow, org_id=None, code="all", title="Общий")
        service.add_outcome(uow, framework_id=shared.id, code="1", statement="Читает")
    with runtime.unit_of_work(school.actor("zimina")) as uow:
        with pytest.raises(Forbidden):
            service.publish_framework(uow, framework_id=shared.id)
        with pytest.raises(NotFound):
            service.begin_framework_version(
                uow, framework_id=shared.id, org_id=school.id("school-14"), version="2"
            )


def test_the_next_version_says_what_is_new(runtime: Runtime, school: DemoSchool) -> None:
    made = published(runtime, school, "inf")
    with runtime.unit_of_work(school.actor("zimina")) as uow:
        later = service.begin_framework_version(
            uow, framework_id=made.id, org_id=school.id("school-14"), version="2"
        )
        below = later.outcomes[1]
        service.edit_outcome(uow, outcome_id=below.id, code="1.1", statement="Пишет и проверяет", level=2)
        service.move_outcome(uow, outcome_id=below.id, parent_id=None, before_id=later.outcomes[0].id)
        found = changes(queries.tree_of(uow.session, made.id), queries.tree_of(uow.session, later.id))
        assert {change.kind for change in found} == {ChangeKind.REWORDED, ChangeKind.MOVED}
        with pytest.raises(InvalidInput, match="below_itself"):
            service.move_outcome(uow, outcome_id=below.id, parent_id=below.id)
        with pytest.raises(InvalidInput, match="parent_elsewhere"):
            service.move_outcome(uow, outcome_id=below.id, parent_id=made.outcomes[0].id)


def test_a_comparison_counts_when_another_person_has_approved_it(
    runtime: Runtime, school: DemoSchool
) -> None:
    a, b = published(runtime, school, "a"), published(runtime, school, "b")
    source, target, org_id = a.outcomes[1].id, b.outcomes[1].id, school.id("school-14")

    def counted() -> list[Decimal]:
        with runtime.read() as session:
            return [e.weight for e in queries.crosswalk_edges(session, [source], [target], org_id=org_id)]

    with runtime.unit_of_work(school.actor("zimina")) as uow:
        edge = service.propose_crosswalk(
            uow, org_id=org_id, source_id=source, target_id=target, relation=Relation.BROADER
        )
        with pytest.raises(Forbidden, match="own_proposal"):
            service.approve_crosswalk(uow, crosswalk_id=edge.id)
        with pytest.raises(Conflict, match="edge_exists"):
            service.propose_crosswalk(
                uow, org_id=org_id, source_id=source, target_id=target, relation=Relation.EXACT
            )
    assert counted() == []
    with runtime.unit_of_work(school.actor("gromova")) as uow:
        service.approve_crosswalk(uow, crosswalk_id=edge.id)
    assert counted() == [Decimal("0.7")]
    with runtime.unit_of_work(school.actor("gromova")) as uow:
        service.retire_crosswalk(uow, crosswalk_id=edge.id)
    assert counted() == []


# --- pages ------------------------------------------------------------------------------------------------------


class Reader:
    """A person at a browser without JavaScript."""

    def __init__(self, app: Flask, login: str) -> None:
        self.client: FlaskClient = app.test_client()
        assert self.post("/login", "/login", login=login, password=f"marshrut-{login}") == 303

    def get(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.text

    def post(self, page: str, action: str, **fields: Any) -> int:
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get(page))
        assert token
        self.answer = self.client.post(action, data={**fields, "csrf_token": token.group(1)})
        return self.answer.status_code


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_framework_is_written_published_and_followed_by_the_next_version(
    app: Flask, runtime: Runtime, school: DemoSchool
) -> None:
    zimina = Reader(app, "zimina")
    assert zimina.post("/frameworks/new", "/frameworks/new", code="", title="Т") == 422
    assert 'value="Т"' in zimina.answer.text
    assert zimina.post("/frameworks/new", "/frameworks/new", code="inf", title="Информатика") == 303
    here = zimina.answer.location
    assert zimina.post(here, f"{here}/publish") == 422
    assert zimina.post(f"{here}/outcomes/new", f"{here}/outcomes/new", code="1", statement="Умеет") == 303
    (top,) = re.findall(r"/frameworks/outcomes/([0-9a-f-]{36})", zimina.get(here))
    under = f"{here}/outcomes/new?under={top}"
    for code in ("1.1", "1.2"):
        assert zimina.post(under, under, code=code, statement=f"Знает {code}", level="2") == 303
    assert zimina.post(under, under, code="1.1", statement="Ещё раз") == 422
    last = re.findall(r"/frameworks/outcomes/([0-9a-f-]{36})", zimina.get(f"{here}?under={top}"))[-1]
    edit = f"/frameworks/outcomes/{last}"
    assert zimina.post(edit, edit, code="1.2", statement="Применяет", level="3") == 303
    assert zimina.post(edit, f"{edit}/move", step="up") == 303
    page = zimina.get(f"{here}?under={top}")
    assert page.index("Применяет") < page.index("Знает 1.1")
    assert zimina.post(edit, f"/frameworks/outcomes/{top}/remove") == 422
    assert f"outcomes/{last}" in zimina.get(f"{edit}?q=умеет") and top in zimina.get(f"{edit}?q=умеет")
    assert zimina.post(here, f"{here}/publish") == 303
    assert zimina.client.get(edit).status_code == 404
    assert zimina.post(here, f"{here}/versions", version="1") == 422
    assert zimina.post(here, f"{here}/versions", version="2") == 303
    second = zimina.answer.location
    assert "Ничего не изменилось" in zimina.get(f"{second}/changes")
    assert zimina.post(second, f"{second}/discard") == 303
    assert Reader(app, "vlasova").client.get(here).status_code == 404


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_file_comes_in_as_a_draft_and_goes_out_as_it_was(
    app: Flask, runtime: Runtime, school: DemoSchool
) -> None:
    zimina = Reader(app, "zimina")
    made = published(runtime, school, "inf")
    data = zimina.client.get(f"/frameworks/{made.id}/case.json").data
    again = {"file": (BytesIO(data), "a.json")}
    assert zimina.post("/frameworks/import", "/frameworks/import", **again) == 422
    spoiled = json.loads(data)
    spoiled["CFItems"].append({"identifier": "x"})
    sent = (BytesIO(json.dumps(spoiled).encode()), "a.json")
    assert zimina.post("/frameworks/import", "/frameworks/import", file=sent, version="2") == 303
    report = zimina.answer.location
    assert "№ 3" in zimina.get(report)
    copy = zimina.client.get(report.replace("/report", "/case.json")).data
    assert read_package(copy).nodes == read_package(data).nodes
    assert "Ничего не изменилось" in zimina.get(report.replace("/report", "/changes"))
    for nonsense in (b"", b"{}", b"[" * 100_000):
        hostile = {"file": (BytesIO(nonsense), "a.json")}
        assert zimina.post("/frameworks/import", "/frameworks/import", **hostile) == 422


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_two_frameworks_are_compared_side_by_side(app: Flask, runtime: Runtime, school: DemoSchool) -> None:
    a, b = published(runtime, school, "a"), published(runtime, school, "b")
    zimina, gromova = Reader(app, "zimina"), Reader(app, "gromova")
    page = f"/crosswalks/compare?a={a.id}&b={b.id}&qa=программы"
    same = zimina.get(f"/crosswalks/compare?a={a.id}&b={a.id}")
    assert ", версия 1" in same and ", версия 1" not in zimina.get(page), "two of one title are told apart"
    assert str(a.outcomes[1].id) in zimina.get(page) and str(a.outcomes[0].id) not in zimina.get(page)
    chosen = {"source_id": a.outcomes[1].id, "target_id": b.outcomes[1].id, "relation": "narrower"}
    beside = f"source_id={a.outcomes[1].id}&amp;target_id={b.outcomes[1].id}"
    assert beside in zimina.get(page), "the words of these two are alike: they are suggested"
    (suggested,) = [link for link in re.findall(r'href="([^"]+)"', zimina.get(page)) if beside in link]
    prepared = zimina.get(suggested.replace("&amp;", "&"))
    assert [f'value="{chosen[side]}" checked' in prepared for side in ("source_id", "target_id")] == [
        True,
        True,
    ]
    assert zimina.post(page, page, **chosen, weight="2") == 422
    assert zimina.post(page, page, **chosen, weight="0.5", note="По программе") == 303
    assert zimina.post(page, page, **chosen) == 422
    assert beside not in zimina.get(page), "what is said already is not suggested again"
    (edge,) = set(re.findall(r"/crosswalks/([0-9a-f-]{36})/retire", zimina.get("/crosswalks")))
    assert f"{edge}/approve" not in zimina.get("/crosswalks")
    assert zimina.post("/crosswalks", f"/crosswalks/{edge}/approve") == 403
    assert gromova.post("/crosswalks?state=proposed", f"/crosswalks/{edge}/approve") == 303
    data = gromova.client.get(f"/crosswalks/case.json?a={a.id}&b={b.id}").data
    (said,) = read_package(data).edges
    assert (said.relation, said.weight, said.note) == (Relation.NARROWER, Decimal("0.5"), "По программе")
    assert gromova.post("/crosswalks", f"/crosswalks/{edge}/retire") == 303
    assert zimina.post("/crosswalks", "/crosswalks/import", file=(BytesIO(data), "c.json")) == 200
    with runtime.read() as session:
        found = queries.crosswalk_page(session, [school.id("school-14")], 1, state=EdgeState.PROPOSED)
    assert [(each.relation, each.weight) for each in found.items] == [(Relation.NARROWER, Decimal("0.5"))]


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_what_a_school_has_approved_goes_over_to_the_next_version_and_what_changed_is_looked_at(
    app: Flask, runtime: Runtime, school: DemoSchool
) -> None:
    org_id, zimina = school.id("school-14"), school.actor("zimina")
    taught, asked = published(runtime, school, "a"), published(runtime, school, "b")
    pairs = [(i, j) for i in (0, 1) for j in (0, 1)]
    with runtime.unit_of_work(zimina) as uow:
        third = service.begin_framework_version(uow, framework_id=asked.id, org_id=org_id, version="1.1")
        service.add_outcome(uow, framework_id=third.id, code="2", statement="Строит графы")
        asked = service.publish_framework(uow, framework_id=third.id)
        edges = [
            service.propose_crosswalk(
                uow,
                org_id=org_id,
                source_id=taught.outcomes[i].id,
                target_id=asked.outcomes[j].id,
                relation=Relation.BROADER,
                note=f"{i}{j}",
            )
            for i, j in [*pairs, (0, 2)]
        ]
    with runtime.unit_of_work(school.actor("gromova")) as uow:
        for edge in edges[:3] + edges[4:]:  # one stays a proposal
            service.approve_crosswalk(uow, crosswalk_id=edge.id)
    with runtime.unit_of_work(zimina) as uow:
        draft = service.begin_framework_version(uow, framework_id=asked.id, org_id=org_id, version="2")
        first, second, gone = draft.outcomes
        service.edit_outcome(uow, outcome_id=first.id, code="9", statement="Решает  задачи", level=1)
        service.edit_outcome(uow, outcome_id=second.id, code="1.1", statement="Пишет программы", level=3)
        service.remove_outcome(uow, outcome_id=gone.id)
        later = service.publish_framework(uow, framework_id=draft.id)
    gromova = Reader(app, "gromova")
    page = f"/crosswalks/carry/{later.id}"
    assert page in gromova.get(f"/frameworks/{later.id}")
    said = gromova.get(page)
    assert "уровень 3" in said and "Строит графы" in said
    assert gromova.post(page, page) == 303
    with runtime.read() as session:
        found = {
            (edge.note, state)
            for state in (EdgeState.APPROVED, EdgeState.PROPOSED)
            for edge in queries.crosswalk_page(
                session, [org_id], 1, state=state, between=(taught.id, later.id)
            ).items
        }
        old = queries.crosswalk_page(session, [org_id], 1, between=(taught.id, asked.id)).items
        left = queries.edges_to_carry(session, org_id, later.id)
    # the number of an outcome means nothing, its words and level do
    assert found == {("00", EdgeState.APPROVED), ("10", EdgeState.APPROVED), ("01", EdgeState.PROPOSED)}
    assert {edge.id for edge in old} == {edge.id for edge in edges}, "the old ones stay"
    assert [row.edge.note for row in left] == ["02"], "nothing is asked twice; what is gone stays named"


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_outcomes_are_attached_to_a_module_by_search(
    app: Flask, runtime: Runtime, school: DemoSchool
) -> None:
    made, draft = published(runtime, school, "inf"), framework(runtime, school, "draft")
    year, periods = school_year(runtime.clock.now().date())
    with runtime.unit_of_work(school.actor("zimina")) as uow:
        curriculum = service.create_curriculum(
            uow,
            org_id=school.id("school-14"),
            programme="ООО",
            title="8 класс",
            grade=8,
            year=year,
            periods=periods,
            weekly_hours_max=Decimal(33),
        )
        item = service.add_curriculum_item(
            uow,
            curriculum_id=curriculum.id,
            subject="informatics",
            title="Программы",
            hours=Decimal(10),
            period=1,
            attestation_form=AttestationForm.EXAM,
        )
    zimina = Reader(app, "zimina")
    page = f"/curricula/{curriculum.id}/outcomes?item={item.id}&q=Программы"
    outcome = made.outcomes[1].id
    assert str(outcome) in zimina.get(page) and str(draft.outcomes[1].id) not in zimina.get(page)
    assert zimina.post(page, page, **{f"hours-{outcome}": "11"}) == 422
    assert zimina.post(page, page, **{f"hours-{draft.outcomes[1].id}": "1"}) == 422
    assert zimina.post(page, page, **{f"hours-{outcome}": "2,5"}) == 303
    assert "Пишет программы" in zimina.get(f"/curricula/{curriculum.id}")
