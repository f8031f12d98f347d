"""Read credit cases: lists, one case with its reasons, the queues of the office and the commission."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.actor import Actor
from lms.core.db import day_of, now_of
from lms.core.errors import NotFound
from lms.people import queries as people
from lms.people.types import PersonCard
from lms.plans.credit_models import (
    Commission,
    CommissionMember,
    CreditAppeal,
    CreditCase,
    CreditDecision,
    CreditDocument,
    CreditEffect,
    CreditVote,
    ExternalCourse,
    ExternalOutcome,
    LearningSource,
    MatchReport,
)
from lms.plans.queries.credit_rules import course_names
from lms.plans.rules.credit_states import IN_WORK, OFFICE
from lms.plans.rules.match_inputs import canonical
from lms.plans.rules.matching import CandidateSource, MatchResult, match
from lms.plans.rules.voting import Tally, count_votes
from lms.plans.service.credit.agreements import standing_of
from lms.plans.service.credit.annulments import is_ground_annulled
from lms.plans.service.credit.case_inputs import current_inputs, documents_of
from lms.plans.service.credit.cases import BY_ITSELF, decision_of
from lms.plans.service.credit.commission import on_table, proposal_on_table
from lms.plans.service.credit.plan_link import ItemFacts, credit_obstacle, creditable_items
from lms.plans.service.credit.reports import latest_report
from lms.plans.service.credit.sources import search_key
from lms.plans.types.credit import (
    AgreementStanding,
    CaseState,
    CreditVerdict,
    DocumentKind,
    EffectState,
    EvidenceKind,
    LicenceState,
    MatchVerdict,
    RemainderWay,
    Verification,
    VoteChoice,
)

__all__ = [
    "AgreementView",
    "AppealView",
    "CaseRow",
    "CaseView",
    "DecisionView",
    "DocumentView",
    "FactorView",
    "OutcomeRow",
    "ReportView",
    "VoteView",
    "case_row",
    "case_view",
    "commission_queue",
    "course_outcomes",
    "courses_of_source",
    "credit_cases_of",
    "credit_for_item",
    "credit_obstacle",
    "items_to_credit",
    "office_queue",
    "outcome_row",
    "preview_of",
    "reachable_cases",
    "report_view",
    "sources_statement",
]


@dataclass(frozen=True, slots=True)
class FactorView:
    """One printed factor of a row; ``of`` names its part where a row has several."""

    code: str
    value: Decimal
    fact: str
    of: str = ""


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """One outcome: verdict, hours, and everything that the reason is worded from."""

    outcome_id: UUID
    title: str
    verdict: MatchVerdict
    hours: Decimal
    hours_total: Decimal
    score: Decimal = Decimal(0)
    share: Decimal = Decimal(0)
    min_share: Decimal = Decimal(0)
    weakest: str = ""
    note: str = ""
    learned_title: str = ""
    fragment: str = ""
    tested_by: str = ""
    result_words: str = ""
    basis: str = ""
    basis_number: str = ""
    basis_version: int = 0
    factors: tuple[FactorView, ...] = ()

    @property
    def left(self) -> Decimal:
        """Return the hours that are not credited."""
        return self.hours_total - self.hours


@dataclass(frozen=True, slots=True)
class ReportView:
    """A report of a case."""

    id: UUID
    case_id: UUID
    number: int
    algorithm: str
    input_hash: str
    created_at: datetime
    hours: Decimal
    hours_total: Decimal
    recommendation: str
    rows: tuple[OutcomeRow, ...]


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document of a case, without its content."""

    id: UUID
    kind: DocumentKind
    number: str
    issued_on: date | None
    hours: Decimal
    raw_result: str
    result_top: Decimal | None
    scale: str
    name: str
    media_type: str
    size_bytes: int
    sha256: str
    has_file: bool
    verification: Verification
    verification_note: str
    verified_at: datetime | None
    verified_by: UUID | None
    comes_by_itself: bool = False
    course_title: str = ""
    supports: tuple[str, ...] = ()
    link: str = ""

    @property
    def is_complete(self) -> bool:
        """Tell whether there is a file or a link, or none is needed: nobody photographs what a system has sent."""
        return self.has_file or self.comes_by_itself or bool(self.link)


@dataclass(frozen=True, slots=True)
class AgreementView:
    """Why people compare what a partner sent: how its agreement stands to the result, and since when."""

    standing: AgreementStanding
    partner: str
    number: str = ""
    ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class VoteView:
    """One vote of the present round."""

    member_id: UUID
    choice: VoteChoice
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TableView:
    """What a vote is about now: hours and mark; with a reason where the chair proposes other than the report."""

    hours: Mapping[UUID, Decimal]
    mark: int | None
    reason: str = ""
    proposed_by: UUID | None = None
    proposed_at: datetime | None = None
    voided: int = 0

    @property
    def total(self) -> Decimal:
        """Return the hours of all outcomes."""
        return sum(self.hours.values(), Decimal(0))


@dataclass(frozen=True, slots=True)
class DecisionView:
    """The decision in force."""

    id: UUID
    protocol_no: int
    verdict: CreditVerdict
    reason: str
    remedy: str
    override_reason: str
    assurance: str
    mark: int | None
    hours: Decimal
    hours_total: Decimal
    decided_at: datetime
    decided_by: UUID | None
    send_by: date
    sent_at: datetime | None
    tally: Tally
    way_due_on: date
    appeal_due_on: date
    is_automatic: bool = False


@dataclass(frozen=True, slots=True)
class AppealView:
    """The newest appeal of a case."""

    text: str
    filed_at: datetime
    due_on: date
    is_upheld: bool | None
    answer: str
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case in a list."""

    id: UUID
    number: int | None
    person_id: UUID
    person: PersonCard | None
    item_title: str
    subject: str
    course_title: str
    source_name: str
    state: CaseState
    opened_at: datetime
    submitted_at: datetime | None
    review_due_on: date | None
    hours: Decimal | None = None
    hours_total: Decimal | None = None
    verdict: CreditVerdict | None = None
    votes: int = 0
    members: int = 0
    has_voted: bool = False


@dataclass(frozen=True, slots=True)
class CaseView:
    """Everything that a page of one case needs."""

    id: UUID
    number: int | None
    person: PersonCard
    class_label: str
    org_id: UUID
    org_name: str
    plan_id: UUID
    stable_key: str
    item_title: str
    subject: str
    state: CaseState
    state_before: CaseState | None
    source_id: UUID | None
    source_name: str
    source_website: str
    licence_state: LicenceState | None
    licence_no: str
    trust_tier: int
    tier_reason: str
    course_id: UUID | None
    course_title: str
    course_hours: Decimal
    opened_at: datetime
    opened_by: UUID
    submitted_at: datetime | None
    review_due_on: date | None
    question: str
    asked_at: datetime | None
    round: int
    way: RemainderWay | None
    way_chosen_at: datetime | None
    closed_at: datetime | None
    suspended_reason: str
    is_ground_annulled: bool = False
    documents: tuple[DocumentView, ...] = ()
    report: ReportView | None = None
    outcomes: tuple[OutcomeRow, ...] = ()
    decision: DecisionView | None = None
    votes: tuple[VoteView, ...] = ()
    tally: Tally = field(default_factory=lambda: count_votes(0, ()))
    members: tuple[tuple[UUID, bool], ...] = ()
    appeal: AppealView | None = None
    agreement: AgreementView | None = None
    table: TableView | None = None
    days_left: int | None = None

    @property
    def certificate(self) -> DocumentView | None:
        """Return the certificate, or None."""
        return next((d for d in self.documents if d.kind is DocumentKind.CERTIFICATE), None)

    @property
    def verified_at(self) -> datetime | None:
        """Return when the last document was verified, once all are."""
        moments = [d.verified_at for d in self.documents]
        done = [moment for moment in moments if moment is not None]
        return max(done) if done and len(done) == len(moments) else None

    @property
    def hours(self) -> Decimal:
        """Return the hours that are (or would be) credited."""
        return sum((row.hours for row in self.outcomes), Decimal(0))

    @property
    def hours_total(self) -> Decimal:
        """Return the hours that the plan asks for."""
        return sum((row.hours_total for row in self.outcomes), Decimal(0))


#: What a row without a candidate has to say about itself.
_NO_PART: dict[str, Any] = {
    "factors": [],
    "share": "0",
    "min_share": "0",
    "note": "",
    "learned_title": "",
    "fragment": "",
    "tested_by": "",
    "basis": "",
    "basis_number": "",
    "basis_version": 0,
}


def outcome_row(data: dict[str, Any]) -> OutcomeRow:
    """Return a row as it is worded: by its strongest part, with the factors of all."""
    parts = data["parts"]
    part = parts[0] if parts else _NO_PART
    factors = tuple(
        FactorView(f["code"], Decimal(f["value"]), f["fact"], one["learned_title"] if len(parts) > 1 else "")
        for one in parts
        for f in one["factors"]
    )
    result = next((f.fact for f in factors if f.code == "result"), "")
    return OutcomeRow(
        outcome_id=UUID(data["target_id"]),
        title=data["title"],
        verdict=MatchVerdict(data["verdict"]),
        hours=Decimal(data["hours"]),
        hours_total=Decimal(data["hours_total"]),
        score=Decimal(data["score"]),
        share=Decimal(part["share"]),
        min_share=Decimal(part["min_share"]),
        weakest=data["reason"],
        note=part["note"],
        learned_title=part["learned_title"],
        fragment=part["fragment"],
        tested_by=part["tested_by"],
        result_words=result,
        basis=part["basis"],
        basis_number=part["basis_number"],
        basis_version=int(part["basis_version"]),
        factors=factors,
    )


def _report(row: MatchReport) -> ReportView:
    return ReportView(
        row.id,
        row.case_id,
        row.number,
        row.algorithm,
        row.input_hash,
        row.created_at,
        row.hours,
        row.hours_total,
        row.recommendation,
        tuple(outcome_row(data) for data in row.rows),
    )


def report_view(session: Session, case_id: UUID) -> ReportView:
    """Return the newest report of a case; raise NotFound ``credit.no_report``."""
    row = latest_report(session, case_id)
    if row is None:
        raise NotFound("credit.no_report")
    return _report(row)


def preview_of(
    session: Session, case_id: UUID, today: date, sources: Sequence[CandidateSource]
) -> tuple[OutcomeRow, ...]:
    """Return what the report would say if the documents hold: nothing is stored, nobody is bound."""
    case = session.get_one(CreditCase, case_id)
    result: MatchResult = match(current_inputs(session, case, today, assume=True), sources)
    return tuple(outcome_row(data) for data in canonical(result.rows))


def _documents(session: Session, case: CreditCase, report: MatchReport | None) -> tuple[DocumentView, ...]:
    """Return the documents, each with its course and with the outcomes that the newest report rests on it."""
    rows = documents_of(session, case.id)
    names = course_names(session, {row.course_id for row in rows if row.course_id})
    supported: dict[str, list[str]] = {}
    for line in report.rows if report else ():
        for key in {key for part in line["parts"] if part["share"] != "0" for key in part["evidence"]}:
            supported.setdefault(key, []).append(line["title"])
    return tuple(
        dataclasses.replace(
            _document(row),
            course_title=names[row.course_id].title if row.course_id in names else "",
            supports=tuple(supported.get(str(row.id), ())),
        )
        for row in rows
    )


def _document(row: CreditDocument) -> DocumentView:
    return DocumentView(
        row.id,
        row.kind,
        row.number,
        row.issued_on,
        row.hours,
        row.raw_result,
        row.scale_max,
        row.scale.value,
        row.name,
        row.media_type,
        row.size_bytes,
        row.sha256,
        row.file_id is not None,
        row.verification,
        row.verification_note,
        row.verified_at,
        row.verified_by,
        row.method in BY_ITSELF,
        link=row.payload.get("link", "") if row.evidence is EvidenceKind.PORTFOLIO else "",
    )


def case_view(session: Session, case_id: UUID) -> CaseView:
    """Return one case with documents, report, votes, decision and appeal; raise NotFound ``auth.out_of_reach``.

    The caller asks for permission (`credit.view` …) with the case in hand before it shows anything.
    """
    case = session.get(CreditCase, case_id)
    if case is None:
        raise NotFound("auth.out_of_reach")
    return replace(_case(session, case), days_left=_days_left(session, case), table=_table(session, case))


def _case(session: Session, case: CreditCase) -> CaseView:
    source = session.get(LearningSource, case.source_id) if case.source_id else None
    course = session.get(ExternalCourse, case.course_id) if case.course_id else None
    admission = people.current_admission(
        session, case.person_id, day_of(session, case.submitted_at or case.opened_at)
    )
    report, decision = latest_report(session, case.id), decision_of(session, case.id)
    votes = _votes(session, case)
    members, report_seen = _members(session, case), _report(report) if report else None
    return CaseView(
        id=case.id,
        number=case.number,
        person=people.person_card(session, case.person_id),
        class_label=admission.class_label if admission else "",
        org_id=case.org_id,
        org_name=admission.org_name if admission else "",
        plan_id=case.plan_id,
        stable_key=case.stable_key,
        item_title=case.item_title,
        subject=case.subject,
        state=case.state,
        state_before=case.state_before,
        source_id=case.source_id,
        source_name=source.name if source else "",
        source_website=source.website if source else "",
        licence_state=source.licence_state if source else None,
        licence_no=source.licence_no if source else "",
        trust_tier=source.trust_tier if source else 0,
        tier_reason=source.tier_reason if source else "",
        course_id=case.course_id,
        course_title=course.title if course else "",
        course_hours=course.hours if course else Decimal(0),
        opened_at=case.opened_at,
        opened_by=case.opened_by,
        submitted_at=case.submitted_at,
        review_due_on=case.review_due_on,
        question=case.question,
        asked_at=case.asked_at,
        round=case.round,
        way=case.way,
        way_chosen_at=case.way_chosen_at,
        closed_at=case.closed_at,
        suspended_reason=case.suspended_reason,
        is_ground_annulled=is_ground_annulled(case),
        documents=_documents(session, case, report),
        report=report_seen,
        outcomes=_outcomes(session, report_seen, decision),
        decision=_decision(session, decision) if decision else None,
        votes=votes,
        tally=count_votes(len(members), [v.choice for v in votes]),
        members=members,
        appeal=_appeal(session, case.id),
        agreement=_agreement(session, case),
    )


def _agreement(session: Session, case: CreditCase) -> AgreementView | None:
    """Return why a partner's result is not recognised by itself, while nobody has decided."""
    if case.state not in IN_WORK:
        return None
    sent = [row for row in documents_of(session, case.id) if row.evidence is EvidenceKind.PARTNER]
    day = day_of(session, case.submitted_at or case.opened_at)
    for document in sent:
        standing, row = standing_of(session, case, document, day)
        if standing is AgreementStanding.COVERS:
            continue
        source = session.get(LearningSource, document.source_id) if document.source_id else None
        ended = day_of(session, row.revoked_at) if row is not None and row.revoked_at is not None else None
        if row is not None and standing is AgreementStanding.TERM and row.valid_to is not None:
            ended = row.valid_to if row.valid_to < day else None
        name = source.name if source is not None else ""
        return AgreementView(standing, name, row.number if row is not None else "", ended)
    return None


def _table(session: Session, case: CreditCase) -> TableView | None:
    """Return what the commission votes on now; None outside of a vote."""
    report = latest_report(session, case.id)
    if case.state is not CaseState.IN_COMMISSION or report is None:
        return None
    hours, mark = on_table(session, case, report)
    row = proposal_on_table(session, case)
    if row is None:
        return TableView(hours, mark)
    return TableView(hours, mark, row.reason, row.proposed_by, row.proposed_at, row.voided)


def _votes(session: Session, case: CreditCase) -> tuple[VoteView, ...]:
    rows = session.scalars(
        sa.select(CreditVote)
        .where(CreditVote.case_id == case.id, CreditVote.round == case.round)
        .order_by(CreditVote.at, CreditVote.id)
    )
    return tuple(VoteView(row.member_id, row.choice, row.reason, row.at) for row in rows)


def _members(session: Session, case: CreditCase) -> tuple[tuple[UUID, bool], ...]:
    commission = session.get(Commission, case.commission_id) if case.commission_id else None
    if commission is None:
        return ()
    seats = sorted(commission.members, key=lambda seat: (not seat.is_chair, str(seat.person_id)))
    return tuple((seat.person_id, seat.is_chair) for seat in seats)


def _outcomes(
    session: Session, report: ReportView | None, decision: CreditDecision | None
) -> tuple[OutcomeRow, ...]:
    """Return the report's rows with the hours that the commission gave, where it has decided."""
    if report is None:
        return ()
    if decision is None:
        return report.rows
    effects = {
        row.outcome_id: row
        for row in session.scalars(sa.select(CreditEffect).where(CreditEffect.decision_id == decision.id))
    }
    return tuple(_decided(row, effects.get(row.outcome_id)) for row in report.rows)


def _decided(row: OutcomeRow, effect: CreditEffect | None) -> OutcomeRow:
    if effect is None:
        return row
    return dataclasses.replace(
        row, verdict=effect.verdict, hours=effect.hours, hours_total=effect.hours_total
    )


def _decision(session: Session, row: CreditDecision) -> DecisionView:
    sent = day_of(session, row.sent_at or row.decided_at)
    return DecisionView(
        row.id,
        row.protocol_no,
        row.verdict,
        row.reason,
        row.remedy,
        row.override_reason,
        row.assurance.value,
        row.mark,
        row.hours,
        row.hours_total,
        row.decided_at,
        row.decided_by,
        row.send_by,
        row.sent_at,
        Tally(row.members, row.votes_for, row.votes_against, row.votes_abstain),
        people.working_days_after(session, sent, 10),
        people.working_days_after(session, sent, 20),
        row.is_automatic,
    )


def _appeal(session: Session, case_id: UUID) -> AppealView | None:
    row = session.scalar(
        sa.select(CreditAppeal)
        .where(CreditAppeal.case_id == case_id)
        .order_by(CreditAppeal.filed_at.desc())
        .limit(1)
    )
    if row is None:
        return None
    return AppealView(row.text, row.filed_at, row.due_on, row.is_upheld, row.answer, row.resolved_at)


def _days_left(session: Session, case: CreditCase) -> int | None:
    """Return the working days that the school still has once the family has answered; None unless it owes an answer."""
    if case.state is not CaseState.NEED_INFO or case.asked_at is None or case.review_due_on is None:
        return None
    return people.working_days_between(session, day_of(session, case.asked_at), case.review_due_on)


def _rows_statement() -> sa.Select[Any]:
    statement = (
        sa.select(CreditCase, ExternalCourse.title, LearningSource.name)
        .outerjoin(ExternalCourse, ExternalCourse.id == CreditCase.course_id)
        .outerjoin(LearningSource, LearningSource.id == CreditCase.source_id)
    )
    return cast(sa.Select[Any], statement)


def case_row(session: Session, rows: Iterable[Any], me: UUID | None = None) -> list[CaseRow]:
    """Return rows of `office_queue`, `commission_queue` or the family's list with people, hours and votes."""
    found = list(rows)
    ids = [case.id for case, _title, _source in found]
    cards = people.person_cards(session, [case.person_id for case, _title, _source in found])
    decisions = {
        row.case_id: row
        for row in session.scalars(
            sa.select(CreditDecision).where(
                CreditDecision.case_id.in_(ids), CreditDecision.superseded_at.is_(None)
            )
        )
    }
    votes: dict[tuple[UUID, int], list[UUID]] = {}
    for case_id, number, member in session.execute(
        sa.select(CreditVote.case_id, CreditVote.round, CreditVote.member_id).where(
            CreditVote.case_id.in_(ids)
        )
    ):
        votes.setdefault((case_id, number), []).append(member)
    seats = _seat_counts(session, [case.commission_id for case, _title, _source in found])
    made = []
    for case, title, source in found:
        decision = decisions.get(case.id)
        cast = votes.get((case.id, case.round), [])
        made.append(
            CaseRow(
                id=case.id,
                number=case.number,
                person_id=case.person_id,
                person=cards.get(case.person_id),
                item_title=case.item_title,
                subject=case.subject,
                course_title=title or "",
                source_name=source or "",
                state=case.state,
                opened_at=case.opened_at,
                submitted_at=case.submitted_at,
                review_due_on=case.review_due_on,
                hours=decision.hours if decision else None,
                hours_total=decision.hours_total if decision else None,
                verdict=decision.verdict if decision else None,
                votes=len(cast),
                members=seats.get(case.commission_id, 0),
                has_voted=me in cast,
            )
        )
    return made


def _seat_counts(session: Session, ids: Iterable[UUID | None]) -> dict[UUID | None, int]:
    rows = session.execute(
        sa.select(CommissionMember.commission_id, sa.func.count())
        .where(CommissionMember.commission_id.in_([i for i in ids if i is not None]))
        .group_by(CommissionMember.commission_id)
    )
    return {commission_id: count for commission_id, count in rows}


def credit_cases_of(session: Session, person_id: UUID) -> list[CaseRow]:
    """Return a student's applications, newest first."""
    statement = (
        _rows_statement()
        .where(CreditCase.person_id == person_id)
        .order_by(CreditCase.opened_at.desc(), CreditCase.id.desc())
    )
    return case_row(session, session.execute(statement).all())


def credit_for_item(session: Session, plan_id: UUID, stable_key: str) -> CaseView | None:
    """Return the case whose credit (or refusal) stands behind a plan item, or the one on its way; else None."""
    case_id = session.scalar(
        sa.select(CreditCase.id)
        .where(
            CreditCase.plan_id == plan_id,
            CreditCase.stable_key == stable_key,
            CreditCase.state.not_in((CaseState.DRAFT, CaseState.WITHDRAWN, CaseState.REVOKED)),
        )
        .order_by(
            sa.exists()
            .where(CreditEffect.case_id == CreditCase.id, CreditEffect.state == EffectState.ACTIVE)
            .desc(),
            CreditCase.opened_at.desc(),
        )
        .limit(1)
    )
    return None if case_id is None else case_view(session, case_id)


def _pattern(wanted: str) -> str:
    """Return the LIKE pattern for text that is meant literally."""
    return "%" + wanted.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def _search(statement: sa.Select[Any], text: str, by_person: Iterable[UUID] = ()) -> sa.Select[Any]:
    """Narrow a queue to cases whose words contain ``text``, whose number it is, or whose person it names."""
    wanted = search_key(text)
    if not wanted:
        return statement
    pattern = _pattern(wanted)
    options: list[sa.ColumnElement[bool]] = [
        CreditCase.search_key.like(pattern, escape="\\"),
        CreditCase.person_id.in_(list(by_person)),
    ]
    digits = wanted.removeprefix("№").strip()
    if digits.isascii() and digits.isdigit() and len(digits) < 9:
        options.append(CreditCase.number == int(digits))
    return statement.where(sa.or_(*options))


def _people_called(session: Session, statement: sa.Select[Any], text: str) -> list[UUID]:
    """Return the persons of a queue whose name or code contains ``text`` (names live in a store of their own)."""
    wanted = search_key(text)
    if not wanted:
        return []
    ids = session.scalars(statement.with_only_columns(CreditCase.person_id).order_by(None).distinct()).all()
    cards = people.person_cards(session, ids).values()
    return [card.id for card in cards if wanted in search_key(card.name, card.short_name, card.code)]


def office_queue(
    session: Session, org_ids: Iterable[UUID], tab: str = "open", text: str = ""
) -> sa.Select[Any]:
    """Return the statement of the office's queue: ``open``, ``refusals`` (to be sent), ``appeals``, ``doubts`` or ``all``."""
    statement = _rows_statement().where(
        CreditCase.org_id.in_(list(org_ids)), CreditCase.state != CaseState.DRAFT
    )
    if tab == "open":
        statement = statement.where(CreditCase.state.in_(sorted(OFFICE)), CreditCase.closed_at.is_(None))
    elif tab == "refusals":
        unsent = sa.select(CreditDecision.case_id).where(
            CreditDecision.sent_at.is_(None), CreditDecision.superseded_at.is_(None)
        )
        statement = statement.where(CreditCase.id.in_(unsent))
    elif tab == "appeals":
        statement = statement.where(CreditCase.state == CaseState.APPEALED)
    elif tab == "doubts":
        statement = statement.where(CreditCase.state == CaseState.SUSPENDED)
    found = _search(statement, text, _people_called(session, statement, text))
    return found.order_by(
        sa.case((CreditCase.state.in_(sorted(IN_WORK)), 0), else_=1),
        CreditCase.review_due_on,
        CreditCase.submitted_at,
        CreditCase.id,
    )


def commission_queue(session: Session, member_id: UUID, tab: str = "open", text: str = "") -> sa.Select[Any]:
    """Return the statement of a member's queue: ``open`` = waiting for a vote or decision, ``decided`` = the rest."""
    seats = sa.select(CommissionMember.commission_id).where(CommissionMember.person_id == member_id)
    is_open = CreditCase.state == CaseState.IN_COMMISSION
    statement = _rows_statement().where(
        CreditCase.commission_id.in_(seats), is_open if tab == "open" else sa.not_(is_open)
    )
    found = _search(statement, text, _people_called(session, statement, text))
    if tab == "open":
        return found.order_by(CreditCase.review_due_on, CreditCase.submitted_at, CreditCase.id)
    return found.order_by(CreditCase.submitted_at.desc(), CreditCase.id.desc())


def sources_statement(org_id: UUID, text: str = "") -> sa.Select[Any]:
    """Return the statement of the school's list of sources whose name or address contains ``text``."""
    own = (LearningSource.org_id == org_id) & LearningSource.checked_at.is_not(None)
    statement = sa.select(LearningSource).where(sa.or_(LearningSource.org_id.is_(None), own))
    wanted = search_key(text)
    if wanted:
        pattern = _pattern(wanted)
        statement = statement.where(LearningSource.search_key.like(pattern, escape="\\"))
    return statement.order_by(LearningSource.name, LearningSource.id)


def items_to_credit(session: Session, person_id: UUID) -> list[ItemFacts]:
    """Return the items of the active plan that can still be credited, external ones first."""
    return creditable_items(session, person_id)


def courses_of_source(session: Session, source_id: UUID) -> list[ExternalCourse]:
    """Return the courses of a source that the school knows, by title."""
    statement = (
        sa.select(ExternalCourse)
        .where(ExternalCourse.source_id == source_id, ExternalCourse.is_listed.is_(True))
        .order_by(ExternalCourse.title, ExternalCourse.id)
    )
    return list(session.scalars(statement))


def course_outcomes(session: Session, course_id: UUID) -> list[ExternalOutcome]:
    """Return what a course teaches, in the course's own order."""
    statement = (
        sa.select(ExternalOutcome)
        .where(ExternalOutcome.course_id == course_id)
        .order_by(ExternalOutcome.position)
    )
    return list(session.scalars(statement))


def reachable_cases(
    session: Session, actor: Actor, *, offices: Iterable[UUID], is_seated: bool, at: datetime | None = None
) -> sa.Select[Any]:
    """Return the statement of the ids of all cases that the actor may read, newest first."""
    assert actor.person_id is not None
    moment = at or now_of(session)
    family = [actor.person_id, *(card.id for card in people.children_of(session, actor.person_id, moment))]
    is_open = CreditCase.state != CaseState.DRAFT
    reach: list[sa.ColumnElement[bool]] = [CreditCase.person_id.in_(family)]
    orgs = list(offices)
    if orgs:
        reach.append(CreditCase.org_id.in_(orgs) & is_open)
    if is_seated:
        seats = sa.select(CommissionMember.commission_id).where(CommissionMember.person_id == actor.person_id)
        reach.append(CreditCase.commission_id.in_(seats) & is_open)
    statement = (
        sa.select(CreditCase.id).where(sa.or_(*reach)).order_by(CreditCase.opened_at.desc(), CreditCase.id)
    )
    return cast(sa.Select[Any], statement)
