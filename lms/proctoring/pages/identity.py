"""A student's own identity: choose a way, take pictures, type a code, see where it stands."""

from __future__ import annotations

from functools import partial
from io import BytesIO
from typing import Any
from uuid import UUID

from flask import Blueprint, jsonify, render_template, request, send_file
from flask import Response as FlaskResponse
from flask_babel import gettext
from werkzeug.wrappers import Response

from lms.core.errors import Conflict, InvalidInput, TooLarge, TooMany
from lms.core.web import (
    Form,
    access,
    authorise,
    camera_page,
    current_actor,
    load_form,
    read_session,
    runtime,
    see_other,
    unit_of_work,
)
from lms.core.web.problems import error_texts
from lms.people import queries as people
from lms.proctoring import queries, service
from lms.proctoring.access_rules import Reach
from lms.proctoring.availability import faces_missing
from lms.proctoring.pages.uploads import sent_answers, sent_pictures
from lms.proctoring.schemas import ChooseSchema, CodeSchema, ExchangeSchema, PasskeySchema
from lms.proctoring.settings import ProctoringSettings
from lms.proctoring.types import CheckState, IdentityMethod
from lms.proctoring.words import assurance_word, challenge_word, fault_advice, fault_word

__all__ = ["blueprint"]

blueprint = Blueprint("identity", __name__, template_folder="../templates", url_prefix="/identity")


def _options(entry_id: UUID) -> queries.IdentityOptions:
    options = queries.identity_options(read_session(), entry_id, runtime().clock.now())
    authorise("proctoring.own_identity", Reach(options.facts.person_id, runtime().clock.now()))
    return options


def _cards(methods: tuple[IdentityMethod, ...]) -> list[dict[str, Any]]:
    """Return the ways as equal cards."""
    texts = {
        IdentityMethod.KNOWN_TEACHER: (
            gettext("A talk with a teacher who knows you"),
            gettext("A short video call. You need not speak: writing in the chat will do."),
            gettext("5 minutes, before the start"),
            "video",
        ),
        IdentityMethod.FACE: (
            gettext("A picture by camera"),
            gettext("We compare it with your sample. A person has the last word."),
            gettext("2 minutes, can be done ahead"),
            "camera",
        ),
        IdentityMethod.CODE_AND_ADULT: (
            gettext("A code and an adult nearby"),
            gettext("Your parent or tutor confirms that it is you and gives you a code."),
            gettext("3 minutes, no camera needed"),
            "key",
        ),
        IdentityMethod.DOCUMENT_VIDEO: (
            gettext("A document by video"),
            gettext("Show a document to the school office in a short video call. They need not know you."),
            gettext("5 minutes, before the start"),
            "card",
        ),
        IdentityMethod.IN_PERSON: (
            gettext("Come in person"),
            gettext("To the school or the nearest centre. You can sit the exam there or at home."),
            gettext("By appointment, no camera needed"),
            "building",
        ),
        IdentityMethod.PASSKEY: (
            gettext("Your own device"),
            gettext(
                "Unlock the device that you bound before: by its PIN, finger or face. Nothing of that comes to us."
            ),
            gettext("1 minute, no camera needed"),
            "shield",
        ),
        IdentityMethod.PASSKEY_AND_TALK: (
            gettext("Your own device and a short talk"),
            gettext("Unlock your device; then somebody asks you one question, aloud or in the chat."),
            gettext("5 minutes, no camera needed"),
            "shield",
        ),
    }
    return [
        {
            "value": m.value,
            "title": texts[m][0],
            "text": texts[m][1],
            "meta": texts[m][2],
            "icon": texts[m][3],
        }
        for m in methods
    ]


def _choice_page(options: queries.IdentityOptions, form: Form) -> str:
    return render_template(
        "proctoring/identity_choice.html",
        options=options,
        cards=_cards(options.methods),
        form=form,
        errors=form.errors,
        has_face=IdentityMethod.FACE in options.methods,
        limits=runtime().settings.of(ProctoringSettings),
        faces_missing=faces_missing(runtime()),
    )


def _status_page(options: queries.IdentityOptions, form: Form) -> str:
    assert options.check is not None
    now = runtime().clock.now()
    return render_template(
        "proctoring/identity_status.html",
        options=options,
        check=options.check,
        form=form,
        errors=form.errors,
        fault=(fault_word(options.check.reason), fault_advice(options.check.reason))
        if options.check.reason
        else None,
        teachers=_teachers(options) if options.check.method is IdentityMethod.KNOWN_TEACHER else [],
        challenge_word=partial(challenge_word, aloud=options.sample.takes_voice),
        assurance_word=assurance_word,
        limits=runtime().settings.of(ProctoringSettings),
        code_alive=options.check.code_expires_at is not None and options.check.code_expires_at > now,
        now=now,
    )


def _refused_page(entry_id: UUID, form: Form, field: str, words: str) -> tuple[str, int]:
    """Return the page on which the student stands with what went wrong: the ways where no check is left to go on with."""
    options = _options(entry_id)
    if options.check is None or options.check.state is CheckState.REFUSED:
        form.fail("method", str(error_texts()["proctoring.check_over"]))
        return _choice_page(options, form), 422
    form.fail(field, words)
    return _status_page(options, form), 422


def _teachers(options: queries.IdentityOptions) -> list[str]:
    session, now = read_session(), runtime().clock.now()
    near = [
        staff
        for kind, _, staff in people.staff_of(session, options.facts.person_id, now)
        if kind != "specialist"
    ]
    return sorted({card.name for card in people.person_cards(session, near).values()})


@blueprint.get("/<uuid:entry_id>")
@access("proctoring.own_identity")
@camera_page
def entry(entry_id: UUID) -> Response | str:
    """Show the ways, or where the chosen one stands; tasks that were asked long ago are other ones by now."""
    options = _options(entry_id)
    asked = () if options.check is None or options.check.is_computing else options.check.asked
    if options.check is not None and any(runtime().clock.now() - t.made_at >= service.OLD for t in asked):
        with unit_of_work() as uow:
            service.renew_tasks(uow, options.check.id)
        return see_other("identity.entry", entry_id=entry_id)
    if options.check is None or options.check.state is CheckState.REFUSED:
        return _choice_page(options, Form())
    return _status_page(options, Form())


@blueprint.get("/<uuid:entry_id>/change")
@access("proctoring.own_identity")
def change(entry_id: UUID) -> Response | str:
    """Show the ways again: minds may be changed at any moment."""
    options = _options(entry_id)
    if options.is_open:
        return see_other("identity.entry", entry_id=entry_id)
    return _choice_page(options, Form())


@blueprint.post("/<uuid:entry_id>")
@access("proctoring.own_identity")
def choose(entry_id: UUID) -> Response | tuple[str, int]:
    """Take the choice."""
    form = load_form(ChooseSchema())
    if "method" in form.errors:
        form.errors["method"] = [gettext("Choose one of the ways; all are equal.")]
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                service.choose_method(uow, entry_id, IdentityMethod(form.data["method"]))
            return see_other("identity.entry", entry_id=entry_id)
        except Conflict as error:
            form.fail("method", str(error_texts()[error.code]))
    return _choice_page(_options(entry_id), form), 422


@blueprint.post("/checks/<uuid:check_id>/shots")
@access("proctoring.own_identity")
@camera_page
def shots(check_id: UUID) -> Response | tuple[str, int]:
    """Take the pictures of a camera check; the worker compares them."""
    entry_id = queries.check_view(read_session(), check_id).entry_id
    try:
        with unit_of_work() as uow:
            service.submit_face_shots(
                uow, check_id, sent_pictures(), request.user_agent.string, sent_answers()
            )
        return see_other("identity.entry", entry_id=entry_id)
    except (InvalidInput, Conflict, TooLarge) as error:
        return _refused_page(entry_id, Form(), "pictures", _words(error))


@blueprint.post("/checks/<uuid:check_id>/tasks")
@access("proctoring.own_identity")
def exchange(check_id: UUID) -> Response:
    """Ask for something else in the place of one task, or for none: no reason is asked.

    Where the check has moved on meanwhile, its page says where it stands.
    """
    sent = load_form(ExchangeSchema()).data
    entry_id = queries.check_view(read_session(), check_id).entry_id
    try:
        with unit_of_work() as uow:
            service.exchange_challenge(
                uow, check_id, sent.get("instead", ""), for_none=sent.get("none") == "yes"
            )
    except Conflict:
        return see_other("identity.entry", entry_id=entry_id)
    return see_other("identity.entry", entry_id=entry_id, _anchor="tasks")


@blueprint.post("/checks/<uuid:check_id>/code")
@access("proctoring.own_identity")
def code(check_id: UUID) -> Response | tuple[str, int]:
    """Check the code that an adult passed on."""
    form = load_form(CodeSchema())
    entry_id = queries.check_view(read_session(), check_id).entry_id
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                is_right = service.enter_code(uow, check_id, form.data["code"])
            if is_right:
                return see_other("identity.entry", entry_id=entry_id)
            words = str(error_texts()["proctoring.code_wrong"])
        except (InvalidInput, Conflict, TooMany) as error:
            words = _words(error)
        return _refused_page(entry_id, form, "code", words)
    return _refused_page(entry_id, form, "code", str(error_texts()["proctoring.code_wrong"]))


@blueprint.post("/checks/<uuid:check_id>/passkey/options")
@access("proctoring.own_identity")
def passkey_options(check_id: UUID) -> FlaskResponse:
    """Say what the browser shall ask the student's device."""
    with unit_of_work() as uow:
        asked = service.ask_passkey(uow, check_id)
    return FlaskResponse(asked, mimetype="application/json")


@blueprint.post("/checks/<uuid:check_id>/passkey")
@access("proctoring.own_identity")
def passkey(check_id: UUID) -> Response | tuple[str, int]:
    """Check what the student's device answered."""
    form = load_form(PasskeySchema())
    entry_id = queries.check_view(read_session(), check_id).entry_id
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                is_right = service.confirm_by_passkey(uow, check_id, form.data["credential"])
            if is_right:
                return see_other("identity.entry", entry_id=entry_id)
        except (InvalidInput, Conflict) as error:
            return _refused_page(entry_id, form, "credential", _words(error))
    return _refused_page(entry_id, form, "credential", str(error_texts()["proctoring.passkey_wrong"]))


@blueprint.get("/checks/<uuid:check_id>/status")
@access("proctoring.own_identity")
def status(check_id: UUID) -> Response:
    """Tell the page's script whether something has changed."""
    view = queries.check_view(read_session(), check_id)
    authorise("proctoring.own_identity", Reach(view.person.id, runtime().clock.now()))
    return jsonify(state=view.state.value, computing=view.is_computing, meeting=bool(view.meeting_url))


@blueprint.get("/evidence/<uuid:evidence_id>")
@access("core.home")
def evidence(evidence_id: UUID) -> Response:
    """Show one picture to those who may see it; the viewing is written down."""
    with unit_of_work(current_actor()) as uow:
        stored, data = service.open_evidence(uow, evidence_id)
    response = send_file(BytesIO(data), mimetype=stored.media_type)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _words(error: InvalidInput | Conflict | TooLarge | TooMany) -> str:
    template = str(error_texts().get(error.code, error.code))
    return template % error.params if "%(" in template else template
