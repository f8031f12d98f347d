"""Find templates and translations that plug-ins of other distributions bring in their packages."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from flask import Flask
from jinja2 import BaseLoader, ChoiceLoader, FileSystemLoader

from lms.core.runtime import Runtime

__all__ = ["install_plugin_templates", "plugin_folders"]


def plugin_folders(runtime: Runtime, name: str) -> list[Path]:
    """Return the folders called ``name`` in the packages of all plug-ins that are not our own."""
    packages = {
        type(plugin).__module__.split(".")[0] for registry in runtime.registries for plugin in registry
    }
    folders = []
    for package in sorted(packages - {"lms"}):
        spec = find_spec(package)
        for place in (spec.submodule_search_locations or ()) if spec is not None else ():
            folders.append(Path(place) / name)
    return [folder for folder in folders if folder.is_dir()]


def install_plugin_templates(app: Flask, runtime: Runtime) -> None:
    """Let Jinja find the plug-ins' templates after our own; nothing of ours can be replaced."""
    folders = plugin_folders(runtime, "templates")
    own = app.jinja_env.loader
    loaders: list[BaseLoader] = [own] if own is not None else []
    app.jinja_env.loader = ChoiceLoader([*loaders, *(FileSystemLoader(folder) for folder in folders)])
