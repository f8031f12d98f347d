"""What the ground floor hands to the application."""

from __future__ import annotations

from lms.core import cli
from lms.core.actor import SYSTEM
from lms.core.anchors import anchor
from lms.core.feature import Feature
from lms.core.files import purge_expired
from lms.core.jobs import Sweep
from lms.core.policy import ANYONE, SIGNED_IN, Action
from lms.core.runtime import Runtime

__all__ = ["feature"]


def _purge(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        purge_expired(uow.session, runtime.files, uow.now())


def _anchor(runtime: Runtime) -> None:
    anchor(runtime)


def feature() -> Feature:
    """Return the ground floor's own actions, sweeps and commands."""
    return Feature(
        name="core",
        actions=(
            Action("core.public", ANYONE, "Pages for everybody: landing, reading settings, health."),
            Action("core.home", SIGNED_IN, "One's own home page."),
        ),
        sweeps=(Sweep("core.purge_files", 60.0, _purge), Sweep("core.anchor_ledger", 300.0, _anchor)),
        commands=cli.COMMANDS,
    )
