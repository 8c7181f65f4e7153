"""Jinja templates of a mapping: in a sandbox, strict about fields that are missing, and plain about what they print."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from engine.data.formats.turns import as_json
from engine.data.formats.values import Unfit, one_line
from engine.data.records import Row

_FAULTS = (
    TemplateError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError, RecursionError, MemoryError,
)  # fmt: skip
"""What the code of a template can raise."""

_LONGEST = 10_000_000
"""Characters or items that one repetition in a template may make."""


class _Missing(StrictUndefined):
    """A field that is not there: asking whether it is there is allowed, printing it is not."""

    __slots__ = ()

    def __bool__(self) -> bool:  # type: ignore[override]  # the strict one never returns
        return False


class _Sandbox(ImmutableSandboxedEnvironment):
    """Fields before methods, so that `a.items` is the field of that name; no endless repetition."""

    intercepted_binops = frozenset(["*", "**"])

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, dict) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "**" or _size(left, right) > _LONGEST or _size(right, left) > _LONGEST:
            raise Unfit("makes too much of it")
        return super().call_binop(context, operator, left, right)


class TemplateFault(ValueError):
    """A text that is no template; says where and why."""


@lru_cache(maxsize=256)
def template(text: str) -> Callable[[Row], str]:
    """A template as a function of a row. Raises TemplateFault; the function raises Unfit.

    It sees every field by name, and the whole row as `row` for names that are no identifiers.
    """
    try:
        compiled = _environment().from_string(text)
    except (TemplateError, RecursionError) as error:
        raise TemplateFault(_fault(error)) from error

    def render(row: Row) -> str:
        try:
            return compiled.render({"row": row, **row})
        except Unfit:
            raise
        except _FAULTS as error:
            raise Unfit(str(error) or type(error).__name__) from error

    return render


def fields_of(text: str) -> set[str]:
    """Fields of a row that a template looks at. Raises TemplateFault."""
    try:
        return meta.find_undeclared_variables(_environment().parse(text)) - {"row"} - set(_environment().globals)
    except (TemplateError, RecursionError) as error:
        raise TemplateFault(_fault(error)) from error


@lru_cache(maxsize=1)
def _environment() -> _Sandbox:
    environment = _Sandbox(undefined=_Missing, keep_trailing_newline=True, finalize=_printed, autoescape=False)
    environment.globals = {name: environment.globals[name] for name in ("range", "namespace")}
    environment.filters["tojson"] = as_json  # jinja's own is for HTML: it writes ' as \\u0027
    return environment


def _printed(value: Any) -> Any:
    """What a template prints of a value: never Python's own notation, which no model should learn."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        raise Unfit('prints a field that is null: write {{ field or "" }}')
    if isinstance(value, list | dict | tuple | set | bytes):
        raise Unfit("prints a list or an object: write {{ field | tojson }}")
    if callable(value) and not isinstance(value, StrictUndefined):
        raise Unfit("prints a function: call it, or name a field")
    return value


def _size(repeated: Any, times: Any) -> int:
    return len(repeated) * times if isinstance(repeated, str | list | tuple) and isinstance(times, int) else 0


def _fault(error: Exception) -> str:
    where = f"line {error.lineno}: " if isinstance(error, TemplateSyntaxError) and error.lineno > 1 else ""
    return where + one_line(str(error) or type(error).__name__)
