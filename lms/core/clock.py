"""Tell the time: the only place that reads the system clock.

Services take a `Clock`, so tests and simulators can stand still, jump or run fast.
"""

from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Protocol

__all__ = ["Clock", "FixedClock", "SystemClock", "local_day", "moments_of"]


class Clock(Protocol):
    """Anything that knows the present moment."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...


class SystemClock:
    """The server's own clock."""

    def now(self) -> datetime:
        """Return the server's time in UTC with microseconds."""
        return datetime.now(UTC)


def local_day(at: datetime, zone: tzinfo) -> date:
    """Return the day that the calendar on the wall of a school in ``zone`` shows at a moment.

    Terms that the law counts in days (re-sits, appeals, the validity of a support plan) are counted in these.
    """
    return at.astimezone(zone).date()


def moments_of(shown: datetime, zone: tzinfo) -> tuple[datetime, ...]:
    """Return the moments (UTC, in their order) at which a clock on the wall in ``zone`` shows ``shown`` (naive).

    There is none in the hour by which clocks are put forward in spring, and there are two of the one by which they are put back.
    """
    found = {shown.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return tuple(sorted(at for at in found if at.astimezone(zone).replace(tzinfo=None) == shown))


class FixedClock:
    """A clock that stands still until it is moved; for tests, simulators and demo data."""

    def __init__(self, moment: datetime) -> None:
        """Stand at ``moment`` (aware)."""
        if moment.tzinfo is None:
            raise ValueError("a clock needs an aware datetime")
        self._moment = moment.astimezone(UTC)

    def now(self) -> datetime:
        """Return the moment at which the clock stands."""
        return self._moment

    def move_to(self, moment: datetime) -> None:
        """Stand at another moment, earlier or later."""
        self._moment = moment.astimezone(UTC)

    def advance(self, step: timedelta) -> None:
        """Move by ``step``."""
        self._moment += step
