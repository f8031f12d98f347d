"""Write those pages of docs/ that the code itself knows best: settings, permissions, groups of plug-ins.

python tools/docs.py update   write them
python tools/docs.py check    exit 1 when a page says something else than the code
"""

from __future__ import annotations

import dataclasses
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from flask import Flask

from lms.app import create_app, installed_features, load_settings
from lms.core.feature import Feature
from lms.core.policy import ANYONE, SIGNED_IN, Action
from lms.core.runtime import Runtime
from lms.core.settings import CoreSettings
from lms.core.web.access import declared_action

DOCS = Path(__file__).resolve().parents[1] / "docs"

SETTINGS = """# Settings

Every setting is an environment variable that starts with `LMS_`. All of them are read at the start of a process; a
misspelt name or a value that cannot be used stops it, and all mistakes are named at once. Units stand in the names.

This page is written by `make docs` from the code.
"""

PERMISSIONS = """# Permissions

Who may do what. Everything that is not named here is refused: a route without an action answers 404, and so does an
object out of somebody's reach (the attempt is written into the access log). The role opens the door; the relation
decides about the object at hand: *teaches, guards, proctors, supports*, never the role alone.

This page is written by `make docs` from the code.
"""

GROUPS_START, GROUPS_END = "<!-- groups: written by make docs -->", "<!-- end of groups -->"


def main(argv: list[str]) -> int:
    """Write or compare the pages."""
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings({"LMS_DATA_DIR": folder})
        app = create_app(settings)
        runtime: Runtime = app.extensions["lms"]
        pages = {
            DOCS / "settings.md": settings_page(installed_features()),
            DOCS / "permissions.md": permissions_page(app, runtime),
            DOCS / "plugins.md": plugins_page((DOCS / "plugins.md").read_text(encoding="utf-8"), runtime),
        }
        runtime.dispose()
    stale = [
        path for path, text in pages.items() if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    if argv == ["update"]:
        for path in stale:
            path.write_text(pages[path], encoding="utf-8")
            print(f"{path.name} is written")
        return 0
    for path in stale:
        print(f"docs/{path.name} says something else than the code: run make docs")
    return 1 if stale else 0


def settings_page(features: Iterable[Feature]) -> str:
    """Return docs/settings.md."""
    parts = [SETTINGS, section("For every process", CoreSettings)]
    parts += [
        section(f"{feature.name.capitalize()}", feature.settings) for feature in features if feature.settings
    ]
    return "\n".join(parts)


def section(title: str, kind: Any) -> str:
    """Return one table of settings."""
    rows = [
        (
            f"`{'_'.join(part for part in ('LMS', kind.PREFIX, item.name.upper()) if part)}`",
            shown(item.default),
            item,
        )
        for item in dataclasses.fields(kind)
    ]
    lines = [f"| {name} | {default} | {item.metadata['doc']} |" for name, default, item in rows]
    return "\n".join([f"## {title}", "", "| variable | default | meaning |", "|---|---|---|", *lines, ""])


def shown(default: Any) -> str:
    """Return a default as one would type it."""
    if default is None or default == "":
        return ""
    if isinstance(default, bool):
        return "`yes`" if default else "`no`"
    return f"`{default}`"


def permissions_page(app: Flask, runtime: Runtime) -> str:
    """Return docs/permissions.md."""
    routes = routes_by_action(app)
    parts = [PERMISSIONS]
    by_feature: dict[str, list[Action]] = {}
    for action in runtime.policy:
        by_feature.setdefault(action.code.split(".")[0], []).append(action)
    for feature, actions in by_feature.items():
        head = ["| action | roles | relation | what | routes |", "|---|---|---|---|---|"]
        lines = [
            f"| `{a.code}` | {roles(a)} | {relation(a)} | {a.doc} | {'<br>'.join(routes.get(a.code, ()))} |"
            for a in actions
        ]
        parts.append("\n".join([f"## {feature.capitalize()}", "", *head, *lines, ""]))
    return "\n".join(parts)


def roles(action: Action) -> str:
    """Return who may, in words."""
    if action.roles == ANYONE:
        return "anyone"
    if action.roles == SIGNED_IN:
        return "anyone signed in"
    return ", ".join(sorted(role.replace("_", " ") for role in action.roles)) or "nobody"


def relation(action: Action) -> str:
    """Return the relation to the object that is needed, in words."""
    if action.relation is None:
        return ""
    doc = (action.relation.__doc__ or "").strip().splitlines()
    name = getattr(action.relation, "__name__", "").strip("_").replace("_", " ")
    words = doc[0].rstrip(".").removeprefix("Tell whether the actor ") if doc else name
    return words.replace("``", "`")


def routes_by_action(app: Flask) -> dict[str, list[str]]:
    """Return each action's routes as ``GET /path``."""
    found: dict[str, list[str]] = {}
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            action = declared_action(app, rule.endpoint, method)
            if action:
                found.setdefault(action, []).append(f"`{method} {rule.rule}`")
    return {action: sorted(set(rules)) for action, rules in found.items()}


def plugins_page(page: str, runtime: Runtime) -> str:
    """Return docs/plugins.md with a fresh table of groups."""
    lines = ["| group | what a member has | built in |", "|---|---|---|"]
    for registry in runtime.registries:
        members = ", ".join(f"`{name}`" for name in registry.group.required)
        own = [name for name in registry.names() if registry.source_of(name) in own_sources(runtime)]
        lines.append(f"| `{registry.group.name}` | {members} | {', '.join(own)} |")
    before, _, rest = page.partition(GROUPS_START)
    _, _, after = rest.partition(GROUPS_END)
    return before + "\n".join([GROUPS_START, *lines, GROUPS_END]) + after


def own_sources(runtime: Runtime) -> set[str]:
    """Return the names under which the product itself brings plug-ins."""
    return {"marshrut-lms", *(feature.name for feature in runtime.features)}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
