"""One student's story from first login to digital profile, played on the pages by the people themselves.

The acts follow each other on one installation: each begins where the one before ended. Every kind of page that
somebody sees is looked at once: axe, reflow at 320, 768 and 1280 pixels, and a quiet console; pages that only the story
reaches also in English, in the dark and in black on white, each language in each scheme.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from tests.browser.story import course, credit, exam, identity, plan, records, review
from tests.browser.story.stage import Person, Stage
from tests.browser.story.tour import make_tour
from tests.fixtures.chromium import camera_browsers
from tests.fixtures.faces import FacePhotos
from tests.fixtures.figures import Figures
from tests.fixtures.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Check = Callable[[Page], list[str]]

WIDTHS = (320, 768, 1280)
#: The pages that a student submits from the exam's page to its first question.
STEPS_BY_FACE = ["/identity/*", "/identity/checks/*/shots", "/exams/*/start"]
STEPS_BY_DOCUMENT = ["/identity/*", "/exams/*/start"]
#: The seven kinds of question that the exam asks besides the essay.
MARKED_BY_MACHINE = {
    "choice", "multiple_choice", "true_false", "short_text", "numeric", "matching", "ordering",
}  # fmt: skip


@pytest.fixture(scope="module")
def reflow(overflowing: Check) -> Check:
    """Return a check on a narrow, a middling and a wide page that leaves the window as it was."""

    def check(page: Page) -> list[str]:
        before = page.viewport_size
        assert before is not None
        found: list[str] = []
        for width in WIDTHS:
            page.set_viewport_size({**before, "width": width})
            found += [f"sticks out at {width} px: {fault}" for fault in overflowing(page)]
        page.set_viewport_size(before)
        return found

    return check


@pytest.fixture(scope="module")
def stage(
    make_site: Callable[..., Site],
    bare_demo_folder: Any,
    demo_logins: dict[str, str],
    browser: Browser,
    playwright: Playwright,
    browser_type_launch_args: dict[str, Any],
    tmp_path_factory: pytest.TempPathFactory,
    accessibility_faults: Check,
    overflowing: Check,
    reflow: Check,
) -> Iterator[Stage]:
    """Start the demo school before anything has happened to its students."""
    site = make_site(copy_of=bare_demo_folder)
    site.start()
    folder = tmp_path_factory.mktemp("cameras")
    with camera_browsers(playwright, browser_type_launch_args, folder) as camera_browser:
        tour = make_tour(browser, site.url, accessibility_faults, overflowing)
        made = Stage(site, browser, camera_browser, demo_logins, (accessibility_faults, reflow), tour)
        yield made
        made.close()
    site.stop()


@pytest.fixture(autouse=True)
def no_fault_on_any_page(stage: Stage) -> Iterator[None]:
    """Fail an act for whatever was wrong on a page that somebody saw in it."""
    yield
    faults, stage.faults[:] = list(stage.faults), []
    if faults:
        pytest.fail("\n".join(faults), pytrace=False)


def test_act_1_a_plan_is_made_from_a_template_signed_and_put_in_force(stage: Stage, figures: Figures) -> None:
    orlova, anna, kim, gromova = (stage.person(login) for login in ("orlova", "anna", "kim", "gromova"))
    plan.propose_measures(orlova, "sonya")
    plan.agree_measures(anna, "sonya")

    with plan.counted_steps(kim) as steps:
        plan.begin_from_template(kim, "Ветрова")
        kim.reads("45")  # the conditions stand beside the draft
        plan.adjust_three_items(kim)
        plan.submit(kim)
    figures.at_most(
        "plans", "pages of a typical plan, from the list to its submission", len(steps), 12, "pages"
    )

    plan.sign(anna)
    plan.approve_by_order(gromova, "84")
    gromova.sees("Приказ № 84 записан: версия 1 действует с этой минуты.")
    sonya = stage.person("sonya")
    sonya.open("/plan")
    for title in (plan.PHYSICS, plan.INFORMATICS, plan.BIOLOGY):
        sonya.reads(title)

    plan.change_one_item(kim, "Готовимся по учебнику, § 20–25.")
    plan.sign(anna, "Изменён 1 пункт, и подпись нужна только под ним.")
    plan.approve_by_order(gromova, "91")
    gromova.sees("версия 2 действует с этой минуты")


def test_act_2_the_student_takes_the_course_and_a_gate_opens_the_next_section(stage: Stage) -> None:
    sonya = stage.person("sonya")
    course.see_closed_section(
        sonya, "2. Сколько нужно тепла", "Откроется, когда будет пройден раздел «Температура и тепло»"
    )
    course.read_progress(sonya, "Ещё не начат")
    course.begin_from_home(sonya)
    course.go_through(sonya, "Что меняется внутри")
    course.see_picture(sonya)
    course.go_through(sonya, "Три способа передать тепло")
    sonya.sees("Готово. Следующий раздел открыт.")
    course.watch_captioned_film(sonya)
    sonya.sees(re.compile("^Формула количества теплоты$"))
    expect(sonya.main.locator("math").first).to_be_visible()
    course.go_through(sonya, "Решим вместе")

    course.answer_quiz(sonya, rightly=False)
    sonya.reads("Q = 4200 · 0,5 · 40")  # the reason stands under every answer
    course.see_closed_section(sonya, "3. Когда лёд тает", "хотя бы 60 баллов из 100")
    course.read_progress(sonya, "Пройдено шагов: ")
    course.open_again(sonya, "Пять вопросов на пробу")
    sonya.press_main()
    course.answer_quiz(sonya, rightly=True)
    sonya.press_main()
    course.go_through(sonya, "Кипение")
    course.answer_about_states(sonya)
    course.go_through(sonya, "Проверь себя")
    course.go_through(sonya, "Проверь дома")
    sonya.sees("Курс пройден до конца")
    course.read_progress(sonya, "Пройден ")

    course.see_how_far_the_student_is(stage.person("kim"), "Ветрова", "Пройден")


def test_act_3_a_commission_credits_a_course_in_part_and_says_why(stage: Stage) -> None:
    anna, sonya, mironova = stage.person("anna"), stage.person("sonya"), stage.person("mironova")
    issued_on = date(datetime.now(tz=UTC).year - 1, 8, 30)
    credit.start(anna)
    sentence = credit.try_unlicensed_source(anna)
    assert sentence.count(".") == 1
    assert "лиценз" in sentence
    credit.use_licensed_source(anna)
    credit.write_down_certificate(anna, issued_on)
    credit.attach_certificate(anna, issued_on)
    credit.send(anna)

    credit.verify_and_compare(mironova, "Ветрова")
    for login in ("sokolov", "dyatlov"):
        member = stage.person(login)
        credit.read_report(member, "Ветрова")
        credit.vote(member)
    belova = stage.person("belova")
    credit.read_report(belova, "Ветрова")
    credit.decide_as_chair(belova)

    credit.read_outcome(anna)
    credit.choose_way(anna)
    credit.read_outcome(sonya)
    sonya.open("/plan")
    sonya.reads("22 часа из 30")
    why = records.plan_reason(sonya, plan.INFORMATICS)
    assert "Зачтено" in why
    assert "8 часов" in why  # what is left, and what it is left for


def test_act_4_consent_and_sample_then_the_face_is_compared_and_a_person_confirms(
    stage: Stage, face_photos: FacePhotos
) -> None:
    mironova = stage.person("mironova")
    identity.attach_consent(mironova, "sonya", "anna")
    sonya = stage.with_camera("sonya", [(face_photos.first_person[0], 1)])
    identity.register_sample(sonya)
    identity.approve_sample(mironova, "sonya")

    identity.go_to_identity(sonya, exam.TITLE)
    identity.choose_way(sonya, "Снимок камерой")
    identity.exchange_turn(sonya)
    heard = identity.send_pictures(sonya)
    said = [words for words in heard if "Потом нажми кнопку" in words]
    assert len(said) == 2, heard
    assert heard.count("Замри так.") == 2, heard
    assert heard[-1].startswith("Все снимки готовы"), heard
    identity.wait_for_worker(sonya)
    identity.read_machine_words(sonya)
    identity.confirm_face(stage.person("gusev"), "sonya")
    identity.look_at_status(sonya, "Это ты. Подтверждено")


def test_act_4_the_exam_saves_every_answer_with_a_receipt_in_the_students_own_time(stage: Stage) -> None:
    sonya = stage.person("sonya")
    exam.begin(sonya, minutes="105 минут (обычно 60)")
    assert sonya.steps() == STEPS_BY_FACE
    expect(sonya.page.locator("html")).to_have_attribute("data-size", "150")  # large type, as agreed
    exam.wait_for_camera(sonya)
    expect(sonya.page.locator(".strip a[data-cell]")).to_have_count(10)
    stage.notes["types"] = exam.answer(sonya, range(1, 6))


def test_act_6_somebody_else_at_the_camera_is_shown_to_people_and_the_exam_goes_on(
    stage: Stage, face_photos: FacePhotos
) -> None:
    other = stage.with_camera("sonya", [(face_photos.second_person[0], 1)])
    exam.go_on_elsewhere(other)
    exam.wait_for_camera(other)
    types = stage.notes["types"] | exam.answer(other, range(6, exam.COUNT + 1))
    assert types == MARKED_BY_MACHINE | {"essay"}
    wait_for_frames(stage, 6)
    exam.hand_in(other)
    exam.check_receipts(other, exam.COUNT)

    frolova = stage.person("frolova")
    review.find_flagged(frolova, exam.TITLE, "Стоит посмотреть")
    review.look_at_evidence(frolova)
    other.open("/exams")
    other.misses("Аннулирован")


def wait_for_frames(stage: Stage, count: int) -> None:
    """Wait until the camera has sent so many pictures of whoever sits there now."""
    sonya = stage.person("sonya")
    sent: list[str] = []
    sonya.page.on("request", lambda request: sent.append(request.url) if "/frames" in request.url else None)
    for _ in range(120):
        if len(sent) >= count:
            return
        sonya.page.wait_for_timeout(1000)
    raise AssertionError(f"the camera sent {len(sent)} pictures in two minutes")


def test_act_4_the_essay_is_marked_the_result_released_and_the_plan_item_closed(stage: Stage) -> None:
    frolova = stage.person("frolova")
    review.open_sitting(frolova, exam.TITLE)
    review.close_without_questions(frolova)
    kim, sonya = stage.person("kim"), stage.person("sonya")
    exam.mark_essay(kim, ("1", "1", "2", "1"))
    exam.release(stage.person("zimina"), "sonya")
    exam.read_result(sonya, "5")
    wait_for_outbox(stage)
    stage.notes["plan item"] = records.item_state(sonya, "sonya", plan.BIOLOGY)
    assert "Отметка 5" in stage.notes["plan item"]


def wait_for_outbox(stage: Stage) -> None:
    """Wait until everybody who listens has heard the news."""
    waiting = "SELECT count(*) FROM outbox_event WHERE NOT is_done"
    stage.wait_until(lambda: not stage.ask(waiting), "the worker has not passed on all events")


def test_act_5_an_extern_sits_the_same_exam_without_a_camera_in_no_more_steps(stage: Stage) -> None:
    timur, noskova, petrenko = stage.person("timur"), stage.person("noskova"), stage.person("petrenko")
    records.read_timetable(timur)
    identity.go_to_identity(timur, exam.TITLE)
    timur.misses("Снимок камерой")
    identity.choose_way(timur, "Документ по видео")
    identity.confirm_by_document(noskova, "timur")
    identity.look_at_status(timur, "Это ты. Подтверждено")
    exam.begin(timur, minutes="60 минут")
    exam.answer(timur, range(1, exam.COUNT + 1))
    exam.hand_in(timur)
    assert timur.steps() == STEPS_BY_DOCUMENT
    assert len(STEPS_BY_DOCUMENT) <= len(STEPS_BY_FACE)
    exam.mark_essay(petrenko, ("1", "1", "2", "1"))
    komarov = stage.person("komarov")
    review.open_sitting(komarov, exam.TITLE)
    review.close_without_questions(komarov)
    exam.release(stage.person("vlasova"), "timur")
    exam.read_result(timur, "5")
    wait_for_outbox(stage)
    assert "Отметка 5" in records.item_state(timur, "timur", plan.BIOLOGY)
    told, levels, chain = force(timur)
    sonya_told, sonya_levels, sonya_chain = force(stage.person("sonya"))
    assert told == sonya_told
    assert chain == sonya_chain
    assert levels
    assert set(levels) <= set(sonya_levels)  # she has a credit besides


def force(student: Person) -> tuple[list[str], list[str], list[str]]:
    """Return what the same exam counts for: the words of the result, the levels reached, the chain behind the row."""
    exam.read_result(student, "5")
    told = student.main.locator("h1, h2").all_inner_texts()
    levels = records.levels(student, student.login)
    chain = records.why(student, student.login, exam.TITLE)
    return told, levels, [title for title in chain if "ичность" not in title]


def test_act_5_a_student_refuses_biometrics_and_goes_on_with_a_teacher_who_knows(stage: Stage) -> None:
    sonya, kim = stage.person("sonya"), stage.person("kim")
    plan.admit_to_exam(kim, plan.PHYSICS)
    identity.refuse_biometrics(sonya)
    assert identity.samples_left(stage, "sonya") == 0
    identity.go_to_identity(sonya, plan.PHYSICS)
    sonya.misses("Снимок камерой")
    identity.choose_way(sonya, "Разговор с учителем")
    identity.confirm_by_question(kim, "sonya")
    identity.look_at_status(sonya, "Учитель тебя узнал.")
    exam.begin(sonya, minutes="65 минут (обычно 20)")
    exam.answer(sonya, range(1, 6), exam.HEAT)
    exam.hand_in(sonya)
    zimina = stage.person("zimina")
    exam.open_session(zimina, plan.PHYSICS)
    zimina.reads("7 из 7")  # a machine has marked everything at once; people release it


def test_act_7_two_people_annul_everything_is_suspended_and_comes_back_exactly(stage: Stage) -> None:
    sonya, anna = stage.person("sonya"), stage.person("anna")
    frolova, yudin = stage.person("frolova"), stage.person("yudin")
    before = snapshot(stage)

    review.open_sitting(yudin, exam.TITLE)
    sitting = yudin.path()
    review.see_violation(yudin, "С шестого вопроса у камеры сидит другой человек.")
    review.answer_reviewers(sonya, exam.TITLE, "Камеру проверял папа, отвечала я сама.")
    frolova.open(sitting)
    frolova.misses("Камеру проверял папа")  # nor that anybody asked or said anything
    frolova.misses("у камеры сидит другой человек")
    review.see_violation(frolova, "На снимках с шестого вопроса другое лицо.")
    frolova.sees("Камеру проверял папа")
    assert snapshot(stage) == before  # two opinions are no decision yet
    yudin.open(sitting)
    yudin.sees("Камеру проверял папа")
    review.see_violation(yudin, "Ответ прочитан: на снимках с шестого вопроса другой человек.")
    review.annul(frolova, "Двое проверяющих видят на снимках другого человека.")

    suspended = snapshot(stage)
    for place in ("plan", "profile", "result"):
        assert suspended[place] != before[place]
        assert "риостановлен" in suspended[place]
    anna.open("/sittings")
    anna.reads("Аннулирован")

    review.reinstate(yudin, sitting, "Решение по апелляции № 3: отвечала ученица.")
    assert snapshot(stage) == before


def snapshot(stage: Stage) -> dict[str, str]:
    """Return what plan, profile and exam pages say to the student now."""
    sonya = stage.person("sonya")
    said = {
        "plan": records.item_state(sonya, "sonya", plan.BIOLOGY),
        "profile": records.profile_words(sonya, "sonya"),
    }
    sonya.open("/exams")
    sonya.follow(exam.TITLE, within=sonya.main)
    said["result"] = sonya.main.inner_text()
    return said


def test_act_8_the_profile_says_why_the_parent_sees_it_too_and_the_log_who_looked(stage: Stage) -> None:
    sonya, anna = stage.person("sonya"), stage.person("anna")
    chain = records.why(sonya, "sonya", exam.TITLE)
    assert len(chain) >= 3
    below = {level: records.why(sonya, "sonya", level) for level in records.levels(sonya, "sonya")}
    assert all(titles[0] == level for level, titles in below.items())
    by_exam = [titles for titles in below.values() if any(exam.TITLE in title for title in titles)]
    assert by_exam
    for titles in by_exam:  # from what she can do down to who checked that it was she
        assert any("ичность" in title for title in titles), titles
    assert any("Личность" in title or "личность" in title for title in chain)
    assert records.why(anna, "sonya", exam.TITLE) == chain
    assert "22 из 30" in records.profile_words(anna, "sonya")
    credited = records.why(sonya, "sonya", plan.INFORMATICS)
    assert credit.COURSE in credited[0]
    assert len(credited) >= 2  # what was compared stands below what was decided
    assert records.why(anna, "sonya", plan.INFORMATICS) == credited
    looked = records.who_looked(sonya, "sonya")
    assert "Фролова" in looked
    assert "Ветрова А" in looked or "Анна" in looked


def test_act_7_the_ledger_is_whole_and_names_the_entry_in_which_a_byte_was_changed(stage: Stage) -> None:
    assert "ledger is whole" in stage.site.run("ledger", "verify")
    changed = records.change_one_byte(stage.site.folder / "lms.db")
    with pytest.raises(AssertionError, match=re.escape(changed)):
        stage.site.run("ledger", "verify")
