"""One row, three ways: through the chat template, as tokens, and as it is in the file. Pure: text in, lines out."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from tui.visible import visible
from tui.widgets.inked import SHOWN_CHARACTERS, InkedLine, Inks, marked, matches, width_of, with_matches, wrap

if TYPE_CHECKING:
    from engine.data.audit import AuditedRow
    from engine.data.example import Conversation, Example

RowView = Literal["chat", "tokens", "raw"]
VIEWS: tuple[RowView, ...] = ("chat", "tokens", "raw")

ROLE_NAMES = {"system": "system", "user": "user", "assistant": "answer", "tool": "tool"}
_ROLE_WIDTH = 8
_GUTTER = 2
TRAINED_MARK = "▌ "
CUT_MARK = "✂ "


def counted(row: "AuditedRow", max_length: int) -> list[str]:
    """A row's tokens in words, the fullest way first: how many, how many of them are trained, and what was lost."""
    if row.problem:
        return ["cannot be rendered"]
    tokens, trained = len(row.ids), sum(row.trained)
    cut = f", cut off at {max_length:,}" if row.cut else ""
    return [
        f"{tokens:,} tokens, {trained:,} trained ({trained / max(1, tokens):.0%}){cut}",
        f"{tokens:,} tokens, {trained:,} trained{cut}",
        f"{tokens:,} tok, {trained:,} trained" + (", cut" if cut else ""),
        f"{tokens:,} tok" + (", cut" if cut else ""),
    ]


def chat_lines(row: "AuditedRow", conversation: "Conversation", needle: str, width: int) -> list[InkedLine]:
    """The row through the real chat template; what is trained is marked, what was cut off too."""
    if row.problem:
        return [*_refused(row.problem, width), [], *turn_lines(conversation, needle, width)]
    text = row.text[:SHOWN_CHARACTERS]
    inks: list[Inks] = ["dim"] * len(text)
    for start, end in _contents(text, conversation):
        inks[start:end] = [""] * (min(end, len(text)) - start)
    for start, end in trained_spans(row):
        inks[start:end] = ["trained"] * (min(end, len(text)) - min(start, len(text)))
    if row.cut:
        inks[row.end :] = ["cut"] * (len(text) - min(row.end, len(text)))
    marked(inks, matches(text, needle), "match")
    lines = [_with_gutter(line) for line in wrap(text, inks, width - _GUTTER)]
    return [*lines, *_left_out(len(row.text) - len(text))]


def token_lines(row: "AuditedRow", needle: str, width: int) -> list[InkedLine]:
    """The row's tokens one by one, a bar between two; ⏎ is a line feed, · a space at a token's edge."""
    if row.problem:
        return _refused(row.problem, width)
    lines: list[InkedLine] = []
    line: InkedLine = []
    found = {place for start, end in matches(row.text, needle) for place in range(start, end)}
    for text, start, trained, ends_line in _tokens(row):
        ink = "trained" if trained else ""
        ink = f"{ink} match".strip() if start in found else ink
        if line and width_of(line) + width_of([(text, "")]) + 1 > width - _GUTTER:
            lines.append(line)
            line = []
        line += [(text, ink), ("│", "dim")]
        if ends_line:
            lines.append(line)
            line = []
    return [_with_gutter(line) for line in [*lines, line] if line]


def example_lines(example: "Example", needle: str, width: int) -> list[InkedLine]:
    """What a row teaches, for as long as there are no tokens to show."""
    pieces = [(("trained" if segment.trained else "read"), segment.text) for segment in example.segments]
    turns = [*turn_lines(example.conversation, needle, width)] if example.conversation else []
    return [*turns, *_named_lines(pieces, needle, width), *beside_lines(example, needle, width)]


def beside_lines(example: "Example", needle: str, width: int) -> list[InkedLine]:
    """What a row holds beside the turns that the template renders: the worse answer, the judgement, the solution."""
    named = [("rejected", message.content) for message in example.rejected]
    if example.label is not None:
        named.append(("label", "good" if example.label else "bad"))
    if example.solution:
        named.append(("solution", example.solution))
    return [[], *_named_lines(named, needle, width)] if named else []


def _named_lines(named: list[tuple[str, str]], needle: str, width: int) -> list[InkedLine]:
    lines: list[InkedLine] = []
    for name, content in named:
        text = content[:SHOWN_CHARACTERS]
        inks: list[Inks] = [""] * len(text)
        marked(inks, matches(text, needle), "match")
        for place, line in enumerate(wrap(text, inks, width - _ROLE_WIDTH - 2)):
            lines.append([((name if not place else "").ljust(_ROLE_WIDTH + 2), "dim"), *line])
        lines += _left_out(len(content) - len(text))
    return lines


def turn_lines(conversation: "Conversation", needle: str, width: int) -> list[InkedLine]:
    """The turns by role, for as long as there are no tokens to show."""
    lines: list[InkedLine] = []
    for message in conversation:
        name = ROLE_NAMES[message.role]
        text = message.content[:SHOWN_CHARACTERS]
        inks: list[Inks] = [""] * len(text)
        marked(inks, matches(text, needle), "match")
        for place, line in enumerate(wrap(text, inks, width - _ROLE_WIDTH)):
            lines.append([((name if not place else "").ljust(_ROLE_WIDTH), "dim"), *line])
        lines += _left_out(len(message.content) - len(text))
    return lines


def raw_lines(record: dict[str, Any], needle: str, width: int) -> list[InkedLine]:
    """The row as it is in the file, as JSON."""
    try:
        text = json.dumps(record, indent=2, ensure_ascii=False, default=str)
    except (RecursionError, ValueError, TypeError) as error:
        return [[(f"cannot be shown: {visible(str(error))}", "error")]]
    shown = text[:SHOWN_CHARACTERS]
    inks: list[Inks] = [""] * len(shown)
    marked(inks, matches(shown, needle), "match")
    return [*wrap(shown, inks, width), *_left_out(len(text) - len(shown))]


def trained_spans(row: "AuditedRow") -> Iterator[tuple[int, int]]:
    """Characters of the row's text whose tokens carry loss."""
    ends = [*row.starts[1:], row.end]
    for start, end, trained in zip(row.starts, ends, row.trained, strict=True):
        if trained:
            yield start, end


def _contents(text: str, conversation: "Conversation") -> Iterator[tuple[int, int]]:
    """Where the turns' own words are in what the template made of them."""
    place = 0
    for message in conversation:
        words = message.content.strip()
        start = text.find(words, place) if words else -1
        if start >= 0:
            yield start, start + len(words)
            place = start + len(words)


def _tokens(row: "AuditedRow") -> Iterator[tuple[str, int, bool, bool]]:
    """(how it is shown, where it starts, whether trained, whether it ends a line) of each token."""
    ends = [*row.starts[1:], row.end]
    for start, end, trained in zip(row.starts, ends, row.trained, strict=True):
        text = row.text[start:end]
        if start >= SHOWN_CHARACTERS:
            yield "…", start, trained, True
            return
        yield _token(text), start, trained, text.endswith("\n")


def _token(text: str) -> str:
    if not text:
        return "◌"  # a part of a character: byte-level tokens share its place
    inner = text.strip(" ")
    left = len(text) - len(text.lstrip(" "))
    dotted = "·" * len(text) if not inner else "·" * left + inner + "·" * (len(text) - left - len(inner))
    return visible(dotted.replace("\n", "⏎"))


def _with_gutter(line: InkedLine) -> InkedLine:
    inks = {word for _, ink in line for word in ink.split()}
    if "trained" in inks:
        return [(TRAINED_MARK, "mark"), *line]
    return [(CUT_MARK if "cut" in inks else "  ", "dim"), *line]


def _refused(problem: str, width: int) -> list[InkedLine]:
    text = f"✗ {problem}. This row is left out of training."
    return wrap(text, ["error"] * len(text), width)


def _left_out(characters: int) -> list[InkedLine]:
    return [[(f"… {characters:,} more characters", "dim")]] if characters > 0 else []


def answer_words(text: str) -> str:
    """An answer for a list: of a JSON object its values, single words (labels) first; else the text itself."""
    if not text.lstrip().startswith("{"):
        return text
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return text
    values = [value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in content.values()]
    return " · ".join(sorted(values, key=lambda value: " " in value)) or text


def preview(text: str, needle: str, ink: Inks = "") -> InkedLine:
    """A text on one line for a list; the table shortens it. Starts near the first match where it is far in."""
    found = matches(text[:SHOWN_CHARACTERS], needle)
    start = max(0, found[0][0] - 20) if found and found[0][0] > 60 else 0
    line = " ".join(visible(text[start : start + 400], lines=True).split())
    return with_matches(f"…{line}" if start else line, needle, ink)
