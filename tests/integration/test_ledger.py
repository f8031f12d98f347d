"""The audit chain: whole when untouched, and any change of one byte is found and named."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from lms.core import cli, ledger
from lms.core.actor import SYSTEM
from lms.core.anchors import anchor
from lms.core.cli import RuntimeSource
from lms.core.models import LedgerEntry, LedgerHead
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
        "prev_hash = replace(prev_hash, substr(prev_hash, 1, 1), 'x')",
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


def _verified(runtime: Runtime, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli.ledger, ["verify", *words], obj=RuntimeSource(lambda: runtime))
    return done.exit_code, done.output


def test_a_chain_taken_away_with_its_head_is_missed(runtime: Runtime) -> None:
    _append(runtime, 3)
    assert anchor(runtime)
    for table in ("ledger_entry", "ledger_head"):
        _tamper(runtime, f"DELETE FROM {table}")
    assert _faults(runtime) == [], "what is left in the database is whole"
    assert not anchor(runtime)
    code, output = _verified(runtime)
    assert code == 1 and f"BAD {STREAM} entry 3 (no entry): removed" in output


def test_a_chain_put_back_to_an_earlier_signed_head_is_noticed(runtime: Runtime) -> None:
    _append(runtime, 2)
    with runtime.read() as session:
        earlier = session.get_one(LedgerHead, STREAM)
        head = (earlier.hash, earlier.signature)
    _append(runtime, 2)
    assert _verified(runtime) == (0, "ledger is whole: 4 entries\n")
    _tamper(runtime, "DELETE FROM ledger_entry WHERE seq > 2")
    _tamper(runtime, "UPDATE ledger_head SET seq = 2, hash = '{}', signature = '{}'".format(*head))
    assert _faults(runtime) == []
    assert "rolled_back" in _verified(runtime)[1]
    _append(runtime, 3)
    assert "changed" in _verified(runtime)[1], "growing again with other entries does not help"


def test_heads_kept_on_paper_are_compared_too(runtime: Runtime, tmp_path: Path) -> None:
    _append(runtime, 3)
    with runtime.read() as session:
        heads = ledger.export_heads(session)
    paper = tmp_path / "heads.json"
    paper.write_text(json.dumps(heads))
    assert _verified(runtime, "--heads", str(paper))[0] == 0
    paper.write_text(json.dumps([{**heads[0], "seq": 9}]))
    assert "anchor_forged" in _verified(runtime, "--heads", str(paper))[1]


def test_a_list_of_heads_that_somebody_else_wrote_is_a_fault(runtime: Runtime) -> None:
    _append(runtime, 1)
    assert anchor(runtime)
    kept = runtime.keys.folder / "ledger-heads.json"
    kept.write_text(kept.read_text().replace(STREAM, "org:other"))
    assert "anchor_forged" in _verified(runtime)[1]
    assert not anchor(runtime)
