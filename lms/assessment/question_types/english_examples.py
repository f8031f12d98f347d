"""Say the first example of each built-in kind of question in English: authors begin with it from an empty form."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lms.assessment.contracts import Sample

__all__ = ["in_english"]


def in_english(sample: Sample) -> Sample:
    """Return an example in English; what is not known here, as a plug-in's texts, stays as it is. Its tests are not translated."""
    return replace(
        sample, title=_WORDS.get(sample.title, sample.title), content=_said(sample.content), tests=()
    )


def _said(value: Any) -> Any:
    """Return a JSON value with all its texts in English."""
    if isinstance(value, str):
        return _WORDS.get(value, value)
    if isinstance(value, dict):
        return {key: _said(part) for key, part in value.items()}
    return [_said(part) for part in value] if isinstance(value, list | tuple) else value


#: The recording of the dictation is in Russian, so that its text stays so.
_WORDS = {
    "Кипение воды": "Boiling water",
    "При какой температуре кипит вода на уровне моря?": "At what temperature does water boil at sea level?",
    "около 99 °C": "about 99 °C",
    "При этой температуре вода замерзает.": "At this temperature water freezes.",
    "Так оно и есть.": "So it is.",
    "Вспомни опыт с чайником.": "Think of the experiment with the kettle.",
    "Давление пара воды при 100 °C равно давлению воздуха на уровне моря.": (
        "At 100 °C the vapour pressure of water equals the air pressure at sea level."
    ),
    "Металлы с вычетом": "Metals, wrong ones taken off",
    "Какие из этих веществ — металлы?": "Which of these substances are metals?",
    "медь": "copper",
    "железо": "iron",
    "кислород": "oxygen",
    "гелий": "helium",
    "Лёд легче": "Ice is lighter",
    "Лёд легче воды того же объёма.": "Ice is lighter than water of the same volume.",
    "Деление": "Division",
    "Сколько будет 5 : 2?": "What is 5 ÷ 2?",
    "Разложение на множители": "Factoring",
    "Разложи на множители: x² − 5x + 6": "Factor: x² − 5x + 6",
    "Верно, но это ещё не произведение.": "True, but this is no product yet.",
    "Учёный": "A scientist",
    "Как называется учёный, который изучает звёзды?": "What is a scientist called who studies the stars?",
    "астроном": "astronomer",
    "звездочёт": "stargazer",
    "Вода": "Water",
    "Заполни пропуски.": "Fill in the gaps.",
    "Вода кипит при {boils} °C. Лёд — это вода в {state} состоянии. Пар, остывая, {cools}.": (
        "Water boils at {boils} °C. Ice is water in its {state} state. Cooling down, vapour {cools}."
    ),
    "твёрдом": "solid",
    "кристаллическом": "crystalline",
    "конденсируется": "condenses",
    "испаряется": "evaporates",
    "тает": "melts",
    "Сосуды": "Vessels",
    "Поставь слова на места.": "Put the words into their places.",
    "Кровь от сердца несут {from}, а к сердцу — {to}.": "From the heart blood flows in {from}, to the heart in {to}.",
    "артерии": "arteries",
    "вены": "veins",
    "капилляры": "capillaries",
    "Столицы": "Capitals",
    "Соедини страну с её столицей.": "Match each country with its capital.",
    "Франция": "France",
    "Италия": "Italy",
    "Париж": "Paris",
    "Рим": "Rome",
    "Мадрид": "Madrid",
    "Планеты попарно": "Planets, pair by pair",
    "Расставь планеты по порядку, начиная с ближайшей к Солнцу.": (
        "Put the planets in order, beginning with the one nearest to the Sun."
    ),
    "Меркурий": "Mercury",
    "Венера": "Venus",
    "Земля": "Earth",
    "Марс": "Mars",
    "Птицы и звери": "Birds and mammals",
    "Разложи животных по группам.": "Sort the animals into groups.",
    "Птицы": "Birds",
    "пингвин": "penguin",
    "воробей": "sparrow",
    "Звери": "Mammals",
    "летучая мышь": "bat",
    "кит": "whale",
    "Свойства воды": "Properties of water",
    "Верно ли это о воде?": "Is this true of water?",
    "Верно": "True",
    "Неверно": "False",
    "Лёд легче воды": "Ice is lighter than water",
    "Вода сжимается, замерзая": "Water shrinks when it freezes",
    "Левое предсердие": "The left atrium",
    "Где на схеме левое предсердие?": "Where in the drawing is the left atrium?",
    "Схема сердца: четыре камеры, две сверху и две снизу": "A drawing of the heart: four chambers, two above and two below",
    "сверху на правой стороне рисунка": "above, on the right side of the drawing",
    "сверху на левой стороне рисунка": "above, on the left side of the drawing",
    "снизу на правой стороне рисунка": "below, on the right side of the drawing",
    "Сумма двух чисел": "The sum of two numbers",
    "Программа читает два целых числа, каждое с новой строки, и печатает их сумму. Напиши её.": (
        "A program reads two whole numbers, one a line, and prints their sum. Write it."
    ),
    "Осень": "Autumn (in Russian)",
    "Послушай и запиши.": "Listen and write it down.",
    "Озеро зимой": "A lake in winter",
    "Почему вода в озёрах не промерзает до дна?": "Why does the water of lakes not freeze to the bottom?",
    "Названа плотность воды при 4 °C": "Names the density of water at 4 °C",
    "Сказано, что лёд плавает и защищает воду от холода": "Says that ice floats and keeps the cold from the water",
    "Решение в тетради": "A solution on paper",
    "Реши уравнение x² − 5x + 6 = 0 в тетради и сфотографируй решение.": (
        "Solve the equation x² − 5x + 6 = 0 on paper and photograph the solution."
    ),
    "Выполнено задание": "The task is done",
    "Всё подписано": "Everything is labelled",
    "Стихотворение": "A poem",
    "Прочитай стихотворение наизусть и запиши себя.": "Recite the poem by heart and record yourself.",
    "Схема опыта": "A drawing of an experiment",
    "Начерти схему опыта и приложи файл.": "Draw how the experiment is set up and add the file.",
    "Байкал": "Lake Baikal",
    "Прочитай текст: следующие вопросы о нём.": "Read the text: the next questions are about it.",
    "Байкал — самое глубокое озеро Земли.\nЕго наибольшая глубина — 1642 метра.": (
        "Baikal is the deepest lake on Earth.\nIts greatest depth is 1642 metres."
    ),
    "Путь автомобиля": "The way of a car",
    "Сколько километров проехал автомобиль?": "How many kilometres has the car driven?",
    "Скорость {v} км/ч, время {t} ч": "Speed {v} km/h, time {t} h",
    "км": "km",
}
