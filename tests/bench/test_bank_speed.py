"""A bank of a hundred thousand items must cost what a bank of a thousand costs: search, filter, open."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from lms.app import create_app, create_runtime, load_settings
from lms.assessment import service
from lms.assessment.models import Item, ItemTerm, ItemVersion
from lms.assessment.rules.search import CHUNK, terms_of
from lms.assessment.types import ItemState
from lms.core import migrate
from lms.core.ids import new_id
from lms.testing.exams import PASSWORD, ExamGround, make_ground
from tests.fixtures.application import FAST_HASHES
from tests.fixtures.figures import Figures
from tests.fixtures.servers import PostgresServer

SMALL, LARGE, BATCH, ROUNDS = 1_000, 100_000, 5_000, 15
TOPICS = (
    "дроби",
    "степени",
    "уравнения",
    "функции",
    "векторы",
    "вероятность",
    "площадь",
    "объём",
    "корни",
    "прогрессии",
)
VERBS = ("Вычислите", "Сравните", "Докажите", "Найдите", "Постройте", "Упростите", "Решите")
KINDS = ("true_false", "numeric", "short_text", "matching", "essay")


@dataclass
class Shelf:
    """A bank with a browser in front of it."""

    client: FlaskClient
    bank: UUID
    items: list[UUID]

    def cost(self, path: str) -> float:
        """Return the seconds of one page (CPU and the wait for the database, on this thread)."""
        began = time.perf_counter()
        reply = self.client.get(path)
        spent = time.perf_counter() - began
        assert reply.status_code == 200, path
        return spent


def fill(ground: ExamGround, bank: UUID, size: int) -> list[UUID]:
    """Put items into a bank, past the services but with the same rows."""
    ids: list[UUID] = []
    bits: dict[tuple[str, int], int] = {}
    now = ground.runtime.clock.now()
    for start in range(0, size, BATCH):
        items, versions = [], []
        for number in range(start, min(start + BATCH, size)):
            item_id, version_id = new_id(), new_id()
            ids.append(item_id)
            topic, kind = TOPICS[number * 7 % len(TOPICS)], KINDS[number % len(KINDS)]
            title = f"{VERBS[number % len(VERBS)]}: {topic}, задание {number}"
            content = {"prompt": f"{title}. Ответ запишите числом {number % 977}.", "is_true": True}
            found = terms_of(
                title=title, content=content, bank_id=bank, type_name=kind, states=["ready"], tags=[topic],
                outcome_ids=[], difficulty=None,
            )  # fmt: skip
            items.append(
                {"id": item_id, "org_id": ground.org_id, "place": number + 1, "bank_id": bank, "number": number + 1, "title": title, "newest_id": version_id,
                 "terms": found, "created_at": now}
            )  # fmt: skip
            versions.append(
                {"id": version_id, "item_id": item_id, "number": 1, "type": kind, "type_version": "1",
                 "content": content, "content_hash": f"{number:064x}", "item_tests": [], "outcome_ids": [],
                 "tags": [topic], "state": ItemState.READY, "review_note": "", "created_at": now}
            )  # fmt: skip
            for term in found:
                bits[term, (number + 1) // CHUNK] = (
                    bits.get((term, (number + 1) // CHUNK), 0) | 1 << (number + 1) % CHUNK
                )
        with ground.runtime.database.engine.begin() as connection:
            connection.execute(sa.insert(Item), items)
            connection.execute(sa.insert(ItemVersion), versions)
    rows = [
        {"org_id": ground.org_id, "term": term, "chunk": chunk, "bits": number.to_bytes(CHUNK // 8, "little")}
        for (term, chunk), number in bits.items()
    ]
    with ground.runtime.database.engine.begin() as connection:
        connection.execute(sa.insert(ItemTerm), rows)
        connection.execute(sa.text("ANALYZE"))
    return ids


@pytest.fixture(scope="module", params=["SQLite", "PostgreSQL"])
def shelves(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Shelf, Shelf]]:
    """Return the small and the large bank, each in a database of its own."""
    made, runtimes = [], []
    for size in (SMALL, LARGE):
        folder = tmp_path_factory.mktemp(f"bank{size}")
        url = _url(request, folder, size)
        settings = {
            **FAST_HASHES,
            "LMS_DATA_DIR": str(folder),
            "LMS_DATABASE_URL": url,
            "LMS_JOBS_URL": "memory://",
        }
        migrate.upgrade(url)
        runtime = create_runtime(load_settings(settings))
        runtimes.append(runtime)
        made.append(_shelf(make_ground(runtime, code=f"bank{size}"), size))
    yield request.param, made[0], made[1]
    for runtime in runtimes:
        runtime.dispose()


def _url(request: pytest.FixtureRequest, folder: Path, size: int) -> str:
    if request.param == "SQLite":
        return f"sqlite:///{folder / 'lms.db'}"
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return server.create_database(f"bank_{size}")


def _shelf(ground: ExamGround, size: int) -> Shelf:
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        bank = service.create_bank(uow, org_id=ground.org_id, title="Банк", subject="maths")
    ids = fill(ground, bank, size)
    client = create_app(runtime=ground.runtime).test_client()
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/login").text)
    assert found
    form = {"login": f"{ground.code}-teacher", "password": PASSWORD, "csrf_token": found[1]}
    assert client.post("/login", data=form).status_code == 303
    return Shelf(client, bank, ids)


def test_a_large_bank_costs_what_a_small_one_costs(
    shelves: tuple[str, Shelf, Shelf], figures: Figures
) -> None:
    engine, small, large = shelves
    asked = {
        "search": "/banks/{bank}?q=сравните+дробь",
        "search without a result": "/banks/{bank}?q=синхрофазотрон",
        "filter": "/banks/{bank}?tag=векторы&type=essay&state=ready",
        "all": "/banks/{bank}",
        "open": "/items/{item}",
    }
    for name, path in asked.items():
        ratios = []
        for turn in range(ROUNDS):
            costs = [
                shelf.cost(path.format(bank=shelf.bank, item=shelf.items[turn * 35]))
                for shelf in (small, large)
            ]
            ratios.append(costs[1] / costs[0])
        figures.at_most(
            "items",
            f"bank of 100,000 items against 1,000, {engine}: {name}",
            statistics.median(ratios),
            2.5,
            "×",
        )
