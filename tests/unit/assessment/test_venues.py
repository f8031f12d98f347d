"""Where a student sits: of what the session allows, and as they learn where that is allowed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lms.assessment.rules.venues import in_order, usual_mode
from lms.assessment.types import VenueMode
from lms.people.types import AdmissionGround

MODES = st.sets(st.sampled_from(VenueMode), min_size=1)


@given(ground=st.sampled_from(AdmissionGround), modes=MODES)
def test_a_student_sits_where_the_session_allows_it(ground: AdmissionGround, modes: set[VenueMode]) -> None:
    assert usual_mode(ground, modes) in modes
    assert in_order(modes) == sorted(modes, key=list(VenueMode).index)


def test_who_learns_at_home_is_never_sent_to_school_where_it_can_be_sat_online() -> None:
    at_home = [AdmissionGround.HOME, AdmissionGround.REMOTE, AdmissionGround.EXTERN]
    assert {usual_mode(ground, list(VenueMode)) for ground in at_home} == {VenueMode.ONLINE}
    assert usual_mode(AdmissionGround.CLASS, list(VenueMode)) is VenueMode.SCHOOL
    assert usual_mode(AdmissionGround.PARTNER, list(VenueMode)) is VenueMode.PARTNER
