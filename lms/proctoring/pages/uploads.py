"""Read pictures out of a form: taken by the page's script or chosen as files, the same field."""

from __future__ import annotations

from flask import request

from lms.proctoring.rules.injection import CameraNews, read_gaps
from lms.proctoring.service import Answers

__all__ = ["TASK_FIELD", "sent_answers", "sent_pictures"]

#: What the field of a task's picture is called, before the task's word.
TASK_FIELD = "task-"


def sent_pictures(field: str = "pictures") -> list[tuple[bytes, str]]:
    """Return the bytes and names of all pictures that were sent; empty fields are left out."""
    found = [(item.read(), item.filename or "") for item in request.files.getlist(field)]
    return [(data, name) for data, name in found if data]


def sent_answers() -> Answers:
    """Return the pictures of the tasks by their words, and what the page told about its camera."""
    found = {
        field.removeprefix(TASK_FIELD): (item.read(), item.filename or "")
        for field, item in request.files.items()
        if field.startswith(TASK_FIELD)
    }
    news = CameraNews(request.form.get("camera", "")[:200], read_gaps(request.form.get("gaps", "")[:1000]))
    return Answers({word: sent for word, sent in found.items() if sent[0]}, news)
