"""What the home page hands to the application."""

from __future__ import annotations

from flask_babel import lazy_gettext, lazy_pgettext

from lms.core.feature import Feature, MenuEntry
from lms.core.policy import Action
from lms.home.letters import KINDS, SWEEPS
from lms.home.pages import system  # noqa: F401 - adds its route to the blueprint
from lms.home.pages.home import blueprint
from lms.people.contracts import NOTICE_KINDS

__all__ = ["feature"]

_STAFF = frozenset(
    {
        "teacher",
        "class_teacher",
        "tutor",
        "specialist",
        "home_teacher",
        "commission_member",
        "commission_chair",
        "proctor",
        "reviewer",
        "registrar",
        "deputy_head",
        "director",
    }
)


def feature() -> Feature:
    """Return the home pages."""
    return Feature(
        name="home",
        blueprints=(blueprint,),
        sweeps=SWEEPS,
        provides={NOTICE_KINDS: KINDS},
        actions=(
            Action("home.children", frozenset({"guardian"}), "See a card for each of one's own children."),
            Action("home.work", _STAFF, "See what waits for oneself as staff."),
            Action(
                "home.system", frozenset({"technical_admin", "director"}), "See the state of the machinery."
            ),
        ),
        menu=(
            MenuEntry(lazy_pgettext("menu", "Today"), "home.home", "home", frozenset({"student"}), 10),
            MenuEntry(
                lazy_pgettext("menu", "Children"), "home.children", "people", frozenset({"guardian"}), 11
            ),
            MenuEntry(lazy_pgettext("menu", "Work"), "home.work", "home", _STAFF, 12),
            MenuEntry(lazy_gettext("System"), "home.system", "settings", frozenset({"technical_admin"}), 90),
        ),
    )
