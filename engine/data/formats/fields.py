"""Which fields the rows of a source have: what a mapping can name."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from engine.data.formats.sample import SAMPLE_ROWS, as_records, sample
from engine.data.formats.turns import as_json
from engine.data.formats.values import Unfit
from engine.data.records import Records, Row

FieldKind = Literal["text", "number", "boolean", "list", "object"]

_DEPTH = 4
"""Fields in fields are followed this far down."""

_EXAMPLE = 500
"""Characters of an example."""

_MOST_FIELDS = 500
"""Fields told; rows with ever new names must not fill the memory."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field, or one inside another, as a mapping names it."""

    path: str
    """Its name; `a.b` inside another, `a.0` the first of a list."""
    kind: FieldKind
    """What most rows hold in it."""
    kinds: tuple[FieldKind, ...]
    """All that rows hold in it, the most frequent first."""
    share: float
    """Share of the rows that have it and where it is not null."""
    example: str
    """The beginning of the first value that is not empty, as text or JSON."""

    @property
    def depth(self) -> int:
        """How many fields it lies in, counted by the dots of its path."""
        return self.path.count(".")


class _Seen:
    """What was seen of one field."""

    def __init__(self) -> None:
        self.kinds: dict[FieldKind, int] = {}
        self.example: Any = None

    def add(self, value: Any) -> None:
        kind = kind_of_value(value)
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        if self.example in (None, "", [], {}):
            self.example = value


def fields(records: Records | Sequence[Row], size: int = SAMPLE_ROWS) -> list[Field]:
    """The fields of about `size` rows from all over a source, in their order, inner ones after the outer."""
    return fields_of(sample(as_records(records), size))


def fields_of(rows: Iterable[Row]) -> list[Field]:
    """The fields of a few rows."""
    seen: dict[str, _Seen] = {}
    count = 0
    for row in rows:
        count += 1
        for path, value in _paths(row, "", _DEPTH):
            if path in seen or len(seen) < _MOST_FIELDS:
                seen.setdefault(path, _Seen()).add(value)
    return [_field(path, seen[path], count) for path in _ordered(list(seen))]


def kind_of_value(value: object) -> FieldKind:
    """What a value is, as JSON has it."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, list | tuple):
        return "list"
    return "object" if isinstance(value, dict) else "text"


def _paths(value: dict[str, Any], before: str, depth: int) -> Iterator[tuple[str, Any]]:
    """Every path of a row with what lies there; nulls are passed over."""
    for name, inner in value.items():
        if inner is None:
            continue
        path = f"{before}{name}"
        yield path, inner
        if depth > 1 and isinstance(inner, dict):
            yield from _paths(inner, f"{path}.", depth - 1)
        elif depth > 1 and isinstance(inner, list) and inner and isinstance(inner[0], dict):
            yield from _paths(inner[0], f"{path}.0.", depth - 1)


def _ordered(paths: list[str]) -> list[str]:
    """Paths in the order of their first part, each outer field before what is in it."""
    places = {path: place for place, path in enumerate(paths)}

    def key(path: str) -> list[int]:
        parts = path.split(".")
        return [places[outer] for n in range(1, len(parts) + 1) if (outer := ".".join(parts[:n])) in places]

    return sorted(paths, key=key)


def _field(path: str, seen: _Seen, rows: int) -> Field:
    kinds = tuple(sorted(seen.kinds, key=lambda kind: -seen.kinds[kind]))
    return Field(path, kinds[0], kinds, sum(seen.kinds.values()) / rows, _shown(seen.example))


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return value[:_EXAMPLE]
    try:
        return as_json(value)[:_EXAMPLE]
    except Unfit:
        return str(value)[:_EXAMPLE]
