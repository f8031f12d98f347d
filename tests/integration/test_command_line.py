"""The command line refuses in words, before anything is changed: no traceback, and what to do next."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from lms.cli import main
from lms.core import migrate
from lms.core.db import make_engine


def call(folder: Path, *words: str, **settings: str) -> Result:
    """Call ``lms`` with nothing but these settings."""
    environment = {"LMS_DATA_DIR": str(folder), "LMS_SECURE_COOKIES": "no", **settings}
    return CliRunner().invoke(main, words, env=environment)


def stand_at(url: str, revision: str) -> None:
    """Write another revision into a database, as another version of the product would have left it."""
    engine = make_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = :number"), {"number": revision})
    engine.dispose()


def test_a_schema_that_is_missing_behind_or_ahead_is_told_with_what_to_do(engine_url: str) -> None:
    assert migrate.schema_fault(engine_url) == ""
    stand_at(engine_url, "0007_proctoring")
    assert "needs 0008_profiles. Run `lms db upgrade` first" in migrate.schema_fault(engine_url)
    stand_at(engine_url, "0099_future")
    assert "a newer one has migrated it" in migrate.schema_fault(engine_url)


def test_an_empty_database_is_told_with_what_to_do(empty_url: str) -> None:
    assert migrate.schema_fault(empty_url) == "The database is empty. Run `lms db upgrade` first."


@pytest.mark.parametrize("words", [("serve", "--port", "0"), ("worker",)])
def test_nothing_starts_over_an_empty_database(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = call(tmp_path, *words)
    assert (done.exit_code, done.output) == (1, "Error: The database is empty. Run `lms db upgrade` first.\n")


def test_a_database_that_cannot_be_asked_is_told_in_words(tmp_path: Path) -> None:
    empty = call(tmp_path, "users", "list")
    assert empty.exit_code == 1
    assert "has `lms db upgrade` been run?" in empty.output
    away = call(tmp_path, "users", "list", LMS_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert away.exit_code == 1
    assert "LMS_DATABASE_URL" in away.output


def test_a_newer_database_and_a_revision_that_never_was_are_told_apart(
    tmp_path: Path, engine_url: str
) -> None:
    unknown = call(tmp_path, "db", "upgrade", "nonsense", LMS_DATABASE_URL=engine_url)
    assert unknown.exit_code == 1
    assert "nonsense" in unknown.output
    stand_at(engine_url, "0099_future")
    newer = call(tmp_path, "db", "upgrade", LMS_DATABASE_URL=engine_url)
    assert newer.exit_code == 1
    assert "a newer one has migrated it" in newer.output


def test_a_taken_port_is_told_before_anything_is_prepared(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        demo = call(tmp_path, "demo", "run", "--port", port, "--dir", str(folder))
        web = call(tmp_path, "serve", "--port", port)
    for done in (demo, web):
        assert done.exit_code == 1
        assert f"Port {port} is taken by another program. Choose another one" in done.output
    assert not folder.exists()


def test_starting_afresh_never_deletes_a_folder_that_is_no_demo(tmp_path: Path) -> None:
    folder = tmp_path / "photographs"
    folder.mkdir()
    (folder / "summer.jpg").write_bytes(b"the only copy")
    done = call(tmp_path, "demo", "run", "--reset", "--port", "0", "--dir", str(folder))
    assert done.exit_code == 1
    assert "nothing was deleted" in done.output
    assert (folder / "summer.jpg").read_bytes() == b"the only copy"
