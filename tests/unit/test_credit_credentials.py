"""Credentials of other platforms, signed with keys made here: every result, every way to forge, every broken file."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.core.errors import InvalidInput
from lms.plans.rules.credential_files import CredentialFile, read_credential_file
from lms.plans.rules.credential_proofs import ProofState, check_proof, jcs, key_of_did, keys_of_jwks
from lms.plans.rules.credentials import CredentialResult, Holder, judge
from lms.plans.schemas.credentials import read_credential, read_status_list
from tests.fixtures.credentials import (
    EC,
    ED,
    ISSUER,
    RSA,
    badge,
    baked_png,
    baked_svg,
    base58,
    hashed,
    jwk,
    sign_json,
    sign_jwt,
    status,
    status_list,
)

NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)
HOLDER = Holder(names=("Иванова Софья", "Софья Иванова"), emails=("sonya@school.example",), ids=("S-1",))


KEYS = keys_of_jwks({"keys": [jwk(ED), jwk(EC, "k2"), jwk(RSA, "k3")]})


def checked(data: bytes, *, keys: Any = KEYS, lists: tuple[bytes, ...] = (), holder: Holder = HOLDER) -> str:
    found = read_credential_file(data)
    credential = read_credential(found)
    known = {}
    for raw in lists:
        list_id, issuer_id, bits = read_status_list(read_credential_file(raw))
        assert check_proof(read_credential_file(raw), issuer_id, KEYS) is ProofState.VALID
        known[list_id] = bits
    proof = check_proof(found, credential.issuer_id, keys)
    judged = judge(credential, proof, is_trusted=bool(keys), lists=known, holder=holder, now=NOW)
    return judged.result.value


def subject(**more: Any) -> dict[str, Any]:
    return badge()["credentialSubject"] | more


OTHER = [hashed("other@school.example")]
CASES = [
    (CredentialResult.VERIFIED, sign_jwt(badge(), kid="k1"), {}),
    (CredentialResult.VERIFIED, sign_jwt(badge(), EC, "ES256", kid=f"{ISSUER}#k2"), {}),
    (CredentialResult.VERIFIED, sign_jwt(badge(), RSA, "RS256"), {}),
    (CredentialResult.VERIFIED, sign_jwt({"iss": ISSUER, "nbf": 1_756_684_800, "vc": badge()}), {}),
    (CredentialResult.VERIFIED, sign_json(badge()), {}),
    (CredentialResult.VERIFIED, baked_png(sign_jwt(badge())), {}),
    (CredentialResult.VERIFIED, baked_png(sign_json(badge()), packed=True), {}),
    (CredentialResult.VERIFIED, baked_svg(f"<![CDATA[{sign_json(badge()).decode()}]]>"), {}),
    (CredentialResult.VERIFIED, baked_svg("", f' verify="{sign_jwt(badge()).decode()}"'), {}),
    (CredentialResult.VERIFIED, sign_json(badge(credentialStatus=status())), {"lists": (status_list(4),)}),
    (
        CredentialResult.VERIFIED,
        sign_json(badge(credentialSubject=subject(identifier=[hashed("Софья Иванова", "name")]))),
        {},
    ),
    (CredentialResult.FORGED, sign_json(badge()).replace(b'"86"', b'"96"'), {}),
    (CredentialResult.FORGED, sign_json(badge(), Ed25519PrivateKey.generate()), {}),
    (CredentialResult.FORGED, sign_jwt(badge(), Ed25519PrivateKey.generate(), kid="k1"), {}),
    (CredentialResult.FORGED, sign_json(badge(), proofPurpose="authentication"), {}),
    (CredentialResult.FORGED, sign_json(badge(), verificationMethod="did:web:thief.example#k1"), {}),
    (CredentialResult.UNKNOWN_ISSUER, sign_json(badge()), {"keys": ()}),
    (CredentialResult.UNKNOWN_ISSUER, sign_jwt(badge()), {"keys": KEYS[1:]}),
    (CredentialResult.UNCHECKED, json.dumps(badge()).encode(), {}),
    (CredentialResult.UNCHECKED, sign_json(badge(), cryptosuite="eddsa-rdfc-2022"), {}),
    (CredentialResult.UNCHECKED, sign_jwt(badge(), alg="none"), {}),
    (CredentialResult.UNCHECKED, sign_jwt(badge(), crit=["b64"], b64=False), {}),
    (CredentialResult.SOMEONE_ELSE, sign_json(badge(credentialSubject=subject(identifier=OTHER))), {}),
    (
        CredentialResult.SOMEONE_ELSE,
        sign_json(badge(credentialSubject=subject(identifier=[], id="mailto:boris@school.example"))),
        {},
    ),
    (
        CredentialResult.UNCLEAR_HOLDER,
        sign_json(badge(credentialSubject=subject(identifier=[], id="did:key:zAnyone"))),
        {},
    ),
    (CredentialResult.REVOKED, sign_json(badge(credentialStatus=[status()])), {"lists": (status_list(3),)}),
    (CredentialResult.EXPIRED, sign_json(badge(validUntil="2026-11-01T00:00:00+03:00")), {}),
    (CredentialResult.NOT_YET_VALID, sign_json(badge(validFrom="2026-12-01T00:00:00Z")), {}),
    (CredentialResult.UNKNOWN_STATUS, sign_json(badge(credentialStatus=status())), {}),
    (
        CredentialResult.UNKNOWN_STATUS,
        sign_json(badge(credentialStatus=status())),
        {"lists": (status_list(4, until="2026-11-01T00:00:00Z"),)},
    ),
    (
        CredentialResult.UNKNOWN_STATUS,
        sign_json(badge(credentialStatus={"type": "1EdTechRevocationList"})),
        {},
    ),
]


@pytest.mark.parametrize(
    ("result", "data", "more"), CASES, ids=[f"{i}-{c[0].value}" for i, c in enumerate(CASES)]
)
def test_every_credential_gets_the_result_that_it_deserves(
    result: CredentialResult, data: bytes, more: dict[str, Any]
) -> None:
    assert checked(data, **more) == result.value
    assert {case[0] for case in CASES} == set(CredentialResult)


def test_a_learner_record_names_what_is_in_it_and_ends_with_the_first_of_its_badges() -> None:
    parts = [badge(), badge(validUntil="2026-11-01T00:00:00Z")]
    record = badge(
        type=["VerifiableCredential", "ClrCredential"],
        credentialSubject={"identifier": [hashed("sonya@school.example")], "verifiableCredential": parts},
    )
    found = read_credential(read_credential_file(sign_json(record)))
    assert (found.is_record, found.titles, found.results) == (
        True,
        ("Python для начинающих",) * 2,
        ("86",) * 2,
    )
    assert checked(sign_json(record)) == "expired"


def test_a_did_names_its_own_key_and_a_private_key_is_refused() -> None:
    did = "did:key:z" + base58(b"\xed\x01" + ED.public_key().public_bytes_raw())
    own = key_of_did(did)
    assert own is not None
    assert checked(sign_json(badge(issuer={"id": did})), keys=(own,)) == "verified"
    point = EC.public_key().public_numbers()
    pressed = bytes([2 + point.y % 2]) + point.x.to_bytes(32, "big")
    assert key_of_did("did:key:z" + base58(b"\x80\x24" + pressed)) is not None
    assert key_of_did("did:key:z0OIl") is None
    assert key_of_did("did:web:courses.example") is None
    with pytest.raises(InvalidInput, match="keys_private"):
        keys_of_jwks(jwk(ED) | {"d": "AAAA"})
    for broken in ({}, {"keys": "x"}, {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}, {"kty": "OKP"}):
        with pytest.raises(InvalidInput, match="keys_unreadable"):
            keys_of_jwks(broken)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(st.sampled_from(sorted(badge())), JSON)
@settings(max_examples=150, deadline=None)
def test_no_change_of_a_signed_credential_stays_unseen(member: str, value: Any) -> None:
    signed = json.loads(sign_json(badge()))
    changed = signed | {member: value}
    try:
        credential = read_credential(CredentialFile(changed))
    except InvalidInput:
        return
    is_same = jcs(changed[member]) == jcs(signed[member])
    state = check_proof(CredentialFile(changed), credential.issuer_id, KEYS)
    assert (state is ProofState.VALID) == is_same


@given(JSON)
@settings(max_examples=150, deadline=None)
def test_the_canonical_form_reads_back_as_the_same_and_is_its_own_canonical_form(value: Any) -> None:
    written = jcs(value)
    again = json.loads(written, parse_int=lambda text: int(text) if abs(int(text)) < 2**53 else float(text))
    assert jcs(again) == written


@given(st.binary(max_size=200), st.integers(0, 400), st.sampled_from([c[1] for c in CASES]))
@settings(max_examples=300, deadline=None)
def test_a_broken_file_is_refused_with_words_and_nothing_else(noise: bytes, place: int, whole: bytes) -> None:
    for data in (
        noise,
        whole[:place] + noise + whole[place:],
        whole[: -place - 1],
        b"\x89PNG\r\n\x1a\n" + noise,
    ):
        with contextlib.suppress(InvalidInput):
            found = read_credential_file(data)
            credential = read_credential(found)
            check_proof(found, credential.issuer_id, KEYS)


@pytest.mark.parametrize(
    "data",
    [
        b'{"a": 1, "a": 2}',
        b'{"a": NaN}',
        b"[" * 100_000,
        b'{"a":' * 1000 + b"1" + b"}" * 1000,
        b"[]",
        b"\xff\xfe{}",
        b"x" * 1_000_001,
        baked_png(b"\0" * 30_000_000, packed=True),
        baked_svg("&lol;").replace(b"<svg", b'<!DOCTYPE svg [<!ENTITY lol "lol">]><svg', 1),
        b"<svg/>",
        sign_jwt({"iss": "did:web:thief.example", "vc": badge()}),
        sign_jwt({"vc": [1]}),
        json.dumps(badge(type=["VerifiableCredential"])).encode(),
        json.dumps(badge(validUntil="tomorrow")).encode(),
        json.dumps(badge(validUntil="2026-11-01T00:00:00")).encode(),
    ],
)
def test_what_can_be_read_in_two_ways_is_not_read_at_all(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        read_credential(read_credential_file(data))


def test_the_oldest_forms_of_validity_count_as_well() -> None:
    body = badge() | {"issuanceDate": "2026-09-01T00:00:00Z", "expirationDate": "2026-10-01T00:00:00Z"}
    del body["validFrom"]
    assert checked(sign_json(body)) == "expired"
    assert (
        dataclasses.asdict(read_credential(read_credential_file(sign_json(body))))["valid_from"] is not None
    )
