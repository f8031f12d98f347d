"""Offer the digital profile and the answer to "why" to programs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from lms.assessment import queries as assessment
from lms.core.contracts import BasisRef
from lms.core.errors import NotFound
from lms.core.web import access, authorise, log_look, read_session, runtime
from lms.profiles import queries

__all__ = ["blueprint"]

blueprint = Blueprint(
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
            "results": assessment.results_of(session, person_id),
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
