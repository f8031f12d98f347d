"""Use cases of people: registering, accounts and sign-in, consents, support plans."""

from lms.people.service.accounts import (
    SignedIn,
    change_password,
    close_account,
    create_account,
    end_all_sessions,
    end_session,
    keep_reading,
    reset_password,
    sign_in,
)
from lms.people.service.registry import (
    add_guardian,
    admit_student,
    assign_staff,
    create_organisation,
    create_person,
    end_role,
    grant_role,
    record_status,
    restrict_guardian,
)
from lms.people.service.support import approve_support_plan, create_support_plan, measure_words

__all__ = [
    "SignedIn",
    "add_guardian",
    "admit_student",
    "approve_support_plan",
    "assign_staff",
    "change_password",
    "close_account",
    "create_account",
    "create_organisation",
    "create_person",
    "create_support_plan",
    "end_all_sessions",
    "end_role",
    "end_session",
    "grant_role",
    "keep_reading",
    "measure_words",
    "record_status",
    "reset_password",
    "restrict_guardian",
    "sign_in",
]
