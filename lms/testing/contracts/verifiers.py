"""Check that an identity verifier keeps its contract. A distribution with one of its own runs this over it.

``check_verifier(verifier, first, second, nobody)`` takes pictures (height x width x 3, uint8, BGR): at least two of one
person, one of somebody else, one without a face.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lms.proctoring.contracts import IDENTITY_VERIFIERS, IdentityVerifier, Phase, Picture
from lms.proctoring.types import Outcome

__all__ = ["check_verifier"]


def check_verifier(
    verifier: IdentityVerifier, first: Sequence[Picture], second: Picture, nobody: Picture
) -> None:
    """Assert everything that the host relies on."""
    for name in IDENTITY_VERIFIERS.required:
        assert hasattr(verifier, name), f"{verifier!r} lacks {name}"
    assert verifier.unavailable_reason is None, verifier.unavailable_reason
    assert verifier.models, "at least one model must be named"
    assert all(len(model.digest) == 64 for model in verifier.models), "SHA-256 of the weights, in hex"
    templates = verifier.enrol(first)
    assert templates, "a sample gives at least one template"
    digests = {model.digest for model in verifier.models}
    for template in templates:
        assert template.model.digest in digests
        assert template.vectors.dtype == np.float32
        assert template.sealed or len(template.vectors) == len(first), (
            "one vector per picture, or sealed bytes"
        )
        assert np.isfinite(template.vectors).all()
    for phase in Phase:
        assert verifier.compare(templates, first[0], phase).outcome is Outcome.MATCH
        assert verifier.compare(templates, second, phase).outcome is Outcome.NO_MATCH
        assert verifier.compare(templates, nobody, phase).outcome is Outcome.COULD_NOT_TELL
        assert verifier.compare((), first[0], phase).outcome is Outcome.COULD_NOT_TELL, (
            "no sample, no verdict"
        )
    again = verifier.compare(templates, first[0], Phase.START)
    assert again == verifier.compare(templates, first[0], Phase.START), (
        "the same picture gives the same answer"
    )
    assert again.score is not None
    before = first[0].copy()
    verifier.compare(templates, first[0], Phase.START)
    assert np.array_equal(before, first[0]), "pictures are not written into"
