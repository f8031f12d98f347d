"""Three more credits: one that needs nobody, one that a short check completes, one that other people grant after an appeal."""

from __future__ import annotations

import json
import re
import urllib.request
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from playwright.sync_api import expect

from lms.app import create_runtime, load_settings
from lms.core.runtime import Runtime
from lms.demo.cast import DemoSchool, find_school
from lms.demo.content import blood_exam
from lms.demo.curriculum import outcome_ids
from lms.people.queries import person_card
from lms.plans import queries, service
from lms.plans.credit_wiring import SWEEPS
from lms.plans.service.credit import partner_records
from lms.plans.types import ResultScale
from tests.browser.story import exam, identity, review
from tests.browser.story.credit import LICENSED, PDF
from tests.browser.story.identity import full_name
from tests.browser.story.keyboard import Keyboard
from tests.browser.story.stage import Person, Stage
from tests.fixtures.site import Site

__all__ = [
    "BLOOD",
    "ELECTRICITY",
    "LANGUAGE",
    "Partner",
    "allow_without_people",
    "appeal",
    "apply_by_keyboard",
    "apply_with_certificate",
    "compare",
    "decide_again",
    "form_other_commission",
    "grant",
    "let_check_count",
    "lift",
    "overturn",
    "prepare",
    "refuse",
    "send_refusal",
    "send_result",
    "set_check",
    "sit_check",
    "suspend",
    "take_known_result",
    "vote",
]

ELECTRICITY = "Физика: электричество"
BLOOD = "Биология: кровь и кровообращение"
LANGUAGE = "Русский язык: обособленные члены"
PARTNER = "Заочная школа «Квант»"


@dataclass(frozen=True, slots=True)
class Partner:
    """What the partner's own system knows: its key, the course, the student's code."""

    token: str
    course_id: UUID
    student_code: str


def prepare(site: Site) -> Partner:
    """Let the school know two courses with approved rules and a partner with an agreement, before the story begins."""
    runtime = create_runtime(load_settings(site.environment))
    try:
        school = find_school(runtime)
        assert school is not None
        _course(runtime, school, LICENSED, "Сердце и сосуды", {"biology-8-1": 6, "biology-8-2": 6}, "21")
        course_id = _course(
            runtime, school, PARTNER, "Цепи и закон Ома", {"physics-8-4": 16, "physics-8-5": 18}, "22"
        )
        with runtime.read() as session:
            code = person_card(session, school.id("sonya")).code
        return Partner(_key(runtime, school), course_id, code)
    finally:
        runtime.dispose()


def _source(runtime: Runtime, school: DemoSchool, name: str) -> UUID:
    with runtime.read() as session:
        return session.scalars(queries.sources_statement(school.id("school-14"), name)).one().id


def _course(
    runtime: Runtime, school: DemoSchool, source: str, title: str, hours: dict[str, int], number: str
) -> UUID:
    """Put a course on the list that gives these outcomes exactly, by a rule that a head has approved."""
    org_id, targets = school.id("school-14"), outcome_ids(runtime)
    learned = [service.LearnedValue(code, Decimal(each), 2, "", "Тест") for code, each in hours.items()]
    with runtime.unit_of_work(school.actor("mironova")) as uow:
        course_id = service.add_external_course(
            uow,
            _source(runtime, school, source),
            org_id=org_id,
            title=title,
            hours=Decimal(sum(hours.values())),
            scale=ResultScale.POINTS,
            scale_max=Decimal(100),
            learned=learned,
        )
        rows = queries.course_outcomes(uow.session, course_id)
        lines = [
            service.RuleLineValue(target_outcome_id=targets[code], learned_id=row.id)
            for code, row in zip(hours, rows, strict=True)
        ]
        value = service.RuleValue(
            number,
            service.Passed(str(course_id), Decimal("0.6")),
            tuple(lines),
            date(uow.now().year - 1, 9, 1),
            title=title,
        )
        rule_id = service.draft_rule(uow, org_id=org_id, value=value)
    with runtime.unit_of_work(school.actor("zimina")) as uow:
        service.approve_rule(uow, rule_id, minutes_no=number, minutes_on=uow.now().date())
    return course_id


def _key(runtime: Runtime, school: DemoSchool) -> str:
    """Conclude an agreement with the partner and give its system a key."""
    org_id, source_id = school.id("school-14"), _source(runtime, school, PARTNER)
    with runtime.unit_of_work(school.actor("gromova")) as uow:
        today = uow.now().date()
        value = service.AgreementValue(
            source_id,
            number="С-5",
            signed_on=today,
            valid_from=today - timedelta(days=30),
            is_automatic=True,
            subjects=("physics",),
        )
        service.conclude_agreement(uow, org_id=org_id, value=value)
    with runtime.unit_of_work(school.actor("mironova")) as uow:
        return partner_records.issue_partner_key(uow, org_id=org_id, source_id=source_id).token


# --- without people ---------------------------------------------------------------------------------------------


def allow_without_people(head: Person) -> None:
    """Put into force that what is certain is credited at once, and that a mark is carried over."""
    head.open("/credit/policy")
    head.put(is_automatic="Засчитывать", with_mark="Переносить", order_ref="Приказ № 70")
    head.press_main()


def send_result(stage: Stage, partner: Partner, day: date) -> None:
    """Send a result as the partner's own system does."""
    body = {
        "student_code": partner.student_code,
        "course_id": str(partner.course_id),
        "number": "К-301",
        "issued_on": day.isoformat(),
        "hours": "34",
        "result": "91",
    }
    request = urllib.request.Request(
        f"{stage.site.url}/api/v1/credit/evidence",
        json.dumps(body).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {partner.token}"},
    )
    with urllib.request.urlopen(request, timeout=30) as reply:
        assert reply.status == 201


def take_known_result(parent: Person) -> None:
    """Choose what the partner has sent, and send the application: no file, no certificate."""
    begin(parent, ELECTRICITY)
    parent.follow(re.compile("файл не нужен"), within=parent.main)
    parent.put(result="Цепи и закон Ома")
    parent.press_main()
    parent.press_main()
    parent.press_main()


def begin(parent: Person, item: str) -> None:
    """Say what in the plan the course should count for."""
    parent.open("/credit/start")
    parent.put(item=item)
    parent.press_main()


# --- with people ------------------------------------------------------------------------------------------------


def apply_with_certificate(parent: Person, *, item: str, source: str, course: str, file: bytes) -> None:
    """Apply in six steps with the photograph of a certificate."""
    begin(parent, item)
    parent.press_main()
    parent.put(source_id=source)
    parent.press_main()
    parent.put(course=course)
    parent.press_main()
    day = (datetime.now(tz=UTC) - timedelta(days=70)).date().isoformat()
    parent.put(issued_on=day, hours="12", raw_result="88", number="С-12")
    parent.press_main()
    parent.main.locator("input[type=file]").set_input_files(
        {"name": "Сертификат.pdf", "mimeType": PDF, "buffer": file}
    )
    parent.press("Приложить")
    for _step in range(3):
        parent.press_main()


def apply_by_keyboard(keys: Keyboard, site: str, *, item: str, source: str, title: str, file: bytes) -> None:
    """Apply for a course that the school does not know without a mouse; only the file is handed to its dialogue."""
    keys.page.goto(f"{site}/credit/start")
    keys.choose("[name=item]", item)
    keys.enter("main button.btn", "Продолжить")
    keys.enter("main .btn", "Продолжить")
    keys.choose("[name=source_id]", source)
    keys.enter("main button.btn", "Продолжить")
    keys.choose("[name=course]", "Другой курс")
    keys.enter("main button.btn", "Продолжить")
    keys.write("[name=title]", title)
    keys.write("[name=hours]", "20")
    keys.enter("main button.btn", "Продолжить")
    keys.write("[name=issued_on]", f"0505{datetime.now(tz=UTC).year - 1}")  # day and month in whichever order
    keys.write("[name=hours]", "20")
    keys.write("[name=raw_result]", "зачтено")
    keys.write("[name=number]", "С-20")
    keys.enter("main button.btn", "Сохранить и продолжить")
    keys.page.locator("input[type=file]").set_input_files(
        {"name": "Сертификат.pdf", "mimeType": PDF, "buffer": file}
    )
    keys.enter("main button.btn", "Приложить")
    for _step in range(2):
        keys.enter("main .btn", "Продолжить")
    keys.enter("main button.btn", "Отправить в школу")


def compare(office: Person, item: str) -> None:
    """Take the application up, check its document and compare."""
    office.open("/credit/office")
    office.follow(re.compile("Ветрова"), within=office.main.locator("tr", has_text=item))
    office.press_main()
    office.put(verdict="Подтвержд", note="Организация подтвердила сертификат.")
    office.press("Записать")
    office.press_main()


def set_check(office: Person) -> None:
    """Set a short check of what the report leaves open."""
    office.unfold("Или сначала короткая проверка")
    office.press("Назначить проверку")
    office.sees("Назначена короткая проверка")


def sit_check(student: Person, teacher: Person, title: str) -> None:
    """Be recognised by a teacher, open the check from the list of exams and answer every question rightly."""
    identity.go_to_identity(student, title)
    identity.choose_way(student, "Разговор с учителем")
    identity.confirm_by_question(teacher, student.login)
    identity.look_at_status(student, "Учитель тебя узнал.")
    exam.begin(student, minutes="9 минут")
    count = student.page.locator(".strip a[data-cell]").count()
    for slot in range(1, count + 1):
        if slot > 1:
            student.page.locator(f".strip a[data-cell='{slot}']").click()
            expect(student.page.locator("h1")).to_contain_text(f"Вопрос {slot} ")
        prompt = student.page.locator("[data-answer] legend").inner_text().strip()
        exam.fill(student, next(one for one in blood_exam.QUESTIONS if str(one.content["prompt"]) == prompt))
        expect(student.page.locator("[data-save-text]")).to_contain_text(
            "Сохранено на сервере", timeout=30_000
        )


def let_check_count(stage: Stage, reviewer: Person, title: str) -> None:
    """Look at the sitting, which is owed to every one; what was kept back until then counts with the worker's next sweep."""
    review.open_sitting(reviewer, title)
    review.close_without_questions(reviewer)
    runtime = create_runtime(load_settings(stage.site.environment))
    try:
        for sweep in SWEEPS:
            sweep.run(runtime)
    finally:
        runtime.dispose()


def refer(office: Person, item: str) -> None:
    """Compare anew where a check was sat, and hand the case over to the commission."""
    office.open("/credit/office?tab=all")
    office.follow(re.compile("Ветрова"), within=office.main.locator("tr", has_text=item))


def vote(member: Person, item: str, choice: str, reason: str = "") -> None:
    """Open the case among those of one's commission, and vote."""
    member.open("/credit/commission")
    member.follow(re.compile("Ветрова"), within=member.main.locator("tr", has_text=item))
    member.put(choice=choice, reason=reason)
    member.press("Проголосовать")


def grant(chair: Person) -> None:
    """Record the decision as the report proposes."""
    chair.put(outcome="как предлагает отчёт")
    chair.press("Записать решение")


def refuse(chair: Person, reason: str, remedy: str) -> None:
    """Record that nothing is credited, with the reason and what can be done."""
    form = chair.main.locator("form", has=chair.page.locator("[name=remedy]"))
    chair.put(form, reason=reason, remedy=remedy)
    chair.press("Записать решение")


def send_refusal(office: Person, item: str) -> None:
    """Record that the refusal was sent."""
    refer(office, item)
    office.press_main()


def appeal(parent: Person, item: str, text: str) -> None:
    """Read the refusal and appeal against it."""
    parent.open("/credit")
    parent.follow(item, within=parent.main)
    parent.follow(re.compile("апелляц", re.IGNORECASE), within=parent.main)
    parent.put(text=text)
    parent.press_main()


def overturn(head: Person, item: str, words: str) -> None:
    """Answer the appeal: others decide anew."""
    refer(head, item)
    head.put(outcome="решит заново", answer=words)
    head.press_main()


def form_other_commission(head: Person, chair: str, members: tuple[str, ...]) -> None:
    """Give colleagues the roles, beside their names, and form the commission that decides after the appeal."""
    for login, role in {chair: "Председатель комиссии", **dict.fromkeys(members, "Член комиссии")}.items():
        head.open(f"/admin/people/{head.stage.id_of(login)}")
        head.put(role=role)
        head.press("Дать роль")
    head.open("/credit/rules")
    head.follow("Комиссия", within=head.main)
    family = [full_name(login).split()[0] for login in (chair, *members)]
    head.put(name="Комиссия по апелляциям", order_ref="Приказ № 95", chair_id=family[0])
    for name in family[1:]:
        head.tick(re.compile(name))
    head.press_main()


def decide_again(chair: Person, reason: str) -> None:
    """Record other hours than the report proposes, with the reason."""
    chair.put(outcome="Зачесть другие часы")
    chair.unfold("Другие часы")
    for field in chair.main.locator("input[name^=hours-]").all():
        field.fill("8")
    chair.put(override_reason=reason)
    chair.press("Записать решение")


def suspend(head: Person, item: str, reason: str) -> None:
    """Suspend a credit whose basis is in doubt."""
    refer(head, item)
    head.unfold("приостановить")
    head.put(reason=reason)
    head.press("Приостановить")


def lift(head: Person, reason: str) -> None:
    """End the suspension: the credit holds."""
    head.put(reason=reason)
    head.press("Зачёт действует")
