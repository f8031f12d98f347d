"""Draw a fictitious certificate as a PDF, with the product's own letters."""

from __future__ import annotations

import io
import json
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

import lms.core

__all__ = ["SIZE", "certificate_pdf", "write_line"]

DIST = Path(lms.core.__file__).resolve().parent / "static/dist"
SIZE = (1240, 877)  # A5 across, 150 dots per inch
INK, BRAND, QUIET, PAPER = (27, 31, 59), (59, 63, 182), (90, 94, 120), (251, 250, 247)


@lru_cache(maxsize=32)
def _font(script: str, weight: int, size: int) -> ImageFont.FreeTypeFont:
    manifest = json.loads((DIST / "manifest.json").read_text("utf-8"))
    name = manifest[f"fonts/golos-text-{script}-{weight}.woff2"]["file"]
    return ImageFont.truetype(str(DIST / name), size)


def _font_for(letter: str, weight: int, size: int) -> ImageFont.FreeTypeFont:
    """Return the subset that has ``letter``: the fonts are cut by script."""
    is_cyrillic = "\u0400" <= letter <= "\u04ff" or letter == "№"
    return _font("cyrillic" if is_cyrillic else "latin", weight, size)


def _width(text: str, weight: int, size: int) -> float:
    return sum(_font_for(letter, weight, size).getlength(letter) for letter in text)


def write_line(
    draw: ImageDraw.ImageDraw, y: int, text: str, *, weight: int, size: int, ink: tuple[int, int, int]
) -> None:
    """Write one centred line."""
    x = (SIZE[0] - _width(text, weight, size)) / 2
    for letter in text:
        font = _font_for(letter, weight, size)
        draw.text((x, y), letter, font=font, fill=ink, anchor="ls")
        x += font.getlength(letter)


def certificate_pdf(
    *, source: str, course: str, name: str, hours: str, result: str, number: str, day: str
) -> bytes:
    """Return a one-page PDF that says who finished what, when and how well; everything on it is made up."""
    page = Image.new("RGB", SIZE, PAPER)
    draw = ImageDraw.Draw(page)
    draw.rounded_rectangle((36, 36, SIZE[0] - 36, SIZE[1] - 36), radius=28, outline=BRAND, width=5)
    write_line(draw, 150, source, weight=400, size=30, ink=QUIET)
    write_line(draw, 255, "Сертификат", weight=600, size=76, ink=BRAND)
    write_line(draw, 360, name, weight=600, size=48, ink=INK)
    write_line(
        draw,
        430,
        "прошёл обучение по программе" if name.endswith("в") else "прошла обучение по программе",
        weight=400,
        size=30,
        ink=INK,
    )
    write_line(draw, 495, f"«{course}»", weight=600, size=42, ink=INK)
    write_line(draw, 575, f"{hours}. Итоговый тест: {result}", weight=400, size=32, ink=INK)
    write_line(draw, 715, f"№ {number}   {day}", weight=400, size=28, ink=QUIET)
    write_line(draw, 775, "Демонстрация: организация и документ вымышлены", weight=400, size=24, ink=QUIET)
    buffer = io.BytesIO()
    page.save(buffer, "PDF", resolution=150, title="Сертификат")
    return buffer.getvalue()
