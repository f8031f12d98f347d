"""Use cases of curriculum."""

from lms.curriculum.service.crosswalks import (
    CarriedEdges,
    ImportedEdges,
    approve_crosswalk,
    carry_crosswalks,
    import_crosswalks,
    propose_crosswalk,
    retire_crosswalk,
)
from lms.curriculum.service.curricula import (
    add_curriculum_item,
    approve_curriculum,
    copy_modules,
    create_curriculum,
    remove_curriculum_item,
    set_item_outcomes,
)
from lms.curriculum.service.frameworks import (
    add_outcome,
    begin_framework_version,
    create_framework,
    discard_framework,
    edit_outcome,
    import_framework,
    move_outcome,
    publish_framework,
    remove_outcome,
    shift_outcome,
)

__all__ = [
    "CarriedEdges",
    "ImportedEdges",
    "add_curriculum_item",
    "add_outcome",
    "approve_crosswalk",
    "approve_curriculum",
    "begin_framework_version",
    "carry_crosswalks",
    "copy_modules",
    "create_curriculum",
    "create_framework",
    "discard_framework",
    "edit_outcome",
    "import_crosswalks",
    "import_framework",
    "move_outcome",
    "propose_crosswalk",
    "publish_framework",
    "remove_curriculum_item",
    "remove_outcome",
    "retire_crosswalk",
    "set_item_outcomes",
    "shift_outcome",
]
