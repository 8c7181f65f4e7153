"""What rows are divided by, as arrays: their prompts, the values of a field, their times."""

import math
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import xxhash

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Keys = NDArray[np.uint64]

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")
MOSTLY = 0.5
"""From this share of values that are times, the others count as unknown; below, all are ordered as text."""


def prompt_keys(prompts: Iterable[str]) -> "Keys":
    """A key for each prompt, in their order: rows with the same key stay together.

    It is the prompt's hash. Two of a million prompts have the same once in 37 million files, and are then merely kept
    together.
    """
    return text_keys(prompts)


def text_keys(texts: Iterable[str]) -> "Keys":
    """The 64-bit hash of each text (XXH3); lone surrogates, which JSON can hold, are hashed too."""
    return np.fromiter((text_key(text) for text in texts), dtype=np.uint64)


def text_key(text: str) -> int:
    """The 64-bit hash of a text."""
    return xxhash.xxh3_64_intdigest(text.encode("utf-8", "surrogatepass"))


def value_text(value: Any) -> str:
    """A field's value as text, the same for equal values: texts without the space around them, else JSON."""
    if isinstance(value, str):
        return value.strip()
    return "" if value is None else msgspec.json.encode(value, order="deterministic").decode()


def order_times(values: Iterable[Any]) -> tuple["NDArray[np.float64]", str]:
    """Values as numbers that rise with time, NaN where unknown; and what there is to say of them.

    A value is an ISO 8601 date or date and time (without a zone: UTC), or a number of seconds, milliseconds or the
    like. Where fewer than half of the values are either, all are ordered as text.
    """
    texts: list[str] = []
    times: list[float] = []
    for value in values:
        text = value_text(value)
        texts.append(text)
        times.append(time_of(value) if text else math.nan)
    given = sum(bool(text) for text in texts)
    known = sum(not math.isnan(time) for time in times)
    if given and known < MOSTLY * given:
        ranks = {text: float(rank) for rank, text in enumerate(sorted({text for text in texts if text}))}
        order = np.fromiter((ranks.get(text, math.nan) for text in texts), dtype=np.float64, count=len(texts))
        return order, f"{given - known:,} of {given:,} values are no dates: all are ordered as text"
    lacking = len(texts) - known
    note = f"{lacking:,} rows without a date that can be read count as the oldest" if lacking else ""
    return np.array(times, dtype=np.float64), note


def time_of(value: Any) -> float:
    """Seconds since 1970 of an ISO 8601 text; a number as it is; NaN for anything else."""
    if isinstance(value, bool):
        return math.nan
    if isinstance(value, int | float):
        return float(value) if math.isfinite(value) else math.nan
    if isinstance(value, datetime):
        return _seconds(value)
    text = str(value).strip()
    if _NUMBER.fullmatch(text) and not re.fullmatch(r"(19|20)\d{6}", text):  # 20240131 is a date
        return float(text)
    try:
        return _seconds(datetime.fromisoformat(text))
    except ValueError:
        return math.nan


def _seconds(time: datetime) -> float:
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
