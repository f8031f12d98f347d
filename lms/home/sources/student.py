"""Say what is due for a student: the next step first, then the rest, the next exam, and who helps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import url_for
from flask_babel import to_user_timezone
from sqlalchemy.orm import Session

from lms.assessment import queries as assessment
from lms.core.db import day_of, fetch
from lms.core.web.dates import format_date
from lms.core.web.i18n import window_words
from lms.core.web.wording import gettext, npgettext, pgettext
from lms.courses import queries as courses
from lms.courses.types import CourseOfPerson
from lms.home.sources.own_turns import own_turns
from lms.home.types import HomeCard, HomeTask, Station
from lms.people import queries as people
from lms.people.types import PersonCard
from lms.plans import queries as plans
from lms.plans.queries import PlanGlance
from lms.plans.types import ItemState
from lms.proctoring import queries as proctoring

__all__ = ["StudentDay", "due_items", "released_lately", "student_day", "waiting"]

#: Steps that are never longer than one sitting; what a course does not say is taken as this.
USUAL_STEP_MINUTES = 10
#: An exam that is open but not begun comes after lessons, and its length is no part of today's minutes.
EXAM_ORDER = 40
STATIONS = 5
#: What came back is taken up first.
RETURNED_ORDER = 5
#: A day of the plan that is near comes before courses that are not begun.
DUE_ORDER = 18
#: Cards come after a course that is under way and before one that is not begun; so many are turned over in a minute.
CARDS_ORDER, CARDS_A_MINUTE = 15, 4
#: A released result is announced for so long.
NEWS = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class StudentDay:
    """Today for one student."""

    first_name: str
    tasks: tuple[HomeTask, ...]
    cards: tuple[HomeCard, ...]
    stations: tuple[Station, ...] = ()
    has_begun: bool = True

    @property
    def minutes(self) -> int:
        """Return about how long today's tasks take together, rounded to five minutes."""
        total = sum(task.minutes or 0 for task in self.tasks if task.order < EXAM_ORDER)
        return max(5, 5 * round(total / 5)) if total else 0


def student_day(session: Session, person_id: UUID, at: datetime) -> StudentDay:
    """Return what is due for a student at ``at``: exams that are open now, then one step of every running course."""
    exams = assessment.exams_of(session, person_id, at)
    taken = courses.courses_of(session, person_id)
    plan = _plan(session, person_id, taken, at)
    steps = _course_steps(taken)
    tasks = [task for task in _open_exams(exams) if task.order < EXAM_ORDER or not steps] + steps
    student = people.student_brief(session, person_id, at)
    rare = waiting(session, person_id, at)
    tasks += _questions(session, person_id) if rare.question else []
    tasks += _sample(session, person_id, at) if rare.sample else []
    tasks += own_turns(session, student, at)
    tasks += [] if plan is None else _due_in(session, plan, at)
    messages: list[HomeCard] = []
    spent: HomeCard | None = None
    if taken:
        tasks += _cards(session, person_id, at) if rare.cards else []
        tasks += _returned(session, person_id) if rare.works else []
        tasks += _answers(session, person_id) if rare.answers else []
        tasks += _reviews(session, person_id, at) if rare.reviews else []
        messages = _messages(session, person_id, at) if rare.messages else []
        spent = _time_spent(session, person_id, at) if rare.time else None
    stations = () if plan is None else tuple(_stations(plan, exams, at))
    shown = (
        *_results(exams, at),
        *_being_marked(exams),
        *messages,
        _next_exam(session, exams, at),
        spent,
        _helpers(student.tutors),
    )
    ordered = tuple(sorted(tasks, key=lambda task: task.order))
    has_begun = bool(stations or exams or taken)
    cards = tuple(card for card in shown if card is not None)
    return StudentDay(student.card.first_name, ordered, cards, stations, has_begun)


_WAITING = sa.select(*courses.AWAITED, *proctoring.AWAITED)


def waiting(session: Session, person_id: UUID, at: datetime) -> Any:
    """Return in one statement of which rare kinds something may wait: of the others their own questions would find nothing."""
    values = courses.awaited_values(session, at) | proctoring.awaited_values(at)
    return fetch(session, _WAITING, person_id=person_id, **values)[0]


def _plan(
    session: Session, person_id: UUID, taken: Iterable[CourseOfPerson], at: datetime
) -> PlanGlance | None:
    """Return the plan in force; who has no plan at all is asked once, for what has to be signed as well."""
    if plans.newest_version(session, person_id) is None:
        return None
    begun = {course.card.id for course in taken if course.progress.done > 0}
    return plans.plan_glance(session, person_id, day_of(session, at), begun)


def _stations(plan: PlanGlance, exams: list[assessment.ExamView], at: datetime) -> list[Station]:
    """Return the way through the term: up to two stations behind, "you are here", up to two ahead."""
    done = [
        (item.changed_at, item.title)
        for item in plan.items
        if item.state is ItemState.ACHIEVED and item.changed_at is not None
    ]
    done.sort(key=lambda pair: pair[0])
    behind = [Station(title, format_date(day, "d MMMM"), "done") for day, title in done[-2:]]
    under_way = {ItemState.IN_PROGRESS, ItemState.PARTIALLY_CREDITED}
    running = [item for item in plan.items if item.state in under_way]
    here = Station(
        pgettext("student", "You are here"),
        ", ".join(item.title.partition(":")[0].lower() for item in running[:3]),
        "now",
    )
    coming = [exam for exam in exams if exam.state in {"planned", "open"} and exam.closes_at > at]
    ahead = [Station(exam.title, window_words(exam.opens_at, exam.closes_at), "ahead") for exam in coming[:2]]
    end = max((period.ends_on for period in plan.periods if period.ends_on >= at.date()), default=None)
    goal = (
        [Station(pgettext("student", "The end of the year"), format_date(end, "d MMMM"), "goal")]
        if end
        else []
    )
    return [*behind, here, *ahead, *goal][-STATIONS:]


def _open_exams(exams: list[assessment.ExamView]) -> list[HomeTask]:
    found = []
    for exam in exams:
        if exam.state not in {"open", "in_progress", "paused"}:
            continue
        running = exam.state != "open"
        found.append(
            HomeTask(
                title=exam.title,
                url=url_for("exams.overview", entry_id=exam.entry_id),
                detail=pgettext("student", "You have started. Every answer you gave is kept.")
                if running
                else pgettext(
                    "student", "You can sit it until %(day)s.", day=format_date(exam.closes_at, "d MMMM")
                ),
                subject=exam.subject,
                minutes=exam.minutes,
                order=0 if running else EXAM_ORDER,
                action=pgettext("student", "Go on") if running else pgettext("student", "Get ready"),
                art="path-with-steps",
            )
        )
    return found


def _questions(session: Session, person_id: UUID) -> list[HomeTask]:
    """Return the sittings about which a reviewer has asked the student something."""
    return [
        HomeTask(
            title=pgettext("student", "The school asks about your exam: tell it how it was"),
            url=url_for("sittings.sitting", session_id=sitting.session.id),
            detail=sitting.title,
            minutes=5,
            order=1,
            action=pgettext("student", "Answer"),
            art="path-with-steps",
        )
        for sitting in proctoring.sittings_asked(session, [person_id])
    ]


def _sample(session: Session, person_id: UUID, at: datetime) -> list[HomeTask]:
    """Return that a sample for the camera ends soon: faces change, and the way stays open only with a newer one."""
    return [
        HomeTask(
            title=pgettext("student", "Take your pictures for the camera again"),
            detail=pgettext(
                "student", "They count until %(day)s.", day=format_date(to_user_timezone(ends_at), "d MMMM")
            ),
            url=url_for("samples.own"),
            minutes=5,
            order=EXAM_ORDER,
            action=pgettext("student", "Take them"),
            art="path-with-steps",
        )
        for _person_id, ends_at in proctoring.samples_ending(session, at, person_id)
    ]


def _cards(session: Session, person_id: UUID, at: datetime) -> list[HomeTask]:
    """Return the cards that are about to be forgotten: a few minutes keep them."""
    return [
        HomeTask(
            title=npgettext("student", "Repeat %(num)d card", "Repeat %(num)d cards", due.count),
            url=f"{courses.step_path(due.course_id, due.block_id)}?again=1",
            detail=f"{due.course_title}. {due.title}.",
            subject=due.subject,
            minutes=max(1, round(due.count / CARDS_A_MINUTE)),
            order=CARDS_ORDER,
            action=pgettext("student", "Repeat"),
            art="desk-by-window",
        )
        for due in courses.cards_due(session, person_id, at)
    ]


def _returned(session: Session, person_id: UUID) -> list[HomeTask]:
    """Return the works that came back with a word of the teacher and wait for another try."""
    return [
        HomeTask(
            title=pgettext("student", "The teacher has returned your work: %(step)s", step=work.title),
            url=work.url,
            detail=work.course,
            minutes=10,
            order=5,
            action=pgettext("student", "Read and improve"),
            art="path-with-steps",
        )
        for work in courses.returned_works(session, person_id)
    ]


def _answers(session: Session, person_id: UUID) -> list[HomeTask]:
    """Return the questions that a teacher has answered since: one is read at a time, where it was asked."""
    return [
        HomeTask(
            title=pgettext("student", "Your question is answered: %(step)s", step=answer.title),
            url=f"{courses.step_path(answer.course_id, answer.block_id)}#asked",
            detail=answer.course,
            minutes=2,
            order=RETURNED_ORDER + 1,
            action=pgettext("student", "Read the answer"),
            art="desk-by-window",
        )
        for answer in courses.fresh_answers(session, person_id)
    ]


def _reviews(session: Session, person_id: UUID, at: datetime) -> list[HomeTask]:
    """Return the works of classmates that the student was drawn to read."""
    return [
        HomeTask(
            title=pgettext("student", "A classmate’s work waits for your opinion: %(step)s", step=duty.title),
            url=duty.url,
            detail=pgettext(
                "student",
                "%(course)s. Until %(day)s.",
                course=duty.course,
                day=format_date(duty.due_at, "d MMMM"),
            ),
            minutes=10,
            order=CARDS_ORDER + 1,
            action=pgettext("student", "Read the work"),
            art="desk-by-window",
        )
        for duty in courses.reviews_to_give(session, person_id, at)
    ]


def due_items(session: Session, person_id: UUID, at: datetime) -> list[HomeTask]:
    """Return the open items of the plan whose last day is near; a course that is taken for one stands elsewhere."""
    plan = _plan(session, person_id, courses.courses_of(session, person_id), at)
    return [] if plan is None else _due_in(session, plan, at)


def _due_in(session: Session, plan: PlanGlance, at: datetime) -> list[HomeTask]:
    return [
        HomeTask(
            title=gettext("Soon due: %(item)s", item=item.title),
            url=f"/plans/{plan.plan_id}#{item.stable_key}",
            detail=gettext("The plan has it closed by %(day)s.", day=format_date(day, "d MMMM")),
            subject=item.subject,
            order=DUE_ORDER,
            action=gettext("Open the plan"),
            art="path-with-steps",
        )
        for day, item in plans.due_soon(session, plan, day_of(session, at))
    ]


def _course_steps(taken: Iterable[CourseOfPerson]) -> list[HomeTask]:
    found = []
    for course in taken:
        progress = course.progress
        if progress.is_completed or progress.next_block_url is None:
            continue
        steps = max(1, progress.total - progress.done)
        minutes = (
            max(1, round(progress.minutes_left / steps)) if progress.minutes_left else USUAL_STEP_MINUTES
        )
        done = gettext("%(done)d of %(total)d steps are behind you", done=progress.done, total=progress.total)
        found.append(
            HomeTask(
                title=progress.next_title or course.card.title,
                url=progress.next_block_url,
                detail=f"{course.card.title}. {done}." if progress.done else f"{course.card.title}.",
                subject=course.card.subject,
                minutes=minutes,
                order=10 if progress.done else 20,
                action=pgettext("student", "Continue") if progress.done else pgettext("student", "Start"),
                art="lesson-kettle" if course.card.subject == "physics" else "desk-by-window",
            )
        )
    return found


def _time_spent(session: Session, person_id: UUID, at: datetime) -> HomeCard | None:
    """Return today's time at lessons, once there is any: a fact beside what the school advises, and nothing closes."""
    spent = courses.time_today(session, person_id, at)
    if spent is None:
        return None
    return HomeCard(title=pgettext("student", "Time at lessons today"), text=courses.time_spent(spent))


def _next_exam(session: Session, exams: list[assessment.ExamView], at: datetime) -> HomeCard | None:
    coming = [e for e in exams if e.state in {"planned", "open"} and e.closes_at > at]
    if not coming:
        return None
    exam = min(coming, key=lambda e: e.opens_at)
    day = window_words(exam.opens_at, exam.closes_at)
    if exam.extra_minutes:
        time = pgettext(
            "student",
            "%(base)d minutes and %(extra)d more of your own.",
            base=exam.base_minutes or 0,
            extra=exam.extra_minutes,
        )
    else:
        time = npgettext("student", "%(num)d minute.", "%(num)d minutes.", exam.minutes or 0)
    choose = ""
    if not proctoring.identity_standing(session, exam.entry_id, assessment.facts_of_exam(exam)).is_open:
        choose = pgettext("student", "How to show that it is you, you choose yourself.")
    return HomeCard(
        title=gettext("%(day)s: %(title)s", day=day, title=exam.title),
        text=f"{time} {choose}".strip(),
        url=url_for("exams.overview", entry_id=exam.entry_id),
        link=pgettext("student", "Get ready in good time, 5 minutes")
        if exam.opens_at - at < timedelta(days=60)
        else "",
    )


def released_lately(exams: list[assessment.ExamView], at: datetime) -> list[assessment.ExamView]:
    """Return the exams whose result was released in the last days, newest first: they are announced at home."""
    fresh = [
        (exam.result.released_at, exam)
        for exam in exams
        if exam.state == "released" and exam.result is not None and exam.result.released_at is not None
    ]
    fresh.sort(key=lambda row: row[0], reverse=True)
    return [exam for released_at, exam in fresh if at - released_at <= NEWS]


def _results(exams: list[assessment.ExamView], at: datetime) -> list[HomeCard]:
    return [
        HomeCard(
            title=gettext("The result is ready: %(exam)s", exam=exam.title),
            text=pgettext(
                "student", "It counts from %(day)s.", day=format_date(exam.result.released_at, "d MMMM")
            )
            if exam.result and exam.result.released_at
            else "",
            url=url_for("outcomes.status", attempt_id=exam.attempt_id),
            link=gettext("See the result"),
        )
        for exam in released_lately(exams, at)
    ]


def _messages(session: Session, person_id: UUID, at: datetime) -> list[HomeCard]:
    """Return what teachers have written to the learner, the newest first."""
    return [
        HomeCard(
            title=gettext("%(author)s: %(course)s", author=message.author, course=message.course_title),
            text=message.text or pgettext("student", "A kind word for you."),
            url=url_for("courses.course", course_id=message.course_id),
            link=gettext("Read it"),
        )
        for message in courses.messages_to(session, person_id, at)[:3]
    ]


def _being_marked(exams: list[assessment.ExamView]) -> list[HomeCard]:
    """Return the works that are handed in and wait for their marks, so that nobody wonders where they went."""
    return [
        HomeCard(
            title=gettext("Being marked: %(exam)s", exam=exam.title),
            text=pgettext(
                "student",
                "You handed it in on %(day)s. The result appears here.",
                day=format_date(exam.ended_at, "d MMMM"),
            ),
            url=url_for("outcomes.status", attempt_id=exam.attempt_id),
            link=gettext("Where the work is"),
        )
        for exam in exams
        if exam.state == "checking" and exam.attempt_id is not None and exam.ended_at is not None
    ]


def _helpers(tutors: Sequence[PersonCard]) -> HomeCard | None:
    """Return the card that names the tutors."""
    if not tutors:
        return None
    names = ", ".join(tutor.name for tutor in tutors)
    text = pgettext("student", "Your tutor is %(names)s. Ask, it is what tutors are for.", names=names)
    return HomeCard(title=pgettext("student", "Something is not clear?"), text=text)
