"""Explain results and attempts: links of the chain that answers "why" (`lms.core.contracts.Explainer`)."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from lms.assessment.models import Attempt, AttestationSession, MarkPolicy, ResponseEvent, Result
from lms.assessment.service.results import ATTEMPT, RESULT
from lms.assessment.types import AttemptState, EndedBy, ResultState
from lms.core.contracts import BasisRef, ExplainStep

__all__ = ["SITTING", "AssessmentExplainer"]

#: Who sat there: explained by whoever supervises examinations; skipped when nobody does.
SITTING = "proctoring.for_attempt"


def _mark_word(mark: str) -> str:
    return str({"pass": gettext("passed"), "fail": gettext("not passed")}.get(mark, mark))


class AssessmentExplainer:
    """Results rest on attempts; attempts rest on who sat there."""

    name = "assessment"
    kinds = (RESULT, ATTEMPT)

    def explain(self, session: Session, ref: BasisRef) -> ExplainStep | None:
        """Return the step for a result or an attempt, worded for the present request."""
        return self._result(session, ref) if ref.kind == RESULT else self._attempt(session, ref)

    @staticmethod
    def _result(session: Session, ref: BasisRef) -> ExplainStep | None:
        result = session.get(Result, ref.id)
        if result is None:
            return None
        occasion = session.get_one(AttestationSession, result.session_id)
        policy = session.get_one(MarkPolicy, result.mark_policy_id)
        detail = gettext(
            "%(points)s of %(max_points)s points, %(percent)s %%; marked by version %(version)s of the school's scale",
            points=f"{result.points.normalize():f}",
            max_points=f"{result.max_points.normalize():f}",
            percent=round(result.score * 100),
            version=policy.version,
        )
        if result.suspended_reason:
            detail = gettext(
                "%(detail)s. Suspended: %(reason)s", detail=detail, reason=result.suspended_reason
            )
        states = {ResultState.PROPOSED: "proposed", ResultState.SUSPENDED: "suspended"}
        return ExplainStep(
            ref=ref,
            title=gettext("Result “%(exam)s”: %(mark)s", exam=occasion.title, mark=_mark_word(result.mark)),
            subject_id=result.person_id,
            detail=detail,
            at=result.released_at or result.proposed_at,
            actor_id=result.released_by,
            state=states.get(result.state, "valid"),
            rests_on=(BasisRef(ATTEMPT, result.attempt_id),),
        )

    @staticmethod
    def _attempt(session: Session, ref: BasisRef) -> ExplainStep | None:
        attempt = session.get(Attempt, ref.id)
        if attempt is None:
            return None
        occasion = session.get_one(AttestationSession, attempt.session_id)
        count = sa.select(sa.func.count()).where(ResponseEvent.attempt_id == attempt.id)
        saved = session.scalar(count) or 0
        detail = ngettext(
            "%(num)d saved step, sealed and signed", "%(num)d saved steps, sealed and signed", saved
        )
        if attempt.ended_by is EndedBy.EXPIRY:
            detail = gettext("%(detail)s. The time ran out; what was saved counts", detail=detail)
        if attempt.annulled_reason:
            detail = gettext(
                "%(detail)s. Annulled: %(reason)s", detail=detail, reason=attempt.annulled_reason
            )
        return ExplainStep(
            ref=ref,
            title=gettext("Attempt in “%(exam)s”", exam=occasion.title),
            subject_id=attempt.person_id,
            detail=detail,
            at=attempt.ended_at or attempt.started_at,
            actor_id=attempt.person_id,
            state="suspended" if attempt.state is AttemptState.ANNULLED else "valid",
            rests_on=(BasisRef(SITTING, attempt.id),),
        )
