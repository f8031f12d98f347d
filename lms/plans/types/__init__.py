"""Words and values of plans and credit that other features use."""

from lms.plans.types.credit import *  # noqa: F403 - each module says in __all__ what it offers
from lms.plans.types.plans import *  # noqa: F403
