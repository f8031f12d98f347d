"""Word why a question was changed, refused or left out of a file."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from flask_babel import gettext, lazy_gettext

from lms.assessment.formats.values import Reason
from lms.assessment.question_types.words import CONTENT_TEXTS
from lms.assessment.types import ImportStatus

__all__ = [
    "KIND_TEXTS",
    "REASON_TEXTS",
    "UNSAYABLE_TEXTS",
    "advice_words",
    "kind_words",
    "place_words",
    "reason_words",
    "ref_words",
]

#: The name of a fault of Python; it says nothing to a reader of a file.
_FAULT = re.compile(r"[A-Z][A-Za-z]+(?:Error|Exception)")
#: What is said for a code that has no words: it comes from a type of questions that is no part of the product.
_UNWORDED = lazy_gettext("It does not fit the kind of question here. Write it here by hand.")

REASON_TEXTS: dict[str, Any] = {
    "file.too_large": lazy_gettext(
        "The file is too large. Give the questions away in several files, category by category, or as a package."
    ),
    "file.not_opened": lazy_gettext("The file cannot be opened."),
    "file.too_complex": lazy_gettext("The file has too many or too deeply nested elements."),
    "file.entities": lazy_gettext("The file defines or fetches entities; such files are not read."),
    "file.malformed": lazy_gettext("The file is not well-formed XML."),
    "file.unknown_format": lazy_gettext("This is none of the formats that are read here."),
    "file.no_questions": lazy_gettext("There is no question in the file."),
    "file.gave_up": lazy_gettext("Going through the file failed three times; the rest of it was given up."),
    "file.too_many_questions": lazy_gettext("There are too many questions in one file. Split it."),
    "import.no_bank": lazy_gettext("Say into which bank: there is not exactly one school here."),
    "package.broken": lazy_gettext("The package cannot be opened."),
    "package.too_many_files": lazy_gettext("There are too many files in the package."),
    "package.too_large": lazy_gettext("What is in the package is too large."),
    "package.path": lazy_gettext("A file of the package would lie outside it."),
    "package.link": lazy_gettext("A file of the package is no file but a link."),
    "package.encrypted": lazy_gettext("The package is encrypted."),
    "package.bomb": lazy_gettext("A file of the package is far larger than the package."),
    "kind.unknown": lazy_gettext("Questions of this kind cannot be said here."),
    "type.not_installed": lazy_gettext("The question type that this needs is not installed here."),
    "content": lazy_gettext("The question type does not accept this."),
    "content.unkept": lazy_gettext("The question has something in it that cannot be stored."),
    "question.no_text": lazy_gettext("The question has no text."),
    "question.too_long": lazy_gettext("The text of the question is too long."),
    "question.no_right_answer": lazy_gettext("The file does not say what is right."),
    "question.too_few_options": lazy_gettext("There are fewer than two options."),
    "question.too_many_options": lazy_gettext("There are too many options."),
    "question.empty_option": lazy_gettext("An option has no text."),
    "question.not_a_number": lazy_gettext("A number was expected."),
    "question.pair_incomplete": lazy_gettext("A pair has only one side."),
    "aiken.no_answer": lazy_gettext("There is no ANSWER line."),
    "aiken.answer_unknown": lazy_gettext("The ANSWER line names no option."),
    "aiken.letter_twice": lazy_gettext("Two options have the same letter."),
    "gift.brace_open": lazy_gettext("A brace is never closed."),
    "gift.two_answers": lazy_gettext("There is more than one pair of braces."),
    "gift.answer_unreadable": lazy_gettext("What stands in the braces cannot be read."),
    "moodle.datasets": lazy_gettext(
        "The lists of values of the question's variables are missing, too long or broken."
    ),
    "cloze.no_gap": lazy_gettext("There is no gap in the text."),
    "cloze.gap_unknown": lazy_gettext("Gaps of this kind cannot be said here."),
    "cloze.mixed_case": lazy_gettext("Capital letters matter in some gaps and not in others."),
    "cloze.gap_hidden": lazy_gettext("A gap stands where no text is shown."),
    "numeric.several_answers": lazy_gettext("Several right numbers cannot be said here."),
    "ordering.scheme": lazy_gettext("Orders are scored in a way that is not known here."),
    "picture.in_option": lazy_gettext("An option is a picture without words."),
    "picture.several": lazy_gettext("There are several pictures without words."),
    "picture.missing": lazy_gettext(
        "The picture that is pointed at is not in the file: bring the whole package."
    ),
    "picture.unusable": lazy_gettext("A picture cannot be opened: JPEG, PNG and WebP are."),
    "qti.adaptive": lazy_gettext("Adaptive items cannot be said here."),
    "qti.template_variables": lazy_gettext("The item draws its numbers anew each time."),
    "qti.several_interactions": lazy_gettext("The item asks several different things at once."),
    "qti.scoring": lazy_gettext("The item is scored in a way that its question type here would not repeat."),
    "qti.response_shared": lazy_gettext("Several fields fill one response, which takes one answer."),
    "qti.no_processing": lazy_gettext("The item does not say how it is scored."),
    "qti.no_score": lazy_gettext("The item computes no score."),
    "qti.no_mapping": lazy_gettext("The item counts by a mapping that is not there."),
    "qti.variable_unknown": lazy_gettext("The item names a variable that it does not declare."),
    "qti.rule_unknown": lazy_gettext("The item is scored by a rule that is not computed here."),
    "qti.template_unknown": lazy_gettext("The item is scored by a template that is not known here."),
    "qti.value": lazy_gettext("A value in the item is not of its type."),
    "qti.number": lazy_gettext("The scoring leads to a number that cannot be computed."),
    "qti.record": lazy_gettext("Responses that are records cannot be said here."),
    "qti.cardinality": lazy_gettext("A field with several values cannot be said here."),
    "qti.pattern": lazy_gettext("A pattern in the item could take too long."),
    "qti.pattern_forms": lazy_gettext("Accepted texts are given by a pattern, so they cannot be listed."),
    "qti.open_answer": lazy_gettext(
        "Answers that the item does not name earn points, too, so they cannot be listed."
    ),
    "qti.answer_computed": lazy_gettext(
        "The item computes with the answer before it compares it, so right answers cannot be listed."
    ),
    "qti.tolerance_of_answer": lazy_gettext(
        "The tolerance is a share of the student's answer, not of the right number."
    ),
    "qti.all_or_nothing": lazy_gettext(
        "A field earns its points only together with others; here each field of a text earns its own."
    ),
    "qti.too_long": lazy_gettext("The item's rules take too long to follow."),
    "qti.formula": lazy_gettext("A formula of the question cannot be computed here."),
    "qti.shape": lazy_gettext("An area of the picture has an unknown shape."),
    "qti.identifier_twice": lazy_gettext("Two options have the same identifier."),
    "qti.order_of_some": lazy_gettext("Only some of the things are to be put in order."),
    "qti.match_sets": lazy_gettext("The item does not have two sets to match."),
    "qti.picture_size": lazy_gettext("The item does not say how large its picture is."),
    "stack.several_inputs": lazy_gettext("The question has more than one answer field or tree."),
    "stack.input_type": lazy_gettext("Answer fields of this kind cannot be said here."),
    "stack.tree": lazy_gettext("The tree of answer tests cannot be followed."),
    "stack.tree_branches": lazy_gettext(
        "The tree asks one test after another has held: a list of tests cannot."
    ),
    "stack.points_for_the_rest": lazy_gettext("Answers for which no test holds earn points."),
    "stack.node_expression": lazy_gettext("A test looks at something computed from the answer."),
    "stack.block": lazy_gettext("The text has a block that is not shown here."),
    "stack.command": lazy_gettext("The question uses a command of Maxima that is not carried out here."),
    "stack.unsettled": lazy_gettext("What is right depends on the answer itself."),
    "stack.unreadable": lazy_gettext("An expression of the question cannot be read or computed."),
    "stack.too_many": lazy_gettext(
        "There are too many questions with values to compute in one file. Split it."
    ),
    "stack.time": lazy_gettext("The question's values took too long to compute."),
    "program.language": lazy_gettext("Programs in this language are not run here."),
    "program.own_marking": lazy_gettext("The question has a way of its own to run or mark programs."),
    "export.unsayable": lazy_gettext("The format cannot say this."),
    "export.not_the_same": lazy_gettext("Read back from the format, this would be another question."),
    "export.pictures": lazy_gettext("The format carries no pictures."),
    "export.picture_missing": lazy_gettext("The picture's file is missing."),
    "changed.first_answer": lazy_gettext(
        "There the first answer that fits counts, and one that earns less stands before a wider one; here the best that fits "
        "counts. Look which answers are to be right."
    ),
    "changed.any_other_answer": lazy_gettext("What any other number earned there was left out."),
    "changed.feedback": lazy_gettext(
        "Feedback texts were left out: this kind of question has no place for them."
    ),
    "changed.formatting": lazy_gettext("Bold type, lists and tables became plain text."),
    "changed.active": lazy_gettext("Scripts and other active content were left out."),
    "changed.media": lazy_gettext("Sound or video was left out."),
    "changed.units": lazy_gettext("Only the first unit was kept; others of the same quantity are converted."),
    "changed.subset": lazy_gettext("All things are shown, not a part of them."),
    "changed.attachments": lazy_gettext("Attached files are not asked for."),
    "changed.template": lazy_gettext("The text that stood in the answer field was left out."),
    "changed.rubric_added": lazy_gettext("A rubric with one line was added."),
    "changed.picture_in_option": lazy_gettext("A picture in an option was replaced by its words."),
    "changed.pictures_in_words": lazy_gettext(
        "Only the first picture is shown; the others are said in words."
    ),
    "changed.picture_missing": lazy_gettext("A picture is not in the file."),
    "changed.formula_unreadable": lazy_gettext("A formula is incomplete or cannot be read: mend it."),
    "changed.alt_missing": lazy_gettext("The picture has no words yet: write what it shows."),
    "changed.no_key": lazy_gettext(
        "The file does not say what is right. The first answer is marked: mark the right one and keep a test."
    ),
    "changed.negative_share": lazy_gettext("A wrong answer no longer takes points away."),
    "changed.range_end": lazy_gettext(
        "One end of the range of right numbers counted and the other did not; here neither counts."
    ),
    "changed.empty_option": lazy_gettext("An option without text was left out."),
    "changed.scoring_assumed": lazy_gettext("The item does not say how it is scored; its key is used."),
    "changed.shown_as_list": lazy_gettext("Words to be marked in the text are shown as a list."),
    "changed.number_as_gap": lazy_gettext("Several numbers are right, so the number is asked in a gap."),
    "changed.partial_dropped": lazy_gettext(
        "In a gap, answers that earned a part of the points earn none now."
    ),
    "changed.order_as_choice": lazy_gettext(
        "Some wrong orders earn a part of the points, so one order is chosen from all."
    ),
    "changed.pairs_as_options": lazy_gettext("Pairs with a worth of their own became answers to be ticked."),
    "changed.rows_as_gaps": lazy_gettext("Rows of different worth became gaps of a text."),
    "changed.places_added": lazy_gettext(
        "The rest of the picture was cut into places beside the right ones. Look at them and say where they are."
    ),
    "changed.areas_as_boxes": lazy_gettext("Places of the picture became boxes with words: check both."),
    "changed.one_variant": lazy_gettext("One variant was taken over, with its random numbers."),
    "changed.tests_left_out": lazy_gettext("Some of the question's own tests were left out."),
    "changed.seconds": lazy_gettext("A program may use less processor time than before."),
    "changed.checks_hidden": lazy_gettext("Checks that were shown after the marking are kept back now."),
    "changed.slider": lazy_gettext("The number is typed instead of set on a slider."),
    "practice.picture": lazy_gettext(
        "Its picture cannot be shown in practice: take the question into a bank."
    ),
    "practice.person": lazy_gettext(
        "A machine cannot mark it, so it cannot be practised: take it into a bank."
    ),
    "changed.already_there": lazy_gettext("The same question is already in the bank; nothing was added."),
}


#: The parts of a question that a format may have no place for.
PART_TEXTS: dict[str, Any] = {
    "explanation": lazy_gettext("explanation"),
    "given": lazy_gettext("what is given"),
    "hints": lazy_gettext("hints"),
    "is_case_sensitive": lazy_gettext("whether capital letters matter"),
    "limit": lazy_gettext("how many may be chosen"),
    "match": lazy_gettext("regular expressions"),
    "notation": lazy_gettext("how the number is written"),
    "options": lazy_gettext("answers as they stand here"),
    "picture": lazy_gettext("picture"),
    "precision": lazy_gettext("rounding"),
    "remarks": lazy_gettext("what is said to right and wrong answers"),
    "scoring": lazy_gettext("how it is scored"),
    "shuffle": lazy_gettext("a fixed order"),
    "shuffle_left": lazy_gettext("mixed lines"),
    "size": lazy_gettext("width of the field"),
    "tolerance": lazy_gettext("tolerance"),
    "tolerance_kind": lazy_gettext("kind of tolerance"),
    "typos": lazy_gettext("forgiven typing errors"),
    "unit": lazy_gettext("unit"),
}


#: What a format cannot say, where it is not the kind of question itself.
UNSAYABLE_TEXTS: dict[str, Any] = {
    "relative tolerance": lazy_gettext("The tolerance is a share of the number."),
    "points of a gap": lazy_gettext("Its gaps earn different points."),
    "tolerance of a gap": lazy_gettext("A gap takes numbers with a tolerance."),
    "gap": lazy_gettext("A gap is of a kind that the format does not have."),
    "right_minus_wrong": lazy_gettext("Wrong answers take points away."),
    "(a; b)": lazy_gettext("Its answer is an interval or a point."),
    "Solved": lazy_gettext("Its answer has to be solved."),
    "Partly": lazy_gettext("Each part of its answer earns a share."),
    "∈": lazy_gettext("Its answer says to which set a letter belongs."),
}
#: Reasons whose detail is for programs: how many, which step, which field.
_FOR_PROGRAMS = frozenset(
    {
        "content",
        "file.not_opened",
        "practice.person",
        "stack.several_inputs",
        "stack.unreadable",
        "stack.unsettled",
    }
)
_KINDS = frozenset({"kind.unknown", "type.not_installed", "qti.several_interactions"})


def reason_words(reason: Reason) -> str:
    """Return a reason in sentences, with what it is about as the file calls it; no code of ours stands in them."""
    text = REASON_TEXTS.get(reason.code) or CONTENT_TEXTS.get(reason.code) or _UNWORDED
    return " ".join(filter(None, (str(text), _detail_words(reason))))


def _detail_words(reason: Reason) -> str:
    """Return what a reason is about: what is wrong there, the kind in words, or what stands in the file."""
    code, detail = reason
    own = detail.rpartition(": ")[2]
    if own in CONTENT_TEXTS or own in REASON_TEXTS:
        return str(CONTENT_TEXTS.get(own) or REASON_TEXTS[own])
    if code == "export.not_the_same":
        parts = ", ".join(str(PART_TEXTS[part]) for part in detail.split() if part in PART_TEXTS)
        return f"({parts})" if parts else ""
    if code == "export.unsayable":
        return str(UNSAYABLE_TEXTS.get(detail, ""))
    if not detail or code in _FOR_PROGRAMS or detail.isdecimal() or _FAULT.fullmatch(detail):
        return ""
    shown = kind_words(detail) if code in _KINDS else detail
    return str(gettext("In the file: %(detail)s.", detail=shown))


def advice_words(statuses: Collection[ImportStatus], *, is_trial: bool) -> list[str]:
    """Return what is to be done now with questions of these kinds of outcome, in sentences."""
    said = []
    if ImportStatus.CHANGED in statuses and not is_trial:
        said.append(gettext("Taken over with changes: open each and look whether it asks the same."))
    if ImportStatus.REFUSED in statuses:
        said.append(
            gettext(
                "Not taken over: mend the question at its place in the file and bring the file again (what is here already is "
                "not doubled), or write it here by hand."
            )
        )
    return [str(text) for text in said]


_ONE, _SEVERAL = lazy_gettext("one of several answers"), lazy_gettext("several of several answers")
_STATEMENT, _SHORT, _NUMBER = (
    lazy_gettext("true or false"),
    lazy_gettext("short answer"),
    lazy_gettext("number"),
)
_PAIRS, _ORDER, _GAPS = lazy_gettext("pairs"), lazy_gettext("order"), lazy_gettext("text with gaps")
_ESSAY, _FILE, _READING = lazy_gettext("extended answer"), lazy_gettext("file"), lazy_gettext("text to read")
_PLACES, _WORDS = lazy_gettext("places on a picture"), lazy_gettext("words to drag into a text")
_CALCULATED, _MATHS = lazy_gettext("question with computed numbers"), lazy_gettext("mathematical answer")

#: What the files call their kinds, in the words of the reader.
KIND_TEXTS: dict[str, Any] = {
    **dict.fromkeys(("choice", "multiple_choice"), _ONE),
    **dict.fromkeys(("multiple_answers", "multichoiceset"), _SEVERAL),
    **dict.fromkeys(("multichoice", "choiceInteraction", "response_lid"), lazy_gettext("choice of answers")),
    **dict.fromkeys(("truefalse", "true_false"), _STATEMENT),
    **dict.fromkeys(("shortanswer", "short_answer", "response_str", "textEntryInteraction"), _SHORT),
    **dict.fromkeys(("numerical", "response_num", "sliderInteraction"), _NUMBER),
    **dict.fromkeys(("match", "matching", "matchInteraction", "associateInteraction"), _PAIRS),
    **dict.fromkeys(("order", "ordering", "orderInteraction"), _ORDER),
    **dict.fromkeys(("cloze", "multianswer", "gapselect", "inlineChoiceInteraction"), _GAPS),
    **dict.fromkeys(("fill_in_multiple_blanks", "multiple_dropdowns", "missingword"), _GAPS),
    **dict.fromkeys(("ddwtos", "gapMatchInteraction"), _WORDS),
    **dict.fromkeys(("essay", "extendedTextInteraction"), _ESSAY),
    **dict.fromkeys(("file_upload", "uploadInteraction"), _FILE),
    **dict.fromkeys(("description", "text_only", "text"), _READING),
    **dict.fromkeys(("hotspotInteraction", "hot_spot", "ddmarker", "ddimageortext"), _PLACES),
    **dict.fromkeys(("selectPointInteraction", "positionObjectInteraction"), _PLACES),
    **dict.fromkeys(("graphicGapMatchInteraction", "graphicOrderInteraction"), _PLACES),
    "graphicAssociateInteraction": _PLACES,
    "hottextInteraction": lazy_gettext("words to mark in a text"),
    "drawingInteraction": lazy_gettext("drawing"),
    "mediaInteraction": lazy_gettext("sound or video"),
    "customInteraction": lazy_gettext("question of another program"),
    **dict.fromkeys(
        ("calculated", "calculatedmulti", "calculatedsimple", "calculated_question"), _CALCULATED
    ),
    "stack": _MATHS,
    "coderunner": lazy_gettext("program"),
    "random": lazy_gettext("random question"),
    "file": lazy_gettext("file of the package"),
    "unknown": lazy_gettext("kind not named"),
}


def kind_words(kind: str) -> str:
    """Return what a file calls a kind of question in the reader's words; a word that is not known stays as it is."""
    return " + ".join(str(KIND_TEXTS.get(part, part)) for part in kind.split(" + "))


def ref_words(ref: str) -> str:
    """Return a question's name in its file; one that had none is called by its number."""
    found = re.fullmatch(r"question (\d+)", ref)
    return ref if found is None else str(gettext("Question %(number)s", number=found[1]))


def place_words(place: str) -> str:
    """Return a place in a file in the reader's words."""
    found = re.fullmatch(r"(?:(.+): )?line (\d+)", place)
    if found is None:
        return place
    line = str(gettext("line %(number)s", number=found[2]))
    return f"{found[1]}: {line}" if found[1] else line
