"""What a GPU can do, by its name: nothing else is known of one that is elsewhere."""

import re

from engine.forecast.gpus import kind_of

_BF16_FROM = 8.0
"""CUDA compute capability from which bfloat16 is computed: Ampere."""
_OLDER = re.compile(
    r"\b(?:V100S?|GV100|P100|GP100|P40|P4|P6|T4G?|T10|T40|K[1-8]0M?|K520|M4|M6|M10|M40|M60"  # Tesla
    r"|GTX|TITAN|20[678]0|16[356]0|10[1-8]0|9[5-8]0"  # GeForce
    r"|Quadro|P[1-6]\d00|P[456][02]0|T[45]\d0|T6\d0|T1000|T1200|T2000|NVS"  # for desks; Ampere's are RTX A, no Quadro
    r"|MX[1-4]\d0|MX550|CMP [345]0HX|Xavier|Tegra)(?![0-9])",
    re.IGNORECASE,
)
"""Names of GPUs before Ampere."""


def has_bf16(name: str) -> bool:
    """Whether a GPU of this name computes in bfloat16: by its compute capability where the table of the forecast has
    it, else all do but those that are known to be older."""
    kind = kind_of(name)
    return kind.capability >= _BF16_FROM if kind is not None else not _OLDER.search(name)
