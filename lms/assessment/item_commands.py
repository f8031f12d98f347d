"""The commands that move questions between this school and other systems."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from lms.assessment import queries, service
from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.formats.values import Reason
from lms.assessment.formats.words import reason_words
from lms.assessment.formats.writing import FORMATS
from lms.assessment.queries.imports import ImportRowView, import_card, import_rows
from lms.assessment.service import ImportOutcome
from lms.assessment.tasks import run_import
from lms.core.actor import SYSTEM
from lms.core.cli import pass_runtime
from lms.core.errors import LmsError
from lms.core.runtime import Runtime
from lms.people.queries import organisation_ids

__all__ = ["items"]


@click.group()
def items() -> None:
    """Move questions between this school and other systems."""


@items.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--bank", type=click.UUID, help="Bank to import into; by default one named like the file.")
@click.option("--dry-run", is_flag=True, help="Only say what would become of each question.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@pass_runtime
def import_file(runtime: Runtime, file: Path, bank: UUID | None, dry_run: bool, as_json: bool) -> None:
    """Take over the questions of FILE.

    It may be Moodle XML, GIFT, Aiken, QTI 1.2 to 3.0, as a file or a package. Every question is reported with its place in the file: imported, changed or refused, and why.
    """
    try:
        data = file.read_bytes()
        report = _preview(runtime, data) if dry_run else _import(runtime, file, data, bank)
    except LmsError as error:
        report = {"questions": [], "reason": error.code}
    except OSError as error:
        report = _report([], Reason("file.not_opened", str(error.strerror)), "")
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
    else:
        _print(report)
    sys.exit(1 if report["reason"] else 0)


def _preview(runtime: Runtime, data: bytes) -> dict[str, Any]:
    read, outcomes = service.preview_import(data, runtime.registries.of(QUESTION_TYPES))
    return _report(outcomes, read.reason, read.place)


def _import(runtime: Runtime, file: Path, data: bytes, bank: UUID | None) -> dict[str, Any]:
    chosen = bank or _bank_of(runtime, file.stem)
    if chosen is None:
        return _report([], Reason("import.no_bank"), "")
    with runtime.unit_of_work(SYSTEM) as uow:
        import_id = service.begin_import(uow, chosen, data, file.name, wake=False)
    run_import(runtime, {"import_id": str(import_id)})
    with runtime.read() as session:
        card, rows = import_card(session, import_id), import_rows(session, import_id)
    return _report(rows, card.reason, card.place)


def _bank_of(runtime: Runtime, title: str) -> UUID | None:
    """Return the bank of that title in the only organisation, opened when it is not there; None without such a school."""
    with runtime.read() as session:
        organisations = list(organisation_ids(session).values())
        banks = queries.banks_of(session, organisations)
    if len(organisations) != 1:
        return None
    known = next((card.id for card in banks if card.title == title[:200]), None)
    if known is not None:
        return known
    with runtime.unit_of_work(SYSTEM) as uow:
        return service.create_bank(uow, org_id=organisations[0], title=title[:200], subject="other")


def _report(
    rows: Sequence[ImportOutcome | ImportRowView], reason: Reason | None, place: str
) -> dict[str, Any]:
    """Return the report in the documented shape; a reason is its code and a sentence."""
    questions = [
        {
            "ref": row.ref,
            "type": row.type,
            "status": row.status.value,
            "reason": "; ".join(_worded(why) for why in row.reasons),
            "place": row.place,
        }
        for row in rows
    ]
    overall = "" if reason is None else _worded(reason) + (f" [{place}]" if place else "")
    return {"questions": questions, "reason": overall}


def _worded(reason: Reason) -> str:
    return f"{reason.code}: {reason_words(reason)}"


def _print(report: dict[str, Any]) -> None:
    for row in report["questions"]:
        why = f"  {row['reason']}" if row["reason"] else ""
        click.echo(f"{row['status']:9} {row['place']}  {row['ref']} ({row['type']}){why}")
    if report["reason"]:
        click.echo(report["reason"])
    counts = [row["status"] for row in report["questions"]]
    click.echo(", ".join(f"{counts.count(kind)} {kind}" for kind in ("imported", "changed", "refused")))


@items.command("export")
@click.argument("bank", type=click.UUID)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--format",
    "style",
    type=click.Choice(sorted(FORMATS)),
    default="qti3",
    show_default=True,
    help="Format of the file.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was left out as JSON.")
@pass_runtime
def export_file(runtime: Runtime, bank: UUID, file: Path, style: str, as_json: bool) -> None:
    """Write the questions of BANK into FILE.

    Those that the format cannot say are named and left out.
    """
    try:
        with runtime.unit_of_work(SYSTEM) as uow:
            written = service.export_bank(uow, bank, style)
    except LmsError as error:
        raise click.ClickException(error.code) from error
    file.write_bytes(written.data)
    left_out = [
        {"ref": found.ref, "type": found.kind, "reason": _worded(reason)} for found, reason in written.refused
    ]
    if as_json:
        click.echo(json.dumps({"written": written.count, "left_out": left_out}, ensure_ascii=False))
        return
    for row in left_out:
        click.echo(f"left out  {row['ref']} ({row['type']})  {row['reason']}")
    click.echo(f"{written.count} written, {len(left_out)} left out")
