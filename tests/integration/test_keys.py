"""The organisation's key is changed under way: nothing is lost, whenever it stops, and no key that is used is missing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner

from lms.cli import main
from lms.core import vault
from lms.core.actor import SYSTEM
from lms.core.keys import KeyMissing, KeyRing
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
    old, new = runtime.keys.organisation_key, runtime.keys.add_organisation_key()
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
        runtime.keys.add_organisation_key()
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
