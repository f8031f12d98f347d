"""The rules that `make mutants` breaks can still be broken: the code to replace stands there once, the test exists."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]


def mutants() -> ModuleType:
    """Return the tool as a module."""
    spec = importlib.util.spec_from_file_location("mutants", ROOT / "tools/mutants.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["mutants"] = module
    spec.loader.exec_module(module)
    return module


def test_every_rule_of_examinations_can_be_broken_and_names_its_test() -> None:
    listed = mutants().MUTANTS
    assert {mutant.rule for mutant in listed} == set(range(1, 8))
    for mutant in listed:
        path, _, test = mutant.test.partition("::")
        assert (ROOT / mutant.path).read_text(encoding="utf-8").count(mutant.old) == 1, mutant.broken
        assert f"def {test}(" in (ROOT / path).read_text(encoding="utf-8"), mutant.test
