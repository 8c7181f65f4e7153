"""The classes of a recipe's rows with their sizes, told from a sample; the check tells classes in the same way."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import compress

from engine.data.dataset import Dataset
from engine.data.example import Example
from engine.data.field import field_value
from engine.recipe import Data

SAMPLED = 4096
"""Rows that are read for an estimate; the others are taken to be like them."""
_MOST_CLASSES = 1000
"""With more different short answers, they name no classes (`engine.data.check.columns`)."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Training rows, all or evenly spread."""

    places: Sequence[int]
    """Among the examples."""
    copied: Sequence[bool]
    """Whether each is a copy of another row, made to balance classes."""
    copies: int
    """How many copies there are in all of training."""


def sampled(dataset: Dataset) -> Sample:
    """The training rows that stand for all."""
    import numpy as np

    train = dataset.split.train.array
    step = max(1, -(-len(train) // SAMPLED))
    made = getattr(dataset.records, "copied", None)
    copied = np.zeros(len(train), np.bool_) if made is None else made[np.asarray(dataset.usable, np.int64)[train]]
    return Sample(train[::step].tolist(), copied[::step].tolist(), int(copied.sum()))


def labels_of(
    examples: Sequence[Example], sample: Sample, dataset: Dataset, data: Data, *, once: bool = False
) -> tuple[tuple[str, int], ...]:
    """Classes with their training rows, the most frequent first; () where the rows have none.

    Of rows that are judged, how many are good and bad. `examples`: of the sample. `once`: without copies.
    """
    from engine.data.check.findings.classes import are_classes
    from engine.data.check.of_dataset import label_field

    share = len(dataset.split.train) / max(1, len(examples))
    taken = [not (once and copied) for copied in sample.copied]
    judged = Counter(str(it.label).lower() for it in compress(examples, taken) if it.label is not None)
    if judged:
        return _scaled(judged, share)
    field = label_field(data)
    named = list(_values(sample.places, dataset, field) if field else _answers(examples))
    counts = Counter(label for label in named if label)
    if len(counts) > _MOST_CLASSES or not are_classes(list(counts), counts.total(), len(examples)):
        return ()
    return _scaled(Counter(label for label in compress(named, taken) if label), share)


def _scaled(counts: Counter[str], share: float) -> tuple[tuple[str, int], ...]:
    return tuple((label, round(count * share)) for label, count in counts.most_common())


def _answers(sample: Sequence[Example]) -> Iterator[str]:
    from engine.data.check.texts import short_answer

    return (short_answer(example.kind, example.answer) for example in sample)


def _values(places: Sequence[int], dataset: Dataset, field: str) -> Iterator[str]:
    """What rows have in the field that names their class."""
    for place in places:
        value = field_value(dataset.records.row(dataset.usable[place]), field)
        yield "" if value is None or isinstance(value, list | dict) else str(value)
