"""Build a plan: start from a template, change items, watch the checks, submit. Works without JavaScript."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from flask import render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.assessment.queries import sessions_of
from lms.core.errors import Conflict, InvalidInput
from lms.core.ids import parse_id
from lms.core.web import (
    Form,
    access,
    authorise,
    current_actor,
    flash_ok,
    load_form,
    read_session,
    runtime,
    see_other,
    unit_of_work,
)
from lms.core.web.i18n import window_words
from lms.core.web.problems import error_texts, word_error
from lms.courses.queries import catalogue
from lms.courses.types import CourseCard
from lms.curriculum.queries import curriculum_view, newest_curricula, outcome_views
from lms.curriculum.types import ATTESTATION_WORDS, SUBJECT_WORDS, AttestationForm, CurriculumView
from lms.people import service as people_service
from lms.people.queries import (
    current_admission,
    guardians_of,
    holders_of,
    measures_in_force,
    person_card,
    person_cards,
    students_of,
)
from lms.people.types import Relation, RoleKind
from lms.plans import service, words
from lms.plans.pages.plan_fill import filled_values
from lms.plans.pages.plan_show import proposal_lines
from lms.plans.pages.plans import blueprint, open_for, reach_of, today, worded_checks
from lms.plans.plan_reading import plan_head, roles_for
from lms.plans.queries import plans as queries
from lms.plans.queries.plans import ItemView, PlanView, TemplateView
from lms.plans.rules.plan_content import ItemContent
from lms.plans.schemas.plans import ItemSchema, ReasonSchema, RevisionSchema, StartPlanSchema
from lms.plans.types.plans import ApprovalRole, Delivery, OutcomeHours, PlanState

__all__ = ["WRITTEN", "builder", "conditions_of", "session_options", "stale", "step"]

#: Versions that are still written: the draft and its what-if copies.
WRITTEN = frozenset({PlanState.DRAFT, PlanState.VARIANT})


def conditions_of(person_id: UUID) -> list[str]:
    """Return the support measures of a student in words: what holds, never why."""
    measures = measures_in_force(read_session(), person_id, today())
    return [people_service.measure_words(one.code, one.params) for one in measures]


# --- start ------------------------------------------------------------------------------------------------------


@blueprint.route("/plans/new", methods=["GET", "POST"])
@access("plans.edit")
def new() -> Response | str | tuple[str, int]:
    """Choose a student and a template and begin the plan."""
    if request.method == "GET":
        chosen = request.args.get("person_id", "")
        return _new(Form(values={"person_id": chosen, "scope": "whole", "kind": "general"}))
    form = load_form(StartPlanSchema())
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                receipt = service.create_plan(uow, **form.data)
            return see_other("plans.build", version_id=receipt.version_id)
        except InvalidInput as error:
            form.take(error, error_texts())
        except Conflict as error:
            form.fail("_form", word_error(error))
    return _new(form), 422


def _new(form: Form) -> str:
    session, actor = read_session(), current_actor()
    assert actor.person_id is not None
    students = students_of(session, actor.person_id, runtime().clock.now())
    chosen = form.values.get("person_id")
    if chosen and not any(str(card.id) == str(chosen) for card in students):
        students = [*students, *_extra_student(str(chosen))]
    orgs = sorted({role.org_id for role in actor.roles})
    templates = queries.templates_for(session, orgs)
    curricula = [row for org_id in orgs for row in newest_curricula(session, org_id)]
    taught = [item.subject for row in templates for item in row.items]
    taught += [item.subject for row in curricula for item in row.items]
    return render_template(
        "plans/new.html",
        values=form.values,
        errors=form.errors,
        students=students,
        colleagues=_colleagues(orgs),
        may_entrust=actor.has_role("director", "deputy_head", "registrar"),
        starts=[_start_option(_("Template"), row) for row in templates]
        + [_start_option(_("Curriculum of the class"), row) for row in curricula],
        kinds=words.kind_options(),
        subjects=[(key, words.subject_word(key)) for key in dict.fromkeys(taught)],
    )


def _start_option(what: str, row: TemplateView | CurriculumView) -> dict[str, Any]:
    """Return a template or a curriculum as something a plan can begin with."""
    hint = _(
        "Grade %(grade)s, %(year)s · %(hours)s",
        grade=row.grade,
        year=row.year,
        hours=words.hours_words(row.hours),
    )
    return {"value": row.id, "text": f"{what}: {row.title}", "hint": hint}


def _colleagues(orgs: list[UUID]) -> list[Any]:
    """Return the teachers whose development plans a head of the school writes."""
    actor, now = current_actor(), runtime().clock.now()
    heads = [org_id for org_id in orgs if actor.has_role("director", "deputy_head", org_id=org_id)]
    ids = [p for org_id in heads for p in holders_of(read_session(), org_id, RoleKind.TEACHER, now)]
    return sorted(person_cards(read_session(), ids).values(), key=lambda card: card.name)


def _extra_student(person_id: str) -> list[Any]:
    """Return a student who is not the actor's own but whom a head may plan for."""
    identifier = parse_id(person_id)
    admission = None if identifier is None else current_admission(read_session(), identifier, today())
    if identifier is None or admission is None:
        return []
    is_head = current_actor().has_role("director", "deputy_head", org_id=admission.org_id)
    return [person_card(read_session(), identifier)] if is_head else []


# --- the builder ------------------------------------------------------------------------------------------------


@blueprint.get("/plans/versions/<uuid:version_id>/edit")
@access("plans.edit")
def build(version_id: UUID) -> Response | str:
    """Show a draft: items by quarter, the checks with what mends them, the student's conditions."""
    plan = open_for(version_id, "plans.edit")
    if plan.version.state not in WRITTEN:
        return see_other("plans.version", version_id=version_id)
    return builder(plan)


def builder(plan: PlanView, error: str = "") -> str:
    """Return the page of a draft; ``error`` says what has just gone wrong."""
    findings = worded_checks(plan)
    versions = queries.versions_of(read_session(), plan.id)
    is_ready = not any(finding["is_blocking"] for finding in findings)
    return render_template(
        "plans/build.html",
        plan=plan,
        person=person_card(read_session(), plan.person_id),
        admission=current_admission(read_session(), plan.person_id, today()),
        findings=findings,
        is_ready=is_ready,
        nobody_signs=is_ready and _nobody_signs(plan),
        conditions=conditions_of(plan.person_id),
        error=error,
        items_by_period={p.number: [i for i in plan.items if i.period == p.number] for p in plan.periods},
        changed=queries.change_count(read_session(), plan),
        others=[row for row in reversed(versions) if row.state in WRITTEN and row.id != plan.version.id],
        proposals=proposal_lines(read_session(), plan, only_open=True),
        is_free=not any(row.state in {PlanState.SUBMITTED, PlanState.APPROVED} for row in versions),
    )


def _nobody_signs(plan: PlanView) -> bool:
    """Tell whether a guardian has to sign and the school knows of none who may."""
    session, now = read_session(), runtime().clock.now()
    needed = roles_for(session, plan.person_id, today(), plan.kind)
    return ApprovalRole.GUARDIAN in needed and not guardians_of(
        session, plan.person_id, now, Relation.GUARDIAN_SIGN
    )


def stale(error: Conflict, version_id: UUID) -> tuple[str, int] | Response:
    """Answer a change that came too late: the draft as it is now, and what has happened, in words."""
    plan = open_for(version_id, "plans.edit")
    if plan.version.state not in WRITTEN:
        raise error
    return builder(plan, word_error(error)), 409


def step(version_id: UUID, act: Any, done: str, anchor: str = "") -> Response | tuple[str, int]:
    """Do one small change of the draft and come back to it."""
    form = load_form(RevisionSchema())
    try:
        with unit_of_work() as uow:
            act(uow, form.data.get("revision"))
    except Conflict as error:
        return stale(error, version_id)
    flash_ok(done)
    return see_other("plans.build", version_id=version_id, _anchor=anchor or None)


@blueprint.post("/plans/versions/<uuid:version_id>/items/<stable_key>/move")
@access("plans.edit")
def move(version_id: UUID, stable_key: str) -> Response | tuple[str, int]:
    """Move an item to another part of the year."""
    period = request.form.get("period", 0, type=int)

    def act(uow: Any, revision: int | None) -> None:
        service.move_item(uow, version_id=version_id, stable_key=stable_key, period=period, revision=revision)

    plan = open_for(version_id, "plans.edit")
    place = words.period_word(period, plan.curriculum.period_kind)
    return step(version_id, act, _("Moved to: %(period)s.", period=place), stable_key)


@blueprint.post("/plans/versions/<uuid:version_id>/items/<stable_key>/remove")
@access("plans.edit")
def remove(version_id: UUID, stable_key: str) -> Response | tuple[str, int]:
    """Take an item out; it can be brought back."""

    def act(uow: Any, revision: int | None) -> None:
        service.remove_item(uow, version_id=version_id, stable_key=stable_key, revision=revision)

    return step(version_id, act, _("Taken out. It can be brought back below the list."), "removed")


@blueprint.post("/plans/versions/<uuid:version_id>/items/<stable_key>/restore")
@access("plans.edit")
def restore(version_id: UUID, stable_key: str) -> Response | tuple[str, int]:
    """Bring an item back that was taken out."""

    def act(uow: Any, revision: int | None) -> None:
        service.restore_item(uow, version_id=version_id, stable_key=stable_key, revision=revision)

    return step(version_id, act, _("The item is back as it was."), stable_key)


@blueprint.post("/plans/versions/<uuid:version_id>/mend")
@access("plans.edit")
def mend(version_id: UUID) -> Response | tuple[str, int]:
    """Do what the checks offer for one finding."""
    finding = request.form.get("finding", "")

    def act(uow: Any, revision: int | None) -> None:
        service.mend_finding(uow, version_id=version_id, finding=finding, revision=revision)

    return step(version_id, act, _("Mended."), "checks")


@blueprint.post("/plans/versions/<uuid:version_id>/copy")
@access("plans.edit")
def copy(version_id: UUID) -> Response | tuple[str, int]:
    """Make a what-if copy and open it."""
    plan = open_for(version_id, "plans.edit")
    form = load_form(ReasonSchema())
    try:
        with unit_of_work() as uow:
            made = service.copy_version(uow, version_id=version_id, reason=form.data.get("reason", ""))
    except (InvalidInput, Conflict) as error:
        if plan.version.state not in WRITTEN:
            raise
        return builder(plan, word_error(error)), 422
    flash_ok(_("This is a copy to try things out. Nobody is asked to sign it until you make it the draft."))
    return see_other("plans.build", version_id=made.version_id)


@blueprint.post("/plans/versions/<uuid:version_id>/adopt")
@access("plans.edit")
def adopt(version_id: UUID) -> Response | tuple[str, int]:
    """Make a what-if copy the draft; the former draft stays as a copy."""

    def act(uow: Any, revision: int | None) -> None:
        service.adopt_variant(uow, version_id=version_id, revision=revision)

    return step(version_id, act, _("This copy is the draft now. The former draft is kept as a copy."))


@blueprint.post("/plans/versions/<uuid:version_id>/submit")
@access("plans.edit")
def submit(version_id: UUID) -> Response | tuple[str, int]:
    """Submit a draft; blocking checks are shown again with what mends them."""
    form = load_form(RevisionSchema())
    try:
        with unit_of_work() as uow:
            receipt = service.submit_version(uow, version_id=version_id, revision=form.data.get("revision"))
    except InvalidInput as error:
        return builder(open_for(version_id, "plans.edit"), word_error(error)), 422
    except Conflict as error:
        return stale(error, version_id)
    flash_ok(
        _(
            "Version %(no)s is submitted. The family reads and signs it, then the order follows.",
            no=receipt.no,
        )
    )
    return see_other("plans.version", version_id=version_id)


@blueprint.route("/plans/versions/<uuid:version_id>/discard", methods=["GET", "POST"])
@access("plans.edit")
def discard(version_id: UUID) -> Response | str:
    """Ask once more, then cancel a draft; the version in force stays."""
    plan = open_for(version_id, "plans.edit")
    if request.method == "GET":
        return render_template(
            "plans/discard.html", plan=plan, person=person_card(read_session(), plan.person_id)
        )
    with unit_of_work() as uow:
        service.discard_draft(uow, version_id=version_id)
    flash_ok(_("The draft is discarded. The version in force has not changed."))
    return see_other("plans.index")


@blueprint.route("/plans/<uuid:plan_id>/versions/new", methods=["GET", "POST"])
@access("plans.edit")
def begin(plan_id: UUID) -> Response | str | tuple[str, int]:
    """Begin the next version with the reason that people will read."""
    head = plan_head(read_session(), plan_id)
    authorise("plans.edit", reach_of(head))
    form = load_form(ReasonSchema()) if request.method == "POST" else Form()
    if request.method == "POST" and form.is_valid:
        try:
            with unit_of_work() as uow:
                receipt = service.begin_version(uow, plan_id=plan_id, reason=form.data["reason"])
            return see_other("plans.build", version_id=receipt.version_id)
        except InvalidInput as error:
            form.take(error, error_texts())
        except Conflict as error:
            form.fail("_form", word_error(error))
    page = render_template(
        "plans/begin.html",
        plan=head,
        person=person_card(read_session(), head.person_id),
        values=form.values,
        errors=form.errors,
    )
    return (page, 422) if form.errors else page


# --- one item ---------------------------------------------------------------------------------------------------


@blueprint.route("/plans/versions/<uuid:version_id>/items/<stable_key>", methods=["GET", "POST"])
@access("plans.edit")
def edit_item(version_id: UUID, stable_key: str) -> Response | str | tuple[str, int]:
    """Change one item; a colleague's or another tab's change meanwhile is told, and what was typed is kept."""
    plan = open_for(version_id, "plans.edit")
    if plan.version.state not in WRITTEN:
        return see_other("plans.version", version_id=version_id)
    item = plan.item(stable_key)
    if request.method == "GET":
        return _item_page(plan, item, Form(values=_item_values(plan, item)))
    form = _item_form()
    if not form.is_valid:
        return _item_page(plan, item, form), 422
    try:
        content = _content(form, item.content)
        with unit_of_work() as uow:
            service.edit_item(
                uow,
                version_id=version_id,
                stable_key=stable_key,
                content=content,
                revision=form.data["revision"],
            )
    except InvalidInput as error:
        form.take(error, error_texts())
        return _item_page(plan, item, form), 422
    except Conflict as error:
        return _item_conflict(error, version_id, stable_key, form)
    flash_ok(_("“%(title)s” is saved.", title=content.title))
    return see_other("plans.build", version_id=version_id, _anchor=stable_key)


def _item_conflict(
    error: Conflict, version_id: UUID, stable_key: str, form: Form
) -> Response | tuple[str, int]:
    """Show the form with what was typed, the newest revision and, beside it, what stands there now."""
    plan = open_for(version_id, "plans.edit")
    if plan.version.state not in WRITTEN:
        raise error
    form.fail("_form", word_error(error))
    form.values["revision"] = plan.version.revision
    return _item_page(plan, plan.item(stable_key), form, shows_present=True), 409


@blueprint.route("/plans/versions/<uuid:version_id>/items/new", methods=["GET", "POST"])
@access("plans.edit")
def new_item(version_id: UUID) -> Response | str | tuple[str, int]:
    """Add an item of one's own."""
    plan = open_for(version_id, "plans.edit")
    if request.method == "GET":
        values = {**filled_values(plan), "revision": plan.version.revision}
        return _item_page(plan, None, Form(values=values))
    form = _item_form()
    if not form.is_valid:
        return _item_page(plan, None, form), 422
    try:
        with unit_of_work() as uow:
            receipt = service.add_item(
                uow, version_id=version_id, content=_content(form, None), revision=form.data["revision"]
            )
    except InvalidInput as error:
        form.take(error, error_texts())
        return _item_page(plan, None, form), 422
    except Conflict as error:
        form.fail("_form", word_error(error))
        form.values["revision"] = open_for(version_id, "plans.edit").version.revision
        return _item_page(plan, None, form), 409
    flash_ok(_("The item is added."))
    return see_other("plans.build", version_id=version_id, _anchor=receipt.stable_key)


def _item_form() -> Form:
    """Load the item form together with the hours of its outcomes."""
    form = load_form(ItemSchema())
    shares = {}
    for name, text in request.form.items():
        if name.startswith("outcome-") and text.strip():
            shares[name] = text.strip()
    form.values.update(shares)
    form.data["outcomes"] = _shares(form, shares)
    return form


def _shares(form: Form, typed: dict[str, str]) -> tuple[OutcomeHours, ...]:
    shares = []
    for name, text in typed.items():
        try:
            hours = Decimal(text.replace(",", "."))
            if not 0 <= hours < 2000:
                raise InvalidOperation
        except InvalidOperation:
            form.fail(name, _("Write the hours as a number, for example 12 or 2,5."))
            continue
        if hours:
            shares.append(OutcomeHours(UUID(name.removeprefix("outcome-")), hours))
    return tuple(shares)


def _content(form: Form, before: ItemContent | None) -> ItemContent:
    """Return the content that the form asks for; what the form does not show stays as it was."""
    data = {key: value for key, value in form.data.items() if key != "revision"}
    kept = before.curriculum_item_id if before is not None else None
    data["prerequisites"] = tuple(sorted(data["prerequisites"]))
    return ItemContent(**data, curriculum_item_id=kept)


def _item_values(plan: PlanView, item: ItemView) -> dict[str, Any]:
    """Return the form filled with the item as it stands."""
    content = item.content
    values: dict[str, Any] = {
        "revision": plan.version.revision,
        "subject": content.subject,
        "title": content.title,
        "hours": words.number(content.hours),
        "period": content.period,
        "delivery": content.delivery.value,
        "attestation_form": content.attestation_form.value if content.attestation_form else "",
        "deadline": content.deadline,
        "course_id": content.course_id or "",
        "external_course": content.external_course,
        "session_id": content.session_id or "",
        "note": content.note,
        "prerequisites": content.prerequisites,
    }
    values.update({f"outcome-{share.outcome_id}": words.number(share.hours) for share in content.outcomes})
    return values


def _item_page(plan: PlanView, item: ItemView | None, form: Form, *, shows_present: bool = False) -> str:
    subject = form.values.get("subject") or (item.subject if item else "")
    return render_template(
        "plans/item.html",
        plan=plan,
        item=item,
        person=person_card(read_session(), plan.person_id),
        values=form.values,
        errors=form.errors,
        present=item if shows_present else None,
        conditions=conditions_of(plan.person_id),
        subjects=[(key, str(word)) for key, word in SUBJECT_WORDS.items()],
        deliveries=[(d.value, words.delivery_word(d)) for d in Delivery],
        forms=[(kind.value, str(ATTESTATION_WORDS[kind])) for kind in AttestationForm],
        periods=[(p.number, words.period_word(p.number, p.kind)) for p in plan.periods],
        courses=[(card.id, card.title) for card in _courses(plan)],
        sessions=session_options(plan.org_id, str(subject)),
        outcomes=_outcome_fields(plan, item, str(subject)),
        others=[
            (
                other.stable_key,
                f"{other.title} · {words.period_word(other.period, plan.curriculum.period_kind)}",
            )
            for other in plan.items
            if item is None or other.stable_key != item.stable_key
        ],
    )


def session_options(org_id: UUID, subject: str = "") -> list[tuple[UUID, str]]:
    """Return the exams that a student can still be admitted to, those of ``subject`` first."""
    now = runtime().clock.now()
    cards = [
        card
        for card in sessions_of(read_session(), [org_id])
        if not card.is_cancelled and card.closes_at > now
    ]
    cards.sort(key=lambda card: (card.subject != subject, card.opens_at))
    return [(card.id, f"{card.title} · {window_words(card.opens_at, card.closes_at)}") for card in cards]


def _courses(plan: PlanView) -> list[CourseCard]:
    """Return the published courses that the school can give."""
    return [card for card in catalogue(read_session(), [plan.org_id]) if card.version_id is not None]


def _outcome_fields(plan: PlanView, item: ItemView | None, subject: str) -> list[tuple[str, str, Decimal]]:
    """Return the outcomes to plan: the item's own and those of its subject in the curriculum."""
    modules = curriculum_view(read_session(), plan.curriculum_id).items
    wanted = {share.outcome_id: share.hours for m in modules if m.subject == subject for share in m.outcomes}
    own = {row.outcome_id: row.hours for row in item.outcomes} if item else {}
    ids = dict.fromkeys([*own, *wanted])
    views = outcome_views(read_session(), ids)
    return [
        (f"outcome-{key}", views[key].statement, wanted.get(key, Decimal(0))) for key in ids if key in views
    ]
