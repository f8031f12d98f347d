"""Read a Moodle backup (.mbz): its sections, and of each activity what has a place in a course here."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property

from lms.core.packages import Package
from lms.core.xmltree import Node, parse_xml
from lms.courses.formats.availability import Group, Opened, grouped, read_availability, with_condition
from lms.courses.formats.building import Builder, refused
from lms.courses.formats.prose import escaped, story_of
from lms.courses.formats.values import FoundCourse, FoundFile, FoundItem, FoundSection, Reason, UnreadableFile
from lms.courses.ports import ReadQuestion

__all__ = ["BACKUP", "read_moodle_backup"]

BACKUP = "moodle_backup.xml"
NULL = "$@NULL@$"
#: Sections and activities together.
MAX_ITEMS = 5_000


class _Activity:
    """An activity of a backup: its element, its own files and where they are said."""

    def __init__(self, title: str, kind: str, place: str, root: Node, files: Mapping[str, FoundFile]) -> None:
        self.title, self.kind, self.place = title, kind, place
        self.node = root.first(kind) or Node(kind, {}, 1)
        self.files = files

    def text(self, name: str) -> str:
        """Return a field; nothing where the backup has none."""
        found = self.node.text_at(name)
        return "" if found == NULL else found

    def find(self, source: str) -> FoundFile | None:
        """Return a file of the activity by the address that its texts use."""
        return self.files.get(source.replace("@@PLUGINFILE@@", "").split("?")[0])


class _Backup:
    """A backup whose table of contents was read."""

    def __init__(self, package: Package, root: Node, builder: Builder) -> None:
        self.package, self.root, self.builder = package, root, builder

    def _xml(self, name: str) -> Node | None:
        found = self.package.find(name)
        return None if found is None else parse_xml(self.package.read(found))

    def course(self) -> FoundCourse:
        """Return the sections in their order with their activities; those of no section stand last."""
        information = self.root.first("information") or Node("information", {}, 1)
        listed = information.first("contents", "sections") or Node("sections", {}, 1)
        if len(information.every("activity")) + sum(1 for _each in listed.children("section")) > MAX_ITEMS:
            raise UnreadableFile("file.too_complex", str(MAX_ITEMS), BACKUP)
        activities: dict[str, list[Opened]] = {}
        for node in information.every("activity"):
            if node.first("directory") is not None:
                found = Opened(node.text_at("moduleid"), self._item(node), self._condition(node))
                activities.setdefault(node.text_at("sectionid"), []).append(found)
        groups = {key: grouped(f"section-{key}", members) for key, members in activities.items()}
        places = {
            member.key: group.key for found in groups.values() for group in found for member in group.members
        }
        sections = []
        for key, title, place, node in self._sections(listed):
            summary = tuple(self._summary(title, place, node.text_at("summary")))
            for group in groups.pop(key, [Group(f"section-{key}", ())]):
                items = (*(summary if group.key == f"section-{key}" else ()), *group.items)
                name = title if group.key == f"section-{key}" else f"{title}: {group.items[0].ref}"[:200]
                section = _opened(FoundSection(group.key, name, place, items), node, places)
                sections.append(with_condition(section, group, places))
        left = tuple(item for found in groups.values() for group in found for item in group.items)
        if left:
            sections.append(FoundSection("rest", "", BACKUP, left))
        title = information.text_at("original_course_fullname")
        return FoundCourse("" if title == NULL else title, tuple(sections), self.builder.files)

    def _sections(self, listed: Node) -> Iterator[tuple[str, str, str, Node]]:
        """Yield (id, title, place, what is said of it) of the sections by their numbers."""
        rows = []
        for node in listed.children("section"):
            key, place = node.text_at("sectionid"), f"{node.text_at('directory')}/section.xml"
            try:
                section = self._xml(place) or Node("section", {}, 1)
            except UnreadableFile:
                section = Node("section", {}, 1)
            said = [section.text_at("name"), node.text_at("title")]
            title = next((text for text in said if text and text != NULL and not text.isdecimal()), "")
            number = section.text_at("number") or "0"
            rows.append(
                (int(number) if number.isdecimal() and len(number) < 9 else 0, key, title, place, section)
            )
        for _number, key, title, place, section in sorted(rows, key=lambda row: row[0]):
            yield key, title, place, section

    def _summary(self, title: str, place: str, html: str) -> Iterator[FoundItem]:
        """Yield what stands at the top of a section, if anything does."""
        if html and html != NULL and story_of(html, self.builder.is_known).parts:
            yield self.builder.page(title, "summary", place, html, lambda _source: None)

    def _item(self, node: Node) -> FoundItem:
        title, kind = node.text_at("title"), node.text_at("modulename")
        place = f"{node.text_at('directory')}/{kind}.xml"
        read = _READERS.get(kind)
        if read is None:
            return refused(title, kind, place, "activity.unknown", kind)
        try:
            root = self._xml(place)
            if root is None:
                return refused(title, kind, place, "resource.no_file", place)
            files = self._files.get((root.attrs.get("contextid", ""), f"mod_{kind}"), {})
            item = read(self, _Activity(title, kind, place, root, files))
            return replace(item, reasons=(*item.reasons, *self._left_out(node.text_at("directory"))))
        except UnreadableFile as error:
            return FoundItem(title, kind, error.place or place, reasons=(error.reason,))

    def _condition(self, node: Node) -> str:
        """Return what opens an activity, as backups since Moodle 2.7 say it; an empty text when it is always open."""
        try:
            module = self._xml(f"{node.text_at('directory')}/module.xml") or Node("module", {}, 1)
        except UnreadableFile:
            return ""
        said = module.text_at("availability")
        return "" if said == NULL or '"c":[]' in said else said

    def _left_out(self, directory: str) -> tuple[Reason, ...]:
        """Return a reason when a backup of an older Moodle has opened an activity to some or at some times only."""
        module = self._xml(f"{directory}/module.xml") or Node("module", {}, 1)
        before = any(module.every("availability_field")) or any(
            node.text() not in ("", NULL) for node in module.every("availability") if any(node.children())
        )
        return (Reason("availability.lost"),) if before else ()

    @cached_property
    def _files(self) -> dict[tuple[str, str], dict[str, FoundFile]]:
        """Return the files of each activity by (context, component) and their path."""
        found: dict[tuple[str, str], dict[str, FoundFile]] = {}
        root = self._xml("files.xml") or Node("files", {}, 1)
        for node in root.children("file"):
            digest, name = node.text_at("contenthash"), node.text_at("filename")
            where = self.package.find(f"files/{digest[:2]}/{digest}")
            if name != "." and where is not None:
                area = found.setdefault((node.text_at("contextid"), node.text_at("component")), {})
                area[node.text_at("filepath") + name] = FoundFile(
                    name, _reading(self.package, where), f"{where}:{name}"
                )
        return found

    @cached_property
    def _questions(self) -> Mapping[str, list[ReadQuestion]]:
        reader, name = self.builder.questions, self.package.find("questions.xml")
        if reader is None or name is None:
            return {}
        return reader.read_backup(self.package.read(name), name, self.builder.registries)

    def page(self, it: _Activity) -> FoundItem:
        """Return a page, or a label on the page of the course."""
        html = it.text("intro") if it.kind == "label" else it.text("content")
        return self.builder.page(it.title, it.kind, it.place, html, it.find)

    def link(self, it: _Activity) -> FoundItem:
        """Return a link."""
        about = story_of(it.text("intro"), self.builder.is_known)
        said = next((part for part in about.parts if isinstance(part, str)), "")
        return self.builder.link(it.title, it.kind, it.place, it.text("externalurl"), said)

    def files(self, it: _Activity) -> FoundItem:
        """Return the files of a resource or a folder, one block each."""
        made = [self.builder.file(it.title if len(it.files) == 1 else found.name, it.kind, it.place, found)
                for found in it.files.values()]  # fmt: skip
        blocks = tuple(block for each in made for block in each.blocks)
        reasons = tuple(reason for each in made for reason in each.reasons)
        return FoundItem(
            it.title, it.kind, it.place, blocks, reasons or (Reason("resource.no_file"),) * (not blocks)
        )

    def packed(self, it: _Activity) -> FoundItem:
        """Return a SCORM or H5P package; the files that Moodle has unpacked from it are left out."""
        found = next(
            (each for each in it.files.values() if each.name.casefold().endswith((".zip", ".h5p"))), None
        )
        if found is None:
            return refused(it.title, it.kind, it.place, "resource.no_file")
        about = story_of(it.text("intro"), self.builder.is_known)
        said = "\n\n".join(part for part in about.parts if isinstance(part, str))
        return self.builder.file(it.title, it.kind, it.place, found, said)

    def tool(self, it: _Activity) -> FoundItem:
        """Return a task at a tool; whether the school has registered it is found out when the step is made."""
        about = story_of(it.text("intro"), self.builder.is_known)
        said = "\n\n".join(part for part in about.parts if isinstance(part, str))
        address = it.text("securetoolurl") or it.text("toolurl")
        pairs = (line.partition("=") for line in it.text("instructorcustomparameters").splitlines())
        custom = {name.strip(): value.strip() for name, _sign, value in pairs if name.strip()}
        return self.builder.tool(it.title, it.kind, it.place, address, custom, said)

    def task(self, it: _Activity) -> FoundItem:
        """Return an assignment."""
        return self.builder.task(it.title, it.kind, it.place, it.text("intro"))

    def discussion(self, it: _Activity) -> FoundItem:
        """Return what is to be discussed as work to hand in; news of a course have no place here."""
        if it.text("type") == "news":
            return refused(it.title, it.kind, it.place, "forum.news")
        return self.builder.task(it.title, it.kind, it.place, it.text("intro"), Reason("discussion.as_work"))

    def book(self, it: _Activity) -> FoundItem:
        """Return the chapters of a book, a page each."""
        pages = [
            self.builder.page(node.text_at("title"), it.kind, it.place, node.text_at("content"), it.find)
            for node in it.node.every("chapter")
        ]
        blocks = tuple(block for page in pages for block in page.blocks)
        reasons = tuple(dict.fromkeys(reason for page in pages for reason in page.reasons))
        return FoundItem(
            it.title, it.kind, it.place, blocks, reasons or (Reason("text.none"),) * (not blocks)
        )

    def glossary(self, it: _Activity) -> FoundItem:
        """Return a glossary as a text of its words and what they mean."""
        lines = [
            f"**{escaped(node.text_at('concept'))}**\n\n" + "\n\n".join(
                part for part in story_of(node.text_at("definition"), self.builder.is_known).parts
                if isinstance(part, str)
            )
            for node in it.node.every("entry")
        ]  # fmt: skip
        if not lines:
            return refused(it.title, it.kind, it.place, "text.none")
        text = "\n\n".join(lines)
        block = self.builder.block("text", {"markdown": text}, it.title, words=len(text.split()))
        return FoundItem(it.title, it.kind, it.place, (block,), (Reason("glossary.as_text"),))

    def quiz(self, it: _Activity) -> FoundItem:
        """Return a quiz with the questions of its slots; one that draws from a category asks all of it."""
        asked: list[ReadQuestion] = []
        reasons: list[Reason] = list(self._questions[""][0].reasons) if "" in self._questions else []
        for slot in it.node.every("question_instance"):
            key, is_drawn = _asked_by(slot)
            found = self._questions.get(key, [])
            if is_drawn:
                reasons.append(Reason("quiz.drawn"))
            if not found:
                place = f"{it.place}: line {slot.line}"
                found = [
                    ReadQuestion(
                        key,
                        "random" if is_drawn else "question",
                        place,
                        reasons=(Reason("question.not_there", key),),
                    )
                ]
            asked += [each for each in found if each not in asked]
        return self.builder.quiz(
            it.title, it.kind, it.place, it.text("intro"), asked, *dict.fromkeys(reasons)
        )


def _opened(section: FoundSection, node: Node, places: Mapping[str, str]) -> FoundSection:
    """Return a section with the gate that its backup describes; what of it has no place here is said with its first item."""
    said = node.text_at("availabilityjson")
    if said in ("", NULL):
        return section
    gate, reasons = read_availability(said, places, section.key)
    if not section.items or not reasons:
        return replace(section, gate=gate)
    first = replace(section.items[0], reasons=(*section.items[0].reasons, *reasons))
    return replace(section, gate=gate, items=(first, *section.items[1:]))


def _reading(package: Package, name: str) -> Callable[[], bytes]:
    return lambda: package.read(name)


def _asked_by(slot: Node) -> tuple[str, bool]:
    """Return the key of what a slot asks, and whether it draws it from a category."""
    entry = slot.text_at("question_reference", "questionbankentryid")
    if entry:
        return f"entry:{entry}", False
    drawn = slot.text_at("question_set_reference", "filtercondition")
    if drawn:
        return f"category:{_category_of(drawn)}", True
    return f"question:{slot.text_at('questionid') or slot.text_at('question')}", False


def _category_of(condition: str) -> str:
    """Return the category of a filter: as Moodle 4.0 to 4.2 writes it, or 4.3 and later."""
    try:
        said = json.loads(condition)
        if "questioncategoryid" in said:
            return str(said["questioncategoryid"])
        return str(said["filter"]["category"]["values"][0])
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        return ""


_READERS: Mapping[str, Callable[[_Backup, _Activity], FoundItem]] = {
    "page": _Backup.page,
    "label": _Backup.page,
    "url": _Backup.link,
    "resource": _Backup.files,
    "folder": _Backup.files,
    "assign": _Backup.task,
    "forum": _Backup.discussion,
    "book": _Backup.book,
    "glossary": _Backup.glossary,
    "quiz": _Backup.quiz,
    "scorm": _Backup.packed,
    "h5pactivity": _Backup.packed,
    "lti": _Backup.tool,
}


def read_moodle_backup(package: Package, builder: Builder) -> FoundCourse:
    """Return the course of a backup; raise UnreadableFile when its table of contents cannot be read."""
    try:
        root = parse_xml(package.read(BACKUP))
    except UnreadableFile as error:
        raise UnreadableFile(*error.reason, place=f"{BACKUP}: {error.place}") from None
    if root.tag != "moodle_backup":
        raise UnreadableFile("file.no_course", root.tag, BACKUP)
    return _Backup(package, root, builder).course()
