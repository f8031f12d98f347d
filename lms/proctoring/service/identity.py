"""Confirm who is there: choose a way, take pictures, pass on a code, record a person's decision."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lms.core import uploads
from lms.core.contracts import BasisRef
from lms.core.errors import AuditNote, Conflict, InvalidInput, NotFound, TooMany
from lms.core.ids import new_id
from lms.core.models import AccessLog
from lms.core.traces import without_traces
from lms.core.uow import UnitOfWork
from lms.people import queries as people
from lms.proctoring import queries
from lms.proctoring.access_rules import Reach
from lms.proctoring.contracts import Comparison
from lms.proctoring.events import IdentityVerified
from lms.proctoring.models import CheckShot, Evidence, IdentityCheck
from lms.proctoring.rules.devices import device_class
from lms.proctoring.rules.identity import (
    LEVEL_OF,
    PASSKEY_METHODS,
    can_move,
    is_call_address,
    is_enough,
    state_after_face,
)
from lms.proctoring.rules.windows import decide_check
from lms.proctoring.service.challenges import (
    Answers,
    Seen,
    draw_challenges,
    exchange,
    keep_answers,
    renew_challenges,
    write_seen,
)
from lms.proctoring.service.erasure import evidence_area
from lms.proctoring.service.templates import read_templates
from lms.proctoring.settings import ProctoringSettings
from lms.proctoring.types import CheckState, IdentityMethod, Outcome

__all__ = [
    "choose_method",
    "decide_identity",
    "enter_code",
    "exchange_challenge",
    "issue_code",
    "move_check",
    "open_meeting",
    "own_check",
    "record_face_result",
    "renew_tasks",
    "settle_check",
    "submit_face_shots",
]

MAX_CODE_TRIES = 5
#: Wrong codes of one student in `CODE_WINDOW`, over all checks; then a pause.
MAX_WRONG_CODES = 15
CODE_WINDOW = timedelta(hours=1)
WRONG_CODE = "proctoring.enter_code"
MAX_SHOTS = 3
#: Digits read aloud: ten seconds of speech in any form that a browser records in; the page stops by itself.
MAX_VOICE_BYTES = 1024 * 1024
NO_ANSWERS, NOTHING_SEEN = Answers(), Seen()
#: Ways in which the person who decides writes down the question that was asked.
_WITH_QUESTION = frozenset({IdentityMethod.KNOWN_TEACHER, IdentityMethod.PASSKEY_AND_TALK})


def choose_method(uow: UnitOfWork, entry_id: UUID, method: IdentityMethod) -> UUID:
    """Begin a check by the chosen way; an undecided one by another way is put aside, a verified one stays.

    Raises NotFound when the entry is somebody else's, Conflict ``proctoring.method_closed`` when the way is not offered.
    """
    uow.require("proctoring.own_identity")
    uow.lock("identity_check", entry_id)  # two presses at once make one check
    options = queries.identity_options(uow.session, entry_id, uow.now())
    uow.require("proctoring.own_identity", Reach(options.facts.person_id, uow.now()))
    existing = queries.current_check(uow.session, entry_id)
    if existing is not None and is_enough(existing.state, existing.level_reached, options.policy.level):
        return existing.id
    if method not in options.methods:
        raise Conflict("proctoring.method_closed")
    if existing is not None:
        if existing.method is method and existing.state not in {CheckState.REFUSED, CheckState.VERIFIED}:
            return existing.id
        existing.superseded_at = uow.now()
    waits_for_student = method in {IdentityMethod.FACE, IdentityMethod.CODE_AND_ADULT, *PASSKEY_METHODS}
    row = IdentityCheck(
        entry_id=entry_id,
        person_id=options.facts.person_id,
        org_id=options.facts.org_id,
        title=options.facts.title,
        method=method,
        state=CheckState.PENDING if waits_for_student else CheckState.HUMAN_CHECK,
        level_required=options.policy.level,
        created_at=uow.now(),
    )
    uow.session.add(row)
    uow.session.flush()
    if method is IdentityMethod.FACE:
        draw_challenges(uow, row)
    return row.id


def submit_face_shots(
    uow: UnitOfWork,
    check_id: UUID,
    pictures: Sequence[tuple[bytes, str]],
    user_agent: str = "",
    answers: Answers = NO_ANSWERS,
) -> None:
    """Take one to three pictures for a camera check and wake the worker; of the device only its class is kept.

    ``answers``: pictures of the tasks that were asked for, and what the page told about the camera. None is needed.
    Raises Conflict ``proctoring.check_state``, ``proctoring.no_template``; InvalidInput ``proctoring.no_pictures``,
    ``proctoring.challenge_over``, ``proctoring.voice_consent`` or an ``upload.*`` code; TooLarge.
    """
    row = own_check(uow, check_id)
    if row.method is not IdentityMethod.FACE or row.state not in {CheckState.PENDING, CheckState.UNCERTAIN}:
        raise Conflict("proctoring.check_state")
    if row.state is CheckState.PENDING and row.shots_at is not None:
        return  # the worker is looking at pictures already; a second press changes nothing
    if not 1 <= len(pictures) <= MAX_SHOTS:
        raise InvalidInput("proctoring.no_pictures", fields={"pictures": ["proctoring.no_pictures"]})
    if not read_templates(uow, row.person_id):
        raise Conflict("proctoring.no_template")

    def keep(data: bytes, sent_as: str, *, name: str) -> UUID:
        return _keep_picture(uow, row, data, sent_as, name)

    def keep_voice(data: bytes, sent_as: str, *, name: str) -> UUID:
        return _keep_voice(uow, row, data, sent_as, name)

    # another try takes nothing back
    row.signals = list(dict.fromkeys([*row.signals, *keep_answers(uow, row, answers, keep, keep_voice)]))
    row.tries += 1
    for no, (data, sent_as) in enumerate(pictures, 1):
        file_id = keep(data, sent_as, name=f"identity-{row.tries}-{no}")
        uow.session.add(CheckShot(check_id=row.id, round=row.tries, no=no, file_id=file_id))
    row.state, row.shots_at = CheckState.PENDING, uow.now()
    row.claimed_at, row.claims = None, 0
    row.device_class = device_class(user_agent)
    row.outcome = row.reason = ""
    uow.session.flush()
    uow.enqueue("proctoring.verify_face", check_id=str(row.id))


def _keep_picture(uow: UnitOfWork, row: IdentityCheck, data: bytes, sent_as: str, name: str) -> UUID:
    """Store one picture of a check, encrypted for its person, as evidence with an end; return its file."""
    limit = uow.runtime.settings.core.upload_max_bytes
    picture = uploads.accept_picture(data, sent_as, max_bytes=limit, max_side=1600)
    return _keep(uow, row, picture, evidence_area(row.id), name)


def _keep_voice(uow: UnitOfWork, row: IdentityCheck, data: bytes, sent_as: str, name: str) -> UUID:
    """Store a recording of a check without its properties, under a key of its own, as evidence with an end.

    Raises InvalidInput ``upload.not_audio``, ``upload.not_played`` or ``proctoring.voice_consent`` where the consent does not speak of it; TooLarge.
    """
    if not people.may_keep_voice(uow.session, row.person_id, uow.now()):
        raise InvalidInput("proctoring.voice_consent", fields={"pictures": ["proctoring.voice_consent"]})
    sound = uploads.accept_audio(data, sent_as, max_bytes=MAX_VOICE_BYTES, is_played=True)
    clean = without_traces(sound.data, sound.media_type)
    if clean is None:
        raise InvalidInput("upload.not_audio")
    return _keep(uow, row, replace(sound, data=clean), evidence_area(new_id()), name)


def _keep(uow: UnitOfWork, row: IdentityCheck, accepted: uploads.Accepted, area: str, name: str) -> UUID:
    stored = uow.store_file(
        accepted.data,
        area=area,
        media_type=accepted.media_type,
        name=name,
        owner=row.person_id,
        encrypt_for=row.person_id,
    )
    uow.session.add(
        Evidence(
            org_id=row.org_id,
            person_id=row.person_id,
            check_id=row.id,
            file_id=stored.id,
            sha256=stored.sha256,
            captured_at=uow.now(),
            expires_at=uow.in_days(uow.runtime.settings.of(ProctoringSettings).evidence_waiting_days),
        )
    )
    return stored.id


def exchange_challenge(uow: UnitOfWork, check_id: UUID, nonce: str, *, for_none: bool = False) -> None:
    """Ask for something else in the place of one task, or for none at all: no reason is asked, nothing is lost by it.

    Raises Conflict ``proctoring.check_state``.
    """
    row = own_check(uow, check_id)
    if row.method is not IdentityMethod.FACE or row.state not in {CheckState.PENDING, CheckState.UNCERTAIN}:
        raise Conflict("proctoring.check_state")
    if row.shots_at is None:
        exchange(uow, row, nonce, for_none=for_none)


def renew_tasks(uow: UnitOfWork, check_id: UUID) -> None:
    """Ask for something else than was asked long ago, as its page is opened again; nothing else changes."""
    row = own_check(uow, check_id)
    if row.method is IdentityMethod.FACE and row.shots_at is None:
        renew_challenges(uow, row)


def record_face_result(
    uow: UnitOfWork,
    check_id: UUID,
    tries: int,
    comparisons: Sequence[Comparison],
    seen: Seen = NOTHING_SEEN,
) -> None:
    """Write down what the worker saw. A match is not verified yet: whatever was seen of liveness, a person confirms it.

    Repeating it, or coming after the student chose another way, changes nothing.
    """
    row = _locked(uow, check_id)
    if (
        row is None
        or row.superseded_at is not None
        or row.state is not CheckState.PENDING
        or row.tries != tries
    ):
        return
    decided = decide_check(comparisons)
    shots = uow.session.scalars(
        sa.select(CheckShot)
        .where(CheckShot.check_id == row.id, CheckShot.round == tries)
        .order_by(CheckShot.no)
    ).all()
    for shot, item in zip(shots, comparisons, strict=False):
        shot.result = {
            "outcome": item.outcome.value,
            "score": item.score,
            "metric": item.metric,
            "reason": item.reason,
        }
    outcome = decided.outcome if decided else Outcome.COULD_NOT_TELL
    row.outcome = outcome.value
    row.reason = decided.reason if decided else "unreadable"
    if row.reason == "no_template" and queries.with_sample(uow.session, [row.person_id], uow.now()):
        row.reason = "other_model"  # there is a sample, but not of the model that compares now
    row.metric = decided.metric if decided else ""
    row.score = decided.score if decided else None
    row.threshold = decided.threshold if decided else None
    row.model = decided.model.label if decided else ""
    write_seen(uow, row, seen)
    row.shots_at = None
    most = uow.runtime.settings.of(ProctoringSettings).face_tries
    after = state_after_face(row.outcome, row.tries, most)
    move_check(row, after)
    if after is CheckState.UNCERTAIN:
        draw_challenges(uow, row)


def open_meeting(uow: UnitOfWork, check_id: UUID, url: str) -> None:
    """Give the student the address of the video call, until somebody has decided: then it is part of the record.

    Raises InvalidInput ``proctoring.meeting_url``, Conflict ``proctoring.check_state``.
    """
    row = _check(uow, check_id)
    uow.require("proctoring.decide_identity", queries.check_reach(row, uow.now()))
    if row.state in {CheckState.VERIFIED, CheckState.REFUSED, CheckState.WAIVED}:
        raise Conflict("proctoring.check_state")
    if len(url) > 300 or not is_call_address(url):
        raise InvalidInput("proctoring.meeting_url", fields={"meeting_url": ["proctoring.meeting_url"]})
    row.meeting_url = url


def decide_identity(
    uow: UnitOfWork, check_id: UUID, *, is_confirmed: bool, note: str, document_ref: str = ""
) -> CheckState:
    """Record a person's decision about who is there; it goes into the ledger.

    A known teacher, and whoever talks after a passkey, writes down the question that was asked; who has never met the student names the document; what the
    camera took is confirmed by who has opened a picture of it. Raises InvalidInput ``proctoring.question_missing``,
    ``proctoring.document_missing``, ``proctoring.look_first`` or ``proctoring.pictures_gone``, Conflict ``proctoring.check_state``.
    """
    row = _check(uow, check_id)
    uow.require("proctoring.decide_identity", queries.check_reach(row, uow.now()))
    if row.state is not CheckState.HUMAN_CHECK or row.method is IdentityMethod.CODE_AND_ADULT:
        raise Conflict("proctoring.check_state")
    if row.method in _WITH_QUESTION and len(note.strip()) < 5:
        raise InvalidInput("proctoring.question_missing", fields={"note": ["proctoring.question_missing"]})
    wants_document = row.method in {IdentityMethod.DOCUMENT_VIDEO, IdentityMethod.IN_PERSON}
    if is_confirmed and wants_document and not document_ref.strip():
        raise InvalidInput(
            "proctoring.document_missing", fields={"document_ref": ["proctoring.document_missing"]}
        )
    if is_confirmed and row.method is IdentityMethod.FACE:
        _ensure_looked(uow, row)
    if not is_confirmed and len(note.strip()) < 5:
        raise InvalidInput("proctoring.reason_missing", fields={"note": ["proctoring.reason_missing"]})
    row.note, row.document_ref = note.strip()[:500], document_ref.strip()[:200]
    settle_check(uow, row, is_confirmed=is_confirmed, decided_by=uow.actor.person_id)
    return row.state


def _ensure_looked(uow: UnitOfWork, row: IdentityCheck) -> None:
    """Refuse whoever opened no picture of the round that is decided: else the machine alone would have decided.

    Pictures of an earlier round show who sat there then; where none of this one is left, nobody can look any more.
    """
    pictures = (
        sa.select(Evidence.id)
        .join(CheckShot, CheckShot.file_id == Evidence.file_id)
        .where(CheckShot.check_id == row.id, CheckShot.round == row.tries)
    )
    opened = sa.select(AccessLog.id).where(
        AccessLog.subject_person_id == row.person_id,
        AccessLog.actor_person_id == uow.actor.person_id,
        AccessLog.object_kind == "evidence",
        AccessLog.outcome == "shown",
        AccessLog.object_id.in_(pictures),
    )
    if uow.session.scalar(opened.limit(1)) is not None:
        return
    living = pictures.where(Evidence.deleted_at.is_(None), Evidence.expires_at > uow.now())
    is_left = uow.session.scalar(living.limit(1)) is not None
    code = "proctoring.look_first" if is_left else "proctoring.pictures_gone"
    raise InvalidInput(code, fields={"_form": [code]})


def issue_code(uow: UnitOfWork, check_id: UUID, *, question: str) -> str:
    """Give an adult who vouches for the student a one-time code to pass on; return it, only its hash is kept.

    The adult writes down the live question that was asked. Raises InvalidInput ``proctoring.question_missing``,
    Conflict ``proctoring.check_state``.
    """
    row = _check(uow, check_id)
    uow.require("proctoring.vouch", queries.check_reach(row, uow.now()))
    if row.method is not IdentityMethod.CODE_AND_ADULT or row.state is not CheckState.PENDING:
        raise Conflict("proctoring.check_state")
    if len(question.strip()) < 5:
        raise InvalidInput("proctoring.question_missing", fields={"note": ["proctoring.question_missing"]})
    code = f"{secrets.randbelow(1_000_000):06d}"
    minutes = uow.runtime.settings.of(ProctoringSettings).code_minutes
    row.code_hash, row.code_expires_at = _hash_code(row.id, code), uow.now() + timedelta(minutes=minutes)
    row.code_tries, row.vouched_by, row.note = 0, uow.actor.person_id, question.strip()[:500]
    return code


def enter_code(uow: UnitOfWork, check_id: UUID, code: str) -> bool:
    """Check the code that the student typed; tell whether it was right. A wrong one is counted, five end the code.

    The student's wrong codes are counted over all checks, too, whoever gave them. Raises Conflict
    ``proctoring.check_state``; InvalidInput ``proctoring.code_over`` when there is no living code, or whoever gave it may no
    longer vouch; TooMany ``proctoring.code_too_often``.
    """
    row = own_check(uow, check_id)
    if row.method is not IdentityMethod.CODE_AND_ADULT or row.state is not CheckState.PENDING:
        raise Conflict("proctoring.check_state")
    is_alive = (
        row.code_expires_at is not None
        and row.code_expires_at > uow.now()
        and row.code_tries < MAX_CODE_TRIES
        and row.vouched_by in queries.who_may_vouch(uow.session, row.person_id, uow.now())
    )
    if not is_alive:
        raise InvalidInput("proctoring.code_over", fields={"code": ["proctoring.code_over"]})
    _count_codes(uow, row.person_id)
    typed = "".join(c for c in code if c.isdigit())
    if not hmac.compare_digest(_hash_code(row.id, typed), row.code_hash):
        row.code_tries += 1
        uow.log_access(WRONG_CODE, row.person_id, "identity_check", row.id, outcome="refused")
        return False
    row.code_hash, row.code_expires_at = "", None
    settle_check(uow, row, is_confirmed=True, decided_by=row.vouched_by)
    return True


def _count_codes(uow: UnitOfWork, person_id: UUID) -> None:
    """Raise TooMany when one student typed too many wrong codes lately."""
    uow.lock("identity_code", person_id)
    wrong = uow.session.scalar(
        sa.select(sa.func.count()).where(
            AccessLog.subject_person_id == person_id,
            AccessLog.action == WRONG_CODE,
            AccessLog.at > uow.now() - CODE_WINDOW,
        )
    )
    if (wrong or 0) >= MAX_WRONG_CODES:
        raise TooMany("proctoring.code_too_often")


def settle_check(uow: UnitOfWork, row: IdentityCheck, *, is_confirmed: bool, decided_by: UUID | None) -> None:
    """End a check with a person's decision: state, level, ledger, event."""
    move_check(row, CheckState.VERIFIED if is_confirmed else CheckState.REFUSED)
    row.decided_by, row.decided_at = decided_by, uow.now()
    row.level_reached = LEVEL_OF[row.method] if is_confirmed else None
    payload: dict[str, Any] = {
        "check": row.id,
        "method": row.method.value,
        "state": row.state.value,
        "level": row.level_reached,
        "decided_by": decided_by,
    }
    if row.method is IdentityMethod.FACE:
        payload |= {"outcome": row.outcome, "model": row.model, "liveness": row.liveness}
        payload |= {"score": _text(row.score), "threshold": _text(row.threshold), "signals": row.signals}
    uow.append_ledger(
        f"org:{row.org_id}",
        "proctoring.identity_decided",
        row.person_id,
        payload,
        [BasisRef("assessment.entry", row.entry_id)],
    )
    if is_confirmed:
        uow.record(IdentityVerified(row.id, row.person_id, row.entry_id))


def _text(value: float | None) -> str | None:
    return None if value is None else f"{value:.4f}"


def move_check(row: IdentityCheck, state: CheckState) -> None:
    """Bring a check into another state; raise Conflict ``proctoring.check_state`` when it cannot go there."""
    if not can_move(row.state, state):
        raise Conflict("proctoring.check_state")
    row.state = state


def _hash_code(check_id: UUID, code: str) -> str:
    return hashlib.sha256(f"{check_id}:{code}".encode()).hexdigest()


def _locked(uow: UnitOfWork, check_id: UUID) -> IdentityCheck | None:
    """Return a check, locked: what is done to it at once is done one after the other."""
    return uow.session.get(IdentityCheck, check_id, with_for_update=True, populate_existing=True)


def own_check(uow: UnitOfWork, check_id: UUID) -> IdentityCheck:
    """Return one's own check, locked; raise NotFound ``proctoring.no_check``, Conflict ``proctoring.check_state``."""
    row = _check(uow, check_id)
    uow.require("proctoring.own_identity", Reach(row.person_id, uow.now()))
    return row


def _check(uow: UnitOfWork, check_id: UUID) -> IdentityCheck:
    row = _locked(uow, check_id)
    if row is None:
        raise NotFound("proctoring.no_check", audit=AuditNote("proctoring.check", "IdentityCheck", check_id))
    if row.superseded_at is not None:
        raise Conflict("proctoring.check_state")
    return row
