"""Speak to the database: base class, column types, engines and sessions.

Source of the SQLite rules: https://www.sqlite.org/wal.html; deferred write transactions lose work under load
(SQLITE_BUSY at the first write), therefore every unit of work begins with ``BEGIN IMMEDIATE``.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections import namedtuple
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, tzinfo
from enum import StrEnum
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Generic, TypeVar, TypeVarTuple, cast

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import TypeDecorator

from lms.core import direct
from lms.core.clock import Clock, local_day
from lms.core.direct import known_id

__all__ = [
    "Base",
    "Database",
    "JsonText",
    "PlainRows",
    "Ratio",
    "UtcDateTime",
    "asking_once",
    "bulk_in",
    "canonical_json",
    "change_rows",
    "choice_column",
    "day_of",
    "derive_once",
    "fetch",
    "insert_apart",
    "insert_new",
    "key_of",
    "known_id",
    "make_engine",
    "migrations_path",
    "normalise_url",
    "now_of",
    "read_settled",
    "serialise",
]

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
#: A connection that was not used for so long is asked whether it still lives before it is used again.
RESTED_S = 1.0
#: So many statements a connection to PostgreSQL keeps planned; the driver's hundred would push each other out.
MOST_PLANNED = 500
#: So many settled values are kept in a process.
MOST_SETTLED = 200

NAMING_CONVENTION = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


_CANONICAL = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, sort_keys=True, separators=(",", ":"), default=str
)


def _spelling() -> Callable[[Any], str]:
    """Return what spells a value as `_CANONICAL` does, made once: the module makes an encoder anew for each value."""
    make: Any = getattr(json.encoder, "c_make_encoder", None)
    if make is None:  # an interpreter without it
        return _CANONICAL.encode
    chunks = make(None, str, json.encoder.encode_basestring, None, ":", ",", True, False, True)
    return lambda value: "".join(chunks(value, 0))


_spelled = _spelling()


@lru_cache(maxsize=4096)
def _one_word(word: str) -> str:
    return _spelled([word])


def canonical_json(value: Any) -> str:
    """Return the one spelling of a JSON value that hashes are taken over (sorted keys, no spaces, UTF-8)."""
    if type(value) is list and len(value) < 2:  # by far the most frequent ones: the notes of a mark
        if not value:
            return "[]"
        if type(value[0]) is str and len(value[0]) < 60:
            return _one_word(value[0])
    return _spelled(value)


@lru_cache(maxsize=4096)
def _moment_of(text: str | None) -> datetime | None:
    """Return the moment that SQLite keeps as text; many rows of one request have the same."""
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """Store a moment in UTC and give it back aware; refuse a naive one."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Turn an aware moment into UTC (naive UTC for SQLite, which keeps no zone)."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime; use the unit of work's clock")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Give the moment back aware, in UTC."""
        if value is None or value.tzinfo is UTC:
            return value
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Any:
        """Read SQLite's text at once; else do what a decorated type does."""
        if dialect.name == "sqlite":
            return _moment_of
        return super().result_processor(dialect, coltype)


class JsonText(TypeDecorator[Any]):
    """Store a JSON value as canonical text: same bytes on both engines, so it can be hashed and compared."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:
        """Write the value in its canonical spelling."""
        return None if value is None else canonical_json(value)

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Any:
        """Read the value back."""
        if value == "[]":  # by far the most frequent one: the notes of a mark
            return []
        return None if value is None else json.loads(value)


#: A share or score between 0 and 1, exact to six decimal places.
Ratio = sa.Numeric(7, 6, asdecimal=True)


def choice_column(kinds: type[StrEnum], name: str) -> sa.Enum:
    """Return a text column type with a CHECK on the values of ``kinds``; ``name`` is the constraint's."""
    return sa.Enum(
        kinds,
        name=name,
        native_enum=False,
        create_constraint=True,
        validate_strings=True,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


class Base(DeclarativeBase):
    """The declarative base of every table; UUIDs, moments and JSON have one column type each."""

    metadata = sa.MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = {datetime: UtcDateTime()}


def key_of(column: Any) -> sa.ColumnElement[Any]:
    """Return an id column as the engine gives it, for reads of many thousand rows: `known_id` makes an id of it.

    On SQLite an id is text, and making a UUID of each would cost more than the rest of the read.
    """
    return sa.type_coerce(column, sa.String)


def normalise_url(url: str) -> str:
    """Return the address with the driver we use (psycopg 3 for both spellings of PostgreSQL)."""
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def migrations_path() -> Path:
    """Return the folder of the migrations: beside the package in a checkout, under share/ when installed."""
    beside = Path(__file__).resolve().parents[2] / "migrations"
    return beside if (beside / "env.py").exists() else Path(sys.prefix) / "share/marshrut-lms/migrations"


def make_engine(url: str, *, pool_size: int = 12) -> Engine:
    """Return an engine for ``url`` with our SQLite rules (WAL, foreign keys, busy timeout, own BEGIN).

    What it raises names no values: errors are logged, and answers and names have no place in a log.
    """
    url = normalise_url(url)
    if not url.startswith("sqlite"):
        engine = sa.create_engine(
            url, pool_size=pool_size, max_overflow=8, pool_use_lifo=True, hide_parameters=True
        )
        event.listen(engine, "connect", _keep_plans)
        event.listen(engine, "checkin", _note_rest)
        event.listen(engine, "checkout", partial(_ask_after_rest, engine.dialect))
        return engine
    engine = sa.create_engine(
        url, connect_args={"timeout": 30}, pool_size=pool_size, max_overflow=24, hide_parameters=True
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _keep_plans(connection: Any, _record: Any) -> None:
    connection.prepared_max = MOST_PLANNED


def _note_rest(_connection: Any, record: Any) -> None:
    record.info["rests_since"] = time.monotonic()


def _ask_after_rest(dialect: Any, connection: Any, record: Any, _proxy: Any) -> None:
    """Let a connection that has rested show that it still lives; the pool replaces it, and all others, when it does not.

    One that was used a moment ago is not asked: that would cost every request a question more.
    """
    if time.monotonic() - record.info.get("rests_since", math.inf) < RESTED_S:
        return
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as gone:
        raise sa.exc.InvalidatePoolError("the database let the connection go") from gone


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin on its own; `_begin_sqlite` does
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    if connection.get_execution_options().get("lms_write", False):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:  # takes no lock, so nothing can go wrong that SQLAlchemy would have to word
        cast(Any, connection.connection.dbapi_connection).execute("BEGIN")


def _reading(engine: Engine) -> Engine:
    """Return the engine for reading: on PostgreSQL each statement sees what is committed by then, inside of a transaction or not.

    So none is begun and none taken back, which would be two more questions for every reading; SQLite reads one state of it all.
    """
    is_sqlite = engine.dialect.name == "sqlite"
    return engine if is_sqlite else engine.execution_options(isolation_level="AUTOCOMMIT")


class _Reading(Session):
    """Hold what is read; a change to it is never written, not even by mistake (on PostgreSQL it would stand at once)."""

    def flush(self, objects: Sequence[Any] | None = None) -> None:
        """Refuse to write."""
        raise RuntimeError("a session for reading writes nothing: use a unit of work")

    def close(self) -> None:
        """Let the connection go for good, and what was read: whoever asks once more holds a session of before."""
        self.info.pop("asked", None)
        super().close()


class Database:
    """Open sessions on one database: for reading (shared) and for writing (immediate)."""

    def __init__(self, url: str, clock: Clock, zone: tzinfo = UTC) -> None:
        """Prepare engines for ``url``; nothing is opened yet. Sessions carry ``clock`` for `now_of`, ``zone`` for `day_of`."""
        self.url = normalise_url(url)
        if self.url.startswith("sqlite:///"):
            Path(self.url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        self.engine = make_engine(self.url)
        self.write_engine = self.engine.execution_options(lms_write=True)
        info = {"clock": clock, "zone": zone, "statements": direct.Known()}
        reading = {**info, "is_reading": True, "settled": {}}
        self._read = sessionmaker(
            _reading(self.engine),
            class_=_Reading,
            autoflush=False,
            expire_on_commit=False,
            close_resets_only=False,
            info=reading,
        )
        self._write = sessionmaker(
            self.write_engine, expire_on_commit=False, close_resets_only=False, info=info
        )

    @property
    def is_sqlite(self) -> bool:
        """Tell whether this is the embedded engine."""
        return self.engine.dialect.name == "sqlite"

    def read_session(self) -> Session:
        """Return a session for reading; close it when done. One that was closed answers no more: read again in a new one."""
        return self._read()

    def write_session(self) -> Session:
        """Return a session whose transaction begins IMMEDIATE on SQLite; only the unit of work uses it."""
        return self._write()

    def settle(self) -> bool:
        """Bring onto the disk what is committed, so that a power cut takes nothing of it; tell whether it is there.

        PostgreSQL does that at every commit. SQLite does it when its log is taken over into the file, which somebody who
        reads for long can hold up. Not for use inside a transaction.
        """
        if not self.is_sqlite:
            return True
        with closing(self.engine.raw_connection()) as connection:
            cursor = connection.cursor()
            cursor.execute("PRAGMA wal_checkpoint(FULL)")
            is_busy, logged, taken_over = cast(Any, cursor.fetchone())
        return not is_busy and logged == taken_over

    def dispose(self) -> None:
        """Close all pooled connections."""
        self.engine.dispose()


def now_of(session: Session) -> datetime:
    """Return the server's present moment as the clock behind ``session`` tells it (for rules of reach)."""
    clock: Clock = session.info["clock"]
    return clock.now()


def day_of(session: Session, at: datetime) -> date:
    """Return the day on which a moment falls where the school is; see `lms.core.clock.local_day`."""
    zone: tzinfo = session.info["zone"]
    return local_day(at, zone)


def fetch(session: Session, statement: sa.Executable, **values: Any) -> Sequence[sa.Row[*tuple[Any, ...]]]:
    """Return the rows of a statement that was built once, when its module was read, with ``values`` for its parameters.

    For reads that nearly every request makes: building a statement and loading entities costs five times as much as the
    database's answer. What the session has not written yet is written first, as the ORM itself would (but not in
    ``session.no_autoflush``).
    """
    known: direct.Known | None = session.info.get("statements")
    if known is None:  # not a session of our `Database`
        return session.execute(statement, values).all()
    if session.autoflush and not session.info.get("is_reading"):
        session.flush()
    return direct.run(_connection(session), statement, values, known)


_LOCK = sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(sa.bindparam("key"))))


def serialise(session: Session, key: str) -> None:
    """Wait until no other transaction holds ``key``, and hold it to the end of this one.

    An advisory lock of PostgreSQL; SQLite writes one transaction at a time already.
    """
    if session.get_bind().dialect.name == "postgresql":
        fetch(session, _LOCK, key=key)


class PlainRows(Generic[*Ts]):
    """A statement over entities that gives their columns as plain values with the same names: nothing can be written to them.

    For reads that nearly every request makes, as `fetch`: an object that the session watches costs several times as much.
    ``without`` names columns that are not read.
    """

    def __init__(self, statement: sa.Select[*Ts], *, without: Iterable[Any] = ()) -> None:
        """Take a statement that was built once; its tables are looked at when it is first used."""
        self._entities, self._without = statement, frozenset(column.key for column in without)
        self._prepared: tuple[sa.Select[Any], list[tuple[int, int, Any]]] | None = None

    def _prepare(self) -> tuple[sa.Select[Any], list[tuple[int, int, Any]]]:
        """Return the statement over columns, and for each entity from where to where its columns stand, and what they become."""
        columns: list[Any] = []
        places: list[tuple[int, int, Any]] = []
        for asked in self._entities.column_descriptions:
            start, kind = len(columns), asked["expr"]
            if isinstance(kind, type):
                attributes: Iterable[Any] = sa.inspect(kind).column_attrs
                own = [each for each in attributes if each.key not in self._without]
                columns += [each.columns[0] for each in own]
                places.append((start, len(columns), _shape(kind, [each.key for each in own])))
            else:
                columns.append(kind)
                places.append((start, start + 1, _only))
        return self._entities.with_only_columns(*columns, maintain_column_froms=True), places

    def fetch(self, session: Session, **values: Any) -> list[tuple[*Ts]]:
        """Return the rows; each entity as a tuple with its attributes' names, typed as what it stands for."""
        if self._prepared is None:
            self._prepared = self._prepare()
        statement, places = self._prepared
        rows = fetch(session, statement, **values)
        made = [tuple([make(row[a:b]) for a, b, make in places]) for row in rows]
        return cast(list[tuple[*Ts]], made)

    def fetch_once(self, session: Session, **values: Any) -> list[tuple[*Ts]]:
        """Return what `fetch` returns; a session for reading asks the database once, as the function of that name."""
        return _once(session, self, values, partial(self.fetch, session, **values))


def _shape(kind: type[Any], names: Sequence[str]) -> Callable[[Sequence[Any]], Any]:
    """Return what makes an entity's values of its columns; None where an outer join found nothing."""
    shape: Any = namedtuple(kind.__name__, names)  # type: ignore[misc]
    make: Callable[[Sequence[Any]], Any] = shape._make
    key = names.index(sa.inspect(kind).primary_key[0].key)
    return lambda cut: None if cut[key] is None else make(cut)


def _only(cut: Sequence[Any]) -> Any:
    return cut[0]


def _connection(session: Session) -> sa.Connection:
    """Return the connection of a session, which stays the same until its transaction ends."""
    kept: sa.Connection | None = session.info.get("connection")
    if kept is None or kept.closed or not session.is_active:  # one that failed says so and runs nothing more
        kept = session.info["connection"] = session.connection()
    return kept


def fetch_once(
    session: Session, statement: sa.Executable, **values: Any
) -> Sequence[sa.Row[*tuple[Any, ...]]]:
    """Return what `fetch` returns; a session for reading asks the database once, however many parts of a page want to know.

    A session for reading lives as long as one reading of a request, and is let go before anything is written.
    """
    return _once(session, statement, values, partial(fetch, session, statement, **values))


@contextmanager
def asking_once(session: Session) -> Iterator[None]:
    """Let `fetch_once` ask once in a session that writes, too, until the end of the block.

    For a use case whose parts all want to know the same, and which itself changes nothing of it in the block.
    """
    if session.info.get("is_reading") or session.info.get("asks_once"):
        yield
        return
    session.info["asks_once"] = True
    try:
        yield
    finally:
        del session.info["asks_once"]
        session.info.pop("asked", None)


def derive_once(session: Session, key: Hashable, derive: Callable[[], T]) -> T:
    """Return what ``derive`` makes of answers that `fetch_once` gave: once for a session for reading, as they are."""
    return _once(session, derive_once, {"key": key}, derive)


def _once(session: Session, asked: Any, values: Mapping[str, Any], ask: Callable[[], T]) -> T:
    """Return what ``ask`` returns, in a session for reading what it returned before for the same values."""
    if not (session.info.get("is_reading") or session.info.get("asks_once")):
        return ask()
    answers: dict[Hashable, T] = session.info.setdefault("asked", {})
    key = (id(asked), *values.values())
    if key not in answers:
        answers[key] = ask()
    return answers[key]


def read_settled(
    session: Session, key: Hashable, read: Callable[[], T], is_settled: Callable[[T], bool]
) -> T:
    """Return what ``read`` returns; what can never change any more is read once for all reading sessions of the process.

    A session that writes always reads: what it sees may be rolled back. Only for what holds no person's data.
    """
    kept: dict[Hashable, T] | None = session.info.get("settled")
    if kept is None:
        return read()
    known = kept.get(key)
    if known is not None:
        return known
    value = read()
    if is_settled(value):
        if len(kept) >= MOST_SETTLED:
            kept.clear()
        kept[key] = value
    return value


def change_rows(session: Session, statement: sa.Update, **values: Any) -> int:
    """Run a statement over a table that was built once, when its module was read, and return how many rows it changed.

    What the session has not written yet is written first; objects that it holds of these rows do not learn of it.
    """
    session.flush()
    known: direct.Known | None = session.info.get("statements")
    if known is None:  # not a session of our `Database`
        return session.connection().execute(statement, values).rowcount
    return direct.change(_connection(session), statement, values, known)


def insert_rows(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows, each with the same columns, in one statement; no object is made of them."""
    if rows:
        session.flush()
        insert_apart(session, model, rows)


def insert_apart(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows as `insert_rows`, which refer to nothing that the session has yet to write."""
    table, known = cast(sa.Table, model.__table__), session.info.get("statements")
    if known is None:  # not a session of our `Database`
        session.connection().execute(sa.insert(table), list(rows))
    else:
        direct.insert(_connection(session), table, rows, known)


def insert_new(session: Session, new: Base) -> None:
    """Add the row of an object that nobody asks for again in this transaction; the session does not watch it."""
    names = {each.key: each.columns[0].key for each in sa.inspect(type(new)).column_attrs}
    insert_rows(session, type(new), [{names[key]: value for key, value in vars(new).items() if key in names}])


def bulk_in(values: Iterable[Any], size: int = 500) -> Iterable[list[Any]]:
    """Cut ``values`` into lists short enough for one IN clause."""
    batch: list[Any] = []
    for value in values:
        batch.append(value)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
