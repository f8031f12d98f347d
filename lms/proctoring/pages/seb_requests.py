"""Tell from a request whether it came from Safe Exam Browser with the configuration of the exam.

The configuration is not secret, so the key shows which browser a careful person used, not who cheats: a hurdle and a reason
to look, never a proof.
"""

from __future__ import annotations

from uuid import UUID

from flask import after_this_request, has_request_context, request
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from lms.assessment.ports import GateVerdict, PrepStep
from lms.core.web import runtime, unit_of_work
from lms.proctoring import queries, service
from lms.proctoring.rules.seb import HEADER, config_key, exam_settings, is_key_of_request

__all__ = ["is_in_browser", "note_other_browser", "prep_steps", "verdict"]


def is_in_browser(entry_id: UUID) -> bool:
    """Tell whether the present request shows the config key of an entry's exam; no request shows none."""
    if not has_request_context():
        return False
    base = runtime().settings.core.base_url.rstrip("/")
    query = request.query_string.decode("ascii", "replace")
    url = f"{base}{request.path}?{query}" if query else f"{base}{request.path}"
    key = config_key(exam_settings(base, entry_id))
    return is_key_of_request(url, key, request.headers.get(HEADER))


def verdict(session: Session, entry_id: UUID) -> GateVerdict:
    """Say whether the exam may start from where the request came, or from anywhere because a person allowed it."""
    if is_in_browser(entry_id) or queries.is_seb_waived(session, entry_id):
        return GateVerdict(True)
    words = gettext("Open the exam in Safe Exam Browser.")
    return GateVerdict(False, "proctoring.seb_needed", words, f"/identity/{entry_id}/seb")


def prep_steps(session: Session, entry_id: UUID) -> list[PrepStep]:
    """Return the step "the browser" with where it stands."""
    standing = queries.seb_standing(session, entry_id)
    state = "done" if standing.is_waived or is_in_browser(entry_id) else "todo"
    if state == "todo" and standing.waiver is not None and standing.waiver.is_granted is None:
        state = "waiting"
    return [PrepStep(gettext("Open the exam in Safe Exam Browser"), state, f"/identity/{entry_id}/seb")]


def note_other_browser(session_id: UUID, entry_id: UUID) -> None:
    """Note after the page was made that it was opened in another browser; the exam goes on as ever."""
    if not has_request_context() or is_in_browser(entry_id):
        return

    @after_this_request
    def _note(response: Response) -> Response:
        with unit_of_work() as uow:
            service.note_seb_mismatch(uow, session_id)
        return response
