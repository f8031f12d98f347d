"""What answers say about files."""

from __future__ import annotations

from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st

from lms.core.web import file_disposition


def test_a_russian_file_name_fits_into_a_header() -> None:
    header = file_disposition("inline", "Сертификат Python.pdf")
    assert header.isascii()
    assert header.startswith('inline; filename="Python.pdf"')
    assert unquote(header.rpartition("''")[2]) == "Сертификат Python.pdf"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_name_breaks_out_of_the_header(name: str) -> None:
    header = file_disposition("attachment", name)
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2
    assert unquote(header.rpartition("''")[2]) == name
