"""Show a student's portfolio, let the family put works into it, and let a teacher confirm them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from flask import make_response, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from lms.core.errors import Conflict, InvalidInput, TooLarge
from lms.core.uow import UnitOfWork
from lms.core.web import (
    Form,
    access,
    authorise,
    current_actor,
    flash_ok,
    load_form,
    log_look,
    read_session,
    runtime,
    see_other,
    unit_of_work,
)
from lms.core.web.problems import error_texts, word_error
from lms.core.web.replies import file_disposition
from lms.people import queries as people
from lms.profiles import queries, service
from lms.profiles.pages.profile import blueprint
from lms.profiles.queries.portfolio import WorkView
from lms.profiles.schemas import StatementSchema, WorkSchema
from lms.profiles.service import WorkText
from lms.profiles.settings import ProfilesSettings
from lms.profiles.types import WorkState

__all__ = [
    "portfolio",
    "work",
    "work_confirm",
    "work_edit",
    "work_file",
    "work_new",
    "work_take_back",
    "work_withdraw",
]


def _can(action: str, person_id: UUID) -> bool:
    return runtime().policy.can(read_session(), current_actor(), action, person_id)


def _badge(view: WorkView) -> dict[str, str]:
    """Return how a piece of work stands, with the name of whoever confirmed it."""
    said = view.confirmed
    if view.state is WorkState.WITHDRAWN:
        return {"kind": "", "text": gettext("Taken out"), "icon": "gap"}
    if said is None:
        return {"kind": "info", "text": gettext("The student's own word"), "icon": "person"}
    return {"kind": "ok", "text": gettext("Confirmed by a teacher"), "icon": "check"}


def _common(person_id: UUID) -> dict[str, Any]:
    return {
        "person": people.person_card(read_session(), person_id),
        "is_own": current_actor().person_id == person_id,
        "badge": _badge,
    }


@blueprint.get("/profile/<uuid:person_id>/portfolio")
@access("profiles.portfolio")
def portfolio(person_id: UUID) -> str:
    """Show the works of a student, and whose word each rests on; to a teacher also what is out and still confirmed."""
    authorise("profiles.portfolio", person_id)
    log_look("profiles.portfolio", person_id, "portfolio", person_id)
    may_confirm = _can("profiles.portfolio_confirm", person_id)
    gone = queries.works_taken_out(read_session(), person_id) if may_confirm else []
    return render_template(
        "profiles/portfolio.html",
        works=queries.works_of(read_session(), person_id) + gone,
        may_write=_can("profiles.portfolio_write", person_id),
        may_see_profile=_can("profiles.view", person_id),
        **_common(person_id),
    )


def _opened(work_id: UUID, action: str) -> WorkView:
    view = queries.work_view(read_session(), work_id)
    authorise(action, view.person_id)
    return view


@blueprint.get("/profile/works/<uuid:portfolio_work_id>")
@access("profiles.portfolio")
def work(portfolio_work_id: UUID) -> str:
    """Show one piece of work: what it is, its files, what was said about it by whom."""
    view = _opened(portfolio_work_id, "profiles.portfolio")
    log_look("profiles.portfolio", view.person_id, "portfolio_work", view.id)
    return render_template(
        "profiles/work.html",
        work=view,
        may_write=_can("profiles.portfolio_write", view.person_id),
        may_confirm=_can("profiles.portfolio_confirm", view.person_id),
        **_common(view.person_id),
    )


@blueprint.get("/profile/works/files/<uuid:portfolio_file_id>")
@access("profiles.portfolio")
def work_file(portfolio_file_id: UUID) -> Response:
    """Show a file of a piece of work; whoever is not the student leaves a line in the access log."""
    with unit_of_work() as uow:
        row, data = service.open_work_file(uow, work_file_id=portfolio_file_id)
    response = make_response(data)
    response.headers["Content-Type"] = row.media_type
    response.headers["Content-Disposition"] = file_disposition("inline", row.name)
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
    )
    response.headers["Cache-Control"] = "private, no-store"
    return cast(Response, response)


@blueprint.route("/profile/<uuid:person_id>/portfolio/new", methods=["GET", "POST"])
@access("profiles.portfolio_write")
def work_new(person_id: UUID) -> Response | str | tuple[str, int]:
    """Put a piece of work into a portfolio."""
    authorise("profiles.portfolio_write", person_id)
    if request.method == "GET":
        return _work_page(person_id, None, Form())
    form = load_form(WorkSchema())
    added: list[UUID] = []

    def add(uow: UnitOfWork) -> None:
        files = _sent_files()
        added.append(service.add_work(uow, person_id=person_id, text=_text(form), files=files))

    if form.is_valid and _done(form, add):
        flash_ok(gettext("The work stands in the portfolio."))
        return see_other("profiles.work", portfolio_work_id=added[0])
    return _work_page(person_id, None, form), 422


@blueprint.route("/profile/works/<uuid:portfolio_work_id>/edit", methods=["GET", "POST"])
@access("profiles.portfolio_write")
def work_edit(portfolio_work_id: UUID) -> Response | str | tuple[str, int]:
    """Change a piece of work that nobody has confirmed."""
    view = _opened(portfolio_work_id, "profiles.portfolio_write")
    if view.state is not WorkState.CLAIMED:
        return see_other("profiles.work", portfolio_work_id=view.id)
    if request.method == "GET":
        return _work_page(view.person_id, view, Form(values=_values(view)))
    form = load_form(WorkSchema())

    def edit(uow: UnitOfWork) -> None:
        service.edit_work(
            uow,
            work_id=view.id,
            revision=form.data["revision"],
            text=_text(form),
            files=_sent_files(),
            removed=form.data["removed"],
        )

    if form.is_valid and _done(form, edit):
        flash_ok(gettext("Saved."))
        return see_other("profiles.work", portfolio_work_id=view.id)
    return _work_page(view.person_id, view, form), 422


def _done(form: Form, act: Callable[[UnitOfWork], None]) -> bool:
    """Do it, or say in the form why that is impossible."""
    try:
        with unit_of_work() as uow:
            act(uow)
    except InvalidInput as error:
        form.take(error, error_texts())
        if "_form" in form.errors and error.code.startswith("upload."):
            form.errors["files"] = form.errors.pop("_form")
    except TooLarge as error:
        form.fail("files", word_error(error))
    except Conflict as error:
        form.fail("_form", word_error(error))
    return form.is_valid


def _text(form: Form) -> WorkText:
    data = form.data
    return WorkText(
        title=data["title"],
        description=data["description"],
        made_on=data["made_on"],
        hours=data["hours"],
        link=data["link"],
        outcomes=tuple(data["outcomes"]),
    )


def _sent_files() -> list[tuple[str, bytes]]:
    return [(one.filename, one.read()) for one in request.files.getlist("files") if one.filename]


def _values(view: WorkView) -> dict[str, Any]:
    return {
        "title": view.title,
        "description": view.description,
        "made_on": view.made_on,
        "hours": format(view.hours.normalize(), "f"),
        "link": view.link,
        "outcomes": [key for key, _statement in view.outcomes],
    }


def _work_page(person_id: UUID, view: WorkView | None, form: Form) -> str:
    offered = queries.claimable_outcomes(read_session(), person_id)
    if view is not None:
        offered = dict(view.outcomes) | offered
    core = runtime().settings.core
    return render_template(
        "profiles/work_edit.html",
        work=view,
        values=form.values,
        errors=form.errors,
        outcomes=[{"value": key, "text": statement} for key, statement in offered.items()],
        hosts=", ".join(runtime().settings.of(ProfilesSettings).link_hosts.split()),
        max_mb=core.upload_max_bytes // (1024 * 1024),
        **_common(person_id),
    )


# --- what is said about a work ----------------------------------------------------------------------------------


@blueprint.route("/profile/works/<uuid:portfolio_work_id>/confirm", methods=["GET", "POST"])
@access("profiles.portfolio_confirm")
def work_confirm(portfolio_work_id: UUID) -> Response | str | tuple[str, int]:
    """Confirm a pupil's piece of work, with a reason."""
    view = _opened(portfolio_work_id, "profiles.portfolio_confirm")

    def confirm(uow: UnitOfWork, form: Form) -> None:
        reason, revision = form.data["reason"], form.data["revision"]
        service.confirm_work(uow, work_id=view.id, revision=revision, reason=reason)

    return _said(view, "confirm", gettext("Confirmed in your name."), confirm)


@blueprint.route("/profile/works/<uuid:portfolio_work_id>/take-back", methods=["GET", "POST"])
@access("profiles.portfolio_confirm")
def work_take_back(portfolio_work_id: UUID) -> Response | str | tuple[str, int]:
    """Take a confirmation back; credits that rest on it are suspended."""
    view = _opened(portfolio_work_id, "profiles.portfolio_confirm")

    def take_back(uow: UnitOfWork, form: Form) -> None:
        service.take_back_work(uow, work_id=view.id, reason=form.data["reason"])

    return _said(view, "take_back", gettext("The confirmation was taken back."), take_back)


@blueprint.route("/profile/works/<uuid:portfolio_work_id>/withdraw", methods=["GET", "POST"])
@access("profiles.portfolio_write")
def work_withdraw(portfolio_work_id: UUID) -> Response | str | tuple[str, int]:
    """Take a piece of work out of the portfolio."""
    view = _opened(portfolio_work_id, "profiles.portfolio_write")

    def withdraw(uow: UnitOfWork, form: Form) -> None:
        service.withdraw_work(uow, work_id=view.id, reason=form.data["reason"])

    return _said(view, "withdraw", gettext("The work was taken out."), withdraw)


def _said(
    view: WorkView, act: str, done: str, say: Callable[[UnitOfWork, Form], None]
) -> Response | str | tuple[str, int]:
    """Ask for the reason, then say it and go back to the work."""
    form = Form()
    if request.method == "POST":
        form = load_form(StatementSchema())
        if form.is_valid and _done(form, lambda uow: say(uow, form)):
            flash_ok(done)
            return see_other("profiles.work", portfolio_work_id=view.id)
    page = render_template(
        "profiles/work_say.html",
        work=view,
        act=act,
        here=url_for(str(request.endpoint), portfolio_work_id=view.id),
        values=form.values,
        errors=form.errors,
        **_common(view.person_id),
    )
    return (page, 422) if form.errors else page
