"""Bring the database to the newest schema (Alembic behind a small door)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lms.core.db import make_engine, migrations_path, normalise_url

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

__all__ = [
    "alembic_config",
    "current_revisions",
    "downgrade",
    "head_revisions",
    "schema_fault",
    "upgrade",
]


def alembic_config(url: str) -> Config:
    """Return Alembic's configuration for the database at ``url``."""
    from alembic.config import Config  # a start of the product should not wait for Alembic

    config = Config()
    config.set_main_option("script_location", str(migrations_path()))
    config.set_main_option("sqlalchemy.url", normalise_url(url).replace("%", "%%"))
    return config


def _script(url: str) -> ScriptDirectory:
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(alembic_config(url))


def upgrade(url: str, revision: str = "head") -> None:
    """Migrate up to ``revision``."""
    from alembic import command

    command.upgrade(alembic_config(url), revision)


def downgrade(url: str, revision: str = "base") -> None:
    """Migrate down to ``revision``."""
    from alembic import command

    command.downgrade(alembic_config(url), revision)


def head_revisions(url: str) -> set[str]:
    """Return the newest revision of the installed code."""
    return set(_script(url).get_heads())


def current_revisions(url: str) -> set[str]:
    """Return the revision at which the database stands."""
    from alembic.runtime.migration import MigrationContext

    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            return set(MigrationContext.configure(connection).get_current_heads())
    finally:
        engine.dispose()


def schema_fault(url: str) -> str:
    """Return in words what keeps this version from working with the database's schema and what to do; "" is nothing."""
    have, script = current_revisions(url), _script(url)
    if have == set(script.get_heads()):
        return ""
    if not have:
        return "The database is empty. Run `lms db upgrade` first."
    stands = f"The database stands at {', '.join(sorted(have))}"
    if have <= {revision.revision for revision in script.walk_revisions()}:
        return f"{stands}, this version needs {', '.join(script.get_heads())}. Run `lms db upgrade` first."
    return f"{stands}, which this version does not know: a newer one has migrated it. Install the newer one again."
