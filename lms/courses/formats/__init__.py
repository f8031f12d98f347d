"""Courses of other systems: bytes to values that no format owns, and ours to files that others read."""
