"""A recipe's text with some values changed: every comment and all order is kept."""

from typing import Any

import tomli
import tomlkit
from tomlkit import TOMLDocument
from tomlkit.container import Container, OutOfOrderTableProxy
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AbstractTable, Array, Float, Item, SingleKey, Table, Trivia

from engine.errors import RecipeError
from engine.recipe.lists import put_list
from engine.recipe.migration import Settings, laid_over
from engine.recipe.tables import add_key, add_section, body_before, body_of, is_tables, put_tables
from engine.recipe.toml import content_of


def changed(text: str, settings: Settings, renames: dict[str, str], name: str, *, bare: bool = False) -> str:
    """TOML text, with plain line ends, that says `settings`; None removes a key.

    `renames`: keys that go, by the one that says the same; it takes over their place and comment. `bare`: without the
    comments behind the values that change. Raises RecipeError where that cannot be written without harm to the rest.
    """
    content = content_of(text, name)
    try:
        document = tomlkit.parse(text)
        for old, new in renames.items():
            document = _rename(document, tuple(old.split(".")), tuple(new.split(".")))
        for key, value in settings.items():
            document = _put(document, tuple(key.split(".")), value)
            if bare:
                _uncomment(document, tuple(key.split(".")))
        done = _ended(tomlkit.dumps(document), text)
    except (TOMLKitError, RecursionError) as error:
        raise RecipeError([f"{name}: cannot be changed here: {error}: change it in your editor"]) from error
    if not _says(done, laid_over(content, settings)):
        keys = ", ".join(settings)
        raise RecipeError([f"{name}: {keys} cannot be changed without harm to the rest: change it in your editor"])
    return done


def _says(text: str, content: dict[str, Any]) -> bool:
    """Whether a text holds this and nothing else, sections with nothing in them aside."""
    try:
        return bool(_without_empty(tomli.loads(text)) == _without_empty(content))
    except tomli.TOMLDecodeError:
        return False


def _without_empty(content: Any) -> Any:
    if isinstance(content, dict):
        found = {name: _without_empty(value) for name, value in content.items()}
        return {name: value for name, value in found.items() if value not in ({}, [])}
    return [_without_empty(item) for item in content] if isinstance(content, list | tuple) else content


def _put(document: TOMLDocument, path: tuple[str, ...], value: Any) -> TOMLDocument:
    if isinstance(value, dict):
        for name in dict.fromkeys([*_names_at(document, path), *value]):
            document = _put(document, (*path, name), value.get(name))
        return document
    if value is None:
        _remove(document, path)
        return document
    return _put_value(document, path, list(value) if isinstance(value, tuple) else value)


def _put_value(document: TOMLDocument, path: tuple[str, ...], value: Any) -> TOMLDocument:
    table: Any = document
    for place, name in enumerate(path[:-1]):
        if name not in table:
            add_section(table, name, _nested(path[place + 1 :], value))
            return _again(document)
        table = _section(table[name], path, name)
    there = table.get(path[-1])
    if is_tables(value) or (value == [] and is_tables(there)):
        put_tables(table, path[-1], value, above=_above(document, path))
    elif isinstance(there, Array) and isinstance(value, list) and value:
        put_list(table, path[-1], value)
    elif there is not None:
        table[path[-1]] = _as_noted(value, there)
    elif add_key(table, path[-1], value):
        return _again(document)
    return document


def _as_noted(value: Any, there: Any) -> Any:
    """A number in the notation of the one that it replaces: 3e-3 where 2e-3 stood, and not 0.003."""
    if not isinstance(value, float) or not isinstance(there, Float) or "e" not in there.as_string().lower():
        return value
    mantissa, _, exponent = f"{value:e}".partition("e")
    text = f"{float(mantissa):g}e{int(exponent)}"
    return Float(value, Trivia(), text) if float(text) == value else value


def _again(document: TOMLDocument) -> TOMLDocument:
    """The document anew: what was added stands where tomlkit does not expect it."""
    return tomlkit.parse(tomlkit.dumps(document))


def _nested(path: tuple[str, ...], value: Any) -> Table:
    """A new section with one value in it."""
    table = tomlkit.table(is_super_table=len(path) > 1)
    if len(path) > 1:
        table[path[0]] = _nested(path[1:], value)
    elif is_tables(value):
        put_tables(table, path[0], value)
    else:
        table[path[0]] = value
    return table


def _names_at(document: Any, path: tuple[str, ...]) -> list[str]:
    """The keys of a section; [] where there is none."""
    table = _at(document, path)
    return [str(name) for name in table] if isinstance(table, AbstractTable | OutOfOrderTableProxy) else []


def _at(document: Any, path: tuple[str, ...]) -> Any:
    """What a key holds; None where there is none."""
    table: Any = document
    for name in path:
        if not isinstance(table, AbstractTable | OutOfOrderTableProxy | Container) or name not in table:
            return None
        table = table[name]
    return table


def _above(document: TOMLDocument, path: tuple[str, ...]) -> list[Any]:
    """The body that ends where a key of a section within sections begins."""
    bodies = (body_before(_at(document, path[:depth]), path[depth]) for depth in range(len(path) - 1, -1, -1))
    return next((body for body in bodies if body), [])


def _rename(document: TOMLDocument, old: tuple[str, ...], new: tuple[str, ...]) -> TOMLDocument:
    """Give a key another name in its section, where that is not there yet."""
    table = _at(document, old[:-1])
    if old[:-1] != new[:-1] or _at(document, new) is not None:
        return document
    body = body_of(table)
    for place, (key, item) in enumerate(body):
        if key is not None and key.key == old[-1]:
            body[place] = (SingleKey(new[-1], sep=key.sep, original=key.as_string().replace(old[-1], new[-1])), item)
            return _again(document)
    return document


def _uncomment(document: TOMLDocument, path: tuple[str, ...]) -> None:
    item = _at(document, path)
    if isinstance(item, Item) and not isinstance(item, AbstractTable):
        item.trivia.comment = item.trivia.comment_ws = ""


def _ended(text: str, before: str) -> str:
    """The text without empty lines at its end that were not there before."""
    return f"{text.rstrip()}\n" if text.endswith("\n\n") and not before.endswith("\n\n") else text


def _remove(document: Any, path: tuple[str, ...]) -> None:
    """Take a key out, and the sections that it leaves with nothing in them, not even a comment."""
    *tables, last = path
    found = [document]
    for name in tables:
        if name not in found[-1]:
            return
        found.append(_section(found[-1][name], path, name))
    if found[-1].pop(last, None) is None:
        return
    for name, table, parent in zip(reversed(tables), reversed(found), reversed(found[:-1]), strict=False):
        if not isinstance(table, Table) or table.as_string().strip() or table.trivia.comment:
            return
        parent.pop(name)


def _section(item: Any, path: tuple[str, ...], name: str) -> Any:
    if not isinstance(item, AbstractTable | OutOfOrderTableProxy):
        raise RecipeError([f"{'.'.join(path)}: {name} is a value, not a section"])
    return item
