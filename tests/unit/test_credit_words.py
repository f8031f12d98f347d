"""The factors of a row in words: all that stand in the report, and of several parts the one that counts."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

from flask import Flask
from flask_babel import Babel

from lms.plans import credit_words
from lms.plans.queries.credit import FactorView, OutcomeRow
from lms.plans.types.credit import MatchVerdict


def row(*factors: FactorView) -> OutcomeRow:
    return OutcomeRow(
        uuid4(), "Motion", MatchVerdict.PARTIAL, Decimal(9), Decimal(12), Decimal("0.5"), factors=factors
    )


def test_of_several_parts_each_is_named_and_the_weakest_counts() -> None:
    app = Flask(__name__)
    Babel(app)
    with app.test_request_context():
        sure = FactorView("assurance", Decimal(1), "verified", "Robots")
        unsure = FactorView("assurance", Decimal("0.5"), "unverified", "Experiments")
        told = credit_words.factor_rows(row(sure, unsure))
        assert [line[0].partition(":")[0] for line in told] == [
            "Robots",
            "Experiments",
            "The weakest part counts",
        ]
        assert [line[1] for line in told] == ["1", "0.5", "0.5"]
        alone = credit_words.factor_rows(row(FactorView("assurance", Decimal("0.5"), "unverified")))
        assert [line[0] for line in alone] == ["The documents are not confirmed", "Together"]
