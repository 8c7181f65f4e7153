"""pyarrow without pandas, for front ends.

Where pandas is installed, pyarrow imports it at the first array it makes of Python's or numpy's values, to know its
types when it sees them: 0.3 s and 40 MB, for nothing where no pandas value is ever passed. Asked once while pandas
cannot be found, pyarrow does without. Whoever imports pandas later finds it as always, `to_pandas` included.
"""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from types import ModuleType


class _NoPandas(MetaPathFinder):
    """Says that pandas is not installed."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError("pandas is not needed here", name=fullname)


def arrow_alone() -> None:
    """Load pyarrow so that it does not load pandas. Does nothing where pandas is loaded already.

    For processes that make no data frames; call it before rows are read.
    """
    if "pandas" in sys.modules:
        return
    finder = _NoPandas()
    sys.meta_path.insert(0, finder)
    try:
        import pyarrow as pa

        pa.array([None]).to_numpy(zero_copy_only=False)  # both of pyarrow's halves ask, and remember the answer
    finally:
        sys.meta_path.remove(finder)
