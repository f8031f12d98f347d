"""Consents under a qualified signature: checked on the way in, as those under plans are. One engine."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from flask.testing import FlaskClient

from lms.core.clock import FixedClock
from lms.core.errors import InvalidInput
from lms.core.runtime import Runtime
from lms.demo.cast import DemoSchool
from lms.people import queries
from lms.people.service import consents
from lms.people.types import ConsentMethod, ConsentPurpose, ConsentState
from lms.plans import service
from lms.plans.queries.plan_documents import anchors_of as plan_anchors
from tests.fixtures.signers import Signer, authority, revocation_list, signer
from tests.integration.plans.conftest import Plans, csrf

Enter = Callable[[str], FlaskClient]
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def engine_url(sqlite_url: str) -> str:
    """Return SQLite: nothing here depends on the engine."""
    return sqlite_url


@pytest.fixture
def school(plans: Plans) -> DemoSchool:
    """Return the cast of the demonstration."""
    return plans.school


@pytest.fixture
def root(runtime: Runtime, school: DemoSchool, clock: FixedClock) -> Signer:
    """Return an authority that the school trusts."""
    made = authority(clock.now())
    with runtime.unit_of_work(school.actor("gromova")) as uow:
        service.add_anchor(
            uow, org_id=school.id("school-14"), certificate=made.certificate.public_bytes(Encoding.PEM)
        )
    return made


@pytest.fixture
def draft(runtime: Runtime, school: DemoSchool) -> UUID:
    """Return a consent that waits for Anna's signature."""
    with runtime.unit_of_work(school.actor("mironova")) as uow:
        return consents.prepare_consent(
            uow,
            subject_id=school.id("sonya"),
            org_id=school.id("school-14"),
            given_by=school.id("anna"),
            purpose=ConsentPurpose.BIOMETRICS,
        )


def name_and_text(runtime: Runtime, school: DemoSchool, draft: UUID) -> tuple[str, bytes]:
    with runtime.read() as session:
        return queries.person_card(session, school.id("anna")).name, queries.consent_to_sign(session, draft)


def attached(
    runtime: Runtime, school: DemoSchool, draft: UUID, signature: bytes, report: bytes = b""
) -> queries.ConsentView:
    with runtime.unit_of_work(school.actor("mironova")) as uow:
        consents.attach_signed_consent(
            uow,
            draft,
            document=signature,
            document_name="consent.sig",
            method=ConsentMethod.QUALIFIED,
            report=(report, "report.pdf"),
        )
    with runtime.read() as session:
        return queries.consent_view(session, draft)


def refusal(runtime: Runtime, school: DemoSchool, draft: UUID, signature: bytes, report: bytes = b"") -> str:
    with pytest.raises(InvalidInput) as told:
        attached(runtime, school, draft, signature, report)
    with runtime.read() as session:
        assert queries.consent_view(session, draft).state is ConsentState.DRAFT
    return told.value.code.removeprefix("people.signature_")


def revoke(runtime: Runtime, school: DemoSchool, root: Signer, at: FixedClock, *lost: Signer) -> None:
    made = revocation_list(root, at.now(), *lost).public_bytes(Encoding.DER)
    with runtime.read() as session:
        (row,) = plan_anchors(session, school.id("school-14"))
    with runtime.unit_of_work(school.actor("gromova")) as uow:
        service.add_revocations(uow, anchor_id=row.id, data=made)


def test_only_the_givers_own_certificate_under_this_very_consent_puts_it_in_force(
    runtime: Runtime, school: DemoSchool, draft: UUID, root: Signer, clock: FixedClock
) -> None:
    name, text = name_and_text(runtime, school, draft)
    anna, other = signer(root, name, clock.now()), signer(root, "Кто Другой", clock.now())
    stranger = signer(authority(clock.now()), name, clock.now())
    good = anna.sign(text)
    tries = {
        "unreadable": b"",
        "other_content": anna.sign(text.replace(b"biometrics-2", b"biometrics-1")),
        "of_another": other.sign(text),
        "untrusted": stranger.sign(text),
        "forged": good[:-4] + bytes(4),
    }
    assert {code: refusal(runtime, school, draft, one) for code, one in tries.items()} == {
        c: c for c in tries
    }
    for code in ("other_content", "of_another", "forged"):  # no report mends what is seen to be wrong here
        assert refusal(runtime, school, draft, tries[code], PDF) == code
    clock.advance(timedelta(days=400))
    assert refusal(runtime, school, draft, good) == "untrusted", "its time is over"
    clock.advance(timedelta(days=-400))
    view = attached(runtime, school, draft, good)
    assert (view.state, view.method) == (ConsentState.ACTIVE, "qualified")
    assert view.certificate and name in view.certificate["subject"]
    assert (view.certificate["checked"], view.certificate["revocation"]) == ("here", "unknown")
    with runtime.unit_of_work(school.actor("mironova")) as uow:
        assert view.document_file_id and view.signed_text_file_id
        assert uow.open_file(view.document_file_id)[1] == good
        assert uow.open_file(view.signed_text_file_id)[1] == text, "the very text is kept"


def test_a_revoked_certificate_is_refused_and_a_list_says_which_are_not(
    runtime: Runtime, school: DemoSchool, draft: UUID, root: Signer, clock: FixedClock
) -> None:
    name, text = name_and_text(runtime, school, draft)
    anna, lost = signer(root, name, clock.now()), signer(root, name, clock.now())
    revoke(runtime, school, root, clock, lost)
    assert refusal(runtime, school, draft, lost.sign(text)) == "revoked"
    assert refusal(runtime, school, draft, lost.sign(text), PDF) == "revoked"
    view = attached(runtime, school, draft, anna.sign(text))
    assert view.certificate and view.certificate["revocation"] == "good"


def test_the_office_takes_what_cannot_be_checked_here_with_a_report_and_the_family_sees_all_files(
    school: DemoSchool, runtime: Runtime, draft: UUID, sign_in: Enter, clock: FixedClock
) -> None:
    family, office = sign_in("anna"), sign_in("mironova")
    page, desk = f"/consents/{draft}/to-sign", f"/consents/student/{school.id('sonya')}"
    assert page in family.get("/consents").text and page in office.get(desk).text
    text = family.get(page).data
    name, expected = name_and_text(runtime, school, draft)
    assert text == expected
    signature = signer(authority(clock.now()), name, clock.now()).sign(text)

    def sent(**files: bytes) -> tuple[int, str]:
        form = {key: (io.BytesIO(data), f"{key}.bin") for key, data in files.items()}
        body = {"csrf_token": csrf(office, desk), "method": "qualified", **form}
        answer = office.post(f"/consents/{draft}/attach", data=body)
        return answer.status_code, answer.text

    status, said = sent(document=signature)
    assert status == 422 and 'href="#f-document"' in said
    status, said = sent(document=signature, report=b"no report")
    assert status == 422 and 'href="#f-report"' in said
    assert sent(document=signature, report=PDF)[0] == 303
    shown = family.get("/consents").text
    links = [link for link in re.findall(r'href="([^"]+)"', shown) if str(draft) in link]
    got = {link.rsplit("/", 1)[1]: family.get(link) for link in links}
    assert got["document"].data == signature and got["to-sign"].data == text and got["report"].data == PDF
    assert "attachment" in got["document"].headers["Content-Disposition"]
    assert {sign_in("irina").get(link).status_code for link in links} == {404}


def test_the_file_says_what_the_page_says_in_both_languages(draft: UUID, sign_in: Enter) -> None:
    family = sign_in("anna")
    text = family.get(f"/consents/{draft}/to-sign").text
    for language in ("ru", "en"):
        page = family.get(f"/consents/{draft}/text", headers={"Accept-Language": language}).text
        body = re.sub(r"<[^>]+>", "\n", page.partition('class="narrow prose"')[2].partition("</main>")[0])
        lines = [line.strip() for line in html.unescape(body).splitlines() if len(line.strip()) > 10]
        told = [line for line in lines if "biometrics-2" not in line and "____" not in line]
        assert len(told) >= 8
        assert [line for line in told if line.lstrip('>"') not in text] == []
