"""Indicators and exports computed from records."""
