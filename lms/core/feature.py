"""Describe what a feature hands to the application: the shape of every ``wiring.py``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lms.core.events import Subscription
from lms.core.jobs import Job, Sweep
from lms.core.policy import Action
from lms.core.registry import Group

if TYPE_CHECKING:
    import click
    from flask import Blueprint, Flask

    from lms.core.runtime import Runtime

__all__ = ["Feature", "MenuEntry"]


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One place in the main menu: shown to those who may do ``action`` and hold one of ``roles``."""

    label: Any
    endpoint: str
    icon: str
    roles: frozenset[str]
    order: int


@dataclass(frozen=True, slots=True)
class Feature:
    """Everything that one feature brings."""

    name: str
    blueprints: tuple[Blueprint, ...] = ()
    api_blueprints: tuple[Any, ...] = ()
    actions: tuple[Action, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    jobs: tuple[Job, ...] = ()
    sweeps: tuple[Sweep, ...] = ()
    commands: tuple[click.Command, ...] = ()
    menu: tuple[MenuEntry, ...] = ()
    settings: type | None = None
    groups: tuple[Group[Any], ...] = ()
    provides: Mapping[Group[Any], tuple[Any, ...]] = field(default_factory=dict)
    error_texts: Mapping[str, Any] = field(default_factory=dict)
    student_error_texts: Mapping[str, Any] = field(default_factory=dict)
    setup: Callable[[Flask, Runtime], None] | None = None
