"""Sessions for reading: one connection for as long as they are held, a new one when they are used again."""

from __future__ import annotations

import sqlalchemy as sa

from lms.core.db import fetch
from lms.core.runtime import Runtime

ONE = sa.select(sa.literal(1))


def test_a_session_for_reading_keeps_its_connection_until_it_is_let_go(runtime: Runtime) -> None:
    pool = runtime.database.engine.pool
    assert isinstance(pool, sa.QueuePool)
    session = runtime.database.read_session()
    for let_go in (session.close, session.rollback, session.commit):
        assert [fetch(session, ONE)[0][0] for _ in range(2)] == [1, 1]
        assert pool.checkedout() == 1
        let_go()
        assert pool.checkedout() == 0
