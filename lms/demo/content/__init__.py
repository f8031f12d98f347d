"""Texts of the demonstration courses."""
