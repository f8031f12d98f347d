"""What nobody should send, sent over HTTP to the whole application: it answers in words, and the exam goes on."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from PIL import Image

from lms.assessment.models import Attempt
from lms.assessment.types import AttemptState
from lms.core.actor import SYSTEM
from lms.people import queries as people
from lms.people.models import Assignment, Consent, Guardianship, Role
from lms.people.types import AssignmentKind, RoleKind
from lms.proctoring import queries
from lms.proctoring.models import FaceTemplate, IdentityCheck, Incident
from lms.proctoring.rules.identity import is_call_address
from lms.proctoring.types import CheckState, FrameState, IdentityMethod
from tests.integration.proctoring.conftest import World
from tests.integration.proctoring.test_pages import as_, post, shots, token  # noqa: F401 - a fixture

As = Callable[[str], FlaskClient]
M = IdentityMethod
PHONE = {"User-Agent": "Mozilla/5.0 (Linux; Android 14) Mobile"}


@pytest.fixture
def engine_url(sqlite_url: str) -> str:
    """Return one engine: which one does not matter here."""
    return sqlite_url


@pytest.fixture
def environment(environment: dict[str, str]) -> dict[str, str]:
    """Let a file be too big that a request still holds in memory: a bigger one goes through a file of its own."""
    return {**environment, "LMS_UPLOAD_MAX_BYTES": "200000"}


def csrf(client: FlaskClient) -> dict[str, str]:
    return {"X-CSRFToken": token(client.get("/login", follow_redirects=True).text)}


def kinds(world: World) -> list[str]:
    with world.runtime.read() as session:
        return sorted(session.scalars(sa.select(Incident.kind)))


def send(
    world: World, client: FlaskClient, attempt: UUID, data: bytes, head: dict[str, str], **environ: str
) -> tuple[int, bool | None]:
    """Send the next picture of a sitting as its page does, let the worker look; return status and whether faces are compared."""
    row = world.sitting(attempt)
    to = f"/monitor/{row.id}/frames?seq={row.next_seq}&nonce={row.nonce}"
    reply = client.post(to, data=data, content_type="image/jpeg", headers=head, environ_base=environ)
    world.work()
    world.clock.advance(timedelta(seconds=5))
    return reply.status_code, (reply.json or {}).get("compared")


def picture(size: int) -> bytes:
    """Return a grey picture of few bytes and many pixels."""
    made = BytesIO()
    Image.new("L", (size, size)).save(made, "JPEG", quality=1)
    return made.getvalue()


def turned(data: bytes) -> bytes:
    """Return a picture that lies on its side and says so in its properties."""
    exif, made = Image.Exif(), BytesIO()
    exif[0x0112] = 6
    Image.open(BytesIO(data)).rotate(90, expand=True).save(made, "JPEG", exif=exif)
    return made.getvalue()


def test_pictures_that_are_none_or_too_big_are_put_aside_and_a_turned_one_is_set_upright(
    world: World,
    as_: As,  # noqa: F811
    first: list[bytes],
) -> None:
    attempt, pupil = world.start(world.entry()), as_("sonya")
    head = csrf(pupil)
    for bad in (b"\xff\xd8\xff" + b"\0" * 500, picture(12_000)[:390_000], picture(3_000)):
        assert send(world, pupil, attempt, bad, head)[0] == 202, "the page is never troubled by it"
    assert send(world, pupil, attempt, turned(first[0]), head)[0] == 202
    frames = world.frames(attempt)
    assert [frame.state for frame in frames] == [FrameState.UNREADABLE] * 3 + [FrameState.DONE]
    assert frames[-1].facts is not None
    assert len(frames[-1].facts["faces"]) == 1
    assert kinds(world) == []
    world.submit(attempt)


def test_two_cameras_of_one_sitting_are_a_sign_and_neither_is_shut_out(
    world: World,
    as_: As,  # noqa: F811
    first: list[bytes],
) -> None:
    attempt, desk, phone = world.start(world.entry()), as_("sonya"), as_("sonya")
    heads = ((desk, csrf(desk)), (phone, {**csrf(phone), **PHONE}))
    for client, head in (*heads, *heads):
        assert send(world, client, attempt, world.camera.take(first[0]), head)[0] == 202
    assert kinds(world) == ["device_change"]
    elsewhere = {**csrf(phone), **PHONE}
    assert (
        send(world, phone, attempt, world.camera.take(first[0]), elsewhere, REMOTE_ADDR="198.51.100.7")[0]
        == 202
    )
    with world.runtime.read() as session:
        assert session.scalars(sa.select(Incident)).one().count > 1, "another network is another sender, too"


def test_a_sample_of_another_model_is_compared_with_nothing_and_the_pages_say_so(
    world: World,
    as_: As,  # noqa: F811
    first: list[bytes],
    second: bytes,
) -> None:
    world.register(first)
    with world.runtime.unit_of_work(SYSTEM) as uow:
        for template in uow.session.scalars(sa.select(FaceTemplate)):
            template.model_version, template.model_digest = "0", "0" * 64
    entry, pupil = world.entry(), as_("sonya")
    page = f"/identity/{entry}"
    assert post(pupil, page, method="face").status_code == 303
    with world.runtime.read() as session:
        check = queries.current_check(session, entry)
    assert check is not None
    assert post(pupil, f"/identity/checks/{check.id}/shots", page, pictures=shots(first)).status_code == 303
    world.work()
    row = world.check(check.id)
    assert (row.state, row.outcome, row.score) == (CheckState.UNCERTAIN, "could_not_tell", None)
    shown = pupil.get(page).text
    assert "Образец сделан прежней версией программы" in shown
    assert 'href="/identity/sample"' in shown
    attempt = world.start(entry)
    for _ in range(4):
        assert send(world, pupil, attempt, world.camera.take(second), csrf(pupil))[0] == 202
    assert kinds(world) == [], "a sample that cannot be read makes nobody another person"


def test_a_consent_withdrawn_while_pages_stand_open_leaves_every_other_way_and_all_the_time(
    world: World,
    as_: As,  # noqa: F811
    first: list[bytes],
    second: bytes,
) -> None:
    world.register(first)
    sits, waits = world.entry(), world.entry(reference="waits")
    attempt, check = world.start(sits), world.choose(waits, M.FACE)
    pupil, parent = as_("sonya"), as_("anna")
    head, stands_open = csrf(pupil), token(pupil.get(f"/identity/{waits}").text)
    assert send(world, pupil, attempt, world.camera.take(first[0]), head) == (202, True)
    ends = world.get(Attempt, attempt).deadline_at
    with world.runtime.read() as session:
        consent = session.scalars(sa.select(Consent.id).where(Consent.state == "active")).one()
    assert post(parent, f"/consents/{consent}/withdraw").status_code == 303
    for _ in range(4):
        assert send(world, pupil, attempt, world.camera.take(second), head) == (202, False)
    assert kinds(world) == []
    work = world.get(Attempt, attempt)
    assert (work.deadline_at, work.state) == (ends, AttemptState.IN_PROGRESS)
    for form in ("shots", "code", "passkey"):
        sent = {"csrf_token": stands_open, "code": "123456", "credential": "{}", "pictures": shots(first)}
        to = f"/identity/checks/{check}/{form}"
        refused = pupil.post(to, data=sent, content_type="multipart/form-data")
        assert refused.status_code == 422
        assert "Выбери другой: все равноценны" in refused.text
        assert 'value="known_teacher"' in refused.text
        assert 'value="face"' not in refused.text
    asked = pupil.post(f"/identity/checks/{check}/tasks", data={"csrf_token": stands_open, "none": "yes"})
    assert asked.location.endswith(f"/identity/{waits}")
    with world.runtime.read() as session:
        assert session.scalars(sa.select(FaceTemplate.payload).distinct()).all() == [None]


def test_a_wrong_clock_of_the_device_moves_no_end(world: World, as_: As) -> None:  # noqa: F811
    pupil, entry = as_("sonya"), world.entry()
    page = f"/identity/{entry}/camera"
    assert post(pupil, f"/identity/{entry}/device", page, clock_off_s="-7200").status_code == 303
    assert "врут на 120 минут" in pupil.get(page).text
    attempt = world.start(entry)
    row, ends = world.sitting(attempt), world.get(Attempt, attempt).deadline_at
    for seconds in (-7200.0, 7200.0, 1e308):
        news = {"kind": "hidden", "seconds": seconds}
        assert pupil.post(f"/monitor/{row.id}/events", json=news, headers=csrf(pupil)).status_code == 200
    world.clock.advance(timedelta(seconds=30))
    with world.runtime.read() as session:
        assert all(i.started_at >= row.started_at for i in session.scalars(sa.select(Incident)))
    assert world.get(Attempt, attempt).deadline_at == ends


def test_bad_pictures_of_a_sample_are_refused_on_its_page(world: World, as_: As) -> None:  # noqa: F811
    world.record_basis()
    world.consent()
    pupil, page = as_("sonya"), f"/identity/samples/{world.id('sonya')}"
    limit = world.runtime.settings.core.upload_max_bytes
    small = picture(64)
    big = b"\xff\xd8\xff" + b"\0" * limit
    for bad in (big, b"<svg/>", b"\xff\xd8\xff" + b"\0" * 500, picture(12_000)[:150_000]):
        refused = post(pupil, page, "/identity/sample", pictures=shots([small, small, bad]))
        assert refused.status_code == 422
        assert "data-error-summary" in refused.text
    with world.runtime.read() as session:
        standing = queries.sample_standing(session, world.id("sonya"), world.clock.now())
    assert standing.enrolment is None, "nothing of it was kept"


NEWS = (
    '{"kind":"pasted","seconds":NaN,"amount":3}',
    '{"kind":"hidden","seconds":-Infinity}',
    '{"kind":"source","gaps":"nan,inf,1e400,-5","camera":"\\u0000"}',
    '{"kind":"hidden\\u0000"}',
    '{"kind":5}',
    "[" * 50_000,
    "",
)


def test_news_that_cannot_be_read_trouble_no_page(world: World, as_: As, first: list[bytes]) -> None:  # noqa: F811
    pupil = as_("sonya")
    row, head = world.sitting(world.start(world.entry())), csrf(pupil)
    for body in NEWS:
        told = pupil.post(
            f"/monitor/{row.id}/events", data=body, content_type="application/json", headers=head
        )
        assert told.status_code == 200, body[:40]
    for query in ("seq=9999999999999999999999999&nonce=x", "seq=1&nonce=%00", "seq=-1&nonce=x", "seq=1", ""):
        frame = pupil.post(
            f"/monitor/{row.id}/frames?{query}", data=first[0], content_type="image/jpeg", headers=head
        )
        assert frame.status_code in {409, 422}, query
    assert kinds(world) == []


def test_a_code_ends_with_the_right_of_whoever_gave_it_and_opens_once(world: World, as_: As) -> None:  # noqa: F811
    entry = world.entry()
    check, pupil, parent = world.choose(entry, M.CODE_AND_ADULT), as_("sonya"), as_("anna")
    vouch, enter, page = f"/identity/vouch/{check}", f"/identity/checks/{check}/code", f"/identity/{entry}"

    def issued() -> str:
        shown = post(parent, vouch, note="Что было на завтрак?").text
        found = re.search(r'class="one-code num">(\d{3}) (\d{3})<', shown)
        assert found
        return "".join(found.groups())

    def restrict(*, is_restricted: bool) -> None:
        with world.runtime.unit_of_work(SYSTEM) as uow:
            mine = sa.update(Guardianship).where(Guardianship.adult_id == world.id("anna"))
            uow.session.execute(mine.values(is_restricted=is_restricted))

    late = issued()
    restrict(is_restricted=True)
    assert parent.get(vouch).status_code == 404
    assert post(pupil, enter, page, code=late).status_code == 422, "a court took the right away meanwhile"
    make_tutor(world, "anna")
    assert parent.get(vouch).status_code == 404, "what a court took away does not come back as a tutor"
    restrict(is_restricted=False)
    expired = issued()
    world.clock.advance(timedelta(minutes=11))
    assert "Код больше не действует" in post(pupil, enter, page, code=expired).text
    good = issued()
    assert post(pupil, enter, page, code=good).status_code == 303
    assert post(pupil, enter, page, code=good).status_code == 422, "a code is good once"
    assert world.check(check).state is CheckState.VERIFIED


def make_tutor(world: World, login: str) -> None:
    """Let a person be the student's tutor at the school, whatever else they are."""
    at = world.clock.now() - timedelta(days=1)
    who, school = world.id(login), world.id("school-14")
    with world.runtime.unit_of_work(SYSTEM) as uow:
        uow.session.add(Role(person_id=who, org_id=school, kind=RoleKind.TUTOR, valid_from=at))
        uow.session.add(
            Assignment(
                student_id=world.id("sonya"),
                staff_id=who,
                org_id=school,
                kind=AssignmentKind.TUTOR,
                valid_from=at,
            )
        )


def test_nobody_approves_a_sample_of_their_own(world: World, as_: As, first: list[bytes]) -> None:  # noqa: F811
    world.record_basis()
    world.consent()
    made = world.submit_sample(first)
    world.work()
    with world.runtime.unit_of_work(SYSTEM) as uow:
        uow.session.add(
            Role(
                person_id=world.id("sonya"),
                org_id=world.id("school-14"),
                kind=RoleKind.REGISTRAR,
                valid_from=world.clock.now() - timedelta(days=1),
            )
        )
    both, page = as_("sonya"), f"/identity/samples/{world.id('sonya')}/approve"
    assert both.get(page).status_code == 404
    decided = {"decision": "approve", "document_ref": "свидетельство, …412"}
    assert both.post(f"{page}/{made}", data=decided, headers=csrf(both)).status_code == 404
    assert both.get(f"/identity/samples/{world.id('sonya')}/picture/{made}/1").status_code == 404
    assert world.enrolment(made).decided_by is None


def test_the_address_of_a_call_is_a_plain_one_and_part_of_the_record_once_decided(
    world: World,
    as_: As,  # noqa: F811
) -> None:
    check, teacher = world.choose(world.entry(), M.KNOWN_TEACHER), as_("kim")
    page = f"/identity/checks/{check}"
    for bad in ("https://", "https:///room", "https://school.example@call.example/", 'https://x"onclick=1'):
        assert post(teacher, f"{page}/meeting", page, meeting_url=bad).status_code == 422, bad
    assert is_call_address("https://телемост.рф/j/17?pwd=a#b")
    assert not is_call_address("https://[::1")
    assert post(teacher, f"{page}/meeting", page, meeting_url="https://call.example/1").status_code == 303
    assert post(teacher, page, decision="confirm", note="Как зовут кота?").status_code == 303
    late = teacher.post(
        f"{page}/meeting", data={"meeting_url": "https://call.example/2"}, headers=csrf(teacher)
    )
    assert late.status_code == 422
    again = teacher.post(page, data={"decision": "refuse", "note": "Передумали."}, headers=csrf(teacher))
    assert again.status_code == 422
    assert world.check(check).meeting_url == "https://call.example/1"
    assert world.check(check).state is CheckState.VERIFIED


def test_the_queue_of_a_busy_morning_is_found_by_name_in_pages_and_costs_as_much_as_a_calm_one(
    world: World,
    as_: As,  # noqa: F811
) -> None:
    asked: list[str] = []
    sa.event.listen(
        world.runtime.database.engine, "before_cursor_execute", lambda *told: asked.append(told[2])
    )
    entry, office = world.entry(), as_("mironova")

    def wait(student: str, count: int, title: str = "Биология: кровь") -> None:
        with world.runtime.unit_of_work(SYSTEM) as uow:
            uow.session.add_all(
                IdentityCheck(
                    entry_id=entry,
                    person_id=world.id(student),
                    org_id=world.id("school-14"),
                    title=title,
                    method=M.IN_PERSON,
                    state=CheckState.HUMAN_CHECK,
                    level_required=2,
                    created_at=world.clock.now() + timedelta(seconds=no),
                )
                for no in range(count)
            )

    def cost(query: str = "") -> tuple[int, str]:
        asked.clear()
        page = office.get(f"/identity/queue{query}").text
        return len(asked), page

    wait("sonya", 1)
    office.get("/identity/queue")
    calm, _page = cost()
    wait("sonya", 59)
    wait("lev", 1, "Расчёт крови")
    busy, page = cost()
    assert busy <= calm + 3
    assert page.count("/identity/checks/") == 25
    assert "page=3" in page
    assert cost("?page=3")[1].count("/identity/checks/") == 11
    assert cost("?page=99")[1].count("/identity/checks/") == 11, "past the end is the end"
    with world.runtime.read() as session:
        family = people.person_card(session, world.id("lev")).name.split()[0]
    assert cost(f"?q={family.lower()}")[1].count("/identity/checks/") == 1
    for typed in ("расчет", "РАСЧЁТ"):
        assert cost(f"?q={typed}")[1].count("/identity/checks/") == 1, typed
    assert "Никого не нашлось" in cost("?q=нет такого")[1]
