"""Prompts of this pane whose answers have not begun: those that wait for the models, and those on their way."""

from dataclasses import dataclass, field

from engine.chat_state import ChatState, Exchange
from engine.protocol import Ask


@dataclass
class Outbox:
    """What was asked here and is not taken up."""

    waiting: list[Ask] = field(default_factory=list)
    """Not sent: the models are not loaded yet."""
    sent: dict[str, Ask] = field(default_factory=dict)
    """By the id of the command."""

    def release(self) -> list[Ask]:
        """What may be sent now."""
        waiting, self.waiting = self.waiting, []
        return waiting

    def settle(self, state: ChatState) -> list[tuple[Ask, str]]:
        """Forget what was taken up; those that were refused, and why."""
        for exchange in state.exchanges:
            self.sent.pop(exchange.ask, None)
        refused = [(id, reason) for id in self.sent if (reason := state.refusal(id)) is not None]
        return [(self.sent.pop(id), reason) for id, reason in refused]

    def empty(self) -> list[Ask]:
        """Everything that is left, in order, when the chat it was meant for is gone."""
        left = [*self.sent.values(), *self.waiting]
        self.sent, self.waiting = {}, []
        return left

    def exchanges(self, system: str) -> list[Exchange]:
        """The prompts as they are shown until they are taken up."""
        left = [*self.sent.items(), *((f"waiting {place}", ask) for place, ask in enumerate(self.waiting))]
        return [Exchange(id, ask.prompt, system) for id, ask in left]
