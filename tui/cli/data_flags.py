"""Errors of `ttune data …` speak of the flag that a person typed, not of the recipe's key that it stands for."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from engine.errors import RecipeError, UserError
from tui.cli.parser import Options

if TYPE_CHECKING:
    from tui.cli.data_source import Asked

Words = tuple[tuple[str, str], ...]
"""(regex for what an error may say, what a person typed in its place) pairs, tried in their order."""

MAPPING: Words = ((r"data\.mapping\.(\w+)", r"--map \1"), (r"data\.mapping", "--map"))
_SPLIT = ("validation", "held_out", "by", "field", "seed")
_NO_RANDOM = (r'have, or set data\.split\.by to "random"', "have")
"""The mend that `check` has no flag for."""
_CLEAN: Words = (
    (r"to data\.curate", "with `ttune data clean`"), (r"data\.curate", "`ttune data clean`"),
    (r"data\.held_out", "--held-out"),
)  # fmt: skip


@contextmanager
def typed_words(options: Options, asked: "Asked") -> Iterator[None]:
    """UserErrors within name the flags that were typed; of a file, which has no recipe, those that may be typed."""
    words = _words(options, asked)
    try:
        yield
    except RecipeError as error:
        raise RecipeError([in_words(problem, words) for problem in error.problems]) from error
    except UserError as error:
        raise type(error)(in_words(str(error), words)) from error


def in_words(text: str, words: Words) -> str:
    """A text with flags in the place of recipe keys."""
    for key, flag in words:
        text = re.sub(rf"(?<![\w.]){key}(?!\w|\.\w)", flag, text)
    return text


def mend_words(mend: str, asked: "Asked") -> str:
    """The mend of a finding: of a file, which has no recipe, it names the command in the place of the recipe's key."""
    return mend if asked.folders is None else in_words(mend, _CLEAN)


def _words(options: Options, asked: "Asked") -> Words:
    is_file = asked.folders is not None
    found: Words = ()
    if options.action == "split":
        found = tuple(
            (rf"data\.split\.{name}", f"--{name.replace('_', '-')}")
            for name in _SPLIT
            if is_file or getattr(options, name) is not None
        )
    if options.action == "check":
        found = ((r"data\.held_out", "--held-out"),) if options.held_out else ()
        found += ((r"data\.split\.field", "--label"), _NO_RANDOM) if options.label else ()
    if options.action == "clean" and options.step:
        found = _steps(options, asked)
    return found + (MAPPING if is_file or getattr(options, "patterns", None) else ())


def _steps(options: Options, asked: "Asked") -> Words:
    """Steps that were typed, by their numbers after the project's own."""
    own = len(asked.recipe.data.curate) - bool(options.undo)
    numbered = tuple(
        (rf"data\.curate step {own + place} \(\w+\)", f"--step {text}".replace("\\", r"\\"))
        for place, text in enumerate(options.step, start=1)
    )
    missing = r"set data\.curate to one", "set source= in --step to one"
    return (*numbered, missing, (r"data\.curate(?! step)", "--step"))
