"""Who is on duty sees running sittings by need, writes, stops and adds time; nobody else does, and every look is kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from lms.assessment import service as exams
from lms.assessment.models import Attempt, AttemptPause, Entry
from lms.assessment.queries.supervision import stood_still
from lms.assessment.types import AttemptState, GrantKind
from lms.core.actor import SYSTEM
from lms.core.errors import Conflict, Forbidden, Gone, InvalidInput, NotFound
from lms.core.ids import new_id
from lms.core.models import AccessLog
from lms.people.models import Role
from lms.people.types import RoleKind
from lms.proctoring import queries, service
from lms.proctoring.gate import ProctoringGate
from lms.proctoring.models import Evidence, Frame, ProctorDuty, ProctoringSession
from lms.proctoring.rules.wall import FRESH, Call, in_order, need_of
from lms.proctoring.types import MessageKind, Monitoring, Need
from tests.integration.proctoring.conftest import World
from tests.integration.proctoring.test_pages import as_, token  # noqa: F401 - a fixture


def exam_of(world: World, entry: UUID) -> UUID:
    return world.get(Entry, entry).session_id


def on_duty(world: World, entry: UUID, login: str = "gusev") -> UUID:
    with world.runtime.unit_of_work(world.actor("gromova")) as uow:
        return service.set_duty(uow, exam_of(world, entry), world.id(login))


def wall(world: World, login: str = "gusev") -> list[queries.WallRow]:
    with world.runtime.read() as session:
        return queries.wall_rows(session, world.actor(login), world.clock.now())


def test_only_who_is_on_duty_for_the_exam_sees_it_and_does_anything(world: World, first: list[bytes]) -> None:
    entry = world.entry()
    attempt = world.start(entry)
    sitting = world.sitting(attempt).id
    acts = (
        lambda uow: service.open_live_picture(uow, sitting),
        lambda uow: service.write_to_student(uow, sitting, "Всё хорошо?"),
        lambda uow: service.read_messages(uow, sitting),
        lambda uow: service.stop_sitting(uow, sitting, "Пожарная тревога"),
        lambda uow: service.continue_sitting(uow, sitting),
        lambda uow: service.extend_sitting(uow, sitting, 5, "Не было света"),
    )

    def refused(login: str) -> None:
        assert wall(world, login) == []
        for act in acts:
            with pytest.raises((Forbidden, NotFound)), world.runtime.unit_of_work(world.actor(login)) as uow:
                act(uow)

    refused("gusev")  # a proctor of the school, but not put on duty for this exam
    other = on_duty(world, world.entry("lev"))
    refused("gusev")  # on duty for another exam
    duty = on_duty(world, entry)
    assert duty == on_duty(world, entry) != other
    world.watch(attempt, first[:1])
    assert [row.session_id for row in wall(world)] == [sitting]
    for login in ("kim", "gromova", "noskova", "sonya", "anna"):
        refused(login)
    for act in acts:
        with world.runtime.unit_of_work(world.actor("gusev")) as uow:
            act(uow)
    with world.runtime.unit_of_work(world.actor("gromova")) as uow:
        service.end_duty(uow, duty)
    refused("gusev")
    for login in ("gusev", "kim", "sonya"):
        with pytest.raises((Forbidden, NotFound)), world.runtime.unit_of_work(world.actor(login)) as uow:
            service.set_duty(uow, exam_of(world, entry), world.id("gusev"))
    with pytest.raises(InvalidInput), world.runtime.unit_of_work(world.actor("gromova")) as uow:
        service.set_duty(uow, exam_of(world, entry), world.id("kim"))


def test_every_look_is_in_the_access_log_and_the_picture_goes_with_the_sitting(
    world: World, first: list[bytes]
) -> None:
    entry = world.entry()
    attempt = world.start(entry)
    on_duty(world, entry)
    world.watch(attempt, [first[0], first[1], first[2]])
    sitting = world.sitting(attempt).id
    with world.runtime.unit_of_work(world.actor("gusev")) as uow:
        _stored, data = service.open_live_picture(uow, sitting)
        assert data == first[2]  # the newest, and of the ones before only evidence is left
    with world.runtime.read() as session:
        looks = session.scalars(sa.select(AccessLog).where(AccessLog.object_kind == "frame")).all()
        assert [(look.subject_person_id, look.actor_person_id) for look in looks] == [
            (world.id("sonya"), world.id("gusev"))
        ]
        kept = set(session.scalars(sa.select(Evidence.file_id)))
        frames = list(session.scalars(sa.select(Frame).order_by(Frame.seq)))
    for frame in frames[:-1]:
        with world.runtime.unit_of_work(world.actor("gusev")) as uow:
            if frame.file_id in kept:
                uow.open_file(frame.file_id)
            else:
                with pytest.raises(Gone):
                    uow.open_file(frame.file_id)
    world.submit(attempt)
    with world.runtime.unit_of_work(world.actor("gusev")) as uow:
        assert service.forget_last_pictures(uow) == 1
        with pytest.raises(Gone):
            uow.open_file(frames[-1].file_id)
    with pytest.raises(Conflict), world.runtime.unit_of_work(world.actor("gusev")) as uow:
        service.open_live_picture(uow, sitting)


def test_both_sides_write_and_what_is_done_to_the_clock_is_said(world: World) -> None:
    entry = world.entry()
    attempt = world.start(entry)
    on_duty(world, entry)
    sitting = world.sitting(attempt).id
    ends = world.get(Attempt, attempt).deadline_at
    with world.runtime.unit_of_work(world.actor("sonya")) as uow:
        service.write_to_staff(uow, sitting, " Картинка не открылась ")
    assert wall(world)[0].call.need is Need.WRITES
    with pytest.raises((Forbidden, NotFound)), world.runtime.unit_of_work(world.actor("lev")) as uow:
        service.write_to_staff(uow, sitting, "Привет")
    with pytest.raises(InvalidInput), world.runtime.unit_of_work(world.actor("sonya")) as uow:
        service.write_to_staff(uow, sitting, "  ")
    with world.runtime.unit_of_work(world.actor("gusev")) as uow:
        service.write_to_student(uow, sitting, "Смотрю.")
        service.stop_sitting(uow, sitting, "Чиним картинку.")
    assert wall(world)[0].call.need is Need.STOPPED
    world.clock.advance(timedelta(minutes=2))
    with world.runtime.unit_of_work(world.actor("gusev")) as uow:
        service.continue_sitting(uow, sitting)
        service.extend_sitting(uow, sitting, 10, "Картинку чинили.")
    assert world.get(Attempt, attempt).deadline_at == ends + timedelta(minutes=12)
    with world.runtime.read() as session:
        lines = queries.messages_of(session, sitting)
    assert [(line.kind, line.text, line.minutes) for line in lines] == [
        (MessageKind.STUDENT, "Картинка не открылась", None),
        (MessageKind.STAFF, "Смотрю.", None),
        (MessageKind.STOPPED, "Чиним картинку.", None),
        (MessageKind.CONTINUED, "", None),
        (MessageKind.EXTENDED, "Картинку чинили.", 10),
    ]
    world.submit(attempt)
    assert wall(world) == []
    with pytest.raises(Conflict), world.runtime.unit_of_work(world.actor("sonya")) as uow:
        service.write_to_staff(uow, sitting, "Ещё")
    with world.runtime.read() as session, pytest.raises(NotFound):
        queries.wall_row(session, sitting, world.clock.now())
    with world.runtime.read() as session:
        assert len(queries.messages_of(session, sitting)) == 5  # kept with the sitting


def test_a_form_sent_twice_gives_its_minutes_once_and_says_so_once(
    world: World,
    as_: Callable[[str], Any],  # noqa: F811
) -> None:
    entry = world.entry()
    attempt = world.start(entry)
    on_duty(world, entry)
    sitting = world.sitting(attempt).id
    ends, proctor = world.get(Attempt, attempt).deadline_at, as_("gusev")

    def form() -> dict[str, str]:
        page = proctor.get(f"/wall/{sitting}").text
        found = re.search(r'name="grant_id"[^>]*value="([^"]+)"', page)
        assert found
        return {"csrf_token": token(page), "grant_id": found[1], "minutes": "5", "why": "Не было света"}

    sent = form()
    twice = [proctor.post(f"/wall/{sitting}/extend", data=sent).status_code for _ in range(2)]
    assert twice == [303, 303]
    assert world.get(Attempt, attempt).deadline_at == ends + timedelta(minutes=5)
    assert proctor.post(f"/wall/{sitting}/extend", data=form()).status_code == 303, "the next form gives anew"
    with world.runtime.unit_of_work(world.actor("gusev")) as uow:
        service.write_to_student(uow, sitting, "Всё?")
    with world.runtime.read() as session:
        lines = queries.messages_of(session, sitting)
    assert [line.minutes for line in lines] == [5, 5, None]
    wrong = {**sent, "grant_id": str(lines[2].id)}
    assert proctor.post(f"/wall/{sitting}/extend", data=wrong).status_code == 422, "an id of something else"
    assert world.get(Attempt, attempt).deadline_at == ends + timedelta(minutes=10)

    with world.runtime.unit_of_work(world.actor("mironova")) as uow:
        elsewhere = exams.grant(uow, entry, GrantKind.EXTRA_TIME, 1, "Дала канцелярия.")
    wrong = {**form(), "grant_id": str(elsewhere)}
    assert proctor.post(f"/wall/{sitting}/extend", data=wrong).status_code == 422, "a grant of the office"
    with world.runtime.read() as session:
        assert len(queries.messages_of(session, sitting)) == 3, "no line says what was not given"
    with world.runtime.unit_of_work(SYSTEM) as uow:
        granted = exams.grant(uow, entry, GrantKind.EXTRA_TIME, 1, "Дала канцелярия.", grant_id=elsewhere)
    assert granted == elsewhere
    ends += timedelta(minutes=1)

    def press(_time: int) -> None:
        with world.runtime.unit_of_work(world.actor("gusev")) as uow:
            service.extend_sitting(uow, sitting, 5, "Не было света", grant_id=once)

    once = new_id()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(press, range(2)))
    assert world.get(Attempt, attempt).deadline_at == ends + timedelta(minutes=15)


def test_nobody_is_told_of_a_stop_that_was_none_and_an_agreed_break_is_the_students_own(
    world: World,
    as_: Callable[[str], Any],  # noqa: F811
) -> None:
    entry = world.entry()
    attempt = world.start(entry)
    on_duty(world, entry)
    sitting = world.sitting(attempt).id

    def refused(code: str, act: Callable[..., object], *said: str) -> None:
        with pytest.raises(Conflict, match=code), world.runtime.unit_of_work(world.actor("gusev")) as uow:
            act(uow, sitting, *said)

    refused("proctoring.not_stopped", service.continue_sitting)
    with world.runtime.unit_of_work(SYSTEM) as uow:  # as an agreed break leaves it
        started = uow.now()
        own = AttemptPause(attempt_id=attempt, reason="", started_by=world.id("sonya"), started_at=started)
        uow.session.add(own)
        own.max_minutes = 10
        uow.session.get_one(Attempt, attempt).state = AttemptState.PAUSED
    refused("proctoring.stands_still", service.stop_sitting, "Пожарная тревога")
    refused("assessment.own_break", service.continue_sitting)
    assert (wall(world)[0].clock.is_stopped, wall(world)[0].clock.is_stopped_by_staff) == (True, False)
    shown = as_("gusev").get(f"/wall/{sitting}").text
    assert "согласованный перерыв" in shown
    assert f"/wall/{sitting}/continue" not in shown
    with (
        pytest.raises(Conflict, match="own_break"),
        world.runtime.unit_of_work(world.actor("gusev")) as uow,
    ):
        exams.pause_attempt(uow, attempt, "Пожарная тревога")
    with world.runtime.read() as session:
        assert queries.messages_of(session, sitting) == []
        still = [stood_still(session, attempt, started + timedelta(minutes=m)) for m in (-1, 0, 9, 10, 11)]
    assert still == [False, True, True, False, False], "an agreed break lasts no longer than was agreed"
    with world.runtime.unit_of_work(world.actor("sonya")) as uow:
        exams.resume_attempt(uow, attempt)


@pytest.mark.parametrize("why", ["no camera", "off duty", "role ended"])
def test_the_last_picture_goes_when_nobody_may_look_at_it_any_more(
    world: World, first: list[bytes], why: str
) -> None:
    entry = world.entry()
    attempt = world.start(entry)
    duty = on_duty(world, entry)
    world.watch(attempt, first[:2])
    sitting = world.sitting(attempt)
    shown = world.get(Frame, sitting.live_frame_id)
    with world.runtime.unit_of_work(SYSTEM) as uow:
        assert service.forget_last_pictures(uow) == 0, "somebody may look at it"
        if why == "no camera":
            uow.session.get_one(ProctoringSession, sitting.id).monitoring = Monitoring.NONE
        elif why == "off duty":
            uow.session.get_one(ProctorDuty, duty).ended_at = uow.now()
        else:
            proctor = sa.and_(Role.person_id == world.id("gusev"), Role.kind == RoleKind.PROCTOR)
            uow.session.execute(sa.update(Role).where(proctor).values(valid_to=uow.now()))
    with (
        pytest.raises((NotFound, Forbidden)),
        world.runtime.unit_of_work(world.actor("gusev")) as uow,
    ):
        service.open_live_picture(uow, sitting.id)
    with world.runtime.unit_of_work(SYSTEM) as uow:
        assert service.forget_last_pictures(uow) == 1
        with pytest.raises(Gone):
            uow.open_file(shown.file_id)
    with world.runtime.read() as session:
        found = ProctoringGate().companion(session, attempt)
    assert (found is not None and found.context["watch"]["has_watcher"]) is (why == "no camera")


MOMENTS = st.integers(0, 600)


@given(
    st.lists(
        st.tuples(st.none() | MOMENTS, st.lists(MOMENTS, max_size=3), st.none() | MOMENTS, st.booleans()),
        max_size=6,
    )
)
def test_whoever_wants_somebody_stands_before_whoever_does_not(rows: list[tuple[Any, ...]]) -> None:
    at = datetime(2026, 9, 1, 9, tzinfo=UTC)

    def ago(seconds: int | None) -> Any:
        return None if seconds is None else at - timedelta(seconds=seconds)

    calls: list[Call] = []
    for unread, signs, gone, stopped in rows:
        seen = [("no_face", ago(s), ago(s)) for s in signs]
        calls.append(
            need_of(
                at, unanswered_since=ago(unread), signs=seen, camera_gone_since=ago(gone), is_stopped=stopped
            )
        )
    shown = in_order(
        (call, str(n), (call, row)) for n, (call, row) in enumerate(zip(calls, rows, strict=True))
    )
    assert len(shown) == len(rows)
    places = [list(Need).index(call.need) for call, _row in shown]
    assert places == sorted(places)
    for call, (unread, signs, _gone, _stopped) in shown:
        if unread is not None:
            assert call.need is Need.WRITES
        elif any(timedelta(seconds=s) <= FRESH for s in signs):
            assert call.need is Need.LOOK
    waits = [call.since for call, _row in shown if call.need is Need.WRITES]
    assert waits == sorted(waits)  # who has waited longest stands first


def test_duties_are_few_rows_and_end(world: World) -> None:
    entry = world.entry()
    duty = on_duty(world, entry)
    with world.runtime.read() as session:
        exam = next(
            exam
            for exam in queries.duty_exams(session, world.id("school-14"), world.clock.now())
            if exam.exam_id == exam_of(world, entry)
        )
    assert [(key, person.id) for key, person in exam.on_duty] == [(duty, world.id("gusev"))]
    assert world.id("gusev") not in {person.id for person in exam.free}
    with world.runtime.unit_of_work(SYSTEM) as uow:  # as two people who pressed at once left it before
        at, exam_id, org_id = world.clock.now(), exam_of(world, entry), world.id("school-14")
        again = ProctorDuty(exam_id=exam_id, org_id=org_id, person_id=world.id("gusev"), set_at=at)
        uow.session.add(again)
        uow.session.flush()
        second = again.id
    with world.runtime.unit_of_work(world.actor("gromova")) as uow:
        service.end_duty(uow, duty)
    assert world.get(ProctorDuty, duty).ended_at is not None
    assert world.get(ProctorDuty, second).ended_at is not None, "off duty is off duty"
    with ThreadPoolExecutor(2) as pool:
        made = set(pool.map(lambda _time: on_duty(world, entry), range(2)))
    assert len(made) == 1, "put on duty by two people at once, a proctor is so once"


def test_the_students_page_has_the_lines_where_somebody_is_on_duty(world: World) -> None:
    entry = world.entry()
    attempt = world.start(entry)
    gate = ProctoringGate()
    with world.runtime.read() as session:
        before = gate.companion(session, attempt)
    on_duty(world, entry)
    with world.runtime.read() as session:
        after = gate.companion(session, attempt)
    assert [c.context["watch"]["has_watcher"] for c in (before, after)] == [False, True]


def test_of_two_who_stop_the_time_at_once_one_has_stopped_it(world: World) -> None:
    entry = world.entry()
    sitting = world.sitting(world.start(entry)).id
    for login in ("gusev", "dyatlov"):
        make_proctor(world, login)
        on_duty(world, entry, login)

    def press(act: Callable[..., object], *said: str) -> list[bool]:
        def one(login: str) -> bool:
            try:
                with world.runtime.unit_of_work(world.actor(login)) as uow:
                    act(uow, sitting, *said)
            except Conflict:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            return sorted(pool.map(one, ("gusev", "dyatlov")))

    assert press(service.stop_sitting, "Пожарная тревога") == [False, True]
    assert press(service.continue_sitting) == [False, True]
    with world.runtime.read() as session:
        lines = [line.kind for line in queries.messages_of(session, sitting)]
    assert lines == [MessageKind.STOPPED, MessageKind.CONTINUED]


def make_proctor(world: World, login: str) -> None:
    with world.runtime.unit_of_work(SYSTEM) as uow:
        held = sa.select(Role).where(Role.person_id == world.id(login), Role.kind == RoleKind.PROCTOR)
        if uow.session.scalar(held) is None:
            uow.session.add(
                Role(
                    person_id=world.id(login),
                    org_id=world.id("school-14"),
                    kind=RoleKind.PROCTOR,
                    valid_from=uow.now() - timedelta(days=1),
                )
            )


PAGES = ("", "/state", "/lines", "/picture", "/stream")
ACTS = {
    "lines": {"text": "Слышишь?"},
    "read": {},
    "stop": {"stop_reason": "Так"},
    "continue": {},
    "extend": {"minutes": "5", "why": "Так"},
}


@pytest.mark.parametrize("login", ["gusev", "noskova", "kim", "frolova"])
def test_a_pupil_who_was_not_assigned_is_not_seen_on_any_address(
    world: World,
    as_: Callable[[str], Any],  # noqa: F811
    first: list[bytes],
    login: str,
) -> None:
    """A proctor of the school who is on duty for another exam, and people who are none: pages, polls, pictures, acts."""
    entry = world.entry()
    attempt = world.start(entry)
    on_duty(world, entry, "gusev") if login != "gusev" else on_duty(world, world.entry("lev"), "gusev")
    world.watch(attempt, first[:1])
    sitting, client = world.sitting(attempt).id, as_(login)
    with world.runtime.read() as session:
        evidence = session.scalars(sa.select(Evidence.id)).one()
    asked = [client.get(f"/wall/{sitting}{part}") for part in PAGES]
    asked += [client.get(f"/sittings/{sitting}"), client.get(f"/sittings/{sitting}/lines")]
    asked += [client.get(f"/review/{sitting}")] if login != "frolova" else []
    asked += [client.get(f"/identity/evidence/{evidence}")] if login != "frolova" else []
    csrf = {"X-CSRFToken": token(client.get("/login", follow_redirects=True).text)}
    asked += [client.post(f"/wall/{sitting}/{act}", data=data, headers=csrf) for act, data in ACTS.items()]
    assert {reply.status_code for reply in asked} <= {403, 404}
    assert not any("Ветрова" in reply.text for reply in asked)
    assert "Ветрова" not in client.get("/wall").text
    assert "Ветрова" not in client.get("/wall/rows").text
    with world.runtime.read() as session:
        assert queries.messages_of(session, sitting) == []
        looks = sa.select(sa.func.count()).where(
            AccessLog.outcome == "shown", AccessLog.object_kind == "frame"
        )
        assert session.scalar(looks) == 0


def test_what_one_side_writes_is_text_on_every_page_of_the_other(
    world: World,
    as_: Callable[[str], Any],  # noqa: F811
) -> None:
    entry = world.entry()
    attempt = world.start(entry)
    on_duty(world, entry)
    sitting, pupil, proctor = world.sitting(attempt).id, as_("sonya"), as_("gusev")
    sent = '<script>alert(1)</script>"><img src=x onerror=alert(1)>{{ 7 * 7 }}'

    def write(client: Any, path: str, **form: str) -> int:
        csrf = {"X-CSRFToken": token(client.get("/login", follow_redirects=True).text)}
        return client.post(path, data=form, headers=csrf).status_code

    assert write(pupil, f"/sittings/{sitting}/lines", text=sent) == 303
    assert write(proctor, f"/wall/{sitting}/lines", text=sent) == 303
    assert write(proctor, f"/wall/{sitting}/extend", minutes="5", why=sent) == 303
    assert write(proctor, f"/wall/{sitting}/stop", stop_reason=sent) == 303
    read = [(proctor, f"/wall/{sitting}"), (proctor, f"/wall/{sitting}/lines"), (proctor, "/wall")]
    read += [(pupil, f"/sittings/{sitting}"), (pupil, f"/sittings/{sitting}/lines")]
    read += [(pupil, f"/attempts/{attempt}/q/1"), (as_("anna"), f"/sittings/{sitting}")]
    pages = [client.get(path, follow_redirects=True).text for client, path in read]
    assert sum("&lt;script&gt;alert(1)" in page for page in pages) >= 5, "it is told as it was written"
    for page, (_client, path) in zip(pages, read, strict=True):
        assert "<script>alert" not in page, path
        assert "<img src=x" not in page, path
        assert "{{ 7 * 7 }}" in page or "7 * 7" not in page, path


def test_a_line_that_cannot_be_taken_is_not_lost_in_silence(world: World, as_: Callable[[str], Any]) -> None:  # noqa: F811
    entry = world.entry()
    attempt = world.start(entry)
    on_duty(world, entry)
    to, pupil = f"/sittings/{world.sitting(attempt).id}/lines", as_("sonya")
    csrf = {"X-CSRFToken": token(pupil.get("/login", follow_redirects=True).text)}
    by_script = {**csrf, "Accept": "application/json"}
    for wrong in ("Не открывается. " + "я" * 500, "Не открывается.\x00", " "):
        assert pupil.post(to, data={"text": wrong}, headers=by_script).status_code == 422
        told = pupil.post(to, data={"text": wrong}, headers=csrf, follow_redirects=True).text
        assert ("Не открывается." in told) is bool(wrong.strip()), "whoever wrote it can send it anew"
    with world.runtime.read() as session:
        assert queries.messages_of(session, world.sitting(attempt).id) == []
    assert pupil.post(to, data={"text": "Не открывается."}, headers=by_script).status_code == 204
    world.submit(attempt)
    assert pupil.post(to, data={"text": "И ещё."}, headers=by_script).status_code == 422
