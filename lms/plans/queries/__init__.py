"""Read plans and credit cases."""

from lms.plans.queries.credit import *  # noqa: F403 - each module says in __all__ what it offers
from lms.plans.queries.credit_rules import *  # noqa: F403
from lms.plans.queries.deadlines import *  # noqa: F403
from lms.plans.queries.glance import *  # noqa: F403
from lms.plans.queries.offers import *  # noqa: F403
from lms.plans.queries.plans import *  # noqa: F403
from lms.plans.queries.standing import *  # noqa: F403
