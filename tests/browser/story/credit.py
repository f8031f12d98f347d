"""Act 3: the family asks to credit a course taken elsewhere; the school compares, votes and decides."""

from __future__ import annotations

import re
from datetime import date

from lms.demo.credit import sonya_certificate
from tests.browser.story.stage import Person

__all__ = [
    "attach_certificate",
    "choose_way",
    "decide_as_chair",
    "read_outcome",
    "read_report",
    "send",
    "start",
    "try_unlicensed_source",
    "use_licensed_source",
    "verify_and_compare",
    "vote",
    "write_down_certificate",
]

ITEM = "Информатика: программы и данные"
COURSE = "Python для начинающих"
LICENSED = "Центр «Меридиан»"
UNLICENSED = "Кодинг за неделю"
PDF = "application/pdf"


def start(parent: Person) -> None:
    """Say what in the plan the course should count for."""
    parent.open("/credit")
    parent.follow("Подать заявление")
    parent.put(item=ITEM)
    parent.press_main()


def try_unlicensed_source(parent: Person) -> str:
    """Name a site without a licence; return the one sentence that says why it leads to attestation."""
    parent.press_main()
    parent.put(source_id=UNLICENSED)
    parent.press_main()
    parent.sees("Здесь поможет аттестация")
    return parent.main.locator(".note p").first.inner_text()


def use_licensed_source(parent: Person) -> None:
    """Choose the centre that has a licence, and its course."""
    parent.follow("Выбрать другую организацию")
    parent.put(source_id=LICENSED)
    parent.press_main()
    parent.put(course=COURSE)
    parent.press_main()


def write_down_certificate(parent: Person, issued_on: date) -> None:
    """Write down what the certificate shows; the hours of the course stand there already."""
    parent.put(issued_on=issued_on.isoformat(), hours="24", raw_result="86", number="М-2241")
    parent.press_main()


def attach_certificate(parent: Person, issued_on: date) -> None:
    """Attach a file that is no document and be told so; then the certificate itself."""
    upload(parent, "Сертификат.pdf", b"MZ this is a program, whatever its name says")
    parent.sees("PDF", within=parent.main.locator(".govuk-error-summary"))
    upload(parent, "Сертификат Python.pdf", sonya_certificate(issued_on))
    parent.sees("Сертификат Python.pdf")


def upload(parent: Person, name: str, data: bytes) -> None:
    """Send one file."""
    field = parent.main.locator("input[type=file]")
    field.set_input_files({"name": name, "mimeType": PDF, "buffer": data})
    parent.press("Приложить")


def send(parent: Person) -> None:
    """Look at what would be credited, check everything and send it."""
    parent.press_main()
    parent.reads("Примерно 22 часа из 30")
    parent.press_main()
    parent.reads(LICENSED)
    parent.press_main()


def verify_and_compare(office: Person, name: str) -> None:
    """Take the application up, check its document, compare and hand it over to the commission."""
    office.open("/credit/office")
    office.follow(name, within=office.main)
    office.press_main()
    office.put(verdict="Подтвержд", note="«Меридиан» подтвердил сертификат, лицензия есть в реестре.")
    office.press("Записать")
    office.press_main()
    office.reads("22 часа из 30")
    office.press_main()


def read_report(member: Person, name: str) -> None:
    """Open a case and read the report: each outcome with its verdict, every factor printed."""
    member.open("/credit/commission")
    member.follow(name, within=member.main)
    for words in ("полностью", "частично", "В курсе нет"):
        member.reads(re.compile(words, re.IGNORECASE))
    factors = member.unfold("Как посчитано: каждый множитель")
    member.reads("Множитель", within=factors)


def vote(member: Person) -> None:
    """Vote for the report."""
    member.put(choice="За")
    member.press("Проголосовать")


def decide_as_chair(chair: Person) -> None:
    """Record the commission's decision as the report proposes."""
    chair.put(outcome="как предлагает отчёт")
    chair.press("Записать решение")


def read_outcome(reader: Person) -> None:
    """Read, as the family, what was credited, what is missing and why."""
    reader.open("/credit")
    reader.follow(ITEM, within=reader.main)
    reader.reads("22")
    reader.reads("Объяснять, как данные идут по сети")


def choose_way(parent: Person) -> None:
    """Choose how the rest is closed."""
    parent.put(way="Короткая аттестация по остатку")
    parent.press("Выбрать этот способ")
