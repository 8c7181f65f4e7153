"""GPUs: memory, what their matrix units reach, and what they cost by the hour."""

import re
from dataclasses import dataclass

GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class GpuKind:
    """A kind of GPU. Prices are the field guide's (spot, March 2026) where it has one, else None."""

    pattern: str
    """What its name holds, as a regular expression; the first kind that matches is taken."""
    memory_gb: float
    """As it is sold."""
    tflops: float
    """Dense 16-bit matrix work with 32-bit sums, from its data sheet; x 1e12 operations a second."""
    prices: tuple[float, float] | None = None
    """$/hour, from and to."""
    capability: float = 8.0
    """CUDA compute capability; from 8.0 on it has bf16."""

    @property
    def workspace_bytes(self) -> int:
        """cuBLAS's workspace: 32 MiB from Hopper on, 8.125 MiB before (torch's default)."""
        return 32 << 20 if self.capability >= 9 else 8_519_680


KINDS = (
    GpuKind("gb200|b200", 180, 2250, capability=10.0),
    GpuKind("h200", 141, 989, capability=9.0),
    GpuKind("gh200", 96, 989, capability=9.0),
    GpuKind("h100 nvl", 94, 835, (6.0, 6.0), capability=9.0),
    GpuKind("h100 pcie", 80, 756, (6.0, 6.0), capability=9.0),
    GpuKind("h100", 80, 989, (6.0, 6.0), capability=9.0),
    GpuKind("h20", 96, 148, capability=9.0),
    GpuKind("a100.*80 ?g", 80, 312, (2.5, 3.2)),
    GpuKind("a100", 40, 312, (0.74, 2.0)),
    GpuKind("a800", 80, 312),
    GpuKind("l40s", 48, 362, capability=8.9),
    GpuKind("l40", 48, 181, capability=8.9),
    GpuKind("rtx 6000 ada", 48, 364, capability=8.9),
    GpuKind("rtx pro 6000", 96, 503, capability=12.0),
    GpuKind("l4", 24, 121, capability=8.9),
    GpuKind("a10g", 24, 70, (0.8, 0.8), capability=8.6),
    GpuKind("a10", 24, 125, capability=8.6),
    GpuKind("a40", 48, 150, capability=8.6),
    GpuKind("rtx a6000", 48, 155, capability=8.6),
    GpuKind("rtx a5000", 24, 111, capability=8.6),
    GpuKind("5090", 32, 210, capability=12.0),
    GpuKind("5080", 16, 113, capability=12.0),
    GpuKind("5070 ti", 16, 88, capability=12.0),
    GpuKind("4090", 24, 165, (0.2, 0.8), capability=8.9),
    GpuKind("4080", 16, 97, capability=8.9),
    GpuKind("4070 ti", 12, 80, capability=8.9),
    GpuKind("4060 ti", 16, 44, capability=8.9),
    GpuKind("3090", 24, 71, (0.2, 0.8), capability=8.6),
    GpuKind("3080", 10, 60, capability=8.6),
    GpuKind("3060", 12, 25, capability=8.6),
    GpuKind("v100.*32 ?g", 32, 112, capability=7.0),
    GpuKind("v100", 16, 112, capability=7.0),
    GpuKind("t4", 16, 65, capability=7.5),
)

_USABLE = 0.985
"""Drivers and error correction keep the rest: an H100 sold with 80 GB has 79.2 GiB for programs."""

_MEMORY = re.compile(r"(?<![A-Za-z0-9.])(\d+)\s*G(?:i?B)?\b", re.IGNORECASE)


def kind_of(name: str) -> GpuKind | None:
    """What is known of a GPU by its name, such as `NVIDIA H100 80GB HBM3` or `RTX 4090`; None for one unknown."""
    plain = name.lower().replace("-", " ").replace("_", " ").replace("geforce ", "")
    return next((kind for kind in KINDS if re.search(rf"\b(?:{kind.pattern})", plain)), None)


def memory_of(name: str) -> int | None:
    """Bytes that a GPU of this name has for programs: a size in the name counts before the table."""
    found, kind = _MEMORY.search(name), kind_of(name)
    gigabytes = float(found[1]) if found else kind.memory_gb if kind else None
    return None if gigabytes is None else round(gigabytes * GIB * _USABLE)
