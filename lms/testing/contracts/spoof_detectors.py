"""Check that a detector of pictures of pictures keeps its contract. A distribution with one of its own runs this over it."""

from __future__ import annotations

from lms.proctoring.contracts import SPOOF_DETECTORS, SpoofDetector

__all__ = ["check_spoof_detector"]


def check_spoof_detector(detector: SpoofDetector) -> None:
    """Assert everything that the host relies on: a number 0..1 for every picture, the same for the same one."""
    import numpy as np

    for name in SPOOF_DETECTORS.required:
        assert hasattr(detector, name), f"{detector!r} lacks {name}"
    assert detector.unavailable_reason is None
    assert 0 < detector.suspicious_from <= 1
    chance = np.random.default_rng(1)
    for shape in ((480, 640, 3), (60, 40, 3), (1, 1, 3)):
        for picture in (np.zeros(shape, np.uint8), chance.integers(0, 256, shape, np.uint8)):
            before = picture.copy()
            suspicion = detector.suspicion(picture)
            assert 0 <= suspicion <= 1
            assert detector.suspicion(picture) == suspicion, "pure"
            assert (picture == before).all(), "the picture is left as it was"
