"""Make classes, put students into them, say who leads them and who teaches them what."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from lms.core.errors import Conflict, InvalidInput, LmsError, NotFound
from lms.core.paging import Page
from lms.core.web import (
    Form,
    access,
    authorise,
    flash_ok,
    load_form,
    page_number,
    read_session,
    runtime,
    see_other,
    unit_of_work,
)
from lms.core.web.problems import error_texts, word_error
from lms.people import queries, service
from lms.people.pages.members import office_orgs, typed_org
from lms.people.queries import ClassCard
from lms.people.types import AssignmentKind, RoleKind

__all__ = ["SUBJECTS", "blueprint"]

blueprint = Blueprint("classes", __name__, url_prefix="/classes", template_folder="../templates")

PER_PAGE = 25
#: The subjects by the keys that the whole product uses (see the macro ``subject_word``).
SUBJECTS = (
    "maths",
    "language",
    "literature",
    "foreign",
    "history",
    "society",
    "geography",
    "biology",
    "physics",
    "chemistry",
    "informatics",
    "art",
    "music",
    "technology",
    "sport",
)
STAFF = frozenset(RoleKind) - {RoleKind.STUDENT, RoleKind.GUARDIAN}


class ClassSchema(Schema):
    """A class: its grade and its name."""

    org_id = fields.UUID(load_default=None)
    grade = fields.Integer(required=True, validate=validate.Range(1, 11))
    label = fields.String(required=True, validate=validate.Length(1, 20))


class ClassStaffSchema(Schema):
    """Who leads a class or teaches it a subject."""

    staff_id = fields.UUID(required=True)
    kind = fields.Enum(AssignmentKind, by_value=True, required=True)
    subject = fields.String(load_default="", validate=validate.OneOf(["", *SUBJECTS]))


@blueprint.get("")
@access("people.classes")
def index() -> str:
    """List the open classes of one's own organisations, with search and pages."""
    return _index(Form())


def _index(form: Form) -> str:
    orgs, text = office_orgs(), request.args.get("q", "").strip()[:40]
    now, number = runtime().clock.now(), page_number()
    every = queries.classes_of(read_session(), orgs, now)
    found = [card for card in every if text.casefold() in card.label.casefold()]
    page = Page(found[(number - 1) * PER_PAGE : number * PER_PAGE], number, PER_PAGE, len(found))
    return render_template(
        "people/classes.html",
        page=page,
        pages={
            "number": page.number,
            "pages": page.pages,
            "url": url_for("classes.index", q=text) + "&page=",
        },
        text=text,
        total=len(every),
        orgs=queries.organisation_names(read_session(), orgs),
        values=form.values,
        errors=form.errors,
    )


@blueprint.post("")
@access("people.classes")
def create() -> Response | tuple[str, int]:
    """Make a class."""
    form = load_form(ClassSchema())
    if form.is_valid:
        try:
            org_id = typed_org(form.data.pop("org_id"))
            with unit_of_work() as uow:
                class_id = service.create_class(uow, org_id=org_id, **form.data)
            flash_ok(_("The class is made. Now put its students into it."))
            return see_other("classes.show", class_id=class_id)
        except InvalidInput as error:
            form.take(error, error_texts())
    return _index(form), 422


def _open(class_id: UUID) -> ClassCard:
    card = queries.class_card(read_session(), class_id, runtime().clock.now())
    authorise("people.classes", card.org_id)
    return card


@blueprint.get("/<uuid:class_id>")
@access("people.classes")
def show(class_id: UUID) -> str:
    """Show who is in a class, who leads it and who teaches it what."""
    return _show(class_id, Form())


def _show(class_id: UUID, form: Form) -> str:
    card, reading, now = _open(class_id), read_session(), runtime().clock.now()
    return render_template(
        "people/class.html",
        card=card,
        members=queries.class_people(reading, class_id, now),
        staff=queries.class_staff(reading, class_id),
        free=queries.students_without_class(reading, card.org_id, now),
        others=[c for c in queries.classes_of(reading, [card.org_id], now) if c.id != class_id],
        teachers=queries.member_codes(reading, [card.org_id], STAFF, now),
        subjects=SUBJECTS,
        values=form.values,
        errors=form.errors,
    )


def _answer(class_id: UUID, form: Form, error: LmsError, field: str = "_form") -> tuple[str, int]:
    if isinstance(error, InvalidInput) and error.fields:
        form.take(error, error_texts())
    else:
        form.fail(field, word_error(error))
    return _show(class_id, form), 422


@blueprint.post("/<uuid:class_id>/members")
@access("people.classes")
def join(class_id: UUID) -> Response | tuple[str, int]:
    """Put students into the class: those who are ticked, and one by code or login."""
    card = _open(class_id)
    form = Form(values={"person": request.form.get("person", "").strip()[:80]})
    chosen = request.form.getlist("member", type=UUID)
    try:
        if form.values["person"]:
            now = runtime().clock.now()
            chosen.append(queries.find_member(read_session(), [card.org_id], form.values["person"], now))
        with unit_of_work() as uow:
            for person_id in chosen:
                service.join_class(uow, class_id=class_id, person_id=person_id)
    except (InvalidInput, NotFound) as error:
        return _answer(class_id, form, error, "person")
    if not chosen:
        form.fail("person", _("Choose at least one student."))
        return _show(class_id, form), 422
    flash_ok(_("The class list is changed."))
    return see_other("classes.show", class_id=class_id)


@blueprint.post("/<uuid:class_id>/move")
@access("people.classes")
def move(class_id: UUID) -> Response:
    """Move a student into another class, or out of this one; the other way round undoes it."""
    person_id = request.form.get("member", type=UUID)
    if person_id is None:
        raise NotFound("people.not_in_class")
    target = request.form.get("to", type=UUID)
    with unit_of_work() as uow:
        if target is None:
            service.leave_class(uow, class_id=class_id, person_id=person_id)
        else:
            service.join_class(uow, class_id=target, person_id=person_id)
    flash_ok(_("The class list is changed."))
    return see_other("classes.show", class_id=class_id)


@blueprint.post("/<uuid:class_id>/staff")
@access("people.classes")
def add_staff(class_id: UUID) -> Response | tuple[str, int]:
    """Let somebody lead the class or teach it a subject."""
    _open(class_id)
    form = load_form(ClassStaffSchema())
    if not form.is_valid:
        return _show(class_id, form), 422
    try:
        with unit_of_work() as uow:
            service.add_class_staff(uow, class_id=class_id, **form.data)
    except (InvalidInput, Conflict) as error:
        return _answer(class_id, form, error)
    flash_ok(_("From now on the person answers for everybody in the class."))
    return see_other("classes.show", class_id=class_id)


@blueprint.post("/staff/<uuid:class_staff_id>/end")
@access("people.classes")
def end_staff(class_staff_id: UUID) -> Response:
    """End what somebody does for the class; it can be given again."""
    with unit_of_work() as uow:
        class_id = service.end_class_staff(uow, class_staff_id)
    flash_ok(_("This has ended. You can give it again here."))
    return see_other("classes.show", class_id=class_id)


@blueprint.post("/<uuid:class_id>/rename")
@access("people.classes")
def rename(class_id: UUID) -> Response | tuple[str, int]:
    """Give the class another grade and name."""
    _open(class_id)
    form = load_form(ClassSchema())
    if not form.is_valid:
        return _show(class_id, form), 422
    try:
        with unit_of_work() as uow:
            service.rename_class(uow, class_id, grade=form.data["grade"], label=form.data["label"])
    except InvalidInput as error:
        return _answer(class_id, form, error)
    flash_ok(_("The class has its new name."))
    return see_other("classes.show", class_id=class_id)


@blueprint.post("/<uuid:class_id>/close")
@access("people.classes")
def close(class_id: UUID) -> Response | tuple[str, int]:
    """Close an empty class."""
    try:
        with unit_of_work() as uow:
            service.close_class(uow, class_id)
    except Conflict as error:
        return _answer(class_id, Form(), error)
    flash_ok(_("The class is closed."))
    return see_other("classes.index")
