"""Read how far imports of questions are, and what became of each question."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.formats.values import Reason
from lms.assessment.models import Bank, ItemImport, ItemImportRow
from lms.assessment.types import ImportState, ImportStatus
from lms.core.errors import NotFound
from lms.core.models import StoredFile

__all__ = ["ImportCard", "ImportRowView", "import_card", "import_rows", "imports_of"]


@dataclass(frozen=True, slots=True)
class ImportCard:
    """An import: its file, how far it is, and how many questions were imported, changed and refused."""

    id: UUID
    bank_id: UUID
    bank_title: str
    org_id: UUID
    name: str
    is_trial: bool
    state: ImportState
    total: int | None
    done: int
    reason: Reason | None
    place: str
    created_at: datetime
    counts: dict[ImportStatus, int]

    @property
    def is_running(self) -> bool:
        """Tell whether there is more to come."""
        return self.state in (ImportState.WAITING, ImportState.RUNNING)

    @property
    def is_done(self) -> bool:
        """Tell whether the file was gone through to its end."""
        return self.state is ImportState.DONE


@dataclass(frozen=True, slots=True)
class ImportRowView:
    """What became of one question."""

    number: int
    ref: str
    title: str
    type: str
    status: ImportStatus
    reasons: tuple[Reason, ...]
    place: str
    item_id: UUID | None


def import_card(session: Session, import_id: UUID) -> ImportCard:
    """Return one import; raise NotFound ``assessment.no_import``."""
    cards = _cards(session, ItemImport.id == import_id, 1)
    if not cards:
        raise NotFound("assessment.no_import")
    return cards[0]


def imports_of(session: Session, bank_id: UUID, limit: int = 10) -> list[ImportCard]:
    """Return the newest imports into a bank."""
    return _cards(session, ItemImport.bank_id == bank_id, limit)


def _cards(session: Session, condition: sa.ColumnElement[bool], limit: int) -> list[ImportCard]:
    rows = session.execute(
        sa.select(ItemImport, Bank, StoredFile.name)
        .join(Bank, Bank.id == ItemImport.bank_id)
        .join(StoredFile, StoredFile.id == ItemImport.file_id)
        .where(condition)
        .order_by(ItemImport.id.desc())
        .limit(limit)
    ).all()
    counts: dict[UUID, dict[ImportStatus, int]] = {row.ItemImport.id: {} for row in rows}
    found = session.execute(
        sa.select(ItemImportRow.import_id, ItemImportRow.status, sa.func.count())
        .where(ItemImportRow.import_id.in_(list(counts)))
        .group_by(ItemImportRow.import_id, ItemImportRow.status)
    )
    for import_id, status, count in found:
        counts[import_id][status] = count
    return [_card(row.ItemImport, row.Bank, row.name, counts[row.ItemImport.id]) for row in rows]


def _card(row: ItemImport, bank: Bank, name: str, counts: dict[ImportStatus, int]) -> ImportCard:
    code, _, detail = row.reason.partition("|")
    return ImportCard(
        row.id,
        bank.id,
        bank.title,
        bank.org_id,
        name,
        row.is_trial,
        row.state,
        row.total,
        row.done,
        Reason(code, detail) if code else None,
        row.place,
        row.created_at,
        counts,
    )


def import_rows(
    session: Session,
    import_id: UUID,
    *,
    after: int = 0,
    limit: int | None = None,
    status: ImportStatus | None = None,
) -> list[ImportRowView]:
    """Return what became of the questions after number ``after``, in the order of the file."""
    rows = session.scalars(
        sa.select(ItemImportRow)
        .where(
            ItemImportRow.import_id == import_id,
            ItemImportRow.number > after,
            *([ItemImportRow.status == status] if status is not None else []),
        )
        .order_by(ItemImportRow.number)
        .limit(limit)
    )
    return [
        ImportRowView(
            row.number,
            row.ref,
            row.title,
            row.type,
            row.status,
            tuple(Reason(*reason) for reason in row.reasons),
            row.place,
            row.item_id,
        )
        for row in rows
    ]
