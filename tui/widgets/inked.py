"""Text with an ink for each character, wrapped into lines. Everything in it is made safe to show."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from rich.cells import cell_len, get_character_cell_size

from tui.visible import visible

Inks = str
"""Words such as "trained match", each a component class of the widget that shows them; "" is plain."""

Span = tuple[str, Inks]
InkedLine = list[Span]

SHOWN_CHARACTERS = 50_000
"""Of one row; the rest is said to be there. A row of a megabyte is somebody's mistake, not reading matter."""


def wrap(text: str, inks: Sequence[Inks], width: int) -> list[InkedLine]:
    """`text` (of one ink a character) in lines of at most `width` cells, broken after a space where there is one."""
    lines: list[InkedLine] = []
    for start, end in _paragraphs(text):
        lines += _wrap_paragraph(text[start:end], inks[start:end], max(1, width))
    return lines


def marked(inks: list[Inks], spans: Iterable[tuple[int, int]], ink: str) -> None:
    """Add an ink to some spans of characters."""
    for start, end in spans:
        for place in range(max(0, start), min(end, len(inks))):
            inks[place] = f"{inks[place]} {ink}".strip()


def matches(text: str, needle: str) -> list[tuple[int, int]]:
    """Where `needle` is in `text`, whatever the case."""
    if not needle:
        return []
    lowered, wanted = text.lower(), needle.lower()
    if len(lowered) != len(text):  # a few letters grow when lowered, and places would shift
        lowered, wanted = text, needle
    spans: list[tuple[int, int]] = []
    place = lowered.find(wanted)
    while place >= 0:
        spans.append((place, place + len(wanted)))
        place = lowered.find(wanted, place + len(wanted))
    return spans


def with_matches(text: str, needle: str, ink: Inks = "") -> InkedLine:
    """`text` as spans in one ink, with the ink `match` where `needle` is."""
    line: InkedLine = []
    end = 0
    for start, after in matches(text, needle):
        line += [(text[end:start], ink), (text[start:after], f"{ink} match".strip())]
        end = after
    return [span for span in [*line, (text[end:], ink)] if span[0]]


def width_of(line: Iterable[Span]) -> int:
    """Cells that a line takes."""
    return sum(cell_len(text) for text, _ in line)


def _paragraphs(text: str) -> Iterable[tuple[int, int]]:
    start = 0
    while (end := text.find("\n", start)) >= 0:
        yield start, end
        start = end + 1
    yield start, len(text)


def _wrap_paragraph(text: str, inks: Sequence[Inks], width: int) -> list[InkedLine]:
    shown = [(_shown(character), ink) for character, ink in zip(text, inks, strict=True)]
    lines: list[list[Span]] = [[]]
    used = after_space = 0
    for character, ink in shown:
        size = cell_len(character) if len(character) > 1 else get_character_cell_size(character)
        while used + size > width and lines[-1]:
            rest = lines[-1][after_space:] if after_space else []
            if after_space:
                del lines[-1][after_space:]
            lines.append(rest)
            used, after_space = width_of(rest), 0
        lines[-1].append((character, ink))
        used += size
        if character == " ":
            after_space = len(lines[-1])
    return [_joined(line) for line in lines]


def _shown(character: str) -> str:
    if character == "\t":
        return "→   "
    return character if character.isprintable() else visible(character)


def _joined(line: Iterable[Span]) -> InkedLine:
    return [("".join(text for text, _ in run), ink) for ink, run in groupby(line, key=lambda span: span[1])]
