"""Letters: sent over a real mail server, tried again, in the reader's language, without a mark, and not to whoever wants none."""

from __future__ import annotations

import re
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from lms.assessment import queries
from lms.assessment import service as assessment
from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.models import Result
from lms.core.clock import FixedClock
from lms.people.models import Guardianship, IdentityRecord, Notice, Person
from lms.people.service.notices import MOST_TRIES
from lms.people.tasks import resume_notices
from lms.people.types import NoticeState
from lms.testing.exams import ExamGround
from tests.integration.assessment.conftest import Sitting
from tests.integration.assessment.test_api import Browser

MAIL = "sonya@example.org"


@dataclass
class MailServer:
    """A mail server on a free port of this machine: keeps what it takes, answers what the test says."""

    port: int
    letters: list[EmailMessage] = field(default_factory=list)
    #: Answers to the next recipients instead of taking them (for example ``451 later``).
    answers: list[str] = field(default_factory=list)


class _Conversation(socketserver.StreamRequestHandler):
    """Speak as much of RFC 5321 as a client needs."""

    def handle(self) -> None:
        state: MailServer = self.server.state  # type: ignore[attr-defined]
        self.say("220 ready")
        for line in iter(self.rfile.readline, b""):
            verb = line[:4].upper()
            if verb == b"RCPT" and state.answers:
                self.say(state.answers.pop(0))
            elif verb == b"DATA":
                self.say("354 go on")
                data = b"".join(iter(self.rfile.readline, b".\r\n"))
                state.letters.append(cast(EmailMessage, message_from_bytes(data, policy=policy.default)))
                self.say("250 kept")
            elif verb == b"QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 fine")

    def say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")


@pytest.fixture
def mail(environment: dict[str, str]) -> Iterator[MailServer]:
    """Run a mail server that the product is told of."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Conversation) as server:
        server.daemon_threads = True
        state = server.state = MailServer(server.server_address[1])  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        environment |= {
            "LMS_MAIL_HOST": "127.0.0.1",
            "LMS_MAIL_PORT": str(state.port),
            "LMS_MAIL_SECURITY": "none",
            "LMS_MAIL_SENDER": "Школа <school@example.org>",
            "LMS_BASE_URL": "https://school.example.org",
        }
        yield state
        server.shutdown()
        thread.join()


@pytest.fixture
def graded(mail: MailServer, sitting: Sitting) -> Sitting:
    """Return a work with a proposed result, of a student with an address."""
    with sitting.runtime.unit_of_work(sitting.ground.teacher) as uow:
        code = uow.session.get_one(Person, sitting.student.person_id).code
        uow.session.get_one(IdentityRecord, code).email = MAIL
    for question in sitting.view().questions:
        if question.type == "choice":
            sitting.answer(question.slot, "a")
    sitting.submit()
    work(sitting)
    mail.letters.clear()
    return sitting


def work(sitting: Sitting) -> None:
    """Let the worker do what is due."""
    resume_notices(sitting.runtime)
    sitting.runtime.jobs.run_waiting()


def release(sitting: Sitting) -> UUID:
    with sitting.runtime.unit_of_work(sitting.ground.teacher) as uow:
        result_id = uow.session.scalars(sa.select(Result.id)).one()
        assessment.release_result(uow, result_id)
        return result_id


def released(sitting: Sitting) -> Notice:
    with sitting.runtime.read() as session:
        return session.scalars(sa.select(Notice).where(Notice.kind == "assessment.released")).one()


@pytest.mark.parametrize(
    ("language", "subject", "words"),
    [("", "Результат готов", "результат готов"), ("en", "A result is out", "its result is out")],
)
def test_a_released_result_is_told_in_the_readers_language_with_a_link_and_without_the_mark(
    mail: MailServer, graded: Sitting, app: Flask, language: str, subject: str, words: str
) -> None:
    if language:
        browser = Browser(app, graded.student.login)
        form = {"csrf_token": browser.token, "wants": "yes", "language": language}
        assert browser.client.post("/account/letters", data=form).status_code == 303
    result_id = release(graded)
    work(graded)
    work(graded)
    (letter,) = mail.letters
    text = letter.get_content()
    assert (letter["To"], letter["Subject"], letter["Auto-Submitted"]) == (MAIL, subject, "auto-generated")
    assert words in text
    assert "https://school.example.org/exams" in text
    assert not re.search(r"\d", text.replace("https://school.example.org", "")), "no mark, no points"
    notice = released(graded)
    assert (notice.state, notice.tries, notice.ref_id) == (NoticeState.SENT, 1, result_id)


def test_a_busy_server_is_tried_again_later_and_a_refused_address_is_not(
    mail: MailServer, graded: Sitting, clock: FixedClock
) -> None:
    mail.answers = ["451 later", "451 later"]
    release(graded)
    for _ in range(3):
        work(graded)
        work(graded)  # not before its time
        clock.advance(timedelta(minutes=5))
    assert (len(mail.letters), released(graded).tries) == (1, 3)


def test_what_a_server_never_takes_is_given_up(mail: MailServer, graded: Sitting, clock: FixedClock) -> None:
    mail.answers = ["550 nobody here"]
    release(graded)
    work(graded)
    assert (released(graded).state, released(graded).tries) == (NoticeState.FAILED, 1)
    with graded.runtime.unit_of_work(graded.ground.teacher) as uow:
        notice = uow.session.scalars(sa.select(Notice).where(Notice.kind == "assessment.released")).one()
        notice.state, notice.tries = NoticeState.WAITING, MOST_TRIES - 1
    clock.advance(timedelta(hours=1))
    mail.answers = ["451 later"]
    work(graded)
    assert (released(graded).state, mail.letters) == (NoticeState.FAILED, [])
    clock.advance(timedelta(days=31))
    work(graded)
    with graded.runtime.read() as session:
        assert session.scalars(sa.select(Notice)).all() == [], "settled letters are forgotten"


def test_whoever_wants_no_letters_gets_none_and_says_so_on_the_account_page(
    mail: MailServer, graded: Sitting, app: Flask
) -> None:
    browser = Browser(app, graded.student.login)
    assert MAIL in browser.client.get("/account").text
    refused = browser.client.post("/account/letters", data={"csrf_token": browser.token, "language": "xx"})
    assert refused.status_code == 422
    chosen = browser.client.post("/account/letters", data={"csrf_token": browser.token, "language": "en"})
    assert chosen.status_code == 303
    release(graded)
    work(graded)
    assert mail.letters == []


def test_a_parent_hears_of_it_only_with_the_rights_to_see_and_to_be_told(
    mail: MailServer, graded: Sitting
) -> None:
    runtime, child = graded.runtime, graded.student.person_id
    parents = [graded.ground.add_student().person_id for _ in range(2)]
    with runtime.unit_of_work(graded.ground.teacher) as uow:
        for number, adult in enumerate(parents):
            uow.session.get_one(
                IdentityRecord, uow.session.get_one(Person, adult).code
            ).email = f"parent{number}@example.org"
            uow.session.add(
                Guardianship(
                    adult_id=adult,
                    child_id=child,
                    may_view=True,
                    may_sign=False,
                    may_consent=False,
                    may_receive=number == 0,
                    valid_from=uow.now(),
                    proof="Свидетельство",
                )
            )
    release(graded)
    work(graded)
    assert sorted(str(letter["To"]) for letter in mail.letters) == ["parent0@example.org", MAIL]
    (told,) = [letter for letter in mail.letters if letter["To"] != MAIL]
    assert f"/exams?person={child}" in told.get_content()


def test_without_a_mail_server_nothing_waits(sitting: Sitting, app: Flask) -> None:
    for question in sitting.view().questions:
        if question.type == "choice":
            sitting.answer(question.slot, "a")
    sitting.submit()
    release(sitting)
    with sitting.runtime.read() as session:
        assert session.scalars(sa.select(Notice)).all() == []
    assert "account/letters" not in Browser(app, sitting.student.login).client.get("/account").text


def test_heads_hear_that_a_question_waits_and_its_author_does_not(
    mail: MailServer, ground: ExamGround, app: Flask
) -> None:
    runtime = ground.runtime
    with runtime.unit_of_work(ground.actor(ground.director_id)) as uow:
        assessment.set_review_rule(uow, ground.org_id, needs_second=True)
    with runtime.unit_of_work(ground.teacher) as uow:
        bank = assessment.create_bank(uow, org_id=ground.org_id, title="Банк", subject="physics")
        sample = runtime.registries.of(QUESTION_TYPES).get("true_false").samples()[0]
        version = assessment.create_item(
            uow, bank, title="Кипение", type="true_false", content=sample.content, tests=sample.tests
        )
        assessment.submit_item(uow, version)
    with runtime.read() as session:
        told = session.execute(sa.select(Notice.person_id, Notice.path).where(Notice.ref_id == version)).all()
        item_id = queries.item_of_version(session, version)
    assert [tuple(row) for row in told] == [(ground.director_id, f"/items/{item_id}")]
    author = Browser(app, f"{ground.code}-teacher").client
    page = author.get(f"/items/{item_id}").text
    assert 'value="approve"' not in page
    assert "Директор" in page or "Test-School-Director" in page
    head = Browser(app, f"{ground.code}-director").client
    assert "Кипение" in head.get("/banks/review").text
    assert "/banks/review" in head.get("/banks").text
    assert "/banks/review" in head.get("/work?kind=review").text
    assert 'value="approve"' in head.get(f"/items/{item_id}").text
    assert re.search(r'value="second"[^>]* checked', head.get("/banks").text)
