"""Take over questions from files of other systems: each question for itself, with a report on every one.

A file is read outside any transaction; then each question is written in a transaction of its own, so that one that cannot
be taken over costs none of the others, and a worker that was killed goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import sqlalchemy as sa

from lms.assessment.contracts import QUESTION_TYPES, QuestionType
from lms.assessment.formats.mapping import Taken, take
from lms.assessment.formats.reading import ReadFile, read_file
from lms.assessment.formats.values import Found, Picture, Reason, Refusal
from lms.assessment.models import Bank, Item, ItemImport, ItemImportRow, ItemVersion
from lms.assessment.rules.blueprint import content_hash
from lms.assessment.rules.pictures import with_addresses
from lms.assessment.service.item_media import MEDIA_PATH, known_media, media_address
from lms.assessment.service.items import TAG_LENGTH, TAGS_MAX, create_item
from lms.assessment.types import ImportState, ImportStatus
from lms.core.errors import Conflict, InvalidInput, LmsError, NotFound
from lms.core.models import StoredFile
from lms.core.registry import Registry
from lms.core.uow import UnitOfWork
from lms.core.uploads import Accepted, accept_picture, safe_name

__all__ = [
    "ImportOutcome",
    "accept_import",
    "begin_import",
    "claim_import",
    "end_import",
    "import_question",
    "is_silent",
    "preview_import",
    "start_reading",
]

#: The files of imports are kept so long: to look again at what was refused.
KEPT_DAYS = 30
#: A worker that has shown nothing for so long is taken to have died: between two questions, and while it reads the file.
SILENT_S, READING_S = 60, 1800
#: So often a worker begins without going through one more question, then the import has failed.
TRIES = 3
PICTURE_MAX = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """What became (or would become) of one question of a file."""

    ref: str
    type: str
    status: ImportStatus
    reasons: tuple[Reason, ...]
    place: str
    item_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class _Ready:
    """A question that can be written, with its pictures cleaned, named by what stands for their addresses."""

    taken: Taken
    pictures: Mapping[str, Accepted]


def _prepare(found: Found, types: Registry[QuestionType]) -> _Ready:
    """Return what can be written of a question; raise Refusal."""
    taken = take(found, types)
    return _Ready(taken, {url: _cleaned(shown) for url, shown in taken.pictures.items()})


def _cleaned(shown: Picture) -> Accepted:
    try:
        return accept_picture(shown.data or b"", safe_name(shown.name), max_bytes=PICTURE_MAX)
    except LmsError:
        raise Refusal("picture.unusable", shown.name) from None


def preview_import(data: bytes, types: Registry[QuestionType]) -> tuple[ReadFile, list[ImportOutcome]]:
    """Return what an import of ``data`` would make of each question, without a database."""
    read = read_file(data)
    outcomes = []
    for found in read.questions:
        try:
            outcomes.append(_outcome(found, _prepare(found, types).taken.changes))
        except Refusal as refusal:
            outcomes.append(_refused(found, refusal.reason))
    return read, outcomes


def _outcome(found: Found, changes: Sequence[Reason], item_id: UUID | None = None) -> ImportOutcome:
    is_whole = all(change.code == "changed.already_there" for change in changes)
    status = ImportStatus.IMPORTED if is_whole else ImportStatus.CHANGED
    return ImportOutcome(found.ref, found.kind, status, tuple(changes), found.place, item_id)


def _refused(found: Found, reason: Reason) -> ImportOutcome:
    return ImportOutcome(found.ref, found.kind, ImportStatus.REFUSED, (reason,), found.place)


def begin_import(
    uow: UnitOfWork, bank_id: UUID, data: bytes, name: str, *, is_trial: bool = False, wake: bool = True
) -> UUID:
    """Store a file of questions for a bank and return the import's id; a worker is woken unless the caller goes on itself."""
    bank = uow.session.get(Bank, bank_id)
    if bank is None:
        raise NotFound("assessment.no_bank")
    uow.require("assessment.author", bank)
    if not data:
        raise InvalidInput("upload.empty", fields={"file": ["upload.empty"]})
    stored = uow.store_file(
        data,
        area="imports",
        media_type="application/octet-stream",
        name=safe_name(name),
        expires_at=uow.in_days(KEPT_DAYS),
    )
    return _waiting(uow, bank_id, stored.id, is_trial=is_trial, wake=wake)


def accept_import(uow: UnitOfWork, import_id: UUID) -> UUID:
    """Take over in earnest the file of an import that only checked it; return the new import's id.

    Raises Conflict ``assessment.import_not_tried`` where there was no such check, ``assessment.import_file_gone`` when the
    file is no longer kept.
    """
    tried = uow.session.get(ItemImport, import_id)
    if tried is None:
        raise NotFound("assessment.no_import")
    uow.require("assessment.author", uow.session.get_one(Bank, tried.bank_id))
    if not tried.is_trial or tried.state is not ImportState.DONE:
        raise Conflict("assessment.import_not_tried")
    if uow.session.get_one(StoredFile, tried.file_id).deleted_at is not None:
        raise Conflict("assessment.import_file_gone")
    return _waiting(uow, tried.bank_id, tried.file_id, is_trial=False, wake=True)


def _waiting(uow: UnitOfWork, bank_id: UUID, file_id: UUID, *, is_trial: bool, wake: bool) -> UUID:
    """Write down an import that waits for its worker, and wake one."""
    row = ItemImport(
        bank_id=bank_id,
        file_id=file_id,
        is_trial=is_trial,
        state=ImportState.WAITING,
        total=None,
        done=0,
        tries=0,
        reason="",
        place="",
        created_by=uow.actor.person_id,
        created_at=uow.now(),
        touched_at=uow.now(),
    )
    uow.session.add(row)
    uow.session.flush()
    if wake:
        uow.enqueue("assessment.import_items", import_id=str(row.id))
    return row.id


def is_silent(now: datetime) -> sa.ColumnElement[bool]:
    """Return the condition that nothing has been heard of an import for too long."""
    return sa.or_(
        sa.and_(ItemImport.total.is_not(None), ItemImport.touched_at <= now - timedelta(seconds=SILENT_S)),
        ItemImport.touched_at <= now - timedelta(seconds=READING_S),
    )


def claim_import(uow: UnitOfWork, import_id: UUID) -> tuple[bytes, UUID | None] | None:
    """Take an import for this worker and return its file and who asked for it; None when another one has it or it is over.

    One that three workers began, and none went on with, ends here as failed.
    """
    taken = uow.session.execute(
        sa.update(ItemImport)
        .where(
            ItemImport.id == import_id,
            sa.or_(
                ItemImport.state == ImportState.WAITING,
                sa.and_(ItemImport.state == ImportState.RUNNING, is_silent(uow.now())),
            ),
        )
        .values(state=ImportState.RUNNING, touched_at=uow.now(), tries=ItemImport.tries + 1)
        .returning(ItemImport.file_id, ItemImport.created_by, ItemImport.tries)
    ).first()
    if taken is None:
        return None
    if taken.tries > TRIES:
        row = _running(uow, import_id)
        row.state, row.reason = ImportState.FAILED, "file.gave_up|"
        return None
    return uow.open_file(taken.file_id)[1], taken.created_by


def start_reading(uow: UnitOfWork, import_id: UUID, total: int) -> int:
    """Note how many questions the file has and return how many are done already."""
    row = _running(uow, import_id)
    row.total, row.touched_at = total, uow.now()
    return row.done


def import_question(uow: UnitOfWork, import_id: UUID, number: int, found: Found) -> ImportOutcome:
    """Take over the question ``number`` (from 1) of a file: an item is written, or the reason why not.

    The same question as one that is in the bank already is recognised by its content and not written again.
    """
    row = _running(uow, import_id)
    if row.done != number - 1:
        raise Conflict("assessment.import_elsewhere")
    try:
        with uow.session.begin_nested():
            outcome = _written(uow, row, found)
    except Refusal as refusal:
        outcome = _refused(found, refusal.reason)
    except LmsError as error:
        outcome = _refused(found, Reason("content", error.code))
    except (
        sa.exc.DataError,
        sa.exc.IntegrityError,
    ):  # the database does not take this question, whoever tries
        outcome = _refused(found, Reason("content.unkept"))
    uow.session.add(
        ItemImportRow(
            import_id=import_id,
            number=number,
            ref=outcome.ref[:200],
            title=title_of(found),
            type=outcome.type[:120],
            status=outcome.status,
            reasons=[list(reason) for reason in outcome.reasons],
            place=outcome.place[:300],
            item_id=outcome.item_id,
        )
    )
    row.done, row.tries, row.touched_at = number, 0, uow.now()
    return outcome


def _running(uow: UnitOfWork, import_id: UUID) -> ItemImport:
    row = uow.session.get(ItemImport, import_id, with_for_update=True)
    if row is None or row.state is not ImportState.RUNNING:
        raise Conflict("assessment.import_elsewhere")
    return row


def _written(uow: UnitOfWork, row: ItemImport, found: Found) -> ImportOutcome:
    types = uow.plugins(QUESTION_TYPES)
    ready = _prepare(found, types)
    taken, content = ready.taken, dict(ready.taken.content)
    if ready.pictures:
        stored = partial(_media_address, uow, row.bank_id, is_trial=row.is_trial)
        content = with_addresses(content, {url: stored(shown) for url, shown in ready.pictures.items()})
    known = _same_item(uow, row.bank_id, content_hash([taken.type, content]))
    if known is not None:
        return _outcome(found, [Reason("changed.already_there")], known)
    if row.is_trial:
        return _outcome(found, taken.changes)
    version_id = create_item(
        uow,
        row.bank_id,
        title=title_of(found),
        type=taken.type,
        content=content,
        tests=taken.tests,
        tags=[tag[:TAG_LENGTH].strip() for tag in found.tags[:TAGS_MAX]],
    )
    item_id = uow.session.get_one(ItemVersion, version_id).item_id
    return _outcome(found, taken.changes, item_id)


def title_of(found: Found) -> str:
    """Return what a question is called here: its title in the file, else its first words, else its name there."""
    title = found.title or " ".join(found.prompt.text.split()) or found.ref
    return title.replace("\0", "")[:200]  # no database keeps that sign, and the row has to be kept


def _media_address(uow: UnitOfWork, bank_id: UUID, picture: Accepted, *, is_trial: bool) -> str:
    """Return the address of a picture; a trial looks only whether the same bytes are already there."""
    if is_trial:
        return f"{MEDIA_PATH}{known_media(uow, picture)}"
    return media_address(uow, uow.session.get_one(Bank, bank_id).org_id, picture)


def _same_item(uow: UnitOfWork, bank_id: UUID, digest: str) -> UUID | None:
    return uow.session.scalar(
        sa.select(Item.id)
        .join(ItemVersion, ItemVersion.item_id == Item.id)
        .where(Item.bank_id == bank_id, ItemVersion.content_hash == digest)
        .limit(1)
    )


def end_import(uow: UnitOfWork, import_id: UUID, read: ReadFile) -> None:
    """Note that a file has been gone through, or why nothing could be read."""
    row = _running(uow, import_id)
    row.state = ImportState.FAILED if read.reason is not None else ImportState.DONE
    row.total = len(read.questions)
    if read.reason is not None:
        row.reason, row.place = f"{read.reason.code}|{read.reason.detail}"[:300], read.place[:300]
    row.touched_at = uow.now()
