"""Commands of assessment."""

from __future__ import annotations

import json
import sys
from typing import TextIO
from uuid import UUID

import click

from lms.assessment import service
from lms.assessment.maths.rows import verdicts
from lms.assessment.maths.sandbox import Sandbox
from lms.assessment.stats_commands import stats
from lms.core.cli import pass_runtime
from lms.core.errors import InvalidInput
from lms.core.runtime import Runtime

__all__ = ["COMMANDS"]


@click.group()
def exams() -> None:
    """Check receipts and seals of examinations."""


@exams.command("check-receipt")
@click.argument("file", type=click.File(encoding="utf-8"), default="-")
@pass_runtime
def check_receipt(runtime: Runtime, file: TextIO) -> None:
    """Say whether a receipt is genuine and its answer kept.

    FILE holds the receipt as JSON; standard input by default.
    """
    try:
        receipt = service.read_receipt(json.load(file))
    except (ValueError, InvalidInput):
        click.echo("this is not a receipt")
        sys.exit(2)
    with runtime.read() as session:
        found = service.verify_receipt(session, runtime.keys, receipt)
    click.echo("genuine" if found.is_genuine else "NOT genuine: we never signed this")
    if found.is_genuine:
        click.echo("kept unchanged" if found.is_kept else "NOT kept: the answer is missing or was changed")
    sys.exit(0 if found.is_genuine and found.is_kept else 1)


@exams.command("check-seal")
@click.argument("attempt_id", type=click.UUID)
@pass_runtime
def check_seal(runtime: Runtime, attempt_id: UUID) -> None:
    """Say whether an ended attempt's answers are unchanged.

    They are compared with the seal that was set at its end.
    """
    with runtime.read() as session:
        is_whole = service.verify_attempt(session, runtime.keys, attempt_id)
    click.echo("the seal holds" if is_whole else "the seal DOES NOT hold")
    sys.exit(0 if is_whole else 1)


@click.group()
def maths() -> None:
    """Check how mathematical answers are compared."""


@maths.command("compare")
@click.argument("file", type=click.File(encoding="utf-8", errors="replace"), default="-")
def compare_maths(file: TextIO) -> None:
    """Say for each line of FILE whether the answer holds.

    A line is JSON: test, student, teacher, options; one line is printed for each.
    """
    sandbox = Sandbox()
    try:
        for verdict in verdicts(file, sandbox):
            click.echo(verdict)
    finally:
        sandbox.close()


COMMANDS: tuple[click.Command, ...] = (stats, exams, maths)
