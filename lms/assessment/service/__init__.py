"""Use cases of assessment: one function, one transaction (the save path opens its own, see `delivery`)."""

from lms.assessment.rules.blueprint import Plan, PlannedItem, Section
from lms.assessment.service.attempts import (
    AttemptEnded,
    AttemptStarted,
    expire_attempt,
    pause_attempt,
    resume_attempt,
    start_attempt,
    submit_attempt,
)
from lms.assessment.service.authoring import (
    approve_item,
    create_bank,
    create_blueprint,
    create_item,
    retire_item,
    revise_blueprint,
    revise_item,
    submit_item,
)
from lms.assessment.service.delivery import OperationConflict, fields_of, save_operations
from lms.assessment.service.marking import (
    Graded,
    RegradeDifference,
    decide_late,
    grade_manual,
    preview_regrade,
    regrade,
)
from lms.assessment.service.results import annul_attempt, reinstate_attempt, release_result
from lms.assessment.service.sealing import ReceiptCheck, read_receipt, verify_attempt, verify_receipt
from lms.assessment.service.sessions import (
    Admitted,
    admit,
    cancel_session,
    create_session,
    grant,
    withdraw_entry,
)

__all__ = [
    "Admitted",
    "AttemptEnded",
    "AttemptStarted",
    "Graded",
    "OperationConflict",
    "Plan",
    "PlannedItem",
    "ReceiptCheck",
    "RegradeDifference",
    "Section",
    "admit",
    "annul_attempt",
    "approve_item",
    "cancel_session",
    "create_bank",
    "create_blueprint",
    "create_item",
    "create_session",
    "decide_late",
    "expire_attempt",
    "fields_of",
    "grade_manual",
    "grant",
    "pause_attempt",
    "preview_regrade",
    "read_receipt",
    "regrade",
    "reinstate_attempt",
    "release_result",
    "resume_attempt",
    "retire_item",
    "revise_blueprint",
    "revise_item",
    "save_operations",
    "start_attempt",
    "submit_attempt",
    "submit_item",
    "verify_attempt",
    "verify_receipt",
    "withdraw_entry",
]
