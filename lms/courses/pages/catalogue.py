"""Show the list of courses and one course; enrol."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, abort, jsonify, render_template, request
from flask_babel import gettext, pgettext
from werkzeug.wrappers import Response

from lms.core.ids import parse_id
from lms.core.web import (
    access,
    authorise,
    current_actor,
    flash_ok,
    read_session,
    runtime,
    see_other,
    unit_of_work,
)
from lms.courses import queries, service
from lms.courses.access_rules import STAFF, Look, Sight
from lms.courses.models import Course, Enrolment
from lms.courses.pages import words
from lms.courses.pages.gate_words import gate_reason, names_in
from lms.courses.pages.linked_data import course_data
from lms.courses.pages.windows import shown_window, window_links
from lms.courses.ports import COURSE_SHELVES
from lms.courses.queries import OutlineStep, OutlineView
from lms.courses.rules.facets import Wanted, facets_of, matches
from lms.courses.rules.windows import Window
from lms.courses.types import (
    CourseCard,
    CourseOfPerson,
    EnrolmentGround,
    EnrolmentMode,
    EnrolmentState,
    ProgressView,
)
from lms.people.queries import current_admission, organisation_names

__all__ = ["blueprint", "course_of", "is_staff_of", "own_enrolment"]

blueprint = Blueprint("courses", __name__, url_prefix="/courses", template_folder="../templates")


def course_of(course_id: UUID) -> Course:
    """Return a course that the actor may look at, or answer 404."""
    course = read_session().get(Course, course_id)
    if course is None:
        abort(404)
    authorise("courses.look", Sight(course.id, course, runtime().clock.now()))
    return course


def own_enrolment(course_id: UUID) -> Enrolment | None:
    """Return the actor's own enrolment in a course, or None."""
    person_id = current_actor().person_id
    return None if person_id is None else queries.enrolment_of(read_session(), person_id, course_id)


def is_staff_of(course: Course) -> bool:
    """Tell whether the actor teaches in the organisation of a course."""
    return runtime().policy.can(read_session(), current_actor(), "courses.teach", course)


@blueprint.get("")
@access("courses.browse")
def index() -> str:
    """Show my courses and those I can take; staff see the courses of their organisations."""
    text = request.args.get("q", "").strip()[:100]
    if current_actor().orgs_as(*STAFF):
        return _staff_index(text)
    actor, session = current_actor(), read_session()
    assert actor.person_id is not None
    mine = queries.courses_of(session, actor.person_id)
    admission = current_admission(session, actor.person_id, runtime().clock.now().date())
    known = {item.card.id for item in mine}
    offered = queries.catalogue(session, [admission.org_id] if admission else [], text)
    free = [card for card in offered if card.id not in known]
    wanted = Wanted.of(request.args)
    return render_template(
        "courses/index.html",
        q=text,
        now_step=_next_step(mine),
        mine=[_row(item) for item in sorted(mine, key=_liveliness)],
        offered=[_offer(card) for card in free if matches(card, wanted)],
        facets=_facets(free),
        wanted=request.args,
        is_filtered=wanted != Wanted(),
        has_school=admission is not None,
        shelves=_shelves(actor.person_id, admission.org_id, text) if admission else [],
    )


def _facets(cards: list[CourseCard]) -> list[dict[str, Any]]:
    """Return by what the courses that can be had can be told apart; what is the same for all of them is no choice."""
    names = {
        "subject": gettext("Subject"),
        "grade": pgettext("course", "Grade"),
        "length": gettext("Length"),
        "way": gettext("How one gets in"),
        "language": gettext("Language"),
    }
    found = []
    for name, values in facets_of(cards).items():
        options = [(value, words.facet(name, value)) for value in values]
        if len(options) > 1:
            found.append({"name": name, "label": names[name], "options": options})
    return found


def _shelves(person_id: UUID, org_id: UUID, text: str) -> list[dict[str, Any]]:
    """Return what upper floors add to the catalogue: a heading, a sentence and rows each."""
    made = []
    for shelf in runtime().registries.of(COURSE_SHELVES):
        rows = shelf.rows(read_session(), person_id, org_id, text)
        if rows:
            shown = [
                {"title": row.title, "detail": row.detail, "href": row.href, "icon": "book"} for row in rows
            ]
            made.append({"key": shelf.name, "title": shelf.title(), "lead": shelf.lead(), "rows": shown})
    return made


def _next_step(mine: list[CourseOfPerson]) -> dict[str, Any] | None:
    """Return the one main step: where to go on in the course that was begun, else in the newest."""
    going = [item for item in mine if item.state is EnrolmentState.ACTIVE and item.progress.next_block_url]
    going.sort(key=_liveliness)
    if not going:
        return None
    return _step_card(going[0], with_course=True)


def _step_card(item: CourseOfPerson, *, with_course: bool) -> dict[str, Any]:
    section = item.progress.next_section
    return {
        "title": item.progress.next_title,
        "text": f"{item.card.title}. {section}" if with_course else section,
        "href": item.progress.next_block_url,
        "action": gettext("Go on") if item.progress.done else gettext("Begin"),
        "subject": item.card.subject,
        "minutes": gettext("%(length)s left", length=words.minutes(item.progress.minutes_left)),
        "art": "lesson-kettle" if item.card.subject == "physics" else "path-with-steps",
    }


def _liveliness(item: CourseOfPerson) -> int:
    """Put what was begun first, then what lies ahead, then what is done."""
    return 2 if item.progress.is_completed else 0 if item.progress.done else 1


def _row(item: CourseOfPerson) -> dict[str, Any]:
    return {
        "title": item.card.title,
        "href": item.card.url,
        "detail": words.progress_words(item.progress),
        "subject": item.card.subject,
        "state": words.state_of(item),
    }


def _offer(card: CourseCard) -> dict[str, Any]:
    how = {
        EnrolmentMode.OPEN: gettext("you can begin yourself"),
        EnrolmentMode.ASSIGNED: gettext("your teacher enrols you"),
    }
    return {
        "title": card.title,
        "href": card.url,
        "detail": f"{card.summary}" if card.summary else how[card.mode],
        "subject": card.subject,
        "meta": words.minutes(card.est_minutes),
    }


def _staff_index(text: str) -> str:
    actor = current_actor()
    cards = queries.catalogue(read_session(), actor.orgs_as(*STAFF), text, with_drafts=True)
    ids = [card.id for card in cards]
    counts = queries.participant_counts(read_session(), ids)
    return render_template(
        "courses/index_staff.html",
        q=text,
        cards=cards,
        counts=counts,
        waiting=_waiting(cards),
        words=words,
        may_create=runtime().policy.allows_role(actor, "courses.create"),
        may_manage_tools=runtime().policy.allows_role(actor, "courses.manage_tools"),
    )


def _waiting(cards: list[CourseCard]) -> dict[UUID, int]:
    """Return how much work of one's own students waits in each course."""
    session, actor, at = read_session(), current_actor(), runtime().clock.now()
    orgs = {card.id: card.org_id for card in cards}
    can = runtime().policy.can
    return {
        course_id: sum(
            can(session, actor, "courses.judge_work", Look(person_id, orgs[course_id], at))
            for person_id in people
        )
        for course_id, people in queries.waiting_people(session, orgs).items()
    }


@blueprint.get("/<uuid:course_id>")
@access("courses.look")
def course(course_id: UUID) -> str:
    """Show one course: its sections as steps of the way, each with its state in words."""
    found = course_of(course_id)
    session = read_session()
    enrolment = own_enrolment(course_id)
    card = queries.course_card(session, course_id)
    is_staff = is_staff_of(found)
    if card.version_id is None and enrolment is None and not is_staff:
        abort(404)
    view = queries.outline(session, course_id, enrolment)
    progress = None
    if enrolment is not None:
        progress = queries.progress_of(session, enrolment.person_id, course_id)
    shown = shown_window(
        [len(section.steps) for section in view.sections],
        [section.key for section in view.sections],
        _place_now(view, progress),
    )
    senses = queries.access_of(session, view.version_id, view.published_at)
    return render_template(
        "courses/course.html",
        card=card,
        view=view,
        sections=_sections(
            view,
            shown,
            found.org_id,
            is_linked=enrolment is not None or is_staff,
            for_staff=is_staff and enrolment is None,
        ),
        window=window_links(shown, "courses.course", course_id, view.sections),
        enrolment=enrolment,
        progress=progress,
        now_step=_here(card, enrolment, progress),
        is_staff=is_staff and enrolment is None,
        may_write=runtime().policy.can(session, current_actor(), "courses.author", found),
        may_enrol=enrolment is None and not is_staff and card.mode is EnrolmentMode.OPEN,
        messages=_messages(enrolment),
        words=words,
        access=senses,
        access_lines=words.access_lines(senses),
        licences=[words.licences()[each] for each in senses.licences],
    )


@blueprint.get("/<uuid:course_id>/about.jsonld")
@access("courses.look")
def about_data(course_id: UUID) -> Response:
    """Say what a course is in the vocabulary of schema.org."""
    found, session = course_of(course_id), read_session()
    card = queries.course_card(session, course_id)
    if card.version_id is None:
        abort(404)
    school = organisation_names(session, [found.org_id])[found.org_id]
    response = jsonify(
        course_data(card, queries.access_of(session, card.version_id), school, request.host_url)
    )
    response.mimetype = "application/ld+json"
    return response


def _messages(enrolment: Enrolment | None) -> list[queries.MessageView]:
    """Return what teachers have written to the learner about this course lately."""
    if enrolment is None:
        return []
    at = runtime().clock.now()
    return queries.messages_to(read_session(), enrolment.person_id, at, enrolment.course_id)


def _here(
    card: CourseCard, enrolment: Enrolment | None, progress: ProgressView | None
) -> dict[str, Any] | None:
    """Return the next step of this course, or None when there is nothing to go on with."""
    if enrolment is None or progress is None or progress.next_block_url is None:
        return None
    return _step_card(CourseOfPerson(card, enrolment.id, enrolment.state, progress), with_course=False)


def _place_now(view: OutlineView, progress: ProgressView | None) -> tuple[int, int]:
    """Return where the reader goes on: the number of the section and of its step, from 0."""
    goes_on = parse_id(((progress and progress.next_block_url) or "").rpartition("/")[2])
    places = (
        (index, row)
        for index, section in enumerate(view.sections)
        for row, step in enumerate(section.steps)
        if step.id == goes_on
    )
    return next(places, (0, 0)) if goes_on else (0, 0)


def _sections(
    view: OutlineView, shown: Window, org_id: UUID, *, is_linked: bool, for_staff: bool
) -> list[dict[str, Any]]:
    """Return the stations of the way: done, now (the first open one that is not done), ahead."""
    first_open = next((s.key for s in view.sections if s.is_open and not s.progress.is_completed), None)
    names = names_in(view, org_id)
    rows = []
    for part in shown.parts:
        section = view.sections[part.index]
        is_now = is_linked and section.key == first_open and not for_staff
        place = "done" if section.progress.is_completed else "now" if is_now else "ahead"
        rows.append(
            {
                "title": f"{part.index + 1}. {section.title}",
                "is": place,
                "note": words.section_state(section, is_now=is_now) if is_linked and not for_staff else "",
                "summary": section.summary,
                "reason": gate_reason(names, section.waits_for),
                "steps": [
                    _shown_step(step, is_linked=for_staff or (is_linked and step.is_open))
                    for step in section.steps[part.start : part.stop]
                ],
            }
        )
    return rows


def _shown_step(step: OutlineStep, *, is_linked: bool) -> dict[str, Any]:
    registries = runtime().registries
    return {
        "title": step.title,
        "href": step.url if is_linked else "",
        "detail": words.step_detail(registries, step),
        "icon": words.kind_icon(registries, step.types),
        "state": {"kind": "ok", "text": pgettext("course", "done")} if step.is_completed else None,
    }


@blueprint.post("/<uuid:course_id>/enrol")
@access("courses.enrol")
def enrol(course_id: UUID) -> Response:
    """Enrol oneself in an open course and go to its page."""
    actor = current_actor()
    assert actor.person_id is not None
    with unit_of_work() as uow:
        service.enrol(uow, actor.person_id, course_id, EnrolmentGround.SELF)
    flash_ok(gettext("You are in. Begin whenever you like."))
    return see_other("courses.course", course_id=course_id)
