"""Give everybody in the story a browser of their own, and look at every kind of page once while they act."""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    Response,
    expect,
)

from tests.fixtures.chromium import CameraBrowser
from tests.fixtures.site import Site

__all__ = ["Person", "Stage"]

PLACE: dict[str, Any] = {
    "locale": "ru-RU",
    "timezone_id": "Europe/Moscow",
    "viewport": {"width": 1280, "height": 900},
}
PHONE = {"width": 390, "height": 844}
PATIENCE_MS = 15_000  # two cores, two browsers, web and worker: five seconds are a race
expect.set_options(timeout=PATIENCE_MS)
PICTURES = os.environ.get("STORY_PICTURES")
#: Chromium reports every answer that is not 2xx as an error of the console; the story asserts those itself.
EXPECTED_ON_CONSOLE = re.compile(r"the server responded with a status of 4\d\d")
ANY_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<=-)[0-9a-f]{12}(?=/|$)")

#: Pages in states that only the story reaches: seen in both languages in each scheme.
ONLY_HERE = re.compile(
    r"^/(identity|sittings|review|monitor|wall|supervision|credit|profile|exams/|plan$|attempts/\*/(status|receipts)"
    r"|plans/|marking/|support/|consents|sessions)"
)

Check = Callable[[Page], list[str]]


class Stage:
    """The site, the people on it, and what was wrong on the pages they saw."""

    def __init__(
        self,
        site: Site,
        browser: Browser,
        camera_browser: CameraBrowser,
        logins: dict[str, str],
        checks: Sequence[Check],
        tour: Sequence[Check] = (),
    ) -> None:
        """Prepare; nobody is on the stage yet."""
        self.site = site
        self.faults: list[str] = []
        self.notes: dict[str, Any] = {}
        self._browser = browser
        self._camera_browser = camera_browser
        self._logins = logins
        self._checks = checks
        self._tour = tour
        self._people: dict[str, Person] = {}
        self._looked_at: set[str] = set()
        self._pictures = 0

    def person(self, login: str) -> Person:
        """Return a person who is signed in; the same browser each time."""
        if login not in self._people:
            self._people[login] = Person(self, login, self._browser.new_context(**PLACE))
            self._people[login].sign_in(self._logins[login])
        return self._people[login]

    def on_phone(self, login: str) -> Person:
        """Return a person who is signed in on a telephone; the same browser each time."""
        if login not in self._people:
            phone = self._browser.new_context(**{**PLACE, "viewport": PHONE}, has_touch=True)
            self._people[login] = Person(self, login, phone)
            self._people[login].sign_in(self._logins[login])
        return self._people[login]

    def with_camera(self, login: str, scenes: Sequence[tuple[Path, float]]) -> Person:
        """Return a person at a computer whose camera shows these photographs; the browser used before is closed."""
        if login in self._people:
            self._people.pop(login).context.close()
        context = self._camera_browser(scenes).new_context(**PLACE, permissions=["camera", "microphone"])
        self._people[login] = Person(self, login, context)
        self._people[login].sign_in(self._logins[login])
        return self._people[login]

    def ask(self, statement: str, *values: object) -> Any:
        """Return the first value that the site's database answers, read behind the product's back."""
        with contextlib.closing(sqlite3.connect(self.site.folder / "lms.db", timeout=30)) as database:
            row = database.execute(statement, values).fetchone()
        return row[0] if row else None

    def rows(self, table: str, *, without: Collection[str] = ()) -> list[tuple[object, ...]]:
        """Return every row of a table of the site's database but for some columns, in the order of the ids."""
        with contextlib.closing(sqlite3.connect(self.site.folder / "lms.db", timeout=30)) as database:
            names = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
            kept = ", ".join(name for name in names if name not in without)
            return database.execute(f"SELECT {kept} FROM {table} ORDER BY 1, 2").fetchall()

    def id_of(self, login: str) -> str:
        """Return the id of a person, which the addresses of pages carry."""
        return str(UUID(self.ask("SELECT person_id FROM account WHERE login = ?", login)))

    def wait_until(self, holds: Callable[[], bool], what: str) -> None:
        """Return once ``holds`` is true; fail with ``what`` after a minute."""
        for _ in range(240):
            if holds():
                return
            time.sleep(0.25)
        raise AssertionError(f"{what}, even after a minute")

    def look(self, person: Person) -> None:
        """Check a page the first time somebody comes to its kind, and again when it shows an error."""
        page = person.page
        kind = ANY_ID.sub("*", urlsplit(page.url).path)
        if page.locator(".govuk-error-summary").count():
            kind += " with an error"
        if kind in self._looked_at:
            return
        self._looked_at.add(kind)
        self._picture(page, person.login, kind)
        for check in (*self._checks, *(self._tour if ONLY_HERE.search(kind) else ())):
            self.faults += [f"{person.login} at {kind}: {fault}" for fault in check(page)]

    def _picture(self, page: Page, login: str, kind: str) -> None:
        if not PICTURES:
            return
        self._pictures += 1
        name = re.sub(r"[^a-z0-9*]+", "-", kind).strip("-").replace("*", "x") or "root"
        page.screenshot(path=Path(PICTURES) / f"{self._pictures:03}-{login}-{name}.png", full_page=True)

    def close(self) -> None:
        """Close every browser of the story."""
        for person in self._people.values():
            person.context.close()


class Person:
    """One person of the story in a browser of their own: opens pages, follows links, fills in forms."""

    def __init__(self, stage: Stage, login: str, context: BrowserContext) -> None:
        """Open an empty page and listen to what goes wrong on it."""
        self.stage = stage
        self.login = login
        self.context = context
        context.set_default_timeout(PATIENCE_MS)
        self.page = context.new_page()
        self.submitted: list[str] = []
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: stage.faults.append(f"{login}: script error: {error}"))
        self.page.on("response", self._on_response)
        self.page.on("request", self._on_request)

    @property
    def main(self) -> Locator:
        """Return the page's own content, without header and footer."""
        return self.page.get_by_role("main")

    def sign_in(self, password: str) -> None:
        """Sign in by the form."""
        self.open("/login")
        self.page.get_by_label("Логин").fill(self.login)
        self.page.get_by_label("Пароль").fill(password)
        self.press("Войти")
        self.submitted.clear()

    def open(self, path: str) -> None:
        """Go to an address of the site."""
        self.page.goto(self.stage.site.url + path if path.startswith("/") else path)
        self.stage.look(self)

    def follow(
        self, name: str | re.Pattern[str], *, within: Locator | None = None, exact: bool = False
    ) -> None:
        """Follow the first link of this name."""
        self._leave((within or self.page).get_by_role("link", name=name, exact=exact).first)

    def press(
        self, name: str | re.Pattern[str], *, within: Locator | None = None, exact: bool = False
    ) -> None:
        """Press the first button of this name, which sends a form."""
        self._leave((within or self.main).get_by_role("button", name=name, exact=exact).first)

    def _leave(self, target: Locator) -> None:
        with self.page.expect_navigation():
            target.click()
        self.stage.look(self)

    def press_main(self) -> None:
        """Press the one filled button of the page (or follow it, when it is a link)."""
        filled = self.main.locator(".btn:not(.btn--quiet):not(.btn--small)")
        self._leave(filled.first)

    def put(self, within: Locator | None = None, /, **values: str) -> None:
        """Fill in fields by their names: text is typed, an option, radio button or box is chosen by its words."""
        place = within or self.main
        for name, value in values.items():
            field = place.locator(f'[name="{name}"]').first
            kind = field.evaluate("e => e.tagName === 'SELECT' ? 'select' : e.type")
            if kind == "select":
                option = field.locator("option", has_text=value).first
                field.select_option(value=option.get_attribute("value"))
            elif kind in {"radio", "checkbox"}:
                place.get_by_label(value).and_(place.locator(f'[name="{name}"]')).first.check()
            else:
                field.fill(value)

    def tick(
        self, label: str | re.Pattern[str], *, within: Locator | None = None, exact: bool = False
    ) -> None:
        """Choose the radio button or tick the box of this label."""
        (within or self.main).get_by_label(label, exact=exact).first.check()

    def sees(self, text: str | re.Pattern[str], *, within: Locator | None = None) -> None:
        """Expect the words on the page."""
        expect((within or self.main).get_by_text(text).first).to_be_visible()

    def reads(self, text: str | re.Pattern[str], *, within: Locator | None = None) -> None:
        """Expect the words anywhere in the page's text, folded parts included."""
        expect(within or self.main).to_contain_text(text)

    def misses(self, text: str | re.Pattern[str]) -> None:
        """Expect that the words are not on the page."""
        expect(self.main.get_by_text(text)).to_have_count(0)

    def unfold(self, name: str | re.Pattern[str], *, within: Locator | None = None) -> Locator:
        """Open the folded part of this heading and return it."""
        details = (
            (within or self.main).locator("details", has=self.page.locator("summary", has_text=name)).first
        )
        if details.get_attribute("open") is None:
            details.locator("summary").first.click()
        return details

    def steps(self) -> list[str]:
        """Return the kinds of pages that were submitted, in their order."""
        return [ANY_ID.sub("*", path) for path in self.submitted]

    def path(self) -> str:
        """Return where the person is."""
        return urlsplit(self.page.url).path

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not EXPECTED_ON_CONSOLE.search(message.text):
            self.stage.faults.append(f"{self.login} at {self.path()}: console: {message.text}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 500:
            self.stage.faults.append(
                f"{self.login}: {response.request.method} {response.url}: {response.status}"
            )

    def _on_request(self, request: Request) -> None:
        if request.is_navigation_request() and request.method == "POST":
            self.submitted.append(urlsplit(request.url).path)
