"""The order in which a trainer takes its rows: the one that `engine.steps.plan` tells beforehand."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.recipe import Training
from engine.steps.plan import order


class EpochOrder:
    """A sampler: each epoch's order follows from the seed and the epoch alone, so that a resume finds it again."""

    def __init__(self, lengths: npt.NDArray[np.integer], training: Training) -> None:
        self._lengths = lengths
        self._training = training
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """The trainer says which epoch begins, from 0."""
        self._epoch = epoch

    def __len__(self) -> int:
        return len(self._lengths)

    def __iter__(self) -> Iterator[int]:
        return iter(order(self._lengths, self._training, self._epoch).tolist())


def use_order(trainer: Any, lengths: npt.NDArray[np.integer], training: Training) -> None:
    """Let a trainer take its training rows as training.order says. `lengths`: (rows,) in tokens."""
    sampler = EpochOrder(lengths, training)
    trainer._get_train_sampler = lambda dataset=None: sampler
