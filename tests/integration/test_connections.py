"""Connections to PostgreSQL: a reading begins nothing, and a connection that died while it rested is replaced unseen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from lms.core import db
from lms.core.clock import SystemClock
from lms.core.db import Database
from lms.people.models import Person
from tests.fixtures.servers import PostgresServer

pytestmark = pytest.mark.postgres


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    made = Database(postgres_url, SystemClock())
    yield made
    made.dispose()


def state_of(server: PostgresServer, pid: int) -> str:
    engine = sa.create_engine(server.url("postgres"))
    with engine.connect() as watching:
        state = watching.scalar(sa.text("SELECT state FROM pg_stat_activity WHERE pid = :pid"), {"pid": pid})
    engine.dispose()
    return str(state)


def test_a_reading_holds_no_transaction_and_a_writing_does(
    database: Database, postgres_server: PostgresServer
) -> None:
    for session, state in (
        (database.read_session(), "idle"),
        (database.write_session(), "idle in transaction"),
        (database.read_session(), "idle"),
    ):
        with session:
            pid = session.scalar(sa.text("SELECT pg_backend_pid()"))
            assert state_of(postgres_server, pid) == state


@pytest.mark.parametrize("how_many", [1, 3])
def test_connections_that_died_while_they_rested_are_replaced(
    database: Database,
    postgres_server: PostgresServer,
    monkeypatch: pytest.MonkeyPatch,
    how_many: int,
) -> None:
    monkeypatch.setattr(db, "RESTED_S", 0.0)
    pids = set()
    sessions = [database.write_session() for _ in range(how_many)]
    for session in sessions:
        pids.add(session.scalar(sa.text("SELECT pg_backend_pid()")))
    for session in sessions:
        session.close()
    assert len(pids) == how_many
    for pid in pids:
        postgres_server.execute(f"SELECT pg_terminate_backend({pid}, 5000)")
    for opened in (database.read_session, database.write_session):
        with opened() as session:
            assert session.scalar(sa.text("SELECT pg_backend_pid()")) not in pids


def test_a_session_for_reading_writes_nothing(database: Database) -> None:
    with database.read_session() as session:
        session.add(Person(code="changed", created_at=SystemClock().now()))
        assert not session.scalars(sa.select(Person.id).where(Person.code == "changed")).all()
        with pytest.raises(RuntimeError, match="for reading"):
            session.commit()
    with database.read_session() as session:
        assert not session.scalars(sa.select(Person.id).where(Person.code == "changed")).all()
