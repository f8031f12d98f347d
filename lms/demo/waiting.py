"""Leave something to do on every desk: one more family whose plan, credits, identity and exam wait for people."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from lms.assessment import queries as exams
from lms.assessment import service as assessment
from lms.assessment.contracts import QUESTION_TYPES, MarkStatus
from lms.assessment.service.contents import questions_of
from lms.assessment.types import Operation, OperationKind, SignIn
from lms.core import outbox
from lms.core.actor import SYSTEM
from lms.core.ids import new_id
from lms.core.runtime import Runtime
from lms.demo import gradebook
from lms.demo.cast import NEWCOMERS, DemoSchool, load_newcomers
from lms.demo.content import blood_exam
from lms.demo.credit import apply_for_credit, carry_to_commission, sonya_certificate
from lms.demo.plans import EXTERNAL_COURSE, change_items, sign_plan
from lms.people import service as people
from lms.people.types import MeasureCode, MeasureValue
from lms.plans import queries, service
from lms.plans.types import Delivery, DocumentKind, PlanScope, ResultScale
from lms.proctoring import service as proctoring
from lms.proctoring.types import IdentityMethod

__all__ = ["build"]

SCHOOL = "school-14"
EARLY_EXAM = "Биология: кровь и кровообращение, досрочно"
ESSAY = (
    "В малом круге кровь проходит через лёгкие и берёт кислород. В большом круге она несёт кислород ко всем органам. "
    "Если бы круг был один, кровь с кислородом смешивалась бы с той, что его уже отдала, и органам его не хватало бы."
)

#: What Mila knows by half.
SLIPS = frozenset({"Сколько крови перекачивает сердце", "Самая толстая стенка сердца"})


def build(runtime: Runtime, school: DemoSchool) -> None:
    """Let the Krylovs join: a plan, two cases of credit, an exam, a wish; each waits for somebody."""
    load_newcomers(runtime, school)
    steps = (_plan, _commission_case, _office_case, _exam, _identity, _next_plan, _wishes, _measures)
    for step in (*steps, gradebook.build):
        step(runtime, school)
        outbox.drain(runtime)


def _plan(runtime: Runtime, school: DemoSchool) -> None:
    """Bring a plan of two subjects into force, with informatics studied elsewhere."""
    with runtime.unit_of_work(school.actor("kim")) as uow:
        template = queries.templates_for(uow.session, [school.id(SCHOOL)])[0]
        receipt = service.create_plan_from_template(
            uow,
            person_id=school.id("mila"),
            template_id=template.id,
            basis="Заявление родителя, частые поездки",
            scope=PlanScope.SUBJECTS,
            subjects=["physics", "informatics"],
        )
    external = {
        "Информатика: программы": lambda c: replace(
            c, delivery=Delivery.EXTERNAL, external_course=EXTERNAL_COURSE
        )
    }
    change_items(runtime, school, "kim", receipt.version_id, external)
    sign_plan(runtime, school, receipt, teacher="kim", parent="denis", head="gromova", order="90")


def _next_plan(runtime: Runtime, school: DemoSchool) -> None:
    """Hand in a second version, signed by the father: the order of the director is missing."""
    with runtime.unit_of_work(school.actor("kim")) as uow:
        active = queries.active_plan(uow.session, school.id("mila"), uow.today())
        assert active is not None
        draft = service.begin_version(
            uow, plan_id=active.id, reason="Вторую тему физики Мила проходит дома во время поездки."
        )
    home = {"Физика: электричество": lambda c: replace(c, delivery=Delivery.HOME)}
    change_items(runtime, school, "kim", draft.version_id, home)
    with runtime.unit_of_work(school.actor("kim")) as uow:
        service.submit_version(uow, version_id=draft.version_id)
    with runtime.unit_of_work(school.actor("denis")) as uow:
        service.approve(uow, version_id=draft.version_id)


def _commission_case(runtime: Runtime, school: DemoSchool) -> None:
    """Refer the father's application to the commission: nobody has voted yet."""
    case_id = apply_for_credit(runtime, school, "mila", "denis", result="78", number="М-2263")
    carry_to_commission(runtime, school, case_id)


def _office_case(runtime: Runtime, school: DemoSchool) -> None:
    """Hand in an application whose course the school does not know yet: the office checks its documents."""
    with runtime.read() as session:
        items = queries.items_to_credit(session, school.id("mila"))
        item = next(one for one in items if one.subject == "physics")
        source = session.scalars(queries.sources_statement(school.id(SCHOOL), "Квант")).one()
    with runtime.unit_of_work(school.actor("denis")) as uow:
        day = uow.today() - timedelta(days=40)
        step = service.open_case(
            uow, person_id=school.id("mila"), plan_id=item.plan_id, stable_key=item.stable_key
        )
        service.choose_source(uow, step.case_id, source.id)
        service.describe_course(uow, step.case_id, title="Физика в опытах", hours=Decimal(12))
        value = service.CertificateValue(
            issued_on=day,
            hours=Decimal(12),
            raw_result="зачтено",
            number="К-118",
            scale=ResultScale.PASS_FAIL,
        )
        service.describe_certificate(uow, step.case_id, value)
        data = sonya_certificate(day, student="mila", result="зачтено", number="К-118")
        service.attach_evidence(
            uow, step.case_id, kind=DocumentKind.CERTIFICATE, data=data, name="Сертификат Квант.pdf"
        )
        service.submit_case(uow, step.case_id)


def _exam(runtime: Runtime, school: DemoSchool) -> None:
    """Let Mila sit the biology exam early, before a camera: an essay waits for a teacher, the sitting for reviewers."""
    entry_id = _admit(runtime, school, "biology", EARLY_EXAM)
    with runtime.unit_of_work(school.actor("mila")) as uow:
        check_id = proctoring.choose_method(uow, entry_id, IdentityMethod.KNOWN_TEACHER)
    with runtime.unit_of_work(school.actor("kim")) as uow:
        proctoring.decide_identity(uow, check_id, is_confirmed=True, note="О чём был твой доклад в сентябре?")
    with runtime.unit_of_work(school.actor("mila")) as uow:
        attempt_id = assessment.start_attempt(uow, entry_id).id
    password = next(person.password for person in NEWCOMERS if person.login == "mila")
    with runtime.unit_of_work(SYSTEM) as uow:
        signed = people.sign_in(uow, "mila", password)
    sign_in = SignIn(signed.person_id, signed.account_id, signed.session_id, signed.epoch)
    assessment.save_operations(
        runtime, sign_in, attempt_id, _answers(runtime, attempt_id), runtime.clock.now()
    )
    with runtime.unit_of_work(school.actor("mila")) as uow:
        assessment.submit_attempt(uow, attempt_id)


def _answers(runtime: Runtime, attempt_id: UUID) -> list[Operation]:
    """Return what Mila answers: nearly everything rightly, a unit forgotten, one side of the heart taken for the other."""
    types = runtime.registries.of(QUESTION_TYPES)
    written = {question.content["prompt"]: question for question in blood_exam.QUESTIONS}
    with runtime.read() as session:
        asked = questions_of(session, attempt_id)
    operations = list[Operation]()
    for item in asked:
        question = written[item.version.content["prompt"]]
        status = MarkStatus.PARTIAL if question.title in SLIPS else MarkStatus.RIGHT
        said = next((test.answer for test in question.tests if test.status is status), ESSAY)
        fields = types.get(item.version.type).fields_for(item.version.content, item.variant_seed, said)
        payload = {"fields": dict(fields)}
        operations.append(Operation(new_id(), OperationKind.ANSWER, item.slot, payload, len(operations)))
    return operations


def _identity(runtime: Runtime, school: DemoSchool) -> None:
    """Let Mila ask, before the physics exam, to be recognised with a document by video."""
    entry_id = _admit(runtime, school, "physics", "")
    with runtime.unit_of_work(school.actor("mila")) as uow:
        proctoring.choose_method(uow, entry_id, IdentityMethod.DOCUMENT_VIDEO)


def _admit(runtime: Runtime, school: DemoSchool, subject: str, title: str) -> UUID:
    """Put Mila on the roster of a subject's exam, of one of its own under ``title``; return the entry."""
    org_id = school.id(SCHOOL)
    with runtime.unit_of_work(school.actor("kim")) as uow:
        card = next(c for c in exams.sessions_of(uow.session, [org_id]) if c.subject == subject)
        session_id = card.id
        if title:
            plan = next(b for b in exams.blueprints_of(uow.session, [org_id]) if b.subject == subject)
            session_id = assessment.create_session(
                uow,
                org_id,
                card.kind,
                plan.version_id,
                card.opens_at,
                card.closes_at,
                title=title,
                venue="Дома",
            )
        return assessment.admit(uow, session_id, school.id("mila")).id


def _wishes(runtime: Runtime, school: DemoSchool) -> None:
    """Let the father propose something for the plan: a teacher, the tutor or the deputy head answers."""
    with runtime.unit_of_work(school.actor("denis")) as uow:
        active = queries.active_plan(uow.session, school.id("mila"), uow.today())
        assert active is not None
        service.propose_item(
            uow,
            plan_id=active.id,
            title="География родного края: походы",
            subject="geography",
            hours=Decimal(12),
            period=4,
            external_course="«Юный краевед», дом творчества",
            reason="Мила ходит в этот кружок и ведёт дневник походов.",
        )


def _measures(runtime: Runtime, school: DemoSchool) -> None:
    """Let the deputy head propose larger type; the specialist and the father have not answered yet."""
    with runtime.unit_of_work(school.actor("zimina")) as uow:
        people.create_support_plan(
            uow,
            person_id=school.id("mila"),
            measures=[MeasureValue(MeasureCode.LARGE_TYPE, {"size": 150}, ("all",))],
            source_ref="Заключение ППк № 15",
            valid_from=uow.today(),
        )
