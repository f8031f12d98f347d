"""Use cases of study plans."""

from lms.plans.rules.plan_content import ItemContent
from lms.plans.service.plans.arranging import assign_session, record_mark, waive_item
from lms.plans.service.plans.basis import record_basis, reinstate_basis, revoke_basis, suspend_basis
from lms.plans.service.plans.beginning import create_plan, create_plan_from_template
from lms.plans.service.plans.bulk import apply_template
from lms.plans.service.plans.bulk_runs import begin_bulk, begin_drafts, begin_recount
from lms.plans.service.plans.drafts import (
    add_from_curriculum,
    add_item,
    begin_version,
    discard_draft,
    edit_item,
    move_item,
    remove_item,
    restore_item,
)
from lms.plans.service.plans.feeds import open_feed, revoke_feed
from lms.plans.service.plans.mending import mend_finding
from lms.plans.service.plans.proposals import (
    accept_proposal,
    decline_proposal,
    propose_item,
    withdraw_proposal,
)
from lms.plans.service.plans.qualified import (
    add_anchor,
    add_revocations,
    attach_qualified,
    check_for_school,
    end_anchor,
    sign_qualified,
)
from lms.plans.service.plans.signing import (
    activate_due,
    approve,
    approve_by_order,
    attach_paper,
    complete_plan,
    expire_unsigned,
    remind_signers,
    return_version,
    submit_version,
    withdraw_version,
)
from lms.plans.service.plans.templates import create_template, edit_template_item
from lms.plans.service.plans.variants import adopt_variant, copy_version

__all__ = [
    "ItemContent",
    "accept_proposal",
    "activate_due",
    "add_anchor",
    "add_from_curriculum",
    "add_item",
    "add_revocations",
    "adopt_variant",
    "apply_template",
    "approve",
    "approve_by_order",
    "assign_session",
    "attach_paper",
    "attach_qualified",
    "begin_bulk",
    "begin_drafts",
    "begin_recount",
    "begin_version",
    "check_for_school",
    "complete_plan",
    "copy_version",
    "create_plan",
    "create_plan_from_template",
    "create_template",
    "decline_proposal",
    "discard_draft",
    "edit_item",
    "edit_template_item",
    "end_anchor",
    "expire_unsigned",
    "mend_finding",
    "move_item",
    "open_feed",
    "propose_item",
    "record_basis",
    "record_mark",
    "reinstate_basis",
    "remind_signers",
    "remove_item",
    "restore_item",
    "return_version",
    "revoke_basis",
    "revoke_feed",
    "sign_qualified",
    "submit_version",
    "suspend_basis",
    "waive_item",
    "withdraw_proposal",
    "withdraw_version",
]
