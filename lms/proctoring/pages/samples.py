"""The registration of a sample: by the student at home, or by staff at school; approval against a document."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from uuid import UUID

from flask import Blueprint, render_template, request, send_file
from flask_babel import gettext
from werkzeug.wrappers import Response

from lms.core.errors import Conflict, InvalidInput, NotFound, TooLarge
from lms.core.web import (
    Form,
    access,
    authorise,
    camera_page,
    current_actor,
    flash_ok,
    load_form,
    read_session,
    runtime,
    see_other,
    unit_of_work,
)
from lms.core.web.problems import error_texts
from lms.people import queries as people
from lms.people.types import Relation
from lms.proctoring import queries, service
from lms.proctoring.access_rules import Reach
from lms.proctoring.availability import faces_missing
from lms.proctoring.pages.uploads import sent_pictures
from lms.proctoring.schemas import ApproveSchema, GroupsSchema
from lms.proctoring.types import DeclaredKind
from lms.proctoring.verifiers.pictures import YUNET
from lms.proctoring.words import declared_word, fault_advice, fault_word

__all__ = ["blueprint"]

blueprint = Blueprint("samples", __name__, template_folder="../templates", url_prefix="/identity")


#: Who may take a consent back: the student, a parent with that right, the office.
_MAY_WITHDRAW = frozenset(
    {
        Relation.SELF,
        Relation.GUARDIAN_CONSENT,
        Relation.REGISTRAR,
        Relation.DEPUTY_HEAD,
        Relation.DIRECTOR,
    }
)


def _page(person_id: UUID, form: Form) -> str:
    session, now = read_session(), runtime().clock.now()
    standing = queries.sample_standing(session, person_id, now)
    reach = Reach(person_id, now, org_id=standing.org_id)
    authorise("proctoring.see_sample", reach)
    faults = standing.enrolment.faults if standing.enrolment else ()
    policy, actor = runtime().policy, current_actor()
    is_self = person_id == actor.person_id
    can_register = policy.can(session, actor, "proctoring.register_sample", reach)
    can_approve = policy.can(session, actor, "proctoring.approve_sample", reach)
    return render_template(
        "proctoring/sample.html",
        person=people.person_card(session, person_id),
        is_self=is_self,
        standing=standing,
        faults=[(no, fault_word(code), fault_advice(code)) for no, code in faults],
        faces_missing=faces_missing(runtime()),
        can_register=can_register,
        can_approve=can_approve,
        declarable=[{"value": kind.value, "text": declared_word(kind)} for kind in DeclaredKind],
        declared=[kind.value for kind in queries.declared_by(session, person_id)] if is_self else [],
        can_withdraw=bool(people.relations_to(session, current_actor(), person_id, now) & _MAY_WITHDRAW),
        form=form,
        errors=form.errors,
    )


@blueprint.get("/sample")
@access("proctoring.see_sample")
@camera_page
def own() -> str:
    """Show one's own sample: what it is for, how it stands, how to take it or take it back."""
    actor = current_actor()
    assert actor.person_id is not None
    return _page(actor.person_id, Form())


@blueprint.post("/sample/groups")
@access("proctoring.own_identity")
def declare() -> Response:
    """Keep what the student says of themselves so that errors are counted for people like them."""
    sent = load_form(GroupsSchema()).data
    with unit_of_work() as uow:
        service.declare_groups(uow, [DeclaredKind(kind) for kind in sent.get("kinds", [])])
    flash_ok(gettext("Noted. You can change it or take it back here on any day."))
    return see_other("samples.own")


@blueprint.get("/finder")
@access("proctoring.see_sample")
def finder() -> Response:
    """Hand out the net that finds a face, so that the page itself can say where to sit and no picture leaves it."""
    if YUNET.find() is None:
        raise NotFound("proctoring.weights", name=YUNET.name)
    data = Path(YUNET.path()).read_bytes()
    response = send_file(BytesIO(data), mimetype="application/octet-stream", etag=YUNET.sha256)
    response.headers["Cache-Control"] = "private, max-age=604800"
    return response


@blueprint.get("/samples/<uuid:person_id>")
@access("proctoring.see_sample")
@camera_page
def person(person_id: UUID) -> str:
    """Show one student's sample to staff or parents."""
    return _page(person_id, Form())


@blueprint.post("/samples/<uuid:person_id>")
@access("proctoring.register_sample")
@camera_page
def register(person_id: UUID) -> Response | tuple[str, int]:
    """Take three to five pictures; the worker judges them and computes the sample."""
    form = Form()
    try:
        with unit_of_work() as uow:
            service.submit_sample(uow, person_id, sent_pictures(), request.user_agent.string)
        return see_other("samples.person", person_id=person_id)
    except (InvalidInput, Conflict, TooLarge) as error:
        template = str(error_texts().get(error.code, error.code))
        form.fail("pictures", template % error.params if "%(" in template else template)
    return _page(person_id, form), 422


@blueprint.get("/samples/<uuid:person_id>/approve")
@access("proctoring.approve_sample")
def approval(person_id: UUID) -> Response | str:
    """Show the pictures beside the question "is this the person of the document?"."""
    return _approval_page(person_id, Form())


def _approval_page(person_id: UUID, form: Form) -> Response | str:
    session, now = read_session(), runtime().clock.now()
    standing = queries.sample_standing(session, person_id, now)
    authorise("proctoring.approve_sample", Reach(person_id, now, org_id=standing.org_id))
    if standing.enrolment is None or standing.enrolment.state.value != "to_approve":
        return see_other("samples.person", person_id=person_id)
    return render_template(
        "proctoring/sample_approve.html",
        person=people.person_card(session, person_id),
        enrolment=standing.enrolment,
        form=form,
        errors=form.errors,
    )


@blueprint.post("/samples/<uuid:person_id>/approve/<uuid:enrolment_id>")
@access("proctoring.approve_sample")
def approve(person_id: UUID, enrolment_id: UUID) -> Response | str | tuple[Response | str, int]:
    """Put the sample in force or refuse it."""
    form = load_form(ApproveSchema())
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                if form.data["decision"] == "approve":
                    service.approve_sample(uow, enrolment_id, document_ref=form.data["document_ref"])
                else:
                    service.reject_sample(uow, enrolment_id)
            if form.data["decision"] == "approve":
                flash_ok(
                    gettext(
                        "The sample is registered. Its pictures are deleted; only encrypted numbers are kept."
                    )
                )
            else:
                flash_ok(gettext("The sample is refused; pictures and numbers are destroyed."))
            return see_other("staff.queue")
        except InvalidInput as error:
            form.take(error, error_texts())
    return _approval_page(person_id, form), 422


@blueprint.get("/samples/<uuid:person_id>/picture/<uuid:enrolment_id>/<int:no>")
@access("proctoring.approve_sample")
def picture(person_id: UUID, enrolment_id: UUID, no: int) -> Response:
    """Show one picture of a sample that waits for approval; the viewing is written down."""
    with unit_of_work() as uow:
        stored, data = service.open_sample_picture(uow, enrolment_id, no)
    response = send_file(BytesIO(data), mimetype=stored.media_type)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.get("/samples/<uuid:person_id>/status")
@access("proctoring.see_sample")
def status(person_id: UUID) -> dict[str, str]:
    """Tell the page's script whether the worker is done."""
    standing = queries.sample_standing(read_session(), person_id, runtime().clock.now())
    authorise("proctoring.see_sample", Reach(person_id, runtime().clock.now(), org_id=standing.org_id))
    return {"state": standing.enrolment.state.value if standing.enrolment else "none"}
