"""Keep what a student's device reports: the save path, the hottest of the whole product.

One statement stores a batch. It checks by itself that the sign-in still holds (account active, same epoch, session open),
that the attempt is this person's, that its clock runs and that its time is not over. Only when it stored less than it was given
does `_settle_rest` look closer: the same operation again, another payload under the same id, too late, written in a break or to a question without a way back, or nobody's.

The statement locks the attempt's row for sharing, so that an attempt cannot end between the check and the commit: an
operation that is acknowledged as in time is always among those that are marked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lms.assessment.models import AnswerFile, Attempt, ResponseEvent
from lms.assessment.rules.chain import payload_hash
from lms.assessment.rules.responses import answer_fields, is_readable
from lms.assessment.rules.timing import is_on_time
from lms.assessment.service.answer_files import SentFile, keep_file
from lms.assessment.service.attempts import end_attempt
from lms.assessment.service.clock import paused_since, refresh_deadline
from lms.assessment.service.lateness import last_late_no
from lms.assessment.service.locks import locked_attempt
from lms.assessment.service.sealing import receipt_for, seal_attempt, sign_receipt
from lms.assessment.settings import AssessmentSettings
from lms.assessment.types import (
    OPEN_STATES,
    EndedBy,
    Fields,
    Operation,
    OperationKind,
    Receipt,
    Savings,
    SignIn,
)
from lms.core.actor import Actor
from lms.core.db import canonical_json
from lms.core.errors import AuditNote, Conflict, InvalidInput, NotAuthenticated, NotFound
from lms.core.runtime import Runtime
from lms.core.uow import UnitOfWork
from lms.people.queries import open_sign_in, roles_of

__all__ = ["Brought", "OperationConflict", "fields_of", "keep_brought", "save_operations", "save_with_file"]

_COLUMNS = (
    "op_id",
    "kind",
    "slot",
    "payload",
    "payload_hash",
    "client_seq",
    "tab",
    "t_client",
    "checks",
)
_CASTS = ("uuid", "text", "integer", "text", "text", "bigint", "text", "timestamptz", "integer")
#: How many checks of an attempt had come; its index is empty where nobody checks anything.
_CHECKS = (
    "coalesce((SELECT max(e.check_no) FROM response_event e WHERE e.attempt_id = a.id AND e.check_no > 0), 0)"
)


class OperationConflict(Conflict):
    """An operation's id was used before with another payload. Everything else of the batch is kept: see ``savings``."""

    def __init__(self, savings: Savings) -> None:
        """Refuse the operations in ``savings.conflicts``."""
        super().__init__("assessment.op_conflict", count=len(savings.conflicts))
        self.savings = savings


def fields_of(form: Mapping[str, Any], slot: int) -> Fields:
    """Return one question's fields of a posted form (a MultiDict), without the question's prefix."""
    prefix = f"q{slot}."
    getlist = getattr(form, "getlist", None)
    return {
        name.removeprefix(prefix): [str(v) for v in (getlist(name) if getlist else form[name])]
        for name in form
        if name.startswith(prefix)
    }


@lru_cache(maxsize=128)
def _statement(count: int, is_sqlite: bool) -> str:
    """Return the one statement that stores ``count`` operations, as the database's driver wants it."""
    mark = "?" if is_sqlite else "%s"
    first = ", ".join(mark if is_sqlite else f"{mark}::{cast}" for cast in _CASTS)
    rows = ", ".join([f"({first})"] * count)
    names = ", ".join(_COLUMNS[:-1])
    parts = (
        # INSERT comes first: Python's sqlite3 counts no rows of a statement that begins with WITH.
        f"INSERT INTO response_event (attempt_id, {names}, t_server, is_late, check_no)",
        f"WITH op({names}, checks) AS (VALUES {rows})",
        f"SELECT a.id, {', '.join(f'op.{name}' for name in _COLUMNS[:-1])}, {mark}, {mark}, {_CHECKS} + op.checks",
        "FROM op, attempt a, account c, account_session s",
        f"WHERE a.id = {mark} AND a.person_id = {mark}",
        f"AND a.state = 'in_progress' AND a.deadline_at >= {mark}",
        "AND op.slot BETWEEN 0 AND a.item_count",
        "AND (a.reached = 0 OR op.slot BETWEEN a.reached AND a.reached_to OR op.kind = 'flag')",
        f"AND (a.part_ends_at IS NULL OR a.part_ends_at >= {mark})",
        f"AND c.id = {mark} AND c.person_id = a.person_id AND c.is_active AND c.epoch = {mark}",
        f"AND s.id = {mark} AND s.account_id = c.id AND s.ended_at IS NULL AND s.expires_at > {mark}",
        "" if is_sqlite else "FOR SHARE OF a",
        "ON CONFLICT (attempt_id, op_id) DO NOTHING",
    )
    return " ".join(parts)


@dataclass(frozen=True, slots=True)
class _Written:
    """An operation with the canonical spelling of its payload and what it hashes to."""

    op: Operation
    text: str
    hash: str


def save_operations(
    runtime: Runtime, sign_in: SignIn, attempt_id: UUID, operations: Sequence[Operation], t_server: datetime
) -> Savings:
    """Keep a batch of operations and return a signed receipt for each, in order.

    The same operation again gets its first receipt again. ``t_server`` is when the request arrived. A ``submit`` among
    the operations hands the attempt in after the others are kept, in one transaction with its own record.

    Raises NotAuthenticated, NotFound, InvalidInput ``assessment.operations``, OperationConflict.
    """
    batch = _written(runtime.settings.of(AssessmentSettings), operations)
    plain = [item for item in batch if item.op.kind is not OperationKind.SUBMIT]
    stored = _store(runtime, sign_in, attempt_id, plain, t_server) if plain else 0
    if stored == len(batch):
        return Savings(tuple(_first_receipt(runtime, attempt_id, item, t_server) for item in batch))
    return _settle_rest(runtime, sign_in, attempt_id, batch, t_server)


def save_with_file(
    uow: UnitOfWork,
    sign_in: SignIn,
    attempt_id: UUID,
    operation: Operation,
    sent: SentFile,
    t_server: datetime,
) -> Savings:
    """Keep an answer together with the file that it names by the operation's own id: both of them, or neither.

    The same again gets its first receipt again. Other bytes under the same id are refused like another payload, and so are
    bytes for an operation that was acknowledged in time without them: they would count as if they had come with it.
    Raises NotAuthenticated, NotFound, InvalidInput ``assessment.operations``, OperationConflict, and as `keep_file` does.
    """
    attempt = locked_attempt(uow.session, attempt_id)
    uow.require("assessment.sit", attempt)
    _require_sign_in(uow, sign_in, t_server)
    (item,) = _written(uow.runtime.settings.of(AssessmentSettings), [operation])
    if not _names_itself(operation) or operation.slot > attempt.item_count:
        raise InvalidInput("assessment.operations")
    event = _kept(uow, attempt_id, [item]).get(operation.op_id)
    file = uow.session.get(AnswerFile, operation.op_id)
    if (event is not None and event.payload_hash != item.hash) or not _fits(event, file, sent):
        is_submitted = attempt.state not in OPEN_STATES
        raise OperationConflict(Savings((), (operation.op_id,), is_submitted))
    if file is None:
        file = keep_file(uow, attempt, operation.slot, sent, operation.op_id, t_server)
        file.late_no = None if event is None else 1 + last_late_no(uow.session, attempt_id)
        if event is not None and attempt.state not in OPEN_STATES:
            seal_attempt(uow, attempt)
    if event is None:
        event = _keep(uow, attempt, [item], t_server)[operation.op_id]
    return Savings((receipt_for(uow.runtime.keys, event),), (), attempt.state not in OPEN_STATES)


def _names_itself(operation: Operation) -> bool:
    """Tell whether an operation is an answer that names a file by the operation's own id."""
    fields = answer_fields(operation.payload) if operation.kind is OperationKind.ANSWER else None
    return fields is not None and str(operation.op_id) in fields.get("file", ())


def _fits(event: ResponseEvent | None, file: AnswerFile | None, sent: SentFile) -> bool:
    """Tell whether a file that was sent can be what is known under its id: nothing yet, the same, or a late answer alone.

    An answer that somebody brought in a file of answers is late and waits for its pictures.
    """
    if event is None:
        return file is None
    if file is None:
        return event.is_late
    return (file.attempt_id, file.sent_sha256) == (event.attempt_id, sent.sha256)


def _first_receipt(runtime: Runtime, attempt_id: UUID, item: _Written, t_server: datetime) -> Receipt:
    op = item.op
    return sign_receipt(
        runtime.keys, Receipt(attempt_id, op.op_id, op.slot, op.kind, item.hash, t_server, is_late=False)
    )


def _written(limits: AssessmentSettings, operations: Sequence[Operation]) -> list[_Written]:
    """Spell out and hash each operation; raise InvalidInput when the batch cannot be kept as it is."""
    if not 0 < len({op.op_id for op in operations}) == len(operations) <= limits.batch_max:
        raise InvalidInput("assessment.operations")
    batch = []
    for op in operations:
        is_well_formed = (op.slot == 0) == (op.kind is OperationKind.SUBMIT) and op.slot >= 0
        if not is_well_formed or len(op.tab) > 40 or not 0 <= op.client_seq < 2**53:
            raise InvalidInput("assessment.operations")
        if not is_readable(op.kind, op.payload):
            raise InvalidInput("assessment.operations")
        text = canonical_json(op.payload)
        if not _can_be_stored(text) or not _can_be_stored(op.tab):
            raise InvalidInput("assessment.operations")
        if len(text) > limits.answer_max_chars:
            raise InvalidInput("assessment.answer_too_long", limit=limits.answer_max_chars)
        batch.append(_Written(op, text, payload_hash(op.kind, op.slot, text)))
    return batch


def _can_be_stored(text: str) -> bool:
    """Tell whether both engines can keep the text: no lone surrogates, no NUL."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def _store(
    runtime: Runtime, sign_in: SignIn, attempt_id: UUID, batch: Sequence[_Written], t_server: datetime
) -> int:
    """Run the statement in a transaction of its own and return how many rows it stored."""
    is_sqlite = runtime.database.is_sqlite
    identifier, moment = (_hex, _naive_text) if is_sqlite else (_same, _same)
    tolerance = timedelta(seconds=runtime.settings.of(AssessmentSettings).tolerance_s)
    values: list[Any] = []
    for item, checks in zip(batch, _checks_until(batch), strict=True):
        op = item.op
        t_client = None if op.t_client is None else moment(op.t_client)
        values += (identifier(op.op_id), op.kind.value, op.slot, item.text, item.hash)
        values += (op.client_seq, op.tab, t_client, checks)
    values += (moment(t_server), False, identifier(attempt_id), identifier(sign_in.person_id))
    values += (moment(t_server - tolerance), moment(t_server - tolerance))
    values += (identifier(sign_in.account_id), sign_in.epoch)
    values += (identifier(sign_in.session_id), moment(t_server))
    with runtime.database.write_engine.begin() as connection:
        return connection.exec_driver_sql(_statement(len(batch), is_sqlite), tuple(values)).rowcount


def _checks_until(batch: Iterable[_Written]) -> Iterator[int]:
    """Return for each operation how many checks there are up to it, itself included."""
    return accumulate(int(item.op.kind is OperationKind.CHECK) for item in batch)


def _same(value: Any) -> Any:
    return value


def _hex(value: UUID) -> str:
    return value.hex


def _naive_text(at: datetime) -> str:
    """Return a moment as SQLAlchemy's `UtcDateTime` writes it into SQLite."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def _settle_rest(
    runtime: Runtime, sign_in: SignIn, attempt_id: UUID, batch: Sequence[_Written], t_server: datetime
) -> Savings:
    """Do with care what the statement did not do: repeats, conflicts, late ones, the handing in."""
    with runtime.unit_of_work(Actor("person", sign_in.person_id, sign_in.account_id)) as uow:
        _require_sign_in(uow, sign_in, t_server)
        attempt = _own_attempt(uow, sign_in, attempt_id)
        if any(item.op.slot > attempt.item_count for item in batch):
            raise InvalidInput("assessment.operations")
        kept = _kept(uow, attempt_id, batch)
        missing = [item for item in batch if item.op.op_id not in kept]
        kept |= _keep(uow, attempt, missing, t_server)
        if any(item.op.kind is OperationKind.SUBMIT for item in missing) and attempt.state in OPEN_STATES:
            uow.actor = replace(uow.actor, roles=roles_of(uow.session, sign_in.person_id, uow.now()))
            end_attempt(uow, attempt, EndedBy.STUDENT)
        same = [kept[i.op.op_id] for i in batch if kept[i.op.op_id].payload_hash == i.hash]
        conflicts = [i.op.op_id for i in batch if kept[i.op.op_id].payload_hash != i.hash]
        receipts = tuple(receipt_for(runtime.keys, event) for event in same)
        savings = Savings(receipts, tuple(conflicts), attempt.state not in OPEN_STATES)
    if conflicts:
        raise OperationConflict(savings)
    return savings


def keep_brought(
    uow: UnitOfWork, attempt: Attempt, operations: Sequence[Operation], files: Mapping[UUID, SentFile]
) -> Brought:
    """Store operations that somebody has brought with their files, all of them late; the caller holds the attempt's row."""
    limits, known, conflicts = uow.runtime.settings.of(AssessmentSettings), 0, 0
    missing: list[_Written] = []
    for start in range(0, len(operations), limits.batch_max):
        batch = _written(limits, operations[start : start + limits.batch_max])
        if any(item.op.slot > attempt.item_count for item in batch):
            raise InvalidInput("assessment.operations")
        kept = _kept(uow, attempt.id, batch)
        same = [item for item in batch if item.op.op_id in kept]
        conflicts += sum(kept[item.op.op_id].payload_hash != item.hash for item in same)
        known += len(same)
        missing += [item for item in batch if item.op.op_id not in kept]
    new = _events(uow, attempt.id, missing, uow.now())
    _number_late(uow, attempt, new)
    uow.session.add_all(new)
    uow.session.flush()
    numbers = {event.op_id: event.late_no for event in new}
    found = [
        _keep_brought_file(uow, attempt, op, files[op.op_id], is_new=op.op_id in numbers)
        for op in operations
        if op.op_id in files
    ]
    if (new or True in found) and attempt.state not in OPEN_STATES:
        seal_attempt(uow, attempt)
    receipts = tuple(receipt_for(uow.runtime.keys, event) for event in new)
    return Brought(receipts, known - conflicts, conflicts, found.count(True), found.count(False))


def _keep_brought_file(
    uow: UnitOfWork, attempt: Attempt, op: Operation, sent: SentFile, *, is_new: bool
) -> bool | None:
    """Keep a file for an operation that is stored already; False where it cannot be kept, None where it is known."""
    (item,) = _written(uow.runtime.settings.of(AssessmentSettings), [op])
    file = uow.session.get(AnswerFile, op.op_id)
    event = uow.session.get_one(ResponseEvent, (attempt.id, op.op_id))
    if event.payload_hash != item.hash or not _names_itself(op) or not _fits(event, file, sent):
        return False
    if file is not None:
        return None
    try:
        row = keep_file(uow, attempt, op.slot, sent, op.op_id, uow.now())
    except (InvalidInput, Conflict):  # what is no picture costs nobody the answers beside it
        return False
    row.late_no = None if is_new else 1 + last_late_no(uow.session, attempt.id)
    uow.session.flush()
    return True


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of a file of answers.

    Receipts of what is new, how many operations were known, how many say something else than what is known; files kept, files
    that could not be.
    """

    receipts: tuple[Receipt, ...]
    known: int
    conflicts: int
    files: int
    files_refused: int


def _own_attempt(uow: UnitOfWork, sign_in: SignIn, attempt_id: UUID) -> Attempt:
    """Return the locked attempt; somebody else's looks like none and is written down."""
    attempt = locked_attempt(uow.session, attempt_id)
    if attempt.person_id != sign_in.person_id:
        note = AuditNote("assessment.save", "Attempt", attempt_id, attempt.person_id)
        raise NotFound("auth.out_of_reach", audit=note)
    return attempt


def _require_sign_in(uow: UnitOfWork, sign_in: SignIn, t_server: datetime) -> None:
    """Raise unless the sign-in still holds."""
    holds = open_sign_in(
        account_id=sign_in.account_id,
        person_id=sign_in.person_id,
        session_id=sign_in.session_id,
        epoch=sign_in.epoch,
        at=t_server,
    )
    if uow.session.scalar(holds) is None:
        raise NotAuthenticated("auth.sign_in")


def _kept(uow: UnitOfWork, attempt_id: UUID, batch: Sequence[_Written]) -> dict[UUID, ResponseEvent]:
    rows = uow.session.scalars(
        sa.select(ResponseEvent).where(
            ResponseEvent.attempt_id == attempt_id,
            ResponseEvent.op_id.in_([item.op.op_id for item in batch]),
        )
    )
    return {row.op_id: row for row in rows}


def _keep(
    uow: UnitOfWork, attempt: Attempt, missing: Sequence[_Written], t_server: datetime
) -> dict[UUID, ResponseEvent]:
    """Store what is not there yet, flagged late when a person has to decide whether it counts."""
    if not missing:
        return {}
    in_time = _counts_in_time(uow, attempt, t_server)
    rows = {event.op_id: event for event in _events(uow, attempt.id, missing, t_server)}
    _number_late(
        uow,
        attempt,
        [rows[item.op.op_id] for item in missing if not (in_time and _is_open_question(attempt, item.op))],
    )
    uow.session.add_all(rows.values())
    uow.session.flush()
    if attempt.state not in OPEN_STATES:
        seal_attempt(uow, attempt)
    return rows


def _number_late(uow: UnitOfWork, attempt: Attempt, events: Sequence[ResponseEvent]) -> None:
    """Flag operations as late, in their order; the attempt's row is locked."""
    if not events:
        return
    for number, event in enumerate(events, start=1 + last_late_no(uow.session, attempt.id)):
        event.is_late, event.late_no = True, number


def _counts_in_time(uow: UnitOfWork, attempt: Attempt, t_server: datetime) -> bool:
    """Tell whether what arrived at ``t_server`` came while the clock ran: before the true end of work and part, not in a break."""
    if attempt.state not in OPEN_STATES:
        return False
    tolerance_s = uow.runtime.settings.of(AssessmentSettings).tolerance_s
    ends_at = refresh_deadline(uow.session, attempt, uow.now())
    paused_at = paused_since(uow.session, attempt.id)
    ends = (ends_at, attempt.part_ends_at, paused_at)
    return is_on_time(t_server, min(end for end in ends if end is not None), tolerance_s)


def _is_open_question(attempt: Attempt, op: Operation) -> bool:
    """Tell whether the question can be answered now: any one, or those reached where there is no way back."""
    if attempt.reached == 0 or op.kind not in {OperationKind.ANSWER, OperationKind.CHECK}:
        return True
    return attempt.reached <= op.slot <= attempt.reached_to


def _events(
    uow: UnitOfWork, attempt_id: UUID, batch: Sequence[_Written], t_server: datetime
) -> list[ResponseEvent]:
    """Return the rows of operations, numbered after the checks before them; the attempt's row is locked."""
    newest = sa.select(sa.func.max(ResponseEvent.check_no)).where(
        ResponseEvent.attempt_id == attempt_id, ResponseEvent.check_no > 0
    )
    before = (uow.session.scalar(newest) or 0) if batch else 0
    return [
        ResponseEvent(
            attempt_id=attempt_id,
            op_id=item.op.op_id,
            kind=item.op.kind,
            slot=item.op.slot,
            payload=item.op.payload,
            payload_hash=item.hash,
            client_seq=item.op.client_seq,
            tab=item.op.tab,
            t_client=item.op.t_client,
            t_server=t_server,
            is_late=False,
            check_no=before + checks,
        )
        for item, checks in zip(batch, _checks_until(batch), strict=True)
    ]
