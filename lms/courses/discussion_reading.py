"""Read what is written in the discussions of a course: by whom it may be read, and what waits for a teacher."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.db import PlainRows
from lms.courses.models import Post, PostReport
from lms.courses.types import PostState
from lms.people.queries import classes_on, person_cards

__all__ = ["MOST_POSTS", "PostView", "Reading", "class_of", "may_read", "posts_of", "posts_to_judge"]

#: So many of the newest contributions are shown.
MOST_POSTS = 200


@dataclass(frozen=True, slots=True)
class Reading:
    """Who reads a discussion: a person, of a class (or of none), or staff of the course's organisation."""

    person_id: UUID
    class_id: UUID | None = None
    is_staff: bool = False


@dataclass(frozen=True, slots=True)
class PostView:
    """A contribution as its reader sees it; ``reports`` and ``reasons`` are for staff only."""

    id: UUID
    block_key: str
    name: str
    text: str
    at: datetime
    state: PostState
    why: str
    is_own: bool
    by_staff: bool
    is_reported: bool
    reasons: tuple[str, ...] = ()


def class_of(session: Session, person_id: UUID, today: date) -> UUID | None:
    """Return the class that a person is in today, or None."""
    found = classes_on(session, {person_id: today}).get(person_id)
    return None if found is None else found[0]


def may_read(post: Post, reading: Reading) -> bool:
    """Tell whether somebody may read a contribution: their own always, others' when they are shown to their class."""
    if reading.is_staff or post.person_id == reading.person_id:
        return True
    return post.state is PostState.SHOWN and (post.by_staff or post.class_id == reading.class_id)


_HERE = (Post.course_id == sa.bindparam("course_id"), Post.block_key == sa.bindparam("block_key"))
#: ``class_id`` is the reader's class, or None: who is in none reads what those in none have written.
_TO_LEARNERS = sa.or_(
    Post.person_id == sa.bindparam("person_id"),
    sa.and_(
        Post.state == PostState.SHOWN,
        sa.or_(Post.by_staff, Post.class_id.is_not_distinct_from(sa.bindparam("class_id"))),
    ),
)
_NEWEST = sa.select(Post).order_by(Post.at.desc(), Post.id.desc()).limit(MOST_POSTS)
_FOR_STAFF, _FOR_LEARNERS = PlainRows(_NEWEST.where(*_HERE)), PlainRows(_NEWEST.where(*_HERE, _TO_LEARNERS))


def posts_of(session: Session, course_id: UUID, block_key: str, reading: Reading) -> list[PostView]:
    """Return the newest contributions that somebody may read, in the order in which they were written."""
    here: dict[str, Any] = {"course_id": course_id, "block_key": block_key}
    if reading.is_staff:
        rows = _FOR_STAFF.fetch(session, **here)
    else:
        rows = _FOR_LEARNERS.fetch(session, **here, person_id=reading.person_id, class_id=reading.class_id)
    return _views(session, [post for (post,) in reversed(rows)], reading)


def posts_to_judge(
    session: Session, course_id: UUID, reading: Reading, also: UUID | None = None
) -> list[PostView]:
    """Return what waits for a teacher, oldest first: what is to be read first, what was reported since, and ``also``."""
    is_reported = sa.exists().where(
        PostReport.post_id == Post.id,
        sa.or_(Post.decided_at.is_(None), PostReport.at > Post.decided_at),
    )
    open_posts = sa.or_(
        Post.id == also, Post.state == PostState.WAITING, sa.and_(Post.state == PostState.SHOWN, is_reported)
    )
    rows = sa.select(Post).where(Post.course_id == course_id, open_posts).order_by(Post.at, Post.id)
    return _views(session, list(session.scalars(rows.limit(MOST_POSTS))), reading)


def _views(session: Session, posts: list[Post], reading: Reading) -> list[PostView]:
    if not posts:
        return []
    names = person_cards(session, {post.person_id for post in posts})
    reports: dict[UUID, list[PostReport]] = {}
    asked = sa.select(PostReport).where(PostReport.post_id.in_([post.id for post in posts]))
    for report in session.scalars(asked.order_by(PostReport.at)):
        reports.setdefault(report.post_id, []).append(report)
    return [_view(post, names[post.person_id].name, reports.get(post.id, []), reading) for post in posts]


def _view(post: Post, name: str, reports: list[PostReport], reading: Reading) -> PostView:
    since = [each for each in reports if post.decided_at is None or each.at > post.decided_at]
    mine = any(each.person_id == reading.person_id for each in reports)
    return PostView(
        post.id,
        post.block_key,
        name,
        post.text,
        post.at,
        post.state,
        post.why,
        is_own=post.person_id == reading.person_id,
        by_staff=post.by_staff,
        is_reported=bool(since) if reading.is_staff else mine,
        reasons=tuple(each.why for each in since) if reading.is_staff else (),
    )
