"""CASE packages: what is written is read again; what is hostile is named and left out."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.core.errors import InvalidInput
from lms.curriculum.formats.case import CaseEdge, CasePackage, read_package, write_package
from lms.curriculum.rules.trees import ChangeKind, Node, changes, in_tree_order
from lms.curriculum.types import Relation

NOW = datetime(2026, 9, 1, tzinfo=UTC)
words = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=40).filter(
    lambda text: text.strip() == text
)
keys = st.uuids(version=4)


@st.composite
def trees(draw: st.DrawFn) -> tuple[Node, ...]:
    """Return a tree depth first, with codes of its own."""
    made: list[Node] = []
    for number, key in enumerate(draw(st.lists(keys, unique=True, max_size=12))):
        parent = draw(st.sampled_from([None, *(node.key for node in made)]))
        made.append(Node(key, parent, f"c{number}", draw(words), draw(st.integers(1, 9))))
    return tuple(in_tree_order(made))


@st.composite
def packages(draw: st.DrawFn) -> CasePackage:
    """Return any framework with any comparisons."""
    pairs = draw(st.lists(st.tuples(keys, keys).filter(lambda p: p[0] != p[1]), unique=True, max_size=5))
    edges = [
        CaseEdge(
            source,
            target,
            draw(st.sampled_from(Relation)),
            draw(st.decimals("0.01", "1", places=2)),
            draw(st.just("") | words),
        )
        for source, target in pairs
        if (target, source) not in pairs
    ]
    return CasePackage(draw(keys), draw(words), draw(words), "2", draw(trees()), tuple(edges))


@given(packages())
def test_what_is_written_is_read_again(package: CasePackage) -> None:
    assert read_package(write_package(package, changed_at=NOW, creator="Школа")) == package


@given(trees(), trees())
def test_two_versions_differ_exactly_when_something_is_said(
    before: tuple[Node, ...], after: tuple[Node, ...]
) -> None:
    assert changes(before, before) == []
    assert (changes(before, after) == []) == (before == after)
    assert {c.key for c in changes(before, after) if c.kind is ChangeKind.ADDED} == {n.key for n in after} - {
        n.key for n in before
    }


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | keys.map(str),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "identifier",
                    "fullStatement",
                    "associationType",
                    "originNodeURI",
                    "extensions",
                    "sequenceNumber",
                    "level",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(json_values, json_values, json_values)
def test_any_json_is_read_or_refused_in_words(document: Any, items: Any, links: Any) -> None:
    whole = {"CFDocument": document, "CFItems": items, "CFAssociations": links}
    for data in (json.dumps(whole).encode(), json.dumps(items).encode()):
        with suppress(InvalidInput):
            read_package(data)


@pytest.mark.parametrize(
    "data", [b"", b"{", b"\xff\xfe", b"[" * 200_000, b'{"CFDocument": {"identifier": "1", "title": "t"}}']
)
def test_what_is_no_package_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput, match="case_unreadable"):
        read_package(data)


A, B, C = (UUID(int=n, version=4) for n in (1, 2, 3))


def _package(**parts: Any) -> bytes:
    return json.dumps({"CFDocument": {"identifier": str(C), "title": "Т"}, **parts}).encode()


def _item(key: UUID, statement: str = "Умеет", **more: Any) -> dict[str, Any]:
    return {"identifier": str(key), "fullStatement": statement, **more}


def _child(child: UUID, parent: UUID) -> dict[str, Any]:
    ends = {"originNodeURI": {"identifier": str(child)}, "destinationNodeURI": {"identifier": str(parent)}}
    return {"associationType": "isChildOf", **ends}


@pytest.mark.parametrize(
    ("items", "links", "remarks", "kept"),
    [
        ([_item(A, humanCodingScheme="1")], [_child(A, A)], {"circle"}, 1),
        ([_item(A), _item(B)], [_child(A, B), _child(B, A)], {"circle", "code_given"}, 2),
        ([_item(A, humanCodingScheme="1")], [_child(A, B)], {"unknown_node"}, 1),
        ([_item(A, "x\x00")], [], {"no_statement"}, 0),
        ([_item(A, "\ud800")], [], {"no_statement"}, 0),
        ([_item(A, "x" * 2001)], [], {"no_statement"}, 0),
        ([_item(A, humanCodingScheme="1"), _item(A)], [], {"identifier_twice"}, 1),
        ([_item(A, humanCodingScheme="1"), _item(B, humanCodingScheme="1")], [], {"code_given"}, 2),
        ([{"identifier": "1"}, 7], [], {"bad_identifier"}, 0),
        ([], [{"associationType": "precedes"}], {"association_unknown"}, 0),
    ],
)
def test_what_cannot_be_taken_is_named_and_the_rest_comes_in(
    items: list[Any], links: list[Any], remarks: set[str], kept: int
) -> None:
    package = read_package(_package(CFItems=items, CFAssociations=links))
    assert {remark.code for remark in package.remarks} == remarks
    assert len(package.nodes) == kept


def test_more_items_than_a_framework_may_have_are_refused() -> None:
    with pytest.raises(InvalidInput, match="case_too_large"):
        read_package(_package(CFItems=[{}] * 5_001))


def test_a_weight_out_of_range_gives_way_to_the_relations_own() -> None:
    edge = CaseEdge(A, B, Relation.BROADER, Decimal("0.7"))
    package = CasePackage(C, "к", "Т", "1", (), (replace(edge, weight=Decimal(5)),))
    assert read_package(write_package(package, changed_at=NOW, creator="Школа")).edges == (edge,)
