"""Commands of plans and credit transfer."""

from __future__ import annotations

import json
import sys
from typing import TextIO
from uuid import UUID

import click
from marshmallow import ValidationError

from lms.core.cli import pass_runtime
from lms.core.runtime import Runtime
from lms.plans.contracts import TRANSFER_RULES, TransferRule
from lms.plans.credit_models import CreditCase
from lms.plans.plan_commands import plan
from lms.plans.rules.match_inputs import canonical
from lms.plans.rules.matching import MatchResult, match
from lms.plans.schemas.case_file import read_case, write_case
from lms.plans.service.credit.case_inputs import current_inputs

__all__ = ["COMMANDS"]


@click.group()
def credit() -> None:
    """Compare outside learning with what a school asks for."""


@credit.command("match")
@click.argument("file", type=click.File(encoding="utf-8-sig"), default="-")
@click.option("--json", "as_json", is_flag=True, help="Print the whole report as one JSON object.")
@pass_runtime
def match_case(runtime: Runtime, file: TextIO, as_json: bool) -> None:
    """Say what an application for credit would give, and why.

    FILE is a case as docs/credit-cases.md describes it; nothing is stored.
    """
    try:
        inputs = read_case(json.load(file))
    except (ValueError, RecursionError) as error:
        _refuse({"file": [str(error)]}, as_json)
    except ValidationError as error:
        _refuse(error.messages, as_json)
    sources: list[TransferRule] = list(runtime.registries.of(TRANSFER_RULES))
    result = match(inputs, sources)
    click.echo(json.dumps(canonical(result), ensure_ascii=False) if as_json else "\n".join(_lines(result)))


@credit.command("export", short_help="Print a stored application as a case file.")
@click.argument("case_id", type=click.UUID)
@pass_runtime
def export_case(runtime: Runtime, case_id: UUID) -> None:
    """Print a stored application as the file that `lms credit match` reads; it names nobody."""
    with runtime.read() as session:
        case = session.get(CreditCase, case_id)
        if case is None:
            raise click.ClickException("there is no such application")
        inputs = current_inputs(session, case, runtime.clock.now().date())
    click.echo(json.dumps(write_case(inputs), ensure_ascii=False, indent=1))


def _refuse(faults: object, as_json: bool) -> None:
    text = json.dumps({"faults": faults}, ensure_ascii=False)
    click.echo(text if as_json else f"not a case: {text}", err=not as_json)
    sys.exit(2)


def _lines(result: MatchResult) -> list[str]:
    rows = [
        f"{row.verdict.value:8} {canonical(row.hours):>6} of {canonical(row.hours_total):<6} {row.title or row.target_id}"
        + (f" ({row.reason})" if row.reason else "")
        for row in result.rows
    ]
    return [*rows, f"{result.recommendation}; input {result.input_hash}"]


COMMANDS = (credit, plan)
