"""Make blocks of what readers find: pages with their pictures, files, links, quizzes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lms.core.registry import Registries
from lms.courses.formats.prose import Shown, escaped, story_of
from lms.courses.formats.values import Finding, FoundFile, FoundItem, Reason
from lms.courses.ports import QuestionReader, ReadQuestion
from lms.courses.rules.lti import usable_address
from lms.courses.rules.media import H5P, MEDIA_TYPES, SCORM
from lms.courses.rules.writing import WORDS_A_MINUTE
from lms.courses.types import NewBlock

__all__ = ["Builder", "Find", "plain_name", "refused"]

#: Finds the file that an address inside a page means: its name in the package and what it is; None when it is not there.
Find = Callable[[str], FoundFile | None]
PICTURES = ("image/png", "image/jpeg", "image/webp", "image/svg+xml")
MAX_TITLE = 200
#: Longer quizzes are for nobody.
MAX_QUESTIONS = 200
#: What packages of other systems become.
PACKAGES: Mapping[str, str] = {SCORM: "scorm", H5P: "h5p"}


@dataclass
class Builder:
    """What all readers share: which links may stay, who reads questions, the files that blocks name so far."""

    registries: Registries
    is_known: Callable[[str], bool]
    questions: QuestionReader | None
    files: dict[str, FoundFile] = field(default_factory=dict)
    count: int = 0

    def block(self, kind: str, content: Mapping[str, Any], title: str = "", *, words: int = 0) -> NewBlock:
        """Return a block with a key of its own."""
        self.count += 1
        minutes = min(480, max(1, -(-words // WORDS_A_MINUTE)))
        return NewBlock(f"item-{self.count}", kind, content, title[:MAX_TITLE], est_minutes=minutes)

    def page(self, ref: str, kind: str, place: str, html: str, find: Find) -> FoundItem:
        """Return a page: texts and pictures in order, all on one page of the player."""
        story = story_of(html, self.is_known)
        reasons = list(story.reasons)
        blocks: list[NewBlock] = []
        for part in story.parts:
            made = self._picture(part, find, reasons) if isinstance(part, Shown) else self._text(part)
            if made is not None:
                blocks.append(
                    replace(made, with_previous=True) if blocks else replace(made, title=ref[:MAX_TITLE])
                )
        if not blocks:
            reasons.append(Reason("text.none"))
        return FoundItem(ref, kind, place, tuple(blocks), tuple(dict.fromkeys(reasons)))

    def _text(self, markdown: str) -> NewBlock:
        return self.block("text", {"markdown": markdown}, words=len(markdown.split()))

    def _picture(self, shown: Shown, find: Find, reasons: list[Reason]) -> NewBlock | None:
        found = None if "://" in shown.source else find(shown.source)
        name = shown.source.rpartition("/")[2][:120]
        if found is None:
            reasons.append(Reason("picture.not_there", name))
            return self._text(f"\\[{escaped(shown.alt)}\\]") if shown.alt else None
        if _type_of(found.name) not in PICTURES:
            reasons.append(Reason("picture.kind", name))
            return None
        if not shown.alt:
            reasons.append(Reason("picture.no_words", name))
        return self.block("picture", {"media": self.keep(found), "alt": (shown.alt or found.name)[:300]})

    def keep(self, found: FoundFile) -> str:
        """Return the key by which a block names a file."""
        key = f"file:{found.place}"
        self.files[key] = found
        return key

    def file(self, ref: str, kind: str, place: str, found: FoundFile, summary: str = "") -> FoundItem:
        """Return a file to keep, a picture as a picture; refuse what courses may not carry."""
        media_type = _type_of(found.name)
        if media_type is None:
            return FoundItem(ref, kind, place, reasons=(Reason("file.kind", found.name),))
        if media_type in PICTURES:
            content = {"media": self.keep(found), "alt": found.name}
            made = self.block("picture", content, ref)
            return FoundItem(ref, kind, place, (made,), (Reason("picture.no_words", found.name),))
        if media_type in PACKAGES:
            said = {
                "media": self.keep(found),
                "type": media_type,
                "alternative": escaped(summary or ref or found.name),
            }
            made = self.block(PACKAGES[media_type], said, ref)
            return FoundItem(ref, kind, place, (made,), (Reason("package.no_words", found.name),))
        said = {"label": (ref or found.name)[:MAX_TITLE], "summary": (summary or found.name)[:1000]}
        reasons = () if summary else (Reason("file.no_words", found.name),)
        return FoundItem(
            ref, kind, place, (self.block("file", {"media": self.keep(found), **said}, ref),), reasons
        )

    def link(self, ref: str, kind: str, place: str, address: str, summary: str = "") -> FoundItem:
        """Return a link; refuse one to a site that is not known here."""
        if not address.startswith(("http://", "https://")):
            return FoundItem(ref, kind, place, reasons=(Reason("link.bad", address[:200]),))
        if not self.is_known(address):
            return FoundItem(ref, kind, place, reasons=(Reason("link.refused", address[:200]),))
        content = {"address": address, "label": ref or address, "summary": summary or ref or address}
        reasons = () if summary else (Reason("file.no_words", ref),)
        return FoundItem(ref, kind, place, (self.block("link", content, ref),), reasons)

    def tool(
        self, ref: str, kind: str, place: str, address: str, custom: Mapping[str, str], summary: str = ""
    ) -> FoundItem:
        """Return a task at a tool of another maker (LTI), with what it says of itself in words."""
        if not usable_address(address):
            return FoundItem(ref, kind, place, reasons=(Reason("link.bad", address[:200]),))
        content = {"address": address, "alternative": escaped(summary or ref or address)}
        told = {"custom": dict(custom)} if custom else {}
        made = self.block("lti", {**content, **told}, ref)
        return FoundItem(ref, kind, place, (made,), (Reason("package.no_words", ref),))

    def task(self, ref: str, kind: str, place: str, html: str, *reasons: Reason) -> FoundItem:
        """Return work to hand in; its pictures are told by their words."""
        story = story_of(html, self.is_known)
        texts = [part if isinstance(part, str) else f"\\[{escaped(part.alt)}\\]" for part in story.parts]
        lost = [
            Reason("picture.in_words", each.source[:120]) for each in story.parts if isinstance(each, Shown)
        ]
        task = "\n\n".join(texts).strip() or escaped(ref)
        made = self.block("assignment", {"task": task}, ref, words=len(task.split()))
        return FoundItem(ref, kind, place, (made,), tuple(dict.fromkeys([*reasons, *story.reasons, *lost])))

    def quiz(
        self, ref: str, kind: str, place: str, html: str, asked: Sequence[ReadQuestion], *reasons: Reason
    ) -> FoundItem:
        """Return a quiz: what a machine marks as practice, the rest as work to hand in and texts, each reported."""
        blocks: list[NewBlock] = list(self.page(ref, kind, place, html, lambda _source: None).blocks)
        rows = [each.row for each in asked if each.row is not None][:MAX_QUESTIONS]
        blocks += [self._text(escaped(each.note)) for each in asked if each.note]
        if rows and self.questions is not None:
            name, content = self.questions.block(rows, "")
            blocks.append(self.block(name, content, ref, words=40 * len(rows)))
        for each in (each for each in asked if each.task):
            blocks.append(
                self.block("assignment", {"task": escaped(each.task)}, each.ref, words=WORDS_A_MINUTE)
            )
        parts = tuple(self._part(each) for each in asked)
        if not any(each.row or each.task or each.note for each in asked):
            return FoundItem(ref, kind, place, reasons=(*reasons, Reason("quiz.nothing")), parts=parts)
        many = (Reason("quiz.cut", str(MAX_QUESTIONS)),) if len(rows) == MAX_QUESTIONS else ()
        return FoundItem(ref, kind, place, tuple(blocks), (*reasons, Reason("quiz.practice"), *many), parts)

    def _part(self, read: ReadQuestion) -> Finding:
        taken = bool(read.row or read.task or read.note)
        reasons = (*read.reasons, Reason("question.task")) if read.task else read.reasons
        return Finding(read.ref, read.kind, read.place, reasons, is_refused=not taken)


def _type_of(name: str) -> str | None:
    return MEDIA_TYPES.get(name.rpartition(".")[2].casefold())


def refused(ref: str, kind: str, place: str, code: str, detail: str = "") -> FoundItem:
    """Return an item that cannot be taken over."""
    return FoundItem(ref, kind, place, reasons=(Reason(code, detail[:200]),))


def plain_name(name: str) -> str:
    """Return the last part of a path: what a file is called for people."""
    return name.rpartition("/")[2]
