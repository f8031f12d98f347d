"""Compile what builds an address when the first one is built: most rules of a process never build one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule

__all__ = ["LateRule"]


class LateRule(Rule):
    """A rule of the address map whose builder is made at its first use; four hundred of them are half of a start."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        make = super()._compile_builder
        made: Callable[..., tuple[str, str]] | None = None

        def build(rule: Rule, **values: Any) -> tuple[str, str]:
            nonlocal made
            if made is None:
                made = make(append_unknown)
            return made(rule, **values)

        return build
