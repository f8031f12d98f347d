"""Settings of identity, monitoring and review (``LMS_PROCTORING_*``)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

__all__ = ["ProctoringSettings"]


def _setting(default: Any, doc: str) -> Any:
    return field(default=default, metadata={"doc": doc})


@dataclass(frozen=True, slots=True)
class ProctoringSettings:
    """Numbers that an installation may change."""

    PREFIX: ClassVar[str] = "PROCTORING"

    verifier: str = _setting(
        "cascade", "Plug-in that compares faces: cascade, sface, face_recognition, remote or an outside one."
    )
    remote_url: str = _setting(
        "", "Address (https) of the accredited service that the verifier remote asks; see face-service.md."
    )
    remote_token: str = _setting("", "Token with which that service lets this installation in.")
    cadence_s: int = _setting(5, "Seconds between pictures when a blueprint names none.")
    jitter_s: int = _setting(2, "A picture comes up to so many seconds earlier or later than the cadence.")
    frame_max_bytes: int = _setting(400_000, "Largest picture of a sitting in bytes.")
    claim_timeout_s: int = _setting(
        60, "A picture that a worker took and did not finish in so many seconds is taken again."
    )
    wake_after_s: int = _setting(10, "A picture that waits so many seconds without a worker is woken again.")
    keep_every: int = _setting(
        12, "Of pictures without a finding every so many is kept as evidence; the rest is deleted."
    )
    face_tries: int = _setting(3, "After so many tries with the camera a person takes over.")
    code_minutes: int = _setting(10, "A one-time code is good for so many minutes.")
    review_days: int = _setting(
        5,
        "The first reviewer looks at a sitting within so many working days; after that its result is held back no longer, "
        "it stands first in the queue and the heads are told.",
    )
    second_review_days: int = _setting(
        5,
        "The second opinion, and then the decision, come within so many working days each, the student's own time not "
        "counted; after that the same holds.",
    )
    statement_days: int = _setting(
        3, "The student has so many working days for a statement before an adverse decision."
    )
    appeal_days: int = _setting(
        10, "A family appeals against an annulment within so many working days after it."
    )
    appeal_answer_days: int = _setting(
        10, "An appeal is answered within so many working days; after that the heads and the family are told."
    )
    evidence_days: int = _setting(30, "Evidence is kept so many days after the result.")
    evidence_waiting_days: int = _setting(
        60, "Evidence of a sitting without a result is kept so many days at most."
    )
    event_days: int = _setting(
        150,
        "What a sitting recorded besides pictures (events, findings, lines) is kept so many days after its review or the answer "
        "to an appeal: a term.",
    )
    wall_streams: int = _setting(
        2,
        "A web process keeps the pages of so many proctors fresh by a stream that holds a thread each, and never more than a "
        "quarter of its threads; the others ask every five seconds. 0: all ask.",
    )
    template_days: int = _setting(365, "A registered sample is destroyed after so many days at the latest.")
