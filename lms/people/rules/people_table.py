"""Read a table of people (CSV): lines in, people and faults out.

The first line names the columns, in English or in Russian, in any order. Comma or semicolon, UTF-8 or Windows-1251: what
a spreadsheet of either language writes.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from io import StringIO

from lms.people.rules.authority import GIVEN_OTHERWISE
from lms.people.types import RoleKind

__all__ = [
    "COLUMNS",
    "MAX_LINES",
    "REQUIRED",
    "PeopleTable",
    "PersonLine",
    "decode",
    "read_people",
    "with_known",
]

#: The columns by their names in the file; the first name of each is the one that is documented.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "family_name": ("family_name", "фамилия"),
    "given_name": ("given_name", "имя"),
    "patronymic": ("patronymic", "отчество"),
    "birth_date": ("birth_date", "дата рождения"),
    "login": ("login", "логин"),
    "role": ("role", "роль"),
    "class_label": ("class", "класс"),
    "child_login": ("child_login", "логин ребёнка"),
}
REQUIRED = ("family_name", "given_name", "role")
MAX_LINES = 2000

_ROLE_WORDS = {
    "ученик": RoleKind.STUDENT,
    "ученица": RoleKind.STUDENT,
    "родитель": RoleKind.GUARDIAN,
    "учитель": RoleKind.TEACHER,
    "классный руководитель": RoleKind.CLASS_TEACHER,
    "тьютор": RoleKind.TUTOR,
    "канцелярия": RoleKind.REGISTRAR,
    "секретарь": RoleKind.REGISTRAR,
    "завуч": RoleKind.DEPUTY_HEAD,
    "директор": RoleKind.DIRECTOR,
}
_LOGIN = re.compile(r"[a-z0-9а-яё][a-z0-9а-яё._@-]{1,79}")


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One line of the table; ``faults`` are codes of what keeps it out, ``line`` counts from 1 with the heading."""

    line: int
    family_name: str
    given_name: str
    patronymic: str = ""
    birth_date: date | None = None
    login: str = ""
    role: RoleKind | None = None
    class_label: str = ""
    child_login: str = ""
    faults: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return the name as the file has it."""
        return " ".join(part for part in (self.family_name, self.given_name, self.patronymic) if part)


@dataclass(frozen=True, slots=True)
class PeopleTable:
    """A table as read; ``fault`` is the code of what is wrong with it as a whole, or empty."""

    lines: tuple[PersonLine, ...] = ()
    fault: str = ""

    @property
    def usable(self) -> tuple[PersonLine, ...]:
        """Return the lines that nothing is wrong with."""
        return tuple(line for line in self.lines if not line.faults)


def decode(data: bytes) -> str:
    """Return the text of a file in UTF-8 or Windows-1251."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1251", errors="replace")


def read_people(text: str) -> PeopleTable:
    """Return the people of a table; what is wrong stands at each line, or at the table when it cannot be read."""
    heading = text.strip("\ufeff\r\n ").split("\n", 1)[0]
    if "\x00" in text or not heading:
        return PeopleTable(fault="people.table_unreadable")
    delimiter = ";" if heading.count(";") >= heading.count(",") else ","
    try:
        rows = list(csv.reader(StringIO(text.strip("\ufeff\r\n ")), delimiter=delimiter))
    except csv.Error:
        return PeopleTable(fault="people.table_unreadable")
    places = _places(rows[0])
    if any(name not in places for name in REQUIRED):
        return PeopleTable(fault="people.table_columns")
    if len(rows) - 1 > MAX_LINES:
        return PeopleTable(fault="people.table_long")
    lines = [
        _line(number, {name: _cell(row, place) for name, place in places.items()})
        for number, row in enumerate(rows[1:], start=2)
        if any(cell.strip() for cell in row)
    ]
    return PeopleTable(tuple(_without_twins(lines))) if lines else PeopleTable(fault="people.table_empty")


def _places(heading: list[str]) -> dict[str, int]:
    names = [cell.strip().casefold() for cell in heading]
    return {
        column: names.index(word)
        for column, words in COLUMNS.items()
        for word in words
        if word.casefold() in names
    }


def _cell(row: list[str], place: int) -> str:
    return " ".join(row[place].split()) if place < len(row) else ""


def _line(number: int, cells: dict[str, str]) -> PersonLine:
    role, born = _role(cells["role"]), _day(cells.get("birth_date", ""))
    login = cells.get("login", "").casefold()
    faults = []
    if not cells["family_name"] or not cells["given_name"]:
        faults.append("people.line_no_name")
    if max(len(cells["family_name"]), len(cells["given_name"]), len(cells.get("patronymic", ""))) > 80:
        faults.append("people.line_long_name")
    if role is None:
        faults.append("people.line_role")
    if cells.get("birth_date") and born is None:
        faults.append("people.line_date")
    if login and not _LOGIN.fullmatch(login):
        faults.append("people.login_shape")
    if role is RoleKind.GUARDIAN and not cells.get("child_login"):
        faults.append("people.line_no_child")
    return PersonLine(
        number,
        cells["family_name"],
        cells["given_name"],
        cells.get("patronymic", ""),
        born,
        login,
        role,
        cells.get("class_label", ""),
        cells.get("child_login", "").casefold(),
        tuple(faults),
    )


def _role(word: str) -> RoleKind | None:
    plain = word.casefold()
    return _ROLE_WORDS.get(plain) or next((kind for kind in RoleKind if kind.value == plain), None)


def _day(text: str) -> date | None:
    for shape in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            day = datetime.strptime(text, shape).replace(tzinfo=UTC).date()
        except ValueError:
            continue
        return day if 1900 < day.year < 2100 else None
    return None


def _without_twins(lines: list[PersonLine]) -> list[PersonLine]:
    """Return the lines with a fault at each login that stands in the table for the second time."""
    seen: set[str] = set()
    checked = []
    for line in lines:
        if line.login and line.login in seen:
            line = replace(line, faults=(*line.faults, "people.line_twice"))
        seen.add(line.login)
        checked.append(line)
    return checked


def with_known(
    table: PeopleTable,
    *,
    taken: Collection[str],
    students: Collection[str],
    classes: Collection[str],
    grantable: Collection[RoleKind],
) -> PeopleTable:
    """Return the table with the faults that only the school's own records show.

    ``taken`` are the logins in use, ``students`` those of this school's students, ``classes`` the labels of its classes,
    ``grantable`` the roles that whoever imports may give.
    """

    def checked(line: PersonLine, known: Collection[str]) -> PersonLine:
        faults = list(line.faults)
        if line.login and line.login in taken:
            faults.append("people.login_taken")
        if line.class_label and line.role is RoleKind.STUDENT and line.class_label not in classes:
            faults.append("people.line_no_class")
        if line.child_login and line.role is RoleKind.GUARDIAN and line.child_login not in known:
            faults.append("people.line_child_unknown")
        if line.role not in (None, *GIVEN_OTHERWISE) and line.role not in grantable:
            faults.append("people.role_above")
        return replace(line, faults=tuple(faults))

    pupils = [checked(line, students) for line in table.lines if line.role is RoleKind.STUDENT]
    known = {*students, *(line.login for line in pupils if line.login and not line.faults)}
    return PeopleTable(tuple(checked(line, known) for line in table.lines), table.fault)
