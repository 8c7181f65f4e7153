"""What is known outside a recipe: its model, its data, this machine, and the runs of before.

Gathered by a worker when something of it changes; forecasts and advice are pure functions of a recipe and this.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine.project import Project
    from engine.recipe import CurationStep, Data, Recipe


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """A base model, as its folder says."""

    config: Mapping[str, Any] | None = None
    """`config.json`; None where it cannot be read, as for a Hub id that was never fetched."""
    problem: str = ""
    """Why there is no config; "" when there is."""
    weight_bytes: int | None = None
    """Bytes of weight files in the folder; None where they are not here."""
    chat_template: bool | None = None
    """Whether its tokenizer has a chat template; None where that is not known."""
    adapter_method: str = ""
    """The method that `model.adapter` was trained by, such as `sft`; "" without one, or when it is not known."""


@dataclass(frozen=True, slots=True)
class DataFacts:
    """The recipe's rows."""

    key: str = ""
    """Names the data that was counted."""
    problem: str = ""
    """Why there are no rows; "" when there are."""
    unusable: bool = False
    """Whether that is a mistake, for which training would fail too; else the rows were merely not read yet."""
    of: "Data | None" = None
    """The data section that these facts are of; None for the defaults."""
    train: int = 0
    """Usable rows that are trained on."""
    copies: int = 0
    """Of these, copies that were made to balance classes."""
    validation: int = 0
    held_out: int = 0
    format: str = ""
    """How the rows are laid out: one of the nine formats, or `mapping`."""
    lengths: "NDArray[np.int32] | None" = None
    """(train,): tokens of each training row, cut at `counted_at` alone; None while nobody has counted or estimated
    them."""
    counted_at: int | None = None
    """The training.max_length that rows were cut at when they were counted; None where they are uncut."""
    rejected: "NDArray[np.int32] | None" = None
    """(train,): tokens of each row with its worse answer; None where rows have none."""
    alike: "NDArray[np.bool_] | None" = None
    """(train,): whether a row's better and worse answer are the same; None where nobody can tell of them all."""
    trained: "NDArray[np.int32] | None" = None
    """(train,): tokens of each row that carry loss; None where no audit has counted them."""
    validation_lengths: "NDArray[np.int32] | None" = None
    """(validation,): tokens of each validation row, uncut."""
    exact: bool = False
    """Whether the lengths are those of the real tokenizer and template; else they are estimated from characters."""
    labels: tuple[tuple[str, int], ...] = ()
    """Answers that are classes, with their rows, the most frequent first; () where answers are no classes."""
    labels_once: tuple[tuple[str, int], ...] = ()
    """The same without copies; () where there are none."""
    findings: Mapping[str, int] = field(default_factory=dict)
    """Rows that each finding of a check or an audit is about, by its code; {} where nobody has looked."""
    checked_after: "tuple[CurationStep, ...]" = ()
    """The steps of curation that rows had gone through when they were checked: some of the recipe's, or all."""
    held_out_is_source: bool = False
    """Whether the held-out file holds the training rows themselves."""


@dataclass(frozen=True, slots=True)
class GpuFacts:
    """One GPU."""

    name: str
    total_bytes: int
    free_bytes: int | None = None
    """Free right now; None for a GPU that is not here."""
    here: bool = True
    """Whether it is in this machine."""
    price_per_hour: float | None = None
    """$/hour from the table of prices, a guess; None where the table does not know it."""


@dataclass(frozen=True, slots=True)
class PastRun:
    """How fast a run of this machine was."""

    name: str
    """Such as `triage#3`."""
    gpu: str
    """"" on a CPU."""
    backend: str
    base: str
    adapter: str
    method: str
    parameters: int
    tokens_per_s: float
    """Tokens of rows, padding not counted, over the seconds of all steps but the first."""
    load_s: float
    """Seconds from the start to the first step."""
    peak_bytes: int | None = None
    steps: int = 0
    """Steps that its speed was measured over."""
    micro_batch: int = 0
    packing: bool = False
    batch_tokens: float = 0.0
    """Tokens of rows in a micro-batch; 0 where nobody knows."""


@dataclass(frozen=True, slots=True)
class Situation:
    """All of it."""

    model: ModelFacts = ModelFacts()
    data: DataFacts = DataFacts()
    gpus: tuple[GpuFacts, ...] = ()
    """GPUs that training would run on; () for a CPU."""
    unsloth: bool = False
    """Whether unsloth is installed."""
    past: tuple[PastRun, ...] = ()
    """Newest first."""
    disk_free_bytes: int | None = None
    host_free_bytes: int | None = None
    """Host memory that is free."""
    cores: int | None = None
    """Cores that this process may use."""


def gather(project: "Project", recipe: "Recipe") -> Situation:
    """Read the situation of a project's recipe: files of its model, its rows, this machine, runs of before.

    Takes up to some seconds, for rows that were not read before: call it in a worker. Nothing is fetched, and nothing
    that trains is loaded. What cannot be read is None or says why; front ends call `arrow_alone` first.
    """
    from engine.gathering import Gatherer

    return Gatherer(project).gather(recipe)
