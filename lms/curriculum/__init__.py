"""Frameworks, outcomes, crosswalks and curricula."""
