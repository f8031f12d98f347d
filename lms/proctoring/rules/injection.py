"""Name signs that pictures may not come from a camera: reasons for a person to look, never a verdict.

Each has a harmless explanation: a teacher's stage software is a virtual camera, a strong denoiser leaves still pictures.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, pstdev

__all__ = ["SIGNALS", "CameraNews", "read_gaps", "signals_of"]

#: Every code that `signals_of` and a spoof detector can leave.
SIGNALS = ("virtual_camera", "even_frames", "still_pictures", "too_fast", "spoof_suspected")

_VIRTUAL = re.compile(
    r"virtual|obs[\s-]?cam|manycam|xsplit|v4l2 ?loopback|dummy video|snap camera|droidcam|iriun|e2esoft|vcam"
    r"|splitcam|webcamoid|akvcam|unity video|fake_device|fake device",
    re.IGNORECASE,
)
#: Gaps between a camera's pictures whose spread, beside their mean, is below this were made by a clock.
LEAST_SPREAD, LEAST_GAPS = 0.002, 20
#: Share of pixels that did not change at all between two pictures, from which no sensor's noise is in them.
MOST_STILL = 0.9
#: Nobody reads a task, does it and sends the pictures in fewer seconds.
LEAST_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class CameraNews:
    """What the page told about the camera; made up by whoever holds the browser if they like."""

    label: str = ""
    gaps_ms: tuple[float, ...] = ()


def read_gaps(text: str) -> tuple[float, ...]:
    """Return the gaps that the page wrote down, at most 60; what is no number ends them."""
    found: list[float] = []
    for part in text.split(",")[:60]:
        if not re.fullmatch(r"\d{1,5}(\.\d{1,3})?", part.strip()):
            break
        found.append(float(part))
    return tuple(found)


def signals_of(news: CameraNews, *, still: Sequence[float] = (), seconds: float | None = None) -> list[str]:
    """Return the codes of the signs: by the page's news, by shares of unchanged pixels, by how soon it was answered."""
    gaps = [gap for gap in news.gaps_ms if gap > 0]
    signs = (
        ("virtual_camera", bool(_VIRTUAL.search(news.label))),
        ("even_frames", len(gaps) >= LEAST_GAPS and pstdev(gaps) / mean(gaps) < LEAST_SPREAD),
        ("still_pictures", any(share >= MOST_STILL for share in still)),
        ("too_fast", seconds is not None and seconds < LEAST_SECONDS),
    )
    return [code for code, is_true in signs if is_true]
