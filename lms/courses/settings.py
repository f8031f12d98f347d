"""Settings of courses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

__all__ = ["CoursesSettings"]


@dataclass(frozen=True, slots=True)
class CoursesSettings:
    """Bounds for course media."""

    PREFIX: ClassVar[str] = "COURSES"

    low_bandwidth_max_bytes: int = field(
        default=2 * 1024 * 1024,
        metadata={
            "doc": "A block larger than this needs a lighter alternative, or learners on slow lines are stuck."
        },
    )
    media_max_bytes: int = field(
        default=200 * 1024 * 1024, metadata={"doc": "Largest media file of a course in bytes."}
    )
    lesson_bytes: int = field(
        default=5 * 1024 * 1024,
        metadata={
            "doc": "What a section may weigh before its author is told that it is heavy for slow lines; 0 = never."
        },
    )
    film_max_bytes: int = field(
        default=2_000_000_000,
        metadata={"doc": "Largest film or recording that is sent in parts, in bytes (at most 2147483647)."},
    )
    upload_part_bytes: int = field(
        default=4 * 1024 * 1024,
        metadata={"doc": "How large the parts are in which a large file is sent, in bytes."},
    )
    upload_days: int = field(
        default=7, metadata={"doc": "An upload that was broken off can be gone on with for so many days."}
    )
    org_media_max_bytes: int = field(
        default=200_000_000_000,
        metadata={
            "doc": "How much the media of all courses of one organisation may take, in bytes; 0 = no bound."
        },
    )
    allowed_hosts: str = field(
        default="edsoo.ru resh.edu.ru lesson.edu.ru myschool.edu.ru sferum.ru gramota.ru etudes.ru arzamas.academy",
        metadata={
            "doc": "Sites that a course may lead to, between spaces; their subdomains are meant too. * lets all pass."
        },
    )
    work_max_files: int = field(
        default=10, metadata={"doc": "How many files may be handed in at once for an assignment."}
    )
    work_max_bytes: int = field(
        default=20 * 1024 * 1024,
        metadata={"doc": "Largest file that is handed in for an assignment, in bytes."},
    )
    offer_days: int = field(
        default=3,
        metadata={"doc": "For how many days a free place is held for whoever waits longest."},
    )
    silent_days: int = field(
        default=7,
        metadata={"doc": "After so many days without a step a teacher is told that a learner is silent."},
    )
    hard_tries: int = field(
        default=3,
        metadata={
            "doc": "After so many tries of one step without success a teacher is told that it is hard."
        },
    )
    week_minutes: int = field(
        default=150,
        metadata={"doc": "How many minutes of learning “take the week with me” packs of one course."},
    )
    media_cache_s: int = field(
        default=7 * 24 * 3600,
        metadata={"doc": "How long a learner's own browser may keep a media file, in seconds."},
    )
    signs: bool = field(
        default=True,
        metadata={
            "doc": "Whether students are shown signs of what they achieved unless somebody chose otherwise for them; no = only where it was switched on."
        },
    )
    player_origin: str = field(
        default="",
        metadata={
            "doc": "Second address of this site (https://play.school.example) for packages only; empty = sealed frames, in which packages made of frames do not run."
        },
    )
    player_address_s: int = field(
        default=4 * 3600,
        metadata={"doc": "How long the address of a package in its frame holds, in seconds."},
    )
    discussions: bool = field(
        default=True,
        metadata={
            "doc": "Whether students may write in discussions of courses; no = what was written can be read."
        },
    )
    posts_a_day: int = field(default=20, metadata={"doc": "How often one may write in one discussion a day."})
    h5p_player: str = field(
        default="",
        metadata={
            "doc": "Another place of the file h5p-standalone-3.8.2.tgz, which plays H5P; empty = the data folder, where `lms courses h5p-player` puts it. Without it, only the text of a step is shown. Its core is under GPL-3.0, so it is not part of this product."
        },
    )
