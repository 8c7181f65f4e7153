"""What a running studio shows, as text, and waiting until it shows something."""

import re
import time

from textual.pilot import Pilot

PATIENCE_S = 60.0


def text(pilot: Pilot[None]) -> str:
    """The screen in front, line by line."""
    return "\n".join(strip.text for strip in pilot.app.screen._compositor.render_strips())


def picture(pilot: Pilot[None], title: str | None = None) -> str:
    """The screen as SVG that needs nothing from elsewhere: Textual names fonts at an address, this the reader's own."""
    svg = re.sub(r"@font-face \{.*?\}\s*", "", pilot.app.export_screenshot(title=title), flags=re.DOTALL)
    return svg.replace("Fira Code, monospace", "monospace")


async def until_shown(pilot: Pilot[None], *words: str, patience_s: float = PATIENCE_S) -> str:
    """Wait until all of `words` are on the screen; gives the whole screen."""
    deadline = time.monotonic() + patience_s
    while not all(word in (now := text(pilot)) for word in words):
        assert time.monotonic() < deadline, f"waited {patience_s:.0f} s for {words} in:\n{now}"
        await pilot.pause(0.02)
    return now


async def until_gone(pilot: Pilot[None], word: str, patience_s: float = PATIENCE_S) -> str:
    """Wait until a word is no longer on the screen; gives the whole screen."""
    deadline = time.monotonic() + patience_s
    while word in (now := text(pilot)):
        assert time.monotonic() < deadline, f"waited {patience_s:.0f} s for {word!r} to go from:\n{now}"
        await pilot.pause(0.02)
    return now
