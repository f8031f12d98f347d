"""Commands of plans and credit transfer."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from typing import BinaryIO, NoReturn, TextIO
from uuid import UUID

import click
from marshmallow import ValidationError

from lms.core.actor import SYSTEM
from lms.core.cli import pass_runtime
from lms.core.runtime import Runtime
from lms.people.queries import organisation_ids
from lms.plans.contracts import TRANSFER_RULES, TransferRule
from lms.plans.credit_models import CreditCase
from lms.plans.plan_commands import plan
from lms.plans.rules.match_inputs import canonical
from lms.plans.rules.matching import MatchResult, match
from lms.plans.schemas.case_file import read_case, write_case
from lms.plans.schemas.course_catalogue import MOST_BYTES, read_catalogue
from lms.plans.service.credit.case_inputs import current_inputs
from lms.plans.service.credit.catalogues import CatalogueLine, take_catalogue

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


@credit.command(
    "catalogue", short_help="Put the courses of another organisation's catalogue on the school's list."
)
@click.argument("file", type=click.File("rb"))
@click.option("--org", type=click.UUID, required=True, help="Organisation on whose list the courses go.")
@click.option("--dry-run", is_flag=True, help="Only say what would become of each course.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@pass_runtime
def take_courses(runtime: Runtime, file: BinaryIO, org: UUID, dry_run: bool, as_json: bool) -> None:
    """Take FILE over, JSON or CSV as docs/outside-catalogues.md describes it: each course is added, changed, the same or refused."""
    try:
        rows = read_catalogue(file.read(MOST_BYTES + 1))
    except ValueError as error:
        _refuse({"file": [str(error)]}, as_json)
    with runtime.read() as session:
        if org not in organisation_ids(session).values():
            _refuse({"org": ["unknown"]}, as_json)
    lines: list[CatalogueLine] = []
    with suppress(_OnlyLooked), runtime.unit_of_work(SYSTEM) as uow:
        lines = take_catalogue(uow, org, rows)
        if dry_run:
            raise _OnlyLooked
    report = [
        {"place": one.place, "title": one.title, "fate": one.fate.value, "faults": one.faults}
        for one in lines
    ]
    told = [
        f"{one.place:>6} {one.fate.value:8} {one.title} {dict(one.faults) if one.faults else ''}".rstrip()
        for one in lines
    ]
    click.echo(json.dumps(report, ensure_ascii=False) if as_json else "\n".join(told))


class _OnlyLooked(Exception):
    """Leaves a transaction undone."""


def _refuse(faults: object, as_json: bool) -> NoReturn:
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
