"""Write one step or one section of a draft: forms that each kind of content describes itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import abort, render_template, request, url_for
from flask_babel import gettext as _
from marshmallow import Schema, ValidationError, fields, validate, validates_schema
from werkzeug.wrappers import Response

from lms.core.errors import Conflict, InvalidInput, TooLarge
from lms.core.ids import new_id
from lms.core.web import (
    Form,
    access,
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
from lms.courses.contracts import COURSE_BLOCKS, CourseBlock, FieldKind, PlayerKind
from lms.courses.models import Block, CourseMedia, CourseVersion, Section
from lms.courses.outside_players import has_player
from lms.courses.pages import words
from lms.courses.pages.author_choices import with_choices
from lms.courses.pages.catalogue import blueprint
from lms.courses.pages.gate_form import gate_from, gate_options, gate_values, rows_of
from lms.courses.pages.gate_words import gate_reason
from lms.courses.pages.kind_words import grouped_kinds
from lms.courses.pages.task_choosing import Chosen, chosen_task, ways_to_choose
from lms.courses.pages.writing import course_to_write, gate_names
from lms.courses.rules.metadata import read_meta, write_meta
from lms.courses.rules.windows import ROWS
from lms.courses.settings import CoursesSettings
from lms.courses.shapes import SectionShape
from lms.courses.types import AGE_MARKS, Approval, BlockMeta, Hazard, Licence, Need, NewBlock
from lms.people.queries import person_card

__all__ = ["new_step", "write_section", "write_step"]

#: How much of a field's text is read at all.
MAX_FIELD = 60_000


class StepSchema(Schema):
    """What every step has, whatever kind it is."""

    title = fields.String(load_default="", validate=validate.Length(max=200))
    est_minutes = fields.Integer(load_default=1, validate=validate.Range(1, 480))
    with_previous = fields.Boolean(load_default=False)
    instead = fields.String(load_default="", validate=validate.Length(max=80))
    licence = fields.Enum(Licence, by_value=True, load_default=Licence.OWN)
    author = fields.String(load_default="", validate=validate.Length(max=200))
    age = fields.Integer(load_default=0, validate=validate.OneOf(AGE_MARKS))
    hazards = fields.List(fields.Enum(Hazard, by_value=True), load_default=list)
    approval = fields.String(load_default="", validate=validate.Length(max=200))
    approval_on = fields.Date(load_default=None, allow_none=True)
    seen = fields.String(load_default="", validate=validate.Length(max=20))

    @validates_schema
    def check_approval(self, data: Mapping[str, Any], **_: Any) -> None:
        """Ask for the order and its day together."""
        if bool(data["approval"].strip()) != (data["approval_on"] is not None):
            name = "approval" if data["approval_on"] is not None else "approval_on"
            raise ValidationError("course.approval_whole", name)


class SectionTextsSchema(Schema):
    """A section's own words, and what opens it."""

    title = fields.String(required=True, validate=validate.Length(1, 200))
    summary = fields.String(load_default="", validate=validate.Length(max=1000))
    seen = fields.String(load_default="", validate=validate.Length(max=20))


def _draft(course_id: UUID) -> CourseVersion:
    """Return the draft of a course that the actor may write, or answer 404."""
    course_to_write(course_id)
    return queries.draft_version(read_session(), course_id) or abort(404)


def _kind(name: str) -> CourseBlock:
    return runtime().registries.of(COURSE_BLOCKS).find(name) or abort(404)


def _section(draft: CourseVersion, key: str) -> SectionShape:
    sections = queries.shape_of(read_session(), draft).sections
    return next((section for section in sections if section.key == key), None) or abort(404)


def _written(draft: CourseVersion, key: str) -> Section:
    """Return a section of a draft with everything that its author wrote."""
    one = sa.select(Section).where(Section.version_id == draft.id, Section.key == key)
    return read_session().scalar(one) or abort(404)


def _place(draft: CourseVersion, block_id: UUID) -> tuple[SectionShape, Block]:
    section = queries.shape_of(read_session(), draft).section_of(block_id) or abort(404)
    return section, read_session().get_one(Block, block_id)


# --- a step ----------------------------------------------------------------------------------------------------


@blueprint.route("/<uuid:course_id>/write/new-step", methods=["GET", "POST"])
@access("courses.author")
def new_step(course_id: UUID) -> Response | str | tuple[str, int]:
    """Add a step to a section: first its kind, then its form."""
    section = _section(_draft(course_id), request.args.get("section", "")[:80])
    if "type" not in request.args:
        groups = grouped_kinds(runtime().registries.of(COURSE_BLOCKS))
        return render_template(
            "courses/write_kind.html", course=course_to_write(course_id), section=section, groups=groups
        )
    kind = _kind(request.args["type"])
    if request.method == "GET":
        chosen = chosen_task(course_id) or Chosen()
        return _step_page(
            course_id,
            section,
            kind,
            None,
            Form(values={"est_minutes": 3, "title": chosen.title}),
            chosen.fields or None,
            chosen.tool,
        )
    form, sent = _sent(course_id, kind, {})
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                new = _new_block(new_id().hex, kind, form, sent, {}, ())
                block_id = service.add_block(uow, course_id, section.key, new)
            flash_ok(_("The step is added. This is how a student will see it."))
            return see_other("courses.preview", course_id=course_id, block_id=block_id)
        except (InvalidInput, Conflict) as error:
            _refused(form, error, kind)
    return _step_page(course_id, section, kind, None, form, sent), 422


@blueprint.route("/<uuid:course_id>/write/steps/<uuid:block_id>", methods=["GET", "POST"])
@access("courses.author")
def write_step(course_id: UUID, block_id: UUID) -> Response | str | tuple[str, int]:
    """Change a step; what somebody else changed meanwhile is shown, not overwritten."""
    if request.method == "POST" and not _is_there(course_id, block_id):
        return _lost(course_id)
    section, block = _place(_draft(course_id), block_id)
    kind = runtime().registries.of(COURSE_BLOCKS).find(block.type)
    if kind is None:
        course = course_to_write(course_id)
        return render_template("courses/write_gone.html", course=course, section=section, block=block)
    if request.method == "GET":
        return _step_page(course_id, section, kind, block, _filled(block))
    form, sent = _sent(course_id, kind, kind.form_from(block.content))
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                outcomes = tuple(UUID(text) for text in block.outcomes)
                meta = read_meta(block.meta)
                new = _new_block(block.key, kind, form, sent, block.content, outcomes, meta)
                service.change_block(uow, course_id, block_id, new, seen=form.data["seen"])
            flash_ok(_("Kept. This is how a student will see it."))
            return see_other("courses.preview", course_id=course_id, block_id=block_id)
        except Conflict as error:
            form.fail("_form", word_error(error))
            form.values["seen"] = structure.block_mark(block)
        except InvalidInput as error:
            _refused(form, error, kind)
    return _step_page(course_id, section, kind, block, form, sent), 422


def _is_there(course_id: UUID, block_id: UUID) -> bool:
    """Tell whether a step still stands in a draft that the actor may write, or answer 404."""
    course_to_write(course_id)
    draft = queries.draft_version(read_session(), course_id)
    return draft is not None and queries.shape_of(read_session(), draft).section_of(block_id) is not None


def _lost(course_id: UUID) -> tuple[str, int]:
    """Return what was written for a step that another author has taken out or published: nothing that was typed is lost."""
    beside = {"csrf_token", *StepSchema().fields} - {"title"}
    texts = [
        text[:MAX_FIELD] for name, text in request.form.items() if name not in beside and "." not in name
    ]
    written = "\n\n".join(text for text in texts if text.strip())
    course = course_to_write(course_id)
    return render_template("courses/write_lost.html", course=course, written=written), 409


def _filled(block: Block) -> Form:
    return Form(
        values={
            "title": block.title,
            "est_minutes": block.est_minutes,
            "with_previous": block.with_previous,
            "instead": next(iter(block.alternatives.values()), ""),
            "seen": structure.block_mark(block),
            **write_meta(meta := read_meta(block.meta)),
            "approval": meta.approval.reference if meta.approval else "",
            "approval_on": meta.approval.on if meta.approval else None,
        }
    )


def _sent(course_id: UUID, kind: CourseBlock, before: Mapping[str, str]) -> tuple[Form, dict[str, str]]:
    """Return the step's own form and the fields of its kind; uploads are kept, and their ids are the values."""
    form, sent = load_form(StepSchema()), {}
    for field in with_choices(kind.author_form(), course_to_write(course_id), before):
        if field.kind is not FieldKind.FILE:
            sent[field.name] = request.form.get(field.name, "")[:MAX_FIELD].replace("\r\n", "\n")
            if "\x00" in sent[field.name]:
                sent[field.name] = sent[field.name].replace("\x00", "")
            if field.source and sent[field.name] not in {"", *(value for value, _text in field.options)}:
                form.fail(field.name, _("Choose one of the list."))
            continue
        kept = request.form.get(f"{field.name}.kept", "")[:40]
        if kept:
            sent |= {field.name: kept, f"{field.name}.type": _media_type(course_id, kept)}
        upload = request.files.get(field.name)
        if upload is not None and upload.filename:
            try:
                accepted = service.accept_media(runtime(), upload.read(), upload.filename)
                with unit_of_work() as uow:
                    stored = service.keep_media(uow, course_id, accepted)
                sent |= {field.name: str(stored.id), f"{field.name}.type": stored.media_type}
            except (InvalidInput, TooLarge) as error:
                form.fail(field.name, word_error(error))
        if request.form.get(f"{field.name}.drop") and field.is_optional:
            sent.pop(field.name, None)
    return form, sent


def _media_type(course_id: UUID, media_id: str) -> str:
    found = _media(course_id).get(media_id)
    return found.media_type if found else ""


def _media(course_id: UUID) -> dict[str, CourseMedia]:
    return {str(row.id): row for row in queries.media_of_course(read_session(), course_id)}


def _new_block(
    key: str,
    kind: CourseBlock,
    form: Form,
    sent: Mapping[str, str],
    before: Mapping[str, Any],
    outcomes: tuple[UUID, ...],
    before_meta: BlockMeta | None = None,
) -> NewBlock:
    instead = form.data["instead"]
    return NewBlock(
        key,
        kind.name,
        kind.content_from(sent, before),
        form.data["title"],
        outcomes,
        form.data["est_minutes"],
        form.data["with_previous"],
        {need.value: instead for need in Need} if instead else {},
        BlockMeta(
            form.data["licence"],
            form.data["author"].strip(),
            form.data["age"],
            tuple(dict.fromkeys(form.data["hazards"])),
            _approval(form, before_meta),
        ),
    )


def _approval(form: Form, before: BlockMeta | None) -> Approval | None:
    """Return the place in the federal list; who said so first stays, until somebody says something else."""
    reference, on = form.data["approval"].strip(), form.data["approval_on"]
    if not reference or on is None:
        return None
    kept = before.approval if before is not None else None
    if kept is not None and kept.by is not None and (kept.reference, kept.on) == (reference, on):
        return kept
    return Approval(reference, on, current_actor().person_id)


def _refused(form: Form, error: InvalidInput | Conflict, kind: CourseBlock) -> None:
    """Show what is wrong at the fields of the author form that it is about."""
    if not (isinstance(error, InvalidInput) and error.code == "course.block_invalid"):
        form.fail("_form", word_error(error))
        return
    names = {field.name for field in kind.author_form()}
    texts = error_texts()
    for path, codes in (error.fields or {}).items():
        name = path.split(".", 1)[1].split(".")[0]
        for code in codes:
            message = str(texts.get(code, code))
            if message not in form.errors.get(name, []):
                form.fail(name if name in names else "_form", message)


def _step_page(
    course_id: UUID,
    section: SectionShape,
    kind: CourseBlock,
    block: Block | None,
    form: Form,
    sent: Mapping[str, str] | None = None,
    chosen_at: str = "",
) -> str:
    if sent is None:
        sent = {} if block is None else kind.form_from(block.content)
    others = [
        (each.key, each.title or words.kinds(runtime().registries, (each.type,)))
        for each in section.blocks
        if block is None or each.id != block.id
    ]
    problems = [] if block is None else kind.remarks(block.content)
    texts, course = error_texts(), course_to_write(course_id)
    return render_template(
        "courses/write_step.html",
        course=course,
        section=section,
        places=_places(course_id, block),
        sections=[
            (each.key, each.title) for each in queries.shape_of(read_session(), _draft(course_id)).sections
        ],
        kind=kind,
        has_player=has_player(runtime(), getattr(kind, "player_kind", PlayerKind.SCORM)),
        block=block,
        ways=ways_to_choose(course_id, kind, section.key) if block is None else [],
        chosen_at=chosen_at,
        was_chosen=bool(sent),
        author_form=with_choices(
            kind.author_form(), course, {} if block is None else kind.form_from(block.content)
        ),
        markdown_fields=getattr(kind, "markdown_fields", ()),
        has_files=any(field.kind is FieldKind.FILE for field in kind.author_form()),
        small_bytes=runtime().settings.of(CoursesSettings).upload_part_bytes,
        limit_words=words.upload_limits(runtime().settings),
        sent=sent,
        media=_media(course_id),
        values=form.values,
        errors=form.errors,
        others=others,
        licences=[(each.value, text) for each, text in words.licences().items()],
        ages=[(str(age), f"{age}+") for age in AGE_MARKS],
        hazards=[(each.value, text) for each, text in words.hazards().items()],
        approved_by=_approved_by(block),
        is_first=not section.blocks or (block is not None and section.blocks[0].id == block.id),
        remarks=[str(texts.get(problem.message, problem.message)) for problem in problems],
        words=words,
        size=None if block is None else words.size(block.size_bytes),
    )


def _approved_by(block: Block | None) -> str:
    """Return who has said that the step stands in the federal list; an empty text when nobody here has."""
    approval = read_meta(block.meta).approval if block is not None else None
    if approval is None or approval.by is None:
        return ""
    return person_card(read_session(), approval.by).short_name


def _places(course_id: UUID, block: Block | None) -> list[tuple[str, str]]:
    """Return every place to which a step can be moved, in words; none in a long course, where a number is asked for."""
    shape = queries.shape_of(read_session(), _draft(course_id))
    if block is None or sum(len(section.blocks) for section in shape.sections) > ROWS:
        return []
    found = []
    for section in shape.sections:
        found.append((f"{section.key}.1", _("%(section)s: first", section=section.title)))
        others = [each for each in section.blocks if each.id != block.id]
        for number, each in enumerate(others, 2):
            name = each.title or words.kinds(runtime().registries, (each.type,))
            said = _("%(section)s: after “%(step)s”", section=section.title, step=name)
            found.append((f"{section.key}.{number}", said))
    return found


@blueprint.get("/<uuid:course_id>/write/steps/<uuid:block_id>/remove")
@access("courses.author")
def ask_to_remove_step(course_id: UUID, block_id: UUID) -> str:
    """Ask once more before a step is taken out of the draft."""
    course = course_to_write(course_id)
    _at, block = _place(_draft(course_id), block_id)
    named = block.title or words.kinds(runtime().registries, (block.type,))
    return render_template(
        "courses/remove.html",
        course=course,
        title=_("Take the step “%(title)s” out of the draft?", title=named),
        text=_("What is published keeps it; what stands in this draft only is gone."),
        action=url_for("courses.remove_step", course_id=course_id, block_id=block_id),
        fields={"seen": structure.block_mark(block)},
        back=url_for("courses.write_step", course_id=course_id, block_id=block_id),
    )


@blueprint.post("/<uuid:course_id>/write/steps/<uuid:block_id>/remove")
@access("courses.author")
def remove_step(course_id: UUID, block_id: UUID) -> Response:
    """Take a step out of the draft; what is published keeps it."""
    course_to_write(course_id)
    with unit_of_work() as uow:
        service.remove_block(uow, course_id, block_id, seen=request.form.get("seen", "")[:20])
    flash_ok(_("The step is taken out of the draft."))
    return see_other("courses.write", course_id=course_id)


@blueprint.post("/<uuid:course_id>/write/steps/<uuid:block_id>/move")
@access("courses.author")
def move_step(course_id: UUID, block_id: UUID) -> Response:
    """Put a step at another place, in its section or in another one."""
    course_to_write(course_id)
    section, _dot, to = request.form.get("place", "").rpartition(".")
    section, to = section or request.form.get("section", ""), (to or request.form.get("to", ""))[:6]
    with unit_of_work() as uow:
        service.move_block(uow, course_id, block_id, section[:80], int(to) if to.isdecimal() else 1)
    flash_ok(_("The step is moved."))
    return see_other("courses.write", course_id=course_id)


# --- a section -------------------------------------------------------------------------------------------------


@blueprint.route("/<uuid:course_id>/write/section", methods=["GET", "POST"])
@access("courses.author")
def write_section(course_id: UUID) -> Response | str | tuple[str, int]:
    """Change a section's words and what opens it, in words."""
    draft = _draft(course_id)
    section = _written(draft, request.args.get("key", "")[:80])
    if request.method == "GET":
        return _section_page(draft, section, _section_values(section))
    form = load_form(SectionTextsSchema())
    form.values |= {name: value[:80] for name, value in request.form.items() if name.startswith("gate.")}
    gate = gate_from(form, _gate_options(draft, section))
    if form.values.get("gate.kept") and not gate:
        gate = structure.gate_of(section)
    if "more" in request.form:
        return _section_page(draft, section, form), 200
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                data = form.data
                service.change_section(
                    uow, course_id, section.key, data["title"], data["summary"], gate, seen=data["seen"]
                )
            flash_ok(_("The section is changed."))
            return see_other("courses.write", course_id=course_id)
        except (InvalidInput, Conflict) as error:
            form.fail("_form", word_error(error))
            form.values["seen"] = structure.section_mark(section)
    return _section_page(draft, section, form), 422


def _section_values(section: Section) -> Form:
    values: dict[str, Any] = {
        "title": section.title,
        "summary": section.summary,
        "seen": structure.section_mark(section),
    }
    return Form(values=values | gate_values(structure.gate_of(section)))


def _gate_options(draft: CourseVersion, section: Section) -> list[tuple[str, str]]:
    plans = structure.section_plans(draft, runtime().registries)
    return gate_options(plans, gate_names(draft), section.key)


def _section_page(draft: CourseVersion, section: Section, form: Form) -> str:
    return render_template(
        "courses/write_section.html",
        course=course_to_write(draft.course_id),
        section=section,
        rows=rows_of(form.values),
        options=_gate_options(draft, section),
        kept=gate_reason(gate_names(draft), structure.gate_of(section))
        if form.values.get("gate.kept")
        else "",
        values=form.values,
        errors=form.errors,
    )
