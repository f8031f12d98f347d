"""Keep the Russian catalogues complete: one per feature, in lms/<feature>/translations/ru/LC_MESSAGES.

    python tools/i18n.py update [feature …]   extract from code and templates, merge into messages.po, compile .mo
    python tools/i18n.py missing [feature …]  print what still has no Russian text
    python tools/i18n.py check [feature …]    exit 1 on anything missing, fuzzy, left over, stale or contradictory

English message ids, Russian texts. The files carry no dates and no line numbers, so that the same sources give the
same bytes.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "lms"
HOLE = "qq0qq"  # stands for {{ … }} while a template is read as HTML
NO_DATE = datetime(2026, 1, 1, tzinfo=UTC)
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "lazy_gettext": None,
    "_l": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "lazy_pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
HEADER = """# Russian texts of "{feature}".
#
msgid ""
msgstr ""
"Project-Id-Version: marshrut-lms\\n"
"Language: ru\\n"
"Plural-Forms: nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def features() -> list[str]:
    """Return the names of the folders under lms/ that can have strings."""
    return sorted(p.name for p in PACKAGE.iterdir() if p.is_dir() and (p / "__init__.py").exists())


def folder(feature: str) -> Path:
    """Return where the catalogue of ``feature`` lies."""
    return PACKAGE / feature / "translations/ru/LC_MESSAGES"


def extract(feature: str) -> Catalog:
    """Return every string of ``feature`` (``core`` takes the modules that stand right under lms/ too)."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as config:
        methods, options = parse_mapping_cfg(config, "babel.cfg")
    catalog = Catalog(locale="ru", charset="utf-8")
    found = extract_from_dir(
        str(PACKAGE / feature), methods, options, KEYWORDS, comment_tags=("Translators:",)
    )
    for name, _line, text, comments, context in found:
        catalog.add(text, None, [(f"lms/{feature}/{name}", 1)], auto_comments=comments, context=context)
    if feature == "core":
        for name, _line, text, comments, context in extract_from_dir(
            str(PACKAGE), methods, options, KEYWORDS, directory_filter=lambda _path: False
        ):
            catalog.add(text, None, [(f"lms/{name}", 1)], auto_comments=comments, context=context)
    return catalog


def load(feature: str) -> Catalog:
    """Return the catalogue as it stands, empty when there is none."""
    path = folder(feature) / "messages.po"
    if not path.exists():
        return Catalog(locale="ru", charset="utf-8")
    with path.open("rb") as source:
        catalog: Catalog = read_po(source, locale="ru", abort_invalid=True)
    return catalog


def render(feature: str, catalog: Catalog) -> bytes:
    """Return the bytes of messages.po."""
    body = io.BytesIO()
    write_po(
        body,
        catalog,
        width=118,
        sort_output=True,
        ignore_obsolete=True,
        omit_header=True,
        include_lineno=False,
    )
    return HEADER.format(feature=feature).encode() + body.getvalue().lstrip(b"\n")


def compiled(catalog: Catalog) -> bytes:
    """Return the bytes of messages.mo."""
    catalog.creation_date = catalog.revision_date = NO_DATE
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def update(feature: str) -> int:
    """Merge what the sources say into the catalogue; return how many texts are still to be written."""
    template = extract(feature)
    if not len(template):
        return 0
    catalog = load(feature)
    catalog.update(template, no_fuzzy_matching=True, update_header_comment=False)
    catalog.obsolete.clear()
    folder(feature).mkdir(parents=True, exist_ok=True)
    (folder(feature) / "messages.po").write_bytes(render(feature, catalog))
    (folder(feature) / "messages.mo").write_bytes(compiled(load(feature)))
    return len(list(untranslated(catalog)))


def _parts(message: Message) -> list[str]:
    return list(message.string) if isinstance(message.string, (list, tuple)) else [message.string]


def untranslated(catalog: Catalog) -> Iterator[Message]:
    """Yield the messages that lack a text (any of the three plural forms counts)."""
    for message in catalog:
        if message.id and not all(part and part.strip() for part in _parts(message)):
            yield message


def _key(message: Message) -> tuple[str, str]:
    first = message.id[0] if isinstance(message.id, (list, tuple)) else message.id
    return message.context or "", first


def _holes(text: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)", text))


def problems(feature: str) -> Iterator[str]:
    """Yield what is wrong with the catalogue of ``feature``, one sentence each."""
    template, catalog = extract(feature), load(feature)
    wanted, have = ({_key(m): m for m in c if m.id} for c in (template, catalog))
    for key in wanted.keys() - have.keys():
        yield f"{feature}: not in the catalogue: {key[1]!r}"
    for key in have.keys() - wanted.keys():
        yield f"{feature}: no longer used: {key[1]!r}"
    for message in untranslated(catalog):
        yield f"{feature}: no Russian text: {_key(message)[1]!r}"
    for message in catalog:
        if message.id and message.fuzzy:
            yield f"{feature}: fuzzy: {_key(message)[1]!r}"
        ids = message.id if isinstance(message.id, (list, tuple)) else [message.id]
        for part in _parts(message) if message.id else []:
            if part and _holes(part) - {h for one in ids for h in _holes(one)}:
                yield f"{feature}: the text names a value the message does not have: {_key(message)[1]!r}"
    if wanted and not _is_fresh(feature, catalog):
        yield f"{feature}: messages.mo is stale"


def _is_fresh(feature: str, catalog: Catalog) -> bool:
    path = folder(feature) / "messages.mo"
    if not path.exists():
        return False
    texts = [
        {_key(m): tuple(_parts(m)) for m in read_mo(source) if m.id}
        for source in (io.BytesIO(path.read_bytes()), io.BytesIO(compiled(catalog)))
    ]
    return texts[0] == texts[1]


def contradictions(names: list[str]) -> Iterator[str]:
    """Yield messages that two features translate differently: catalogues are merged, so one would win at random."""
    seen: dict[tuple[str, str], tuple[str, list[str]]] = {}
    for name in names:
        for message in load(name):
            if not message.id:
                continue
            other, texts = seen.setdefault(_key(message), (name, _parts(message)))
            if texts != _parts(message):
                yield f"{other} and {name} say {_key(message)[1]!r} differently: use a context (pgettext)"


class _Words(HTMLParser):
    """Collect literal words of a page: text nodes and the attributes that are read aloud."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [
            v or "" for k, v in attrs if k in {"alt", "title", "aria-label", "placeholder", "label"}
        ]


def literals(path: Path) -> list[str]:
    """Return the words that a template shows without asking for their translation."""
    source = re.sub(r"{% block body_class %}.*?{% endblock %}", "", path.read_text("utf-8"))
    environment = Environment(extensions=["jinja2.ext.do"], autoescape=True)
    page = "".join(
        value if kind == "data" else HOLE
        for _line, kind, value in environment.lex(source)
        if kind in {"data", "variable_begin"}
    )
    words = _Words()
    words.feed(page)
    texts = (re.sub(r'[\w-]+="[^"<>]*"|\w*-?' + HOLE + r"[\w-]*", " ", text) for text in words.found)
    return [found for text in texts for found in re.findall(r"[^\W\d_][\w’'-]+(?:\s+[\w’'-]+)*", text)]


def _main(argv: list[str]) -> int:
    command, names = (argv[0] if argv else "check"), (argv[1:] or features())
    if command == "update":
        for name in names:
            left = update(name)
            print(f"{name}: {left} to translate" if left else f"{name}: complete")
        return 0
    if command == "missing":
        for name in names:
            for message in untranslated(load(name)):
                print(f"{name}\t{message.context or ''}\t{message.id!r}")
        return 0
    if command == "check":
        found = [line for name in names for line in problems(name)]
        found += list(contradictions(features()))
        for path in sorted(p for name in names for p in (PACKAGE / name).glob("templates/**/*.html")):
            found += [f"{path.relative_to(ROOT)}: words outside _(): {word!r}" for word in literals(path)]
        print("\n".join(found) or "all strings are translated")
        return 1 if found else 0
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
