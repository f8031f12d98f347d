"""Make macros cheap: pages share their modules, and call functions without asking first what kind of thing each is."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from types import CodeType, FunctionType
from typing import Any, Self

from jinja2 import Environment, Template
from jinja2.environment import TemplateModule
from jinja2.runtime import Context, Macro
from markupsafe import Markup, escape

__all__ = ["QuickCalls", "SharedMacros"]


class QuickCalls(Context):
    """What a template knows while it runs; it calls macros and plain functions, which nearly all are, straight away.

    Jinja looks five times at whatever is called, for what it wants to be given; that is half the time of a call.
    """

    def call(self, called: Any, /, *arguments: Any, **named: Any) -> Any:
        """Call as Jinja does."""
        kind = type(called)
        is_macro = kind is Macro
        if is_macro or (kind is FunctionType and not hasattr(called, "jinja_pass_arg")):
            named.pop("_block_vars", None)
            named.pop("_loop_vars", None)
            return called(self.eval_ctx, *arguments, **named) if is_macro else called(*arguments, **named)
        return super().call(called, *arguments, **named)


def safe(value: Any) -> Markup:
    """Escape as MarkupSafe does; what is safe already, as most of a page is, stays the very thing that it is."""
    return value if type(value) is Markup else escape(value)


class SharedMacros(Template):
    """A template that sees at once that an importing page has no globals which its macros do not know.

    Jinja compares both sides name by name at each import; here the answer for the names that are always there is kept.
    """

    _own_names: frozenset[str] = frozenset()

    @classmethod
    def from_code(
        cls,
        environment: Environment,
        code: CodeType,
        globals: MutableMapping[str, Any],  # noqa: A002  (Jinja's own name)
        uptodate: Callable[[], bool] | None = None,
    ) -> Self:
        """Return the template, which escapes by `safe`."""
        template: Any = super().from_code(environment, code, globals, uptodate)
        template.root_render_func.__globals__["escape"] = safe
        return template  # type: ignore[no-any-return]

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        """Return the module that every page shares, or one for this page alone where it brings globals of its own."""
        shared: Any = self._module
        if shared is not None and ctx is not None and ctx.globals_keys <= self._own_names:
            return shared  # type: ignore[no-any-return]
        module = super()._get_default_module(ctx)
        self._own_names = frozenset(self.globals)
        return module
