"""Use cases of plans and credit."""

from lms.plans.service.credit import *  # noqa: F403 - each package says in __all__ what it offers
from lms.plans.service.plans import *  # noqa: F403
