"""Play examinations under faults, in virtual time, over the real services and a real database.

A schedule follows from its seed: a student writes on one or two devices whose outboxes keep the rules of
``frontend/src/exam/outbox.js`` (an operation stays until its receipt is here; one request at a time; what is not answered in
15 s is sent again, later and later). The network cuts, delays, reorders and repeats; the server is killed between any two
words to its database, the commit among them; its clock and those of the devices jump; the teacher grants time and stops the
clock; the expiry job runs, and is killed too. Some answers are photographs, which go with their operation in a request of
their own. Then everything heals, the outboxes empty themselves, and it is counted what
became of every operation.
"""

from __future__ import annotations

import heapq
import io
import itertools
import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from PIL import Image
from sqlalchemy import event
from sqlalchemy.orm import Session

from lms.app import create_runtime, load_settings
from lms.assessment import service
from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.models import AnswerFile, Attempt, AttemptItem, Entry, Grade, ItemVersion, ResponseEvent
from lms.assessment.ports import ATTEMPT_GATES
from lms.assessment.question_types.file_answers import NotebookPhoto
from lms.assessment.question_types.true_false import TrueFalse
from lms.assessment.rules.items import mark_fields_safely
from lms.assessment.types import (
    OPEN_STATES,
    Fields,
    GrantKind,
    Operation,
    OperationKind,
    Receipt,
    Savings,
    SignIn,
)
from lms.core.actor import SYSTEM, Actor
from lms.core.clock import FixedClock
from lms.core.models import OutboxEvent
from lms.core.runtime import Runtime
from lms.core.uow import UnitOfWork
from lms.testing.exams import Question, make_ground
from tests.fixtures.application import FAST_HASHES, SCHOOL_DAY

STUDENTS, QUESTIONS, MINUTES = 40, 3, 20
BATCH, REQUEST_S, FIRST_WAIT_S, LONGEST_WAIT_S = 40, 15.0, 1.0, 30.0
#: Of a hundred requests: how many meet a kill, are sent twice, are lost, and lose their answer.
KILLED, DOUBLED, LOST, UNANSWERED = 12, 12, 10, 10
#: A kill comes before one of this many first words of a transaction to the database; later than the last one is no kill.
WORDS = 16

#: After so many schedules the school begins anew.
TERM = 200

#: So many photographs a device brings at most; so often what a student writes is one, in a hundred.
PHOTOGRAPHS, PHOTOGRAPHED = 3, 8

Save = Callable[[Runtime, SignIn, UUID, list[Operation], datetime], Savings]
SaveWithFile = Callable[[UnitOfWork, SignIn, UUID, Operation, service.SentFile, datetime], Savings]


def _photograph() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 6), "white").save(buffer, "JPEG")
    return buffer.getvalue()


class Killed(BaseException):
    """The server's process is gone; what it had not committed never was."""


class Fuse:
    """Kill the server before its n-th word to the database, statements and commits alike.

    It listens only while it burns: a server that nobody kills speaks to its database exactly as in service.
    """

    WORDS = ("before_cursor_execute", "commit")

    def __init__(self, runtime: Runtime) -> None:
        self._engine, self._left = runtime.database.engine, 0

    @contextmanager
    def burning(self, words: int) -> Iterator[None]:
        """Let a kill come before the word after the next ``words``, if it is spoken in this block."""
        self._left = words
        for word in self.WORDS:
            event.listen(self._engine, word, self._burn)
        try:
            yield
        finally:
            for word in self.WORDS:
                event.remove(self._engine, word, self._burn)

    def _burn(self, *_what: Any) -> None:
        self._left -= 1
        if self._left == -1:
            raise Killed


@dataclass(frozen=True, slots=True)
class Place:
    """A student with a place on a roster, signed in."""

    entry_id: UUID
    student: Actor
    sign_in: SignIn


class World:
    """A school whose students sit one short examination after another."""

    def __init__(self, runtime: Runtime, clock: FixedClock) -> None:
        self.runtime, self.clock, self.fuse = runtime, clock, Fuse(runtime)
        self.ground = make_ground(runtime, students=STUDENTS)
        self.teacher = self.ground.teacher
        self.sign_ins = [
            (self.ground.actor(s.person_id), self.ground.sign_in(s)) for s in self.ground.students
        ]
        kind = TrueFalse()
        sample = kind.samples()[0]
        questions = [Question(kind.name, sample.content, tuple(sample.tests))] * QUESTIONS
        photo = NotebookPhoto().samples()[0]
        questions.append(Question(NotebookPhoto.name, photo.content, tuple(photo.tests)))
        self.photograph = _photograph()
        self.version = self.ground.write_plan(questions, minutes=MINUTES)
        self.answers: list[Fields] = [kind.fields_for(sample.content, 0, said) for said in (True, False)]
        self.answers.append({})
        self._first_day = self._database_file().with_suffix(".first")
        self._open_aside: sqlite3.Connection | None = None
        runtime.database.dispose()
        shutil.copyfile(self._database_file(), self._first_day)

    def _database_file(self) -> Path:
        return Path(self.runtime.database.url.removeprefix("sqlite:///"))

    def begin_anew(self) -> None:
        """Bring back the school as it was before anybody sat: what thousands of works have left would slow each further one."""
        self.close()
        file = self._database_file()
        for name in ("-wal", "-shm"):
            file.with_name(file.name + name).unlink(missing_ok=True)
        shutil.copyfile(self._first_day, file)
        # A server that is killed tidies nothing up; SQLite would, whenever the last connection to its file is closed.
        self._open_aside = sqlite3.connect(file)
        self._open_aside.execute("SELECT count(*) FROM sqlite_master").fetchall()

    def close(self) -> None:
        """Close all connections to the database."""
        self.runtime.database.dispose()
        if self._open_aside is not None:
            self._open_aside.close()
            self._open_aside = None

    def places(self) -> Iterator[Place]:
        """Yield places without end, from a new examination for each roomful of students."""
        while True:
            self.clock.move_to(SCHOOL_DAY)
            session_id = self.ground.open_session(self.version, hours=2)
            with self.runtime.read() as session:
                rows = session.execute(
                    sa.select(Entry.person_id, Entry.id).where(Entry.session_id == session_id)
                )
                entries = {person_id: entry_id for person_id, entry_id in rows}
            for student, sign_in in self.sign_ins:
                yield Place(entries[sign_in.person_id], student, sign_in)


@dataclass
class Device:
    """A browser with its outbox: what was written stays until its receipt is here, closed browser or not."""

    name: str
    seq: int = 0
    ops: dict[UUID, Operation] = field(default_factory=dict)
    receipts: dict[UUID, Receipt] = field(default_factory=dict)
    files: set[UUID] = field(default_factory=set)
    request: int | None = None
    wait_s: float = FIRST_WAIT_S
    is_open: bool = True

    def waiting(self) -> list[Operation]:
        """Return what has no receipt yet, in the order in which it was written."""
        return sorted(
            (op for key, op in self.ops.items() if key not in self.receipts), key=lambda op: op.client_seq
        )

    def batch(self) -> list[Operation]:
        """Return what the next request brings: a file goes by itself, in its turn."""
        waiting = self.waiting()
        turn = next((at for at, op in enumerate(waiting) if op.op_id in self.files), BATCH)
        return waiting[: min(turn or 1, BATCH)]


class Schedule:
    """One attempt under the faults that follow from a seed; ``faults`` says what went wrong, ``counts`` what happened."""

    def __init__(
        self,
        world: World,
        place: Place,
        seed: int,
        save: Save = service.save_operations,
        save_with_file: SaveWithFile = service.save_with_file,
    ) -> None:
        self.world, self.place = world, place
        self.save, self.save_with_file = save, save_with_file
        self.dice = random.Random(seed)
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []
        self.issued: dict[UUID, Receipt] = {}
        self.delivered: set[UUID] = set()
        self.now, self.skew = 0.0, 0.0
        self.queue: list[tuple[float, int, Callable[[], None]]] = []
        self.order = itertools.count()
        self.requests = itertools.count()
        self.devices = [Device(f"d{number}") for number in range(self.dice.choice((1, 1, 2)))]
        self.cuts = [self._span(90, 600) for _ in range(self.dice.randint(0, 3))]
        self.down_until = 0.0
        self.has_healed = False
        self.attempt_id = UUID(int=0)

    def _span(self, least: float, most: float) -> tuple[float, float]:
        begin = self.dice.uniform(0, MINUTES * 60)
        return begin, begin + self.dice.uniform(least, most)

    # ---- time ----

    def at(self, delay_s: float, what: Callable[[], None]) -> None:
        """Let something happen ``delay_s`` from now."""
        heapq.heappush(self.queue, (self.now + delay_s, next(self.order), what))

    def run_until(self, end_s: float) -> None:
        """Let happen what is due by ``end_s``."""
        while self.queue and self.queue[0][0] <= end_s:
            self.now, _order, what = heapq.heappop(self.queue)
            self._set_clock()
            what()
        self.now = max(self.now, end_s)
        self._set_clock()

    def _set_clock(self) -> None:
        self.world.clock.move_to(SCHOOL_DAY + timedelta(seconds=self.now + self.skew))

    def chance(self, percent: float) -> bool:
        """Tell whether a fault happens; after the healing none does."""
        return not self.has_healed and self.dice.uniform(0, 100) < percent

    def is_cut(self) -> bool:
        """Tell whether the devices have no network now."""
        return not self.has_healed and any(begin <= self.now < end for begin, end in self.cuts)

    # ---- the server ----

    def serve(self, use_case: Callable[[], Any]) -> Any:
        """Run a use case in the server's process; None when the process is away or dies over it."""
        if self.now < self.down_until:
            return None
        if not self.chance(KILLED):
            return use_case()
        try:
            with self.world.fuse.burning(self.dice.randint(0, WORDS)):
                return use_case()
        except Killed:
            self.counts["kill"] += 1
            self.down_until = self.now + self.dice.uniform(0.5, 20)
            return None

    def in_transaction(self, actor: Actor, verb: Callable[[UnitOfWork], Any]) -> Any:
        """Run a verb in a transaction of its own on the server."""

        def use_case() -> Any:
            with self.world.runtime.unit_of_work(actor) as uow:
                return verb(uow)

        return self.serve(use_case)

    def start(self) -> None:
        """Start the attempt, as often as it takes."""
        while True:
            begun = self.in_transaction(
                self.place.student, lambda uow: service.start_attempt(uow, self.place.entry_id)
            )
            if begun is not None:
                self.attempt_id = begun.id
                return
            self.run_until(self.down_until)

    def expire(self) -> None:
        """Let the expiry job look at the attempt, again and again."""
        self.in_transaction(SYSTEM, lambda uow: service.expire_attempt(uow, self.attempt_id))
        self.at(self.dice.uniform(60, 300), self.expire)

    def decide(self) -> None:
        """Let the teacher give time, or stop the clock for a while."""
        attempt = self._attempt()
        if attempt.state not in OPEN_STATES or self.world.clock.now() >= attempt.deadline_at:
            return
        if self.dice.random() < 0.6:
            minutes = self.dice.choice((2, 5, 10))
            self.in_transaction(
                self.world.teacher,
                lambda uow: service.grant(uow, self.place.entry_id, GrantKind.EXTRA_TIME, minutes, "свет"),
            )
            self.counts["grant"] += 1
        else:
            stopped = self.in_transaction(
                self.world.teacher, lambda uow: service.pause_attempt(uow, self.attempt_id, "тревога")
            )
            self.counts["pause"] += stopped is not None
            self.at(self.dice.uniform(10, 240), self.resume)

    def resume(self) -> None:
        """Let the clock run on, as soon as the server is there."""
        if self._attempt().state in OPEN_STATES and (
            self.in_transaction(self.world.teacher, lambda uow: service.resume_attempt(uow, self.attempt_id))
            is None
        ):
            self.at(5, self.resume)

    def _attempt(self) -> Attempt:
        with self.world.runtime.read() as session:
            return session.get_one(Attempt, self.attempt_id)

    def jump(self) -> None:
        """Set the server's clock, as a time server does."""
        self.skew += self.dice.choice((-2.0, -0.5, 3.0, 45.0))
        self.counts["clock jump"] += 1

    # ---- the student and the devices ----

    def write(self, device: Device) -> None:
        """Put one more operation onto the device, and think about the next one."""
        kind, slot = OperationKind.ANSWER, self.dice.randint(1, QUESTIONS)
        payload: dict[str, Any] = {"fields": self.dice.choice(self.world.answers)}
        if self.dice.random() < 0.1:
            kind, payload = OperationKind.FLAG, {"on": self.dice.random() < 0.5}
        elif len(device.files) < PHOTOGRAPHS and self.dice.uniform(0, 100) < PHOTOGRAPHED:
            slot, payload = QUESTIONS + 1, {}
        self.keep(device, kind, slot, payload)
        self.at(self.dice.expovariate(1 / 150), lambda: self.write(device))

    def keep(self, device: Device, kind: OperationKind, slot: int, payload: dict[str, Any]) -> None:
        """Keep an operation on the device first, then begin to send."""
        if any(op.kind is OperationKind.SUBMIT for op in device.ops.values()):
            return
        device.seq += 1
        says = SCHOOL_DAY + timedelta(seconds=self.dice.uniform(-1e8, 1e8)) if self.chance(20) else None
        key = UUID(int=self.dice.getrandbits(128), version=4)
        if slot > QUESTIONS and kind is OperationKind.ANSWER:
            device.files.add(key)
            payload = {"fields": {"file": [str(key)]}}
        device.ops[key] = Operation(key, kind, slot, payload, device.seq, device.name, says)
        if device.request is None and device.is_open:
            self.send(device)

    def hand_in(self, device: Device) -> None:
        """Hand in: an operation like any other."""
        self.keep(device, OperationKind.SUBMIT, 0, {})

    def close(self, device: Device) -> None:
        """Close the browser, and open it again after a while: what it keeps is still there."""
        device.is_open, device.request = False, None
        self.counts["browser closed"] += 1

        def reopen() -> None:
            device.is_open, device.wait_s = True, FIRST_WAIT_S
            self.send(device)

        self.at(self.dice.uniform(5, 400), reopen)

    def send(self, device: Device) -> None:
        """Send what waits, one request at a time; try again when no answer comes."""
        batch = device.batch()
        if not batch or not device.is_open or device.request is not None:
            return
        number = device.request = next(self.requests)
        self.counts["request"] += 1
        if self.is_cut() or self.chance(LOST):
            self.counts["request lost"] += 1
        else:
            self.at(self.travel_s(), lambda: self.arrive(device, number, batch))
        if self.chance(DOUBLED):
            self.counts["request repeated"] += 1
            self.at(self.dice.uniform(0, 300), lambda: self.arrive(device, -1, batch))
        self.at(REQUEST_S, lambda: self.give_up(device, number))

    def travel_s(self) -> float:
        """Return how long a message travels: some overtake others."""
        return self.dice.uniform(5, 60) if self.chance(8) else self.dice.uniform(0.01, 0.6)

    def arrive(self, device: Device, number: int, batch: list[Operation]) -> None:
        """Let the server answer a request."""
        savings: Savings | None = self.serve(lambda: self.take_in(device, batch))
        if savings is None:
            return
        for receipt in savings.receipts:
            if self.issued.setdefault(receipt.op_id, receipt) != receipt:
                self.faults.append("another receipt for the same operation")
        if self.is_cut() or self.chance(UNANSWERED):
            self.counts["answer lost"] += 1
        else:
            self.at(self.travel_s(), lambda: self.take(device, number, savings))

    def take_in(self, device: Device, batch: list[Operation]) -> Savings:
        """Do on the server what the request asks for: an operation that names a file comes alone and with it."""
        world, now = self.world, self.world.clock.now()
        if batch[0].op_id not in device.files:
            return self.save(world.runtime, self.place.sign_in, self.attempt_id, batch, now)
        photograph = service.SentFile(world.photograph, "1.jpg")
        with world.runtime.unit_of_work(self.place.student) as uow:
            return self.save_with_file(uow, self.place.sign_in, self.attempt_id, batch[0], photograph, now)

    def take(self, device: Device, number: int, savings: Savings) -> None:
        """Keep the receipts, if the device still waits for this answer; then send what was written meanwhile."""
        if device.request != number or not device.is_open:
            return
        device.receipts |= {receipt.op_id: receipt for receipt in savings.receipts}
        self.delivered |= {receipt.op_id for receipt in savings.receipts}
        device.request, device.wait_s = None, FIRST_WAIT_S
        self.send(device)

    def give_up(self, device: Device, number: int) -> None:
        """Stop waiting for an answer; send again, each time later."""
        if device.request != number:
            return
        device.request = None
        self.at(device.wait_s * self.dice.uniform(0.5, 1.5), lambda: self.send(device))
        device.wait_s = min(LONGEST_WAIT_S, device.wait_s * 2)

    # ---- the whole ----

    def play(self) -> Schedule:
        """Play the schedule to its end, heal everything and count."""
        self._set_clock()
        self.start()
        for device in self.devices:
            self.at(self.dice.uniform(1, 120), lambda device=device: self.write(device))  # type: ignore[misc]
            for _ in range(self.dice.choice((0, 0, 1, 2))):
                self.at(self.dice.uniform(30, MINUTES * 60), lambda device=device: self.close(device))  # type: ignore[misc]
        for happening in (self.decide, self.jump):
            for _ in range(self.dice.choice((0, 0, 1))):
                self.at(self.dice.uniform(60, MINUTES * 60), happening)
        self.at(MINUTES * 60, self.expire)
        if self.dice.random() < 0.7:
            writer = self.dice.choice(self.devices)
            self.at(self.dice.uniform(0.3, 1.2) * MINUTES * 60, lambda: self.hand_in(writer))
        self.run_until(MINUTES * 60 * 1.4)
        self.heal()
        self.check()
        return self

    def heal(self) -> None:
        """Take all faults away and let the outboxes empty themselves."""
        self.has_healed, self.down_until = True, 0.0
        self.queue.clear()
        for device in self.devices:
            device.is_open, device.request = True, None
            self.hand_in(device)
            self.send(device)
        self.run_until(self.now + 600)

    def check(self) -> None:
        """Count what became of every operation, every mark and the seal."""
        with self.world.runtime.read() as session:
            events = session.scalars(
                sa.select(ResponseEvent).where(ResponseEvent.attempt_id == self.attempt_id)
            ).all()
            written = {key: op for device in self.devices for key, op in device.ops.items()}
            self.counts["operation"] += len(written)
            self.counts["late"] += sum(row.is_late for row in events)
            self._compare(written, {row.op_id: row for row in events}, len(events))
            keys = self.world.runtime.keys
            for receipt in self.issued.values():
                verdict = service.verify_receipt(session, keys, receipt)
                if not (verdict.is_genuine and verdict.is_kept):
                    self.counts["lost"] += 1
            if not service.verify_attempt(session, keys, self.attempt_id):
                self.faults.append("the seal does not hold")
            self._check_marks(session, list(events))
            self._check_files(session)
            attempts = sa.select(sa.func.count()).where(Attempt.entry_id == self.place.entry_id)
            if session.scalar(attempts) != 1:
                self.faults.append("started twice")
        if self.counts["lost"] or self.counts["doubled"]:
            self.faults.append("lost or doubled")

    def _compare(self, written: dict[UUID, Operation], kept: dict[UUID, ResponseEvent], rows: int) -> None:
        self.counts["lost"] += len(set(written) - set(kept)) + len(set(written) - self.delivered)
        self.counts["doubled"] += rows - len(kept) + len(set(kept) - set(written))
        for key in set(written) & set(kept):
            op, row = written[key], kept[key]
            if (op.kind, op.slot, op.payload, op.client_seq) != (
                row.kind,
                row.slot,
                row.payload,
                row.client_seq,
            ):
                self.faults.append("an operation was changed")

    def _check_files(self, session: Session) -> None:
        """Compare the files that are kept with those that were brought, one for one."""
        brought = {key for device in self.devices for key in device.files}
        kept = session.scalars(sa.select(AnswerFile.id).where(AnswerFile.attempt_id == self.attempt_id)).all()
        self.counts["file"] += len(kept)
        self.counts["lost"] += len(brought - set(kept))
        self.counts["doubled"] += len(set(kept) - brought)

    def _check_marks(self, session: Session, events: list[ResponseEvent]) -> None:
        """Compare the marks with what the newest timely answer to each question deserves."""
        attempt = session.get_one(Attempt, self.attempt_id)
        if attempt.state in OPEN_STATES:
            self.faults.append("the attempt never ended")
            return
        kinds = self.world.runtime.registries.of(QUESTION_TYPES)
        rows = session.execute(
            sa.select(AttemptItem, ItemVersion)
            .join(ItemVersion, ItemVersion.id == AttemptItem.item_version_id)
            .where(AttemptItem.attempt_id == self.attempt_id)
        ).all()
        for item, version in rows:
            timely = [
                e for e in events if e.slot == item.slot and e.kind is OperationKind.ANSWER and not e.is_late
            ]
            last = max(timely, key=lambda e: (e.client_seq, e.t_server, e.op_id), default=None)
            fields = {} if last is None else last.payload["fields"]
            due = mark_fields_safely(kinds.get(version.type), version.content, item.variant_seed, fields)
            marks = session.scalars(sa.select(Grade).where(Grade.attempt_item_id == item.id)).all()
            self.counts["mark"] += len(marks)
            self.counts["double mark"] += max(0, len(marks) - 1)
            if [(m.status, m.fraction) for m in marks] != [(due.status, due.fraction)]:
                self.faults.append("a mark is not what the answer deserves")


@contextmanager
def world_in(folder: Path) -> Iterator[World]:
    """Open the product over the migrated SQLite database in a folder, with a clock of its own."""
    clock = FixedClock(SCHOOL_DAY)
    own = {"LMS_DATA_DIR": str(folder), "LMS_DATABASE_URL": f"sqlite:///{folder}/lms.db"}
    runtime = create_runtime(load_settings({**FAST_HASHES, **own, "LMS_JOBS_URL": "memory://"}), clock=clock)
    runtime.registries.of(ATTEMPT_GATES)._members.clear()
    world = World(runtime, clock)
    try:
        yield world
    finally:
        world.close()


def play_many(
    world: World,
    seeds: range,
    save: Save = service.save_operations,
    save_with_file: SaveWithFile = service.save_with_file,
) -> tuple[Counter[str], list[str]]:
    """Play a schedule for each seed; return what happened in all, and the faults with their seeds."""
    counts: Counter[str] = Counter()
    faults: list[str] = []
    for start in range(0, len(seeds), TERM):
        world.begin_anew()
        attempts: dict[str, int] = {}
        for seed, place in zip(seeds[start : start + TERM], world.places(), strict=False):
            played = Schedule(world, place, seed, save, save_with_file).play()
            counts += played.counts
            faults += [f"seed {seed}: {fault}" for fault in played.faults]
            attempts[str(played.attempt_id)] = seed
        faults += _ended_otherwise_than_once(world, attempts)
    return counts, faults


def _ended_otherwise_than_once(world: World, attempts: dict[str, int]) -> list[str]:
    """Return a fault for each attempt, known with its seed, of which not exactly one end was told."""
    with world.runtime.read() as session:
        told = session.scalars(
            sa.select(OutboxEvent.payload).where(OutboxEvent.kind == "assessment.attempt_submitted")
        )
        ends = Counter(payload["attempt_id"] for payload in told)
    return [f"seed {seed}: ended {ends[key]} times" for key, seed in attempts.items() if ends[key] != 1]
