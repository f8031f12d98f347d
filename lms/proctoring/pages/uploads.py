"""Read pictures out of a form, taken by the page's script or chosen as files; show closed ones as patches of colour."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from flask import request

from lms.core.web import unit_of_work
from lms.proctoring.rules.injection import CameraNews, read_gaps
from lms.proctoring.service import Answers, blur_evidence

__all__ = ["TASK_FIELD", "VOICE_FIELD", "closed_blurs", "sent_answers", "sent_pictures"]

#: What the field of a task's picture is called, before the task's word.
TASK_FIELD = "task-"
#: What the field of a recording is called, in which digits are read aloud, before the task's word.
VOICE_FIELD = "voice-"


def sent_pictures(field: str = "pictures") -> list[tuple[bytes, str]]:
    """Return the bytes and names of all pictures that were sent; empty fields are left out."""
    found = [(item.read(), item.filename or "") for item in request.files.getlist(field)]
    return [(data, name) for data, name in found if data]


def sent_answers() -> Answers:
    """Return the pictures and recordings of the tasks by their words, and what the page told about its camera."""
    news = CameraNews(request.form.get("camera", "")[:200], read_gaps(request.form.get("gaps", "")[:1000]))
    return Answers(_by_word(TASK_FIELD), news, _by_word(VOICE_FIELD))


def _by_word(prefix: str) -> dict[str, tuple[bytes, str]]:
    """Return bytes and names of the files that were sent for tasks, by the tasks' words; empty fields are left out."""
    found = {
        field.removeprefix(prefix): (item.read(), item.filename or "")
        for field, item in request.files.items()
        if field.startswith(prefix)
    }
    return {word: sent for word, sent in found.items() if sent[0]}


def closed_blurs(evidence_ids: Collection[UUID], opened: Collection[str]) -> dict[UUID, str]:
    """Return the patches of the pictures of a page that are not opened."""
    closed = [one for one in evidence_ids if str(one) not in opened]
    if not closed:
        return {}
    with unit_of_work() as uow:
        return blur_evidence(uow, closed)
