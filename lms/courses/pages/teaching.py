"""Show a teacher how the students whom they answer for are getting on in a course."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import abort, render_template
from flask_babel import format_date, gettext, pgettext
from werkzeug.wrappers import Response

from lms.core.errors import Conflict, InvalidInput, LmsError
from lms.core.web import (
    Form,
    access,
    authorise,
    current_actor,
    flash_ok,
    load_form,
    read_session,
    runtime,
    see_other,
    unit_of_work,
)
from lms.core.web.problems import error_texts, word_error
from lms.courses import queries, service
from lms.courses.access_rules import Look, seen_among
from lms.courses.agreements import agreement_named, agreements_in_force
from lms.courses.models import Course, Enrolment
from lms.courses.pages import words
from lms.courses.pages.catalogue import blueprint
from lms.courses.place_reading import cohorts_of
from lms.courses.queries import RosterRow
from lms.courses.schemas import CompletionForm, EnrolClassForm, EnrolForm, MoreTimeForm
from lms.courses.term_reading import term_of
from lms.courses.types import CompletionSource, EnrolmentGround, EnrolmentState
from lms.people.queries import classes_of, students_of

__all__ = ["ground_options", "progress"]

#: What the form of a teacher offers: the other grounds come from their own acts.
_GROUNDS = (EnrolmentGround.TEACHER, EnrolmentGround.NETWORK, EnrolmentGround.PART)


def _course(course_id: UUID) -> Course:
    course = read_session().get(Course, course_id) or abort(404)
    authorise("courses.teach", course)
    return course


@blueprint.get("/<uuid:course_id>/progress")
@access("courses.teach")
def progress(course_id: UUID) -> str:
    """Show the table: who is where, in words."""
    return _render(course_id, Form())


def _render(course_id: UUID, form: Form) -> str:
    course = _course(course_id)
    session, at = read_session(), runtime().clock.now()
    actor, inside = current_actor(), queries.participants(session, course_id)
    mine = seen_among(session, actor, course.org_id, inside, at)
    seen = [person_id for person_id in inside if person_id in mine]
    rows = queries.roster(session, course_id, seen)
    assert actor.person_id is not None
    cohorts = [each for each in cohorts_of(session, course, at.date()) if each.is_open]
    free = [card for card in students_of(session, actor.person_id, at) if card.id not in seen]
    return render_template(
        "courses/progress.html",
        card=queries.course_card(session, course_id),
        rows=[_row(course_id, row) for row in rows],
        free=[(str(card.id), card.name) for card in free],
        grounds=ground_options(),
        agreements=[
            (str(each.id), each.text)
            for each in agreements_in_force(session, runtime().registries, course.org_id, at.date())
        ],
        cohorts=[(str(each.id), each.title) for each in cohorts],
        classes=[(str(card.id), card.label) for card in classes_of(session, [course.org_id], at)],
        form_values={"ground": EnrolmentGround.TEACHER.value, **form.values},
        errors=form.errors,
        tally=_tally(rows),
    )


def ground_options() -> list[tuple[str, str]]:
    """Return why staff may enrol somebody, in words."""
    said = {
        EnrolmentGround.TEACHER: gettext("my decision as a teacher"),
        EnrolmentGround.NETWORK: gettext("an agreement with another school (network form)"),
        EnrolmentGround.PART: gettext("studies only some subjects here"),
    }
    return [(ground.value, str(said[ground])) for ground in _GROUNDS]


def _row(course_id: UUID, row: RosterRow) -> dict[str, Any]:
    where = row.progress.next_title if row.progress.next_block_url else ""
    return {
        "title": row.name,
        "cells": [
            words.progress_words(row.progress, has_begun=row.last_at is not None),
            where or "—",
            words.when(row.last_at) if row.last_at else gettext("not yet"),
            {"state": _state(row)},
        ],
        "action": {
            "text": pgettext("course", "Open"),
            "href": f"/courses/{course_id}/progress/{row.enrolment_id}",
        },
    }


def _state(row: RosterRow) -> dict[str, str]:
    if row.state is EnrolmentState.COMPLETED:
        return {"kind": "ok", "text": pgettext("course", "Completed")}
    if row.state is EnrolmentState.PAUSED:
        return {"kind": "part", "text": gettext("Paused"), "icon": "pause"}
    if row.progress.done or row.last_at is not None:
        return {"kind": "info", "text": gettext("Under way")}
    return {"kind": "", "text": gettext("Not begun")}


def _tally(rows: list[RosterRow]) -> list[dict[str, Any]]:
    states = [_state(row) for row in rows]
    kinds = [("info", gettext("under way")), ("", gettext("not begun")), ("ok", gettext("completed"))]
    return [
        {"kind": kind, "count": sum(state["kind"] == kind for state in states), "text": text}
        for kind, text in kinds
    ]


@blueprint.get("/<uuid:course_id>/progress/<uuid:enrolment_id>")
@access("courses.teach")
def learner(course_id: UUID, enrolment_id: UUID) -> str:
    """Show one student's way through the course, section by section."""
    return _render_learner(course_id, enrolment_id, Form())


def _render_learner(course_id: UUID, enrolment_id: UUID, form: Form) -> str:
    _course(course_id)
    session = read_session()
    enrolment = _enrolment(course_id, enrolment_id)
    (row,) = queries.roster(session, course_id, [enrolment.person_id])
    view = queries.outline(session, course_id, enrolment)
    registries = runtime().registries
    table = [
        [
            f"{number}. {section.title}",
            step.title,
            words.kinds(registries, step.types),
            pgettext("course", "done")
            if step.is_completed
            else gettext("closed")
            if not step.is_open
            else gettext("not yet"),
        ]
        for number, section in enumerate(view.sections, 1)
        for step in section.steps
    ]
    return render_template(
        "courses/learner.html",
        card=queries.course_card(session, course_id),
        row=row,
        state=_state(row),
        table=table,
        term=_term(enrolment),
        more_why=enrolment.more_why,
        ground=_ground(enrolment),
        agreement=agreement_named(
            session, runtime().registries, enrolment.agreement_id, runtime().clock.now().date()
        ),
        words=words,
        values=form.values,
        errors=form.errors,
    )


def _term(enrolment: Enrolment) -> str:
    term = term_of(read_session(), enrolment, runtime().clock.now().date())
    return "" if term is None else gettext("The last day: %(day)s.", day=format_date(term.day, "d MMMM y"))


def _ground(enrolment: Enrolment) -> str:
    """Say why somebody is in a course, and on what paper."""
    said = dict(ground_options()).get(enrolment.ground.value, "")
    return f"{said}, {enrolment.reference}" if said and enrolment.reference else said


@blueprint.post("/<uuid:course_id>/progress/<uuid:enrolment_id>/more-time")
@access("courses.change_enrolment")
def more_time(course_id: UUID, enrolment_id: UUID) -> Response | tuple[str, int]:
    """Give one learner more time than the group has."""
    form = load_form(MoreTimeForm())
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                service.extend_enrolment(uow, enrolment_id, form.data["until"], form.data["why"])
        except InvalidInput as error:
            form.take(error, error_texts())
        else:
            flash_ok(gettext("The student has more time and reads until when."))
            return see_other("courses.learner", course_id=course_id, enrolment_id=enrolment_id)
    return _render_learner(course_id, enrolment_id, form), 422


def _enrolment(course_id: UUID, enrolment_id: UUID) -> Enrolment:
    enrolment = read_session().get(Enrolment, enrolment_id)
    if enrolment is None or enrolment.course_id != course_id:
        abort(404)
    course = read_session().get_one(Course, course_id)
    authorise("courses.see_progress", Look(enrolment.person_id, course.org_id, runtime().clock.now()))
    return enrolment


@blueprint.post("/<uuid:course_id>/students")
@access("courses.enrol")
def enrol_student(course_id: UUID) -> Response | tuple[str, int]:
    """Enrol one of one's own students."""
    form = load_form(EnrolForm())
    if form.is_valid and form.data["ground"] not in _GROUNDS:
        abort(422)
    if form.is_valid:
        said = form.data
        try:
            with unit_of_work() as uow:
                service.enrol(
                    uow,
                    said["person_id"],
                    course_id,
                    said["ground"],
                    said["reference"],
                    said["cohort_id"],
                    agreement_id=said["agreement_id"],
                )
            flash_ok(gettext("The student is enrolled."))
            return see_other("courses.progress", course_id=course_id)
        except InvalidInput as error:
            form.take(error, error_texts())
        except Conflict as error:
            form.fail("_form", word_error(error))
    return _render(course_id, form), 422


@blueprint.post("/<uuid:course_id>/classes")
@access("courses.teach")
def enrol_class(course_id: UUID) -> Response | tuple[str, int]:
    """Enrol those of a class for whom one answers."""
    form = load_form(EnrolClassForm())
    if form.is_valid:
        said = form.data
        try:
            with unit_of_work() as uow:
                count, total = service.enrol_class(
                    uow, course_id, said["class_id"], said["cohort_id"], said["agreement_id"]
                )
        except (InvalidInput, Conflict) as error:
            form.fail("_form", word_error(error))
        else:
            flash_ok(gettext("Of %(total)s in the class %(count)s are in the course now: those for whom you answer.",
                             total=total, count=count))  # fmt: skip
            return see_other("courses.progress", course_id=course_id)
    return _render(course_id, form), 422


@blueprint.post("/<uuid:course_id>/progress/<uuid:enrolment_id>/pause")
@access("courses.change_enrolment")
def pause(course_id: UUID, enrolment_id: UUID) -> Response:
    """Pause an enrolment."""
    with unit_of_work() as uow:
        service.pause_enrolment(uow, enrolment_id)
    flash_ok(gettext("Paused. Everything done so far is kept."))
    return see_other("courses.learner", course_id=course_id, enrolment_id=enrolment_id)


@blueprint.post("/<uuid:course_id>/progress/<uuid:enrolment_id>/resume")
@access("courses.change_enrolment")
def resume(course_id: UUID, enrolment_id: UUID) -> Response:
    """Let an enrolment go on."""
    with unit_of_work() as uow:
        service.resume_enrolment(uow, enrolment_id)
    flash_ok(gettext("The course goes on from the same place."))
    return see_other("courses.learner", course_id=course_id, enrolment_id=enrolment_id)


@blueprint.post("/<uuid:course_id>/progress/<uuid:enrolment_id>/withdraw")
@access("courses.change_enrolment")
def withdraw(course_id: UUID, enrolment_id: UUID) -> Response:
    """End an enrolment without completion: what was done stays, and enrolling again undoes it."""
    with unit_of_work() as uow:
        service.withdraw_enrolment(uow, enrolment_id)
    flash_ok(gettext("Taken off the course. What was done is kept; enrolling again brings it back."))
    return see_other("courses.progress", course_id=course_id)


@blueprint.post("/<uuid:course_id>/progress/<uuid:enrolment_id>/complete")
@access("courses.change_enrolment")
def complete(course_id: UUID, enrolment_id: UUID) -> Response | tuple[str, int]:
    """Complete the course by the teacher's decision, with the reason."""
    form = load_form(CompletionForm())
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                service.complete_course(uow, enrolment_id, CompletionSource.TEACHER, form.data["reason"])
        except LmsError as error:
            form.fail("_form", str(error_texts().get(error.code, error.code)) % error.params)
        else:
            flash_ok(gettext("The course is recorded as completed by your decision."))
            return see_other("courses.learner", course_id=course_id, enrolment_id=enrolment_id)
    return _render_learner(course_id, enrolment_id, form), 422
