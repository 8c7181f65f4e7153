"""Follow a job until it ends, telling each event as a line."""

import time
from collections.abc import Callable

from engine.job import Follower, JobFolder, JobView
from engine.method_figures import method_of
from engine.protocol import AnyEvent
from tui.cli.narrator import STAMP_WIDTH, Narrator, stamped
from tui.cli.printing import hanging, say
from tui.figures import duration

POLL_S = 0.1

Tell = Callable[[str], None]


def follow(
    folder: JobFolder,
    tell: Tell,
    *,
    from_now: bool = False,
    seen: Callable[[AnyEvent], None] | None = None,
    until: Callable[[JobView], bool] | None = None,
) -> JobView:
    """Tell what happens until the job is over (or `until` says so); returns it as it is then.

    `from_now`: pass over what the journal holds already. `seen` gets every event once, told or not.
    """
    follower, narrator, silence = Follower(folder), Narrator(method_of(folder.spec.recipe)), Silence(tell)
    if from_now:
        follower.poll()
    while True:
        view, events = follower.poll()
        for line in narrator.tell(events, view.state):
            tell(line)
        if seen is not None:
            for event in events:
                seen(event)
        silence.notice(view)
        if not view.live or (until is not None and until(view)):
            return view
        time.sleep(POLL_S)


def say_stamped(line: str) -> None:
    """Print a told line, wrapped below its words where the terminal is narrow."""
    say(hanging(line[:STAMP_WIDTH], line[STAMP_WIDTH:]))


class Silence:
    """Says once when an engine stops responding, and once when it is back."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._silent = False

    def notice(self, view: JobView) -> None:
        """Look at the job."""
        silent = view.silent_s is not None
        if silent and not self._silent:
            words = f"not responding for {duration(view.silent_s)}: its engine lives, process {view.state.pid}"
            self._tell(stamped(time.time(), words))
        elif self._silent and not silent and view.live:
            self._tell(stamped(time.time(), "responding again"))
        self._silent = silent
