"""The schema comes from the migrations alone, on both engines, up and down."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from lms.app import installed_features
from lms.core import migrate
from lms.core.db import Base, make_engine
from tests.architecture.conftest import Source

installed_features()  # every feature registers its tables


@pytest.fixture
def connection(engine_url: str) -> Iterator[sa.Connection]:
    """Open a migrated database."""
    engine = make_engine(engine_url)
    with engine.connect() as opened:
        yield opened
    engine.dispose()


def tables(url: str) -> set[str]:
    """Return the names of the tables in a database."""
    engine = make_engine(url)
    try:
        return set(sa.inspect(engine).get_table_names()) - {"alembic_version"}
    finally:
        engine.dispose()


def test_up_down_up(empty_url: str) -> None:
    migrate.upgrade(empty_url)
    full = tables(empty_url)
    assert full >= set(Base.metadata.tables)
    migrate.downgrade(empty_url)
    assert tables(empty_url) == set()
    migrate.upgrade(empty_url)
    assert tables(empty_url) == full


def test_the_models_and_the_migrations_say_the_same(connection: sa.Connection) -> None:
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "compare_server_default": True}
    )
    assert compare_metadata(context, Base.metadata) == []


def test_every_enumeration_is_checked_by_the_database(connection: sa.Connection) -> None:
    """Autogenerate does not compare CHECK constraints, so a new member could be forgotten in a migration."""
    inspector = sa.inspect(connection)
    for table in Base.metadata.tables.values():
        written = " ".join(check["sqltext"] for check in inspector.get_check_constraints(table.name))
        for column in table.columns:
            if isinstance(column.type, sa.Enum):
                missing = [value for value in column.type.enums if f"'{value}'" not in written]
                assert not missing, f"{table.name}.{column.name} does not allow {missing}"


def test_the_history_is_one_line(engine_url: str) -> None:
    assert len(migrate.head_revisions(engine_url)) == 1
    assert migrate.current_revisions(engine_url) == migrate.head_revisions(engine_url)


def test_every_model_module_is_known_to_the_migrations(sources: list[Source]) -> None:
    declared = {
        statement.value.value
        for source in sources
        for node in source.nodes
        if isinstance(node, ast.ClassDef)
        for statement in node.body
        if isinstance(statement, ast.Assign)
        and isinstance(statement.targets[0], ast.Name)
        and statement.targets[0].id == "__tablename__"
        and isinstance(statement.value, ast.Constant)
    }
    assert declared == set(Base.metadata.tables) & declared


def test_no_two_constraints_of_a_table_have_one_name() -> None:
    """SQLite takes them silently, PostgreSQL refuses the table."""
    faults = []
    for table in Base.metadata.tables.values():
        names = [str(constraint.name) for constraint in table.constraints if constraint.name]
        faults += [f"{table.name}: {name}" for name in set(names) if names.count(name) > 1]
    assert not faults, ", ".join(faults)
