"""Which paths the rows of some records have: what searches and filters may name."""

from collections.abc import Iterator, Mapping
from itertools import islice

from engine.data.browse.values import below, is_place
from engine.data.curate.curated import Curated
from engine.data.importing.shape import Shape, shape_of
from engine.data.records import Records
from engine.data.store import RowStore

_PLAIN = ("text", "integer", "number", "boolean")
"""Kinds of values that hold no others."""
_LIST_OF = "list of "
_SAMPLE = 200
"""Rows looked at where there is no import that remembers the shape."""


def paths_of(records: Records) -> dict[str, str]:
    """The kind of the values at each path, fields in fields after their own: `messages`, `messages.role`, …

    A list of plain values is a `list of text` (or of another kind). `json` where parts of the source differ, or values
    in one. Rows of another shape may have more.
    """
    found: dict[str, str] = {}
    for shape in _shapes(records):
        for path, kind in _paths(shape, ""):
            found[path] = kind if found.get(path, kind) == kind else "json"
    return found


def is_path(path: str, paths: Mapping[str, str]) -> bool:
    """Whether rows may have values at a path. Below a field whose own fields are not known, anything may be."""
    path = without_places(path, paths)
    if path in paths:
        return True
    over = [name for name in paths if name and below(name, path) is not None]
    if any(paths[name].rpartition(" ")[2] in _PLAIN for name in over):
        return False
    return bool(over) and not any(other != name and below(name, other) is not None for name in over for other in paths)


def without_places(path: str, paths: Mapping[str, str]) -> str:
    """A path to every item of a list in the place of one to a certain item: `labels.slot` of `labels.0.slot`."""
    return _walked(path, paths)[0]


def with_places(path: str, paths: Mapping[str, str]) -> dict[str, str]:
    """The paths below the last item that a path names, with their kinds: `labels.0.slot` of `labels.0.`.

    {} where the path names no item. Items that are plain values are at the path itself.
    """
    _, outer, shown = _walked(path, paths)
    if not shown:
        return {}
    kind = paths[outer]
    found = {shown: kind.removeprefix(_LIST_OF)} if kind.startswith(_LIST_OF) else {}
    return found | {f"{shown}{name[len(outer) :]}": of for name, of in paths.items() if name.startswith(f"{outer}.")}


def _walked(path: str, paths: Mapping[str, str]) -> tuple[str, str, str]:
    """(the path without places of items, the last list of which one is named, the path to that item)."""
    plain = outer = shown = walked = ""
    for part in path.split("."):
        walked = f"{walked}.{part}" if walked else part
        longer = f"{plain}.{part}" if plain else part
        if is_place(part) and paths.get(plain, "").startswith("list") and longer not in paths:
            outer, shown = plain, walked
        else:
            plain = longer
    return plain, outer, shown


def _shapes(records: Records) -> Iterator[Shape]:
    if isinstance(records, RowStore):
        yield from (part.shape for part in records.manifest.parts)
    elif isinstance(records, Curated):
        for opened in records.opened:
            yield from _shapes(opened)
    else:
        yield shape_of(list(islice(records.rows(), _SAMPLE)))


def _paths(shape: Shape, before: str) -> Iterator[tuple[str, str]]:
    if shape.kind == "list" and shape.item is not None:
        yield from _paths(shape.item, before)
    for name, inner in shape.fields.items():
        path = f"{before}.{name}" if before else name
        yield path, _kind(inner)
        yield from _paths(inner, path)


def _kind(shape: Shape) -> str:
    plain = shape.item is not None and shape.item.kind in _PLAIN
    return f"{_LIST_OF}{shape.item.kind}" if plain and shape.item is not None else shape.kind
