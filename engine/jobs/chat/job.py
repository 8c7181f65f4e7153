"""A chat job from top to bottom: load both models, then answer prompts until somebody stops it or nobody asks."""

import time
from collections import deque

from engine.data.example import Message
from engine.errors import UserError
from engine.jobs.chat.reply import answer_both
from engine.jobs.context import JobContext, Stopped
from engine.jobs.masking import Unrenderable, render_prompt
from engine.jobs.opening import open_data
from engine.jobs.pair import ModelPair, load_pair
from engine.protocol import Ask, Command, ReplyStarted, StopReply
from engine.recipe import Recipe

IDLE_S = 30 * 60
"""Two models in memory that nobody talks to are in the way of the next run."""

_POLL_S = 0.2
_LOOKED_AT = 2000
"""Rows, from all over the data, by which it is told whether all begin with the same system text."""


def run(context: JobContext) -> str:
    """Answer prompts; returns why it ended by itself."""
    pair = load_pair(context)
    system = system_prompt(context, context.recipe())
    context.phase("answering", "ready for prompts")
    return Chat(context, pair, system).serve(float(context.folder.spec.options.get("idle_s", IDLE_S)))


def system_prompt(context: JobContext, recipe: Recipe) -> str:
    """What is said before each prompt: the recipe's words, else what all rows of the data begin with; "" for none."""
    if recipe.chat.system:
        return recipe.chat.system
    try:
        conversations = open_data(context, recipe).conversations
    except UserError as error:
        context.notice(f"no system prompt is said, because the data cannot be opened: {error}", "warn")
        return ""
    looked_at = conversations[:: max(1, len(conversations) // _LOOKED_AT)]
    begins = {turns[0].content if turns and turns[0].role == "system" else "" for turns in looked_at}
    return begins.pop() if len(begins) == 1 else ""


class Chat:
    """Takes prompts one at a time, those that come meanwhile in order."""

    def __init__(self, context: JobContext, pair: ModelPair, system: str) -> None:
        """`system`: said before each prompt; "" for none."""
        self._context = context
        self._pair = pair
        self._system = (Message("system", system),) if system else ()
        self._waiting: deque[tuple[Ask, list[int]]] = deque()
        self._answering = False
        self._cut = False

    def serve(self, idle_s: float) -> str:
        """Answer until there was no command for `idle_s`; returns the reason. Raises Stopped when asked to stop."""
        asked = time.monotonic()
        while time.monotonic() - asked < idle_s:
            if self._context.stop_requested:
                raise Stopped("the chat was ended")
            command = self._context.next_command(_POLL_S)
            if command is not None:
                self._take(command)
            while self._waiting and not self._context.stop_requested:
                self._answer(*self._waiting.popleft())
            if command is not None:
                asked = time.monotonic()
        return f"nobody asked anything for {idle_s / 60:.0f} minutes: the chat ended and freed its memory"

    def _answer(self, ask: Ask, prompt: list[int]) -> None:
        import torch

        said = "".join(message.content for message in self._system)
        self._context.emit(ReplyStarted(ask=ask.id, prompt=ask.prompt, system=said))
        self._answering, self._cut = True, False
        try:
            answer_both(self._pair, ask, prompt, self._context.emit, self._is_cut)
        except torch.OutOfMemoryError:
            self._context.notice("out of memory over this prompt: shorten it, or free the GPU", "error")
        self._answering = False
        if torch.cuda.is_available():
            torch.cuda.empty_cache()  # a run may be training beside it

    def _is_cut(self) -> bool:
        while (command := self._context.next_command(0)) is not None:
            self._take(command)
        return self._cut or self._context.stop_requested

    def _take(self, command: Command) -> None:
        if isinstance(command, Ask):
            self._queue(command)
        elif isinstance(command, StopReply):
            self._cut = self._answering
            text = "cutting the answer short" if self._answering else "nothing is being answered"
            self._context.answer(command, self._answering, text)

    def _queue(self, ask: Ask) -> None:
        prompt, refusal = self._read(ask)
        if refusal:
            self._context.answer(ask, False, refusal)
            return
        ahead = len(self._waiting) + self._answering
        self._context.answer(ask, True, f"taken up after {ahead} other" if ahead else "taken up")
        self._waiting.append((ask, prompt))

    def _read(self, ask: Ask) -> tuple[list[int], str]:
        """The prompt as tokens, and why it is refused ("" when it is not)."""
        if not ask.prompt.strip():
            return [], "the prompt is empty: write something"
        if ask.max_new_tokens < 1 or ask.temperature < 0:
            return [], "max_new_tokens must be at least 1, and temperature at least 0"
        tokenizer = self._pair.tokenizer.tokenizer
        try:
            text = render_prompt(tokenizer, (*self._system, Message("user", ask.prompt)))
        except Unrenderable as error:
            return [], str(error)
        ids: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
        length = self._pair.context_length
        if length is not None and len(ids) >= length:
            return [], f"the prompt has {len(ids):,} tokens and the model reads {length:,}: shorten it"
        return ids, ""
