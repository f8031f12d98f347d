"""Long lists of staff are searched by their words and cut into pages."""

from __future__ import annotations

from flask import Flask

from lms.assessment.pages.lists import PER_PAGE, Shown, shown_of


def asked(query: str, cards: list[str]) -> Shown[str]:
    app = Flask("lists")
    app.add_url_rule("/cards", "cards")
    with app.test_request_context(f"/cards{query}"):
        return shown_of(cards, str, "cards")


def test_a_list_is_searched_by_words_and_cut_into_pages() -> None:
    cards = [f"Сложение, {number}" for number in range(PER_PAGE + 1)] + ["Вычитание"]
    first = asked("", cards)
    assert (list(first.items), first.total) == (cards[:PER_PAGE], PER_PAGE + 2)
    assert first.page == {"number": 1, "pages": 2, "url": "/cards?page="}
    last = asked("?q=сложение&page=9", cards)
    assert list(last.items) == [f"Сложение, {PER_PAGE}"], "a page behind the last one is the last one"
    assert last.page["number"] == 2 and str(last.page["url"]).endswith("&page=")
    assert list(asked("?q=деление", cards).items) == [] and asked("?q=деление", cards).page["pages"] == 1
