"""Say whether a certificate was revoked, from the lists that a school has put in: nothing is asked of the network.

A list says nothing about what it may not know: one that is out of date, partial or of somebody else leaves a certificate
*unknown*, never good. Whoever stands on a list that is genuine is revoked, however old the list.

Source: RFC 5280, sections 5 and 6.3, without indirect and partial lists.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from lms.core.errors import InvalidInput

__all__ = ["Revocation", "is_issued_by", "read_revocations", "revocation_of"]

_UNREADABLE = (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension)


class Revocation(StrEnum):
    """What lists say about a certificate and those above it."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


def read_revocations(data: bytes) -> x509.CertificateRevocationList:
    """Return a whole list of revoked certificates (PEM or DER).

    Raises InvalidInput ``plans.crl_unreadable``, ``plans.crl_partial``: it speaks of some certificates or reasons only.
    """
    try:
        found = (x509.load_pem_x509_crl if b"-----BEGIN" in data[:200] else x509.load_der_x509_crl)(data)
        is_partial = _is_partial(found.extensions)
    except _UNREADABLE:
        raise InvalidInput("plans.crl_unreadable") from None
    if is_partial:
        raise InvalidInput("plans.crl_partial")
    return found


def _is_partial(extensions: x509.Extensions) -> bool:
    for row in extensions:
        said = row.value
        if isinstance(said, x509.DeltaCRLIndicator):
            return True
        if isinstance(said, x509.IssuingDistributionPoint):
            only = (said.only_contains_user_certs, said.only_contains_ca_certs, said.only_some_reasons)
            if said.indirect_crl or said.only_contains_attribute_certs or any(only):
                return True
        elif row.critical:
            return True
    return False


def is_issued_by(revocations: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    """Tell whether an authority itself signed a list, under its own name and with a key that it may use for that."""
    if revocations.issuer != issuer.subject:
        return False
    try:
        usage = issuer.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        usage = None
    except _UNREADABLE:
        return False
    if usage is not None and not usage.crl_sign:
        return False
    try:
        return revocations.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
    except _UNREADABLE:
        return False


def revocation_of(
    chain: Sequence[x509.Certificate], lists: Sequence[x509.CertificateRevocationList], at: datetime
) -> Revocation:
    """Return what lists say at a moment about every certificate of a chain but its last, which nobody stands above."""
    said = [
        _said(certificate, [row for row in lists if is_issued_by(row, issuer)], at)
        for certificate, issuer in pairwise(chain)
    ]
    if Revocation.REVOKED in said:
        return Revocation.REVOKED
    return Revocation.GOOD if said and set(said) == {Revocation.GOOD} else Revocation.UNKNOWN


def _said(
    certificate: x509.Certificate, lists: Sequence[x509.CertificateRevocationList], at: datetime
) -> Revocation:
    number = certificate.serial_number
    if any(row.get_revoked_certificate_by_serial_number(number) is not None for row in lists):
        return Revocation.REVOKED
    is_known = any(
        row.next_update_utc is not None and row.last_update_utc <= at <= row.next_update_utc for row in lists
    )
    return Revocation.GOOD if is_known else Revocation.UNKNOWN
