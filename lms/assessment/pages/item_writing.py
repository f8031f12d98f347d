"""Write questions: choose a type, fill in the form that the type describes, change what was written."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from flask_babel import get_locale, gettext, lazy_gettext
from marshmallow import Schema, fields, validate
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from lms.assessment import queries, service
from lms.assessment.contracts import QUESTION_TYPES, ContentError, QuestionType, Sample
from lms.assessment.pages.banks import own_bank
from lms.assessment.pages.items import PREFIX, TriedQuestion, base_of, formula_faults, kind_of, own_item
from lms.assessment.queries.items import ItemView
from lms.assessment.question_types.english_examples import in_english
from lms.assessment.rules.author_forms import (
    FieldKind,
    Values,
    after_act,
    file_fields,
    groups_of,
    padded,
    read_values,
    values_of,
    with_value,
    without_blank,
)
from lms.assessment.rules.items import why_unavailable
from lms.assessment.types import MediaKind
from lms.core.errors import Conflict, InvalidInput, TooLarge
from lms.core.formulas import typeset
from lms.core.web.access import access
from lms.core.web.context import read_session, runtime, unit_of_work
from lms.core.web.forms import Form, load_form
from lms.core.web.problems import error_texts, word_error
from lms.core.web.replies import flash_ok, see_other

__all__ = ["bp"]

bp = Blueprint("item_writing", __name__, template_folder="../templates")


#: What an author can copy and change.
FORMULA_EXAMPLES = (
    r"\( x^2 + y_1 \)",
    r"\( \frac{a+b}{2} \)",
    r"\( \sqrt{2}, \sqrt[3]{x} \)",
    r"\( 2 \cdot 3 \le 6{,}5 \)",
    r"\( \alpha = 90^\circ \)",
    r"\( \vec{a}, \overline{AB} \)",
    r"\( 5\,\text{м/с} \)",
)


class TitleForm(Schema):
    """What every question has besides its content."""

    title = fields.String(required=True, validate=validate.Length(1, 200))


@bp.get("/banks/<uuid:bank_id>/new")
@access("assessment.author")
def choose(bank_id: UUID) -> str:
    """Choose what kind of question to write, grouped by what a student does, with an example of each."""
    kinds = sorted(runtime().registries.of(QUESTION_TYPES), key=lambda kind: str(kind.title))
    groups: dict[str, list[dict[str, str]]] = {name: [] for name in _GROUPS}
    for kind in kinds:
        name = next((name for name, (_words, _icon, own) in _GROUPS.items() if kind.name in own), "other")
        groups[name].append(
            {
                "title": str(kind.title),
                "href": url_for("item_writing.new", bank_id=bank_id, type_name=kind.name),
                "summary": str(getattr(kind, "summary", "")),
                "example": _example(kind).title,
            }
        )
    shown = [(name, *_GROUPS[name][:2], rows) for name, rows in groups.items() if rows]
    return render_template("assessment/item_choose.html", bank=own_bank(bank_id), groups=shown)


def _example(kind: QuestionType) -> Sample:
    """Return the example of a kind, in the reader's language."""
    sample = kind.samples()[0]
    return in_english(sample) if str(get_locale()) == "en" else sample


#: What a student does → its words, its icon, the types that belong there; a type of a plug-in stands last.
_GROUPS: dict[str, tuple[Any, str, frozenset[str]]] = {
    "choice": (
        lazy_gettext("To choose"),
        "check",
        frozenset({"choice", "multiple_choice", "true_false"}),
    ),
    "words": (
        lazy_gettext("Words and text"),
        "edit",
        frozenset({"short_text", "gaps", "cloze", "word_bank", "dictation", "essay"}),
    ),
    "numbers": (
        lazy_gettext("Numbers and formulas"),
        "maths",
        frozenset({"numeric", "maths", "parametric"}),
    ),
    "places": (
        lazy_gettext("Order and places"),
        "list",
        frozenset({"ordering", "matching", "categorise", "hotspot", "table"}),
    ),
    "files": (
        lazy_gettext("Files, pictures, voice"),
        "upload",
        frozenset({"file_upload", "notebook_photo", "oral_answer"}),
    ),
    "programs": (lazy_gettext("Programs"), "informatics", frozenset({"code"})),
    "other": (lazy_gettext("Other kinds"), "question", frozenset()),
}


@bp.get("/banks/<uuid:bank_id>/new/<type_name>")
@access("assessment.author")
def new(bank_id: UUID, type_name: str) -> Response:
    """Show the empty form of a type, or its example filled in."""
    own_bank(bank_id)
    kind = kind_of(type_name)
    sample = _example(kind) if "example" in request.args else None
    content = kind.validate_content(sample.content) if sample else {}
    return _write_page(
        kind, kind.form_from(content), Form(values={"title": sample.title if sample else ""}), bank_id
    )


@bp.post("/banks/<uuid:bank_id>/new/<type_name>")
@access("assessment.author")
def create(bank_id: UUID, type_name: str) -> Response:
    """Write a new question, or do what a button of the form asks (add a row, move one)."""
    own_bank(bank_id)
    kind = kind_of(type_name)
    if "act" in request.form:
        return _acted(kind, bank_id)
    form = load_form(TitleForm())
    values = _values(kind, bank_id, form)
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                version_id = service.create_item(
                    uow, bank_id, title=form.data["title"], type=kind.name, content=kind.content_from(values)
                )
                item_id = queries.item_of_version(uow.session, version_id)
        except InvalidInput as refusal:
            form.take(refusal, error_texts())
    if not form.is_valid:
        return _write_page(kind, values, form, bank_id, status=422)
    flash_ok(
        gettext("The question is kept as a draft. Try it as a student will, and keep your answers as tests.")
    )
    return see_other("items.item", item_id=item_id)


def _values(kind: QuestionType, bank_id: UUID, form: Form, *, keep_blank: bool = False) -> Values:
    """Return what was typed; files that came along are kept for the bank, and their addresses are the values."""
    posted = request.form.to_dict(flat=False)
    rough = read_values(kind.author_form({}), posted, keep_blank=True)
    fields_of_form = kind.author_form(rough)
    values = read_values(fields_of_form, posted, keep_blank=True)
    for name, file_kind in list(file_fields(fields_of_form, values)):
        sent = request.files.get(f"{name}.file")
        if sent is not None and sent.filename:
            values = _with_file(values, name, file_kind, sent, bank_id, form)
    return values if keep_blank else without_blank(fields_of_form, values)


def _with_file(
    values: Values, name: str, kind: FieldKind, sent: FileStorage, bank_id: UUID, form: Form
) -> Values:
    try:
        with unit_of_work() as uow:
            address = service.keep_item_media(
                uow, bank_id, data=sent.read(), name=sent.filename or "", kind=MediaKind(kind.value)
            )
    except (InvalidInput, TooLarge) as refusal:
        form.fail(name, word_error(refusal))
        return values
    return with_value(values, name, address)


def _acted(kind: QuestionType, bank_id: UUID, view: ItemView | None = None) -> Response:
    """Show the form again after one of its buttons: a row added, taken out, moved, a file brought, the form turned, a look."""
    form = Form(values={"title": request.form.get("title", "")})
    if request.form["act"] == "look":
        return _looked(kind, bank_id, form, view)
    values, act = _values(kind, bank_id, form, keep_blank=True), request.form["act"]
    changed = after_act(kind.author_form(values), values, act)
    if act.startswith("set:"):
        name = act.split(":")[1]
        turned = values_of(kind.author_form(changed), kind.content_from(values))
        changed = turned | {name: changed[name]}
    return _write_page(kind, changed, form, bank_id, view, 200 if form.is_valid else 422)


def _looked(kind: QuestionType, bank_id: UUID, form: Form, view: ItemView | None) -> Response:
    """Show the question under its form as a student will see it; nothing is kept."""
    values = _values(kind, bank_id, form)
    try:
        content = kind.validate_content(kind.content_from(values))
    except ContentError as error:
        form.take(InvalidInput("assessment.content", fields=error.problems), error_texts())
        return _write_page(kind, values, form, bank_id, view, 422)
    look = {
        "question": TriedQuestion(kind.template, kind.player(content, 1), {}, PREFIX),
        "formula_faults": formula_faults(content),
    }
    return _write_page(kind, values, form, bank_id, view, look=look)


def _write_page(
    kind: QuestionType,
    values: Values,
    form: Form,
    bank_id: UUID,
    view: ItemView | None = None,
    status: int = 200,
    look: dict[str, Any] | None = None,
) -> Response:
    fields_of_form = kind.author_form(values)
    page = render_template(
        "assessment/item_write.html",
        kind_title=str(kind.title),
        unavailable=why_unavailable(kind),
        bank=queries.bank_card(read_session(), bank_id),
        view=view,
        base=request.form.get("base", view.version.id if view else ""),
        form_groups=groups_of(fields_of_form),
        values={**padded(fields_of_form, values), "title": form.values.get("title", "")},
        errors=form.errors,
        formula_rows=[(source, typeset(source)) for source in FORMULA_EXAMPLES],
        **(look or {}),
        example_url=""
        if view
        else url_for("item_writing.new", bank_id=bank_id, type_name=kind.name, example=1),
    )
    return make_response(page, status)


@bp.get("/items/<uuid:item_id>/edit")
@access("assessment.author")
def edit(item_id: UUID) -> Response:
    """Show the form with the newest version in it."""
    view = own_item(item_id)
    kind = kind_of(view.type)
    return _write_page(
        kind, kind.form_from(view.content), Form(values={"title": view.title}), view.bank_id, view
    )


@bp.post("/items/<uuid:item_id>/edit")
@access("assessment.author")
def revise(item_id: UUID) -> Response:
    """Write the next version; when somebody else was quicker, what was typed stays in the form."""
    view = own_item(item_id)
    kind = kind_of(view.type)
    if "act" in request.form:
        return _acted(kind, view.bank_id, view)
    form = load_form(TitleForm())
    values = _values(kind, view.bank_id, form)
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                service.revise_item(
                    uow, base_of(view), content=kind.content_from(values), title=form.data["title"]
                )
        except InvalidInput as refusal:
            form.take(refusal, error_texts())
        except Conflict as refusal:
            form.fail("_form", word_error(refusal))
    if not form.is_valid:
        return _write_page(kind, values, form, view.bank_id, view, status=422)
    flash_ok(gettext("The new version is kept as a draft."))
    return see_other("items.item", item_id=item_id)
