"""What advice is made of, and what it is made from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Severity = Literal["blocks", "warns", "notes"]
"""blocks: training would fail, or do something else than is asked. warns: it costs quality, time or money.
notes: good to know."""

SEVERITIES: tuple[Severity, ...] = ("blocks", "warns", "notes")
"""The gravest first."""

State = Literal["yes", "no", "unknown", "measured"]
"""Of a question: what the recipe or the facts say; measured: by a run of this project."""


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to know about a setting."""

    code: str
    """What it is; recipes and scripts may rely on it."""
    severity: Severity
    key: str
    """The setting that it is about, such as `training.learning_rate`."""
    message: str
    """One sentence with the figures at hand."""
    reason: str
    """Why it matters."""
    source: str
    """Where the reason comes from, with its figure, such as `guide §3: 1-3 epochs`."""
    fix: Mapping[str, Any] | None = None
    """Settings that mend it, by dotted key (None: back to the default); None where only a person can."""
    accepted: str = ""
    """Why the recipe says that it does not apply; "" where it does."""
    acceptable: bool = False
    """Whether it can be accepted with a reason: warnings, and what is over the budget."""

    @property
    def blocking(self) -> bool:
        """Whether training must not start."""
        return self.severity == "blocks" and not self.accepted


class MendLike(Protocol):
    """A change that makes a run fit, as far as advice reads it."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """Values by dotted key."""


class ForecastLike(Protocol):
    """A forecast, as far as advice reads it."""

    @property
    def vram_bytes(self) -> int | None: ...

    @property
    def verdict(self) -> str: ...

    @property
    def steps(self) -> int | None: ...

    @property
    def mends(self) -> tuple[Any, ...]: ...


@dataclass(frozen=True, slots=True)
class ReadinessAnswer:
    """One question on whether fine-tuning is the right thing to do, and what is known of its answer."""

    code: str
    """What it asks; stable."""
    question: str
    state: State
    evidence: str
    """What is known, in words with its figures."""
    means: str
    """What a no means."""
    key: str
    """The setting that answers it, such as `readiness.stable`; "" where only facts do."""
    verdict: bool | None = None
    """Where it was measured: whether that is a yes; None where it is open."""
