"""One step of every kind of course content, as a teacher types it in by keyboard."""

from __future__ import annotations

import io
import wave
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from PIL import Image
from playwright.sync_api import FilePayload, expect

import lms.demo
from tests.browser.story.keyboard import Keyboard
from tests.fixtures.played import glb, h5p, scorm

__all__ = ["KEPT_KINDS", "MEDIA", "MET_KINDS", "PART_BYTES", "photograph", "write_step"]

#: What is done with a field: text is typed, a file is given as the dialogue of the system would, True ticks, a number presses the
#: arrow down so often, a moment is put into the browser's own control.
Filled = str | tuple[str, bytes] | bool | int | datetime
#: Larger files go up in parts where the site is told so.
PART_BYTES = 16_384
MEDIA = Path(lms.demo.__file__).parent / "media"
SAME = "Свет идёт прямо, поэтому за чашкой темно: поставь лампу ниже, и тень станет длиннее. Проверь это сам."


def photograph() -> bytes:
    """Return a photograph."""
    made = io.BytesIO()
    Image.new("RGB", (300, 200), "#dde").save(made, "JPEG")
    return made.getvalue()


def _sound() -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\0\0" * 800)
    return made.getvalue()


#: What can be taken along to where there is no network.
KEPT_KINDS: Mapping[str, Mapping[str, Filled]] = {
    "formula": {"latex": "l = h / k", "words": "эль равно аш, делённое на ка"},
    "glossary": {"terms": "тень — место, куда свет не попал"},
    "picture": {"media": ("cup.jpg", photograph()), "alt": "Тень чашки на столе"},
    "video": {
        "film": ("pots.webm", (MEDIA / "two-pots.webm").read_bytes()),
        "captions": ("pots.vtt", (MEDIA / "two-pots.ru.vtt").read_bytes()),
        "transcript": "Две кастрюли стоят на одинаковых горелках.",
    },
    "audio": {"media": ("tone.wav", _sound()), "transcript": "Тихая запись: слышно, как щёлкает лампа."},
    "file": {
        "media": ("memo.txt", "Лампа, чашка, линейка.".encode()),
        "label": "Памятка для опыта",
        "summary": "Что взять и куда поставить.",
        "is_accessible": True,
    },
    "textbook": {
        "book": "Перышкин, Физика, 8 класс",
        "first_page": "120",
        "last_page": "123",
        "task": "Прочитай о тени и полутени.",
    },
    "simulation": {"which": 1, "task": "Найди, что меняется, когда крутишь ручку."},
    "flashcards": {"cards": "тень — темно совсем"},
    "practice_quiz": {"questions": "? Куда падает тень?\n+ от лампы\n- к лампе\n! Свет идёт прямо."},
}
#: What needs a network, or other people.
MET_KINDS: Mapping[str, Mapping[str, Filled]] = {
    "link": {
        "address": "https://edsoo.ru/",
        "label": "Опыты с тенью на сайте программы",
        "summary": "Посмотри один опыт.",
        "is_accessible": True,
    },
    "live_lesson": {
        "at": datetime(2027, 1, 20, 14, 30),  # noqa: DTZ001 - the school's own wall clock
        "minutes": "40",
        "address": "https://sferum.ru/shadow",
        "about": "Разбираем ваши снимки.",
        "missed": "Прочитай первый раздел и напиши, что осталось неясным.",
    },
    "discussion": {"question": "Где тень длиннее: утром или днём? Почему?"},
    "model": {
        "media": ("cup.glb", glb()),
        "poster": ("cup.jpg", photograph()),
        "alt": "Чашка и её тень",
        "alternative": SAME,
    },
    "lti": {"address": "https://tool.example/shadow", "custom": "level=8", "alternative": SAME},
    "scorm": {"media": ("shadow.zip", scorm({"a.html": "<h1>Тень</h1>"})), "alternative": SAME},
    "h5p": {"media": ("shadow.h5p", h5p()), "alternative": SAME},
    "graded_test": {"exam": 1, "words": "Пять задач о тени. Возьми линейку."},
}


def write_step(keys: Keyboard, title: str, fields: Mapping[str, Filled]) -> None:
    """Fill in the form of a kind of step and send it, never touching a mouse."""
    page = keys.page
    keys.write("[name=title]", title)
    for name, filled in fields.items():
        keys.to(f"[name={name}]")
        if isinstance(filled, tuple):
            kind = "application/octet-stream"  # what a browser says of a file is not believed anyway
            chosen = FilePayload(name=filled[0], mimeType=kind, buffer=filled[1])
            page.locator(f"[name={name}]").set_input_files(chosen)  # the dialogue is the system's own
            if len(filled[1]) > PART_BYTES:
                status = page.locator("[data-upload]", has=page.locator(f"[name={name}]")).locator(
                    "[data-status]"
                )
                expect(status).to_contain_text("загружен", timeout=30_000)
        elif isinstance(filled, datetime):
            page.locator(f"[name={name}]").fill(f"{filled:%Y-%m-%dT%H:%M}")
        elif filled is True:
            page.keyboard.press("Space")
        elif isinstance(filled, str):
            page.keyboard.insert_text(filled)
        else:
            for _press in range(filled):
                page.keyboard.press("ArrowDown")
    keys.enter("main button", "Сохранить и посмотреть")
