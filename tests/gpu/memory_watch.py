"""What a GPU's memory does while a trainer trains: torch's own peaks by phase."""

import time
from typing import Any

import torch
from transformers import TrainerCallback


def begin() -> None:
    """Make torch's context on the GPU, with nothing in it."""
    if torch.cuda.is_available():
        torch.zeros(1, device="cuda")
        torch.cuda.synchronize()
        torch.cuda.empty_cache()


def uuid_of_gpu() -> str:
    """The UUID of the GPU that torch uses, as NVML writes it less its `GPU-`; "" without one."""
    return str(torch.cuda.get_device_properties(0).uuid) if torch.cuda.is_available() else ""


def reset() -> None:
    """Begin a new peak."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()


def peaks() -> dict[str, int]:
    """Peaks since the last reset, in bytes: `requested` is before rounding, `reserved` what torch took from the GPU."""
    if not torch.cuda.is_available():
        return {"allocated": 0, "requested": 0, "reserved": 0}
    torch.cuda.synchronize()
    stats = torch.cuda.memory_stats()
    return {
        "allocated": stats.get("allocated_bytes.all.peak", 0),
        "requested": stats.get("requested_bytes.all.peak", 0),
        "reserved": stats.get("reserved_bytes.all.peak", 0),
    }


def now() -> dict[str, int]:
    """Bytes held right now."""
    if not torch.cuda.is_available():
        return {"allocated": 0, "reserved": 0}
    return {"allocated": torch.cuda.memory_allocated(), "reserved": torch.cuda.memory_reserved()}


class Watch(TrainerCallback):  # type: ignore[misc]  # transformers is untyped here
    """The peak of each phase of a training, and the seconds of each step. Saves nothing."""

    def __init__(self) -> None:
        self.phases: dict[str, dict[str, int]] = {}
        self.held: list[int] = []
        """Bytes allocated after each step."""
        self.seconds: list[float] = []
        self.losses: list[float] = []
        self._began = 0.0

    def mark(self, phase: str) -> None:
        """A phase ends here: keep its peaks, begin the next."""
        found, before = peaks(), self.phases.get(phase, {})
        self.phases[phase] = {name: max(value, before.get(name, 0)) for name, value in found.items()}
        reset()

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.mark("setup")

    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        reset()
        self._began = time.monotonic()

    def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.mark("forward_backward")

    def on_optimizer_step(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.mark("optimiser")

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.mark("optimiser")
        self.seconds.append(time.monotonic() - self._began)
        self.held.append(now()["allocated"])
        control.should_save = False

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any) -> None:
        self.losses += [logs[name] for name in ("loss", "eval_loss") if logs and name in logs]

    def on_evaluate(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.mark("evaluation")
        control.should_save = False
