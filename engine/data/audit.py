"""What an audit job leaves: every usable row through the real chat template, as tokens. Named, found, and told."""

import hashlib
import json
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import Literal

from engine.data.audit_table import BATCH_ROWS, TABLE, AuditedRow, AuditTable, RowCounts
from engine.errors import JobError
from engine.job import JobFolder
from engine.journal import read_events
from engine.project import Project, is_hub_id, resolve
from engine.protocol import AuditDone
from engine.recipe import Recipe

__all__ = [
    "BATCH_ROWS", "FORMAT", "TABLE", "AuditTable", "AuditedRow", "RowCounts", "Trains", "audit_key", "find_audit",
    "is_complete", "totals", "trains",
]  # fmt: skip

FORMAT = 3
"""Version of the table's columns and of what they say; part of the key, so that an older table is made again."""

Trains = Literal["answers", "everything", "judged", "pieces", "nothing"]
"""What a method trains of a row: its answers, all of it, the answers that are judged, all of it in pieces (which lose
no end), or nothing, since answers are sampled to its prompt."""

_TOKENIZER_FILES = (
    "tokenizer.json", "tokenizer.model", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja",
)  # fmt: skip


def trains(recipe: Recipe) -> Trains:
    """What of a row is trained by a recipe's method."""
    match recipe.method.kind:
        case "dpo" | "kto" | "orpo":
            return "judged"
        case "cpt":
            return "pieces"
        case "grpo":
            return "nothing"
    return "answers" if recipe.method.answers_only else "everything"


def audit_key(recipe: Recipe, project: Path) -> str:
    """Names everything that an audit's rows depend on: two audits of one key hold the same table.

    Files are told apart by size and time of change, so that a large source is not read for it.
    """
    data = recipe.data.model_dump(mode="json", exclude={"split", "held_out"})
    base = recipe.model.base
    folder = None if is_hub_id(base, project) else resolve(base, project)
    parts = [
        FORMAT,
        metadata.version("transformers"),
        data,
        _stamp(resolve(recipe.data.source, project)),
        trains(recipe),
        None if trains(recipe) == "pieces" else recipe.training.max_length,
        base,
        [_stamp(folder / name) for name in _TOKENIZER_FILES] if folder else None,
        str(date.today()) if folder and _dated(folder) else None,
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def find_audit(project: Project, key: str, *, ended: bool = False) -> JobFolder | None:
    """The newest audit of this key that is complete, else one that is at work on it.

    `ended`: else the newest that failed or was stopped, so that what is sure to fail is not tried again and again.
    """
    same = [folder for folder in project.jobs("audit") if _key_of(folder) == key]
    complete = next((folder for folder in same if is_complete(folder)), None)
    at_work = next((folder for folder in same if folder.is_alive()), None)
    return complete or at_work or (same[0] if ended and same else None)


def is_complete(folder: JobFolder) -> bool:
    """Whether an audit has its table, which is the last thing it writes."""
    return (folder.path / TABLE).is_file()


def totals(folder: JobFolder) -> AuditDone | None:
    """What a complete audit counted; None when its journal does not say."""
    return next((event for event in reversed(read_events(folder.events)) if isinstance(event, AuditDone)), None)


def _key_of(folder: JobFolder) -> str | None:
    try:
        return folder.spec.options.get("key")
    except JobError:  # a folder that is being made or removed right now
        return None


def _dated(folder: Path) -> bool:
    """Whether the chat template writes today's date into every row, as Llama 3.2's does."""
    for name in ("chat_template.jinja", "tokenizer_config.json"):
        try:
            if b"strftime_now" in (folder / name).read_bytes():
                return True
        except OSError:
            continue
    return False


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns
