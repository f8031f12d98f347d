"""Put the house together: the one place where all features meet."""

from __future__ import annotations

import os
from collections.abc import Mapping

from flask import Flask

from lms.core.clock import Clock
from lms.core.feature import Feature
from lms.core.runtime import Runtime
from lms.core.settings import Settings

__all__ = ["create_app", "create_runtime", "installed_features", "load_settings"]


def _core_feature() -> Feature:
    from lms.core import wiring

    return wiring.feature()


def installed_features() -> tuple[Feature, ...]:
    """Return all features, lowest floor first."""
    from importlib import import_module

    names = (
        "people",
        "curriculum",
        "courses",
        "assessment",
        "plans",
        "proctoring",
        "profiles",
        "home",
        "reports",
        "demo",
    )
    features = [_core_feature()]
    for name in names:
        features.append(import_module(f"lms.{name}.wiring").feature())
    return tuple(features)


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read every feature's settings from the environment; raise SettingsError with all mistakes."""
    classes = tuple(feature.settings for feature in installed_features() if feature.settings is not None)
    return Settings.load(os.environ if environ is None else environ, classes)


def create_runtime(settings: Settings | None = None, *, clock: Clock | None = None) -> Runtime:
    """Return the runtime that worker, command line and web share."""
    return Runtime(settings or load_settings(), installed_features(), clock=clock)


def create_app(settings: Settings | None = None, *, runtime: Runtime | None = None) -> Flask:
    """Return the web application."""
    from lms.core.logging import configure_logging
    from lms.core.web.base import build_flask

    chosen = runtime or create_runtime(settings)
    configure_logging(chosen.settings.core.log_level)
    return build_flask(chosen)
