"""Rows to look through, as every kind of records, and what a plain loop finds in them."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from hypothesis import strategies as st

from engine.data.curate.changes import Edits, Redaction
from engine.data.curate.curated import Curated
from engine.data.importing import jsonl, part
from engine.data.records import ListedRecords, Records
from engine.data.store import RowStore, open_store

Row = dict[str, Any]

texts = st.text(alphabet='abAB éÉ"\\.0-\n,:', max_size=8) | st.sampled_from(
    ["true", "7", "1.5", "-3", "1e2", "abc abc"]
)
numbers = (
    st.integers(-30, 30) | st.sampled_from([2**53, -(2**63), 2**64]) | st.sampled_from([0.5, 1.0, -2.25, 1e20, 7.0])
)
scalars = texts | numbers | st.booleans() | st.none()
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyab"), inner, max_size=2),
    max_leaves=4,
)  # fmt: skip
turns = st.lists(st.fixed_dictionaries({"role": st.sampled_from(["user", "bot"]), "content": texts}), max_size=3)
regular = st.fixed_dictionaries(
    {"label": texts, "n": st.integers(-30, 30), "messages": turns},
    optional={"flag": st.booleans(), "tags": st.lists(texts, max_size=3) | st.none(), "meta": anything, "a.b": texts,
              "deep": st.fixed_dictionaries({"x": st.lists(st.integers(-9, 9) | st.none(), max_size=3), "b": texts})},
)  # fmt: skip
irregular = st.dictionaries(
    st.sampled_from(["label", "n", "messages", "meta", "a", "deep", "new"]), anything, max_size=4
)
row_lists = st.lists(regular | regular | irregular, min_size=1, max_size=14)
PATHS = ("", "label", "n", "flag", "messages", "messages.role", "messages.content", "tags", "meta", "meta.x", "a.b",
         "deep", "deep.x", "deep.b", "new", "nowhere", "messages.0.content", "tags.1", "deep.x.0")  # fmt: skip


@contextmanager
def opened(rows: list[Row]) -> Iterator[RowStore]:
    """Rows as an import with batches of three rows; those whose shape the first three do not have are odd."""
    with (
        tempfile.TemporaryDirectory() as folder,
        patch.object(part, "BATCH_ROWS", 3),
        patch.object(jsonl, "SAMPLE_ROWS", 3),
    ):
        path = Path(folder) / "rows.jsonl"
        path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
        yield open_store(path, Path(folder) / "imported")


@contextmanager
def as_records(rows: list[Row], kind: str, seed: int) -> Iterator[tuple[Records, list[Row]]]:
    """(the records, what they hold): `kind` is stored, listed or curated."""
    if kind == "listed":
        yield ListedRecords(rows), rows
        return
    with opened(rows) as store:
        view: Records = store if kind == "stored" else curated(store, seed)
        yield view, list(view.rows())


def curated(store: RowStore, seed: int) -> Curated:
    """A view of some rows, shuffled and repeated, with others mixed in, one edited and some redacted."""
    rng = np.random.default_rng(seed)
    mixed = ListedRecords([{"label": "mixed aB", "n": 5}, {"messages": "none", "meta": {"x": [1.5, "ab"]}}])
    count = int(rng.integers(1, 2 * store.count + 2))
    sources = rng.choice(3, count, p=(0.6, 0.2, 0.2)).astype(np.uint8)
    origins = np.where(sources == 2, rng.integers(0, mixed.count, count), rng.integers(0, store.count, count))
    edits = Edits({int(rng.integers(store.count)): {"label": "edited ab", "n": 31, "new": True}})
    marked = tuple(rng.random(size) < 0.3 for size in (store.count, store.count))
    redaction = Redaction(lambda text: text.replace("a", "[gone]"), marked)
    return Curated((store, store, mixed), origins.astype(np.int64), sources, (edits, redaction))


def values(value: Any, path: str) -> list[Any]:
    """All texts, numbers and booleans under a path."""
    return [inner for end in ends(value, path) for inner in _leaves(end)]


def ends(value: Any, path: str) -> list[Any]:
    """What lies at a path, through lists."""
    if not path:
        return [value]
    if isinstance(value, list):
        head, _, rest = path.partition(".")
        item = value[int(head) : int(head) + 1] if head.isdecimal() else []
        return [end for inner in value for end in ends(inner, path)] + [
            end for inner in item for end in ends(inner, rest)
        ]
    if isinstance(value, dict):
        direct = [value[path]] if path in value else []
        under = [
            end for name in value if path.startswith(name + ".") for end in ends(value[name], path[len(name) + 1 :])
        ]
        return direct + under
    return []


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in _leaves(inner)]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in _leaves(inner)]
    return [] if value is None else [value]


def written(value: Any) -> str:
    """A value as a text."""
    return value if isinstance(value, str) else json.dumps(value)
