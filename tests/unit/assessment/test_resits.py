"""Re-sits: two within a year from the debt, illness not counted, the second before a commission (273-ФЗ art. 58)."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lms.assessment.rules.resits import (
    COMMISSION_SIZE,
    MOST_RESITS,
    Debt,
    Outcome,
    Sitting,
    anniversary,
    debt_of,
    last_day,
    refusal,
)

DAYS = st.dates(date(2025, 9, 1), date(2027, 8, 31))
ILLNESSES = st.lists(
    st.builds(lambda day, n: (day, day + timedelta(days=n)), DAYS, st.integers(0, 60)), max_size=4
)


def day_list(illnesses: list[tuple[date, date]]) -> set[date]:
    return {start + timedelta(days=n) for start, end in illnesses for n in range((end - start).days + 1)}


@given(since=DAYS, illnesses=ILLNESSES)
def test_the_year_has_as_many_healthy_days_as_a_year(since: date, illnesses: list[tuple[date, date]]) -> None:
    end = last_day(since, illnesses)
    passed = [since + timedelta(days=n) for n in range(1, (end - since).days + 1)]
    healthy = [day for day in passed if day not in day_list(illnesses)]
    assert len(healthy) == (anniversary(since) - since).days
    assert end not in day_list(illnesses), "the last day is a day on which one can come"


@given(since=DAYS, illnesses=ILLNESSES, more=ILLNESSES)
def test_illness_never_shortens_the_time_and_is_counted_once(
    since: date, illnesses: list[tuple[date, date]], more: list[tuple[date, date]]
) -> None:
    assert last_day(since, []) == anniversary(since)
    assert last_day(since, illnesses + more) >= last_day(since, illnesses)
    assert last_day(since, illnesses + illnesses) == last_day(since, illnesses)


def sitting(no: int, outcome: Outcome, day: date = date(2026, 10, 5)) -> Sitting:
    return Sitting(no, day, day, outcome, day)


SITTINGS = st.lists(st.builds(sitting, st.integers(0, 2), st.sampled_from(list(Outcome)), DAYS), max_size=5)


@given(rows=SITTINGS, illnesses=ILLNESSES)
def test_who_passed_once_owes_nothing_and_who_owes_has_lost_something(
    rows: list[Sitting], illnesses: list[tuple[date, date]]
) -> None:
    debt = debt_of(rows, illnesses)
    if any(row.outcome is Outcome.PASSED for row in rows):
        assert debt is None
    if debt is not None:
        lost = [row for row in rows if row.outcome in {Outcome.FAILED, Outcome.MISSED}]
        assert debt.since in {row.known_on for row in lost}
        assert 0 <= debt.used <= sum(row.resit_no > 0 for row in lost)


@given(rows=SITTINGS, illnesses=ILLNESSES, no=st.integers(1, 4), on=DAYS, commission=st.integers(0, 5))
def test_no_resit_is_held_that_the_law_does_not_know(
    rows: list[Sitting], illnesses: list[tuple[date, date]], no: int, on: date, commission: int
) -> None:
    debt = debt_of(rows, illnesses)
    if not refusal(debt, resit_no=no, on=on, commission=commission):
        assert debt is not None and no == debt.used + 1 <= MOST_RESITS and on <= debt.last_day
        assert no < MOST_RESITS or commission >= COMMISSION_SIZE


def test_an_ill_student_has_not_missed_anything() -> None:
    ill = [(date(2026, 10, 1), date(2026, 10, 7))]
    assert debt_of([sitting(0, Outcome.MISSED)], ill) is None
    failed = [sitting(0, Outcome.FAILED), sitting(1, Outcome.MISSED, date(2026, 10, 6))]
    debt = debt_of(failed, ill)
    assert debt is not None and debt.used == 0, "the re-sit that fell into the illness is not used up"


def test_each_refusal_names_its_reason() -> None:
    fresh, once = Debt(date(2026, 10, 5), 0, date(2027, 10, 5)), Debt(date(2026, 10, 5), 1, date(2027, 10, 5))
    day = date(2026, 11, 1)
    assert refusal(None, resit_no=1, on=day, commission=0) == "assessment.resit_no_debt"
    assert refusal(fresh, resit_no=1, on=day, commission=0) == ""
    assert refusal(fresh, resit_no=2, on=day, commission=3) == "assessment.resit_out_of_turn"
    assert refusal(once, resit_no=2, on=day, commission=2) == "assessment.resit_needs_commission"
    assert refusal(once, resit_no=2, on=day, commission=3) == ""
    assert refusal(once, resit_no=3, on=day, commission=3) == "assessment.resit_too_many"
    assert refusal(fresh, resit_no=1, on=date(2027, 10, 6), commission=0) == "assessment.resit_too_late"
