"""Say in words what courses refuse."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext, lazy_pgettext

__all__ = ["ERROR_TEXTS", "STUDENT_TEXTS"]

ERROR_TEXTS: dict[str, Any] = {
    "course.none": lazy_gettext("There is no such course, or it is not yours to see."),
    "course.no_enrolment": lazy_gettext("You are not in this course. Open its page to see how to get in."),
    "course.no_message": lazy_gettext("There is no such announcement, or somebody else wrote it."),
    "course.no_block": lazy_gettext("There is no such step in this course."),
    "course.not_published": lazy_gettext("The course is not published yet, so nobody can be enrolled."),
    "course.archived": lazy_gettext(
        "This course is in the archive: nobody new comes in. Whoever is in it goes on, and its school can take it out again."
    ),
    "course.draft_moved": lazy_gettext(
        "Somebody has changed the draft since you opened this page. Nothing is published: look at what changes, then publish."
    ),
    "course.first_draft": lazy_gettext(
        "This draft is all there is of the course. Delete the course instead."
    ),
    "course.not_deletable": lazy_gettext(
        "This course was published, or somebody has left something in it, so it is not deleted. Put it into the archive instead."
    ),
    "course.full": lazy_gettext("All places are taken. You can wait in the queue: nobody can overtake you."),
    "course.in_already": lazy_gettext("You are in this course already."),
    "course.no_cohort": lazy_gettext("Choose a group that still takes people in."),
    "course.no_wish": lazy_gettext("There is no such wish for a place."),
    "course.wish_moved": lazy_gettext("This wish was answered or taken back meanwhile. Open the page again."),
    "course.offer_over": lazy_gettext(
        "The place is not held for you any more. You can wait in the queue again."
    ),
    "course.cohort_dates": lazy_gettext("The last day cannot be before the first."),
    "course.cohort_end_missing": lazy_gettext("Name the last day after which one can read only."),
    "course.cohort_promise": lazy_gettext(
        "Those who are in the group came in with other words: it can end later, or let them go on, but not sooner."
    ),
    "course.over": lazy_gettext(
        "The last day of your group was %(day)s. You can read everything; your teacher can give you more time."
    ),
    "course.more_time": lazy_gettext("Choose a day later than today and than the last day of the group."),
    "course.no_agreement": lazy_gettext(
        "This agreement is not in force today, or it is not one of this school."
    ),
    "course.seats": lazy_gettext("Write a number from 1 to 10,000, or leave it empty."),
    "course.reference_missing": lazy_gettext("Name the paper it rests on: number and date."),
    "course.operations": lazy_gettext("What the device has sent cannot be read."),
    "course.pack_too_large": lazy_gettext(
        "This is too much for one file. Leave the films out, or take one part after another."
    ),
    "course.answers_unreadable": lazy_gettext(
        "This is no file of answers from a pack, or it was damaged on the way. Open the pack once more and save the answers anew."
    ),
    "course.answers_forged": lazy_gettext(
        "This file does not come from a pack of this school, or the school signs with another key by now. Take a new pack; "
        "the teacher can look at the old answers on paper."
    ),
    "course.answers_altered": lazy_gettext(
        "The file was changed after it was saved, so nothing of it is taken in. Open the pack once more and save the answers anew."
    ),
    "course.answers_other": lazy_gettext(
        "These answers come from a pack that was made for somebody else, or for another course. Nothing of them is taken in."
    ),
    "course.paused": lazy_gettext(
        "The course is paused. Everything done so far is kept; the teacher lets it go on."
    ),
    "course.gate_closed": lazy_gettext("“%(section)s” is not open yet. The course page says what opens it."),
    "course.answer_needed": lazy_gettext(
        "This step has questions: answer them, then go on. Nothing was lost."
    ),
    "course.nudged_today": lazy_gettext(
        "This student has had a kind word about the course today. Tomorrow there can be another."
    ),
    "course.no_class": lazy_gettext("There is no such class in the school of this course."),
    "course.no_upload": lazy_gettext(
        "There is no such upload, or it is not yours. Choose the file once more."
    ),
    "course.upload_offset": lazy_gettext(
        "A part of the file is missing before this one. It goes on from there."
    ),
    "course.captions_empty": lazy_gettext(
        "No line with times (00:01.000 --> 00:04.000) stands in the WebVTT file: it would say nothing."
    ),
    "course.pasted_too_long": lazy_gettext(
        "This is too long to be put in at once. Put it in piece by piece."
    ),
    "course.upload_part": lazy_gettext("A part of the file came broken. It is sent once more."),
    "course.quota": lazy_gettext(
        "The courses of your school may keep %(max_gb)s GB of media, and there is no room for this file. Take out what is not "
        "needed any more, or ask the administrator."
    ),
    "course.tool_address": lazy_gettext(
        "This is no address that a tool may have: it begins with https:// and has no #."
    ),
    "course.tool_bad": lazy_gettext("The tool cannot be registered yet: see what is missing."),
    "course.approval_whole": lazy_gettext(
        "The federal list is named with the order, its line and its day; fill in all of it, or leave both fields empty."
    ),
    "course.tool_choice": lazy_gettext(
        "What the tool sent back cannot be believed, or came too late. Choose the task once more."
    ),
    "course.tool_elsewhere": lazy_gettext(
        "The task lies on another site than the tool. Choose another one, or let the school register that site."
    ),
    "course.tool_custom": lazy_gettext("Each line needs a name before the sign =; twenty lines at most."),
    "course.tool_enough": lazy_gettext("Write a number of percent from 1 to 100."),
    "course.tool_keys": lazy_gettext(
        "These are no public keys of a tool: paste its JWKS with RSA keys from 2048 bits."
    ),
    "course.tool_keys_needed": lazy_gettext(
        "Results can only count if the tool proves who it is: paste its keys."
    ),
    "course.tool_launch": lazy_gettext(
        "The tool has asked for something that was not agreed. Go back to the lesson and open the task again."
    ),
    "course.tool_name": lazy_gettext("The tool needs a name."),
    "course.tool_none": lazy_gettext(
        "Your school does not use this tool any more. The same stands in words at the lesson."
    ),
    "course.tool_older": lazy_gettext("A newer result is known already."),
    "course.tool_practice": lazy_gettext(
        "Results of this tool are practice at your school, so they complete nothing. Let a teacher confirm the result."
    ),
    "course.tool_proof": lazy_gettext("The tool has not proved who it is."),
    "course.tool_score": lazy_gettext("The result cannot be read."),
    "course.tool_twice": lazy_gettext("Either a teacher confirms the result, or so many percent are enough."),
    "course.tool_unknown": lazy_gettext(
        "No tool of your school stands at this address. The deputy head or the director registers tools."
    ),
    "course.tool_visit": lazy_gettext("Nobody of this name was sent to the tool from this step."),
    "course.no_answer": lazy_gettext("This step asks nothing, so there is nothing to answer."),
    "course.answer_invalid": lazy_gettext("The answer could not be used. What you typed is kept."),
    "course.answer_too_long": lazy_gettext("The answer is too long. Shorten it and send it again."),
    "course.answered_elsewhere": lazy_gettext(
        "This step was answered in another tab. That answer is kept; open the step again to see it."
    ),
    "course.enrolment_state": lazy_gettext("The enrolment has moved on meanwhile. Open the page again."),
    "course.reason_missing": lazy_gettext("Say why in one sentence: the record keeps the reason."),
    "course.title_missing": lazy_gettext("The course needs a title."),
    "course.section_title": lazy_gettext("The section needs a title."),
    "course.key_taken": lazy_gettext("The key “%(key)s” is used twice."),
    "course.block_invalid": lazy_gettext("The block “%(block)s” cannot be used yet: see what is missing."),
    "course.question_empty": lazy_gettext("Write what you would like to know."),
    "course.question_long": lazy_gettext(
        "A question has at most 2000 characters. Ask the most important thing first."
    ),
    "course.questions_enough": lazy_gettext(
        "Ten questions of yours wait already. Once some are answered you can ask more; write this one into your notes."
    ),
    "course.no_question": lazy_gettext("There is no such question."),
    "course.answer_empty": lazy_gettext("Write the answer, with at most 5000 characters."),
    "course.answer_read": lazy_gettext(
        "The student has read the answer already. Write to her with a message of the course."
    ),
    "course.note_long": lazy_gettext(
        "A note has at most 5000 characters. What you typed is kept here; shorten it."
    ),
    "course.peers_number": lazy_gettext("One, two or three classmates read a work, or none."),
    "course.criteria_missing": lazy_gettext("Classmates need points to go by: write them, one on each line."),
    "course.peer_days": lazy_gettext("They have from 1 to 14 days."),
    "course.no_review": lazy_gettext("There is no such work to read, or it is not waiting for you any more."),
    "course.review_over": lazy_gettext(
        "The time for this is over: a teacher reads the work. Nothing is lost for you."
    ),
    "course.review_empty": lazy_gettext(
        "Say for each point how it is, and write at least one sentence that helps."
    ),
    "course.budget_minutes": lazy_gettext("A day has from 60 to 120 minutes of lessons at the screen."),
    "course.marks_place": lazy_gettext(
        "A comment needs words, and its place from the left and from the top between 0 and 100 percent."
    ),
    "course.no_work": lazy_gettext("There is no such work."),
    "course.work_empty": lazy_gettext("Write something or add a photograph, a recording or a document."),
    "course.work_files": lazy_gettext("At most %(max)s files at once."),
    "course.work_file": lazy_gettext(
        "“%(name)s” is no photograph (JPEG, PNG, WebP), recording or PDF. Photograph it, or save it as a PDF."
    ),
    "course.work_waits": lazy_gettext("Your work is with the teacher already. Wait for the answer."),
    "course.work_read": lazy_gettext(
        "Somebody is looking at this work already, so it stays there. Wait for the answer; you can hand in once more after it."
    ),
    "course.leave_prescribed": lazy_gettext(
        "This course was not chosen by yourself, so one does not leave it here. Talk with the teacher about it."
    ),
    "course.work_accepted": lazy_gettext("This work is accepted already."),
    "course.work_judged": lazy_gettext("Somebody has judged this work meanwhile."),
    "course.comment_missing": lazy_gettext("Say what to do: a returned work needs a sentence at least."),
    "course.no_import": lazy_gettext("There is no such import."),
    "course.import_elsewhere": lazy_gettext("Another worker has ended this import."),
    "course.no_section": lazy_gettext("There is no such section in the draft any more."),
    "course.no_draft": lazy_gettext("There is no draft. Open a new version first."),
    "course.has_draft": lazy_gettext("There is a draft already."),
    "course.empty": lazy_gettext(
        "Every section needs at least one block before the course can be published."
    ),
    "course.gate_unknown": lazy_gettext(
        "A gate names a section that does not exist: %(sections)s. Choose another one or take the row out."
    ),
    "course.gate_unscored": lazy_gettext(
        "A gate asks for a result where nothing is scored: %(sections)s. Ask that it has been gone through, or put questions into it."
    ),
    "course.gate_empty": lazy_gettext(
        "A gate asks to go through an empty section: %(sections)s. Put a step into it or take the row out."
    ),
    "course.gate_score_range": lazy_gettext("The result of a gate must lie between 0 and 100: %(sections)s."),
    "course.gate_no_day": lazy_gettext(
        "A gate waits for a day and names none: %(sections)s. Choose the day."
    ),
    "course.gate_group_unknown": lazy_gettext(
        "A gate names a class that the school does not have now: %(sections)s. Choose another class or take the row out."
    ),
    "course.gate_measure_unknown": lazy_gettext(
        "A gate names a measure of support plans that gates do not know: %(sections)s. Take the row out."
    ),
    "course.gate_too_large": lazy_gettext(
        "A gate is empty inside or larger than anybody can follow: %(sections)s. Write it again in fewer rows."
    ),
    "course.gate_takes_back": lazy_gettext(
        "A gate would close a section again that was open: %(sections)s. “Not” goes only with a class or a measure of support."
    ),
    "course.gate_contradiction": lazy_gettext(
        "Nobody could ever open this section, its conditions contradict each other: %(sections)s. Make one of them an “or”."
    ),
    "course.gate_somebody": lazy_gettext(
        "A student %(who)s would never get into: %(sections)s. Add an “or” that she can fulfil, or ask that it has been gone through."
    ),
    "course.gate_cycle": lazy_gettext(
        "These sections wait for each other, so nobody could open them: %(sections)s. Take one of the conditions out."
    ),
    "course.stuck": lazy_gettext(
        "Some students could not go on. Who, where and what helps stands under “Before publishing”."
    ),
    "course.media_elsewhere": lazy_gettext(
        "“%(name)s” is of a kind that not every browser shows. Save it as another kind: a film as MP4 or WebM, sound as MP3 or"
        " M4A, a picture as JPEG or PNG. A telephone’s own recorder and gallery can usually do that."
    ),
    "course.media_type": lazy_gettext(
        "“%(name)s” cannot be used: it is no picture, film, recording, caption file or document, or not what its name says."
    ),
    "course.changed_meanwhile": lazy_gettext(
        "Somebody else has changed this meanwhile. What you wrote is kept here: compare it with theirs (open this page in"
        " another tab), then save again to put yours in its place."
    ),
    "course.not_accessible": lazy_gettext(
        "Something in the course would shut people out. What it is and where to mend it stands under “Before publishing”."
    ),
    "course.host_unknown": lazy_gettext(
        "Courses may not lead to this site. Whoever runs the installation can add it to the known ones."
    ),
    "course.audio_transcript_missing": lazy_gettext(
        "The transcript is missing: those who do not hear would be stuck."
    ),
    "course.address_bad": lazy_gettext("Give the whole address, with https:// in front."),
    "course.task_missing": lazy_gettext("Say in a sentence what the student does."),
    "course.book_missing": lazy_gettext("Say which book."),
    "course.page_bad": lazy_gettext("Pages are whole numbers, and the last one is not before the first."),
    "course.moment_bad": lazy_gettext("Give day and time as 2027-01-20 14:30."),
    "course.minutes_bad": lazy_gettext("A whole number of minutes, at most 480."),
    "course.missed_missing": lazy_gettext("Say how one learns the same who was not there."),
    "course.terms_bad": lazy_gettext(
        "One word on each line, then a dash between spaces, then what it means; at most 60 words."
    ),
    "course.cards_bad": lazy_gettext(
        "One card on each line: what is asked, a dash between spaces, the answer; at most 40 cards."
    ),
    "course.cards_twice": lazy_gettext("A card stands there twice."),
    "course.cards_unrated": lazy_gettext("Say for at least one card how well you knew it."),
    "course.heading_skipped": lazy_gettext(
        "A heading skips a level (# is followed by ###). Screen readers move from level to level: use the next one."
    ),
    "course.heading_empty": lazy_gettext("A heading has no words."),
    "course.heading_bold": lazy_gettext(
        "Lines in bold stand where headings should. Begin them with # instead: then they can be found by ear."
    ),
    "course.text_long": lazy_gettext(
        "The text is long and has no heading. Put headings in, or cut it into several steps."
    ),
    "course.link_words": lazy_gettext(
        "A link is called “here”, “more” or by its address. Say what one finds there: [the table of heats](…)."
    ),
    "course.table_head": lazy_gettext("A column of a table has no heading."),
    "course.table_rows": lazy_gettext("A table has a head and no rows."),
    "course.alt_file_name": lazy_gettext(
        "The picture is told by the name of its file or by no word at all. Say what it shows."
    ),
    "course.alt_picture_of": lazy_gettext(
        "That it is a picture is said anyway: begin with what can be seen on it."
    ),
    "course.alt_caption": lazy_gettext(
        "The text of the picture repeats its caption, so those who do not see it learn nothing more."
    ),
    "course.media_unknown": lazy_gettext("The file does not belong to this course."),
    "course.alternative_missing": lazy_gettext(
        "The same in words is missing: whoever cannot run it would be stuck."
    ),
    "course.alternative_short": lazy_gettext(
        "The same in words is too short to be equal. Write everything that one learns there, or lead to an equal task."
    ),
    "course.package_bad": lazy_gettext(
        "“%(name)s” cannot be used: it is broken or encrypted, its files lead out of it, or they are swollen."
    ),
    "course.package_kind": lazy_gettext(
        "The file is no package of this kind, or it does not say where it begins."
    ),
    "course.model_bad": lazy_gettext("“%(name)s” is no whole GLB model (glTF 2.0)."),
    "course.model_outside": lazy_gettext(
        "“%(name)s” needs files that are not in it. Export it with everything inside."
    ),
    "course.model_packed": lazy_gettext(
        "“%(name)s” is compressed with Draco, meshopt or Basis. Export it without compression."
    ),
    "course.poster_missing": lazy_gettext(
        "The first picture is missing: it stands there until one opens the model."
    ),
    "course.play_large": lazy_gettext("The package wants to keep more than there is room for."),
    "course.simulation_unknown": lazy_gettext("Choose one of the experiments."),
    "course.no_post": lazy_gettext("There is no such contribution, or it is not yours to see."),
    "course.discussion_closed": lazy_gettext(
        "The school has closed discussions. What was written can be read."
    ),
    "course.post_empty": lazy_gettext("Write something first."),
    "course.post_long": lazy_gettext("The contribution is too long. Shorten it and send it again."),
    "course.posts_enough": lazy_gettext(
        "That is enough for today in this discussion. Tomorrow you can go on."
    ),
    "course.question_missing": lazy_gettext("Say what is to be discussed."),
    "course.media_missing": lazy_gettext("The file is missing."),
    "course.text_missing": lazy_gettext("The text is missing."),
    "course.alt_missing": lazy_gettext("Say in words what the picture shows."),
    "course.alt_long": lazy_gettext("Keep it under 300 characters; a longer one goes into the description."),
    "course.captions_missing": lazy_gettext("Captions are missing: those who do not hear would be stuck."),
    "course.transcript_missing": lazy_gettext(
        "The transcript is missing: those who do not see would be stuck."
    ),
    "course.video_kind": lazy_gettext("A video must be WebM or MP4."),
    "course.formula_bad": lazy_gettext("The formula cannot be read as LaTeX."),
    "course.formula_words_missing": lazy_gettext("Say the formula in words, as it is read aloud."),
    "course.label_missing": lazy_gettext("It needs a name that people understand."),
    "course.summary_missing": lazy_gettext("Say in one sentence what is in the file."),
    "course.key_unknown": lazy_gettext("This block knows no such field."),
}

#: The same said to a child, where the words for everybody would be those for a grown-up.
STUDENT_TEXTS: dict[str, Any] = {
    "course.none": lazy_pgettext("student", "There is no such course, or it is not yours to see."),
    "course.no_cohort": lazy_pgettext("student", "Choose a group that still takes people in."),
    "course.wish_moved": lazy_pgettext(
        "student", "This wish was answered or taken back meanwhile. Open the page again."
    ),
    "course.enrolment_state": lazy_pgettext(
        "student", "The enrolment has moved on meanwhile. Open the page again."
    ),
    "course.no_post": lazy_pgettext("student", "There is no such contribution, or it is not yours to see."),
    "course.post_empty": lazy_pgettext("student", "Write something first."),
    "course.post_long": lazy_pgettext(
        "student", "The contribution is too long. Shorten it and send it again."
    ),
    "course.tool_launch": lazy_pgettext(
        "student",
        "The tool has asked for something that was not agreed. Go back to the lesson and open the task again.",
    ),
    "course.tool_none": lazy_pgettext(
        "student", "Your school does not use this tool any more. The same stands in words at the lesson."
    ),
    "course.over": lazy_pgettext(
        "student",
        "The last day of your group was %(day)s. You can read everything; your teacher can give you more time.",
    ),
}
