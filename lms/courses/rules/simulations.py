"""Compute what the small simulations show, for their tables of readings: the page draws the same numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

__all__ = ["SIMULATIONS", "Control", "Simulation", "ohm_current", "pendulum_period"]

#: Acceleration of free fall, m/s².
GRAVITY = 9.81


@dataclass(frozen=True, slots=True)
class Control:
    """What a learner turns: from ``least`` to ``most`` in steps; ``start`` is where it stands first, ``shown`` the rows of the table."""

    name: str
    least: float
    most: float
    step: float
    start: float
    shown: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Simulation:
    """Two controls and what follows from them: a reading of so many decimal places."""

    name: str
    controls: tuple[Control, Control]
    reading: Callable[[float, float], float]
    places: int


def pendulum_period(length_cm: float, angle_deg: float) -> float:
    """Return the period of a pendulum in seconds, with the first correction for its angle.

    Source: L. D. Landau, E. M. Lifshitz, Mechanics, § 11.
    """
    small = 2 * math.pi * math.sqrt(length_cm / 100 / GRAVITY)
    return small * (1 + math.radians(angle_deg) ** 2 / 16)


def ohm_current(volts: float, ohms: float) -> float:
    """Return the current in amperes."""
    return volts / ohms


SIMULATIONS: Mapping[str, Simulation] = {
    each.name: each
    for each in (
        Simulation(
            "pendulum",
            (
                Control("length", 10, 200, 5, 100, (25, 50, 100, 200)),
                Control("angle", 5, 40, 5, 10, (5, 20, 40)),
            ),
            pendulum_period,
            2,
        ),
        Simulation(
            "ohm",
            (Control("volts", 0, 12, 1, 6, (3, 6, 12)), Control("ohms", 5, 100, 5, 20, (10, 20, 50, 100))),
            ohm_current,
            3,
        ),
    )
}
