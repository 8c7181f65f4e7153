"""An export that runs out of disk or is killed leaves the file that was there, and the source as it was."""

import gzip
import json
import os
import resource
import signal
import subprocess
import sys

import pytest

from tests.support import until

ROWS = 30_000
LIMIT_BYTES = 1_000_000


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text(
        "".join(json.dumps({"prompt": f"question {n} " * 20, "completion": str(n * n)}) + "\n" for n in range(ROWS))
    )
    before = path.read_bytes()
    assert export(tmp_path, path, tmp_path / "first.jsonl").wait() == 0, "imported, so that the next begins to write"
    yield path
    assert path.read_bytes() == before


def export(tmp_path, source, target, *words, **more):
    return subprocess.Popen(
        [sys.executable, "-m", "tui", "data", "export", str(source), "--to", str(target), *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"TTUNE_HOME": str(tmp_path / "home")}, **more,
    )  # fmt: skip


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "json.zst", "parquet", "arrow"])
def test_a_disk_that_is_full_is_one_line_and_nothing_is_left(tmp_path, source, suffix):
    folder = tmp_path / "out"
    folder.mkdir()
    target = folder / f"rows.{suffix}"
    target.write_text("old")
    limit = 20_000 if suffix in ("json.zst", "parquet") else LIMIT_BYTES  # packed small
    process = export(
        tmp_path, source, target, "--force",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )  # fmt: skip
    _, complaint = process.communicate()
    assert process.returncode == 2
    assert complaint == f"{target}: cannot be written: File too large: nothing was changed\n"
    assert os.listdir(folder) == [target.name]
    assert target.read_text() == "old"


def test_an_export_that_is_killed_leaves_the_old_file(tmp_path, source):
    folder = tmp_path / "out"
    folder.mkdir()
    target = folder / "rows.csv.gz"
    target.write_text("old")
    process = export(tmp_path, source, target, "--force")
    until(lambda: len(os.listdir(folder)) > 1 or process.poll() is not None, "the export to begin")
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert target.read_text() == "old"
    again = export(tmp_path, source, target, "--force")
    assert again.wait() == 0
    assert gzip.decompress(target.read_bytes()).count(b"\n") == ROWS + 1
