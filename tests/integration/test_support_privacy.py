"""Nobody among the peers learns of a support plan: whatever a classmate asks for, the answer is the same byte for byte."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from lms.app import create_app, create_runtime, load_settings
from lms.core.clock import FixedClock
from lms.core.db import Base
from lms.core.runtime import Runtime
from lms.core.web.access import declared_action
from lms.demo.build import build_demo
from lms.demo.cast import DemoSchool
from lms.people import service as people
from lms.people.types import MeasureCode, MeasureValue
from tests.fixtures.application import FAST_HASHES, SCHOOL_DAY
from tests.integration.test_refusals import BY_PAGE, TABLES, actor_of, live_on, routes

#: What differs from one answer to the next whatever happens: the key of the forms and of the page's policy.
CHANCE = re.compile(rb'(?:csrf[-_]token"[^>]*(?:content|value)|nonce)="[^"]*"')

#: The log of who looked at one's own records names the walk itself.
GROWS_BY_LOOKING = "/access"

EVERY_MEASURE = [
    MeasureValue(MeasureCode.EXTRA_TIME, {"minutes": 60}),
    MeasureValue(MeasureCode.TIME_FACTOR, {"factor": "2"}),
    MeasureValue(MeasureCode.REST_BREAKS, {"count": 3, "minutes_each": 15}),
    MeasureValue(MeasureCode.LARGE_TYPE, {"size": 200}),
    MeasureValue(MeasureCode.IDENTITY_METHODS, {"methods": ["in_person"]}),
    MeasureValue(MeasureCode.DETECTOR_MASK, {"findings": ["no_face"]}),
    MeasureValue(MeasureCode.EXTENDED_WINDOW, {"hours": 48}),
    MeasureValue(MeasureCode.ALTERNATIVE_FORMAT, {"format": "paper"}),
    MeasureValue(MeasureCode.SIMPLIFIED_LAYOUT),
    MeasureValue(MeasureCode.READ_ALOUD),
    MeasureValue(MeasureCode.ASSISTANT),
    MeasureValue(MeasureCode.NO_CAMERA),
    MeasureValue(MeasureCode.NO_RANKING),
    MeasureValue(MeasureCode.SCREEN_TIME, {"minutes": 45}),
    MeasureValue(MeasureCode.NO_PEER_REVIEW),
]


class Ids:
    """What stands for each variable of an address: things of the peer, of the student with the plan, and the newest."""

    def __init__(self, runtime: Runtime, school: DemoSchool) -> None:
        self.runtime, self.people = runtime, [school.id("lev"), school.id("sonya")]
        self.known: dict[str, list[str]] = {}

    def of(self, name: str, page: str) -> list[str]:
        table = BY_PAGE.get((name, page)) or TABLES.get(name)
        if table is None:
            return [str(key) for key in self.people] if "person" in name or name == "child_id" else ["1"]
        if table not in self.known:
            rows = Base.metadata.tables[table]
            newest = sa.select(rows.c.id).order_by(rows.c.id.desc()).limit(1)
            owner = next((rows.c[name] for name in ("person_id", "subject_id") if name in rows.c), None)
            with self.runtime.read() as session:
                found = list(session.scalars(newest))
                for key in self.people if owner is not None else ():
                    found += session.scalars(newest.where(owner == key))
            self.known[table] = [str(key) for key in dict.fromkeys(found)] or ["1"]
        return self.known[table]

    def addresses(self, rule: Rule) -> Iterator[str]:
        """Return the addresses of a rule, each of its ids in turn."""
        page = rule.rule.removeprefix("/api/v1").split("/")[1]
        choices = {name: self.of(name, page) for name in rule.arguments}
        for turn in range(max((len(ids) for ids in choices.values()), default=1)):
            yield re.sub(
                r"<(?:\w+:)?(\w+)>",
                lambda m, n=turn: choices[m.group(1)][n % len(choices[m.group(1)])],
                rule.rule,
            )


def walk(
    app: Flask, runtime: Runtime, ids: Ids, client: FlaskClient, login: str
) -> dict[str, tuple[int, bytes]]:
    """Return what a person gets for every address that the roles held may read."""
    actor, answers = actor_of(runtime, login), {}
    for rule, method in routes(app):
        action = declared_action(app, rule.endpoint, method)
        if method != "GET" or action is None or not runtime.policy.allows_role(actor, action):
            continue
        for address in ids.addresses(rule):
            answer = client.get(address)
            answers[address] = (answer.status_code, CHANCE.sub(b"", answer.data))
    return answers


def test_a_classmate_gets_the_same_bytes_with_and_without_somebodys_support_plan(
    sqlite_template: Path, tmp_path: Path
) -> None:
    shutil.copyfile(sqlite_template, tmp_path / "lms.db")
    settings = {**FAST_HASHES, "LMS_DATA_DIR": str(tmp_path), "LMS_JOBS_URL": "memory://"}
    runtime = create_runtime(load_settings(settings), clock=FixedClock(SCHOOL_DAY))
    app = create_app(runtime=runtime)
    app.config["WTF_CSRF_ENABLED"] = False
    school = build_demo(runtime)
    live_on(runtime, school)
    ids, clients = Ids(runtime, school), {login: app.test_client() for login in ("lev", "sonya")}
    for login, client in clients.items():
        form = {"login": login, "password": f"marshrut-{login}"}
        assert client.post("/login", data=form).status_code == 303
    own = f"/support/{school.id('sonya')}"
    before, hers = walk(app, runtime, ids, clients["lev"], "lev"), clients["sonya"].get(own).text
    agree(runtime, school)
    after = walk(app, runtime, ids, clients["lev"], "lev")
    assert clients["sonya"].get(own).text != hers, "the student does see the plan: the comparison can fail"
    runtime.dispose()
    read = [address for address, (status, _body) in before.items() if status == 200]
    assert len(read) > 30, "the peer reads too little for the comparison to mean anything"
    changed = [address for address in before if before[address] != after[address]]
    assert [address for address in changed if not address.endswith(GROWS_BY_LOOKING)] == []


def agree(runtime: Runtime, school: DemoSchool) -> None:
    """Let every measure there is hold for Sonya in the place of what held before."""
    with runtime.unit_of_work(school.actor("orlova")) as uow:
        plan = people.create_support_plan(
            uow,
            person_id=school.id("sonya"),
            measures=EVERY_MEASURE,
            source_ref="№ 12",
            valid_from=uow.now().date(),
        )
    with runtime.unit_of_work(school.actor("anna")) as uow:
        assert people.approve_support_plan(uow, support_plan_id=plan.id).is_active
