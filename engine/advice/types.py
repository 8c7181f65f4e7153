"""What advice is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from engine.recipe_form import field, shown

Severity = Literal["blocks", "warns", "notes"]
"""blocks: training would fail, or do something else than is asked. warns: it costs quality, time or money.
notes: good to know."""

_NAMES = ("Unsloth", "Tesla")

SEVERITIES: tuple[Severity, ...] = ("blocks", "warns", "notes")
"""The gravest first."""

State = Literal["yes", "no", "unknown", "measured"]
"""Of a question: what the recipe or the facts say; measured: by an evaluation of this project."""


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

    @property
    def fix_words(self) -> str:
        """The settings of the fix as a person writes them; "" without one."""
        return ", ".join(f"{key} = {_written(key, value)}" for key, value in (self.fix or {}).items())

    @property
    def begun(self) -> str:
        """The message as part of a line: without its full stop, and in small letters where it begins with no name."""
        first = self.message.split(maxsplit=1)[0]
        small = (first[1:].islower() or len(first) == 1) and first not in _NAMES
        text = self.message[0].lower() + self.message[1:] if small else self.message
        return text.removesuffix(".")


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule found; what is None is as the rule says."""

    message: str
    fix: Mapping[str, Any] | None = None
    severity: Severity | None = None
    key: str | None = None


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
    good: bool | None = None
    """Whether the answer speaks for training; None where it is open."""


def _written(key: str, value: Any) -> str:
    """A value as a person writes it; the default where it is None."""
    if value is None:
        spec = field(key)
        value = spec.default if spec is not None else None
    return shown(value) or "(empty)"
