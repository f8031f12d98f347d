"""What people hands to the application."""

from __future__ import annotations

from flask_babel import lazy_gettext

from lms.core.feature import Feature, MenuEntry
from lms.people import (
    api,
    models,  # noqa: F401 - registers the tables
)
from lms.people.access_rules import ACTIONS
from lms.people.cli import COMMANDS
from lms.people.consent_access import CONSENT_ACTIONS, CONSENT_ERROR_TEXTS
from lms.people.pages import (
    consents,
    directory,  # noqa: F401 - adds its routes to the blueprint
    support,
)
from lms.people.pages.account import blueprint
from lms.people.pages.session import install_login
from lms.people.ports import CONSENT_DEPENDENTS
from lms.people.support_access import SUPPORT_ACTIONS, SUPPORT_ERROR_TEXTS

__all__ = ["feature"]

ERROR_TEXTS = {
    "people.wrong_password": lazy_gettext(
        "The login or the password is not right. Check the keyboard language and try again."
    ),
    "people.too_many_attempts": lazy_gettext("Too many attempts. Wait a minute; the account is not locked."),
    "people.password_short": lazy_gettext("The password needs at least 10 characters."),
    "people.login_taken": lazy_gettext("This login is taken."),
    "people.code_taken": lazy_gettext("This code is taken."),
    "people.no_person": lazy_gettext("There is no such person, or it is not yours to see."),
    "people.no_account": lazy_gettext("There is no such account."),
    "people.no_role": lazy_gettext("There is no such role."),
    "people.no_guardian": lazy_gettext("There is no such guardian."),
}


def feature() -> Feature:
    """Return what the feature brings."""
    return Feature(
        name="people",
        blueprints=(blueprint, consents.blueprint, support.blueprint),
        api_blueprints=(api.blueprint,),
        actions=(*ACTIONS, *CONSENT_ACTIONS, *SUPPORT_ACTIONS),
        groups=(CONSENT_DEPENDENTS,),
        error_texts={**ERROR_TEXTS, **CONSENT_ERROR_TEXTS, **SUPPORT_ERROR_TEXTS},
        menu=(
            MenuEntry(
                lazy_gettext("Consents"),
                "consents.index",
                "signature",
                frozenset({"guardian", "registrar", "director", "deputy_head"}),
                70,
            ),
            MenuEntry(
                lazy_gettext("People"),
                "people.directory",
                "people",
                frozenset({"director", "deputy_head", "registrar"}),
                80,
            ),
        ),
        commands=COMMANDS,
        setup=install_login,
    )
