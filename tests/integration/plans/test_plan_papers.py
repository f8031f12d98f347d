"""Versions on their way: taken back, expired; plans handed out as PDF, signed file and calendar. One engine is enough."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask.testing import FlaskClient

from lms.core.actor import SYSTEM
from lms.core.cli import RuntimeSource
from lms.core.clock import FixedClock
from lms.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from lms.people import service as people
from lms.people.models import Notice
from lms.plans import service
from lms.plans.plan_commands import plan as plan_command
from lms.plans.tasks import remind_of_plans
from lms.plans.types import ApprovalRole, PlanState
from tests.fixtures.papers import paper_faults, paper_text
from tests.integration.plans.conftest import Plans, csrf

Enter = Callable[[str], FlaskClient]


@pytest.fixture
def engine_url(sqlite_url: str) -> str:
    """Return SQLite: nothing here depends on the engine."""
    return sqlite_url


# --- on the way -------------------------------------------------------------------------------------------------


def test_a_version_is_taken_back_and_the_next_one_keeps_the_signatures(plans: Plans, sign_in: Enter) -> None:
    receipt = plans.signed(plans.submitted(plans.begun()))
    kim = sign_in("kim")
    page = f"/plans/versions/{receipt.version_id}/withdraw"
    assert kim.post(page, data={"csrf_token": csrf(kim, page), "reason": " "}).status_code == 422
    sent = {"csrf_token": csrf(kim, page), "reason": "Physics at home after all."}
    assert kim.post(page, data=sent).status_code == 303
    assert plans.view(receipt).version.state is PlanState.RETURNED
    with plans.uow("kim") as uow:
        after = service.begin_version(uow, plan_id=receipt.plan_id, reason="Physics at home.")
    plans.edited(after, "Физика: тепловые", note="At home.")
    plans.submitted(after)
    assert plans.unsigned(after, ApprovalRole.GUARDIAN) == [plans.item(after, "Физика: тепловые").stable_key]


@pytest.mark.parametrize("state", ["draft", "active", "returned"])
def test_only_what_is_on_its_way_can_be_taken_back(plans: Plans, state: str) -> None:
    receipt = plans.begun()
    if state == "active":
        plans.ordered(plans.signed(plans.submitted(receipt)))
    if state == "returned":
        plans.submitted(receipt)
        with plans.uow("kim") as uow:
            service.withdraw_version(uow, version_id=receipt.version_id, reason="Not yet.")
    with pytest.raises(Conflict) as told, plans.uow("kim") as uow:
        service.withdraw_version(uow, version_id=receipt.version_id, reason="Back.")
    assert told.value.code == "plans.wrong_state"


def test_after_the_order_only_a_head_takes_a_version_back_before_its_day(plans: Plans) -> None:
    receipt = plans.signed(plans.submitted(plans.begun()))
    with plans.uow("gromova") as uow:
        today = uow.now().date()
        service.approve_by_order(
            uow,
            version_id=receipt.version_id,
            order_no="9",
            order_date=today,
            effective_from=today + timedelta(days=20),
        )
    with pytest.raises((Forbidden, NotFound)), plans.uow("kim") as uow:
        service.withdraw_version(uow, version_id=receipt.version_id, reason="No.")
    with plans.uow("gromova") as uow:
        service.withdraw_version(uow, version_id=receipt.version_id, reason="The order was wrong.")
    plans.runtime.clock.advance(timedelta(days=30))  # type: ignore[attr-defined]
    with plans.runtime.unit_of_work(SYSTEM) as uow:
        assert service.activate_due(uow) == 0


def test_what_nobody_signs_in_time_goes_back_to_its_author(
    plans: Plans, clock: FixedClock, sign_in: Enter
) -> None:
    unsigned, signed = plans.submitted(plans.begun()), plans.submitted(plans.begun("lev"))
    with plans.uow("irina") as uow:
        service.approve(uow, version_id=signed.version_id)
    clock.advance(timedelta(days=30))
    with plans.runtime.unit_of_work(SYSTEM) as uow:
        assert service.expire_unsigned(uow) == 0
    clock.advance(timedelta(days=1))
    with plans.runtime.unit_of_work(SYSTEM) as uow:
        assert service.expire_unsigned(uow) == 1
        assert service.expire_unsigned(uow) == 0
    states = [plans.view(row).version.state for row in (unsigned, signed)]
    assert states == [PlanState.RETURNED, PlanState.SUBMITTED]
    page = (
        sign_in("kim").get(f"/plans/versions/{unsigned.version_id}", headers={"Accept-Language": "en"}).text
    )
    assert "Срок подписания истёк" in page or "The time to sign has run out" in page


@pytest.fixture
def letters(environment: dict[str, str]) -> None:
    """Let the installation send letters; the job that sends them is not run here."""
    environment |= {"LMS_MAIL_HOST": "127.0.0.1", "LMS_MAIL_SENDER": "school@example.org"}


def test_those_who_have_to_sign_hear_of_it_and_are_reminded_once_before_the_time_runs_out(
    letters: None, plans: Plans, clock: FixedClock
) -> None:
    def told() -> list[tuple[str, object]]:
        with plans.runtime.read() as session:
            rows = session.scalars(sa.select(Notice).order_by(Notice.id)).all()
            assert all(row.path.endswith("/sign") for row in rows)
            return [(row.kind, row.person_id) for row in rows]

    anna, irina = plans.school.id("anna"), plans.school.id("irina")
    plans.submitted(plans.begun())
    signed = plans.submitted(plans.begun("lev"))
    assert set(told()) == {("plans.to_sign", anna), ("plans.to_sign", irina)}
    with plans.uow("irina") as uow:
        service.approve(uow, version_id=signed.version_id)
    for days, letters_now in ((24, 0), (2, 1), (1, 0), (5, 0)):
        clock.advance(timedelta(days=days))
        with plans.runtime.unit_of_work(SYSTEM) as uow:
            assert service.remind_signers(uow) == letters_now, days
    assert told()[-1] == ("plans.sign_soon", anna)


def test_what_is_due_and_a_plan_that_ends_are_told_once_to_those_whose_it_is(
    letters: None, plans: Plans, clock: FixedClock, sign_in: Enter
) -> None:
    receipt = plans.begun()
    plans.edited(receipt, "История", deadline=date(2026, 12, 31))
    active = plans.ordered(plans.signed(plans.submitted(receipt)))
    view = plans.view(active)
    key = plans.item(active, "История").stable_key
    ends = view.periods[-1].ends_on

    def remind(day: date) -> set[tuple[str, object, str]]:
        clock.move_to(datetime(day.year, day.month, day.day, 9, tzinfo=UTC))
        with plans.runtime.read() as session:
            before = set(session.scalars(sa.select(Notice.id)))
        remind_of_plans(plans.runtime)
        with plans.runtime.read() as session:
            rows = session.scalars(sa.select(Notice)).all()
            return {(row.kind, row.person_id, row.path) for row in rows if row.id not in before}

    anna, sonya = plans.school.id("anna"), plans.school.id("sonya")
    place = f"/plans/{active.plan_id}"
    assert remind(date(2026, 12, 1)) == set()
    due = {("plans.item_due", reader, f"{place}#{key}") for reader in (sonya, anna)}
    assert remind(date(2026, 12, 28)) == due
    assert remind(date(2026, 12, 29)) == set(), "once for each term"
    for login in ("sonya", "anna"):
        assert f"{place}#{key}" in sign_in(login).get("/home", follow_redirects=True).text
    told = remind(ends - timedelta(days=7))
    assert {(kind, path) for kind, _who, path in told} == {("plans.ending", place)}
    assert anna in {who for _kind, who, _path in told} and len(told) >= 2
    assert remind(ends - timedelta(days=6)) == set()


@pytest.mark.parametrize("has_calendar", [True, False])
def test_across_new_year_each_reminder_comes_once_and_five_working_days_before(
    letters: None, plans: Plans, clock: FixedClock, has_calendar: bool
) -> None:
    if has_calendar:
        holidays = {2026: (date(2026, 12, 31), 1), 2027: (date(2027, 1, 1), 8)}
        for year, (first, length) in holidays.items():
            free = [people.CalendarDay(first + timedelta(days=n), False) for n in range(length)]
            with plans.uow("mironova") as uow:
                people.set_working_year(uow, year, free)
    receipt = plans.begun()
    plans.edited(receipt, "История", deadline=date(2027, 1, 13))
    plans.ordered(plans.signed(plans.submitted(receipt)))
    clock.move_to(datetime(2026, 12, 10, 9, tzinfo=UTC))
    plans.submitted(plans.begun("lev"))  # who signs has until 9 January, and is reminded before
    told: dict[str, list[date]] = {"plans.item_due": [], "plans.sign_soon": []}
    known: set[object] = set()
    for step in range(36):
        day = date(2026, 12, 10) + timedelta(days=step)
        clock.move_to(datetime(day.year, day.month, day.day, 9, tzinfo=UTC))
        remind_of_plans(plans.runtime)
        with plans.runtime.unit_of_work(SYSTEM) as uow:
            service.remind_signers(uow)
        with plans.runtime.read() as session:
            fresh = [row for row in session.scalars(sa.select(Notice)) if row.id not in known]
        known |= {row.id for row in fresh}
        for kind in {row.kind for row in fresh} & set(told):
            told[kind].append(day)
    assert told["plans.item_due"] == [date(2026, 12, 28) if has_calendar else date(2027, 1, 6)]
    assert len(told["plans.sign_soon"]) == 1 and told["plans.sign_soon"][0] < date(2027, 1, 9)


def test_a_version_that_is_being_signed_refuses_every_edit_in_words(plans: Plans, sign_in: Enter) -> None:
    receipt = plans.submitted(plans.begun())
    key = plans.item(receipt, "Биология").stable_key
    before = plans.view(receipt)
    acts = [
        lambda uow: service.remove_item(uow, version_id=receipt.version_id, stable_key=key),
        lambda uow: service.move_item(uow, version_id=receipt.version_id, stable_key=key, period=1),
        lambda uow: service.discard_draft(uow, version_id=receipt.version_id),
        lambda uow: service.mend_finding(uow, version_id=receipt.version_id, finding="x"),
        lambda uow: service.begin_version(uow, plan_id=receipt.plan_id, reason="More"),
    ]
    for act in acts:
        with pytest.raises(Conflict), plans.uow("kim") as uow:
            act(uow)
    assert plans.view(receipt).items == before.items
    shown = sign_in("kim").get(f"/plans/{receipt.plan_id}").text
    assert f"/plans/versions/{receipt.version_id}/withdraw" in shown


# --- documents --------------------------------------------------------------------------------------------------


def test_a_plan_is_printed_as_a_tagged_pdf_and_handed_out_as_a_signed_file(
    plans: Plans, sign_in: Enter, tmp_path: Path
) -> None:
    receipt = plans.active()
    anna = sign_in("anna")
    base = f"/plans/versions/{receipt.version_id}/documents"
    printed = anna.get(f"{base}/plan-pdf").data
    assert paper_faults(printed) == []
    assert plans.item(receipt, "Биология").title.split()[0] in paper_text(printed)
    order = anna.get(f"{base}/order-pdf").data
    assert paper_faults(order) == []
    assert "№ 84" in paper_text(order) and "утвердить" in paper_text(order).casefold()
    draft = plans.begun("lev")
    assert (
        sign_in("gromova").get(f"/plans/versions/{draft.version_id}/documents/order-pdf").status_code == 404
    )
    given = anna.get(f"{base}/plan-json")
    file = json.loads(given.data)
    assert verified(plans, tmp_path, file) == 0
    file["plan"]["items"][0]["content"]["hours"] = "1"
    assert verified(plans, tmp_path, file) == 1
    assert verified(plans, tmp_path, {"plan": 1}) == 2
    assert anna.get(f"{base}/plan-xml").status_code == 404
    assert sign_in("irina").get(f"{base}/plan-json").status_code == 404


def verified(plans: Plans, folder: Path, file: object) -> int:
    """Let the command check a file; return its exit code."""
    path = folder / "plan.json"
    path.write_text(json.dumps(file), encoding="utf-8")
    return (
        CliRunner()
        .invoke(plan_command, ["verify", str(path)], obj=RuntimeSource(lambda: plans.runtime))
        .exit_code
    )


def test_a_draft_is_handed_out_only_to_those_who_write_it(plans: Plans, sign_in: Enter) -> None:
    receipt = plans.begun()
    path = f"/plans/versions/{receipt.version_id}/documents/plan-json"
    assert sign_in("anna").get(path).status_code == 404
    assert sign_in("kim").get(path).status_code == 200


# --- the calendar -----------------------------------------------------------------------------------------------


def address(client: FlaskClient, page: str) -> str:
    sent = client.post(page, data={"csrf_token": csrf(client, page), "do": "open"})
    found = re.search(r"/calendar/[\w-]+\.ics", sent.text)
    assert found
    return found.group(0)


def test_a_calendar_address_works_until_it_is_ended_or_the_right_is(
    plans: Plans, sign_in: Enter, app: object
) -> None:
    receipt = plans.active()
    anna = sign_in("anna")
    page = f"/plans/{receipt.plan_id}/calendar"
    guest = app.test_client()  # type: ignore[attr-defined]
    first = address(anna, page)
    shown = guest.get(first)
    assert shown.status_code == 200
    assert shown.text.startswith("BEGIN:VCALENDAR")
    assert first not in anna.get(page).text
    second = address(anna, page)
    assert [guest.get(path).status_code for path in (first, second)] == [404, 200]
    assert anna.post(page, data={"csrf_token": csrf(anna, page), "do": "revoke"}).status_code == 303
    assert guest.get(second).status_code == 404
    third = address(sign_in("sonya"), page)
    assert guest.get(third).status_code == 200
    plans.runtime.clock.advance(timedelta(days=1))  # type: ignore[attr-defined]
    with pytest.raises((InvalidInput, NotFound, Forbidden)), plans.uow("irina") as uow:
        service.open_feed(uow, plan_id=receipt.plan_id)
