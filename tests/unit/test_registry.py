"""Plug-ins: clashes and wrong shapes stop the start, missing libraries are listed with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import EntryPoint

import pytest

from lms.core.errors import NotFound
from lms.core.registry import Group, PluginError, Registries, Registry


@dataclass
class Shape:
    name: str
    sides: int = 3
    unavailable_reason: str = ""


SHAPES: Group[Shape] = Group("test.shapes", ("name", "sides"))


def two_shapes() -> list[Shape]:
    return [Shape("triangle"), Shape("square", 4)]


lame = Shape("lame", unavailable_reason="the library is missing")


def _load(value: str) -> Registry[Shape]:
    registries = Registries([SHAPES])
    registry = registries.of(SHAPES)
    registries._load(registry, EntryPoint("shape", value, SHAPES.name))
    return registry


def test_an_entry_point_may_list_several_plug_ins() -> None:
    assert _load(f"{__name__}:two_shapes").names() == ["square", "triangle"]


def test_a_plug_in_that_cannot_work_here_is_listed_with_the_reason() -> None:
    registry = _load(f"{__name__}:lame")
    assert len(registry) == 0
    assert registry.unavailable[0].reason == "the library is missing"


def test_a_missing_outside_library_lists_the_plug_in_as_unavailable() -> None:
    assert "no_such_library" in _load("no_such_library:shape").unavailable[0].reason


def test_a_missing_module_of_our_own_stops_the_start() -> None:
    with pytest.raises(PluginError):
        _load("lms.no_such_module:shape")


def test_a_misspelt_name_stops_the_start() -> None:
    with pytest.raises(PluginError):
        _load(f"{__name__}:no_such_shape")


def test_two_plug_ins_of_one_name_stop_the_start() -> None:
    registry = Registry(SHAPES)
    registry.add(Shape("circle"), "one")
    with pytest.raises(PluginError, match="clashes with one"):
        registry.add(Shape("circle"), "two")


def test_a_wrong_shape_stops_the_start() -> None:
    class Nameless:
        pass

    with pytest.raises(PluginError, match="lacks name, sides"):
        Registry(SHAPES).add(Nameless(), "one")  # type: ignore[arg-type]


def test_an_unknown_name_is_not_found() -> None:
    with pytest.raises(NotFound):
        Registry(SHAPES).get("circle")
    assert Registry(SHAPES).find("circle") is None
