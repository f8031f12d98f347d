"""Read the file of one application for credit (`docs/credit-cases.md`) into the inputs of the comparison, and write it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, post_load, validate, validates_schema

from lms.plans.rules import match_inputs as inputs
from lms.plans.rules.conversion import convert, number_key
from lms.plans.rules.match_factors import factors_to_json
from lms.plans.rules.rule_conditions import condition_to_json
from lms.plans.types.credit import (
    Assurance,
    DocumentStatus,
    EvidenceKind,
    HolderMatch,
    LicenceState,
    ResultScale,
    RuleState,
    TransferRelation,
    Verification,
)

__all__ = ["FORMAT", "CaseFileSchema", "read_case", "write_case"]

FORMAT = "credit-case/1"
#: Conditions nested deeper than this are refused.
MAX_DEPTH = 20

#: Nobody learns longer than this; numbers with more places than this are not typed by people.
MAX_AMOUNT, MAX_PLACES = Decimal(100_000), 9

LEVEL = validate.Range(min=0, max=9)


def _amount(most: Decimal) -> Callable[[Decimal], None]:
    """Return a check that a number is between 0 and ``most`` and no longer than people write."""

    def check(value: Decimal) -> None:
        if not 0 <= value <= most:
            raise ValidationError(f"a number from 0 to {most}")
        exponent = value.as_tuple().exponent
        if not isinstance(exponent, int) or not -MAX_PLACES <= exponent <= MAX_PLACES:
            raise ValidationError(f"at most {MAX_PLACES} places")

    return check


NOT_NEGATIVE = _amount(MAX_AMOUNT)
SHARE = _amount(Decimal(1))


def _number(**more: Any) -> fields.Decimal:
    return fields.Decimal(allow_nan=False, **{"validate": NOT_NEGATIVE, **more})


def _id() -> fields.String:
    return fields.String(required=True, validate=validate.Length(1, 200))


def _enum(kind: Any, **more: Any) -> fields.Enum[Any]:
    return fields.Enum(kind, by_value=True, **more)


class _Strict(Schema):
    class Meta:
        unknown = RAISE


class _SourceSchema(_Strict):
    id = _id()
    title = fields.String(load_default="")
    activity = _enum(LicenceState, required=True)
    tier = fields.Integer(required=True, validate=validate.Range(1, 3))


class _ScaleSchema(_Strict):
    kind = _enum(ResultScale, required=True)
    max = _number(load_default=None)


class _LearnedSchema(_Strict):
    id = _id()
    title = fields.String(load_default="")
    level = fields.Integer(required=True, validate=LEVEL)
    hours = _number(required=True)
    fragment = fields.String(load_default="")
    tested_by = fields.String(load_default="")

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> inputs.Learned:
        return inputs.Learned(**data)


class _CourseSchema(_Strict):
    id = _id()
    source = fields.String(required=True)
    title = fields.String(load_default="")
    hours = _number(required=True)
    scale = fields.Nested(_ScaleSchema, required=True)
    outcomes = fields.List(fields.Nested(_LearnedSchema), load_default=list)


class _EvidenceSchema(_Strict):
    id = _id()
    course = fields.String(required=True)
    kind = _enum(EvidenceKind, required=True)
    number = fields.String(load_default="")
    issued_on = fields.Date(allow_none=True, required=True)
    expires_on = fields.Date(allow_none=True, load_default=None)
    hours = _number(load_default=None)
    drawn = _number(load_default=Decimal(0))
    result = fields.String(required=True)
    share = _number(allow_none=True, validate=SHARE)
    verification = _enum(Verification, required=True)
    status = _enum(DocumentStatus, load_default=DocumentStatus.VALID)
    holder = _enum(HolderMatch, load_default=HolderMatch.MATCH)


class _TargetSchema(_Strict):
    id = _id()
    title = fields.String(load_default="")
    level = fields.Integer(required=True, validate=LEVEL)
    hours = _number(required=True)
    taken = _number(load_default=Decimal(0))
    state_exam = fields.Boolean(load_default=False)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> inputs.Target:
        return inputs.Target(
            **{k: v for k, v in data.items() if k != "state_exam"}, is_state_exam=data["state_exam"]
        )


class _PassedSchema(_Strict):
    course = fields.String(required=True)
    min_result = _number(required=True, validate=SHARE)
    min_assurance = _enum(Assurance, load_default=Assurance.UNVERIFIED)
    max_age_years = fields.Integer(allow_none=True, load_default=None, validate=validate.Range(min=0))
    min_level = fields.Integer(allow_none=True, load_default=None, validate=LEVEL)


class _ConditionField(fields.Field[inputs.Condition]):
    """A condition: one course passed, or ``all``, ``any``, ``at_least`` … ``of`` of other conditions."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> inputs.Condition:
        return _condition(value, 0)


def _condition(value: Any, depth: int) -> inputs.Condition:
    if depth > MAX_DEPTH:
        raise ValidationError("nested too deeply")
    if not isinstance(value, dict):
        raise ValidationError("a condition is an object")
    keys = frozenset(value)
    if keys == {"all"}:
        return inputs.AllOf(_conditions(value["all"], depth))
    if keys == {"any"}:
        return inputs.AtLeast(1, _conditions(value["any"], depth))
    if keys == {"at_least", "of"}:
        parts, count = _conditions(value["of"], depth), value["at_least"]
        if type(count) is not int or not 1 <= count <= len(parts):
            raise ValidationError("at_least is a number between 1 and the number of parts")
        return inputs.AtLeast(count, parts)
    row = _PassedSchema().load(value)
    return inputs.Passed(
        row["course"], row["min_result"], row["min_assurance"], row["max_age_years"], row["min_level"]
    )


def _conditions(value: Any, depth: int) -> tuple[inputs.Condition, ...]:
    if not isinstance(value, list) or not value:
        raise ValidationError("a list of conditions with at least one part")
    return tuple(_condition(part, depth + 1) for part in value)


class _GivenSchema(_Strict):
    target = fields.String(required=True)
    share = _number(load_default=Decimal(1), validate=SHARE)
    relation = _enum(TransferRelation, load_default=TransferRelation.EXACT)
    outcome = fields.String(load_default="")
    note = fields.String(load_default="")

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> inputs.Given:
        return inputs.Given(data["target"], data["share"], data["relation"], data["outcome"], data["note"])


class _RuleSchema(_Strict):
    id = _id()
    number = fields.String(load_default="")
    version = fields.Integer(load_default=1, validate=validate.Range(min=1))
    state = _enum(RuleState, load_default=RuleState.APPROVED)
    valid_from = fields.Date(allow_none=True, load_default=None)
    valid_until = fields.Date(allow_none=True, load_default=None)
    when = _ConditionField(required=True)
    gives = fields.List(fields.Nested(_GivenSchema), required=True, validate=validate.Length(min=1))

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> inputs.Rule:
        return inputs.Rule(**{**data, "gives": tuple(data["gives"])})


class _EdgeSchema(_Strict):
    id = _id()
    learned = fields.String(required=True, data_key="from")
    target = fields.String(required=True, data_key="to")
    relation = _enum(TransferRelation, required=True)
    weight = _number(load_default=Decimal(1), validate=SHARE)
    note = fields.String(load_default="")

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> inputs.Edge:
        return inputs.Edge(
            data["id"], data["learned"], data["target"], data["relation"], data["weight"], data["note"]
        )


class _FactorsSchema(_Strict):
    relation = fields.Dict(keys=fields.String(), values=_number(validate=SHARE))
    one_level_lower = _number(validate=SHARE)
    fresh_years = fields.Integer(validate=validate.Range(min=0))
    age_step = _number(validate=SHARE)
    age_least = _number(validate=SHARE)
    trust = fields.List(_number(validate=SHARE), validate=validate.Length(equal=3))
    unverified = _number(validate=SHARE)
    covered_from = _number(validate=SHARE)
    partial_from = _number(validate=SHARE)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> inputs.MatchFactors:
        usual = inputs.MatchFactors()
        if "relation" in data:
            merged = {**dict(usual.relation), **data["relation"]}
            data["relation"] = tuple(sorted(merged.items()))
        if "trust" in data:
            data["trust"] = tuple(data["trust"])
        return dataclasses.replace(usual, **data)


class _PolicySchema(_Strict):
    min_result = _number(load_default=Decimal("0.5"), validate=SHARE)
    automatic = fields.Boolean(load_default=False)
    min_assurance = _enum(Assurance, load_default=Assurance.VERIFIED)
    factors = fields.Nested(_FactorsSchema, load_default=inputs.MatchFactors)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> inputs.MatchPolicy:
        return inputs.MatchPolicy(
            data["min_result"], data["automatic"], data["min_assurance"], data["factors"]
        )


class CaseFileSchema(Schema):
    """The whole file; what is for people only (title, why, expected) is left out."""

    class Meta:
        """Ignore what the engine does not read."""

        unknown = EXCLUDE

    format = fields.String(required=True, validate=validate.Equal(FORMAT))
    as_of = fields.Date(required=True)
    policy = fields.Nested(_PolicySchema, load_default=inputs.MatchPolicy)
    sources = fields.List(fields.Nested(_SourceSchema), load_default=list)
    courses = fields.List(fields.Nested(_CourseSchema), load_default=list)
    evidence = fields.List(fields.Nested(_EvidenceSchema), load_default=list)
    targets = fields.List(fields.Nested(_TargetSchema), required=True)
    rules = fields.List(fields.Nested(_RuleSchema), load_default=list)
    edges = fields.List(fields.Nested(_EdgeSchema), load_default=list)

    @validates_schema
    def check(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse an identifier that stands twice, and one that nothing bears."""
        sources = _unique("sources", [row["id"] for row in data["sources"]])
        courses = _unique("courses", [row["id"] for row in data["courses"]])
        learned = _unique("courses", [one.id for row in data["courses"] for one in row["outcomes"]])
        targets = _unique("targets", [row.id for row in data["targets"]])
        for name in ("evidence", "rules", "edges"):
            rows = data[name]
            _unique(name, [row["id"] if isinstance(row, dict) else row.id for row in rows])
        _known("courses", [row["source"] for row in data["courses"]], sources)
        _known("evidence", [row["course"] for row in data["evidence"]], courses)
        given = [one for rule in data["rules"] for one in rule.gives]
        _known("rules", [one.target_id for one in given], targets)
        _known("rules", [one.learned_id for one in given if one.learned_id], learned)
        _known("edges", [edge.learned_id for edge in data["edges"]], learned)
        _known("edges", [edge.target_id for edge in data["edges"]], targets)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> inputs.MatchInputs:
        """Return the inputs."""
        scales = {row["id"]: (row["scale"], row["hours"]) for row in data["courses"]}
        return inputs.MatchInputs(
            as_of=data["as_of"],
            policy=data["policy"],
            sources=tuple(
                inputs.Source(row["id"], row["activity"], row["tier"], row["title"])
                for row in data["sources"]
            ),
            courses=tuple(
                inputs.Course(row["id"], row["source"], row["title"], row["hours"], tuple(row["outcomes"]))
                for row in data["courses"]
            ),
            evidence=tuple(_evidence(row, *scales[row["course"]]) for row in data["evidence"]),
            targets=tuple(data["targets"]),
            rules=tuple(data["rules"]),
            edges=tuple(data["edges"]),
        )


def _unique(where: str, ids: list[str]) -> frozenset[str]:
    twice = sorted({one for one in ids if ids.count(one) > 1}) if len(ids) != len(set(ids)) else []
    if twice:
        raise ValidationError({where: [f"stands twice: {twice[0]}"]})
    return frozenset(ids)


def _known(where: str, ids: list[str], known: frozenset[str]) -> None:
    strange = sorted(set(ids) - known)
    if strange:
        raise ValidationError({where: [f"names what is not there: {strange[0]}"]})


def _evidence(row: dict[str, Any], scale: dict[str, Any], course_hours: Decimal) -> inputs.Evidence:
    share = row["share"] if "share" in row else _read(row["result"], scale)
    return inputs.Evidence(
        id=row["id"],
        course_id=row["course"],
        kind=row["kind"],
        issued_on=row["issued_on"],
        hours=course_hours if row["hours"] is None else row["hours"],
        share=share,
        result_words=row["result"],
        drawn=row["drawn"],
        number_key=number_key(row["number"]),
        expires_on=row["expires_on"],
        verification=row["verification"],
        status=row["status"],
        holder=row["holder"],
    )


def _read(result: str, scale: dict[str, Any]) -> Decimal | None:
    return convert(result, scale["kind"], scale["max"], Decimal(0)).share


def read_case(data: Any) -> inputs.MatchInputs:
    """Return the inputs of a case file that was read as JSON; raise marshmallow's ValidationError with the places."""
    loaded: inputs.MatchInputs = CaseFileSchema().load(data)
    return loaded


def write_case(data: inputs.MatchInputs) -> dict[str, Any]:
    """Return the inputs as a case file: read again, it gives equal inputs and so the same report and hash."""
    written: dict[str, Any] = _plain(
        {
            "format": FORMAT,
            "as_of": data.as_of,
            "policy": _written_policy(data.policy),
            "sources": [
                {"id": s.id, "title": s.title, "activity": s.activity, "tier": s.tier} for s in data.sources
            ],
            "courses": [_written_course(course) for course in data.courses],
            "evidence": [_written_evidence(row) for row in data.evidence],
            "targets": [_written_target(target) for target in data.targets],
            "rules": [_written_rule(rule) for rule in data.rules],
            "edges": [_written_edge(edge) for edge in data.edges],
        }
    )
    return written


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else inputs.canonical(value)


def _written_policy(policy: inputs.MatchPolicy) -> dict[str, Any]:
    return {
        "min_result": policy.min_share,
        "automatic": policy.is_automatic,
        "min_assurance": policy.min_assurance,
        "factors": factors_to_json(policy.factors),
    }


def _written_course(course: inputs.Course) -> dict[str, Any]:
    """Return a course; its scale is of no use where every result has its share beside it."""
    return {
        "id": course.id,
        "source": course.source_id,
        "title": course.title,
        "hours": course.hours,
        "scale": {"kind": ResultScale.PERCENT},
        "outcomes": list(course.outcomes),
    }


def _written_evidence(row: inputs.Evidence) -> dict[str, Any]:
    return {
        "id": row.id,
        "course": row.course_id,
        "kind": row.kind,
        "number": row.number_key,
        "issued_on": row.issued_on,
        "expires_on": row.expires_on,
        "hours": row.hours,
        "drawn": row.drawn,
        "result": row.result_words,
        "share": row.share,
        "verification": row.verification,
        "status": row.status,
        "holder": row.holder,
    }


def _written_target(row: inputs.Target) -> dict[str, Any]:
    return {
        "id": row.id,
        "title": row.title,
        "level": row.level,
        "hours": row.hours,
        "taken": row.taken,
        "state_exam": row.is_state_exam,
    }


def _written_rule(rule: inputs.Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "number": rule.number,
        "version": rule.version,
        "state": rule.state,
        "valid_from": rule.valid_from,
        "valid_until": rule.valid_until,
        "when": condition_to_json(rule.when),
        "gives": [
            {
                "target": one.target_id,
                "share": one.share,
                "relation": one.relation,
                "outcome": one.learned_id,
                "note": one.note,
            }
            for one in rule.gives
        ],
    }


def _written_edge(edge: inputs.Edge) -> dict[str, Any]:
    return {
        "id": edge.id,
        "from": edge.learned_id,
        "to": edge.target_id,
        "relation": edge.relation,
        "weight": edge.weight,
        "note": edge.note,
    }
