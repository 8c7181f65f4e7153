"""Text from data, models and logs, made safe to show: nothing in it can drive the terminal.

Every front end passes foreign text through `visible` before it reaches the screen.
"""

import unicodedata

_BIDI = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C}
"""Marks, embeddings, overrides and isolates that reorder what stands around them (UAX #9)."""


def visible(text: str, *, lines: bool = False) -> str:
    """`text` with every control, escape, format and lone-surrogate character as a visible mark.

    C0 controls become their pictures (ESC is ␛), others ‹U+XXXX›. `lines`: line feeds stay and tabs become spaces.
    """
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else _mark(character, lines) for character in text)


def one_line(text: str, width: int) -> str:
    """`text` on one line of at most `width` characters, shortened at a word's end with an ellipsis."""
    line = " ".join(visible(text[: 4 * width + 64], lines=True).split())
    if len(line) <= width:
        return line
    cut = line[: max(0, width - 1)]
    head, space, _ = cut.rpartition(" ")
    return (head if space and len(head) > width // 2 else cut) + "…"


def _mark(character: str, lines: bool) -> str:
    code = ord(character)
    if lines and character == "\n":
        return "\n"
    if lines and character == "\t":
        return "    "
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if code not in _BIDI and unicodedata.category(character) == "Zs":
        return " "
    return f"‹U+{code:04X}›"
