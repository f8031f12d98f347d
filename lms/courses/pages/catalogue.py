"""Show the list of courses and one course; enrol."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, abort, jsonify, render_template, request, url_for
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
from lms.core.web.inner import is_for_pack
from lms.core.web.paging import Page, page_number
from lms.courses import queries, service
from lms.courses.access_rules import STAFF, Candidacy, Look, Sight
from lms.courses.models import Course, Enrolment
from lms.courses.page_rows import course_row
from lms.courses.pages import words
from lms.courses.pages.choosing import chooser, index_data, worth_of
from lms.courses.pages.gate_words import gate_reason, names_in
from lms.courses.pages.linked_data import course_data
from lms.courses.pages.windows import shown_window, window_links
from lms.courses.place_reading import LIVING, cohorts_of, places_of, wish_of
from lms.courses.queries import OutlineStep, OutlineView
from lms.courses.rules.windows import Window
from lms.courses.term_reading import term_of
from lms.courses.types import (
    CourseCard,
    CourseOfPerson,
    EnrolmentGround,
    EnrolmentMode,
    EnrolmentState,
    ProgressView,
)
from lms.curriculum.queries import outcome_views
from lms.curriculum.types import SUBJECT_WORDS
from lms.people.queries import organisation_names, person_cards

__all__ = ["blueprint", "course_of", "is_staff_of", "own_enrolment", "why_not_left"]

#: So many courses stand in the list of the staff at once.
STAFF_ROWS = 50

blueprint = Blueprint("courses", __name__, url_prefix="/courses", template_folder="../templates")


def course_of(course_id: UUID) -> Course:
    """Return a course that the actor may look at, or answer 404."""
    course = course_row(read_session(), course_id)
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
    return render_template(
        "courses/index.html",
        q=text,
        now_step=_next_step(mine),
        mine=[_row(item) for item in sorted(mine, key=_liveliness)],
        wanted=request.args,
        **index_data(frozenset(item.card.id for item in mine), text),
    )


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


def _staff_index(text: str) -> str:
    actor = current_actor()
    subjects = {key: str(word) for key, word in SUBJECT_WORDS.items()}
    shows_archive = "archive" in request.args
    cards = queries.catalogue(
        read_session(),
        actor.orgs_as(*STAFF),
        text,
        with_drafts=True,
        archived=shows_archive,
        subjects=subjects,
    )
    page = Page(cards, page_number(), STAFF_ROWS, len(cards))
    number = min(page.number, page.pages)
    cards = cards[(number - 1) * STAFF_ROWS : number * STAFF_ROWS]
    ids = [card.id for card in cards]
    counts = queries.participant_counts(read_session(), ids)
    return render_template(
        "courses/index_staff.html",
        q=text,
        shows_archive=shows_archive,
        pages={
            "number": number,
            "pages": page.pages,
            "url": url_for("courses.index", q=text or None, archive=1 if shows_archive else None, page=""),
        },
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
    child = None if enrolment is not None or is_staff else _way_in_for_child(found, card)
    seen: Enrolment | None = enrolment or (child["followed"] if child is not None else None)
    view = queries.outline(session, course_id, seen)
    progress = queries.progress_of(session, seen.person_id, course_id) if seen else None
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
            is_childs=enrolment is None and seen is not None,
        ),
        window=window_links(shown, "courses.course", course_id, view.sections),
        enrolment=enrolment,
        progress=progress,
        now_step=_here(card, enrolment, progress),
        is_staff=is_staff and enrolment is None,
        may_write=runtime().policy.can(session, current_actor(), "courses.author", found),
        way_in=None if enrolment is not None or is_staff else _way_in(found, card),
        child=child,
        term=_term_words(enrolment),
        chosen_by=_chosen_by(enrolment),
        messages=_messages(enrolment),
        words=words,
        access=senses,
        access_lines=words.access_lines(senses),
        licences=[words.licences()[each] for each in senses.licences],
        outcomes=[one.statement for one in outcome_views(session, card.outcomes).values()],
        worth=_worth(card) if enrolment is None and not is_staff else None,
    )


@blueprint.get("/<uuid:course_id>/about.jsonld")
@access("courses.look")
def about_data(course_id: UUID) -> Response:
    """Say what a course is in the vocabulary of schema.org."""
    found, session = course_of(course_id), read_session()
    card = queries.course_card(session, course_id)
    if card.version_id is None or card.is_archived:
        abort(404)
    school = organisation_names(session, [found.org_id])[found.org_id]
    response = jsonify(
        course_data(
            card,
            queries.access_of(session, card.version_id),
            school,
            request.host_url,
            teaches=[one.statement for one in outcome_views(session, card.outcomes).values()],
            cohorts=[
                each for each in cohorts_of(session, found, runtime().clock.now().date()) if each.is_open
            ],
        )
    )
    response.mimetype = "application/ld+json"
    return response


def _worth(card: CourseCard) -> dict[str, Any] | None:
    """Return what the course would count for in the plan of whoever is looked for."""
    who = chooser()
    if who is None:
        return None
    return {"who": who, "lines": worth_of(who.person_id, [card]).get(card.id, ())}


def _is_offered(card: CourseCard) -> bool:
    """Tell whether somebody could come into a course now."""
    return card.version_id is not None and not card.is_archived


def _way_in(course: Course, card: CourseCard) -> dict[str, Any] | None:
    """Return how the reader gets in: by themselves, by a wish, in the queue, or not without a teacher."""
    session, actor, now = read_session(), current_actor(), runtime().clock.now()
    if actor.person_id is None or not actor.has_role("student"):
        return None
    wish = wish_of(session, actor.person_id, course.id)
    is_alive = wish is not None and wish.state in LIVING
    wants = Candidacy(actor.person_id, course, now)
    may = _is_offered(card) and runtime().policy.can(session, actor, "courses.ask_for_place", wants)
    cohorts = [each for each in cohorts_of(session, course, now.date()) if each.is_open] if may else []
    is_full = may and not cohorts and places_of(session, course).free == 0
    return {
        "may": may and not is_alive,
        "at_once": card.mode is EnrolmentMode.OPEN and not cohorts and not is_full,
        "wish": wish,
        "is_full": is_full,
        "asks": card.mode is EnrolmentMode.REQUEST,
        "cohorts": [(str(each.id), words.cohort(each)) for each in cohorts],
    }


def _way_in_for_child(course: Course, card: CourseCard) -> dict[str, Any] | None:
    """Return how the child of the reader gets in, where the reader may sign for the child."""
    who, session, now = chooser(), read_session(), runtime().clock.now()
    if who is None or who.is_oneself or who.org_id != course.org_id:
        return None
    enrolment = queries.enrolment_of(session, who.person_id, course.id)
    wish = wish_of(session, who.person_id, course.id)
    wants = Candidacy(who.person_id, course, now)
    may = _is_offered(card) and runtime().policy.can(session, current_actor(), "courses.ask_for_place", wants)
    cohorts = [each for each in cohorts_of(session, course, now.date()) if each.is_open]
    look = Look(who.person_id, course.org_id, now)

    def can(action: str) -> bool:
        return runtime().policy.can(session, current_actor(), action, look)

    return {
        "who": who,
        "enrolment": enrolment,
        "may": may and (wish is None or wish.state not in LIVING),
        "decides": may,
        "followed": enrolment if enrolment is not None and can("courses.see_progress") else None,
        "decides_on_leaving": enrolment is not None and can("courses.own_wish"),
        "wish": wish,
        "is_full": not cohorts and places_of(session, course).free == 0,
        "asks": card.mode is EnrolmentMode.REQUEST,
        "cohorts": [(str(each.id), words.cohort(each)) for each in cohorts],
    }


def why_not_left(enrolment: Enrolment) -> str:
    """Say whom to ask where a course is not left by oneself; the empty text where it is."""
    is_own = enrolment.person_id == current_actor().person_id
    card = queries.course_card(read_session(), enrolment.course_id)
    lines = worth_of(enrolment.person_id, [card]).get(card.id, ())
    is_planned = enrolment.ground is EnrolmentGround.PLAN or any(line.is_whole for line in lines)
    return words.why_not_left(enrolment, is_planned=is_planned, is_own=is_own)


def _term_words(enrolment: Enrolment | None) -> str:
    """Say until when a learner may go on, where a day was set."""
    if enrolment is None or enrolment.state is EnrolmentState.COMPLETED:
        return ""
    term = term_of(read_session(), enrolment, runtime().clock.now().date())
    return "" if term is None else words.over(term) if term.is_over else words.until(term)


def _chosen_by(enrolment: Enrolment | None) -> str:
    """Return who took the course in a learner's name; the empty text where it was a plan, a teacher or the learner."""
    if (
        enrolment is None
        or enrolment.ground is not EnrolmentGround.SELF
        or enrolment.created_by == enrolment.person_id
    ):
        return ""
    wish = wish_of(read_session(), enrolment.person_id, enrolment.course_id)
    if wish is not None:
        return wish.asked_by
    by = enrolment.created_by
    if by is None:
        return ""
    return person_cards(read_session(), [by])[by].name


def _messages(enrolment: Enrolment | None) -> list[queries.MessageView]:
    """Return what teachers have written to the learner about this course lately."""
    if enrolment is None or is_for_pack():
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
    view: OutlineView, shown: Window, org_id: UUID, *, is_linked: bool, for_staff: bool, is_childs: bool
) -> list[dict[str, Any]]:
    """Return the stations of the way: done, now (the first open one that is not done), ahead."""
    first_open = next((s.key for s in view.sections if s.is_open and not s.progress.is_completed), None)
    names = names_in(view, org_id)
    rows = []
    for part in shown.parts:
        section = view.sections[part.index]
        is_now = (is_linked or is_childs) and section.key == first_open and not for_staff
        note = words.section_state(section, is_now=is_now) if is_linked and not for_staff else ""
        place = "done" if section.progress.is_completed else "now" if is_now else "ahead"
        rows.append(
            {
                "title": f"{part.index + 1}. {section.title}",
                "is": place,
                "note": words.section_of_child(section) if is_childs else note,
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
