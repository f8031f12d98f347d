"""End a course: into the archive and out again, delete a draft that nobody ever took; show the world what a course is about."""

from __future__ import annotations

from uuid import UUID

from flask import render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from lms.core.web import access, authorise, flash_ok, read_session, see_other, unit_of_work
from lms.courses import service
from lms.courses.ending_reading import is_deletable
from lms.courses.pages.catalogue import blueprint
from lms.courses.pages.writing import course_to_write

__all__ = ["archive", "delete", "make_public", "restore"]


@blueprint.post("/<uuid:course_id>/write/archive")
@access("courses.author")
def archive(course_id: UUID) -> Response:
    """Put a course into the archive; whoever is in it goes on."""
    course_to_write(course_id)
    with unit_of_work() as uow:
        service.archive_course(uow, course_id)
    flash_ok(gettext("The course is in the archive. Whoever is in it goes on; nobody new comes in."))
    return see_other("courses.write", course_id=course_id)


@blueprint.post("/<uuid:course_id>/write/restore")
@access("courses.author")
def restore(course_id: UUID) -> Response:
    """Take a course out of the archive."""
    course_to_write(course_id)
    with unit_of_work() as uow:
        service.restore_course(uow, course_id)
    flash_ok(gettext("The course is out of the archive and stands in the catalogue again."))
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
