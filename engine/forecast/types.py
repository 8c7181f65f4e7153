"""What a forecast says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Verdict = Literal["fits", "tight", "will not fit", "unknown"]
Source = Literal["measured", "scaled", "table"]


@dataclass(frozen=True, slots=True)
class Memory:
    """Memory that a run takes of its GPU at its highest."""

    parts: Mapping[str, int]
    """Bytes by what they are for, in the order in which they are told; their sum is the peak."""
    phase: str
    """When it is highest: `loading`, `training`, `optimiser step`, `evaluation` or `sampling`."""
    host_bytes: int = 0
    """Host memory for activations that are moved there."""

    @property
    def peak_bytes(self) -> int:
        """The highest, as NVML sees it."""
        return sum(self.parts.values())


@dataclass(frozen=True, slots=True)
class Duration:
    """How long a run takes, loading aside, with its spread."""

    low_s: float
    mid_s: float
    high_s: float
    source: Source
    """measured: a run like this one on this GPU. scaled: another run of this machine. table: a guess from a table."""
    words: str
    """The same for a person, such as `as triage#3 ran here`."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run costs in $."""

    low: float
    mid: float
    high: float
    price_per_hour: float
    """$/hour, in the middle of its range."""
    words: str
    """Where the price comes from."""


@dataclass(frozen=True, slots=True)
class Mend:
    """A change of settings after which the run takes less memory; the effective batch stays."""

    settings: Mapping[str, Any]
    """By dotted key."""
    vram_bytes: int
    verdict: Verdict
    words: str
    """What it changes, and what that costs."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What the trainer goes through in the whole run."""

    steps: int
    """Optimiser steps, as the trainer counts them."""
    tokens: int
    """Tokens of rows, cut at the length, padding not counted."""
    padded_tokens: int
    """The same with padding: what the model computes."""
    trained_tokens: int | None
    """Tokens that carry loss; None where no audit has counted them."""
    longest: int
    """Tokens in the widest row of any batch."""
    exact: bool
    """Whether steps and tokens are the trainer's own count."""
    rows: int
    """Rows, packed rows, pairs, or sampled answers, in an epoch."""
    about: str = ""
    """Why they are not, in one line; "" where they are."""

    @property
    def padding(self) -> float:
        """Share of what the model computes that is padding."""
        return 1 - self.tokens / self.padded_tokens if self.padded_tokens else 0.0


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a recipe will cost. None is unknown."""

    backend: Literal["unsloth", "hf"]
    """The backend that it is for."""
    vram_bytes: int | None = None
    """Peak memory on the GPU, as NVML sees it."""
    parts: Mapping[str, int] = field(default_factory=dict)
    """Bytes by part, in the order in which they are told; their sum is `vram_bytes`, without a GPU `host_bytes`."""
    phase: str = ""
    """When memory is highest, such as `training`."""
    gpu: str = ""
    """The GPU that it is for; "" for a CPU."""
    gpu_total_bytes: int | None = None
    gpu_free_bytes: int | None = None
    """Free right now; None for a GPU that is not here."""
    verdict: Verdict = "unknown"
    reason: str = ""
    """One line on the verdict."""
    rows: Rows | None = None
    """None where the data cannot be counted; `rows_problem` says why."""
    rows_problem: str = ""
    seconds: Duration | None = None
    cost: Cost | None = None
    over_budget: tuple[str, ...] = ()
    """What of the recipe's budget is exceeded, a line each."""
    host_bytes: int | None = None
    """Host memory: for activations that are moved there, without a GPU for all."""
    disk_bytes: int | None = None
    """What checkpoints and the adapter take on disk."""
    mends: tuple[Mend, ...] = ()
    """Smallest changes that make it fit, the least painful first; () where it fits."""
    notes: tuple[str, ...] = ()
    """What the figures take for granted."""

    @property
    def steps(self) -> int | None:
        """Optimiser steps."""
        return self.rows.steps if self.rows else None

    @property
    def tokens(self) -> int | None:
        """Tokens of rows in the whole run, padding not counted."""
        return self.rows.tokens if self.rows else None

    @property
    def padding(self) -> float | None:
        """Share of what the model computes that is padding."""
        return self.rows.padding if self.rows else None
