"""Which paths the rows of some records have: what searches and filters may name."""

from collections.abc import Collection, Iterator
from itertools import islice

from engine.data.browse.values import below
from engine.data.curate.curated import Curated
from engine.data.importing.shape import Kind, Shape, shape_of
from engine.data.records import Records
from engine.data.store import RowStore

_SAMPLE = 200
"""Rows looked at where there is no import that remembers the shape."""


def paths_of(records: Records) -> dict[str, str]:
    """The kind of the values at each path, fields in fields after their own: `messages`, `messages.role`, …

    `json` where parts of the source differ. Rows of another shape may have more.
    """
    found: dict[str, str] = {}
    for shape in _shapes(records):
        for path, kind in _paths(shape, ""):
            found[path] = kind if found.get(path, kind) == kind else "json"
    return found


def is_path(path: str, paths: Collection[str]) -> bool:
    """Whether rows may have values at a path. Below a field whose own fields are not known, anything may be."""
    if path in paths:
        return True
    over = [name for name in paths if name and below(name, path) is not None]
    return bool(over) and not any(other != name and below(name, other) is not None for name in over for other in paths)


def _shapes(records: Records) -> Iterator[Shape]:
    if isinstance(records, RowStore):
        yield from (part.shape for part in records.manifest.parts)
    elif isinstance(records, Curated):
        for opened in records.opened:
            yield from _shapes(opened)
    else:
        yield shape_of(list(islice(records.rows(), _SAMPLE)))


def _paths(shape: Shape, before: str) -> Iterator[tuple[str, Kind]]:
    if shape.kind == "list" and shape.item is not None:
        yield from _paths(shape.item, before)
    for name, inner in shape.fields.items():
        path = f"{before}.{name}" if before else name
        yield path, inner.kind
        yield from _paths(inner, path)
