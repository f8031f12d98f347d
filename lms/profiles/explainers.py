"""Explain profile rows: a level rests on its evidence's facts."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import Session

from lms.core.contracts import BasisRef, ExplainStep
from lms.curriculum import queries as curriculum
from lms.profiles.models import OutcomeEvidence, OutcomeLevel, PortfolioStatement, PortfolioWork
from lms.profiles.types import WorkState

__all__ = ["LevelExplainer", "WorkExplainer"]


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


class WorkExplainer:
    """Explain ``profiles.portfolio``: a piece of work and whose word it rests on."""

    name = "profiles.portfolio"
    kinds = ("profiles.portfolio",)

    def explain(self, session: Session, ref: BasisRef) -> ExplainStep | None:
        """Return the step for a piece of work, or None when there is no such work."""
        work = session.get(PortfolioWork, ref.id)
        if work is None:
            return None
        said = session.scalar(
            sa.select(PortfolioStatement)
            .where(PortfolioStatement.work_id == work.id)
            .order_by(PortfolioStatement.id.desc())
            .limit(1)
        )
        is_sure = work.state is WorkState.VERIFIED
        return ExplainStep(
            ref=ref,
            title=work.title,
            subject_id=work.person_id,
            detail=said.reason if said else gettext("The student's own word; no teacher has confirmed it."),
            at=said.said_at if said else work.added_at,
            actor_id=said.said_by if said else work.added_by,
            state="valid" if is_sure else "suspended",
            rests_on=(),
        )
