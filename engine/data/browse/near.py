"""The names that a person may have meant by one that does not exist."""

from collections.abc import Collection
from difflib import get_close_matches

_MOST = 3
_SHOWN = 8
_LIKE = 0.6
"""Similarity from which on one name may be meant by another, as difflib counts it."""


def near_names(word: str, names: Collection[str]) -> list[str]:
    """At most three names: the most like it, and those that end as it does, such as `labels.slot` for `slot`."""
    lowered = {name.lower(): name for name in names}
    close = [lowered[name] for name in get_close_matches(word.lower(), lowered, n=1, cutoff=_LIKE)]
    by_last: dict[str, list[str]] = {}
    for low, name in lowered.items():
        by_last.setdefault(_last(low), []).append(name)
    last = _last(word.lower())
    same = by_last.get(last, [])
    if not close and not same:
        same = [name for near in get_close_matches(last, by_last, n=1, cutoff=_LIKE) for name in by_last[near]]
    return list(dict.fromkeys([*close, *same]))[:_MOST]


def did_you_mean(word: str, names: Collection[str]) -> str:
    """The mend of a wrong name, in words: what may have been meant, else what there is."""
    near = near_names(word, names)
    if near:
        return f"did you mean {' or '.join(near)}?"
    shown = ", ".join(list(names)[:_SHOWN])
    return f"there are {shown}{' and others' if len(names) > _SHOWN else ''}"


def _last(name: str) -> str:
    return name.rpartition(".")[2]
