"""Answer "why" for credit cases and their match reports."""

from __future__ import annotations

from flask_babel import gettext
from sqlalchemy.orm import Session

from lms.core.contracts import BasisRef, ExplainStep
from lms.core.errors import NotFound
from lms.plans import credit_words as words
from lms.plans.credit_models import CreditCase, MatchReport
from lms.plans.queries.credit import CaseView, case_view
from lms.plans.types.credit import CaseState

__all__ = ["CreditExplainer"]


class CreditExplainer:
    """Explain the decision of a case and the report that it rests on."""

    name = "credit"
    kinds: tuple[str, ...] = ("plans.credit_case", "plans.match_report")

    def explain(self, session: Session, ref: BasisRef) -> ExplainStep | None:
        """Return the step for ``ref`` in the reader's language, or None when it does not exist."""
        try:
            return _case_step(session, ref) if ref.kind == "plans.credit_case" else _report_step(session, ref)
        except NotFound:
            return None


def _case_step(session: Session, ref: BasisRef) -> ExplainStep | None:
    if session.get(CreditCase, ref.id) is None:
        return None
    case = case_view(session, ref.id)
    decision = case.decision
    reports = (BasisRef("plans.match_report", case.report.id),) if case.report else ()
    return ExplainStep(
        ref=ref,
        title=gettext(
            "Credit of “%(course)s”, %(source)s", course=case.course_title, source=case.source_name
        ),
        subject_id=case.person.id,
        detail=_decided(case),
        at=decision.decided_at if decision else case.submitted_at,
        actor_id=decision.decided_by if decision else case.opened_by,
        state=_state(case),
        rests_on=reports,
        url=f"/credit/{case.id}",
    )


def _decided(case: CaseView) -> str:
    decision = case.decision
    if decision is None:
        return words.state_badge(case)["text"]
    hours = words.hours_of(decision.hours, decision.hours_total)
    votes = words.vote_words(decision)
    return str(
        gettext(
            "%(hours)s. Minutes No. %(number)s: %(votes)s.",
            hours=hours,
            number=decision.protocol_no,
            votes=votes,
        )
    )


def _state(case: CaseView) -> str:
    return {CaseState.SUSPENDED: "suspended", CaseState.REVOKED: "revoked"}.get(case.state, "valid")


def _report_step(session: Session, ref: BasisRef) -> ExplainStep | None:
    row = session.get(MatchReport, ref.id)
    if row is None:
        return None
    case = case_view(session, row.case_id)
    certificate = case.certificate
    parts = [
        gettext(
            "Report No. %(number)s, algorithm %(name)s, input %(hash)s.",
            number=row.number,
            name=row.algorithm,
            hash=row.input_hash[:12],
        )
    ]
    if certificate is not None and certificate.verification_note:
        parts.append(gettext("Certificate: %(note)s", note=certificate.verification_note))
    return ExplainStep(
        ref=ref,
        title=gettext("Comparison of the course with the programme"),
        subject_id=case.person.id,
        detail=" ".join(str(part) for part in parts),
        at=row.created_at,
        state="valid",
        url=f"/credit/{row.case_id}",
    )
