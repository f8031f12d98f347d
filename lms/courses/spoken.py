"""Say in words what other features show of courses, too."""

from __future__ import annotations

from flask_babel import gettext, ngettext, pgettext

from lms.courses.presence_reading import StudyTime

__all__ = ["time_spent", "time_spent_by_child"]


def time_spent(spent: StudyTime) -> str:
    """Say how long somebody was at lessons today and what is advised: a fact and a kind word, never a reproach."""
    minutes = ngettext("about %(num)d minute", "about %(num)d minutes", spent.minutes)
    if spent.budget is None:
        return str(pgettext("student", "Today at lessons: %(minutes)s.", minutes=minutes))
    said = {"minutes": minutes, "budget": spent.budget}
    if spent.is_over:
        return str(
            pgettext(
                "student",
                "Today at lessons: %(minutes)s, and %(budget)s are meant for a day. That is enough: rest your eyes, go"
                " outside. Nothing closes, and tomorrow you go on from here.",
                **said,
            )
        )
    if spent.is_own:
        return str(
            pgettext("student", "Today at lessons: %(minutes)s of your own %(budget)s at the screen.", **said)
        )
    return str(
        pgettext(
            "student", "Today at lessons: %(minutes)s of the %(budget)s that the school advises.", **said
        )
    )


def time_spent_by_child(spent: StudyTime, days: int, minutes: int) -> str:
    """Say to a family how long its child was at lessons in a week and today, beside what is advised."""
    week = ngettext("about %(num)d minute", "about %(num)d minutes", minutes)
    on_days = ngettext("on %(num)d day", "on %(num)d days", days)
    said = [
        gettext("At lessons at the screen in this week: %(minutes)s, %(days)s.", minutes=week, days=on_days)
    ]
    if spent.minutes:
        said.append(gettext("Today: %(minutes)s.", minutes=_about(spent.minutes)))
    if spent.budget is not None and spent.is_own:
        said.append(gettext("The support plan has %(budget)s minutes a day.", budget=spent.budget))
    elif spent.budget is not None:
        said.append(gettext("The school advises up to %(budget)s minutes a day.", budget=spent.budget))
    said.append(gettext("It is an estimate; learning without a network is added when it is delivered."))
    return " ".join(said)


def _about(minutes: int) -> str:
    return str(ngettext("about %(num)d minute", "about %(num)d minutes", minutes))
