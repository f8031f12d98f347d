"""Files: known content, encrypted evidence, expiry, and destruction by destroying the key."""

from __future__ import annotations

from datetime import timedelta
from threading import Thread
from uuid import uuid4

import pytest

from lms.core import vault
from lms.core.actor import SYSTEM
from lms.core.clock import FixedClock
from lms.core.errors import Gone
from lms.core.files import purge_expired
from lms.core.runtime import Runtime


def test_a_stored_file_comes_back_as_it_was(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        row = uow.store_file(b"bytes", area="course", media_type="text/plain", name="a.txt")
    with runtime.unit_of_work(SYSTEM) as uow:
        assert uow.open_file(row.id)[1] == b"bytes"


def test_evidence_is_unreadable_on_the_disk_and_after_its_key_is_destroyed(runtime: Runtime) -> None:
    person = uuid4()
    with runtime.unit_of_work(SYSTEM) as uow:
        row = uow.store_file(
            b"a face",
            area="evidence",
            media_type="image/jpeg",
            name="f.jpg",
            owner=person,
            encrypt_for=person,
        )
    assert b"a face" not in runtime.files.get(row.key)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert uow.open_file(row.id)[1] == b"a face"
        assert vault.destroy_key(uow.session, person, "evidence", uow.now())
    with pytest.raises(Gone, match=r"vault\.destroyed"), runtime.unit_of_work(SYSTEM) as uow:
        uow.open_file(row.id)


def test_an_expired_file_is_deleted_and_its_hash_stays(runtime: Runtime, clock: FixedClock) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        row = uow.store_file(
            b"old",
            area="evidence",
            media_type="image/jpeg",
            name="o.jpg",
            expires_at=uow.now() + timedelta(days=30),
        )
    clock.advance(timedelta(days=29))
    with runtime.unit_of_work(SYSTEM) as uow:
        assert purge_expired(uow.session, runtime.files, uow.now()) == []
    clock.advance(timedelta(days=2))
    with runtime.unit_of_work(SYSTEM) as uow:
        assert purge_expired(uow.session, runtime.files, uow.now()) == [row.id]
    with pytest.raises(Gone, match=r"file\.expired"), runtime.unit_of_work(SYSTEM) as uow:
        uow.open_file(row.id)


def test_two_files_of_one_content_share_their_bytes_until_the_last_goes(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        first = uow.store_file(
            b"same", area="course", media_type="text/plain", name="1", expires_at=uow.now()
        )
        second = uow.store_file(b"same", area="course", media_type="text/plain", name="2")
        assert first.key == second.key
    with runtime.unit_of_work(SYSTEM) as uow:
        purge_expired(uow.session, runtime.files, uow.now())
        assert uow.open_file(second.id)[1] == b"same"


def test_bytes_are_not_deleted_while_somebody_begins_to_share_them(
    runtime: Runtime, clock: FixedClock
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.store_file(b"both", area="course", media_type="text/plain", name="1", expires_at=uow.now())

    def sweep() -> None:
        with runtime.unit_of_work(SYSTEM) as uow:
            purge_expired(uow.session, runtime.files, uow.now())

    beside = Thread(target=sweep)
    with runtime.unit_of_work(SYSTEM) as uow:
        second = uow.store_file(b"both", area="course", media_type="text/plain", name="2")
        beside.start()
        beside.join(0.5)  # as much time as it would need, if it did not wait
    beside.join()
    with runtime.unit_of_work(SYSTEM) as uow:
        assert uow.open_file(second.id)[1] == b"both"
