"""Give the questions of a bank away in other systems' formats."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Any, NoReturn
from uuid import UUID

import sqlalchemy as sa

from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.formats.mapping import found_of
from lms.assessment.formats.values import Found, Reason, Refusal
from lms.assessment.formats.writing import FORMATS, Written, write_file
from lms.assessment.models import Bank, Item, ItemMedia, ItemVersion
from lms.assessment.rules.items import load_tests
from lms.assessment.rules.pictures import picture_addresses
from lms.assessment.service.item_media import MEDIA_AREA, MEDIA_PATH
from lms.assessment.types import ItemState
from lms.core.errors import InvalidInput, LmsError, NotFound
from lms.core.models import StoredFile
from lms.core.uow import UnitOfWork

__all__ = ["export_bank"]

#: The pictures of built-in examples.
_SAMPLE = re.compile(r"/static/samples/([a-z0-9]{1,40}\.(?:png|jpg|webp))")


def export_bank(uow: UnitOfWork, bank_id: UUID, style: str) -> Written:
    """Return a file with the newest version of every question of a bank that is not retired.

    A question is in it only when reading the file gives the same question again; the others are named with the reason.
    Raises InvalidInput ``assessment.export_format``.
    """
    bank = uow.session.get(Bank, bank_id)
    if bank is None:
        raise NotFound("assessment.no_bank")
    uow.require("assessment.author", bank)
    if style not in FORMATS:
        raise InvalidInput("assessment.export_format", fields={"format": ["assessment.export_format"]})
    types = uow.plugins(QUESTION_TYPES)
    rows = uow.session.execute(
        sa.select(Item.number, Item.title, ItemVersion)
        .join(ItemVersion, ItemVersion.id == Item.newest_id)
        .where(Item.bank_id == bank_id, ItemVersion.state != ItemState.RETIRED)
        .order_by(Item.number)
    ).all()
    questions: list[Found] = []
    unsayable: list[tuple[Found, Reason]] = []
    for number, title, version in rows:
        about: dict[str, Any] = {"ref": f"q{number}", "title": title, "tags": tuple(version.tags)}
        try:
            if types.find(version.type) is None:
                raise Refusal("type.not_installed", version.type)
            pictures = {url: _picture(uow, bank.org_id, url) for url in picture_addresses(version.content)}
            about["tests"] = load_tests(version.item_tests)
            questions.append(found_of(version.type, version.content, types, pictures=pictures, **about))
        except Refusal as refusal:
            unsayable.append((Found(f"q{number}", version.type, "", title), refusal.reason))
    written = write_file(questions, FORMATS[style], types)
    return Written(written.data, written.count, (*unsayable, *written.refused))


def _picture(uow: UnitOfWork, org_id: UUID, address: str) -> bytes:
    """Return the bytes of a question's picture; raise Refusal when they are not ours to give."""
    if sample := _SAMPLE.fullmatch(address):
        built_in = files("lms.core").joinpath("static", "samples", sample[1])
        return built_in.read_bytes() if built_in.is_file() else _missing(address)
    try:
        file_id = UUID(address.removeprefix(MEDIA_PATH))
        row = uow.session.get(StoredFile, file_id)
        is_ours = uow.session.get(ItemMedia, (file_id, org_id)) is not None
        if (
            row is None or row.area != MEDIA_AREA or not is_ours
        ):  # no other file may leave by way of a question
            raise ValueError(address)
        return uow.open_file(file_id)[1]
    except (ValueError, LmsError):
        return _missing(address)


def _missing(address: str) -> NoReturn:
    raise Refusal("export.picture_missing", address[:120])
