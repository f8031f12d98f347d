"""Word what proves learning: results of credentials, papers used twice, answers of partners."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import format_date, gettext, ngettext, pgettext
from flask_babel import lazy_gettext as _l

from lms.plans.credit_access import Interest
from lms.plans.credit_words import hours_of
from lms.plans.queries.credit_evidence import ConfirmationView, CredentialView, DuplicateView
from lms.plans.queries.credit_minutes import Precedent
from lms.plans.rules.credentials import CredentialResult
from lms.plans.rules.duplicates import SameBecause
from lms.plans.types.credit import CreditVerdict
from lms.plans.words import number

__all__ = [
    "confirmation_facts",
    "credential_facts",
    "credential_kind",
    "credential_sentence",
    "duplicate_sentence",
    "interest_words",
    "looks_words",
    "precedent_words",
]

#: Kind of the state and the sentence that says what follows from the result.
_RESULTS: Mapping[str, tuple[str, Any]] = {
    CredentialResult.VERIFIED: ("ok", _l("The signature is genuine, the credential is valid and about this student.")),
    CredentialResult.FORGED: ("gap", _l("The signature does not fit: the credential was changed, or somebody else made it.")),
    CredentialResult.UNKNOWN_ISSUER: (
        "part",
        _l("The issuer is not on the school’s list, so nobody can say who signed. The office looks into it."),
    ),
    CredentialResult.UNCHECKED: (
        "part",
        _l("The credential has no signature that can be checked here. It counts like a scan until the office has checked it."),
    ),
    CredentialResult.REVOKED: ("gap", _l("The issuer has taken the credential back.")),
    CredentialResult.EXPIRED: ("gap", _l("The credential is no longer valid.")),
    CredentialResult.NOT_YET_VALID: ("gap", _l("The credential is not valid yet.")),
    CredentialResult.SOMEONE_ELSE: ("gap", _l("The credential was issued to another person.")),
    CredentialResult.UNCLEAR_HOLDER: (
        "part",
        _l("The signature is genuine, but the credential does not say whose it is. The office looks into it."),
    ),
    CredentialResult.UNKNOWN_STATUS: (
        "part",
        _l(
            "The signature is genuine. Whether the issuer has taken the credential back is not known here; the office looks into it."
        ),
    ),
}  # fmt: skip
_DUPLICATES: Mapping[SameBecause, Any] = {
    SameBecause.FILE: _l("The same file"),
    SameBecause.CREDENTIAL: _l("The same credential"),
    SameBecause.NUMBER: _l("The same number"),
    SameBecause.CONTENT: _l("Another file that says the same: source, day, hours"),
    SameBecause.COURSE: _l("Another certificate of the same course"),
}


def credential_kind(view: CredentialView) -> str:
    """Return the kind of the state that a credential's result is shown with."""
    kind = _RESULTS[view.result][0]
    return "part" if kind == "ok" and not view.has_same_course else kind


def credential_sentence(view: CredentialView) -> str:
    """Return what the check of a credential found, in one or two sentences."""
    said = str(_RESULTS[view.result][1])
    if view.result != CredentialResult.VERIFIED or view.has_same_course:
        return said
    more = gettext(
        "It does not say by itself what was written down about course, hours and result: the office compares."
    )
    return f"{said} {more}"


def credential_facts(view: CredentialView) -> list[tuple[str, str]]:
    """Return what a credential says, as terms and values."""
    rows = [
        (
            gettext("Kind"),
            gettext("Learner record (CLR)") if view.is_record else gettext("Badge (Open Badges)"),
        ),
        (pgettext("credential", "For"), "; ".join(view.titles)),
        (pgettext("credential", "Issuer"), view.issuer_name),
        (gettext("Address of the issuer"), view.issuer if view.issuer != view.issuer_name else ""),
        (gettext("Result"), "; ".join(view.results)),
        (gettext("Issued on"), _date(view.issued_on)),
        (gettext("Valid until"), _date(view.expires_on)),
    ]
    return [(str(term), value) for term, value in rows if value]


def _date(value: Any) -> str:
    return str(format_date(value, "d MMMM y")) if value else ""


def duplicate_sentence(view: DuplicateView) -> str:
    """Return where a paper was seen before; for staff only."""
    whose = (
        gettext("of the same student")
        if view.is_same_person
        else pgettext("application", "of another student")
    )
    said = gettext(
        "%(same)s is in application No. %(number)s %(whose)s (%(item)s).",
        same=str(_DUPLICATES[view.because]),
        number=view.number,
        whose=whose,
        item=view.item_title,
    )
    if not view.hours_drawn:
        return str(said)
    drawn = gettext("Hours credited from it: %(hours)s.", hours=number(view.hours_drawn))
    return f"{said} {drawn}"


_INTERESTS: Mapping[Interest, Any] = {
    Interest.AUTHOR: _l("made the application"),
    Interest.FAMILY: _l("belongs to the student’s family"),
    Interest.TEACHER: _l("teaches the student this subject"),
    Interest.DECIDED: _l("judged in this case before the appeal"),
}


def interest_words(interest: Interest) -> str:
    """Return why somebody may not judge in a case."""
    return str(_INTERESTS[interest])


def precedent_words(found: Precedent) -> str:
    """Return how the same was decided before, without saying whose it was."""
    day = format_date(found.decided_at, "d MMMM y")
    head = gettext("Minutes No. %(number)s of %(day)s", number=found.protocol_no, day=day)
    if found.verdict is CreditVerdict.NONE:
        return f"{head}: {gettext('not credited')}"
    return f"{head}: {hours_of(found.hours, found.hours_total)}"


def looks_words(looks: int) -> str:
    """Return how often a partner's link was opened."""
    if not looks:
        return str(gettext("not opened yet"))
    return str(ngettext("opened %(num)s time", "opened %(num)s times", looks))


def confirmation_facts(view: ConfirmationView) -> list[tuple[str, str]]:
    """Return exactly what a partner is asked to confirm."""
    rows = [
        (pgettext("person", "Student"), view.name),
        (gettext("Course"), view.course),
        (pgettext("certificate", "Number"), view.number),
        (gettext("Issued on"), _date(view.issued_on)),
        (gettext("Hours"), number(view.hours) if view.hours else ""),
        (gettext("Result"), view.result),
    ]
    return [(str(term), value) for term, value in rows if value]
