"""Use cases of curriculum."""

from lms.curriculum.service.curricula import (
    add_curriculum_item,
    approve_curriculum,
    copy_modules,
    create_curriculum,
    remove_curriculum_item,
)
from lms.curriculum.service.frameworks import add_crosswalk, add_outcome, create_framework

__all__ = [
    "add_crosswalk",
    "add_curriculum_item",
    "add_outcome",
    "approve_curriculum",
    "copy_modules",
    "create_curriculum",
    "create_framework",
    "remove_curriculum_item",
]
