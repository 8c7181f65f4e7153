"""Prompts and answers, the newest at the bottom. Only lines that changed are sent to the terminal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import ClassVar, get_args

from textual.geometry import Size

from engine.chat_state import Exchange, Reply
from engine.protocol import Side
from tui.figures import UNKNOWN, plural
from tui.visible import one_line
from tui.widgets.inked import SHOWN_CHARACTERS, InkedLine, width_of, wrap
from tui.widgets.reading import Reading

BESIDE = 96
"""Cells from which the two answers stand beside each other."""

_ENDS = {"eos": "", "length": "cut off at its length", "stopped": "cut short"}
_CURSOR = "▌"


@dataclass(frozen=True, slots=True)
class Asked:
    """A prompt with what is there of its answers."""

    exchange: Exchange
    expected: str = ""
    """What the held-out row says that the answer should be; "" for other prompts."""
    waits: str = ""
    """Why nothing is answered yet, or any more; "" while it is."""


class Transcript(Reading):
    """Every prompt of this chat; stays at the bottom while it is there."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"reading--base", "reading--tuned"}
    DEFAULT_CSS = """
    Transcript {
        height: 1fr;
        padding: 0 1;
        & > .reading--base { color: $side-base; }
        & > .reading--tuned { color: $side-tuned; }
    }
    """

    def __init__(self) -> None:
        super().__init__(id="chat-transcript")
        self._asked: Sequence[Asked] = ()
        self._made: dict[Asked, list[InkedLine]] = {}
        """Lines of prompts whose answers are complete, for the width there is."""
        self.show(self._all_lines)

    def show_asked(self, asked: Sequence[Asked]) -> None:
        """Show these; only the lines that differ are painted again."""
        bottom = self.scroll_offset.y >= self.max_scroll_y
        self._asked = asked
        before, self._lines = self._lines, self._all_lines(self._width) if self._width > 0 else []
        self.virtual_size = Size(1, len(self._lines))
        for place, (old, new) in enumerate(zip_longest(before, self._lines)):
            if old != new:
                self.refresh_line(place)
        if bottom:
            self.scroll_end(animate=False, force=True, immediate=True)

    def _all_lines(self, width: int) -> list[InkedLine]:
        kept = {asked: lines for asked, lines in self._made.items() if width == self._width}
        self._made = {}
        lines: list[InkedLine] = []
        system = ""
        for asked in self._asked:
            if asked.exchange.system != system:
                system = asked.exchange.system
                lines += [[("system  ", "dim"), (one_line(system or "(none)", max(8, width - 8)), "dim")], []]
            made = kept.get(asked) or asked_lines(asked, width)
            if asked.exchange.done:
                self._made[asked] = made
            lines += made
        return lines


def asked_lines(asked: Asked, width: int) -> list[InkedLine]:
    """A prompt, what is expected, and both answers, in lines of a width."""
    exchange = asked.exchange
    lines = _hanging("❯ ", "key", exchange.prompt, "bold", width)
    if asked.expected:
        lines += _hanging("  expected  ", "dim", asked.expected, "dim", width)
    if asked.waits:
        lines.append([("  ", ""), (one_line(asked.waits, max(8, width - 2)), "dim")])
    if not asked.waits or exchange.base.tokens or exchange.tuned.tokens:
        lines += _answers(exchange, width, streaming=not asked.waits)
    return [*lines, []]


def _answers(exchange: Exchange, width: int, *, streaming: bool) -> list[InkedLine]:
    beside = width >= BESIDE
    column = (width - 3) // 2 if beside else width
    base, tuned = (_reply(side, exchange, column, streaming=streaming) for side in get_args(Side))
    if not beside:
        return [*base, *tuned]
    blank: InkedLine = []
    return [
        [*left, (" " * max(0, column - width_of(left)), ""), (" │ ", "dim"), *right]
        for left, right in zip_longest(base, tuned, fillvalue=blank)
    ]


def _reply(side: Side, exchange: Exchange, width: int, *, streaming: bool) -> list[InkedLine]:
    """One side's name and figures, and its answer below them."""
    reply = exchange.reply(side)
    notes = [_speed(reply)]
    if reply.done is not None:
        notes += [plural(reply.tokens, "token"), _ENDS[reply.done.ended]]
    if side == "tuned" and exchange.done and exchange.tuned.text == exchange.base.text:
        notes.append("the same")
    words = one_line(" · ".join(note for note in notes if note), max(8, width - 8))
    head: InkedLine = [(f"{side:<6}", f"{side} bold"), (f"  {words}", "dim")]
    text = reply.text[:SHOWN_CHARACTERS]
    if reply.done is None and streaming:
        return [head, *wrap(text + _CURSOR, [*[""] * len(text), side], width)]
    if not text.strip():
        return [head, [("(nothing)", "dim")]]
    return [head, *wrap(text, [""] * len(text), width)]


def _speed(reply: Reply) -> str:
    """Figures of fixed width, so that nothing jumps while they change."""
    pace, first = reply.tokens_per_s, reply.first_token_s
    rate = f"{pace:>5.0f}" if pace is not None else f"{UNKNOWN:>5}"
    return f"{rate} tok/s · first {f'{1000 * first:,.0f} ms' if first is not None else UNKNOWN}"


def _hanging(begin: str, begin_ink: str, text: str, ink: str, width: int) -> list[InkedLine]:
    """Text with something before its first line, its other lines below its beginning."""
    text = text[:SHOWN_CHARACTERS]
    lines = wrap(text, [ink] * len(text), max(8, width - len(begin)))
    return [[(begin if place == 0 else " " * len(begin), begin_ink), *line] for place, line in enumerate(lines)]


def with_expected(exchanges: Sequence[Exchange], expected: Mapping[str, str], gone: str) -> list[Asked]:
    """Exchanges with what is expected of held-out rows. `gone`: why what is unfinished stays so; "" if it goes on."""
    return [Asked(exchange, expected.get(exchange.prompt, ""), "" if exchange.done else gone) for exchange in exchanges]
