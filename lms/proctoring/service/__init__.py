"""Use cases of identity and proctoring; each is one transaction."""

from lms.proctoring.service.challenges import Answers, Seen
from lms.proctoring.service.enrolment import (
    ShotResult,
    approve_sample,
    open_sample_picture,
    record_sample,
    reject_sample,
    submit_sample,
)
from lms.proctoring.service.identity import (
    choose_method,
    decide_identity,
    enter_code,
    exchange_challenge,
    issue_code,
    open_meeting,
    record_face_result,
    submit_face_shots,
)
from lms.proctoring.service.page_events import note_page_event
from lms.proctoring.service.passkeys import (
    ask_passkey,
    begin_passkey,
    confirm_by_passkey,
    register_passkey,
    remove_passkey,
)
from lms.proctoring.service.policies import set_policy
from lms.proctoring.service.review import (
    annul_sitting,
    give_opinion,
    open_evidence,
    reinstate_sitting,
    write_statement,
)
from lms.proctoring.service.seb import ask_without_seb, decide_without_seb, note_seb_mismatch
from lms.proctoring.service.sittings import (
    ClaimedFrame,
    FrameReceipt,
    claim_frame,
    end_sitting,
    expire_evidence,
    mark_unreadable,
    note_camera,
    note_lost_cameras,
    receive_frame,
    record_findings,
    release_evidence,
    start_sitting,
)
from lms.proctoring.service.templates import expire_templates

__all__ = [
    "Answers",
    "ClaimedFrame",
    "FrameReceipt",
    "Seen",
    "ShotResult",
    "annul_sitting",
    "approve_sample",
    "ask_passkey",
    "ask_without_seb",
    "begin_passkey",
    "choose_method",
    "claim_frame",
    "confirm_by_passkey",
    "decide_identity",
    "decide_without_seb",
    "end_sitting",
    "enter_code",
    "exchange_challenge",
    "expire_evidence",
    "expire_templates",
    "give_opinion",
    "issue_code",
    "mark_unreadable",
    "note_camera",
    "note_lost_cameras",
    "note_page_event",
    "note_seb_mismatch",
    "open_evidence",
    "open_meeting",
    "open_sample_picture",
    "receive_frame",
    "record_face_result",
    "record_findings",
    "record_sample",
    "register_passkey",
    "reinstate_sitting",
    "reject_sample",
    "release_evidence",
    "remove_passkey",
    "set_policy",
    "start_sitting",
    "submit_face_shots",
    "submit_sample",
    "write_statement",
]
