"""Whoever looks at a sitting says first what they see: no page, order or refusal tells before what others or a machine said."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from lms.assessment.models import Entry
from lms.core.actor import SYSTEM
from lms.core.errors import Conflict, NotFound
from lms.core.models import LedgerEntry
from lms.people.models import Role
from lms.people.types import RoleKind
from lms.proctoring import queries, service
from lms.proctoring.models import Evidence, Incident, ProctorDuty, ProctoringSession
from lms.proctoring.rules.index import DEFAULT_WEIGHTS, blind_order
from lms.proctoring.types import Monitoring, SessionOutcome, SessionState, Verdict
from tests.integration.proctoring.conftest import World
from tests.integration.proctoring.test_pages import as_  # noqa: F401 - a fixture
from tests.integration.proctoring.test_review import REASON, annul, opine, say, third

As = Callable[[str], FlaskClient]
V = Verdict


@pytest.fixture
def engine_url(sqlite_url: str) -> str:
    """Return one engine: which one does not matter here."""
    return sqlite_url


@pytest.fixture
def attempt(world: World, first: list[bytes]) -> UUID:
    """Return a watched exam that has ended."""
    made = world.start(world.entry())
    world.watch(made, first[:1])
    world.submit(made)
    return made


def told(client: FlaskClient, *addresses: str) -> list[str]:
    """Return what pages say, without what is new on every page."""
    pages = [client.get(address, follow_redirects=True) for address in addresses]
    assert {page.status_code for page in pages} == {200}
    return [re.sub(r'name="csrf_token" value="[^"]+"', "", page.text.split("<main")[1]) for page in pages]


def test_the_second_reviewer_reads_the_same_before_an_own_opinion_whatever_others_said_and_asked(
    world: World,
    attempt: UUID,
    as_: As,  # noqa: F811
) -> None:
    sitting = world.sitting(attempt).id
    addresses = ("/review", f"/review/{sitting}", "/review/closed", "/home")
    before = told(as_("yudin"), *addresses)
    with pytest.raises(Conflict, match="annul_own"):
        annul(world, "yudin", attempt)
    opine(world, "frolova", attempt, V.VIOLATION)
    say(world, attempt, "Это был брат.")
    assert told(as_("yudin"), *addresses) == before
    with pytest.raises(Conflict, match="annul_own"):  # and no refusal tells
        annul(world, "yudin", attempt)
    assert opine(world, "yudin", attempt, V.VIOLATION, "Лицо другое с 12:03.") == "violation"
    case = told(as_("yudin"), f"/review/{sitting}")[0]
    for shown in (REASON, "Это был брат.", "ещё не прочитав слов ученика"):
        assert shown in case
    assert "Ученик ответил: посмотрите ещё раз" in told(as_("yudin"), "/review")[0]


def test_another_round_of_a_sitting_that_waits_moves_no_day_for_who_knows_nothing_of_it(
    world: World,
    attempt: UUID,
    as_: As,  # noqa: F811
) -> None:
    sitting = world.sitting(attempt).id
    addresses = ("/review", f"/review/{sitting}", "/home")
    opine(world, "frolova", attempt, V.ASK_STUDENT, "Кто вошёл в комнату?")
    say(world, attempt)
    world.clock.advance(timedelta(days=1))
    before = told(as_("yudin"), *addresses)
    opine(world, "frolova", attempt, V.VIOLATION)
    assert world.sitting(attempt).review_round == 2
    assert told(as_("yudin"), *addresses) == before


def test_an_opinion_that_opens_a_round_and_is_sent_twice_counts_once(world: World, attempt: UUID) -> None:
    sitting = world.sitting(attempt).id

    def known(login: str) -> str:
        with world.runtime.read() as session:
            return queries.case_view(session, sitting, world.id(login), world.clock.now()).known

    def send(seen: str) -> str:
        with world.runtime.unit_of_work(world.actor("frolova")) as uow:
            return service.give_opinion(uow, sitting, V.VIOLATION, reason=REASON, seen=seen)

    opine(world, "frolova", attempt, V.NO_QUESTIONS, "")
    seen = known("frolova")
    assert (seen, send(seen), known("frolova"), known("yudin")) == ("1:1", "waiting", "2:1", "0:0")
    with pytest.raises(Conflict, match="opinion_stale"):
        send(seen)


def test_an_opinion_given_before_the_words_were_shown_annuls_nothing_until_it_is_said_again(
    world: World, attempt: UUID
) -> None:
    opine(world, "frolova", attempt, V.VIOLATION)
    say(world, attempt)
    world.clock.advance(timedelta(hours=1))
    opine(world, "yudin", attempt, V.VIOLATION)
    for login in ("frolova", "yudin"):
        with pytest.raises(Conflict, match="annul_unheard"):
            annul(world, login, attempt)
    opine(world, "yudin", attempt, V.VIOLATION)
    annul(world, "frolova", attempt)
    assert world.sitting(attempt).outcome is SessionOutcome.ANNULLED


def test_another_question_after_the_answer_is_asked_and_one_before_it_stands_beside_the_first(
    world: World,
    attempt: UUID,
    as_: As,  # noqa: F811
) -> None:
    own = f"/sittings/{world.sitting(attempt).id}"
    opine(world, "frolova", attempt, V.ASK_STUDENT, "Кто вошёл в комнату?")
    opine(world, "yudin", attempt, V.ASK_STUDENT, "Почему погас свет?")
    (page,) = told(as_("sonya"), own)
    assert "Кто вошёл в комнату?" in page
    assert "Другой проверяющий спрашивает: Почему погас свет?" in page
    say(world, attempt, "Вошла мама, свет выключил брат.")
    opine(world, "yudin", attempt, V.ASK_STUDENT, "Что мама вам сказала?")
    (page,) = told(as_("sonya"), own)
    assert "Что мама вам сказала?" in page
    assert 'name="text"' in page
    assert world.sitting(attempt).review_round == 2


def test_who_looked_earlier_says_again_before_reading_what_is_said_in_a_new_round(
    world: World, attempt: UUID
) -> None:
    opine(world, "frolova", attempt, V.NO_QUESTIONS, "")
    opine(world, "yudin", attempt, V.VIOLATION)
    with world.runtime.read() as session:
        row = queries.review_queue(session, world.actor("frolova"), world.clock.now()).items[0]
        case = queries.case_view(session, row.session_id, world.id("frolova"), world.clock.now())
    assert (row.knows, row.opinions, row.is_asked, row.step, row.index) == (False, 0, False, None, 0)
    assert (case.is_revealed, case.knows, case.statement, case.accusations) == (True, False, None, ())
    assert [verdict for _, _, verdict, _ in case.opinions] == [V.NO_QUESTIONS]


def many(world: World, count: int) -> list[tuple[UUID, int]]:
    """Put sittings into the queue, something found in every second of them; return (id, index) in the order of their end."""
    with world.runtime.unit_of_work(SYSTEM) as uow:
        made = []
        for number in range(count):
            started = uow.now() - timedelta(days=1, minutes=count - number)
            row = ProctoringSession(
                id=uuid4(),
                attempt_id=uuid4(),
                entry_id=uuid4(),
                exam_id=uuid4(),
                person_id=world.id("sonya"),
                org_id=world.id("school-14"),
                title=f"Ёлка и физика, часть {number}",
                state=SessionState.QUEUED,
                outcome=SessionOutcome.NONE,
                monitoring=Monitoring.CAMERA,
                cadence_s=5,
                verifier="sface",
                index_weights=DEFAULT_WEIGHTS,
                masked_findings=[],
                nonce="n",
                started_at=started,
                ended_at=started + timedelta(minutes=20),
                review_due_at=uow.now() + timedelta(days=3),
                opinion_due_at=uow.now() + timedelta(days=3),
            )
            uow.session.add(row)
            uow.session.flush()
            found = {"kind": "tab_left", "started_at": started, "last_at": started, "confidence": 1.0}
            if number % 2:
                uow.session.add(Incident(session_id=row.id, **found))
            made.append((row.id, 10 * (number % 2)))
    return made


def test_a_long_queue_has_pages_and_a_search_that_tell_no_more_than_a_place_in_the_whole(
    world: World,
    as_: As,  # noqa: F811
) -> None:
    made = many(world, 45)
    now, actor = world.clock.now(), world.actor("frolova")
    with world.runtime.read() as session:
        pages = [queries.review_queue(session, actor, now, number=number) for number in (1, 2, 3, 99)]
        found = [queries.review_queue(session, actor, now, text=text) for text in (" елка ", "часть 4")]
        ends = dict(session.execute(sa.select(ProctoringSession.id, ProctoringSession.ended_at)).all())
    assert [(len(page.items), page.number, page.total) for page in pages[:3]] == [
        (20, 1, 45),
        (20, 2, 45),
        (5, 3, 45),
    ]
    assert pages[3] == pages[2], "a page behind the last one is the last one"
    order = [row.session_id for page in pages[:3] for row in page.items]
    assert order == blind_order([(key, index, ends[key]) for key, index in made])
    assert found[0].total == 45
    searched = [row.session_id for row in found[1].items]
    assert len(searched) == 6
    assert searched == [key for key in order if key in searched], "a search makes no order of its own"
    rows = [row for page in pages[:3] for row in page.items]
    assert {(row.index, row.reasons, row.evidence_count, row.step, row.minutes) for row in rows} == {
        (None, (), None, None, 20)
    }
    client = as_("frolova")
    second = client.get("/review?q=физика&page=2").text
    assert second.count("/review/") >= 20
    assert 'value="физика"' in second
    assert "page=3" in second
    empty = client.get("/review?q=нетакого").text
    assert "Ничего не нашлось" in empty
    assert "Показать" not in empty


def end_role(world: World, login: str) -> None:
    """Let somebody be a reviewer no longer."""
    with world.runtime.unit_of_work(SYSTEM) as uow:
        gone = sa.update(Role).where(Role.person_id == world.id(login), Role.kind == RoleKind.REVIEWER)
        uow.session.execute(gone.values(valid_to=uow.now()))


def test_who_watched_the_exam_reviews_it_only_where_the_school_has_too_few_others_and_its_heads_are_told(
    world: World,
    first: list[bytes],
    as_: As,  # noqa: F811
) -> None:
    entry = world.entry()
    exam = world.get(Entry, entry).session_id
    with world.runtime.unit_of_work(world.actor("gromova")) as uow:
        service.set_duty(uow, exam, world.id("gusev"))
    third(world, "gusev")
    made = world.start(entry)
    world.watch(made, first[:1])
    world.submit(made)
    sitting = world.sitting(made).id
    with world.runtime.read() as session:
        picture = session.scalars(sa.select(Evidence.id).where(Evidence.session_id == sitting)).first()
        assert queries.review_queue(session, world.actor("gusev"), world.clock.now()).total == 0
        assert queries.review_queue(session, world.actor("frolova"), world.clock.now()).total == 1
    assert picture is not None
    assert as_("gusev").get(f"/review/{sitting}").status_code == 404
    with world.runtime.unit_of_work(world.actor("gusev")) as uow, pytest.raises(NotFound):
        service.open_evidence(uow, picture)
    with pytest.raises(NotFound):
        opine(world, "gusev", made, V.NO_QUESTIONS, "")
    head = as_("gromova")
    assert "Не хватает проверяющих" not in head.get("/supervision").text
    end_role(world, "yudin")
    said = head.get("/supervision").text
    assert "Не хватает проверяющих" in said
    assert "Гусев" in said
    assert "Не хватает проверяющих" in head.get("/home", follow_redirects=True).text
    assert opine(world, "gusev", made, V.SECOND_REVIEWER) == "waiting"
    with world.runtime.read() as session:
        payloads = session.scalars(
            sa.select(LedgerEntry.payload).where(LedgerEntry.kind == "proctoring.review_opinion")
        ).all()
    assert [payload["has_watched"] for payload in payloads] == [True]
    with world.runtime.unit_of_work(
        SYSTEM
    ) as uow:  # a duty that was over before the sitting began is no watching
        began = world.sitting(made).started_at
        uow.session.execute(sa.update(ProctorDuty).values(ended_at=began - timedelta(minutes=1)))
    assert "Не хватает проверяющих" not in head.get("/supervision").text


def test_of_a_closed_sitting_everybody_reads_the_day_on_which_the_pictures_really_go(
    world: World,
    attempt: UUID,
    as_: As,  # noqa: F811
) -> None:
    page = f"/review/{world.sitting(attempt).id}"

    def kept(login: str) -> str:
        found = re.search(r"Снимки хранятся до</dt>\s*<dd[^>]*>([^<]+)<", as_(login).get(page).text)
        assert found
        return found[1]

    waiting = kept("yudin")
    opine(world, "frolova", attempt, V.NO_QUESTIONS, "")
    assert kept("yudin") == kept("frolova") != waiting


def test_the_opinion_of_who_watched_counts_no_more_once_the_school_has_others(
    world: World, first: list[bytes]
) -> None:
    entry = world.entry()
    with world.runtime.unit_of_work(world.actor("gromova")) as uow:
        service.set_duty(uow, world.get(Entry, entry).session_id, world.id("gusev"))
    third(world, "gusev")
    made = world.start(entry)
    world.watch(made, first[:1])
    world.submit(made)
    end_role(world, "yudin")
    opine(world, "gusev", made, V.VIOLATION)
    assert opine(world, "frolova", made, V.VIOLATION) == "violation"
    third(world, "mironova")
    world.clock.advance(timedelta(days=7))
    with pytest.raises(Conflict, match="annul_two_people"):
        annul(world, "frolova", made)
    assert opine(world, "mironova", made, V.VIOLATION) == "violation"
