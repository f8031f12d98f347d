"""Take in a table of people: check it first, then register, hand out links, undo."""

from __future__ import annotations

import csv
from io import StringIO
from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from flask_babel import get_locale, ngettext, pgettext
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.core.errors import Conflict, InvalidInput
from lms.core.web import (
    Form,
    access,
    authorise,
    file_disposition,
    flash_ok,
    page_number,
    read_session,
    runtime,
    see_other,
    unit_of_work,
)
from lms.core.web.problems import error_texts, word_error
from lms.people import queries, service
from lms.people.pages.members import office_orgs, typed_org
from lms.people.rules.people_table import COLUMNS, MAX_LINES, PeopleTable, decode

__all__ = ["blueprint"]

blueprint = Blueprint("people_imports", __name__, url_prefix="/admin/people", template_folder="../templates")

#: The table travels through the form between check and import, so it has to fit into one.
MAX_BYTES = 200 * 1024


@blueprint.get("/import")
@access("people.import")
def begin() -> str:
    """Say what the table has to look like and take it; list what was taken in before."""
    return _begin(Form())


def _begin(form: Form) -> str:
    return render_template(
        "people/import_begin.html",
        columns=_columns(),
        sample=_sample(),
        most=MAX_LINES,
        past=queries.imports_of(read_session(), office_orgs()),
        orgs=queries.organisation_names(read_session(), office_orgs()),
        values=form.values,
        errors=form.errors,
    )


def _columns() -> list[tuple[str, str]]:
    """Return the columns in the order in which they matter: name and what it holds."""
    holds = {
        "family_name": _("Family name"),
        "given_name": _("Given name"),
        "role": _("student, guardian, teacher or another role; or the Russian word"),
        "patronymic": _("Patronymic"),
        "birth_date": _("2012-04-17 or 17.04.2012"),
        "login": _("Who has one gets a link to set a password; without it there is no account"),
        "class_label": _("For students: the name of a class that exists already"),
        "child_login": _("For parents: the login of the child, in this table or registered before"),
    }
    return [(_column(name), words) for name, words in holds.items()]


def _column(name: str) -> str:
    """Return what a column is called in the reader's language; the other name works, too."""
    english, russian = COLUMNS[name]
    locale = get_locale()
    return russian if locale is not None and locale.language == "ru" else english


def _sample() -> list[str]:
    """Return a small table as it stands in a file."""
    heading = ("family_name", "given_name", "role", "login", "class_label", "child_login")
    child, parent = (
        _("Petrov;Ivan;student;ivan.petrov;;"),
        _("Petrova;Maria;guardian;maria.petrova;;ivan.petrov"),
    )
    return [";".join(_column(name) for name in heading), child, parent]


@blueprint.post("/import")
@access("people.import")
def check() -> Response | str | tuple[str, int]:
    """Show line by line what would come of the table; with ``go`` register the people of the right lines."""
    org_id = typed_org(request.form.get("org_id", type=UUID))
    name, text = _table()
    form = Form(values={"org_id": str(org_id)})
    if not text.strip():
        form.fail("file", _("Choose a file with a table."))
        return _begin(form), 422
    if len(text.encode()) > MAX_BYTES:
        form.fail("file", word_error(InvalidInput("people.table_long")))
        return _begin(form), 422
    with unit_of_work() as uow:
        table = service.check_people(uow, org_id=org_id, text=text)
    if table.fault:
        form.fail("file", str(error_texts()[table.fault]))
        return _begin(form), 422
    if request.form.get("go") != "yes" or not table.usable:
        return _report(table, org_id, name, text)
    with unit_of_work() as uow:
        done = service.import_people(uow, org_id=org_id, name=name, text=text)
    flash_ok(ngettext("%(num)d person is registered.", "%(num)d persons are registered.", done.people))
    return see_other("people_imports.show", import_id=done.id)


def _table() -> tuple[str, str]:
    """Return name and text of the table: the file that was chosen, or what the check carried along."""
    sent = request.files.get("file")
    if sent is not None and sent.filename:
        return sent.filename[:200], decode(sent.read(MAX_BYTES + 1))
    return request.form.get("name", "")[:200], request.form.get("table", "")


def _report(table: PeopleTable, org_id: UUID, name: str, text: str) -> str:
    texts = error_texts()
    return render_template(
        "people/import_check.html",
        lines=table.lines,
        faults={line.line: [str(texts[code]) for code in line.faults] for line in table.lines},
        good=len(table.usable),
        bad=len(table.lines) - len(table.usable),
        org_id=org_id,
        name=name,
        text=text,
    )


@blueprint.get("/imports/<uuid:import_id>")
@access("people.import")
def show(import_id: UUID) -> str:
    """Show who came in with a table and who has set a password."""
    card = queries.import_card(read_session(), import_id)
    authorise("people.import", card.org_id)
    page = queries.imported_rows(read_session(), import_id, page_number())
    urls = {n: url_for("people_imports.show", import_id=import_id, page=n) for n in range(1, page.pages + 1)}
    return render_template(
        "people/import_show.html",
        card=card,
        page=page,
        pages={"number": page.number, "pages": page.pages, "urls": urls},
        days=service.INVITATION_DAYS,
    )


@blueprint.post("/imports/<uuid:import_id>/links")
@access("people.import")
def links(import_id: UUID) -> Response:
    """Make a link for everybody who has no password yet and hand the list out as a table, once."""
    with unit_of_work() as uow:
        invited = service.invite_imported(uow, import_id)
    cards = queries.person_cards(read_session(), [one.person_id for one in invited])
    base = runtime().settings.core.base_url.rstrip("/")
    out = StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow([pgettext("person", "Name"), _("Login"), _("Link")])
    for one in invited:
        address = base + url_for("invitations.show", token=one.token)
        writer.writerow([_plain(cards[one.person_id].name), _plain(one.login), address])
    response = make_response("\ufeff" + out.getvalue())
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = file_disposition("attachment", _("Links") + ".csv")
    return response


def _plain(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@"} else text


@blueprint.route("/imports/<uuid:import_id>/undo", methods=["GET", "POST"])
@access("people.import")
def undo(import_id: UUID) -> Response | str | tuple[str, int]:
    """Ask once, then close the accounts and end the roles of everybody who came in with a table."""
    card = queries.import_card(read_session(), import_id)
    authorise("people.import", card.org_id)
    if request.method == "GET":
        return render_template("people/import_undo.html", card=card, error="")
    try:
        with unit_of_work() as uow:
            service.undo_import(uow, import_id)
    except Conflict as error:
        return render_template("people/import_undo.html", card=card, error=word_error(error)), 409
    flash_ok(_("The import is undone: the accounts are closed, the roles have ended."))
    return see_other("people_imports.show", import_id=import_id)
