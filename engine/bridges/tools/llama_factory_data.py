"""LLaMA-Factory's `dataset`: a name in a dataset_info.json, which says where rows come from and how they are read."""

import json
from pathlib import Path
from typing import Any

from engine.bridges.rules import Outcome, Outcomes, Settings, listed, lost
from engine.bridges.source import Source
from engine.bridges.tools.axolotl_data import ONE_SOURCE, named

INFO = "dataset_info.json"


def read(value: Any, source: Source) -> Outcomes:
    """The names; the first is looked up, the others are named."""
    names = [str(name) for name in listed(value)]
    first = _first(names[0], source)
    if len(names) == 1:
        return {"": first}
    rest = Outcome("without", why=f"{', '.join(names[1:])}: {ONE_SOURCE}")
    return {"": first, f".{', '.join(names[1:])}": rest}


def _first(name: str, source: Source) -> Outcome:
    folder = _folder(source)
    if folder is None:
        return lost(f"{name} is a name in LLaMA-Factory's {INFO}, which is not beside the YAML: set data.source")
    entry = _entries(folder).get(name)
    if not isinstance(entry, dict):
        return lost(f"{name} is not in {folder / INFO}: set data.source")
    settings: Settings = {"data.source": _where(entry, folder, source)} | _layout(entry)
    return Outcome("mapped", settings, f"by {folder / INFO}")


def _folder(source: Source) -> Path | None:
    """Where the list of datasets is: `dataset_dir`, else `data`, below the YAML's folder or one above it."""
    wanted = Path(str(source.get("dataset_dir", "data"))).expanduser()
    here = source.path.parent.absolute()
    for folder in [here, *here.parents[:4]]:
        if (folder / wanted / INFO).is_file():
            return folder / wanted
    return None


def _entries(folder: Path) -> dict[str, Any]:
    try:
        content = json.loads((folder / INFO).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{folder / INFO} cannot be read: {error}") from error
    return content if isinstance(content, dict) else {}


def _where(entry: dict[str, Any], folder: Path, source: Source) -> str:
    if hub := entry.get("hf_hub_url"):
        return named(str(hub), source, str(entry.get("subset") or ""))
    return str((folder / str(entry.get("file_name", ""))).resolve())


def _layout(entry: dict[str, Any]) -> Settings:
    """How rows are read: alpaca by default, sharegpt where it says so, pairs where it ranks."""
    columns = entry.get("columns") or {}
    turns = entry.get("formatting") == "sharegpt"
    if entry.get("ranking"):
        if turns or not columns:
            return {"data.format": "preference"}
        roles = {"prompt": _prompt(columns), "chosen": columns.get("chosen"), "rejected": columns.get("rejected")}
        return _mapping(roles, columns)
    if "kto_tag" in columns:
        return {"data.format": "unpaired"}
    if turns:
        return {"data.format": "messages" if (entry.get("tags") or {}).get("role_tag") == "role" else "sharegpt"}
    if set(columns) == {"prompt"}:
        field = str(columns["prompt"])
        return {"data.format": "text"} if field == "text" else {"data.mapping.text": field}
    if columns and "response" in columns:
        return _mapping({"prompt": _prompt(columns), "answer": columns["response"]}, columns)
    return {} if columns else {"data.format": "alpaca"}


def _prompt(columns: dict[str, Any]) -> str:
    prompt, query = str(columns.get("prompt") or "instruction"), columns.get("query")
    return f"{{{prompt}}}\n\n{{{query}}}" if query else prompt


def _mapping(roles: dict[str, Any], columns: dict[str, Any]) -> Settings:
    found = {f"data.mapping.{role}": str(field) for role, field in roles.items() if field}
    return found | ({"data.mapping.system": str(columns["system"])} if columns.get("system") else {})
