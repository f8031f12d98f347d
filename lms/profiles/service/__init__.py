"""Use cases of the digital profile."""

from lms.profiles.service.evidence import (
    drop_evidence,
    rebuild_levels,
    record_evidence,
    reinstate_evidence,
    suspend_evidence,
)
from lms.profiles.service.portfolio import (
    WorkText,
    add_work,
    confirm_work,
    edit_work,
    open_work_file,
    take_back_work,
    withdraw_work,
)

__all__ = [
    "WorkText",
    "add_work",
    "confirm_work",
    "drop_evidence",
    "edit_work",
    "open_work_file",
    "rebuild_levels",
    "record_evidence",
    "reinstate_evidence",
    "suspend_evidence",
    "take_back_work",
    "withdraw_work",
]
