"""Axolotl's `datasets`: where rows come from, and how they are read."""

from pathlib import Path
from typing import Any

from engine.bridges.rules import Outcome, Outcomes, Settings, is_empty, listed, lost, meant, text
from engine.bridges.source import Source
from engine.bridges.tools.axolotl_types import named_type, written_type
from engine.bridges.tools.common import path_or_name

ONE_SOURCE = "ttune trains one source: put the files into one folder and name that, or add a step of data.curate: mix"


def read(value: Any, source: Source) -> Outcomes:
    """The list of datasets: the first one is read, the others are named."""
    if not isinstance(value, list) or not value or not all(isinstance(one, dict) for one in value):
        raise ValueError("must be a list of sections with path and type")
    found = _dataset(value[0], source)
    outcomes: Outcomes = {f".0.{name}": outcome for name, outcome in found.items()}
    return outcomes | further(value)


def further(value: list[Any]) -> Outcomes:
    """All that is said of the second dataset and those behind it."""
    return {
        f".{place}.{key}": lost(ONE_SOURCE)
        for place, entry in enumerate(value) if place and isinstance(entry, dict) for key in entry
    }  # fmt: skip


def read_pretraining(value: Any, source: Source) -> Outcomes:
    """`pretraining_dataset`: plain text; a path, or a list of sections."""
    entry = value[0] if isinstance(value, list) and value else value
    entry = {"path": entry} if isinstance(entry, str) else entry
    if not isinstance(entry, dict):
        raise ValueError("must be a path, or a section with one")
    found = _dataset(entry | {"type": "completion", "field": entry.get("text_column", "text")}, source)
    said = {name: outcome for name, outcome in found.items() if name in entry or outcome.settings}
    if not isinstance(value, list | dict):
        merged: Settings = {}
        for outcome in said.values():
            merged |= outcome.settings
        return {"": Outcome("mapped", merged)}
    head = ".0" if isinstance(value, list) else ""
    outcomes = {f"{head}.{name}": outcome for name, outcome in said.items()}
    return outcomes | (further(value) if isinstance(value, list) else {})


def _dataset(entry: dict[str, Any], source: Source) -> Outcomes:
    found: Outcomes = {}
    for name, value in entry.items():
        if is_empty(value):
            found[name] = meant("empty: says nothing")
        elif name == "path":
            found[name] = Outcome("mapped", {"data.source": _place(entry, source)[0]})
        elif name == "data_files":
            found[name] = _place(entry, source)[1]
        elif name == "type" and isinstance(value, dict):
            found |= {f"type{inner}": outcome for inner, outcome in written_type(value, source).items()}
        elif name == "type":
            found[name] = named_type(text(value), entry, source)
        else:
            found[name] = _other(name, value, entry, source)
    if "path" not in entry:
        raise ValueError("0: has no path: name the rows")
    return found


def _place(entry: dict[str, Any], source: Source) -> tuple[str, Outcome]:
    """A file, a folder or a name on the Hub, and what becomes of `data_files`."""
    path, files = text(entry["path"]), [str(one) for one in listed(entry.get("data_files") or [])]
    said = meant("path says it")
    if files and path in _LOADERS:
        others = f"{', '.join(files[1:])}: {ONE_SOURCE}"
        return named(files[0], source), lost(others) if files[1:] else said
    place = named(path, source, str(entry.get("name") or ""), str(entry.get("revision") or ""))
    if len(files) == 1 and (Path(place) / files[0]).is_file():
        return str(Path(place) / files[0]), said
    if not files:
        return place, said
    return place, lost("all of its files are read: name the one to train on as data.source")


_LOADERS = ("json", "csv", "parquet", "arrow", "text")
"""Paths that only say how `data_files` are read."""


def named(path: str, source: Source, config: str = "", revision: str = "") -> str:
    """What data.source calls rows: an absolute path, or `hub:NAME:CONFIG@REVISION`."""
    found = path_or_name(path, source)
    if Path(found).is_absolute() or "://" in found:
        return found
    if Path(found).suffix in (".jsonl", ".json", ".csv", ".tsv", ".parquet", ".arrow"):
        return str((source.path.parent.absolute() / found).resolve())
    return f"hub:{found}" + (f":{config}" if config else "") + (f"@{revision}" if revision else "")


def _other(name: str, value: Any, entry: dict[str, Any], source: Source) -> Outcome:
    """What stands beside path and type."""
    if name in ("name", "revision", "message_property_mappings", "message_field_role"):
        return meant("path or type say it") if name != "message_property_mappings" else _properties(value)
    if name == "message_field_content":
        return meant("content and value are known") if value in ("content", "value") else lost("content, or value")
    if name == "field" and str(entry.get("type", "")) == "completion":
        return meant("type says it")
    if name in ("field_messages", "field_chosen", "field_rejected"):
        return _field(name, str(value), entry, source)
    if name == "chat_template" and value == "tokenizer_default":
        return meant("the base's own chat template is used")
    if name == "split" and value == "train":
        return meant("all splits are read; rows named validation or test are not trained")
    if name == "roles":
        return _roles(value)
    if name in ("ds_type", "preprocess_shards"):
        return meant("files are told by their names")
    if (name == "roles_to_train" and value == ["assistant"]) or (name, value) == ("train_on_eos", "turn"):
        return meant("answers are trained, with the token that ends them")
    return lost("ttune reads rows of this kind as a whole")


def _properties(value: Any) -> Outcome:
    known = {"role": ("role", "from"), "content": ("content", "value")}
    if isinstance(value, dict) and all(field in known.get(name, ()) for name, field in value.items()):
        return meant("both spellings of a turn are known")
    return lost("a turn is {role, content} or {from, value}: write the rows so")


def _field(name: str, value: str, entry: dict[str, Any], source: Source) -> Outcome:
    weighed = str(source.get("rl", "")).lower() in ("dpo", "ipo")
    if weighed and str(entry.get("type")) in ("chat_template", "chat_template.default"):
        return meant("type says it")
    known = {"field_chosen": ("chosen",), "field_rejected": ("rejected",)}.get(name)
    if known is None:
        return meant("a list of turns is found under any name")
    return meant("it is called so") if value in known else lost(f"set data.mapping.{name.removeprefix('field_')}")


def _roles(value: Any) -> Outcome:
    from engine.data.formats.turns import ROLES

    if isinstance(value, dict):
        strange = [
            str(speaker) for role, names in value.items() for speaker in (names if isinstance(names, list) else [names])
            if ROLES.get(str(speaker)) != ROLES.get(str(role))
        ]  # fmt: skip
        if not strange:
            return meant("these names of speakers are known")
        return lost(f"{', '.join(strange)}: no name of a speaker that ttune knows: write the rows with user, assistant")
    return lost("must be a section")
