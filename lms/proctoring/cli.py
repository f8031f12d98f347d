"""Look after identity from the command line: measure how well faces are told apart, compute config keys."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lms.core.cli import pass_runtime
from lms.core.errors import LmsError
from lms.core.runtime import Runtime
from lms.people.queries import organisation_names
from lms.proctoring import queries
from lms.proctoring.rules.rates import LEAST_TRIALS, Rate
from lms.proctoring.rules.seb import config_key, read_settings
from lms.proctoring.settings import ProctoringSettings

if TYPE_CHECKING:
    from lms.proctoring.measuring import Report
    from lms.proctoring.queries import ErrorReport

__all__ = ["COMMANDS"]

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group()
def faces() -> None:
    """Measure how well faces are told apart."""


@faces.command("measure")
@click.option(
    "--pairs",
    "table",
    type=_FILE,
    required=True,
    help="Table with the columns a, b and same, separated by tabs.",
)
@click.option("--root", type=_FOLDER, required=True, help="Folder of the photographs.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON; rates are shares.")
@click.option("--jobs", type=click.IntRange(0, 64), default=0, help="Processes; 0 is one for each core.")
def measure(table: Path, root: Path, as_json: bool, jobs: int) -> None:
    """Compare photographs with the thresholds in force.

    False matches are counted over all pairs of different people, false non-matches over the listed pairs of one person.
    Nothing is stored.
    """
    from lms.proctoring.measuring import measure_pairs, read_pairs  # no other command needs the nets

    default = os.environ.get("LMS_PROCTORING_VERIFIER") or ProctoringSettings().verifier
    try:
        report = measure_pairs(read_pairs(table), root, default=default, jobs=jobs, told=_told)
    except (ValueError, LmsError) as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps(report.as_dict(), indent=2))
        return
    for line in _lines(report):
        click.echo(line)


@faces.command("attacks")
@click.option(
    "--root", type=_FOLDER, required=True, help="Folder of photographs, one folder for each person."
)
@click.option(
    "--pairs", "table", type=_FILE, help="Only the photographs of this table (columns a, b and same)."
)
@click.option(
    "--people", "most", type=click.IntRange(0), default=0, help="Attack so many people at most; 0 is all."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON; rates are shares.")
def attacks(root: Path, table: Path | None, most: int, as_json: bool) -> None:
    """Attack the liveness check with photographs.

    The attacks are synthesised from the stills: held, tilted by 35 to 45 degrees, on a screen with a bezel, photographed
    again. Nothing is stored.
    """
    from lms.proctoring.attacks import attack_photographs  # no other command needs the nets
    from lms.proctoring.measuring import read_pairs
    from lms.proctoring.verifiers.sface import SfaceVerifier

    try:
        names = [name for pair in read_pairs(table) for name in (pair.left, pair.right)] if table else []
        report = attack_photographs(root, SfaceVerifier(), names=names, most=most, told=_told_people)
    except (ValueError, OSError, LmsError) as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps(report.as_dict(), indent=2))
        return
    for name, rate in report.apcer.items():
        click.echo(f"APCER {name}: {_rate_word(rate)}")
    for name, rate in report.reported.items():
        click.echo(f"reported, APCER {name}: {_rate_word(rate)}")
    click.echo(f"BPCER of turns, by photographs of turned heads: {_rate_word(report.bpcer)}")
    click.echo("BPCER of blinks, approaches and shown numbers: not measured")


@faces.command("errors")
@click.option(
    "--json", "as_json", is_flag=True, help="Print JSON; rates are shares, null where there are too few."
)
@pass_runtime
def errors(runtime: Runtime, as_json: bool) -> None:
    """Say how often checks, findings and reviews erred here.

    People's decisions are the truth against which the machine is counted. Nothing is compared for this.
    """
    with runtime.read() as session:
        names = organisation_names(session, queries.orgs_with_identity(session))
        reports = {org_id: queries.error_report(session, org_id) for org_id in names}
    if as_json:
        found = {str(org_id): {"name": names[org_id], **reports[org_id].as_dict()} for org_id in names}
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for org_id, report in reports.items():
        click.echo(names[org_id])
        for line in _error_lines(report):
            click.echo(f"  {line}")


def _error_lines(report: ErrorReport) -> list[str]:
    rows = [
        ("false matches (people could not confirm)", report.fmr),
        ("false non-matches (people confirmed)", report.fnmr),
        ("pictures of registrations that could not be used", report.fta),
        ("could not tell", report.could_not_tell),
        *((f"pictures of registrations, {name}", rate) for name, rate in report.fta_by_device.items()),
        *(
            (f"{word}, {name}", rate)
            for name, found in [*report.by_device.items(), *report.by_group.items()]
            for word, rate in (
                ("false matches", found.fmr),
                ("false non-matches", found.fnmr),
                ("could not tell", found.could_not_tell),
            )
        ),
        *((f"pictures of registrations, {kind.value}", rate) for kind, rate in report.fta_by_group.items()),
        ("first opinions of two reviewers that differ", report.agreement.differ),
        *((f"false alarms, {name}", rate) for name, rate in report.false_alarms.items()),
    ]
    agreed = report.agreement
    alpha = f"{agreed.alpha:.2f} ({agreed.interval[0]:.2f} to {agreed.interval[1]:.2f})"
    beyond = (
        f"agreement beyond chance (Krippendorff's alpha): {alpha if agreed.is_told else 'too few to tell'}"
    )
    return [*(f"{word}: {_rate_word(rate)}" for word, rate in rows), beyond]


def _rate_word(rate: Rate) -> str:
    if not rate.is_told:
        return f"too few to tell ({rate.count}, at least {LEAST_TRIALS} are needed)"
    low, high = rate.interval
    return f"{rate.share:.2%} ({low:.2%} to {high:.2%}) of {rate.count}"


def _told(done: int, count: int) -> None:
    if done % 200 == 0 or done == count:
        click.echo(f"{done} of {count} photographs", err=True)


def _told_people(done: int, count: int) -> None:
    if done % 50 == 0 or done == count:
        click.echo(f"{done} of {count} people", err=True)


def _lines(report: Report) -> list[str]:
    """Return the report for people, the verifier in force marked."""
    lines = []
    for item in report.verifiers:
        mark = " (in force)" if item is report.default else ""
        lines.append(f"{item.verifier}{mark}: {item.metric}, threshold {item.threshold:g}")
        for word, rate in (("FMR", item.fmr), ("FNMR", item.fnmr), ("FTA", item.fta)):
            low, high = rate.interval
            lines.append(
                f"  {word:4} {rate.share:8.3%}  ({low:.3%} to {high:.3%})  {rate.errors} of {rate.count}"
            )
    return lines


@click.group()
def seb() -> None:
    """Look at configurations of Safe Exam Browser."""


@seb.command("key")
@click.argument("configuration", type=_FILE)
def key(configuration: Path) -> None:
    """Print the config key of a configuration.

    It must not be encrypted.
    """
    try:
        click.echo(config_key(read_settings(configuration.read_bytes())))
    except LmsError as error:
        raise click.ClickException("This is not a configuration that can be read.") from error


COMMANDS: tuple[click.Command, ...] = (faces, seb)
