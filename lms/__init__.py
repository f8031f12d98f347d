"""Marshrut: an open learning and attestation platform that a school runs itself."""
