"""Appeals: against marks of answers, in time, answered by somebody else with reasons; never costing points."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
import sqlalchemy as sa

from lms.assessment import queries, service
from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.models import Attempt, AttemptItem, Grade, ResponseEvent, Result
from lms.assessment.ports import ATTEMPT_GATES
from lms.assessment.queries.appeals import AppealView, appeal_for, appeal_view, appeals_to_decide
from lms.assessment.queries.regrades import Change
from lms.assessment.queries.witness import AssessmentWitness
from lms.assessment.rules.review import ReviewMatrix
from lms.assessment.types import (
    AppealDecision,
    AppealState,
    AttemptState,
    GradeSource,
    MarkStatus,
    ResultState,
)
from lms.core.actor import SYSTEM, Actor
from lms.core.contracts import BasisRef
from lms.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from lms.testing.exams import ExamGround, Question
from tests.integration.assessment.conftest import Sitting
from tests.integration.assessment.test_results import Gate

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def released(make_sitting: Callable[..., Sitting], ground: ExamGround) -> Sitting:
    """Return a work with one right and one wrong answer, whose result counts."""
    return release(make_sitting, ground)


def release(make_sitting: Callable[..., Sitting], ground: ExamGround, **plan: object) -> Sitting:
    kinds = ground.runtime.registries.of(QUESTION_TYPES)
    samples = [(name, kinds.get(name).samples()[0]) for name in ("true_false", "choice")]
    questions = [Question(n, s.content, tuple(s.tests)) for n, s in samples]
    sitting = make_sitting(questions=questions, **plan)
    sitting.answer(sitting.slot_of("true_false"), True)
    sitting.answer(sitting.slot_of("choice"), "d")
    sitting.submit()
    with sitting.runtime.unit_of_work(ground.teacher) as uow:
        service.release_result(uow, results(sitting)[0].id)
    ground.runtime.clock.advance(timedelta(hours=1))  # type: ignore[attr-defined]
    return sitting


def results(sitting: Sitting) -> list[Result]:
    with sitting.runtime.read() as session:
        return list(session.scalars(sa.select(Result).order_by(Result.number)))


def student(sitting: Sitting) -> Actor:
    return sitting.ground.actor(sitting.student.person_id)


def head(sitting: Sitting) -> Actor:
    return sitting.ground.actor(sitting.ground.director_id)


def item(sitting: Sitting, kind: str) -> UUID:
    with sitting.runtime.read() as session:
        ids = dict(queries.answer_ids(session, sitting.attempt_id))
    return ids[sitting.slot_of(kind)]


def file(sitting: Sitting, *kinds: str, **more: object) -> service.AppealStep:
    grounds = {item(sitting, kind): "В учебнике на с. 14 иначе." for kind in kinds}
    with sitting.runtime.unit_of_work(student(sitting)) as uow:
        return service.file_appeal(uow, sitting.attempt_id, grounds, **more)  # type: ignore[arg-type]


def answer(sitting: Sitting, appeal: UUID, actor: Actor | None = None, **shares: str) -> service.AppealStep:
    replies = {
        item(sitting, kind): service.Reply("По правилам так.", Decimal(share) if share else None)
        for kind, share in shares.items()
    }
    with sitting.runtime.unit_of_work(actor or head(sitting)) as uow:
        return service.decide_appeal(uow, appeal, replies, "Рассмотрено.")


def test_a_ground_that_holds_gives_a_new_grade_and_a_new_result_that_counts(released: Sitting) -> None:
    filed = file(released, "choice", documents=[("страница.pdf", PDF)])
    with released.runtime.read() as session:
        (card,) = appeals_to_decide(session, head(released), released.runtime.clock.now())
        shown = appeal_view(session, released.runtime.registries.of(QUESTION_TYPES), filed.id)
    assert (card.id, card.grounds, [name for _id, name in shown.files]) == (filed.id, 1, ["страница.pdf"])
    assert filed.due_on > released.runtime.clock.now().date()
    decided = answer(released, filed.id, choice="0.5")
    assert decided.decision is AppealDecision.GRANTED
    before, now = results(released)
    assert (before.state, now.state) == (ResultState.SUPERSEDED, ResultState.RELEASED)
    assert (before.mark, now.mark, now.points) == ("3", "4", Decimal("1.50"))
    with released.runtime.read() as session:
        grade = session.scalars(sa.select(Grade).where(Grade.source == GradeSource.APPEAL)).one()
        assert (grade.fraction, grade.comment) == (Decimal("0.5"), "По правилам так.")
        assert list(AssessmentWitness().faults(session, released.runtime.keys)) == []


def test_a_mark_that_stands_keeps_the_result_and_a_part_is_a_part(released: Sitting) -> None:
    filed = file(released, "choice", "true_false")
    assert answer(released, filed.id, choice="0.5", true_false="").decision is AppealDecision.PARTLY
    with pytest.raises(Conflict, match="appeal_decided"):
        answer(released, filed.id, choice="0.5", true_false="")


def test_refused_grounds_need_reasons_and_change_nothing(released: Sitting) -> None:
    filed = file(released, "choice")
    with (
        pytest.raises(InvalidInput, match="reason_missing"),
        released.runtime.unit_of_work(head(released)) as uow,
    ):
        service.decide_appeal(uow, filed.id, {item(released, "choice"): service.Reply(" ")}, "Нет.")
    assert answer(released, filed.id, choice="").decision is AppealDecision.REFUSED
    assert [row.state for row in results(released)] == [ResultState.RELEASED]


def test_an_appeal_never_costs_points(released: Sitting) -> None:
    filed = file(released, "true_false")
    with pytest.raises(InvalidInput, match="appeal_lowers"):
        answer(released, filed.id, true_false="0.5")


def test_an_appeal_does_not_bring_back_a_work_that_was_annulled_meanwhile(released: Sitting) -> None:
    appeal = file(released, "choice")
    with released.runtime.unit_of_work(released.ground.reviewer) as uow:
        service.annul_attempt(uow, released.attempt_id, "Сидел другой человек")
        basis = BasisRef("assessment.attempt", released.attempt_id)
        uow.suspend_dependents(basis, "Сидел другой человек")
    with pytest.raises(Conflict, match="result_suspended"):
        answer(released, appeal.id, choice="1")
    assert [result.state for result in results(released)] == [ResultState.SUSPENDED]
    with released.runtime.read() as session:
        assert session.get_one(Attempt, released.attempt_id).state is AttemptState.ANNULLED
    assert answer(released, appeal.id, choice="").decision is AppealDecision.REFUSED


def test_an_appeal_does_not_release_a_lower_mark_that_nobody_has_released(released: Sitting) -> None:
    appeal = file(released, "choice")
    with released.runtime.read() as session:
        kinds = released.runtime.registries.of(QUESTION_TYPES)
        found = queries.replay_session(session, kinds, released.session_id)
        grade = session.scalars(sa.select(Grade).where(Grade.fraction == 1)).one()
    change = Change(grade.attempt_item_id, grade.id, MarkStatus.WRONG, Decimal(0), (), "test/2")
    with released.runtime.unit_of_work(head(released)) as uow:
        batch = service.propose_regrade(uow, replace(found, changes=(change,)), "Исправлен ключ")
        service.approve_regrade(uow, batch)
    with pytest.raises(Conflict, match="appeal_regraded"):
        answer(released, appeal.id, choice="0.5")
    assert [result.state for result in results(released)] == [ResultState.RELEASED, ResultState.PROPOSED]
    assert answer(released, appeal.id, choice="1").decision is AppealDecision.GRANTED


def test_an_appeal_announces_nothing_that_could_not_be_released(released: Sitting) -> None:
    appeal, gate = file(released, "choice", "true_false"), Gate()
    released.runtime.registries.of(ATTEMPT_GATES).add(gate, "test")
    gate.is_open = False  # somebody has opened the review of the sitting again
    with pytest.raises(Conflict, match="release_blocked") as blocked:
        answer(released, appeal.id, choice="1", true_false="")
    assert blocked.value.params["reason"] == "Сначала покажи документ"
    assert [result.state for result in results(released)] == [ResultState.RELEASED]
    with released.runtime.read() as session:
        assert session.scalars(sa.select(Grade).where(Grade.source == GradeSource.APPEAL)).all() == []
    gate.is_open = True
    released.answer(released.slot_of("choice"), "a")
    with pytest.raises(Conflict, match="late_undecided"):
        answer(released, appeal.id, choice="1", true_false="")
    with released.runtime.unit_of_work(released.ground.teacher) as uow:
        service.decide_late(uow, released.attempt_id, is_accepted=False, reason="Работа давно сдана")
    assert answer(released, appeal.id, choice="1", true_false="").decision is AppealDecision.PARTLY
    assert [result.state for result in results(released)] == [ResultState.SUPERSEDED, ResultState.RELEASED]


@pytest.mark.parametrize("is_refused", [False, True])
def test_an_appeal_releases_no_work_that_was_tampered_with(released: Sitting, is_refused: bool) -> None:
    appeal, gate = file(released, "choice"), Gate()
    with released.runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(sa.update(ResponseEvent).values(payload={"fields": {"answer": ["лучше"]}}))
    if not is_refused:
        with pytest.raises(Conflict, match="seal_broken"):
            answer(released, appeal.id, choice="1")
        return
    released.runtime.registries.of(ATTEMPT_GATES).add(gate, "test")
    gate.is_open = False
    assert answer(released, appeal.id, choice="").decision is AppealDecision.REFUSED, "the old mark stands"


def test_who_released_the_result_does_not_answer_the_appeal(released: Sitting) -> None:
    filed = file(released, "choice")
    with pytest.raises((Forbidden, NotFound)):
        answer(released, filed.id, released.ground.teacher, choice="1")
    with released.runtime.unit_of_work(student(released)) as uow:
        assert service.withdraw_appeal(uow, filed.id).state is AppealState.WITHDRAWN


def test_an_appeal_is_filed_once_in_time_with_grounds_of_this_work(released: Sitting) -> None:
    with pytest.raises(InvalidInput, match="appeal_grounds"):
        file(released)
    with (
        pytest.raises(NotFound),
        released.runtime.unit_of_work(released.ground.actor(released.ground.students[1].person_id)) as uow,
    ):
        service.file_appeal(uow, released.attempt_id, {item(released, "choice"): "Чужое"})
    file(released, "choice")
    with pytest.raises(Conflict, match="appealed"):
        file(released, "choice")


def test_what_earns_no_points_is_not_appealed_against(released: Sitting) -> None:
    asked = item(released, "choice")
    with released.runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(sa.update(AttemptItem).where(AttemptItem.id == asked).values(points=0))
    with (
        pytest.raises(InvalidInput, match="appeal_grounds"),
        released.runtime.unit_of_work(student(released)) as uow,
    ):
        service.file_appeal(uow, released.attempt_id, {asked: "Здесь нечего отвечать."})
    with released.runtime.read() as session:
        assert asked not in dict(queries.answer_ids(session, released.attempt_id)).values()


def test_after_the_time_for_it_no_appeal_is_filed(released: Sitting) -> None:
    released.runtime.clock.advance(timedelta(days=30))  # type: ignore[attr-defined]
    with pytest.raises(Conflict, match="appeal_late"):
        file(released, "choice")


def test_before_a_result_counts_there_is_nothing_to_appeal_against(sitting: Sitting) -> None:
    sitting.submit()
    with pytest.raises(Conflict, match="appeal_early"):
        file(sitting, "choice")


def read_by(sitting: Sitting, appeal: UUID, actor: Actor) -> AppealView:
    with sitting.runtime.read() as session:
        kinds = sitting.runtime.registries.of(QUESTION_TYPES)
        return appeal_for(session, kinds, actor, appeal, sitting.runtime.clock.now())


@pytest.mark.parametrize(
    ("parts", "sees_prompt", "sees_points"),
    [((), False, False), (("responses",), True, False), (("responses", "score"), True, True)],
)
def test_an_appeal_shows_the_family_no_more_than_the_review_does(
    make_sitting: Callable[..., Sitting],
    ground: ExamGround,
    parts: tuple[str, ...],
    sees_prompt: bool,
    sees_points: bool,
) -> None:
    sitting = release(make_sitting, ground, review=ReviewMatrix(after_end=(), after_release=parts))
    filed = file(sitting, "choice")
    answer(sitting, filed.id, choice="0.5")
    (shown,) = read_by(sitting, filed.id, student(sitting)).grounds
    assert (bool(shown.prompt), shown.before is not None, shown.after is not None) == (
        sees_prompt,
        sees_points,
        sees_points,
    )
    assert (shown.text, shown.reply) == ("В учебнике на с. 14 иначе.", "По правилам так.")
    (whole,) = read_by(sitting, filed.id, head(sitting)).grounds
    assert whole.prompt and whole.response and (whole.before, whole.after) == (0, Decimal("0.5"))


def test_who_answers_an_appeal_sees_by_what_the_mark_was_given(
    make_sitting: Callable[..., Sitting], ground: ExamGround
) -> None:
    kinds = ground.runtime.registries.of(QUESTION_TYPES)
    samples = [(name, kinds.get(name).samples()[0]) for name in ("true_false", "essay")]
    sitting = make_sitting(questions=[Question(n, s.content, tuple(s.tests)) for n, s in samples])
    sitting.answer(sitting.slot_of("true_false"), False)
    sitting.answer(sitting.slot_of("essay"), "Потому что так.")
    sitting.submit()
    lines = kinds.get("essay").validate_content(dict(samples)["essay"].content)["rubric"]
    with sitting.runtime.unit_of_work(ground.teacher) as uow:
        given = {line["id"]: "1" for line in lines}
        service.grade_manual(
            uow, item(sitting, "essay"), fraction=Decimal("0.4"), comment="Нет причины", rubric=given
        )
    with sitting.runtime.unit_of_work(ground.teacher) as uow:
        service.release_result(uow, uow.session.scalars(sa.select(Result.id)).one())
    filed = file(sitting, "true_false", "essay")
    by_type = {
        row.slot: row.marked for row in read_by(sitting, filed.id, head(sitting)).grounds if row.marked
    }
    closed, essay = by_type[sitting.slot_of("true_false")], by_type[sitting.slot_of("essay")]
    assert closed.is_by_machine and closed.key and not closed.lines
    assert not essay.is_by_machine and essay.comment == "Нет причины"
    assert essay.lines == tuple((line["title"], Decimal(line["points"]), Decimal(1)) for line in lines)
    assert all(row.marked is None for row in read_by(sitting, filed.id, student(sitting)).grounds)
