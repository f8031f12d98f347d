"""Use cases of study plans."""

from lms.plans.service.plans.basis import record_basis, reinstate_basis, revoke_basis, suspend_basis

__all__ = ["record_basis", "reinstate_basis", "revoke_basis", "suspend_basis"]
