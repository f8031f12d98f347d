"""Load the signed-in person for each request (one statement) and tell Flask-Login how."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from flask import Flask, Response, current_app, request, session

from lms.core.actor import Actor
from lms.core.db import day_of
from lms.core.ids import parse_id
from lms.core.runtime import Runtime
from lms.core.web import current_actor, read_session, unit_of_work
from lms.core.web.prefs import AgreedReading, install_agreed, install_keeper
from lms.people import queries, service
from lms.people.service import SignedIn

__all__ = ["SessionUser", "install_login", "remember"]

#: The cookie that names the signed-in account; it proves nothing and opens nothing.
ACCOUNT = "marshrut-account"


@dataclass
class SessionUser:
    """Flask-Login's view of the signed-in actor; its id is the server-side session's."""

    session_id: UUID
    actor: Actor
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        """Return the id that Flask-Login keeps in the cookie."""
        return str(self.session_id)


def remember(signed_in: SignedIn) -> None:
    """Put into the signed cookie what the save path checks without loading a user."""
    session.clear()
    session.permanent = True
    session["account_id"] = str(signed_in.account_id)
    session["person_id"] = str(signed_in.person_id)
    session["session_id"] = str(signed_in.session_id)
    session["epoch"] = signed_in.epoch


def name_in_browser(response: Response) -> Response:
    """Let the browser's scripts know which account is signed in: what one has kept there is not shown to another."""
    if session.accessed:
        account_id = session.get("account_id", "")
        if account_id != request.cookies.get(ACCOUNT, ""):
            lifetime = current_app.permanent_session_lifetime if account_id else 0
            is_secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
            response.set_cookie(ACCOUNT, account_id, max_age=lifetime, samesite="Strict", secure=is_secure)
    return response


def load_user(runtime: Runtime, session_id: str) -> SessionUser | None:
    """Return the actor behind a session that is open, in time and of the account's present epoch."""
    identifier = parse_id(session_id)
    if identifier is None:
        return None
    now = runtime.clock.now()
    found = queries.signed_in_person(read_session(), identifier, now)
    if found is None or found.epoch != session.get("epoch"):
        return None
    actor = Actor("person", found.person_id, found.account_id, found.roles, found.short_name)
    return SessionUser(identifier, actor)


def agreed_reading(runtime: Runtime, activity: str) -> AgreedReading:
    """Return how a student's support plan promises that pages are shown; what everybody has for all others."""
    actor = current_actor()
    if actor.person_id is None or not actor.has_role("student"):
        return AgreedReading()
    today = day_of(read_session(), runtime.clock.now())
    agreed = queries.conditions_for(read_session(), actor.person_id, today, activity=activity)
    return AgreedReading(agreed.text_size, agreed.simplified_layout, agreed.read_aloud)


def keep_for_account(reading: str) -> None:
    """Keep the reading settings of whoever is signed in."""
    account_id = current_actor().account_id
    if account_id is not None:
        with unit_of_work() as uow:
            service.keep_reading(uow, account_id, reading)


def install_login(app: Flask, runtime: Runtime) -> None:
    """Connect Flask-Login with our sessions."""
    app.login_manager.user_loader(lambda session_id: load_user(runtime, session_id))  # type: ignore[attr-defined]
    app.after_request(name_in_browser)
    install_agreed(app, lambda activity: agreed_reading(runtime, activity))
    install_keeper(app, keep_for_account)
