"""Looking through rows loads no pandas, which is installed beside `datasets`."""

import json
import subprocess
import sys

CODE = """
import sys
from pathlib import Path
from engine.data.arrow_alone import arrow_alone
arrow_alone()
from engine.data.store import open_store
from engine.data.browse.filters import filter_rows, parse_filter
from engine.data.browse.histogram import histogram, label_counts
from engine.data.browse.known import Known
from engine.data.browse.measures import measure
from engine.data.browse.order import sort_rows
from engine.data.browse.search import Search, search
store = open_store(Path("rows.jsonl"), Path("imported"))
assert store.row(1)["label"] == "b"
assert list(search(store, Search("b")))[-1].rows.tolist() == [1]
assert filter_rows(store, Known(), parse_filter("label=b n>0.5", store.fields)).tolist() == [1]
assert sort_rows(store, Known(), "label", descending=True).tolist() == [1, 0]
assert sort_rows(store, Known(), "n").tolist() == [0, 1]
assert label_counts(store, "label") == [("a", 1), ("b", 1)]
histogram(measure(store).chars)
assert not {"pandas", "datasets", "torch"} & set(sys.modules)
import pandas
assert pandas.DataFrame({"a": [1]}).a.sum() == 1
"""


def test_rows_are_looked_through_without_pandas(tmp_path):
    rows = [{"label": "a", "n": 0, "meta": 1.5}, {"label": "b", "n": 1, "meta": [1]}]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
