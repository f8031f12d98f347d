"""Turn a plan into what its pages show: parts of the year, items with their state, and the reason behind each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import quote_plus
from uuid import UUID

from flask import url_for
from sqlalchemy.orm import Session

from lms.core.web import current_actor, runtime
from lms.core.web.dates import format_date
from lms.core.web.wording import gettext as _
from lms.core.web.wording import ngettext, pgettext
from lms.courses.queries import course_cards
from lms.curriculum.queries import outcome_views
from lms.curriculum.types import PeriodKind, PeriodView
from lms.people.queries import person_cards, relations_to
from lms.people.types import Relation
from lms.plans import credit_words, words
from lms.plans.credit_access import CaseInHand
from lms.plans.credit_models import CreditCase
from lms.plans.pages.plan_pace import debt_of, debt_sentence
from lms.plans.queries.credit import CaseView, credit_for_item
from lms.plans.queries.offers import proposals_of
from lms.plans.queries.plans import BasisView, ItemView, PlanView
from lms.plans.rules.plan_checks import Finding
from lms.plans.rules.plan_diff import Change
from lms.plans.types.plans import BasisKind, BasisState, Delivery, ItemState, PlanState, ProposalState

__all__ = ["Voice", "change_lines", "lead_of", "names_for", "proposal_lines", "terms_of", "voice_of"]

Voice = str  # "student", "guardian" or "staff"


def voice_of(session: Session, actor: Any, person_id: UUID, at: Any) -> Voice:
    """Return in which voice a plan speaks to the actor."""
    if actor.person_id == person_id:
        return "student"
    return "guardian" if Relation.GUARDIAN_VIEW in relations_to(session, actor, person_id, at) else "staff"


def names_for(
    session: Session,
    changes: Iterable[Change] = (),
    findings: Iterable[Finding] = (),
    *,
    kind: PeriodKind,
) -> words.Names:
    """Return the names behind the ids in changes and findings."""
    carried = [*(change.params for change in changes), *(finding.params for finding in findings)]
    outcome_ids = {params["outcome"] for params in carried if "outcome" in params}
    course_ids = {
        value
        for change in changes
        if change.code == "course_id"
        for value in (change.before, change.after)
        if value is not None
    }
    statements = {key: view.statement for key, view in outcome_views(session, outcome_ids).items()}
    titles = {key: card.title for key, card in course_cards(session, course_ids).items()}
    return words.Names(statements, titles, kind)


def change_lines(session: Session, changes: list[Change], kind: PeriodKind) -> list[dict[str, str]]:
    """Return the changes as sentences with the key of their item."""
    names = names_for(session, changes, kind=kind)
    return [
        {
            "key": change.item_key,
            "text": words.change_sentence(change, names),
            "icon": {"added": "plus", "removed": "gap"}.get(change.code, "edit"),
        }
        for change in changes
    ]


def proposal_lines(session: Session, plan: PlanView, *, only_open: bool = False) -> list[dict[str, Any]]:
    """Return what the student and the family proposed, worded, with the answers; newest first."""
    rows = [
        row
        for row in proposals_of(session, plan.id)
        if row.state is not ProposalState.WITHDRAWN and (not only_open or row.state is ProposalState.OPEN)
    ]
    cards = person_cards(session, [p for row in rows for p in (row.proposed_by, row.answered_by) if p])
    return [
        {
            "id": row.id,
            "title": row.title,
            "subject": row.subject,
            "detail": words.proposal_detail(row, plan.curriculum.period_kind),
            "reason": row.reason,
            "who": cards[row.proposed_by].short_name,
            "day": format_date(row.proposed_at, "d MMMM"),
            "badge": words.proposal_badge(row.state),
            "is_open": row.state is ProposalState.OPEN,
            "answer": row.answer,
        }
        for row in rows
    ]


def lead_of(plan: PlanView, voice: Voice, today: date) -> str:
    """Return the first sentence of the page: where the year stands and how much of the quarter is closed."""
    now = next((p for p in plan.periods if p.starts_on <= today <= p.ends_on), None)
    if now is None:
        return str(_("The plan has %(hours)s in all.", hours=words.hours_words(plan.hours)))
    items = [item for item in plan.items if item.period == now.number]
    closed = sum(item.state is ItemState.ACHIEVED for item in items)
    weeks = max(1, ((now.ends_on - today).days + 6) // 7)
    left = ngettext("%(num)s week of it is left", "%(num)s weeks of it are left", weeks)
    done = ngettext(
        "%(num)s item of %(total)s is closed",
        "%(num)s items of %(total)s are closed",
        closed,
        total=len(items),
    )
    if not closed:
        done = ngettext("%(num)s item in work", "%(num)s items in work", len(items))
    return str(
        _(
            "%(period)s: %(done)s, %(left)s.",
            period=words.period_word(now.number, now.kind),
            done=done,
            left=left,
        )
    )


def terms_of(session: Session, plan: PlanView, voice: Voice, today: date) -> list[dict[str, Any]]:
    """Return the plan as the terms of the `route` macro; an item's reason stands under ``why``."""
    terms = []
    waits = words.waits_of(plan.items)
    last = plan.periods[-1].number if plan.periods else 0
    for period in plan.periods:
        entries = [
            _entry(session, plan, item, voice, waits.get(item.stable_key, ()), asks=period.ends_on >= today)
            for item in plan.items
            if item.period == period.number
        ]
        terms.append(
            {
                "title": words.period_word(period.number, period.kind),
                "note": _period_note(period, voice, today),
                "is": _period_is(
                    period,
                    today,
                    is_last=period.number == last,
                    is_closed=all(
                        item.state in _CLOSED for item in plan.items if item.period == period.number
                    ),
                ),
                "entries": entries,
                "empty": _empty_period(voice) if not entries and period.ends_on >= today else None,
            }
        )
    return terms


_CLOSED = frozenset({ItemState.ACHIEVED, ItemState.WITHDRAWN})


def _period_is(period: PeriodView, today: date, *, is_last: bool, is_closed: bool) -> str:
    """Return how a period is drawn: one that has ended is done only when nothing in it is open."""
    if period.ends_on < today and is_closed:
        return "done"
    if period.starts_on <= today:
        return "now"
    return "goal" if is_last else "ahead"


def _period_note(period: PeriodView, voice: Voice, today: date) -> str:
    if period.ends_on < today:
        return str(_("ended on %(day)s", day=format_date(period.ends_on, "d MMMM")))
    if period.starts_on > today:
        return str(_("from %(day)s", day=format_date(period.starts_on, "d MMMM")))
    day = format_date(period.ends_on, "d MMMM")
    if voice == "student":
        return str(pgettext("student", "you are here, until %(day)s", day=day))
    return str(_("now, until %(day)s", day=day))


def _empty_period(voice: Voice) -> dict[str, Any]:
    if voice == "student":
        text = pgettext(
            "student",
            "Found a summer course or a club? Show it before you begin: we say at once what would count.",
        )
    else:
        text = _(
            "A course or club outside the school? It can be checked before it begins: what would count, and what not."
        )
    actions: dict[str, dict[str, Any]] = {
        # Under 18 the family applies: this page says so, and begins an application for those who may.
        "student": {"text": pgettext("student", "How a course is counted"), "href": "/credit/what-if"},
        "guardian": {"text": _("Check a course beforehand"), "href": "/credit/what-if"},
    }
    return {"title": _("A clean page so far"), "text": text, "action": actions.get(voice)}


def _entry(
    session: Session,
    plan: PlanView,
    item: ItemView,
    voice: Voice,
    waits: Sequence[str],
    *,
    asks: bool = False,
) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "id": item.stable_key,
        "title": item.title,
        "detail": words.item_detail(item, waits=waits),
        "subject": item.subject,
        "state": words.item_badge(item.status, item.hours),
        "why": _why(session, plan, item, voice),
        "note": item.note,
        "key": item.stable_key,
    }
    if item.state is ItemState.ACHIEVED and item.facts:
        entry["detail"] = _closed_detail(item)
        entry["href"] = _chain_url(session, plan, item)
        entry["is_closed"] = True
    elif voice == "student" and item.course is not None and plan.version.state is PlanState.ACTIVE:
        entry["href"] = item.course.url
    if asks and voice != "staff" and plan.version.state is PlanState.ACTIVE and _is_creditable(item):
        chosen = quote_plus(f"{plan.id}:{item.stable_key}")
        entry["ask_href"] = url_for("credit.would_it_count", person=plan.person_id) + f"&item={chosen}"
    return entry


def _is_creditable(item: ItemView) -> bool:
    """Tell whether an outside course could still count for something of an item."""
    return item.state is not ItemState.ACHIEVED and bool(item.outcomes) and item.remaining_hours > 0


def _closed_detail(item: ItemView) -> str:
    """Return what closed an item and when: the note of its fact, or its kind."""
    fact = next((f for f in reversed(item.facts) if f.id in item.status.basis_ids), item.facts[-1])
    what = fact.note.rstrip(".") or words.basis_word(fact).capitalize()
    return f"{what} · {format_date(fact.recorded_at, 'd MMMM')}"


def _chain_url(session: Session, plan: PlanView, item: ItemView) -> str:
    """Return the address of the whole chain down to the identity check; it belongs to the profile's readers."""
    if not runtime().policy.can(session, current_actor(), "profiles.view", plan.person_id):
        return ""
    return f"/profile/{plan.person_id}/why/plans.plan_item/{item.id}"


@dataclass(frozen=True, slots=True)
class _Line:
    """One fact behind a state, worded."""

    text: str
    kind: str
    icon: str


#: States that a reader wants to have explained; the others say it all in their word.
_EXPLAINED = {ItemState.PARTIALLY_CREDITED, ItemState.SUSPENDED, ItemState.DEBT, ItemState.ACHIEVED}


def _why(session: Session, plan: PlanView, item: ItemView, voice: Voice) -> dict[str, Any] | None:
    """Return the reason behind an item's state, or None when there is nothing to explain yet."""
    if plan.version.state is not PlanState.ACTIVE:
        return None
    case = credit_for_item(session, plan.id, item.stable_key) if item.delivery is Delivery.EXTERNAL else None
    is_plain = item.state is ItemState.ACHIEVED and item.status.by is not BasisKind.CREDIT
    if is_plain or (case is None and item.state not in _EXPLAINED):
        return None
    return {
        "summary": _question(item),
        "verdict": _verdict(item, case, voice),
        "is_open": item.state is ItemState.PARTIALLY_CREDITED,
        "hours": _hours(item) if item.status.credited_hours else None,
        "outcomes": _outcomes(item, case),
        "sums": _sums(case),
        "facts": _fact_lines(session, item) if case is None or case.decision is None else [],
        "decided": _decided(case),
        "way": _way(item, voice),
        "case_url": _case_url(session, case, voice),
        "appeal_url": _appeal_url(case, voice),
        "chain_url": _chain_url(session, plan, item) if item.facts else "",
    }


def _case_url(session: Session, case: CaseView | None, voice: Voice) -> str:
    """Return the page that shows a credit case to this reader, or nothing when it is out of reach."""
    if case is None:
        return ""
    hand = CaseInHand(case.id, session.get_one(CreditCase, case.id), runtime().clock.now())
    if not runtime().policy.can(session, current_actor(), "credit.view", hand):
        return ""
    return url_for("credit_staff.look" if voice == "staff" else "credit.case", case_id=case.id)


def _question(item: ItemView) -> str:
    match item.state:
        case ItemState.PARTIALLY_CREDITED:
            return str(_("Why not everything?"))
        case ItemState.ACHIEVED:
            return str(_("On what does this rest?"))
        case ItemState.SUSPENDED:
            return str(_("Why suspended?"))
        case ItemState.DEBT:
            return str(_("What now?"))
        case _:
            return str(_("What is happening?"))


def _verdict(item: ItemView, case: CaseView | None, voice: Voice) -> str:
    match item.state:
        case ItemState.PARTIALLY_CREDITED:
            return _credit_verdict(item)
        case ItemState.ACHIEVED:
            return str(_achieved_verdict(item))
        case ItemState.SUSPENDED:
            reasons = {
                fact.reason for fact in item.facts if fact.state is BasisState.SUSPENDED and fact.reason
            }
            text = _(
                "What this rests on is being checked by people. If the doubt falls away, everything comes back exactly as it was."
            )
            return f"{text} {' '.join(sorted(reasons))}".strip()
        case ItemState.DEBT:
            debt = debt_of(item)
            text = (
                pgettext("student", "It did not work this time, and that can be mended.")
                if voice == "student"
                else _("The attestation was not passed.")
            )
            return f"{text} {debt_sentence(debt)}" if debt is not None else str(text)
        case ItemState.AWAITING_ATTESTATION:
            return str(
                _(
                    "The learning part is done. The attestation closes the item: %(form)s.",
                    form=words.form_word(item.attestation_form).lower(),
                )
            )
        case _ if case is not None:
            return str(_("An application for credit is on its way."))
    return ""


def _credit_verdict(item: ItemView) -> str:
    """Return how many outcomes the course has closed, in whole sentences."""
    kinds = [row.kind for row in item.outcomes]
    total = ngettext(
        "The programme has %(num)s outcome here.", "The programme has %(num)s outcomes here.", len(kinds)
    )
    parts = []
    if kinds.count("ok"):
        parts.append(ngettext("closed %(num)s in full", "closed %(num)s in full", kinds.count("ok")))
    if kinds.count("part"):
        parts.append(ngettext("%(num)s in part", "%(num)s in part", kinds.count("part")))
    if kinds.count("gap"):
        parts.append(ngettext("does not have %(num)s", "does not have %(num)s", kinds.count("gap")))
    return f"{total} " + str(_("The course %(what)s.", what=", ".join(str(part) for part in parts)))


def _achieved_verdict(item: ItemView) -> str:
    match item.status.by:
        case BasisKind.ATTESTATION:
            return str(_("The attestation is passed."))
        case BasisKind.CREDIT:
            return str(_("The school has credited an outside course in full."))
        case BasisKind.COURSE:
            return str(_("The course is completed."))
        case _:
            return str(_("The school has freed from this item."))


def _hours(item: ItemView) -> dict[str, Any]:
    done, left = item.status.credited_hours, item.remaining_hours
    text = _("Credited %(done)s, %(left)s to go", done=words.hours_words(done), left=words.hours_words(left))
    return {"done": done, "total": done + left, "text": str(text) if left else words.hours_words(done)}


def _outcomes(item: ItemView, case: CaseView | None) -> list[dict[str, str]]:
    if case is not None and case.outcomes:
        return credit_words.outcome_rows(case.outcomes, is_decided=case.decision is not None)
    if not item.status.credited_hours:
        return []
    return [
        {
            "kind": row.kind,
            "title": row.statement,
            "verdict": "",
            "because": "",
            "hours": credit_words.hours_of(row.credited, row.hours),
        }
        for row in item.outcomes
    ]


def _sums(case: CaseView | None) -> list[dict[str, str]]:
    if case is None or case.decision is None:
        return []
    return [{"title": row.title, "text": credit_words.factor_sentence(row)} for row in case.outcomes]


def _decided(case: CaseView | None) -> str:
    """Return who decided the credit, when, and by which minutes."""
    if case is None or case.decision is None:
        return ""
    day = format_date(case.decision.decided_at, "d MMMM")
    return str(
        _(
            "The commission decided on %(day)s, minutes No. %(number)s.",
            day=day,
            number=case.decision.protocol_no,
        )
    )


def _appeal_url(case: CaseView | None, voice: Voice) -> str:
    """Return where a parent disagrees with a decision."""
    if voice != "guardian" or case is None or case.decision is None or case.appeal is not None:
        return ""
    return url_for("credit.appeal", case_id=case.id)


def _fact_lines(session: Session, item: ItemView) -> list[_Line]:
    cards = person_cards(session, [fact.recorded_by for fact in item.facts])
    lines = []
    for fact in item.facts:
        day = format_date(fact.recorded_at, "d MMMM y")
        text = _("%(day)s: %(basis)s", day=day, basis=words.basis_word(fact))
        if fact.recorded_by in cards:
            text = _("%(text)s (%(who)s)", text=text, who=cards[fact.recorded_by].short_name)
        lines.append(_Line(f"{text}. {fact.note}".strip(), *_fact_look(fact)))
    return lines


def _fact_look(fact: BasisView) -> tuple[str, str]:
    if fact.state is BasisState.SUSPENDED:
        return "part", "clock"
    if fact.state is BasisState.REVOKED or not fact.is_passed:
        return "gap", "gap"
    return "ok", "ok"


def _way(item: ItemView, voice: Voice) -> dict[str, str] | None:
    """Return how the rest is closed most quickly."""
    if item.state not in {ItemState.PARTIALLY_CREDITED, ItemState.DEBT}:
        return None
    rest = item.remaining_hours
    if item.sessions:
        text = _("The attestation is arranged: it closes everything that is left at once.")
        link = {"text": str(_("Open my exams")), "href": "/exams"} if voice == "student" else {}
        return {"title": str(_("The quickest way to close the rest")), "body": str(text), **link}
    form = words.form_word(item.attestation_form).lower()
    if rest > Decimal(0):
        text = _(
            "An attestation (%(form)s) on what is missing. Or lessons: %(hours)s.",
            form=form,
            hours=words.hours_words(rest),
        )
    else:
        text = _("Another attestation: %(form)s. The teacher names the day.", form=form)
    return {"title": str(_("The quickest way to close the rest")), "body": str(text)}
