"""What credit transfer adds to the feature: `lms.plans.wiring` joins it with the study plans."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from lms.assessment.events import AttemptGraded
from lms.assessment.service.outcome_checks import release_waiting_checks
from lms.core.actor import SYSTEM
from lms.core.contracts import BasisDependents, Explainer
from lms.core.events import Subscription
from lms.core.feature import MenuEntry
from lms.core.jobs import Job, Sweep
from lms.core.policy import Action
from lms.core.registry import Group
from lms.core.runtime import Runtime
from lms.plans import credit_access
from lms.plans.api import credit_evidence as credit_evidence_api
from lms.plans.api import credit_staff as credit_api
from lms.plans.contracts import TRANSFER_RULES
from lms.plans.credit_explainer import CreditExplainer
from lms.plans.events import CreditCheckAsked
from lms.plans.evidence_errors import EVIDENCE_ERROR_TEXTS
from lms.plans.handlers import on_check_asked, on_check_graded
from lms.plans.pages import (
    credit,
    credit_catalogue,  # noqa: F401 - adds its page to the blueprint of sources and agreements
    credit_commissions,  # noqa: F401 - adds its page to the blueprint of sources and agreements
    credit_evidence,
    credit_minutes,  # noqa: F401 - adds its page to the blueprint of the staff
    credit_more,  # noqa: F401 - adds its page to the blueprint of the family
    credit_rules,
    credit_sources,
    credit_staff,
    what_if,  # noqa: F401 - adds its page to the blueprint of the family
)
from lms.plans.ports import EVIDENCE_SHELVES
from lms.plans.service.credit.notices import KINDS, remind_of_cases
from lms.plans.service.credit.short_checks import CHECK_PREFIX

__all__ = [
    "ACTIONS",
    "API_BLUEPRINTS",
    "BLUEPRINTS",
    "DEPENDENTS",
    "ERROR_TEXTS",
    "EXPLAINERS",
    "GROUPS",
    "JOBS",
    "KINDS",
    "MENU",
    "SUBSCRIPTIONS",
    "SWEEPS",
]


def _release_checks(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        release_waiting_checks(uow, CHECK_PREFIX)


def _remind(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        remind_of_cases(uow)


ACTIONS: tuple[Action, ...] = credit_access.ACTIONS
BLUEPRINTS: tuple[Blueprint, ...] = (
    credit.blueprint,
    credit_staff.blueprint,
    credit_evidence.blueprint,
    credit_rules.blueprint,
    credit_sources.blueprint,
)
API_BLUEPRINTS: tuple[Any, ...] = (credit_api.blueprint, credit_evidence_api.blueprint)
SUBSCRIPTIONS: tuple[Subscription, ...] = (
    Subscription("plans.open_credit_check", CreditCheckAsked, on_check_asked),
    Subscription("plans.release_credit_check", AttemptGraded, on_check_graded),
)
JOBS: tuple[Job, ...] = ()
SWEEPS: tuple[Sweep, ...] = (
    Sweep("plans.release_checks", 300.0, _release_checks),
    Sweep("plans.remind_of_cases", 3600.0, _remind),
)
MENU: tuple[MenuEntry, ...] = (
    MenuEntry(_l("Applications"), "credit.cases", "document", frozenset({"guardian"}), 40),
    MenuEntry(_l("Credit applications"), "credit_staff.office", "document", credit_access.OFFICE, 40),
    MenuEntry(_l("Credit cases"), "credit_staff.commission", "people", credit_access.SEATS, 45),
)
GROUPS: tuple[Group[Any], ...] = (TRANSFER_RULES, EVIDENCE_SHELVES)
DEPENDENTS: tuple[BasisDependents, ...] = ()
EXPLAINERS: tuple[Explainer, ...] = (CreditExplainer(),)
ERROR_TEXTS: dict[str, Any] = EVIDENCE_ERROR_TEXTS | {
    "credit.not_now": _l(
        "The case has moved on meanwhile. Nothing was lost: open it again and look where it stands."
    ),
    "credit.no_item": _l("There is no such item in the plan that is in force."),
    "credit.nothing_left": _l("Every hour of this item is already credited."),
    "credit.no_source": _l("There is no such source on the list."),
    "credit.no_course": _l("There is no such course of this source."),
    "credit.no_rule": _l("There is no such rule."),
    "credit.no_report": _l("The course has not been compared with the programme yet."),
    "credit.name_needed": _l("Write its name."),
    "credit.licence_needed": _l("Write the number from the register of licences."),
    "credit.rule_lines": _l("The shares of one outcome may not be more than one in all."),
    "credit.rule_own": _l("Somebody else approves a rule than the one who wrote it."),
    "credit.source_first": _l("First say where it was learned."),
    "credit.course_first": _l("First say which course it was."),
    "credit.certificate_first": _l("First write down what the certificate shows."),
    "credit.file_first": _l("Attach the certificate: a PDF or a photograph."),
    "credit.certificate": _l("Please look at the marked fields."),
    "credit.date_future": _l("This day is still to come. Write the day as on the certificate."),
    "credit.date_early": _l("This year is too early. Write the day as on the certificate."),
    "credit.hours_range": _l("Write the hours from 1 to 2000."),
    "credit.result_unreadable": _l("Write the result as on the certificate: a number, or “passed”."),
    "credit.result_above": _l("The result is above the top of the scale (%(top)s)."),
    "credit.not_educational": _l(
        "This source has no licence for education, so the school cannot credit the course; an attestation is possible."
    ),
    "credit.is_educational": _l("This source may be credited; an attestation is not needed for that reason."),
    "credit.too_many_documents": _l("No more than %(most)s documents in one application."),
    "credit.note_needed": _l("Write how it was checked, or why it is not confirmed: the family reads this."),
    "credit.question_needed": _l("Write what the family should send or explain."),
    "credit.documents_first": _l("First check every document."),
    "credit.licence_first": _l("First check the licence of the source in the register."),
    "credit.report_first": _l("First compare the course with the programme."),
    "credit.no_commission": _l(
        "There is no commission yet. The head forms one by order, at least three members."
    ),
    "credit.commission_small": _l("A commission has at least %(least)s members."),
    "credit.commission_seats": _l("Choose people who hold a seat in a commission of this school."),
    "credit.not_impartial": _l(
        "Whoever applied, or belongs to the child's family, does not judge in this case. A colleague does it."
    ),
    "credit.voted": _l("Your vote is already counted. It cannot be changed."),
    "credit.proposal_changed": _l(
        "What is voted on was changed while you were reading. Nothing was counted: read it and vote on it."
    ),
    "credit.same_proposal": _l(
        "This is what is voted on already. Nothing was changed, and no vote was lost."
    ),
    "credit.proposal_reason": _l("Write why: the members, the family and the minutes have it."),
    "credit.mark_range": _l("Something is credited with a 3, a 4 or a 5, or without a mark."),
    "credit.no_marks": _l("The school credits without marks. Its rules say so."),
    "credit.vote_reason": _l("Write why: the family has a right to know."),
    "credit.stale_report": _l(
        "Something changed after the report. Compare again, then vote and decide on the new report."
    ),
    "credit.no_quorum": _l("No decision yet: no quorum, %(cast)s of %(members)s voted, %(needed)s needed."),
    "credit.votes_against": _l("The votes do not grant the credit."),
    "credit.votes_for": _l("The votes grant the credit; it cannot be refused."),
    "credit.refusal": _l("A refusal needs reasons and a remedy."),
    "credit.refusal_reason": _l("Write why it is not credited: the family reads this."),
    "credit.refusal_remedy": _l("Write what the family can do now."),
    "credit.override_needed": _l("These hours differ from the report. Write why: it goes into the minutes."),
    "credit.hours_voted": _l(
        "The commission voted on fewer hours than these. More hours need a new report and new votes."
    ),
    "credit.number_needed": _l("Write the number on the certificate, or say that it bears none."),
    "credit.hours_none": _l("No hours are left to credit. Refuse instead, with reasons."),
    "credit.hours_outcome": _l("More hours than the outcome has, or than are still free."),
    "credit.hours_certificate": _l("More hours than the certificate has left."),
    "credit.appeal_text": _l("Write what you do not agree with."),
    "credit.appealed": _l("This decision has been appealed already."),
    "credit.answer_needed": _l("Write the answer: the family reads this."),
    "credit.not_impartial_appeal": _l("Somebody else answers the appeal than those who voted and decided."),
    "credit.course": _l("The course is not complete yet: look at the marked fields."),
    "credit.scale_max": _l("Write the highest number of points."),
    "credit.outcomes_fewer": _l("Outcomes may be reworded and added, not taken away: rules name them."),
    "credit.rule": _l("The rule is not complete yet: look at the marked fields."),
    "credit.rule_number": _l("Write the number of the rule."),
    "credit.rule_empty": _l("Say what the rule gives: choose at least one outcome or module."),
    "credit.rule_condition": _l("Choose at least one course."),
    "credit.rule_count": _l("Write a number from 1 to the number of courses in the group."),
    "credit.rule_course_twice": _l(
        "One course stands twice in a group that asks for several: it would count as two. Take one of them out."
    ),
    "credit.day": _l("Write the day."),
    "credit.whole_number": _l("Write a whole number."),
    "credit.rule_in_draft": _l("There is a draft of rule No. %(number)s already. Finish that one first."),
    "credit.rule_fixed": _l(
        "This version was approved and cannot be changed any more. Copy it as a new version."
    ),
    "credit.rule_not_in_force": _l("This version of the rule is not in force."),
    "credit.retire_reason": _l("Write why the rule is taken out of force."),
    "credit.minutes_needed": _l("Write the number of the minutes by which the rule was approved."),
    "credit.term": _l("The last day may not be before the first one."),
    "credit.share_range": _l("Write a share from 0 to 100 per cent."),
    "credit.trust_order": _l("A source that is known better never counts for less."),
    "credit.partial_range": _l("More than nothing, and no more than what counts as full."),
    "credit.policy": _l("The policy is not complete yet: look at the marked fields."),
    "credit.ladder": _l("A better mark may not stand for less than a worse one."),
    "credit.automatic_order": _l(
        "Credit without people needs an act of the school: write its number and day."
    ),
    "credit.no_known_outcome": _l(
        "This part of the course stands in no framework yet, so two frameworks cannot be compared by it. Propose a rule."
    ),
    "credit.edge_relation": _l(
        "A comparison says how two outcomes belong together. Choose another relation."
    ),
    "credit.tier_reason": _l("Write why the source is trusted that far."),
    "credit.no_agreement": _l("There is no such agreement."),
    "credit.agreement": _l("The agreement is not complete yet: look at the marked fields."),
    "credit.agreement_number": _l("There is an agreement with this number already."),
    "credit.agreement_number_needed": _l("Write the number of the agreement."),
    "credit.agreement_licence": _l("An agreement needs a partner whose licence is in the register."),
    "credit.agreement_over": _l("This agreement was revoked already."),
    "credit.revoke_reason": _l("Write why the agreement is revoked."),
    "credit.suspend_reason": _l("Write the reason: the family reads this."),
    "credit.ground_annulled": _l(
        "A result behind this credit is annulled. The credit comes back by itself once the result counts again; nothing was "
        "changed."
    ),
}
