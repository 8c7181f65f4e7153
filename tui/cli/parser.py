"""argparse whose complaints are one line with the mend."""

import argparse
import math
from typing import Any, NoReturn

from engine.errors import UserError

Options = argparse.Namespace


class UsageError(UserError):
    """The words after `ttune` do not make a call."""


class Parser(argparse.ArgumentParser):
    """Raises UsageError where argparse would print its usage and leave."""

    def __init__(self, prog: str, description: str = "") -> None:
        super().__init__(prog=prog, description=description, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where the help is."""
        raise UsageError(f"{self.prog}: {message}: see `{self.prog} --help`")

    def add_json(self, default: Any = False) -> None:
        """Every command prints one JSON document on request."""
        self.add_argument("--json", action="store_true", default=default, help="print one JSON document")


def filled(text: str) -> str:
    """A text that is not empty, for `type=`: an empty one is a shell's variable that was not set."""
    if not text.strip():
        raise argparse.ArgumentTypeError("is empty: say what is meant, or leave it out")
    return text


def positive(text: str) -> int:
    """A whole number from 1, for `type=`."""
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1, not {text!r}")
    return number


def non_negative(text: str) -> float:
    """A finite number from 0, for `type=`."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or number < 0:
        raise argparse.ArgumentTypeError(f"must be a number from 0, not {text!r}")
    return number


def add_run(parser: Parser, **more: Any) -> None:
    """The run that a command is about."""
    parser.add_argument(
        "run", metavar="RUN", help="a run's id or its beginning, project#number, or a project (its newest run)", **more
    )


def add_settings(parser: Parser) -> None:
    """Changes to the recipe."""
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", dest="settings",
        help="change one setting of the recipe, such as training.learning_rate=2e-4; may be given several times",
    )  # fmt: skip
