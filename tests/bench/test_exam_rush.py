"""Two hundred students start in the same second, save every five seconds and hand in together: no error, nothing lost or doubled."""

from __future__ import annotations

import asyncio
import json
import re
import statistics
import time
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import quote
from uuid import UUID, uuid4

import sqlalchemy as sa

from lms.app import create_runtime, load_settings
from lms.assessment import service
from lms.assessment.models import Attempt, AttemptItem, Grade, ResponseEvent
from lms.assessment.types import OPEN_STATES
from lms.core.models import OutboxEvent
from lms.core.runtime import Runtime
from tests.bench.load import Client, drive, run_apart
from tests.bench.test_exam_speed import QUESTIONS, STUDENTS, Product, database, product
from tests.fixtures.application import FAST_HASHES
from tests.fixtures.figures import Figures

__all__ = ["database", "product"]

SAVING_S, EVERY_S = 60, 5
FORM = "application/x-www-form-urlencoded"


@dataclass
class Rush:
    """What two hundred students saw: errors, seconds that each request took, receipts by attempt."""

    errors: list[str] = field(default_factory=list)
    took_s: dict[str, list[float]] = field(default_factory=dict)
    sent: dict[UUID, dict[str, str]] = field(default_factory=dict)
    receipts: dict[UUID, dict[str, dict[str, object]]] = field(default_factory=dict)

    async def ask(
        self, what: str, client: Client, method: str, path: str, body: str = "", **more: object
    ) -> str:
        """Send one request, note how long it took and what went wrong; return the reply's text or place."""
        began = time.monotonic()
        try:
            reply = await client.request(method, path, body, **more)  # type: ignore[arg-type]
        except (AssertionError, OSError, asyncio.IncompleteReadError) as error:
            self.errors.append(f"{what}: {error}"[:300])
            return ""
        self.took_s.setdefault(what, []).append(time.monotonic() - began)
        return reply.headers.get("location", "") or reply.text

    async def sit(self, client: Client, entry: UUID, all_here: asyncio.Barrier) -> None:
        """Sit the examination as one student."""
        key = client.memory["csrf"]
        await all_here.wait()
        form = f"csrf_token={quote(key)}"
        place = await self.ask("start", client, "POST", f"/exams/{entry}/start", form, kind=FORM, expect=303)
        attempt = UUID(re.findall(r"/attempts/([0-9a-f-]{36})", place)[0])
        self.sent[attempt], self.receipts[attempt] = {}, {}
        await self.ask("page", client, "GET", f"/attempts/{attempt}/q/1")
        begun = time.monotonic()
        for number in range(1, SAVING_S // EVERY_S + 1):
            await asyncio.sleep(max(0.0, begun + number * EVERY_S - time.monotonic()))
            await self.save(client, attempt, number, "answer", 1 + number % QUESTIONS)
        await all_here.wait()
        await self.save(client, attempt, 1000, "submit", 0)

    async def save(self, client: Client, attempt: UUID, number: int, kind: str, slot: int) -> None:
        """Send one operation and keep its receipt."""
        payload = {"fields": {"answer": ["abcd"[number % 4]]}} if kind == "answer" else {}
        op = {
            "op_id": str(uuid4()),
            "kind": kind,
            "slot": slot,
            "seq": number,
            "tab": "t",
            "payload": payload,
        }
        self.sent[attempt][str(op["op_id"])] = kind
        path, body = f"/attempts/{attempt}/ops", json.dumps({"ops": [op]})
        what = "save" if kind == "answer" else "hand in"
        text = await self.ask(what, client, "POST", path, body, X_CSRFToken=client.memory["csrf"])
        for receipt in json.loads(text)["receipts"] if text else ():
            self.receipts[attempt][receipt["op_id"]] = receipt


def test_two_hundred_students_at_once(product: Product, figures: Figures) -> None:
    side, rush = product.side, Rush()
    drive(side.clients, side.operations["login"], count=STUDENTS, at_once=2, roots=[side.pid])

    async def everybody() -> None:
        all_here = asyncio.Barrier(STUDENTS)
        await asyncio.gather(
            *(
                rush.sit(client, entry, all_here)
                for client, entry in zip(side.clients, product.entries[0], strict=True)
            )
        )
        for client in side.clients:
            await client.close()

    run_apart(everybody())
    for what, seconds in rush.took_s.items():
        figures.note("exams", f"200 at once: {what}, median", round(statistics.median(seconds), 3), "s")
        figures.note("exams", f"200 at once: {what}, slowest", round(max(seconds), 3), "s")
    counts = count_kept(product, rush)
    figures.note("exams", "200 at once: operations", sum(len(sent) for sent in rush.sent.values()), "")
    figures.at_most("exams", "200 at once: errors", len(rush.errors), 0, "")
    for name in ("lost", "doubled", "late", "not ended once", "not marked once"):
        figures.at_most("exams", f"200 at once: {name}", counts[name], 0, "")
    assert rush.errors == []
    assert not counts


def count_kept(product: Product, rush: Rush) -> Counter[str]:
    """Return how many acknowledged operations are lost, doubled or late, and attempts ended or marked otherwise than once."""
    runtime: Runtime = create_runtime(
        load_settings({**FAST_HASHES, **product.settings, "LMS_JOBS_URL": "memory://"})
    )
    counts: Counter[str] = Counter()
    with runtime.read() as session:
        told = Counter(
            payload["attempt_id"]
            for payload in session.scalars(
                sa.select(OutboxEvent.payload).where(OutboxEvent.kind == "assessment.attempt_submitted")
            )
        )
        for attempt_id, sent in rush.sent.items():
            kept = session.execute(
                sa.select(ResponseEvent.op_id, ResponseEvent.is_late).where(
                    ResponseEvent.attempt_id == attempt_id
                )
            ).all()
            ids = {str(row.op_id) for row in kept}
            counts["lost"] += len(set(sent) - ids) + len(set(sent) - set(rush.receipts[attempt_id]))
            counts["doubled"] += len(ids - set(sent)) + len(kept) - len(ids)
            counts["late"] += sum(row.is_late for row in kept if sent.get(str(row.op_id)) == "answer")
            for document in rush.receipts[attempt_id].values():
                receipt = service.read_receipt(document)
                counts["lost"] += not service.verify_receipt(session, runtime.keys, receipt).is_kept
            state = session.get_one(Attempt, attempt_id).state
            counts["not ended once"] += state in OPEN_STATES or told[str(attempt_id)] != 1
            marks = session.scalar(
                sa.select(sa.func.count(Grade.id))
                .join(AttemptItem, AttemptItem.id == Grade.attempt_item_id)
                .where(AttemptItem.attempt_id == attempt_id)
            )
            counts["not marked once"] += marks != QUESTIONS
    runtime.dispose()
    return +counts
