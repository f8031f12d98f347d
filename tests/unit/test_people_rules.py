"""Who gives which role, who looks after whose account, and what a table of people says line by line."""

from __future__ import annotations

import csv
from datetime import date
from io import StringIO

from hypothesis import given
from hypothesis import strategies as st

from lms.people.rules.authority import GIVEN_OTHERWISE, grantable, may_grant, may_manage, rank
from lms.people.rules.people_table import COLUMNS, decode, read_people, with_known
from lms.people.types import RoleKind

KINDS = st.sampled_from(list(RoleKind))
SETS = st.frozensets(KINDS, max_size=4)


@given(own=SETS, kind=KINDS, to_self=st.booleans())
def test_nobody_gives_a_role_above_their_own_and_only_a_director_one_to_themselves(
    own: frozenset[RoleKind], kind: RoleKind, to_self: bool
) -> None:
    if may_grant(own, kind, to_self=to_self):
        assert rank(own) >= max(1, rank({kind})) and kind not in GIVEN_OTHERWISE
        assert not to_self or RoleKind.DIRECTOR in own
    assert all(may_grant(own | {RoleKind.DIRECTOR}, each) for each in grantable(own))


@given(own=SETS, theirs=SETS)
def test_an_invitation_never_opens_an_account_that_stands_higher(
    own: frozenset[RoleKind], theirs: frozenset[RoleKind]
) -> None:
    if may_manage(own, theirs):
        assert rank(own) >= rank(theirs)
        assert all(may_grant(own, kind) for kind in theirs - GIVEN_OTHERWISE)
    assert may_manage(own | {RoleKind.DIRECTOR}, theirs)


def test_the_office_gives_a_teacher_but_not_a_reviewer_or_a_director() -> None:
    office = {RoleKind.REGISTRAR}
    assert may_grant(office, RoleKind.TEACHER)
    assert not any(may_grant(office, kind) for kind in (RoleKind.REVIEWER, RoleKind.DIRECTOR))
    assert not may_manage(office, {RoleKind.DEPUTY_HEAD})
    assert not may_grant({RoleKind.TEACHER}, RoleKind.TEACHER)


TABLE = """Фамилия;Имя;Отчество;Дата рождения;Логин;Роль;Класс;Логин ребёнка
Петров;Иван;Ильич;17.04.2012;ivan.petrov;ученик;8 «Б»;
Петрова;Мария;;;maria;родитель;;ivan.petrov
Сидоров;Пётр;;вчера;petr;учитель;;
;Без фамилии;;;;ученик;;
Иванова;Анна;;;ivan.petrov;ученик;;
Зуев;Олег;;;zuev;родитель;;никто
"""


def test_a_table_of_a_russian_spreadsheet_is_read_line_by_line() -> None:
    for data in (TABLE.encode(), b"\xef\xbb\xbf" + TABLE.encode(), TABLE.encode("cp1251")):
        table = read_people(decode(data))
        assert [line.faults for line in table.lines] == [
            (),
            (),
            ("people.line_date",),
            ("people.line_no_name",),
            ("people.line_twice",),
            (),
        ]
    first = table.lines[0]
    assert (first.line, first.birth_date, first.role) == (2, date(2012, 4, 17), RoleKind.STUDENT)


def test_what_only_the_schools_records_show_is_told_too() -> None:
    office = grantable({RoleKind.REGISTRAR})
    table = read_people(TABLE + "Босс;Олег;;;boss;директор;;\n")
    known = with_known(table, taken={"maria"}, students=set(), classes=set(), grantable=office)
    faults = {line.line: line.faults for line in known.lines}
    assert faults[2] == ("people.line_no_class",)
    assert faults[3] == ("people.login_taken", "people.line_child_unknown"), "the child itself stays out"
    assert faults[8] == ("people.role_above",)
    fine = with_known(table, taken=set(), students=set(), classes={"8 «Б»"}, grantable=office)
    assert not fine.lines[0].faults and not fine.lines[1].faults


def test_a_table_without_the_needed_columns_or_people_says_so() -> None:
    assert read_people("").fault == "people.table_unreadable"
    assert read_people("a;b\n1;2").fault == "people.table_columns"
    assert read_people("family_name,given_name,role\n").fault == "people.table_empty"
    rows = "family_name,given_name,role\n" + "A,B,student\n" * 2001
    assert read_people(rows).fault == "people.table_long"


@given(
    st.lists(st.fixed_dictionaries({name: st.text(max_size=12) for name in COLUMNS}), min_size=1, max_size=5)
)
def test_any_cells_are_read_without_a_crash_and_no_line_is_lost(cells: list[dict[str, str]]) -> None:
    out = StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow([words[0] for words in COLUMNS.values()])
    for row in cells:
        writer.writerow([row[name].replace("\r", " ").replace("\n", " ") for name in COLUMNS])
    table = read_people(out.getvalue())
    if not table.fault:
        assert len(table.lines) <= len(cells)
        assert all(line.name and line.role for line in table.usable)
