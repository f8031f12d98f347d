"""Check that a check of the exam's page keeps its contract. A distribution with one of its own runs this over it."""

from __future__ import annotations

from lms.proctoring.contracts import PAGE_CHECKS, PageCheck, PageEvent

__all__ = ["check_page_check"]

KINDS = ("hidden", "blurred", "pasted", "offline", "screens", "twin", "device", "unknown")


def check_page_check(check: PageCheck) -> None:
    """Assert everything that the host relies on."""
    for name in PAGE_CHECKS.required:
        assert hasattr(check, name), f"{check!r} lacks {name}"
    assert check.kinds
    assert all(kind and len(kind) <= 40 for kind in check.kinds)
    samples = check.samples()
    assert any(sample.expected for sample in samples), "a sample in which something is found"
    assert any(not sample.expected for sample in samples), "a sample in which nothing is found"
    for sample in samples:
        found = check.examine(sample.events)
        assert {finding.kind for finding in found} == sample.expected, sample.title
        assert check.examine(list(sample.events)) == found, "pure"
    strange = [(), *((PageEvent(kind, 0.0, 86_400.0, 1_000_000),) * 40 for kind in KINDS)]
    for events in strange:
        for finding in check.examine(events):
            assert finding.kind in check.kinds
            assert 0 <= finding.confidence <= 1
            assert finding.since_s >= 0 and finding.duration_s >= 0
