"""Staff and family: who waits for a decision about identity, and recording it."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from lms.core.errors import Conflict, InvalidInput
from lms.core.paging import Page
from lms.core.web import (
    Form,
    access,
    authorise,
    current_actor,
    flash_ok,
    load_form,
    page_number,
    read_session,
    runtime,
    see_other,
    unit_of_work,
)
from lms.core.web.problems import error_texts
from lms.people import queries as people
from lms.proctoring import queries, service
from lms.proctoring.access_rules import Reach
from lms.proctoring.pages.uploads import closed_blurs
from lms.proctoring.queries.queue import folded
from lms.proctoring.schemas import DecisionSchema, MeetingSchema, VouchSchema
from lms.proctoring.types import CheckState
from lms.proctoring.words import (
    assurance_word,
    challenge_name,
    challenge_outcome_word,
    device_facts,
    fault_word,
    method_word,
    signal_word,
)

__all__ = ["blueprint"]

#: Lines of a list on one page.
PER_PAGE = 25

blueprint = Blueprint("staff", __name__, template_folder="../templates", url_prefix="/identity")


@blueprint.get("/queue")
@access("proctoring.decide_identity")
def queue() -> str:
    """Show who waits for one's decision: checks, and samples for the office."""
    session, actor, now = read_session(), current_actor(), runtime().clock.now()
    is_office = actor.has_role("registrar", "proctor")
    students = people.students_in(session, actor.orgs_as("registrar", "proctor"), now) if is_office else []
    consenting = [card for card, state in students if state is not None and state.value == "active"]
    waiting = queries.checks_waiting(session, actor, now)
    text = request.args.get("q", "").strip()[:80]
    asked = folded(text)
    found = [c for c in waiting if asked in folded(c.person.name) or asked in folded(c.title)]
    number = min(page_number(), max(1, -(-len(found) // PER_PAGE)))
    page = Page(found[(number - 1) * PER_PAGE : number * PER_PAGE], number, PER_PAGE, len(found))
    return render_template(
        "proctoring/queue.html",
        may_set_duty=runtime().policy.allows_role(current_actor(), "proctoring.set_duty"),
        checks=page.items,
        text=text,
        is_long=len(waiting) > PER_PAGE,
        pages={"number": number, "pages": page.pages, "url": url_for("staff.queue", q=text) + "&page="},
        samples=queries.samples_waiting(session, actor, now),
        waivers=queries.waivers_waiting(session, actor),
        consenting=consenting[:PER_PAGE],
        consenting_more=len(consenting) > PER_PAGE,
        is_office=is_office,
        method_word=method_word,
        now=now,
    )


def _check_page(check_id: UUID, form: Form) -> str:
    session, now = read_session(), runtime().clock.now()
    check = queries.check_view(session, check_id)
    reach = Reach(check.person.id, now, check.method, check.org_id)
    authorise("proctoring.decide_identity", reach)
    with unit_of_work() as uow:
        uow.log_access("proctoring.decide_identity", check.person.id, "identity_check", check.id, "shown")
    opened = set(request.args.getlist("open"))
    asked = [task.evidence_id for task in check.answered if task.evidence_id is not None]
    is_decided = check.state in {CheckState.VERIFIED, CheckState.REFUSED}
    blurs = {} if is_decided else closed_blurs([*check.shots, *asked], opened)
    device = queries.device_check(read_session(), check.entry_id)
    return render_template(
        "proctoring/check_decide.html",
        check=check,
        refusals=[r for r in queries.refusals_of(read_session(), check.entry_id) if r.id != check.id],
        method_word=method_word,
        fault_word=fault_word,
        assurance_word=assurance_word,
        challenge_name=challenge_name,
        challenge_outcome_word=challenge_outcome_word,
        signal_word=signal_word,
        opened=opened,
        blurs=blurs,
        device=device,
        device_facts=device_facts(device) if device else [],
        form=form,
        errors=form.errors,
    )


@blueprint.get("/checks/<uuid:check_id>")
@access("proctoring.decide_identity")
def check(check_id: UUID) -> str:
    """Show one check to whoever may decide it."""
    return _check_page(check_id, Form())


@blueprint.post("/checks/<uuid:check_id>")
@access("proctoring.decide_identity")
def decide(check_id: UUID) -> Response | tuple[str, int]:
    """Record the decision."""
    form = load_form(DecisionSchema())
    if "decision" in form.errors:
        form.errors["decision"] = [gettext("Choose what you saw.")]
    if form.is_valid:
        data = form.data
        try:
            with unit_of_work() as uow:
                state = service.decide_identity(
                    uow,
                    check_id,
                    is_confirmed=data["decision"] == "confirm",
                    note=data["note"],
                    document_ref=data["document_ref"],
                )
            if state is CheckState.VERIFIED:
                flash_ok(gettext("Recorded: it is the student. The exam can start."))
            else:
                flash_ok(
                    gettext(
                        "Recorded: not confirmed. The student sees your reason and can choose another way."
                    )
                )
            return see_other("staff.queue")
        except InvalidInput as error:
            form.take(error, error_texts())
        except Conflict as error:
            form.fail("_form", str(error_texts()[error.code]))
    return _check_page(check_id, form), 422


@blueprint.post("/checks/<uuid:check_id>/meeting")
@access("proctoring.decide_identity")
def meeting(check_id: UUID) -> Response | tuple[str, int]:
    """Give the student the address of the call."""
    form = load_form(MeetingSchema())
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                service.open_meeting(uow, check_id, form.data["meeting_url"])
            flash_ok(gettext("The student sees the address of the call now."))
            return see_other("staff.check", check_id=check_id)
        except InvalidInput as error:
            form.take(error, error_texts())
        except Conflict as error:
            form.fail("_form", str(error_texts()[error.code]))
    return _check_page(check_id, form), 422


@blueprint.get("/vouch")
@access("proctoring.vouch")
def vouching() -> str:
    """Show a parent or tutor for whom they can vouch now."""
    checks = queries.vouching_waiting(read_session(), current_actor(), runtime().clock.now())
    return render_template("proctoring/vouching.html", checks=checks)


@blueprint.route("/vouch/<uuid:check_id>", methods=["GET", "POST"])
@access("proctoring.vouch")
def vouch(check_id: UUID) -> str | tuple[str, int]:
    """Vouch: write down the question that was asked, get the code to pass on (shown once)."""
    session, now = read_session(), runtime().clock.now()
    check = queries.check_view(session, check_id)
    authorise("proctoring.vouch", Reach(check.person.id, now, check.method, check.org_id))
    form = Form()
    if request.method == "POST":
        form = load_form(VouchSchema())
        if form.is_valid:
            try:
                with unit_of_work() as uow:
                    issued = service.issue_code(uow, check_id, question=form.data["note"])
                fresh = queries.check_view(read_session(), check_id)
                return render_template(
                    "proctoring/vouch.html", check=fresh, code=issued, form=Form(), errors={}
                )
            except InvalidInput as error:
                form.take(error, error_texts())
            except Conflict as error:
                form.fail("_form", str(error_texts()[error.code]))
    page = render_template("proctoring/vouch.html", check=check, code=None, form=form, errors=form.errors)
    return (page, 422) if form.errors else page
