"""Word what can be wrong with a question's content, for its author."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext

__all__ = ["CONTENT_TEXTS"]

CONTENT_TEXTS: dict[str, Any] = {
    "content.required": lazy_gettext("Fill this in."),
    "content.not_text": lazy_gettext("A text of at most 10,000 characters belongs here."),
    "content.not_yes_or_no": lazy_gettext("Say yes or no here."),
    "content.not_a_choice": lazy_gettext("Choose one of the ways offered."),
    "content.not_a_number": lazy_gettext("A number within its bounds belongs here."),
    "content.not_a_list": lazy_gettext("A list belongs here."),
    "content.wrong_count": lazy_gettext("There are too few or too many lines."),
    "content.id_twice": lazy_gettext("Two lines have the same name."),
    "content.alt_missing": lazy_gettext("Say in words what the picture shows."),
    "content.no_right_option": lazy_gettext("No answer earns all points yet."),
    "content.pattern_unusable": lazy_gettext(
        "This regular expression cannot be read, or could take too long: use at most three repeats, none within another."
    ),
    "content.maths_unreadable": lazy_gettext(
        "This cannot be read as mathematics. Look at brackets and signs."
    ),
    "content.maths_parts": lazy_gettext(
        "A set {…}, a list […], a row in round brackets or a matrix belongs here."
    ),
    "content.maths_name": lazy_gettext("A letter, or a word that begins with one, belongs here."),
    "content.gaps_differ": lazy_gettext(
        "Every gap needs its name in braces once in the text, and its line below."
    ),
    "content.word_twice": lazy_gettext(
        "One word belongs to several gaps, so it must be allowed more than once."
    ),
    "content.item_twice": lazy_gettext("One thing stands in two groups."),
    "content.cells_differ": lazy_gettext("Give one right answer for each column, with | between."),
    "content.cells_unknown": lazy_gettext(
        "Name headings of columns exactly as they stand above, with | between."
    ),
    "content.variable_name": lazy_gettext(
        "Give every variable a name of its own, of letters, figures and _."
    ),
    "content.variable_values": lazy_gettext(
        "These values cannot be drawn or computed for every student. Write 2..10, 0.5..2:0.25, 3; 5; 7 or = a*b."
    ),
    "content.weights_must_add_up": lazy_gettext("The shares of the right answers must add up to 1."),
    "content.limit_too_small": lazy_gettext("The upper limit is too small."),
    "content.pairs_incomplete": lazy_gettext("Every line on the left needs its pair."),
    "content.pairs_unknown": lazy_gettext("A pair names a line that is not there."),
    "assessment.test_exam": lazy_gettext("Choose an exam."),
    "assessment.test_words": lazy_gettext("Say what the test is about and how to prepare."),
    "assessment.quiz_empty": lazy_gettext("The quiz has no questions yet."),
    "assessment.quiz_pass_score": lazy_gettext("Give the percent that is enough, from 1 to 100."),
    "assessment.quiz_type_unknown": lazy_gettext("There is no such kind of question here."),
    "assessment.quiz_needs_a_person": lazy_gettext(
        "Only a person can mark this question, so it cannot stand in a practice quiz."
    ),
    "assessment.quiz_marks_later": lazy_gettext(
        "Such answers are marked after a work was handed in, so the question cannot stand in a practice quiz."
    ),
    "assessment.quiz_unreadable": lazy_gettext("This answer could not be read. Write it in another way."),
}
