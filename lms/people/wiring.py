"""What people hands to the application."""

from __future__ import annotations

from flask_babel import lazy_gettext

from lms.core.feature import Feature, MenuEntry
from lms.core.jobs import Sweep
from lms.people import (
    models,  # noqa: F401 - registers the tables
)
from lms.people.access_rules import ACTIONS
from lms.people.api import consents as consents_api
from lms.people.api import members as members_api
from lms.people.channels import MailChannel
from lms.people.cli import COMMANDS
from lms.people.consent_access import CONSENT_ACTIONS, CONSENT_ERROR_TEXTS
from lms.people.contracts import NOTICE_CHANNELS, NOTICE_KINDS
from lms.people.pages import (
    calendar,
    classes,
    consents,
    directory,  # noqa: F401 - adds its routes to the blueprint
    invitations,
    members,
    people_import,
    restrictions,
    support,
)
from lms.people.pages.account import blueprint
from lms.people.pages.session import install_login
from lms.people.ports import CONSENT_DEPENDENTS, SIGNATURE_CHECKS, SUPPORT_CHOICES
from lms.people.settings import MailSettings
from lms.people.support_access import SUPPORT_ACTIONS, SUPPORT_ERROR_TEXTS
from lms.people.tasks import JOBS, resume_notices

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
    "people.no_import": lazy_gettext("There is no such table."),
    "people.calendar_year": lazy_gettext("Write a year from 2000 to 2100."),
    "people.calendar_twice": lazy_gettext("A day stands here both as free and as working."),
    "people.calendar_empty": lazy_gettext(
        "Write at least one day off: a year without holidays is a mistake."
    ),
    "people.no_class": lazy_gettext("There is no such class."),
    "people.no_class_staff": lazy_gettext("There is nobody with this duty in the class."),
    "people.no_such_member": lazy_gettext("Nobody here has this code or login."),
    "people.no_invitation": lazy_gettext("There is no such link. Check that it was copied as a whole."),
    "people.invitation_over": lazy_gettext(
        "This link was used already or its time is over. Ask the school office for a new one."
    ),
    "people.login_shape": lazy_gettext(
        "A login has 2 to 80 letters, digits, dots, hyphens or underscores, without spaces."
    ),
    "people.needs_role": lazy_gettext("Choose what the person does here."),
    "people.role_above": lazy_gettext(
        "Only somebody higher can give or end this role. Ask the director or a deputy head."
    ),
    "people.last_director": lazy_gettext(
        "This is the only director who can sign in. Give the role to somebody else first."
    ),
    "people.account_above": lazy_gettext(
        "The account belongs to somebody with a higher office. Ask the director."
    ),
    "people.account_closed": lazy_gettext("The account is closed. Open it again first."),
    "people.elsewhere_too": lazy_gettext(
        "The person belongs to another organisation too, so the account cannot be changed here alone."
        " End the roles here instead."
    ),
    "people.not_oneself": lazy_gettext(
        "You cannot close your own account. Ask somebody else with an office."
    ),
    "people.letter_language": lazy_gettext("Choose Russian or English."),
    "people.invitation_outgrown": lazy_gettext(
        "Since this link was made, a role was given or taken away, so it opens nothing any more. Ask the head of the "
        "school for a new link."
    ),
    "people.staff_account": lazy_gettext(
        "This member of staff uses the account already. The head of the school or a deputy opens it anew."
    ),
    "people.no_restriction": lazy_gettext("No court has restricted this adult here."),
    "people.restricted_already": lazy_gettext("The restriction is recorded already."),
    "people.lifting_not_asked": lazy_gettext("Nobody has asked for the lifting yet."),
    "people.second_person": lazy_gettext(
        "You asked for it yourself. A colleague from the office confirms it."
    ),
    "people.own_family": lazy_gettext("You belong to this family. A colleague from the office does it."),
    "people.not_a_student": lazy_gettext("This person is not a student of the school."),
    "people.own_guardian": lazy_gettext("Nobody is their own parent. Give somebody else’s code or login."),
    "people.guardian_already": lazy_gettext("This adult is recorded as the child’s parent already."),
    "people.guardian_self": lazy_gettext(
        "Nobody records themselves as a parent. Ask somebody else with an office."
    ),
    "people.guardian_restricted": lazy_gettext(
        "A court has restricted this parent. The record stays as it is."
    ),
    "people.needs_proof": lazy_gettext("Write down the document that shows who the child’s parent is."),
    "people.class_staff_self": lazy_gettext(
        "Nobody gives a class to themselves. Ask somebody else with an office."
    ),
    "people.class_exists": lazy_gettext("There is such a class already, or the name is empty."),
    "people.class_not_empty": lazy_gettext("There are still students in the class. Move them first."),
    "people.not_in_class": lazy_gettext("The student is not in this class any more."),
    "people.class_kind": lazy_gettext("Choose whether the person leads the class or teaches it."),
    "people.needs_subject": lazy_gettext("Choose the subject."),
    "people.not_staff": lazy_gettext("This person does not work at the school."),
    "people.class_staff_already": lazy_gettext("The person does this for the class already."),
    "people.illness_days": lazy_gettext(
        "The last day comes before the first, or the time is longer than a year."
    ),
    "people.table_unreadable": lazy_gettext("This is not a table that we can read. Save it as CSV."),
    "people.table_columns": lazy_gettext(
        "The first line has to name the columns family_name, given_name and role."
    ),
    "people.table_long": lazy_gettext("The table is too long. Cut it into parts of 2,000 lines and 200 kB."),
    "people.table_empty": lazy_gettext("There is nobody in the table."),
    "people.table_nobody": lazy_gettext("No line of the table can be used."),
    "people.import_undone": lazy_gettext("This import was undone already."),
    "people.line_no_name": lazy_gettext("Family name or given name is missing."),
    "people.line_long_name": lazy_gettext("The name is longer than 80 letters."),
    "people.line_role": lazy_gettext("We do not know this role."),
    "people.line_date": lazy_gettext("The date cannot be read."),
    "people.line_no_child": lazy_gettext("A parent needs the login of the child."),
    "people.line_child_unknown": lazy_gettext("There is no student with the login of the child."),
    "people.line_no_class": lazy_gettext("There is no such class. Make it first."),
    "people.line_twice": lazy_gettext("This login stands in the table twice."),
}


def feature() -> Feature:
    """Return what the feature brings."""
    return Feature(
        name="people",
        blueprints=(
            blueprint,
            calendar.blueprint,
            classes.blueprint,
            consents.blueprint,
            invitations.blueprint,
            members.blueprint,
            people_import.blueprint,
            restrictions.blueprint,
            support.blueprint,
        ),
        api_blueprints=(consents_api.blueprint, members_api.blueprint),
        actions=(*ACTIONS, *CONSENT_ACTIONS, *SUPPORT_ACTIONS),
        groups=(CONSENT_DEPENDENTS, SIGNATURE_CHECKS, SUPPORT_CHOICES, NOTICE_CHANNELS, NOTICE_KINDS),
        provides={NOTICE_CHANNELS: (MailChannel(),)},
        settings=MailSettings,
        jobs=JOBS,
        sweeps=(Sweep("people.resume_notices", 60.0, resume_notices),),
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
