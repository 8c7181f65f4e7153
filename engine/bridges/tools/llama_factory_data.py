"""LLaMA-Factory's `dataset`: a name in a dataset_info.json, which says where rows come from and how they are read."""

import json
from pathlib import Path
from typing import Any

from engine.bridges.rules import Outcome, Outcomes, listed, lost
from engine.bridges.source import Source
from engine.bridges.tools.axolotl_data import ONE_SOURCE, named
from engine.bridges.tools.llama_factory_rows import layout, lost_of

INFO = "dataset_info.json"


def read(value: Any, source: Source) -> Outcomes:
    """The names; the first is looked up, the others are named."""
    names = [str(name) for name in listed(value)]
    found = _first(names[0], source)
    if len(names) == 1:
        return found
    return found | {f".{', '.join(names[1:])}": lost(f"{', '.join(names[1:])}: {ONE_SOURCE}")}


def _first(name: str, source: Source) -> Outcomes:
    folder = _folder(source)
    if folder is None:
        why = f"{name} is a name in LLaMA-Factory's {INFO}, which is not beside the YAML: set data.source"
        return {"": lost(why)}
    entry = _entries(folder).get(name)
    if not isinstance(entry, dict):
        return {"": lost(f"{name} is not in {folder / INFO}: set data.source")}
    place, elsewhere = _where(entry, folder, source)
    settings, note = layout(entry)
    settings |= {"data.source": place} if place else {}
    first = Outcome("mapped", settings, f"by {folder / INFO}", note) if settings else lost(f"by {folder / INFO}")
    return {"": first} | elsewhere | lost_of(entry)


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


def _where(entry: dict[str, Any], folder: Path, source: Source) -> tuple[str, Outcomes]:
    """data.source, "" where ttune cannot reach the rows, and what is lost then."""
    if hub := entry.get("hf_hub_url"):
        return named(str(hub), source, str(entry.get("subset") or "")), {}
    other = next((key for key in _ELSEWHERE if entry.get(key)), "")
    if not other and entry.get("file_name"):
        return str((folder / str(entry["file_name"])).resolve()), {}
    where = f"{entry[other]} is {_ELSEWHERE[other]}" if other else "says no place"
    return "", {f".{other or 'file_name'}": lost(f"{where}: put the rows into a file, and name it as data.source")}


_ELSEWHERE = {
    "ms_hub_url": "on ModelScope", "om_hub_url": "on OpenMind", "script_url": "made by a script",
    "cloud_file_name": "in a cloud's storage",
}  # fmt: skip
"""Keys for places that ttune does not read from."""
