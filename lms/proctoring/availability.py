"""Say whether faces can be compared in this installation; without the packages for it people confirm who is there."""

from __future__ import annotations

from lms.core.runtime import Runtime
from lms.proctoring.contracts import IDENTITY_VERIFIERS
from lms.proctoring.settings import ProctoringSettings

__all__ = ["faces_missing"]


def faces_missing(runtime: Runtime) -> str | None:
    """Return what is missing for the verifier of the settings, or None when it can work."""
    name = runtime.settings.of(ProctoringSettings).verifier
    verifier = runtime.registries.of(IDENTITY_VERIFIERS).find(name)
    return f"no plug-in {name}" if verifier is None else verifier.unavailable_reason
