"""Try a draft as a student will see it: with every section open, or with the eyes of one student."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import abort, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import pgettext
from werkzeug.wrappers import Response

from lms.core.db import day_of
from lms.core.web import access, authorise, current_actor, log_look, read_session, runtime
from lms.core.web.prefs import AgreedReading
from lms.courses import queries
from lms.courses.access_rules import Look
from lms.courses.models import Course, CourseVersion
from lms.courses.pages import words
from lms.courses.pages.catalogue import blueprint
from lms.courses.pages.gate_words import GateNames, gate_reason, reader_words
from lms.courses.pages.lesson import find_step, render_step
from lms.courses.pages.writing import course_to_write, gate_names
from lms.courses.rules.gates import NOBODY, Reader, closed_by
from lms.courses.types import GateTerm
from lms.people.queries import conditions_for, person_card, students_of

__all__ = ["preview", "preview_as"]


def _draft(course_id: UUID) -> tuple[Course, CourseVersion]:
    course = course_to_write(course_id)
    return course, queries.draft_version(read_session(), course_id) or abort(404)


@blueprint.get("/<uuid:course_id>/write/preview/<uuid:block_id>")
@access("courses.author")
def preview(course_id: UUID, block_id: UUID) -> Response | str:
    """Show one step of the draft in the player; nothing is kept, every section is open."""
    course, draft = _draft(course_id)
    view = queries.draft_outline(queries.shape_of(read_session(), draft))
    section, here = find_step(view, block_id)
    person_id = request.args.get("student", type=UUID)
    if here.id != block_id and person_id is None:
        return redirect(here.url, code=302)
    agreed = None
    if person_id is not None:
        _look_at(course, person_id)
        agreed = _agreed(person_id)
    return render_step(course, None, view, section, here, is_preview=True, agreed=agreed)


@blueprint.get("/<uuid:course_id>/write/as-student")
@access("courses.author")
def preview_as(course_id: UUID) -> str:
    """Show the draft as a chosen student would find it on her first day: what is open, what is not and why."""
    person_id, shown = request.args.get("student", type=UUID), None
    if person_id is not None:
        _look_at(course_to_write(course_id), person_id)
    course, draft = _draft(course_id)
    session = read_session()
    if person_id is not None:
        shown = _as_student(draft, person_id)
    actor, at, can = current_actor(), runtime().clock.now(), runtime().policy.can
    assert actor.person_id is not None
    own = [
        (str(card.id), card.name)
        for card in students_of(session, actor.person_id, at)
        if can(session, actor, "people.support_read", Look(card.id, course.org_id, at))
    ]
    return render_template(
        "courses/preview_as.html", course=course, students=own, chosen=str(person_id or ""), shown=shown
    )


def _look_at(course: Course, person_id: UUID) -> None:
    """Let only those try the course as a student who may know what the student's support plan says; each look is noted."""
    reach = Look(person_id, course.org_id, runtime().clock.now())
    authorise("courses.see_progress", reach)
    authorise("people.support_read", reach)
    log_look("courses.preview_as", person_id, "course", course.id)


def _agreed(person_id: UUID) -> AgreedReading:
    session = read_session()
    today = day_of(session, runtime().clock.now())
    agreed = conditions_for(session, person_id, today, activity="lesson")
    return AgreedReading(agreed.text_size, agreed.simplified_layout, agreed.read_aloud)


def _as_student(draft: CourseVersion, person_id: UUID) -> dict[str, Any]:
    session, names = read_session(), gate_names(draft)
    shape = queries.shape_of(session, draft)
    reader = queries.reader_of(session, shape, person_id)
    view = {section.key: section for section in queries.draft_outline(shape, reader).sections}
    agreed = _agreed(person_id)
    how = [
        (agreed.is_simple, _("plain pages")),
        (agreed.is_aloud, _("reading aloud")),
        (bool(agreed.size), _("large type")),
    ]
    return {
        "name": person_card(session, person_id).name,
        "how": [word for is_so, word in how if is_so],
        "who": "" if reader == NOBODY else reader_words(names, reader),
        "sections": [
            {
                "title": section.title,
                "reason": _reason(names, section.gate, reader, section.key in view),
                "state": _state(section.key in view, section.key in view and view[section.key].is_open),
                "steps": [
                    {
                        "title": step.title,
                        "detail": words.step_detail(runtime().registries, step),
                        "href": f"{step.url}?student={person_id}",
                        "icon": words.kind_icon(runtime().registries, step.types),
                    }
                    for step in (view[section.key].steps if section.key in view else ())
                ],
            }
            for section in shape.sections
        ],
    }


def _reason(names: GateNames, gate: Sequence[GateTerm], reader: Reader, is_meant: bool) -> str:
    """Say what keeps a section closed, or why the student is not shown it."""
    return gate_reason(names, closed_by(gate, {}, reader) if is_meant else gate)


def _state(is_meant: bool, is_open: bool) -> dict[str, str]:
    if not is_meant:
        return {"kind": "", "text": pgettext("preview", "not shown to this student"), "icon": "lock"}
    if is_open:
        return {"kind": "ok", "text": pgettext("preview", "open from the beginning")}
    return {"kind": "part", "text": pgettext("preview", "closed on the first day"), "icon": "lock"}
