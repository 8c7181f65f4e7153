"""Characters that do not belong into a training text: what broken exports and copied web pages leave."""

import re

KINDS = ("control characters", "broken encoding", "lost characters", "invisible characters")
"""In the order of the bits of `odd_characters`."""

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""All but tab and line ends."""
_OTHERS = (
    # UTF-8 read as Latin-1 or Windows-1252: é became Ã©, ’ became â€™, ° became Â°
    re.compile("[ÃÂÐÑ][\u0080-\u00bf]|Ã[\u2018-\u2122ŠšŒœŽžŸƒˆ˜]|â€[\u0080-\u00bf\u0152-\u2122]|ï»¿|ðŸ"),
    re.compile("[\ufffd\ud800-\udfff]"),
    # zero-width space, word joiner, BOM, soft hyphen, text direction overrides, private use; joiners (U+200C, U+200D)
    # belong into Persian, Indic scripts and emoji
    re.compile("[\u200b\u2060\ufeff\u00ad\u202a-\u202e\u2066-\u2069\ue000-\uf8ff]"),
)


def odd_characters(text: str) -> int:
    """Which of KINDS the text holds, as bits; 0 for none."""
    found = int(_CONTROL.search(text) is not None)
    if not text.isascii():
        for bit, pattern in enumerate(_OTHERS, start=1):
            found |= (pattern.search(text) is not None) << bit
    return found


def names(bits: int) -> list[str]:
    """The kinds that bits stand for."""
    return [name for bit, name in enumerate(KINDS) if bits >> bit & 1]
