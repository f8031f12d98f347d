"""Answer a family's "would it count?" before it enrols anywhere; nothing is stored, nobody is bound."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import render_template, request
from flask_babel import gettext

from lms.core.ids import parse_id
from lms.core.web import access, current_actor, read_session, runtime
from lms.people import queries as people
from lms.people.types import PersonCard
from lms.plans.contracts import TRANSFER_RULES
from lms.plans.credit_access import may_apply_for
from lms.plans.pages.credit import blueprint
from lms.plans.pages.gap_ways import questions_ready
from lms.plans.plan_reading import local_day
from lms.plans.queries import credit as cases
from lms.plans.queries.what_if import WhatIf, outside_courses, what_if
from lms.plans.rules.ways import WayKind
from lms.plans.service.credit.plan_link import ItemFacts
from lms.plans.types.credit import LicenceState
from lms.plans.words import hours_words

__all__ = ["would_it_count"]


@blueprint.get("/what-if")
@access("credit.list")
def would_it_count() -> str:
    """Choose the child, the item of the plan and a course; show the report that the course would get."""
    able, now = _people(), runtime().clock.now()
    wanted = parse_id(request.args.get("person", "")) or (able[0].id if len(able) == 1 else None)
    person = next((card for card in able if card.id == wanted), None)
    items = cases.items_to_credit(read_session(), person.id) if person else []
    chosen = request.args.get("item", "")
    item = next((one for one in items if f"{one.plan_id}:{one.stable_key}" == chosen), None)
    if item is None and len(items) == 1:
        item = items[0]
    text = request.args.get("q", "").strip()[:100]
    course_id = parse_id(request.args.get("course", ""))
    found = _answer(item, course_id) if item is not None and course_id is not None else None
    courses = outside_courses(read_session(), item.org_id, text) if item is not None else []
    return render_template(
        "plans/credit/what_if.html",
        able=able,
        person=person,
        items=items,
        obstacle=cases.credit_obstacle(read_session(), person.id) if person and not items else None,
        item=item,
        q=text,
        course_id=course_id,
        courses=courses,
        found=found,
        way=_way_words(found) if found is not None else "",
        may_apply=person is not None and may_apply_for(read_session(), current_actor(), person.id, now),
        is_unlicensed=found is not None and found.course.licence_state is LicenceState.UNLICENSED,
    )


def _people() -> list[PersonCard]:
    """Return whose plans the reader may think about: one's own and one's children's."""
    actor, session = current_actor(), read_session()
    assert actor.person_id is not None
    children = people.children_of(session, actor.person_id, runtime().clock.now())
    own = [people.person_card(session, actor.person_id)] if actor.has_role("student") else []
    return [*own, *children]


def _answer(item: ItemFacts, course_id: UUID) -> WhatIf:
    session, parts = read_session(), runtime().registries
    today = local_day(runtime())
    sources: list[Any] = list(parts.of(TRANSFER_RULES))
    return what_if(session, item, course_id, today, sources, questions_ready(session, item))


def _way_words(found: WhatIf) -> str:
    """Return the cheapest way to close what is left, in one or two sentences."""
    if found.way is None:
        return str(gettext("Nothing would be left to close."))
    said = (
        gettext("The rest is closed most quickly by a short check on this platform, with no more lessons.")
        if found.way.kind is WayKind.CHECK
        else gettext(
            "The rest is closed most quickly by an attestation with the teacher, with no more lessons."
        )
    )
    if found.learning is None:
        return str(said)
    more = gettext(
        "Whoever still has to learn it: the course “%(title)s” covers the rest in %(hours)s.",
        title=found.learning.title,
        hours=hours_words(found.learning.hours),
    )
    return f"{said} {more}"
