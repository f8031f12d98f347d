"""Every installed course block keeps its contract."""

from __future__ import annotations

import pytest

from lms.core.registry import Registries
from lms.courses.contracts import COURSE_BLOCKS, CourseBlock
from lms.testing.contracts.course_blocks import CHECKS, Check


def installed() -> Registries:
    """Return the registries as the application fills them."""
    from lms.app import installed_features

    registries = Registries([group for feature in installed_features() for group in feature.groups])
    registries.load_entry_points()
    return registries


REGISTRIES = installed()


@pytest.mark.parametrize("block", list(REGISTRIES.of(COURSE_BLOCKS)), ids=lambda block: block.name)
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_block_keeps_its_contract(block: CourseBlock, check: Check) -> None:
    check(block, REGISTRIES)


def test_the_kinds_that_every_course_may_use_are_there() -> None:
    assert {"text", "picture", "video", "formula", "file"} <= set(REGISTRIES.of(COURSE_BLOCKS).names())
