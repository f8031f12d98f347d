"""A year's calendar as people type it, and clocks that run over New Year."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lms.people.rules.working_days import (
    CalendarDay,
    add_working_days,
    count_working_days,
    parse_days,
    quarters,
    usual_holidays,
)

YEAR = 2027
DAYS = st.integers(0, 364).map(lambda n: date(YEAR, 1, 1) + timedelta(days=n))
NOTES = st.from_regex(r"[А-яA-z]{0,10}", fullmatch=True)


@given(st.dictionaries(DAYS, NOTES, max_size=20), st.booleans())
def test_what_was_typed_line_by_line_is_read_back(days: dict[date, str], is_working: bool) -> None:
    text = "\n\n".join(f" {day:%d.%m.%Y}  {note} " for day, note in days.items())
    found, wrong = parse_days(text, YEAR, is_working=is_working)
    assert (found, wrong) == ([CalendarDay(day, is_working, note) for day, note in days.items()], [])


@given(st.text(max_size=60))
def test_any_text_is_read_or_named_by_its_line(text: str) -> None:
    found, wrong = parse_days(text, YEAR, is_working=False)
    lines = [number for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    assert set(wrong) <= set(lines)
    assert all(entry.day.year == YEAR for entry in found)
    assert bool(found) or len(wrong) == len(lines)


def test_a_stretch_is_every_day_of_it_and_no_longer_than_a_month() -> None:
    found, wrong = parse_days(
        "1.1.2027–8.1.2027 Каникулы\n01.01.2027 - 03.03.2027\n31.12.2026", YEAR, is_working=False
    )
    assert (len(found), {entry.note for entry in found}, wrong) == (8, {"Каникулы"}, [2, 3])


def test_a_refusal_of_the_last_days_of_december_is_sent_after_the_holidays() -> None:
    both = [*usual_holidays(2026), *usual_holidays(2027), CalendarDay(date(2027, 1, 16), True)]
    exceptions = {entry.day: entry.is_working for entry in both}
    assert add_working_days(date(2026, 12, 30), 3, exceptions) == (date(2027, 1, 12), True)
    assert add_working_days(date(2027, 1, 12), 4, exceptions) == (date(2027, 1, 16), True)
    only_this = {day: works for day, works in exceptions.items() if day.year == 2026}
    assert add_working_days(date(2026, 12, 30), 3, only_this) == (date(2027, 1, 4), False)


@given(st.sets(DAYS))
def test_days_off_take_from_the_quarters_what_they_are(free: set[date]) -> None:
    taken = sum(day.weekday() < 5 for day in free)
    assert sum(quarters(YEAR, ())) - sum(quarters(YEAR, [CalendarDay(d, False) for d in free])) == taken


DAYS = st.dates(date(2026, 9, 1), date(2027, 6, 30))


@given(
    sent=DAYS,
    allowed=st.integers(1, 20),
    before=st.integers(0, 40),
    waits=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 15)), max_size=4),
    exceptions=st.dictionaries(DAYS, st.booleans(), max_size=30),
)
def test_a_clock_that_stands_loses_no_working_day_and_gives_none_away(
    sent: date, allowed: int, before: int, waits: list[tuple[int, int]], exceptions: dict[date, bool]
) -> None:
    due, _known = add_working_days(sent, allowed, exceptions)
    day, used = sent, 0
    for waited, worked in [(0, before), *waits]:
        answered = day + timedelta(days=waited)
        left = count_working_days(day, due, exceptions)
        is_late = day > due
        due, _known = add_working_days(due, count_working_days(day, answered, exceptions), exceptions)
        assert is_late or count_working_days(answered, due, exceptions) == left, (
            "as many days as when it was asked"
        )
        day = answered + timedelta(days=worked)
        used += count_working_days(answered, day, exceptions)
    if day <= due:
        assert used + count_working_days(day, due, exceptions) == allowed
