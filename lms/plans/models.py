"""Tables of plans and credit."""

from __future__ import annotations

from lms.plans.credit_models import *  # noqa: F403 - each module says in __all__ what it offers
from lms.plans.evidence_models import *  # noqa: F403
from lms.plans.plan_models import *  # noqa: F403
