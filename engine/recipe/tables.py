"""Lists of tables in a recipe's text, such as rewards: changed in place, so that each keeps its own comments."""

from collections.abc import Mapping, Sequence
from typing import Any

import tomlkit
from tomlkit.container import Container
from tomlkit.items import AoT, Array, Comment, InlineTable, Table

from engine.recipe.lists import aligned

Item = Mapping[str, Any]
_TABLES = (Table, AoT)


def is_tables(value: Any) -> bool:
    """Whether a value is a list of sections, with at least one in it."""
    return isinstance(value, AoT | list) and bool(value) and all(isinstance(item, Mapping) for item in value)


def add_key(table: Any, name: str, value: Any) -> bool:
    """Add a key to a section after its other keys: comments that follow are about what comes next.

    Whether the text has to be parsed again before it is changed further.
    """
    body = body_of(table)
    places = [place for place, (key, item) in enumerate(body) if key is not None and not isinstance(item, _TABLES)]
    cut = places[-1] + 1 if places else len(body)
    rest = body[cut:]
    del body[cut:]
    table[name] = value
    body.extend(rest)
    return any(key is not None for key, _ in rest)


def add_section(table: Any, name: str, section: Table) -> None:
    """Add a section within another, before comments that follow: those are about what comes next."""
    body = _last_body(table)
    cut = len(body)
    while cut and body[cut - 1][0] is None:
        cut -= 1
    follows = body[cut:] if cut and not isinstance(table, Container) else []
    if follows:
        del body[cut:]
        section.trivia.indent = "\n"
    table[name] = section
    _last_body(table).extend(follows)


def body_of(table: Any) -> list[Any]:
    """What a section holds in order: keys, comments, spaces; a copy where its parts lie apart."""
    if isinstance(table, Container):
        return table.body
    return table.value.body if isinstance(table, Table | InlineTable) else []


def _last_body(table: Any) -> list[Any]:
    """The body that ends where a section ends: its own, or that of the last section in it."""
    body = body_of(table)
    last = next((item for key, item in reversed(body) if key is not None), None)
    if isinstance(last, AoT) and last:
        return _last_body(last[-1])
    return _last_body(last) if isinstance(last, Table) else body


def put_tables(parent: Any, name: str, items: Sequence[Item], *, above: list[Any] | None = None) -> None:
    """Make the list `name` of a section hold `items`, in whatever form it is written; one that is empty goes away.

    `above`: the body that ends where the list begins; comments on what comes after a first item that goes move there.
    """
    there = parent.get(name)
    if not isinstance(there, AoT | Array) or not there:
        parent.pop(name, None)
        if items:
            parent[name] = _tables(items)
        return
    _change(there, items, [] if above is None else above)
    if not items:
        parent.pop(name)


def _change(there: Any, items: Sequence[Item], above: list[Any]) -> None:
    """Make a list hold `items`."""
    before, place = [item.unwrap() for item in there], 0
    for old, new in aligned(before, items, _alike):
        if new is None:
            (_last_body(there[place - 1]) if place else above).extend(_follows(there[place]))
            del there[place]
            continue
        if old is None:
            there.insert(place, _table(items[new]) if isinstance(there, AoT) else _inline(items[new]))
        elif before[old] != items[new]:
            _update(there[place], items[new])
        place += 1


def _alike(one: Item, other: Item) -> int:
    """Equal items are the same; then those of one kind."""
    if one == other:
        return 3
    kind = "step" if "step" in one else "kind"
    return int(kind in one and one[kind] == other.get(kind))


def _follows(item: Any) -> list[Any]:
    """Comments at the end of an item, which are about what comes next, and the empty lines after them."""
    body = _last_body(item)
    places = [place for place, (key, part) in enumerate(body) if key is None and isinstance(part, Comment)]
    ended = max((place for place, (key, _) in enumerate(body) if key is not None), default=-1)
    later = [place for place in places if place > ended]
    return list(body[later[0] :]) if later else []


def body_before(parent: Any, name: str) -> list[Any]:
    """The body that ends where a key of a section begins."""
    body = body_of(parent)
    place = next((place for place, (key, _) in enumerate(body) if key is not None and key.key == name), 0)
    section = next((item for key, item in reversed(body[:place]) if key is not None), None)
    if isinstance(section, AoT) and section:
        section = section[-1]
    return _last_body(section) if isinstance(section, Table) else []


def _update(table: Any, item: Item) -> None:
    for name in [name for name in table if name not in item]:
        table.pop(name)
    for name, value in item.items():
        if name not in table:
            add_key(table, name, value)
        elif table[name] != value:
            table[name] = value


def _tables(items: Sequence[Item]) -> AoT:
    tables = tomlkit.aot()
    for item in items:
        tables.append(_table(item, ended=item is items[-1]))
    return tables


def _table(item: Item, *, ended: bool = True) -> Any:
    """One item; `ended`: with an empty line after it."""
    table = tomlkit.table()
    table.update(dict(item))
    if ended:
        table.add(tomlkit.nl())
    return table


def _inline(item: Item) -> Any:
    inline = tomlkit.inline_table()
    inline.update(dict(item))
    return inline
