"""Explain a course completion: what was completed, when, and on whose word."""

from __future__ import annotations

from flask_babel import gettext
from sqlalchemy.orm import Session

from lms.core.contracts import BasisRef, ExplainStep
from lms.core.ids import parse_id
from lms.courses.queries import completion_view
from lms.courses.types import CompletionSource

__all__ = ["CompletionExplainer"]


class CompletionExplainer:
    """Explain facts of the kind ``courses.completion``."""

    name = "courses"
    kinds = ("courses.completion",)

    def explain(self, session: Session, ref: BasisRef) -> ExplainStep | None:
        """Return the completion worded for the reader, or None when there is no such fact."""
        fact = completion_view(session, ref.id)
        if fact is None:
            return None
        words = {
            CompletionSource.RULE: gettext("All steps of the course are done."),
            CompletionSource.TEACHER: gettext("Recorded by the teacher: %(reason)s", reason=fact.reason),
            CompletionSource.CREDIT: gettext("Recorded from a credit: %(reason)s", reason=fact.reason),
        }
        actor = fact.actor.removeprefix("person:") if fact.actor.startswith("person:") else ""
        return ExplainStep(
            ref,
            gettext("The course “%(title)s” is completed", title=fact.course_title),
            fact.person_id,
            words[CompletionSource(fact.source)],
            at=fact.at,
            actor_id=parse_id(actor),
            url=f"/courses/{fact.course_id}",
        )
