"""Say whether faces can be compared in this installation; without the packages for it people confirm who is there."""

from __future__ import annotations

from lms.core.runtime import Runtime
from lms.proctoring.contracts import IDENTITY_VERIFIERS, IdentityVerifier, TakesAddress
from lms.proctoring.settings import ProctoringSettings

__all__ = ["faces_missing", "verifier_of"]


def verifier_of(runtime: Runtime, name: str) -> IdentityVerifier:
    """Return a verifier ready to work, one outside with its address; raise NotFound ``plugin.missing``."""
    verifier = runtime.registries.of(IDENTITY_VERIFIERS).get(name)
    if not isinstance(verifier, TakesAddress):
        return verifier
    settings = runtime.settings.of(ProctoringSettings)
    return verifier.at(settings.remote_url, settings.remote_token)


def faces_missing(runtime: Runtime) -> str | None:
    """Return what is missing for the verifier of the settings, or None when it can work."""
    name = runtime.settings.of(ProctoringSettings).verifier
    if runtime.registries.of(IDENTITY_VERIFIERS).find(name) is None:
        return f"no plug-in {name}"
    return verifier_of(runtime, name).unavailable_reason
