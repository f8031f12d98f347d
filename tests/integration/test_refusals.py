"""A stranger changes nothing and learns nothing: the URL map × every role × every method, with real ids of others.

Eighteen people, one for each role, work in one school; every id in every address and in every body belongs to another
school, or to another family of it. Whatever they ask for, the answer is one of those declared here, no name of the other
family stands in it, and afterwards the other school's records are, row by row, what they were before.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from lms.app import create_app, create_runtime, load_settings
from lms.assessment import service as assessment
from lms.assessment.queries.regrades import Replay
from lms.core import outbox
from lms.core.actor import SYSTEM, Actor
from lms.core.clock import FixedClock
from lms.core.db import Base
from lms.core.models import AccessLog
from lms.core.policy import ANYONE
from lms.core.runtime import Runtime
from lms.core.web.access import declared_action
from lms.courses import service as courses
from lms.curriculum import service as curriculum
from lms.curriculum.types import Relation as OutcomeRelation
from lms.demo import credit as demo_credit
from lms.demo.build import build_demo
from lms.demo.cast import DemoSchool
from lms.people import queries as people_queries
from lms.people import service as people
from lms.people.queries import person_ids_by_login, roles_of
from lms.people.types import AssignmentKind, RoleKind
from lms.plans import queries as plans_queries
from lms.plans import service as plans
from lms.plans.service.credit import credentials, partner_records
from lms.proctoring import service as proctoring
from lms.proctoring.models import Evidence
from lms.proctoring.types import IdentityMethod
from lms.profiles import service as profiles
from tests.fixtures.application import FAST_HASHES, SCHOOL_DAY

pytestmark = pytest.mark.slow

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})

#: What stands behind each variable of an address: the table whose newest row of the other school is meant.
TABLES = {
    "agreement_id": "network_agreement",
    "anchor_id": "signature_anchor",
    "appeal_file_id": "appeal_file",
    "appeal_id": "appeal",
    "attempt_id": "attempt",
    "attempt_item_id": "attempt_item",
    "bank_id": "bank",
    "basis_id": "biometric_basis",
    "batch_id": "regrade_batch",
    "blueprint_id": "blueprint",
    "blueprint_version_id": "blueprint_version",
    "block_id": "course_block",
    "bulk_id": "plan_bulk",
    "case_id": "credit_case",
    "check_id": "identity_check",
    "class_id": "study_class",
    "class_staff_id": "class_staff",
    "consent_id": "consent",
    "course_id": "course",
    "crosswalk_id": "crosswalk",
    "curriculum_id": "curriculum",
    "document_id": "credit_document",
    "duty_id": "proctor_duty",
    "entry_id": "entry",
    "evidence_id": "proctoring_evidence",
    "exam_id": "attestation_session",
    "file_id": "stored_file",
    "framework_id": "framework",
    "external_course_id": "external_course",
    "fact_id": "credit_case",
    "gradebook_id": "gradebook",
    "import_id": "item_import",
    "issuer_id": "credential_issuer",
    "item_id": "item",
    "key_id": "partner_key",
    "media_id": "course_media",
    "message_id": "course_message",
    "other_item_id": "attempt_item",
    "outcome_id": "outcome",
    "outcomes": "outcome",
    "passkey_id": "passkey",
    "plan_id": "plan",
    "proposal_id": "plan_proposal",
    "question_id": "course_question",
    "review_id": "course_peer_review",
    "policy_id": "mark_policy",
    "post_id": "course_post",
    "portfolio_file_id": "portfolio_file",
    "portfolio_work_id": "portfolio_work",
    "result_id": "result",
    "role_id": "role",
    "rule_id": "equivalence_rule",
    "source_id": "learning_source",
    "support_plan_id": "support_plan",
    "template_id": "plan_template",
    "tool_id": "course_tool",
    "upload_id": "course_upload",
    "version_id": "plan_version",
    "work_id": "course_work",
    "work_file_id": "course_work_file",
    "waiver_id": "seb_waiver",
    "cohort_id": "course_cohort",
    "request_id": "course_request",
}
#: What the other school has none of: the address is asked for with an id that never was.
NONE_YET = frozenset(
    {
        "course_cohort",
        "course_import",
        "course_message",
        "course_peer_review",
        "course_post",
        "course_request",
        "course_work",
        "course_work_file",
        "course_tool",
        "course_upload",
        "network_agreement",
        "appeal",
        "appeal_file",
        "item_import",
        "passkey",
        "seb_waiver",
        "signature_anchor",
    }
)

#: Variables that name different things on different pages: by the first part of the address after ``/api/v1``.
BY_PAGE = {
    ("enrolment_id", "courses"): "enrolment",
    ("enrolment_id", "identity"): "face_enrolment",
    ("import_id", "admin"): "people_import",
    ("import_id", "courses"): "course_import",
    ("session_id", "sessions"): "attestation_session",
    ("session_id", "monitor"): "proctoring_session",
    ("session_id", "review"): "proctoring_session",
    ("session_id", "sittings"): "proctoring_session",
    ("session_id", "wall"): "proctoring_session",
}

#: Tables whose ``person_id`` is a member of staff: the organisation says whose they are.
OF_STAFF = frozenset({"proctor_duty"})

#: What everybody may do for oneself; no id of anybody else is in it.
OWN = frozenset(
    {
        "/account/password",
        "/account/sessions/end",
        "/attempts/<uuid:attempt_id>/timer",  # a cookie of one's own browser
        "/identity/passkeys/options",  # one's own device
        "/identity/sample/groups",  # what one says of oneself
        "/locale",
        "/login",
        "/logout",
        "/maths/reading",
        "/reading",
    }
)

#: What a form of a page may ask for: enough to get past its checks, always about somebody else's child.
TEXT = "Достаточно длинная и понятная причина."
FORM = {
    **dict.fromkeys(("answer", "note", "question", "reason", "remedy", "stop_reason", "text", "why"), TEXT),
    "agree": "yes",
    "basis": "Приказ № 61",
    "choice": "for",
    "code": "123456",
    "course": "other",
    "covers": "minors",
    "decision": "confirm",
    "delivery": "class",
    "document_ref": "паспорт",
    "end": "revoke",
    "hours": "3",
    "issued_on": "2026-08-30",
    "kind": "other",
    "licence_no": "Л035",
    "licence_state": "licensed",
    "licensed": "yes",
    "mark": "5",
    "meeting_url": "https://meet.example/1",
    "method": "in_person",
    "minutes": "5",
    "name": "Центр",
    "order_date": "2026-11-11",
    "order_no": "7",
    "passed": "yes",
    "period": "1",
    "raw_result": "86",
    "scope": "whole",
    "subject": "informatics",
    "title": "Название",
    "trust_tier": "1",
    "verdict": "violation",
    "way": "class",
}
#: The same name asks for something else on some pages.
FORM_ON = {
    "/credit/commission": {"outcome": "report"},
    "/credit/office": {"outcome": "stands", "verdict": "verified"},
    "/consents": {"method": "paper_scan"},
    "/marking/late": {"decision": "accept"},
}


class Others:
    """The other school: its ids, by the variable of an address or the field of a form that names them."""

    def __init__(self, runtime: Runtime, school: DemoSchool, spec: dict[str, Any]) -> None:
        self.runtime, self.school, self.spec = runtime, school, spec
        self.known: dict[str, UUID] = {}

    def newest(self, table: str) -> UUID:
        """Return the id of the newest row of a table that is the other school's, or Sonya's own."""
        if table not in self.known:
            rows = Base.metadata.tables[table]
            wanted = sa.select(rows.c.id).order_by(rows.c.id.desc()).limit(1)
            owners = ("org_id",) if table in OF_STAFF else ("person_id", "subject_id", "org_id")
            owner = next((name for name in owners if name in rows.c), None)
            if owner is not None:
                theirs = self.school.id("school-14" if owner == "org_id" else "sonya")
                wanted = wanted.where(sa.or_(rows.c[owner] == theirs, rows.c[owner].is_(None)))
            with self.runtime.read() as session:
                found = session.scalar(wanted)
            is_known = found is not None or table in NONE_YET
            assert is_known, f"the school has no {table}: say in this test how one comes to be"
            self.known[table] = found or uuid4()
        return self.known[table]

    def stable_key(self) -> str:
        rows = Base.metadata.tables["plan_item"]
        wanted = sa.select(rows.c.stable_key).where(rows.c.version_id == self.newest("plan_version"))
        with self.runtime.read() as session:
            return str(session.scalars(wanted).first())

    def id_of(self, name: str, page: str) -> str:
        """Return the other school's id for a name such as ``case_id``; an unknown name must be declared above."""
        people = {
            "person_id": "sonya",
            "child_id": "sonya",
            "given_by": "anna",
            "signer": "anna",
            "person": "sonya",
        }
        if name in people:
            return str(self.school.id(people[name]))
        if name == "org_id":
            return str(self.school.id("school-14"))
        table = BY_PAGE.get((name, page)) or TABLES.get(name)
        assert table, f"/{page}: say in this test what stands behind <{name}>"
        return str(self.newest(table))

    def path(self, rule: Rule) -> str:
        """Return an address with ids of the other school in it."""
        page = rule.rule.removeprefix("/api/v1").split("/")[1]
        fixed = {
            "kind": "plans.credit_case",
            "name": "index.html",
            "no": "1",
            "number": "1",
            "seat": "1",
            "slot": "1",
            "file_form": "csv",
            "token": "never-was",
            "type_name": "numeric",
            "version": "1",
        }

        def value(found: re.Match[str]) -> str:
            name = found.group(1)
            return self.stable_key() if name == "stable_key" else fixed.get(name) or self.id_of(name, page)

        return re.sub(r"<(?:\w+:)?(\w+)>", value, rule.rule)

    def body(self, rule: Rule, method: str) -> dict[str, Any]:
        """Return what a writing request brings: plausible in form, and about somebody else's child."""
        if rule.rule.endswith(("/events", "/frames", "/operations", "/ops")):
            return self.script(rule)
        if rule.rule.startswith("/api/"):
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
            said = self.spec["paths"][path][method.lower()]
            content = said.get("requestBody", {}).get("content", {})
            for kind, described in content.items():
                sample = self.sample(described["schema"])
                return {"json": sample} if kind == "application/json" else {"data": sample}
            asked = [one for one in said.get("parameters", ()) if one["in"] == "query" and one["required"]]
            return {"query_string": {one["name"]: self.sample(one["schema"], one["name"]) for one in asked}}
        own = next((more for start, more in FORM_ON.items() if rule.rule.startswith(start)), {})
        names = (*TABLES, "given_by", "org_id", "person", "session_id")
        ids = {name: self.id_of(name, "sessions") for name in names}
        files = {name: (BytesIO(PDF), "a.pdf") for name in ("document", "file")}
        item = f"{ids['plan_id']}:{self.stable_key()}"
        signer = self.id_of("signer", "")
        return {
            "data": {
                **FORM,
                **ids,
                **own,
                **files,
                "item": item,
                "signer": signer,
                "person_id": ids["person"],
            }
        }

    def script(self, rule: Rule) -> dict[str, Any]:
        """Return what the scripts of the examination pages send."""
        if rule.rule.endswith("/frames"):
            return {"data": picture(), "content_type": "image/jpeg", "query_string": {"seq": 1, "nonce": "n"}}
        operation = {"op_id": str(uuid4()), "kind": "answer", "slot": 1, "payload": {"fields": {}}, "seq": 1}
        return {"json": {"kind": "camera_on"} if rule.rule.endswith("/events") else {"ops": [operation]}}

    def sample(self, schema: dict[str, Any], name: str = "") -> Any:
        """Return a value that a schema of the specification takes."""
        if "$ref" in schema:
            return self.sample(self.spec["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]])
        if "enum" in schema:
            return schema["enum"][0]
        kinds = schema.get("type", "string")
        match kinds if isinstance(kinds, str) else kinds[0]:
            case "object":
                return {key: self.sample(part, key) for key, part in schema.get("properties", {}).items()}
            case "array":
                return [self.sample(schema["items"], name)]
            case "integer" | "number":
                return 1
            case "boolean":
                return True
        match schema.get("format"):
            case "uuid":
                return str(uuid4()) if name == "op_id" else self.id_of(name, "sessions")
            case "date":
                return "2026-11-11"
            case "date-time":
                return "2026-11-11T09:00:00+00:00"
            case "binary":
                return (BytesIO(PDF), "a.pdf")
        return self.stable_key() if name == "stable_key" else TEXT[: schema.get("maxLength", 80)]


# --- the two schools --------------------------------------------------------------------------------------------


def picture() -> bytes:
    """Return a plain JPEG."""
    buffer = BytesIO()
    Image.new("RGB", (640, 480), (120, 120, 130)).save(buffer, "JPEG")
    return buffer.getvalue()


def trust_partners(runtime: Runtime, school: DemoSchool) -> None:
    """Let the other school trust an issuer and give a partner's system a key."""
    org_id, did = school.id("school-14"), "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
    with runtime.unit_of_work(school.actor("mironova")) as uow:
        source = uow.session.scalars(plans_queries.sources_statement(org_id, demo_credit.SOURCE)).one()
        credentials.trust_issuer(uow, org_id=org_id, issuer_id=did, name="A")
        partner_records.issue_partner_key(uow, org_id=org_id, source_id=source.id)


def ask_teacher(runtime: Runtime, school: DemoSchool) -> None:
    """Let Sonya ask about a step of a course that she takes, and keep a note there."""
    rows = Base.metadata.tables
    enrolments, sections, blocks = rows["enrolment"], rows["course_section"], rows["course_block"]
    with runtime.unit_of_work(school.actor("sonya")) as uow:
        enrolment, block = uow.session.execute(
            sa.select(enrolments.c.id, blocks.c.id)
            .join(sections, sections.c.version_id == enrolments.c.version_id)
            .join(blocks, blocks.c.section_id == sections.c.id)
            .where(enrolments.c.person_id == school.id("sonya"), enrolments.c.state == "active")
            .limit(1)
        ).one()
        courses.ask_teacher(uow, enrolment, block, "Почему?")
        courses.keep_note(uow, enrolment, block, "Спросить дома")


def live_on(runtime: Runtime, school: DemoSchool) -> None:
    """Let more happen at the other school, so that there is something of each kind to ask for."""
    sonya, tables = school.id("sonya"), Base.metadata.tables
    demo_credit.apply_for_credit(runtime, school, "sonya", "anna", result="86", number="М-2241")
    trust_partners(runtime, school)
    with runtime.read() as session:
        plan = session.scalars(
            sa.select(tables["plan"].c.id).where(tables["plan"].c.person_id == sonya)
        ).one()
        entry = session.scalars(
            sa.select(tables["entry"].c.id).where(
                tables["entry"].c.person_id == sonya,
                tables["entry"].c.id.not_in(sa.select(tables["attempt"].c.entry_id)),
            )
        ).one()
    with runtime.unit_of_work(school.actor("anna")) as uow:
        plans.propose_item(
            uow,
            plan_id=plan,
            title="Астрономический кружок",
            subject="technology",
            hours=Decimal(8),
            period=3,
            external_course="«Небо в бинокль», дворец творчества",
            reason="Соня наблюдает за небом.",
        )
    ask_teacher(runtime, school)
    with runtime.unit_of_work(school.actor("sonya")) as uow:
        shown = profiles.WorkText("Робот", "Собран дома.", uow.now().date(), Decimal(4))
        profiles.add_work(uow, person_id=sonya, text=shown, files=[("a.jpg", picture())])
        proctoring.submit_sample(uow, sonya, [(picture(), "a.jpg")] * 3)
        check = proctoring.choose_method(uow, entry, IdentityMethod.KNOWN_TEACHER)
    with runtime.unit_of_work(school.actor("kim")) as uow:
        plans.begin_version(uow, plan_id=plan, reason="Перерасчёт часов")
        proctoring.decide_identity(uow, check, is_confirmed=True, note="Как зовут кота?")
    with runtime.unit_of_work(school.actor("sonya")) as uow:
        attempt = assessment.start_attempt(uow, entry).id
    with runtime.unit_of_work(school.actor("gromova")) as uow:
        lines = "family_name,given_name,role\nВетров,Олег,teacher\n"
        people.import_people(uow, org_id=school.id("school-14"), name="a.csv", text=lines)
        (first, *_rest) = people_queries.classes_of(uow.session, [school.id("school-14")], uow.now())
        people.add_class_staff(
            uow, class_id=first.id, staff_id=school.id("lebedeva"), kind=AssignmentKind.CLASS_TEACHER
        )
        plans.begin_recount(uow, org_id=school.id("school-14"))
    with runtime.unit_of_work(school.actor("zimina")) as uow:
        org_id, outcomes = school.id("school-14"), []
        for code in ("a", "b"):
            made = curriculum.create_framework(uow, org_id=org_id, code=code, title=code)
            outcomes.append(curriculum.add_outcome(uow, framework_id=made.id, code="1", statement=code).id)
            curriculum.publish_framework(uow, framework_id=made.id)
        curriculum.propose_crosswalk(
            uow, org_id=org_id, source_id=outcomes[0], target_id=outcomes[1], relation=OutcomeRelation.EXACT
        )
    with runtime.unit_of_work(SYSTEM) as uow:
        sittings = tables["proctoring_session"]
        sitting = uow.session.scalars(sa.select(sittings.c.id).where(sittings.c.attempt_id == attempt)).one()
        stored = uow.store_file(
            picture(), area="evidence", media_type="image/jpeg", name="e.jpg", owner=sonya, encrypt_for=sonya
        )
        uow.session.add(
            Evidence(
                org_id=school.id("school-14"),
                person_id=sonya,
                session_id=sitting,
                file_id=stored.id,
                sha256=stored.sha256,
                captured_at=uow.now(),
                expires_at=uow.now() + timedelta(days=30),
            )
        )
    with runtime.unit_of_work(school.actor("sonya")) as uow:
        assessment.submit_attempt(uow, attempt)
    outbox.drain(runtime)
    keep_gradebook(runtime, school)


def keep_gradebook(runtime: Runtime, school: DemoSchool) -> None:
    """Let a teacher keep a gradebook with Sonya in it, and mark a session again."""
    tables = Base.metadata.tables
    with runtime.unit_of_work(school.actor("kim")) as uow:
        org_id = school.id("school-14")
        policy = sa.select(tables["mark_policy"].c.id).where(tables["mark_policy"].c.org_id == org_id)
        book = assessment.create_gradebook(
            uow,
            org_id,
            title="Биология, 8Б",
            subject="biology",
            mark_policy_id=uow.session.scalars(policy.limit(1)).one(),
        )
        works = assessment.add_category(uow, book, title="Работы", weight=Decimal(1))
        assessment.add_column(uow, works, title="Доклад", weight=Decimal(1), max_points=Decimal(5))
        assessment.seat_students(uow, book, [school.id("sonya")])
        sat = sa.select(tables["attempt"].c.session_id).where(
            tables["attempt"].c.person_id == school.id("sonya")
        )
        replay = Replay(uow.session.scalars(sat.limit(1)).one(), 1, ())
        assessment.propose_regrade(uow, replay, "Исправлен ключ")


def hire(runtime: Runtime, school: DemoSchool) -> dict[str, str]:
    """Give every role of the second school to a person of its own; return their logins by role."""
    logins = {}
    org_id = school.id("horizon")
    with runtime.unit_of_work(SYSTEM) as uow:
        for role in RoleKind:
            person = people.create_person(uow, family_name="Чужих", given_name=role.value)
            logins[role.value] = f"walker-{role.value}"
            people.create_account(uow, person_id=person, login=logins[role.value], password="walker-password")
            people.grant_role(uow, person_id=person, org_id=org_id, kind=role)
            if role in ASSIGNED:
                people.assign_staff(
                    uow, staff_id=person, student_id=school.id("timur"), org_id=org_id, kind=ASSIGNED[role]
                )
    return logins


ASSIGNED = {
    RoleKind.TEACHER: AssignmentKind.TEACHES,
    RoleKind.CLASS_TEACHER: AssignmentKind.CLASS_TEACHER,
    RoleKind.TUTOR: AssignmentKind.TUTOR,
    RoleKind.HOME_TEACHER: AssignmentKind.HOME_TEACHER,
    RoleKind.SPECIALIST: AssignmentKind.SPECIALIST,
}


@pytest.fixture(scope="module")
def folder(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with an empty migrated database."""
    made = tmp_path_factory.mktemp("refusals")
    shutil.copyfile(sqlite_template, made / "lms.db")
    return made


@pytest.fixture(scope="module")
def runtime(folder: Path) -> Iterator[Runtime]:
    """Return the product over that database."""
    settings = {**FAST_HASHES, "LMS_DATA_DIR": str(folder), "LMS_JOBS_URL": "memory://"}
    made = create_runtime(load_settings(settings), clock=FixedClock(SCHOOL_DAY))
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def app(runtime: Runtime) -> Flask:
    """Return the web application; the key of the forms is tested elsewhere and taken as given here."""
    made = create_app(runtime=runtime)
    made.config["WTF_CSRF_ENABLED"] = False
    return made


@pytest.fixture(scope="module")
def others(app: Flask, runtime: Runtime) -> Others:
    """Return the other school, in which there is something of each kind."""
    school = build_demo(runtime)
    live_on(runtime, school)
    (api,) = app.extensions["flask-smorest"]["apis"].values()
    return Others(runtime, school, api["ext_obj"].spec.to_dict())


@pytest.fixture(scope="module")
def logins(runtime: Runtime, others: Others) -> dict[str, str]:
    """Return the login of a person of the second school for each role, and of another family of the first."""
    family = {"another family's student": "lev", "another family's guardian": "irina"}
    return {**hire(runtime, others.school), **family}


# --- the walk ---------------------------------------------------------------------------------------------------

#: Addresses that answer strangers otherwise than "there is no such thing", each with the reason.
DECLARED = {
    "/working-days": "one calendar of working days serves every school of an installation",
    "/courses/lti/token": "a tool hears what the standard says: 400 or 401, in its own words",
    "/courses/lti/items/<uuid:block_id>": "401 to whoever brings no tool's key, whatever is asked for",
    "/courses/lti/items/<uuid:block_id>/scores": "401 to whoever brings no tool's key, whatever is asked for",
    "/marking/late/<uuid:attempt_id>": "what nobody has to decide any more leads to one's own queue, whoever asks",
}
#: Variables of an address that lead to what is one child's: whoever is refused there is in that child's access log.
A_CHILDS = frozenset(
    {
        "attempt_id",
        "attempt_item_id",
        "case_id",
        "check_id",
        "consent_id",
        "entry_id",
        "evidence_id",
        "person_id",
        "plan_id",
        "support_plan_id",
        "version_id",
    }
)
#: What a pupil of the same school shares with everybody there: its courses.
SHARED_AT_SCHOOL = re.compile(r"(/api/v1)?/courses/")


def routes(app: Flask) -> list[tuple[Rule, str]]:
    """Return every address with every method that it takes, but files of the product and what is one's own."""
    return [
        (rule, method)
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static" and rule.rule not in OWN
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def ask(client: FlaskClient, others: Others, rule: Rule, method: str) -> TestResponse:
    """Ask for something of the other school."""
    more = others.body(rule, method) if method in WRITES else {}
    headers = {"Accept": "application/json"}  # a refusal in JSON: nobody waits for sixty pages a second
    return client.open(others.path(rule), method=method, headers=headers, **more)


def faults(rule: Rule, method: str, answer: TestResponse) -> list[str]:
    """Return what is wrong with an answer that a stranger got."""
    status, found = answer.status_code, []
    if any(name.encode() in answer.data for name in ("Ветров", "Соня")):
        found.append("names the child")
    if rule.arguments:
        is_fine = status in {403, 404}
    elif method in WRITES:
        is_fine = status in {403, 404, 422}
    else:
        is_fine = status in {200, 204, 302, 303, 403, 422}
    if not is_fine and rule.rule not in DECLARED:
        found.append(f"answers {status}")
    return [f"{method} {rule.rule} {fault}" for fault in found]


def refusals_noted(runtime: Runtime, others: Others) -> int:
    """Return how many refusals the access log of Sonya has."""
    is_hers = (AccessLog.subject_person_id == others.school.id("sonya")) & (AccessLog.outcome == "refused")
    with runtime.read() as session:
        return session.scalars(sa.select(sa.func.count()).where(is_hers)).one()


def fingerprint(runtime: Runtime) -> dict[str, str]:
    """Return a hash of every table but those in which looking itself leaves a trace."""
    left_out = {"access_log", "account_session", "ledger_head", "worker_beat"}
    hashes = {}
    with runtime.read() as session:
        for name, table in Base.metadata.tables.items():
            if name not in left_out:
                rows = session.execute(sa.select(table).order_by(*table.primary_key.columns)).all()
                hashes[name] = hashlib.sha256(repr(rows).encode()).hexdigest()
    return hashes


@pytest.fixture
def sign_in(app: Flask) -> Callable[[str, str], FlaskClient]:
    """Return a function that gives a signed-in client."""

    def enter(login: str, password: str) -> FlaskClient:
        client = app.test_client()
        assert client.post("/login", data={"login": login, "password": password}).status_code == 303, login
        return client

    return enter


def test_all_eighteen_roles_walk(logins: dict[str, str]) -> None:
    assert len(RoleKind) == 18 and len(logins) == 20


def test_strangers_of_every_role_find_nothing_and_change_nothing(
    app: Flask,
    runtime: Runtime,
    others: Others,
    logins: dict[str, str],
    sign_in: Callable[[str, str], FlaskClient],
) -> None:
    clients = {
        login: sign_in(login, f"marshrut-{login}" if " " in role else "walker-password")
        for role, login in logins.items()
    }
    before, wrong = fingerprint(runtime), []
    for turn, (role, login) in enumerate(logins.items()):
        is_family, client = " " in role, clients[login]
        actor = actor_of(runtime, login)
        shut: dict[tuple[str, str], list[Rule]] = {}
        for rule, method in routes(app):
            action = declared_action(app, rule.endpoint, method)
            assert action is not None, f"{rule.rule} declares no action"
            if runtime.policy.action(action).roles == ANYONE and not rule.arguments:
                continue  # guests see it too
            if not runtime.policy.allows_role(actor, action):
                shut.setdefault((action, method), []).append(rule)
            elif not (is_family and SHARED_AT_SCHOOL.match(rule.rule)):
                noted = refusals_noted(runtime, others)
                answer = ask(client, others, rule, method)
                wrong += [f"{role}: {fault}" for fault in faults(rule, method, answer)]
                is_a_childs = answer.status_code == 404 and rule.arguments & A_CHILDS
                if is_a_childs and refusals_noted(runtime, others) == noted:
                    wrong.append(f"{role}: {method} {rule.rule} is refused and not in the child's access log")
        # A shut action is refused before anything else is looked at: one address of each, another for each role.
        for (_action, method), rules in shut.items():
            rule = rules[turn % len(rules)]
            answer = ask(client, others, rule, method)
            if answer.status_code not in {403, 404}:
                wrong.append(f"{role}: {method} {rule.rule} answers {answer.status_code} although it is shut")
    assert wrong == []
    after = fingerprint(runtime)
    assert [name for name in before if before[name] != after[name]] == [], "these tables have changed"


def actor_of(runtime: Runtime, login: str) -> Actor:
    """Return a person as an actor with the roles held now."""
    with runtime.read() as session:
        person_id = person_ids_by_login(session)[login]
        return Actor("person", person_id, None, roles_of(session, person_id, runtime.clock.now()), login)


def test_a_guest_is_led_to_the_door_whatever_is_asked(app: Flask, runtime: Runtime, others: Others) -> None:
    before, wrong = fingerprint(runtime), []
    for rule, method in routes(app):
        action = declared_action(app, rule.endpoint, method)
        assert action is not None, f"{rule.rule} declares no action"
        if runtime.policy.action(action).roles == ANYONE:
            continue
        more = others.body(rule, method) if method in WRITES else {}
        answer = app.test_client().open(others.path(rule), method=method, **more)
        is_door = answer.status_code == 303 and answer.location.startswith("/login")
        if not (is_door or answer.status_code == 401):
            wrong.append(f"{method} {rule.rule} answers {answer.status_code}")
    assert wrong == []
    assert before == fingerprint(runtime)


def test_every_refusal_of_a_stranger_is_in_the_childs_access_log(
    runtime: Runtime, others: Others, logins: dict[str, str], sign_in: Callable[[str, str], FlaskClient]
) -> None:
    sonya = others.school.id("sonya")
    client = sign_in(logins["director"], "walker-password")
    asked = [f"/profile/{sonya}", f"/consents/student/{sonya}", f"/plans/{others.newest('plan')}"]
    for address in asked:
        assert client.get(address).status_code == 404
    with runtime.read() as session:
        refused = session.scalars(
            sa.select(AccessLog.action).where(
                AccessLog.subject_person_id == sonya,
                AccessLog.outcome == "refused",
                AccessLog.actor_person_id == actor_of(runtime, logins["director"]).person_id,
            )
        ).all()
    assert {"profiles.view", "people.manage_consents", "plans.read"} <= set(refused)
