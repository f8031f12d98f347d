"""Answer the script of the editor that hands over what was copied from a word processor: Markdown, and what is lost, in words."""

from __future__ import annotations

from uuid import UUID

from flask import jsonify, request
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from lms.core.errors import InvalidInput
from lms.core.sites import is_known_host
from lms.core.web import access, runtime
from lms.core.web.problems import error_texts
from lms.courses.formats.pasted import Pasted, as_steps, pasted
from lms.courses.formats.prose import MAX_HTML
from lms.courses.formats.words import reason_words
from lms.courses.pages.catalogue import blueprint
from lms.courses.pages.writing import course_to_write
from lms.courses.settings import CoursesSettings

__all__ = ["paste"]


@blueprint.post("/<uuid:course_id>/write/pasted")
@access("courses.author")
def paste(course_id: UUID) -> Response:
    """Return formatted text as Markdown; nothing is kept. Without a form that would be lost, ``markdown`` is null."""
    course_to_write(course_id)
    said = request.get_json(silent=True)
    said = said if isinstance(said, dict) else {}
    html = said.get("html")
    if not isinstance(html, str) or len(html) > MAX_HTML:
        raise InvalidInput("course.pasted_too_long")
    known = runtime().settings.of(CoursesSettings).allowed_hosts.split()
    # Both sentences stand in the text itself, where the author replaces them by a step with the picture.
    left_out = _("Picture left out, upload it with its words: %(words)s", words="%(words)s")
    found = pasted(html, lambda address: is_known_host(address, known), left_out)
    if found is None:
        return jsonify({"markdown": None, "said": ""})
    text = as_steps(found.markdown) if said.get("steps") is True else found.markdown
    return jsonify({"markdown": text, "said": _said(found)})


def _said(found: Pasted) -> str:
    sentences = [_("The formatted text was put in as Markdown.")]
    if found.pictures:
        lost = ngettext(
            "%(num)d picture was left out; a line stands in its place. Upload it as a step with its words.",
            "%(num)d pictures were left out; a line stands in place of each. Upload them as steps with their words.",
            len(found.pictures),
        )
        sentences.append(lost)
    texts = error_texts()
    sentences += [reason_words(reason, runtime().registries, texts) for reason in found.reasons]
    return " ".join([*sentences, _("Ctrl+Z takes it back; Ctrl+Shift+V puts in the bare text.")])
