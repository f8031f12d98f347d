"""Bind one's own devices, forget them, and answer with one of them for an exam."""

from __future__ import annotations

from urllib.parse import urlsplit
from uuid import UUID

from flask import Blueprint, render_template, request
from flask import Response as FlaskResponse
from flask_babel import gettext
from werkzeug.wrappers import Response

from lms.core.errors import Conflict, InvalidInput
from lms.core.web import (
    Form,
    access,
    current_actor,
    flash_ok,
    load_form,
    read_session,
    runtime,
    see_other,
    unit_of_work,
)
from lms.core.web.problems import error_texts
from lms.proctoring import queries, service
from lms.proctoring.passkeys import Place
from lms.proctoring.schemas import PasskeySchema

__all__ = ["blueprint"]

blueprint = Blueprint("passkeys", __name__, template_folder="../templates", url_prefix="/identity/passkeys")


def _page(form: Form) -> str:
    actor = current_actor()
    assert actor.person_id is not None
    place = Place.of(runtime().settings.core.base_url)
    is_here = place is not None and urlsplit(request.host_url).hostname == place.domain
    return render_template(
        "proctoring/passkeys.html",
        passkeys=queries.passkeys_of(read_session(), actor.person_id),
        is_possible=is_here,
        elsewhere=None if place is None or is_here else place.origin + request.path,
        form=form,
        errors=form.errors,
    )


@blueprint.get("")
@access("proctoring.own_passkeys")
def index() -> str:
    """Show one's own devices."""
    return _page(Form())


@blueprint.post("/options")
@access("proctoring.own_passkeys")
def options() -> FlaskResponse:
    """Begin to bind a device: what the browser shall ask it."""
    with unit_of_work() as uow:
        asked = service.begin_passkey(uow)
    return FlaskResponse(asked, mimetype="application/json")


@blueprint.post("")
@access("proctoring.own_passkeys")
def register() -> Response | tuple[str, int]:
    """Keep the device that has answered."""
    form = load_form(PasskeySchema())
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                service.register_passkey(uow, form.data["credential"], form.data["label"])
            flash_ok(gettext("The device is bound."))
            return see_other("passkeys.index")
        except (InvalidInput, Conflict) as error:
            form.fail("credential", str(error_texts()[error.code]))
    return _page(form), 422


@blueprint.post("/<uuid:passkey_id>/remove")
@access("proctoring.own_passkeys")
def remove(passkey_id: UUID) -> Response:
    """Forget a device."""
    with unit_of_work() as uow:
        service.remove_passkey(uow, passkey_id)
    flash_ok(gettext("The device is forgotten."))
    return see_other("passkeys.index")
