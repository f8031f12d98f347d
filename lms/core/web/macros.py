"""Share the modules of macros between pages, which import several of them each."""

from __future__ import annotations

from typing import Any

from jinja2 import Template
from jinja2.environment import TemplateModule
from jinja2.runtime import Context

__all__ = ["SharedMacros"]


class SharedMacros(Template):
    """A template that sees at once that an importing page has no globals which its macros do not know.

    Jinja compares both sides name by name at each import; here the answer for the names that are always there is kept.
    """

    _own_names: frozenset[str] = frozenset()

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        """Return the module that every page shares, or one for this page alone where it brings globals of its own."""
        shared: Any = self._module
        if shared is not None and ctx is not None and ctx.globals_keys <= self._own_names:
            return shared  # type: ignore[no-any-return]
        module = super()._get_default_module(ctx)
        self._own_names = frozenset(self.globals)
        return module
