"""Commands of study plans."""

from __future__ import annotations

import json
import sys
from typing import TextIO

import click

from lms.core.cli import pass_runtime
from lms.core.runtime import Runtime
from lms.plans.rules.plan_document import document_faults
from lms.plans.service.plans.summaries import Recount, recompute_all

__all__ = ["plan"]

_TEXTS = {
    "not_a_plan": "this is not a plan as we hand it out",
    "unknown_key": "signed under another key than the one that is trusted",
    "not_signed": "the signature does not belong to this text: something was changed",
    "item_changed": "an item does not say what its hash says: %s",
    "version_changed": "the items together are not the version that was signed",
    "approval_unbound": "somebody's signature belongs to another wording",
}


@click.group()
def plan() -> None:
    """Check plans handed out as files; count how plans stand."""


@plan.command("recompute", short_help="Count anew how all plans in force stand.")
@pass_runtime
def recompute(runtime: Runtime) -> None:
    """Derive anew, from facts alone, how every plan in force stands, and say how many summaries had to be written.

    The worker does the same by itself. Nothing is lost when it is stopped, and running it again changes nothing.
    """

    def tell(step: Recount) -> None:
        click.echo(f"{step.seen} plans, {step.written} written", err=True)

    done = recompute_all(runtime, tell)
    click.echo(f"{done.seen} plans in force, {done.written} summaries written")


@plan.command("verify")
@click.argument("file", type=click.File(encoding="utf-8-sig"), default="-")
@click.option("--key", default="", help="Public key (hex) of the school that signed; ours without it.")
@pass_runtime
def verify(runtime: Runtime, file: TextIO, key: str) -> None:
    """Say whether a signed plan is genuine and unchanged.

    FILE is the JSON that a plan's page hands out. The exit code is 0 for a genuine plan, 1 for a changed one and 2 for
    something else.
    """
    try:
        read = json.load(file)
    except (ValueError, RecursionError):
        read = None
    faults = document_faults(read, key or runtime.keys.public_signing_key)
    for fault in faults:
        code, _, about = fault.partition(":")
        click.echo(_TEXTS[code] % about if "%" in _TEXTS[code] else _TEXTS[code])
    if not faults:
        version, signed = read["plan"]["version"], read["plan"]["approvals"]
        click.echo(f"genuine: version {version['no']}, {version['state']}, {len(signed)} signatures")
    sys.exit(0 if not faults else 2 if "not_a_plan" in faults else 1)
