"""Both sides answer one prompt in turns on the one model, each with a key-value cache of its own."""

import inspect
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from engine.jobs.chat.text import TextStream
from engine.jobs.pair import ModelPair
from engine.protocol import Ask, Event, ReplyDone, ReplyPiece, Side

TURN_S = 0.05
"""A side's turn: both seem to stream at once, a piece comes about ten times a second, and the adapter (14 µs a layer to
switch, 3 ms for 8B) is not switched at every token."""

Ended = Literal["eos", "length", "stopped"]


def answer_both(
    pair: ModelPair, ask: Ask, prompt: list[int], emit: Callable[[Event], None], cut: Callable[[], bool]
) -> None:
    """Answer as base and as tuned, and emit pieces as they come. `cut` is asked between turns: once true, both end.

    Whatever goes wrong, both sides are said to have ended.
    """
    room = ask.max_new_tokens if pair.context_length is None else pair.context_length - len(prompt)
    answers = [Answer(pair, side, ask, prompt, min(room, ask.max_new_tokens)) for side in get_args(Side)]
    try:
        while not cut() and any(not answer.ended for answer in answers):
            for answer in answers:
                if not answer.ended:
                    _take_turn(answer, emit)
    finally:
        for answer in answers:
            if not answer.ended:
                answer.end("stopped")
                emit(answer.done())


def _take_turn(answer: "Answer", emit: Callable[[Event], None]) -> None:
    if piece := answer.take_turn():
        emit(ReplyPiece(ask=answer.ask.id, side=answer.side, text=piece, tokens=answer.tokens, seconds=answer.seconds))
    if answer.ended:
        emit(answer.done())


@dataclass
class Answer:
    """One side's answer as far as it is."""

    pair: ModelPair
    side: Side
    ask: Ask
    prompt: list[int]
    limit: int
    """New tokens at most."""
    tokens: int = 0
    seconds: float = 0.0
    first_token_s: float | None = None
    ended: Ended | None = None
    _cache: Any = field(default=None, repr=False)

    def __post_init__(self) -> None:
        import torch

        self._text = TextStream(self.pair.tokenizer.tokenizer)
        self._next = self.prompt
        self._random = torch.Generator(device=self.pair.model.device).manual_seed(self.ask.seed)

    def take_turn(self) -> str:
        """Tokens until the turn is over, and the text that came of them. The first token is a turn by itself."""
        self.pair.switch(self.side)
        began = time.perf_counter()
        text = ""
        while not self.ended:
            text += self._take_token(began)
            if self.tokens == 1 or time.perf_counter() - began >= TURN_S:
                break
        self.seconds += time.perf_counter() - began
        return text + (self._text.finish() if self.ended else "")

    def end(self, why: Ended) -> None:
        """End it before it has ended by itself."""
        self.ended = why

    def done(self) -> ReplyDone:
        """What there is to say once it has ended."""
        assert self.ended is not None
        return ReplyDone(
            ask=self.ask.id, side=self.side, tokens=self.tokens, seconds=self.seconds,
            first_token_s=self.first_token_s, ended=self.ended,
        )  # fmt: skip

    def _take_token(self, began: float) -> str:
        token = self._choose(self._logits())
        if self.first_token_s is None:
            self.first_token_s = self.seconds + time.perf_counter() - began
        if token in self.pair.tokenizer.end_ids:
            self.ended = "eos"
            return ""
        self.tokens += 1
        self._next = [token]
        if self.tokens >= self.limit:
            self.ended = "length"
        return self._text.add(token)

    def _logits(self) -> Any:
        """Scores of the next token, (vocabulary,)."""
        import torch

        model = self.pair.model
        with torch.inference_mode():
            told = model(
                input_ids=torch.tensor([self._next], device=model.device),
                past_key_values=self._cache,
                use_cache=True,
                **_last_only(model),
            )
        self._cache = told.past_key_values
        return told.logits[0, -1]

    def _choose(self, logits: Any) -> int:
        import torch

        if self.ask.temperature == 0:
            return int(logits.argmax())
        chances = torch.softmax(logits.float() / self.ask.temperature, dim=-1)
        return int(torch.multinomial(chances, 1, generator=self._random))


def _last_only(model: Any) -> dict[str, int]:
    """Ask for the last position's scores alone: a long prompt's would take gigabytes with a large vocabulary."""
    return {"logits_to_keep": 1} if "logits_to_keep" in inspect.signature(model.forward).parameters else {}
