"""Compare outcomes of two frameworks side by side; approve what others proposed; take in and hand out CASE files."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid5

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.likeness import alike_among
from lms.core.web import (
    Form,
    Page,
    access,
    current_actor,
    file_disposition,
    flash_ok,
    load_form,
    page_number,
    read_session,
    runtime,
    see_other,
    unit_of_work,
)
from lms.core.web.problems import error_texts, word_error
from lms.curriculum import queries, service, words
from lms.curriculum.formats.case import MAX_BYTES, MAX_EDGES, CaseEdge, CasePackage, write_package
from lms.curriculum.pages.reach import may, org_options, orgs_where, own_orgs, typed_org
from lms.curriculum.rules.carry import CarryKind
from lms.curriculum.rules.structure import RELATION_WEIGHTS
from lms.curriculum.types import (
    BranchView,
    EdgeState,
    EdgeView,
    FrameworkState,
    FrameworkView,
    OutcomeView,
    Relation,
)
from lms.people.queries import organisation_names

__all__ = ["blueprint"]

blueprint = Blueprint("crosswalks", __name__, url_prefix="/crosswalks", template_folder="../templates")


class EdgeSchema(Schema):
    """How one outcome stands to another."""

    org_id = fields.UUID(load_default=None)
    source_id = fields.UUID(required=True)
    target_id = fields.UUID(required=True)
    relation = fields.Enum(Relation, by_value=True, required=True)
    weight = fields.Decimal(load_default=None, places=2, allow_nan=False)
    note = fields.String(load_default="", validate=validate.Length(max=400))


@blueprint.get("")
@access("curriculum.read")
def index() -> str:
    """List what the school says of outcomes, proposals first to be decided; choose two frameworks to compare."""
    return _index()


def _index(form: Form | None = None, lines: list[str] | None = None) -> str:
    session, wanted = read_session(), request.args.get("state", "")
    state = EdgeState(wanted) if wanted in set(EdgeState) else None
    page = queries.crosswalk_page(session, own_orgs(), page_number(), state=state)
    urls = {n: url_for("crosswalks.index", state=wanted or None, page=n) for n in range(1, page.pages + 1)}
    return render_template(
        "curriculum/crosswalks.html",
        page=page,
        pages={"number": page.number, "pages": page.pages, "urls": urls},
        frameworks=queries.frameworks_for(session, own_orgs(), with_drafts=False),
        filters=_filters(wanted),
        may_write=bool(orgs_where("curriculum.manage")),
        orgs=org_options(),
        errors=form.errors if form else {},
        values=form.values if form else {},
        lines=lines,
        **_edge_words(page.items),
    )


def _edge_words(edges: list[EdgeView]) -> dict[str, Any]:
    ids = [outcome_id for edge in edges for outcome_id in (edge.source_id, edge.target_id)]
    outcomes = queries.outcome_views(read_session(), ids)
    frameworks = {row.id: row for row in queries.frameworks_for(read_session(), own_orgs())}
    return {
        "outcomes": outcomes,
        "framework_of": frameworks,
        "relations": words.relation_words(),
        "state_of": words.edge_state,
        "weight": words.hours_words,
        "may_decide": {edge.id: may("curriculum.approve", edge.org_id) for edge in edges},
        "me": current_actor().person_id,
    }


def _filters(current: str) -> list[dict[str, Any]]:
    options = [("", _("All"))] + [(state.value, words.edge_state(state)["text"]) for state in EdgeState]
    return [
        {"text": text, "href": url_for("crosswalks.index", state=key or None), "current": key == current}
        for key, text in options
    ]


def _framework(name: str) -> FrameworkView:
    """Return the published framework that the address names; raise NotFound ``curriculum.no_framework``."""
    framework_id = request.args.get(name, type=UUID)
    view = queries.framework_head(read_session(), framework_id) if framework_id is not None else None
    if view is None or view.state is not FrameworkState.PUBLISHED:
        raise NotFound("curriculum.no_framework")
    if view.org_id is not None and view.org_id not in own_orgs():
        raise NotFound("curriculum.no_framework")
    return view


@blueprint.route("/compare", methods=["GET", "POST"])
@access("curriculum.manage")
def compare() -> Response | str | tuple[str, int]:
    """Show two frameworks side by side; propose how an outcome of the first stands to one of the second."""
    if request.method == "GET" and not (request.args.get("a") and request.args.get("b")):
        return see_other("crosswalks.index")
    pair = (_framework("a"), _framework("b"))
    if request.method == "GET":
        chosen = {name: request.args.get(name, "") for name in ("source_id", "target_id")}
        return _compare(pair, Form(values={"relation": Relation.EXACT.value, **chosen}))
    form = load_form(EdgeSchema())
    if form.is_valid:
        org_id = typed_org(form.data.pop("org_id"))
        try:
            with unit_of_work() as uow:
                service.propose_crosswalk(uow, org_id=org_id, **form.data)
            flash_ok(_("The comparison is proposed. It counts once another person has approved it."))
            return redirect(_address(_asked()), 303)
        except InvalidInput as error:
            form.take(error, error_texts())
        except Conflict as error:
            form.fail("_form", word_error(error))
    return _compare(pair, form), 422


def _asked() -> dict[str, str]:
    """Return what the address says of the comparison: both frameworks, searches and pages."""
    names = ("a", "b", "qa", "qb", "pa", "pb")
    return {name: request.args[name] for name in names if request.args.get(name)}


def _address(asked: dict[str, str]) -> str:
    return f"{url_for('crosswalks.compare')}?{urlencode(asked)}"


def _side(view: FrameworkView, name: str) -> dict[str, Any]:
    """Return one side of the comparison: its outcomes, its search, the addresses of its pages."""
    asked = request.args.get(f"q{name}", "").strip()
    number = max(1, min(request.args.get(f"p{name}", 1, type=int) or 1, 10_000))
    page: Page[BranchView] = queries.search_page(read_session(), view.id, asked, number, per_page=20)
    kept = {key: value for key, value in _asked().items() if key not in {f"q{name}", f"p{name}"}}
    urls = {n: _address({**kept, f"q{name}": asked, f"p{name}": str(n)}) for n in range(1, page.pages + 1)}
    return {
        "framework": view,
        "asked": asked,
        "kept": kept,
        "options": [(row.outcome.id, f"{row.outcome.code} {row.outcome.statement}") for row in page.items],
        "pages": {"number": page.number, "pages": page.pages, "urls": urls},
    }


#: Outcomes of a framework that are read for what their words have in common with others.
MOST_READ = 2000


def _alike(pair: tuple[FrameworkView, FrameworkView], shown: list[tuple[UUID, str]]) -> list[dict[str, Any]]:
    """Return, for each outcome shown of the first framework, what the second says in words that are alike; only a hint.

    What the school has said of a pair already is left out.
    """
    session = read_session()
    said = queries.crosswalk_page(
        session, own_orgs(), 1, between=(pair[0].id, pair[1].id), per_page=MAX_EDGES
    )
    known = {(edge.source_id, edge.target_id) for edge in said.items}
    others = {row.id: row for row in queries.framework_view(session, pair[1].id).outcomes[:MOST_READ]}
    sources = queries.outcome_views(session, [key for key, _text in shown])
    statements = [sources[key].statement for key, _text in shown]
    near = alike_among(statements, {key: row.statement for key, row in others.items()})
    found = []
    for (key, text), rows in zip(shown, near, strict=True):
        lines = [
            {
                "text": f"{others[one.key].code} {others[one.key].statement}",
                "words": ", ".join(one.words),
                "href": _beside(sources[key], others[one.key]),
            }
            for one in rows
            if (key, one.key) not in known
        ]
        if lines:
            found.append({"title": text, "rows": lines})
    return found


def _beside(source: OutcomeView, target: OutcomeView) -> str:
    """Return the address of the comparison with these two found and chosen."""
    pair = {"a": request.args["a"], "b": request.args["b"]}
    searches = {"qa": source.code or source.statement, "qb": target.code or target.statement}
    return _address({**pair, **searches, "source_id": str(source.id), "target_id": str(target.id)})


def _compare(pair: tuple[FrameworkView, FrameworkView], form: Form) -> str:
    said = queries.crosswalk_page(
        read_session(), own_orgs(), page_number(), between=(pair[0].id, pair[1].id), per_page=10
    )
    urls = {n: _address({**_asked(), "page": str(n)}) for n in range(1, said.pages + 1)}
    first = _side(pair[0], "a")
    return render_template(
        "curriculum/compare.html",
        a=first,
        b=_side(pair[1], "b"),
        alike=_alike(pair, first["options"]),
        is_chosen=bool(form.values.get("source_id") and form.values.get("target_id")),
        said=said,
        pages={"number": said.number, "pages": said.pages, "urls": urls},
        sentences=words.relation_sentences(),
        usual={key: words.hours_words(value) for key, value in RELATION_WEIGHTS.items()},
        orgs=org_options(),
        values=form.values,
        errors=form.errors,
        **_edge_words(said.items),
    )


@blueprint.post("/<uuid:crosswalk_id>/approve")
@access("curriculum.approve")
def approve(crosswalk_id: UUID) -> Response:
    """Approve what another person proposed."""
    with unit_of_work() as uow:
        service.approve_crosswalk(uow, crosswalk_id=crosswalk_id)
    flash_ok(_("The comparison counts from now on."))
    return see_other("crosswalks.index", state=EdgeState.PROPOSED.value)


@blueprint.post("/<uuid:crosswalk_id>/retire")
@access("curriculum.approve")
def retire(crosswalk_id: UUID) -> Response:
    """Turn a proposal down, or let a comparison count no longer."""
    with unit_of_work() as uow:
        service.retire_crosswalk(uow, crosswalk_id=crosswalk_id)
    flash_ok(_("The comparison counts no longer."))
    return see_other("crosswalks.index")


@blueprint.route("/carry/<uuid:framework_id>", methods=["GET", "POST"])
@access("curriculum.approve")
def carry(framework_id: UUID) -> Response | str:
    """Show what becomes of the comparisons of the version before; take them over to this one."""
    view = queries.framework_head(read_session(), framework_id)
    if view.org_id not in {None, *own_orgs()} or view.state is not FrameworkState.PUBLISHED:
        raise NotFound("curriculum.no_framework")
    org_id = typed_org(request.values.get("org_id", type=UUID), "curriculum.approve")
    if request.method == "POST":
        with unit_of_work() as uow:
            done = service.carry_crosswalks(uow, org_id=org_id, framework_id=framework_id)
        flash_ok(words.carried_words(done.kept, done.to_look_at))
        state = EdgeState.PROPOSED if done.to_look_at else EdgeState.APPROVED
        return see_other("crosswalks.index", state=state.value)
    rows = queries.edges_to_carry(read_session(), org_id, framework_id)
    earlier = queries.framework_head(read_session(), view.previous_id) if view.previous_id else None
    return render_template(
        "curriculum/carry.html",
        framework=view,
        earlier=earlier,
        groups=[(kind, words.carry_group(kind), [r for r in rows if r.kind is kind]) for kind in CarryKind],
        is_any=any(row.kind is not CarryKind.GONE for row in rows),
        org_id=org_id,
        **_edge_words([row.edge for row in rows]),
    )


@blueprint.post("/import")
@access("curriculum.manage")
def take_in() -> tuple[str, int] | str:
    """Propose the comparisons of a CASE file; what was left out is said line by line."""
    form = Form()
    org_id = typed_org(request.form.get("org_id", type=UUID))
    sent = request.files.get("file")
    data = sent.stream.read(MAX_BYTES + 1) if sent is not None else b""
    if not data:
        form.fail("file", _("Choose a file."))
        return _index(form), 422
    try:
        with unit_of_work() as uow:
            done = service.import_crosswalks(uow, org_id=org_id, data=data)
    except InvalidInput as error:
        form.fail("file", word_error(error))
        return _index(form), 422
    lines = [words.imported_words(done.proposed)]
    return _index(lines=lines + [words.remark_words(remark.code, remark.about) for remark in done.remarks])


@blueprint.get("/case.json")
@access("curriculum.read")
def hand_out() -> Response:
    """Hand out the approved comparisons of two frameworks as CASE associations."""
    if not request.args.get("a") or not request.args.get("b"):
        return see_other("crosswalks.index")
    a, b = _framework("a"), _framework("b")
    session = read_session()
    rows = queries.crosswalk_page(
        session, own_orgs(), 1, state=EdgeState.APPROVED, between=(a.id, b.id), per_page=MAX_EDGES
    ).items
    keys = queries.outcome_views(session, [i for row in rows for i in (row.source_id, row.target_id)])
    edges = {
        (row.source_id, row.target_id): CaseEdge(
            keys[row.source_id].key or row.source_id,
            keys[row.target_id].key or row.target_id,
            row.relation,
            row.weight,
            row.note,
        )
        for row in rows
    }
    title = f"{a.title} → {b.title}"[:200]
    package = CasePackage(
        uuid5(a.id, str(b.id)), f"{a.code}-{b.code}"[:60], title, "1", (), tuple(edges.values())
    )
    creator = ", ".join(organisation_names(session, own_orgs()).values())
    response = make_response(write_package(package, changed_at=runtime().clock.now(), creator=creator))
    response.headers["Content-Type"] = "application/json"
    response.headers["Content-Disposition"] = file_disposition("attachment", "crosswalk.case.json")
    return response
