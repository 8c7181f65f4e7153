"""What reaches the terminal: every text made visible, tables aligned, JSON in one document."""

import json
import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

from rich.cells import cell_len, set_cell_size

from tui.visible import visible

_WIDTH_WITHOUT_TERMINAL = 10_000
_WIDTH_UNKNOWN = 80
"""Of a terminal that does not say."""
_HANG = "  "
"""Before the later lines of an error."""


def say(text: str = "") -> None:
    """Print text at once; nothing in it can drive the terminal."""
    print(visible(text, lines=True), flush=True)


def say_piece(text: str) -> None:
    """Print a piece of a text that goes on."""
    print(visible(text, lines=True), end="", flush=True)


def complain(text: str) -> None:
    """Print to stderr, each line on its own: wrapped at words on a terminal, else whole, so that a script reads it."""
    lines = visible(text, lines=True).split("\n")
    print("\n".join(_hung(line, _width_of_errors()) for line in lines), file=sys.stderr, flush=True)


def print_json(document: Any) -> None:
    """Print one JSON document. It is plain ASCII, so that no text in it can drive the terminal."""
    print(json.dumps(document, indent=2, allow_nan=False), flush=True)


def say_table(rows: Iterable[Sequence[str]], right: Iterable[int] = ()) -> None:
    """Print rows with aligned columns, cut at the terminal's edge; `right`: columns that end flush."""
    cells = [[visible(cell) for cell in row] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        say(_fit("  ".join(_pad(cell, widths[place], place in set(right)) for place, cell in enumerate(row)).rstrip()))


def hanging(head: str, text: str) -> str:
    """`head` and then `text`, wrapped at words at the terminal's edge, its later lines below its first."""
    width = max(20, terminal_width() - cell_len(head))
    lines = [
        part
        for line in visible(text, lines=True).splitlines() or [""]
        for part in textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False) or [""]
    ]
    return head + f"\n{' ' * cell_len(head)}".join(lines)


def terminal_width() -> int:
    """Columns of the terminal that is printed to; very many where it is none."""
    if not sys.stdout.isatty():
        return _WIDTH_WITHOUT_TERMINAL
    return shutil.get_terminal_size().columns


def _width_of_errors() -> int:
    """Columns of the terminal that errors are printed to; very many where it is none."""
    if not sys.stderr.isatty():
        return _WIDTH_WITHOUT_TERMINAL
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or _WIDTH_UNKNOWN
    except (OSError, ValueError):
        return _WIDTH_UNKNOWN


def _hung(line: str, width: int) -> str:
    """A line, wrapped at words where it is too long, its later lines a little to the right."""
    if cell_len(line) <= width:
        return line
    later = line[: len(line) - len(line.lstrip())] + _HANG
    wrapped = textwrap.wrap(
        line, max(20, width), subsequent_indent=later, break_long_words=False, break_on_hyphens=False
    )
    return "\n".join(wrapped)


def silence_stdout() -> None:
    """Whoever read our output has gone: let the interpreter's last flush go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _pad(cell: str, width: int, right: bool) -> str:
    space = " " * (width - cell_len(cell))
    return space + cell if right else cell + space


def _fit(line: str) -> str:
    width = terminal_width()
    return line if cell_len(line) <= width else set_cell_size(line, width - 1) + "…"
