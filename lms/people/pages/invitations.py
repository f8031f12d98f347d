"""Let an invited person set a password with the link that the school gave them."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask_babel import gettext as _
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from lms.core.actor import ANONYMOUS
from lms.core.errors import Gone, InvalidInput
from lms.core.web import access, flash_ok, load_form, read_session, runtime, see_other, unit_of_work
from lms.core.web.problems import error_texts
from lms.people import queries, service

__all__ = ["blueprint"]

blueprint = Blueprint("invitations", __name__, url_prefix="/invitation", template_folder="../templates")


class NewPasswordSchema(Schema):
    """A password, typed twice so that nobody locks themselves out by a slip."""

    password = fields.String(required=True, validate=validate.Length(max=200))
    again = fields.String(required=True, validate=validate.Length(max=200))


def _login(token: str) -> str:
    """Return the login behind a link; raise NotFound, or Gone when its time is over."""
    state = queries.invitation_state(read_session(), service.token_hash(token), runtime().clock.now())
    if state.fault:
        raise Gone(state.fault)
    return state.login


@blueprint.get("/<token>")
@access("core.public")
def show(token: str) -> str:
    """Show the login and ask for a password."""
    return render_template("people/invitation.html", login=_login(token), errors={})


@blueprint.post("/<token>")
@access("core.public")
def accept(token: str) -> Response | tuple[str, int]:
    """Set the password; from now on the link opens nothing."""
    login = _login(token)
    form = load_form(NewPasswordSchema())
    if form.is_valid and form.data["password"] != form.data["again"]:
        form.fail("again", _("The two passwords are not the same. Type the same one twice."))
    if form.is_valid:
        try:
            with unit_of_work(ANONYMOUS) as uow:
                service.accept_invitation(uow, token, form.data["password"])
            flash_ok(_("Your password is set. Sign in with the login %(login)s.", login=login))
            return see_other("people.login")
        except InvalidInput as error:
            form.take(error, error_texts())
    return render_template("people/invitation.html", login=login, errors=form.errors), 422
