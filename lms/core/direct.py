"""Run statements that were built once straight through the driver, as SQLAlchemy would run them.

A request of a few milliseconds asks the database a dozen times, and what SQLAlchemy does around each question (its context,
its cursor, its result) costs more than the question. So a statement that comes again is turned once into its text and into
what makes its parameters and its values. SQLAlchemy itself runs it the first time, whenever somebody listens to the
statements of the engine, and where the text depends on the values; errors are its own in every case.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, cast
from uuid import UUID
from weakref import WeakKeyDictionary

import sqlalchemy as sa

__all__ = ["Known", "change", "insert", "known_id", "run"]

Convert = Callable[[Any], Any]
Rows = Sequence[sa.Row[*tuple[Any, ...]]]
#: Lists of so many values in all have a text of their own; longer ones differ too often.
MOST_LISTED = 12
#: From so many rows on PostgreSQL takes them as one stream: half the work of a statement for each, on both sides.
STREAMED = 8


@lru_cache(maxsize=20_000)
def known_id(key: Any) -> UUID:
    """Return the id that a key stands for (text on SQLite); those that come again are looked up."""
    return key if isinstance(key, UUID) else UUID(key)


class _Ready:
    """A statement as one engine's driver takes it: its text, its parameters and what becomes of its rows."""

    def __init__(self, compiled: Any, dialect: sa.Dialect, values: Mapping[str, Any]) -> None:
        """Take a compiled statement and one example of the ``values`` it is run with; lists among them keep their lengths."""
        state = compiled.construct_expanded_state(values)
        self.text: str = state.statement
        #: PostgreSQL plans a statement that comes again once; its driver would wait until the fifth time to ask for that.
        self.options: dict[str, Any] = {"prepare": True} if dialect.driver == "psycopg" else {}
        self._is_positional: bool = compiled.positional
        listed = {
            name: (of, at) for of, names in state.parameter_expansion.items() for at, name in enumerate(names)
        }
        binders = {name: _binder(bound.type, dialect) for bound, name in compiled.bind_names.items()}
        self.names: list[str] = list(state.positiontup or state.parameters)
        self._has_lists = bool(listed)
        self._ways: list[tuple[str | None, int | None, Convert | None, Any]] = []
        for name in self.names:
            of, at = listed.get(name, (name, None))
            make = binders[of]
            constant = None if of in values else _converted(make, state.parameters[name])
            self._ways.append((of if of in values else None, at, make, constant))
        self.planned: Any = _planned(self.text, self.names, compiled, dialect)
        self.shape: Callable[[Sequence[Any]], Any] = tuple
        self._columns: list[tuple[int, Convert]] = []

    def learn(self, statement: sa.Select[Any], result: sa.CursorResult[Any], dialect: sa.Dialect) -> None:
        """Note the names of the columns of ``result``, and what the driver's values become."""
        assert result.cursor is not None
        kinds = [column.type.dialect_impl(dialect) for column in statement.selected_columns]
        codes = [described[1] for described in result.cursor.description]
        makers = [_reader(kind, dialect, code) for kind, code in zip(kinds, codes, strict=True)]
        self._columns = [(at, make) for at, make in enumerate(makers) if make is not None]
        self.shape = cast(Any, namedtuple("Row", result.keys(), rename=True))._make

    def parameters(self, values: Mapping[str, Any]) -> Any:
        """Return ``values`` as the driver takes them."""
        return self._as_taken(self.in_order(values))

    def in_order(self, values: Mapping[str, Any]) -> list[Any]:
        """Return ``values`` as the driver writes them, in the order of the names."""
        if self._has_lists:
            return [
                constant if of is None else _converted(make, values[of] if at is None else values[of][at])
                for of, at, make, constant in self._ways
            ]
        return [
            constant if of is None else values[of] if make is None else make(values[of])
            for of, _at, make, constant in self._ways
        ]

    def ask(self, connection: sa.Connection, values: Mapping[str, Any]) -> list[Any]:
        """Return the rows that the statement finds with ``values``."""
        given = self.in_order(values)
        with _cursor(connection, self) as (held, cursor):
            if self.planned is not None:
                found = self.planned.rows(held, given, tuple if self._columns else self.shape)
                if found is not None:
                    return self._read(found) if self._columns else found
            cursor.execute(self.text, self._as_taken(given), **self.options)
            found = cursor.fetchall()
        return self._read(found) if self._columns else [self.shape(row) for row in found]

    def change(self, connection: sa.Connection, values: Mapping[str, Any]) -> int:
        """Return how many rows the statement changes with ``values``."""
        given = self.in_order(values)
        with _cursor(connection, self) as (held, cursor):
            if self.planned is not None:
                count: int | None = self.planned.count(held, given)
                if count is not None:
                    return count
            cursor.execute(self.text, self._as_taken(given), **self.options)
            return int(cursor.rowcount)

    def _as_taken(self, given: list[Any]) -> Any:
        return given if self._is_positional else dict(zip(self.names, given, strict=True))

    def _read(self, found: list[Any]) -> list[Any]:
        """Return the driver's rows as the rows they stand for."""
        shape, columns = self.shape, self._columns
        made = []
        for row in found:
            cells = list(row)
            for at, make in columns:
                cells[at] = make(cells[at])
            made.append(shape(cells))
        return made


#: What a database knows of the statements it has run: None for one that it runs as SQLAlchemy does, always.
Known = WeakKeyDictionary[Any, dict[Hashable, _Ready | None]]


def _planned(text: str, names: Sequence[str], compiled: Any, dialect: sa.Dialect) -> Any:
    """Return what sends a statement that PostgreSQL has planned, or None where it goes through the driver every time."""
    if dialect.driver != "psycopg" or compiled.positional:
        return None
    from lms.core.planned import Planned

    return Planned(text, names)


def _binder(kind: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> Convert | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _reader(kind: sa.types.TypeEngine[Any], dialect: sa.Dialect, code: Any) -> Convert | None:
    make: Convert | None = kind.result_processor(dialect, code)
    if make is None or not isinstance(kind, sa.Uuid):
        return make
    return lambda key: None if key is None else known_id(key)


def _converted(make: Convert | None, value: Any) -> Any:
    return value if make is None else make(value)


def run(connection: sa.Connection, statement: sa.Executable, values: Mapping[str, Any], known: Known) -> Rows:
    """Return the rows of a statement; ``known`` remembers, for one database, how its statements are run.

    A row is a tuple with the names of the columns: what it can do is what both SQLAlchemy's rows and named tuples can.
    """
    if connection.dispatch.before_cursor_execute:
        return connection.execute(statement, values).all()
    lengths = tuple([len(value) for value in values.values() if isinstance(value, list | tuple)])
    ways = known.setdefault(statement, {})
    if lengths not in ways:
        return _run_first(connection, statement, values, ways, lengths)
    ready = ways[lengths]
    if ready is None:
        return connection.execute(statement, values).all()
    return ready.ask(connection, values)


def _run_first(
    connection: sa.Connection,
    statement: sa.Executable,
    values: Mapping[str, Any],
    ways: dict[Hashable, _Ready | None],
    lengths: tuple[int, ...],
) -> Rows:
    """Run a statement as SQLAlchemy does, and learn how to run it without."""
    result = connection.execute(statement, values)
    if sum(lengths) > MOST_LISTED or not isinstance(statement, sa.Select):
        return result.all()
    compiled: Any = statement.compile(dialect=connection.dialect)
    if compiled.literal_execute_params or compiled.escaped_bind_names:
        ways[lengths] = None
        return result.all()
    ready = ways[lengths] = _Ready(compiled, connection.dialect, values)
    ready.learn(statement, result, connection.dialect)
    return [ready.shape(row) for row in result]


def change(connection: sa.Connection, statement: sa.Update, values: Mapping[str, Any], known: Known) -> int:
    """Run a statement that changes rows and return how many; ``values`` have the same names and lists each time."""
    if connection.dispatch.before_cursor_execute:
        return connection.execute(statement, values).rowcount
    ways = known.setdefault(statement, {})
    if "change" not in ways:
        compiled: Any = statement.compile(dialect=connection.dialect)
        is_whole = not (
            compiled.update_prefetch or compiled.escaped_bind_names or compiled.literal_execute_params
        )
        ways["change"] = _Ready(compiled, connection.dialect, values) if is_whole else None
    ready = ways["change"]
    if ready is None:
        return connection.execute(statement, values).rowcount
    return ready.change(connection, values)


def insert(
    connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]], known: Known
) -> None:
    """Add rows, each with the same columns; ``known`` remembers, for one database, how its rows are added."""
    if connection.dispatch.before_cursor_execute:
        connection.execute(sa.insert(table), list(rows))
        return
    ways, names = known.setdefault(table, {}), tuple(rows[0])
    if names not in ways:
        compiled: Any = sa.insert(table).inline().compile(dialect=connection.dialect, column_keys=list(names))
        is_whole = not (compiled.insert_prefetch or compiled.escaped_bind_names)
        ways[names] = _Ready(compiled, connection.dialect, rows[0]) if is_whole else None
    ready = ways[names]
    if ready is None:
        connection.execute(sa.insert(table), list(rows))
        return
    if len(rows) == 1:
        ready.change(connection, rows[0])
        return
    with _cursor(connection, ready) as (_held, cursor):
        if len(rows) >= STREAMED and connection.dialect.name == "postgresql":
            with cursor.copy(_stream_into(table, ready.names, connection.dialect)) as stream:
                for row in rows:
                    stream.write_row(ready.in_order(row))
        else:
            cursor.executemany(ready.text, [ready.parameters(row) for row in rows])


def _stream_into(table: sa.Table, names: Iterable[str], dialect: sa.Dialect) -> str:
    """Return the words after which PostgreSQL takes rows with these columns as a stream."""
    quoted = dialect.identifier_preparer
    columns = ", ".join(quoted.format_column(table.columns[name]) for name in names)
    return f"COPY {quoted.format_table(table)} ({columns}) FROM STDIN"


@contextmanager
def _cursor(connection: sa.Connection, ready: _Ready) -> Iterator[tuple[Any, Any]]:
    """Yield what a pool holds of a connection, and the cursor kept with it; what the driver raises becomes SQLAlchemy's error, without any values."""
    held = connection.connection
    cursor = held.info.get("cursor")
    if cursor is None:
        cursor = held.info["cursor"] = held.cursor()
    errors: Any = cast(Any, connection.dialect.loaded_dbapi).Error
    try:
        yield held, cursor
    except errors as error:
        if connection.dialect.is_disconnect(error, cast(Any, held.dbapi_connection), cursor):
            connection.invalidate(error)
        raise sa.exc.DBAPIError.instance(
            ready.text, None, error, errors, hide_parameters=True, dialect=connection.dialect
        ) from error
