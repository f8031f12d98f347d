"""The built-in question types; they come through the same door as everybody's."""

from __future__ import annotations

from lms.assessment.contracts import QuestionType
from lms.assessment.question_types.choice import Choice
from lms.assessment.question_types.essay import Essay
from lms.assessment.question_types.matching import Matching
from lms.assessment.question_types.multiple_choice import MultipleChoice
from lms.assessment.question_types.numeric import Numeric
from lms.assessment.question_types.ordering import Ordering
from lms.assessment.question_types.short_text import ShortText
from lms.assessment.question_types.true_false import TrueFalse

__all__ = ["builtin"]


def builtin() -> list[QuestionType]:
    """Return the question types that every installation has."""
    return [
        Choice(),
        MultipleChoice(),
        TrueFalse(),
        Numeric(),
        ShortText(),
        Matching(),
        Ordering(),
        Essay(),
    ]
