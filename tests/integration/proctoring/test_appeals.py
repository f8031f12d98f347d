"""A family appeals against an annulment; somebody decides who gave no opinion, and it is read by everybody it concerns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from babel.dates import format_date
from flask.testing import FlaskClient

from lms.core import ledger
from lms.core.actor import SYSTEM
from lms.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from lms.core.models import AccessLog
from lms.proctoring import queries, service
from lms.proctoring.models import Evidence, ProctorDuty, ProctoringSession, ReviewDecision
from lms.proctoring.types import SessionOutcome, Verdict
from tests.integration.proctoring.conftest import World
from tests.integration.proctoring.test_pages import as_, post  # noqa: F401 - a fixture
from tests.integration.proctoring.test_review import make_parent, third

As = Callable[[str], FlaskClient]
WHY = "С 12:03 на снимках другое лицо."
SAID = "Это была сестра, она принесла воды."


@pytest.fixture
def engine_url(sqlite_url: str) -> str:
    """Return one engine: which one does not matter here."""
    return sqlite_url


def annulled(world: World, pictures: list[bytes]) -> UUID:
    """Annul a sitting of Sonya's by two reviewers after her words; return it."""
    attempt = world.start(world.entry())
    world.watch(attempt, pictures)
    world.submit(attempt)
    sitting = world.sitting(attempt).id
    annul_again(world, sitting)
    return sitting


def annul_again(world: World, sitting: UUID, reviewers: tuple[str, str] = ("frolova", "yudin")) -> None:
    for login in reviewers:
        with world.runtime.unit_of_work(world.actor(login)) as uow:
            service.give_opinion(uow, sitting, Verdict.VIOLATION, reason=WHY)
    with world.runtime.unit_of_work(world.actor("sonya")) as uow:
        service.write_statement(uow, sitting, "Я не понимаю, о чём речь.")
    with world.runtime.unit_of_work(world.actor(reviewers[1])) as uow:
        service.give_opinion(uow, sitting, Verdict.VIOLATION, reason=WHY)
    with world.runtime.unit_of_work(world.actor(reviewers[0])) as uow:
        service.annul_sitting(uow, sitting, reason=WHY)


def decide(world: World, login: str, sitting: UUID, *, is_upheld: bool, reason: str = WHY) -> None:
    with world.runtime.unit_of_work(world.actor(login)) as uow:
        service.decide_appeal(uow, sitting, is_upheld=is_upheld, reason=reason)


def test_an_appeal_is_filed_once_and_decided_by_somebody_else(world: World, first: list[bytes]) -> None:
    sitting = annulled(world, first[:1])

    def appeal(login: str, text: str = SAID) -> None:
        with world.runtime.unit_of_work(world.actor(login)) as uow:
            service.appeal_annulment(uow, sitting, text)

    for login in ("lev", "kim", "frolova"):
        with pytest.raises((Forbidden, NotFound)):
            appeal(login)
    with pytest.raises(InvalidInput, match="reason_missing"):
        appeal("sonya", " нет ")
    with pytest.raises(Conflict, match="no_appeal"):
        decide(world, "gromova", sitting, is_upheld=True)
    appeal("anna")
    with pytest.raises(Conflict, match="appealed"):
        appeal("sonya")
    with pytest.raises(Conflict, match="appeal_own"):
        decide(world, "yudin", sitting, is_upheld=False)
    for login in ("kim", "sonya", "vlasova"):
        with pytest.raises((Forbidden, NotFound)):
            decide(world, login, sitting, is_upheld=True)
    with world.runtime.read() as session:
        assert [
            row.is_appealed
            for row in queries.annulled_sittings(session, world.actor("gromova"), world.clock.now()).items
        ] == [True]
    decide(world, "gromova", sitting, is_upheld=False, reason="На снимках взрослый мужчина.")
    with world.runtime.read() as session:
        case = queries.case_view(session, sitting, None, world.clock.now())
        assert case.appeal is not None
        assert (case.appeal.is_upheld, case.appeal.reason) == (False, "На снимках взрослый мужчина.")
        assert case.session.outcome is SessionOutcome.ANNULLED
        assert not list(ledger.verify(session, world.runtime.keys))
    with pytest.raises(Conflict, match="no_appeal"):
        decide(world, "gromova", sitting, is_upheld=True)


def test_an_upheld_appeal_brings_the_sitting_back_and_another_annulment_another_appeal(
    world: World,
    as_: As,  # noqa: F811
    first: list[bytes],
) -> None:
    sitting = annulled(world, first[:1])
    own, desk = f"/sittings/{sitting}", f"/review/annulled/{sitting}"
    pupil, director = as_("sonya"), as_("gromova")
    refused = post(pupil, f"{own}/appeal", own, appeal="нет")
    assert refused.status_code == 422
    assert "нет</textarea>" in refused.text
    assert post(pupil, f"{own}/appeal", own, appeal=SAID).status_code == 303
    assert SAID in as_("anna").get(own).text
    assert "Ждёт апелляция" in director.get("/review/annulled").text
    assert SAID in director.get(desk).text
    assert post(as_("yudin"), desk, reason=WHY, decision="reject").status_code == 422
    assert post(director, desk, reason="Сестра видна на снимке.", decision="uphold").status_code == 303
    shown = pupil.get(own).text
    assert "Удовлетворена" in shown
    assert "Сестра видна на снимке." in shown
    with pytest.raises(Conflict, match="overruled"):
        annul_again(world, sitting)
    for login in ("mironova", "gusev"):
        third(world, login)
    world.clock.advance(timedelta(minutes=1))
    annul_again(world, sitting, ("mironova", "gusev"))
    assert 'name="appeal"' in pupil.get(own).text, "what was decided before is no appeal against this"
    assert post(as_("anna"), f"{own}/appeal", own, appeal=SAID).status_code == 303
    assert post(director, desk, reason="Второй раз это не сестра.", decision="reject").status_code == 303
    assert "Второй раз это не сестра." in pupil.get(own).text


def test_who_answers_an_appeal_sees_what_it_is_about_while_it_is_annulled_and_every_look_is_written_down(
    world: World,
    as_: As,  # noqa: F811
    first: list[bytes],
) -> None:
    attempt = world.start(world.entry())
    world.watch(attempt, first[:1])
    world.submit(attempt)
    sitting = world.sitting(attempt).id
    with world.runtime.read() as session:
        picture = session.scalars(sa.select(Evidence.id).where(Evidence.session_id == sitting)).one()
    director, address = as_("gromova"), f"/identity/evidence/{picture}"
    assert director.get(address).status_code == 403, "while people review, it is no matter of the director"
    annul_again(world, sitting)
    desk = f"/review/annulled/{sitting}"
    assert f"{desk}?open={picture}" in director.get(desk).text
    assert address in director.get(f"{desk}?open={picture}").text
    assert director.get(address).status_code == 200
    for login in ("kim", "vlasova", "komarov"):
        assert as_(login).get(address).status_code in {403, 404}
    with world.runtime.read() as session:
        looks = sa.select(AccessLog.actor_person_id).where(
            AccessLog.object_id == picture, AccessLog.outcome == "shown"
        )
        assert session.scalars(looks).all() == [world.id("gromova")]
    with world.runtime.unit_of_work(world.actor("gromova")) as uow:
        service.reinstate_sitting(uow, sitting, reason=WHY)
    assert director.get(address).status_code == 403


def test_an_appeal_has_a_last_day_that_the_page_names_and_earlier_reviewers_do_not_reject_it(
    world: World,
    as_: As,  # noqa: F811
    first: list[bytes],
) -> None:
    sitting = annulled(world, first[:1])
    row = world.get(ProctoringSession, sitting)
    with world.runtime.read() as session:
        last = queries.appeal_until(session, row.closed_at, 10)
    assert last >= row.closed_at.date() + timedelta(days=12), "ten working days are two weeks and more"
    own = f"/sittings/{sitting}"
    said = f"принимают до {format_date(last, 'd MMMM', locale='ru')}"
    assert said in as_("sonya").get(own).text
    world.clock.move_to(datetime.combine(last, time(9), UTC) + timedelta(days=1))
    late = post(as_("sonya"), f"{own}/appeal", "/sittings", appeal=SAID)
    assert late.status_code == 422
    assert "Время подать апелляцию в школе прошло" in late.text
    shown = as_("anna").get(own).text
    assert 'name="appeal"' not in shown
    assert "Вы можете подать апелляцию" not in shown
    assert "В комиссию по урегулированию споров обратиться можно и теперь" in shown
    world.clock.move_to(datetime.combine(last, time(9), UTC))
    assert post(as_("sonya"), f"{own}/appeal", own, appeal=SAID).status_code == 303
    with world.runtime.unit_of_work(SYSTEM) as uow:
        earlier = {"session_id": sitting, "reviewer_id": world.id("gromova"), "round": row.review_round - 1}
        uow.session.add(
            ReviewDecision(**earlier, verdict=Verdict.VIOLATION, reason=WHY, is_blind=True, at=row.closed_at)
        )
    with pytest.raises(Conflict, match="appeal_own"):
        decide(world, "gromova", sitting, is_upheld=False)


def watched_by(world: World, login: str, sitting: UUID) -> None:
    """Let a reviewer have been on duty for the exam of a sitting."""
    third(world, login)
    with world.runtime.unit_of_work(SYSTEM) as uow:
        row = uow.session.get_one(ProctoringSession, sitting)
        duty = {"exam_id": row.exam_id, "org_id": row.org_id, "set_at": row.started_at}
        uow.session.add(ProctorDuty(person_id=world.id(login), **duty))


def test_who_watched_answers_an_appeal_only_where_nobody_else_may_and_the_heads_read_it(
    world: World,
    as_: As,  # noqa: F811
    first: list[bytes],
) -> None:
    sitting = annulled(world, first[:1])
    watched_by(world, "gusev", sitting)
    with world.runtime.unit_of_work(world.actor("sonya")) as uow:
        service.appeal_annulment(uow, sitting, SAID)
    watcher, desk = as_("gusev"), f"/review/annulled/{sitting}"

    def offered() -> tuple[int, int, int, bool]:
        now = world.clock.now()
        with world.runtime.read() as session:
            waiting = queries.appeals_waiting(session, world.actor("gusev"), now)
            listed = queries.annulled_sittings(session, world.actor("gusev"), now).total
        told = "Не хватает проверяющих" in as_("gromova").get("/supervision").text
        return len(waiting), listed, watcher.get(desk).status_code, told

    assert offered() == (0, 0, 404, False), "the director has neither watched nor judged"
    make_parent(world, "gromova")
    assert offered() == (1, 1, 200, True), "both other reviewers have judged"
    assert "Апелляция: Олег Гусев" in as_("gromova").get("/supervision").text
    make_parent(world, "gusev")
    assert offered() == (0, 0, 404, True)
    assert "Апелляция: ответить некому" in as_("gromova").get("/supervision").text
    third(world, "mironova")
    assert offered() == (0, 0, 404, False)


def test_who_was_overruled_is_no_other_reviewer_and_gives_no_opinion_in_a_later_round(
    world: World, first: list[bytes]
) -> None:
    sitting = annulled(world, first[:1])
    watched_by(world, "gusev", sitting)
    with world.runtime.unit_of_work(world.actor("gromova")) as uow:
        service.reinstate_sitting(uow, sitting, reason=WHY)
    with world.runtime.unit_of_work(world.actor("gusev")) as uow:
        assert service.give_opinion(uow, sitting, Verdict.VIOLATION, reason=WHY) == "waiting"
    with (
        world.runtime.unit_of_work(world.actor("frolova")) as uow,
        pytest.raises(Conflict, match="overruled"),
    ):
        service.give_opinion(uow, sitting, Verdict.VIOLATION, reason=WHY)
