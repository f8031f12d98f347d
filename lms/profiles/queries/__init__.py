"""Read the digital profile, the chain behind a fact, and the access log."""

from lms.profiles.queries.access_log import AccessRow, access_log
from lms.profiles.queries.chain import chain_of, subject_of
from lms.profiles.queries.competencies import competencies

__all__ = ["AccessRow", "access_log", "chain_of", "competencies", "subject_of"]
