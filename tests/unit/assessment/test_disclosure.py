"""Which sums of works may stand beside each other, so that none tells what few people did."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable

from hypothesis import given
from hypothesis import strategies as st

from lms.assessment.rules.disclosure import Blocks, counted, joined, newest_of
from lms.assessment.rules.item_stats import LEAST

#: A work: the version of the question, the plan, the variant, the class.
Work = tuple[int, str, str, int, str]


@st.composite
def works(draw: st.DrawFn) -> list[Work]:
    """Return works in cells of any size, many of them small."""
    cells = draw(
        st.lists(
            st.tuples(
                st.sampled_from("ab"),
                st.sampled_from("PQR"),
                st.integers(1, 2),
                st.sampled_from(["5А", "5Б", ""]),
                st.sampled_from([1, 2, 9, 10, 11, 19, 30]),
            ),
            max_size=9,
        )
    )
    rows = [cell[:4] for cell in cells for _ in range(cell[4])]
    return [(number, *row) for number, row in enumerate(rows)]


def grouped(rows: Iterable[Work], *columns: int) -> dict[tuple[Hashable, ...], set[Work]]:
    found: dict[tuple[Hashable, ...], set[Work]] = defaultdict(set)
    for row in rows:
        found[tuple(row[column] for column in columns)].add(row)
    return found


def shown_sums(rows: list[Work]) -> list[frozenset[Work]]:
    """Return every set of works of which the pages show a sum: the whole, versions, plans, groups, variants."""
    by_cell = grouped(rows, 1, 2)
    sizes = {cell: len(inside) for cell, inside in by_cell.items()}
    versions = {key: counted({cell: size for cell, size in sizes.items() if cell[0] == key}) for key in "ab"}
    whole = joined(versions.values(), sizes)

    def of(cells: Iterable[tuple[Hashable, ...]]) -> frozenset[Work]:
        return frozenset(row for cell in cells for row in by_cell[cell])

    sums = [of(whole.parts), *(frozenset(each) for each in by_cell.values() if len(each) >= LEAST)]
    for told in versions.values():
        sums.append(of(told.parts))
        pages = [Blocks([of(block)]) for block in told.blocks]
        whole_version = None
        for page in (*pages, "version"):
            if isinstance(page, str):
                whole_version = page = Blocks([block for each in pages for block in each])
            for _label, group in sorted(grouped(of(told.parts), 4).items()):
                parted = page.part(group, least_others=LEAST)
                if parted is not None:
                    assert min(map(len, parted)) >= LEAST
                    sums.extend(parted)
        for variant in grouped(of(told.parts), 3).values():
            parted = whole_version.part(variant) if whole_version else None
            if parted is not None:
                sums.append(parted[0])
    return [each for each in sums if each]


@given(works())
def test_no_sum_of_few_works_follows_from_all_sums_that_are_shown(rows: list[Work]) -> None:
    """Any difference of sums weighs works that are in the same sums alike, so what is left is whole classes of such works."""
    sums = shown_sums(rows)
    classes = Counter(tuple(row in each for each in sums) for row in rows)
    assert all(size >= LEAST for inside, size in classes.items() if any(inside))


@given(works())
def test_as_much_is_counted_as_may_be(rows: list[Work]) -> None:
    sizes = {cell: len(inside) for cell, inside in grouped(rows, 1, 2).items()}
    told = counted(sizes)
    assert sum(sizes[part] for part in told.loose) < LEAST
    assert set(told.parts) | set(told.loose) == set(sizes)
    assert all(cell in told.parts for cell, size in sizes.items() if size >= LEAST)


@given(st.integers(0, 5000), st.integers(100, 600))
def test_the_older_works_of_a_block_are_never_few(size: int, most: int) -> None:
    newest = newest_of(size, most)
    assert newest <= most
    assert size - newest == 0 or size - newest >= LEAST
