"""Built-in ways to compare faces. They run in worker processes; importing this package loads no model."""

from __future__ import annotations

from lms.proctoring.contracts import IdentityVerifier
from lms.proctoring.verifiers.cascade import CascadeVerifier
from lms.proctoring.verifiers.dlib_resnet import DlibVerifier
from lms.proctoring.verifiers.remote import RemoteVerifier
from lms.proctoring.verifiers.sface import SfaceVerifier

__all__ = ["builtin"]


def builtin() -> list[IdentityVerifier]:
    """Return the built-in verifiers."""
    sface, dlib = SfaceVerifier(), DlibVerifier()
    return [sface, dlib, CascadeVerifier(sface, dlib), RemoteVerifier()]
