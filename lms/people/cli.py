"""Look after accounts from the command line: list, create, set a password, switch off."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa

from lms.core.actor import SYSTEM
from lms.core.cli import pass_runtime
from lms.core.errors import LmsError
from lms.core.runtime import Runtime
from lms.people import service
from lms.people.contracts import words_of
from lms.people.models import Account, Organisation, Role
from lms.people.types import OrganisationKind, RoleKind

__all__ = ["COMMANDS"]


def _l(text: str) -> str:
    """Mark a text for translation; it is worded where it is printed."""
    return text


_WORDS = words_of(Path(__file__).parent / "translations")
_REGISTERED = _l("%(school)s is registered. The director %(login)s sets a password here, once:")
_REFUSALS = {
    "people.code_taken": _l("This code is taken."),
    "people.login_taken": _l("This login is taken."),
}
ROLE_HELP = f"One of {', '.join(kind.value for kind in RoleKind)}."


@click.group()
def users() -> None:
    """Look after accounts."""


@users.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_runtime
def list_users(runtime: Runtime, as_json: bool) -> None:
    """List logins with their roles (codes only, no names)."""
    with runtime.read() as session:
        roles: dict[object, list[str]] = {}
        for person_id, kind, org in session.execute(
            sa.select(Role.person_id, Role.kind, Organisation.code)
            .join(Organisation, Organisation.id == Role.org_id)
            .where(Role.valid_to.is_(None))
        ):
            roles.setdefault(person_id, []).append(f"{kind.value}@{org}")
        rows: list[dict[str, Any]] = [
            {"login": a.login, "is_active": a.is_active, "roles": sorted(roles.get(a.person_id, []))}
            for a in session.scalars(sa.select(Account).order_by(Account.login))
        ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for row in rows:
        state = "" if row["is_active"] else "  (switched off)"
        click.echo(f"{row['login']:20} {', '.join(row['roles'])}{state}")


@users.command("create")
@click.argument("login")
@click.option("--org", required=True, help="Code of the organisation; made as a school when there is none.")
@click.option(
    "--role",
    type=click.Choice([kind.value for kind in RoleKind]),
    required=True,
    metavar="ROLE",
    help=ROLE_HELP,
)
@click.option("--family-name", required=True, help="Family name.")
@click.option("--given-name", required=True, help="Given name.")
@click.password_option(help="At least 10 characters; asked for when not given.")
@pass_runtime
def create_user(
    runtime: Runtime, login: str, org: str, role: str, family_name: str, given_name: str, password: str
) -> None:
    """Create a person with an account and one role.

    A new school begins with `lms setup`.
    """
    try:
        with runtime.unit_of_work(SYSTEM) as uow:
            org_id = uow.session.scalar(sa.select(Organisation.id).where(Organisation.code == org))
            if org_id is None:
                org_id = service.create_organisation(uow, code=org, name=org, kind=OrganisationKind.SCHOOL)
            person_id = service.create_person(uow, family_name=family_name, given_name=given_name)
            service.create_account(uow, person_id=person_id, login=login, password=password)
            service.grant_role(uow, person_id=person_id, org_id=org_id, kind=RoleKind(role))
    except LmsError as error:
        raise click.ClickException(error.code) from error
    click.echo(f"{login} can sign in as {role} of {org}")


@click.command()
@click.argument("code")
@click.option("--name", required=True, help="What the school is called.")
@click.option("--login", required=True, help="Login of its first director.")
@click.option("--family-name", required=True, help="Family name of the first director.")
@click.option("--given-name", required=True, help="Given name of the first director.")
@pass_runtime
def setup(runtime: Runtime, code: str, name: str, login: str, family_name: str, given_name: str) -> None:
    """Begin a school: register it and its first director.

    Prints a link with which the director sets a password. Everything else is done in the browser.
    """
    try:
        with runtime.unit_of_work(SYSTEM) as uow:
            org_id = service.create_organisation(uow, code=code, name=name, kind=OrganisationKind.SCHOOL)
            director = service.NewMember(
                org_id=org_id,
                family_name=family_name,
                given_name=given_name,
                login=login,
                roles=(RoleKind.DIRECTOR,),
            )
            invited = service.invite(uow, service.register_member(uow, director))
    except LmsError as error:
        text = _REFUSALS.get(error.code)
        raise click.ClickException(_said(runtime, text) if text else error.code) from error
    base = runtime.settings.core.base_url.rstrip("/")
    click.echo(_said(runtime, _REGISTERED) % {"school": name, "login": invited.login})
    click.echo(f"{base}/invitation/{invited.token}")


def _said(runtime: Runtime, text: str) -> str:
    """Return a text in the language of the installation: whoever begins a school reads it once, before any page."""
    return _WORDS(runtime.settings.core.default_locale, text)


@users.command("set-password")
@click.argument("login")
@click.password_option(help="At least 10 characters; asked for when not given.")
@pass_runtime
def set_password(runtime: Runtime, login: str, password: str) -> None:
    """Set another password and sign out every device."""
    try:
        with runtime.unit_of_work(SYSTEM) as uow:
            service.reset_password(uow, login, password)
    except LmsError as error:
        raise click.ClickException(error.code) from error
    click.echo(f"the password of {login} is set; every device was signed out")


@users.command("switch-off")
@click.argument("login")
@pass_runtime
def switch_off(runtime: Runtime, login: str) -> None:
    """Close an account: nobody can sign in with it.

    The facts that it recorded stay.
    """
    try:
        with runtime.unit_of_work(SYSTEM) as uow:
            service.close_account(uow, login)
    except LmsError as error:
        raise click.ClickException(error.code) from error
    click.echo(f"{login} is switched off")


COMMANDS: tuple[click.Command, ...] = (users, setup)
