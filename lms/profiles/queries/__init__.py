"""Read the digital profile, the chain behind a fact, and the access log."""

from lms.profiles.queries.access_log import AccessRow, access_log
from lms.profiles.queries.chain import chain_of, subject_of
from lms.profiles.queries.competencies import competencies
from lms.profiles.queries.portfolio import (
    claimable_outcomes,
    claimed_works,
    work_view,
    works_of,
    works_taken_out,
)

__all__ = [
    "AccessRow",
    "access_log",
    "chain_of",
    "claimable_outcomes",
    "claimed_works",
    "competencies",
    "subject_of",
    "work_view",
    "works_of",
    "works_taken_out",
]
