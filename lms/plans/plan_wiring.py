"""What study plans add to the feature: `lms.plans.wiring` joins it with credit transfer."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from lms.assessment.events import ResultCounts
from lms.core.actor import SYSTEM
from lms.core.contracts import BasisDependents, Explainer
from lms.core.events import Subscription
from lms.core.feature import MenuEntry
from lms.core.jobs import Job, Sweep
from lms.core.registry import Group
from lms.core.runtime import Runtime
from lms.courses.events import CourseCompleted
from lms.plans.api import drafts as plan_api
from lms.plans.dependents import PlanDependents
from lms.plans.explainers import PlanExplainer
from lms.plans.handlers import on_course_completed, on_result_counts
from lms.plans.pages import (  # noqa: F401 - each adds its routes
    plans,
    plans_add,
    plans_build,
    plans_bulk,
    plans_documents,
    plans_proposals,
    plans_qualified,
    plans_results,
    plans_sign,
    plans_templates,
)
from lms.plans.plan_access import ACTIONS
from lms.plans.service.plans import activate_due, expire_unsigned, remind_signers
from lms.plans.service.plans.notices import KINDS
from lms.plans.service.plans.summaries import recompute_all
from lms.plans.tasks import remind_of_plans, resume_bulk, run_bulk

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
    "STUDENT_TEXTS",
    "SUBSCRIPTIONS",
    "SWEEPS",
]


def _activate_due(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        activate_due(uow)


def _expire_unsigned(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        expire_unsigned(uow)


def _remind_signers(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        remind_signers(uow)


def _remind_of_plans(runtime: Runtime) -> None:
    remind_of_plans(runtime)


def _recompute(runtime: Runtime) -> None:
    recompute_all(runtime)


BLUEPRINTS: tuple[Blueprint, ...] = (plans.blueprint,)
API_BLUEPRINTS: tuple[Any, ...] = (plan_api.blueprint,)
SUBSCRIPTIONS: tuple[Subscription, ...] = (
    Subscription("plans.record_course", CourseCompleted, on_course_completed),
    Subscription("plans.record_result", ResultCounts, on_result_counts),
)
JOBS: tuple[Job, ...] = (Job("plans.bulk", run_bulk, priority=15),)
SWEEPS: tuple[Sweep, ...] = (
    Sweep("plans.activate_due", 600.0, _activate_due),
    Sweep("plans.expire_unsigned", 3600.0, _expire_unsigned),
    Sweep("plans.remind_signers", 3600.0, _remind_signers),
    Sweep("plans.remind_of_plans", 3600.0, _remind_of_plans),
    Sweep("plans.recompute", 3600.0, _recompute),
    Sweep("plans.resume_bulk", 60.0, resume_bulk),
)
MENU: tuple[MenuEntry, ...] = (
    MenuEntry(_l("Plan"), "plans.own", "plan", frozenset({"student"}), 20),
    MenuEntry(_l("Plan"), "plans.index", "plan", frozenset({"guardian"}), 20),
    MenuEntry(
        _l("Plans"),
        "plans.index",
        "plan",
        frozenset(
            {
                "teacher",
                "class_teacher",
                "tutor",
                "home_teacher",
                "director",
                "deputy_head",
                "registrar",
                "specialist",
            }
        ),
        20,
    ),
)
GROUPS: tuple[Group[Any], ...] = ()
DEPENDENTS: tuple[BasisDependents, ...] = (PlanDependents(),)
EXPLAINERS: tuple[Explainer, ...] = (PlanExplainer(),)
ERROR_TEXTS: dict[str, Any] = {
    "plans.no_plan": _l("There is no such plan, or it is not yours."),
    "plans.no_version": _l("There is no such version of the plan."),
    "plans.no_item": _l("The plan has no such item any more."),
    "plans.no_template": _l("There is no such template."),
    "plans.changed_meanwhile": _l(
        "Version %(no)s was changed in another tab or by a colleague after you opened this page. Nothing of theirs was overwritten, and what you typed is kept below: compare and save again."
    ),
    "plans.wrong_state": _l(
        "Version %(no)s is no longer at this step. Nothing was changed: open the plan again."
    ),
    "plans.read_again": _l("The plan is not the one you have read. Nothing was signed: read it again."),
    "plans.plan_exists": _l("The student has a plan for this year already. Open it and begin a new version."),
    "plans.open_version_exists": _l("Another version of this plan is on its way already. Finish it first."),
    "plans.plan_ended": _l("This plan has ended. Begin a new one from a template."),
    "plans.no_proposal": _l("There is no such proposal any more."),
    "plans.proposal_answered": _l("This proposal has its answer already. Nothing was changed."),
    "plans.too_many_proposals": _l("%(most)s proposals wait for an answer. Wait for it, or take one back."),
    "plans.too_many_variants": _l(
        "There are %(most)s what-if copies already. Discard one that you do not need."
    ),
    "plans.template_changed": _l(
        "The template was changed meanwhile. Nothing was done: look at the changes again."
    ),
    "plans.no_bulk": _l("There is no such work."),
    "plans.needs_plans": _l("Tick at least one student."),
    "plans.bulk_running": _l(
        "The same is being done already. Wait until it is over: the list shows how far it is."
    ),
    "plans.no_drafts": _l("No draft was made from this template, so there is nothing to bring up to date."),
    "plans.no_draft": _l("This plan has no draft any more. It was left as it is."),
    "plans.bulk_elsewhere": _l("Another worker has taken this over and goes on."),
    "plans.bulk_gave_up": _l(
        "It could not go on with the next plan, three times. What is done stays done; start it again for the rest."
    ),
    "plans.bulk_no_right": _l(
        "Whoever asked for this may not do it any more. What is done stays done; a head of the school can start it again."
    ),
    "plans.nothing_to_mend": _l("This is mended already, or it needs another change. Nothing was changed."),
    "plans.item_there_already": _l("“%(title)s” stands in the plan already."),
    "plans.nothing_changed": _l(
        "This version says the same as the one in force. Change something, or discard the draft."
    ),
    "plans.checks_failed": _l("The plan cannot be submitted yet. Each reason stands below, with what to do."),
    "plans.signatures_missing": _l(
        "The family has not signed everything yet. The order can follow after that."
    ),
    "plans.not_your_signature": _l("Your signature is not asked for here. Nothing was signed."),
    "plans.signer_has_no_right": _l("This person has no right to sign for the student. Choose another one."),
    "plans.signature_forged": _l(
        "This signature does not fit its certificate: the file was changed. Nothing was signed."
    ),
    "plans.signature_other_content": _l(
        "This is a signature under another file. Take the file to sign from this page and sign it as it is."
    ),
    "plans.signature_untrusted": _l(
        "The certificate was not issued by an authority that the school trusts, or its time is over. The school's office can take the signature with the report of an accredited service."
    ),
    "plans.signature_revoked": _l(
        "This certificate was revoked: it stands on the list of its authority. Nothing was signed."
    ),
    "plans.signature_unchecked": _l(
        "This system cannot check the algorithm of this signature (GOST, for instance). The school's office can take it with the report of an accredited service."
    ),
    "plans.signature_unreadable": _l(
        "This is no signature file that can be read. Choose a detached CMS signature (.sig, .p7s) under the file of this page."
    ),
    "plans.signature_of_another": _l(
        "The certificate is not in the name of whoever signs here. Nothing was signed."
    ),
    "plans.certificate_unreadable": _l(
        "This is no certificate that can be read. Choose a file .cer, .crt or .pem."
    ),
    "plans.certificate_not_ca": _l(
        "This is the certificate of somebody who signs, not of an authority. Choose the authority's own."
    ),
    "plans.certificate_over": _l("The time of this certificate is over."),
    "plans.certificate_known": _l("This authority is trusted already."),
    "plans.too_many_certificates": _l(
        "No more than %(most)s authorities are kept. End one that is not needed."
    ),
    "plans.crl_unreadable": _l(
        "This is no list of revoked certificates that can be read. Choose a file .crl or .pem."
    ),
    "plans.crl_partial": _l(
        "This list names only some of the revoked certificates. Choose the authority's complete list."
    ),
    "plans.crl_of_another": _l("This list was not signed by this authority."),
    "plans.crl_over": _l("The time of this list is over, or has not begun. Take the newest one."),
    "plans.crl_older": _l("A newer list of this authority is here already. Nothing was changed."),
    "plans.no_authority": _l("There is no such authority any more."),
    "plans.no_active_version": _l("The plan has no version in force."),
    "plans.no_attestation_planned": _l("The item has no form of attestation, so there is no exam to choose."),
    "plans.not_admitted": _l(
        "The student is not admitted to this school now, so the school cannot make the plan."
    ),
    "plans.needs_basis": _l("Say on what document the plan rests."),
    "plans.needs_subjects": _l("Choose at least one subject."),
    "plans.needs_reason": _l("Give the reason: people will read it."),
    "plans.needs_title": _l("Say what it is called."),
    "plans.not_your_subject": _l(
        "You do not teach the student this subject. Its teacher or a deputy head records the mark."
    ),
    "plans.not_impartial": _l("You belong to the student's family. A colleague decides this."),
    "plans.exam_decides": _l("This item ends with an exam: its result comes from there."),
    "plans.item_suspended": _l(
        "The former result is being looked into. First that is decided, then a mark can be recorded."
    ),
    "plans.credit_open": _l("An application for credit for this item is not decided yet."),
    "plans.needs_mark": _l("Enter the mark."),
    "plans.needs_order_no": _l("Enter the number of the order."),
    "plans.order_in_future": _l("The order has a date in the future."),
    "plans.check_order": _l("Check the order."),
    "plans.check_item": _l("Check the item."),
    "plans.prerequisite_circle": _l(
        "Items cannot wait for each other in a circle: %(list)s. Untick one of them."
    ),
    "plans.no_such_subject": _l("Choose a subject from the list."),
    "plans.no_such_exam": _l("This exam is over or cancelled. Choose another one."),
    "plans.no_such_course": _l("The school has no such course. Choose another one."),
    "plans.no_such_period": _l("The school year has no such period."),
    "plans.hours_not_positive": _l("Hours are more than zero."),
    "plans.outcome_twice": _l("One outcome is named twice."),
}

#: The same said to a child, where the words for everybody would be those for a grown-up.
STUDENT_TEXTS: dict[str, Any] = {
    "plans.no_plan": lazy_pgettext("student", "There is no such plan, or it is not yours."),
    "plans.changed_meanwhile": lazy_pgettext(
        "student",
        "Version %(no)s was changed in another tab or by a colleague after you opened this page. Nothing of theirs was overwritten, and what you typed is kept below: compare and save again.",
    ),
    "plans.wrong_state": lazy_pgettext(
        "student", "Version %(no)s is no longer at this step. Nothing was changed: open the plan again."
    ),
    "plans.read_again": lazy_pgettext(
        "student", "The plan is not the one you have read. Nothing was signed: read it again."
    ),
    "plans.too_many_proposals": lazy_pgettext(
        "student", "%(most)s proposals wait for an answer. Wait for it, or take one back."
    ),
    "plans.not_your_signature": lazy_pgettext(
        "student", "Your signature is not asked for here. Nothing was signed."
    ),
    "plans.needs_reason": lazy_pgettext("student", "Give the reason: people will read it."),
}
