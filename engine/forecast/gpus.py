"""GPUs: memory, what their matrix units reach, how fast they read, and what they cost by the hour."""

import re
from dataclasses import dataclass

GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class GpuKind:
    """A kind of GPU. Prices are the field guide's (spot, March 2026) where it has one, else None."""

    pattern: str
    """What its name holds, as a regular expression; the first kind that matches is taken."""
    memory_gb: float
    """As it is sold; the smaller where it is sold with two sizes and the name does not say which."""
    tflops: float
    """Dense 16-bit matrix work with 32-bit sums, from its data sheet; x 1e12 operations a second."""
    gb_per_s: float
    """How fast its memory is read, from its data sheet; x 1e9 bytes a second."""
    prices: tuple[float, float] | None = None
    """$/hour, from and to."""
    capability: float = 8.0
    """CUDA compute capability; from 8.0 on it has bf16."""

    @property
    def workspace_bytes(self) -> int:
        """cuBLAS's workspace: 32 MiB from Hopper on, 8.125 MiB before (torch's default)."""
        return 32 << 20 if self.capability >= 9 else 8_519_680


KINDS = (
    GpuKind("gb200|b200", 180, 2250, 8000, capability=10.0),
    GpuKind("h200", 141, 989, 4800, capability=9.0),
    GpuKind("gh200", 96, 989, 4000, capability=9.0),
    GpuKind("h100 nvl", 94, 835, 3900, (6.0, 6.0), capability=9.0),
    GpuKind("h100 pcie", 80, 756, 2000, (6.0, 6.0), capability=9.0),
    GpuKind("h100", 80, 989, 3350, (6.0, 6.0), capability=9.0),
    GpuKind("h20", 96, 148, 4000, capability=9.0),
    GpuKind("a100.* 80 ?gb?", 80, 312, 1935, (2.5, 3.2)),
    GpuKind("a100", 40, 312, 1555, (0.74, 2.0)),
    GpuKind("a800", 80, 312, 1935),
    GpuKind("a30", 24, 165, 933),
    GpuKind("l40s", 48, 362, 864, capability=8.9),
    GpuKind("l40", 48, 181, 864, capability=8.9),
    GpuKind("rtx 6000 ada", 48, 364, 960, capability=8.9),
    GpuKind("rtx 5000 ada", 32, 261, 576, capability=8.9),
    GpuKind("rtx 4500 ada", 24, 158, 432, capability=8.9),
    GpuKind("rtx 4000 ada", 20, 107, 360, capability=8.9),
    GpuKind("rtx pro 6000", 96, 503, 1792, capability=12.0),
    GpuKind("l4", 24, 121, 300, capability=8.9),
    GpuKind("a10g", 24, 70, 600, (0.8, 0.8), capability=8.6),
    GpuKind("a10", 24, 125, 600, capability=8.6),
    GpuKind("a40", 48, 150, 696, capability=8.6),
    GpuKind("a6000", 48, 155, 768, capability=8.6),
    GpuKind("a5500", 24, 136, 768, capability=8.6),
    GpuKind("a5000", 24, 111, 768, capability=8.6),
    GpuKind("a4500", 20, 95, 640, capability=8.6),
    GpuKind("a4000", 16, 77, 448, capability=8.6),
    GpuKind("5090", 32, 210, 1792, capability=12.0),
    GpuKind("5080", 16, 113, 960, capability=12.0),
    GpuKind("5070 ti", 16, 88, 896, capability=12.0),
    GpuKind("5070", 12, 62, 672, capability=12.0),
    GpuKind("5060 ti", 8, 47, 448, capability=12.0),
    GpuKind("5060", 8, 38, 448, capability=12.0),
    GpuKind("4090", 24, 165, 1008, (0.2, 0.8), capability=8.9),
    GpuKind("4080(?: super)?", 16, 97, 717, capability=8.9),
    GpuKind("4070 ti super", 16, 88, 672, capability=8.9),
    GpuKind("4070 ti", 12, 80, 504, capability=8.9),
    GpuKind("4070(?: super)?", 12, 58, 504, capability=8.9),
    GpuKind("4060 ti", 8, 44, 288, capability=8.9),
    GpuKind("4060", 8, 30, 272, capability=8.9),
    GpuKind("3090(?: ti)?", 24, 71, 936, (0.2, 0.8), capability=8.6),
    GpuKind("3080 ti", 12, 68, 912, capability=8.6),
    GpuKind("3080", 10, 60, 760, capability=8.6),
    GpuKind("3070(?: ti)?", 8, 41, 448, capability=8.6),
    GpuKind("3060 ti", 8, 32, 448, capability=8.6),
    GpuKind("3060", 12, 25, 360, capability=8.6),
    GpuKind("2080 ti", 11, 54, 616, capability=7.5),
    GpuKind("v100.* 32 ?gb?", 32, 112, 900, capability=7.0),
    GpuKind("v100", 16, 112, 900, capability=7.0),
    GpuKind("t4", 16, 65, 320, capability=7.5),
)

_USABLE = 0.985
"""Drivers and error correction keep the rest: an H100 sold with 80 GB has 79.2 GiB for programs."""

_SMALLER = re.compile(r"\b(?:laptop|mobile|max q|mig)\b")
"""Parts of a name by which a GPU is less than the one of the same number."""

_END = r"(?! ?(?:ti|super)\b|[a-z0-9])"
"""What must not follow a name: an A4000 is no A40, and a 3080 Ti no 3080."""

_MEMORY = re.compile(r"(?<![A-Za-z0-9.])(\d+)\s*G(?:i?B)?\b", re.IGNORECASE)


def kind_of(name: str) -> GpuKind | None:
    """What is known of a GPU by its name, such as `NVIDIA H100 80GB HBM3` or `RTX 4090`; None for one unknown."""
    plain = name.lower().replace("-", " ").replace("_", " ").replace("geforce ", "")
    if _SMALLER.search(plain):
        return None
    return next((kind for kind in KINDS if re.search(rf"\b(?:{kind.pattern}){_END}", plain)), None)


def known_names() -> list[str]:
    """Names of the kinds that the table knows, as a person writes them."""
    return sorted({re.sub(r"\(.*?\)\?|\.\*.*", "", kind.pattern.split("|")[-1]).strip().upper() for kind in KINDS})


def memory_of(name: str) -> int | None:
    """Bytes that a GPU of this name has for programs: a size in the name counts before the table."""
    found, kind = _MEMORY.search(name), kind_of(name)
    gigabytes = float(found[1]) if found else kind.memory_gb if kind else None
    return None if gigabytes is None else round(gigabytes * GIB * _USABLE)
