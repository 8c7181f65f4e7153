"""Following jobs: a worker thread reads what is new in a job's journal and posts messages; panes only receive.

feed = Feed(folder, self)                    # posts JobSeen: the newest view, what lies between may be skipped
feed = Feed(folder, self, events=True)       # posts JobTold: every event once, in order
feed.start()                                 # from the app's thread, once the owner is mounted
feed.stop()                                  # ends within a poll; leaving the screen stops it too
"""

import time

from textual.dom import DOMNode
from textual.message import Message
from textual.worker import Worker, get_current_worker

from engine.errors import UserError
from engine.job import Follower, JobFolder, JobView
from engine.protocol import AnyEvent
from tui.messages import ToldUser

POLL_S = 0.1
FRAME_S = 0.25
"""Views follow each other no faster than this: more is not seen, and costs a slow line."""
ENDED_POLL_S = 2.0
"""A job that ended is looked at this often: it may be resumed from elsewhere."""


class JobSeen(Message):
    """A job as it is now. A newer one takes the place of one that still waits, so a slow terminal never lags."""

    def __init__(self, view: JobView) -> None:
        super().__init__()
        self.view = view

    def can_replace(self, message: Message) -> bool:
        """Whether `message`, which came later, makes this one needless."""
        return isinstance(message, JobSeen) and message.view.folder == self.view.folder


class JobTold(Message):
    """A job as it is now, and the events that came since the last such message. None is ever lost."""

    def __init__(self, view: JobView, events: list[AnyEvent]) -> None:
        super().__init__()
        self.view = view
        self.events = events


class Feed:
    """Follows one job for as long as its owner is mounted, ended jobs slowly. Posts only when something changed."""

    def __init__(self, folder: JobFolder, owner: DOMNode, *, events: bool = False, group: str = "feed") -> None:
        """`owner` receives the messages. A feed takes the place of the owner's earlier one of the same `group`."""
        self.folder = folder
        self._owner = owner
        self._events = events
        self._group = group
        self._worker: Worker[None] | None = None
        self._shown: object = None
        self._held = False
        self._posted = 0.0
        self._trouble = ""

    def start(self) -> None:
        """Begin; the first message comes with everything that the journal holds already."""
        self._worker = self._owner.run_worker(
            self._follow, name=f"follow {self.folder.id}", group=self._group, thread=True, exclusive=True
        )

    def stop(self) -> None:
        """Follow no more."""
        if self._worker is not None:
            self._worker.cancel()

    def _follow(self) -> None:
        worker = get_current_worker()
        follower = Follower(self.folder)
        while not worker.is_cancelled:
            try:
                view, events = follower.poll()
            except (OSError, UserError) as error:
                self._tell(str(error))
                pause_s = ENDED_POLL_S
            else:
                self._offer(view, events)
                pause_s = POLL_S if view.live or self._held else ENDED_POLL_S
            worker.cancelled_event.wait(pause_s)

    def _offer(self, view: JobView, events: list[AnyEvent]) -> None:
        """Post what changed: events at once, a view when the last one has been up for a frame."""
        shows = _what_shows(view)
        changed, self._shown = bool(events) or shows != self._shown, shows
        self._held = (self._held or changed) and not self._events
        if self._events and changed:
            self._post(JobTold(view, events))
        elif self._held and time.monotonic() - self._posted >= FRAME_S:
            self._held, self._posted = False, time.monotonic()
            self._post(JobSeen(view))

    def _tell(self, trouble: str) -> None:
        """Say what is in the way, once."""
        if trouble != self._trouble:
            self._trouble = trouble
            self._post(ToldUser(f"cannot follow {self.folder.id}: {trouble}", error=True))

    def _post(self, message: Message) -> None:
        if self._worker is not None and not self._worker.is_cancelled:
            self._owner.post_message(message)


def _what_shows(view: JobView) -> tuple[object, ...]:
    """What may change without a new event."""
    silent_s = None if view.silent_s is None else int(view.silent_s)
    return view.condition, silent_s, view.skipped
