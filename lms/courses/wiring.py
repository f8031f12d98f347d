"""What the feature courses hands to the application."""

from __future__ import annotations

from flask_babel import lazy_gettext

from lms.core.contracts import EXPLAINERS
from lms.core.feature import Feature, MenuEntry
from lms.courses import models  # noqa: F401 - registers the tables
from lms.courses.access_rules import ACTIONS, STAFF, STUDENT
from lms.courses.api import blueprint as api
from lms.courses.contracts import COURSE_BLOCKS
from lms.courses.explain import CompletionExplainer
from lms.courses.pages import lesson, teaching, writing  # noqa: F401 - add their routes to the blueprint
from lms.courses.pages.catalogue import blueprint
from lms.courses.ports import COURSE_SHELVES
from lms.courses.settings import CoursesSettings

__all__ = ["feature"]

ERROR_TEXTS = {
    "course.none": lazy_gettext("There is no such course, or it is not yours to see."),
    "course.no_enrolment": lazy_gettext("You are not in this course. Open its page to see how to get in."),
    "course.no_block": lazy_gettext("There is no such step in this course."),
    "course.not_published": lazy_gettext("The course is not published yet, so nobody can be enrolled."),
    "course.paused": lazy_gettext(
        "The course is paused. Everything done so far is kept; the teacher lets it go on."
    ),
    "course.gate_closed": lazy_gettext("“%(section)s” is not open yet. The course page says what opens it."),
    "course.answer_needed": lazy_gettext(
        "This step has questions: answer them, then go on. Nothing was lost."
    ),
    "course.no_answer": lazy_gettext("This step asks nothing, so there is nothing to answer."),
    "course.answer_invalid": lazy_gettext("The answer could not be used. What you typed is kept."),
    "course.answer_too_long": lazy_gettext("The answer is too long. Shorten it and send it again."),
    "course.answered_elsewhere": lazy_gettext(
        "This step was answered in another tab. That answer is kept; open the step again to see it."
    ),
    "course.enrolment_state": lazy_gettext("The enrolment has moved on meanwhile. Open the page again."),
    "course.reason_missing": lazy_gettext("Say why in one sentence: the record keeps the reason."),
    "course.title_missing": lazy_gettext("The course needs a title."),
    "course.section_title": lazy_gettext("The section needs a title."),
    "course.key_taken": lazy_gettext("The key “%(key)s” is used twice."),
    "course.block_invalid": lazy_gettext("The block “%(block)s” cannot be used yet: see what is missing."),
    "course.no_section": lazy_gettext("There is no such section in the draft any more."),
    "course.no_draft": lazy_gettext("There is no draft. Open a new version first."),
    "course.has_draft": lazy_gettext("There is a draft already."),
    "course.empty": lazy_gettext(
        "Every section needs at least one block before the course can be published."
    ),
    "course.gate_unknown": lazy_gettext("A gate names a section that does not exist: %(sections)s."),
    "course.gate_unscored": lazy_gettext("A gate asks for a score where nothing is scored: %(sections)s."),
    "course.gate_empty": lazy_gettext("A gate asks to complete an empty section: %(sections)s."),
    "course.gate_score_range": lazy_gettext("The score of a gate must lie between 0 and 1: %(sections)s."),
    "course.gate_cycle": lazy_gettext(
        "These sections wait for each other, so nobody could open them: %(sections)s."
    ),
    "course.stuck": lazy_gettext("Some learners could not go on. Add an alternative: %(learners)s."),
    "course.media_type": lazy_gettext("“%(name)s” is not a picture, video, caption file or PDF."),
    "course.media_unknown": lazy_gettext("The file does not belong to this course."),
    "course.media_missing": lazy_gettext("The file is missing."),
    "course.text_missing": lazy_gettext("The text is missing."),
    "course.alt_missing": lazy_gettext("Say in words what the picture shows."),
    "course.alt_long": lazy_gettext("Keep it under 300 characters; a longer one goes into the description."),
    "course.captions_missing": lazy_gettext("Captions are missing: those who do not hear would be stuck."),
    "course.transcript_missing": lazy_gettext(
        "The transcript is missing: those who do not see would be stuck."
    ),
    "course.video_kind": lazy_gettext("A video must be WebM or MP4."),
    "course.formula_bad": lazy_gettext("The formula cannot be read as LaTeX."),
    "course.formula_words_missing": lazy_gettext("Say the formula in words, as it is read aloud."),
    "course.label_missing": lazy_gettext("The file needs a name that people understand."),
    "course.summary_missing": lazy_gettext("Say in one sentence what is in the file."),
    "course.key_unknown": lazy_gettext("This block knows no such field."),
}


def feature() -> Feature:
    """Return what the feature brings."""
    return Feature(
        name="courses",
        blueprints=(blueprint,),
        api_blueprints=(api,),
        actions=ACTIONS,
        menu=(MenuEntry(lazy_gettext("Courses"), "courses.index", "book", STUDENT | STAFF, 30),),
        settings=CoursesSettings,
        groups=(COURSE_BLOCKS, COURSE_SHELVES),
        provides={EXPLAINERS: (CompletionExplainer(),)},
        error_texts=ERROR_TEXTS,
    )
