"""Statements that go straight to the driver: the same rows, the same errors, and nothing that listens misses them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Mapped, mapped_column

from lms.core.clock import SystemClock
from lms.core.db import Database, JsonText, Ratio, UtcDateTime, choice_column, fetch, insert_rows
from lms.core.direct import STREAMED
from lms.core.ids import new_id
from lms.core.planned import Planned


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


class Base(sa.orm.DeclarativeBase):
    type_annotation_map = {datetime: UtcDateTime()}


class Thing(Base):
    __tablename__ = "thing"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    name: Mapped[str | None] = mapped_column(sa.String(80))
    is_good: Mapped[bool]
    share: Mapped[Decimal | None] = mapped_column(Ratio)
    colour: Mapped[Colour | None] = mapped_column(choice_column(Colour, "colour"))
    notes: Mapped[Any] = mapped_column(JsonText, nullable=True)
    at: Mapped[datetime | None]
    owner: Mapped[UUID | None]


BY_NAME = (
    sa.select(
        Thing.id, Thing.name, Thing.share, Thing.colour, Thing.notes, Thing.at, Thing.owner, Thing.is_good
    )
    .where(sa.or_(Thing.name == sa.bindparam("name"), Thing.is_good.is_(True)), Thing.number >= 0)
    .order_by(Thing.number)
)
IN_LISTS = (
    sa.select(sa.func.count().label("count"), sa.func.max(Thing.at).label("newest"))
    .where(Thing.number.in_(sa.bindparam("numbers", expanding=True)))
    .where(Thing.id.not_in(sa.bindparam("ids", expanding=True)))
)
FAR_EAST = timezone(timedelta(hours=9))
MOMENTS = st.integers(0, 3 * 10**10).map(lambda tenths: datetime.fromtimestamp(tenths / 10, FAR_EAST))
TEXTS = st.text(st.characters(min_codepoint=1, exclude_categories=("Cs",)), max_size=20)
#: Below and above the number of rows from which PostgreSQL takes a stream.
FEW_OR_MANY = st.integers(1, 4) | st.integers(STREAMED, STREAMED + 2)
VALUES = st.fixed_dictionaries(
    {
        "name": st.none() | TEXTS,
        "is_good": st.booleans(),
        "share": st.none() | st.decimals(0, 1, places=6),
        "colour": st.none() | st.sampled_from(Colour),
        "notes": st.recursive(st.none() | st.integers(-9, 9) | TEXTS, st.lists, max_leaves=4),
        "at": st.none() | MOMENTS,
        "owner": st.none() | st.uuids(),
    }
)


@pytest.fixture
def database(engine_url: str) -> Iterator[Database]:
    made = Database(engine_url, SystemClock())
    Base.metadata.drop_all(made.engine)
    Base.metadata.create_all(made.engine)
    yield made
    Base.metadata.drop_all(made.engine)
    made.dispose()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=FEW_OR_MANY.flatmap(lambda n: st.lists(VALUES, min_size=n, max_size=n)), name=TEXTS)
def test_rows_are_written_and_read_as_sqlalchemy_would(
    database: Database, written: list[dict[str, Any]], name: str
) -> None:
    rows = [{"id": new_id(), "number": number, **values} for number, values in enumerate(written)]
    with database.write_session() as session:
        insert_rows(session, Thing, rows)
        of_objects = [
            {column.key: getattr(thing, column.key) for column in sa.inspect(Thing).column_attrs}
            for thing in session.scalars(sa.select(Thing).order_by(Thing.number))
        ]
        assert of_objects == rows
        numbers, ids = list(range(len(rows))), [row["id"] for row in rows]
        for statement, values in (
            (BY_NAME, {"name": name}),
            (BY_NAME, {"name": rows[0]["name"] or "–"}),
            (IN_LISTS, {"numbers": numbers, "ids": ids[1:]}),
            (IN_LISTS, {"numbers": numbers[1:], "ids": []}),
            (IN_LISTS, {"numbers": [*numbers, *range(-20, 0)], "ids": ids}),
        ):
            plain = session.execute(statement, values).all()
            for _ in range(2):
                found = fetch(session, statement, **values)
                assert [row._asdict() for row in found] == [row._asdict() for row in plain]
        session.rollback()


@pytest.mark.parametrize("others", [0, 2, STREAMED])
def test_a_refusal_is_sqlalchemys_own_and_tells_no_values(database: Database, others: int) -> None:
    row = {"id": new_id(), "number": 1, "is_good": True, "notes": ["secret"]}
    with database.write_session() as session:
        insert_rows(session, Thing, [row])
        session.commit()
    for again in (row | {"id": new_id()}, row | {"number": 2}):
        with database.write_session() as session, pytest.raises(sa.exc.IntegrityError) as refusal:
            more = [row | {"id": new_id(), "number": 3 + n} for n in range(others)]
            insert_rows(session, Thing, [*more, again])
        assert "secret" not in str(refusal.value)
        assert "thing" in str(refusal.value.orig)
    with database.read_session() as session:
        assert fetch(session, IN_LISTS, numbers=[1, 2], ids=[])[0].count == 1


def test_whoever_listens_hears_every_statement(database: Database) -> None:
    heard: list[str] = []
    with database.read_session() as session:
        fetch(session, BY_NAME, name="a")
        sa.event.listen(database.engine, "before_cursor_execute", lambda *told: heard.append(told[2]))
        fetch(session, BY_NAME, name="a")
    assert len(heard) == 1
    assert "FROM thing" in heard[0]


@pytest.mark.postgres
def test_a_statement_that_comes_again_is_planned_at_its_second_time(postgres_url: str) -> None:
    database = Database(postgres_url, SystemClock())
    planned = sa.text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%AS planned_here%'")
    asked = sa.select(sa.literal(1).label("planned_here"))
    with database.write_session() as session:
        counts = []
        for _ in range(3):
            fetch(session, asked)
            counts.append(session.scalar(planned))
    assert counts == [0, 1, 1]
    database.dispose()


@pytest.mark.postgres
def test_a_statement_on_a_dead_connection_fails_as_sqlalchemys_does(postgres_url: str) -> None:
    database = Database(postgres_url, SystemClock())
    asked = sa.select(sa.func.pg_backend_pid().label("pid"))
    with database.write_session() as session, database.engine.connect() as other:
        [(pid,)] = [fetch(session, asked)[0] for _ in range(2)][:1]
        other.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        with pytest.raises(sa.exc.OperationalError):
            fetch(session, asked)
    with database.write_session() as session:
        assert fetch(session, asked)[0].pid != pid
    database.dispose()


@pytest.mark.postgres
def test_what_is_planned_is_sent_without_the_driver_until_its_plans_are_forgotten(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(postgres_url, SystemClock())
    sent: list[bool] = []
    ask = Planned._ask

    def note(self: Planned, held: Any, given: Any) -> Any:
        answer = ask(self, held, given)
        sent.append(answer is not None)
        return answer

    monkeypatch.setattr(Planned, "_ask", note)
    asked = sa.select((sa.bindparam("number", type_=sa.Integer) * 2).label("twice"))
    with database.read_session() as session:
        assert [fetch(session, asked, number=number)[0].twice for number in (1, 2, 3)] == [2, 4, 6]
    assert sent == [False, True]  # the first time is SQLAlchemy's, the second plans
    sent.clear()
    with database.write_session() as session:
        assert fetch(session, asked, number=4)[0].twice == 8  # inside of the transaction that this begins
        session.execute(sa.text("CREATE TEMPORARY TABLE gone (id int)"))
        session.rollback()  # the driver forgets its plans
        assert [fetch(session, asked, number=number)[0].twice for number in (5, 6)] == [10, 12]
        with pytest.raises(sa.exc.DataError):
            fetch(session, asked, number=2**31 - 1)
        session.rollback()
        assert fetch(session, asked, number=7)[0].twice == 14
    assert True in sent
    assert False in sent
    database.dispose()
