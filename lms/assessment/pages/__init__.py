"""The pages of assessment: examinations of a student, the sitting, marking, sessions of the school."""

from __future__ import annotations

from flask import Blueprint

from lms.assessment.pages.aftermath import bp as aftermath
from lms.assessment.pages.answer_files import bp as answer_files
from lms.assessment.pages.appeals import bp as appeals
from lms.assessment.pages.attempt_desk import bp as attempt_desk
from lms.assessment.pages.attempts import bp as attempts
from lms.assessment.pages.banks import bp as banks
from lms.assessment.pages.blueprints import bp as blueprints
from lms.assessment.pages.documents import bp as documents
from lms.assessment.pages.drafts import bp as drafts
from lms.assessment.pages.exams import bp as exams
from lms.assessment.pages.gradebooks import bp as gradebooks
from lms.assessment.pages.imports import bp as imports
from lms.assessment.pages.item_media import bp as item_media
from lms.assessment.pages.item_statistics import bp as item_statistics
from lms.assessment.pages.item_writing import bp as item_writing
from lms.assessment.pages.items import bp as items
from lms.assessment.pages.journal import bp as journal
from lms.assessment.pages.mark_policies import bp as mark_policies
from lms.assessment.pages.marking import bp as marking
from lms.assessment.pages.maths import bp as maths
from lms.assessment.pages.outcomes import bp as outcomes
from lms.assessment.pages.scheduling import bp as scheduling
from lms.assessment.pages.sessions import bp as sessions
from lms.assessment.pages.statistics import bp as statistics

__all__ = ["BLUEPRINTS"]

#: What `wiring.feature` hands to the application.
BLUEPRINTS: tuple[Blueprint, ...] = (
    exams,
    journal,
    attempts,
    answer_files,
    maths,
    outcomes,
    marking,
    aftermath,
    appeals,
    documents,
    gradebooks,
    mark_policies,
    sessions,
    scheduling,
    attempt_desk,
    statistics,
    banks,
    drafts,
    blueprints,
    items,
    item_media,
    item_writing,
    item_statistics,
    imports,
)
