"""Show guests, and search machines, the courses that schools let everybody see: what they are about, and nothing of their steps."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from flask import abort, render_template, request, url_for
from flask_babel import gettext

from lms.core.web import access, read_session, runtime
from lms.core.web.paging import page_number
from lms.courses import queries
from lms.courses.page_rows import course_row
from lms.courses.pages import words
from lms.courses.pages.catalogue import blueprint
from lms.courses.pages.choosing import OWN_ROWS, facet_fields
from lms.courses.pages.linked_data import course_data, list_data
from lms.courses.place_reading import cohorts_of, courses_with_cohorts
from lms.courses.rules.facets import Wanted, matches, traits_of
from lms.courses.types import CourseCard, EnrolmentMode
from lms.curriculum.queries import outcome_views
from lms.curriculum.types import SUBJECT_WORDS
from lms.people.queries import organisation_names

__all__ = ["public_course", "public_index"]


def _host() -> str:
    """Return the address of this site as its owner has written it: no request can make it another."""
    return runtime().settings.core.base_url.rstrip("/")


@blueprint.get("/public")
@access("core.public")
def public_index() -> str:
    """List the courses that everybody may see."""
    text, wanted = request.args.get("q", "").strip()[:100], Wanted.of(request.args)
    session, today = read_session(), runtime().clock.now().date()
    subjects = {key: str(word) for key, word in SUBJECT_WORDS.items()}
    cards = queries.public_courses(session, text, subjects)
    dated = courses_with_cohorts(session, [card.id for card in cards], today)
    known = [(card, traits_of(card, is_dated=card.id in dated)) for card in cards]
    fit = [card for card, traits in known if matches(traits, wanted)]
    pages = max(1, -(-len(fit) // OWN_ROWS))
    number = min(page_number(), pages)
    shown = fit[(number - 1) * OWN_ROWS : number * OWN_ROWS]
    schools = organisation_names(session, {card.org_id for card in shown})
    chosen = {name: value for name, value in asdict(wanted).items() if value}
    return render_template(
        "courses/public_index.html",
        q=text,
        wanted=request.args,
        is_filtered=wanted != Wanted(),
        facets=facet_fields([traits for _card, traits in known]),
        rows=[_row(card, schools[card.org_id]) for card in shown],
        pages={
            "number": number,
            "pages": pages,
            "url": url_for("courses.public_index", q=text or None, **chosen, page=""),
        },
        data=list_data([(card.title, _host() + _path(card)) for card in shown]),
    )


def _path(card: CourseCard) -> str:
    return url_for("courses.public_course", course_id=card.id)


def _row(card: CourseCard, school: str) -> dict[str, Any]:
    return {
        "title": card.title,
        "href": _path(card),
        "detail": f"{school}. {card.summary}" if card.summary else school,
        "subject": card.subject,
        "meta": words.minutes(card.est_minutes),
    }


@blueprint.get("/public/<uuid:course_id>")
@access("core.public")
def public_course(course_id: UUID) -> str:
    """Show what one course is about; 404 unless its school lets everybody see it."""
    session = read_session()
    found = course_row(session, course_id)
    if found is None or not found.is_public or found.archived_at is not None:
        abort(404)
    card = queries.course_card(session, course_id)
    if card.version_id is None:
        abort(404)
    senses = queries.access_of(session, card.version_id)
    school = organisation_names(session, [found.org_id])[found.org_id]
    outcomes = [one.statement for one in outcome_views(session, card.outcomes).values()]
    cohorts = [each for each in cohorts_of(session, found, runtime().clock.now().date()) if each.is_open]
    return render_template(
        "courses/public_course.html",
        card=card,
        school=school,
        words=words,
        access=senses,
        access_lines=words.access_lines(senses),
        licences=[words.licences()[each] for each in senses.licences],
        outcomes=outcomes,
        cohorts=[words.cohort(each) for each in cohorts],
        way={
            EnrolmentMode.OPEN: gettext("Students of this school begin it themselves."),
            EnrolmentMode.REQUEST: gettext("Students of this school ask for a place."),
            EnrolmentMode.ASSIGNED: gettext("Teachers of this school enrol their students."),
        }[card.mode],
        data=course_data(
            card, senses, school, _host(), teaches=outcomes, cohorts=cohorts, address=_path(card)
        ),
    )
