"""Lists of tables in a recipe's text, such as rewards: changed in place, so that each keeps its own comments."""

from collections.abc import Mapping, Sequence
from typing import Any

import tomlkit
from tomlkit.container import Container
from tomlkit.items import AoT, Array, Comment, Table

Item = Mapping[str, Any]
_TABLES = (Table, AoT)


def is_tables(value: Any) -> bool:
    """Whether a value is a list of sections, with at least one in it."""
    return isinstance(value, AoT | list) and bool(value) and all(isinstance(item, Mapping) for item in value)


def add_key(table: Any, name: str, value: Any) -> bool:
    """Add a key to a section after its other keys: comments that follow are about what comes next.

    Whether the text has to be parsed again before it is changed further.
    """
    body = _body(table)
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


def _body(table: Any) -> list[Any]:
    """What a section holds in order: keys, comments, spaces; a copy where its parts lie apart."""
    if isinstance(table, Container):
        return table.body
    return table.value.body if isinstance(table, Table) else []


def _last_body(table: Any) -> list[Any]:
    """The body that ends where a section ends: its own, or that of the last section in it."""
    body = _body(table)
    last = next((item for key, item in reversed(body) if key is not None), None)
    if isinstance(last, AoT) and last:
        return _last_body(last[-1])
    return _last_body(last) if isinstance(last, Table) else body


def put_tables(parent: Any, name: str, items: Sequence[Item]) -> None:
    """Make the list `name` of a section hold `items`, in whatever form it is written; one that is empty goes away."""
    there = parent.get(name)
    if not isinstance(there, AoT | Array) or not there:
        parent.pop(name, None)
        if items:
            parent[name] = _tables(items)
        return
    before = [item.unwrap() for item in there]
    head, tail = _common(before, items), 0
    if head < min(len(before), len(items)):
        tail = _common(before[head:][::-1], items[head:][::-1])
    _change(there, head, len(before) - tail, items[head : len(items) - tail], _body_before(parent, name))
    if not items:
        parent.pop(name)


def _change(there: Any, start: int, end: int, items: Sequence[Item], above: list[Any]) -> None:
    """Put `items` in the place of those from `start` to before `end`. `above`: what ends before the list begins."""
    common = min(end - start, len(items))
    for place, item in enumerate(items[:common], start):
        _update(there[place], item)
    for place in range(end - 1, start + common - 1, -1):
        (_last_body(there[place - 1]) if place else above).extend(_follows(there[place]))
        del there[place]
    for place, item in enumerate(items[common:], start + common):
        there.insert(place, _table(item) if isinstance(there, AoT) else _inline(item))


def _follows(item: Any) -> list[Any]:
    """Comments at the end of an item, which are about what comes next, and the empty lines after them."""
    body = _last_body(item)
    places = [place for place, (key, part) in enumerate(body) if key is None and isinstance(part, Comment)]
    ended = max((place for place, (key, _) in enumerate(body) if key is not None), default=-1)
    later = [place for place in places if place > ended]
    return list(body[later[0] :]) if later else []


def _body_before(parent: Any, name: str) -> list[Any]:
    """The body that ends where a key of a section begins."""
    body = _body(parent)
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


def _common(one: Sequence[Item], other: Sequence[Item]) -> int:
    """How many are the same from the beginning."""
    place = 0
    while place < min(len(one), len(other)) and one[place] == other[place]:
        place += 1
    return place


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
