"""Sessions for reading: one connection for as long as they are held, and nothing more once they are closed."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import InvalidRequestError

from lms.core.actor import SYSTEM
from lms.core.db import fetch, fetch_once
from lms.core.models import OutboxEvent
from lms.core.runtime import Runtime
from lms.core.web.context import read_session, unit_of_work

ONE = sa.select(sa.literal(1))


def test_a_session_for_reading_keeps_its_connection_until_it_is_let_go(runtime: Runtime) -> None:
    pool = runtime.database.engine.pool
    assert isinstance(pool, sa.QueuePool)
    session = runtime.database.read_session()
    for let_go in (session.rollback, session.commit, session.close):
        assert [fetch(session, ONE)[0][0] for _ in range(2)] == [1, 1]
        assert pool.checkedout() == 1
        let_go()
        assert pool.checkedout() == 0


def test_a_page_cannot_read_with_the_session_of_before_it_wrote(app: Flask) -> None:
    with app.test_request_context():
        before = read_session()
        assert fetch_once(before, ONE)[0][0] == 1
        with unit_of_work(SYSTEM):
            pass
        for read in (fetch, fetch_once):
            with pytest.raises(InvalidRequestError, match="permanently closed"):
                read(before, ONE)
        with pytest.raises(InvalidRequestError, match="permanently closed"):
            before.get(OutboxEvent, 1)
        assert fetch_once(read_session(), ONE)[0][0] == 1


def test_nobody_works_on_with_a_transaction_that_has_ended(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(ONE)
    with pytest.raises(InvalidRequestError, match="permanently closed"):
        uow.session.execute(ONE)
