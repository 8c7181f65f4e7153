"""The steps of curation in words: what `ttune data clean --help` says of each, read from the recipe's types."""

import argparse
import textwrap
from collections.abc import Iterator
from types import UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

if TYPE_CHECKING:
    pass

EXAMPLES = {
    "drop_duplicates": "drop_duplicates",
    "drop_near_duplicates": "drop_near_duplicates:threshold=0.9",
    "personal_data": "personal_data:action=redact,kinds=email+secret",
    "length": "length:least=10,most=4000,of=answer,unit=words",
    "language": "language:keep=en+de",
    "balance": "balance:field=label,how=undersample,ratio=5",
    "mix": "mix:source=general.jsonl,share=0.1",
    "drop_rows": "drop_rows:rows=3+7-9",
    "edit_row": 'edit_row:row=3,record={"prompt": "Hi?", "completion": "Hello."}',
}
"""A call of each step, as `--step` takes it."""
_WORDS = {str: "text", int: "a whole number", float: "a number"}


class StepsHelp(argparse.HelpFormatter):
    """Help with every step after the flags; made only when it is asked for, for it loads the recipe."""

    def format_help(self) -> str:
        """The flags, then the steps."""
        return f"{super().format_help()}\n{steps_help(self._width)}"


def steps_help(width: int) -> str:
    """Each step: what it does, the keys that it takes with their values and defaults, and an example."""
    from engine.data.curate.recipe_steps import STEP_NAMES

    lines = ["steps, as NAME or NAME:KEY=VALUE,KEY=VALUE (+ between the values of a list):"]
    for name in STEP_NAMES:
        lines += ["", *_step(name, width)]
    return "\n".join(lines) + "\n"


def _step(name: str, width: int) -> Iterator[str]:
    from engine.data.curate.recipe_steps import step_kind

    kind = step_kind(name)
    yield from _wrapped(f"  {name}", _one_line(kind.__doc__ or ""), 24, width)
    for key, field in kind.model_fields.items():
        if key != "step":
            told = [f"{_takes(field.annotation)}{_default(field)}", _one_line(field.description or "")]
            yield from _wrapped(f"    {key}", ". ".join(filter(None, told)), 24, width)
    yield f"    e.g. --step {_quoted(EXAMPLES[name])}"


def _takes(annotation: Any) -> str:
    """The values of a key in words."""
    if get_origin(annotation) is Literal:
        return " or ".join(get_args(annotation))
    if get_origin(annotation) in (Union, UnionType):
        return _takes(next(kind for kind in get_args(annotation) if kind is not type(None)))
    if get_origin(annotation) is tuple:
        item = get_args(annotation)[0]
        return "numbers, or ranges of them" if item is int else "a list"
    return _WORDS.get(annotation, "")


def _default(field: Any) -> str:
    """What is taken where the key is left away, in brackets as the flags have it."""
    if field.is_required():
        return ", required"
    value = field.get_default()
    if value in (None, (), ""):
        return ""
    return f" ({value:g})" if isinstance(value, float) else f" ({value})"


def _wrapped(head: str, text: str, indent: int, width: int) -> list[str]:
    """A name and its words beside it, in lines of at most `width`."""
    begin = f"{head:<{indent - 2}}  " if len(head) < indent - 1 else f"{head}\n{' ' * indent}"
    room = max(20, width - indent)
    return [begin + f"\n{' ' * indent}".join(textwrap.wrap(text, room, break_on_hyphens=False) or [""])]


def _one_line(text: str) -> str:
    return " ".join(text.split()).rstrip(".").replace("`", "")


def _quoted(text: str) -> str:
    return f"'{text}'" if '"' in text else text
