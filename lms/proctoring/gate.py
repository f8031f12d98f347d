"""Stand at the door of an examination: identity before, a camera beside, a reviewer after (assessment's port)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from flask_babel import gettext, pgettext
from sqlalchemy.orm import Session

from lms.assessment.ports import Companion, GateVerdict, PrepStep
from lms.core.db import fetch, now_of
from lms.core.errors import NotFound
from lms.core.uow import UnitOfWork
from lms.proctoring import queries, service
from lms.proctoring.models import IdentityCheck, ProctoringSession
from lms.proctoring.pages import seb_requests as seb
from lms.proctoring.rules.identity import CAMERA_METHODS
from lms.proctoring.types import CheckState, Monitoring, SessionOutcome, SessionState
from lms.proctoring.words import message_word

__all__ = ["ProctoringGate"]


_HAS_WATCHER = queries.has_watcher(ProctoringSession.exam_id, sa.bindparam("at"))
_WATCHED = sa.select(
    ProctoringSession.id,
    ProctoringSession.check_id,
    ProctoringSession.entry_id,
    ProctoringSession.monitoring,
    ProctoringSession.needs_seb,
    ProctoringSession.cadence_s,
    ProctoringSession.next_seq,
    ProctoringSession.nonce,
    _HAS_WATCHER.label("has_watcher"),
).where(
    ProctoringSession.attempt_id == sa.bindparam("attempt_id"),
    sa.or_(
        ProctoringSession.monitoring != Monitoring.NONE,
        ProctoringSession.needs_seb.is_(True),
        _HAS_WATCHER,
    ),
    ProctoringSession.state == SessionState.MONITORING,
)


class ProctoringGate:
    """Opens when the policy's level is reached; never ends, voids or blocks a running attempt."""

    name = "proctoring"

    def may_start(self, session: Session, entry_id: UUID, person_id: UUID, at: datetime) -> GateVerdict:
        """Say whether identity is confirmed; the words say what to do next."""
        standing = queries.identity_standing(session, entry_id)
        if standing.is_open:
            return seb.verdict(session, entry_id) if standing.needs_seb else GateVerdict(True)
        url = f"/identity/{entry_id}"
        if standing.state in {None, CheckState.REFUSED}:
            return GateVerdict(
                False, "proctoring.identity_required", gettext("Choose how to show that it is you."), url
            )
        if standing.state is CheckState.UNCERTAIN:
            return GateVerdict(
                False,
                "proctoring.identity_uncertain",
                gettext("The camera could not tell. Try again or choose another way."),
                url,
            )
        return GateVerdict(
            False,
            "proctoring.identity_pending",
            gettext("A person still has to confirm that it is you."),
            url,
        )

    def may_release(self, session: Session, attempt_id: UUID, at: datetime) -> GateVerdict:
        """Say whether people have looked at the sitting, if it was watched."""
        view = queries.session_for_attempt(session, attempt_id)
        if view is None:
            return GateVerdict(True)
        url = f"/review/{view.id}"
        if view.outcome is SessionOutcome.ANNULLED:
            return GateVerdict(False, "proctoring.annulled", gettext("The sitting was annulled."), url)
        is_late = view.review_due_at is not None and view.review_due_at <= at
        if (
            view.state is not SessionState.CLOSED and not is_late
        ):  # nobody waits longer for reviewers who do not come
            return GateVerdict(
                False,
                "proctoring.review_waiting",
                gettext("A reviewer has to look at the sitting first."),
                url,
            )
        return GateVerdict(True)

    def attempt_started(self, uow: UnitOfWork, attempt_id: UUID, entry_id: UUID) -> None:
        """Begin the sitting in the starting transaction."""
        service.start_sitting(uow, attempt_id, entry_id)

    def attempt_ended(self, uow: UnitOfWork, attempt_id: UUID) -> None:
        """End the watching in the ending transaction."""
        service.end_sitting(uow, attempt_id)

    def companion(self, session: Session, attempt_id: UUID) -> Companion | None:
        """Return the camera's fragment while a watched sitting runs."""
        found = fetch(session, _WATCHED, attempt_id=attempt_id, at=now_of(session))
        if not found:
            return None
        row = found[0]
        if row.needs_seb:
            seb.note_other_browser(row.id, row.entry_id)
        if row.monitoring is Monitoring.NONE and not row.has_watcher:
            return None
        check = session.get(IdentityCheck, row.check_id) if row.check_id is not None else None
        context = {
            "session_id": row.id,
            "to_frames": ("monitor.frames", {"session_id": row.id}),
            "to_events": ("monitor.events", {"session_id": row.id}),
            "cadence_s": row.cadence_s,
            "seq": row.next_seq,
            "nonce": row.nonce,
            "starts_itself": check is not None and check.method in CAMERA_METHODS,
            "is_watched": row.monitoring is not Monitoring.NONE,
            "has_watcher": row.has_watcher,
            "lines": queries.messages_of(session, row.id) if row.has_watcher else [],
            "message_word": message_word,
        }
        return Companion("proctoring/companion.html", {"watch": context})

    def prep_steps(self, session: Session, entry_id: UUID, person_id: UUID, at: datetime) -> list[PrepStep]:
        """Return the step "who you are" with where it stands."""
        try:
            options = queries.identity_options(session, entry_id, at)
        except NotFound:
            return []
        browser = seb.prep_steps(session, entry_id) if options.policy.needs_seb else []
        if options.policy.level == 0:
            return browser
        state = "done" if options.is_open else "todo"
        if not options.is_open and options.check is not None:
            waits = options.check.state is CheckState.HUMAN_CHECK or options.check.is_computing
            state = "waiting" if waits else "current"
        steps = [PrepStep(gettext("Show that it is you"), state, f"/identity/{entry_id}")]
        if options.policy.monitoring is Monitoring.CAMERA:
            uses_camera = options.check is not None and options.check.method in CAMERA_METHODS
            title = (
                pgettext(
                    "student",
                    "The camera will take small pictures while you work; you can switch it off. Try it",
                )
                if uses_camera
                else pgettext(
                    "student", "The camera stays off unless you switch it on. Try it, if you want to use it"
                )
            )
            tried = "todo" if queries.device_check(session, entry_id) is None else "done"
            steps.append(PrepStep(title, tried, f"/identity/{entry_id}/camera"))
        return [*steps, *browser]
