"""The author's pages of exam plans: written without scripts, shown in words, changed in place or as the next version."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from lms.assessment import service
from lms.assessment.models import Blueprint, BlueprintVersion, Item, ItemVersion
from lms.assessment.pages.blueprint_form import read_numbers, write_numbers
from lms.assessment.rules.blueprint import Plan
from lms.assessment.rules.conduct import Feedback
from lms.assessment.types import MarkScale
from lms.testing.exams import ExamGround, make_ground
from tests.integration.assessment.test_api import Browser
from tests.integration.assessment.test_delivery import bank_of


@pytest.fixture
def author(app: Flask, ground: ExamGround) -> Browser:
    return Browser(app, f"{ground.code}-teacher")


def form_of(browser: Browser, bank: UUID, **more: str) -> dict[str, Any]:
    return {
        "csrf_token": browser.token,
        "title": "Сложение",
        "subject": "maths",
        "scale": "five",
        "fixed.0.section": "1",
        "fixed.0.bank": str(bank),
        "fixed.0.numbers": "1, 2",
        "fixed.0.points": "2",
        "forms": "0",
        "navigation": "free",
        "sittings": "1",
        "grade_method": "highest",
        "feedback": "deferred",
    } | more


def newest(ground: ExamGround) -> tuple[BlueprintVersion, Plan]:
    with ground.runtime.read() as session:
        row = session.scalars(sa.select(BlueprintVersion).order_by(BlueprintVersion.number.desc())).first()
        assert row is not None
        return row, Plan.from_document(row.plan)


def test_a_plan_is_written_shown_and_changed_in_the_browser(author: Browser, ground: ExamGround) -> None:
    bank, versions = bank_of(ground, 6)
    address = f"/exam-plans/new/{ground.org_id}"
    assert author.client.get(address).status_code == 200
    more = {
        "draws.0.section": "2",
        "draws.0.bank": str(bank),
        "draws.0.count": "2",
        "draws.0.points": "1",
        "sections.0.title": "Общая",
        "sections.0.minutes": "10",
        "sections.1.title": "Своя",
        "sections.1.minutes": "15",
        "sections.1.is_mixed": "yes",
        "base_minutes": "30",
        "feedback": "tries",
        "tries": "2",
        "penalty": "25",
        "review.during.correctness": "yes",
        "review.after_end.responses": "yes",
    }
    reply = author.client.post(address, data=form_of(author, bank, **more))
    assert reply.status_code == 303, reply.text
    version, plan = newest(ground)
    assert [item.item_version_id for item in plan.items] == versions[:2]
    assert set(plan.draws[0].candidates) == set(versions[2:])
    assert (plan.item_count, str(plan.max_points), plan.conduct.feedback) == (4, "6", Feedback.TRIES)
    shown = author.client.get(reply.location).text
    for words in ("Общая: 10 минут", "Своя: 15 минут", "25 %", "Сложение 0"):
        assert words in shown
    other = author.client.get(f"{reply.location}?form=2").text
    assert "Вариант 2" in other
    edit = f"{reply.location}/edit"
    page = author.client.get(edit).text
    assert 'value="1-2"' in page
    reply = author.client.post(edit, data=form_of(author, bank, title="Вычитание", base=version.content_hash))
    assert reply.status_code == 303
    version, plan = newest(ground)
    assert (version.number, plan.item_count, plan.parts()) == (1, 2, [])
    assert "Вычитание" in author.client.get("/exam-plans").text


def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(
    author: Browser, ground: ExamGround
) -> None:
    bank, _versions = bank_of(ground, 2)
    address = f"/exam-plans/new/{ground.org_id}"
    wrong = {
        "fixed.0.numbers": "1, 99",
        "fixed.0.section": "3",
        "sittings": "-1",
        "base_minutes": "пять",
        "feedback": "never",
    }
    page = author.client.post(address, data=form_of(author, bank, **wrong))
    assert page.status_code == 422
    for name in ("fixed-0-numbers", "fixed-0-section", "sittings", "base_minutes", "feedback"):
        assert f'id="f-{name}-error"' in page.text
    assert 'value="1, 99"' in page.text
    for more in ({"sittings": "99"}, {"review.during.key": "yes"}, {"fixed.0.numbers": "1, 1"}):
        assert author.client.post(address, data=form_of(author, bank, **more)).status_code == 422
    more = {"draws.0.section": "1", "draws.0.bank": str(bank), "draws.0.count": "5", "draws.0.points": "1"}
    page = author.client.post(address, data=form_of(author, bank, **more))
    assert (page.status_code, 'id="f-draws"' in page.text) == (422, True)
    with ground.runtime.read() as session:
        assert session.scalars(sa.select(Blueprint)).all() == []


def test_questions_ticked_in_a_bank_begin_a_plan_and_a_draft_without_tests_asks_for_them(
    author: Browser, ground: ExamGround
) -> None:
    bank, _versions = bank_of(ground, 4)
    with ground.runtime.read() as session:
        items = session.scalars(sa.select(Item).where(Item.bank_id == bank).order_by(Item.number)).all()
    ticked = {"csrf_token": author.token, "act": "plan", "chosen": [str(items[0].id), str(items[2].id)]}
    form = author.client.post(f"/banks/{bank}/items", data=ticked).headers["Location"]
    assert 'value="1, 3"' in author.client.get(form).text
    made = author.client.post(
        f"/exam-plans/new/{ground.org_id}",
        data=form_of(author, bank, **{"fixed.0.numbers": "1, 77, 3, 9-10"}),
    )
    assert made.status_code == 422 and "77" in made.text and "9-10" in made.text
    made = author.client.post(f"/exam-plans/new/{ground.org_id}", data=form_of(author, bank))
    assert "/sessions/new?plan=" in author.client.get(made.headers["Location"]).text
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        version = service.create_item(
            uow, bank, title="Без проверок", type="true_false", content={"prompt": "2 > 1", "is_true": True}
        )
        draft = uow.session.get_one(ItemVersion, version).item_id
    page = author.client.get(f"/items/{draft}").text
    assert 'href="#try"' in page and 'value="approve"' not in page and 'value="submit"' not in page


def test_rows_are_added_without_scripts(author: Browser, ground: ExamGround) -> None:
    bank, _versions = bank_of(ground, 1)
    address = f"/exam-plans/new/{ground.org_id}"
    page = author.client.post(address, data=form_of(author, bank, act="add:draws"))
    assert (page.status_code, 'name="draws.0.count"' in page.text) == (200, True)


def test_an_adaptive_plan_says_from_where_its_scale_comes(author: Browser, ground: ExamGround) -> None:
    bank, _versions = bank_of(ground, 6)
    more = {
        "fixed.0.numbers": "",
        "fixed.0.bank": "",
        "fixed.0.points": "1",
        "draws.0.section": "1",
        "draws.0.bank": str(bank),
        "draws.0.count": "1",
        "draws.0.points": "1",
        "is_adaptive": "yes",
        "adaptive.least": "2",
        "adaptive.most": "4",
        "adaptive.enough": "0,3",
        "adaptive.cap": "60",
    }
    address = f"/exam-plans/new/{ground.org_id}"
    refused = author.client.post(address, data=form_of(author, bank, **more))
    assert (refused.status_code, "слишком мало заданий" in refused.text) == (422, True)
    reply = author.client.post(address, data=form_of(author, bank, **{**more, "adaptive.cap": "70"}))
    assert reply.status_code == 303, reply.text
    page = author.client.get(reply.location).text
    assert "0 из 6" in page
    assert "не больше чем 70 % учеников" in page
    assert "с точностью до 0,3 логита; не позже чем после 4" in page
    _version, plan = newest(ground)
    assert plan.adaptive is not None
    assert plan.adaptive.cap == 0.7


def test_another_school_neither_sees_nor_writes_a_plan(
    app: Flask, author: Browser, ground: ExamGround
) -> None:
    bank, _versions = bank_of(ground, 2)
    reply = author.client.post(f"/exam-plans/new/{ground.org_id}", data=form_of(author, bank))
    make_ground(ground.runtime, code="other-school")
    stranger = Browser(app, "other-school-teacher")
    form = form_of(stranger, bank)
    for address in (reply.location, f"{reply.location}/edit", f"/exam-plans/new/{ground.org_id}"):
        assert stranger.client.get(address).status_code == 404
        assert stranger.client.post(address, data=form).status_code in {404, 405}
    assert "Сложение" not in stranger.client.get("/exam-plans").text
    with ground.runtime.read() as session:
        assert len(session.scalars(sa.select(Blueprint)).all()) == 1


def test_numbers_of_questions_are_read_as_they_are_written() -> None:
    assert read_numbers("1, 3, 5-8; 12–13") == [1, 3, 5, 6, 7, 8, 12, 13]
    assert write_numbers([1, 3, 5, 6, 7, 8, 12]) == "1, 3, 5-8, 12"
    for text in ("", "1,", "a", "5-3", "1-99999", "-4"):
        assert read_numbers(text) == []


def test_a_scale_of_ones_own_stays_with_its_plan_through_edits_and_versions(
    author: Browser, ground: ExamGround
) -> None:
    def own(title: str, code: str = "") -> UUID:
        with ground.runtime.unit_of_work(ground.actor(ground.director_id)) as uow:
            return service.write_policy(
                uow,
                ground.org_id,
                scale=MarkScale.CUSTOM,
                thresholds=[(Decimal("0.5"), "A"), (Decimal(0), "B")],
                pass_score=Decimal("0.5"),
                title=title,
                code=code,
            )

    first = own("Буквы")
    bank, _versions = bank_of(ground, 3)
    reply = author.client.post(
        f"/exam-plans/new/{ground.org_id}", data=form_of(author, bank, scale="custom-1")
    )
    assert reply.status_code == 303
    own("Другая")
    own("Буквы", code="custom-1")
    edit = f"{reply.location}/edit"
    assert '<option value="custom-1" selected' in author.client.get(edit).text
    version, plan = newest(ground)
    data = form_of(author, bank, scale="custom-1", base=version.content_hash)
    assert author.client.post(edit, data=data | {"fixed.0.numbers": "1-3"}).status_code == 303
    assert newest(ground)[0].mark_policy_id == first
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        service.revise_blueprint(uow, version.id, plan)
    version, _plan = newest(ground)
    assert (version.number, version.mark_policy_id) == (2, first)
    refused = author.client.post(edit, data=form_of(author, bank, scale="custom-9"))
    assert (refused.status_code, 'id="f-scale-error"' in refused.text) == (422, True)
