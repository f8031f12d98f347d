"""A teacher who has never seen the product writes a question of every type, tries it, tests it and finds it again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

import lms.core
from lms.assessment.contracts import FieldKind, QuestionType
from lms.assessment.pages.items import PREFIX
from lms.assessment.question_types import builtin
from lms.assessment.rules.author_forms import file_fields, posted_of
from tests.browser.test_keyboard import Keyboard
from tests.fixtures.site import Site

pytestmark = pytest.mark.browser

TEACHER = "kim"
#: The variant on which the page shows a question at first.
VARIANT = 1
SAMPLES = Path(lms.core.__file__).parent / "static" / "samples"
FILES = {FieldKind.PICTURE: SAMPLES / "heart.png", FieldKind.SOUND: SAMPLES / "dictation.wav"}


@pytest.fixture(scope="module")
def school(make_site: Callable[..., Site], demo_folder: Path) -> Iterator[Site]:
    """Start a demo school for these tests."""
    made = make_site(copy_of=demo_folder)
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def teacher(
    browser: Browser, browser_context_args: dict[str, Any], school: Site, demo_logins: dict[str, str]
) -> Iterator[Page]:
    """Return the browser of a teacher who has just opened a bank."""
    context = browser.new_context(**browser_context_args)
    page = context.new_page()
    page.goto(f"{school.url}/login")
    page.fill("[name=login]", TEACHER)
    page.fill("[name=password]", demo_logins[TEACHER])
    page.click("form.form button")
    page.goto(f"{school.url}/banks")
    page.fill("[name=title]", "Мой первый банк")
    page.select_option("[name=subject]", "physics")
    page.get_by_role("button", name="Открыть банк").click()
    page.wait_for_url("**/banks/*")
    yield page
    context.close()


def values_of_sample(kind: QuestionType) -> dict[str, Any]:
    """Return what somebody types who writes the example of a type anew: rows get their names by themselves."""
    values = kind.form_from(kind.validate_content(kind.samples()[0].content))
    for field in kind.author_form(values):
        hidden = {column.name: "" for column in field.columns if column.kind is FieldKind.HIDDEN}
        if hidden:
            values[field.name] = [{**row, **hidden} for row in values[field.name]]
    return values


def answer_rightly(page: Page, kind: QuestionType) -> None:
    """Fill in the right answer as a student would; what only a file can answer stays empty."""
    content = kind.validate_content(kind.content_from(values_of_sample(kind)))
    for name, values in kind.fields_for(content, VARIANT, kind.correct_answer(content)).items():
        for value in values:
            fill_in(page.locator(f'main [name="{PREFIX}{name}"]'), value)


def fill_in(found: Locator, value: str) -> None:
    """Set one control, whatever it is."""
    if not found.count():
        return
    kind = found.first.evaluate("e => e.type || e.localName")
    if kind in {"radio", "checkbox"}:
        found.and_(found.page.locator(f'[value="{value}"]')).check(force=True)
    elif kind.startswith("select"):
        found.first.select_option(value)
    elif kind not in {"file", "hidden"}:
        found.first.fill(value)


def write(page: Page, kind: QuestionType) -> None:
    """Fill in the empty form as a newcomer does: add rows, bring files, open what is folded, type what is needed."""
    values = values_of_sample(kind)
    form = kind.author_form(values)
    if "type" in values:  # a kind whose form is that of another one; it comes after the choice was sent
        page.select_option('[name="type"]', values["type"])
    for field in form:
        for _ in range(len(values[field.name]) - field.least if field.kind is FieldKind.ROWS else 0):
            with page.expect_navigation():
                page.locator(f'button[value="add:{field.name}"]').click()
    files = {name: found for name, found in file_fields(form, values) if values.get(name)}
    for name, found in files.items():
        page.set_input_files(f'[name="{name}.file"]', FILES[found])
    page.locator("main form").last.evaluate(
        "f => f.querySelectorAll('details').forEach(d => (d.open = true))"
    )
    for name, sent in posted_of(form, values).items():
        if sent != [""] and name not in files:
            fill_in(page.locator(f'main [name="{name}"]:not([type=hidden])'), sent[0])


def point(page: Page) -> None:
    """Choose by a press on the picture."""
    place = page.locator("rect[data-value]").first
    place.click()
    value = place.get_attribute("data-value")
    expect(page.locator(f'main input[name^="{PREFIX}"][value="{value}"]')).to_be_checked()


def order(page: Page) -> None:
    """Put everything in as it stands, then the first thing a place down."""
    places = page.locator("[data-order] select")
    page.locator("[data-order-fill]").click()
    first = places.first.input_value()
    page.locator('[data-order] [data-move="1"]').first.click()
    expect(places.nth(1)).to_have_value(first)


def put(page: Page) -> None:
    """Press a word: it goes into the first empty gap."""
    page.locator("[data-word-bank] > *").first.click()
    expect(page.locator(".gap-text select").first).not_to_have_value("")


def hear(page: Page) -> None:
    """Find the recorder, as in an exam."""
    expect(page.locator("[data-recorder-begin]")).to_be_visible()


def read_back(page: Page) -> None:
    """Type a formula: it is read back at once."""
    page.locator(f'[name="{PREFIX}answer"]').fill("1/2")
    expect(page.locator("[data-reading] mfrac")).to_be_visible()


#: What an author does with the preview of a type that has more than fields.
PLAYED: dict[str, Callable[[Page], None]] = {
    "hotspot": point,
    "ordering": order,
    "word_bank": put,
    "oral_answer": hear,
    "maths": read_back,
}


def to_the_bank(page: Page) -> None:
    """Go back to the bank, wherever the test before stopped."""
    page.goto(page.url.split("/banks")[0].split("/items")[0] + "/banks")
    page.get_by_role("link", name="Мой первый банк").click()
    page.wait_for_url("**/banks/*")


@pytest.mark.parametrize("kind", builtin(), ids=lambda kind: kind.name)
def test_a_question_of_every_type_is_written_tried_tested_and_found(
    teacher: Page,
    kind: QuestionType,
    accessibility_faults: Callable[[Page], list[str]],
    overflowing: Callable[[Page], list[str]],
) -> None:
    page, found = teacher, []

    def look() -> None:
        found.extend(accessibility_faults(page))
        page.set_viewport_size({"width": 320, "height": 720})
        found.extend(f"{page.url} at 320: {fault}" for fault in overflowing(page))
        page.set_viewport_size({"width": 1280, "height": 800})

    to_the_bank(page)
    page.get_by_role("link", name="Написать задание").click()
    page.locator(f"main a[href$='/new/{kind.name}']").click()
    write(page, kind)
    page.fill("[name=title]", f"Проба {kind.name.replace('_', ' ')}")
    look()
    page.get_by_role("button", name="Сохранить черновик").last.click()
    page.wait_for_url("**/items/*")
    look()
    content = kind.validate_content(kind.content_from(values_of_sample(kind)))
    prompt = str(kind.player(content, VARIANT)["prompt"])
    expect(page.locator(".said")).to_contain_text(" ".join(prompt.split()))
    expect(page.locator(".said .state")).to_have_count(0)
    PLAYED.get(kind.name, lambda _page: None)(page)
    answer_rightly(page, kind)
    page.get_by_role("button", name="Проверить этот ответ").click()
    expect(page.get_by_text("Сохранить этот ответ как проверку")).to_be_visible()
    page.get_by_role("button", name="Сохранить как проверку").click()
    expect(page.locator("main table.queue tbody tr")).to_have_count(1)
    if page.get_by_role("button", name="Добавить проверки по ключу").count():
        page.get_by_role("button", name="Добавить проверки по ключу").click()
        expect(page.locator("main table.queue tbody tr")).to_have_count(2)
    page.get_by_role("button", name="Допустить к экзаменам").click()
    expect(page.locator(".head .state").first).to_contain_text("Готово к экзаменам")
    page.locator(".crumb a").first.click()
    page.fill("[name=q]", f"пробы {kind.name.replace('_', ' ')}")
    page.get_by_role("button", name="Найти").click()
    expect(page.get_by_role("link", name=f"Проба {kind.name.replace('_', ' ')}")).to_be_visible()
    assert found == []


def test_a_question_is_written_by_keyboard_alone(teacher: Page) -> None:
    page, keys = teacher, Keyboard(teacher)
    to_the_bank(page)
    keys.enter("a", "Написать задание")
    keys.enter("a", "Верно или неверно")
    keys.to("[name=title]")
    page.keyboard.type("Кипение на горе")
    keys.to("[name=prompt]")
    page.keyboard.type("На вершине горы вода кипит при меньшей температуре.")
    keys.to("[name=is_true]")
    page.keyboard.press("ArrowDown")
    keys.enter("button", "Сохранить черновик")
    expect(page.locator("h1")).to_have_text("Кипение на горе")
    keys.to(f'[name="{PREFIX}answer"]')
    page.keyboard.press("Space")
    keys.enter("button", "Проверить этот ответ")
    keys.enter("button", "Сохранить как проверку")
    keys.enter("button", "Добавить проверки по ключу")
    keys.enter("button", "Допустить к экзаменам")
    expect(page.locator(".head .state").first).to_contain_text("Готово к экзаменам")
    keys.enter("a", "Мой первый банк")
    keys.to("[name=q]")
    page.keyboard.type("кипения")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    keys.enter("a", "Кипение на горе")
    expect(page.locator("h1")).to_have_text("Кипение на горе")


def test_places_on_a_picture_are_written_by_keyboard_alone(teacher: Page) -> None:
    page, keys = teacher, Keyboard(teacher)
    page.on("filechooser", lambda chooser: None)  # one that comes with the key may come after it
    to_the_bank(page)
    keys.enter("a", "Написать задание")
    keys.enter("main a[href$='/new/hotspot']")
    keys.write("[name=title]", "Предсердие на схеме")
    keys.write("[name=prompt]", "Где правое предсердие?")
    keys.to('[name="picture.url.file"]')
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(FILES[FieldKind.PICTURE])
    keys.enter('button[value="bring:picture.url"]')
    keys.write('[name="picture.alt"]', "Схема сердца из четырёх камер")
    for number, (words, left) in enumerate([("сверху слева", "10"), ("снизу справа", "60")]):
        row = f"areas.{number}."
        for name, typed in {"text": words, "x": left, "y": left, "width": "20", "height": "20"}.items():
            keys.write(f'[name="{row}{name}"]', typed)
        keys.to(f'[name="{row}is_right"]')
        page.keyboard.press("Space" if number == 0 else "Shift")
    keys.enter("button", "Сохранить черновик")
    said = page.locator(".said li").all_inner_texts()
    heard = [
        next(at for at, text in enumerate(said) if words in text)
        for words in (
            "Где правое предсердие?",
            "Схема сердца из четырёх камер",
            "1. сверху слева",
            "2. снизу справа",
        )
    ]
    assert heard == sorted(heard), said
    keys.to(f'main [name="{PREFIX}answer"]')
    page.keyboard.press("Space")
    keys.enter("button", "Проверить этот ответ")
    keys.enter("button", "Сохранить как проверку")
    keys.enter("button", "Добавить проверки по ключу")
    keys.enter("button", "Допустить к экзаменам")
    expect(page.locator(".head .state").first).to_contain_text("Готово к экзаменам")
    keys.enter("a", "Мой первый банк")
    keys.write("[name=q]", "предсердия")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    keys.enter("a", "Предсердие на схеме")
    expect(page.locator("h1")).to_have_text("Предсердие на схеме")


GIFT = """::Столица::Столица Франции?{=Париж ~Лион ~Ницца}

::Сломано::Никто не закрыл скобку {=a ~b

::Сумма::2 + 2 = {#4:0}
"""


def test_a_file_is_checked_taken_over_made_ready_and_changed(
    teacher: Page, accessibility_faults: Callable[[Page], list[str]]
) -> None:
    page, found = teacher, []
    to_the_bank(page)
    page.get_by_role("link", name="Импорт и экспорт заданий").click()
    page.set_input_files(
        "[name=file]", {"name": "week.gift", "mimeType": "text/plain", "buffer": GIFT.encode()}
    )
    page.get_by_label("Только проверить").check()
    page.get_by_role("button", name="Загрузить файл").click()
    expect(page.get_by_text("просмотрено 3 из 3 заданий")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("Фигурная скобка не закрыта.")).to_be_visible()
    page.get_by_role("button", name="Принять задания").click()
    drafts = page.get_by_role("link", name="Допустить его черновики к экзаменам")
    expect(drafts).to_be_visible(timeout=20_000)
    found += accessibility_faults(page)
    drafts.click()
    expect(page.get_by_label("Столица")).to_be_checked()
    found += accessibility_faults(page)
    page.get_by_role("button", name="Допустить эти к экзаменам").click()
    expect(page.get_by_text("Готовы 2 задания")).to_be_visible()
    to_the_bank(page)
    page.get_by_role("link", name="Столица").click()
    page.get_by_role("link", name="Изменить", exact=True).click()
    page.fill("[name=prompt]", "Столица Италии?")
    page.get_by_role("button", name="Сохранить черновик").last.click()
    page.get_by_role("link", name="Что изменилось").first.click()
    expect(page.locator("main h2")).to_have_text("Вопрос")
    expect(page.locator("main ins")).to_have_text("Италии")
    found += accessibility_faults(page)
    page.goto(page.url.split("/items")[0] + "/banks")
    page.get_by_role("link", name="Тепловые явления").click()
    page.locator("main table a").first.click()
    expect(page.get_by_role("region", name="Где используется").get_by_role("link").first).to_be_visible()
    page.get_by_role("link", name="Все показатели: по версиям").click()
    expect(page.locator("h1")).to_be_visible()
    found += accessibility_faults(page)
    assert found == []
