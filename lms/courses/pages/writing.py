"""Write a course: begin it, add sections with steps of text, take a section out, publish."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from flask import abort, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.ids import new_id
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
from lms.courses import queries, service, structure
from lms.courses.contracts import COURSE_BLOCKS
from lms.courses.ending_reading import is_deletable, is_first_draft, left_behind
from lms.courses.models import Course, CourseVersion
from lms.courses.pages import words
from lms.courses.pages.catalogue import blueprint
from lms.courses.pages.gate_words import GateNames, gate_reason, reader_words
from lms.courses.pages.windows import shown_window, window_links
from lms.courses.rules.gate_check import GateFault
from lms.courses.rules.windows import Window
from lms.courses.rules.writing import WrittenStep, read_steps
from lms.courses.settings import CoursesSettings
from lms.courses.shapes import VersionShape
from lms.courses.types import EnrolmentMode, NewBlock, NewCourse, NewSection
from lms.curriculum.types import SUBJECT_WORDS
from lms.people.queries import organisation_names

__all__ = ["course_to_write", "gate_names", "own_organisations", "write"]


#: In a longer course the check before publishing is asked for, not made each time its draft is shown.
CHECKED_AT_ONCE = 300


class CourseSchema(Schema):
    """What a course is, before it has content."""

    org_id = fields.UUID(load_default=None)
    title = fields.String(required=True, validate=validate.Length(1, 200))
    subject = fields.String(required=True, validate=validate.OneOf(list(SUBJECT_WORDS)))
    summary = fields.String(load_default="", validate=validate.Length(max=1000))
    grade = fields.Integer(load_default=None, validate=validate.Range(1, 11))
    mode = fields.Enum(EnrolmentMode, by_value=True, load_default=EnrolmentMode.ASSIGNED)
    seats = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(1, 10_000))
    seen = fields.String(load_default="", validate=validate.Length(max=20))


class SectionSchema(Schema):
    """A section with its steps in one text."""

    title = fields.String(required=True, validate=validate.Length(1, 200))
    steps = fields.String(required=True, validate=validate.Length(1, 60_000))


def own_organisations() -> set[UUID]:
    """Return the organisations in which the actor may begin courses."""
    can, session, actor = runtime().policy.can, read_session(), current_actor()
    every = {grant.org_id for grant in actor.roles}
    return {org for org in every if can(session, actor, "courses.create", org)}


@blueprint.route("/new", methods=["GET", "POST"])
@access("courses.create")
def new() -> Response | str | tuple[str, int]:
    """Begin a course with an empty draft."""
    if request.method == "GET":
        return _new_form(Form(values={"mode": EnrolmentMode.ASSIGNED.value}))
    form = load_form(CourseSchema())
    if form.is_valid:
        form.data.pop("seen")
        org_id = form.data.pop("org_id") or min(own_organisations())
        if org_id not in own_organisations():
            raise NotFound("auth.out_of_reach")
        try:
            with unit_of_work() as uow:
                course_id = service.create_course(uow, NewCourse(org_id=org_id, **form.data))
            flash_ok(_("The course is begun. Add its first section."))
            return see_other("courses.write", course_id=course_id)
        except InvalidInput as error:
            form.take(error, error_texts())
    return _new_form(form), 422


def _new_form(form: Form, course: Course | None = None) -> str:
    modes = {
        EnrolmentMode.ASSIGNED: _("teachers enrol their students"),
        EnrolmentMode.REQUEST: _("students ask, a teacher says yes or no"),
        EnrolmentMode.OPEN: _("students come in by themselves"),
    }
    return render_template(
        "courses/new.html",
        course=course,
        values=form.values,
        errors=form.errors,
        subjects=list(SUBJECT_WORDS.items()),
        modes=[(mode.value, word) for mode, word in modes.items()],
        orgs={} if course else organisation_names(read_session(), own_organisations()),
    )


def course_to_write(course_id: UUID) -> Course:
    """Return a course that the actor may write, or answer 404."""
    course = read_session().get(Course, course_id) or abort(404)
    authorise("courses.author", course)
    return course


@blueprint.get("/<uuid:course_id>/write")
@access("courses.author")
def write(course_id: UUID) -> str:
    """Show the draft by sections and steps; add a section, take one out, publish."""
    return _write(course_id, Form())


def _write(course_id: UUID, form: Form, *, checks: bool = False) -> str:
    course, draft = course_to_write(course_id), queries.draft_version(read_session(), course_id)
    shape = None if draft is None else queries.shape_of(read_session(), draft)
    sizes = [len(section.blocks) for section in shape.sections] if shape else []
    shown = shown_window(sizes, [section.key for section in shape.sections] if shape else [])
    is_checked = sum(sizes) <= CHECKED_AT_ONCE or checks or "check" in request.args
    return render_template(
        "courses/write.html",
        course=course,
        draft=draft,
        count=len(sizes),
        sections=[] if shape is None else _shown_sections(shape, shown),
        window=None if shape is None else window_links(shown, "courses.write", course_id, shape.sections),
        plan=_plan(draft) if draft is not None and is_checked else None,
        words=words,
        kinds={kind.name: kind for kind in runtime().registries.of(COURSE_BLOCKS)},
        values=form.values,
        errors=form.errors,
        behind=left_behind(read_session(), course_id),
        is_first_draft=is_first_draft(read_session(), course_id),
        was_imported=queries.import_report(read_session(), course_id) is not None,
        deletable=_may("courses.delete", course) and is_deletable(read_session(), course_id),
        may_make_public=_may("courses.make_public", course),
    )


def _may(action: str, course: Course) -> bool:
    return runtime().policy.can(read_session(), current_actor(), action, course)


def _shown_sections(shape: VersionShape, shown: Window) -> list[dict[str, Any]]:
    """Return the sections of a window, each with those of its blocks that stand there."""
    names, budget = gate_names(shape), runtime().settings.of(CoursesSettings).lesson_bytes
    weighs = queries.section_sizes(read_session(), shape.id)
    return [
        {
            "number": part.index + 1,
            "key": (section := shape.sections[part.index]).key,
            "title": section.title,
            "gate": gate_reason(names, section.gate),
            "minutes": sum(block.est_minutes for block in section.blocks),
            "size": words.size(weighs.get(section.key, 0)),
            "budget": words.size(budget) if budget and weighs.get(section.key, 0) > budget else "",
            "blocks": section.blocks[part.start : part.stop],
            "is_part": part.stop - part.start < len(section.blocks),
        }
        for part in shown.parts
    ]


def _plan(draft: CourseVersion) -> dict[str, Any]:
    """Return in words what publishing would mean."""
    plan = queries.publish_plan(read_session(), draft, runtime().registries)
    texts = error_texts()
    return {
        "is_first": plan.is_first,
        "mark": structure.version_mark(draft),
        "changes": [words.change(runtime().registries, change) for change in plan.changes],
        "remarks": [
            {
                "block_id": remark.block_id,
                "place": f"{remark.section}: {remark.title or words.kinds(runtime().registries, (remark.type,))}",
                "text": str(texts.get(remark.code, remark.code)),
            }
            for remark in plan.remarks
        ]
        + [words.stuck(runtime().registries, draft, found) for found in plan.stuck],
        "faults": [_fault(draft, fault) for fault in plan.faults],
        "minutes": words.minutes(plan.minutes),
        "size": words.size(plan.size_bytes),
        "learners": plan.learners,
    }


def _fault(draft: CourseVersion, fault: GateFault) -> dict[str, str]:
    """Say why somebody could not pass the gates, and where that is mended."""
    known = gate_names(draft)
    titles = ", ".join(f"“{known.sections.get(key, key)}”" for key in fault.sections)
    who = reader_words(known, fault.reader) if fault.reader else ""
    return {
        "text": str(error_texts()[fault.code]) % {"sections": titles, "who": who},
        "href": url_for("courses.write_section", course_id=draft.course_id, key=fault.sections[0]),
        "place": known.sections.get(fault.sections[0], fault.sections[0]),
    }


def gate_names(version: CourseVersion | VersionShape) -> GateNames:
    """Return what the names in the gates of a version stand for."""
    session = read_session()
    titles = {section.key: section.title for section in version.sections}
    org_id = session.get_one(Course, version.course_id).org_id
    return GateNames(titles, queries.known_groups(session, org_id))


@blueprint.post("/<uuid:course_id>/write")
@access("courses.author")
def add_section(course_id: UUID) -> Response | tuple[str, int]:
    """Add a section with its steps at the end of the draft."""
    course_to_write(course_id)
    form = load_form(SectionSchema())
    steps = read_steps(form.data["steps"]) if form.is_valid else []
    if form.is_valid and not all(step.text for step in steps):
        form.fail("steps", _("Every step needs a text under its name."))
    if not form.is_valid:
        return _write(course_id, form), 422
    try:
        with unit_of_work() as uow:
            service.add_section(uow, course_id, _section(form.data["title"], steps))
    except (InvalidInput, Conflict) as error:
        form.fail("_form", word_error(error))
        return _write(course_id, form), 422
    flash_ok(_("The section is added."))
    return see_other("courses.write", course_id=course_id)


def _section(title: str, steps: list[WrittenStep]) -> NewSection:
    """Return a section of text steps; its keys stay the same in later versions."""
    key = new_id().hex
    blocks = [
        NewBlock(f"{key}-{number}", "text", {"markdown": step.text}, step.title, est_minutes=step.minutes)
        for number, step in enumerate(steps, 1)
    ]
    return NewSection(key, title, tuple(blocks))


def _act(course_id: UUID, verb: Any, done: str, *args: Any) -> Response | tuple[str, int]:
    """Do something with the draft and come back to it."""
    course_to_write(course_id)
    try:
        with unit_of_work() as uow:
            verb(uow, course_id, *args)
    except (InvalidInput, Conflict) as error:
        form = Form()
        form.fail("_form", word_error(error))
        return _write(course_id, form), 422
    flash_ok(done)
    return see_other("courses.write", course_id=course_id)


@blueprint.get("/<uuid:course_id>/write/remove")
@access("courses.author")
def ask_to_remove_section(course_id: UUID) -> str:
    """Ask once more before a section is taken out of the draft."""
    course = course_to_write(course_id)
    draft = queries.draft_version(read_session(), course_id) or abort(404)
    section = next((each for each in draft.sections if each.key == request.args.get("section")), None)
    if section is None:
        abort(404)
    count = len(section.blocks)
    return render_template(
        "courses/remove.html",
        course=course,
        title=_("Take the section “%(title)s” out of the draft?", title=section.title),
        text=ngettext("%(num)d step goes with it.", "%(num)d steps go with it.", count)
        + " "
        + _("What is published keeps it; what stands in this draft only is gone."),
        action=url_for("courses.remove_section", course_id=course_id),
        fields={"section": section.key, "seen": structure.contents_mark(section)},
        back=url_for("courses.write", course_id=course_id),
    )


@blueprint.post("/<uuid:course_id>/write/remove")
@access("courses.author")
def remove_section(course_id: UUID) -> Response | tuple[str, int]:
    """Take a section out of the draft; what is published keeps it."""
    key, seen = request.form.get("section", "")[:80], request.form.get("seen", "")[:20]
    verb = partial(service.remove_section, seen=seen)
    return _act(course_id, verb, _("The section is taken out of the draft."), key)


@blueprint.post("/<uuid:course_id>/write/move")
@access("courses.author")
def move(course_id: UUID) -> Response | tuple[str, int]:
    """Put a section at another place of the draft."""
    key, to = request.form.get("section", "")[:80], request.form.get("to", 1, type=int) or 1
    return _act(course_id, service.move_section, _("The section is moved."), key, to)


@blueprint.post("/<uuid:course_id>/write/publish")
@access("courses.author")
def publish(course_id: UUID) -> Response | tuple[str, int]:
    """Publish the draft; who is in the course stays in the version before, or goes on in this one by choice."""
    course_to_write(course_id)
    try:
        with unit_of_work() as uow:
            moves = request.form.get("learners") == "move"
            receipt = service.publish_course(
                uow, course_id, moves_learners=moves, seen=request.form.get("seen", "")[:20]
            )
    except (InvalidInput, Conflict) as error:
        form = Form()
        form.fail("_form", word_error(error))
        return _write(course_id, form, checks=True), 422
    if receipt.number == 1:
        flash_ok(_("The course is published. Students can be enrolled."))
    else:
        flash_ok(
            _("Version %(number)s is published. Whoever comes in now learns in it.", number=receipt.number)
        )
    if receipt.moved_learners:
        count = receipt.moved_learners
        flash_ok(ngettext("%(num)d student goes on in it.", "%(num)d students go on in it.", count))
    return see_other("courses.write", course_id=course_id)


@blueprint.route("/<uuid:course_id>/write/about", methods=["GET", "POST"])
@access("courses.author")
def about(course_id: UUID) -> Response | str | tuple[str, int]:
    """Change what a course is called, what it is about and who comes in."""
    course = course_to_write(course_id)
    if request.method == "GET":
        names = ("title", "subject", "summary", "grade", "seats")
        values = {name: getattr(course, name) for name in names}
        marked = {"mode": course.mode.value, "seen": structure.course_mark(course)}
        return _new_form(Form(values={**values, **marked}), course)
    form, org_id, mark = load_form(CourseSchema()), course.org_id, structure.course_mark(course)
    if form.is_valid:
        form.data.pop("org_id")
        seen = form.data.pop("seen")
        try:
            with unit_of_work() as uow:
                service.change_course(uow, course_id, NewCourse(org_id=org_id, **form.data), seen=seen)
            flash_ok(_("Kept."))
            return see_other("courses.write", course_id=course_id)
        except Conflict as error:
            form.fail("_form", word_error(error))
            form.values["seen"] = mark
        except InvalidInput as error:
            form.take(error, error_texts())
    return _new_form(form, course_to_write(course_id)), 422


@blueprint.post("/<uuid:course_id>/write/copy")
@access("courses.author")
def copy(course_id: UUID) -> Response:
    """Begin a new course with everything that is in this one."""
    course = course_to_write(course_id)
    with unit_of_work() as uow:
        title = _("%(title)s (copy)", title=course.title)[:200]
        copy_id = service.copy_course(uow, course_id, title)
    flash_ok(_("Here is the copy. Nobody is in it, and nobody sees it until you publish it."))
    return see_other("courses.write", course_id=copy_id)


@blueprint.post("/<uuid:course_id>/write/draft")
@access("courses.author")
def open_draft(course_id: UUID) -> Response | tuple[str, int]:
    """Copy what is published into a new draft."""
    return _act(
        course_id, service.open_draft, _("Here is a copy of what is published. Change it, then publish it.")
    )
