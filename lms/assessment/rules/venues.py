"""Say where a student sits, of the modes that a session allows."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from lms.assessment.types import VenueMode
from lms.people.types import AdmissionGround

__all__ = ["in_order", "usual_mode"]

_FIRST = {
    AdmissionGround.CLASS: VenueMode.SCHOOL,
    AdmissionGround.PARTNER: VenueMode.PARTNER,
}


def in_order(modes: Iterable[VenueMode]) -> list[VenueMode]:
    """Return modes each once, in the order in which they are always named."""
    chosen = set(modes)
    return [mode for mode in VenueMode if mode in chosen]


def usual_mode(ground: AdmissionGround, modes: Collection[VenueMode]) -> VenueMode:
    """Return where somebody sits unless the school says otherwise: as they learn, where the session allows it.

    ``modes`` is not empty.
    """
    wanted = _FIRST.get(ground, VenueMode.ONLINE)
    return wanted if wanted in modes else in_order(modes)[0]
