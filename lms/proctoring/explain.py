"""Answer "why": the identity check and the review behind an attempt, in the reader's language."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from lms.core.contracts import BasisRef, ExplainStep
from lms.proctoring.models import IdentityCheck, ProctoringSession, ReviewDecision
from lms.proctoring.types import CheckState, IdentityMethod, Monitoring, SessionOutcome, SessionState
from lms.proctoring.words import method_word

__all__ = ["ProctoringExplainer"]


class ProctoringExplainer:
    """Explains identity checks and sittings; ``proctoring.for_attempt`` leads from an attempt to both."""

    name = "proctoring"
    kinds: tuple[str, ...] = ("proctoring.for_attempt", "proctoring.session", "proctoring.identity_check")

    def explain(self, session: Session, ref: BasisRef) -> ExplainStep | None:
        """Return the step for ``ref``, or None when it does not exist."""
        if ref.kind == "proctoring.identity_check":
            check = session.get(IdentityCheck, ref.id)
            return None if check is None else _explain_check(check, ref)
        column = (
            ProctoringSession.attempt_id if ref.kind == "proctoring.for_attempt" else ProctoringSession.id
        )
        row = session.scalar(sa.select(ProctoringSession).where(column == ref.id))
        return None if row is None else _explain_session(session, row)


def _explain_session(session: Session, row: ProctoringSession) -> ExplainStep:
    reviewers = session.scalar(
        sa.select(sa.func.count(ReviewDecision.reviewer_id.distinct())).where(
            ReviewDecision.session_id == row.id
        )
    )
    rests_on = (BasisRef("proctoring.identity_check", row.check_id),) if row.check_id else ()
    return ExplainStep(
        ref=BasisRef("proctoring.session", row.id),
        title=gettext("The sitting"),
        subject_id=row.person_id,
        detail=_session_words(row, int(reviewers or 0)),
        at=row.closed_at or row.ended_at or row.started_at,
        state="suspended" if row.outcome is SessionOutcome.ANNULLED else "valid",
        rests_on=rests_on,
    )


def _session_words(row: ProctoringSession, reviewers: int) -> str:
    if row.outcome is SessionOutcome.ANNULLED:
        return str(gettext("Annulled by two people after the student could speak."))
    if row.monitoring is Monitoring.NONE:
        return str(gettext("Not watched by a camera, so there was nothing to review."))
    if row.state is not SessionState.CLOSED:
        return str(gettext("Watched by a camera; a reviewer has not finished looking."))
    words: str = ngettext(
        "Watched by a camera; %(num)d person looked at it and had no questions.",
        "Watched by a camera; %(num)d people looked at it and had no questions.",
        reviewers,
    )
    return words


def _explain_check(row: IdentityCheck, ref: BasisRef) -> ExplainStep:
    states = {CheckState.VERIFIED: "valid", CheckState.WAIVED: "valid", CheckState.REFUSED: "suspended"}
    return ExplainStep(
        ref=ref,
        title=gettext("Identity: %(method)s", method=method_word(row.method)),
        subject_id=row.person_id,
        detail=_check_words(row),
        at=row.decided_at or row.created_at,
        actor_id=row.decided_by,
        state=states.get(row.state, "pending"),
    )


def _check_words(row: IdentityCheck) -> str:
    if row.state is not CheckState.VERIFIED:
        return str(gettext("Not confirmed."))
    if row.method is IdentityMethod.FACE:
        words: str = gettext(
            "The camera’s picture was compared with the registered sample (%(model)s); whether a living person sat there "
            "was not checked by the machine, a person confirmed it.",
            model=row.model.split(" ")[0],
        )
        return words
    if row.method is IdentityMethod.KNOWN_TEACHER:
        return str(gettext("A teacher who knows the student recognised them live and asked a question."))
    if row.method is IdentityMethod.CODE_AND_ADULT:
        return str(
            gettext("An adult vouched for the student, asked a question and passed on a one-time code.")
        )
    if row.method is IdentityMethod.PASSKEY:
        return str(gettext("The student unlocked a device that was bound to the account before."))
    if row.method is IdentityMethod.PASSKEY_AND_TALK:
        return str(
            gettext("The student unlocked a device that was bound before, then answered a person’s question.")
        )
    return str(
        gettext("Staff compared the student with a document: %(document)s.", document=row.document_ref)
    )
