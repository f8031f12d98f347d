"""Commands of the demonstration: run, build, logins."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import click

from lms.core.cli import RuntimeSource, require_free_port

__all__ = ["COMMANDS"]

DEFAULT_DIR = Path("var/demo")
#: Stands in the demo's folder once everything is in it.
FINISHED = "demo-is-built"


def _environment(folder: Path, port: int) -> dict[str, str]:
    """Return the environment of the demo's processes; settings given from outside win."""
    defaults = {
        "LMS_DATA_DIR": str(folder.resolve()),
        "LMS_BASE_URL": f"http://localhost:{port}",  # browsers give no passkeys to an address of digits
        "LMS_SECURE_COOKIES": "no",
    }
    return {**defaults, **os.environ}


folder_option = click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path),
    default=DEFAULT_DIR,
    show_default=True,
    help="Folder of the demo.",
)


@click.group()
def demo() -> None:
    """Run a demonstration school on this machine."""


@demo.command("build")
@folder_option
@click.option("--bare", is_flag=True, help="Leave out what has happened to Sonya: her story begins here.")
@click.pass_context
def build(context: click.Context, folder: Path, bare: bool) -> None:
    """Migrate the demo's database and load the school.

    Nothing happens when the school is there already.
    """
    _build(context, _environment(folder, 8000), lived=not bare)


def _build(context: click.Context, environment: dict[str, str], *, lived: bool = True) -> None:
    """Build in this process, under the demo's settings."""
    from lms.core import migrate
    from lms.demo.build import build_demo

    os.environ.update(environment)
    source = context.find_object(RuntimeSource)
    assert source is not None, "the command line always brings one"
    runtime = source.get()
    core = runtime.settings.core
    finished = core.data_dir / FINISHED
    if not core.database_url and (core.data_dir / "lms.db").exists() and not finished.exists():
        click.echo("The last preparation was interrupted; starting afresh …")
        shutil.rmtree(core.data_dir)
        core.data_dir.mkdir(parents=True)
    migrate.upgrade(runtime.database.url)
    build_demo(runtime, lived=lived)
    finished.touch()
    runtime.dispose()


@demo.command("logins")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list of {role, name, login, password}.")
def logins(as_json: bool) -> None:
    """Print who can sign in to the demo."""
    from lms.demo.cast import CAST, NEWCOMERS

    rows = [
        {"role": p.title, "name": p.name, "login": p.login, "password": p.password}
        for p in (*CAST, *NEWCOMERS)
    ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for row in rows:
        click.echo(f"  {row['role']:18} {row['login']:10} {row['password']:20} {row['name']}")


@demo.command("run")
@click.option("--port", default=8000, show_default=True, help="Port of the demo.")
@click.option("--reset", is_flag=True, help="Throw the old demo away first.")
@folder_option
@click.pass_context
def run(context: click.Context, port: int, reset: bool, folder: Path) -> None:
    """Run the demo school in the foreground; Ctrl-C stops all.

    Loads the school first when it is not there yet, then starts web and worker.
    """
    require_free_port("127.0.0.1", port)
    if reset:
        _throw_away(folder)
    environment = _environment(folder, port)
    click.echo("Preparing the demo school …")
    _build(context, environment)
    lms = [sys.executable, "-m", "lms"]
    processes = [
        subprocess.Popen([*lms, "worker"], env=environment),
        subprocess.Popen([*lms, "serve", "--port", str(port)], env=environment),
    ]
    for number in (signal.SIGINT, signal.SIGTERM):  # whoever started us may have told us to ignore Ctrl-C
        signal.signal(number, _interrupt)
    try:
        _wait_until_ready(f"http://127.0.0.1:{port}/health/ready", processes)
        click.echo(f"\nMarshrut is at {environment['LMS_BASE_URL']}\n\nWho can sign in (login, password):")
        context.invoke(logins, as_json=False)
        click.echo("\nCtrl-C stops everything.")
        while all(process.poll() is None for process in processes):
            time.sleep(0.5)
    except KeyboardInterrupt:
        _be_stopped_once()
        click.echo("\nStopping …")
    finally:
        _be_stopped_once()
        _stop(processes)
    codes = [process.returncode for process in processes]
    sys.exit(0 if all(code in {0, -signal.SIGTERM, -signal.SIGINT} for code in codes) else 1)


def _throw_away(folder: Path) -> None:
    """Delete the folder of a demo; a folder with anything else in it is left alone."""
    if not folder.exists():
        return
    if not (folder / "lms.db").exists() and any(folder.iterdir()):
        raise click.ClickException(f"{folder} is no folder of a demo; nothing was deleted.")
    shutil.rmtree(folder)


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _be_stopped_once() -> None:
    """Take no further signal: one that comes while the processes end would leave them behind."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def _wait_until_ready(url: str, processes: list[subprocess.Popen[bytes]], timeout_s: float = 180) -> None:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if any(process.poll() is not None for process in processes):
            raise click.ClickException("a process ended before the demo was up; its messages stand above")
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            pass  # not up yet
        time.sleep(0.3)
    raise click.ClickException(
        "the demo did not come up within three minutes; is the machine very busy? Start it again"
    )


def _stop(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.poll() is None:
            process.terminate()
    for process in processes:
        try:
            process.wait(25)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


COMMANDS = (demo,)
