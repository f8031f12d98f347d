"""Read an IMS Common Cartridge (1.0 to 1.3): its outline, pages, files, links, discussions, assignments and quizzes.

Source: IMS Common Cartridge Profile 1.3, chapter 4 (resources) and 5 (organization).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from lms.core.packages import Package
from lms.core.xmltree import Node, parse_xml
from lms.courses.formats.building import Builder, plain_name, refused
from lms.courses.formats.prose import escaped
from lms.courses.formats.values import FoundCourse, FoundFile, FoundItem, FoundSection, Reason, UnreadableFile

__all__ = ["MANIFEST", "read_cartridge"]

MANIFEST = "imsmanifest.xml"
MAX_ITEMS = 5_000
MAX_DEPTH = 12
_HTML = (".html", ".htm", ".xhtml")


@dataclass(frozen=True, slots=True)
class _Resource:
    """A resource of the manifest: its type, its own file and all its files."""

    type: str
    file: str | None
    files: tuple[str, ...]
    needs: tuple[str, ...]


class _Cartridge:
    """A package whose manifest was read."""

    def __init__(self, package: Package, root: Node, builder: Builder) -> None:
        self.package, self.root, self.builder = package, root, builder
        self.resources = dict(self._resources())
        self.used: set[str] = set()
        self.seen = 0

    def _resources(self) -> Iterator[tuple[str, _Resource]]:
        for node in self.root.every("resource"):
            hrefs = [node.attrs.get("href", "")] + [
                each.attrs.get("href", "") for each in node.children("file")
            ]
            files = [name for href in hrefs if (name := self.package.find(href)) is not None]
            needs = tuple(each.attrs.get("identifierref", "") for each in node.children("dependency"))
            first = next(iter(files), None)
            yield (
                node.attrs.get("identifier", ""),
                _Resource(node.attrs.get("type", ""), first, tuple(dict.fromkeys(files)), needs),
            )

    def course(self) -> FoundCourse:
        """Return everything that the manifest names, what stands in no outline last."""
        title = next((node.text() for node in self.root.every("title") if node.text()), "")
        organization = next(iter(self.root.every("organization")), Node("organization", {}, 1))
        sections = [
            FoundSection(f"part-{number}", name or title, MANIFEST, tuple(items))
            for number, (name, items) in enumerate(self._parts(organization), 1)
        ]
        rest = list(self._rest())
        if rest:
            sections.append(FoundSection("rest", "", MANIFEST, tuple(rest)))
        return FoundCourse(title, tuple(sections), self.builder.files)

    def _parts(self, organization: Node) -> Iterator[tuple[str, list[FoundItem]]]:
        """Yield the sections of the outline; what stands beside them in its root gets one of its own."""
        roots = list(organization.children("item"))
        tops = roots
        if len(roots) == 1 and not roots[0].attrs.get("identifierref"):
            tops = list(roots[0].children("item"))
        loose: list[Node] = []
        for top in tops:
            if top.first("item") is None:
                loose.append(top)
                continue
            if loose:
                yield "", [item for each in loose for item in self._items(each, 0)]
                loose = []
            yield top.text_at("title"), list(self._items(top, 0))
        if loose:
            yield "", [item for each in loose for item in self._items(each, 0)]

    def _items(self, node: Node, depth: int) -> Iterator[FoundItem]:
        """Yield what an item and those below become; one that only has a title is a heading."""
        title, ref = node.text_at("title"), node.attrs.get("identifierref", "")
        place = f"{MANIFEST}: line {node.line}"
        self._count(place, depth)
        if ref:
            yield self._item(title or ref, ref, place)
        elif depth and title:
            block = self.builder.block("text", {"markdown": f"## {escaped(title)}"}, title)
            yield FoundItem(title, "heading", place, (block,))
        for child in node.children("item"):
            yield from self._items(child, depth + 1)

    def _count(self, place: str, depth: int = 0) -> None:
        self.seen += 1
        if self.seen > MAX_ITEMS or depth > MAX_DEPTH:
            raise UnreadableFile("file.too_complex", str(MAX_ITEMS), place)

    def _item(self, title: str, ref: str, place: str) -> FoundItem:
        resource = self.resources.get(ref)
        if resource is None:
            return refused(title, "resource", place, "resource.none", ref)
        self.used |= {ref, *resource.needs}
        if resource.file is None:
            return refused(title, _kind_of(resource.type), place, "resource.no_file", ref)
        try:
            return self._taken(title, resource, resource.file)
        except UnreadableFile as error:
            return FoundItem(
                title, _kind_of(resource.type), error.place or resource.file, reasons=(error.reason,)
            )

    def _taken(self, title: str, resource: _Resource, name: str) -> FoundItem:
        kind, builder = _kind_of(resource.type), self.builder
        if kind == "quiz":
            asked = [] if builder.questions is None else builder.questions.read(
                self.package.read(name), name, builder.registries
            )  # fmt: skip
            return builder.quiz(title, kind, name, "", asked)
        if kind == "tool":
            return self._tool(title, kind, name, parse_xml(self.package.read(name)))
        if kind in {"link", "discussion", "assignment"}:
            return self._told(title, kind, name, parse_xml(self.package.read(name)))
        if kind == "settings":
            return refused(title, kind, name, "settings.other")
        if name.casefold().endswith(_HTML):
            return builder.page(
                title, "page", name, _decoded(self.package.read(name)), lambda href: self._find(href, name)
            )
        return builder.file(
            title, "file", name, FoundFile(plain_name(name), lambda: self.package.read(name), name)
        )

    def _tool(self, title: str, kind: str, name: str, root: Node) -> FoundItem:
        """Return a task at a tool. Source: IMS Common Cartridge 1.3, Basic LTI links."""
        address = root.text_at("secure_launch_url") or root.text_at("launch_url")
        custom = {
            node.attrs.get("name", ""): node.text()
            for group in root.children("custom")
            for node in group.children("property")
        }
        told = {key: value for key, value in custom.items() if key}
        title = title or root.text_at("title")
        return self.builder.tool(title, kind, name, address, told, root.text_at("description"))

    def _told(self, title: str, kind: str, name: str, root: Node) -> FoundItem:
        """Return a link, a discussion or an assignment: XML with a title and a text."""
        title = title or root.text_at("title")
        if kind == "link":
            url = root.first("url")
            return self.builder.link(
                title, kind, name, "" if url is None else url.attrs.get("href", "").strip()
            )
        html = root.text_at("text")
        if kind == "assignment":
            return self.builder.task(title, kind, name, html)
        return self.builder.task(title, kind, name, html, Reason("discussion.as_work"))

    def _find(self, href: str, base: str) -> FoundFile | None:
        plain = href.replace("$IMS-CC-FILEBASE$", "").replace("%24IMS-CC-FILEBASE%24", "").lstrip("/")
        found = self.package.find(href, base)
        for near in ("", "web_resources/"):
            found = found or self.package.find(near + plain) or self.package.find(plain, near + "x")
        if found is None:
            return None
        self.used |= self._holders.get(found, set())
        return FoundFile(plain_name(found), lambda: self.package.read(found), found)

    @cached_property
    def _holders(self) -> dict[str, set[str]]:
        """Return the resources that have each file."""
        found: dict[str, set[str]] = {}
        for ref, resource in self.resources.items():
            for name in resource.files:
                found.setdefault(name, set()).add(ref)
        return found

    def _rest(self) -> Iterator[FoundItem]:
        """Yield the resources that stand in no outline and belong to nothing that does."""
        needed = {each for resource in self.resources.values() for each in resource.needs}
        for ref, resource in self.resources.items():
            if ref not in self.used and ref not in needed:
                self._count(MANIFEST)
                title = plain_name(resource.file or ref)
                yield self._item(title, ref, MANIFEST)


def _kind_of(type_name: str) -> str:
    """Return the kind of a resource in our words."""
    marks = {
        "imsqti": "quiz",
        "imsbasiclti": "tool",
        "imswl": "link",
        "imsdt": "discussion",
        "assignment": "assignment",
        "associatedcontent": "settings",
        "webcontent": "file",
    }
    return next((kind for mark, kind in marks.items() if mark in type_name), "file")


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1251"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def read_cartridge(package: Package, builder: Builder) -> FoundCourse:
    """Return the course of a cartridge; raise UnreadableFile when its manifest cannot be read."""
    try:
        root = parse_xml(package.read(MANIFEST))
    except UnreadableFile as error:
        raise UnreadableFile(*error.reason, place=f"{MANIFEST}: {error.place}") from None
    if root.tag != "manifest":
        raise UnreadableFile("file.no_course", root.tag, MANIFEST)
    return _Cartridge(package, root, builder).course()
