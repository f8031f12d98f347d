"""Tasks before the camera: asked by chance, exchanged without a reason, seen by a machine, judged by a person."""

from __future__ import annotations

import contextlib
import random
import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from lms.core import vault
from lms.core.errors import Gone, LmsError
from lms.core.models import AccessLog, StoredFile
from lms.core.uow import UnitOfWork
from lms.people.models import Consent
from lms.proctoring import queries, service, tasks
from lms.proctoring.attacks import ATTACKS, present
from lms.proctoring.contracts import SPOOF_DETECTORS, Picture
from lms.proctoring.models import Challenge, Evidence
from lms.proctoring.rules.liveness import TURNS
from lms.proctoring.service import identity
from lms.proctoring.service.claims import MAX_CLAIMS
from lms.proctoring.types import ChallengeKind, ChallengeOutcome, CheckState, EnrolmentState, IdentityMethod
from lms.proctoring.verifiers.pictures import decode_picture
from lms.testing.contracts.spoof_detectors import check_spoof_detector
from tests.fixtures.faces import jpeg
from tests.integration.proctoring.conftest import World
from tests.integration.proctoring.test_pages import as_, post, shots, token  # noqa: F401 - a fixture

As = Callable[[str], FlaskClient]
K, Got = ChallengeKind, ChallengeOutcome


@pytest.fixture
def engine_url(sqlite_url: str) -> str:
    """Return one engine: which one does not matter here."""
    return sqlite_url


def asked(world: World, check: UUID) -> list[Challenge]:
    """Return the tasks that wait, in their order."""
    with world.runtime.read() as session:
        return list(
            session.scalars(
                sa.select(Challenge)
                .where(Challenge.check_id == check, Challenge.outcome == Got.WAITING)
                .order_by(Challenge.no)
            )
        )


def set_kind(world: World, check: UUID, turn: K) -> Challenge:
    """Make the turn that was drawn one to a side that the test has a photograph of; return the task."""
    with world.runtime.unit_of_work(world.actor("sonya")) as uow:
        kinds = sa.select(Challenge).where(Challenge.check_id == check, Challenge.kind.in_(list(TURNS)))
        for task in uow.session.scalars(kinds):
            task.kind = turn
    return next(task for task in asked(world, check) if task.kind in TURNS)


def send(client: FlaskClient, entry: UUID, check: UUID, pictures: list[bytes], **fields: object):  # type: ignore[no-untyped-def]
    page = client.get(f"/identity/{entry}").text
    form = {"csrf_token": token(page), "pictures": shots(pictures), **fields}
    return client.post(f"/identity/checks/{check}/shots", data=form)


def tilted(photo: bytes) -> bytes:
    return jpeg(present(decode_picture(photo), ATTACKS["tilted_photo"], 40.0, random.Random(3)))


@pytest.mark.parametrize(("is_head", "liveness"), [(True, "turn_seen"), (False, "turn_not_seen")])
def test_a_turn_is_told_apart_from_a_tilted_photograph_and_a_person_decides_both(
    world: World,
    as_: As,  # noqa: F811
    first: list[bytes],
    is_head: bool,
    liveness: str,
) -> None:
    world.register(first)
    entry = world.entry()
    check = world.choose(entry, IdentityMethod.FACE)
    task = set_kind(world, check, K.TURN_RIGHT)
    world.clock.advance(timedelta(seconds=40))
    turned = first[1] if is_head else tilted(first[2])
    answer = {
        f"task-{task.nonce}": (BytesIO(turned), "t.jpg"),
        "camera": "Integrated Camera",
        "gaps": "33,35",
    }
    pupil, proctor = as_("sonya"), as_("gusev")
    assert send(pupil, entry, check, [first[2], first[0], first[2]], **answer).status_code == 303
    world.work()
    row = world.check(check)
    assert (row.state, row.outcome, row.liveness) == (CheckState.HUMAN_CHECK, "match", liveness)
    page = proctor.get(staff_page(check)).text
    assert ("живой ли это человек: поворот проверен" in page) is is_head
    assert "Выполнено через 40 секунд" in page
    evidence = re.findall(r"open=([0-9a-f-]{36})#task-", page)
    assert len(evidence) == 1
    assert pupil.get(f"/identity/evidence/{evidence[0]}").status_code in {200, 404}
    world.decide("gusev", check)
    assert world.check(check).state is CheckState.VERIFIED
    shown = pupil.get(f"/identity/{entry}").text
    assert ("Сравнение лица; живой ли это человек: поворот проверен" in shown) is is_head
    with world.runtime.read() as session:
        held = session.scalars(sa.select(Evidence).where(Evidence.check_id == check)).all()
        files = {task.file_id for task in session.scalars(sa.select(Challenge)) if task.file_id}
    assert files <= {row.file_id for row in held}, "a task's picture ends and is destroyed as all evidence"


def staff_page(check: UUID) -> str:
    return f"/identity/checks/{check}"


def test_every_task_is_exchanged_without_a_trace_for_who_decides(
    world: World,
    as_: As,  # noqa: F811
    first: list[bytes],
) -> None:
    world.register(first)
    entry = world.entry()
    check = world.choose(entry, IdentityMethod.FACE)
    pupil, own, to = as_("sonya"), f"/identity/{entry}", f"/identity/checks/{check}/tasks"
    before = asked(world, check)
    assert [len(before), *(task.no for task in before)] == [2, 1, 2]
    turn = next(task for task in before if task.kind in TURNS)
    assert post(pupil, to, own, instead=turn.nonce).status_code == 303
    after = asked(world, check)
    assert [task.no for task in after] == [1, 2], "another one in the same place"
    assert not {task.kind for task in after} & set(TURNS)
    assert post(pupil, to, own, instead=turn.nonce).status_code == 303
    assert [t.id for t in asked(world, check)] == [t.id for t in after], "a second press changes nothing"
    stale = {f"task-{turn.nonce}": (BytesIO(first[1]), "t.jpg")}
    refused = send(pupil, entry, check, first, **stale)
    assert refused.status_code == 422
    assert "Теперь просят о другом" in refused.text
    assert world.check(check).tries == 0
    for _ in range(4):
        for task in asked(world, check):
            post(pupil, to, own, instead=task.nonce)
    assert asked(world, check) == []
    assert "capture" in pupil.get(own).text
    assert send(pupil, entry, check, first).status_code == 303
    world.work()
    assert world.check(check).liveness == "not_checked"
    page = as_("gusev").get(staff_page(check)).text
    assert "живой ли это человек, не проверялось" in page
    assert "О чём просили" not in page
    world.decide("gusev", check)
    assert world.check(check).state is CheckState.VERIFIED


def test_no_tasks_at_all_and_tasks_without_pictures_are_as_good(
    world: World,
    as_: As,  # noqa: F811
    first: list[bytes],
) -> None:
    world.register(first)
    entry = world.entry()
    check = world.choose(entry, IdentityMethod.FACE)
    pupil = as_("sonya")
    post(pupil, f"/identity/checks/{check}/tasks", f"/identity/{entry}", none="yes")
    assert asked(world, check) == []
    post(pupil, f"/identity/checks/{check}/tasks", f"/identity/{entry}", none="yes")
    again = world.entry(reference="again")
    check = world.choose(again, IdentityMethod.FACE)
    assert send(pupil, again, check, first).status_code == 303
    world.work()
    row = world.check(check)
    assert (row.state, row.liveness) == (CheckState.HUMAN_CHECK, "not_checked")
    with world.runtime.read() as session:
        outcomes = session.scalars(sa.select(Challenge.outcome).where(Challenge.check_id == check)).all()
    assert set(outcomes) == {Got.NOT_SENT}


class Doubter:
    """Suspects what is dark, for the test."""

    name = "doubter"
    suspicious_from = 0.5
    unavailable_reason: str | None = None

    def suspicion(self, picture: Picture) -> float:
        return 1.0 - float(picture.mean()) / 255


def test_signs_are_told_to_who_decides_and_decide_nothing(
    world: World,
    as_: As,  # noqa: F811
    first: list[bytes],
) -> None:
    check_spoof_detector(Doubter())
    world.runtime.registries.provide({SPOOF_DETECTORS: (Doubter(),)}, "test")
    world.register(first)
    entry = world.entry()
    check = world.choose(entry, IdentityMethod.FACE)
    task = asked(world, check)[0]
    pupil = as_("sonya")
    answer = {f"task-{task.nonce}": (BytesIO(first[0]), "t.jpg"), "camera": "OBS Virtual Camera"}
    assert send(pupil, entry, check, [first[0]] * 3, **answer).status_code == 303
    world.work()
    row = world.check(check)
    assert set(row.signals) >= {"virtual_camera", "still_pictures", "too_fast"}
    assert row.state is CheckState.HUMAN_CHECK
    assert "Камера называет себя виртуальной" in as_("gusev").get(staff_page(check)).text
    world.decide("gusev", check)
    assert world.check(check).state is CheckState.VERIFIED


def test_a_new_round_of_pictures_draws_new_tasks(world: World, first: list[bytes], empty_room: bytes) -> None:
    world.register(first)
    check = world.choose(world.entry(), IdentityMethod.FACE)
    before = {task.nonce for task in asked(world, check)}
    with world.runtime.unit_of_work(world.actor("sonya")) as uow:
        service.submit_face_shots(uow, check, [(empty_room, "p.jpg")] * 3)
    with pytest.raises(LmsError), world.runtime.unit_of_work(world.actor("ruslan")) as uow:
        service.exchange_challenge(uow, check, next(iter(before)))
    world.work()
    after = {task.nonce for task in asked(world, check)}
    assert world.check(check).state is CheckState.UNCERTAIN
    assert len(after) == 2
    assert not before & after


def test_another_try_takes_back_no_sign_and_no_outcome_of_the_one_before(
    world: World,
    as_: As,  # noqa: F811
    first: list[bytes],
    empty_room: bytes,
) -> None:
    world.register(first)
    entry = world.entry()
    check = world.choose(entry, IdentityMethod.FACE)
    pupil = as_("sonya")
    for label, pictures in (("OBS Virtual Camera", [empty_room]), ("Integrated Camera", first)):
        world.clock.advance(timedelta(seconds=40))
        assert send(pupil, entry, check, pictures, camera=label).status_code == 303
        world.work()
    row = world.check(check)
    assert (row.tries, row.state) == (2, CheckState.HUMAN_CHECK)
    assert row.signals.count("virtual_camera") == 1
    with world.runtime.read() as session:
        seen = queries.check_view(session, check)
    assert len(seen.answered) == 4, "two tasks of each try, what came of them, and not the second's alone"
    assert "virtual_camera" in seen.signals


def test_tasks_never_grow_old_and_a_page_that_stays_open_keeps_its_own(
    world: World,
    as_: As,  # noqa: F811
    first: list[bytes],
) -> None:
    world.register(first)
    entry = world.entry()
    check = world.choose(entry, IdentityMethod.FACE)
    pupil, own = as_("sonya"), f"/identity/{entry}"
    words = [task.nonce for task in asked(world, check)]
    turn = next(task for task in asked(world, check) if task.kind in TURNS)
    world.clock.advance(timedelta(minutes=9))
    assert pupil.get(own).status_code == 200
    assert [task.nonce for task in asked(world, check)] == words
    post(pupil, f"/identity/checks/{check}/tasks", own, instead=turn.nonce)  # the head cannot be turned
    world.clock.advance(timedelta(hours=3))
    assert pupil.get(own).status_code == 303, "asked for anew"
    assert pupil.get(own).status_code == 200, "once"
    fresh = asked(world, check)
    assert len(fresh) == 2
    assert not {task.nonce for task in fresh} & set(words)
    assert not {task.kind for task in fresh} & set(TURNS), "what was exchanged does not come back"
    stale = send(pupil, entry, check, first, **{f"task-{words[0]}": (BytesIO(first[1]), "t.jpg")})
    assert stale.status_code == 422, "what was prepared before fits nothing now"
    page = pupil.get(own).text
    world.clock.advance(timedelta(hours=1))  # somebody who takes an hour over it loses nothing
    form = {"csrf_token": token(page), "pictures": shots(first)}
    form |= {f"task-{task.nonce}": (BytesIO(first[1]), "t.jpg") for task in fresh}
    assert pupil.post(f"/identity/checks/{check}/shots", data=form).status_code == 303
    world.work()
    assert world.check(check).state is CheckState.HUMAN_CHECK


#: A recording as browsers make it, with a name among its properties; the sound is three bytes.
VOICE = (
    b"\x1aE\xdf\xa3\x80\x18\x53\x80\x67\x01"
    + b"\xff" * 7
    + b"\x12\x54\xc3\x67\x84Anna\x1f\x43\xb6\x75\x83snd"
)


def test_digits_read_aloud_are_heard_by_the_person_who_decides_and_opened_by_no_machine(
    world: World,
    as_: As,  # noqa: F811
    first: list[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world.register(first)
    entry = world.entry()
    check = world.choose(entry, IdentityMethod.FACE)
    set_digits(world, check)
    turn, digits = sorted(asked(world, check), key=lambda task: task.kind is K.DIGITS)
    pupil, proctor, own = as_("sonya"), as_("gusev"), f"/identity/{entry}"
    assert f'name="voice-{digits.nonce}"' in pupil.get(own).text
    voice = {f"voice-{digits.nonce}": (BytesIO(VOICE), "digits.webm")}
    monkeypatch.setattr(identity, "MAX_VOICE_BYTES", 200)
    for wrong in (
        {f"voice-{turn.nonce}": (BytesIO(VOICE), "digits.webm")},
        {f"voice-{digits.nonce}": (BytesIO(first[0]), "digits.webm")},
        {f"voice-{digits.nonce}": (BytesIO(VOICE + bytes(200)), "digits.webm")},
    ):
        assert send(pupil, entry, check, first, **wrong).status_code == 422
        assert world.check(check).tries == 0, "nothing was kept"
    assert send(pupil, entry, check, first, **voice).status_code == 303
    opened: list[UUID] = []
    whole = UnitOfWork.open_file
    monkeypatch.setattr(UnitOfWork, "open_file", lambda uow, key: opened.append(key) or whole(uow, key))  # type: ignore[func-returns-value]
    world.work()
    assert world.check(check).state is CheckState.HUMAN_CHECK
    with world.runtime.read() as session:
        task = session.get_one(Challenge, digits.id)
        assert task.file_id is not None
        stored = session.get_one(StoredFile, task.file_id)
        seen = queries.check_view(session, check)
        areas = set(session.scalars(sa.select(StoredFile.area).where(StoredFile.id.in_(opened))))
        evidence = session.scalars(sa.select(Evidence).where(Evidence.file_id == stored.id)).one()
    assert (task.outcome, stored.media_type) == (Got.FOR_A_PERSON, "audio/webm")
    assert opened and task.file_id not in opened, "no machine listens"
    assert stored.area not in areas and stored.encrypted_for == world.id("sonya"), "a key of its own"
    assert [one.is_voice for one in seen.answered] == [one.kind is K.DIGITS for one in seen.answered]
    page = proctor.get(staff_page(check)).text
    assert "<audio" not in page and "Открыть запись задания" in page and "Числа, прочитанные вслух" in page
    page = proctor.get(f"{staff_page(check)}?open={evidence.id}").text
    assert f'<audio controls preload="none" src="/identity/evidence/{evidence.id}"' in page
    heard = proctor.get(f"/identity/evidence/{evidence.id}")
    assert (heard.mimetype, len(heard.data)) == ("audio/webm", len(VOICE))
    assert b"Anna" not in heard.data and heard.data.endswith(b"snd")
    for login in ("ruslan", "lev", "kim"):
        assert as_(login).get(f"/identity/evidence/{evidence.id}").status_code == 404
    with world.runtime.read() as session:
        lines = session.execute(
            sa.select(AccessLog.actor_person_id).where(
                AccessLog.object_id == evidence.id, AccessLog.outcome == "shown"
            )
        ).scalars()
        assert list(lines) == [world.id("gusev")], "each listening is written down"
        names = queries.subject_records(session, world.id("sonya"), world.clock.now()).pictures
    assert [name.rsplit(".", 1)[1] for name in names if name.startswith("recordings/")] == ["webm"]
    kept = world.runtime.files.get(stored.key)
    world.withdraw("anna")
    with world.runtime.read() as session, pytest.raises(Gone):
        vault.decrypt(session, world.runtime.keys, world.id("sonya"), stored.area, kept)
    assert as_("gusev").get(f"/identity/evidence/{evidence.id}").status_code == 410


def set_digits(world: World, check: UUID) -> None:
    """Make the task that is no turn one of digits."""
    with world.runtime.unit_of_work(world.actor("sonya")) as uow:
        for task in uow.session.scalars(sa.select(Challenge).where(Challenge.check_id == check)):
            if task.kind not in TURNS:
                task.kind, task.digits = K.DIGITS, "407"


def test_a_consent_that_says_nothing_of_a_voice_takes_none(
    world: World,
    as_: As,  # noqa: F811
    first: list[bytes],
) -> None:
    world.register(first)
    with world.runtime.unit_of_work(world.actor("sonya")) as uow:
        uow.session.execute(sa.update(Consent).values(text_version="biometrics-1"))
    entry = world.entry()
    check = world.choose(entry, IdentityMethod.FACE)
    set_digits(world, check)
    digits = next(task for task in asked(world, check) if task.kind is K.DIGITS)
    pupil = as_("sonya")
    assert "voice-" not in pupil.get(f"/identity/{entry}").text
    voice = {f"voice-{digits.nonce}": (BytesIO(VOICE), "digits.webm")}
    refused = send(pupil, entry, check, first, **voice)
    assert refused.status_code == 422 and "нет записи голоса" in refused.text
    shown = {f"task-{digits.nonce}": (BytesIO(first[0]), "t.jpg")}
    assert send(pupil, entry, check, first, **shown).status_code == 303


def test_pictures_that_end_worker_after_worker_are_given_up_and_nobody_waits_for_them(
    world: World, first: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    world.register(first)
    check = world.choose(world.entry(), IdentityMethod.FACE)
    with world.runtime.unit_of_work(world.actor("sonya")) as uow:
        service.submit_face_shots(uow, check, [(data, "p.jpg") for data in first])
    died = []

    def die(*_pictures: object) -> None:
        died.append(world.clock.now())
        raise SystemExit

    def next_worker() -> None:
        with contextlib.suppress(SystemExit):
            tasks.verify_face(world.runtime, {"check_id": str(check)})

    monkeypatch.setattr(tasks, "_compare", die)
    for _ in range(3):
        next_worker()
        next_worker()  # it is not opened again at once: whoever took it may be at it
        world.clock.advance(timedelta(seconds=61))
    assert len(died) == MAX_CLAIMS
    next_worker()
    row = world.check(check)
    assert (len(died), row.state, row.reason) == (MAX_CLAIMS, CheckState.UNCERTAIN, "unreadable")
    monkeypatch.undo()
    with world.runtime.unit_of_work(world.actor("sonya")) as uow:
        service.submit_face_shots(uow, check, [(data, "p.jpg") for data in first])
    next_worker()
    assert world.check(check).state is CheckState.HUMAN_CHECK, "other pictures begin anew"

    made = world.submit_sample(first)
    monkeypatch.setattr(tasks, "_judge", die)
    for _ in range(4):
        with contextlib.suppress(SystemExit):
            tasks.enrol(world.runtime, {"enrolment_id": str(made)})
        world.clock.advance(timedelta(seconds=61))
    assert (len(died), world.enrolment(made).state) == (2 * MAX_CLAIMS, EnrolmentState.FAULTY)
