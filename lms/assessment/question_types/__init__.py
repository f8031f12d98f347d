"""The built-in question types; they come through the same door as everybody's."""

from __future__ import annotations

from lms.assessment.contracts import QuestionType
from lms.assessment.question_types.categorise import Categorise
from lms.assessment.question_types.choice import Choice
from lms.assessment.question_types.cloze import Cloze
from lms.assessment.question_types.code import Code
from lms.assessment.question_types.dictation import Dictation
from lms.assessment.question_types.essay import Essay
from lms.assessment.question_types.file_answers import FileUpload, NotebookPhoto, OralAnswer
from lms.assessment.question_types.hotspot import Hotspot
from lms.assessment.question_types.info import Info
from lms.assessment.question_types.matching import Matching
from lms.assessment.question_types.maths import Maths
from lms.assessment.question_types.multiple_choice import MultipleChoice
from lms.assessment.question_types.numeric import Numeric
from lms.assessment.question_types.ordering import Ordering
from lms.assessment.question_types.parametric import Parametric
from lms.assessment.question_types.short_text import ShortText
from lms.assessment.question_types.table import Table
from lms.assessment.question_types.true_false import TrueFalse
from lms.assessment.question_types.word_bank import WordBank

__all__ = ["builtin"]


def builtin() -> list[QuestionType]:
    """Return the question types that every installation has."""
    return [
        Choice(),
        MultipleChoice(),
        TrueFalse(),
        Numeric(),
        Maths(),
        ShortText(),
        Cloze(),
        WordBank(),
        Matching(),
        Ordering(),
        Categorise(),
        Table(),
        Hotspot(),
        Code(),
        Dictation(),
        Essay(),
        NotebookPhoto(),
        OralAnswer(),
        FileUpload(),
        Info(),
        Parametric(),
    ]
