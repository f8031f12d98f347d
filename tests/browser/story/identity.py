"""Who is there: consent and sample, the face and a person's last word, a document by video, a teacher who knows."""

from __future__ import annotations

from uuid import UUID

from playwright.sync_api import expect

from lms.demo.cast import CAST
from lms.demo.proctoring import consent_pdf
from tests.browser.story.keyboard import Keyboard
from tests.browser.story.stage import Person, Stage

__all__ = [
    "LONGEST_POLL_MS",
    "approve_sample",
    "attach_consent",
    "choose_way",
    "confirm_by_document",
    "confirm_by_question",
    "confirm_face",
    "exchange_turn",
    "go_to_identity",
    "look_at_status",
    "read_machine_words",
    "refuse_biometrics",
    "register_sample",
    "samples_left",
    "send_pictures",
    "wait_for_worker",
]

WORKER_MS = 120_000  # the worker loads its models first, on a machine that is busy with two browsers
LONGEST_POLL_MS = 45_000  # the page asks every ten seconds at the slowest


def full_name(login: str) -> str:
    """Return the name of somebody in the cast."""
    return next(person.name for person in CAST if person.login == login)


def attach_consent(office: Person, student: str, parent: str) -> None:
    """Prepare the consent, have it signed on paper, attach the scan: a document of its own."""
    office.open("/consents")
    row = office.main.get_by_role("row", name=full_name(student))
    office.follow("Открыть", within=row)
    office.put(given_by=full_name(parent))
    office.press_main()
    office.put(method="На бумаге")
    scan = consent_pdf(full_name(parent), full_name(student))
    field = office.main.locator("input[name=document]")
    field.set_input_files({"name": "Согласие.pdf", "mimeType": "application/pdf", "buffer": scan})
    office.press_main()
    office.sees("Подписанный документ")


def register_sample(student: Person) -> None:
    """Take three pictures with the camera and send them; the worker looks whether they are good."""
    student.open("/profile")
    student.follow("Показать камерой, что это я", within=student.main)
    student.sees("Сделать три снимка")
    send_pictures(student)
    wait_for_worker(student)
    student.sees("Ждёт сотрудника")


def exchange_turn(student: Person) -> None:
    """Say by keyboard that a turn of the head cannot be done: something else stands in its place, nobody asks why."""
    tasks = student.main.locator("#tasks li")
    expect(tasks).to_have_count(3)
    student.page.evaluate(
        "() => { window.read = []; speechSynthesis.speak = words => read.push(words.text); }"
    )
    student.main.get_by_role("button", name="Прочитать вслух").press("Enter")
    spoken = student.page.evaluate("read.join(' ')")
    assert all(text in spoken for text in tasks.locator(":scope > :first-child").all_inner_texts()), spoken
    turn = tasks.filter(has_text="Поверни голову").get_by_role("button", name="Не могу: дай другое")
    turn.focus()
    with student.page.expect_navigation():
        student.page.keyboard.press("Enter")
    student.stage.look(student)
    expect(tasks).to_have_count(3)
    expect(tasks.filter(has_text="Поверни голову")).to_have_count(0)
    assert student.submitted.pop().endswith("/tasks"), "asking for something else is no step of the way"


#: Gather what the polite live region says, as a screen reader would be told.
LISTEN = """region => {
  window.heard = [];
  new MutationObserver(news => news.forEach(one => one.addedNodes.forEach(node => heard.push(node.textContent))))
    .observe(region, {childList: true});
}"""


def send_pictures(student: Person, *, reads_aloud: bool = False) -> list[str]:
    """Press the camera's button, do what is asked for, send it, all by keyboard; return what was said aloud."""
    page = student.page
    region = page.locator("[data-camera-say][role=status][aria-live=polite]")
    expect(region).not_to_be_empty()  # the camera is on
    region.evaluate(LISTEN)
    page.locator("[data-camera-take]").press("Enter")
    shots, tasks = page.locator("[data-camera-shots] img"), page.locator("[data-camera-answer]").count()
    expect(shots).to_have_count(3)
    for number in range(1, tasks + 1):
        expect(page.locator("[data-camera-task]")).to_be_focused()
        if reads_aloud and page.locator("[data-camera-read]").is_visible():
            read_digits(student)
        else:
            page.keyboard.press("Enter")
        expect(page.locator("[data-camera-shots] li")).to_have_count(3 + number)
    expect(page.locator("[data-camera-send]")).to_be_focused()
    heard: list[str] = page.evaluate("heard")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    student.stage.look(student)
    return heard


def read_digits(student: Person) -> None:
    """Read the digits of a task into a recording by keyboard instead of showing them; it can be heard before it is sent."""
    page = student.page
    page.keyboard.press("Tab")
    expect(page.locator("[data-camera-read]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("[data-camera-say]")).to_contain_text("Идёт запись")
    page.wait_for_timeout(1500)  # the fake microphone beeps once a second
    page.keyboard.press("Enter")
    expect(page.locator("[data-camera-shots] audio")).to_have_count(1)


def wait_for_worker(student: Person) -> None:
    """Wait until the page has gone on by itself: the worker is done."""
    for words in ("Смотрим снимки", "Сравниваем снимки"):
        expect(student.main.get_by_text(words)).to_have_count(0, timeout=WORKER_MS)
    student.stage.look(student)


def approve_sample(office: Person, student: str) -> None:
    """Compare the pictures with a document and register the sample."""
    office.open("/identity/queue")
    office.follow("Сравнить", within=office.main.get_by_role("row", name=full_name(student)))
    expect(office.main.locator(".shots img")).to_have_count(3)
    office.put(document_ref="свидетельство о рождении, …412")
    office.press("Тот же человек, зарегистрировать")


def go_to_identity(student: Person, exam: str) -> None:
    """Go from the list of exams to the step "show that it is you"; from here on submitted pages are counted."""
    student.submitted.clear()
    student.open("/exams")
    student.press_main()
    student.sees(exam)
    student.follow("Подтверди, что это ты", within=student.main)


def choose_way(student: Person, way: str) -> None:
    """Choose one of the equal ways; nothing is chosen beforehand."""
    expect(student.main.locator("input[type=radio]:checked")).to_have_count(0)
    student.tick(way)
    student.press_main()


def read_machine_words(student: Person) -> None:
    """Read that the machine only compared, and that a person has the last word."""
    student.sees("Снимки похожи на образец")


def open_check(staff: Person, student: str) -> None:
    """Open the check of a student who waits."""
    staff.open("/identity/queue")
    staff.follow("Открыть", within=staff.main.get_by_role("row", name=full_name(student)))


def confirm_face(proctor: Person, student: str) -> None:
    """Look at a picture and what the record says of the machine, then confirm."""
    open_check(proctor, student)
    proctor.sees("Машина: похоже")
    proctor.sees("Сравнение лица; живой ли это человек, не проверялось")
    proctor.sees("О чём просили")
    proctor.unfold("Числа")
    proctor.follow("Открыть снимок 1")
    expect(proctor.main.locator(".shots li > img")).to_have_js_property("complete", True)
    proctor.press("Подтверждаю: это ученик")


def confirm_by_document(office: Person, student: str) -> None:
    """Meet a student never seen before in a video call and compare with the document."""
    open_check(office, student)
    office.put(meeting_url="https://meet.example/horizon-17")
    office.press("Показать ученику")
    office.put(document_ref="паспорт, …381")
    office.press("Подтверждаю: это ученик")


def confirm_by_question(teacher: Person, student: str) -> None:
    """Recognise a student one knows, ask one question, confirm."""
    open_check(teacher, student)
    teacher.put(note="Какой опыт мы делали с двумя кастрюлями?")
    teacher.press("Подтверждаю: это ученик")


def look_at_status(student: Person, words: str) -> None:
    """Read where the check stands: the page that waits shows itself anew when it is decided."""
    expect(student.main).to_contain_text(words, timeout=LONGEST_POLL_MS)
    student.page.wait_for_load_state()
    student.stage.look(student)
    student.sees(words)


def samples_left(stage: Stage, student: str) -> int:
    """Return how many samples of a student the database still holds."""
    find = "SELECT count(*) FROM face_template WHERE person_id = ? AND destroyed_at IS NULL"
    return int(stage.ask(find, UUID(stage.id_of(student)).hex))


def refuse_biometrics(student: Person) -> None:
    """Take the consent back by keyboard: the sample is destroyed at once, and a screen reader is told."""
    student.open("/identity/sample")
    hands = Keyboard(student.page)
    hands.enter("main a", "Отказаться от биометрии")
    student.stage.look(student)
    hands.enter("main button")
    expect(student.page.get_by_role("status").filter(has_text="Согласие отозвано")).to_be_visible()
    student.stage.look(student)
