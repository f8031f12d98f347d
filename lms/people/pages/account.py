"""Sign in and out, and look after one's own account."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, session
from flask_babel import gettext
from flask_login import login_user, logout_user
from limits import RateLimitItem, parse
from limits.strategies import RateLimiter
from werkzeug.wrappers import Response

from lms.core.actor import ANONYMOUS, SYSTEM
from lms.core.errors import InvalidInput, TooMany
from lms.core.ids import parse_id
from lms.core.web import (
    access,
    current_actor,
    flash_ok,
    load_form,
    read_session,
    runtime,
    safe_next,
    see_other,
    unit_of_work,
)
from lms.core.web.i18n import LOCALES
from lms.core.web.kept import kept_page, opened_form
from lms.core.web.prefs import set_in_browser
from lms.core.web.problems import error_texts
from lms.people import queries, service
from lms.people.contracts import NOTICE_CHANNELS
from lms.people.pages.session import load_user, remember
from lms.people.schemas import LettersSchema, LoginSchema, PasswordSchema

__all__ = ["blueprint"]

blueprint = Blueprint("people", __name__, template_folder="../templates")


def _limiter() -> RateLimiter:
    return cast(RateLimiter, current_app.extensions["lms_limiter"])


def _address() -> str:
    return request.remote_addr or "127.0.0.1"


def _count_attempt(login: str) -> None:
    """Raise TooMany when one login from one address tries too often, or an address guesses at many logins.

    A whole school may share an address: from there only wrong passwords count.
    """
    limiter = _limiter()
    rule = parse(f"{runtime().settings.core.login_attempts_per_minute}/minute")
    is_free = limiter.test(_failure_rule(), "address", _address())
    if not limiter.hit(rule, "login", login.strip().lower()[:80], _address()) or not is_free:
        raise TooMany("people.too_many_attempts")


def _failure_rule() -> RateLimitItem:
    return parse(f"{runtime().settings.core.login_failures_per_minute}/minute")


def _count_failure() -> None:
    _limiter().hit(_failure_rule(), "address", _address())


@blueprint.route("/login", methods=["GET", "POST"])
@access("core.public")
def login() -> Response | str | tuple[str, int]:
    """Show the sign-in form and sign in; a wrong password keeps the login and says what to do."""
    if request.method == "GET":
        if current_actor().is_authenticated:
            return redirect(safe_next("/home"))
        return render_template("core/login.html", values={}, errors={}, next=safe_next("/home"))
    form = load_form(LoginSchema())
    if form.is_valid:
        try:
            _count_attempt(form.data["login"])
            with unit_of_work(ANONYMOUS) as uow:
                device = request.user_agent.string
                signed_in = service.sign_in(
                    uow,
                    form.data["login"],
                    form.data["password"],
                    device,
                    instead_of=parse_id(session.get("session_id", "")),
                )
            remember(signed_in)
            user = load_user(runtime(), str(signed_in.session_id))
            assert user is not None
            login_user(user)
            response = _welcome(signed_in.account_id)
            if signed_in.reading is not None:
                set_in_browser(response, signed_in.reading)
            return response
        except (InvalidInput, TooMany) as error:
            if error.code == "people.wrong_password":
                _count_failure()
            form.fail(
                "password" if error.code == "people.wrong_password" else "_form",
                str(error_texts()[error.code]),
            )
    form.values.pop("password", None)
    page = render_template(
        "core/login.html",
        values=form.values,
        errors=form.errors,
        next=safe_next("/home"),
        kept=request.form.get("kept", ""),
    )
    return page, 429 if "_form" in form.errors else 422


def _welcome(account_id: UUID) -> Response:
    """Go where the person wanted to, or show again what was typed before the former sign-in ended."""
    sealed = request.form.get("kept", "")
    kept = opened_form(sealed, account_id) if sealed else None
    if kept is not None:
        return kept_page(kept, 200)
    if sealed:
        flash(
            gettext("What was typed in this browser before belongs to another account and is not shown."),
            "info",
        )
    return redirect(safe_next("/home"), code=303)


@blueprint.post("/logout")
@access("core.public")
def logout() -> Response:
    """Sign out this device."""
    identifier = parse_id(session.get("session_id", ""))
    if identifier is not None:
        with unit_of_work(SYSTEM) as uow:
            service.end_session(uow, identifier)
    logout_user()
    session.clear()
    response = redirect("/", code=303)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@blueprint.get("/account")
@access("people.own_account")
def account() -> str:
    """Show one's own account: password, devices, letters, reading settings."""
    return _account_page({})


def _account_page(errors: dict[str, list[str]]) -> str:
    """Return one's own account; letters stand there where the installation sends some."""
    account_id, here = current_actor().account_id, runtime()
    is_sending = any(each.is_on(here.settings) for each in here.registries.of(NOTICE_CHANNELS))
    letters = None
    if is_sending and account_id is not None:
        letters = queries.letters_of(read_session(), account_id, here.settings.core.default_locale)
    return render_template("people/account.html", errors=errors, letters=letters, languages=LOCALES)


@blueprint.post("/account/letters")
@access("people.own_account")
def letters() -> Response | tuple[str, int]:
    """Choose whether one wants letters, and in which language."""
    form = load_form(LettersSchema())
    account_id = current_actor().account_id
    if form.is_valid and account_id is not None:
        try:
            with unit_of_work() as uow:
                service.choose_letters(
                    uow, account_id, wants=form.data["wants"], language=form.data["language"]
                )
            flash_ok(gettext("Saved."))
            return see_other("people.account")
        except InvalidInput as error:
            form.take(error, error_texts())
    return _account_page(form.errors), 422


@blueprint.post("/account/password")
@access("people.own_account")
def password() -> Response | tuple[str, int]:
    """Change one's own password."""
    form = load_form(PasswordSchema())
    account_id = current_actor().account_id
    if form.is_valid and account_id is not None:
        try:
            with unit_of_work() as uow:
                service.change_password(uow, account_id, old=form.data["old"], new=form.data["new"])
            flash_ok(gettext("The password is changed. Please sign in with the new one."))
            return see_other("people.login")
        except InvalidInput as error:
            form.take(error, error_texts())
    return _account_page(form.errors), 422


@blueprint.post("/account/sessions/end")
@access("people.own_account")
def end_sessions() -> Response:
    """Sign out everywhere."""
    account_id = current_actor().account_id
    if account_id is not None:
        with unit_of_work() as uow:
            service.end_all_sessions(uow, account_id)
    return see_other("people.login")
