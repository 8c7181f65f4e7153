"""A chat job as a line-by-line conversation: wait until it is ready, ask, take pieces of answers as they come."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from engine import chat_state
from engine.chat_state import ChatState, Exchange
from engine.errors import JobError
from engine.job import Follower, JobFolder, JobView, send
from engine.protocol import Ask, Side

POLL_S = 0.05


class ChatEnded(Exception):
    """The chat's engine is over, with a prompt unanswered; `seen` says how it ended."""

    def __init__(self, seen: JobView) -> None:
        self.seen = seen
        super().__init__(seen.folder.id)


@dataclass
class Conversation:
    """Talks to one chat job."""

    folder: JobFolder
    state: ChatState = field(default_factory=ChatState)

    def __post_init__(self) -> None:
        self._follower = Follower(self.folder)

    def wait_until_ready(self) -> None:
        """Wait until the models are loaded. Raises ChatEnded when they cannot be."""
        while True:
            seen = self._poll()
            if not seen.live:
                raise ChatEnded(seen)
            if self.state.ready:
                return
            time.sleep(POLL_S)

    def ask(self, ask: Ask) -> str:
        """Put a prompt; returns its id."""
        return send(self.folder, ask)

    def exchange(self, sent: str) -> Exchange | None:
        """The prompt of that id and its answers; None before it is taken up."""
        return next((exchange for exchange in self.state.exchanges if exchange.ask == sent), None)

    def pieces(self, sent: str, side: Side) -> Iterator[str]:
        """One side's answer as it comes. Raises JobError when the prompt is refused, ChatEnded without an engine."""
        told = 0
        while True:
            seen = self._poll()
            if refusal := self.state.refusal(sent):
                raise JobError(f"{self.folder.id}: the prompt was not taken: {refusal}")
            exchange = self.exchange(sent)
            reply = exchange.reply(side) if exchange else None
            if reply and len(reply.text) > told:
                yield reply.text[told:]
                told = len(reply.text)
            if reply and reply.done:
                return
            if not seen.live:
                raise ChatEnded(seen)
            time.sleep(POLL_S)

    def _poll(self) -> JobView:
        seen, events = self._follower.poll()
        self.state = chat_state.fold(self.state, events)
        return seen
