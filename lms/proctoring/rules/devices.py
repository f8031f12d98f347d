"""Tell phones, tablets and computers apart by what a browser calls itself, and say what a device should be able to do."""

from __future__ import annotations

__all__ = ["CAMERA_WORDS", "DEVICE_CLASSES", "MICROPHONE_WORDS", "device_class", "shortcomings"]

#: How a camera and a microphone can be found.
CAMERA_WORDS = ("works", "dark", "refused", "absent", "untried")
MICROPHONE_WORDS = ("works", "silent", "refused", "absent", "untried")
#: Below this an exam with pictures may not fit on the device, and below this its pictures queue up on the link.
LEAST_STORAGE_MB, LEAST_UPLOAD_KB_S = 50, 30
#: From this on the page feels slow, and from this on the clock beside the questions shows another time.
MOST_REPLY_MS, MOST_CLOCK_OFF_S = 1500, 60

DEVICE_CLASSES = ("phone", "tablet", "computer", "unknown")


def device_class(user_agent: str) -> str:
    """Return one of `DEVICE_CLASSES`."""
    text = user_agent.lower()
    if not text.strip():
        return "unknown"
    if "ipad" in text or "tablet" in text or ("android" in text and "mobile" not in text):
        return "tablet"
    return "phone" if "mobi" in text or "iphone" in text else "computer"


def shortcomings(
    storage_mb: int | None, reply_ms: int | None, upload_kb_s: int | None, clock_off_s: int | None
) -> frozenset[str]:
    """Return which of ``storage``, ``link`` and ``clock`` fall short; what was not measured does not."""
    short = (
        ("storage", storage_mb is not None and storage_mb < LEAST_STORAGE_MB),
        ("link", reply_ms is not None and reply_ms > MOST_REPLY_MS),
        ("link", upload_kb_s is not None and upload_kb_s < LEAST_UPLOAD_KB_S),
        ("clock", clock_off_s is not None and abs(clock_off_s) > MOST_CLOCK_OFF_S),
    )
    return frozenset(name for name, is_short in short if is_short)
