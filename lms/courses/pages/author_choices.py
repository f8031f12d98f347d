"""Fill the fields of an author form whose options somebody else knows: the exams of the school, say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from lms.core.web import current_actor, read_session, runtime
from lms.courses.contracts import AuthorField
from lms.courses.models import Course
from lms.courses.ports import AUTHOR_CHOICES, Author

__all__ = ["with_choices"]


def with_choices(
    fields: Sequence[AuthorField], course: Course, kept: Mapping[str, str]
) -> tuple[AuthorField, ...]:
    """Return the fields, each that has a source with what the actor may choose from, and what to do where that is nothing."""
    return tuple(_filled(field, course, kept) if field.source else field for field in fields)


def _filled(field: AuthorField, course: Course, kept: Mapping[str, str]) -> AuthorField:
    source = runtime().registries.of(AUTHOR_CHOICES).find(field.source)
    if source is None:
        return field
    policy, session, actor = runtime().policy, read_session(), current_actor()
    author = Author(
        course.org_id,
        course.subject,
        runtime().clock.now(),
        lambda action: policy.can(session, actor, action, course.org_id),
    )
    options = tuple(source.options(session, author, kept.get(field.name, "")))
    return replace(field, options=options, hint=field.hint if options else source.none())
