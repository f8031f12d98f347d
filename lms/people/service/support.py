"""Agree support measures: propose a version, approve it as specialist and guardian, put it in force."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import ngettext

from lms.core.contracts import BasisRef
from lms.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from lms.core.uow import UnitOfWork
from lms.people.models import Measure, SupportApproval, SupportPlan
from lms.people.ports import SUPPORT_CHOICES
from lms.people.queries import approval_roles, current_admission, is_impartial, is_minor, relations_in
from lms.people.rules.diagnosis import diagnosis_words
from lms.people.rules.measures import measure_faults
from lms.people.support_access import SupportReach
from lms.people.support_models import MeasureUse, SupportWithdrawal
from lms.people.types import MeasureCode, MeasureValue, Relation

__all__ = [
    "SupportReceipt",
    "approve_support_plan",
    "create_support_plan",
    "format_words",
    "measure_words",
    "note_measures_used",
    "withdraw_support_plan",
]

#: Both have to approve before measures hold.
#: Who approves for the family: either is enough, and only an adult approves personally.
FAMILY = ("guardian", "student")


@dataclass(frozen=True, slots=True)
class SupportReceipt:
    """A version of a support plan after a use case."""

    id: UUID
    person_id: UUID
    version: int
    is_active: bool


def create_support_plan(
    uow: UnitOfWork,
    *,
    person_id: UUID,
    measures: Iterable[MeasureValue],
    source_ref: str,
    valid_from: date,
    valid_to: date | None = None,
    is_no_diagnosis: bool = False,
) -> SupportReceipt:
    """Propose the next version of a person's support plan; it holds once specialist and guardian have approved.

    ``source_ref`` names a document, never a diagnosis (S5). A specialist's own proposal carries the specialist's approval,
    unless the student belongs to the specialist's family: then a colleague gives it. Words that look like a diagnosis
    are asked about until the author says that they are none.
    Raises InvalidInput ``support.…`` with the fields to mend.
    """
    uow.require("people.support_write")
    admission = current_admission(uow.session, person_id, uow.today())
    if admission is None:
        raise InvalidInput("support.no_admission")
    uow.require("people.support_write", SupportReach(person_id, admission.org_id, uow.now()))
    rows = list(measures)
    _check(uow, rows, source_ref, valid_from, valid_to)
    if not is_no_diagnosis:
        _ask_about_diagnosis("source_ref", source_ref)
    uow.lock("support_plan", person_id)
    newest = uow.session.scalar(
        sa.select(sa.func.max(SupportPlan.version)).where(SupportPlan.person_id == person_id)
    )
    plan = SupportPlan(
        person_id=person_id,
        org_id=admission.org_id,
        version=(newest or 0) + 1,
        source_ref=source_ref.strip(),
        valid_from=valid_from,
        valid_to=valid_to,
        created_by=uow.actor.person_id or person_id,
        created_at=uow.now(),
        measures=[
            Measure(position=n, code=m.code, params=m.params, scope=list(m.scope)) for n, m in enumerate(rows)
        ],
    )
    _withdraw_waiting(uow, person_id)
    uow.session.add(plan)
    uow.session.flush()
    relations = relations_in(uow.session, uow.actor, person_id, admission.org_id, uow.now())
    if Relation.SPECIALIST in relations and is_impartial(uow.session, uow.actor, person_id):
        _approve_as(uow, plan, "specialist")
    return _receipt(plan)


def _check(
    uow: UnitOfWork, measures: list[MeasureValue], source_ref: str, valid_from: date, valid_to: date | None
) -> None:
    fields: dict[str, list[str]] = {}
    faults = measure_faults(measures)
    if faults:
        fields["measures"] = faults
    for measure in measures:
        if _has_unknown_choice(uow, measure):
            fields[_CHOSEN[measure.code]] = ["support.unknown_choice"]
    if not source_ref.strip():
        fields["source_ref"] = ["support.needs_source"]
    if valid_to is not None and valid_to < valid_from:
        fields["valid_to"] = ["support.bad_period"]
    if fields:
        raise InvalidInput("support.check", fields=fields)


#: Where a measure names what was chosen for it; the floors above know what there is to choose from.
_CHOSEN = {MeasureCode.IDENTITY_METHODS: "methods", MeasureCode.DETECTOR_MASK: "findings"}


def _has_unknown_choice(uow: UnitOfWork, measure: MeasureValue) -> bool:
    """Tell whether a measure names a way or a sign that nobody offers: it would bind nobody, or lock the student out."""
    name = _CHOSEN.get(measure.code)
    if name is None:
        return False
    offered = {
        key
        for choices in uow.plugins(SUPPORT_CHOICES)
        if choices.code is measure.code
        for key, _words in choices.options()
    }
    return not set(measure.params.get(name, ())) <= offered


def _ask_about_diagnosis(field: str, text: str) -> None:
    found = diagnosis_words(text)
    if found:
        code = "support.diagnosis_question"
        raise InvalidInput(code, fields={field: [code]}, words=", ".join(found))


def _withdraw_waiting(uow: UnitOfWork, person_id: UUID) -> None:
    """Replace a version that still waits for approval: only the newest proposal is asked about."""
    uow.session.execute(
        sa.update(SupportPlan)
        .where(
            SupportPlan.person_id == person_id,
            SupportPlan.active_since.is_(None),
            SupportPlan.superseded_at.is_(None),
        )
        .values(superseded_at=uow.now())
    )


def approve_support_plan(uow: UnitOfWork, *, support_plan_id: UUID) -> SupportReceipt:
    """Approve a version as the student's specialist, or for the family; with both approvals it is in force at once (S3).

    For the family a guardian approves, or the student who has come of age. A version that begins later leaves the one
    in force until then.

    Raises NotFound ``support.no_plan``, Conflict ``support.not_waiting``, ``support.over``, Forbidden ``support.not_impartial``.
    """
    plan = uow.session.get(SupportPlan, support_plan_id, with_for_update=True)
    if plan is None:
        uow.require("people.support_approve")
        raise NotFound("support.no_plan")
    uow.require("people.support_approve", SupportReach(plan.person_id, plan.org_id, uow.now()))
    if plan.active_since is not None or plan.superseded_at is not None:
        raise Conflict("support.not_waiting")
    if plan.valid_to is not None and plan.valid_to < uow.today():
        raise Conflict("support.over")
    relations = relations_in(uow.session, uow.actor, plan.person_id, plan.org_id, uow.now())
    roles = approval_roles(relations, is_minor=is_minor(uow.session, plan.person_id, uow.today()))
    own = next((role for role in FAMILY if role in roles), None)
    if own is None and not is_impartial(uow.session, uow.actor, plan.person_id):
        raise Forbidden("support.not_impartial")
    _approve_as(uow, plan, own or "specialist")
    return _receipt(plan)


def _approve_as(uow: UnitOfWork, plan: SupportPlan, role: str) -> None:
    given = set(
        uow.session.scalars(sa.select(SupportApproval.role).where(SupportApproval.support_plan_id == plan.id))
    )
    if role not in given:
        uow.session.add(
            SupportApproval(
                support_plan_id=plan.id,
                role=role,
                person_id=uow.actor.person_id or plan.created_by,
                approved_at=uow.now(),
            )
        )
        uow.session.flush()
    given.add(role)
    if "specialist" in given and not given.isdisjoint(FAMILY):
        _put_in_force(uow, plan)


def _put_in_force(uow: UnitOfWork, plan: SupportPlan) -> None:
    replaced = sa.update(SupportPlan).where(
        SupportPlan.person_id == plan.person_id,
        SupportPlan.id != plan.id,
        SupportPlan.active_since.is_not(None),
        SupportPlan.superseded_at.is_(None),
    )
    if plan.valid_from > uow.today():  # until its first day, what was agreed before goes on
        replaced = replaced.where(SupportPlan.valid_from >= plan.valid_from)
    uow.session.execute(replaced.values(superseded_at=uow.now()))
    plan.active_since = uow.now()
    uow.session.flush()
    payload = {
        "version": plan.version,
        "measures": [{"code": m.code, "params": m.params, "scope": m.scope} for m in plan.measures],
    }
    ref = BasisRef("people.support_plan", plan.id)
    uow.append_ledger(f"org:{plan.org_id}", "people.support_plan_active", plan.person_id, payload, [ref])


def withdraw_support_plan(uow: UnitOfWork, *, support_plan_id: UUID, reason: str) -> SupportReceipt:
    """End a version that waits or is in force, at once; time that was announced in a running exam stays given.

    Raises NotFound ``support.no_plan``, Conflict ``support.ended``, InvalidInput ``support.needs_reason`` or
    ``support.diagnosis_question``.
    """
    plan = uow.session.get(SupportPlan, support_plan_id, with_for_update=True)
    if plan is None:
        uow.require("people.support_withdraw")
        raise NotFound("support.no_plan")
    uow.require("people.support_withdraw", SupportReach(plan.person_id, plan.org_id, uow.now()))
    if plan.superseded_at is not None:
        raise Conflict("support.ended")
    if not reason.strip():
        raise InvalidInput("support.needs_reason", fields={"reason": ["support.needs_reason"]})
    _ask_about_diagnosis("reason", reason)
    plan.superseded_at = uow.now()
    uow.session.add(
        SupportWithdrawal(
            support_plan_id=plan.id,
            person_id=uow.actor.person_id or plan.created_by,
            reason=reason.strip(),
            withdrawn_at=uow.now(),
        )
    )
    uow.session.flush()
    ref = BasisRef("people.support_plan", plan.id)
    payload = {"version": plan.version, "was_in_force": plan.active_since is not None}
    uow.append_ledger(f"org:{plan.org_id}", "people.support_plan_withdrawn", plan.person_id, payload, [ref])
    return SupportReceipt(plan.id, plan.person_id, plan.version, False)


#: A measure that is carried out only when the student takes it.
_TAKEN = frozenset({MeasureCode.REST_BREAKS})


def note_measures_used(
    uow: UnitOfWork,
    *,
    support_plan_id: UUID,
    activity: str,
    object_id: UUID,
    title: str,
    taken: Iterable[MeasureCode] = (),
) -> int:
    """Write down which measures an activity carries out; return how many were not written down before.

    Called by the use case that begins the activity, which has asked whether the actor may. What a student takes or
    leaves (a break) is named in ``taken`` when it is taken; without it, the rest of the plan is meant.
    """
    plan = uow.session.get_one(SupportPlan, support_plan_id)
    wanted = set(taken) or {measure.code for measure in plan.measures} - _TAKEN
    known = sa.select(MeasureUse.code).where(
        MeasureUse.support_plan_id == plan.id, MeasureUse.object_id == object_id
    )
    codes = {m.code for m in plan.measures if m.code in wanted and {"all", activity} & set(m.scope)}
    fresh = codes - set(uow.session.scalars(known))
    uow.session.add_all(
        MeasureUse(
            person_id=plan.person_id,
            support_plan_id=plan.id,
            code=code,
            activity=activity,
            object_id=object_id,
            title=title[:200],
            used_at=uow.now(),
        )
        for code in sorted(fresh)
    )
    uow.session.flush()
    return len(fresh)


def _receipt(plan: SupportPlan) -> SupportReceipt:
    return SupportReceipt(plan.id, plan.person_id, plan.version, plan.active_since is not None)


def measure_words(code: MeasureCode, params: dict[str, Any]) -> str:
    """Return a measure in the reader's language: what is done, never why."""
    match code:
        case MeasureCode.EXTRA_TIME:
            minutes = int(params["minutes"])
            return str(ngettext("+%(num)s minute of time", "+%(num)s minutes of time", minutes))
        case MeasureCode.TIME_FACTOR:
            return str(_("time × %(factor)s", factor=params["factor"]))
        case MeasureCode.REST_BREAKS:
            count = int(params["count"])
            text = ngettext(
                "%(num)s break of %(minutes)s minutes",
                "%(num)s breaks of %(minutes)s minutes",
                count,
                minutes=params["minutes_each"],
            )
            return str(text)
        case MeasureCode.LARGE_TYPE:
            return str(_("large type, %(size)s %%", size=params.get("size", 150)))
        case MeasureCode.EXTENDED_WINDOW if "hours" in params:
            return str(
                ngettext(
                    "an exam may be begun %(num)s hour longer",
                    "an exam may be begun %(num)s hours longer",
                    int(params["hours"]),
                )
            )
        case MeasureCode.SCREEN_TIME if "minutes" in params:
            minutes = int(params["minutes"])
            return str(
                ngettext(
                    "%(num)s minute of lessons at the screen a day",
                    "%(num)s minutes of lessons at the screen a day",
                    minutes,
                )
            )
        case MeasureCode.ALTERNATIVE_FORMAT if "format" in params:
            return str(_("tasks in another form: %(form)s", form=format_words()[str(params["format"])]))
    return str(_plain_measures()[code])


def format_words() -> dict[str, str]:
    """Return the other forms in which tasks can be given."""
    return {
        "oral": _("by word of mouth"),
        "paper": _("on paper"),
        "large_print": _("in large print"),
        "braille": _("in Braille"),
        "typed": _("typed instead of written by hand"),
    }


def _plain_measures() -> dict[MeasureCode, str]:
    """Return the measures that need no number, worded for the present reader."""
    return {
        MeasureCode.SIMPLIFIED_LAYOUT: _("simplified pages"),
        MeasureCode.READ_ALOUD: _("text read aloud"),
        MeasureCode.READER: _("a reader reads the tasks aloud"),
        MeasureCode.ASSISTANT: _("an assistant may be present"),
        MeasureCode.NO_CAMERA: _("no camera"),
        MeasureCode.IDENTITY_METHODS: _("identity is checked in an agreed way"),
        MeasureCode.DETECTOR_MASK: _("agreed signs are not counted by the observation"),
        MeasureCode.EXTENDED_WINDOW: _("a longer period in which an exam may be begun"),
        MeasureCode.ALTERNATIVE_FORMAT: _("tasks in another format"),
        MeasureCode.NO_RANKING: _("no public ranking"),
        MeasureCode.SCREEN_TIME: _("a time of one’s own for lessons at the screen"),
        MeasureCode.NO_PEER_REVIEW: _("work is read by teachers only, not by classmates"),
    }
