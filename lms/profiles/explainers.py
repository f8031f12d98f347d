"""Explain profile rows: a level rests on its evidence's facts."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import Session

from lms.core.contracts import BasisRef, ExplainStep
from lms.curriculum import queries as curriculum
from lms.profiles.models import OutcomeEvidence, OutcomeLevel

__all__ = ["LevelExplainer"]


class LevelExplainer:
    """Explain ``profiles.level``: the outcome, how its level is computed, and every piece of evidence."""

    name = "profiles.level"
    kinds = ("profiles.level",)

    def explain(self, session: Session, ref: BasisRef) -> ExplainStep | None:
        """Return the step for a level, or None when there is no such level."""
        level = session.get(OutcomeLevel, ref.id)
        if level is None:
            return None
        outcome = curriculum.outcome_views(session, [level.outcome_id]).get(level.outcome_id)
        evidence = session.scalars(
            sa.select(OutcomeEvidence)
            .where(
                OutcomeEvidence.person_id == level.person_id, OutcomeEvidence.outcome_id == level.outcome_id
            )
            .order_by(OutcomeEvidence.at.desc())
        ).all()
        if level.share is None:
            detail = gettext("No evidence counts at the moment.")
        else:
            percent = int(level.share * 100)
            detail = gettext("The best evidence that counts shows %(percent)d out of 100.", percent=percent)
        return ExplainStep(
            ref=ref,
            title=outcome.statement if outcome else gettext("Competency"),
            subject_id=level.person_id,
            detail=detail,
            at=level.updated_at,
            state="suspended" if level.is_suspended and level.share is None else "valid",
            rests_on=tuple(BasisRef(row.basis_kind, row.basis_id) for row in evidence),
        )
