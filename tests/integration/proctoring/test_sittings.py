"""Sittings: pictures, findings, masks, retention; nothing of it ever touches an answer."""

from __future__ import annotations

import errno
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from uuid import UUID

import numpy as np
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from PIL import Image

from lms.assessment import service as assessment
from lms.assessment.models import Attempt, Entry
from lms.assessment.types import AttemptState
from lms.core import ledger, vault
from lms.core.actor import SYSTEM
from lms.core.clock import FixedClock
from lms.core.errors import Conflict, Gone, InvalidInput, NotFound
from lms.core.files import FileStore
from lms.core.models import LedgerEntry, StoredFile
from lms.people import service as people
from lms.people.models import Measure, SupportPlan
from lms.people.types import MeasureCode, MeasureValue
from lms.proctoring import queries, service, tasks
from lms.proctoring.models import Evidence, FaceTemplate, FindingRow, Frame, Incident, SessionEvent
from lms.proctoring.service.claims import MAX_CLAIMS
from lms.proctoring.settings import ProctoringSettings
from lms.proctoring.types import CheckState, FrameState, Monitoring, SessionState
from tests.fixtures.faces import jpeg
from tests.integration.proctoring.conftest import Camera, World
from tests.integration.proctoring.test_pages import as_, token  # noqa: F401 - a fixture


def kinds(world: World) -> list[str]:
    with world.runtime.read() as session:
        return sorted(session.scalars(sa.select(Incident.kind)))


def test_an_ordinary_sitting_is_found_ordinary_and_keeps_few_pictures(
    world: World, first: list[bytes]
) -> None:
    world.register(first)
    attempt = world.start(world.entry())
    world.watch(attempt, [first[0], first[1], first[0], first[1]])
    frames = world.frames(attempt)
    assert [frame.state for frame in frames] == [FrameState.DONE] * 4
    assert frames[0].facts is not None
    assert frames[0].facts["scores"]
    assert kinds(world) == []
    with world.runtime.read() as session:
        kept = session.scalars(sa.select(Evidence)).all()
        gone = session.scalars(
            sa.select(StoredFile).where(StoredFile.id.in_([f.file_id for f in frames[1:]]))
        ).all()
    assert [item.sha256 for item in kept] == [frames[0].sha256]
    assert all(row.deleted_at is not None for row in gone)


def test_nothing_is_a_finding_while_the_clock_stands_still(
    world: World, first: list[bytes], empty_room: bytes
) -> None:
    attempt = world.start(world.entry())
    world.watch(attempt, first[:1])
    with world.runtime.unit_of_work(world.actor("gusev")) as uow:
        assessment.pause_attempt(uow, attempt, "Перерыв")
    world.watch(attempt, [empty_room] * 4)
    world.clock.advance(timedelta(minutes=3))
    with world.runtime.unit_of_work(SYSTEM) as uow:
        assert service.note_lost_cameras(uow) == 0
    assert kinds(world) == []
    with world.runtime.unit_of_work(world.actor("gusev")) as uow:
        assessment.resume_attempt(uow, attempt)
    world.watch(attempt, [empty_room] * 4)
    assert kinds(world) == ["no_face"]


def test_the_clock_counts_as_it_stood_when_a_picture_came_not_when_it_is_looked_at(
    world: World, first: list[bytes], empty_room: bytes
) -> None:
    attempt = world.start(world.entry())
    world.watch(attempt, first[:1])

    def send(count: int) -> None:
        for _ in range(count):
            world.send(attempt, empty_room)
            world.clock.advance(timedelta(seconds=5))

    def stop(verb: Callable[..., object]) -> None:
        with world.runtime.unit_of_work(world.actor("gusev")) as uow:
            verb(uow, attempt)

    stop(assessment.pause_attempt)
    send(3)
    stop(assessment.resume_attempt)
    world.clock.advance(timedelta(seconds=1))
    world.work()
    assert kinds(world) == [], "a late worker makes no finding of a break"
    send(3)
    stop(assessment.pause_attempt)
    world.work()
    assert kinds(world) == ["no_face"], "a stop hides nothing that was before it"


def test_another_person_is_flagged_after_three_pictures_with_evidence(
    world: World, first: list[bytes], second: bytes
) -> None:
    world.register(first)
    attempt = world.start(world.entry())
    world.watch(attempt, [first[0], second, second])
    assert kinds(world) == []
    world.watch(attempt, [second])
    assert kinds(world) == ["other_person"]
    with world.runtime.read() as session:
        incident = session.scalars(sa.select(Incident)).one()
        evidence = session.scalars(sa.select(Evidence).where(Evidence.incident_id == incident.id)).one()
    assert evidence.sha256 == world.frames(attempt)[3].sha256
    assert world.sitting(attempt).state is SessionState.MONITORING  # nothing is decided, nothing stops
    world.submit(attempt)
    assert world.sitting(attempt).state is SessionState.QUEUED


def test_nobody_in_view_is_one_incident_however_long(
    world: World, first: list[bytes], empty_room: bytes
) -> None:
    attempt = world.start(world.entry())
    world.watch(attempt, [first[0], *[empty_room] * 5])
    with world.runtime.read() as session:
        incident = session.scalars(sa.select(Incident)).one()
    assert (incident.kind, incident.count) == ("no_face", 3)


def test_what_the_support_plan_masks_makes_no_incident(
    world: World, first: list[bytes], empty_room: bytes
) -> None:
    with world.runtime.unit_of_work(SYSTEM) as uow:
        plan = SupportPlan(
            person_id=world.id("sonya"),
            org_id=world.id("school-14"),
            version=99,
            source_ref="Решение ППк",
            valid_from=uow.now().date(),
            created_by=world.id("orlova"),
            created_at=uow.now(),
            active_since=uow.now(),
        )
        plan.measures = [
            Measure(
                position=1, code=MeasureCode.DETECTOR_MASK, params={"findings": ["no_face"]}, scope=["all"]
            )
        ]
        uow.session.add(plan)
    attempt = world.start(world.entry())
    world.watch(attempt, [first[0], *[empty_room] * 4])
    assert kinds(world) == []
    with world.runtime.read() as session:
        assert all(row.is_masked for row in session.scalars(sa.select(FindingRow)))
        assert session.scalar(sa.select(sa.func.count()).select_from(FindingRow)) == 2


def send_at(world: World, attempt: UUID, pictures: list[bytes], seconds: float) -> None:
    """Send pictures so many seconds apart while no worker looks."""
    for data in pictures:
        world.send(attempt, data)
        world.clock.advance(timedelta(seconds=seconds))


def test_the_newest_pictures_win_and_stale_ones_are_dropped(world: World, first: list[bytes]) -> None:
    attempt = world.start(world.entry())
    send_at(world, attempt, [first[0], first[1], first[0], first[1], first[0]], 5)
    world.work()
    assert [frame.state for frame in world.frames(attempt)] == [
        FrameState.STALE,
        FrameState.STALE,
        FrameState.DONE,
        FrameState.DONE,
        FrameState.DONE,
    ]


def test_a_picture_sent_twice_is_stored_once_and_one_out_of_turn_is_refused(
    world: World, first: list[bytes]
) -> None:
    attempt = world.start(world.entry())
    row = world.sitting(attempt)
    for _ in range(2):  # the answer to the first was lost on the way
        with world.runtime.unit_of_work(world.actor("sonya")) as uow:
            receipt = service.receive_frame(uow, row.id, seq=1, nonce=row.nonce, data=first[0], chance=0.5)
    assert receipt.seq == 2
    with (
        world.runtime.unit_of_work(world.actor("sonya")) as uow,
        pytest.raises(Conflict, match="frame_order"),
    ):
        service.receive_frame(uow, row.id, seq=2, nonce=row.nonce, data=first[0], chance=0.5)
    with (
        world.runtime.unit_of_work(world.actor("sonya")) as uow,
        pytest.raises(InvalidInput, match="frame_bytes"),
    ):
        service.receive_frame(uow, row.id, seq=2, nonce=receipt.nonce, data=b"<svg/>", chance=0.5)
    with world.runtime.unit_of_work(world.actor("lev")) as uow, pytest.raises(NotFound):
        service.receive_frame(uow, row.id, seq=2, nonce=receipt.nonce, data=first[0], chance=0.5)
    assert len(world.frames(attempt)) == 1


def test_an_unreadable_picture_is_the_cameras_failure(world: World) -> None:
    attempt = world.start(world.entry())
    world.send(attempt, b"\xff\xd8\xff" + b"\x00" * 500)
    world.work()
    assert [frame.state for frame in world.frames(attempt)] == [FrameState.UNREADABLE]
    assert kinds(world) == []


def test_a_flood_of_pictures_is_not_stored_and_slows_nobody_else(world: World, first: list[bytes]) -> None:
    attempt = world.start(world.entry())
    other = world.start(world.entry("lev"), "lev")
    for _ in range(10):
        receipt = world.send(attempt, first[0])
    assert receipt.seq == 2
    assert receipt.next_in_s == pytest.approx(2.5)
    assert len(world.frames(attempt)) == 1
    send_at(world, attempt, [first[0]] * 60, 3)
    assert len(world.frames(attempt)) < 60
    assert world.send(other, first[0], "lev").next_in_s == 5


def test_a_picture_cannot_be_pushed_out_by_the_next(
    world: World, first: list[bytes], empty_room: bytes
) -> None:
    attempt = world.start(world.entry())
    send_at(world, attempt, [empty_room], 2.6)
    send_at(world, attempt, [first[0], first[1], first[0]], 4)
    world.work()
    frames = world.frames(attempt)
    assert [frame.state for frame in frames] == [FrameState.DONE] * 4
    assert frames[0].facts is not None
    assert frames[0].facts["faces"] == []


def test_the_pace_and_the_watching_stay_as_they_were_when_the_sitting_began(
    world: World, first: list[bytes]
) -> None:
    set_policy(world, cadence_s=5)
    attempt = world.start(world.entry(cadence_s=None, monitoring=None))
    set_policy(world, cadence_s=60)
    assert world.send(attempt, first[0]).next_in_s == 5
    assert world.sitting(attempt).cadence_s == 5
    set_policy(world, cadence_s=60, monitoring=Monitoring.NONE, level=0)
    world.clock.advance(timedelta(seconds=5))
    assert world.send(attempt, first[1]).next_in_s == 5
    later = world.start(world.entry("lev", cadence_s=None, monitoring=None, level=2), "lev")
    assert (world.sitting(later).cadence_s, world.sitting(later).monitoring) == (60, Monitoring.NONE)


def set_policy(
    world: World, *, cadence_s: int, monitoring: Monitoring = Monitoring.CAMERA, level: int = 2
) -> None:
    with world.runtime.unit_of_work(world.actor("gromova")) as uow:
        service.set_policy(
            uow, world.id("school-14"), level=level, monitoring=monitoring, cadence_s=cadence_s
        )


def test_a_silent_camera_is_noted_and_the_exam_goes_on(world: World, first: list[bytes]) -> None:
    attempt = world.start(world.entry())
    world.watch(attempt, [first[0]])
    world.clock.advance(timedelta(minutes=2))
    with world.runtime.unit_of_work(SYSTEM) as uow:
        assert service.note_lost_cameras(uow) == 1
    world.watch(attempt, [first[0]])
    with world.runtime.read() as session:
        events = [event.kind for event in session.scalars(sa.select(SessionEvent).order_by(SessionEvent.at))]
    assert events == ["camera_on", "lost", "resumed"]
    world.submit(attempt)


def test_a_break_is_no_part_of_the_time_in_which_pictures_are_missed(
    world: World, first: list[bytes]
) -> None:
    attempt = world.start(world.entry())
    world.watch(attempt, first[:1])

    def clock(verb: Callable[..., object]) -> None:
        with world.runtime.unit_of_work(world.actor("gusev")) as uow:
            verb(uow, attempt)

    def lost() -> int:
        with world.runtime.unit_of_work(SYSTEM) as uow:
            return service.note_lost_cameras(uow)

    clock(assessment.pause_attempt)
    world.clock.advance(timedelta(minutes=10))
    clock(assessment.resume_attempt)
    assert lost() == 0, "the sweep comes by just after a break in which nothing was sent"
    world.clock.advance(timedelta(seconds=45))
    assert lost() == 1, "and nobody is forgotten after it"
    with world.runtime.read() as session:
        found = session.scalars(sa.select(FindingRow)).one()
    assert found.duration_s == 50


def test_a_camera_that_is_too_slow_for_the_device_is_off_with_an_event_and_nothing_else(world: World) -> None:
    attempt = world.start(world.entry())
    world.send(attempt, JPEG)
    with world.runtime.unit_of_work(world.actor("sonya")) as uow:
        service.note_camera(uow, world.sitting(attempt).id, "camera_slow")
    world.clock.advance(timedelta(minutes=10))
    with world.runtime.unit_of_work(SYSTEM) as uow:
        assert service.note_lost_cameras(uow) == 0, "nobody is told that pictures stopped coming"
    with world.runtime.read() as session:
        events = [event.kind for event in session.scalars(sa.select(SessionEvent).order_by(SessionEvent.at))]
        assert session.scalar(sa.select(sa.func.count()).select_from(Incident)) == 0
    assert events == ["camera_on", "camera_slow"]
    world.submit(attempt)
    assert world.sitting(attempt).state is SessionState.QUEUED


def test_without_any_camera_the_exam_is_sat_all_the_same(world: World) -> None:
    attempt = world.start(world.entry())
    with world.runtime.unit_of_work(world.actor("sonya")) as uow:
        service.note_camera(uow, world.sitting(attempt).id, "camera_absent")
    world.submit(attempt)
    assert world.sitting(attempt).state is SessionState.QUEUED


def test_an_unwatched_sitting_needs_no_review(world: World) -> None:
    attempt = world.start(world.entry(monitoring="none"))
    with (
        world.runtime.unit_of_work(world.actor("sonya")) as uow,
        pytest.raises(Conflict, match="not_watching"),
    ):
        service.receive_frame(
            uow, world.sitting(attempt).id, seq=1, nonce="x", data=b"\xff\xd8\xff", chance=0.5
        )
    world.submit(attempt)
    assert world.sitting(attempt).state is SessionState.CLOSED


#: Enough of a picture to be taken in; nobody looks at it here.
JPEG = b"\xff\xd8\xff" + bytes(64)


def test_no_camera_agreed_during_a_sitting_stops_it_at_the_next_picture(
    world: World, clock: FixedClock
) -> None:
    attempt = world.start(world.entry())
    world.send(attempt, JPEG)
    with world.runtime.unit_of_work(world.actor("orlova")) as uow:
        plan = people.create_support_plan(
            uow,
            person_id=world.actor("sonya").person_id,
            measures=[MeasureValue(MeasureCode.NO_CAMERA)],
            source_ref="Протокол № 12",
            valid_from=clock.now().date(),
        )
    with world.runtime.unit_of_work(world.actor("anna")) as uow:
        people.approve_support_plan(uow, support_plan_id=plan.id)
    clock.advance(timedelta(seconds=30))
    assert world.send(attempt, JPEG) is None
    with pytest.raises(Conflict, match="not_watching"):
        world.send(attempt, JPEG)
    clock.advance(timedelta(minutes=10))
    with world.runtime.unit_of_work(SYSTEM) as uow:
        assert service.note_lost_cameras(uow) == 0
    with world.runtime.read() as session:
        events = [event.kind for event in session.scalars(sa.select(SessionEvent).order_by(SessionEvent.at))]
        assert events == ["camera_on", "camera_released"]
        assert session.scalar(sa.select(sa.func.count()).select_from(Incident)) == 0
    assert len(world.frames(attempt)) == 1
    world.submit(attempt)
    assert world.sitting(attempt).state is SessionState.QUEUED, "what was seen before waits for a reviewer"
    with world.runtime.read() as session:
        queue = queries.review_queue(session, world.actor("frolova"), clock.now()).items
    assert [row.session_id for row in queue] == [world.sitting(attempt).id]


def test_a_worker_that_died_leaves_a_picture_that_the_sweep_finds(world: World, first: list[bytes]) -> None:
    attempt = world.start(world.entry())
    world.send(attempt, first[0])
    world.runtime.jobs.huey.dequeue()  # the wake-up is gone with its worker …
    with world.runtime.unit_of_work(SYSTEM) as uow:
        assert (
            service.claim_frame(uow, world.sitting(attempt).id) is not None
        )  # … which had taken the picture
    world.clock.advance(timedelta(seconds=5))
    world.send(attempt, first[1])
    world.work()
    assert [frame.state for frame in world.frames(attempt)] == [FrameState.PROCESSING, FrameState.DONE]
    timeout = world.runtime.settings.of(ProctoringSettings).claim_timeout_s
    world.clock.advance(timedelta(seconds=timeout + 1))
    tasks.wake_undone(world.runtime)
    world.work()
    assert [frame.state for frame in world.frames(attempt)] == [FrameState.DONE, FrameState.DONE]


def test_evidence_goes_when_its_time_is_over(world: World, first: list[bytes]) -> None:
    attempt = world.start(world.entry())
    world.watch(attempt, [first[0]])
    with world.runtime.unit_of_work(SYSTEM) as uow:
        service.release_evidence(uow, attempt)
    world.clock.advance(timedelta(days=29))
    with world.runtime.unit_of_work(SYSTEM) as uow:
        assert service.expire_evidence(uow) == 0
    world.clock.advance(timedelta(days=2))
    with world.runtime.unit_of_work(SYSTEM) as uow:
        assert service.expire_evidence(uow) == 1
        assert service.expire_evidence(uow) == 0
    with world.runtime.read() as session:
        evidence = session.scalars(sa.select(Evidence)).one()
        stored = session.get_one(StoredFile, evidence.file_id)
        entry = session.scalars(
            sa.select(LedgerEntry).where(LedgerEntry.kind == "proctoring.evidence_destroyed")
        ).one()
        assert not list(ledger.verify(session, world.runtime.keys))
    assert not world.runtime.files.filesystem.exists(f"{world.runtime.files.root}/{stored.key}")
    assert entry.payload["pictures"] == 1


def test_a_copy_of_a_picture_is_dead_with_the_last_of_its_sitting_and_others_live(
    world: World, first: list[bytes]
) -> None:
    old, new = world.start(world.entry()), world.start(world.entry(reference="later"))
    for attempt in (old, new):
        world.watch(attempt, [first[0]])
    with world.runtime.unit_of_work(SYSTEM) as uow:
        service.release_evidence(uow, old)
    with world.runtime.read() as session:
        session_of = {
            row.session_id: session.get_one(StoredFile, row.file_id)
            for row in session.scalars(sa.select(Evidence))
        }
    gone, kept = session_of[world.sitting(old).id], session_of[world.sitting(new).id]
    backup = world.runtime.files.get(gone.key)
    with world.runtime.unit_of_work(SYSTEM) as uow:
        before = uow.open_file(kept.id)[1]
    world.clock.advance(timedelta(days=31))
    with world.runtime.unit_of_work(SYSTEM) as uow:
        assert service.expire_evidence(uow) == 1
        with pytest.raises(Gone, match=r"vault\.destroyed"):
            vault.decrypt(uow.session, world.runtime.keys, world.id("sonya"), gone.area, backup)
        assert uow.open_file(kept.id)[1] == before


def test_pictures_lie_encrypted_on_the_disk(world: World, first: list[bytes]) -> None:
    attempt = world.start(world.entry())
    world.watch(attempt, [first[0]])
    with world.runtime.read() as session:
        frame = session.scalars(sa.select(Frame)).one()
        stored = session.get_one(StoredFile, frame.file_id)
    raw = world.runtime.files.get(stored.key)
    assert first[0][:64] not in raw
    assert raw[:3] != b"\xff\xd8\xff"


def test_starting_again_makes_no_second_sitting(world: World) -> None:
    entry = world.entry()
    attempt = world.start(entry)
    with world.runtime.unit_of_work(world.actor("sonya")) as uow:
        assert assessment.start_attempt(uow, entry).id == attempt
    assert world.sitting(attempt).attempt_id == attempt


def test_a_picture_that_came_before_and_one_that_never_moves_are_signs_which_a_plan_can_mask(
    world: World, first: list[bytes], empty_room: bytes
) -> None:
    """Bytes are replayed in the right order and with the right word, as a manipulated browser would."""
    attempt, other = world.start(world.entry()), world.start(world.entry("lev"), "lev")
    world.camera = Replay()
    world.watch(attempt, [first[0], first[1], first[0]])
    assert kinds(world) == ["repeated_picture"]
    world.send(other, first[1], "lev")  # from another sitting
    world.work()
    assert kinds(world) == ["repeated_picture", "repeated_picture"]
    world.clock.advance(timedelta(seconds=5))
    for extra in (b"1", b"2", b"3"):  # other bytes, the same pixels: a photograph behind a virtual camera
        world.send(other, first[0][:-2] + b"\xff\xfe\x00\x03" + extra + b"\xff\xd9", "lev")
        world.work()
        world.clock.advance(timedelta(seconds=5))
    assert "still_picture" in kinds(world)
    black = jpeg(np.zeros((480, 640, 3), np.uint8))
    before = kinds(world)
    world.watch(attempt, [black, black])
    assert kinds(world) == before, "a covered camera is dark, and every dark picture is like the one before"


class Replay(Camera):
    """A camera that is none: it shows the same bytes again."""

    def take(self, scene: bytes) -> bytes:
        """Return the scene as it is."""
        return scene


def test_what_the_page_says_of_its_camera_is_a_sign_and_its_name_is_not_kept(
    world: World,
    as_: Callable[[str], FlaskClient],  # noqa: F811
) -> None:
    attempt = world.start(world.entry())
    sitting, pupil = world.sitting(attempt).id, as_("sonya")
    csrf = {"X-CSRFToken": token(pupil.get("/login", follow_redirects=True).text)}

    def tell(**news: str) -> int:
        return pupil.post(
            f"/monitor/{sitting}/events", json={"kind": "source", **news}, headers=csrf
        ).status_code

    assert tell(camera="Integrated Camera", gaps="33.1,34.9,31.2") == 200
    assert tell(camera="x" * 500) == 200
    assert kinds(world) == []
    assert tell(camera="OBS Virtual Camera", gaps=",".join(["33.33"] * 30)) == 200
    assert kinds(world) == ["even_frames", "virtual_camera"]
    with world.runtime.read() as session:
        events = list(session.scalars(sa.select(SessionEvent)))
        assert "OBS" not in str([(event.kind, event.detail) for event in events])


BAD_FRAMES = {
    "0 bytes": (b"", 422),
    "50 MB": (b"\xff\xd8\xff" + b"\0" * 50_000_000, 413),
    "more than a picture may have": (b"\xff\xd8\xff" + b"\0" * 500_000, 422),
    "not a picture": (b"<svg/>", 422),
    "PNG by another name": (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, 422),
}


def test_bad_frames_are_refused_or_put_aside_and_the_exam_goes_on(
    world: World,
    as_: Callable[[str], FlaskClient],  # noqa: F811
    first: list[bytes],
) -> None:
    attempt, other = world.start(world.entry()), world.start(world.entry("lev"), "lev")
    row, pupil = world.sitting(attempt), as_("sonya")
    csrf = {"X-CSRFToken": token(pupil.get("/login", follow_redirects=True).text)}

    def send(data: bytes, nonce: str, seq: int = 1, sitting: UUID = row.id) -> int:
        to = f"/monitor/{sitting}/frames?seq={seq}&nonce={nonce}"
        return pupil.post(to, data=data, content_type="image/jpeg", headers=csrf).status_code

    for what, (data, status) in BAD_FRAMES.items():
        assert send(data, row.nonce) == status, what
    assert send(first[0], world.sitting(other).nonce) == 409, "the word of another sitting"
    assert send(first[0], world.sitting(other).nonce, sitting=world.sitting(other).id) == 404, (
        "another's sitting"
    )
    assert send(first[0], row.nonce, seq=0) in {409, 422}, "before the first"
    assert send(first[0], row.nonce, seq=2) == 409, "out of turn"
    assert kinds(world) == []
    assert send(first[0], "0" * 16) == 409, "a made-up word"
    assert kinds(world) == ["out_of_turn"], "three of them are a sign"
    assert world.frames(attempt) == []
    bomb = Image.new("L", (12_000, 12_000))
    buffer = BytesIO()
    bomb.save(buffer, "JPEG", quality=1)
    lying = Image.open(BytesIO(first[0]))
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = BytesIO()
    lying.rotate(90, expand=True).save(turned, "JPEG", exif=exif)
    whole = BytesIO()
    Image.new("L", (3_000, 3_000)).save(whole, "JPEG", quality=1)
    bad = (b"\xff\xd8\xff" + b"\0" * 500, buffer.getvalue()[:390_000], whole.getvalue())
    for data in (*bad, turned.getvalue()):
        world.send(attempt, data)
        world.work()
        world.clock.advance(timedelta(seconds=5))
    frames = world.frames(attempt)
    states = [FrameState.UNREADABLE] * len(bad) + [FrameState.DONE]
    assert [frame.state for frame in frames] == states
    assert frames[-1].facts is not None
    assert len(frames[-1].facts["faces"]) == 1, "its mark turns it upright"
    assert kinds(world) == ["out_of_turn"]
    world.submit(attempt)


def test_a_full_disk_takes_no_picture_and_the_exam_goes_on(
    world: World, first: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = world.start(world.entry())

    def is_full(_store: FileStore, _key: str, _data: bytes) -> None:
        raise OSError(errno.ENOSPC, "no space left on the device")

    with monkeypatch.context() as full:
        full.setattr(FileStore, "put", is_full)
        with pytest.raises(OSError, match="no space left"):
            world.send(attempt, first[0])
    assert world.frames(attempt) == []
    assert world.sitting(attempt).next_seq == 1, "the page sends the same number again"
    store = world.runtime.files
    with monkeypatch.context() as full:
        full.setattr(store.filesystem, "mv", lambda *_paths: is_full(store, "", b""))
        with pytest.raises(OSError, match="no space left"):
            store.put("evidence-full/aa/bb", b"half a picture")
    assert store.filesystem.find(f"{store.root}/evidence-full") == [], "no half of a picture is left lying"
    world.send(attempt, first[0])
    assert [frame.seq for frame in world.frames(attempt)] == [1]
    world.submit(attempt)


def test_a_consent_withdrawn_in_mid_exam_ends_the_comparison_and_takes_no_time(
    world: World,
    as_: Callable[[str], FlaskClient],  # noqa: F811
    first: list[bytes],
    second: bytes,
) -> None:
    world.register(first)
    entry = world.entry()
    attempt = world.start(entry)
    with world.runtime.unit_of_work(world.actor("gromova")) as uow:
        service.set_duty(uow, world.get(Entry, entry).session_id, world.id("gusev"))
    ends = world.get(Attempt, attempt).deadline_at
    assert world.send(attempt, first[0]).is_compared
    world.work()
    proctor = as_("gusev")
    state = f"/wall/{world.sitting(attempt).id}/state"
    assert "сравниваются с образцом" in proctor.get(state).text
    world.withdraw("anna")
    world.clock.advance(timedelta(seconds=5))
    receipt = world.send(attempt, second)
    assert receipt is not None
    assert not receipt.is_compared
    world.watch(attempt, [second] * 4)
    assert kinds(world) == [], "whoever is on the picture, it is compared with nothing"
    assert "посмотрите сами" in proctor.get(state).text, "a person looks instead"
    assert all(not frame.facts["scores"] for frame in world.frames(attempt)[1:] if frame.facts)
    row = world.get(Attempt, attempt)
    assert (row.deadline_at, row.state) == (ends, AttemptState.IN_PROGRESS)
    with world.runtime.read() as session:
        events = list(session.scalars(sa.select(SessionEvent.kind)))
        case = queries.case_view(session, world.sitting(attempt).id, None, world.clock.now())
    assert events.count("comparison_ended") == 1
    assert "event.comparison_ended" in [kind for _at, kind, _detail in case.timeline]
    assert world.check(world.sitting(attempt).check_id).state is CheckState.VERIFIED
    world.submit(attempt)


def test_a_sample_of_another_model_is_compared_with_nothing_and_nobody_is_another_person(
    world: World, first: list[bytes], second: bytes
) -> None:
    world.register(first)
    attempt = world.start(world.entry())
    with world.runtime.unit_of_work(SYSTEM) as uow:
        for template in uow.session.scalars(sa.select(FaceTemplate)):
            template.model_version, template.model_digest = "0", "0" * 64
    world.watch(attempt, [second] * 4)
    assert kinds(world) == []
    assert [frame.facts["scores"] for frame in world.frames(attempt) if frame.facts] == [{}] * 4


def test_a_picture_that_is_given_up_is_deleted_and_the_next_one_is_looked_at(
    world: World, first: list[bytes]
) -> None:
    attempt = world.start(world.entry())
    world.send(attempt, first[0])
    bad = world.frames(attempt)[0]
    with world.runtime.unit_of_work(SYSTEM) as uow:
        row = uow.session.get_one(Frame, bad.id)
        row.state, row.claims, row.claimed_at = FrameState.PROCESSING, MAX_CLAIMS, uow.now()
    world.clock.advance(timedelta(seconds=61))
    world.send(attempt, first[1])
    world.work()
    tasks.wake_undone(world.runtime)
    world.work()
    assert [frame.state for frame in world.frames(attempt)] == [FrameState.UNREADABLE, FrameState.DONE]
    assert world.get(StoredFile, bad.file_id).deleted_at is not None, (
        "nothing is kept of what nobody could look at"
    )
