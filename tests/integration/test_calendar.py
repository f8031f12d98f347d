"""The office puts a year in; clocks follow it, and an unknown year is said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from flask.testing import FlaskClient

from lms.people import queries
from tests.fixtures.credit_world import (
    World,
    postgres_url,
    postgres_world,
    sign_in,
    sqlite_url,
    sqlite_world,
    world,
)

__all__ = ["postgres_url", "postgres_world", "sign_in", "sqlite_url", "sqlite_world", "world"]


def test_a_year_is_put_in_as_text_and_deadlines_follow(
    world: World, sign_in: Callable[[str], FlaskClient]
) -> None:
    office = sign_in("mironova")
    world.applied()
    assert "Нет календаря рабочих дней на 2026" in office.get("/credit/office").text
    page = office.get("/working-days?year=2026").text
    assert "04.11.2026 День народного единства" in page
    broken = office.post("/working-days", data={"year": "2026", "free": "завтра", "working": ""})
    assert broken.status_code == 422
    assert "завтра" in broken.text
    twice = {"year": "2026", "free": "23.11.2026 Выходной", "working": "23.11.2026"}
    assert office.post("/working-days", data=twice).status_code == 422
    with world.runtime.read() as session:
        before = queries.working_days_after(session, date(2026, 11, 20), 1)
    kept = office.post("/working-days", data={"year": "2026", "free": "23.11.2026-24.11.2026 Перенос"})
    assert kept.status_code == 303
    with world.runtime.read() as session:
        after = queries.working_days_after(session, date(2026, 11, 20), 1)
    assert (before, after) == (date(2026, 11, 23), date(2026, 11, 25))
    summer = {
        "year": "2027",
        "free": "01.06.2027-30.06.2027\n01.07.2027-31.07.2027\n01.08.2027-31.08.2027",
        "working": "",
    }
    assert office.post("/working-days", data=summer).status_code == 303
    with world.runtime.read() as session:  # further than the days that are read first
        assert queries.working_days_after(session, date(2027, 5, 28), 5) == date(2027, 9, 6)
    assert "Нет календаря" not in office.get("/credit/office").text
    assert sign_in("anna").get("/working-days").status_code in {403, 404}
