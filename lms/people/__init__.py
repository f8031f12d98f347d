"""Organisations, persons, accounts, guardians, consents and support plans."""
