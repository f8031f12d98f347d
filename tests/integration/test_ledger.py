"""The audit chain: whole when untouched, and any change of one byte is found and named."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
import sqlalchemy as sa

from lms.core import ledger
from lms.core.actor import SYSTEM
from lms.core.models import LedgerEntry
from lms.core.runtime import Runtime

STREAM = "org:test"


def _append(runtime: Runtime, count: int) -> None:
    for number in range(count):
        with runtime.unit_of_work(SYSTEM) as uow:
            uow.append_ledger(STREAM, "test.fact", uuid4(), {"number": number, "text": "Ёж"})


def _faults(runtime: Runtime) -> list[ledger.LedgerFault]:
    with runtime.read() as session:
        return list(ledger.verify(session, runtime.keys))


def _tamper(runtime: Runtime, statement: str) -> None:
    with runtime.database.write_engine.begin() as connection:
        connection.exec_driver_sql(statement)


def test_an_untouched_chain_is_whole(runtime: Runtime) -> None:
    _append(runtime, 5)
    assert _faults(runtime) == []


@pytest.mark.parametrize(
    "change",
    [
        "payload = replace(payload, '2', '3')",
        "kind = 'test.fakt'",
        "actor = 'systen'",
        "refs = '[1]'",
        "payload = '{broken'",
        "prev_hash = replace(prev_hash, substr(prev_hash, 1, 1), '0')",
        "hash = replace(hash, substr(hash, 64, 1), 'x')",
        "at = '2001-01-01 00:00:00'",
    ],
)
def test_one_changed_value_is_found_and_the_entry_is_named(runtime: Runtime, change: str) -> None:
    _append(runtime, 5)
    _tamper(runtime, f"UPDATE ledger_entry SET {change} WHERE seq = 3")
    fault = _faults(runtime)[0]
    assert (fault.stream, fault.seq) == (STREAM, 3)
    assert fault.reason in {"changed", "unreadable"}


def test_a_deleted_entry_is_missing(runtime: Runtime) -> None:
    _append(runtime, 5)
    _tamper(runtime, "DELETE FROM ledger_entry WHERE seq = 2")
    assert [(f.seq, f.reason) for f in _faults(runtime)] == [(2, "missing")]


def test_a_cut_end_is_a_truncation(runtime: Runtime) -> None:
    _append(runtime, 5)
    _tamper(runtime, "DELETE FROM ledger_entry WHERE seq = 5")
    assert [f.reason for f in _faults(runtime)] == ["truncated"]


def test_a_head_rewritten_without_the_key_is_forged(runtime: Runtime) -> None:
    _append(runtime, 5)
    _tamper(runtime, "DELETE FROM ledger_entry WHERE seq = 5")
    _tamper(runtime, "UPDATE ledger_head SET seq = 4, hash = (SELECT hash FROM ledger_entry WHERE seq = 4)")
    assert [f.reason for f in _faults(runtime)] == ["head_forged"]


def test_two_exchanged_entries_are_found(runtime: Runtime) -> None:
    _append(runtime, 4)
    _tamper(runtime, "UPDATE ledger_entry SET seq = 90 WHERE seq = 2")
    _tamper(runtime, "UPDATE ledger_entry SET seq = 2 WHERE seq = 3")
    _tamper(runtime, "UPDATE ledger_entry SET seq = 3 WHERE seq = 90")
    assert _faults(runtime)[0].seq == 2


def test_writers_at_the_same_time_make_one_chain(runtime: Runtime) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: _append(runtime, 5), range(8)))
    assert _faults(runtime) == []
    with runtime.read() as session:
        assert session.scalar(sa.select(sa.func.max(LedgerEntry.seq))) == 40


def test_a_rolled_back_use_case_leaves_no_entry(runtime: Runtime) -> None:
    with pytest.raises(RuntimeError), runtime.unit_of_work(SYSTEM) as uow:
        uow.append_ledger(STREAM, "test.fact", None, {})
        raise RuntimeError
    assert _faults(runtime) == []
    with runtime.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(LedgerEntry)) == 0
