"""Read frameworks as trees; write a draft, publish it, compare versions, take in and hand out CASE files."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from flask_babel import gettext as _
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.web import (
    Form,
    access,
    file_disposition,
    flash_ok,
    load_form,
    page_number,
    read_session,
    runtime,
    see_other,
    unit_of_work,
)
from lms.core.web.problems import error_texts, word_error
from lms.curriculum import queries, service, words
from lms.curriculum.formats.case import MAX_BYTES, CasePackage, write_package
from lms.curriculum.pages.reach import may, org_options, orgs_where, own_orgs, typed_org
from lms.curriculum.rules.trees import changes
from lms.curriculum.types import FrameworkState, FrameworkView, OutcomeView
from lms.people.queries import organisation_names

__all__ = ["blueprint"]

blueprint = Blueprint("frameworks", __name__, url_prefix="/frameworks", template_folder="../templates")

#: A list that is no longer than this is shown whole, as one tree.
WHOLE = 200


class FrameworkSchema(Schema):
    """The head of a new framework."""

    org_id = fields.UUID(load_default=None)
    code = fields.String(required=True, validate=validate.Length(1, 60))
    title = fields.String(required=True, validate=validate.Length(1, 200))
    version = fields.String(load_default="1", validate=validate.Length(1, 20))


class ImportSchema(Schema):
    """What the head of a file is called here, where it differs."""

    org_id = fields.UUID(load_default=None)
    code = fields.String(load_default="", validate=validate.Length(max=60))
    version = fields.String(load_default="", validate=validate.Length(max=20))


class VersionSchema(Schema):
    """What the next version is called."""

    org_id = fields.UUID(load_default=None)
    version = fields.String(required=True, validate=validate.Length(1, 20))


class OutcomeSchema(Schema):
    """One outcome."""

    code = fields.String(required=True, validate=validate.Length(1, 60))
    statement = fields.String(required=True, validate=validate.Length(1, 2000))
    level = fields.Integer(load_default=1, validate=validate.Range(1, 20))


def _open(framework_id: UUID) -> FrameworkView:
    """Return a framework of one's own school, or a published one that all schools share."""
    view = queries.framework_head(read_session(), framework_id)
    if view.org_id is not None and view.org_id not in own_orgs():
        raise NotFound("curriculum.no_framework")
    return view


def _open_outcome(outcome_id: UUID) -> tuple[FrameworkView, list[OutcomeView]]:
    path = queries.outcome_path(read_session(), outcome_id)
    view = _open(path[-1].framework_id)
    if not (view.state is FrameworkState.DRAFT and may("curriculum.manage", view.org_id)):
        raise NotFound("curriculum.no_outcome")
    return view, path


@blueprint.get("")
@access("curriculum.read")
def index() -> str:
    """List the frameworks of one's own school and the shared ones."""
    session = read_session()
    return render_template(
        "curriculum/frameworks.html",
        frameworks=queries.frameworks_for(session, own_orgs()),
        names=organisation_names(session, own_orgs()),
        state_of=words.framework_state,
        may_write=bool(orgs_where("curriculum.manage")),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@access("curriculum.manage")
def new() -> Response | str | tuple[str, int]:
    """Begin an empty framework."""
    if request.method == "GET":
        return _new_form(Form(values={"version": "1"}))
    form = load_form(FrameworkSchema())
    if form.is_valid:
        org_id = typed_org(form.data.pop("org_id"))
        try:
            with unit_of_work() as uow:
                made = service.create_framework(uow, org_id=org_id, **form.data)
            flash_ok(_("The draft is begun. Add its outcomes, then publish it."))
            return see_other("frameworks.show", framework_id=made.id)
        except InvalidInput as error:
            form.take(error, error_texts())
        except Conflict as error:
            form.fail("version", word_error(error))
    return _new_form(form), 422


def _new_form(form: Form) -> str:
    return render_template(
        "curriculum/framework_new.html", values=form.values, errors=form.errors, orgs=org_options()
    )


@blueprint.route("/import", methods=["GET", "POST"])
@access("curriculum.manage")
def take_in() -> Response | str | tuple[str, int]:
    """Make a draft from a CASE file and say, item by item, what was left out."""
    if request.method == "GET":
        return _import_form(Form())
    form = load_form(ImportSchema())
    sent = request.files.get("file")
    data = sent.stream.read(MAX_BYTES + 1) if sent is not None else b""
    if not data:
        form.fail("file", _("Choose a file."))
    if form.is_valid:
        org_id = typed_org(form.data.pop("org_id"))
        try:
            with unit_of_work() as uow:
                made = service.import_framework(uow, org_id=org_id, data=data, **form.data)
            flash_ok(_("The file is taken in as a draft. Look through it, then publish it."))
            return see_other("frameworks.report", framework_id=made.id)
        except InvalidInput as error:
            form.fail("file", word_error(error))
        except Conflict as error:
            form.fail("version", word_error(error))
    return _import_form(form), 422


def _import_form(form: Form) -> str:
    return render_template(
        "curriculum/framework_import.html", values=form.values, errors=form.errors, orgs=org_options()
    )


@blueprint.get("/<uuid:framework_id>")
@access("curriculum.read")
def show(framework_id: UUID) -> str:
    """Show a short framework as a whole tree, a long one branch by branch; a draft can be written here."""
    return _show(_open(framework_id), Form())


def _show(view: FrameworkView, form: Form, error: str = "") -> str:
    session, asked = read_session(), request.args.get("q", "").strip()
    under = request.args.get("under", type=UUID)
    path = queries.outcome_path(session, under) if under is not None else []
    if path and path[-1].framework_id != view.id:
        raise NotFound("curriculum.no_outcome")
    page = (
        queries.search_page(session, view.id, asked, page_number())
        if asked
        else queries.branch_of(session, view.id, under, page_number())
    )
    is_draft = view.state is FrameworkState.DRAFT
    may_write = is_draft and may("curriculum.manage", view.org_id)
    urls = {
        n: url_for("frameworks.show", framework_id=view.id, under=under, q=asked or None, page=n)
        for n in range(1, page.pages + 1)
    }
    return render_template(
        "curriculum/framework.html",
        framework=view,
        state=words.framework_state(view.state),
        children=None if may_write or asked or under else _whole(view),
        page=page,
        pages={"number": page.number, "pages": page.pages, "urls": urls},
        path=path,
        asked=asked,
        versions=queries.framework_versions(session, view.id, own_orgs()),
        has_report=queries.framework_remarks(session, view.id) is not None,
        may_write=may_write,
        may_publish=is_draft and may("curriculum.approve", view.org_id),
        may_carry=not is_draft and view.previous_id is not None and bool(orgs_where("curriculum.approve")),
        may_copy=not is_draft and bool(orgs_where("curriculum.manage")),
        orgs=org_options(),
        values=form.values,
        errors=form.errors,
        error=error,
    )


def _whole(view: FrameworkView) -> dict[Any, list[OutcomeView]] | None:
    """Return the outcomes by the one above, or None when there are too many for one page."""
    if queries.search_page(read_session(), view.id, "", 1, per_page=1).total > WHOLE:
        return None
    children: dict[Any, list[OutcomeView]] = {}
    for outcome in queries.framework_view(read_session(), view.id).outcomes:
        children.setdefault(outcome.parent_id, []).append(outcome)
    return children


@blueprint.post("/<uuid:framework_id>/publish")
@access("curriculum.approve")
def publish(framework_id: UUID) -> Response | tuple[str, int]:
    """Put a draft in force."""
    try:
        with unit_of_work() as uow:
            service.publish_framework(uow, framework_id=framework_id)
    except InvalidInput as error:
        return _show(_open(framework_id), Form(), word_error(error)), 422
    flash_ok(_("The version is published and does not change any more."))
    return see_other("frameworks.show", framework_id=framework_id)


@blueprint.post("/<uuid:framework_id>/discard")
@access("curriculum.manage")
def discard(framework_id: UUID) -> Response:
    """Throw a draft away."""
    with unit_of_work() as uow:
        service.discard_framework(uow, framework_id=framework_id)
    flash_ok(_("The draft is thrown away."))
    return see_other("frameworks.index")


@blueprint.post("/<uuid:framework_id>/versions")
@access("curriculum.manage")
def begin_version(framework_id: UUID) -> Response | tuple[str, int]:
    """Begin the next version as a copy."""
    view = _open(framework_id)
    form = load_form(VersionSchema())
    if form.is_valid:
        org_id = typed_org(form.data["org_id"] or view.org_id)
        try:
            with unit_of_work() as uow:
                made = service.begin_framework_version(
                    uow, framework_id=framework_id, org_id=org_id, version=form.data["version"]
                )
            flash_ok(_("The next version is begun as a copy. Change it, then publish it."))
            return see_other("frameworks.show", framework_id=made.id)
        except Conflict as error:
            form.fail("version", word_error(error))
    return _show(view, form), 422


@blueprint.get("/<uuid:framework_id>/changes")
@access("curriculum.read")
def compare(framework_id: UUID) -> str:
    """Say in sentences what changed since another version (the one before, unless ``since`` names one)."""
    view, session = _open(framework_id), read_session()
    since = request.args.get("since", type=UUID) or view.previous_id
    earlier = _open(since) if since is not None else None
    if earlier is not None and earlier.key != view.key:
        raise NotFound("curriculum.no_framework")
    found = (
        changes(queries.tree_of(session, earlier.id), queries.tree_of(session, view.id)) if earlier else []
    )
    return render_template(
        "curriculum/framework_changes.html",
        framework=view,
        earlier=earlier,
        versions=[v for v in queries.framework_versions(session, view.id, own_orgs()) if v.id != view.id],
        lines=[words.change_words(change) for change in found],
    )


@blueprint.get("/<uuid:framework_id>/report")
@access("curriculum.read")
def report(framework_id: UUID) -> str:
    """Show what the import said of each part of the file."""
    view = _open(framework_id)
    remarks = queries.framework_remarks(read_session(), framework_id)
    if remarks is None:
        raise NotFound("curriculum.no_framework")
    total = queries.search_page(read_session(), framework_id, "", 1, per_page=1).total
    lines = [words.remark_words(code, about) for code, about in remarks]
    return render_template("curriculum/framework_report.html", framework=view, total=total, lines=lines)


@blueprint.get("/<uuid:framework_id>/case.json")
@access("curriculum.read")
def hand_out(framework_id: UUID) -> Response:
    """Hand out a framework as a CASE package."""
    view, session = _open(framework_id), read_session()
    names = organisation_names(session, own_orgs())
    package = CasePackage(
        view.key or view.id, view.code, view.title, view.version, tuple(queries.tree_of(session, view.id))
    )
    creator = names.get(view.org_id, "") if view.org_id is not None else ""
    data = write_package(package, changed_at=runtime().clock.now(), creator=creator or _("Marshrut"))
    response = make_response(data)
    response.headers["Content-Type"] = "application/json"
    response.headers["Content-Disposition"] = file_disposition(
        "attachment", f"{view.code}-{view.version}.case.json"
    )
    return response


@blueprint.route("/<uuid:framework_id>/outcomes/new", methods=["GET", "POST"])
@access("curriculum.manage")
def add(framework_id: UUID) -> Response | str | tuple[str, int]:
    """Add an outcome to a draft, at the top or below another one."""
    view, under = _open(framework_id), request.args.get("under", type=UUID)
    if not may("curriculum.manage", view.org_id):
        raise NotFound("curriculum.no_framework")
    path = queries.outcome_path(read_session(), under) if under is not None else []
    if path and path[-1].framework_id != view.id:
        raise NotFound("curriculum.no_outcome")
    if request.method == "GET":
        level = path[-1].level if path else 1
        return _outcome_form(view, path, Form(values={"level": level}))
    form = load_form(OutcomeSchema())
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                service.add_outcome(uow, framework_id=framework_id, parent_id=under, **form.data)
            flash_ok(_("The outcome is added."))
            return see_other("frameworks.show", framework_id=framework_id, under=under)
        except InvalidInput as error:
            form.take(error, error_texts())
        except Conflict as error:
            form.fail("code", word_error(error))
    return _outcome_form(view, path, form), 422


def _outcome_form(
    view: FrameworkView, path: list[OutcomeView], form: Form, outcome: OutcomeView | None = None
) -> str:
    asked = request.args.get("q", "").strip()
    found = queries.search_page(read_session(), view.id, asked, 1).items if asked and outcome else []
    return render_template(
        "curriculum/outcome_form.html",
        framework=view,
        path=path,
        outcome=outcome,
        values=form.values,
        errors=form.errors,
        asked=asked,
        found=[row.outcome for row in found],
    )


@blueprint.route("/outcomes/<uuid:outcome_id>", methods=["GET", "POST"])
@access("curriculum.manage")
def edit(outcome_id: UUID) -> Response | str | tuple[str, int]:
    """Reword an outcome of a draft."""
    view, path = _open_outcome(outcome_id)
    outcome = path[-1]
    if request.method == "GET":
        values = {"code": outcome.code, "statement": outcome.statement, "level": outcome.level}
        return _outcome_form(view, path[:-1], Form(values=values), outcome)
    form = load_form(OutcomeSchema())
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                service.edit_outcome(uow, outcome_id=outcome_id, **form.data)
            flash_ok(_("The outcome is kept."))
            return see_other("frameworks.show", framework_id=view.id, under=outcome.parent_id)
        except InvalidInput as error:
            form.take(error, error_texts())
        except Conflict as error:
            form.fail("code", word_error(error))
    return _outcome_form(view, path[:-1], form, outcome), 422


@blueprint.post("/outcomes/<uuid:outcome_id>/move")
@access("curriculum.manage")
def move(outcome_id: UUID) -> Response:
    """Put an outcome one place up or down, or under another one (``parent``, empty for the top)."""
    view, path = _open_outcome(outcome_id)
    step = request.form.get("step", "")
    with unit_of_work() as uow:
        if step in {"up", "down"}:
            service.shift_outcome(uow, outcome_id=outcome_id, is_up=step == "up")
            parent_id = path[-1].parent_id
        else:
            parent_id = request.form.get("parent", type=UUID)
            service.move_outcome(uow, outcome_id=outcome_id, parent_id=parent_id)
    return see_other("frameworks.show", framework_id=view.id, under=parent_id)


@blueprint.post("/outcomes/<uuid:outcome_id>/remove")
@access("curriculum.manage")
def remove(outcome_id: UUID) -> Response | tuple[str, int]:
    """Take an outcome out of a draft."""
    view, path = _open_outcome(outcome_id)
    try:
        with unit_of_work() as uow:
            service.remove_outcome(uow, outcome_id=outcome_id)
    except InvalidInput as error:
        return _show(view, Form(), word_error(error)), 422
    flash_ok(_("The outcome is taken out."))
    return see_other("frameworks.show", framework_id=view.id, under=path[-1].parent_id)
