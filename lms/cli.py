"""The command line: ``lms``."""

from __future__ import annotations

import gc
from typing import Any

import click
from sqlalchemy.exc import DatabaseError

from lms.core.cli import RuntimeSource
from lms.core.settings import SettingsError

__all__ = ["main"]

ADVICE = "Is LMS_DATABASE_URL (or LMS_DATA_DIR) the right one, and has `lms db upgrade` been run?"


class _Commands(click.Group):
    """Collect the features' commands when they are first asked for."""

    _loaded = False

    def _load(self) -> None:
        if self._loaded:
            return
        from lms.app import installed_features

        self._loaded = True
        gc.disable()  # modules stay: looking for garbage between them costs a sixth of the start
        try:
            features = installed_features()
        finally:
            gc.enable()
        for feature in features:
            for command in feature.commands:
                self.add_command(command)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return all commands in alphabetical order."""
        self._load()
        return super().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return one command."""
        self._load()
        return super().get_command(ctx, cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a database that cannot be asked is told in words."""
        try:
            return super().invoke(ctx)
        except DatabaseError as error:
            told = f"The database cannot be used: {str(error.orig).strip()}"
            raise click.ClickException(f"{told}\n{ADVICE}") from error


def _make_runtime() -> object:
    from lms.app import create_runtime

    try:
        return create_runtime()
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="marshrut-lms")
@click.pass_context
def main(context: click.Context) -> None:
    """Marshrut: learn anywhere, show it is you, make it count.

    Start with `lms demo run`; a school's own installation needs `lms db upgrade`, `lms serve` and `lms worker`.
    Settings come from LMS_* variables; see docs/settings.md.
    """
    context.obj = RuntimeSource(_make_runtime)  # type: ignore[arg-type]
    context.call_on_close(context.obj.close)
