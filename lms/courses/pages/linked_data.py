"""Say what a course is in the vocabulary of schema.org, for catalogues and search machines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lms.courses.place_reading import CohortView
from lms.courses.rules.metadata import CourseAccess
from lms.courses.types import CourseCard, Licence

__all__ = ["course_data", "list_data"]

#: Where the terms of a licence can be read.
TERMS = {
    Licence.CC0: "https://creativecommons.org/publicdomain/zero/1.0/",
    Licence.CC_BY: "https://creativecommons.org/licenses/by/4.0/",
    Licence.CC_BY_SA: "https://creativecommons.org/licenses/by-sa/4.0/",
}


def course_data(
    card: CourseCard,
    access: CourseAccess,
    school: str,
    host: str,
    *,
    teaches: Sequence[str] = (),
    cohorts: Sequence[CohortView] = (),
    address: str = "",
) -> dict[str, Any]:
    """Return a course as a ``Course`` of schema.org: its parts, what it teaches, and when it can be taken.

    ``address`` is where it can be read, if not on its own page.
    """
    said: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Course",
        "@id": host.rstrip("/") + (address or card.url),
        "url": host.rstrip("/") + (address or card.url),
        "name": card.title,
        "description": card.summary,
        "inLanguage": card.language,
        "about": card.subject,
        "timeRequired": f"PT{card.est_minutes}M",
        "typicalAgeRange": f"{access.age}-",
        "teaches": list(teaches),
        "syllabusSections": [{"@type": "Syllabus", "name": title} for title in card.parts],
        "hasCourseInstance": [_instance(card, each) for each in cohorts] or [_instance(card, None)],
        "provider": {"@type": "EducationalOrganization", "name": school},
        "accessMode": list(access.modes),
        "accessModeSufficient": [{"@type": "ItemList", "itemListElement": ["textual"]}]
        if access.is_textual
        else [],
        "accessibilityFeature": list(access.features),
        "accessibilityHazard": list(access.hazards),
        "accessibilityControl": ["fullKeyboardControl"],
        "author": [{"@type": "Person", "name": name} for name in access.authors],
        "license": [TERMS[each] for each in access.licences if each in TERMS],
    }
    if card.grade is not None:
        said["educationalLevel"] = str(card.grade)
    return {name: value for name, value in said.items() if value not in ("", [])}


def list_data(courses: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Return a page of a catalogue, (title, address) of each course, as an ``ItemList`` of schema.org."""
    return {
        "@context": "https://schema.org",
        "@type": "ItemList",
        "itemListElement": [
            {"@type": "ListItem", "position": number, "name": title, "url": address}
            for number, (title, address) in enumerate(courses, 1)
        ],
    }


def _instance(card: CourseCard, cohort: CohortView | None) -> dict[str, Any]:
    """Return how a course can be taken: with a cohort from a day on, or at one's own pace."""
    said: dict[str, Any] = {
        "@type": "CourseInstance",
        "courseMode": ["online", "self-paced"] if cohort is None else ["online"],
        "courseWorkload": f"PT{card.est_minutes}M",
    }
    seats = card.seats if cohort is None else cohort.places.seats
    if cohort is not None:
        said |= {"name": cohort.title, "startDate": cohort.starts_on.isoformat()}
        if cohort.ends_on is not None:
            said["endDate"] = cohort.ends_on.isoformat()
    if seats is not None:
        said["maximumAttendeeCapacity"] = seats
    return said
