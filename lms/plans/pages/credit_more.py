"""The page on which a family adds the certificate of one more course to an application."""

from __future__ import annotations

from uuid import UUID

from flask import request
from flask_babel import gettext
from marshmallow import fields
from werkzeug.wrappers import Response

from lms.core.errors import InvalidInput, TooLarge
from lms.core.web import Form, access, flash_ok, load_form, read_session, runtime, see_other, unit_of_work
from lms.core.web.problems import error_texts
from lms.plans.pages.credit import PICTURES, blueprint, case_page, own_case
from lms.plans.plan_reading import local_day
from lms.plans.queries import credit_rules as queries
from lms.plans.rules.credit_states import is_editable
from lms.plans.schemas.credit import CertificateSchema
from lms.plans.service import credit as service

__all__: list[str] = []

MOST_OFFERED = 100


class MoreCertificateSchema(CertificateSchema):
    """A certificate together with its course."""

    course_id = fields.UUID(required=True)
    expires_on = fields.Date(load_default=None, allow_none=True)


@blueprint.route("/<uuid:case_id>/documents/more", methods=["GET", "POST"])
@access("credit.edit")
def more_certificate(case_id: UUID) -> Response:
    """Add the certificate of one more course that the school knows, with its file."""
    case = own_case(case_id, "credit.edit")
    if case.certificate is None or not is_editable(case.state):
        return see_other("credit.apply", case_id=case_id)
    form = Form()
    if request.method == "POST":
        form = load_form(MoreCertificateSchema())
        if form.is_valid and _add(case_id, form):
            flash_ok(gettext("The file is attached. Only the school sees it."))
            return see_other("credit.documents", case_id=case_id)
    text = request.values.get("q", "").strip()[:100]
    found = read_session().execute(queries.courses_statement([case.org_id], text).limit(MOST_OFFERED)).all()
    return case_page(
        "more_certificate",
        case,
        form,
        422 if form.errors else 200,
        q=text,
        courses=[(course.id, f"{course.title} — {source}") for course, source in found],
        accept=PICTURES,
        max_mb=runtime().settings.core.upload_max_bytes // (1024 * 1024),
        today=local_day(runtime()),
    )


def _add(case_id: UUID, form: Form) -> bool:
    """Add what was sent; tell whether it was taken, else the errors stand in the form."""
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        form.fail("file", gettext("Choose a file first."))
        return False
    values = {key: value for key, value in form.data.items() if key != "course_id"}
    try:
        with unit_of_work() as uow:
            service.add_certificate(
                uow,
                case_id,
                course_id=form.data["course_id"],
                value=service.CertificateValue(**values),
                data=upload.read(),
                name=upload.filename,
            )
        return True
    except (InvalidInput, TooLarge) as error:
        named = error if isinstance(error, InvalidInput) and error.fields else None
        form.take(
            named or InvalidInput(error.code, fields={"file": [error.code]}, **error.params), error_texts()
        )
        return False
