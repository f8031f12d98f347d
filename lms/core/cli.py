"""Commands of the ground floor: serve, worker, db, ledger, keys, plugins, settings."""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import socket
import sys
from collections.abc import Callable
from typing import Any, TextIO

import click

from lms.core.runtime import Runtime

__all__ = ["COMMANDS", "RuntimeSource", "pass_runtime", "require_free_port"]


class RuntimeSource:
    """Make the runtime when a command first asks for it, so ``--help`` needs no database."""

    def __init__(self, factory: Callable[[], Runtime]) -> None:
        """Remember how to make it."""
        self._factory = factory
        self._runtime: Runtime | None = None

    def get(self) -> Runtime:
        """Return the process's runtime."""
        if self._runtime is None:
            self._runtime = self._factory()
        return self._runtime

    def close(self) -> None:
        """Close database connections if the runtime was made; called when the command has ended."""
        if self._runtime is not None:
            self._runtime.dispose()
            self._runtime = None


def pass_runtime(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give the command the runtime as its first argument."""

    @click.pass_context
    def wrapper(context: click.Context, *args: Any, **kwargs: Any) -> Any:
        return context.invoke(command, context.find_object(RuntimeSource).get(), *args, **kwargs)  # type: ignore[union-attr]

    wrapper.__name__ = command.__name__
    wrapper.__doc__ = command.__doc__
    wrapper.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]
    return wrapper


def require_free_port(host: str, port: int) -> None:
    """Raise ClickException in words unless the address can be listened on now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            told = f"Port {port} is taken by another program. Choose another one, for example {port + 123}."
        else:
            told = f"Cannot listen on {host}, port {port}: {error.strerror or error}."
        raise click.ClickException(told) from error


def _require_schema(runtime: Runtime) -> None:
    """Raise ClickException in words unless the database is at the schema of this version."""
    from lms.core import migrate

    fault = migrate.schema_fault(runtime.database.url)
    if fault:
        raise click.ClickException(fault)


def _require_keys(runtime: Runtime, *, is_renewing: bool = False) -> None:
    """Raise ClickException in words unless every key that something here depends on is in the folder of the keys."""
    from lms.core import vault

    with runtime.read() as session:
        faults = vault.missing_keys(session, runtime.keys, is_renewing=is_renewing)
    if faults:
        told = "\n".join(faults)
        raise click.ClickException(
            f"{told}\nBring the folder of the keys back from its own backup; nothing was changed."
        )


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on.")
@click.option(
    "--workers", default=1, show_default=True, help="Web processes; several need LMS_RATELIMIT_URL."
)
@click.option("--threads", default=8, show_default=True, help="Threads in each process.")
@click.option("--access-log", is_flag=True, help="Write one line for each request.")
@pass_runtime
def serve(runtime: Runtime, host: str, port: int, workers: int, threads: int, access_log: bool) -> None:
    """Serve the web application (gunicorn, production settings)."""
    from lms.core.serve import serve as run
    from lms.core.settings import SettingsError, require_production

    try:
        require_production(os.environ, workers=workers)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    require_free_port(host, port)
    _require_schema(runtime)
    _require_keys(runtime)
    runtime.dispose()  # each process of the web makes its own
    run(host=host, port=port, workers=workers, threads=threads, access_log=access_log)


@click.command()
@click.option(
    "--processes", default=1, show_default=True, help="Processes that take jobs (one a core for faces)."
)
@click.option("--consumer", is_flag=True, hidden=True, help="Be one of those processes.")
@pass_runtime
def worker(runtime: Runtime, processes: int, consumer: bool) -> None:
    """Deliver events, run sweeps and take jobs from the queue."""
    from lms.core.logging import configure_logging
    from lms.core.worker import run_consumer, run_worker

    configure_logging(runtime.settings.core.log_level)
    if consumer:
        run_consumer(runtime)
    else:
        _require_schema(runtime)
        _require_keys(runtime)
        run_worker(runtime, processes)


@click.group()
def db() -> None:
    """Migrate the database."""


@db.command("upgrade")
@click.argument("revision", default="head")
@pass_runtime
def db_upgrade(runtime: Runtime, revision: str) -> None:
    """Migrate up to REVISION (default: newest)."""
    from alembic.util import CommandError

    from lms.core import migrate

    try:
        migrate.upgrade(runtime.database.url, revision)
    except CommandError as error:
        is_named = revision != "head"
        told = str(error) if is_named else migrate.schema_fault(runtime.database.url)
        raise click.ClickException(told) from error
    click.echo("database is at " + ", ".join(sorted(migrate.current_revisions(runtime.database.url))))


@db.command("downgrade")
@click.argument("revision")
@pass_runtime
def db_downgrade(runtime: Runtime, revision: str) -> None:
    """Migrate down to REVISION (base = empty)."""
    from alembic.util import CommandError

    from lms.core import migrate

    try:
        migrate.downgrade(runtime.database.url, revision)
    except CommandError as error:
        raise click.ClickException(str(error)) from error
    click.echo(
        "database is at " + (", ".join(sorted(migrate.current_revisions(runtime.database.url))) or "base")
    )


@db.command("current")
@pass_runtime
def db_current(runtime: Runtime) -> None:
    """Print the revision of the database and the newest one."""
    from lms.core import migrate

    url = runtime.database.url
    click.echo(f"database: {', '.join(sorted(migrate.current_revisions(url))) or 'empty'}")
    click.echo(f"newest:   {', '.join(sorted(migrate.head_revisions(url)))}")


@click.group()
def ledger() -> None:
    """Check and anchor the audit chain."""


@ledger.command("verify")
@click.option("--json", "as_json", is_flag=True, help="Print faults as JSON.")
@click.option(
    "--heads",
    type=click.File(encoding="utf-8"),
    help="Compare also with heads that `lms ledger heads` printed before.",
)
@pass_runtime
def ledger_verify(runtime: Runtime, as_json: bool, heads: TextIO | None) -> None:
    """Walk every chain and name the first bad entry of each.

    Exits 1 when there is one. Chains are compared with the heads seen last, which stand in the folder of the keys,
    and the rows that a chain tells of (results, marks, grants) with the chain.
    """
    import sqlalchemy as sa

    from lms.core import anchors
    from lms.core import ledger as chain
    from lms.core.contracts import LEDGER_WITNESSES
    from lms.core.models import LedgerEntry

    exported = json.load(heads) if heads else []
    with runtime.read() as session:
        faults = list(chain.verify(session, runtime.keys))
        faults += chain.compare(session, anchors.anchored_heads(runtime.keys))
        faults += chain.compare(
            session, exported if all(chain.is_head(runtime.keys, head) for head in exported) else None
        )
        if not faults:  # what a broken chain says of rows proves nothing
            witnesses = runtime.registries.of(LEDGER_WITNESSES)
            faults += [fault for witness in witnesses for fault in witness.faults(session, runtime.keys)]
        count = session.scalar(sa.select(sa.func.count()).select_from(LedgerEntry))
    if not faults:
        anchors.anchor(runtime)
    if as_json:
        click.echo(json.dumps([{**dataclasses.asdict(f), "entry_id": str(f.entry_id)} for f in faults]))
    for fault in [] if as_json else faults:
        click.echo(f"BAD {fault.stream} entry {fault.seq} ({fault.entry_id or 'no entry'}): {fault.reason}")
    if not faults and not as_json:
        click.echo(f"ledger is whole: {count} entries")
    sys.exit(1 if faults else 0)


@ledger.command("heads")
@pass_runtime
def ledger_heads(runtime: Runtime) -> None:
    """Print the signed heads as JSON, to be kept outside.

    On paper, by mail, in another system: `lms ledger verify --heads FILE` compares with them.
    """
    from lms.core import ledger as chain

    with runtime.read() as session:
        click.echo(json.dumps(chain.export_heads(session), indent=2))


@click.group()
def keys() -> None:
    """Look after the key that wraps people's keys."""


@keys.command("status")
@pass_runtime
def keys_status(runtime: Runtime) -> None:
    """Say which keys there are and what is wrapped under each.

    Exits 1 when one that is used is missing.
    """
    from lms.core import vault

    with runtime.read() as session:
        used, faults = vault.keys_in_use(session), vault.missing_keys(session, runtime.keys)
    for name in runtime.keys.organisation_keys():
        mark = " (in force)" if not faults and name == runtime.keys.organisation_key else ""
        click.echo(f"{name}: {used.get(name, 0)} people's keys{mark}")
    for fault in faults:
        click.echo(f"BAD {fault}")
    sys.exit(1 if faults else 0)


@keys.command("rotate")
@click.option(
    "--batch", type=click.IntRange(1), default=500, show_default=True, help="Keys in one transaction."
)
@pass_runtime
def keys_rotate(runtime: Runtime, batch: int) -> None:
    """Put a new organisation's key in force.

    The keys of people are wrapped again, in batches, and the old key is deleted once nothing is wrapped under it. Ended half
    way it is taken up where it stopped. Web and worker go on meanwhile; keep a backup of the folder of the keys.
    """
    from lms.core import vault
    from lms.core.actor import SYSTEM

    _require_keys(runtime, is_renewing=True)
    in_force = runtime.keys.organisation_key
    with runtime.read() as session:
        is_unfinished = bool(set(vault.keys_in_use(session)) - {in_force})
    if not is_unfinished or in_force not in runtime.keys.organisation_keys():
        runtime.keys.add_organisation_key(instead_of=in_force)
    done = 0
    while True:
        with runtime.unit_of_work(SYSTEM) as uow:
            count = vault.wrap_again(uow.session, runtime.keys, batch)
        if not count:
            break
        done += count
        click.echo(f"{done} wrapped again", err=True)
    retired = []
    # a wrap that a power cut could still undo needs the old key
    if runtime.database.settle():
        with runtime.unit_of_work(SYSTEM) as uow:
            retired = vault.retire_unused(uow.session, runtime.keys)
    else:
        click.echo("No key was deleted: the database is being read. Rotate again later.", err=True)
    taken_up = " (taken up where it had stopped)" if is_unfinished else ""
    click.echo(f"in force: {runtime.keys.organisation_key}{taken_up}; {done} wrapped again")
    click.echo(f"retired: {', '.join(retired) or 'none'}")


@click.group()
def plugins() -> None:
    """Look at the installed plug-ins."""


@plugins.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_runtime
def plugins_list(runtime: Runtime, as_json: bool) -> None:
    """List every plug-in and where it comes from.

    One that is unavailable says why.
    """
    rows = []
    for registry in runtime.registries:
        for name in registry.names():
            source = registry.source_of(name)
            rows.append({"group": registry.group.name, "name": name, "source": source, "unavailable": None})
        for item in registry.unavailable:
            group = registry.group.name
            rows.append(
                {"group": group, "name": item.name, "source": item.source, "unavailable": item.reason}
            )
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        note = f"  UNAVAILABLE: {row['unavailable']}" if row["unavailable"] else ""
        click.echo(f"{row['group']:28} {row['name']:24} {row['source']}{note}")


COMMANDS: tuple[click.Command, ...] = (serve, worker, db, ledger, keys, plugins)
