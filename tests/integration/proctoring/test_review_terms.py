"""Reviews have time limits, nobody waits for reviewers who do not come, and an opinion counts while its giver may judge."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from lms.core.actor import SYSTEM
from lms.core.errors import Conflict, NotFound
from lms.people.models import Notice
from lms.people.service import assign_staff
from lms.people.types import AssignmentKind
from lms.proctoring import queries, service
from lms.proctoring.models import Evidence, IdentityCheck, ProctoringSession, ReviewDecision
from lms.proctoring.types import ReviewStep, SessionOutcome, SessionState, Verdict
from tests.integration.proctoring.conftest import World
from tests.integration.proctoring.test_blind_review import told
from tests.integration.proctoring.test_pages import as_, post  # noqa: F401 - a fixture
from tests.integration.proctoring.test_review import REASON, annul, may_release, opine, say, third

As = Callable[[str], FlaskClient]
V = Verdict


@pytest.fixture
def engine_url(sqlite_url: str) -> str:
    """Return one engine: which one does not matter here."""
    return sqlite_url


@pytest.fixture
def environment(environment: dict[str, str]) -> dict[str, str]:
    """Let the school send letters."""
    environment |= {"LMS_MAIL_HOST": "127.0.0.1", "LMS_MAIL_SENDER": "school@example.org"}
    return environment


@pytest.fixture
def attempt(world: World, first: list[bytes]) -> UUID:
    """Return a watched exam that has ended."""
    made = world.start(world.entry())
    world.watch(made, first[:1])
    world.submit(made)
    return made


def due(world: World, attempt: UUID) -> datetime:
    found = world.sitting(attempt).review_due_at
    assert found is not None
    return found


def row_of(world: World, login: str = "frolova") -> queries.ReviewRow:
    with world.runtime.read() as session:
        (row,) = queries.review_queue(session, world.actor(login), world.clock.now()).items
    return row


def letters(world: World, kind: str) -> list[UUID]:
    with world.runtime.read() as session:
        return sorted(session.scalars(sa.select(Notice.person_id).where(Notice.kind == kind)))


def remind(world: World) -> int:
    with world.runtime.unit_of_work(SYSTEM) as uow:
        return service.tell_heads(uow)


def working_days(world: World, since: date, until: datetime) -> int:
    from lms.people import queries as people

    with world.runtime.read() as session:
        return people.working_days_between(session, since, queries.latest_day(session, until))


def test_nobody_waits_longer_than_the_term_for_reviewers_who_do_not_come(
    world: World,
    attempt: UUID,
    as_: As,  # noqa: F811
) -> None:
    ended = world.clock.now()
    assert working_days(world, ended.date(), due(world, attempt)) == 5
    assert (row_of(world).step, row_of(world).is_late, may_release(world, attempt)) == (None, False, False)
    assert "Ваше мнение — до" in as_("frolova").get("/review").text
    world.clock.move_to(due(world, attempt) - timedelta(seconds=1))
    assert (row_of(world).is_late, may_release(world, attempt), remind(world)) == (False, False, 0)
    world.clock.move_to(due(world, attempt))
    assert (row_of(world).is_late, may_release(world, attempt)) == (True, True)
    row = world.sitting(attempt)
    assert (row.state, row.outcome) == (SessionState.QUEUED, SessionOutcome.NONE), "nothing was decided"
    assert remind(world) > 0
    assert (remind(world), letters(world, "proctoring.late").count(world.id("gromova"))) == (0, 1)
    assert "Срок прошёл" in as_("frolova").get("/review").text
    head = as_("gromova").get("/supervision").text
    assert "Проверяющие опаздывают" in head
    assert row_of(world).person_code in head
    assert "/supervision" in as_("gromova").get("/home", follow_redirects=True).text


def test_no_list_or_letter_of_what_is_late_tells_a_head_who_reviews_that_somebody_looked(
    world: World,
    attempt: UUID,
    as_: As,  # noqa: F811
) -> None:
    third(world, "gromova")
    world.clock.move_to(due(world, attempt))
    before = told(as_("gromova"), "/supervision")
    assert "Проверяющие опаздывают" in before[0]
    opine(world, "frolova", attempt, V.VIOLATION)
    assert told(as_("gromova"), "/supervision") == before
    assert "Проверки экзаменов опаздывают" in told(as_("gromova"), "/home")[0]
    assert (remind(world), letters(world, "proctoring.late")) == (1, [world.id("gromova")])
    opine(world, "gromova", attempt, V.SECOND_REVIEWER)
    assert "Проверяющие опаздывают" not in as_("gromova").get("/supervision").text


def test_late_sittings_stand_before_those_in_which_a_machine_found_more(
    world: World, attempt: UUID, first: list[bytes], second: bytes
) -> None:
    world.clock.move_to(due(world, attempt) - timedelta(hours=1))
    other = world.start(world.entry(reference="later"))
    world.watch(other, [first[0], second, second, second])
    world.submit(other)
    world.clock.move_to(due(world, attempt))
    with world.runtime.read() as session:
        rows = queries.review_queue(session, world.actor("frolova"), world.clock.now()).items
    assert [(row.session_id, row.is_late) for row in rows] == [
        (world.sitting(attempt).id, True),
        (world.sitting(other).id, False),
    ]


def test_the_students_time_comes_before_that_of_the_second_reviewer_and_the_family_is_told(
    world: World, attempt: UUID
) -> None:
    opine(world, "frolova", attempt, V.VIOLATION)
    with world.runtime.read() as session:
        case = queries.case_view(session, world.sitting(attempt).id, None, world.clock.now())
    assert case.statement is not None
    until = case.statement.due_at
    assert working_days(world, world.clock.now().date(), until) == 3
    assert set(letters(world, "proctoring.asked")) == {world.id("sonya"), world.id("anna")}
    assert row_of(world).step is ReviewStep.STUDENT
    world.clock.move_to(until + timedelta(hours=9))
    assert (row_of(world).step, row_of(world).is_late) == (ReviewStep.SECOND, False)
    assert due(world, attempt) > until + timedelta(days=5)
    world.clock.move_to(due(world, attempt))
    assert row_of(world).is_late
    assert may_release(world, attempt), "one opinion holds nothing back for ever"
    opine(world, "yudin", attempt, V.VIOLATION)
    row = row_of(world, "yudin")
    assert (row.step, row.is_late, may_release(world, attempt)) == (ReviewStep.DECISION, False, False)
    world.clock.move_to(due(world, attempt))
    assert (row_of(world).is_late, may_release(world, attempt)) == (True, True)
    annul(world, "yudin", attempt)
    assert world.id("sonya") in letters(world, "proctoring.annulled")


def test_an_appeal_has_a_term_too_and_whoever_answers_it_finds_it_on_the_first_page(
    world: World,
    attempt: UUID,
    as_: As,  # noqa: F811
) -> None:
    for login in ("frolova", "yudin"):
        opine(world, login, attempt, V.VIOLATION)
    say(world, attempt)
    opine(world, "frolova", attempt, V.VIOLATION)
    annul(world, "yudin", attempt)
    sitting, own = world.sitting(attempt).id, f"/sittings/{world.sitting(attempt).id}"
    with world.runtime.read() as session:
        last = queries.appeal_until(session, world.clock.now(), 10)
    world.clock.advance(last - world.clock.now().date())
    page = as_("sonya").get(own).text
    assert REASON in page, "the family reads why"
    assert (
        post(as_("sonya"), f"{own}/appeal", own, appeal="Это была сестра, она принесла воды.").status_code
        == 303
    )
    assert "Ответ будет до" in as_("anna").get(own).text
    assert f"/review/annulled/{sitting}" in as_("gromova").get("/home", follow_redirects=True).text
    with world.runtime.read() as session:
        (row,) = queries.annulled_sittings(session, world.actor("gromova"), world.clock.now()).items
        kept = session.scalars(sa.select(Evidence.expires_at).where(Evidence.deleted_at.is_(None))).all()
    assert row.answer_by is not None
    assert not row.is_late
    assert min(kept) > world.clock.now() + timedelta(days=50), "what the appeal is about is there to be seen"
    world.clock.advance(timedelta(days=30))
    assert remind(world) > 0
    assert "Школа опаздывает с ответом" in as_("anna").get(own).text
    assert "Проверяющие опаздывают" in as_("gromova").get("/supervision").text
    with world.runtime.unit_of_work(world.actor("gromova")) as uow:
        service.decide_appeal(uow, sitting, is_upheld=False, reason="На снимках взрослый мужчина.")
    assert world.id("anna") in letters(world, "proctoring.answered")
    with world.runtime.read() as session:
        (told,) = queries.subject_records(session, world.id("sonya"), world.clock.now()).document["sittings"]
    assert told["annulled_because"] == REASON
    assert told["appeal"]["answer"] == "На снимках взрослый мужчина.", "it is in what the family takes home"


def test_an_opinion_of_somebody_who_came_near_since_counts_no_more(world: World, attempt: UUID) -> None:
    for login in ("frolova", "yudin"):
        opine(world, login, attempt, V.VIOLATION)
    say(world, attempt)
    with world.runtime.unit_of_work(SYSTEM) as uow:
        assign_staff(
            uow,
            staff_id=world.id("frolova"),
            student_id=world.id("sonya"),
            org_id=world.id("school-14"),
            kind=AssignmentKind.TUTOR,
        )
    with pytest.raises(Conflict, match="annul_two_people"):
        annul(world, "yudin", attempt)
    third(world, "mironova")
    assert opine(world, "mironova", attempt, V.VIOLATION) == "violation"
    with pytest.raises(Conflict, match="annul_unheard"):  # she has not read what the student said
        annul(world, "yudin", attempt)
    opine(world, "mironova", attempt, V.VIOLATION)
    annul(world, "yudin", attempt)


def test_who_confirmed_the_identity_or_vouched_for_it_does_not_judge_the_sitting(
    world: World, attempt: UUID
) -> None:
    for column in (IdentityCheck.decided_by, IdentityCheck.vouched_by):
        with world.runtime.unit_of_work(SYSTEM) as uow:
            who = {"decided_by": world.id("kim"), "vouched_by": None, column.key: world.id("yudin")}
            uow.session.execute(sa.update(IdentityCheck).values(**who))
        with pytest.raises(NotFound):
            opine(world, "yudin", attempt, V.NO_QUESTIONS)


def test_both_who_see_a_violation_know_what_the_student_said(
    world: World,
    attempt: UUID,
    as_: As,  # noqa: F811
) -> None:
    opine(world, "frolova", attempt, V.VIOLATION)
    opine(world, "yudin", attempt, V.VIOLATION)
    world.clock.advance(timedelta(hours=1))
    say(world, attempt)
    with world.runtime.read() as session:
        sitting = world.sitting(attempt).id
        case = queries.case_view(session, sitting, world.id("yudin"), world.clock.now())
    assert case.annul_hindrance == "unheard"
    assert row_of(world, "yudin").has_news
    assert "Ученик ответил: посмотрите ещё раз" in as_("yudin").get("/review").text
    with pytest.raises(Conflict, match="annul_unheard"):
        annul(world, "yudin", attempt)
    world.clock.advance(timedelta(hours=1))
    opine(world, "frolova", attempt, V.VIOLATION)
    assert not row_of(world, "frolova").has_news
    annul(world, "yudin", attempt)
    assert world.sitting(attempt).outcome is SessionOutcome.ANNULLED


def test_a_violation_is_not_decided_on_words_about_something_else(world: World, attempt: UUID) -> None:
    opine(world, "frolova", attempt, V.ASK_STUDENT, "Почему камера была закрыта?")
    say(world, attempt, "Выключили свет.")
    opine(world, "frolova", attempt, V.VIOLATION)
    assert opine(world, "yudin", attempt, V.VIOLATION, "Рядом сидит взрослый.") == "violation"
    with pytest.raises(Conflict, match="annul_statement"):
        annul(world, "yudin", attempt)
    with world.runtime.read() as session:
        case = queries.case_view(session, world.sitting(attempt).id, None, world.clock.now())
        (asked,) = queries.sittings_asked(session, [world.id("sonya")])
    assert (asked.question, case.accusations) == (REASON, ("Рядом сидит взрослый.",))
    assert [said.text for said in case.earlier_statements] == ["Выключили свет."]


def test_an_opinion_in_a_later_round_is_not_blind(world: World, attempt: UUID) -> None:
    opine(world, "frolova", attempt, V.NO_QUESTIONS, "")
    opine(world, "frolova", attempt, V.VIOLATION)
    opine(world, "yudin", attempt, V.VIOLATION)
    with world.runtime.read() as session:
        rows = session.execute(
            sa.select(ReviewDecision.round, ReviewDecision.is_blind).order_by(
                ReviewDecision.at, ReviewDecision.id
            )
        ).all()
    assert [tuple(row) for row in rows] == [(1, True), (2, False), (2, True)]


def test_a_running_sitting_is_no_reviewers_matter(
    world: World,
    first: list[bytes],
    as_: As,  # noqa: F811
) -> None:
    made = world.start(world.entry())
    world.watch(made, first[:1])
    sitting = world.sitting(made).id
    with world.runtime.read() as session:
        picture = session.scalars(sa.select(Evidence.id).where(Evidence.session_id == sitting)).first()
    assert picture is not None
    assert as_("frolova").get(f"/review/{sitting}").status_code == 404
    with world.runtime.unit_of_work(world.actor("frolova")) as uow, pytest.raises(NotFound):
        service.open_evidence(uow, picture)
    world.submit(made)
    assert as_("frolova").get(f"/review/{sitting}").status_code == 200


def test_a_result_that_is_released_moves_the_evidence_of_its_own_sitting_alone(
    world: World, attempt: UUID, first: list[bytes]
) -> None:
    other = world.start(world.entry(reference="later"))
    world.watch(other, first[1:2])
    with world.runtime.unit_of_work(SYSTEM) as uow:  # exams that ask for no identity have no check
        uow.session.execute(sa.update(ProctoringSession).values(check_id=None))
    of_other = sa.select(Evidence.expires_at).where(Evidence.session_id == world.sitting(other).id)
    opine(world, "frolova", attempt, V.NO_QUESTIONS, "")
    with world.runtime.read() as session:
        before = session.scalars(of_other).all()
    with world.runtime.unit_of_work(SYSTEM) as uow:
        service.release_evidence(uow, attempt)
    with world.runtime.read() as session:
        assert session.scalars(of_other).all() == before


def test_a_reviewer_reads_no_answers_on_any_address(
    world: World,
    attempt: UUID,
    as_: As,  # noqa: F811
) -> None:
    opine(world, "frolova", attempt, V.NO_QUESTIONS, "")
    reviewer, teacher, person = as_("frolova"), as_("kim"), world.id("sonya")
    for address in (
        f"/attempts/{attempt}/status",
        f"/attempts/{attempt}/receipts",
        f"/exams?person={person}",
        f"/journal?person={person}",
    ):
        assert reviewer.get(address).status_code == 404, address
        assert teacher.get(address).status_code == 200, address
    for address in (f"/api/v1/attempts/{attempt}/review", f"/api/v1/persons/{person}/results"):
        assert reviewer.get(address).status_code == 404, address


def test_whose_sample_ends_soon_is_told_on_the_first_page_and_by_letter(
    world: World,
    first: list[bytes],
    as_: As,  # noqa: F811
) -> None:
    world.register(first)
    pupil = as_("sonya")
    assert "/identity/sample" not in pupil.get("/home", follow_redirects=True).text
    world.clock.advance(timedelta(days=340))
    for expected in (1, 0):
        with world.runtime.unit_of_work(SYSTEM) as uow:
            assert service.tell_owners(uow) == expected
    assert letters(world, "proctoring.sample_ends") == [world.id("sonya")]
    assert "/identity/sample" in as_("sonya").get("/home", follow_redirects=True).text
