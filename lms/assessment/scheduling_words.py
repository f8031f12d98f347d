"""Word what can go wrong when sessions and re-sits are fixed."""

from __future__ import annotations

from flask_babel import lazy_gettext

__all__ = ["SCHEDULING_TEXTS"]

SCHEDULING_TEXTS = {
    "assessment.resit_too_many": lazy_gettext("There are two re-sits at most; both are used."),
    "assessment.resit_needs_commission": lazy_gettext(
        "The second re-sit is held before a commission of at least three. Choose its members."
    ),
    "assessment.resit_no_debt": lazy_gettext("There is no debt to settle: nothing was failed or missed."),
    "assessment.resit_out_of_turn": lazy_gettext("This student’s next re-sit has another number."),
    "assessment.resit_too_late": lazy_gettext("The year in which a re-sit may be held is over by then."),
    "assessment.commission_unknown": lazy_gettext(
        "Somebody chosen is not a commission member of this school. Give the role first."
    ),
    "assessment.commission_close": lazy_gettext(
        "Somebody on the commission is the student’s parent, guardian, brother or sister. Choose somebody else."
    ),
    "assessment.commission_begun": lazy_gettext("Somebody has begun, so the commission stays as it is."),
    "assessment.not_yours": lazy_gettext("You do not answer for this student. Ask the school office."),
    "assessment.window_shrinks": lazy_gettext(
        "Somebody has begun, so the beginning stays and the end can only come later."
    ),
}
