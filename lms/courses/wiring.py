"""What the feature courses hands to the application."""

from __future__ import annotations

from flask_babel import lazy_gettext

from lms.core.contracts import EXPLAINERS
from lms.core.feature import Feature, MenuEntry
from lms.core.jobs import Sweep
from lms.courses import (
    models,  # noqa: F401 - registers the tables
    notices,
    service,
)
from lms.courses.access_rules import ACTIONS, STAFF, STUDENT
from lms.courses.api import blueprint as api
from lms.courses.cli import COMMANDS
from lms.courses.contracts import COURSE_BLOCKS
from lms.courses.error_texts import ERROR_TEXTS, STUDENT_TEXTS
from lms.courses.explain import CompletionExplainer
from lms.courses.pages import (  # noqa: F401 - add their routes to the blueprint
    asking,
    carrying,
    comparing,
    completion,
    discussing,
    ending,
    launching,
    lesson,
    lti_tools,
    meeting,
    monitor,
    offline,
    packages,
    pasting,
    places,
    player,
    preview,
    public,
    reviewing,
    signs,
    step_writing,
    teaching,
    time,
    uploading,
    work,
    writing,
)
from lms.courses.pages.catalogue import blueprint
from lms.courses.ports import AGREEMENTS, AUTHOR_CHOICES, COURSE_SHELVES, COURSE_WORTH, QUESTION_READERS
from lms.courses.service import notices as work_notices
from lms.courses.settings import CoursesSettings
from lms.courses.tasks import JOBS, lapse_offers, resume_imports
from lms.people.contracts import NOTICE_KINDS

__all__ = ["feature"]


def feature() -> Feature:
    """Return what the feature brings."""
    return Feature(
        name="courses",
        blueprints=(blueprint,),
        api_blueprints=(api,),
        actions=ACTIONS,
        menu=(MenuEntry(lazy_gettext("Courses"), "courses.index", "book", STUDENT | STAFF, 30),),
        settings=CoursesSettings,
        commands=COMMANDS,
        jobs=JOBS,
        sweeps=(
            Sweep("courses.imports", 60, resume_imports),
            Sweep("courses.places", 600, lapse_offers),
            Sweep("courses.uploads", 600, service.drop_stale_uploads),
        ),
        groups=(AGREEMENTS, AUTHOR_CHOICES, COURSE_BLOCKS, COURSE_SHELVES, COURSE_WORTH, QUESTION_READERS),
        provides={EXPLAINERS: (CompletionExplainer(),), NOTICE_KINDS: (*notices.KINDS, *work_notices.KINDS)},
        error_texts=ERROR_TEXTS,
        student_error_texts=STUDENT_TEXTS,
        setup=player.seal,
    )
