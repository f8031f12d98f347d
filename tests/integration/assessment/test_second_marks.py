"""Two markers, neither of whom sees the other: they agree within a tolerance, or a third one decides."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.assessment import queries, service
from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.queries.marking import marking_queue
from lms.assessment.rules.second_marks import Turn, verdict
from lms.assessment.types import AttemptState
from lms.core.actor import SYSTEM, Actor
from lms.core.errors import Conflict, Forbidden
from lms.people import service as people
from lms.people.types import RoleKind
from lms.testing.exams import ExamGround, Question
from tests.integration.assessment.conftest import Sitting

SHARES = st.decimals(0, 1, places=2)


@settings(deadline=None)
@given(SHARES, SHARES, SHARES)
def test_two_settle_only_what_is_within_the_tolerance(one: Decimal, two: Decimal, most: Decimal) -> None:
    found = verdict([one, two], most)
    assert (found is not None) == (abs(one - two) <= most)
    if found is not None:
        assert min(one, two) <= found.fraction <= max(one, two) and not found.is_adjudicated
    assert verdict([one], most) is None


@settings(deadline=None)
@given(SHARES, SHARES, SHARES)
def test_the_third_one_decides_whatever_the_others_said(one: Decimal, two: Decimal, three: Decimal) -> None:
    found = verdict([one, two, three], Decimal(0))
    assert found is not None and found.fraction == three and found.is_adjudicated


@pytest.fixture
def essay(make_sitting: Callable[..., Sitting], ground: ExamGround) -> Sitting:
    """Return a work of one essay, handed in, in a session whose answers two people mark."""
    sample = ground.runtime.registries.of(QUESTION_TYPES).get("essay").samples()[0]
    sitting = make_sitting(questions=[Question("essay", sample.content, tuple(sample.tests))])
    with sitting.runtime.unit_of_work(ground.teacher) as uow:
        service.mark_by_two(uow, sitting.session_id, Decimal("0.1"))
    sitting.answer_all_right()
    sitting.submit()
    return sitting


def member(sitting: Sitting) -> Actor:
    """Return a member of the school's commission."""
    with sitting.runtime.unit_of_work(SYSTEM) as uow:
        person = people.create_person(uow, family_name="Комиссарова", given_name="А")
        people.grant_role(
            uow, person_id=person, org_id=sitting.ground.org_id, kind=RoleKind.COMMISSION_MEMBER
        )
    return sitting.ground.actor(person)


def card(sitting: Sitting, actor: Actor) -> queries.MarkingCard | None:
    with sitting.runtime.read() as session:
        return next(iter(marking_queue(session, actor, sitting.runtime.clock.now())), None)


def mark(sitting: Sitting, actor: Actor, item: UUID, share: str, comment: str = "") -> service.Graded:
    with sitting.runtime.unit_of_work(actor) as uow:
        return service.grade_manual(uow, item, fraction=Decimal(share), comment=comment)


def view(sitting: Sitting, actor: Actor, item: UUID) -> queries.MarkingView:
    with sitting.runtime.read() as session:
        types = sitting.runtime.registries.of(QUESTION_TYPES)
        return queries.marking_view(session, types, actor, item, sitting.runtime.clock.now())


def test_the_second_marker_does_not_see_the_first_mark_and_the_mean_counts(essay: Sitting) -> None:
    first, second = essay.ground.teacher, member(essay)
    shown = card(essay, first)
    assert shown is not None and shown.turn is Turn.FIRST
    item = shown.attempt_item_id
    assert mark(essay, first, item, "0.8", "Хорошо").state is AttemptState.GRADING
    assert card(essay, first) is None  # it waits for somebody else
    seen = view(essay, second, item)
    assert (seen.card.turn, seen.fraction, seen.comment, seen.opinions) == (Turn.SECOND, None, "", ())
    with pytest.raises(Forbidden, match="opinion_given"):
        mark(essay, first, item, "0.9")
    assert mark(essay, second, item, "0.7").state is AttemptState.GRADED
    (answer,) = essay.review(as_staff=True).answers
    assert (answer.earned, answer.comment) == (Decimal("0.75"), "Хорошо")
    with pytest.raises(Forbidden, match="settled_by_two"):
        mark(essay, second, item, "1")


def test_where_two_differ_a_third_one_sees_both_and_decides(essay: Sitting) -> None:
    first, second = essay.ground.teacher, member(essay)
    third = essay.ground.actor(essay.ground.director_id)
    shown = card(essay, first)
    assert shown is not None
    mark(essay, first, shown.attempt_item_id, "1")
    assert mark(essay, second, shown.attempt_item_id, "0.2").result_id is None
    seen = view(essay, third, shown.attempt_item_id)
    assert seen.card.turn is Turn.ADJUDICATE
    assert [opinion.fraction for opinion in seen.opinions] == [Decimal(1), Decimal("0.2")]
    assert mark(essay, third, shown.attempt_item_id, "0.4").state is AttemptState.GRADED
    (answer,) = essay.review(as_staff=True).answers
    assert answer.earned == Decimal("0.40")


def test_the_number_of_markers_stays_once_somebody_has_marked(essay: Sitting) -> None:
    shown = card(essay, essay.ground.teacher)
    assert shown is not None
    mark(essay, essay.ground.teacher, shown.attempt_item_id, "1")
    with (
        pytest.raises(Conflict, match="opinions_given"),
        essay.runtime.unit_of_work(essay.ground.teacher) as uow,
    ):
        service.mark_by_two(uow, essay.session_id, None)


def test_words_can_be_added_to_an_answer_that_has_its_mark(sitting: Sitting) -> None:
    sitting.answer_all_right()
    sitting.submit()
    shown = card(sitting, sitting.ground.teacher)
    assert shown is not None
    with sitting.runtime.unit_of_work(sitting.ground.teacher) as uow:
        with pytest.raises(Conflict, match="not_marked"):
            service.add_comment(uow, shown.attempt_item_id, "Рано")
        service.grade_manual(uow, shown.attempt_item_id, fraction=Decimal("0.5"), comment="Раз")
        service.add_comment(uow, shown.attempt_item_id, "Два")
    answer = next(a for a in sitting.review(as_staff=True).answers if a.type == "essay")
    assert (answer.earned, answer.comment) == (Decimal("0.50"), "Раз\n\nДва")


def test_neither_of_two_markers_answers_the_appeal_against_their_mark(essay: Sitting) -> None:
    first, second = essay.ground.actor(essay.ground.director_id), essay.ground.teacher
    shown = card(essay, first)
    assert shown is not None
    item = shown.attempt_item_id
    mark(essay, first, item, "0.8")
    result = mark(essay, second, item, "0.7").result_id
    assert result is not None
    with essay.runtime.unit_of_work(second) as uow:
        service.release_result(uow, result)
    with essay.runtime.unit_of_work(essay.ground.actor(essay.student.person_id)) as uow:
        filed = service.file_appeal(uow, essay.attempt_id, {item: "Всё раскрыто."})
    with (
        pytest.raises(Forbidden, match="appeal_own_mark"),
        essay.runtime.unit_of_work(first) as uow,
    ):
        service.decide_appeal(uow, filed.id, {item: service.Reply("Нет.", None)}, "Нет.")
