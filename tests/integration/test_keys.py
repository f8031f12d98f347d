"""The organisation's key is changed under way: nothing is lost, whenever it stops, and no key that is used is missing."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from lms.cli import main
from lms.core import vault
from lms.core.actor import SYSTEM
from lms.core.db import fetch
from lms.core.keys import KeyMissing, KeyRing
from lms.core.models import PersonKey
from lms.core.runtime import Runtime

SECRET = b"numbers of a face"


def keep(runtime: Runtime, count: int) -> dict[UUID, bytes]:
    """Encrypt something for so many people; return what each one's bytes are."""
    kept = {uuid4(): b"" for _ in range(count)}
    with runtime.unit_of_work(SYSTEM) as uow:
        for person in kept:
            kept[person] = vault.encrypt(uow.session, runtime.keys, person, "faces", SECRET, uow.now())
    return kept


def read_all(runtime: Runtime, kept: dict[UUID, bytes]) -> None:
    """Assert that a process that starts now can read everything."""
    fresh = KeyRing(runtime.keys.folder)
    with runtime.read() as session:
        assert not vault.missing_keys(session, fresh)
        for person, data in kept.items():
            assert vault.decrypt(session, fresh, person, "faces", data) == SECRET


def rotate(environment: dict[str, str], *options: str) -> str:
    done = CliRunner(env=environment).invoke(main, ["keys", "rotate", *options], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_a_rotation_wraps_everything_again_and_deletes_the_old_key(
    runtime: Runtime, environment: dict[str, str]
) -> None:
    kept = keep(runtime, 7)
    old = runtime.keys.organisation_key
    with runtime.unit_of_work(SYSTEM) as uow:
        gone = next(iter(kept))
        vault.destroy_key(uow.session, gone, "faces", uow.now())
    del kept[gone]
    assert f"retired: {old}" in rotate(environment, "--batch", "2")
    assert runtime.keys.organisation_key != old, "a process that runs on sees it at once"
    assert KeyRing(runtime.keys.folder).organisation_keys() == [runtime.keys.organisation_key]
    read_all(runtime, kept)
    kept |= keep(runtime, 1)
    read_all(runtime, kept)
    assert oct((runtime.keys.folder / "organisation.current").stat().st_mode)[-3:] == "600"


@pytest.mark.parametrize("batches", [0, 1, 3])
def test_a_rotation_that_stopped_is_taken_up_with_the_same_key(
    runtime: Runtime, environment: dict[str, str], batches: int
) -> None:
    kept = keep(runtime, 6)
    old = runtime.keys.organisation_key
    new = runtime.keys.add_organisation_key(instead_of=old)
    for _ in range(batches):
        with runtime.unit_of_work(SYSTEM) as uow:
            assert vault.wrap_again(uow.session, runtime.keys, 2) == 2
    read_all(runtime, kept)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert vault.retire_unused(uow.session, runtime.keys) == ([old] if batches == 3 else [])
    said = rotate(environment)
    assert ("taken up" in said) is (batches < 3)
    assert (runtime.keys.organisation_key == new) is (batches < 3)
    read_all(runtime, kept)


def test_a_killed_rotation_loses_nothing(
    runtime: Runtime, environment: dict[str, str], sqlite_url: str
) -> None:
    kept = keep(runtime, 40)
    command = [sys.executable, "-m", "lms", "keys", "rotate", "--batch", "1"]
    with subprocess.Popen(command, env={**os.environ, **environment}, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        for _ in range(5):
            assert process.stderr.readline()
        process.send_signal(signal.SIGKILL)
    assert len(runtime.keys.organisation_keys()) == 2
    read_all(runtime, kept)
    with runtime.read() as session:
        used = vault.keys_in_use(session)
    assert set(used) == set(runtime.keys.organisation_keys())
    assert "taken up" in rotate(environment)
    assert len(KeyRing(runtime.keys.folder).organisation_keys()) == 1
    read_all(runtime, kept)


def test_a_key_is_not_retired_while_somebody_wraps_under_it(runtime: Runtime) -> None:
    kept = keep(runtime, 1)
    person, old = uuid4(), runtime.keys.organisation_key
    retired: list[str] = []

    def retire() -> None:
        with runtime.unit_of_work(SYSTEM) as uow:
            vault.wrap_again(uow.session, runtime.keys, 100)
            retired.extend(vault.retire_unused(uow.session, runtime.keys))

    with runtime.unit_of_work(SYSTEM) as uow:
        kept[person] = vault.encrypt(uow.session, runtime.keys, person, "faces", SECRET, uow.now())
        runtime.keys.add_organisation_key(instead_of=old)
        other = threading.Thread(target=retire)
        other.start()
        other.join(0.5)
        assert old in runtime.keys.organisation_keys()
    other.join(30)
    read_all(runtime, kept)
    assert old in runtime.keys.organisation_keys() or old in retired


def test_nothing_starts_without_a_key_that_is_used(runtime: Runtime, environment: dict[str, str]) -> None:
    keep(runtime, 3)
    name = runtime.keys.organisation_key
    path = runtime.keys.folder / f"organisation-{name}.key"
    away = path.rename(path.with_suffix(".away"))
    for command in (["serve", "--port", "0"], ["worker"], ["keys", "rotate"]):
        done = CliRunner(env={**environment, "LMS_SECURE_COOKIES": "no"}).invoke(main, command)
        assert done.exit_code == 1
        assert f"organisation-{name}.key is missing: the keys of 3 people" in done.output, command
    with pytest.raises(KeyMissing), runtime.unit_of_work(SYSTEM) as uow:
        fresh = KeyRing(runtime.keys.folder)
        vault.encrypt(uow.session, fresh, uuid4(), "faces", SECRET, uow.now())
    assert not KeyRing(runtime.keys.folder).organisation_keys(), "no new key hides that the old one is gone"
    away.rename(path)
    assert CliRunner(env=environment).invoke(main, ["keys", "status"]).exit_code == 0


def test_an_old_key_is_deleted_only_when_the_new_wraps_outlast_a_power_cut(
    runtime: Runtime, environment: dict[str, str], sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not runtime.database.is_sqlite:
        assert runtime.database.settle(), "PostgreSQL writes at every commit"
        return
    keep(runtime, 5)
    on_disk: list[set[str]] = []
    retire = KeyRing.retire_organisation_key

    def cut(keys: KeyRing, name: str) -> None:
        """Look at what is left when the log, which need not be on the disk yet, is lost."""
        left = Path(environment["LMS_DATA_DIR"]).parent / "left.db"
        left.write_bytes(Path(sqlite_url.removeprefix("sqlite:///")).read_bytes())
        left_db = sqlite3.connect(left)
        on_disk.append({row[0] for row in left_db.execute("SELECT wrapped_by FROM person_key")})
        left_db.close()
        retire(keys, name)

    monkeypatch.setattr(KeyRing, "retire_organisation_key", cut)
    old = runtime.keys.organisation_key
    with (
        runtime.read() as reader
    ):  # holds a connection: without one, SQLite takes the log over as the last one closes
        reader.connection()
        assert f"retired: {old}" in rotate(environment)
    assert on_disk == [{runtime.keys.organisation_key}]


def test_what_is_committed_is_not_said_to_be_on_the_disk_while_somebody_reads_what_was_before(
    runtime: Runtime, sqlite_url: str
) -> None:
    if not runtime.database.is_sqlite:
        return

    @sa.event.listens_for(runtime.database.engine, "connect")
    def _never_wait(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA busy_timeout=0")

    runtime.database.dispose()
    with runtime.read() as reader:
        vault.keys_in_use(reader)
        keep(runtime, 1)
        assert not runtime.database.settle()
    assert runtime.database.settle()


def test_a_key_in_force_that_is_missing_is_told_and_made_anew_while_nothing_is_wrapped_under_it(
    runtime: Runtime, environment: dict[str, str]
) -> None:
    kept = keep(runtime, 2)
    old = runtime.keys.organisation_key
    lost = runtime.keys.add_organisation_key(instead_of=old)
    (runtime.keys.folder / f"organisation-{lost}.key").unlink()
    status = CliRunner(env=environment).invoke(main, ["keys", "status"])
    assert (
        status.exit_code,
        f"organisation-{lost}.key is missing: it is the key in force" in status.output,
    ) == (
        1,
        True,
    )
    rotate(environment)
    assert runtime.keys.organisation_keys() == [runtime.keys.organisation_key]
    read_all(runtime, kept)


def test_whoever_puts_a_key_in_force_at_once_puts_the_same(runtime: Runtime) -> None:
    folder = runtime.keys.folder
    with ThreadPoolExecutor(8) as threads:
        first = set(threads.map(lambda _: KeyRing(folder).organisation_key, range(8)))
        old = runtime.keys.organisation_key
        made = set(threads.map(lambda _: KeyRing(folder).add_organisation_key(instead_of=old), range(8)))
    assert first == {old}
    assert made == {runtime.keys.organisation_key} != {old}
    assert runtime.keys.organisation_keys() == sorted([old, *made])


def test_a_session_that_failed_runs_nothing_more_past_its_end(runtime: Runtime) -> None:
    asked = sa.select(PersonKey.purpose).where(PersonKey.person_id == sa.bindparam("person"))
    with runtime.unit_of_work(SYSTEM) as uow:
        for _ in range(2):
            fetch(uow.session, asked, person=uuid4())
        with uow.session.no_autoflush:
            uow.session.add(PersonKey(person_id=uuid4(), purpose="faces"))
            with pytest.raises(sa.exc.IntegrityError):
                uow.session.flush()
            with pytest.raises(sa.exc.PendingRollbackError):
                fetch(uow.session, asked, person=uuid4())
        uow.session.rollback()
