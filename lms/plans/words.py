"""Word states, changes and checks of plans in the reader's language: the only place that knows both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext, npgettext

from lms.core.web.dates import format_date, format_decimal
from lms.core.web.wording import gettext as _
from lms.core.web.wording import ngettext, pgettext
from lms.curriculum.types import ATTESTATION_WORDS, SUBJECT_WORDS, PeriodKind, period_word
from lms.plans.queries.bulk import BulkCard
from lms.plans.queries.offers import ProposalView
from lms.plans.queries.plans import BasisView, ItemView
from lms.plans.rules.plan_checks import Finding
from lms.plans.rules.plan_content import ItemContent
from lms.plans.rules.plan_diff import Change
from lms.plans.rules.plan_fixes import Fix
from lms.plans.rules.plan_state import ItemStatus
from lms.plans.rules.plan_summary import SummaryOf
from lms.plans.types.plans import (
    ApprovalRole,
    BasisKind,
    BasisState,
    BulkKind,
    BulkState,
    BulkStatus,
    Delivery,
    ItemState,
    PlanKind,
    PlanState,
    ProposalState,
    SignatureKind,
)

__all__ = [
    "Names",
    "basis_word",
    "bulk_badge",
    "bulk_status",
    "bulk_status_badge",
    "bulk_summary",
    "bulk_title",
    "change_sentence",
    "circle_words",
    "delivery_word",
    "finding_fix",
    "finding_sentence",
    "fix_sentence",
    "form_word",
    "hours_words",
    "item_badge",
    "item_detail",
    "kind_options",
    "kind_word",
    "period_word",
    "plan_badge",
    "proposal_badge",
    "proposal_detail",
    "role_word",
    "signature_word",
    "state_word",
    "subject_word",
    "summary_badge",
    "waits_of",
]

PLAN_STATES: Mapping[PlanState, tuple[str, Any, str]] = {
    PlanState.DRAFT: ("", lazy_pgettext("plan", "Draft"), "edit"),
    PlanState.VARIANT: ("", lazy_pgettext("plan", "What-if copy"), "edit"),
    PlanState.SUBMITTED: ("info", lazy_pgettext("plan", "Waiting for signatures"), "clock"),
    PlanState.RETURNED: ("part", lazy_pgettext("plan", "Returned"), "part"),
    PlanState.APPROVED: ("ok", lazy_pgettext("plan", "Approved"), "ok"),
    PlanState.ACTIVE: ("ok", lazy_pgettext("plan", "In force"), "ok"),
    PlanState.SUPERSEDED: ("", lazy_pgettext("plan", "Replaced by a newer version"), "calendar"),
    PlanState.COMPLETED: ("ok", lazy_pgettext("plan", "Completed"), "flag"),
    PlanState.CANCELLED: ("", lazy_pgettext("plan", "Cancelled"), "gap"),
}

DELIVERIES: Mapping[Delivery, Any] = {
    Delivery.CLASS: _l("Lessons of the school"),
    Delivery.OWN_COURSE: _l("Online course of the school"),
    Delivery.EXTERNAL: _l("External course, to be credited"),
    Delivery.NETWORK: _l("Course of a partner organisation"),
    Delivery.HOME: _l("Studied at home, then attested"),
}

SIGNATURES: Mapping[SignatureKind, Any] = {
    SignatureKind.SIMPLE: _l("simple electronic signature"),
    SignatureKind.QUALIFIED: _l("qualified electronic signature"),
    SignatureKind.PAPER_SCAN: _l("on paper, scanned by the office"),
}

ROLES: Mapping[ApprovalRole, Any] = {
    ApprovalRole.GUARDIAN: _l("Parent (legal representative)"),
    ApprovalRole.STUDENT: _l("Student"),
    ApprovalRole.DIRECTOR: _l("School administration"),
}


KINDS: Mapping[PlanKind, tuple[Any, Any]] = {
    PlanKind.GENERAL: (_l("General education"), _l("A pupil of a school")),
    PlanKind.VOCATIONAL: (
        _l("Vocational education"),
        _l("The student signs personally, whatever the year of study"),
    ),
    PlanKind.ADDITIONAL: (_l("Additional programme"), _l("A club, a studio, a preparatory course")),
    PlanKind.STAFF: (_l("Development of staff"), _l("A teacher of the school; a head writes the plan")),
}

PROPOSALS: Mapping[ProposalState, tuple[str, Any, str]] = {
    ProposalState.OPEN: ("info", lazy_pgettext("proposal", "Waits for an answer"), "clock"),
    ProposalState.ACCEPTED: ("ok", lazy_pgettext("proposal", "Accepted"), "ok"),
    ProposalState.DECLINED: ("gap", lazy_pgettext("proposal", "Declined"), "gap"),
    ProposalState.WITHDRAWN: ("", lazy_pgettext("proposal", "Taken back"), "gap"),
}

BULK_STATES: Mapping[BulkState, tuple[str, Any, str]] = {
    BulkState.WAITING: ("info", lazy_pgettext("bulk", "Waiting"), "clock"),
    BulkState.RUNNING: ("info", lazy_pgettext("bulk", "Running"), "play"),
    BulkState.DONE: ("ok", lazy_pgettext("bulk", "Finished"), "check"),
    BulkState.FAILED: ("gap", lazy_pgettext("bulk", "Stopped"), "cross"),
}

BULK_STATUSES: Mapping[BulkStatus, tuple[str, Any, str]] = {
    BulkStatus.WAITING: ("", lazy_pgettext("bulk", "Its turn comes"), "clock"),
    BulkStatus.CHANGED: ("ok", lazy_pgettext("bulk", "Draft prepared"), "check"),
    BulkStatus.UNCHANGED: ("", lazy_pgettext("bulk", "Nothing to change"), "info"),
    BulkStatus.LEFT: ("part", lazy_pgettext("bulk", "Left as it is"), "part"),
}


@dataclass(frozen=True, slots=True)
class Names:
    """Names behind the ids that a change or finding carries."""

    outcomes: Mapping[UUID, str]
    courses: Mapping[UUID, str]
    period_kind: PeriodKind = PeriodKind.QUARTER

    def period(self, number: int) -> str:
        """Return a part of the year as the school calls it."""
        return period_word(number, self.period_kind)

    def outcome(self, outcome_id: Any) -> str:
        """Return an outcome's statement."""
        return self.outcomes.get(outcome_id, "")

    def course(self, course_id: Any) -> str:
        """Return a course's title."""
        return self.courses.get(course_id, "")


def number(value: Decimal) -> str:
    """Return a number as the reader's language writes it; a small whole one is written alike in all of them."""
    if 0 <= value < 1000 and value == (whole := int(value)):
        return str(whole)
    return str(format_decimal(value.normalize() if value else value))


def hours_words(value: Decimal) -> str:
    """Return hours with the word in the right form; a fraction takes the form of "2.5 hours"."""
    if value == value.to_integral_value():
        return str(ngettext("%(num)s hour", "%(num)s hours", int(value)))
    return str(_("%(hours)s hours", hours=number(value)))


def subject_word(key: str) -> str:
    """Return a subject's name."""
    return str(SUBJECT_WORDS.get(key, _("Subject")))


def delivery_word(delivery: Delivery) -> str:
    """Return how an item is studied."""
    return str(DELIVERIES[delivery])


def form_word(form: Any) -> str:
    """Return a form of attestation, or that none is chosen."""
    return str(ATTESTATION_WORDS[form]) if form is not None else str(_("not chosen"))


def role_word(role: ApprovalRole) -> str:
    """Return in what capacity somebody signs."""
    return str(ROLES[role])


def signature_word(kind: SignatureKind) -> str:
    """Return how something was signed."""
    return str(SIGNATURES[kind])


def plan_badge(state: PlanState) -> dict[str, str]:
    """Return kind, word and icon of a version's state."""
    kind, word, icon = PLAN_STATES[state]
    return {"kind": kind, "text": str(word), "icon": icon}


def summary_badge(summary: SummaryOf) -> dict[str, str]:
    """Return kind, word and icon of how a plan in force stands: what needs somebody first, else how much is closed."""
    match summary.word:
        case "suspended":
            return {
                "kind": "part",
                "text": str(_("Suspended: %(num)s", num=summary.suspended)),
                "icon": "clock",
            }
        case "debt":
            return {"kind": "gap", "text": str(_("Debts: %(num)s", num=summary.debts)), "icon": ""}
        case "late":
            return {"kind": "part", "text": str(_("Late: %(num)s", num=summary.late)), "icon": "clock"}
        case _:
            text = _("%(done)s of %(total)s closed", done=summary.achieved, total=summary.total)
            is_done = summary.achieved == summary.total
            return {"kind": "ok" if is_done else "", "text": str(text), "icon": "ok" if is_done else "clock"}


def kind_word(kind: PlanKind) -> str:
    """Return what sort of programme a plan belongs to."""
    return str(KINDS[kind][0])


def kind_options() -> list[dict[str, str]]:
    """Return the kinds of plans as choices of a form."""
    return [
        {"value": kind.value, "text": str(name), "hint": str(hint)} for kind, (name, hint) in KINDS.items()
    ]


def proposal_badge(state: ProposalState) -> dict[str, str]:
    """Return kind, word and icon of what became of a proposal."""
    kind, word, icon = PROPOSALS[state]
    return {"kind": kind, "text": str(word), "icon": icon}


def proposal_detail(row: ProposalView, kind: PeriodKind) -> str:
    """Return what a proposal is about: hours, part of the year, where it is studied."""
    where = row.external_course or delivery_word(row.delivery)
    return " · ".join(
        [subject_word(row.subject), hours_words(row.hours), period_word(row.period, kind), where]
    )


def state_word(status: ItemStatus) -> str:
    """Return where an item stands, in a few words."""
    return item_badge(status)["text"]


def item_badge(status: ItemStatus, total: Decimal | None = None) -> dict[str, str]:
    """Return kind, word and icon of an item's state; ``total`` is the item's hours."""
    match status.state:
        case ItemState.ACHIEVED:
            return {"kind": "ok", "text": _achieved_word(status), "icon": "ok"}
        case ItemState.PARTIALLY_CREDITED if total is not None:
            text = _(
                "Credited %(done)s of %(total)s", done=hours_words(status.credited_hours), total=number(total)
            )
            return {"kind": "part", "text": text, "icon": "part"}
        case ItemState.PARTIALLY_CREDITED:
            return {"kind": "part", "text": _("Credited in part"), "icon": "part"}
        case ItemState.DEBT:
            text = npgettext(
                "plan", "Not passed yet", "Not passed yet, %(num)s attempts", status.failed_attempts
            )
            return {"kind": "gap", "text": text, "icon": "gap"}
        case ItemState.SUSPENDED:
            return {"kind": "part", "text": _("Suspended until the check ends"), "icon": "clock"}
        case ItemState.AWAITING_ATTESTATION:
            return {"kind": "info", "text": _("Waiting for the attestation"), "icon": "exam"}
        case ItemState.IN_PROGRESS:
            return {"kind": "info", "text": _("In progress"), "icon": "clock"}
        case ItemState.WITHDRAWN:
            return {"kind": "", "text": _("Taken out"), "icon": "gap"}
        case _:
            return {"kind": "", "text": _("Ahead"), "icon": "calendar"}


def _achieved_word(status: ItemStatus) -> str:
    if status.mark and status.by is BasisKind.ATTESTATION:
        return str(_("Mark %(mark)s", mark=status.mark))
    if status.by is BasisKind.CREDIT:
        return str(_("Credited in full"))
    if status.by is BasisKind.WAIVER:
        return str(pgettext("plan item", "Freed"))
    return str(_("Done"))


def basis_word(fact: BasisView) -> str:
    """Return what a basis fact is."""
    if fact.kind is BasisKind.ATTESTATION:
        word = _("attestation, mark %(mark)s", mark=fact.mark) if fact.mark else _("attestation")
    elif fact.kind is BasisKind.CREDIT:
        word = _("credit of an outside course")
    elif fact.kind is BasisKind.COURSE:
        word = _("completed course")
    else:
        word = _("waiver by the school")
    if fact.state is BasisState.SUSPENDED:
        return str(_("%(basis)s (suspended)", basis=word))
    if fact.state is BasisState.REVOKED:
        return str(_("%(basis)s (no longer counts)", basis=word))
    return str(word)


def item_detail(item: ItemView, with_form: bool = False, waits: Sequence[str] = ()) -> str:
    """Return the quiet line under an item's title: how it is studied, how far, until when, how it ends, what comes before it."""
    parts = [_source(item.content, item.course.title if item.course else "")]
    if item.progress is not None and item.progress.total and not item.progress.is_completed:
        parts.append(_("%(done)s of %(total)s steps", done=item.progress.done, total=item.progress.total))
    parts.append(hours_words(item.hours))
    day = format_date(item.deadline, "d MMMM") if item.deadline is not None else ""
    if day and item.attestation_form is not None:
        parts.append(_("%(form)s by %(day)s", form=form_word(item.attestation_form).lower(), day=day))
    elif day:
        parts.append(_("until %(day)s", day=day))
    elif with_form and item.attestation_form is not None:
        parts.append(form_word(item.attestation_form).lower())
    if waits:
        parts.append(_("after %(items)s", items=", ".join(_("“%(title)s”", title=title) for title in waits)))
    return " · ".join(str(part) for part in parts)


def waits_of(items: Sequence[ItemView]) -> dict[str, list[str]]:
    """Return for each open item the titles of what comes before it and is not closed yet, in the order of the plan."""
    left = {item.stable_key: item.title for item in items if item.state is not ItemState.ACHIEVED}
    return {
        item.stable_key: [title for key, title in left.items() if key in item.content.prerequisites]
        for item in items
        if item.stable_key in left and item.content.prerequisites
    }


def _source(content: ItemContent, course: str) -> str:
    if content.delivery is Delivery.OWN_COURSE and course:
        return str(_("Course “%(title)s”", title=course))
    if content.external_course:
        return content.external_course
    return delivery_word(content.delivery)


def change_sentence(change: Change, names: Names) -> str:
    """Return one change between two versions as a sentence (P7)."""
    title = change.title
    match change.code:
        case "added":
            return str(
                _(
                    "“%(title)s” was added: %(hours)s, %(period)s, %(delivery)s.",
                    title=title,
                    hours=hours_words(change.after.hours),
                    period=names.period(change.after.period),
                    delivery=_lower_first(delivery_word(change.after.delivery)),
                )
            )
        case "removed":
            hours = hours_words(change.before.hours)
            return str(_("“%(title)s” was taken out (%(hours)s).", title=title, hours=hours))
        case "outcome_added":
            outcome, hours = names.outcome(change.params["outcome"]), hours_words(change.after)
            return str(
                _(
                    "“%(title)s”: the outcome “%(outcome)s” was added, %(hours)s.",
                    title=title,
                    outcome=outcome,
                    hours=hours,
                )
            )
        case "outcome_removed":
            outcome = names.outcome(change.params["outcome"])
            return str(
                _("“%(title)s”: the outcome “%(outcome)s” was taken out.", title=title, outcome=outcome)
            )
        case "outcome_hours":
            return str(
                _(
                    "“%(title)s”: the outcome “%(outcome)s” now takes %(after)s instead of %(before)s.",
                    title=title,
                    outcome=names.outcome(change.params["outcome"]),
                    before=hours_words(change.before),
                    after=hours_words(change.after),
                )
            )
    return _field_sentence(change, names)


#: For each field: the sentence when a value follows a value, when one appears, and when one goes away.
_FIELD_SENTENCES: Mapping[str, tuple[Any, Any, Any]] = {
    "title": (_l("“%(before)s” is now called “%(after)s”."), None, None),
    "subject": (_l("“%(title)s”: the subject is now %(after)s instead of %(before)s."), None, None),
    "hours": (_l("“%(title)s”: now %(after)s instead of %(before)s."), None, None),
    "period": (_l("“%(title)s” was moved: %(after)s instead of %(before)s."), None, None),
    "delivery": (_l("“%(title)s” is now studied another way: %(after)s. Before: %(before)s."), None, None),
    "course_id": (
        _l("“%(title)s”: the course is now “%(after)s” instead of “%(before)s”."),
        _l("“%(title)s”: the course “%(after)s” was chosen."),
        _l("“%(title)s”: the course “%(before)s” was taken out."),
    ),
    "attestation_form": (
        _l("“%(title)s”: the form of attestation is now: %(after)s. Before: %(before)s."),
        None,
        None,
    ),
    "session_id": (
        _l("“%(title)s”: another exam was chosen."),
        _l("“%(title)s”: an exam was chosen."),
        _l("“%(title)s”: the chosen exam was taken out."),
    ),
    "deadline": (
        _l("“%(title)s”: the deadline moved from %(before)s to %(after)s."),
        _l("“%(title)s”: a deadline was set, %(after)s."),
        _l("“%(title)s”: the deadline was taken away (it was %(before)s)."),
    ),
    "prerequisites": (
        _l("“%(title)s” now comes after: %(after)s. Before: %(before)s."),
        _l("“%(title)s” now comes after: %(after)s."),
        _l("“%(title)s” waits for nothing any more. Before: %(before)s."),
    ),
    "note": (
        _l("“%(title)s”: the note was changed."),
        _l("“%(title)s”: a note was added."),
        _l("“%(title)s”: the note was taken away."),
    ),
}


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


def _field_sentence(change: Change, names: Names) -> str:
    before, after = (_value(change.code, value, names) for value in (change.before, change.after))
    code = "course_id" if change.code == "external_course" else change.code
    changed, appeared, gone = _FIELD_SENTENCES[code]
    template = (
        gone
        if gone is not None and not after
        else appeared
        if appeared is not None and not before
        else changed
    )
    return str(template) % {"title": change.title, "before": before, "after": after}


def _value(code: str, value: Any, names: Names) -> str:
    if value is None or value == "":
        return form_word(None) if code == "attestation_form" else ""
    match code:
        case "hours":
            return hours_words(value)
        case "period":
            return names.period(value)
        case "delivery":
            return delivery_word(value)
        case "attestation_form":
            return form_word(value)
        case "course_id":
            return names.course(value)
        case "subject":
            return subject_word(value)
    return format_date(value, "d MMMM y") if isinstance(value, date) else str(value)


def circle_words(titles: Sequence[str]) -> str:
    """Return a circle of items as it is read: back to where it began."""
    return " → ".join(f"«{title}»" for title in (*titles, titles[0]))


#: What a check has found about one item: the sentence takes its parameters as they are.
_ITEM_FINDINGS: Mapping[str, Any] = {
    "prerequisite_later": _l("“%(title)s” comes after “%(before)s”, but is planned earlier."),
    "prerequisite_gone": _l("“%(title)s” waits for something that is no longer in the plan."),
    "form_missing": _l("“%(title)s” has no form of attestation."),
    "course_missing": _l("“%(title)s”: the online course is not chosen."),
    "course_not_published": _l("“%(title)s”: the chosen course is not published yet, or is in the archive."),
    "external_missing": _l("“%(title)s”: it is not said which outside course this is."),
    "outcome_hours_exceed": _l("“%(title)s”: the outcomes take more hours than the item has."),
    "period_unknown": _l("“%(title)s” stands in a period that the year does not have."),
    "deadline_early": _l("“%(title)s”: the deadline lies before the period begins."),
}


def finding_sentence(finding: Finding, names: Names) -> str:
    """Return what a check has found, as a sentence (P4)."""
    p = finding.params
    subject = subject_word(finding.subject)
    match finding.code:
        case "empty":
            return str(_("The plan has no items yet."))
        case "subject_missing":
            return str(
                _(
                    "%(subject)s is mandatory (%(hours)s), and the plan has none of it.",
                    subject=subject,
                    hours=hours_words(p["hours"]),
                )
            )
        case "hours_short":
            return str(
                _(
                    "%(subject)s: %(missing)s missing out of %(wanted)s.",
                    subject=subject,
                    missing=hours_words(p["missing"]),
                    wanted=hours_words(p["wanted"]),
                )
            )
        case "overload":
            return str(
                _(
                    "%(period)s: %(load)s hours a week, and the limit is %(limit)s.",
                    period=names.period(p["period"]),
                    load=number(p["load"]),
                    limit=number(p["limit"]),
                )
            )
        case "outcome_gap":
            outcome = names.outcome(p["outcome"])
            return str(
                _("%(subject)s: no item plans the outcome “%(outcome)s”.", subject=subject, outcome=outcome)
            )
        case "prerequisite_circle":
            return str(_("These wait for each other in a circle: %(list)s.", list=circle_words(p["titles"])))
    return str(_ITEM_FINDINGS[finding.code]) % p


def fix_sentence(fix: Fix, names: Names) -> str:
    """Return what a one-step change does, as the text of its button."""
    if fix.module is not None:
        return str(
            _("Add “%(title)s”, %(hours)s", title=fix.module.title, hours=hours_words(fix.module.hours))
        )
    content = fix.content
    assert content is not None
    title = content.title
    match fix.code:
        case "hours":
            return str(_("Give “%(title)s” %(hours)s", title=title, hours=hours_words(content.hours)))
        case "move":
            return str(_("Move “%(title)s”: %(period)s", title=title, period=names.period(content.period)))
        case "form":
            form = form_word(content.attestation_form).lower()
            return str(_("Choose as in the curriculum: %(form)s", form=form))
        case _:
            day = format_date(content.deadline, "d MMMM y") if content.deadline else ""
            return str(_("Set the deadline: %(day)s", day=day))


def finding_fix(finding: Finding) -> str:
    """Return what to do about a finding, as the text of a link."""
    match finding.code:
        case "empty" | "subject_missing" | "hours_short" | "outcome_gap":
            return str(_("Add from the curriculum"))
        case "overload":
            return str(_("Move something to another part of the year"))
        case "form_missing":
            return str(_("Choose the form"))
        case "course_missing" | "course_not_published" | "external_missing":
            return str(_("Choose the course"))
        case _:
            return str(_("Open the item"))


def bulk_title(kind: BulkKind, template: str) -> str:
    """Return what is done for many plans."""
    if kind is BulkKind.RECOUNT:
        return str(_("How all plans stand, counted anew"))
    if kind is BulkKind.DRAFTS:
        return str(_("Drafts brought up to date with the template “%(title)s”", title=template))
    return str(_("Brought up to date with the template “%(title)s”", title=template))


def bulk_badge(state: BulkState) -> dict[str, str]:
    """Return how far work on many plans is, as a badge."""
    return _badge(BULK_STATES[state])


def bulk_status(status: BulkStatus) -> str:
    """Return what became of one plan."""
    return str(BULK_STATUSES[status][1])


def bulk_status_badge(status: BulkStatus) -> dict[str, str]:
    """Return what became of one plan, as a badge."""
    return _badge(BULK_STATUSES[status])


def _badge(parts: tuple[str, Any, str]) -> dict[str, str]:
    kind, text, icon = parts
    return {"kind": kind, "text": str(text), "icon": icon}


def bulk_summary(card: BulkCard) -> str:
    """Return how many plans were gone through and what was written, as a sentence."""
    gone = ngettext(
        "%(done)s of %(num)s plan gone through.",
        "%(done)s of %(num)s plans gone through.",
        card.total,
        done=card.done,
    )
    if card.kind is BulkKind.RECOUNT:
        written = ngettext(
            "%(num)s line of the lists was corrected.",
            "%(num)s lines of the lists were corrected.",
            card.changed,
        )
    else:
        written = ngettext("%(num)s draft is ready.", "%(num)s drafts are ready.", card.changed)
    return f"{gone} {written}"
