"""End a course or a draft of it: into the archive and out again, delete, throw away; show the world what a course is about."""

from __future__ import annotations

from uuid import UUID

from flask import abort, render_template, request
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from lms.core.errors import Conflict
from lms.core.web import access, authorise, flash_ok, read_session, see_other, unit_of_work
from lms.courses import service
from lms.courses.ending_reading import is_deletable, is_first_draft, left_behind
from lms.courses.pages.catalogue import blueprint
from lms.courses.pages.writing import course_to_write
from lms.courses.queries import draft_version
from lms.courses.structure import version_mark

__all__ = ["archive", "delete", "make_public", "move_on", "throw_away"]


@blueprint.post("/<uuid:course_id>/write/archive", endpoint="archive", defaults={"inside": True})
@blueprint.post("/<uuid:course_id>/write/restore", endpoint="restore", defaults={"inside": False})
@access("courses.author")
def archive(course_id: UUID, *, inside: bool) -> Response:
    """Put a course into the archive, where whoever is in it goes on, or take it out again."""
    course_to_write(course_id)
    with unit_of_work() as uow:
        (service.archive_course if inside else service.restore_course)(uow, course_id)
    flash_ok(
        gettext("The course is in the archive. Whoever is in it goes on; nobody new comes in.")
        if inside
        else gettext("The course is out of the archive and stands in the catalogue again.")
    )
    return see_other("courses.write", course_id=course_id)


@blueprint.route("/<uuid:course_id>/write/throw-away", methods=["GET", "POST"])
@access("courses.author")
def throw_away(course_id: UUID) -> Response | str | tuple[str, int]:
    """Ask once more, then throw the draft of a published course away; what is published stays."""
    course_to_write(course_id)
    refusal = ""
    if request.method == "POST":
        try:
            with unit_of_work() as uow:
                service.throw_draft(uow, course_id, seen=request.form.get("seen", "")[:20])
            flash_ok(gettext("The draft is thrown away. What is published stays as it was."))
            return see_other("courses.write", course_id=course_id)
        except Conflict as error:
            if error.code != "course.changed_meanwhile":
                raise
            refusal = gettext("Somebody has changed the draft meanwhile. Look at it, then say once more.")
    course = course_to_write(course_id)
    draft = draft_version(read_session(), course_id) or abort(404)
    if is_first_draft(read_session(), course_id):
        return see_other("courses.delete", course_id=course_id)
    page = render_template(
        "courses/throw_away.html", course=course, draft=draft, seen=version_mark(draft), refusal=refusal
    )
    return (page, 409) if refusal else page


@blueprint.route("/<uuid:course_id>/write/move-on", methods=["GET", "POST"])
@access("courses.author")
def move_on(course_id: UUID) -> Response | str:
    """Ask once more, then let those who are still in an earlier version go on in the published one."""
    course = course_to_write(course_id)
    if request.method == "GET":
        behind = left_behind(read_session(), course_id)
        return render_template("courses/move_on.html", course=course, behind=behind)
    with unit_of_work() as uow:
        count = service.move_learners(uow, course_id)
    flash_ok(ngettext("%(num)d student goes on in it.", "%(num)d students go on in it.", count))
    return see_other("courses.write", course_id=course_id)


@blueprint.route("/<uuid:course_id>/write/delete", methods=["GET", "POST"])
@access("courses.delete")
def delete(course_id: UUID) -> Response | str:
    """Ask once more, then delete a draft that nobody ever took."""
    course = course_to_write(course_id)
    authorise("courses.delete", course)
    if request.method == "GET":
        return render_template(
            "courses/delete.html", course=course, may=is_deletable(read_session(), course_id)
        )
    with unit_of_work() as uow:
        service.delete_course(uow, course_id)
    flash_ok(gettext("The draft is deleted."))
    return see_other("courses.index")


@blueprint.post("/<uuid:course_id>/write/public")
@access("courses.make_public")
def make_public(course_id: UUID) -> Response:
    """Let everybody read what the course is about, or not any more."""
    is_public = request.form.get("show") == "yes"
    authorise("courses.make_public", course_to_write(course_id))
    with unit_of_work() as uow:
        service.set_public(uow, course_id, is_public=is_public)
    flash_ok(
        gettext("Everybody can read what the course is about, without signing in.")
        if is_public
        else gettext("Only people of the school see the course now.")
    )
    return see_other("courses.write", course_id=course_id)
