"""Hold plug-ins: one typed registry per group, filled from entry points and from the features' wiring.

A plug-in is an object with a ``name``. Built-ins come through the same entry points as outside ones. A clash
of names or a wrong shape stops the start; a missing optional library lists the plug-in as unavailable.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Generic, TypeVar, cast

from lms.core.errors import NotFound

__all__ = ["Group", "PluginError", "Registries", "Registry", "Unavailable"]

T = TypeVar("T")


class PluginError(Exception):
    """A plug-in clashes, has the wrong shape or cannot be found: the application must not start."""


@dataclass(frozen=True, slots=True)
class Group(Generic[T]):
    """A kind of plug-in: the entry-point group and the attributes that every member must have."""

    name: str
    required: tuple[str, ...] = ("name",)


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A plug-in that is installed but cannot work here, and why."""

    name: str
    reason: str
    source: str


@dataclass(slots=True)
class Registry(Generic[T]):
    """The members of one group by name."""

    group: Group[T]
    _members: dict[str, T] = field(default_factory=dict)
    _sources: dict[str, str] = field(default_factory=dict)
    unavailable: list[Unavailable] = field(default_factory=list)

    def add(self, plugin: T, source: str) -> None:
        """Register ``plugin``; raise PluginError on a clash or a missing attribute."""
        missing = [name for name in self.group.required if not hasattr(plugin, name)]
        if missing:
            raise PluginError(f"{self.group.name}: {plugin!r} from {source} lacks {', '.join(missing)}")
        name = str(cast(Any, plugin).name)
        if name in self._members:
            raise PluginError(f"{self.group.name}: '{name}' from {source} clashes with {self._sources[name]}")
        self._members[name] = plugin
        self._sources[name] = source

    def get(self, name: str) -> T:
        """Return the plug-in called ``name``; raise NotFound ``plugin.missing``."""
        try:
            return self._members[name]
        except KeyError:
            raise NotFound("plugin.missing", group=self.group.name, name=name) from None

    def find(self, name: str) -> T | None:
        """Return the plug-in called ``name`` or None (content whose plug-in is gone stays readable)."""
        return self._members.get(name)

    def source_of(self, name: str) -> str:
        """Return the distribution or wiring that brought ``name``."""
        return self._sources[name]

    def names(self) -> list[str]:
        """Return all names in alphabetical order."""
        return sorted(self._members)

    def __iter__(self) -> Iterator[T]:
        """Walk the plug-ins in the order of their names."""
        return iter([self._members[name] for name in self.names()])

    def __len__(self) -> int:
        """Count the plug-ins."""
        return len(self._members)


def _members_of(loaded: Any) -> Iterable[Any]:
    """Return the plug-ins behind an entry point: an object, a class, or a function that lists several."""
    if hasattr(loaded, "name"):
        return (loaded() if isinstance(loaded, type) else loaded,)
    if callable(loaded):
        return cast(Iterable[Any], loaded())
    return cast(Iterable[Any], loaded)


@lru_cache(maxsize=1)
def _all_installed(path: tuple[str, ...]) -> Any:
    """Return the entry points of everything that is installed on ``path``: it reads every distribution's metadata."""
    return entry_points()


@lru_cache(maxsize=64)
def _installed(group: str, path: tuple[str, ...]) -> tuple[tuple[EntryPoint, str], ...]:
    """Return the entry points of a group by name, each with what brought it."""
    points = sorted(_all_installed(path).select(group=group), key=lambda item: item.name)
    return tuple((point, point.dist.name if point.dist is not None else point.value) for point in points)


class Registries:
    """All registries of one process."""

    def __init__(self, groups: Iterable[Group[Any]]) -> None:
        """Make an empty registry for each of ``groups``."""
        self._by_group: dict[str, Registry[Any]] = {group.name: Registry(group) for group in groups}

    def of(self, group: Group[T]) -> Registry[T]:
        """Return the registry of ``group``; raise PluginError when no feature declares it."""
        try:
            return cast(Registry[T], self._by_group[group.name])
        except KeyError:
            raise PluginError(f"no feature declares the plug-in group {group.name}") from None

    def load_entry_points(self) -> None:
        """Fill every registry from the installed distributions."""
        for registry in self._by_group.values():
            for point, source in _installed(registry.group.name, tuple(sys.path)):
                self._load(registry, point, source)

    def _load(self, registry: Registry[Any], point: EntryPoint, source: str = "") -> None:
        source = source or point.value
        try:
            loaded = point.load()
        except ImportError as error:
            if (error.name or "").split(".")[0] == "lms":
                raise PluginError(f"{registry.group.name}: {point.value}: {error}") from error
            registry.unavailable.append(Unavailable(point.name, str(error), source))
            return
        except AttributeError as error:
            raise PluginError(f"{registry.group.name}: {point.value} from {source}: {error}") from error
        for plugin in _members_of(loaded):
            reason = getattr(plugin, "unavailable_reason", None)
            if reason:
                registry.unavailable.append(Unavailable(str(plugin.name), str(reason), source))
            else:
                registry.add(plugin, source)

    def provide(self, provided: Mapping[Group[Any], Iterable[Any]], source: str) -> None:
        """Register what a feature's wiring brings (ports that an upper floor implements)."""
        for group, plugins in provided.items():
            for plugin in plugins:
                self.of(group).add(plugin, source)

    def __iter__(self) -> Iterator[Registry[Any]]:
        """Walk the registries by group name."""
        return iter([self._by_group[name] for name in sorted(self._by_group)])
