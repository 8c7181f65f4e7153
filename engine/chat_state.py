"""The fold of a chat's journal: prompts, and what both sides have said to each so far."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from engine import run_state
from engine.protocol import AnyEvent, ReplyDone, ReplyPiece, ReplyStarted, Side
from engine.run_state import RunState


@dataclass(frozen=True, slots=True)
class Reply:
    """One side's answer to one prompt, as far as it has come."""

    text: str = ""
    tokens: int = 0
    seconds: float = 0.0
    """What this side alone has taken so far."""
    first_token_s: float | None = None
    done: ReplyDone | None = None

    @property
    def tokens_per_s(self) -> float | None:
        """Speed of this side alone; None before there is any."""
        return self.tokens / self.seconds if self.tokens and self.seconds else None


@dataclass(frozen=True, slots=True)
class Exchange:
    """One prompt and its two answers."""

    ask: str
    """The id of the `Ask` command."""
    prompt: str
    system: str = ""
    """What was said before the prompt; "" for nothing."""
    base: Reply = Reply()
    tuned: Reply = Reply()

    def reply(self, side: Side) -> Reply:
        """One side's answer."""
        return self.base if side == "base" else self.tuned

    @property
    def done(self) -> bool:
        """Whether both sides have finished."""
        return self.base.done is not None and self.tuned.done is not None


@dataclass(frozen=True, slots=True)
class ChatState:
    """Everything that a chat's journal says so far."""

    run: RunState = field(default_factory=RunState)
    """What every job has: phases, notices, answers to commands, how it ended."""
    exchanges: tuple[Exchange, ...] = ()
    """Oldest first. One that its engine never finished stays undone."""

    @property
    def ready(self) -> bool:
        """Whether the models are loaded and prompts are taken."""
        phase = self.run.phase
        return phase is not None and phase.phase == "answering" and self.run.finished is None

    @property
    def answering(self) -> Exchange | None:
        """The prompt that is being answered; None when there is none."""
        last = self.exchanges[-1] if self.exchanges else None
        return last if last is not None and not last.done and self.run.finished is None else None

    def refusal(self, ask: str) -> str | None:
        """Why a command was not taken up; None when it was, or nothing was said to it yet."""
        return next((said.text for said in self.run.answers if said.command == ask and not said.accepted), None)


def fold(state: ChatState, events: Iterable[AnyEvent]) -> ChatState:
    """The state after `events`."""
    events = list(events)
    exchanges = list(state.exchanges)
    for event in events:
        match event:
            case ReplyStarted(ask=ask, prompt=prompt, system=system):
                exchanges.append(Exchange(ask, prompt, system))
            case ReplyPiece() | ReplyDone() if exchanges and exchanges[-1].ask == event.ask:
                exchanges[-1] = _with_reply(exchanges[-1], event)
    return replace(state, run=run_state.fold(state.run, events), exchanges=tuple(exchanges))


def _with_reply(exchange: Exchange, event: ReplyPiece | ReplyDone) -> Exchange:
    reply = _extended(exchange.reply(event.side), event)
    return replace(exchange, base=reply) if event.side == "base" else replace(exchange, tuned=reply)


def _extended(reply: Reply, event: ReplyPiece | ReplyDone) -> Reply:
    if isinstance(event, ReplyDone):
        return replace(reply, tokens=event.tokens, seconds=event.seconds, first_token_s=event.first_token_s, done=event)
    first = event.seconds if reply.first_token_s is None else reply.first_token_s
    return replace(reply, text=reply.text + event.text, tokens=event.tokens, seconds=event.seconds, first_token_s=first)
