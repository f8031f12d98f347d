"""Act 2: the student takes the school's own course; its gates open one section after another."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from lms.demo.content import physics
from tests.browser.story.stage import Person

__all__ = [
    "PHYSICS",
    "answer_about_states",
    "answer_quiz",
    "begin_from_home",
    "go_through",
    "open_again",
    "read_progress",
    "see_closed_section",
    "see_how_far_the_student_is",
    "see_picture",
    "watch_captioned_film",
]

PHYSICS = "Физика: тепловые явления"
FILM = "Опыт: две кастрюли, одинаковые горелки"
GO_ON = re.compile("Прочитано, дальше|Прочитано, закончить|Отметить сделанным|Дальше")


def open_course(student: Person) -> None:
    """Open the page of the course."""
    student.open("/courses")
    student.follow(PHYSICS, within=student.main, exact=True)


def see_closed_section(student: Person, title: str, reason: str) -> None:
    """See that a section is closed, and read what opens it."""
    open_course(student)
    heading = student.page.get_by_role("heading", name=title)
    section = student.main.get_by_role("listitem").filter(has=heading).first
    student.reads("пока закрыт", within=section)
    student.reads(reason, within=section)


def read_progress(student: Person, words: str) -> None:
    """Read on the page of the course how far one is."""
    open_course(student)
    card = student.main.locator("section", has=student.page.locator("h2#progress"))
    student.reads(words, within=card)


def see_picture(student: Person) -> None:
    """See the picture, which is loaded and says in words what it shows."""
    picture = student.main.get_by_role("img", name=physics.WAYS_PICTURE["alt"], exact=True)
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0


def begin_from_home(student: Person) -> None:
    """Start from the home page, where this course waits."""
    student.open("/home")
    student.reads(PHYSICS)
    student.press_main()
    student.reads("Раздел 1. Температура и тепло")


def go_through(student: Person, last_step: str) -> None:
    """Read step after step up to and including the last one."""
    for _ in range(10):
        title = student.main.get_by_role("heading", level=1).inner_text()
        student.press_main()
        if title == last_step:
            return
    raise AssertionError(f"{last_step!r} did not come up")


def watch_captioned_film(student: Person) -> None:
    """Play the film with its captions; read it in words; go on."""
    student.sees(FILM)
    film = student.main.locator("video")
    expect(film.locator("track[kind=captions][srclang=ru]")).to_have_count(1)
    played = film.evaluate(
        """async video => {
          const track = video.textTracks[0];
          track.mode = 'showing';
          video.muted = true;
          await video.play();
          for (let i = 0; i < 100 && !(video.currentTime > 0.2 && track.cues && track.cues.length); i++)
            await new Promise(done => setTimeout(done, 50));
          video.pause();
          return {seconds: video.currentTime, cues: track.cues ? track.cues.length : 0};
        }"""
    )
    assert played["seconds"] > 0
    assert played["cues"] > 0
    student.unfold("Видео словами")
    student.reads("Две одинаковые горелки")
    student.press_main()


def answer_about_states(student: Person) -> None:
    """Answer the three questions on melting and boiling, all rightly."""
    student.tick("Неверно", exact=True)
    student.main.get_by_label("Число").fill("170")
    student.tick("вода станет выкипать быстрее", exact=True)
    student.press("Проверить")


def answer_quiz(student: Person, *, rightly: bool) -> None:
    """Answer the five questions of the quiz."""
    student.tick("Количество теплоты" if rightly else "Температура в конце", exact=True)
    student.tick("Верно" if rightly else "Неверно", exact=True)
    student.main.get_by_label("Число").fill("84" if rightly else "42")
    student.tick("Медь", exact=True)
    student.tick("Излучением" if rightly else "Конвекцией", exact=True)
    student.press("Проверить")


def open_again(student: Person, step: str) -> None:
    """Open one step of the course from its page."""
    open_course(student)
    student.follow(step, within=student.main, exact=True)


def see_how_far_the_student_is(teacher: Person, name: str, state: str) -> None:
    """Read, as the teacher, how a student gets on in the course."""
    teacher.open("/courses")
    teacher.follow(PHYSICS, within=teacher.main, exact=True)
    teacher.follow("Успехи учеников")
    teacher.reads(state, within=teacher.main.get_by_role("row", name=name))
