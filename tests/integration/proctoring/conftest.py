"""Two schools of the demonstration's cast, an exam to sit, and the acts that lead to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

import cv2
import numpy as np
import pytest
import sqlalchemy as sa

from lms.assessment import service as assessment
from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.rules.blueprint import Plan, PlannedItem, Section
from lms.assessment.types import SessionKind
from lms.core.actor import SYSTEM, Actor
from lms.core.clock import FixedClock
from lms.core.runtime import Runtime
from lms.demo.cast import DemoSchool, load_cast
from lms.people.models import Consent
from lms.people.service import consents
from lms.people.types import ConsentMethod, ConsentPurpose
from lms.proctoring import queries, service
from lms.proctoring.checks import builtin as builtin_checks
from lms.proctoring.contracts import PROCTORING_CHECKS
from lms.proctoring.models import Enrolment, Frame, IdentityCheck, ProctoringSession
from lms.proctoring.types import IdentityMethod
from lms.proctoring.verifiers import pictures as looked_at
from lms.proctoring.verifiers import sface
from tests.fixtures.faces import FacePhotos, camera_frame, jpeg

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
SUPERVISED = {"level": 2, "monitoring": "camera", "cadence_s": 5}


class Camera:
    """Takes pictures of what is before it as cameras do: no two are the same, since a sensor has noise of its own."""

    def __init__(self) -> None:
        """Begin with no picture taken; the noise is the same in every run."""
        self._noise = np.random.default_rng(7)
        self._taken: set[bytes] = set()

    def take(self, scene: bytes) -> bytes:
        """Return a picture of a scene: the scene itself at first, then with a shake and noise of its own."""
        if scene not in self._taken or (frame := cv2.imdecode(np.frombuffer(scene, np.uint8), 1)) is None:
            self._taken.add(scene)
            return scene
        shake = np.array([[1, 0, self._noise.uniform(-2, 2)], [0, 1, self._noise.uniform(-2, 2)]])
        moved = cv2.warpAffine(frame, shake, frame.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)
        noisy = moved + self._noise.normal(0, 1.5, moved.shape)
        return jpeg(np.clip(noisy, 0, 255).astype(np.uint8))


class Remembering:
    """A detector of faces that looks at a picture once: most tests of a process show the same ones."""

    seen: ClassVar[dict[tuple[tuple[int, ...], bytes], Any]] = {}

    def __init__(self, detector: cv2.FaceDetectorYN) -> None:
        self._detector = detector

    def detect(self, picture: np.ndarray) -> Any:
        key = (picture.shape, sha256(picture.tobytes()).digest())
        if key not in self.seen:
            self.seen[key] = self._detector.detect(picture)
        return self.seen[key]


@pytest.fixture(scope="session", autouse=True)
def remembered_faces() -> Iterator[None]:
    """Run the nets once for each picture: they are functions of it. How well they see is measured elsewhere."""
    detector, feature, known = looked_at._detector, sface._Net.feature, {}

    def remembered(net: sface._Net, aligned: np.ndarray) -> np.ndarray:
        key = aligned.tobytes()
        if key not in known:
            known[key] = feature(net, aligned)
        return known[key].copy()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(looked_at, "_detector", lambda *size: Remembering(detector(*size)))
        patch.setattr(sface._Net, "feature", remembered)
        yield
    Remembering.seen.clear()


@dataclass
class World:
    """The cast and what they do."""

    runtime: Runtime
    clock: FixedClock
    school: DemoSchool
    camera: Camera = field(default_factory=Camera)

    def actor(self, login: str) -> Actor:
        return self.school.actor(login)

    def id(self, name: str) -> UUID:
        return self.school.id(name)

    def entry(
        self,
        student: str = "sonya",
        org: str = "school-14",
        teacher: str = "kim",
        reference: str = "test",
        **supervision: Any,
    ) -> UUID:
        """Put a student on the roster of an exam that is open now; return the entry."""
        kind = self.runtime.registries.of(QUESTION_TYPES).get("numeric")
        sample = kind.samples()[0]
        with self.runtime.unit_of_work(SYSTEM) as uow:
            bank = assessment.create_bank(uow, org_id=self.id(org), title="Банк", subject="biology")
            item = assessment.create_item(
                uow, bank, title="Вопрос", type="numeric", content=sample.content, tests=tuple(sample.tests)
            )
            assessment.approve_item(uow, item)
            plan = Plan(
                sections=(Section("", (PlannedItem(item),)),),
                base_minutes=60,
                supervision={**SUPERVISED, **supervision},
            )
            blueprint = assessment.create_blueprint(
                uow, org_id=self.id(org), title="Биология: кровь", subject="biology", plan=plan
            )
            now = self.clock.now()
            session = assessment.create_session(
                uow,
                self.id(org),
                SessionKind.INTERIM,
                blueprint,
                now - timedelta(minutes=5),
                now + timedelta(days=20),
            )
            return assessment.admit(uow, session, self.id(student), reference).id

    def record_basis(self, org: str = "school-14", director: str = "gromova") -> UUID:
        with self.runtime.unit_of_work(self.actor(director)) as uow:
            return consents.record_basis(
                uow,
                org_id=self.id(org),
                covers="minors",
                text="Вымышленное основание для проверки программы.",
            )

    def consent(self, student: str = "sonya", parent: str = "anna", registrar: str = "mironova") -> UUID:
        with self.runtime.unit_of_work(self.actor(registrar)) as uow:
            consent = consents.prepare_consent(
                uow,
                subject_id=self.id(student),
                org_id=self.id("school-14"),
                given_by=self.id(parent),
                purpose=ConsentPurpose.BIOMETRICS,
            )
            consents.attach_signed_consent(
                uow, consent, document=PDF, document_name="согласие.pdf", method=ConsentMethod.PAPER_SCAN
            )
        return consent

    def withdraw(self, login: str) -> int:
        with self.runtime.unit_of_work(self.actor(login)) as uow:
            consent = uow.session.scalar(sa.select(Consent.id).where(Consent.state == "active"))
            assert consent is not None
            return consents.withdraw_consent(uow, consent)

    def submit_sample(self, pictures: Sequence[bytes], student: str = "sonya") -> UUID:
        with self.runtime.unit_of_work(self.actor(student)) as uow:
            made = service.submit_sample(uow, self.id(student), [(data, "p.jpg") for data in pictures])
        return made

    def work(self) -> int:
        """Do everything that waits in the queue, as a worker would."""
        return self.runtime.jobs.run_waiting()

    def get(self, kind: type[Any], key: UUID) -> Any:
        with self.runtime.read() as session:
            return session.get_one(kind, key)

    def enrolment(self, key: UUID) -> Enrolment:
        return self.get(Enrolment, key)

    def check(self, key: UUID) -> IdentityCheck:
        return self.get(IdentityCheck, key)

    def register(self, pictures: Sequence[bytes]) -> UUID:
        """Bring a sample all the way: basis, consent, pictures, worker, approval."""
        self.record_basis()
        self.consent()
        made = self.submit_sample(pictures)
        self.work()
        with self.runtime.unit_of_work(self.actor("mironova")) as uow:
            service.approve_sample(uow, made, document_ref="свидетельство, …412")
        return made

    def choose(self, entry: UUID, method: IdentityMethod, student: str = "sonya") -> UUID:
        with self.runtime.unit_of_work(self.actor(student)) as uow:
            return service.choose_method(uow, entry, method)

    def decide(
        self, login: str, check: UUID, *, confirm: bool = True, note: str = "Как зовут кота?", doc: str = ""
    ) -> None:
        if confirm and self.check(check).method is IdentityMethod.FACE:
            self.look(login, check)
        with self.runtime.unit_of_work(self.actor(login)) as uow:
            service.decide_identity(uow, check, is_confirmed=confirm, note=note, document_ref=doc)

    def look(self, login: str, check: UUID) -> None:
        """Let whoever decides a check open its first picture, where there is one."""
        with self.runtime.unit_of_work(self.actor(login)) as uow:
            for picture in queries.check_view(uow.session, check).shots[:1]:
                service.open_evidence(uow, picture)

    def start(self, entry: UUID, student: str = "sonya", teacher: str = "kim") -> UUID:
        """Have a known teacher confirm the student, then start; return the attempt."""
        check = self.choose(entry, IdentityMethod.KNOWN_TEACHER, student)
        self.decide(teacher, check)
        with self.runtime.unit_of_work(self.actor(student)) as uow:
            return assessment.start_attempt(uow, entry).id

    def submit(self, attempt: UUID, student: str = "sonya") -> None:
        with self.runtime.unit_of_work(self.actor(student)) as uow:
            assessment.submit_attempt(uow, attempt)

    def sitting(self, attempt: UUID) -> ProctoringSession:
        with self.runtime.read() as session:
            return session.scalars(
                sa.select(ProctoringSession).where(ProctoringSession.attempt_id == attempt)
            ).one()

    def send(self, attempt: UUID, data: bytes, student: str = "sonya") -> service.FrameReceipt | None:
        row = self.sitting(attempt)
        data = self.camera.take(data)
        with self.runtime.unit_of_work(self.actor(student)) as uow:
            return service.receive_frame(
                uow, row.id, seq=row.next_seq, nonce=row.nonce, data=data, chance=0.5
            )

    def frames(self, attempt: UUID) -> list[Frame]:
        with self.runtime.read() as session:
            row = sa.select(ProctoringSession.id).where(ProctoringSession.attempt_id == attempt)
            return list(
                session.scalars(sa.select(Frame).where(Frame.session_id.in_(row)).order_by(Frame.seq))
            )

    def watch(self, attempt: UUID, pictures: Sequence[bytes]) -> None:
        """Send pictures five seconds apart, each looked at before the next."""
        for data in pictures:
            self.send(attempt, data)
            self.work()
            self.clock.advance(timedelta(seconds=5))


@pytest.fixture
def world(runtime: Runtime, clock: FixedClock, prepared_cast: None) -> World:
    """Return the cast with the built-in checks only: what outside ones find is tested beside them."""
    checks = runtime.registries.of(PROCTORING_CHECKS)
    for name in set(checks.names()) - {check.name for check in builtin_checks()}:
        del checks._members[name]
    return World(runtime, clock, load_cast(runtime))


@pytest.fixture(scope="session")
def first(face_photos: FacePhotos) -> list[bytes]:
    """Return three webcam pictures of the first person."""
    return [jpeg(camera_frame(photo)) for photo in face_photos.first_person]


@pytest.fixture(scope="session")
def second(face_photos: FacePhotos) -> bytes:
    """Return a webcam picture of the second person."""
    return jpeg(camera_frame(face_photos.second_person[0]))


@pytest.fixture(scope="session")
def empty_room() -> bytes:
    """Return a webcam picture with nobody in it."""
    import numpy as np

    room = np.full((480, 640, 3), 170, np.uint8)
    room[300:, :] = (90, 110, 130)
    return jpeg(room)


@pytest.fixture(scope="session")
def photo_bytes(face_photos: FacePhotos) -> bytes:
    path: Path = face_photos.first_person[0]
    return path.read_bytes()
