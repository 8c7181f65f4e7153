"""What can come next in a filter line while it is typed."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from engine.data.browse.filters import WORDS
from engine.data.browse.known import SIDES, Known
from engine.data.browse.language import Part, parts_of, quoted
from engine.data.browse.paths import with_places, without_places
from engine.data.browse.terms import ABOUT, COUNTS

MOST = 50
"""Completions that are offered."""


def completions(line: str, cursor: int, fields: Mapping[str, str], known: Known) -> list[str]:
    """Terms that the one before the cursor can become, the likeliest first; `complete` puts one in.

    `fields`: paths of the rows with their kinds. A term that ends in a comparison waits for a value.
    """
    part = _typed(line, cursor)
    if part is None:
        offered = _names("", fields)
    elif not part.operator:
        offered = _names(part.name.strip('"'), fields)
    else:
        offered = _values(part, fields, known)
    sign = "!" if part is not None and part.negated else ""
    typed = part.text if part is not None else ""
    return [f"{sign}{term}" for term in dict.fromkeys(offered) if f"{sign}{term}" != typed][:MOST]


def complete(line: str, cursor: int, term: str) -> tuple[str, int]:
    """(line, cursor) with a term in place of the one before the cursor; the next may begin where it is whole."""
    part = _typed(line, cursor)
    start = part.start if part is not None else cursor
    rest = line[cursor:].lstrip()
    gap = " " if rest or term[-1:] not in "=~<>:" else ""
    return f"{line[:start]}{term}{gap}{rest}", start + len(term) + len(gap)


def _typed(line: str, cursor: int) -> Part | None:
    """The term that ends at the cursor; in quotes that are not closed yet it goes on through spaces."""
    typed = line[:cursor]
    for text in (f'{typed}"', typed):
        last = None
        for part in parts_of(text):
            last = part
        if last is None or last.start + len(last.text) != len(text):
            continue
        if text is typed:
            return last
        opened = line[last.value_start : cursor] if last.operator else last.name
        if opened.startswith('"'):
            return replace(last, text=last.text[:-1])
    return None


def _names(typed: str, fields: Mapping[str, str]) -> Iterator[str]:
    named = [(name, f"{name}>") for name in COUNTS]
    known = {**with_places(typed, fields), **fields}
    named += [(name, term) for name, kind in known.items() for term in _of_field(name, kind)]
    named += [(name, f"{name}:") for name in ABOUT]
    return (term for _, term in _fitting(typed, named))


def _of_field(name: str, kind: str) -> tuple[str, ...]:
    """Terms that are begun with a field."""
    mine = f'"{name}"' if name in COUNTS else quoted(name)
    if kind == "object":
        return ()
    length = (f"len({mine})>",) if kind.startswith("list") else ()
    if kind == "list":
        return length
    return (f"{mine}=", f"{mine}~" if kind.endswith("text") else f"{mine}>", *length)


def _fitting(typed: str, named: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Pairs whose first has what was typed; those that begin with it come first."""
    low = typed.lower()
    found = [pair for pair in named if low in pair[0].lower()]
    return sorted(found, key=lambda pair: not pair[0].lower().startswith(low))


def _values(part: Part, fields: Mapping[str, str], known: Known) -> Iterator[str]:
    words: Mapping[str, tuple[str, ...]] = {
        "split": SIDES[1:] + SIDES[:1],
        "is": WORDS,
        "finding": tuple(known.findings or ()),
    }
    if part.operator == ":":
        offered = words.get(part.name, ())
    elif part.operator in ("=", "!=") and not part.length:
        offered = tuple(known.values.get(without_places(part.name, fields), ()))
    else:
        offered = ()
    before = part.text[part.negated : part.value_start - part.start]
    for _, word in _fitting(part.value, [(word, word) for word in offered]):
        yield f"{before}{word if part.operator == ':' else quoted(word)}"
