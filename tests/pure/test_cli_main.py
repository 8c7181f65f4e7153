"""The command line's frame: help, usage mistakes, exit codes, and what becomes of failures."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.errors import RecipeError
from tui.cli import runs
from tui.cli.catalogue import COMMANDS
from tui.cli.main import main

LONG = "x" * 300
"""Longer than any file's name may be."""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TTUNE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def failing(error: BaseException):
    def run(options: object) -> int:
        raise error

    return run


def test_help_lists_every_command(capsys):
    assert main(["--help"]) == 0
    told = capsys.readouterr().out
    assert all(f"\n  {entry.name} " in told for entry in COMMANDS.values())
    assert max(map(len, told.splitlines())) <= 80


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_and_takes_json(name, capsys):
    assert main([name, "--help"]) == 0
    told = capsys.readouterr().out
    assert told.startswith(f"usage: ttune {name}")
    assert "--json" in told


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("ttune 0.")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["trian", "quickstart"], "did you mean `ttune train`?"),
        (["rnus"], "did you mean `ttune runs`?"),
        (["--frobnicate"], "no such command"),
        (["status"], "required: RUN"),
        (["train", "x", "--set"], "--set"),
        (["train", "x", "--det"], "--det"),
        (["eval", "x", "--rows", "none"], "must be a whole number from 1, not 'none'"),
        (["templates", "burn"], "invalid choice: 'burn'"),
        (["data"], "required: ACTION"),
        (["new", "x", "--prompt", "text"], "--data"),
        (["chat", "x", "--json"], "--prompt"),
        (["status", "nothing"], "`ttune runs` lists them"),
        (["status", LONG], "`ttune runs` lists them"),
        (["status", "~nobody-here/x"], "write the whole path"),
        (["train", LONG], "no such project"),
        (["train", "~nobody-here/x"], "write the whole path"),
        ([LONG], "no such project"),
        (["~nobody-here/x"], "write the whole path"),
        (["data", "show", LONG], "no such project"),
        (["data", "show", "~nobody-here/x"], "write the whole path"),
        (["new", LONG, "--if-missing"], "not a usable name"),
        (["new", "x", "--data", f"{LONG}.csv"], "cannot be read"),
        (["new", "x", "--data", "~nobody-here/x"], "write the whole path"),
        (["new", "x", "--set", "description=\udcff"], "description=‹U+DCFF›: not valid UTF-8"),
        (["new", "x", "--json", "--set", "description=\udcff"], "not valid UTF-8"),
        (["chat", "x", "--temperature", "nan"], "must be a number from 0, not 'nan'"),
        (["chat", "x", "--temperature", "inf"], "must be a number from 0, not 'inf'"),
        (["chat", "x", "--temperature", "-1"], "must be a number from 0, not '-1'"),
        (["chat", "x", "--temperature", "warm"], "must be a number from 0, not 'warm'"),
    ],
)
def test_a_mistake_is_one_line_with_the_mend(words, told, capsys):
    assert main(words) == 2
    captured = capsys.readouterr()
    assert told in captured.err
    assert captured.err.count("\n") == 1
    if "--json" not in words:
        assert captured.out == ""


def test_a_mistake_is_one_json_document_too(capsys):
    assert main(["status", "nothing", "--json"]) == 2
    assert "no such run" in json.loads(capsys.readouterr().out)["errors"][0]


def test_every_mistake_of_a_recipe_has_a_line(capsys, monkeypatch):
    monkeypatch.setattr(runs, "run", failing(RecipeError(["a: 1", "b: 2", "c: 3"])))
    assert main(["runs"]) == 2
    assert capsys.readouterr().err == "a: 1\nb: 2\nc: 3\n"


def test_what_nobody_expected_goes_to_the_log(capsys, monkeypatch, home):
    home.mkdir()
    monkeypatch.setattr(runs, "run", failing(RuntimeError("boom\nand more")))
    assert main(["runs"]) == 1
    told = capsys.readouterr().err
    assert told == f"ttune failed: RuntimeError: boom: the whole story is in {home / 'ttune.log'}\n"
    log = (home / "ttune.log").read_text()
    assert "Traceback" in log
    assert "and more" in log


def test_the_log_takes_every_text(capsys, monkeypatch, home):
    home.mkdir()
    monkeypatch.setattr(runs, "run", failing(RuntimeError("no file \udcff")))
    assert main(["runs"]) == 1
    assert "no file ‹U+DCFF›" in capsys.readouterr().err
    assert "no file \\udcff" in (home / "ttune.log").read_text()


def test_without_a_home_the_log_goes_elsewhere(capsys, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TTUNE_HOME", str(tmp_path / "file" / "home"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(runs, "run", failing(RuntimeError("boom")))
    assert main(["runs"]) == 1
    kept = Path(capsys.readouterr().err.rpartition(" in ")[2].strip())
    assert "Traceback" in kept.read_text()


def test_a_disk_error_names_the_file_and_the_mend(capsys, monkeypatch):
    monkeypatch.setattr(runs, "run", failing(OSError(errno.ENOSPC, "No space left on device", "/x/commands.jsonl")))
    assert main(["runs"]) == 2
    assert capsys.readouterr().err == "/x/commands.jsonl: the disk is full: free some space\n"


def test_an_interrupt_is_quiet(capsys, monkeypatch):
    monkeypatch.setattr(runs, "run", failing(KeyboardInterrupt()))
    assert main(["runs"]) == 130
    assert capsys.readouterr().err == ""


def test_a_reader_that_leaves_is_no_error(home):
    """As in `ttune themes | head -1`, with a pipe whose reader is gone before the first word."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "tui", "themes"], stdout=writing, stderr=subprocess.PIPE, env=os.environ, check=False
    )
    os.close(writing)
    assert done.returncode == 0
    assert done.stderr == b""
