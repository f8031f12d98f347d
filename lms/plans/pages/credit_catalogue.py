"""Bring a catalogue of outside courses from a file: look first, then take it over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import render_template, request
from flask_babel import gettext, ngettext

from lms.core.uow import UnitOfWork
from lms.core.web import Form, access, unit_of_work
from lms.plans.pages.catalogue_words import fault_sentences
from lms.plans.pages.credit_rules import own_school
from lms.plans.pages.credit_sources import blueprint
from lms.plans.schemas.course_catalogue import COLUMNS, MOST_BYTES, MOST_ROWS, read_catalogue
from lms.plans.service.credit.catalogues import CatalogueFate, CatalogueLine, take_catalogue

__all__ = ["catalogue"]


class _OnlyLooked(Exception):
    """Leaves a transaction undone."""


@blueprint.route("/sources/catalogue", methods=["GET", "POST"])
@access("credit.office_queue")
def catalogue() -> str | tuple[str, int]:
    """Show what would become of each course of a file, or take them over."""
    form, lines = Form(), []
    is_trial = request.form.get("act") != "take"
    if request.method == "POST":
        sent = request.files.get("file")
        data = sent.read(MOST_BYTES + 1) if sent else b""
        if not data:
            form.fail("file", gettext("Choose a file."))
        else:
            try:
                rows = read_catalogue(data)
            except ValueError as error:
                form.fail("file", _file_words().get(str(error), str(error)))
            else:
                lines = _looked(rows) if is_trial else _taken(rows)
    page = render_template(
        "plans/credit/catalogue.html",
        errors=form.errors,
        is_trial=is_trial,
        columns=COLUMNS,
        tally=_tally(lines),
        rows=[_row(line) for line in lines],
    )
    return (page, 422) if form.errors else page


def _taken(rows: Any) -> list[CatalogueLine]:
    with unit_of_work() as uow:
        return take_catalogue(uow, own_school(), rows)


def _looked(rows: Any) -> list[CatalogueLine]:
    found: list[CatalogueLine] = []

    def look(uow: UnitOfWork) -> None:
        found.extend(take_catalogue(uow, own_school(), rows))
        raise _OnlyLooked

    try:
        with unit_of_work() as uow:
            look(uow)
    except _OnlyLooked:
        pass
    return found


def _file_words() -> dict[str, str]:
    return {
        "too_large": gettext("The file is larger than 4 MB."),
        "too_many": gettext("The file has more than %(most)s courses.", most=MOST_ROWS),
        "not_text": gettext("The file is no text."),
        "not_json": gettext("The file looks like JSON and cannot be read as such."),
        "not_catalogue": gettext("The file is no catalogue: see how one is written."),
    }


def _fates() -> dict[CatalogueFate, tuple[str, str]]:
    return {
        CatalogueFate.ADDED: ("ok", gettext("new")),
        CatalogueFate.CHANGED: ("part", gettext("changed")),
        CatalogueFate.SAME: ("", gettext("as it was")),
        CatalogueFate.REFUSED: ("gap", gettext("not taken")),
    }


def _row(line: CatalogueLine) -> dict[str, Any]:
    kind, word = _fates()[line.fate]
    state = {"kind": kind, "text": word, "icon": "refresh"} if not kind else {"kind": kind, "text": word}
    return {"title": line.title or "—", "cells": [line.place, {"state": state}, _why(line.faults)]}


def _why(faults: Mapping[str, Any]) -> str:
    """Say of each field that cannot be used what it has to be."""
    return " ".join(fault_sentences(faults))


def _tally(lines: list[CatalogueLine]) -> list[dict[str, Any]]:
    counts = {fate: sum(line.fate is fate for line in lines) for fate in CatalogueFate}
    said = {
        CatalogueFate.ADDED: ngettext("new course", "new courses", counts[CatalogueFate.ADDED]),
        CatalogueFate.CHANGED: gettext("changed"),
        CatalogueFate.SAME: gettext("as it was"),
        CatalogueFate.REFUSED: gettext("not taken"),
    }
    return [
        {"kind": _fates()[fate][0], "count": count, "text": said[fate]}
        for fate, count in counts.items()
        if count
    ]
