"""No way of showing who one is asks the learner to submit more pages than the way by camera."""

from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient

from lms.proctoring import queries, service
from lms.proctoring.rules.identity import PAGES_TO_SUBMIT
from lms.proctoring.types import CheckState, IdentityMethod
from tests.integration.proctoring.conftest import World
from tests.integration.proctoring.test_pages import as_, post, shots, token  # noqa: F401 - a fixture

As = Callable[[str], FlaskClient]
M = IdentityMethod
#: Who decides about each way, and what they write down.
DECIDERS = {
    M.KNOWN_TEACHER: ("kim", ""),
    M.DOCUMENT_VIDEO: ("mironova", "паспорт, …12"),
    M.IN_PERSON: ("mironova", "паспорт, …12"),
    M.FACE: ("gusev", ""),
}


def pages_submitted(world: World, pupil: FlaskClient, method: M, first: list[bytes]) -> int:
    """Go a way from choosing to being confirmed; return how many pages the learner submitted."""
    entry = world.entry()
    own = f"/identity/{entry}"
    assert post(pupil, own, method=method.value).status_code == 303
    submitted = 1
    with world.runtime.read() as session:
        found = queries.current_check(session, entry)
    assert found is not None
    check = found.id
    if method is M.FACE:
        form = {"csrf_token": token(pupil.get(own).text), "pictures": shots(first)}
        assert pupil.post(f"/identity/checks/{check}/shots", data=form).status_code == 303
        submitted += 1
        world.work()
    if method is M.CODE_AND_ADULT:
        with world.runtime.unit_of_work(world.actor("anna")) as uow:
            code = service.issue_code(uow, check, question="Как зовут кота?")
        assert post(pupil, f"/identity/checks/{check}/code", own, code=code).status_code == 303
        submitted += 1
    else:
        who, document = DECIDERS[method]
        world.decide(who, check, doc=document)
    assert world.check(check).state is CheckState.VERIFIED
    assert "/exams/" in pupil.get(own).text
    return submitted


def test_no_way_is_longer_than_the_camera(world: World, as_: As, first: list[bytes]) -> None:  # noqa: F811
    world.register(first)
    pupil = as_("sonya")
    counted = {method: pages_submitted(world, pupil, method, first) for method in IdentityMethod}
    assert counted == PAGES_TO_SUBMIT
    assert max(counted.values()) == counted[M.FACE]
