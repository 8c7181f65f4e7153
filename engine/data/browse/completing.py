"""What can come next in a filter line while it is typed."""

from collections.abc import Iterator, Mapping

from engine.data.browse.filters import WORDS
from engine.data.browse.known import SIDES, Known
from engine.data.browse.language import Part, parts_of, quoted
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
        offered = _values(part, known)
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
    """The term that ends at the cursor."""
    last = None
    for part in parts_of(line[:cursor]):
        last = part
    return last if last is not None and last.start + len(last.text) == cursor else None


def _names(typed: str, fields: Mapping[str, str]) -> Iterator[str]:
    named = [(name, f"{name}>") for name in COUNTS]
    named += [(name, term) for name, kind in fields.items() for term in _of_field(name, kind)]
    named += [(name, f"{name}:") for name in ABOUT]
    return (term for _, term in _fitting(typed, named))


def _of_field(name: str, kind: str) -> tuple[str, ...]:
    """Terms that are begun with a field."""
    mine = f'"{name}"' if name in COUNTS else quoted(name)
    if kind == "list":
        return (f"len({mine})>",)
    if kind == "object":
        return ()
    return (f"{mine}=", f"{mine}~") if kind == "text" else (f"{mine}=", f"{mine}>")


def _fitting(typed: str, named: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Pairs whose first has what was typed; those that begin with it come first."""
    low = typed.lower()
    found = [pair for pair in named if low in pair[0].lower()]
    return sorted(found, key=lambda pair: not pair[0].lower().startswith(low))


def _values(part: Part, known: Known) -> Iterator[str]:
    words: Mapping[str, tuple[str, ...]] = {
        "split": SIDES[1:] + SIDES[:1],
        "is": WORDS,
        "finding": tuple(known.findings or ()),
    }
    offered = words.get(part.name, ()) if part.operator == ":" else known.values.get(part.name, ())
    before = part.text[part.negated : part.value_start - part.start]
    for _, word in _fitting(part.value, [(word, word) for word in offered]):
        yield f"{before}{word if part.operator == ':' else quoted(word)}"
