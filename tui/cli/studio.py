"""`ttune [PROJECT]`: the studio."""

import os
import sys
from collections.abc import Iterator
from contextlib import suppress

from engine.errors import ProjectError, UserError
from engine.home import Home, open_home
from tui.cli.parser import UsageError
from tui.figures import plural
from tui.unwritten import left_unwritten
from tui.visible import visible

FRAMES_PER_S = "120"
"""Textual's beat is 60 unless told before it is imported. What follows a key's first frame comes half as late then on a
calm machine, for the same processor time and 2% more bytes (BENCHMARKS.md)."""


def run(name: str | None, hint: str = "") -> int:
    """Open the studio on a project, or on the list of projects. `hint` names a command, in case that was meant."""
    home = open_home()
    if name is not None:
        _check_project(home, name, hint)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "ttune: no terminal here to open the studio in: use one (over ssh: `ssh -t`), "
            "or a command such as `ttune runs`; `ttune --help` lists them"
        )
    os.environ.setdefault("TEXTUAL_FPS", FRAMES_PER_S)
    from tui.app import open_studio

    code = open_studio(home, name)
    for line in _waiting(home):
        print(visible(line))
    return code


def _waiting(home: Home) -> Iterator[str]:
    """A line for each recipe in whose form something waits to be mended."""
    for project, count in left_unwritten(home):
        words = f"{plural(count, 'change')} to the recipe not written yet, and kept: `ttune {project}`, then 2, shows"
        yield f"{project}: {words} {'it' if count == 1 else 'them'}"


def _check_project(home: Home, name: str, hint: str) -> None:
    """Raise while there is still a plain terminal to say it on. Cheap: the common case loads nothing."""
    with suppress(OSError):  # a name that no file can have: `find_project` says so
        if (home.projects / name / "project.toml").is_file():
            return
    from engine.project import find_project

    try:
        find_project(home, name)
    except ProjectError as error:
        raise UserError(f"{error}{hint}") from error
