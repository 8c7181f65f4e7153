"""How an entry of LLaMA-Factory's dataset_info.json reads rows: formats, columns and tags."""

from collections.abc import Iterator
from typing import Any

from engine.bridges.rules import Outcomes, Settings, lost
from engine.bridges.tools.axolotl_types import joined

_EMPTY_LINE = "ttune puts an empty line between instruction and input, LLaMA-Factory a line end"
_ALPACA = {"prompt": "instruction", "query": "input", "response": "output"}
_OF_ALPACA = _ALPACA | {"history": "history", "system": "system"}
"""Columns that ttune's alpaca format has under these names."""


def layout(entry: dict[str, Any]) -> tuple[Settings, str]:
    """How rows are read, and what differs then: alpaca by default, sharegpt where it says so, pairs where it ranks."""
    columns = _columns(entry)
    if _has_turns(entry):
        return {"data.format": _of_turns(entry, columns)}, ""
    if entry.get("ranking"):
        return (_mapping(columns, "chosen", "rejected") if columns else {"data.format": "preference"}), ""
    if "kto_tag" in columns:
        return _judged(columns)
    if set(columns) == {"prompt"}:
        field = str(columns["prompt"])
        return ({"data.format": "text"} if field == "text" else {"data.mapping.text": field}), ""
    if not columns or _is_alpaca(columns):
        return {"data.format": "alpaca"}, _EMPTY_LINE
    return (_mapping(columns, "response") if "response" in columns else {}), ""


def lost_of(entry: dict[str, Any]) -> Outcomes:
    """What an entry says that ttune does not do, by what follows the key `dataset`."""
    return {f".{key}": lost(why) for key, why in _lost(entry)}


def _lost(entry: dict[str, Any]) -> Iterator[tuple[str, str]]:
    columns = _columns(entry)
    if entry.get("num_samples"):
        yield "num_samples", f"{entry['num_samples']}: all rows are trained: name a smaller source"
    if str(entry.get("split", "train")) != "train":
        yield "split", f"{entry['split']}: all splits are read; rows named validation or test are not trained"
    if entry.get("folder"):
        yield "folder", f"{entry['folder']}: all of the source is read: name the folder as data.source"
    for key in ("tools", "images", "videos", "audios"):
        if columns.get(key):
            yield f"columns.{key}", f"{columns[key]}: only the texts of the turns are trained"
    if columns.get("history") and not _keeps(entry, columns, "history"):
        yield "columns.history", f"{columns['history']}: earlier rounds are left out: write the rows as messages"
    if columns.get("system") and _has_turns(entry) and columns["system"] not in ("system", "system_prompt"):
        yield "columns.system", f"{columns['system']}: no system text is found there: call the field system"
    for tag, name in _tags(entry):
        yield f"tags.{tag}", f"{name}: no name that ttune knows for it: write the rows with role and content"


def _keeps(entry: dict[str, Any], columns: dict[str, Any], column: str) -> bool:
    """Whether the alpaca format reads a column under its name."""
    plain = not _has_turns(entry) and not entry.get("ranking") and "kto_tag" not in columns
    return plain and _is_alpaca(columns) and columns[column] == column


def _columns(entry: dict[str, Any]) -> dict[str, Any]:
    found = entry.get("columns")
    return {key: name for key, name in found.items() if name} if isinstance(found, dict) else {}


def _has_turns(entry: dict[str, Any]) -> bool:
    return entry.get("formatting") in ("sharegpt", "openai")


def _of_turns(entry: dict[str, Any], columns: dict[str, Any]) -> str:
    if entry.get("ranking"):
        return "preference"
    if "kto_tag" in columns:
        return "unpaired"
    tags = entry.get("tags")
    by_role = isinstance(tags, dict) and tags.get("role_tag") == "role"
    return "messages" if by_role or entry.get("formatting") == "openai" else "sharegpt"


def _is_alpaca(columns: dict[str, Any]) -> bool:
    """Whether the columns are the alpaca format's, each under its own name."""
    return all(columns.get(key) == name for key, name in _ALPACA.items()) and all(
        columns[key] == name for key, name in _OF_ALPACA.items() if key in columns and key != "history"
    )


def _judged(columns: dict[str, Any]) -> tuple[Settings, str]:
    """An answer, and whether it is good."""
    if _is_alpaca(columns) and columns["kto_tag"] in ("label", "kto_tag"):
        return {"data.format": "unpaired"}, _EMPTY_LINE
    if "response" not in columns:
        return {"data.format": "unpaired"}, ""
    return _mapping(columns, "response") | {"data.mapping.label": str(columns["kto_tag"])}, ""


def _mapping(columns: dict[str, Any], *answers: str) -> Settings:
    """Prompt, system text and answers by the columns that hold them."""
    found = {"data.mapping.prompt": _prompt(columns)}
    for column in answers:
        if columns.get(column):
            found[f"data.mapping.{'answer' if column == 'response' else column}"] = str(columns[column])
    return found | ({"data.mapping.system": f"{{{columns['system']}}}"} if columns.get("system") else {})


def _prompt(columns: dict[str, Any]) -> str:
    prompt, query = str(columns.get("prompt") or "instruction"), columns.get("query")
    return joined(prompt, str(query), "\n") if query else prompt


def _tags(entry: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Names of speakers, or of a turn's parts, that ttune does not know."""
    from engine.data.formats.turns import ROLES

    tags = entry.get("tags")
    known = {"role_tag": ("from", "role"), "content_tag": ("value", "content")}
    for tag, name in (tags if isinstance(tags, dict) else {}).items():
        there = known.get(str(tag))
        if name and (name not in there if there else ROLES.get(str(name)) != ROLES.get(_SPEAKERS.get(str(tag), ""))):
            yield str(tag), str(name)


_SPEAKERS = {"user_tag": "human", "assistant_tag": "gpt", "system_tag": "system", "observation_tag": "observation",
             "function_tag": "function_call"}  # fmt: skip
