"""What study plans add to the feature: `lms.plans.wiring` joins it with credit transfer."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from lms.core.contracts import BasisDependents, Explainer
from lms.core.events import Subscription
from lms.core.feature import MenuEntry
from lms.core.jobs import Job, Sweep
from lms.core.policy import Action
from lms.core.registry import Group

__all__ = [
    "ACTIONS",
    "API_BLUEPRINTS",
    "BLUEPRINTS",
    "DEPENDENTS",
    "ERROR_TEXTS",
    "EXPLAINERS",
    "GROUPS",
    "JOBS",
    "MENU",
    "SUBSCRIPTIONS",
    "SWEEPS",
]

ACTIONS: tuple[Action, ...] = ()
BLUEPRINTS: tuple[Blueprint, ...] = ()
API_BLUEPRINTS: tuple[Any, ...] = ()
SUBSCRIPTIONS: tuple[Subscription, ...] = ()
JOBS: tuple[Job, ...] = ()
SWEEPS: tuple[Sweep, ...] = ()
MENU: tuple[MenuEntry, ...] = ()
GROUPS: tuple[Group[Any], ...] = ()
DEPENDENTS: tuple[BasisDependents, ...] = ()
EXPLAINERS: tuple[Explainer, ...] = ()
ERROR_TEXTS: dict[str, Any] = {}
