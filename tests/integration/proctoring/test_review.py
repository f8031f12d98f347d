"""Review: the machine orders, people decide; two and the student's word before anything adverse."""

from __future__ import annotations

import base64
import io
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import numpy as np
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from PIL import Image

from lms.assessment import queries as assessment_queries
from lms.assessment.models import Attempt, AttemptItem, BlueprintVersion, Grade, Result
from lms.assessment.ports import ATTEMPT_GATES
from lms.assessment.types import AttemptState
from lms.core import ledger
from lms.core.actor import SYSTEM
from lms.core.contracts import EXPLAINERS, BasisRef
from lms.core.errors import Conflict, Gone, InvalidInput, NotFound
from lms.core.models import AccessLog
from lms.home.sources.student import waiting
from lms.people.models import Guardianship, Role
from lms.people.types import RoleKind
from lms.proctoring import queries, service
from lms.proctoring.blurring import WIDE
from lms.proctoring.models import Evidence, ProctoringSession, SittingAppeal
from lms.proctoring.types import SessionOutcome, SessionState, Verdict
from lms.proctoring.verifiers.pictures import find_faces
from tests.integration.proctoring.conftest import SUPERVISED, World
from tests.integration.proctoring.test_pages import as_  # noqa: F401 - a fixture

V = Verdict
REASON = "На снимках 12:03–12:09 лицо не похоже на образец."


@pytest.fixture
def attempt(world: World, first: list[bytes], second: bytes) -> UUID:
    """Return a sitting in which somebody else sat down."""
    world.register(first)
    made = world.start(world.entry())
    world.watch(made, [first[0], second, second, second])
    world.submit(made)
    return made


def opine(world: World, login: str, attempt: UUID, verdict: Verdict, reason: str = REASON) -> str:
    with world.runtime.unit_of_work(world.actor(login)) as uow:
        return service.give_opinion(uow, world.sitting(attempt).id, verdict, reason=reason)


def say(world: World, attempt: UUID, text: str = "Это был брат, он заглянул.") -> None:
    with world.runtime.unit_of_work(world.actor("sonya")) as uow:
        service.write_statement(uow, world.sitting(attempt).id, text)


def annul(world: World, login: str, attempt: UUID) -> list[BasisRef]:
    with world.runtime.unit_of_work(world.actor(login)) as uow:
        return service.annul_sitting(uow, world.sitting(attempt).id, reason=REASON)


def may_release(world: World, attempt: UUID) -> bool:
    from lms.app import create_app

    gate = world.runtime.registries.of(ATTEMPT_GATES).get("proctoring")
    with create_app(runtime=world.runtime).test_request_context(), world.runtime.read() as session:
        return gate.may_release(session, attempt, world.clock.now()).is_open


def test_index_and_reasons_stay_hidden_until_ones_own_opinion(world: World, attempt: UUID) -> None:
    with world.runtime.read() as session:
        row = queries.review_queue(session, world.actor("frolova"), world.clock.now()).items[0]
        case = queries.case_view(session, row.session_id, world.id("frolova"), world.clock.now())
    assert (row.index, row.reasons) == (None, ())
    assert (case.is_revealed, case.terms, case.opinions) == (False, (), ())
    assert [kind for _, kind, _ in case.timeline if kind.startswith("incident.")] == ["incident.hidden"]
    assert {item.kind for item in case.evidence} == {""}
    opine(world, "frolova", attempt, V.SECOND_REVIEWER)
    with world.runtime.read() as session:
        seen = queries.review_queue(session, world.actor("frolova"), world.clock.now()).items[0]
        hidden = queries.review_queue(session, world.actor("yudin"), world.clock.now()).items[0]
        other = queries.case_view(session, row.session_id, world.id("yudin"), world.clock.now())
    assert seen.reasons == ("other_person",)
    assert seen.index == 45
    assert hidden.index is None
    with world.runtime.read() as session:
        case = queries.case_view(session, row.session_id, world.id("frolova"), world.clock.now())
    assert [kind for _, kind, _ in case.timeline if kind.startswith("incident.")] == ["incident.other_person"]
    assert other.opinions == ()


def test_one_opinion_without_questions_closes_and_lets_the_result_out(world: World, attempt: UUID) -> None:
    assert not may_release(world, attempt)
    assert opine(world, "frolova", attempt, V.NO_QUESTIONS, "") == "no_questions"
    assert world.sitting(attempt).state is SessionState.CLOSED
    assert may_release(world, attempt)


@pytest.mark.parametrize("login", ["kim", "komarov", "ilyina", "gusev"])
def test_a_teacher_or_somebody_from_elsewhere_cannot_review(world: World, attempt: UUID, login: str) -> None:
    with pytest.raises(Exception, match=r"auth\.(not_your_role|out_of_reach)"):
        opine(world, login, attempt, V.NO_QUESTIONS)


def test_a_reviewer_who_teaches_the_student_is_too_near(world: World, attempt: UUID) -> None:
    from lms.people.service import assign_staff
    from lms.people.types import AssignmentKind

    with world.runtime.unit_of_work(SYSTEM) as uow:
        assign_staff(
            uow,
            staff_id=world.id("yudin"),
            student_id=world.id("sonya"),
            org_id=world.id("school-14"),
            kind=AssignmentKind.TUTOR,
        )
    with pytest.raises(NotFound):
        opine(world, "yudin", attempt, V.NO_QUESTIONS)
    with world.runtime.read() as session:
        assert queries.review_queue(session, world.actor("yudin"), world.clock.now()).items == []


def test_a_violation_needs_a_reason_a_second_person_and_the_students_word(
    world: World, attempt: UUID
) -> None:
    with pytest.raises(InvalidInput, match="reason_missing"):
        opine(world, "frolova", attempt, V.VIOLATION, "ну")
    assert opine(world, "frolova", attempt, V.VIOLATION) == "waiting"
    assert (
        opine(world, "frolova", attempt, V.VIOLATION) == "waiting"
    )  # saying it twice makes no second person
    with pytest.raises(Conflict, match="annul_two_people"):
        annul(world, "frolova", attempt)
    assert opine(world, "yudin", attempt, V.VIOLATION) == "violation"
    with pytest.raises(Conflict, match="annul_statement"):
        annul(world, "yudin", attempt)
    say(world, attempt)
    opine(world, "frolova", attempt, V.VIOLATION)  # with the student's words before her
    annul(world, "yudin", attempt)
    assert world.sitting(attempt).outcome is SessionOutcome.ANNULLED


def test_when_the_deadline_is_over_silence_does_not_stop_the_review(world: World, attempt: UUID) -> None:
    opine(world, "frolova", attempt, V.VIOLATION)
    opine(world, "yudin", attempt, V.VIOLATION)
    world.clock.advance(timedelta(days=7))
    annul(world, "frolova", attempt)
    assert world.sitting(attempt).outcome is SessionOutcome.ANNULLED


def test_when_people_disagree_the_students_side_counts(world: World, attempt: UUID) -> None:
    opine(world, "frolova", attempt, V.VIOLATION)
    assert opine(world, "yudin", attempt, V.NO_QUESTIONS, "") == "no_questions"
    assert may_release(world, attempt)


def test_annulling_suspends_the_result_and_reinstating_brings_back_exactly_what_was(
    world: World, attempt: UUID
) -> None:
    with world.runtime.read() as session:
        before = session.get_one(Attempt, attempt).state
        result_before = [(r.id, r.state, r.mark) for r in session.scalars(sa.select(Result))]
    assert result_before
    opine(world, "frolova", attempt, V.VIOLATION)
    opine(world, "yudin", attempt, V.VIOLATION)
    say(world, attempt)
    opine(world, "frolova", attempt, V.VIOLATION)
    suspended = annul(world, "yudin", attempt)
    assert [ref.kind for ref in suspended] == ["assessment.result"] * len(result_before)
    with world.runtime.read() as session:
        assert session.get_one(Attempt, attempt).state is AttemptState.ANNULLED
        assert all(r.state.value == "suspended" for r in session.scalars(sa.select(Result)))
    assert not may_release(world, attempt)
    with world.runtime.unit_of_work(world.actor("frolova")) as uow:
        returned = service.reinstate_sitting(
            uow, world.sitting(attempt).id, reason="Апелляция № 3 удовлетворена."
        )
    assert set(returned) == set(suspended)
    with world.runtime.read() as session:
        assert session.get_one(Attempt, attempt).state is before
        assert [(r.id, r.state, r.mark) for r in session.scalars(sa.select(Result))] == result_before
        assert not list(ledger.verify(session, world.runtime.keys))
    assert may_release(world, attempt)


def test_a_closed_sitting_is_looked_at_again_in_a_new_round(world: World, attempt: UUID) -> None:
    opine(world, "frolova", attempt, V.ASK_STUDENT, "Кто вошёл в комнату в 12:03?")
    say(world, attempt, "Мама принесла чай.")
    opine(world, "frolova", attempt, V.NO_QUESTIONS, "")
    assert opine(world, "frolova", attempt, V.VIOLATION) == "waiting"
    assert world.sitting(attempt).review_round == 2
    assert opine(world, "yudin", attempt, V.VIOLATION) == "violation"
    with pytest.raises(Conflict, match="annul_statement"):  # the words of the first round do not count
        annul(world, "yudin", attempt)
    with world.runtime.read() as session:
        case = queries.case_view(session, world.sitting(attempt).id, world.id("yudin"), world.clock.now())
        (summary,) = queries.sittings_of(session, [world.id("sonya")])
        assert queries.sittings_asked(session, [world.id("sonya")]) == [summary]
        assert waiting(session, world.id("sonya"), world.clock.now()).question
    assert case.statement is not None
    assert (case.statement.question, case.statement.text) == (REASON, None)
    assert [s.text for s in case.earlier_statements] == ["Мама принесла чай."]
    assert (summary.question, summary.statement) == (REASON, None)
    say(world, attempt)
    with world.runtime.read() as session:
        assert queries.sittings_asked(session, [world.id("sonya")]) == []
        assert not waiting(session, world.id("sonya"), world.clock.now()).question
    opine(world, "frolova", attempt, V.VIOLATION)
    annul(world, "yudin", attempt)
    assert world.sitting(attempt).outcome is SessionOutcome.ANNULLED


def test_a_reviewer_or_director_of_the_family_is_too_near(world: World, attempt: UUID) -> None:
    sitting = world.sitting(attempt).id
    opine(world, "frolova", attempt, V.VIOLATION)
    opine(world, "yudin", attempt, V.VIOLATION)
    say(world, attempt)
    opine(world, "frolova", attempt, V.VIOLATION)  # with the student's words before her
    annul(world, "yudin", attempt)
    for login in ("gromova", "frolova"):
        make_parent(world, login, is_restricted=login == "frolova")
        with world.runtime.unit_of_work(world.actor(login)) as uow, pytest.raises(NotFound):
            service.reinstate_sitting(uow, sitting, reason="Апелляция № 3 удовлетворена.")
        with world.runtime.read() as session:
            assert queries.annulled_sittings(session, world.actor(login), world.clock.now()).items == []
    with pytest.raises(NotFound):
        opine(world, "frolova", attempt, V.VIOLATION)


def test_two_opinions_at_once_follow_each_other(world: World, attempt: UUID) -> None:
    """On PostgreSQL the second waits for the first; SQLite lets nobody in beside a writer anyway."""
    waiting = threading.Thread(target=opine, args=(world, "yudin", attempt, V.VIOLATION))
    sitting = world.sitting(attempt).id
    with world.runtime.unit_of_work(world.actor("frolova")) as uow:
        assert service.give_opinion(uow, sitting, V.NO_QUESTIONS, reason="") == "no_questions"
        waiting.start()
        waiting.join(timeout=0.5)
        assert waiting.is_alive()
    waiting.join(timeout=20)
    row = world.sitting(attempt)
    assert (row.state, row.outcome, row.review_round) == (SessionState.QUEUED, SessionOutcome.NO_QUESTIONS, 2)


@pytest.mark.parametrize("engine_name", ["postgres"], indirect=True)
def test_an_appeal_that_is_written_while_the_sweep_waits_for_its_sitting_keeps_everything(
    world: World, attempt: UUID
) -> None:
    opine(world, "frolova", attempt, V.NO_QUESTIONS, "")
    sitting = world.sitting(attempt).id
    world.clock.advance(timedelta(days=200))
    with world.runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(sa.update(Evidence).values(deleted_at=uow.now()))

    def sweep() -> int:
        with world.runtime.unit_of_work(SYSTEM) as uow:
            return service.forget_events(uow)

    with ThreadPoolExecutor(1) as pool, world.runtime.unit_of_work(SYSTEM) as uow:
        uow.session.get(ProctoringSession, sitting, with_for_update=True)
        swept = pool.submit(sweep)
        with pytest.raises(TimeoutError):
            swept.result(timeout=0.5)
        uow.session.add(
            SittingAppeal(
                session_id=sitting,
                round=1,
                text="Это была сестра.",
                filed_by=world.id("anna"),
                filed_at=uow.now(),
                answer_due_at=uow.now(),
            )
        )
    assert swept.result(timeout=20) == 0
    assert world.sitting(attempt).events_gone_at is None


def make_parent(world: World, login: str, *, is_restricted: bool = False) -> None:
    with world.runtime.unit_of_work(SYSTEM) as uow:
        uow.session.add(
            Guardianship(
                adult_id=world.id(login),
                child_id=world.id("sonya"),
                may_view=True,
                is_restricted=is_restricted,
                valid_from=world.clock.now(),
            )
        )


def test_every_look_at_evidence_by_others_is_written_down(world: World, attempt: UUID) -> None:
    with world.runtime.read() as session:
        evidence = session.scalars(sa.select(Evidence.id)).first()
    assert evidence is not None
    for login in ("frolova", "anna", "sonya"):
        with world.runtime.unit_of_work(world.actor(login)) as uow:
            service.open_evidence(uow, evidence)
    for login in ("kim", "komarov", "ruslan", "lev"):
        with world.runtime.unit_of_work(world.actor(login)) as uow, pytest.raises(Exception, match=r"auth\."):
            service.open_evidence(uow, evidence)
    with world.runtime.read() as session:
        seen = session.scalars(
            sa.select(AccessLog.actor_person_id).where(
                AccessLog.action == "proctoring.evidence", AccessLog.subject_person_id == world.id("sonya")
            )
        ).all()
    assert set(seen) == {world.id("frolova"), world.id("anna")}  # one's own pictures need no log


def test_the_chain_of_why_leads_from_the_attempt_to_the_identity_check(world: World, attempt: UUID) -> None:
    from lms.app import create_app

    opine(world, "frolova", attempt, V.NO_QUESTIONS, "")
    explainer = world.runtime.registries.of(EXPLAINERS).get("proctoring")
    with create_app(runtime=world.runtime).test_request_context(), world.runtime.read() as session:
        sitting = explainer.explain(session, BasisRef("proctoring.for_attempt", attempt))
        assert sitting is not None
        assert sitting.ref.kind == "proctoring.session"
        check = explainer.explain(session, sitting.rests_on[0])
    assert check is not None
    assert check.actor_id == world.id("kim")
    assert check.state == "valid"


def test_who_marked_the_attempt_does_not_review_it(world: World, attempt: UUID) -> None:
    of_attempt = sa.select(AttemptItem.id).where(AttemptItem.attempt_id == attempt)
    with world.runtime.unit_of_work(SYSTEM) as uow:
        marks = sa.update(Grade).where(Grade.attempt_item_id.in_(of_attempt))
        uow.session.execute(marks.values(graded_by=world.id("yudin")))
    with world.runtime.read() as session:
        assert assessment_queries.marked_among(session, world.id("yudin"), [attempt]) == {attempt}
        assert queries.review_queue(session, world.actor("yudin"), world.clock.now()).total == 0
    with pytest.raises(NotFound):
        opine(world, "yudin", attempt, V.NO_QUESTIONS)
    assert opine(world, "frolova", attempt, V.NO_QUESTIONS, "") == "no_questions"


def test_only_who_sees_a_violation_annuls_and_nothing_is_said_after_it(world: World, attempt: UUID) -> None:
    for login in ("frolova", "yudin"):
        opine(world, login, attempt, V.VIOLATION)
    world.clock.advance(timedelta(days=7))
    third(world, "mironova")
    with pytest.raises(Conflict, match="annul_own"):
        annul(world, "mironova", attempt)
    assert world.sitting(attempt).outcome is SessionOutcome.NONE
    with world.runtime.read() as session:
        assert len(queries.sittings_asked(session, [world.id("sonya")])) == 1
    annul(world, "frolova", attempt)
    with pytest.raises(Conflict, match="not_asked"):
        say(world, attempt, "Слово, сказанное после решения.")
    with world.runtime.read() as session:
        assert queries.sittings_asked(session, [world.id("sonya")]) == []


def third(world: World, login: str) -> None:
    """Make somebody a reviewer, too."""
    with world.runtime.unit_of_work(SYSTEM) as uow:
        uow.session.add(
            Role(
                person_id=world.id(login),
                org_id=world.id("school-14"),
                kind=RoleKind.REVIEWER,
                valid_from=world.clock.now() - timedelta(days=1),
            )
        )


def test_a_picture_whose_time_is_over_is_shown_to_nobody_before_the_sweep_comes_by(
    world: World, attempt: UUID
) -> None:
    with world.runtime.unit_of_work(SYSTEM) as uow:
        row = uow.session.scalars(sa.select(Evidence)).first()
        assert row is not None
        evidence, row.expires_at = row.id, uow.now()
    for login in ("frolova", "sonya"):
        with world.runtime.unit_of_work(world.actor(login)) as uow, pytest.raises(Gone):
            service.open_evidence(uow, evidence)
        with world.runtime.unit_of_work(world.actor(login)) as uow:
            assert service.blur_evidence(uow, [evidence]) == {}


def test_closed_pictures_are_patches_in_which_nobody_is_recognised_and_listing_them_is_one_line(
    world: World,
    attempt: UUID,
    as_: Callable[[str], FlaskClient],  # noqa: F811
) -> None:
    with world.runtime.read() as session:
        shown = list(session.scalars(sa.select(Evidence.id)))
    with world.runtime.unit_of_work(world.actor("frolova")) as uow:
        found = service.blur_evidence(uow, shown)
    assert len(found) == len(shown) >= 2
    for address in found.values():
        data = base64.b64decode(address.removeprefix("data:image/png;base64,"))
        with Image.open(io.BytesIO(data)) as patches:
            assert patches.width == WIDE <= 8
            large = np.asarray(patches.resize((640, 480), Image.Resampling.BICUBIC))[:, :, ::-1]
        assert find_faces(np.ascontiguousarray(large)) == []
    for login in ("kim", "lev", "ruslan"):
        with world.runtime.unit_of_work(world.actor(login)) as uow, pytest.raises(Exception, match=r"auth\."):
            service.blur_evidence(uow, shown)
    page = as_("frolova").get(f"/review/{world.sitting(attempt).id}").text
    assert page.count('src="data:image/png') == len(shown)
    with world.runtime.read() as session:
        lines = session.scalars(
            sa.select(AccessLog.action).where(AccessLog.actor_person_id == world.id("frolova"))
        ).all()
    assert [line for line in lines if line.startswith("proctoring.")] == ["proctoring.review"]


def test_the_weights_of_a_sitting_are_those_with_which_it_began(
    world: World, first: list[bytes], second: bytes
) -> None:
    world.register(first)
    made = world.start(world.entry(index_weights={"other_person": 10}))
    with world.runtime.unit_of_work(SYSTEM) as uow:
        heavier = {**SUPERVISED, "index_weights": {"other_person": 90}}
        uow.session.execute(sa.update(BlueprintVersion).values(supervision=heavier))
    world.watch(made, [first[0], second, second, second])
    world.submit(made)
    opine(world, "frolova", made, V.SECOND_REVIEWER)
    with world.runtime.read() as session:
        (row,) = queries.review_queue(session, world.actor("frolova"), world.clock.now()).items
    assert row.index == 9, "0.9 x 10"
