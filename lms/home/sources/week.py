"""Say for each child of a family what was done in a week, what comes, and what waits for whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask_babel import format_date, get_timezone, gettext, ngettext, pgettext, to_user_timezone
from sqlalchemy.orm import Session

from lms.assessment import queries as assessment
from lms.core.actor import Actor
from lms.courses import queries as courses
from lms.courses.types import WorkState
from lms.home.sources.family import ChildCard, family

__all__ = ["ChildWeek", "Week", "week_of", "weeks"]


@dataclass(frozen=True, slots=True)
class Week:
    """A week from Monday on, and the moments between which it lies."""

    monday: date
    start: datetime
    end: datetime

    @property
    def sunday(self) -> date:
        """Return its last day."""
        return self.monday + timedelta(days=6)


def week_of(day: date) -> Week:
    """Return the week in which a day lies, in the reader's time zone."""
    monday = day - timedelta(days=day.weekday())
    zone = ZoneInfo(str(get_timezone()))
    start, end = (datetime.combine(edge, time(), zone) for edge in (monday, monday + timedelta(days=7)))
    return Week(monday, start, end)


@dataclass(frozen=True, slots=True)
class ChildWeek:
    """One child's week: what was done, what comes, and what waits for the child, the family and the school."""

    card: ChildCard
    done: tuple[tuple[str, str], ...]
    minutes: int
    for_child: tuple[str, ...]
    for_school: tuple[str, ...]
    time_words: str


def weeks(session: Session, actor: Actor, week: Week, at: datetime) -> list[ChildWeek]:
    """Return the week of every child whom the adult may see."""
    return [_child(session, card, week, at) for card in family(session, actor, at)]


def _child(session: Session, card: ChildCard, week: Week, at: datetime) -> ChildWeek:
    child_id = card.person.id
    learnt = courses.learnt_between(session, child_id, week.start, week.end)
    works = courses.works_standing(session, child_id)
    exams = assessment.exams_of(session, child_id, at)
    days = courses.study_days(session, child_id, week.monday, week.sunday)
    spent = courses.study_time(session, child_id, at)
    today = to_user_timezone(at).date()
    if week.monday <= today <= week.sunday and spent.minutes:  # the page that is open now counts in both
        days[today] = max(days.get(today, 0), spent.minutes)
    return ChildWeek(
        card=card,
        done=(
            *((course.title, _steps(course)) for course in learnt),
            *_sat(exams, week),
        ),
        minutes=sum(course.minutes for course in learnt),
        time_words=courses.time_spent_by_child(spent, len(days), sum(days.values())) if days else "",
        for_child=tuple(
            pgettext(
                "guardian",
                "“%(title)s” came back with a note on %(day)s.",
                title=work.title,
                day=_day(work.since),
            )
            for work in works
            if work.state is WorkState.RETURNED
        ),
        for_school=(
            *(
                pgettext(
                    "guardian",
                    "The teacher looks at “%(title)s”, sent on %(day)s.",
                    title=work.title,
                    day=_day(work.since),
                )
                for work in works
                if work.state is WorkState.SENT
            ),
            *(
                gettext("Being marked: %(exam)s", exam=exam.title)
                for exam in exams
                if exam.state == "checking" and exam.ended_at is not None
            ),
        ),
    )


def _steps(course: courses.LearntCourse) -> str:
    count = ngettext("%(num)d step", "%(num)d steps", len(course.steps))
    return f"{count}: {', '.join(course.steps)}"


def _sat(exams: list[assessment.ExamView], week: Week) -> list[tuple[str, str]]:
    return [
        (exam.title, gettext("handed in on %(day)s", day=_day(exam.ended_at)))
        for exam in exams
        if exam.ended_at is not None and week.start <= exam.ended_at < week.end
    ]


def _day(moment: datetime) -> str:
    return str(format_date(to_user_timezone(moment), "d MMMM"))
