"""Commands of courses: take courses of other systems over, and give ours away."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from lms.core.actor import SYSTEM
from lms.core.cli import pass_runtime
from lms.core.errors import LmsError
from lms.core.fetching import NotFetched
from lms.core.packages import Reason
from lms.core.runtime import Runtime
from lms.courses import service
from lms.courses.error_texts import ERROR_TEXTS
from lms.courses.formats.values import FoundCourse
from lms.courses.formats.words import reason_words
from lms.courses.outside_players import H5P_FILE, REGISTRY, NoPlayer, fetch_player, keep_h5p_player
from lms.courses.service import CourseImported
from lms.courses.types import ImportRow, NewCourse
from lms.curriculum.types import SUBJECT_WORDS
from lms.people.queries import organisation_ids

__all__ = ["COMMANDS"]


class _OnlyLooked(Exception):
    """Leaves a transaction undone, with what it would have become."""

    def __init__(self, made: CourseImported) -> None:
        super().__init__()
        self.made = made


@click.group()
def courses() -> None:
    """Move courses between this school and other systems."""


@courses.command("import", short_help="Begin a course with what is in a file of another system.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--org", type=click.UUID, help="Organisation that the course will belong to; by default the only one."
)
@click.option(
    "--subject",
    metavar="SUBJECT",
    type=click.Choice(sorted(SUBJECT_WORDS)),
    help="Subject, when FILE says none.",
)
@click.option("--title", default="", help="Title; by default the one that FILE says.")
@click.option("--dry-run", is_flag=True, help="Only say what would become of each item.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@pass_runtime
def import_file(
    runtime: Runtime,
    file: Path,
    org: UUID | None,
    subject: str | None,
    title: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Begin a course with what is in FILE: a Common Cartridge (.imscc), a Moodle backup (.mbz) or a course of this product.

    Every item is reported with its place in the file: imported, changed or refused, and why. Nobody sees the course before it is
    published.
    """
    try:
        read = service.read_package(runtime, file.read_bytes())
        if read.course is None:
            report = _report(runtime, (), read.reason, read.place)
        else:
            new = NewCourse(org or _only_organisation(runtime), title, subject or "other")
            made = _import(runtime, new, read.course, file.stem, dry_run=dry_run)
            report = _report(runtime, made.rows)
            if not dry_run:
                report["course"] = str(made.course_id)
    except LmsError as error:
        report = _report(runtime, (), Reason(error.code))
    except OSError as error:
        report = _report(runtime, (), Reason("file.not_opened", str(error.strerror)))
    click.echo(json.dumps(report, ensure_ascii=False) if as_json else "\n".join(_lines(report)))
    sys.exit(1 if report["reason"] else 0)


def _import(
    runtime: Runtime, new: NewCourse, found: FoundCourse, name: str, *, dry_run: bool
) -> CourseImported:
    try:
        with runtime.unit_of_work(SYSTEM) as uow:
            made = service.import_course(uow, new, found, name, is_trial=dry_run)
            if dry_run:
                raise _OnlyLooked(made)
    except _OnlyLooked as looked:
        return looked.made
    return made


def _only_organisation(runtime: Runtime) -> UUID:
    with runtime.read() as session:
        found = list(organisation_ids(session).values())
    if len(found) != 1:
        raise click.UsageError("there are several organisations: say which with --org")
    return found[0]


def _report(
    runtime: Runtime, rows: Sequence[ImportRow], reason: Reason | None = None, place: str = ""
) -> dict[str, Any]:
    """Return the report in the documented shape; a reason is its code and a sentence."""

    def worded(why: Reason) -> str:
        return f"{why.code}: {reason_words(why, runtime.registries, ERROR_TEXTS)}"

    items = [
        {
            "ref": row.ref,
            "kind": row.kind,
            "status": row.status.value,
            "reason": "; ".join(worded(why) for why in row.reasons),
            "place": row.place,
        }
        for row in rows
    ]
    overall = "" if reason is None else worded(reason) + (f" [{place}]" if place else "")
    return {"items": items, "reason": overall, "course": None}


def _lines(report: dict[str, Any]) -> list[str]:
    lines = [
        f"{row['status']:9} {row['place']}  {row['ref']} ({row['kind']})" + (f"  {row['reason']}" if row["reason"] else "")
        for row in report["items"]
    ]  # fmt: skip
    if report["reason"]:
        lines.append(report["reason"])
    found = [row["status"] for row in report["items"]]
    return [*lines, ", ".join(f"{found.count(kind)} {kind}" for kind in ("imported", "changed", "refused"))]


@courses.command("export")
@click.argument("course", type=click.UUID)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--format",
    "style",
    type=click.Choice(["imscc", "own"]),
    default="imscc",
    show_default=True,
    help="imscc: a Common Cartridge that also holds all that only this product understands; own: only that.",
)
@pass_runtime
def export_file(runtime: Runtime, course: UUID, file: Path, style: str) -> None:
    """Write the newest version of COURSE into FILE.

    Steps that other systems do not understand are named.
    """
    try:
        with runtime.read() as session:
            made = service.export_course(session, runtime, course, is_cartridge=style == "imscc")
    except LmsError as error:
        raise click.ClickException(error.code) from error
    file.write_bytes(made.data)
    for title, kind in made.left_out:
        click.echo(f"only for this product: {title} ({kind})")


@courses.command("h5p-player", short_help="Fetch the player of H5P, once for this installation.")
@click.option(
    "--from",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Take this file (npm pack h5p-standalone@3.8.2) instead of fetching it.",
)
@click.option("--registry", default=REGISTRY, show_default=True, help="Registry of npm, or a mirror of it.")
@pass_runtime
def take_h5p_player(runtime: Runtime, file: Path | None, registry: str) -> None:
    """Fetch the player of H5P into the data folder: from then on H5P steps run, without a restart.

    It is fetched by https, and kept only if it is the very file that this version was tried with. Its core is under GPL-3.0.
    """
    try:
        place = keep_h5p_player(runtime, fetch_player(registry) if file is None else file.read_bytes())
    except NotFetched as error:
        way = "where npm is: npm pack h5p-standalone@3.8.2; bring its file and name it with --from"
        raise click.ClickException(f"not fetched: {error}; {way}") from error
    except NoPlayer as error:
        raise click.ClickException(f"this is not {H5P_FILE}: its digest is another one") from error
    click.echo(f"kept: {place}")


COMMANDS: tuple[click.Command, ...] = (courses,)
