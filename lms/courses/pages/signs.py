"""Show what somebody has achieved, to herself and her family, and let them switch it off."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import abort, render_template, request
from flask_babel import gettext as _
from flask_babel import ngettext, pgettext
from werkzeug.wrappers import Response

from lms.core.db import day_of
from lms.core.errors import InvalidInput
from lms.core.web import (
    Form,
    access,
    authorise,
    current_actor,
    flash_ok,
    read_session,
    runtime,
    see_other,
    unit_of_work,
)
from lms.core.web.problems import error_texts
from lms.courses import service
from lms.courses.access_rules import Look
from lms.courses.pages.catalogue import blueprint
from lms.courses.presence_reading import encouragement_of
from lms.courses.settings import CoursesSettings
from lms.courses.signs_reading import Mastery, Sign, SignKind, signs_of
from lms.people.queries import current_admission, person_cards, relations_in

__all__ = ["own_signs", "signs", "switch_signs"]


@blueprint.get("/signs")
@access("courses.keep_notes")
def own_signs() -> Response:
    """Lead to what one has achieved oneself."""
    return see_other("courses.signs", person_id=current_actor().person_id or abort(404))


@blueprint.get("/signs/<uuid:person_id>")
@access("courses.encourage")
def signs(person_id: UUID) -> str:
    """Show what somebody has achieved; switched off, only the switch."""
    org_id = _org_of(person_id)
    authorise("courses.encourage", Look(person_id, org_id, runtime().clock.now()))
    return _page(person_id, org_id, Form())


def _page(person_id: UUID, org_id: UUID, form: Form) -> str:
    """Return the page: the family sees the signs, staff only whether they are shown."""
    session, now = read_session(), runtime().clock.now()
    chosen = encouragement_of(session, person_id)
    is_on = runtime().settings.of(CoursesSettings).signs if chosen is None else not chosen.is_off
    is_family = service.is_own_family(relations_in(session, current_actor(), person_id, org_id, now))
    found = signs_of(session, person_id, now) if is_on and is_family else None
    is_own = person_id == current_actor().person_id
    by = person_cards(session, [chosen.changed_by]) if chosen is not None and chosen.why else {}
    return render_template(
        "courses/signs.html",
        person=person_cards(session, [person_id])[person_id],
        is_own=is_own,
        is_on=is_on,
        is_family=is_family,
        said=None
        if chosen is None or not chosen.why
        else {"why": chosen.why, "at": chosen.at, "by": next((c.name for c in by.values()), "")},
        values=form.values,
        errors=form.errors,
        signs=[_sign(each) for each in found.signs] if found else [],
        weeks=_weeks(found.weeks, is_resting=found.is_resting, is_own=is_own) if found else "",
        mastery=[_mastery(each) for each in found.mastery] if found else [],
    )


@blueprint.post("/signs/<uuid:person_id>")
@access("courses.encourage")
def switch_signs(person_id: UUID) -> Response | tuple[str, int]:
    """Switch signs of what was achieved on or off; staff say why."""
    is_off = request.form.get("signs") == "off"
    org_id = _org_of(person_id)
    form = Form(values={"why": request.form.get("why", "").strip()[:300]})
    try:
        with unit_of_work() as uow:
            service.set_encouragement(uow, person_id, org_id, is_off=is_off, why=form.values["why"])
    except InvalidInput as error:
        form.take(error, error_texts())
        return _page(person_id, org_id, form), 422
    flash_ok(
        _("The signs are switched off. Lessons are as they were.") if is_off else _("The signs are shown.")
    )
    return see_other("courses.signs", person_id=person_id)


def _org_of(person_id: UUID) -> UUID:
    """Return the school of a student, or answer 404."""
    session = read_session()
    admission = current_admission(session, person_id, day_of(session, runtime().clock.now()))
    return admission.org_id if admission is not None else abort(404)


def _sign(sign: Sign) -> dict[str, Any]:
    said = {
        SignKind.COURSE: (pgettext("sign", "Gone all the way: %(title)s", title=sign.title), "ok"),
        SignKind.IMPROVED: (
            pgettext("sign", "Made better and accepted: %(title)s", title=sign.title),
            "refresh",
        ),
        SignKind.NOT_GIVEN_UP: (pgettext("sign", "Not given up: %(title)s", title=sign.title), "check"),
        SignKind.HELPED: (pgettext("sign", "Helped a classmate: %(title)s", title=sign.title), "people"),
    }
    text, icon = said[sign.kind]
    return {"text": text, "icon": icon, "at": sign.at}


def _weeks(weeks: int, *, is_resting: bool, is_own: bool) -> str:
    if not weeks:
        return ""
    said = ngettext(
        "%(num)d week with lessons in this half-year.", "%(num)d weeks with lessons in this half-year.", weeks
    )
    rest = _("This week rests so far: a pause takes nothing away, illness and holidays neither.")
    return f"{said} {rest}" if is_resting else str(said)


def _mastery(row: Mastery) -> dict[str, Any]:
    if row.done == row.total:
        kind, word = "ok", pgettext("mastery", "learnt")
    elif row.done:
        kind, word = "info", pgettext("mastery", "under way")
    else:
        kind, word = "", pgettext("mastery", "ahead")
    steps = ngettext("%(done)d of %(num)d step", "%(done)d of %(num)d steps", row.total, done=row.done)
    return {"subject": row.subject, "statement": row.statement, "kind": kind, "word": word, "steps": steps}
