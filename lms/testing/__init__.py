"""Shipped factories and contract suites for plug-in authors."""
