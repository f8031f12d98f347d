"""Use cases of identity and proctoring; each is one transaction."""

from lms.proctoring.service.appeals import appeal_annulment, decide_appeal
from lms.proctoring.service.challenges import OLD, Answers, Seen
from lms.proctoring.service.claims import claim_work, give_back, is_hopeless
from lms.proctoring.service.devices import DeviceWords, forget_device_checks, record_device_check
from lms.proctoring.service.enrolment import (
    ShotResult,
    approve_sample,
    open_sample_picture,
    record_sample,
    reject_sample,
    submit_sample,
)
from lms.proctoring.service.groups import declare_groups
from lms.proctoring.service.identity import (
    choose_method,
    decide_identity,
    enter_code,
    exchange_challenge,
    issue_code,
    open_meeting,
    record_face_result,
    renew_tasks,
    submit_face_shots,
)
from lms.proctoring.service.notices import tell_heads, tell_owners
from lms.proctoring.service.page_events import note_camera_source, note_out_of_turn, note_page_event
from lms.proctoring.service.passkeys import (
    ask_passkey,
    begin_passkey,
    confirm_by_passkey,
    register_passkey,
    remove_passkey,
)
from lms.proctoring.service.policies import set_policy
from lms.proctoring.service.retention import forget_events
from lms.proctoring.service.review import (
    annul_sitting,
    blur_evidence,
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
    forget_last_pictures,
    mark_unreadable,
    note_camera,
    note_lost_cameras,
    receive_frame,
    record_findings,
    release_evidence,
    start_sitting,
)
from lms.proctoring.service.subject_export import export_subject
from lms.proctoring.service.templates import expire_templates
from lms.proctoring.service.wall import (
    continue_sitting,
    end_duty,
    extend_sitting,
    open_live_picture,
    read_messages,
    set_duty,
    stop_sitting,
    write_to_staff,
    write_to_student,
)

__all__ = [
    "OLD",
    "Answers",
    "ClaimedFrame",
    "DeviceWords",
    "FrameReceipt",
    "Seen",
    "ShotResult",
    "annul_sitting",
    "appeal_annulment",
    "approve_sample",
    "ask_passkey",
    "ask_without_seb",
    "begin_passkey",
    "blur_evidence",
    "choose_method",
    "claim_frame",
    "claim_work",
    "confirm_by_passkey",
    "continue_sitting",
    "decide_appeal",
    "decide_identity",
    "decide_without_seb",
    "declare_groups",
    "end_duty",
    "end_sitting",
    "enter_code",
    "exchange_challenge",
    "expire_evidence",
    "expire_templates",
    "export_subject",
    "extend_sitting",
    "forget_device_checks",
    "forget_events",
    "forget_last_pictures",
    "give_back",
    "give_opinion",
    "is_hopeless",
    "issue_code",
    "mark_unreadable",
    "note_camera",
    "note_camera_source",
    "note_lost_cameras",
    "note_out_of_turn",
    "note_page_event",
    "note_seb_mismatch",
    "open_evidence",
    "open_live_picture",
    "open_meeting",
    "open_sample_picture",
    "read_messages",
    "receive_frame",
    "record_device_check",
    "record_face_result",
    "record_findings",
    "record_sample",
    "register_passkey",
    "reinstate_sitting",
    "reject_sample",
    "release_evidence",
    "remove_passkey",
    "renew_tasks",
    "set_duty",
    "set_policy",
    "start_sitting",
    "stop_sitting",
    "submit_face_shots",
    "submit_sample",
    "tell_heads",
    "tell_owners",
    "write_statement",
    "write_to_staff",
    "write_to_student",
]
