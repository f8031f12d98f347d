"""Read curricula and frameworks; add modules to a draft and approve it."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import pgettext
from marshmallow import Schema, ValidationError, fields, validate, validates_schema
from werkzeug.wrappers import Response

from lms.core.db import day_of
from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.web import (
    Form,
    access,
    authorise,
    current_actor,
    flash_ok,
    load_form,
    page_number,
    paginate,
    read_session,
    runtime,
    see_other,
    unit_of_work,
)
from lms.core.web.problems import error_texts, word_error
from lms.curriculum import queries, service
from lms.curriculum.pages.reach import orgs_where, own_orgs, typed_org
from lms.curriculum.rules.structure import school_year
from lms.curriculum.types import (
    ATTESTATION_WORDS,
    PERIOD_WORDS,
    SUBJECT_WORDS,
    AttestationForm,
    CurriculumItemView,
    CurriculumState,
    CurriculumView,
    OutcomeShare,
    PeriodKind,
    PeriodView,
    period_word,
)
from lms.curriculum.words import hours_words
from lms.people.queries import organisation_names

__all__ = ["blueprint"]

blueprint = Blueprint("curriculum", __name__, template_folder="../templates")


@blueprint.context_processor
def _common() -> dict[str, Any]:
    return {"hours": hours_words, "period_word": period_word}


class ModuleSchema(Schema):
    """A module that is added to a draft."""

    subject = fields.String(required=True, validate=validate.OneOf(list(SUBJECT_WORDS)))
    title = fields.String(required=True, validate=validate.Length(max=200))
    hours = fields.Decimal(
        required=True, places=2, validate=validate.Range(Decimal(0), Decimal(2000), min_inclusive=False)
    )
    period = fields.Integer(required=True)
    attestation_form = fields.Enum(AttestationForm, by_value=True, required=True)


def _open(curriculum_id: UUID) -> CurriculumView:
    view = queries.curriculum_view(read_session(), curriculum_id)
    authorise("curriculum.read", view.org_id)
    return view


@blueprint.get("/curricula")
@access("curriculum.read")
def index() -> str:
    """List the curricula of one's own school and the frameworks they refer to."""
    page = paginate(read_session(), queries.curricula_statement(own_orgs()), page_number())
    urls = {n: url_for("curriculum.index", page=n) for n in range(1, page.pages + 1)}
    return render_template(
        "curriculum/list.html",
        page=page,
        pages={"number": page.number, "pages": page.pages, "urls": urls},
        states=_state_words(),
        may_begin=bool(orgs_where("curriculum.manage")),
    )


def _state_words() -> dict[CurriculumState, dict[str, str]]:
    return {
        CurriculumState.DRAFT: {"kind": "", "text": pgettext("curriculum", "Draft"), "icon": "edit"},
        CurriculumState.APPROVED: {"kind": "ok", "text": pgettext("curriculum", "Approved"), "icon": "ok"},
    }


#: A year has at most so many parts.
PARTS = (1, 2, 3, 4)


class CurriculumSchema(Schema):
    """The head of a new curriculum: its periods come as dates, one pair for each."""

    org_id = fields.UUID(load_default=None)
    title = fields.String(required=True, validate=validate.Length(1, 200))
    programme = fields.String(required=True, validate=validate.Length(1, 80))
    grade = fields.Integer(required=True, validate=validate.Range(1, 11))
    year = fields.String(required=True, validate=validate.Regexp(r"\d{4}/\d{2}$"))
    weekly_hours_max = fields.Decimal(
        required=True, places=2, validate=validate.Range(Decimal(1), Decimal(60))
    )
    like = fields.UUID(load_default=None)
    period_kind = fields.Enum(PeriodKind, by_value=True, load_default=PeriodKind.QUARTER)
    starts_1 = fields.Date(required=True)
    ends_1 = fields.Date(required=True)
    starts_2 = fields.Date(load_default=None)
    ends_2 = fields.Date(load_default=None)
    starts_3 = fields.Date(load_default=None)
    ends_3 = fields.Date(load_default=None)
    starts_4 = fields.Date(load_default=None)
    ends_4 = fields.Date(load_default=None)

    @validates_schema
    def _whole_pairs(self, data: dict[str, Any], **_more: Any) -> None:
        """Refuse a part of the year with one day only, and one after a part that is left empty."""
        ended = False
        for n in PARTS:
            start, end = data.get(f"starts_{n}"), data.get(f"ends_{n}")
            if (start is None) != (end is None) or (ended and start is not None):
                raise ValidationError(
                    str(_("Give both days, and leave no part empty before it.")), f"starts_{n}"
                )
            ended = ended or start is None


@blueprint.route("/curricula/new", methods=["GET", "POST"])
@access("curriculum.manage")
def new() -> Response | str | tuple[str, int]:
    """Begin a curriculum, empty or with the modules of an earlier one."""
    if request.method == "GET":
        year, periods = school_year(day_of(read_session(), runtime().clock.now()))
        start = {"year": year, "programme": _("Basic general education"), "weekly_hours_max": "33"}
        for period in periods:
            start[f"starts_{period.number}"] = period.starts_on.isoformat()
            start[f"ends_{period.number}"] = period.ends_on.isoformat()
        return _new_form(Form(values=start))
    form = load_form(CurriculumSchema())
    if form.is_valid:
        try:
            return _begin(form.data)
        except InvalidInput as error:
            form.take(error, error_texts())
    return _new_form(form), 422


def _begin(data: dict[str, Any]) -> Response:
    org_id, like = data.pop("org_id"), data.pop("like")
    org_id = typed_org(org_id)
    kind = data.pop("period_kind")
    days = [(n, data.pop(f"starts_{n}"), data.pop(f"ends_{n}")) for n in PARTS]
    periods = [PeriodView(n, start, end, kind) for n, start, end in days if start is not None]
    with unit_of_work() as uow:
        made = service.create_curriculum(uow, org_id=org_id, periods=periods, **data)
        if like is not None:
            service.copy_modules(uow, source_id=like, curriculum_id=made.id)
    flash_ok(_("The curriculum is begun. Add its modules, then approve it."))
    return see_other("curriculum.show", curriculum_id=made.id)


def _new_form(form: Form) -> str:
    mine = orgs_where("curriculum.manage")
    earlier = read_session().scalars(queries.curricula_statement(mine).limit(50)).all()
    return render_template(
        "curriculum/new.html",
        values=form.values,
        errors=form.errors,
        orgs=organisation_names(read_session(), mine),
        earlier=earlier,
        parts=PARTS,
        kinds=[(kind.value, str(plural)) for kind, (_one, plural) in PERIOD_WORDS.items()],
    )


@blueprint.get("/curricula/<uuid:curriculum_id>")
@access("curriculum.read")
def show(curriculum_id: UUID) -> str:
    """Show a curriculum by periods, with outcomes and hours."""
    return _show(_open(curriculum_id), Form())


def _show(view: CurriculumView, form: Form, error: str = "", *, is_asked: bool = False) -> str:
    ids = [share.outcome_id for item in view.items for share in item.outcomes]
    policy, session, actor = runtime().policy, read_session(), current_actor()
    is_draft = view.state is CurriculumState.DRAFT
    return render_template(
        "curriculum/show.html",
        curriculum=view,
        outcomes=queries.outcome_views(session, ids),
        subjects=SUBJECT_WORDS,
        forms=ATTESTATION_WORDS,
        state=_state_words()[view.state],
        may_write=is_draft and policy.can(session, actor, "curriculum.manage", view.org_id),
        may_approve=is_draft and policy.can(session, actor, "curriculum.approve", view.org_id),
        values=form.values,
        errors=form.errors,
        error=error,
        is_asked=is_asked,
    )


@blueprint.post("/curricula/<uuid:curriculum_id>/items")
@access("curriculum.manage")
def add(curriculum_id: UUID) -> Response | tuple[str, int]:
    """Add a module to a draft."""
    view = _open(curriculum_id)
    form = load_form(ModuleSchema())
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                service.add_curriculum_item(uow, curriculum_id=curriculum_id, **form.data)
            flash_ok(_("The module is added."))
            return see_other("curriculum.show", curriculum_id=curriculum_id)
        except InvalidInput as error:
            form.take(error, error_texts())
        except Conflict as error:
            return _show(view, form, word_error(error)), 409
    return _show(view, form), 422


@blueprint.post("/curricula/<uuid:curriculum_id>/items/remove")
@access("curriculum.manage")
def remove(curriculum_id: UUID) -> Response:
    """Take a module out of a draft."""
    item_id = request.form.get("item", type=UUID)
    if item_id is None:
        raise NotFound("curriculum.no_item")
    with unit_of_work() as uow:
        service.remove_curriculum_item(uow, curriculum_id=curriculum_id, item_id=item_id)
    flash_ok(_("The module is taken out."))
    return see_other("curriculum.show", curriculum_id=curriculum_id)


@blueprint.post("/curricula/<uuid:curriculum_id>/approve")
@access("curriculum.approve")
def approve(curriculum_id: UUID) -> Response | tuple[str, int]:
    """Put a draft in force; ask first when nothing could be credited for some of its modules."""
    view = _open(curriculum_id)
    if view.without_outcomes and view.state is CurriculumState.DRAFT and "anyway" not in request.form:
        authorise("curriculum.approve", view.org_id)
        return _show(view, Form(), is_asked=True), 422
    try:
        with unit_of_work() as uow:
            service.approve_curriculum(uow, curriculum_id=curriculum_id)
    except InvalidInput as error:
        return _show(_open(curriculum_id), Form(), word_error(error)), 422
    flash_ok(_("The curriculum is in force and does not change any more."))
    return see_other("curriculum.show", curriculum_id=curriculum_id)


@blueprint.route("/curricula/<uuid:curriculum_id>/outcomes", methods=["GET", "POST"])
@access("curriculum.manage")
def outcomes(curriculum_id: UUID) -> Response | str | tuple[str, int]:
    """Attach outcomes with their hours to one module of a draft (``item`` in the address), found by search."""
    view = _open(curriculum_id)
    item = next((each for each in view.items if str(each.id) == request.args.get("item")), None)
    if item is None:
        raise NotFound("curriculum.no_item")
    if view.state is not CurriculumState.DRAFT:
        raise Conflict("curriculum.already_approved")
    if request.method == "GET":
        return _outcomes(view, item, {share.outcome_id: str(share.hours) for share in item.outcomes})
    typed = _typed_hours()
    try:
        with unit_of_work() as uow:
            service.set_item_outcomes(
                uow, curriculum_id=curriculum_id, item_id=item.id, outcomes=_shares(typed)
            )
    except InvalidInput as error:
        return _outcomes(view, item, typed, word_error(error)), 422
    flash_ok(_("The outcomes of the module are kept."))
    if request.form.get("q"):
        return see_other(
            "curriculum.outcomes", curriculum_id=curriculum_id, item=item.id, q=request.form["q"]
        )
    return see_other("curriculum.show", curriculum_id=curriculum_id)


def _typed_hours() -> dict[UUID, str]:
    """Return the hours as they were typed, by outcome; an empty field means "not this one"."""
    found: dict[UUID, str] = {}
    for name in request.form:
        if name.startswith("hours-") and request.form[name].strip():
            try:
                found[UUID(name.removeprefix("hours-"))] = request.form[name].strip()
            except ValueError as error:
                raise NotFound("curriculum.no_outcome") from error
    return found


def _shares(typed: dict[UUID, str]) -> list[OutcomeShare]:
    found = []
    for outcome_id, text in typed.items():
        try:
            hours = Decimal(text.replace(",", "."))
        except InvalidOperation:
            hours = Decimal(0)
        if not hours.is_finite() or hours > 2000 or round(hours, 2) <= 0:
            raise InvalidInput("curriculum.hours_not_positive")
        found.append(OutcomeShare(outcome_id, round(hours, 2)))
    return found


def _outcomes(view: CurriculumView, item: CurriculumItemView, typed: dict[UUID, str], error: str = "") -> str:
    asked = request.args.get("q", "").strip()
    session = read_session()
    chosen = queries.outcome_views(session, typed)
    found = queries.search_outcomes(session, asked, 30, org_ids=[view.org_id]) if asked else []
    rows = [chosen[key] for key in typed if key in chosen]
    return render_template(
        "curriculum/outcomes.html",
        curriculum=view,
        item=item,
        rows=rows + [row for row in found if row.id not in chosen],
        typed=typed,
        asked=asked,
        found=len(found),
        has_framework=bool(queries.frameworks_for(session, [view.org_id], with_drafts=False)),
        subjects=SUBJECT_WORDS,
        error=error,
    )
