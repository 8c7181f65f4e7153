"""The `python` reward: a function of the user's own, run in this process.

It has the rights of whoever started the training, and no limits on time, memory or files; a file from elsewhere is
read before it is used.
"""

import inspect
import math
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from engine.errors import DataError, UserError
from engine.jobs.train.rewards.answered import Answered, Scorer

_WANTED = "(prompt, answer, row)"


def scorer(path: Path, function: str) -> Scorer:
    """The file's function as a reward. Raises UserError where it cannot be loaded or takes other arguments."""
    score = _load(path, function)

    def checked(it: Answered) -> float:
        where = f"{path}: {function}" + (f": row {it.number}" if it.number is not None else "")
        try:
            given = score(it.prompt, it.answer, dict(it.row))
        except (Exception, SystemExit) as error:
            raise DataError(f"{where}: {type(error).__name__}: {_first_line(error)}") from error
        return _number(given, where)

    return checked


def _number(given: Any, where: str) -> float:
    """A reward that can be learned from. Raises DataError for what is none."""
    try:
        value = float(given)
    except (TypeError, ValueError, OverflowError):
        raise DataError(f"{where}: gave {given!r:.80}: return a number") from None
    if not math.isfinite(value):
        raise DataError(f"{where}: gave {value}: return a finite number")
    return value


def _load(path: Path, function: str) -> Callable[..., Any]:
    spec = spec_from_file_location(f"_reward_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise UserError(f"{path}: no Python file: its name must end with .py")
    module = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise UserError(f"{path}: cannot be loaded: {type(error).__name__}: {_first_line(error)}") from error
    score: Callable[..., Any] | None = getattr(module, function, None)
    if not callable(score):
        raise UserError(f"{path} has no function {function}: write `def {function}{_WANTED}`")
    try:
        inspect.signature(score).bind("", "", {})
    except TypeError as error:
        raise UserError(f"{path}: {function}: {error}: it is called as {function}{_WANTED}") from error
    except ValueError:
        return score  # some built-in ones do not say what they take
    return score


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or ["it says nothing more"])[0][:200]
