"""A newcomer can guess where each thing is: doors, file names, pure rules, no place for odds and ends."""

from __future__ import annotations

import ast

from tests.architecture.conftest import PACKAGE, Source

FEATURES = {"people", "curriculum", "courses", "assessment", "plans", "proctoring", "profiles", "reports"}
DOORS = {"types", "events", "contracts", "ports", "service", "queries"}

#: Who may take a feature's wiring: the place where all meets.
MEETING_PLACES = {"lms.app"}

VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "tools", "shared"}
PURE_FOLDERS = {"rules", "question_types", "checks", "blocks", "transfer_rules"}
IMPURE = {
    "flask",
    "flask_babel",
    "flask_login",
    "flask_smorest",
    "flask_wtf",
    "sqlalchemy",
    "huey",
    "requests",
}
WEB_TOPICS = ("pages", "api", "wiring", "web")
LONGEST_FUNCTION = 60


def test_a_feature_is_entered_by_its_doors_only(sources: list[Source]) -> None:
    faults = []
    for source in sources:
        for line, name in source.imports():
            package, _, rest = name.partition(".")
            feature, _, inside = rest.partition(".")
            if package != "lms" or feature not in FEATURES or feature == source.feature:
                continue
            door = inside.split(".")[0]
            if (
                source.name in MEETING_PLACES
                or door in DOORS
                or (source.feature == "testing" and door == "rules")
            ):
                continue  # the contract suites judge with the host's own rules
            faults.append(f"{source.at(line)} imports {name}")
    assert not faults, "\n".join(faults)


def test_no_module_has_a_name_that_says_nothing(sources: list[Source]) -> None:
    faults = [
        source.at(1)
        for source in sources
        if set(source.path.relative_to(PACKAGE).with_suffix("").parts) & VAGUE_NAMES
    ]
    assert not faults, "\n".join(faults)


def test_rules_know_neither_web_nor_database(sources: list[Source]) -> None:
    faults = []
    for source in sources:
        if source.topic not in PURE_FOLDERS:
            continue
        allowed = (
            {"flask_babel"} if source.topic != "rules" else set()
        )  # plug-ins name themselves in both languages
        for line, name in source.imports():
            if name.split(".")[0] in IMPURE - allowed:
                faults.append(f"{source.at(line)} imports {name}")
    assert not faults, "\n".join(faults)


def test_only_pages_and_api_know_flask(sources: list[Source]) -> None:
    faults = []
    for source in sources:
        if source.feature not in FEATURES or source.topic.endswith(WEB_TOPICS):
            continue
        for line, name in source.imports():
            if name.split(".")[0] in {"flask", "flask_login", "flask_smorest", "flask_wtf"}:
                faults.append(f"{source.at(line)} imports {name}")
    assert not faults, "\n".join(faults)


def test_services_never_commit(sources: list[Source]) -> None:
    faults = [
        source.at(node.lineno)
        for source in sources
        if source.topic in {"service", "queries", "rules"}
        for node in source.nodes
        if isinstance(node, ast.Attribute) and node.attr in {"commit", "rollback"}
    ]
    assert not faults, "\n".join(faults)


def test_services_and_rules_read_no_clock_of_their_own(sources: list[Source]) -> None:
    faults = [
        source.at(node.lineno)
        for source in sources
        if source.feature in FEATURES
        for node in source.nodes
        if isinstance(node, ast.Attribute)
        and node.attr in {"now", "utcnow", "today"}
        and isinstance(node.value, ast.Name)
        and node.value.id in {"datetime", "date"}
    ]
    assert not faults, "\n".join(faults)


def test_no_relationship_crosses_a_feature(sources: list[Source]) -> None:
    """An ORM relationship would let one feature write through another's tables unseen."""
    faults = []
    for source in sources:
        if source.feature not in FEATURES or source.topic != "models":
            continue
        own = {node.name for node in source.nodes if isinstance(node, ast.ClassDef)}
        for node in source.nodes:
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "relationship"
            ):
                targets = {arg.value for arg in node.args if isinstance(arg, ast.Constant)}
                targets |= {arg.id for arg in node.args if isinstance(arg, ast.Name)}
                faults += [f"{source.at(node.lineno)} relates to {target}" for target in targets - own]
    assert not faults, "\n".join(faults)


def test_no_function_is_longer_than_a_screen(sources: list[Source]) -> None:
    faults = [
        f"{source.at(node.lineno)} {node.name} has {length} lines"
        for source in sources
        for node in source.nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION
    ]
    assert not faults, "\n".join(faults)
