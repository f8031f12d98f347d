"""Act 1: measures are agreed, a plan is made from a template, signed and put in force; then one item changes."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

from playwright.sync_api import Locator, Request, expect

from tests.browser.story.keyboard import Keyboard
from tests.browser.story.stage import Person

__all__ = [
    "adjust_three_items",
    "admit_to_exam",
    "agree_measures",
    "answer_wish",
    "approve_by_order",
    "ask_for_change",
    "begin_from_template",
    "build_by_keyboard",
    "change_one_item",
    "close_item",
    "counted_steps",
    "propose_measures",
    "sign",
    "submit",
]

PHYSICS = "Физика: тепловые явления"
INFORMATICS = "Информатика: программы и данные"
BIOLOGY = "Биология: кровь и кровообращение"
#: Where the builder says what is still missing.
CHECKS = 'section[aria-labelledby="checks"]'


def propose_measures(specialist: Person, student: str) -> None:
    """Propose more time in exams and large type, with a document and no diagnosis."""
    specialist.open(f"/support/{specialist.stage.id_of(student)}/new")
    specialist.put(extra_minutes="45", type_size="150 %", source_ref="Заключение ППк № 12")
    specialist.press_main()


def agree_measures(parent: Person, student: str) -> None:
    """Read the measures and agree."""
    parent.open(f"/support/{parent.stage.id_of(student)}")
    parent.reads("45")
    parent.press_main()


@contextlib.contextmanager
def counted_steps(teacher: Person) -> Iterator[list[str]]:
    """Note every page that the teacher opens or sends meanwhile; a redirect belongs to the step before it."""
    steps: list[str] = []

    def note(request: Request) -> None:
        if request.is_navigation_request() and request.redirected_from is None:
            steps.append(f"{request.method} {request.url}")

    teacher.page.on("request", note)
    yield steps
    teacher.page.remove_listener("request", note)


def begin_from_template(teacher: Person, name: str) -> None:
    """Begin a plan for a student from the school's template."""
    teacher.open("/plans")
    teacher.follow("Новый план")
    teacher.put(
        person_id=name, template_id="8 класс", scope="Всю программу", basis="Приказ № 61, обучение на дому"
    )
    teacher.press_main()


def build_by_keyboard(teacher: Person, name: str, note: str) -> None:
    """Make and submit a draft without a mouse.

    From the template; an item is taken out and found again, a finding mended by its offer, an item moved by the menu and
    back by dragging (with a mouse, which is what the menu stands in for), and the form of one filled in.
    """
    keys = Keyboard(teacher.page)
    teacher.open("/plans")
    keys.enter("main a", "Новый план")
    keys.pick('[name="person_id"]', name)
    keys.choose('[name="template_id"]', "8 класс")
    keys.write('[name="basis"]', "Приказ № 61, обучение на дому")
    keys.choose('[name="scope"]', "Всю программу")
    keys.enter("main button", "Начать план")
    teacher.stage.look(teacher)
    _take_out(keys, BIOLOGY)
    keys.enter("main a", "Найти и добавить")
    keys.write('main [type="search"]', "кровообращение")
    with teacher.page.expect_navigation():
        teacher.page.keyboard.press("Enter")
    keys.enter("main button", BIOLOGY)
    teacher.stage.look(teacher)
    _take_out(keys, PHYSICS)
    keys.enter(f"{CHECKS} button", PHYSICS)
    teacher.reads("Часы, предметы, нагрузка", within=teacher.page.locator(CHECKS))
    _move_and_drag_back(teacher, keys, INFORMATICS)
    keys.enter("main h3 a", INFORMATICS)
    keys.choose('[name="delivery"]', "Изучение дома")
    keys.write('[name="note"]', note)
    keys.enter("main button", "Сохранить")
    keys.enter(f"{CHECKS} button", "Отправить на подпись")


def _take_out(keys: Keyboard, title: str) -> None:
    keys.to("main summary", title)
    keys.page.keyboard.press("Enter")
    keys.enter("main button", "Исключить")


def _move_and_drag_back(teacher: Person, keys: Keyboard, title: str) -> None:
    item = teacher.main.locator("li.item", has_text=title)
    before = item.locator("xpath=ancestor::section").get_attribute("data-period")
    keys.to("main summary", title)
    teacher.page.keyboard.press("Enter")
    keys.pick('main [name="period"]', "4-я четверть")
    keys.enter("main button", "Перенести")
    teacher.stage.look(teacher)
    expect(teacher.main.locator('section[data-period="4"]')).to_contain_text(title)
    size = teacher.page.viewport_size or {"width": 1280, "height": 900}
    teacher.page.set_viewport_size(
        {"width": size["width"], "height": 3000}
    )  # both parts of the year are in view
    with teacher.page.expect_request(
        lambda sent: sent.method == "POST" and sent.url.endswith("/move")
    ) as sent:
        _drag(teacher, item.locator(".item__d"), teacher.main.locator(f"#q{before}"))
    assert f"period={before}" in (sent.value.post_data or "")
    teacher.page.wait_for_load_state()
    teacher.page.set_viewport_size(size)


def _drag(teacher: Person, what: Locator, onto: Locator) -> None:
    """Take something with the mouse and let it go elsewhere; a browser begins to drag at the first small step."""
    start, end = what.bounding_box(), onto.bounding_box()
    assert start is not None
    assert end is not None
    mouse = teacher.page.mouse
    mouse.move(start["x"] + 20, start["y"] + 8)
    mouse.down()
    mouse.move(start["x"] + 28, start["y"] + 12, steps=3)
    mouse.move(end["x"] + 20, end["y"] + 8, steps=5)
    mouse.up()


def open_item(teacher: Person, title: str) -> None:
    """Open an item of the draft."""
    teacher.follow(title, exact=True)


def adjust_three_items(teacher: Person) -> None:
    """Choose an own course, an outside course to be credited, and a subject studied at home with an exam."""
    open_item(teacher, PHYSICS)
    teacher.put(delivery="Онлайн-курс", course_id=PHYSICS)
    teacher.press_main()
    open_item(teacher, INFORMATICS)
    teacher.put(delivery="Внешний курс", external_course="«Python для начинающих», центр «Меридиан»")
    teacher.press_main()
    open_item(teacher, BIOLOGY)
    teacher.put(delivery="Изучение дома", attestation_form="Экзамен", session_id=BIOLOGY)
    teacher.press_main()


def submit(teacher: Person) -> None:
    """Submit the draft for signing."""
    teacher.press_main()


def sign(parent: Person, told: str = "") -> None:
    """Read the plan that waits, with what is asked of the reader, and sign it."""
    parent.open("/home")
    parent.sees("Прочитать и подписать учебный план")
    parent.press_main()
    parent.follow("Прочитать и подписать", within=parent.main)
    parent.reads(told)
    parent.put(agree="Я прочитал(а) план")
    parent.press_main()


def approve_by_order(director: Person, order: str) -> None:
    """Approve the plan that waits by an order with its number."""
    director.open("/plans?state=waiting")
    director.follow("Ветрова", within=director.main)
    director.press_main()
    director.put(order_no=order)
    director.press_main()


def change_one_item(teacher: Person, note: str) -> None:
    """Begin a new version for the sake of one item and submit it."""
    teacher.open("/plans?state=active")
    teacher.follow("Ветрова", within=teacher.main)
    teacher.follow("Начать новую версию")
    teacher.put(reason="Семья просит записать, по какому учебнику Соня готовится.")
    teacher.press_main()
    open_item(teacher, BIOLOGY)
    teacher.put(note=note)
    teacher.press_main()
    submit(teacher)


def admit_to_exam(teacher: Person, title: str) -> None:
    """Choose an exam for an item of the plan in force."""
    teacher.open("/plans?state=active")
    teacher.follow("Ветрова", within=teacher.main)
    teacher.follow(re.compile(f"экзамен.*{title}", re.IGNORECASE), within=teacher.main)
    teacher.put(session_id=title)
    teacher.press_main()


def ask_for_change(parent: Person, reason: str) -> None:
    """Read the plan that waits, do not sign it, and say what should be different."""
    parent.open("/home")
    parent.press_main()
    parent.follow("Прочитать и подписать", within=parent.main)
    parent.follow("Не согласны? Попросить изменить", within=parent.main)
    parent.put(reason=reason)
    parent.press_main()


def answer_wish(teacher: Person, title: str, note: str) -> None:
    """Begin the version that came back anew, change one item as the family asked, and submit it."""
    teacher.open("/plans")
    teacher.follow("Ветрова", within=teacher.main)
    teacher.reads(note)
    teacher.follow("Начать новую версию")
    teacher.put(reason="Так просит семья.")
    teacher.press_main()
    open_item(teacher, title)
    teacher.put(note=note)
    teacher.press_main()
    submit(teacher)


def close_item(teacher: Person, title: str, mark: str) -> None:
    """Record the mark of an item of the plan in force."""
    teacher.open("/plans?state=active")
    teacher.follow("Ветрова", within=teacher.main)
    teacher.follow(re.compile(f"отметк.*{title}", re.IGNORECASE), within=teacher.main)
    teacher.put(mark=mark, passed="Да", note="Письменная работа из дома")
    teacher.press_main()
