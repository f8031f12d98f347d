"""Check that a proctoring check keeps its contract. A distribution with one of its own runs this over it."""

from __future__ import annotations

from collections.abc import Sequence

from lms.proctoring.contracts import PROCTORING_CHECKS, FaceBox, FrameFacts, ProctoringCheck

__all__ = ["check_proctoring_check"]

FACE = FaceBox(0.35, 0.25, 0.3, 0.45, 0.95)


def check_proctoring_check(check: ProctoringCheck) -> None:
    """Assert everything that the host relies on."""
    for name in PROCTORING_CHECKS.required:
        assert hasattr(check, name), f"{check!r} lacks {name}"
    assert check.kinds
    assert all(kind and len(kind) <= 40 for kind in check.kinds)
    samples = check.samples()
    assert any(sample.expected for sample in samples), "a sample in which something is found"
    assert any(not sample.expected for sample in samples), "a sample in which nothing is found"
    for sample in samples:
        found = check.examine(sample.history)
        assert {finding.kind for finding in found} == sample.expected, sample.title
        assert [f.kind for f in check.examine(list(sample.history))] == [f.kind for f in found], "pure"
        for finding in found:
            assert finding.kind in check.kinds
            assert 0 <= finding.confidence <= 1
            assert finding.duration_s >= 0
    for history in _strange():
        for finding in check.examine(history):
            assert finding.kind in check.kinds


def _strange() -> list[Sequence[FrameFacts]]:
    """Return histories at the edges: nothing, one frame, twelve frames, jumps in numbering, unknown metrics."""
    return [
        (),
        (FrameFacts(1, 0.0, ()),),
        tuple(FrameFacts(n, n * 5.0, (FACE,) * (n % 4)) for n in range(1, 13)),
        (FrameFacts(3, 15.0, (FACE,)), FrameFacts(90, 450.0, ())),
        tuple(FrameFacts(n, n * 5.0, (FACE,), {"unknown": 1.0}) for n in range(1, 5)),
    ]
