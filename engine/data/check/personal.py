"""Personal data and secrets in a text: found, shown without revealing them, taken out."""

import re
from bisect import bisect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from engine.data.check.contacts import addresses, emails, phones
from engine.data.check.credentials import credentials, known_beginning
from engine.data.check.identifiers import cards, ibans, national_ids

_FINDERS: dict[str, Callable[[str], Iterable[tuple[int, int]]]] = {
    "secret": credentials,
    "email": emails,
    "iban": ibans,
    "card": cards,
    "national_id": national_ids,
    "ip": addresses,
    "phone": phones,
}

KINDS = tuple(_FINDERS)
"""What can be found. Where two overlap, the earlier kind counts."""

_LONG_NUMBER = re.compile(r"\d(?:[ ().\-/]{0,2}[\dA-Z]){6}")
_NUMBERS = frozenset({"iban", "card", "national_id", "phone"})
"""Kinds that hold a long number: where there is none, which costs little to see, none of them is looked for."""


@dataclass(frozen=True, slots=True)
class Found:
    """One piece of personal data."""

    kind: str
    """One of KINDS."""
    start: int
    """Characters from the text's beginning."""
    end: int
    """Where it ends, not included."""


def find(text: str, kinds: Sequence[str] = ()) -> list[Found]:
    """Personal data of these kinds (all when none is named), in the order of the text, without overlaps."""
    taken: list[tuple[int, int, str]] = []
    wanted = kinds or KINDS
    has_numbers = _LONG_NUMBER.search(text) is not None
    for kind in KINDS:
        if kind in wanted and (has_numbers or kind not in _NUMBERS):
            for start, end in _FINDERS[kind](text):
                place = bisect(taken, (start,))
                before = taken[place - 1][1] if place else 0
                after = taken[place][0] if place < len(taken) else end
                if before <= start and end <= after:
                    taken.insert(place, (start, end, kind))
    return [Found(kind, start, end) for start, end, kind in taken]


def mask(text: str, found: Found) -> str:
    """What was found, so that one sees what it is and not whose: `j***@***.com`, `**** **** **** **81`."""
    piece = text[found.start : found.end]
    if found.kind == "secret":
        return f"{known_beginning(piece)}***"
    if found.kind == "email":
        return f"{piece[0]}***@***.{piece.rpartition('.')[2]}"
    if found.kind == "iban":
        return piece[:2] + _starred(piece[2:])
    if found.kind in ("card", "phone"):
        return _starred(piece[:-2]) + piece[-2:]
    return _starred(piece)


def redact(text: str, kinds: Sequence[str] = ()) -> str:
    """The text with `[EMAIL]`, `[SECRET]` and the like in place of what was found."""
    parts: list[str] = []
    end = 0
    for found in find(text, kinds):
        parts += (text[end : found.start], f"[{found.kind.upper()}]")
        end = found.end
    return "".join((*parts, text[end:]))


def _starred(text: str) -> str:
    return "".join("*" if character.isalnum() else character for character in text)
