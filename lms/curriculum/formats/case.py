"""Read and write frameworks and crosswalks as CASE packages (JSON).

A package is somebody else's text: sizes are bounded, every identifier is looked up, nothing is followed. What cannot be
taken is named, item by item, and the rest comes in. Source: 1EdTech Competencies and Academic Standards Exchange (CASE) 1.1,
information model: CFDocument, CFItem, CFAssociation. What the standard has no word for (the code of a framework, the level
of an outcome, the weight of a comparison) stands in ``extensions``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID, uuid5

from lms.core.errors import InvalidInput
from lms.curriculum.rules.structure import RELATION_WEIGHTS
from lms.curriculum.rules.trees import MAX_DEPTH, Node, in_tree_order
from lms.curriculum.types import Relation

__all__ = [
    "MAX_BYTES",
    "MAX_EDGES",
    "MAX_ITEMS",
    "CaseEdge",
    "CasePackage",
    "Remark",
    "read_package",
    "write_package",
]

MAX_BYTES = 5 * 1024 * 1024
MAX_ITEMS = 5_000
MAX_EDGES = 20_000
MAX_STATEMENT, MAX_CODE, MAX_TITLE, MAX_VERSION, MAX_NOTE = 2000, 60, 200, 20, 400
LEVELS = range(1, 21)


@dataclass(frozen=True, slots=True)
class Remark:
    """What became of one part of a package otherwise than written: ``code`` says what, ``about`` which part."""

    code: str
    about: str


@dataclass(frozen=True, slots=True)
class CaseEdge:
    """How the source outcome stands to the target, both by their keys."""

    source: UUID
    target: UUID
    relation: Relation
    weight: Decimal
    note: str = ""


@dataclass(frozen=True, slots=True)
class CasePackage:
    """A framework as a package holds it: its outcomes depth first, comparisons, and what was left out."""

    key: UUID
    code: str
    title: str
    version: str
    nodes: tuple[Node, ...] = ()
    edges: tuple[CaseEdge, ...] = ()
    remarks: tuple[Remark, ...] = ()


def _text(value: Any, most: int) -> str:
    """Return a text that can be kept, or an empty one: no text, too long, with NUL or half of a character."""
    if not isinstance(value, str) or not value.strip() or len(value.strip()) > most or "\x00" in value:
        return ""
    try:
        value.encode()
    except UnicodeEncodeError:
        return ""
    return value.strip()


def _key(value: Any) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _rows(package: dict[str, Any], name: str, most: int) -> list[dict[str, Any]]:
    rows = package.get(name)
    if rows is None:
        return []
    if not isinstance(rows, list):
        raise InvalidInput("curriculum.case_unreadable")
    if len(rows) > most:
        raise InvalidInput("curriculum.case_too_large", most=most)
    return [row if isinstance(row, dict) else {} for row in rows]


def _extension(row: dict[str, Any], name: str) -> Any:
    extensions = row.get("extensions")
    return extensions.get(name) if isinstance(extensions, dict) else None


def read_package(data: bytes) -> CasePackage:
    """Return what a CASE package holds, with a remark for each part that was left out or changed.

    Raises InvalidInput ``curriculum.case_unreadable`` or ``curriculum.case_too_large``.
    """
    if len(data) > MAX_BYTES:
        raise InvalidInput("curriculum.case_too_large", most=MAX_ITEMS)
    try:
        package = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InvalidInput("curriculum.case_unreadable") from error
    found = package.get("CFDocument") if isinstance(package, dict) else None
    document: dict[str, Any] = found if isinstance(found, dict) else {}
    key, title = _key(document.get("identifier")), _text(document.get("title"), MAX_TITLE)
    if key is None or not title:
        raise InvalidInput("curriculum.case_unreadable")
    remarks: list[Remark] = []
    items = _items(_rows(package, "CFItems", MAX_ITEMS), remarks)
    links = _rows(package, "CFAssociations", MAX_EDGES)
    parents = _parents(links, items, key, remarks)
    nodes = in_tree_order([_node(item, parents, items) for item in _ordered(items, links)])
    code = _text(_extension(document, "code"), MAX_CODE) or title[:MAX_CODE].strip()
    version = _text(document.get("version"), MAX_VERSION) or "1"
    return CasePackage(
        key, code, title, version, tuple(_with_codes(nodes, remarks)), _edges(links, remarks), tuple(remarks)
    )


def _items(rows: Iterable[dict[str, Any]], remarks: list[Remark]) -> dict[UUID, Node]:
    found: dict[UUID, Node] = {}
    for number, row in enumerate(rows, start=1):
        key, statement = _key(row.get("identifier")), _text(row.get("fullStatement"), MAX_STATEMENT)
        about = _text(row.get("humanCodingScheme"), MAX_CODE) or f"№ {number}"
        if key is None:
            remarks.append(Remark("bad_identifier", about))
        elif key in found:
            remarks.append(Remark("identifier_twice", about))
        elif not statement:
            remarks.append(Remark("no_statement", about))
        else:
            level = _extension(row, "level")
            is_level = isinstance(level, int) and not isinstance(level, bool) and level in LEVELS
            code = _text(row.get("humanCodingScheme"), MAX_CODE)
            found[key] = Node(key, None, code, statement, level if is_level else 1)
    return found


def _ends(link: dict[str, Any]) -> tuple[UUID | None, UUID | None]:
    nodes = (link.get("originNodeURI"), link.get("destinationNodeURI"))
    origin, destination = (_key(node.get("identifier")) if isinstance(node, dict) else None for node in nodes)
    return origin, destination


def _parents(
    links: Iterable[dict[str, Any]], items: dict[UUID, Node], document: UUID, remarks: list[Remark]
) -> dict[UUID, UUID | None]:
    """Return the parent of each item; one that would close a circle, or is not in the package, is left out."""
    parents: dict[UUID, UUID | None] = {}
    for link in links:
        if link.get("associationType") != "isChildOf":
            continue
        child, parent = _ends(link)
        if child is None or child not in items or (parent not in items and parent != document):
            remarks.append(Remark("unknown_node", str(child or "—")))
        elif child in parents:
            remarks.append(Remark("second_parent", _name(items[child])))
        elif parent == document or parent is None:
            parents[child] = None
        elif _leads_to(parent, child, parents):
            remarks.append(Remark("circle", _name(items[child])))
        else:
            parents[child] = parent
    return parents


def _name(node: Node) -> str:
    return node.code or node.statement[:60]


def _leads_to(start: UUID, goal: UUID, parents: dict[UUID, UUID | None]) -> bool:
    """Tell whether the way up from ``start`` meets ``goal``, or is longer than any tree may be."""
    here: UUID | None = start
    for _step in range(MAX_DEPTH):
        if here is None or here == goal:
            return here == goal
        here = parents.get(here)
    return True


def _ordered(items: dict[UUID, Node], links: Iterable[dict[str, Any]]) -> list[Node]:
    """Return the items by the numbers of their places, else as they stand in the package."""
    places: dict[UUID, int] = {}
    for link in links:
        child, number = _ends(link)[0], link.get("sequenceNumber")
        if link.get("associationType") == "isChildOf" and child is not None and type(number) is int:
            places.setdefault(child, number)
    return sorted(items.values(), key=lambda node: places.get(node.key, 0))


def _node(item: Node, parents: dict[UUID, UUID | None], items: dict[UUID, Node]) -> Node:
    return Node(item.key, parents.get(item.key), item.code, item.statement, item.level)


def _with_codes(nodes: Iterable[Node], remarks: list[Remark]) -> list[Node]:
    """Return the nodes with a code each: one that is missing or there already is replaced by the place."""
    rows, seen = list(nodes), set[str]()
    written = {node.code for node in rows}
    found = []
    for number, node in enumerate(rows, start=1):
        code = node.code
        if not code or code in seen:
            code = next(
                c for n in range(number, number + len(rows) + 1) if (c := f"#{n}") not in written | seen
            )
            remarks.append(Remark("code_given", f"{code} {node.statement[:60]}"))
        seen.add(code)
        found.append(Node(node.key, node.parent, code, node.statement, node.level))
    return found


#: The standard's words for a comparison; a broader source is written as "the target is part of the source".
_TYPES = {"exactMatchOf": Relation.EXACT, "isPartOf": Relation.NARROWER, "isRelatedTo": Relation.RELATED}
_WORDS = {Relation.EXACT: "exactMatchOf", Relation.RELATED: "isRelatedTo"}


def _edges(links: Iterable[dict[str, Any]], remarks: list[Remark]) -> tuple[CaseEdge, ...]:
    found: dict[tuple[UUID, UUID], CaseEdge] = {}
    for link in links:
        kind = link.get("associationType")
        if kind == "isChildOf":
            continue
        source, target = _ends(link)
        relation = _TYPES.get(kind) if isinstance(kind, str) else None
        if relation is None:
            remarks.append(Remark("association_unknown", _text(kind, 60) or "—"))
            continue
        if source is None or target is None or source == target:
            remarks.append(Remark("unknown_node", str(source or target or "—")))
            continue
        if relation is Relation.NARROWER and _extension(link, "relation") == Relation.BROADER:
            relation, source, target = Relation.BROADER, target, source
        if (source, target) in found:
            remarks.append(Remark("association_twice", str(source)))
            continue
        weight = _weight(_extension(link, "weight"), relation)
        found[source, target] = CaseEdge(source, target, relation, weight, _text(link.get("notes"), MAX_NOTE))
    return tuple(found.values())


def _weight(value: Any, relation: Relation) -> Decimal:
    try:
        weight = Decimal(value) if isinstance(value, str) and len(value) <= 10 else None
    except InvalidOperation:
        weight = None
    fits = weight is not None and weight.is_finite() and 0 < weight <= 1
    return (
        round(weight, 6)
        if fits and weight is not None and round(weight, 6) > 0
        else RELATION_WEIGHTS[relation]
    )


def write_package(package: CasePackage, *, changed_at: datetime, creator: str) -> bytes:
    """Return the package as CASE JSON; reading it again gives the same framework and comparisons."""
    moment = changed_at.isoformat()
    document = {"identifier": str(package.key), "uri": package.key.urn, "title": package.title}
    links = _tree_links(package.nodes, document, moment) + _edge_links(package, moment)
    whole = {
        "CFDocument": {
            **document,
            "creator": creator,
            "version": package.version,
            "caseVersion": "1.1",
            "adoptionStatus": "Adopted",
            "lastChangeDateTime": moment,
            "extensions": {"code": package.code},
        },
        "CFItems": [_item(node, document, moment) for node in package.nodes],
        "CFAssociations": links,
    }
    return json.dumps(whole, ensure_ascii=False, indent=1).encode()


def _item(node: Node, document: dict[str, str], moment: str) -> dict[str, Any]:
    return {
        "identifier": str(node.key),
        "uri": node.key.urn,
        "fullStatement": node.statement,
        "humanCodingScheme": node.code,
        "lastChangeDateTime": moment,
        "CFDocumentURI": document,
        "extensions": {"level": node.level},
    }


def _link(document: UUID, kind: str, origin: Any, destination: Any, moment: str) -> dict[str, Any]:
    key = uuid5(document, f"{kind} {origin['identifier']} {destination['identifier']}")
    return {
        "identifier": str(key),
        "uri": key.urn,
        "associationType": kind,
        "originNodeURI": origin,
        "destinationNodeURI": destination,
        "lastChangeDateTime": moment,
    }


def _tree_links(nodes: Sequence[Node], document: dict[str, str], moment: str) -> list[dict[str, Any]]:
    ends = {node.key: _end(node.key, node.statement) for node in nodes}
    return [
        {
            **_link(
                UUID(document["identifier"]),
                "isChildOf",
                ends[node.key],
                ends[node.parent] if node.parent is not None else document,
                moment,
            ),
            "sequenceNumber": number,
        }
        for number, node in enumerate(nodes, start=1)
    ]


def _end(key: UUID, title: str = "") -> dict[str, str]:
    return {"identifier": str(key), "uri": key.urn, "title": title}


def _edge_links(package: CasePackage, moment: str) -> list[dict[str, Any]]:
    found = []
    for edge in package.edges:
        origin, destination = _end(edge.source), _end(edge.target)
        if edge.relation is Relation.BROADER:
            origin, destination = destination, origin
        link = _link(package.key, _WORDS.get(edge.relation, "isPartOf"), origin, destination, moment)
        extensions = {"weight": str(edge.weight), "relation": edge.relation.value}
        found.append({**link, "notes": edge.note, "extensions": extensions})
    return found
