"""The digital profile names no mark that the review settings of an exam keep from its student."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from lms.assessment import service
from lms.assessment.models import Result
from lms.assessment.rules.review import ReviewMatrix
from lms.testing.exams import ExamGround
from tests.integration.assessment.conftest import Sitting
from tests.integration.assessment.test_documents import signed_in


@pytest.mark.parametrize(("parts", "is_shown"), [(("responses",), False), (("responses", "score"), True)])
def test_a_profile_shows_the_student_no_more_than_the_review_does(
    app: Flask,
    make_sitting: Callable[..., Sitting],
    ground: ExamGround,
    parts: tuple[str, ...],
    is_shown: bool,
) -> None:
    sitting = make_sitting(review=ReviewMatrix(after_end=(), after_release=parts))
    sitting.submit()
    with sitting.runtime.unit_of_work(ground.teacher) as uow:
        service.release_result(uow, uow.session.scalars(sa.select(Result.id)).one())
    student = ground.students[0]
    assert student.person_id == sitting.student.person_id
    own = signed_in(app, student.login)
    assert ("Отметка 2" in own.get(f"/profile/{student.person_id}").text) is is_shown
    assert (len(own.get(f"/api/v1/profiles/{student.person_id}").json["results"]) == 1) is is_shown
    head = signed_in(app, "test-school-director")
    assert "Отметка 2" in head.get(f"/profile/{student.person_id}").text
