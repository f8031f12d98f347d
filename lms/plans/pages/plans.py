"""Read study plans: one's own, a child's, a student's; the list; versions and what changed between them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.core.errors import NotFound
from lms.core.web import (
    access,
    authorise,
    current_actor,
    log_look,
    page_number,
    read_session,
    runtime,
    see_other,
)
from lms.core.web.paging import Page
from lms.people.queries import children_of, person_card, person_cards, students_of
from lms.plans import words
from lms.plans.models import Plan
from lms.plans.pages.plan_pace import pace_of, table_of
from lms.plans.pages.plan_show import (
    change_lines,
    lead_of,
    names_for,
    proposal_lines,
    terms_of,
    voice_of,
)
from lms.plans.plan_access import PlanReach, heads_plan, teaches_subject
from lms.plans.plan_reading import local_day, plan_head, roles_for
from lms.plans.queries import plans as queries
from lms.plans.queries.plans import PlanView, VersionView
from lms.plans.queries.summaries import plan_summaries
from lms.plans.rules.plan_checks import CheckContext, check_plan
from lms.plans.rules.plan_fixes import finding_key, offer_fix
from lms.plans.rules.plan_state import is_marked_by_teacher
from lms.plans.settings import PlansSettings
from lms.plans.types.plans import ApprovalRole, PlanState, SignatureKind

__all__ = [
    "blueprint",
    "can",
    "open_for",
    "reach_of",
    "shows_version",
    "signature_lines",
    "today",
    "worded_checks",
]

blueprint = Blueprint("plans", __name__, template_folder="../templates")

PER_PAGE = 25
#: Filters of the list: the word in the address and the states behind it.
FILTERS: dict[str, tuple[PlanState, ...]] = {
    "all": (),
    "draft": (PlanState.DRAFT, PlanState.RETURNED),
    "waiting": (PlanState.SUBMITTED, PlanState.APPROVED),
    "active": (PlanState.ACTIVE,),
    "ended": (PlanState.COMPLETED, PlanState.SUPERSEDED),
    "attention": (),
}


@blueprint.context_processor
def _common() -> dict[str, Any]:
    return {"words": words, "PlanState": PlanState, "ApprovalRole": ApprovalRole}


def today() -> date:
    """Return the present day where the school is."""
    return local_day(runtime())


def reach_of(plan: Plan | PlanView) -> PlanReach:
    """Return what the access rules ask about a plan."""
    return PlanReach(plan.id, plan.person_id, plan.org_id, runtime().clock.now(), plan.kind)


def can(action: str, plan: Plan | PlanView) -> bool:
    """Tell whether the signed-in person may do ``action`` with a plan."""
    return runtime().policy.can(read_session(), current_actor(), action, reach_of(plan))


def open_for(version_id: UUID, action: str) -> PlanView:
    """Return a version if the signed-in person may do ``action`` with its plan; else it is not found."""
    plan = queries.plan_view(read_session(), version_id, today())
    authorise(action, reach_of(plan))
    return plan


@blueprint.get("/plan")
@access("plans.own")
def own() -> str:
    """Show the student's own plan as a route."""
    actor = current_actor()
    assert actor.person_id is not None
    plan = queries.active_plan(read_session(), actor.person_id, today())
    if plan is not None:
        return _show(plan)
    waiting = queries.latest_version(read_session(), actor.person_id)
    if waiting is not None and waiting.state is not PlanState.DRAFT:
        return _show(queries.plan_view(read_session(), waiting.id, today()))
    return render_template(
        "plans/none.html", voice="student", person=person_card(read_session(), actor.person_id)
    )


@blueprint.get("/plans/<uuid:plan_id>")
@access("plans.read")
def show(plan_id: UUID) -> str:
    """Show a student's plan: the version in force, or the newest one."""
    head = plan_head(read_session(), plan_id)
    authorise("plans.read", reach_of(head))
    versions = _visible(queries.versions_of(read_session(), plan_id), head)
    shown = [v for v in versions if v.state is not PlanState.VARIANT]
    chosen = next((v for v in shown if v.state is PlanState.ACTIVE), shown[0] if shown else None)
    if chosen is None:
        raise NotFound("plans.no_plan")
    return _show(queries.plan_view(read_session(), chosen.id, today()))


@blueprint.get("/plans/versions/<uuid:version_id>")
@access("plans.read")
def version(version_id: UUID) -> str:
    """Show one version of a plan as it was agreed."""
    plan = open_for(version_id, "plans.read")
    if not shows_version(plan):
        raise NotFound("plans.no_version")
    return _show(plan)


def shows_version(plan: PlanView) -> bool:
    """Tell whether the signed-in person may see this version: drafts are for those who write them."""
    return plan.version in _visible([plan.version], plan)


def _visible(versions: list[VersionView], plan: Plan | PlanView) -> list[VersionView]:
    """Leave out drafts for those who do not write them: a family reads a plan once it is submitted."""
    if can("plans.edit", plan):
        return versions
    hidden = {PlanState.DRAFT, PlanState.VARIANT, PlanState.CANCELLED}
    return [v for v in versions if v.state not in hidden]


def _show(plan: PlanView) -> str:
    voice = voice_of(read_session(), current_actor(), plan.person_id, runtime().clock.now())
    if voice == "staff":
        log_look("plans.read", plan.person_id, "plan", plan.id)
    session = read_session()
    versions = _visible(queries.versions_of(session, plan.id), plan)
    open_version = next((v for v in versions if v.state is PlanState.SUBMITTED), None)
    draft = next((v for v in versions if v.state is PlanState.DRAFT), None)
    return render_template(
        "plans/show.html",
        plan=plan,
        person=person_card(session, plan.person_id),
        voice=voice,
        lead=lead_of(plan, voice, today()),
        terms=terms_of(session, plan, voice, today()),
        badge=words.plan_badge(plan.version.state),
        versions=versions,
        waiting=open_version if open_version is None or open_version.id != plan.version.id else None,
        draft=draft,
        proposals=proposal_lines(session, plan),
        may_propose=can("plans.propose", plan),
        pace=pace_of(plan, today()),
        table=table_of(plan),
        sign_until=_sign_until(plan.version),
        may_withdraw=can("plans.approve" if plan.version.state is PlanState.APPROVED else "plans.edit", plan)
        and plan.version.state in {PlanState.SUBMITTED, PlanState.APPROVED},
        turn=_turn(open_version, plan),
        may_edit=can("plans.edit", plan),
        markable=_markable(plan),
        signatures=signature_lines(plan) if plan.version.state is PlanState.SUBMITTED else [],
        may_paper=can("plans.sign_paper", plan),
        may_waive=can("plans.waive", plan) and plan.version.state is PlanState.ACTIVE,
    )


def _sign_until(version: VersionView) -> date | None:
    """Return the last day on which a submitted version can be signed."""
    if version.state is not PlanState.SUBMITTED or version.submitted_at is None:
        return None
    days = runtime().settings.of(PlansSettings).signing_days
    return (version.submitted_at + timedelta(days=days)).date()


def _markable(plan: PlanView) -> set[str]:
    """Return the items whose results the reader may record."""
    if plan.version.state is not PlanState.ACTIVE or not can("plans.mark", plan):
        return set()
    session, actor, reach = read_session(), current_actor(), reach_of(plan)
    return {
        item.stable_key
        for item in plan.items
        if is_marked_by_teacher(
            item.attestation_form, has_exam=bool(item.sessions) or item.session_id is not None
        )
        and (heads_plan(actor, reach) or teaches_subject(session, actor, reach, item.subject))
    }


def _turn(submitted: VersionView | None, plan: PlanView) -> str:
    """Return what the signed-in person is asked to do with a submitted version: ``sign``, ``order`` or nothing."""
    if submitted is None:
        return ""
    if can("plans.sign", plan):
        is_self = current_actor().person_id == plan.person_id
        role = ApprovalRole.STUDENT if is_self else ApprovalRole.GUARDIAN
        needed = roles_for(read_session(), plan.person_id, today(), plan.kind)
        if role in needed and queries.unsigned_by(read_session(), submitted.id, role):
            return "sign"
    return "order" if can("plans.approve", plan) else ""


@blueprint.get("/plans/<uuid:plan_id>/versions")
@access("plans.read")
def versions(plan_id: UUID) -> str:
    """Show every version of a plan, who submitted and approved it, and why it was made."""
    head = plan_head(read_session(), plan_id)
    authorise("plans.read", reach_of(head))
    rows = _visible(queries.versions_of(read_session(), plan_id), head)
    people = [person_id for row in rows for person_id in (row.submitted_by, row.returned_by)]
    return render_template(
        "plans/versions.html",
        plan=head,
        person=person_card(read_session(), head.person_id),
        voice=voice_of(read_session(), current_actor(), head.person_id, runtime().clock.now()),
        versions=rows,
        cards=person_cards(read_session(), people),
    )


@blueprint.get("/plans/versions/<uuid:version_id>/changes")
@access("plans.read")
def changes(version_id: UUID) -> str:
    """Show what a version changes, as sentences; ``?against=`` compares with another version."""
    plan = open_for(version_id, "plans.read")
    rows = _visible(queries.versions_of(read_session(), plan.id), plan)
    if plan.version.id not in {row.id for row in rows}:
        raise NotFound("plans.no_version")
    wanted = request.args.get("against", type=UUID) or plan.version.based_on_id
    before = next((row for row in rows if row.id == wanted), None)
    found = queries.version_changes(read_session(), version_id, before.id) if before is not None else []
    return render_template(
        "plans/changes.html",
        plan=plan,
        person=person_card(read_session(), plan.person_id),
        voice=voice_of(read_session(), current_actor(), plan.person_id, runtime().clock.now()),
        before=before,
        versions=[row for row in rows if row.id != version_id],
        lines=change_lines(read_session(), found, plan.curriculum.period_kind),
    )


@blueprint.get("/plans")
@access("plans.read")
def index() -> Response | str:
    """Show the plans within reach: a family its own, staff a list with search, filters and pages."""
    actor = current_actor()
    if not runtime().policy.allows_role(actor, "plans.list"):
        return _family()
    state = request.args.get("state", "all")
    text = request.args.get("q", "").strip()[:80]
    rows = _rows(FILTERS.get(state, ()), text)
    standing = plan_summaries(read_session(), [row.plan_id for row in rows if row.has_active], today())
    if state == "attention":
        rows = [row for row in rows if row.plan_id in standing and standing[row.plan_id].word != "ok"]
    number = min(page_number(), max(1, -(-len(rows) // PER_PAGE)))
    page = Page(rows[(number - 1) * PER_PAGE : number * PER_PAGE], number, PER_PAGE, len(rows))
    kept = {key: value for key, value in (("state", state), ("q", text)) if value and value != "all"}
    urls = {n: f"{url_for('plans.index')}?{urlencode({**kept, 'page': n})}" for n in range(1, page.pages + 1)}
    return render_template(
        "plans/list.html",
        page=page,
        standing=standing,
        pages={"number": page.number, "pages": page.pages, "urls": urls},
        state=state,
        text=text,
        filters=list(FILTERS),
        may_edit=runtime().policy.allows_role(actor, "plans.edit"),
        may_template=runtime().policy.allows_role(actor, "plans.templates"),
    )


def _rows(states: tuple[PlanState, ...], text: str) -> list[queries.PlanRow]:
    actor, session = current_actor(), read_session()
    assert actor.person_id is not None
    offices = actor.orgs_as("director", "deputy_head", "registrar")
    own = [card.id for card in students_of(session, actor.person_id, runtime().clock.now())]
    own.append(actor.person_id)  # one's own development plan
    return queries.plan_rows(session, org_ids=offices, person_ids=own, states=states, text=text)


def _family() -> Response | str:
    """Take a student to the own plan and a parent to the children's: one child needs no list."""
    actor, session = current_actor(), read_session()
    assert actor.person_id is not None
    if actor.has_role("student"):
        return see_other("plans.own")
    children = children_of(session, actor.person_id, runtime().clock.now())
    rows = queries.plan_rows(session, person_ids=[child.id for child in children])
    shown = [row for row in rows if row.has_active or row.state is not PlanState.DRAFT]
    if len(shown) == 1 and len(children) == 1:
        return see_other("plans.show", plan_id=shown[0].plan_id)
    return render_template("plans/children.html", rows=shown, children=children)


def signature_lines(plan: PlanView) -> list[dict[str, Any]]:
    """Return each role that signs: who has signed how much, when and how, and what is left."""
    session = read_session()
    approvals = queries.approvals_of(session, plan.version.id)
    cards = person_cards(session, [row.person_id for row in approvals])
    sheet = queries.sheet_of_version(session, plan.version.id)
    lines = []
    for role in roles_for(session, plan.person_id, today(), plan.kind):
        mine = [row for row in approvals if row.role is role]
        left = queries.unsigned_by(session, plan.version.id, role)
        newest = mine[-1] if mine else None
        lines.append(
            {
                "role": words.role_word(role),
                "is_done": not left,
                "signed": len(sheet) - len(left),
                "total": len(sheet),
                "left": len(left),
                "who": cards[newest.person_id].short_name if newest else "",
                "at": newest.signed_at if newest else None,
                "how": words.signature_word(newest.kind) if newest else "",
                "carried": sum(row.is_carried for row in mine),
                "is_head": role is ApprovalRole.DIRECTOR,
                "files": _files_behind(plan.version.id, newest) if newest else [],
                "certificate": newest.certificate if newest else None,
            }
        )
    return lines


def _files_behind(version_id: UUID, row: queries.ApprovalView) -> list[dict[str, str]]:
    """Return what lies behind a signature: the scan, or the signature's file and the report about it."""
    is_paper = row.kind is SignatureKind.PAPER_SCAN
    found = (
        (_("Scan") if is_paper else _("Signature file"), row.document_file_id),
        (_("Report of the accredited service"), row.report_file_id),
    )
    return [
        {"text": text, "href": url_for("plans.signature_file", version_id=version_id, file_id=file_id)}
        for text, file_id in found
        if file_id is not None
    ]


def worded_checks(plan: PlanView) -> list[dict[str, Any]]:
    """Return the findings of a version as sentences with the link that mends them."""
    contents = {item.stable_key: item.content for item in plan.items}
    cards = [item.course for item in plan.items if item.course is not None]
    published = frozenset(card.id for card in cards if card.version_id is not None)
    context = CheckContext(plan.curriculum, plan.scope, frozenset(plan.subjects), published)
    found = [(finding, offer_fix(finding, contents, context)) for finding in check_plan(contents, context)]
    names = names_for(
        read_session(), findings=[finding for finding, _fix in found], kind=plan.curriculum.period_kind
    )
    return [
        {
            "text": words.finding_sentence(finding, names),
            "fix": words.finding_fix(finding),
            "is_blocking": finding.is_blocking,
            "href": _fix_url(plan, finding.item_key, finding.subject, finding.code),
            "key": finding_key(finding),
            "mend": words.fix_sentence(fix, names) if fix is not None else "",
        }
        for finding, fix in found
    ]


def _fix_url(plan: PlanView, item_key: str | None, subject: str, code: str) -> str:
    if item_key is not None:
        return url_for("plans.edit_item", version_id=plan.version.id, stable_key=item_key)
    if code == "overload":
        return "#items"
    return url_for("plans.add", version_id=plan.version.id, subject=subject or None)
