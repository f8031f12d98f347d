"""Run a statement that a connection to PostgreSQL has planned before, without what its driver does around every one.

The driver builds a query, a generator and a loop that waits, which costs more than a small answer does. For a statement that
it has planned on this connection (`psycopg` with ``prepare``) all of that is known: the name is sent with its values, and
libpq waits. Planning, forgetting plans and beginning transactions stay with the driver: whatever is not plain goes its way.
What is taken from inside the driver is named here and nowhere else; ``tests/integration/test_direct.py`` holds it to both.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, Sequence
from typing import Any

from psycopg import OperationalError, pq
from psycopg._queries import PostgresQuery
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result

__all__ = ["Planned"]

_IDLE = pq.TransactionStatus.IDLE
_ROWS, _DONE = pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK
#: The driver written in Python alone would be slower this way than its own.
IS_NATIVE = pq.__impl__ != "python"


class Planned:
    """A statement as the driver sends it; one for all connections."""

    def __init__(self, text: str, names: Sequence[str]) -> None:
        """Take the text with ``%(name)s`` in it and the names in the order in which their values come."""
        query: Any = PostgresQuery(Transformer())
        query.convert(text, dict.fromkeys(names))
        order: list[str] = query._order or []
        self._query: bytes = query.query
        self._places = None if order == list(names) else [names.index(name) for name in order]
        self._formats = [PyFormat.AUTO] * len(order)

    def rows(
        self, held: Any, given: Sequence[Any], make_row: Callable[[Sequence[Any]], Any]
    ) -> list[Any] | None:
        """Return the rows, or None where the driver has to be asked; raise its errors. ``held`` is the pool's connection."""
        answer = self._ask(held, given)
        if answer is None:
            return None
        transformer, result = answer
        transformer.set_pgresult(result)
        try:
            found: list[Any] = transformer.load_rows(0, result.ntuples, make_row)
            return found
        finally:
            transformer.set_pgresult(None)  # nothing keeps what was read

    def count(self, held: Any, given: Sequence[Any]) -> int | None:
        """Return how many rows were changed, or None where the driver has to be asked; raise its errors."""
        answer = self._ask(held, given)
        return None if answer is None else int(answer[1].command_tuples or 0)

    def _ask(self, held: Any, given: Sequence[Any]) -> tuple[Any, Any] | None:
        driver, info = held.dbapi_connection, held.info
        channel = driver.pgconn
        if not IS_NATIVE or driver._pipeline is not None:
            return None
        if not driver._autocommit and channel.transaction_status == _IDLE:
            return None  # the driver begins the transaction
        transformer = _transformer(info, driver)
        values = given if self._places is None else [given[place] for place in self._places]
        sent = transformer.dump_sequence(values, self._formats) if values else None
        types = (transformer.types or ()) if values else ()
        plans: Any = driver._prepared._names
        name = plans.get((self._query, types))
        if name is None:
            return None
        plans.move_to_end((self._query, types))  # those that nobody uses are forgotten first
        result = channel.exec_prepared(name, sent, transformer.formats if values else None)
        if result.status in {_ROWS, _DONE}:
            return transformer, result
        if channel.status != pq.ConnStatus.OK:
            raise OperationalError(result.get_error_message())
        raise error_from_result(result)


def _transformer(info: MutableMapping[Any, Any], driver: Any) -> Any:
    """Return what turns values for one connection, and keep it with the connection."""
    kept = info.get("transformer")
    if kept is None or kept.connection is not driver:
        kept = info["transformer"] = Transformer(driver)
    return kept
