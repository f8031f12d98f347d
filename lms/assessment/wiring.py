"""What the feature assessment hands to the application."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext, lazy_pgettext

from lms.assessment import handlers, marking_models, models  # noqa: F401 - the models register the tables
from lms.assessment.access_rules import ACTIONS, AUTHORS, DECIDERS, GRADERS, MARKERS, ORGANISERS, STUDENT
from lms.assessment.api import api_blueprint, hot_blueprint
from lms.assessment.cli import COMMANDS
from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.course_exams import ExamChoices
from lms.assessment.course_questions import PracticeReader
from lms.assessment.events import ResultCounts
from lms.assessment.item_commands import items
from lms.assessment.pages import BLUEPRINTS
from lms.assessment.pages.maths import install_reading
from lms.assessment.ports import ATTEMPT_GATES, JOURNAL_SHELVES
from lms.assessment.queries.explain import AssessmentExplainer
from lms.assessment.queries.witness import AssessmentWitness
from lms.assessment.question_types.words import CONTENT_TEXTS
from lms.assessment.scheduling_words import SCHEDULING_TEXTS
from lms.assessment.service.notices import KINDS
from lms.assessment.service.results import ResultDependents
from lms.assessment.settings import AssessmentSettings
from lms.assessment.tasks import JOBS, expire_attempts, resume_imports, resume_marks
from lms.core.contracts import BASIS_DEPENDENTS, EXPLAINERS, LEDGER_WITNESSES
from lms.core.events import Subscription
from lms.core.feature import Feature, MenuEntry
from lms.core.jobs import Sweep
from lms.courses.ports import AUTHOR_CHOICES, QUESTION_READERS
from lms.people.contracts import NOTICE_KINDS

__all__ = ["feature"]

#: An attempt is ended at most so many seconds after its deadline and grace.
SWEEP_EVERY_S = 5.0
#: An import whose worker died goes on after a minute of silence and so many seconds at most.
RESUME_EVERY_S = 30.0

ERROR_TEXTS: dict[str, Any] = {
    "assessment.no_bank": lazy_gettext("There is no such bank of questions, or it is not yours."),
    "assessment.no_import": lazy_gettext("There is no such import, or it is not yours."),
    "assessment.import_elsewhere": lazy_gettext("Another worker goes on with this import."),
    "assessment.import_not_tried": lazy_gettext(
        "This file was not checked to its end, or was taken over already. Bring it once more."
    ),
    "assessment.import_file_gone": lazy_gettext("The file is no longer kept. Bring it once more."),
    "assessment.export_format": lazy_gettext("Choose one of the formats."),
    "assessment.no_item": lazy_gettext("There is no such question, or it is not yours."),
    "assessment.no_blueprint": lazy_gettext("There is no such exam plan, or it is not yours."),
    "assessment.no_session": lazy_gettext("There is no such session, or it is not yours."),
    "assessment.no_entry": lazy_gettext("There is no such exam, or it is not yours."),
    "assessment.no_attempt": lazy_gettext("There is no such work, or it is not yours."),
    "assessment.no_answer": lazy_gettext("There is no such answer, or it is not yours to mark."),
    "assessment.no_result": lazy_gettext("There is no such result, or it is not yours."),
    "assessment.content": lazy_gettext(
        "The question cannot be used yet. What is wrong stands at its fields."
    ),
    "assessment.item_untested": lazy_gettext(
        "The question has no tests. Add at least one answer and what it should earn."
    ),
    "assessment.item_no_right_test": lazy_gettext(
        "No test of the question asks for all points. Answer the question rightly, check the answer and keep it as a test."
    ),
    "assessment.item_no_lesser_test": lazy_gettext(
        "Every test of the question asks for all points. Keep a wrong or an empty answer as a test, too."
    ),
    "assessment.item_tests_failed": lazy_gettext(
        "The question does not pass its own tests. Their table says what came out: mend the question, or take out a test that "
        "asks for the wrong thing."
    ),
    "assessment.item_key_fails": lazy_gettext(
        "The question's own right answer does not earn all points on every variant. Look at several variants and mend the "
        "question."
    ),
    "assessment.no_key_tests": lazy_gettext(
        "This question says no right answer from which tests follow. Answer it, check the answer and keep it as a test."
    ),
    "assessment.item_state": lazy_gettext("The question is in another state now. Load the page again."),
    "assessment.second_person": lazy_gettext(
        "Your school wants somebody else than the author to make a question ready. Hand it in for review; "
        "those who may do it stand on the page."
    ),
    "assessment.item_newer": lazy_gettext(
        "Somebody has written a newer version since. What you typed is kept below; compare it and save again."
    ),
    "assessment.none_chosen": lazy_gettext("Choose at least one question."),
    "assessment.tags": lazy_gettext("At most %(most)s tags of at most %(longest)s characters each."),
    "assessment.enemies": lazy_gettext(
        "“%(first)s” and “%(second)s” give each other away and cannot stand in one form."
    ),
    "assessment.tests_too_many": lazy_gettext("At most %(most)s tests for one question."),
    "assessment.no_enemy": lazy_gettext("This bank has no other question with the number %(number)s."),
    "assessment.item_not_ready": lazy_gettext("%(count)s of the questions are not ready for exams yet."),
    "assessment.plan": lazy_gettext("The exam plan cannot be used yet. What is wrong stands at its fields."),
    "assessment.plan_empty": lazy_gettext("Choose at least one question."),
    "assessment.points_not_positive": lazy_gettext("Every question needs points above zero."),
    "assessment.item_twice": lazy_gettext("One question stands in the plan twice."),
    "assessment.minutes_out_of_range": lazy_gettext("The time must be 1 to 600 minutes."),
    "assessment.sections_numbers": lazy_gettext("Give the number of a part that stands above, from 1."),
    "assessment.numbers_unreadable": lazy_gettext(
        "Write the numbers of questions like this: 1, 3, 5-8. Each must be a ready question of this bank."
    ),
    "assessment.section_minutes": lazy_gettext(
        "Parts with a time of their own need a time for the whole, at least as long as theirs together."
    ),
    "assessment.draw_count": lazy_gettext("Draw at least one question from each pool."),
    "assessment.pool_too_small": lazy_gettext(
        "A pool has too few ready questions that can stand together in one form. Draw fewer, or describe it wider."
    ),
    "assessment.tries_out_of_range": lazy_gettext("One to five tries for a question."),
    "assessment.penalty_out_of_range": lazy_gettext("The penalty must be 0 to 100 % of the points."),
    "assessment.sittings_out_of_range": lazy_gettext("At most ten sittings, or 0 for as often as wanted."),
    "assessment.forms_out_of_range": lazy_gettext("At most twenty forms, or 0 for one for each student."),
    "assessment.key_while_sitting": lazy_gettext(
        "Right answers can be shown during the work only in practice: others may be sitting the same questions."
    ),
    "assessment.marked_later": lazy_gettext(
        "A question of the plan is marked only after the work is handed in, so its answers cannot be checked at once."
    ),
    "assessment.adaptive_length": lazy_gettext(
        "At least one question and at most a hundred, the least not above the most."
    ),
    "assessment.adaptive_error": lazy_gettext("The exactness must be 0.1 to 1."),
    "assessment.adaptive_cap": lazy_gettext("The largest share must be 5 to 100 %."),
    "assessment.adaptive_cap_small": lazy_gettext(
        "The pools have too few questions for such a small share. Add questions, shorten the work or allow a larger share."
    ),
    "assessment.adaptive_plain": lazy_gettext(
        "An adaptive exam takes all questions from pools, without times for parts, checks and certainty."
    ),
    "assessment.blueprint_newer": lazy_gettext(
        "Somebody has changed the plan since. What you typed is kept below; compare it and save again."
    ),
    "assessment.venue_modes": lazy_gettext("Choose at least one way in which it can be sat here."),
    "assessment.practice_kind": lazy_gettext(
        "A practice plan makes no marks, so it serves only current checks and diagnostics."
    ),
    "assessment.no_part": lazy_gettext("This part cannot be opened now. Load the page again."),
    "assessment.nothing_to_check": lazy_gettext("An answer comes first, then its check."),
    "assessment.navigation_unknown": lazy_gettext("Choose one of the ways through the exam."),
    "assessment.review_part_unknown": lazy_gettext("The plan names something to show that we do not know."),
    "assessment.window": lazy_gettext("The session must end after it begins."),
    "assessment.session_started": lazy_gettext(
        "Somebody has started already, so the session cannot be cancelled."
    ),
    "assessment.session_changed": lazy_gettext(
        "Somebody has changed the session since you opened this page. Compare, and save again what is to hold."
    ),
    "assessment.session_cancelled": lazy_gettext("The session was cancelled. Choose another one."),
    "assessment.not_admitted": lazy_gettext(
        "The student is not admitted to the school that holds this session. Enrol the student there first."
    ),
    "assessment.reference_taken": lazy_gettext(
        "The student has begun this session for another item of the plan. Choose another session."
    ),
    "assessment.attempt_started": lazy_gettext(
        "The work has been started already, so the place on the roster stays."
    ),
    "assessment.reason_missing": lazy_gettext("Please give the reason in a sentence."),
    "assessment.grant_minutes": lazy_gettext("Give the minutes as a whole number above zero."),
    "assessment.not_open_yet": lazy_gettext("The exam is not open yet. Come back at its start time."),
    "assessment.closed": lazy_gettext("The exam is closed. Ask the school office about another day."),
    "assessment.already_sat": lazy_gettext("This exam was taken already. What was answered is kept."),
    "assessment.gate_closed": "%(reason)s",  # the gate words it
    "assessment.not_running": lazy_gettext("The work is not running. What was saved is kept."),
    "assessment.paused": lazy_gettext(
        "The work is paused. Let the time go on first; what was saved is kept."
    ),
    "assessment.not_reached": lazy_gettext(
        "In this exam the questions come one after another. Save question %(slot)s first."
    ),
    "assessment.not_ended": lazy_gettext("The work is still running."),
    "assessment.not_impartial": lazy_gettext(
        "You are close to this student. Somebody else has to give more time or stop the clock."
    ),
    "assessment.stopped_by_staff": lazy_pgettext(
        "student", "The school has stopped the time and will let it go on. What was saved is kept."
    ),
    "assessment.own_break": lazy_gettext("The student has an agreed break and ends it alone."),
    "assessment.answers_file": lazy_gettext(
        "This is not a file of answers that an exam page has saved, or only a part of one. Nothing was taken in."
    ),
    "assessment.answers_file_other": lazy_gettext(
        "The file holds the answers of no work of this session. Nothing was taken in."
    ),
    "assessment.no_break_left": lazy_gettext(
        "All agreed breaks have been taken. Ask the supervisor if you need one."
    ),
    "assessment.operations": lazy_gettext(
        "This answer could not be read. It stays on your device; load the page again."
    ),
    "assessment.no_files_here": lazy_gettext("This question takes no files."),
    "assessment.too_many_files": lazy_gettext(
        "Too many files have been added to this question. Those that are in the answer are kept."
    ),
    "assessment.answer_too_long": lazy_gettext(
        "The answer is longer than %(limit)s characters. Shorten it and save again."
    ),
    "assessment.op_conflict": lazy_gettext(
        "This step was saved before with another answer. The first one is kept; load the page again to see it."
    ),
    "assessment.receipt_unreadable": lazy_gettext(
        "This is not a receipt. Paste all of it, from the first brace to the last."
    ),
    "assessment.fraction": lazy_gettext("Give points between zero and the most possible."),
    "assessment.result_released": lazy_gettext("The result counts already. A change now needs an appeal."),
    "assessment.release_blocked": lazy_gettext("The result cannot count yet. %(reason)s"),
    "assessment.result_superseded": lazy_gettext("The marking has gone on since. Load the page again."),
    "assessment.marked_meanwhile": lazy_gettext(
        "This answer, or its mark, has changed since you opened the page. Look at it again; save once more if your mark is to stand."
    ),
    "assessment.late_released": lazy_gettext(
        "The result of this work counts already. That late answers count after all is for a head to decide."
    ),
    "assessment.late_decided": lazy_gettext(
        "Somebody has decided on these answers since you opened the page."
    ),
    "assessment.results_changed": lazy_gettext(
        "Results have changed since you opened the page. Look at them again, then release them."
    ),
    "assessment.decided_meanwhile": lazy_gettext(
        "Somebody has decided on this mark since you opened the page. Look at the decision; save once more if yours is to stand."
    ),
    "assessment.late_more": lazy_gettext(
        "More answers have come since you opened the page. They are listed now; decide once more."
    ),
    "assessment.result_suspended": lazy_gettext("The work was annulled. It has to be reinstated first."),
    "assessment.late_undecided": lazy_gettext(
        "Some answers came outside the working time. Decide first whether they count."
    ),
    "assessment.no_regrade": lazy_gettext("There is no such replay, or it is not yours."),
    "assessment.regrade_outdated": lazy_gettext(
        "Works were handed in or annulled since this preview. Drop it and mark again, so that the new preview has them, too."
    ),
    "assessment.key_unknown": lazy_gettext(
        "This version cannot mark the question: it is not ready, or of another kind."
    ),
    "assessment.key_asks_otherwise": lazy_gettext(
        "This version asks something else than the students saw. Make a version that differs from it in the key alone."
    ),
    "assessment.regrade_decided": lazy_gettext("This preview was decided on already. Load the page again."),
    "assessment.tolerance": lazy_gettext("Give a share between 0 and 100 percent."),
    "assessment.opinions_given": lazy_gettext(
        "Somebody has marked already, so it stays with the number of people who mark."
    ),
    "assessment.opinion_given": lazy_gettext(
        "You have marked this answer. Somebody else has to mark it, too, without seeing your mark."
    ),
    "assessment.settled_by_two": lazy_gettext(
        "Two people settled this mark. Only a head of the school can change it before the release."
    ),
    "assessment.not_marked": lazy_gettext("An answer has no mark yet. Give points together with the words."),
    "assessment.no_appeal": lazy_gettext("There is no such appeal, or it is not yours."),
    "assessment.appeal_grounds": lazy_gettext(
        "Write beside at least one question what is wrong with its mark, in at most 4,000 characters each."
    ),
    "assessment.appeal_files": lazy_gettext("At most five documents belong to one appeal."),
    "assessment.appeal_early": lazy_gettext("An appeal is possible once the result counts."),
    "assessment.appeal_late": lazy_gettext(
        "The time for an appeal is over. You can still turn to the school's commission for the settlement of disputes."
    ),
    "assessment.appealed": lazy_gettext("An appeal against this result was filed already."),
    "assessment.appeal_decided": lazy_gettext("This appeal does not wait for an answer any more."),
    "assessment.appeal_lowers": lazy_gettext(
        "An appeal never costs points. Give at least what was given before."
    ),
    "assessment.appeal_regraded": lazy_gettext(
        "The work was marked again and has fewer points since; nobody has released that yet. Decide on that first, then on the appeal."
    ),
    "assessment.appeal_own_mark": lazy_gettext(
        "You marked one of these answers or released the result. Somebody else has to answer the appeal."
    ),
    "assessment.policy": lazy_gettext("The scale cannot be used yet. What is wrong stands at its fields."),
    "assessment.policy_title": lazy_gettext("Give the scale a name."),
    "assessment.policy_marks": lazy_gettext(
        "Give each mark a short name of its own, from two to twenty marks."
    ),
    "assessment.policy_shares": lazy_gettext(
        "Shares are from 0 to 100 percent, and the lowest mark begins at 0."
    ),
    "assessment.policy_order": lazy_gettext("The best mark comes first; each next one begins lower."),
    "assessment.policy_pass": lazy_gettext("Passing begins at one of the marks, but not at the lowest one."),
    "assessment.no_policy": lazy_gettext("There is no such scale, or it is not yours."),
    "assessment.plan_frozen": lazy_gettext("Somebody has sat this exam already, so its scale stays."),
    "assessment.no_gradebook": lazy_gettext("There is no such gradebook, or it is not yours."),
    "assessment.no_student": lazy_gettext("There is no such student, or it is not yours."),
    "assessment.weight": lazy_gettext("Give a number above zero."),
    "assessment.column_there": lazy_gettext("This session has its column already."),
    "assessment.granted_elsewhere": lazy_gettext(
        "This form belongs to another student. Nothing was granted: open the page anew."
    ),
    "assessment.column_title": lazy_gettext("Name the work."),
    "assessment.column_used": lazy_gettext(
        "Values were entered into this column. Take them back first, or set its weight low."
    ),
    "assessment.line_used": lazy_gettext(
        "Something was entered for this student. The line stays, so that nothing disappears."
    ),
    "assessment.from_session": lazy_gettext(
        "These points come from the session. Here you can only exempt or note an absence."
    ),
    "assessment.points_range": lazy_gettext("Give points between zero and the most possible."),
    "assessment.mark_unknown": lazy_gettext("Choose one of the marks of the scale."),
    "assessment.seal_broken": lazy_gettext(
        "The stored answers are not those that were sealed at the end. Nothing was released; tell the administrator."
    ),
}

#: The same said to a child, where the words for everybody would be those for a grown-up.
STUDENT_TEXTS: dict[str, Any] = {
    "assessment.no_session": lazy_pgettext("student", "There is no such session, or it is not yours."),
    "assessment.no_result": lazy_pgettext("student", "There is no such result, or it is not yours."),
    "assessment.no_part": lazy_pgettext("student", "This part cannot be opened now. Load the page again."),
    "assessment.no_appeal": lazy_pgettext("student", "There is no such appeal, or it is not yours."),
    "assessment.appeal_grounds": lazy_pgettext(
        "student",
        "Write beside at least one question what is wrong with its mark, in at most 4,000 characters each.",
    ),
    "assessment.receipt_unreadable": lazy_pgettext(
        "student", "This is not a receipt. Paste all of it, from the first brace to the last."
    ),
}


def feature() -> Feature:
    """Return what the feature brings."""
    return Feature(
        name="assessment",
        blueprints=(hot_blueprint, *BLUEPRINTS),
        api_blueprints=(api_blueprint,),
        actions=ACTIONS,
        jobs=JOBS,
        subscriptions=(Subscription("assessment.course_results", ResultCounts, handlers.result_counts),),
        sweeps=(
            Sweep("assessment.expire_attempts", SWEEP_EVERY_S, expire_attempts),
            Sweep("assessment.resume_imports", RESUME_EVERY_S, resume_imports),
            Sweep("assessment.resume_marks", RESUME_EVERY_S, resume_marks),
        ),
        commands=(*COMMANDS, items),
        menu=(
            MenuEntry(lazy_gettext("Exams"), "exams.index", "exam", STUDENT, 35),
            MenuEntry(lazy_pgettext("menu", "Marking"), "marking.queue", "edit", MARKERS, 50),
            MenuEntry(lazy_gettext("Gradebooks"), "gradebooks.index", "document", GRADERS, 51),
            MenuEntry(lazy_pgettext("menu", "Appeals"), "appeals.queue", "message", DECIDERS, 51),
            MenuEntry(lazy_pgettext("menu", "Questions"), "banks.index", "question", AUTHORS, 52),
            MenuEntry(lazy_pgettext("menu", "Exam plans"), "blueprints.index", "plan", AUTHORS, 53),
            MenuEntry(lazy_pgettext("menu", "Attestation"), "sessions.index", "calendar", ORGANISERS, 51),
        ),
        settings=AssessmentSettings,
        groups=(QUESTION_TYPES, ATTEMPT_GATES, JOURNAL_SHELVES),
        provides={
            BASIS_DEPENDENTS: (ResultDependents(),),
            EXPLAINERS: (AssessmentExplainer(),),
            LEDGER_WITNESSES: (AssessmentWitness(),),
            NOTICE_KINDS: KINDS,
            AUTHOR_CHOICES: (ExamChoices(),),
            QUESTION_READERS: (PracticeReader(),),
        },
        error_texts={**ERROR_TEXTS, **CONTENT_TEXTS, **SCHEDULING_TEXTS},
        student_error_texts=STUDENT_TEXTS,
        setup=install_reading,
    )
