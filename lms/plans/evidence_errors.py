"""Word what can go wrong with evidence."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

__all__ = ["EVIDENCE_ERROR_TEXTS"]

EVIDENCE_ERROR_TEXTS: dict[str, Any] = {
    "credit.credential_unreadable": _l(
        "This file holds no credential that can be read. Take the file exactly as the platform gave it."
    ),
    "credit.credential_large": _l("This file is too large for a credential."),
    "credit.credential_absent": _l(
        "There is no badge in this picture. Take the file that the platform offers for download, not a screenshot."
    ),
    "credit.credential_kind": _l("This is neither an Open Badge 3.0 nor a CLR 2.0."),
    "credit.list_unreadable": _l("This is no list of revoked credentials that can be read."),
    "credit.list_issuer": _l("This list belongs to another issuer."),
    "credit.list_forged": _l("The signature of the list does not fit the keys of the issuer."),
    "credit.issuer_id": _l("Write the address as in the credentials: did:key:…, did:web:… or https://…"),
    "credit.keys_needed": _l("Paste the public keys of the issuer (JWKS): only did:key carries its own."),
    "credit.keys_unreadable": _l(
        "These are no public keys that can be used: Ed25519, P-256 or RSA from 2048 bits."
    ),
    "credit.keys_private": _l("This is a private key. Do not send it to anybody; paste the public ones."),
    "credit.partner_needed": _l("Write whom the school asks."),
    "credit.days_range": _l("Write a number of days from 1 to %(most)s."),
    "credit.no_link": _l("There is no such link. Check that it was copied as a whole."),
    "credit.link_over": _l(
        "This link has been answered already or its time is over. Ask the school for a new one if it is needed."
    ),
    "credit.answerer_needed": _l("Write who answers: name and position."),
    "credit.comment_needed": _l("Write what is different."),
    "credit.partner_key": _l("This key opens nothing. Ask the school for a new one."),
    "credit.no_student": _l("There is no student with this code in the school."),
    "credit.record_differs": _l("A record with this number is here already and says something else."),
    "credit.no_questions": _l(
        "No question is ready for what is left. An attestation with the teacher of the subject shows it instead."
    ),
    "credit.teaches": _l(
        "Whoever teaches the student this subject does not judge in this case. A colleague does it."
    ),
    "credit.judged_before": _l(
        "You judged in this case before the appeal. It is for other people now: the head forms another commission."
    ),
    "credit.commission": _l("Name the commission, its order and who presides."),
    "credit.no_minutes": _l("Nothing is decided yet, so there are no minutes."),
    "credit.nothing_shown": _l(
        "This result shows too little of what the plan asks for here. Choose another one, or attach a certificate."
    ),
    "credit.nothing_claimed": _l(
        "The work is not said to show anything that the plan asks for here. Choose another one, or say in the portfolio what it shows."
    ),
    "credit.no_result": _l("There is no such result any more."),
}
