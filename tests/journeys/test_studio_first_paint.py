"""The first frame is on the terminal before anything heavy is loaded."""

import json
import os
import subprocess
import sys

import pytest

from tests.pure.test_walls import HEAVY
from tests.support import quickstart

PROBE = """
import json, sys
from engine.home import open_home
from tui.app import Studio

class Probe(Studio):
    loaded = None

    def _display(self, screen, renderable):
        super()._display(screen, renderable)
        if self.loaded is None and renderable is not None and str(type(screen).__name__) == sys.argv[1]:
            self.loaded = sorted({name.split(".")[0] for name in sys.modules})

home = open_home()
project = home.projects / "tickets" if sys.argv[1] == "ProjectScreen" else None

async def leave(pilot):
    while pilot.app.loaded is None:
        await pilot.pause(0.01)
    print(json.dumps(pilot.app.loaded))
    pilot.app.exit()

Probe(home, project).run(headless=True, size=(120, 40), auto_pilot=leave)
"""


@pytest.mark.parametrize("screen", ["HomeScreen", "ProjectScreen"])
def test_nothing_heavy_is_loaded_at_first_paint(home, screen):
    quickstart(home)
    done = subprocess.run(
        [sys.executable, "-c", PROBE, screen], capture_output=True, text=True, check=True, timeout=120, env=os.environ
    )
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert not loaded & (HEAVY | {"pydantic", "msgspec", "psutil", "engine.jobs"})
    assert "textual" in loaded
