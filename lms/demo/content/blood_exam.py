"""Ten questions of the examination «Биология: кровь и кровообращение», grade 8.

Each entry: topic (finds the outcome that it shows), title, type, content, tests, points.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

from lms.assessment.contracts import ItemTest, MarkStatus

__all__ = ["INSTRUCTIONS", "QUESTIONS", "SECTIONS", "ExamQuestion"]

RIGHT, PARTIAL, WRONG = MarkStatus.RIGHT, MarkStatus.PARTIAL, MarkStatus.WRONG


class ExamQuestion(NamedTuple):
    """One question with what it shows and what it is worth."""

    topic: str
    title: str
    type: str
    content: dict[str, Any]
    tests: tuple[ItemTest, ...]
    points: Decimal


INSTRUCTIONS = (
    "Десять вопросов. Отвечай в любом порядке, к каждому можно вернуться. "
    "Дробные числа пиши через запятую. Последний вопрос — короткий рассказ своими словами, его прочитает учитель."
)

SECTIONS = (("Состав крови", 4), ("Сердце и сосуды", 5), ("Объясни сам", 1))

_CARRIER = ExamQuestion(
    "кров",
    "Какие клетки переносят кислород",
    "choice",
    {
        "prompt": "Какие клетки крови переносят кислород?",
        "options": [
            {"id": "red", "text": "Эритроциты", "weight": "1"},
            {"id": "white", "text": "Лейкоциты"},
            {"id": "plates", "text": "Тромбоциты"},
            {"id": "nerve", "text": "Нейроны"},
        ],
    },
    (ItemTest("red", RIGHT), ItemTest("white", WRONG), ItemTest(None, WRONG)),
    Decimal(1),
)

_WHITE_CELLS = ExamQuestion(
    "кров",
    "Что верно о лейкоцитах",
    "multiple_choice",
    {
        "prompt": "Что верно о лейкоцитах человека? Выбери все верные ответы.",
        "options": [
            {"id": "nucleus", "text": "У них есть ядро", "weight": "0.5"},
            {"id": "defence", "text": "Они защищают от бактерий и вирусов", "weight": "0.5"},
            {"id": "red", "text": "Они придают крови красный цвет", "weight": "-0.5"},
            {"id": "most", "text": "Их в крови больше, чем эритроцитов", "weight": "-0.5"},
        ],
    },
    (
        ItemTest(["nucleus", "defence"], RIGHT),
        ItemTest(["nucleus"], PARTIAL, Decimal("0.5")),
        ItemTest(["nucleus", "red"], WRONG),
        ItemTest(None, WRONG),
    ),
    Decimal(2),
)

_PROTEIN = ExamQuestion(
    "кров",
    "Белок, который связывает кислород",
    "short_text",
    {
        "prompt": "Как называется белок эритроцитов, который присоединяет кислород?",
        "given": "Он содержит железо и окрашивает кровь в красный цвет.",
        "accepted": [{"text": "гемоглобин"}, {"text": "оксигемоглобин", "fraction": "0.5"}],
        "size": 20,
    },
    (
        ItemTest("Гемоглобин", RIGHT),
        ItemTest("гемоглобин.", RIGHT),
        ItemTest("оксигемоглобин", PARTIAL, Decimal("0.5")),
        ItemTest("миозин", WRONG),
    ),
    Decimal(1),
)

_CELLS = ExamQuestion(
    "кров",
    "Клетки крови и их работа",
    "matching",
    {
        "prompt": "Соедини часть крови с её главной работой.",
        "left": [
            {"id": "red", "text": "Эритроциты"},
            {"id": "white", "text": "Лейкоциты"},
            {"id": "plates", "text": "Тромбоциты"},
            {"id": "plasma", "text": "Плазма"},
        ],
        "right": [
            {"id": "oxygen", "text": "Переносит кислород"},
            {"id": "defence", "text": "Защищает от чужеродных частиц"},
            {"id": "clot", "text": "Помогает крови свернуться"},
            {"id": "food", "text": "Переносит растворённые питательные вещества"},
            {"id": "signal", "text": "Передаёт нервные сигналы"},
        ],
        "pairs": {"red": "oxygen", "white": "defence", "plates": "clot", "plasma": "food"},
    },
    (
        ItemTest({"red": "oxygen", "white": "defence", "plates": "clot", "plasma": "food"}, RIGHT),
        ItemTest({"red": "oxygen", "white": "defence"}, PARTIAL, Decimal("0.5")),
        ItemTest({"red": "signal"}, WRONG),
    ),
    Decimal(2),
)

_PULSE = ExamQuestion(
    "пульс",
    "Пульс за минуту",
    "numeric",
    {
        "prompt": "Чему равен пульс за минуту?",
        "given": "За 20 секунд ученик насчитал 24 удара.",
        "answer": "72",
        "unit": "ударов в минуту",
        "unit_mode": "shown",
        "units": ["уд/мин", "уд./мин", "ударов"],
    },
    (ItemTest("72", RIGHT), ItemTest("72 уд/мин", RIGHT), ItemTest("48", WRONG), ItemTest(None, WRONG)),
    Decimal(1),
)

_OUTPUT = ExamQuestion(
    "сердц",
    "Сколько крови перекачивает сердце",
    "numeric",
    {
        "prompt": "Сколько литров крови перекачивает левый желудочек за минуту? Запиши число и единицу.",
        "given": "За одно сокращение он выталкивает 70 мл. Сердце сокращается 75 раз в минуту.",
        "answer": "5.25",
        "tolerance": "0.05",
        "unit": "л",
        "unit_mode": "asked",
        "units": ["литр", "литра", "литров", "л/мин"],
    },
    (
        ItemTest({"value": "5,25", "unit": "л"}, RIGHT),
        ItemTest("5,3 л", RIGHT),
        ItemTest("5,25", PARTIAL, Decimal("0.5")),
        ItemTest("5250", WRONG),
    ),
    Decimal(2),
)

_SMALL_CIRCLE = ExamQuestion(
    "круг",
    "Путь крови по малому кругу",
    "ordering",
    {
        "prompt": "Расставь по порядку путь крови по малому кругу кровообращения.",
        "options": [
            {"id": "ventricle", "text": "Правый желудочек"},
            {"id": "arteries", "text": "Лёгочные артерии"},
            {"id": "capillaries", "text": "Капилляры лёгких"},
            {"id": "veins", "text": "Лёгочные вены"},
            {"id": "atrium", "text": "Левое предсердие"},
        ],
    },
    (
        ItemTest(["ventricle", "arteries", "capillaries", "veins", "atrium"], RIGHT),
        ItemTest(["ventricle", "veins", "capillaries", "arteries", "atrium"], PARTIAL, Decimal("0.4")),
        ItemTest(["atrium", "veins", "capillaries", "arteries", "ventricle"], WRONG),
    ),
    Decimal(2),
)

_LUNG_ARTERIES = ExamQuestion(
    "круг",
    "Кровь в лёгочных артериях",
    "true_false",
    {"prompt": "По лёгочным артериям течёт венозная кровь, бедная кислородом.", "is_true": True},
    (ItemTest(True, RIGHT), ItemTest(False, WRONG)),
    Decimal(1),
)

_WALL = ExamQuestion(
    "сердц",
    "Самая толстая стенка сердца",
    "choice",
    {
        "prompt": "У какого отдела сердца самая толстая мышечная стенка?",
        "options": [
            {"id": "left", "text": "У левого желудочка", "weight": "1"},
            {"id": "right", "text": "У правого желудочка", "weight": "0.25"},
            {"id": "la", "text": "У левого предсердия"},
            {"id": "ra", "text": "У правого предсердия"},
        ],
    },
    (ItemTest("left", RIGHT), ItemTest("right", PARTIAL, Decimal("0.25")), ItemTest("ra", WRONG)),
    Decimal(1),
)

_WHY = ExamQuestion(
    "круг",
    "Зачем два круга",
    "essay",
    {
        "prompt": "Зачем человеку два круга кровообращения, а не один? Объясни своими словами.",
        "given": "Достаточно пяти–восьми предложений.",
        "min_words": 30,
        "max_words": 300,
        "rubric": [
            {"id": "lungs", "title": "Сказано, что в малом круге кровь насыщается кислородом", "points": 1},
            {
                "id": "body",
                "title": "Сказано, что в большом круге кровь отдаёт кислород органам",
                "points": 1,
            },
            {
                "id": "apart",
                "title": "Объяснено, почему выгодно не смешивать артериальную и венозную кровь",
                "points": 2,
            },
            {"id": "own", "title": "Рассказ связный, своими словами", "points": 1},
        ],
        "model_answer": (
            "В малом круге кровь отдаёт в лёгких углекислый газ и берёт кислород, в большом — разносит кислород по всем "
            "органам и забирает углекислый газ. Так как круги разделены, к органам приходит только богатая кислородом "
            "кровь, да ещё под высоким давлением. Поэтому организму хватает энергии на постоянную температуру и активную "
            "жизнь."
        ),
    },
    (ItemTest("Чтобы кровь не смешивалась.", MarkStatus.NEEDS_MARKING), ItemTest(None, WRONG)),
    Decimal(5),
)

QUESTIONS: tuple[ExamQuestion, ...] = (
    _CARRIER,
    _WHITE_CELLS,
    _PROTEIN,
    _CELLS,
    _PULSE,
    _OUTPUT,
    _SMALL_CIRCLE,
    _LUNG_ARTERIES,
    _WALL,
    _WHY,
)
