"""Word credit cases in the reader's language: verdicts, reasons, factors, states, steps, deadlines.

A parent is addressed as «вы», a child as «ты», staff without address; ``audience`` is ``guardian``, ``student`` or
``staff``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import format_date, gettext, ngettext, pgettext
from flask_babel import lazy_gettext as _l

from lms.plans.queries.credit import (
    AgreementView,
    CaseRow,
    CaseView,
    DecisionView,
    DocumentView,
    FactorView,
    OutcomeRow,
)
from lms.plans.types.credit import (
    AgreementStanding,
    CaseState,
    CreditObstacle,
    CreditVerdict,
    DocumentKind,
    LicenceState,
    MatchVerdict,
    RemainderWay,
    ResultScale,
    Verification,
    VoteChoice,
)
from lms.plans.words import hours_words, number

__all__ = [
    "DOCUMENT_WORDS",
    "LICENCE_WORDS",
    "VERIFICATION_WORDS",
    "VOTE_WORDS",
    "WAY_WORDS",
    "agreement_sentence",
    "because",
    "day",
    "factor_rows",
    "factor_sentence",
    "headline",
    "hours_of",
    "names_of_left",
    "not_educational_sentence",
    "number",
    "obstacle_words",
    "outcome_rows",
    "recommendation_words",
    "result_text",
    "size_words",
    "standing_clock",
    "state_badge",
    "steps_of",
    "verdict_words",
]

DOCUMENT_WORDS: Mapping[DocumentKind, Any] = {
    DocumentKind.CERTIFICATE: _l("Certificate"),
    DocumentKind.PROGRAMME: _l("Programme of the course"),
    DocumentKind.OTHER: _l("Another document"),
}
LICENCE_WORDS: Mapping[LicenceState, tuple[str, Any]] = {
    LicenceState.LICENSED: ("ok", _l("Licence is in the register")),
    LicenceState.UNLICENSED: ("gap", _l("No licence")),
    LicenceState.UNCHECKED: ("part", _l("Licence is not checked yet")),
}
VERIFICATION_WORDS: Mapping[Verification, tuple[str, Any]] = {
    Verification.UNVERIFIED: ("info", _l("Not checked yet")),
    Verification.VERIFIED: ("ok", _l("Confirmed")),
    Verification.REJECTED: ("gap", _l("Not confirmed")),
}
VOTE_WORDS: Mapping[VoteChoice, tuple[str, Any]] = {
    VoteChoice.FOR: ("ok", _l("In favour")),
    VoteChoice.AGAINST: ("gap", _l("Against")),
    VoteChoice.ABSTAIN: ("", _l("Abstained")),
}
WAY_WORDS: Mapping[RemainderWay, Any] = {
    RemainderWay.ATTESTATION: _l("A short attestation on what is left"),
    RemainderWay.SCHOOL_COURSE: _l("Lessons of the school’s own course"),
    RemainderWay.CLASS: _l("Together with the class"),
}
_VERDICTS: Mapping[MatchVerdict, tuple[str, Any]] = {
    MatchVerdict.COVERED: ("ok", _l("Credited in full")),
    MatchVerdict.PARTIAL: ("part", _l("Credited in part")),
    MatchVerdict.GAP: ("gap", _l("Not there yet")),
    MatchVerdict.UNKNOWN: ("", _l("Not known yet")),
}
_FORECASTS: Mapping[MatchVerdict, tuple[str, Any]] = {
    MatchVerdict.COVERED: ("ok", _l("Matches in full")),
    MatchVerdict.PARTIAL: ("part", _l("Matches in part")),
    MatchVerdict.GAP: ("gap", _l("Not in the course")),
    MatchVerdict.UNKNOWN: ("", _l("Not known yet")),
}
_STATES: Mapping[CaseState, tuple[str, Any, str]] = {
    CaseState.DRAFT: ("", _l("Being filled in"), "edit"),
    CaseState.SUBMITTED: ("info", _l("Sent to the school"), "clock"),
    CaseState.VERIFYING: ("info", _l("Documents are being checked"), "clock"),
    CaseState.NEED_INFO: ("part", _l("The school asks"), "question"),
    CaseState.MATCHED: ("info", _l("Compared with the programme"), "clock"),
    CaseState.ASSESSMENT_REQUIRED: ("info", _l("Through attestation"), "exam"),
    CaseState.ASSESSED: ("info", _l("The short check is done"), "clock"),
    CaseState.AUTO_DECIDABLE: ("info", _l("Is being credited by itself"), "clock"),
    CaseState.IN_COMMISSION: ("info", _l("Before the commission"), "people"),
    CaseState.DECIDED: ("gap", _l("Not credited"), "gap"),
    CaseState.EFFECTED: ("part", _l("Credited in part"), "part"),
    CaseState.CLOSED: ("ok", _l("Closed"), "ok"),
    CaseState.WITHDRAWN: ("", _l("Taken back"), "calendar"),
    CaseState.APPEALED: ("info", _l("Appeal is being considered"), "clock"),
    CaseState.SUSPENDED: ("part", _l("Suspended until the check ends"), "pause"),
    CaseState.REVOKED: ("gap", _l("No longer counts"), "gap"),
}


def day(value: date | datetime | None) -> str:
    """Return a day as it is said: «19 ноября», "19 November"."""
    return str(format_date(value, "d MMMM")) if value else ""


def size_words(size_bytes: int) -> str:
    """Return the size of a file: "140 KB", "2.5 MB"."""
    if size_bytes < 1024 * 1024:
        return str(gettext("%(size)s KB", size=max(1, round(size_bytes / 1024))))
    return str(
        gettext("%(size)s MB", size=number((Decimal(size_bytes) / (1024 * 1024)).quantize(Decimal("0.1"))))
    )


def hours_of(hours: Decimal, total: Decimal) -> str:
    """Return "12 hours of 12"; a fraction takes the form of "2.5 hours"."""
    if hours == hours.to_integral_value():
        return str(
            ngettext(
                "%(num)s hour of %(total)s", "%(num)s hours of %(total)s", int(hours), total=number(total)
            )
        )
    return str(gettext("%(hours)s hours of %(total)s", hours=number(hours), total=number(total)))


def verdict_words(verdict: MatchVerdict, *, is_decided: bool) -> tuple[str, str]:
    """Return kind and word of a verdict: decided, or as the report foresees it."""
    kind, word = (_VERDICTS if is_decided else _FORECASTS)[verdict]
    return kind, str(word)


def state_badge(row: CaseRow | CaseView) -> dict[str, str]:
    """Return kind, word and icon of a case's state."""
    kind, word, icon = _STATES[row.state]
    verdict = row.verdict if isinstance(row, CaseRow) else (row.decision.verdict if row.decision else None)
    if row.state is CaseState.CLOSED and verdict is not None:
        kind, word, icon = {
            CreditVerdict.FULL: ("ok", _l("Credited in full"), "ok"),
            CreditVerdict.PART: ("part", _l("Credited in part"), "part"),
            CreditVerdict.NONE: ("gap", _l("Not credited"), "gap"),
        }[verdict]
    return {"kind": kind, "text": str(word), "icon": icon}


# --- why --------------------------------------------------------------------------------------------------------


def result_text(raw: str) -> str:
    """Return "86 out of 100" for "86/100", or the result as it stands."""
    got, slash, top = raw.partition("/")
    return str(gettext("%(got)s out of %(top)s", got=got, top=top)) if slash and top else raw


def _needed(row: OutcomeRow) -> str:
    """Return the least result on the same scale: "60" of 100."""
    top = row.result_words.partition("/")[2]
    try:
        scale = Decimal(top) if top else Decimal(100)
    except ArithmeticError:
        scale = Decimal(100)
    return number((row.min_share * scale).quantize(Decimal("0.1")))


def because(row: OutcomeRow) -> str:
    """Return why an outcome has its verdict, in one or two sentences."""
    if row.verdict is MatchVerdict.UNKNOWN:
        return str(gettext("The school has not compared this part yet. The commission looks at it itself."))
    parts = [_sentence(row.note or row.fragment)]
    if row.verdict is MatchVerdict.COVERED:
        parts.append(_tested(row))
    elif row.verdict is MatchVerdict.PARTIAL:
        parts.append(_partial(row))
    else:
        parts.append(_gap(row))
    return " ".join(part for part in parts if part)


def _sentence(text: str) -> str:
    return text if not text or text.endswith((".", "!", "?", "…")) else text + "."


def _tested(row: OutcomeRow) -> str:
    if not row.tested_by or "/" not in row.result_words:
        return ""
    return str(
        gettext(
            "%(test)s: %(result)s, %(needed)s needed.",
            test=row.tested_by,
            result=result_text(row.result_words),
            needed=_needed(row),
        )
    )


def _partial(row: OutcomeRow) -> str:
    if row.weakest not in ("", "relation", "share", "hours"):
        return _weakness(row)
    if row.hours * 2 == row.hours_total:
        return str(gettext("That is why it is half of the hours."))
    return str(gettext("That is why it is a part of the hours."))


def _gap(row: OutcomeRow) -> str:
    if row.weakest in _BARRIERS:
        return str(_BARRIERS[row.weakest])
    if row.hours > 0 or row.weakest == "relation":
        return str(gettext("Nobody has made a mistake here: this topic just has to be added."))
    return _weakness(row)


#: Why evidence does not count at all, or a rule does not hold.
_BARRIERS: Mapping[str, Any] = {
    "no_activity": _l("The source carries out no educational activity: the way leads to attestation."),
    "forged": _l("The source did not confirm the document."),
    "revoked": _l("Its issuer has taken the document back."),
    "other_holder": _l("The document is about another person."),
    "future": _l("The document is dated later than the application."),
    "expired": _l("The document is no longer valid."),
    "used_up": _l("All hours of the document have been credited before."),
    "duplicate": _l("The same document is there twice; it counts once."),
    "state_exam": _l("Nothing replaces a state examination."),
    "rule_unmet": _l("The rule of the school asks for one more course."),
}


def _weakness(row: OutcomeRow) -> str:
    """Return what pulled the score down most."""
    match row.weakest:
        case "result":
            if "/" in row.result_words:
                result = result_text(row.result_words)
                return str(
                    gettext(
                        "The result is %(result)s, %(needed)s were needed.",
                        result=result,
                        needed=_needed(row),
                    )
                )
            return str(gettext("The certificate shows no result that is enough."))
        case "level":
            return str(gettext("The course is easier than our programme."))
        case "age":
            return str(gettext("The certificate is more than three years old."))
        case "trust":
            return str(gettext("The school does not know this source well enough to credit it in full."))
        case "assurance":
            return str(gettext("The documents are not confirmed."))
    return ""


def outcome_rows(
    rows: Sequence[OutcomeRow], *, is_decided: bool, with_hours: bool = True
) -> list[dict[str, str]]:
    """Return the rows of the `outcomes` macro."""
    made = []
    for row in rows:
        kind, word = verdict_words(row.verdict, is_decided=is_decided)
        made.append(
            {
                "kind": kind,
                "title": row.title,
                "verdict": word,
                "because": because(row),
                "hours": hours_of(row.hours, row.hours_total) if with_hours else "",
            }
        )
    return made


_RELATIONS: Mapping[str, Any] = {
    "exact": _l("the course teaches exactly this"),
    "broader": _l("the course is broader than our programme"),
    "narrower": _l("the course is narrower than our programme"),
    "related": _l("the course teaches something akin"),
    "none": _l("the course has nothing of this"),
}


def _factor_words(code: str, fact: str, value: Decimal) -> str:
    is_full = value == 1
    match code:
        case "relation":
            return str(_RELATIONS[fact])
        case "level":
            return str(
                gettext("the level is the same or higher") if is_full else gettext("the level is lower")
            )
        case "result":
            return str(gettext("the result is enough") if is_full else gettext("the result is not enough"))
        case "age":
            return str(
                gettext("the certificate is younger than three years")
                if is_full
                else gettext("the certificate is older than three years")
            )
        case "trust":
            if value == 0:
                return str(gettext("the source has no licence"))
            return str(
                gettext("the source has a licence and is known to the school")
                if is_full
                else gettext("the source is less known to the school")
            )
    return str(
        gettext("the documents are confirmed") if is_full else gettext("the documents are not confirmed")
    )


def factor_rows(row: OutcomeRow) -> list[list[str]]:
    """Return the printed factors of a row: what, value."""
    rows = [[_said(f), number(f.value)] for f in row.factors]
    return [
        *[[words[:1].upper() + words[1:], value] for words, value in rows],
        [_together(row), number(row.score)],
    ]


def _said(factor: FactorView) -> str:
    """Return a factor in words, with the part of the course that it is about where there are several."""
    words = _factor_words(factor.code, factor.fact, factor.value)
    return f"{factor.of}: {words}" if factor.of else words


def _together(row: OutcomeRow) -> str:
    """Return how the score follows from the factors: multiplied, and of several parts the weakest counts."""
    is_joined = any(factor.of for factor in row.factors)
    return str(gettext("The weakest part counts") if is_joined else gettext("Together"))


def factor_sentence(row: OutcomeRow) -> str:
    """Return the calculation of a row in one sentence, every factor with its number."""
    if not row.factors:
        return str(gettext("There is neither a rule nor an edge between the programmes for this part."))
    words = ", ".join(f"{_said(f)} ({number(f.value)})" for f in row.factors)
    total = f"{_together(row)}: {number(row.score)}."
    return f"{words[:1].upper()}{words[1:]}. {total} {_basis(row)}".strip()


def _basis(row: OutcomeRow) -> str:
    if row.basis == "rule":
        return str(
            gettext(
                "Rule of the school No. %(number)s, version %(version)s.",
                number=row.basis_number,
                version=row.basis_version,
            )
        )
    if row.basis == "edge":
        return str(gettext("Edge between the two programmes."))
    return str(gettext("Plug-in “%(name)s”.", name=row.basis)) if row.basis else ""


def recommendation_words(code: str) -> str:
    """Return what a report recommends to the commission."""
    match code:
        case "full":
            return str(gettext("Everything matches: credit in full."))
        case "part":
            return str(gettext("A part matches: credit in part."))
        case "assess":
            return str(gettext("Nothing can be credited as it is: a short check can show what was learned."))
        case "refuse":
            return str(gettext("Nothing matches well enough."))
        case "attestation":
            return str(
                gettext("The source carries out no educational activity: attestation instead of credit.")
            )
    return str(
        gettext("There is nothing to compare with yet: the commission has to look at the documents itself.")
    )


def not_educational_sentence(name: str) -> str:
    """Say in one sentence why an unlicensed source leads to attestation (C10)."""
    return str(
        gettext(
            "“%(name)s” has no licence for education, and by law a school may credit only what was learned where "
            "there is one; what was learned there can be shown at an attestation.",
            name=name,
        )
    )


def agreement_sentence(view: AgreementView) -> str:
    """Say why people compare what a partner of the school has sent."""
    match view.standing:
        case AgreementStanding.REVOKED:
            why = gettext(
                "Agreement No. %(number)s with “%(name)s” was revoked on %(day)s.",
                number=view.number,
                name=view.partner,
                day=day(view.ended_on),
            )
        case AgreementStanding.TERM if view.ended_on is not None:
            why = gettext(
                "Agreement No. %(number)s with “%(name)s” ended on %(day)s.",
                number=view.number,
                name=view.partner,
                day=day(view.ended_on),
            )
        case AgreementStanding.TERM:
            why = gettext(
                "Agreement No. %(number)s with “%(name)s” had not begun yet when the result was earned.",
                number=view.number,
                name=view.partner,
            )
        case AgreementStanding.SCOPE:
            why = gettext(
                "Agreement No. %(number)s with “%(name)s” is not about this subject, grade or course.",
                number=view.number,
                name=view.partner,
            )
        case AgreementStanding.BY_PEOPLE:
            why = gettext(
                "Agreement No. %(number)s with “%(name)s” leaves the comparison to people.",
                number=view.number,
                name=view.partner,
            )
        case _:
            why = gettext("The school has no agreement with “%(name)s”.", name=view.partner)
    after = gettext("The result is not lost: people compare it, as they do a certificate.")
    return f"{why} {after}"


def obstacle_words(obstacle: CreditObstacle | None) -> tuple[str, str]:
    """Say why nothing can be credited and who changes that: a title and a sentence."""
    match obstacle:
        case CreditObstacle.NO_OUTCOMES:
            return (
                gettext("The plan does not say yet what it leads to"),
                gettext(
                    "Credit compares outcomes, and the items of this plan name none. The deputy head adds them in a "
                    "new version of the curriculum; the next version of the plan takes them over and is signed again. "
                    "Tell the class teacher about it."
                ),
            )
        case CreditObstacle.NOTHING_LEFT:
            return (
                gettext("Everything is counted already"),
                gettext("No item of the plan has hours left that could still be credited."),
            )
    return (
        gettext("There is no plan in force yet"),
        gettext(
            "Credit goes to an item of the individual plan. Talk to the class teacher or the tutor: they begin "
            "the plan, and once it is signed an application can be made."
        ),
    )


def names_of_left(rows: Sequence[OutcomeRow]) -> str:
    """Return the outcomes that are not fully credited, joined: "counting in binary; how data travels"."""
    titles = [row.title[:1].lower() + row.title[1:] for row in rows if row.left > 0]
    return "; ".join(titles)


# --- the story of a case ----------------------------------------------------------------------------------------


def headline(case: CaseView, audience: str) -> dict[str, str]:
    """Return the verdict first: kind and word of the pill, title, one paragraph."""
    badge = state_badge(case)
    title, text = _headline(case, audience)
    return {"kind": badge["kind"], "word": badge["text"], "icon": badge["icon"], "title": title, "text": text}


def _headline(case: CaseView, audience: str) -> tuple[str, str]:
    due = day(case.review_due_on)
    match case.state:
        case CaseState.SUBMITTED | CaseState.VERIFYING:
            return gettext("The school is checking the documents"), _wait(audience, due)
        case CaseState.MATCHED | CaseState.ASSESSED | CaseState.AUTO_DECIDABLE | CaseState.IN_COMMISSION:
            return gettext("The commission is deciding"), _wait(audience, due)
        case CaseState.NEED_INFO:
            return _asked(audience), case.question
        case CaseState.ASSESSMENT_REQUIRED if case.licence_state is not LicenceState.UNLICENSED:
            return gettext("A short check shows the rest"), _check_words(audience)
        case CaseState.ASSESSMENT_REQUIRED:
            return gettext("This goes through attestation"), not_educational_sentence(case.source_name)
        case CaseState.WITHDRAWN:
            return gettext("The application was taken back"), gettext(
                "Nothing was decided. A new one can be made at any time."
            )
        case CaseState.APPEALED:
            assert case.appeal is not None
            text = gettext(
                "The school answers by %(day)s. Until then the decision stands.", day=day(case.appeal.due_on)
            )
            return gettext("The appeal is being considered"), text
        case CaseState.SUSPENDED:
            text = gettext(
                "Reason: %(reason)s The hours come back as they were if the check ends well.",
                reason=_sentence(case.suspended_reason),
            )
            return gettext("The credit is suspended"), text
        case CaseState.REVOKED:
            return gettext("The credit no longer counts"), gettext(
                "Reason: %(reason)s", reason=_sentence(case.suspended_reason)
            )
    return _decided_headline(case, audience)


def _check_words(audience: str) -> str:
    """Return what a short check asks of whom."""
    if audience in {"student", "own"}:
        return str(
            pgettext("student", "You find it among your exams. It is only about what the course left open.")
        )
    return str(gettext("The student finds it among the exams. It is only about what the course left open."))


def _wait(audience: str, due: str) -> str:
    if audience in {"student", "own"}:
        return str(
            pgettext("student", "The decision comes by %(day)s. Nothing is needed from you now.", day=due)
        )
    if audience == "guardian":
        return str(
            pgettext("guardian", "The decision comes by %(day)s. Nothing is needed from you now.", day=due)
        )
    return str(gettext("The decision is due by %(day)s.", day=due))


def _asked(audience: str) -> str:
    if audience == "own":
        return str(pgettext("student", "Your turn: the school asks"))
    if audience == "guardian":
        return str(pgettext("guardian", "Your turn: the school asks"))
    return str(gettext("The school asks the family"))


def _decided_headline(case: CaseView, audience: str) -> tuple[str, str]:
    decision = case.decision
    if decision is None:
        return str(_STATES[case.state][1]), ""
    if decision.verdict is CreditVerdict.NONE:
        return str(gettext("The school did not credit the course")), decision.reason
    if decision.verdict is CreditVerdict.FULL:
        title = ngettext(
            "The school credited the whole %(num)s hour",
            "The school credited all %(num)s hours",
            int(decision.hours),
        )
        return str(title), str(gettext("This part of the plan is closed."))
    title = gettext(
        "The school credited %(hours)s out of %(total)s",
        hours=hours_words(decision.hours),
        total=number(decision.hours_total),
    )
    left = hours_words(decision.hours_total - decision.hours)
    text = gettext("Left: %(hours)s — %(names)s.", hours=left, names=names_of_left(case.outcomes))
    return str(title), f"{text} {_next_move(case, decision, audience)}".strip()


def _next_move(case: CaseView, decision: DecisionView, audience: str) -> str:
    if case.way is not None:
        return str(
            gettext(
                "Chosen: %(way)s.", way=str(WAY_WORDS[case.way])[:1].lower() + str(WAY_WORDS[case.way])[1:]
            )
        )
    if audience == "guardian":
        return str(
            pgettext(
                "guardian", "Your turn: choose how to close them by %(day)s.", day=day(decision.way_due_on)
            )
        )
    if audience == "own":
        return str(
            pgettext(
                "student", "Your turn: choose how to close them by %(day)s.", day=day(decision.way_due_on)
            )
        )
    if audience == "student":
        return str(
            pgettext(
                "student",
                "Your parents choose how to close them by %(day)s; talk it over.",
                day=day(decision.way_due_on),
            )
        )
    return ""


def steps_of(case: CaseView, audience: str) -> list[dict[str, str]]:
    """Return what happened, what happens now and what comes, with dates (rows of the `steps` macro)."""
    rows = [_applied(case, audience)]
    if case.state is CaseState.WITHDRAWN:
        return [
            *(rows if case.submitted_at is not None else []),  # a draft was never sent
            {
                "title": str(gettext("The application was taken back")),
                "detail": day(case.closed_at),
                "is": "done",
            },
        ]
    if case.state is CaseState.ASSESSMENT_REQUIRED and case.licence_state is LicenceState.UNLICENSED:
        return [*rows, *_attestation_steps(case)]
    return [*rows, _verified(case), _compared(case), *_decided(case), *_after(case)]


def _applied(case: CaseView, audience: str) -> dict[str, str]:
    if audience == "guardian":
        title = pgettext("guardian", "You applied")
    else:
        title = gettext("The application was made")
    kinds = [str(DOCUMENT_WORDS[d.kind]) for d in case.documents if d.has_file]
    words = ", ".join(word if i == 0 else word[:1].lower() + word[1:] for i, word in enumerate(kinds))
    detail = f"{day(case.submitted_at)}. {words}" if words else day(case.submitted_at)
    return {"title": str(title), "detail": detail, "is": "done"}


def _attestation_steps(case: CaseView) -> list[dict[str, str]]:
    now = {
        "title": str(gettext("Now: the school names a day for the attestation")),
        "detail": str(gettext("The teacher puts it into the plan; free of charge")),
        "is": "now",
    }
    if case.closed_at is not None:
        now = {
            "title": str(gettext("The attestation is in the plan")),
            "detail": day(case.closed_at),
            "is": "done",
        }
    return [
        now,
        {"title": str(gettext("The result will go into the plan and the personal file")), "is": "goal"},
    ]


def _verified(case: CaseView) -> dict[str, str]:
    if case.state is CaseState.NEED_INFO:
        return {
            "title": str(gettext("Now: the school waits for an answer")),
            "detail": case.question,
            "is": "now",
        }
    if case.report is None and case.decision is None:
        return {
            "title": str(gettext("Now: the office checks the documents")),
            "detail": str(gettext("It asks the source and looks into the register of licences")),
            "is": "now",
        }
    note = next((d.verification_note for d in case.documents if d.kind is DocumentKind.CERTIFICATE), "")
    detail = f"{day(case.verified_at)}. {note}" if note else day(case.verified_at)
    return {"title": str(gettext("The documents were checked")), "detail": detail, "is": "done"}


def _compared(case: CaseView) -> dict[str, str]:
    if case.report is None:
        return {"title": str(gettext("The course will be compared with the programme")), "is": "ahead"}
    full = sum(row.verdict is MatchVerdict.COVERED for row in case.report.rows)
    total = len(case.report.rows)
    words = ngettext(
        "%(num)s result out of %(total)s matched in full",
        "%(num)s results out of %(total)s matched in full",
        full,
        total=total,
    )
    return {
        "title": str(gettext("The course was compared with the programme")),
        "detail": f"{day(case.report.created_at)}. {words}",
        "is": "done",
    }


def _decided(case: CaseView) -> list[dict[str, str]]:
    """Return the decision as it was made, or what comes before it now and when it is due."""
    decision = case.decision
    if decision is not None:
        title = (
            gettext("The credit was granted by itself")
            if decision.is_automatic
            else gettext("The commission decided")
        )
        detail = f"{_decided_when(case, decision)}. {vote_words(decision)}"
        return [{"title": str(title), "detail": detail, "is": "done"}]
    due = str(gettext("By %(day)s", day=day(case.review_due_on)))
    if case.state is CaseState.IN_COMMISSION:
        return [_now(gettext("Now: the commission decides"), due)]
    ahead = {"title": str(gettext("The commission will decide")), "detail": due, "is": "ahead"}
    match case.state:
        case CaseState.MATCHED | CaseState.AUTO_DECIDABLE:
            return [_now(gettext("Now: the office hands the application to the commission")), ahead]
        case CaseState.ASSESSMENT_REQUIRED:
            return [_now(gettext("Now: the student answers a short check")), ahead]
        case CaseState.ASSESSED:
            return [_now(gettext("Now: the office compares again, with what the check has shown")), ahead]
    return [ahead]


def standing_clock(case: CaseView) -> str:
    """Return since when the deadline stands still, and how many working days are left after the answer."""
    left = case.days_left or 0
    words = ngettext(
        "within %(num)s working day after the answer; the clock has stood since %(day)s",
        "within %(num)s working days after the answer; the clock has stood since %(day)s",
        left,
        day=day(case.asked_at),
    )
    return str(words)


def _now(title: str, detail: str = "") -> dict[str, str]:
    return {"title": str(title), "detail": detail, "is": "now"}


def _decided_when(case: CaseView, decision: DecisionView) -> str:
    when = day(decision.decided_at)
    if case.review_due_on is None:
        return when
    early = (case.review_due_on - decision.decided_at.date()).days
    if early > 0:
        words = ngettext("%(num)s day before the deadline", "%(num)s days before the deadline", early)
        return f"{when}, {words}"
    return when


def vote_words(decision: DecisionView) -> str:
    """Return how the commission voted: "2 of 3 in favour, 1 against"."""
    if decision.is_automatic:
        return str(gettext("An approved rule says exactly this, and the result was verified by itself"))
    tally = decision.tally
    parts = [
        str(
            ngettext(
                "%(num)s of %(total)s in favour",
                "%(num)s of %(total)s in favour",
                tally.votes_for,
                total=tally.members,
            )
        )
    ]
    if tally.votes_against:
        parts.append(str(ngettext("%(num)s against", "%(num)s against", tally.votes_against)))
    if tally.votes_abstain:
        parts.append(str(ngettext("%(num)s abstained", "%(num)s abstained", tally.votes_abstain)))
    return ", ".join(parts)


def _after(case: CaseView) -> list[dict[str, str]]:
    decision = case.decision
    into_plan = str(gettext("The result is in the plan and the personal file"))
    if decision is None:
        return [{"title": str(gettext("The result will go into the plan")), "is": "goal"}]
    if case.state is CaseState.APPEALED and case.appeal is not None:
        due = str(gettext("By %(day)s", day=day(case.appeal.due_on)))
        return [_now(gettext("Now: the appeal is being considered"), due)]
    if case.state is CaseState.IN_COMMISSION:
        return [_now(gettext("Now: the commission decides anew"))]
    if case.state is CaseState.SUSPENDED:
        return [_now(gettext("Now: the credit is suspended, people look again"), case.suspended_reason)]
    if case.state is CaseState.REVOKED:
        detail = f"{day(case.closed_at)}. {_sentence(case.suspended_reason)}"
        return [{"title": str(gettext("The credit no longer counts")), "detail": detail, "is": "done"}]
    if decision.verdict is CreditVerdict.NONE:
        return [_sent(decision)]
    if decision.verdict is CreditVerdict.FULL or case.way is not None:
        chosen = []
        if case.way is not None:
            chosen = [
                {
                    "title": str(gettext("A way for the rest was chosen")),
                    "detail": f"{day(case.way_chosen_at)}. {WAY_WORDS[case.way]}",
                    "is": "done",
                }
            ]
        return [{"title": into_plan, "detail": day(decision.decided_at), "is": "done"}, *chosen]
    left = hours_words(decision.hours_total - decision.hours)
    return [
        {"title": into_plan, "detail": day(decision.decided_at), "is": "done"},
        {
            "title": str(gettext("Now: choose how to close %(hours)s", hours=left)),
            "detail": str(gettext("By %(day)s", day=format_date(decision.way_due_on, "d MMMM, EEEE"))),
            "is": "now",
        },
    ]


def _sent(decision: DecisionView) -> dict[str, str]:
    if decision.sent_at is not None:
        return {
            "title": str(gettext("The refusal with its reasons was sent")),
            "detail": day(decision.sent_at),
            "is": "done",
        }
    return {
        "title": str(gettext("Now: the school sends the refusal with its reasons")),
        "detail": str(gettext("By %(day)s", day=day(decision.send_by))),
        "is": "now",
    }


def document_facts(document: DocumentView) -> list[tuple[str, str]]:
    """Return what a certificate says, as terms and values."""
    if document.kind is not DocumentKind.CERTIFICATE:
        return []
    top = document.result_top
    raw = (
        f"{document.raw_result}/{number(top)}"
        if document.scale == ResultScale.POINTS and top
        else document.raw_result
    )
    return [
        (
            str(gettext("Issued on")),
            str(format_date(document.issued_on, "d MMMM y")) if document.issued_on else "",
        ),
        (str(gettext("Hours")), number(document.hours)),
        (str(gettext("Result")), result_text(raw)),
        (str(pgettext("certificate", "Number")), document.number or str(gettext("none"))),
    ]
