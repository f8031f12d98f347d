"""Identity: samples, the camera, people who decide, refusing at any moment."""

from __future__ import annotations

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import cv2
import numpy as np
import pytest
import sqlalchemy as sa
from PIL import Image

from lms.assessment.ports import ATTEMPT_GATES
from lms.core import ledger, vault
from lms.core.actor import SYSTEM
from lms.core.errors import Conflict, Forbidden, Gone, InvalidInput, NotFound, TooMany
from lms.core.models import LedgerEntry, StoredFile
from lms.home.sources.student import waiting
from lms.people.models import Admission, Assignment, Consent, Guardianship, Person
from lms.people.service import consents
from lms.people.types import AdmissionGround, AssignmentKind, ConsentMethod
from lms.proctoring import queries, service
from lms.proctoring.models import Enrolment, EnrolmentShot, Evidence, FaceTemplate
from lms.proctoring.rules.identity import PAGES_TO_SUBMIT, PASSKEY_METHODS
from lms.proctoring.service.templates import PURPOSE, read_templates
from lms.proctoring.types import CheckState, EnrolmentState, IdentityMethod, Monitoring, TemplateState
from tests.fixtures.faces import FacePhotos, camera_frame, jpeg
from tests.integration.proctoring.conftest import PDF, World

M = IdentityMethod
ONE_ENGINE = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


def test_biometrics_are_off_until_the_basis_is_recorded(world: World, first: list[bytes]) -> None:
    world.consent()
    with pytest.raises(Conflict, match="biometrics_off"):
        world.submit_sample(first)


def test_a_sample_needs_the_signed_consent(world: World, first: list[bytes]) -> None:
    world.record_basis()
    with pytest.raises(Conflict, match="no_consent"):
        world.submit_sample(first)


def test_a_click_is_no_written_consent_and_a_text_file_no_document(world: World) -> None:
    with world.runtime.unit_of_work(world.actor("mironova")) as uow:
        made = consents.prepare_consent(
            uow,
            subject_id=world.id("sonya"),
            org_id=world.id("school-14"),
            given_by=world.id("anna"),
            purpose=consents.ConsentPurpose.BIOMETRICS,
        )
        with pytest.raises(InvalidInput, match="consent_method"):
            consents.attach_signed_consent(
                uow, made, document=PDF, document_name="c.pdf", method=ConsentMethod.ELECTRONIC
            )
        with pytest.raises(InvalidInput, match="not_pdf_or_picture"):
            consents.attach_signed_consent(
                uow, made, document=b"hello", document_name="c.pdf", method=ConsentMethod.PAPER_SCAN
            )


def test_a_stranger_cannot_sign_for_the_child(world: World) -> None:
    with (
        world.runtime.unit_of_work(world.actor("mironova")) as uow,
        pytest.raises(InvalidInput, match="giver"),
    ):
        consents.prepare_consent(
            uow,
            subject_id=world.id("sonya"),
            org_id=world.id("school-14"),
            given_by=world.id("ruslan"),
            purpose=consents.ConsentPurpose.BIOMETRICS,
        )


def test_three_pictures_become_an_encrypted_sample_and_are_deleted_after_approval(
    world: World, first: list[bytes]
) -> None:
    made = world.register(first)
    with world.runtime.read() as session:
        rows = session.scalars(sa.select(FaceTemplate)).all()
        files = session.scalars(
            sa.select(StoredFile).join(EnrolmentShot, EnrolmentShot.file_id == StoredFile.id)
        ).all()
    assert world.enrolment(made).state is EnrolmentState.APPROVED
    assert {row.model_id for row in rows} == {"sface", "dlib-resnet"}
    assert all(row.state is TemplateState.ACTIVE and len(row.model_digest) == 64 for row in rows)
    assert all(row.payload is not None and len(row.payload) == 12 + 16 + 8 + 3 * 128 * 4 for row in rows)
    assert len(files) == 3
    assert all(row.deleted_at is not None for row in files)


def test_up_to_five_pictures_make_a_sample_and_fewer_than_three_or_more_than_five_none(
    world: World, first: list[bytes]
) -> None:
    world.record_basis()
    world.consent()
    for pictures in (first[:2], first * 2):
        with pytest.raises(InvalidInput, match="three_pictures"):
            world.submit_sample(pictures)
    world.submit_sample([*first, *first[:2]])
    with world.runtime.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(EnrolmentShot)) == 5


def _photo(picture: np.ndarray) -> bytes:
    return jpeg(picture)


def _two(photos: FacePhotos) -> bytes:
    left, right = camera_frame(photos.first_person[0]), camera_frame(photos.second_person[0])
    return jpeg(np.ascontiguousarray(np.hstack([left[:, 140:500], right[:, 140:500]])))


def test_bad_pictures_are_named_with_their_number(
    world: World, first: list[bytes], empty_room: bytes, face_photos: FacePhotos
) -> None:
    world.record_basis()
    world.consent()
    good = camera_frame(face_photos.first_person[0])
    blurred = jpeg(cv2.GaussianBlur(good, (0, 0), 5))
    sideways = jpeg(np.ascontiguousarray(np.rot90(good)))
    made = world.submit_sample([empty_room, _two(face_photos), blurred])
    world.work()
    with world.runtime.read() as session:
        standing = queries.sample_standing(session, world.id("sonya"), world.clock.now())
    assert standing.enrolment is not None
    assert standing.enrolment.faults == ((1, "no_face"), (2, "several_faces"), (3, "blurred"))
    assert world.enrolment(made).state is EnrolmentState.FAULTY
    world.submit_sample([first[0], sideways, first[1]])
    world.work()
    with world.runtime.read() as session:
        standing = queries.sample_standing(session, world.id("sonya"), world.clock.now())
    assert standing.enrolment is not None
    assert standing.enrolment.faults == ((2, "sideways"),)


def test_a_picture_that_only_its_exif_turns_is_set_upright_and_taken(
    world: World, first: list[bytes]
) -> None:
    world.record_basis()
    world.consent()
    turned = Image.open(io.BytesIO(first[0])).rotate(90, expand=True)
    exif = Image.Exif()
    exif[0x0112] = 6  # "turn clockwise to see it upright"
    buffer = io.BytesIO()
    turned.save(buffer, "JPEG", exif=exif, quality=92)
    made = world.submit_sample([buffer.getvalue(), first[1], first[2]])
    world.work()
    assert world.enrolment(made).state is EnrolmentState.TO_APPROVE


def test_withdrawal_destroys_the_sample_at_once_and_the_ledger_says_so(
    world: World, first: list[bytes]
) -> None:
    world.register(first)
    with world.runtime.read() as session:
        before = session.scalars(sa.select(FaceTemplate)).all()
        payload = before[0].payload
    assert payload is not None
    assert world.withdraw("anna") == 2
    with world.runtime.read() as session:
        assert all(
            r.payload is None and r.state is TemplateState.DESTROYED
            for r in session.scalars(sa.select(FaceTemplate))
        )
        with pytest.raises(Gone):  # a copy of the row in some backup is dead, too
            vault.decrypt(session, world.runtime.keys, world.id("sonya"), PURPOSE, payload)
        kinds = list(session.scalars(sa.select(LedgerEntry.kind)))
        assert not list(ledger.verify(session, world.runtime.keys))
    assert {"people.consent_withdrawn", "people.destruction", "proctoring.templates_destroyed"} <= set(kinds)


def test_the_student_can_refuse_in_the_middle_of_a_camera_check_and_go_on(
    world: World, first: list[bytes]
) -> None:
    world.register(first)
    entry = world.entry()
    check = world.choose(entry, M.FACE)
    with world.runtime.unit_of_work(world.actor("sonya")) as uow:
        service.submit_face_shots(uow, check, [(data, "p.jpg") for data in first])
    world.withdraw("sonya")
    world.work()  # the worker comes too late and finds nothing to do
    with world.runtime.read() as session:
        options = queries.identity_options(session, entry, world.clock.now())
    assert options.check is None
    assert M.FACE not in options.methods
    other = world.choose(entry, M.KNOWN_TEACHER)
    world.decide("kim", other)
    assert world.check(other).state is CheckState.VERIFIED


def test_a_match_is_recorded_without_liveness_and_a_person_confirms_it(
    world: World, first: list[bytes]
) -> None:
    world.register(first)
    entry = world.entry()
    check = world.choose(entry, M.FACE)
    with world.runtime.unit_of_work(world.actor("sonya")) as uow:
        service.submit_face_shots(uow, check, [(data, "p.jpg") for data in first])
    world.work()
    row = world.check(check)
    assert (row.state, row.outcome, row.liveness) == (CheckState.HUMAN_CHECK, "match", "not_checked")
    assert row.score is not None
    assert row.threshold is not None
    assert row.model.startswith("sface+dlib fused-2")
    gate = world.runtime.registries.of(ATTEMPT_GATES).get("proctoring")
    with world.runtime.read() as session, _words(world):
        assert not gate.may_start(session, entry, world.id("sonya"), world.clock.now()).is_open
    world.decide("gusev", check, note="")
    row = world.check(check)
    assert (row.state, row.level_reached) == (CheckState.VERIFIED, 2)
    with world.runtime.read() as session:
        assert gate.may_start(session, entry, world.id("sonya"), world.clock.now()).is_open


def _words(world: World):  # type: ignore[no-untyped-def]
    from lms.app import create_app

    return create_app(runtime=world.runtime).test_request_context()


def test_another_face_is_never_refused_by_the_machine(
    world: World, first: list[bytes], second: bytes
) -> None:
    world.register(first)
    check = world.choose(world.entry(), M.FACE)
    for expected in (CheckState.UNCERTAIN, CheckState.UNCERTAIN, CheckState.HUMAN_CHECK):
        with world.runtime.unit_of_work(world.actor("sonya")) as uow:
            service.submit_face_shots(uow, check, [(second, "p.jpg")] * 3)
        world.work()
        row = world.check(check)
        assert (row.state, row.outcome) == (expected, "no_match")


def test_a_camera_that_sees_nothing_could_not_tell(
    world: World, first: list[bytes], empty_room: bytes
) -> None:
    world.register(first)
    check = world.choose(world.entry(), M.FACE)
    with world.runtime.unit_of_work(world.actor("sonya")) as uow:
        service.submit_face_shots(uow, check, [(empty_room, "p.jpg")] * 3)
    world.work()
    row = world.check(check)
    assert (row.state, row.outcome, row.reason) == (CheckState.UNCERTAIN, "could_not_tell", "no_face")


@ONE_ENGINE
def test_only_who_opened_a_picture_of_the_round_that_is_decided_confirms_by_it(
    world: World, first: list[bytes], empty_room: bytes
) -> None:
    world.register(first)
    check = world.choose(world.entry(), M.FACE)

    def confirm(refused: str) -> None:
        with (
            world.runtime.unit_of_work(world.actor("gusev")) as uow,
            pytest.raises(InvalidInput, match=refused),
        ):
            service.decide_identity(uow, check, is_confirmed=True, note="")

    for pictures in ([empty_room], first[:1]):
        with world.runtime.unit_of_work(world.actor("sonya")) as uow:
            service.submit_face_shots(uow, check, [(data, "p.jpg") for data in pictures])
        if pictures == [empty_room]:
            world.look("gusev", check)
        world.work()
    assert world.check(check).state is CheckState.HUMAN_CHECK
    confirm("look_first")
    with world.runtime.unit_of_work(SYSTEM) as uow:
        shown = queries.check_view(uow.session, check).shots
        gone = sa.update(Evidence).where(Evidence.id.in_(shown))
        uow.session.execute(gone.values(deleted_at=uow.now()))
    confirm("pictures_gone")


def test_who_has_never_met_the_student_names_a_document(world: World) -> None:
    entry = world.entry("timur", "horizon", "petrenko")
    with world.runtime.read() as session:
        methods = queries.identity_options(session, entry, world.clock.now()).methods
    assert M.FACE not in methods
    check = world.choose(entry, M.DOCUMENT_VIDEO, "timur")
    with pytest.raises(InvalidInput, match="document_missing"):
        world.decide("noskova", check)
    world.decide("noskova", check, doc="паспорт, …07")
    assert world.check(check).state is CheckState.VERIFIED


def test_only_those_who_may_decide_can(world: World) -> None:
    check = world.choose(world.entry(), M.KNOWN_TEACHER)
    for login in ("petrenko", "noskova", "gusev", "mironova"):
        with pytest.raises(NotFound):
            world.decide(login, check)
    with pytest.raises(Forbidden):
        world.decide("sonya", check)


def test_a_code_passes_through_an_adult_beside_the_student(world: World) -> None:
    check = world.choose(world.entry(), M.CODE_AND_ADULT)
    with world.runtime.unit_of_work(world.actor("anna")) as uow:
        code = service.issue_code(uow, check, question="Что было на завтрак?")
    with world.runtime.unit_of_work(world.actor("sonya")) as uow:
        assert not service.enter_code(uow, check, "000000" if code != "000000" else "111111")
    with world.runtime.unit_of_work(world.actor("sonya")) as uow:
        assert service.enter_code(uow, check, code)
    row = world.check(check)
    assert (row.state, row.decided_by, row.code_hash) == (CheckState.VERIFIED, world.id("anna"), "")


@ONE_ENGINE
def test_a_tutor_who_is_not_of_the_family_vouches_where_nobody_else_could(world: World) -> None:
    with world.runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(sa.update(Guardianship).values(is_restricted=True))
    entry = world.entry(level=3)
    assert M.CODE_AND_ADULT in ways_of(world, entry)
    check = world.choose(entry, M.CODE_AND_ADULT)
    with world.runtime.read() as session:
        waits = queries.vouching_waiting(session, world.actor("lebedeva"), world.clock.now())
    assert [one.id for one in waits] == [check]
    with world.runtime.unit_of_work(world.actor("lebedeva")) as uow:
        code = service.issue_code(uow, check, question="Что было на завтрак?")
    assert guess(world, check, code)
    row = world.check(check)
    assert (row.state, row.level_reached, row.decided_by) == (CheckState.VERIFIED, 2, world.id("lebedeva"))
    with world.runtime.read() as session:
        assert queries.identity_options(session, entry, world.clock.now()).is_open


def ways_of(world: World, entry: UUID) -> set[IdentityMethod]:
    with world.runtime.read() as session:
        return set(queries.identity_options(session, entry, world.clock.now()).methods)


def test_guessing_ends_the_code(world: World) -> None:
    check = world.choose(world.entry(), M.CODE_AND_ADULT)
    with world.runtime.unit_of_work(world.actor("anna")) as uow:
        code = service.issue_code(uow, check, question="Что было на завтрак?")
    for _ in range(5):
        with world.runtime.unit_of_work(world.actor("sonya")) as uow:
            service.enter_code(uow, check, "0000000")
    with (
        world.runtime.unit_of_work(world.actor("sonya")) as uow,
        pytest.raises(InvalidInput, match="code_over"),
    ):
        service.enter_code(uow, check, code)


def test_guesses_at_once_are_each_counted(world: World) -> None:
    check = world.choose(world.entry(), M.CODE_AND_ADULT)
    with world.runtime.unit_of_work(world.actor("anna")) as uow:
        service.issue_code(uow, check, question="Что было на завтрак?")
    with ThreadPoolExecutor(8) as pool:
        answers = [future.exception() for future in [pool.submit(guess, world, check) for _ in range(8)]]
    assert world.check(check).code_tries == 5
    assert [type(answer) for answer in answers if answer is not None] == [InvalidInput] * 3


def test_a_student_who_guesses_again_and_again_must_pause(world: World) -> None:
    check = world.choose(world.entry(), M.CODE_AND_ADULT)
    for _ in range(3):
        with world.runtime.unit_of_work(world.actor("anna")) as uow:
            code = service.issue_code(uow, check, question="Что было на завтрак?")
        for _ in range(5):
            guess(world, check)
    with world.runtime.unit_of_work(world.actor("anna")) as uow:
        code = service.issue_code(uow, check, question="Что было на завтрак?")
    with pytest.raises(TooMany, match="code_too_often"):
        guess(world, check, code)
    world.clock.advance(timedelta(hours=1))
    with world.runtime.unit_of_work(world.actor("anna")) as uow:
        code = service.issue_code(uow, check, question="Что было на завтрак?")
    assert guess(world, check, code)


def guess(world: World, check: UUID, code: str = "no digits") -> bool:
    with world.runtime.unit_of_work(world.actor("sonya")) as uow:
        return service.enter_code(uow, check, code)


def test_a_way_chosen_twice_at_once_makes_one_check(world: World) -> None:
    entry = world.entry()
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: world.choose(entry, M.KNOWN_TEACHER), range(4)))
    assert len(set(made)) == 1


def test_of_two_deciders_at_once_one_decides(world: World) -> None:
    check = world.choose(world.entry(), M.IN_PERSON)

    def decide(login: str, confirm: bool) -> BaseException | None:
        try:
            world.decide(login, check, confirm=confirm, note="Документ другого человека.", doc="паспорт, …07")
        except Conflict as error:
            return error
        return None

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(decide, ("gusev", "mironova"), (True, False)))
    assert sum(answer is None for answer in answers) == 1
    with world.runtime.read() as session:
        decided = session.scalars(
            sa.select(LedgerEntry).where(LedgerEntry.kind == "proctoring.identity_decided")
        ).all()
    assert len(decided) == 1
    assert decided[0].payload["state"] == world.check(check).state.value


def test_after_a_refusal_an_adults_word_is_not_enough(world: World) -> None:
    entry = world.entry()
    check = world.choose(entry, M.IN_PERSON)
    world.decide("gusev", check, confirm=False, note="На документе другой человек.")
    with pytest.raises(Conflict, match="method_closed"):
        world.choose(entry, M.CODE_AND_ADULT)
    again = world.choose(entry, M.KNOWN_TEACHER)
    with world.runtime.read() as session:
        (refusal,) = queries.refusals_of(session, entry)
        methods = queries.identity_options(session, entry, world.clock.now()).methods
    assert (refusal.method, refusal.note) == (M.IN_PERSON, "На документе другой человек.")
    assert M.CODE_AND_ADULT not in methods
    assert M.IN_PERSON in methods
    world.decide("kim", again)
    assert world.check(again).state is CheckState.VERIFIED


def test_staff_of_the_family_do_not_decide(world: World, first: list[bytes]) -> None:
    world.record_basis()
    world.consent()
    made = world.submit_sample(first)
    world.work()
    check = world.choose(world.entry(), M.IN_PERSON)
    for login, is_restricted in (("mironova", False), ("gusev", True)):
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
        with pytest.raises(NotFound):
            world.decide(login, check, doc="паспорт, …07")
        with world.runtime.unit_of_work(world.actor(login)) as uow, pytest.raises(NotFound):
            service.approve_sample(uow, made, document_ref="свидетельство, …412")
        with world.runtime.read() as session:
            assert queries.checks_waiting(session, world.actor(login), world.clock.now()) == []
            assert queries.samples_waiting(session, world.actor(login), world.clock.now()) == []


def test_the_office_of_another_school_decides_nothing_here(world: World) -> None:
    check = world.choose(world.entry(), M.IN_PERSON)
    with world.runtime.unit_of_work(SYSTEM) as uow:
        uow.session.add(
            Admission(
                person_id=world.id("sonya"),
                org_id=world.id("horizon"),
                ground=AdmissionGround.EXTERN,
                valid_from=world.clock.now().date(),
            )
        )
    with pytest.raises(NotFound):
        world.decide("noskova", check, doc="паспорт, …07")
    world.decide("mironova", check, doc="паспорт, …07")
    assert world.check(check).state is CheckState.VERIFIED


def test_a_policy_is_the_heads_and_stands_in_the_ledger(world: World) -> None:
    org = world.id("school-14")

    def set_policy(login: str, **more: Any) -> int:
        values = {"level": 2, "monitoring": Monitoring.CAMERA, "cadence_s": 5, **more}
        with world.runtime.unit_of_work(world.actor(login)) as uow:
            return service.set_policy(uow, org, **values)

    technicians = [login for login in world.school.ids if world.actor(login).has_role("technical_admin")]
    for login in (*technicians, "kim", "vlasova"):
        with pytest.raises((Forbidden, NotFound)):
            set_policy(login, level=0)
    with pytest.raises(InvalidInput, match="policy_no_equal"):
        set_policy("gromova", level=3, methods=[M.FACE])
    with pytest.raises(InvalidInput, match="policy_no_open"):
        set_policy("gromova", level=3, methods=[M.FACE, M.DOCUMENT_VIDEO])
    assert set_policy("gromova", level=3, methods=[M.FACE, M.IN_PERSON]) == 1
    entry = world.entry(level=None, monitoring=None)
    with world.runtime.read() as session:
        options = queries.identity_options(session, entry, world.clock.now())
    assert options.methods == (M.IN_PERSON,)
    assert set_policy("gromova", level=1, blueprint_id=options.facts.blueprint_id) == 2
    with world.runtime.read() as session:
        own = queries.identity_options(session, entry, world.clock.now())
        entries = session.scalars(
            sa.select(LedgerEntry)
            .where(LedgerEntry.kind == "proctoring.policy_set")
            .order_by(LedgerEntry.seq)
        ).all()
        assert not list(ledger.verify(session, world.runtime.keys))
    assert own.policy.level == 1
    assert [e.payload["after"]["level"] for e in entries] == [3, 1]
    assert entries[0].payload["before"] is None
    with pytest.raises(NotFound, match="no_blueprint"):
        set_policy("gromova", blueprint_id=entry)


def test_the_strictest_policy_offers_every_other_way_too(world: World, first: list[bytes]) -> None:
    world.register(first)
    entry = world.entry(level=3)
    with world.runtime.read() as session:
        methods = queries.identity_options(session, entry, world.clock.now()).methods
    assert set(methods) == set(M) - PASSKEY_METHODS, "no device is bound; with one see test_passkeys.py"
    assert all(PAGES_TO_SUBMIT[method] <= PAGES_TO_SUBMIT[M.FACE] for method in methods)


def test_the_templates_cannot_be_read_after_the_consent_ran_out(world: World, first: list[bytes]) -> None:
    world.register(first)
    with world.runtime.unit_of_work(world.actor("gromova")) as uow:
        assert len(read_templates(uow, world.id("sonya"))) == 2
        basis = uow.session.scalars(sa.select(consents.BiometricBasis.id)).one()
        assert consents.revoke_basis(uow, basis) == 1
        assert read_templates(uow, world.id("sonya")) == ()


def reminded(world: World) -> list[UUID]:
    with world.runtime.read() as session:
        everybody = queries.samples_ending(session, world.clock.now())
        assert queries.samples_ending(session, world.clock.now(), world.id("sonya")) == everybody
        waits = waiting(session, world.id("sonya"), world.clock.now())
    assert waits.sample or not everybody
    return [person_id for person_id, _ends_at in everybody]


def test_a_sample_that_ends_soon_is_to_be_taken_again_in_time(world: World, first: list[bytes]) -> None:
    world.register(first)

    def standing() -> queries.SampleStanding:
        with world.runtime.read() as session:
            return queries.sample_standing(session, world.id("sonya"), world.clock.now())

    assert (standing().is_active, standing().ages) == (True, False)
    world.clock.advance(timedelta(days=336))
    assert (standing().is_active, standing().ages) == (True, True)
    assert reminded(world) == [world.id("sonya")]
    until, made = standing().expires_at, world.submit_sample(first)
    assert reminded(world) == [], "new pictures wait"
    world.work()
    with world.runtime.unit_of_work(world.actor("mironova")) as uow:
        service.approve_sample(uow, made, document_ref="свидетельство, …412")
    assert standing().ages is False
    assert until is not None
    assert standing().expires_at == until + timedelta(days=336)
    world.clock.advance(timedelta(days=366))
    assert (standing().is_active, standing().ages, standing().expires_at) == (False, False, None)


def test_who_comes_of_age_where_only_minors_have_a_basis_is_compared_no_longer(
    world: World, first: list[bytes]
) -> None:
    world.register(first)
    check = world.choose(world.entry(), IdentityMethod.FACE)
    with world.runtime.unit_of_work(world.actor("sonya")) as uow:
        service.submit_face_shots(uow, check, [(data, "p.jpg") for data in first])
    world.work()
    assert world.check(check).state is CheckState.HUMAN_CHECK
    with world.runtime.unit_of_work(SYSTEM) as uow:
        assert service.expire_templates(uow) == 0
        of_age = sa.update(Person).where(Person.id == world.id("sonya"))
        uow.session.execute(of_age.values(adult_from=world.clock.now().date()))
    with world.runtime.unit_of_work(SYSTEM) as uow:
        assert service.expire_templates(uow) == 1
    with world.runtime.read() as session:
        kept = session.scalars(sa.select(Evidence).where(Evidence.check_id == check)).all()
        states = set(session.scalars(sa.select(FaceTemplate.state)))
    assert kept and all(row.deleted_at for row in kept)
    assert states == {TemplateState.DESTROYED}
    with pytest.raises(Conflict, match="check_state"):
        world.decide("gusev", check)


def test_what_a_parent_agreed_to_ends_when_the_child_comes_of_age_and_is_their_own_to_give(
    world: World, first: list[bytes]
) -> None:
    world.register(first)
    with world.runtime.unit_of_work(world.actor("gromova")) as uow:
        text = "Приказ № 12: совершеннолетние ученики школы подтверждают личность по лицу."
        consents.record_basis(uow, org_id=world.id("school-14"), covers="adults", text=text)
    with world.runtime.unit_of_work(SYSTEM) as uow:
        of_age = sa.update(Person).where(Person.id == world.id("sonya"))
        uow.session.execute(of_age.values(adult_from=world.clock.now().date()))
    with world.runtime.unit_of_work(SYSTEM) as uow:
        assert read_templates(uow, world.id("sonya")) == ()
        assert service.expire_templates(uow) == 1
    with pytest.raises(Conflict, match="no_consent"):
        world.submit_sample(first)
    world.consent(parent="sonya")
    world.submit_sample(first)


def test_two_tabs_that_register_at_once_leave_one_registration(world: World, first: list[bytes]) -> None:
    world.record_basis()
    world.consent()
    sent = [(data, "p.jpg") for data in first]
    other = threading.Thread(target=world.submit_sample, args=(first,))
    with world.runtime.unit_of_work(world.actor("sonya")) as uow:
        earlier = service.submit_sample(uow, world.id("sonya"), sent)
        other.start()
        other.join(timeout=0.5)
        assert other.is_alive(), "the second tab waits for the first"
    other.join(timeout=20)
    with world.runtime.read() as session:
        states = {row.id: row.state for row in session.scalars(sa.select(Enrolment))}
    assert states.pop(earlier) is EnrolmentState.REJECTED
    assert list(states.values()) == [EnrolmentState.QUEUED]


def test_a_consent_that_ends_while_pictures_come_in_takes_them_with_it(
    world: World, first: list[bytes]
) -> None:
    world.record_basis()
    world.consent()
    ending = threading.Thread(target=world.withdraw, args=("anna",))
    with world.runtime.unit_of_work(world.actor("sonya")) as uow:
        made = service.submit_sample(uow, world.id("sonya"), [(data, "p.jpg") for data in first])
        ending.start()
        ending.join(timeout=0.5)
    ending.join(timeout=20)
    assert world.enrolment(made).state is EnrolmentState.DESTROYED
    with world.runtime.read() as session:
        assert all(session.scalars(sa.select(StoredFile.deleted_at).where(StoredFile.area == PURPOSE)))
    world.work()
    with world.runtime.read() as session:
        assert session.scalars(sa.select(FaceTemplate)).all() == []


def test_a_sample_is_not_approved_once_its_consent_has_run_out(world: World, first: list[bytes]) -> None:
    world.record_basis()
    consent = world.consent()
    made = world.submit_sample(first)
    world.work()
    assert world.enrolment(made).state is EnrolmentState.TO_APPROVE
    with world.runtime.unit_of_work(SYSTEM) as uow:
        uow.session.get_one(Consent, consent).valid_to = uow.now()
    with world.runtime.unit_of_work(world.actor("mironova")) as uow, pytest.raises(Conflict, match="consent"):
        service.approve_sample(uow, made, document_ref="свидетельство, …412")
    assert world.enrolment(made).state is EnrolmentState.TO_APPROVE


def test_a_student_for_whom_nobody_could_vouch_is_offered_another_equal_way(world: World) -> None:
    with world.runtime.unit_of_work(world.actor("gromova")) as uow:
        service.set_policy(
            uow,
            world.id("school-14"),
            level=3,
            monitoring=Monitoring.NONE,
            cadence_s=5,
            methods=[M.FACE, M.CODE_AND_ADULT],
        )
    entry = world.entry(level=3)
    assert ways_of(world, entry) == {M.CODE_AND_ADULT}
    with world.runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(sa.update(Guardianship).values(is_restricted=True))
    assert ways_of(world, entry) == {M.CODE_AND_ADULT}, "there is a tutor, too"
    with world.runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(sa.delete(Assignment).where(Assignment.kind == AssignmentKind.TUTOR))
    assert ways_of(world, entry) == {M.IN_PERSON}
