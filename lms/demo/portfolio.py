"""Put two works into Sonya's portfolio: one that her teacher has confirmed by name, one that is still her own word."""

from __future__ import annotations

import io
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from PIL import Image, ImageDraw

from lms.core.runtime import Runtime
from lms.demo.cast import DemoSchool
from lms.demo.certificate import SIZE, write_line
from lms.profiles import queries, service

__all__ = ["build"]

#: What a program shows, line by line.
PROGRAM = (
    "вопросы = читать(«расписание.txt»)",
    "для каждого сообщения:",
    "    если сообщение есть в вопросах:",
    "        ответить(вопросы[сообщение])",
    "    иначе:",
    "        ответить(«Пока не знаю. Спрошу у дежурного.»)",
)
CIRCLES = ("Малый круг: правый желудочек → лёгкие", "Большой круг: левый желудочек → все органы")


def build(runtime: Runtime, school: DemoSchool) -> None:
    """Add both works; the teacher of informatics confirms the program that she saw being written."""
    bot = _add(
        runtime,
        school,
        service.WorkText(
            title="Чат-бот с расписанием школы",
            description="Написала сама за каникулы: отвечает на вопросы о звонках и заменах. Проверили в классе.",
            made_on=(runtime.clock.now() - timedelta(days=18)).date(),
            hours=Decimal(12),
            outcomes=_outcomes(runtime, school, "программ"),
        ),
        ("Чат-бот, программа.pdf", page_pdf("Чат-бот: главная часть программы", PROGRAM)),
    )
    with runtime.unit_of_work(school.actor("kim")) as uow:
        reason = "Соня показала программу на занятии и при мне исправила в ней ошибку."
        service.confirm_work(uow, work_id=bot, revision=1, reason=reason)
    _add(
        runtime,
        school,
        service.WorkText(
            title="Модель сердца из картона",
            description="Две половины, четыре камеры, стрелки показывают оба круга кровообращения.",
            made_on=(runtime.clock.now() - timedelta(days=6)).date(),
            hours=Decimal(4),
            outcomes=_outcomes(runtime, school, "кров"),
        ),
        ("Модель сердца, подписи.pdf", page_pdf("Модель сердца: подписи к стрелкам", CIRCLES)),
    )


def _add(runtime: Runtime, school: DemoSchool, text: service.WorkText, file: tuple[str, bytes]) -> UUID:
    with runtime.unit_of_work(school.actor("sonya")) as uow:
        return service.add_work(uow, person_id=school.id("sonya"), text=text, files=[file])


def _outcomes(runtime: Runtime, school: DemoSchool, word: str) -> tuple[UUID, ...]:
    """Return the first outcome of the student's plan whose words have this one in them."""
    with runtime.read() as session:
        known = queries.claimable_outcomes(session, school.id("sonya"))
    found = sorted((statement, key) for key, statement in known.items() if word in statement.casefold())
    return tuple(key for _statement, key in found[:1])


def page_pdf(title: str, lines: tuple[str, ...]) -> bytes:
    """Return a page with a title and lines; everything on it is made up."""
    page = Image.new("RGB", SIZE, (253, 252, 248))
    draw = ImageDraw.Draw(page)
    write_line(draw, 160, title, weight=600, size=44, ink=(27, 31, 59))
    for number, line in enumerate(lines):
        write_line(draw, 280 + number * 70, line, weight=400, size=32, ink=(27, 31, 59))
    buffer = io.BytesIO()
    page.save(buffer, "PDF", resolution=150)
    return buffer.getvalue()
