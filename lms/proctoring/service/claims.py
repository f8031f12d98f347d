"""Let one worker at a time look at the pictures of a sample or a check, and give up what ends worker after worker."""

from __future__ import annotations

from datetime import timedelta

from lms.core.uow import UnitOfWork
from lms.proctoring.models import Enrolment, IdentityCheck
from lms.proctoring.settings import ProctoringSettings

__all__ = ["MAX_CLAIMS", "claim_work", "give_back", "is_hopeless"]

#: After so many takes pictures that always end their worker are given up.
MAX_CLAIMS = 3


def claim_work(uow: UnitOfWork, row: Enrolment | IdentityCheck) -> bool:
    """Take the pictures of a sample or a check, whose row is locked; False: another worker looks at them now."""
    over = timedelta(seconds=uow.runtime.settings.of(ProctoringSettings).claim_timeout_s)
    if row.claimed_at is not None and uow.now() - row.claimed_at < over:
        return False
    row.claimed_at, row.claims = uow.now(), row.claims + 1
    return True


def is_hopeless(row: Enrolment | IdentityCheck) -> bool:
    """Tell whether the pictures were taken so often without an end that nobody opens them any more."""
    return row.claims > MAX_CLAIMS


def give_back(row: Enrolment | IdentityCheck) -> None:
    """Let go of pictures that could not be looked at for a reason that is not theirs: that take does not count."""
    row.claimed_at, row.claims = None, max(0, row.claims - 1)
