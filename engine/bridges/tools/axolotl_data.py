"""Axolotl's `datasets`: where rows come from, and how they are read."""

from collections.abc import Mapping
from typing import Any

from engine.bridges.rules import Outcome, Outcomes, Settings, is_empty, lost, meant
from engine.bridges.source import Source
from engine.bridges.tools.common import path_or_name

ONE_SOURCE = "ttune trains one source: put the files into one folder and name that, or add a step of data.curate: mix"
_PARAPHRASED = "Axolotl puts words of its own around it (`Below is an instruction …`), ttune the base's chat template"

_PREFERENCE_FIELDS: Mapping[str, dict[str, str]] = {
    "argilla": {"prompt": "instruction", "chosen": "chosen_response", "rejected": "rejected_response"},
    "intel": {"system": "system", "prompt": "question", "chosen": "chosen", "rejected": "rejected"},
    "icr": {"system": "system", "prompt": "input", "chosen": "chosen", "rejected": "rejected"},
    "prompt_pairs": {},
    "ultra": {},
    "argilla_chat": {},
    "default": {},
    "load": {},
}
"""Fields that the second halves of dpo's types stand for; {}: rows that ttune knows as preference."""

_JUDGED_FIELDS: Mapping[str, dict[str, str]] = {
    "argilla": {"prompt": "instruction", "answer": "completion", "label": "label"},
    "intel": {"system": "system", "prompt": "question", "answer": "completion", "label": "label"},
    "argilla_chat": {}, "prompt_pairs": {}, "ultra": {},
}  # fmt: skip
"""The same for kto."""

TYPES: Mapping[str, tuple[Settings, str]] = {
    "alpaca": ({"data.format": "alpaca"}, _PARAPHRASED),
    "alpaca_chat": ({"data.format": "alpaca"}, _PARAPHRASED),
    "alpaca_chat.load_qa": ({"data.mapping.prompt": "question", "data.mapping.answer": "answer"}, _PARAPHRASED),
    "alpaca:chat": ({"data.format": "alpaca"}, _PARAPHRASED),
    "gpteacher": ({"data.mapping.prompt": "{instruction}\n\n{input}", "data.mapping.answer": "response"}, _PARAPHRASED),
    "oasst": ({"data.mapping.prompt": "INSTRUCTION", "data.mapping.answer": "RESPONSE"}, _PARAPHRASED),
    "summarizetldr": ({"data.mapping.prompt": "article", "data.mapping.answer": "summary"}, _PARAPHRASED),
    "input_output": ({"data.format": "segments"}, ""),
    "sharegpt": ({"data.format": "sharegpt"}, ""),
    "completion": ({"data.format": "text", "method.kind": "cpt"}, ""),
}
"""Types of sft, and what they become."""


def read(value: Any, source: Source) -> Outcomes:
    """The list of datasets: the first one is read, the others are named."""
    if not isinstance(value, list) or not value or not all(isinstance(one, dict) for one in value):
        raise ValueError("must be a list of sections with path and type")
    found = _dataset(value[0], source)
    outcomes: Outcomes = {f".0.{name}": outcome for name, outcome in found.items()}
    outcomes |= {f".{place}.path": lost(ONE_SOURCE) for place in range(1, len(value))}
    return outcomes


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
    return {f"{head}.{name}": outcome for name, outcome in said.items()}


def _dataset(entry: dict[str, Any], source: Source) -> Outcomes:
    found: Outcomes = {}
    for name, value in entry.items():
        if is_empty(value):
            found[name] = meant("empty: says nothing")
        elif name == "path":
            found[name] = Outcome("mapped", {"data.source": _source(entry, source)})
        elif name == "type":
            found[name] = _custom(value) if isinstance(value, dict) else _type(str(value), entry, source)
        else:
            found[name] = _other(name, value, entry, source)
    if "path" not in entry:
        raise ValueError("0: has no path: name the rows")
    return found


def _source(entry: dict[str, Any], source: Source) -> str:
    """A file or folder, or a name on the Hub."""
    path = str(entry["path"])
    files = entry.get("data_files")
    if path in ("json", "csv", "parquet", "arrow", "text") and files:
        path = str(files[0] if isinstance(files, list) else files)
    return named(path, source, str(entry.get("name") or ""), str(entry.get("revision") or ""))


def named(path: str, source: Source, config: str = "", revision: str = "") -> str:
    """What data.source calls rows: an absolute path, or `hub:NAME:CONFIG@REVISION`."""
    from pathlib import Path

    found = path_or_name(path, source)
    if Path(found).is_absolute() or "://" in found:
        return found
    if Path(found).suffix in (".jsonl", ".json", ".csv", ".tsv", ".parquet", ".arrow"):
        return str((source.path.parent.absolute() / found).resolve())
    return f"hub:{found}" + (f":{config}" if config else "") + (f"@{revision}" if revision else "")


def _type(name: str, entry: dict[str, Any], source: Source) -> Outcome:
    method = str(source.get("rl", "")).lower()
    family, _, variant = name.partition(".")
    if method in ("dpo", "ipo", "orpo", "kto"):
        judged = method == "kto"
        fields = (_JUDGED_FIELDS if judged else _PREFERENCE_FIELDS).get(variant)
        if fields is None:
            return lost(f"ttune knows no rows of type {name}: set data.format or data.mapping")
        if fields:
            return Outcome("mapped", {f"data.mapping.{role}": field for role, field in fields.items()})
        return Outcome("mapped", {"data.format": "unpaired" if judged else "preference"})
    if method == "grpo":
        return lost("a function of Axolotl makes the rows: rows have a prompt and a solution, else set data.mapping")
    if name in TYPES:
        settings, why = TYPES[name]
        field = str(entry.get("field") or "text")
        if name == "completion" and field != "text":
            settings = {"data.mapping.text": field, "method.kind": "cpt"}
        return Outcome("mapped", dict(settings), why)
    if family in ("chat_template", "sharegpt", "chatml", "llama3"):
        return Outcome("mapped", {"data.format": _turns(entry)}, "")
    return lost(f"ttune knows no rows of type {name}: set data.format or data.mapping")


def _turns(entry: dict[str, Any]) -> str:
    """messages or sharegpt, by who speaks in a turn."""
    names = entry.get("message_property_mappings") or {}
    speaker = names.get("role") if isinstance(names, dict) else None
    return "sharegpt" if "from" in (speaker, entry.get("message_field_role")) else "messages"


_KNOWN = [
    {"prompt": "prompt", "answer": "completion"},
    {"prompt": "prompt", "chosen": "chosen", "rejected": "rejected"},
    {"prompt": "prompt", "answer": "completion", "label": "label"},
]
_KNOWN_NAMES = ["prompt_completion", "preference", "unpaired"]
"""Formats that have these fields, in the same order."""

_BARE = ("{instruction}", "{prompt}", "{chosen}", "{rejected}", "{completion}", "{instruction}\n\n{input}", None, "")
"""Formats that put nothing around a field."""


def _custom(value: dict[str, Any]) -> Outcome:
    """A type that is written out: fields and a format around them."""
    if "field_completion" in value or "field_label" in value:
        roles = {"prompt": "field_prompt", "answer": "field_completion", "label": "field_label"}
        default = {"prompt": "prompt", "answer": "completion", "label": "label"}
    elif "field_chosen" in value or "field_rejected" in value:
        roles = {"prompt": "field_prompt", "chosen": "field_chosen", "rejected": "field_rejected"}
        default = {"prompt": "prompt", "chosen": "chosen", "rejected": "rejected"}
    else:
        roles = {"prompt": "field_instruction", "answer": "field_output"}
        default = {"prompt": "instruction", "answer": "output"}
    fields = {role: str(value.get(name) or default[role]) for role, name in roles.items()}
    formats = [name for name in value if name.endswith("format") and value[name] not in _BARE]
    why = f"{', '.join(formats)}: no equivalent, the base's chat template is put around it" if formats else ""
    if fields in _KNOWN and not {"field_system", "system_prompt", "field_input"} & {
        name for name in value if value[name]
    }:
        return Outcome("mapped", {"data.format": _KNOWN_NAMES[_KNOWN.index(fields)]}, why)
    settings = {f"data.mapping.{role}": field for role, field in fields.items()}
    more = value.get("field_input")
    if more and "{input}" in str(value.get("format", "{input}")):
        settings["data.mapping.prompt"] = "{" + settings["data.mapping.prompt"] + "}\n\n{" + str(more) + "}"
    if value.get("field_system"):
        settings["data.mapping.system"] = str(value["field_system"])
    elif value.get("system_prompt"):
        settings["data.mapping.system"] = str(value["system_prompt"])
    return Outcome("mapped", settings, why)


def _other(name: str, value: Any, entry: dict[str, Any], source: Source) -> Outcome:
    """What stands beside path and type."""
    if name in ("name", "data_files", "revision", "message_property_mappings", "message_field_role"):
        return meant("path or type say it") if name != "message_property_mappings" else _properties(value)
    if name == "message_field_content":
        return meant("content and value are known") if value in ("content", "value") else lost("content, or value")
    if name == "field" and str(entry.get("type", "")) == "completion":
        return meant("type says it")
    if name in ("field_messages", "field_chosen", "field_rejected"):
        return _field(name, str(value), source)
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


def _field(name: str, value: str, source: Source) -> Outcome:
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
