"""Offer the digital profile and the answer to "why" to programs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView
from flask_smorest.fields import Upload
from marshmallow import Schema, fields, validate

from lms.assessment import queries as assessment
from lms.core.contracts import BasisRef
from lms.core.errors import NotFound
from lms.core.web import (
    ApiBlueprint,
    access,
    authorise,
    current_actor,
    log_look,
    read_session,
    runtime,
    unit_of_work,
)
from lms.profiles import queries, service
from lms.profiles.queries.portfolio import WorkView
from lms.profiles.schemas import WorkReasonSchema, WorkSchema

__all__ = ["blueprint"]

blueprint = ApiBlueprint(
    "profiles_api", __name__, url_prefix="/api/v1/profiles", description="Digital profile with provenance"
)


class CompetencySchema(Schema):
    """One competency with its level and number of pieces of evidence."""

    id = fields.UUID()
    outcome_id = fields.UUID()
    code = fields.String()
    statement = fields.String()
    level = fields.Function(lambda row: row.grade.value if row.grade else None, metadata={"type": "string"})
    share = fields.Decimal(as_string=True, allow_none=True)
    is_suspended = fields.Boolean()
    evidence_count = fields.Function(lambda row: len(row.evidence), metadata={"type": "integer"})
    last_at = fields.AwareDateTime(allow_none=True)


class ResultSchema(Schema):
    """One released attestation result."""

    id = fields.UUID()
    attempt_id = fields.UUID()
    title = fields.String()
    subject = fields.String()
    score = fields.Decimal(as_string=True)
    mark = fields.String()
    is_passed = fields.Boolean()
    state = fields.Function(lambda row: row.state.value, metadata={"type": "string"})
    released_at = fields.AwareDateTime(allow_none=True)


class ProfileSchema(Schema):
    """A person's digital profile."""

    person_id = fields.UUID()
    competencies = fields.List(fields.Nested(CompetencySchema))
    results = fields.List(fields.Nested(ResultSchema))


class StepSchema(Schema):
    """One link of the chain behind a fact."""

    kind = fields.Function(lambda node: node.step.ref.kind, metadata={"type": "string"})
    id = fields.Function(lambda node: str(node.step.ref.id), metadata={"type": "string"})
    depth = fields.Integer()
    title = fields.Function(lambda node: node.step.title, metadata={"type": "string"})
    detail = fields.Function(lambda node: node.step.detail, metadata={"type": "string"})
    state = fields.Function(lambda node: node.step.state, metadata={"type": "string"})
    at = fields.Function(
        lambda node: node.step.at.isoformat() if node.step.at else None, metadata={"type": "string"}
    )


class AccessRowSchema(Schema):
    """One look at a person's records, or one that was refused."""

    at = fields.AwareDateTime()
    who = fields.String()
    action = fields.String()
    object_kind = fields.String()
    outcome = fields.String()


class AccessPageSchema(Schema):
    """One page of the access log."""

    items = fields.List(fields.Nested(AccessRowSchema))
    page = fields.Integer()
    pages = fields.Integer()
    total = fields.Integer()


class PortfolioFileSchema(Schema):
    """A file of a piece of work."""

    id = fields.UUID()
    name = fields.String()
    media_type = fields.String()
    size_bytes = fields.Integer()
    sha256 = fields.String()


class PortfolioSaidSchema(Schema):
    """What somebody said about a piece of work."""

    act = fields.Function(lambda row: row.act.value, metadata={"type": "string"})
    name = fields.String()
    said_at = fields.AwareDateTime()
    reason = fields.String()


class PortfolioOutcomeSchema(Schema):
    """An outcome that a piece of work is said to show."""

    id = fields.Function(lambda pair: str(pair[0]), metadata={"type": "string", "format": "uuid"})
    statement = fields.Function(lambda pair: pair[1], metadata={"type": "string"})


class PortfolioWorkSchema(Schema):
    """A piece of work: the student's own word until a teacher has confirmed it."""

    id = fields.UUID()
    person_id = fields.UUID()
    title = fields.String()
    description = fields.String()
    made_on = fields.Date()
    hours = fields.Decimal(places=2, as_string=True)
    link = fields.String()
    state = fields.Function(lambda row: row.state.value, metadata={"type": "string"})
    revision = fields.Integer()
    outcomes = fields.List(fields.Nested(PortfolioOutcomeSchema))
    files = fields.List(fields.Nested(PortfolioFileSchema))
    statements = fields.List(fields.Nested(PortfolioSaidSchema))


class NewPortfolioWorkSchema(WorkSchema):
    """A piece of work to put into a portfolio, with the files that it is or that show it."""

    class Meta:
        """Leave out what only a change of a work has."""

        exclude = ("removed", "revision")

    files = fields.List(Upload(), load_default=list)


class WorkConfirmationSchema(WorkReasonSchema):
    """A teacher's word for the revision of a piece of work that they looked at."""

    revision = fields.Integer(required=True)


class PageQuerySchema(Schema):
    """Which page is wanted."""

    page = fields.Integer(load_default=1, validate=validate.Range(1, 1_000_000))


@blueprint.route("/<uuid:person_id>")
class ProfileView(MethodView):
    """One person's profile."""

    @access("profiles.view")
    @blueprint.response(200, ProfileSchema)
    def get(self, person_id: UUID) -> dict[str, Any]:
        """Return competencies and released results of a person within the caller's reach."""
        authorise("profiles.view", person_id)
        log_look("profiles.view", person_id, "profile", person_id)
        session = read_session()
        return {
            "person_id": person_id,
            "competencies": queries.competencies(session, person_id),
            "results": assessment.results_for(session, current_actor(), person_id, runtime().clock.now()),
        }


@blueprint.route("/<uuid:person_id>/why/<string:kind>/<uuid:fact_id>")
class WhyView(MethodView):
    """The chain behind one fact."""

    @access("profiles.view")
    @blueprint.response(200, StepSchema(many=True))
    def get(self, person_id: UUID, kind: str, fact_id: UUID) -> list[Any]:
        """Return the steps from the fact down to the identity check, in reading order."""
        authorise("profiles.view", person_id)
        log_look("profiles.why", person_id, "profile", person_id)
        chain = queries.chain_of(read_session(), runtime().registries, BasisRef(kind, fact_id), person_id)
        if not chain:
            raise NotFound("profiles.no_fact")
        return chain


@blueprint.route("/<uuid:person_id>/access")
class AccessLogView(MethodView):
    """Who looked."""

    @access("profiles.access_log")
    @blueprint.arguments(PageQuerySchema, location="query")
    @blueprint.response(200, AccessPageSchema)
    def get(self, query: dict[str, Any], person_id: UUID) -> dict[str, Any]:
        """Return who looked at a person's records, newest first; for oneself or one's child."""
        authorise("profiles.access_log", person_id)
        page = queries.access_log(read_session(), person_id, query["page"])
        return {"items": page.items, "page": page.number, "pages": page.pages, "total": page.total}


@blueprint.route("/<uuid:person_id>/portfolio")
class PortfolioView(MethodView):
    """The works in a student's portfolio."""

    @access("profiles.portfolio")
    @blueprint.response(200, PortfolioWorkSchema(many=True))
    def get(self, person_id: UUID) -> list[WorkView]:
        """Return the works that stand in a portfolio, newest first."""
        authorise("profiles.portfolio", person_id)
        log_look("profiles.portfolio", person_id, "portfolio", person_id)
        return queries.works_of(read_session(), person_id)

    @access("profiles.portfolio_write")
    @blueprint.arguments(NewPortfolioWorkSchema, location="files")
    @blueprint.response(201, PortfolioWorkSchema)
    def post(self, data: dict[str, Any], person_id: UUID) -> WorkView:
        """Put a piece of work into the portfolio, with files or a link."""
        files = [(one.filename, one.read()) for one in data.pop("files") if one.filename]
        text = service.WorkText(**data | {"outcomes": tuple(data["outcomes"])})
        with unit_of_work() as uow:
            work_id = service.add_work(uow, person_id=person_id, text=text, files=files)
        return queries.work_view(read_session(), work_id)


@blueprint.route("/works/<uuid:portfolio_work_id>")
class WorkItemView(MethodView):
    """One piece of work."""

    @access("profiles.portfolio")
    @blueprint.response(200, PortfolioWorkSchema)
    def get(self, portfolio_work_id: UUID) -> WorkView:
        """Return a piece of work with its files and what was said about it."""
        view = queries.work_view(read_session(), portfolio_work_id)
        authorise("profiles.portfolio", view.person_id)
        log_look("profiles.portfolio", view.person_id, "portfolio_work", view.id)
        return view


@blueprint.route("/works/<uuid:portfolio_work_id>/confirmation")
class ConfirmationView(MethodView):
    """A teacher's word for a piece of work."""

    @access("profiles.portfolio_confirm")
    @blueprint.arguments(WorkConfirmationSchema)
    @blueprint.response(200, PortfolioWorkSchema)
    def put(self, data: dict[str, Any], portfolio_work_id: UUID) -> WorkView:
        """Confirm a piece of work in one's own name, with a reason; ``revision`` is the one that was looked at."""
        with unit_of_work() as uow:
            service.confirm_work(
                uow, work_id=portfolio_work_id, revision=data["revision"], reason=data["reason"]
            )
        return queries.work_view(read_session(), portfolio_work_id)


@blueprint.route("/works/<uuid:portfolio_work_id>/confirmation/end")
class ConfirmationEndView(MethodView):
    """The end of a teacher's word."""

    @access("profiles.portfolio_confirm")
    @blueprint.arguments(WorkReasonSchema)
    @blueprint.response(200, PortfolioWorkSchema)
    def put(self, data: dict[str, Any], portfolio_work_id: UUID) -> WorkView:
        """Take a confirmation back; every credit that rests on it is suspended in the same transaction."""
        with unit_of_work() as uow:
            service.take_back_work(uow, work_id=portfolio_work_id, reason=data["reason"])
        return queries.work_view(read_session(), portfolio_work_id)


@blueprint.route("/works/<uuid:portfolio_work_id>/withdrawal")
class WithdrawalView(MethodView):
    """A work that its family takes out."""

    @access("profiles.portfolio_write")
    @blueprint.arguments(WorkReasonSchema)
    @blueprint.response(200, PortfolioWorkSchema)
    def put(self, data: dict[str, Any], portfolio_work_id: UUID) -> WorkView:
        """Take a piece of work out of the portfolio; a credit that was granted for it stays."""
        with unit_of_work() as uow:
            service.withdraw_work(uow, work_id=portfolio_work_id, reason=data["reason"])
        return queries.work_view(read_session(), portfolio_work_id)
