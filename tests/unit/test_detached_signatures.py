"""A signature in a file of its own, checked offline: what is genuine, changed, foreign, or of a kind nobody here can read."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lms.core.errors import InvalidInput
from lms.plans.rules.detached_signatures import SignatureFinding, check_detached, is_named, read_anchor
from lms.plans.rules.revocations import read_revocations
from tests.fixtures.signers import Signer, authority, revocation_list, signer

NOW = datetime(2026, 9, 1, 9, tzinfo=UTC)
TEXT = "Учебный план: физика 68 ч".encode()
ROOT = authority(NOW)
ANNA = signer(ROOT, "Белова Анна Сергеевна", NOW)


def _finding(signature: bytes, content: bytes = TEXT, anchors: tuple[Signer, ...] = (ROOT,), later: int = 0):
    at = NOW + timedelta(days=later)
    return check_detached(signature, content, [row.certificate for row in anchors], at).finding


@pytest.mark.parametrize("is_rsa", [False, True])
@pytest.mark.parametrize("encoding", ["der", "pem", "base64"])
def test_a_genuine_signature_is_valid_in_every_spelling(is_rsa: bool, encoding: str) -> None:
    who = signer(ROOT, "Белова Анна Сергеевна", NOW, is_rsa=is_rsa)
    raw = who.sign(TEXT)
    spelt = {
        "der": raw,
        "pem": b"-----BEGIN CMS-----\n" + base64.encodebytes(raw) + b"-----END CMS-----\n",
        "base64": base64.encodebytes(raw),
    }
    check = check_detached(spelt[encoding], TEXT, [ROOT.certificate], NOW)
    assert check.finding is SignatureFinding.VALID
    assert (
        is_named(check, "Анна Белова") and not is_named(check, "Ирина Белова") and not is_named(check, "Анна")
    )


def test_what_is_not_this_paper_by_a_trusted_hand_is_not_valid() -> None:
    genuine, stranger = ANNA.sign(TEXT), authority(NOW)
    attached = ANNA.sign(TEXT, is_detached=False)
    assert _finding(attached) is SignatureFinding.VALID
    assert _finding(attached, TEXT + b".") is SignatureFinding.OTHER_CONTENT
    assert _finding(genuine, TEXT + b".") is SignatureFinding.OTHER_CONTENT
    assert _finding(genuine, anchors=(stranger,)) is SignatureFinding.UNTRUSTED
    assert _finding(genuine, anchors=()) is SignatureFinding.UNTRUSTED
    assert _finding(genuine, later=400) is SignatureFinding.UNTRUSTED  # the certificate has run out
    assert _finding(genuine, later=-2) is SignatureFinding.UNTRUSTED  # and had not begun
    # somebody who only has a certificate is no authority: a chain through it proves nothing
    assert _finding(signer(ANNA, "Белова Анна Сергеевна", NOW).sign(TEXT)) is SignatureFinding.UNTRUSTED
    assert (
        _finding(signer(ROOT, "Белова Анна", NOW, for_signing=False).sign(TEXT)) is SignatureFinding.UNTRUSTED
    )
    for junk in (b"", b"0", b"%PDF-1.7", b"\x30\x80\x00", genuine[:-9], b"\xff" * 40):
        assert _finding(junk) is SignatureFinding.UNREADABLE


@pytest.mark.filterwarnings("ignore:Parsed a serial number")  # the library warns of one below zero
@given(place=st.integers(0, 2000), bit=st.integers(0, 7))
@example(place=1559, bit=7)
@example(place=72, bit=0)
@settings(max_examples=300, deadline=None)
def test_no_changed_byte_makes_a_signature_of_somebody_else(place: int, bit: int) -> None:
    changed = bytearray(_GENUINE)
    changed[place % len(changed)] ^= 1 << bit
    check = check_detached(bytes(changed), TEXT, [ROOT.certificate], NOW)
    if check.finding is SignatureFinding.VALID:  # a byte that nobody signs: the certificate is still the same
        assert check.serial == format(ANNA.certificate.serial_number, "x") and is_named(check, "Анна Белова")


_GENUINE = ANNA.sign(TEXT)


def test_an_algorithm_that_cannot_be_checked_is_never_called_wrong() -> None:
    ecdsa, gost = bytes.fromhex("06082a8648ce3d040302"), bytes.fromhex("06082a8503070101030a")
    head, found, tail = _GENUINE.rpartition(ecdsa)  # the last one is the signer's own
    assert found and _finding(head + gost + tail) is SignatureFinding.UNCHECKED


def test_only_the_certificate_of_an_authority_can_be_trusted() -> None:
    for spelt in (Encoding.PEM, Encoding.DER):
        assert read_anchor(ROOT.certificate.public_bytes(spelt)) == ROOT.certificate
    with pytest.raises(InvalidInput, match="certificate_not_ca"):
        read_anchor(ANNA.certificate.public_bytes(Encoding.PEM))
    with pytest.raises(InvalidInput, match="certificate_unreadable"):
        read_anchor(b"-----BEGIN CERTIFICATE-----\nno\n")


def test_a_list_knows_what_it_may_know_and_whoever_stands_on_it_signs_nothing() -> None:
    anna, other = signer(ROOT, "Anna Vetrova", NOW), signer(ROOT, "Boris Gusev", NOW)
    stranger = authority(NOW)  # of the same name, with another key
    signature = anna.sign(TEXT)
    table = [
        ([], "valid", "unknown"),
        ([revocation_list(ROOT, NOW)], "valid", "good"),
        ([revocation_list(ROOT, NOW, other)], "valid", "good"),
        ([revocation_list(ROOT, NOW, anna)], "revoked", "revoked"),
        ([revocation_list(ROOT, NOW, days=-1)], "valid", "unknown"),  # out of date
        ([revocation_list(ROOT, NOW, anna, days=-1)], "revoked", "revoked"),
        ([revocation_list(stranger, NOW)], "valid", "unknown"),
        ([revocation_list(stranger, NOW, anna)], "valid", "unknown"),
        ([revocation_list(ROOT, NOW), revocation_list(ROOT, NOW, anna)], "revoked", "revoked"),
    ]
    for lists, finding, revocation in table:
        check = check_detached(signature, TEXT, [ROOT.certificate], NOW, lists)
        assert (check.finding, check.revocation) == (finding, revocation), lists
    untrusted = check_detached(signature, TEXT, [], NOW, [revocation_list(ROOT, NOW, anna)])
    assert (untrusted.finding, untrusted.revocation) == ("untrusted", "unknown")


def test_only_a_whole_list_is_taken() -> None:
    whole = revocation_list(ROOT, NOW)
    for encoding in (Encoding.DER, Encoding.PEM):
        assert read_revocations(whole.public_bytes(encoding)) == whole
    partial = revocation_list(ROOT, NOW, only_people=True).public_bytes(Encoding.DER)
    for data, code in ((partial, "crl_partial"), (b"", "crl_unreadable"), (b"MIIB", "crl_unreadable")):
        with pytest.raises(InvalidInput, match=code):
            read_revocations(data)
