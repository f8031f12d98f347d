"""Turn an OpenAPI document into what a page shows: groups of operations, and tables of fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["ApiField", "ApiGroup", "ApiOperation", "ApiReference", "ApiSchema", "describe"]

_METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class ApiField:
    """One field or parameter: its type in words, and the schema that it leads to, if any."""

    name: str
    type: str
    schema: str = ""
    is_required: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class ApiOperation:
    """One method on one path."""

    method: str
    path: str
    summary: str
    parameters: tuple[ApiField, ...]
    body: str
    answers: tuple[tuple[str, str, str], ...]

    @property
    def anchor(self) -> str:
        """Return the operation's id on the page."""
        kept = "".join(c if c.isalnum() else "-" for c in self.path)
        return f"{self.method.lower()}{kept}".strip("-")


@dataclass(frozen=True, slots=True)
class ApiGroup:
    """Operations that belong together."""

    name: str
    title: str
    operations: tuple[ApiOperation, ...]


@dataclass(frozen=True, slots=True)
class ApiSchema:
    """One kind of JSON object."""

    name: str
    fields: tuple[ApiField, ...]


@dataclass(frozen=True, slots=True)
class ApiReference:
    """The whole reference."""

    title: str
    version: str
    groups: tuple[ApiGroup, ...]
    schemas: tuple[ApiSchema, ...]


def describe(spec: Mapping[str, Any]) -> ApiReference:
    """Return the reference of an OpenAPI 3.1 document; schemas that nothing leads to are left out."""
    operations: dict[str, list[ApiOperation]] = {}
    for path, item in spec.get("paths", {}).items():
        for method in _METHODS:
            if method in item:
                shared = item.get("parameters", ())
                found = _operation(spec, method, path, item[method], shared)
                operations.setdefault((item[method].get("tags") or [""])[0], []).append(found)
    titles = {tag["name"]: tag.get("description", tag["name"]) for tag in spec.get("tags", ())}
    groups = tuple(
        ApiGroup(name, titles.get(name, name).rstrip("."), tuple(items)) for name, items in operations.items()
    )
    info = spec.get("info", {})
    return ApiReference(info.get("title", ""), info.get("version", ""), groups, tuple(_schemas(spec, groups)))


def _operation(
    spec: Mapping[str, Any], method: str, path: str, item: Mapping[str, Any], shared: Any
) -> ApiOperation:
    parameters = [
        ApiField(row["name"], *_type(row.get("schema", {})), row.get("required", False), row["in"])
        for row in (*shared, *item.get("parameters", ()))
    ]
    answers = [
        (status, answer.get("description", ""), _content_schema(answer))
        for status, answer in ((s, _resolve(spec, a)) for s, a in item.get("responses", {}).items())
    ]
    body = _content_schema(item.get("requestBody", {}))
    return ApiOperation(
        method.upper(), path, item.get("summary", ""), tuple(parameters), body, tuple(answers)
    )


def _resolve(spec: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow a local reference."""
    while "$ref" in node:
        target: Any = spec
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def _content_schema(node: Mapping[str, Any]) -> str:
    """Return the type of a body or an answer in words ("list of CourseJson")."""
    for kind, content in node.get("content", {}).items():
        words, _schema = _type(content.get("schema", {}))
        return words if kind.endswith("json") else f"{words} ({kind})"
    return ""


def _type(schema: Mapping[str, Any]) -> tuple[str, str]:
    """Return a type in words and the name of the schema that it leads to."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return name, name
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            found = [_type(option) for option in schema[key]]
            words = [word for word, _name in found]
            return " or ".join(dict.fromkeys(words)), next((name for _word, name in found if name), "")
    kinds = schema.get("type", "any")
    kinds = list(kinds) if isinstance(kinds, list | tuple) else [kinds]
    words, name = [], ""
    for kind in kinds:
        if kind == "array":
            inner, name = _type(schema.get("items", {}))
            words.append(f"list of {inner}")
        elif kind == "string" and schema.get("format"):
            words.append(str(schema["format"]))
        else:
            words.append(str(kind))
    return " or ".join(words), name


def _note(schema: Mapping[str, Any]) -> str:
    """Return the bounds of a field in words."""
    notes = [str(schema["description"])] if schema.get("description") else []
    if schema.get("enum"):
        notes.append("one of " + ", ".join(str(value) for value in schema["enum"]))
    bounds = (("minimum", "from"), ("maximum", "to"), ("minLength", "at least"), ("maxLength", "at most"))
    for key, word in bounds:
        if key in schema:
            unit = " characters" if key.endswith("Length") else ""
            notes.append(f"{word} {schema[key]}{unit}")
    return "; ".join(notes)


def _fields(schema: Mapping[str, Any]) -> Iterator[ApiField]:
    required = set(schema.get("required", ()))
    for name, item in schema.get("properties", {}).items():
        yield ApiField(name, *_type(item), name in required, _note(item))


def _schemas(spec: Mapping[str, Any], groups: tuple[ApiGroup, ...]) -> Iterator[ApiSchema]:
    """Yield the schemas that operations lead to, directly or through others, by name."""
    known = spec.get("components", {}).get("schemas", {})
    waiting = {
        word
        for group in groups
        for operation in group.operations
        for text in (operation.body, *(answer[2] for answer in operation.answers))
        for word in text.split()
        if word in known
    }
    found: dict[str, ApiSchema] = {}
    while waiting:
        name = waiting.pop()
        found[name] = ApiSchema(name, tuple(_fields(known[name])))
        waiting |= {field.schema for field in found[name].fields if field.schema in known} - found.keys()
    yield from (found[name] for name in sorted(found))
