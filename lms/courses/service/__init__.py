"""Use cases of courses: one function, one transaction."""

from lms.courses.service.authoring import (
    accept_media,
    add_media,
    add_section,
    change_course,
    copy_course,
    create_course,
    keep_media,
    move_section,
    open_draft,
    remove_section,
)
from lms.courses.service.discussing import judge_post, report_post, write_post
from lms.courses.service.drafting import (
    add_block,
    change_block,
    change_section,
    move_block,
    remove_block,
)
from lms.courses.service.enrolling import (
    complete_course,
    enrol,
    pause_enrolment,
    resume_enrolment,
    withdraw_enrolment,
)
from lms.courses.service.examining import take_result
from lms.courses.service.handing_in import hand_in, judge_work
from lms.courses.service.import_jobs import (
    ImportOrder,
    begin_course_import,
    claim_course_import,
    end_course_import,
    fail_course_import,
    start_course_import,
    take_file,
    take_section,
    try_section,
)
from lms.courses.service.importing import (
    CourseFile,
    CourseImported,
    CourseTaker,
    export_course,
    import_course,
    read_package,
)
from lms.courses.service.learning import answer_block, complete_block, complete_step, note_position
from lms.courses.service.lti import (
    NewTool,
    close_tool,
    note_visit,
    prove_tool,
    register_tool,
    subject_of,
    take_score,
)
from lms.courses.service.messages import announce, nudge
from lms.courses.service.playing import keep_play
from lms.courses.service.publishing import publish_course
from lms.courses.service.syncing import MOST_OPERATIONS, sync_learning
from lms.courses.service.uploading import (
    add_part,
    begin_upload,
    drop_stale_uploads,
    drop_upload,
    finish_upload,
    upload_receipt,
)

__all__ = [
    "MOST_OPERATIONS",
    "CourseFile",
    "CourseImported",
    "CourseTaker",
    "ImportOrder",
    "NewTool",
    "accept_media",
    "add_block",
    "add_media",
    "add_part",
    "add_section",
    "announce",
    "answer_block",
    "begin_course_import",
    "begin_upload",
    "change_block",
    "change_course",
    "change_section",
    "claim_course_import",
    "close_tool",
    "complete_block",
    "complete_course",
    "complete_step",
    "copy_course",
    "create_course",
    "drop_stale_uploads",
    "drop_upload",
    "end_course_import",
    "enrol",
    "export_course",
    "fail_course_import",
    "finish_upload",
    "hand_in",
    "import_course",
    "judge_post",
    "judge_work",
    "keep_media",
    "keep_play",
    "move_block",
    "move_section",
    "note_position",
    "note_visit",
    "nudge",
    "open_draft",
    "pause_enrolment",
    "prove_tool",
    "publish_course",
    "read_package",
    "register_tool",
    "remove_block",
    "remove_section",
    "report_post",
    "resume_enrolment",
    "start_course_import",
    "subject_of",
    "sync_learning",
    "take_file",
    "take_result",
    "take_score",
    "take_section",
    "try_section",
    "upload_receipt",
    "withdraw_enrolment",
    "write_post",
]
