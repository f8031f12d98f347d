"""Five questions of the test «Физика: тепловые явления», grade 8; a machine marks all of them.

Each entry: topic (finds the outcome that it shows), title, type, content, tests, points.
"""

from __future__ import annotations

from decimal import Decimal

from lms.assessment.contracts import ItemTest, MarkStatus
from lms.demo.content.blood_exam import ExamQuestion

__all__ = ["INSTRUCTIONS", "QUESTIONS", "SECTIONS"]

RIGHT, PARTIAL, WRONG = MarkStatus.RIGHT, MarkStatus.PARTIAL, MarkStatus.WRONG

INSTRUCTIONS = "Пять вопросов по курсу. Отвечай в любом порядке, к каждому можно вернуться. Всё проверит программа, результат объявит школа."

SECTIONS = (("Тепло вокруг нас", 3), ("Посчитай", 2))

QUESTIONS: tuple[ExamQuestion, ...] = (
    ExamQuestion(
        "теплопередач",
        "Почему батарею ставят у пола",
        "choice",
        {
            "prompt": "Почему батарею отопления ставят у пола, а не под потолком?",
            "options": [
                {
                    "id": "convection",
                    "text": "Нагретый воздух поднимается и прогревает всю комнату",
                    "weight": "1",
                },
                {"id": "metal", "text": "У пола металл остывает медленнее"},
                {"id": "light", "text": "Излучение идёт только вверх"},
            ],
        },
        (ItemTest("convection", RIGHT), ItemTest("light", WRONG), ItemTest(None, WRONG)),
        Decimal(1),
    ),
    ExamQuestion(
        "теплопередач",
        "Тепло через пустоту",
        "multiple_choice",
        {
            "prompt": "Для каких способов передачи тепла нужно вещество? Выбери все верные ответы.",
            "options": [
                {"id": "conduction", "text": "Теплопроводность", "weight": "0.5"},
                {"id": "convection", "text": "Конвекция", "weight": "0.5"},
                {"id": "radiation", "text": "Излучение", "weight": "-0.5"},
            ],
        },
        (
            ItemTest(["conduction", "convection"], RIGHT),
            ItemTest(["conduction"], PARTIAL, Decimal("0.5")),
            ItemTest(["radiation"], WRONG),
        ),
        Decimal(2),
    ),
    ExamQuestion(
        "температур",
        "Термометр и тающий лёд",
        "true_false",
        {"prompt": "Пока лёд тает, термометр в нём показывает одну и ту же температуру.", "is_true": True},
        (ItemTest(True, RIGHT), ItemTest(False, WRONG)),
        Decimal(1),
    ),
    ExamQuestion(
        "теплот",
        "Нагреть воду для чая",
        "numeric",
        {
            "prompt": "Сколько теплоты нужно, чтобы нагреть 0,5 кг воды от 20 до 80 °C? Ответ — в килоджоулях.",
            "given": "Удельная теплоёмкость воды — 4200 Дж/(кг·°C).",
            "answer": "126",
            "unit": "кДж",
            "unit_mode": "shown",
        },
        (ItemTest("126", RIGHT), ItemTest("126 кДж", RIGHT), ItemTest("168", WRONG), ItemTest(None, WRONG)),
        Decimal(2),
    ),
    ExamQuestion(
        "теплот",
        "Что нагреется сильнее",
        "choice",
        {
            "prompt": "Килограмм воды и килограмм меди получили поровну тепла. Что нагреется сильнее?",
            "given": "Вода — 4200 Дж/(кг·°C), медь — 400 Дж/(кг·°C).",
            "options": [
                {"id": "copper", "text": "Медь", "weight": "1"},
                {"id": "water", "text": "Вода"},
                {"id": "same", "text": "Одинаково"},
            ],
        },
        (ItemTest("copper", RIGHT), ItemTest("water", WRONG), ItemTest(None, WRONG)),
        Decimal(1),
    ),
)
