"""Pictures of the real app on a real project, for the README.

    TTUNE_HOME=... python -m tests.look.screenshots PROJECT FOLDER [--size 120x36] [--theme dark] [--panes home run ...]

Opens the studio as a person would, on whatever the home holds, goes through the panes and exports each as SVG.
Nothing is made up: a project with a completed run and an evaluation gives the best pictures.
"""

import argparse
import asyncio
import time
from pathlib import Path

from textual.pilot import Pilot

from engine.home import open_home
from tests.look.shown import picture, text, until_shown
from tui.app import Studio

PANES = ("data", "recipe", "run", "evaluate", "chat")
CALM_S = 1.5
"""A pane whose text has not changed for this long has loaded what it loads."""
PATIENCE_S = 30.0


async def until_calm(pilot: Pilot[None]) -> None:
    """Wait until the screen stays as it is; a live run never does, so only for so long."""
    began = changed = time.monotonic()
    before = text(pilot)
    while time.monotonic() - changed < CALM_S and time.monotonic() - began < PATIENCE_S:
        await pilot.pause(0.1)
        if (now := text(pilot)) != before:
            before, changed = now, time.monotonic()


async def take(project: str, folder: Path, size: tuple[int, int], theme: str, wanted: list[str]) -> None:
    """Export the wanted panes."""
    home = open_home()
    studio = Studio(home)
    async with studio.run_test(size=size) as pilot:
        studio.load_themes()
        studio.theme = theme
        await until_shown(pilot, project)
        await until_calm(pilot)
        _export(pilot, folder, "home", wanted)
    studio = Studio(home, home.projects / project)
    async with studio.run_test(size=size) as pilot:
        studio.load_themes()
        studio.theme = theme
        for key, pane in enumerate(PANES, start=1):
            if pane in wanted:
                await until_shown(pilot, f"{key} ")
                await pilot.press(str(key))
                await until_calm(pilot)
                _export(pilot, folder, pane, wanted)
                await pilot.press("escape") if pane == "chat" else None


def _export(pilot: Pilot[None], folder: Path, name: str, wanted: list[str]) -> None:
    if name in wanted:
        path = folder / f"{name}.svg"
        path.write_text(picture(pilot, "ttune"), encoding="utf-8")
        print(path)


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("project")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", default="120x36")
    parser.add_argument("--theme", default="dark")
    parser.add_argument("--panes", nargs="+", default=["home", *PANES], choices=["home", *PANES])
    options = parser.parse_args()
    columns, _, rows = options.size.partition("x")
    options.folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(take(options.project, options.folder, (int(columns), int(rows)), options.theme, options.panes))


if __name__ == "__main__":
    main()
