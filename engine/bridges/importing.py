"""A YAML of Axolotl, LLaMA-Factory or trl as a recipe, with what became of every key."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine import recipe_file
from engine.bridges.consistent import consistent
from engine.bridges.hidden import masked
from engine.bridges.rules import Settings
from engine.bridges.source import BridgeError, Source, read_yaml
from engine.bridges.toml_text import as_toml
from engine.bridges.tool import Reading, Tool, merged, readings
from engine.recipe import METHODS, Recipe

TOOLS = ("axolotl", "llama-factory", "trl")
"""What `--from` takes."""

_OF_LLAMA_FACTORY = ("stage", "finetuning_type", "cutoff_len", "template", "dataset_dir", "lora_target", "dataset")


@dataclass(frozen=True, slots=True)
class Imported:
    """A recipe made of another tool's file."""

    tool: str
    """The tool's name as it writes it itself."""
    text: str
    """A commented `project.toml`."""
    recipe: Recipe
    readings: tuple[Reading, ...]
    """What became of every key of the file, and of what the tool does where the file does not say."""
    notes: tuple[str, ...] = ()
    """What a person should know beside the keys, one line each."""

    @property
    def mapped(self) -> list[Reading]:
        """Keys that became settings; the tool's defaults are not among them."""
        return [it for it in self.readings if it.outcome.fate == "mapped" and not it.default]

    @property
    def defaults(self) -> list[Reading]:
        """What the tool does where the file does not say, and ttune would do otherwise."""
        return [it for it in self.readings if it.default and it.outcome.fate == "mapped"]

    @property
    def same(self) -> list[Reading]:
        """Keys that say what ttune does anyway, or nothing of what is learned."""
        return [it for it in self.readings if it.outcome.fate == "same" and not it.default]

    @property
    def without(self) -> list[Reading]:
        """Keys without an equivalent."""
        return [it for it in self.readings if it.outcome.fate == "without" and it.known and not it.default]

    @property
    def unknown(self) -> list[Reading]:
        """Keys that the tool's table does not have."""
        return [it for it in self.readings if not it.known]


def import_recipe(path: Path, tool: str = "", method: str = "") -> Imported:
    """The recipe of a YAML file. Raises BridgeError: one line with the file, the line and the key.

    `tool`: one of TOOLS, else told by the keys. `method`: what a trl file is for, which it does not say itself.
    """
    if method and method not in METHODS:
        raise BridgeError(f"--method {method}: must be one of {', '.join(METHODS)}")
    source = read_yaml(path)
    return import_source(Source(source.path, source.content, source.lines, method), tool)


def import_source(source: Source, tool: str = "") -> Imported:
    """The recipe of a file that is read already."""
    table = _table(tool or recognised(source), source)
    found = consistent(readings(table, source))
    settings = merged(found)
    _check_method(table, source, settings)
    if "model.base" not in settings:
        base = "base_model" if table.name == "axolotl" else "model_name_or_path"
        raise BridgeError(f"{source.path}: {base} is missing: name the base model")
    settings["description"] = f"{source.path.name}, from {table.title}"
    _check(source, found, settings)
    notes = tuple(_notes(table, settings, found))
    text = as_toml(settings, head=_head(table, source, found, notes), said=_said(found, settings, table))
    recipe = recipe_file.parse(text, str(source.path))
    return Imported(table.title, text, recipe, tuple(found), notes)


def recognised(source: Source) -> str:
    """The tool that a file is for, by its keys. Raises BridgeError."""
    if "base_model" in source.content:
        return "axolotl"
    if "model_name_or_path" in source.content or "dataset_name" in source.content:
        return "llama-factory" if source.says(*_OF_LLAMA_FACTORY) else "trl"
    raise BridgeError(
        f"{source.path}: neither base_model (Axolotl) nor model_name_or_path (LLaMA-Factory, trl) is in it: "
        "--from axolotl, llama-factory or trl says what it is"
    )


def _table(name: str, source: Source) -> Tool:
    if name == "axolotl":
        from engine.bridges.tools.axolotl import AXOLOTL

        return AXOLOTL
    if name == "llama-factory":
        from engine.bridges.tools.llama_factory import LLAMA_FACTORY

        return LLAMA_FACTORY
    if name == "trl":
        from engine.bridges.tools.trl_cli import with_method

        return with_method(source)
    raise BridgeError(f"--from {name}: must be one of {', '.join(TOOLS)}")


def _check_method(table: Tool, source: Source, settings: Settings) -> None:
    """Refuse a method that the caller says where the file says another one itself. Raises BridgeError."""
    there = settings.get("method.kind", "sft")
    if source.method and source.method != there:
        key = "rl" if table.name == "axolotl" else "stage"
        raise BridgeError(
            f"{source.path}: --method {source.method}: a file of {table.title} says its method itself ({key}), and "
            f"this one is for {there}: leave --method out"
        )


def _check(source: Source, found: list[Reading], settings: Settings) -> None:
    """Raise BridgeError, a line for each value that a recipe cannot have, by the key that it came from."""
    from engine.recipe.migration import laid_over

    problems = recipe_file.problems_by_key(laid_over({}, settings))
    lines = []
    for key, why in problems.items():
        maker = next((it for it in found if any(_covers(name, key) for name in it.outcome.settings)), None)
        said = source.mistake(maker.key, f"{why} ({key})") if maker else BridgeError(f"{source.path}: {key}: {why}")
        lines.append(str(said))
    if lines:
        raise BridgeError("\n".join(lines))


def _covers(setting: str, key: str) -> bool:
    return key == setting or key.startswith(f"{setting}.") or setting.startswith(f"{key}.")


def _notes(table: Tool, settings: Settings, found: list[Reading]) -> Iterable[str]:
    yield from dict.fromkeys(it.outcome.note for it in found if it.outcome.note)
    if not settings.get("data.source"):
        yield "data.source is empty: name the rows before training"
    yield (
        f"rows are also kept out for the comparison of base and tuned, which {table.title} does not do: "
        "data.split.held_out = 0 trains on them too"
    )
    if settings.get("method.kind") == "grpo":
        yield "[[rewards]] must say what sampled answers are scored by"


def _head(table: Tool, source: Source, found: list[Reading], notes: Iterable[str]) -> list[str]:
    lines = [f"Made of {source.path.name}, a configuration of {table.title}.", ""]
    groups = {
        "Keys without an equivalent:": [it for it in found if it.outcome.fate == "without"],
        "Keys that change nothing here:": [it for it in found if it.outcome.fate == "same" and not it.default],
    }
    for title, members in groups.items():
        if members:
            lines += [title, *(f"  {describe(it)}" for it in members), ""]
    return [*lines, "Know that:", *(f"  {note}" for note in notes), ""]


def describe(reading: Reading) -> str:
    """One key, its value and what became of it, in a line."""
    line = f" (line {reading.line})" if reading.line else ""
    shown = masked(reading.key, reading.value)
    text = str(shown).lower() if isinstance(shown, bool) else str(shown)
    value = " ".join(text.split()) if shown is not None else ""
    said = f": {value[:60]}{'…' if len(value) > 60 else ''}" if value else ""
    return f"{reading.key}{said}{line}: {reading.outcome.why}"


def _said(found: list[Reading], settings: Settings, table: Tool) -> dict[str, str]:
    """What stands behind each setting: the key that it came from."""
    notes: dict[str, str] = {}
    for reading in sorted(found, key=lambda it: it.default):
        for key in reading.outcome.settings:
            source = f"{table.title}'s default" if reading.default else reading.key
            why = f": {reading.outcome.why}" if reading.outcome.why else ""
            notes.setdefault(key, source + why)
    return {key: note for key, note in notes.items() if key in settings}


def document(imported: Imported) -> dict[str, Any]:
    """What became of every key, for a script."""
    return {
        "from": imported.tool,
        "mapped": [_document(it) for it in imported.mapped],
        "defaults": [_document(it) for it in imported.defaults],
        "same": [_document(it) for it in imported.same],
        "without": [_document(it) for it in imported.without],
        "unknown": [_document(it) for it in imported.unknown],
        "notes": list(imported.notes),
    }


def _document(reading: Reading) -> dict[str, Any]:
    shown = masked(reading.key, reading.value)
    value = shown if isinstance(shown, str | int | float | bool | None) else str(shown)
    return {
        "key": reading.key,
        "line": reading.line,
        "value": str(value) if isinstance(value, float) and not abs(value) < float("inf") else value,
        "settings": reading.outcome.settings,
        "why": reading.outcome.why,
    }
