"""Declare what plug-ins bring: ways to compare faces, and checks of what a camera shows or the page tells.

Data in, data out: a plug-in gets pictures and numbers and returns numbers. It sees no request, no session and no
names; the host owns storage, retention, order, and the support plan's mask.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

from lms.core.registry import Group
from lms.proctoring.types import Outcome

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lms.proctoring.verifiers.pictures import DetectedFace

__all__ = [
    "IDENTITY_VERIFIERS",
    "PAGE_CHECKS",
    "PROCTORING_CHECKS",
    "SPOOF_DETECTORS",
    "CheckSample",
    "ComparesFaces",
    "Comparison",
    "FaceBox",
    "Finding",
    "FrameFacts",
    "IdentityVerifier",
    "ModelRef",
    "PageCheck",
    "PageEvent",
    "PageSample",
    "Phase",
    "Picture",
    "ProctoringCheck",
    "SpoofDetector",
    "TakesAddress",
    "TemplateValue",
]

#: Height x width x 3, uint8, blue-green-red, upright.
Picture: TypeAlias = "NDArray[np.uint8]"


class Phase(StrEnum):
    """When a comparison is made: a start is stricter than what follows."""

    START = "start"
    DURING = "during"


@dataclass(frozen=True, slots=True)
class ModelRef:
    """A model by name and version, with the SHA-256 of its weights: what a template was made with."""

    id: str
    version: str
    digest: str

    @property
    def label(self) -> str:
        """Return the short text that records carry."""
        return f"{self.id} {self.version} {self.digest[:12]}"


@dataclass(frozen=True, slots=True)
class TemplateValue:
    """What stands for a face: float32 vectors, one per picture (n x d), or bytes only a service outside can read."""

    model: ModelRef
    vectors: NDArray[np.float32]
    sealed: bytes = b""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What comparing one picture with a sample gave; ``score`` and ``threshold`` are in the metric's own unit."""

    outcome: Outcome
    metric: str
    score: float | None
    threshold: float
    model: ModelRef
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FaceBox:
    """A face in a picture: corner and size as shares of the picture's width and height, detector score 0..1."""

    x: float
    y: float
    width: float
    height: float
    score: float

    @property
    def area(self) -> float:
        """Return the share of the picture that the face takes."""
        return self.width * self.height

    @property
    def centre(self) -> tuple[float, float]:
        """Return the middle of the face, 0..1 each way."""
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class FrameFacts:
    """What one frame showed: seconds since the start, faces that count, and comparisons by metric.

    ``light`` is the mean brightness 0..1 and ``contrast`` its spread 0..1; None where they were not measured.
    ``is_repeat``: the very same bytes came before, in this sitting or in any other.
    """

    seq: int
    at_s: float
    faces: tuple[FaceBox, ...]
    scores: dict[str, float] = field(default_factory=dict)
    light: float | None = None
    contrast: float | None = None
    is_repeat: bool = False


@dataclass(frozen=True, slots=True)
class PageEvent:
    """Something the exam's page told: when it ended, for how long it lasted, how much of it there was.

    Kinds: ``hidden`` and ``blurred`` (seconds away), ``pasted`` (characters, never the text), ``offline`` (seconds),
    ``screens``, ``twin`` (the same exam in another tab), ``device`` (another browser or address sends),
    ``out_of_turn`` (a picture with another number or word was refused), ``virtual_camera`` and ``even_frames`` (signs that no
    camera takes the pictures).
    """

    kind: str
    at_s: float
    seconds: float = 0.0
    amount: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """A reason for a person to look: kind, confidence 0..1, since when, for how long."""

    kind: str
    confidence: float
    since_s: float
    duration_s: float
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CheckSample:
    """A made-up history and the kinds a check must find in it, so that the host can test any check."""

    title: str
    history: tuple[FrameFacts, ...]
    expected: frozenset[str]


@dataclass(frozen=True, slots=True)
class PageSample:
    """Made-up news of a page and the kinds a check must find in it."""

    title: str
    events: tuple[PageEvent, ...]
    expected: frozenset[str]


class IdentityVerifier(Protocol):
    """Compare faces. A local one embeds here; one outside may send the picture and return only a decision.

    ``models`` name what templates are made with; ``unavailable_reason`` is None when it can work. Used in worker
    processes only; models load at first use.
    """

    name: str
    models: tuple[ModelRef, ...]

    @property
    def unavailable_reason(self) -> str | None:
        """Return why it cannot work here, or None."""
        ...

    def enrol(self, pictures: Sequence[Picture]) -> tuple[TemplateValue, ...]:
        """Return templates of one person from pictures with one face each; raise InvalidInput when it cannot."""
        ...

    def compare(self, templates: Sequence[TemplateValue], picture: Picture, phase: Phase) -> Comparison:
        """Compare a picture with a person's templates; without a usable face the outcome is could_not_tell."""
        ...


@runtime_checkable
class ComparesFaces(Protocol):
    """What a verifier may offer besides: compare a face that was found already, so that it is looked for once."""

    def compare_face(
        self, templates: Sequence[TemplateValue], picture: Picture, face: DetectedFace, phase: Phase
    ) -> Comparison:
        """Compare one found face with a person's templates."""
        ...


@runtime_checkable
class TakesAddress(Protocol):
    """What a verifier offers whose work is done outside: it is told where, and with which token it is let in."""

    def at(self, address: str, token: str) -> IdentityVerifier:
        """Return a verifier that asks the service at ``address``."""
        ...


class SpoofDetector(Protocol):
    """Say of one picture how much it looks like a picture of a picture: an opinion for a person, never a verdict.

    None is built in and none is fetched. ``suspicious_from`` is the suspicion from which people are told;
    ``unavailable_reason`` is None when it can work. Used in worker processes only; models load at first use.
    """

    name: str
    suspicious_from: float

    @property
    def unavailable_reason(self) -> str | None:
        """Return why it cannot work here, or None."""
        ...

    def suspicion(self, picture: Picture) -> float:
        """Return 0 (a face before a camera) to 1 (a picture of a picture); the same for the same picture."""
        ...


class ProctoringCheck(Protocol):
    """Look at the last frames of a sitting and say what a person should look at."""

    name: str
    kinds: tuple[str, ...]

    def examine(self, history: Sequence[FrameFacts]) -> list[Finding]:
        """Return findings that are true at the newest frame (``history`` oldest first, at most twelve)."""
        ...

    def samples(self) -> list[CheckSample]:
        """Return histories with what must be found in them."""
        ...


class PageCheck(Protocol):
    """Look at what the exam's page told and say what a person should look at."""

    name: str
    kinds: tuple[str, ...]

    def examine(self, events: Sequence[PageEvent]) -> list[Finding]:
        """Return findings that are true at the newest event (``events`` oldest first, at most forty)."""
        ...

    def samples(self) -> list[PageSample]:
        """Return news with what must be found in them."""
        ...


IDENTITY_VERIFIERS: Group[IdentityVerifier] = Group(
    "lms.identity_verifiers", ("name", "models", "enrol", "compare")
)
SPOOF_DETECTORS: Group[SpoofDetector] = Group("lms.spoof_detectors", ("name", "suspicious_from", "suspicion"))
PROCTORING_CHECKS: Group[ProctoringCheck] = Group(
    "lms.proctoring_checks", ("name", "kinds", "examine", "samples")
)
PAGE_CHECKS: Group[PageCheck] = Group("lms.page_checks", ("name", "kinds", "examine", "samples"))
