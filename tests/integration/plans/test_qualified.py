"""Plans signed with qualified signatures: checked here where that can be done, by a report where it cannot. One engine."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from flask.testing import FlaskClient

from lms.core.clock import FixedClock
from lms.core.errors import Conflict, InvalidInput
from lms.people.queries import person_card
from lms.plans import service
from lms.plans.models import Approval
from lms.plans.queries.plan_documents import anchors_of, paper_to_sign
from lms.plans.types import ApprovalRole, PlanReceipt, SignatureKind
from tests.fixtures.signers import Signer, authority, revocation_list, signer
from tests.integration.plans.conftest import Plans, csrf

Enter = Callable[[str], FlaskClient]


@pytest.fixture
def engine_url(sqlite_url: str) -> str:
    """Return SQLite: nothing here depends on the engine."""
    return sqlite_url


@pytest.fixture
def root(clock: FixedClock) -> Signer:
    """Return an authority."""
    return authority(clock.now())


@pytest.fixture
def pdf() -> bytes:
    """Return a small PDF."""
    return b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def _name(plans: Plans) -> str:
    with plans.runtime.read() as session:
        return person_card(session, plans.school.id("anna")).name


def _to_sign(plans: Plans, receipt: PlanReceipt) -> bytes:
    with plans.runtime.read() as session:
        return paper_to_sign(session, receipt.version_id)


def _sign(plans: Plans, receipt: PlanReceipt, signature: bytes, login: str = "anna") -> PlanReceipt:
    with plans.uow(login) as uow:
        return service.sign_qualified(
            uow, version_id=receipt.version_id, signature=signature, signature_name="plan.sig"
        )


def _trust(plans: Plans, root: Signer) -> None:
    with plans.uow("gromova") as uow:
        service.add_anchor(
            uow, org_id=plans.school.id("school-14"), certificate=root.certificate.public_bytes(Encoding.PEM)
        )


def test_only_the_signers_own_certificate_of_a_trusted_authority_under_this_version_counts(
    plans: Plans, clock: FixedClock, root: Signer
) -> None:
    receipt = plans.submitted(plans.begun())
    name = _name(plans)
    anna, other = signer(root, name, clock.now()), signer(root, "Кто Другой", clock.now())
    text = _to_sign(plans, receipt)
    tries = [
        (anna.sign(text), "plans.signature_untrusted"),  # nobody is trusted yet
        (b"", "plans.signature_unreadable"),
    ]
    for signature, code in tries:
        with pytest.raises(InvalidInput) as told:
            _sign(plans, receipt, signature)
        assert told.value.code == code
    _trust(plans, root)
    for signature, code in [
        (anna.sign(text + b" "), "plans.signature_other_content"),
        (other.sign(text), "plans.signature_of_another"),
    ]:
        with pytest.raises(InvalidInput) as told:
            _sign(plans, receipt, signature)
        assert told.value.code == code
    _sign(plans, receipt, anna.sign(text))
    assert plans.unsigned(receipt, ApprovalRole.GUARDIAN) == []
    assert _to_sign(plans, receipt) == text  # what is agreed did not change by being signed
    with plans.runtime.read() as session:
        rows = session.scalars(sa.select(Approval).where(Approval.version_id == receipt.version_id)).all()
    assert {row.signature_kind for row in rows} == {SignatureKind.QUALIFIED}
    assert all(row.certificate and row.certificate["checked"] == "here" for row in rows)
    plans.ordered(receipt)
    with plans.uow("kim") as uow:  # the next version keeps what it signed, with what lies behind it
        after = service.begin_version(uow, plan_id=receipt.plan_id, reason="Physics at home.")
    plans.edited(after, "Физика: тепловые", note="At home.")
    plans.submitted(after)
    assert plans.unsigned(after, ApprovalRole.GUARDIAN) == [plans.item(after, "Физика: тепловые").stable_key]


def test_an_authority_is_trusted_once_while_it_lasts_and_ended_by_a_head(
    plans: Plans, clock: FixedClock, root: Signer
) -> None:
    org_id = plans.school.id("school-14")
    _trust(plans, root)
    with pytest.raises(Conflict, match="certificate_known"):
        _trust(plans, root)
    with pytest.raises(InvalidInput, match="certificate_over"):
        _trust(plans, authority(clock.now() - timedelta(days=4000)))
    with plans.runtime.read() as session:
        (row,) = anchors_of(session, org_id)
    with plans.uow("gromova") as uow:
        service.end_anchor(uow, anchor_id=row.id)
    receipt = plans.submitted(plans.begun())
    anna = signer(root, _name(plans), clock.now())
    with pytest.raises(InvalidInput, match="signature_untrusted"):
        _sign(plans, receipt, anna.sign(_to_sign(plans, receipt)))


def test_what_cannot_be_checked_here_the_office_takes_with_a_report_and_everybody_reads_so(
    plans: Plans, clock: FixedClock, root: Signer, sign_in: Enter, pdf: bytes
) -> None:
    receipt = plans.submitted(plans.begun())
    anna = signer(root, _name(plans), clock.now())
    family = sign_in("anna")
    page = f"/plans/versions/{receipt.version_id}/sign/qualified"
    assert page in family.get(f"/plans/versions/{receipt.version_id}/sign").text
    taken = family.get(f"/plans/versions/{receipt.version_id}/documents/to-sign").data
    assert taken == _to_sign(plans, receipt)

    def sent(client: FlaskClient, address: str, **files: tuple[bytes, str]) -> tuple[int, str]:
        form = {key: (io.BytesIO(data), name) for key, (data, name) in files.items()}
        answer = client.post(
            address,
            data={"csrf_token": csrf(client, address), "signer": str(plans.school.id("anna")), **form},
        )
        return answer.status_code, answer.text

    status, text = sent(family, page, signature=(anna.sign(taken), "plan.sig"))
    assert status == 422 and 'href="#f-signature"' in text
    office = sign_in("mironova")
    desk = f"/plans/versions/{receipt.version_id}/paper/qualified"
    assert sent(office, desk, signature=(anna.sign(taken), "plan.sig"))[0] == 422  # without the report
    wrong = sent(office, desk, signature=(anna.sign(b"-"), "plan.sig"), report=(pdf, "report.pdf"))
    assert wrong[0] == 422  # a report does not mend what is seen to be under another file
    assert sent(office, desk, signature=(anna.sign(taken), "plan.sig"), report=(pdf, "report.pdf"))[0] == 303
    assert plans.unsigned(receipt, ApprovalRole.GUARDIAN) == []
    shown = family.get(f"/plans/versions/{receipt.version_id}/signatures").text
    links = [part.split('"')[0] for part in shown.split('href="') if "/signatures/" in part.split('"')[0]]
    assert len(links) == 2 and ("отчёт" in shown or "report" in shown)
    got = [family.get(link) for link in links]
    assert [row.status_code for row in got] == [200, 200] and got[1].data == pdf
    assert "attachment" in got[0].headers["Content-Disposition"]
    assert sign_in("irina").get(links[1]).status_code == 404


def test_a_list_that_the_school_puts_in_refuses_revoked_certificates_and_without_one_it_is_unknown(
    plans: Plans, clock: FixedClock, root: Signer, sign_in: Enter
) -> None:
    _trust(plans, root)
    receipt = plans.submitted(plans.begun())
    name, head = _name(plans), sign_in("gromova")
    anna, lost = signer(root, name, clock.now()), signer(root, name, clock.now())
    with plans.runtime.read() as session:
        (row,) = anchors_of(session, plans.school.id("school-14"))
    page = f"/plans/authorities/{row.id}/list"
    assert page in head.get("/plans/authorities").text

    def put(made: x509.CertificateRevocationList) -> int:
        sent = (io.BytesIO(made.public_bytes(Encoding.DER)), "revoked.crl")
        return head.post(page, data={"csrf_token": csrf(head, page), "list": sent}).status_code

    assert put(revocation_list(authority(clock.now()), clock.now())) == 422  # of somebody else
    assert put(revocation_list(root, clock.now(), days=-1)) == 422  # out of date
    assert put(revocation_list(root, clock.now(), lost)) == 303
    older = revocation_list(root, clock.now() - timedelta(minutes=10))
    assert put(older) == 422  # brings nobody back
    with pytest.raises(InvalidInput, match="signature_revoked"):
        _sign(plans, receipt, lost.sign(_to_sign(plans, receipt)))
    _sign(plans, receipt, anna.sign(_to_sign(plans, receipt)))
    shown = sign_in("anna").get(f"/plans/versions/{receipt.version_id}/signatures").text
    assert "не был отозван" in shown
    with plans.runtime.read() as session:
        rows = session.scalars(sa.select(Approval).where(Approval.version_id == receipt.version_id)).all()
    assert {row.certificate["revocation"] for row in rows if row.certificate} == {"good"}
