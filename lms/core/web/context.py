"""Reach the runtime, the actor and the sessions of the present request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from flask import current_app, g
from flask_login import current_user
from sqlalchemy.orm import Session

from lms.core.actor import ANONYMOUS, Actor
from lms.core.runtime import Runtime
from lms.core.uow import UnitOfWork

__all__ = ["close_read_session", "current_actor", "read_session", "runtime", "unit_of_work"]


def runtime() -> Runtime:
    """Return the runtime of the running application."""
    return cast(Runtime, current_app.extensions["lms"])


def current_actor() -> Actor:
    """Return who is signed in, or the anonymous actor."""
    user = cast(Any, current_user)._get_current_object()  # the proxy would look for the user at each question
    return cast(Actor, user.actor) if user.is_authenticated else ANONYMOUS


def read_session() -> Session:
    """Return the request's session for reading (one for the whole request, closed at its end)."""
    if "read_session" not in g:
        g.read_session = runtime().database.read_session()
    return cast(Session, g.read_session)


def close_read_session(_error: BaseException | None = None) -> None:
    """Close the request's reading session if one was opened."""
    session = g.pop("read_session", None)
    if session is not None:
        session.close()


@contextmanager
def unit_of_work(actor: Actor | None = None) -> Iterator[UnitOfWork]:
    """Open a transaction for the signed-in actor; what was read before is let go first, so nothing is stale."""
    acting = current_actor() if actor is None else actor
    close_read_session()
    with runtime().unit_of_work(acting) as uow:
        yield uow
