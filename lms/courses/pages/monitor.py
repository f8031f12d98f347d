"""Show a teacher whom to look after and why, which steps are hard; send a kind word, write to all."""

from __future__ import annotations

from typing import Any, TypeVar
from uuid import UUID

from flask import abort, render_template, request, url_for
from flask_babel import gettext, ngettext, pgettext
from werkzeug.wrappers import Response

from lms.core.ids import parse_id
from lms.core.paging import Page
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
from lms.core.web.paging import page_number
from lms.courses import queries, service
from lms.courses.message_reading import announcements_of, nudged_on
from lms.courses.models import Course
from lms.courses.monitor_reading import (
    BlockHeat,
    StepTaker,
    Watched,
    block_heat,
    classes_to_watch,
    group_of,
    step_takers,
    watched,
)
from lms.courses.pages import words
from lms.courses.pages.catalogue import blueprint
from lms.courses.rules.attention import Concern, Limits
from lms.courses.schemas import AnnouncementForm
from lms.courses.settings import CoursesSettings
from lms.courses.types import ConcernKind, EnrolmentState
from lms.people.queries import ClassCard, classes_of

__all__ = ["announce", "monitor", "monitor_step", "nudge"]

PER_PAGE = 25
#: What stands for all sections, and how many of its steps are shown.
WHOLE, MOST_HARD = "*", 20

Kind = TypeVar("Kind")


def _course(course_id: UUID) -> Course:
    course = read_session().get(Course, course_id) or abort(404)
    authorise("courses.teach", course)
    return course


@blueprint.get("/<uuid:course_id>/monitor")
@access("courses.teach")
def monitor(course_id: UUID) -> str:
    """Show those who need somebody first, each with the reason in words, then all others; and the steps of a section."""
    return _render(_course(course_id), Form())


def _chosen(classes: list[ClassCard]) -> UUID | None:
    """Return the class that a head has chosen: the first one unless they teach the course themselves."""
    return next((card.id for card in classes if card.id == _class_asked()), None)


def _render(course: Course, form: Form) -> str:
    session, actor, at = read_session(), current_actor(), runtime().clock.now()
    classes = classes_to_watch(session, actor, course, at)
    class_id = _chosen(classes)
    settings = runtime().settings.of(CoursesSettings)
    limits = Limits(settings.silent_days, settings.hard_tries)
    everybody = watched(session, course.id, group_of(session, actor, class_id, at), at, limits)
    everybody.sort(key=lambda one: not one.concerns)
    page = _cut(everybody, page_number())
    last = nudged_on(session, [one.row.enrolment_id for one in page.items], at)
    view = queries.outline(session, course.id, None)
    version = queries.version_to_show(session, course.id, None)
    here: dict[str, Any] = {"class": class_id} if class_id else {}
    audiences = [(str(card.id), card.label) for card in classes_of(session, [course.org_id], at)]
    labels = dict(audiences)
    key = _section_asked([section.key for section in view.sections])
    heat = block_heat(session, version, key, [one.row.enrolment_id for one in everybody])
    hard = _hardest(heat) if key is None else heat
    return render_template(
        "courses/monitor.html",
        card=queries.course_card(session, course.id),
        rows=[_row(course.id, one, last.get(one.row.enrolment_id)) for one in page.items],
        tally=_tally(everybody),
        pagination={
            "number": page.number,
            "pages": page.pages,
            "url": url_for("courses.monitor", course_id=course.id, **here) + ("&" if here else "?") + "page=",
        },
        classes=_class_chips(course.id, classes, class_id),
        heat=[
            {**row, "href": url_for("courses.monitor_step", course_id=course.id, key=each.key, **here)}
            for each, row in zip(hard, _heat(hard), strict=True)
        ],
        is_whole=key is None,
        total=len(heat),
        sections=[
            {
                "text": title,
                "href": url_for("courses.monitor", course_id=course.id, section=value, **here) + "#steps",
                "current": value == (WHOLE if key is None else key),
            }
            for value, title in [
                *((section.key, section.title) for section in view.sections),
                (WHOLE, gettext("Whole course, hardest first")),
            ]
        ],
        audiences=audiences,
        announced=[
            (row, labels.get(str(row.class_id), ""), row.author_id == actor.person_id)
            for row in announcements_of(session, course.id, at)
        ],
        values=form.values,
        errors=form.errors,
        limits=limits,
    )


def _section_asked(keys: list[str]) -> str | None:
    """Return the section whose steps are asked for, the first one by default; None for the whole course."""
    asked = request.args.get("section", "")
    if asked == WHOLE:
        return None
    return asked if asked in keys else (keys[0] if keys else "")


def _hardest(heat: list[BlockHeat]) -> list[BlockHeat]:
    """Return the steps at which most are stuck; where nobody is, those that took most tries."""
    tried = [one for one in heat if one.struggling or one.tries]
    return sorted(tried, key=lambda one: (-one.struggling, -one.tries))[:MOST_HARD]


@blueprint.get("/<uuid:course_id>/monitor/step")
@access("courses.teach")
def monitor_step(course_id: UUID) -> str:
    """Show how each learner gets on with one step: who is stuck at it first."""
    course = _course(course_id)
    session, actor, at = read_session(), current_actor(), runtime().clock.now()
    class_id = _chosen(classes_to_watch(session, actor, course, at))
    key = request.args.get("key", "")
    version = queries.version_to_show(session, course.id, None)
    found = next(
        ((section, block) for section in version.sections for block in section.blocks if block.key == key),
        None,
    )
    if found is None:
        abort(404)
    section, block = found
    rows = queries.roster(session, course.id, group_of(session, actor, class_id, at))
    takers = step_takers(session, rows, key)
    page = _cut(takers, page_number())
    here: dict[str, Any] = {"class": class_id} if class_id else {}
    return render_template(
        "courses/monitor_step.html",
        card=queries.course_card(session, course.id),
        title=block.title or words.kinds(runtime().registries, (block.type,)),
        section=section.title,
        back=url_for("courses.monitor", course_id=course.id, section=section.key, **here) + "#steps",
        rows=[_taker(course.id, one) for one in page.items],
        pagination={
            "number": page.number,
            "pages": page.pages,
            "url": url_for("courses.monitor_step", course_id=course.id, key=key, **here) + "&page=",
        },
    )


def _class_asked() -> UUID | None:
    return parse_id(request.args.get("class", ""))


def _taker(course_id: UUID, one: StepTaker) -> dict[str, Any]:
    if one.done_at is not None:
        state = {"kind": "ok", "text": pgettext("step", "done")}
    elif one.tries:
        state = {"kind": "gap", "text": pgettext("step", "tried, not right yet")}
    else:
        state = {"kind": "", "text": pgettext("step", "not there yet")}
    last = one.done_at or one.last_at
    return {
        "title": one.row.name,
        "href": f"/courses/{course_id}/progress/{one.row.enrolment_id}",
        "cells": [
            {"text": one.tries, "num": True},
            words.when(last) if last else gettext("not yet"),
            {"state": state},
        ],
    }


def _cut(found: list[Kind], number: int) -> Page[Kind]:
    start = (number - 1) * PER_PAGE
    return Page(found[start : start + PER_PAGE], number, PER_PAGE, len(found))


def _of_class(card: ClassCard) -> dict[str, Any]:
    return {"class": card.id}


def _class_chips(course_id: UUID, classes: list[ClassCard], chosen: UUID | None) -> list[dict[str, Any]]:
    if not classes:
        return []
    own = {
        "text": gettext("My own students"),
        "href": url_for("courses.monitor", course_id=course_id),
        "current": chosen is None,
    }
    return [
        own,
        *(
            {
                "text": card.label,
                "href": url_for("courses.monitor", course_id=course_id, **_of_class(card)),
                "current": card.id == chosen,
            }
            for card in classes
        ),
    ]


def _row(course_id: UUID, one: Watched, nudged_at: Any) -> dict[str, Any]:
    own = [concern for concern in one.concerns if concern.kind is not ConcernKind.WAITS_FOR_TEACHER]
    today = runtime().clock.now().date()
    return {
        "name": one.row.name,
        "href": f"/courses/{course_id}/progress/{one.row.enrolment_id}",
        "enrolment_id": one.row.enrolment_id,
        "state": _state(one),
        "reasons": [concern_words(concern) for concern in one.concerns],
        "progress": words.progress_words(one.row.progress, has_begun=one.last_at is not None),
        "where": one.row.progress.next_title if one.row.progress.next_block_url else "",
        "last": words.when(one.last_at) if one.last_at else gettext("not yet"),
        "nudge": own[0].kind.value if own and one.row.state is EnrolmentState.ACTIVE else "",
        "nudged": words.when(nudged_at) if nudged_at else "",
        "nudged_today": bool(nudged_at) and nudged_at.date() == today,
    }


def _state(one: Watched) -> dict[str, str]:
    if one.concerns:
        return {"kind": "part", "text": gettext("Needs somebody")}
    if one.row.state is EnrolmentState.COMPLETED:
        return {"kind": "ok", "text": pgettext("course", "Completed")}
    if one.row.state is EnrolmentState.PAUSED:
        return {"kind": "", "text": gettext("Paused"), "icon": "pause"}
    if one.last_at is None and not one.row.progress.done:
        return {"kind": "", "text": gettext("Not begun")}
    return {"kind": "ok", "text": gettext("Goes well")}


def _tally(everybody: list[Watched]) -> list[dict[str, Any]]:
    need = sum(bool(one.concerns) for one in everybody)
    return [
        {"kind": "part", "count": need, "text": ngettext("needs somebody", "need somebody", need)},
        {
            "kind": "ok",
            "count": len(everybody) - need,
            "text": ngettext("gives no reason to worry", "give no reason to worry", len(everybody) - need),
        },
    ]


def concern_words(concern: Concern) -> str:
    """Say one reason with the facts behind it."""
    day = words.when(concern.since)
    match concern.kind:
        case ConcernKind.WAITS_FOR_TEACHER:
            return str(gettext("Your turn: handed-in work waits since %(day)s.", day=day))
        case ConcernKind.HARD_STEP:
            return str(
                ngettext(
                    "“%(title)s” does not come right: %(num)d try, the last one on %(day)s.",
                    "“%(title)s” does not come right: %(num)d tries, the last one on %(day)s.",
                    concern.tries,
                    title=concern.title,
                    day=day,
                )
            )
        case ConcernKind.WORK_RETURNED:
            return str(
                gettext(
                    "“%(title)s” came back on %(day)s and was not handed in again.",
                    title=concern.title,
                    day=day,
                )
            )
        case ConcernKind.NOT_BEGUN:
            return str(gettext("Enrolled on %(day)s and has not begun.", day=day))
        case ConcernKind.SILENT:
            return str(gettext("Nothing done since %(day)s.", day=day))


def _heat(found: list[BlockHeat]) -> list[dict[str, Any]]:
    registries = runtime().registries
    return [
        {
            "title": heat.title or words.kinds(registries, (heat.type,)),
            "section": heat.section,
            "done": heat.done,
            "struggling": heat.struggling,
            "ahead": heat.ahead,
            "tries": heat.tries,
            "people": heat.people,
            "state": {"kind": "gap", "text": pgettext("step", "hard")}
            if heat.struggling > heat.done
            else {"kind": "part", "text": pgettext("step", "some are stuck")}
            if heat.struggling
            else {"kind": "ok", "text": pgettext("step", "goes well")}
            if heat.done
            else {"kind": "", "text": pgettext("step", "ahead")},
        }
        for heat in found
    ]


@blueprint.post("/<uuid:course_id>/monitor/<uuid:enrolment_id>/nudge")
@access("courses.nudge")
def nudge(course_id: UUID, enrolment_id: UUID) -> Response:
    """Send a kind word, once a day at most."""
    reason = request.form.get("reason", "")
    kinds = {kind.value: kind for kind in ConcernKind if kind is not ConcernKind.WAITS_FOR_TEACHER}
    with unit_of_work() as uow:
        service.nudge(uow, enrolment_id, kinds.get(reason, ConcernKind.SILENT))
    flash_ok(gettext("The kind word is sent. It stands on the student's first page."))
    return see_other("courses.monitor", course_id=course_id)


@blueprint.post("/<uuid:course_id>/announcements")
@access("courses.announce")
def announce(course_id: UUID) -> Response | tuple[str, int]:
    """Write to all who take the course, or to a class."""
    form = load_form(AnnouncementForm())
    if form.is_valid:
        with unit_of_work() as uow:
            service.announce(uow, course_id, form.data["text"], form.data["class_id"])
        flash_ok(gettext("The announcement is out."))
        return see_other("courses.monitor", course_id=course_id)
    return _render(_course(course_id), form), 422


@blueprint.post("/<uuid:course_id>/announcements/<uuid:message_id>/take-back")
@access("courses.announce")
def take_announcement_back(course_id: UUID, message_id: UUID) -> Response:
    """Take an announcement of one's own back."""
    with unit_of_work() as uow:
        service.take_announcement_back(uow, course_id, message_id)
    flash_ok(gettext("The announcement is taken back: it stands on no page any more."))
    return see_other("courses.monitor", course_id=course_id)
