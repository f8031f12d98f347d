"""The bench's driver runs wherever pytest has brought it: a browser of an earlier test leaves its event loop running."""

from __future__ import annotations

import asyncio
import os

from tests.bench.load import Client, drive


async def _think(client: Client, number: int) -> None:
    client.memory[str(number)] = "done"


def test_clients_are_driven_while_an_event_loop_runs_here() -> None:
    client = Client(0, "u1")

    async def in_a_loop() -> float:
        return drive([client], _think, count=3, at_once=1, roots=[os.getpid()])

    assert asyncio.run(in_a_loop()) >= 0
    assert client.memory == {"0": "done", "1": "done", "2": "done"}
