"""Tell phones, tablets and computers apart by what a browser calls itself, and nothing finer."""

from __future__ import annotations

__all__ = ["DEVICE_CLASSES", "device_class"]

DEVICE_CLASSES = ("phone", "tablet", "computer", "unknown")


def device_class(user_agent: str) -> str:
    """Return one of `DEVICE_CLASSES`."""
    text = user_agent.lower()
    if not text.strip():
        return "unknown"
    if "ipad" in text or "tablet" in text or ("android" in text and "mobile" not in text):
        return "tablet"
    return "phone" if "mobi" in text or "iphone" in text else "computer"
