"""The classes of a recipe's rows with their sizes, told from a sample; the check tells classes in the same way."""

from collections import Counter
from collections.abc import Iterator, Sequence

from engine.data.dataset import Dataset
from engine.data.example import Example
from engine.data.field import field_value
from engine.recipe import Data

SAMPLED = 4096
"""Rows that are read for an estimate; the others are taken to be like them."""
_MOST_CLASSES = 1000
"""With more different short answers, they name no classes (`engine.data.check.columns`)."""


def sampled(dataset: Dataset) -> Sequence[int]:
    """Places of training rows among the examples, all or evenly spread."""
    places = dataset.split.train.array
    step = max(1, -(-len(places) // SAMPLED))
    found: list[int] = places[::step].tolist()
    return found


def labels_of(
    sample: Sequence[Example], places: Sequence[int], dataset: Dataset, data: Data
) -> tuple[tuple[str, int], ...]:
    """Classes with their training rows, the most frequent first; () where the rows have none.

    Of rows that are judged, how many are good and bad. `places`: of the sample among the examples.
    """
    from engine.data.check.findings.classes import are_classes
    from engine.data.check.of_dataset import label_field

    share = len(dataset.split.train) / max(1, len(sample))
    judged = Counter(str(example.label).lower() for example in sample if example.label is not None)
    if judged:
        return _scaled(judged, share)
    field = label_field(data)
    named = _values(places, dataset, field) if field else _answers(sample)
    counts = Counter(label for label in named if label)
    if len(counts) > _MOST_CLASSES or not are_classes(list(counts), counts.total(), len(sample)):
        return ()
    return _scaled(counts, share)


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
