"""Build what identity needs in the demonstration: school A's fictitious legal basis and Sonya's signed consent.

Both schools watch exams, have somebody on duty and ask for assurance level 2. No sample is registered: the visitor does that with a camera. The second school has biometrics off.
"""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

from lms.assessment import queries as assessment
from lms.core.runtime import Runtime
from lms.demo.cast import CAST, DemoSchool
from lms.demo.certificate import SIZE, write_line
from lms.people.service import consents
from lms.people.types import ConsentMethod, ConsentPurpose
from lms.proctoring import service
from lms.proctoring.types import Monitoring

__all__ = ["build", "consent_pdf"]

BASIS = {
    "minors": (
        "Вымышленное основание для показа программы: приказ № 77-у от 1 сентября, письменное согласие родителя "
        "(законного представителя) на каждую цель отдельно (152-ФЗ, статья 11). В настоящей школе текст готовит юрист."
    ),
    "adults": (
        "Вымышленное основание для показа программы: приказ № 77-у от 1 сентября, письменное согласие самого человека "
        "(152-ФЗ, статья 11). В настоящей школе текст готовит юрист."
    ),
}


def build(runtime: Runtime, school: DemoSchool, *, lived: bool = True) -> None:
    """Record basis and policies as the directors; when ``lived``, the office attaches the parent's consent too."""
    with runtime.unit_of_work(school.actor("gromova")) as uow:
        for covers, text in BASIS.items():
            consents.record_basis(uow, org_id=school.id("school-14"), covers=covers, text=text)
    for org, director in (("school-14", "gromova"), ("horizon", "vlasova")):
        with runtime.unit_of_work(school.actor(director)) as uow:
            service.set_policy(uow, school.id(org), level=2, monitoring=Monitoring.CAMERA, cadence_s=5)
    for org, head, proctor in (("school-14", "gromova", "gusev"), ("horizon", "vlasova", "noskova")):
        with runtime.unit_of_work(school.actor(head)) as uow:
            for card in assessment.sessions_of(uow.session, [school.id(org)]):
                service.set_duty(uow, card.id, school.id(proctor))
    if lived:
        _attach_consent(runtime, school)


def _attach_consent(runtime: Runtime, school: DemoSchool) -> None:
    with runtime.unit_of_work(school.actor("mironova")) as uow:
        consent = consents.prepare_consent(
            uow,
            subject_id=school.id("sonya"),
            org_id=school.id("school-14"),
            given_by=school.id("anna"),
            purpose=ConsentPurpose.BIOMETRICS,
        )
        consents.attach_signed_consent(
            uow,
            consent,
            document=consent_pdf(_name("anna"), _name("sonya")),
            document_name="Согласие на биометрию, подписано.pdf",
            method=ConsentMethod.PAPER_SCAN,
        )


def _name(login: str) -> str:
    return next(person.name for person in CAST if person.login == login)


def consent_pdf(parent: str, child: str) -> bytes:
    """Return a "scan" of a signed consent; names and signature are made up."""
    page = Image.new("RGB", SIZE, (253, 252, 248))
    draw = ImageDraw.Draw(page)
    ink, quiet = (27, 31, 59), (90, 94, 120)
    lines = (
        (150, "Согласие на обработку", 600, 44, ink),
        (205, "биометрических персональных данных", 600, 44, ink),
        (290, "Школа № 14 · текст biometrics-2", 400, 26, quiet),
        (380, f"Я, {parent},", 400, 32, ink),
        (430, f"согласна, чтобы лицо моей дочери ({child})", 400, 32, ink),
        (480, "сравнивали с образцом, подтверждая, кто сдаёт экзамен.", 400, 32, ink),
        (530, "Отозвать согласие можно в любой день.", 400, 32, ink),
        (800, "Вымышленный документ для показа программы", 400, 22, quiet),
    )
    for y, text, weight, size, colour in lines:
        write_line(draw, y, text, weight=weight, size=size, ink=colour)
    _sign(draw)
    buffer = io.BytesIO()
    page.save(buffer, "PDF", resolution=150)
    return buffer.getvalue()


def _sign(draw: ImageDraw.ImageDraw) -> None:
    """Draw a signature: a few loops of a pen."""
    points = [(760, 690), (800, 620), (815, 700), (850, 640), (868, 700), (900, 650), (925, 700), (1010, 660)]
    draw.line(points, fill=(40, 60, 150), width=5, joint="curve")
    draw.line([(700, 712), (1060, 712)], fill=(150, 150, 160), width=2)
