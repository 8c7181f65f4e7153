"""Bad input: one line that names the file, row or key and the mend, exit code 2, and never a traceback."""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

GOOD_ROWS = "".join(json.dumps({"prompt": f"question {i}", "completion": f"answer {i}"}) + "\n" for i in range(20))

PATIENCE_S = 120


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def ttune(home: Path, *words: str, **more) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tui", *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        env=os.environ | {"TTUNE_HOME": str(home)}, timeout=PATIENCE_S, **more,
    )  # fmt: skip


def refusal(done: subprocess.CompletedProcess[str], *lines_hold: tuple[str, ...], shown: str = "") -> None:
    """Exit code 2 and one line on stderr for each mistake, which holds the parts given for it.

    `shown`: what stands on stdout all the same; else nothing does.
    """
    lines = done.stderr.splitlines()
    assert done.returncode == 2, done.stderr
    assert shown in done.stdout
    assert shown or done.stdout == ""
    assert "Traceback" not in done.stderr
    assert len(lines) == len(lines_hold), done.stderr
    for line, parts in zip(lines, lines_hold, strict=True):
        for part in parts:
            assert part in line


def make_project(home: Path, recipe: str) -> Path:
    folder = home / "projects" / "mine"
    folder.mkdir(parents=True, mode=0o700)
    (folder / "project.toml").write_text(recipe)
    (folder / "rows.jsonl").write_text(GOOD_ROWS)
    return folder


def test_a_missing_model_folder(home):
    folder = make_project(home, '[model]\nbase = "models/none/here"\n[data]\nsource = "rows.jsonl"\n')
    refusal(
        ttune(home, "train", "mine", "--detach"), (str(folder / "models/none/here"), "no model folder", "model.base")
    )
    assert not (folder / "jobs").exists()


def test_a_model_folder_without_a_model(home):
    folder = make_project(home, '[model]\nbase = "."\n[data]\nsource = "rows.jsonl"\n')
    refusal(ttune(home, "train", "mine", "--detach"), (str(folder), "no config.json", "model.base"))


@pytest.mark.parametrize(
    ("name", "content", "parts"),
    [
        ("none.jsonl", None, ("no such file", "data.source")),
        ("empty.jsonl", "", ("empty",)),
        ("torn.jsonl", '{"prompt": \n[1, 2]\n', ("no usable rows", "line 1")),
        ("odd.csv", "colour,size\nred,1\nblue,2\n", ("no usable rows", "colour, size", "data.mapping.prompt")),
        ("rows.doc", "x", ("unknown kind of file", ".jsonl")),
        ("array.json", '{"prompt": 1}', ("array",)),
    ],
)
def test_a_dataset_with_no_usable_rows(home, name, content, parts):
    folder = make_project(home, f'[model]\nbase = "ttune:quickstart/model"\n[data]\nsource = "{name}"\n')
    if content is not None:
        (folder / name).write_text(content)
    refusal(ttune(home, "train", "mine", "--detach"), (str(folder / name), *parts))
    fields = "--map prompt=FIELD" if name == "odd.csv" else ""  # how rows of no format can be mapped
    refusal(ttune(home, "data", "show", "mine"), (str(folder / name), *parts), shown=fields)
    if content is not None:
        refusal(ttune(home, "new", "other", "--data", str(folder / name)), (str(folder / name), *parts))


def test_a_missing_model_and_missing_rows_are_both_told(home):
    make_project(home, '[model]\nbase = "none/there/at-all"\n[data]\nsource = "none.csv"\n')
    refusal(ttune(home, "train", "mine", "--detach"), ("none/there/at-all",), ("none.csv",))


MISTAKEN = """\
[model]
base = "ttune:quickstart/model"
[data]
source = "rows.jsonl"
[training]
learning_rat = 1e-4
epochs = -1
[adapter]
kind = "dora"
"""


def test_a_recipe_with_three_mistakes_gets_three_lines(home):
    folder = make_project(home, MISTAKEN)
    told = (
        ("project.toml", "adapter.kind", "'lora', 'qlora' or 'full'", "'dora'"),
        ("project.toml", "training.epochs", "greater than 0", "-1"),
        ("project.toml", "training.learning_rat", "did you mean training.learning_rate?"),
    )
    done = ttune(home, "train", "mine", "--detach")
    by_key = sorted(done.stderr.splitlines())
    refusal(subprocess.CompletedProcess([], done.returncode, done.stdout, "\n".join(by_key)), *told)
    as_json = ttune(home, "train", "mine", "--detach", "--json")
    assert sorted(json.loads(as_json.stdout)["errors"]) == by_key
    assert not (folder / "jobs").exists()


def test_a_recipe_that_is_no_toml(home):
    make_project(home, "[model\nbase =")
    refusal(ttune(home, "train", "mine", "--detach"), ("project.toml", "not valid TOML", "line 1"))


def test_a_setting_that_does_not_exist(home):
    make_project(home, '[model]\nbase = "ttune:quickstart/model"\n[data]\nsource = "rows.jsonl"\n')
    done = ttune(home, "train", "mine", "--set", "training.steps=5", "--set", "model=3")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


COMMANDS = [("runs",), ("new", "mine"), ("train", "mine"), ("status", "mine"), ("templates",), ("themes",)]


@pytest.mark.parametrize("words", [*COMMANDS, ()], ids=lambda words: words[0] if words else "studio")
def test_a_home_that_cannot_be_made(tmp_path, words):
    """Below a file: also root, whom no permission stops, cannot write there."""
    (tmp_path / "file").write_text("")
    home = tmp_path / "file" / "home"
    refusal(ttune(home, *words), (str(home), "make it writable, or set TTUNE_HOME"))


def test_doctor_names_a_home_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    done = ttune(tmp_path / "file" / "home", "doctor", "--json")
    assert done.returncode == 1
    (home,) = [check for check in json.loads(done.stdout)["checks"] if check["name"] == "home"]
    assert home["state"] == "fail"
    assert "TTUNE_HOME" in home["mend"]


def no_file_may_grow() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


class Volume:
    """A small volume where this user may mount one; else a limit on the size of files, which any user may set."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(path)]
        self.mounted = os.geteuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode == 0

    def fill(self) -> None:
        if not self.mounted:
            return
        with open(self.path / "ballast", "wb", buffering=0) as file:
            for size in (4096, 1):
                try:
                    while file.write(b"x" * size):
                        pass
                except OSError:
                    continue

    def limit(self) -> None:
        """For the child: what makes the volume full where none could be mounted."""
        if not self.mounted:
            no_file_may_grow()

    def forbid_writing(self) -> None:
        if self.mounted:
            subprocess.run(["mount", "-o", "remount,ro", str(self.path)], check=True)
        else:
            self._permit(0o500)

    def close(self) -> None:
        if self.mounted:
            subprocess.run(["umount", str(self.path)], check=True)
        else:
            self._permit(0o700)

    def _permit(self, mode: int) -> None:
        for folder in [self.path, *(path for path in self.path.rglob("*") if path.is_dir())]:
            folder.chmod(mode)


@pytest.fixture
def volume(tmp_path: Path) -> Iterator[Volume]:
    volume = Volume(tmp_path / "volume")
    yield volume
    volume.close()


def test_a_full_disk(volume):
    home = volume.path / "home"
    folder = make_project(home, '[model]\nbase = "ttune:quickstart/model"\n[data]\nsource = "rows.jsonl"\n')
    assert ttune(home, "runs").returncode == 0
    volume.fill()
    full = {"preexec_fn": volume.limit}
    refusal(ttune(home, "new", "other", **full), (str(home), "free some space"))
    refusal(ttune(home, "train", "mine", "--detach", **full), (str(folder), "free some space"))
    refusal(ttune(home, "templates", "save", "mine", **full), (str(home), "free some space"))
    assert [path.name for path in (home / "projects").iterdir()] == ["mine"]


def test_a_limit_on_the_size_of_files_reads_as_a_full_disk(home):
    make_project(home, '[model]\nbase = "ttune:quickstart/model"\n[data]\nsource = "rows.jsonl"\n')
    done = ttune(home, "train", "mine", "--detach", preexec_fn=no_file_may_grow)
    refusal(done, ("mine", "File too large", "free some space"))


def test_a_home_that_may_not_be_written_to(volume):
    home = volume.path / "home"
    make_project(home, '[model]\nbase = "ttune:quickstart/model"\n')
    assert ttune(home, "runs").returncode == 0
    volume.forbid_writing()
    refusal(ttune(home, "runs"), (str(home), "make it writable, or set TTUNE_HOME"))
    refusal(ttune(home, "new", "other"), (str(home), "make it writable, or set TTUNE_HOME"))


@pytest.mark.parametrize("words", [(), ("mine",)], ids=["home", "project"])
def test_no_terminal(home, words):
    make_project(home, '[model]\nbase = "ttune:quickstart/model"\n')
    refusal(ttune(home, *words), ("no terminal", "ssh -t", "ttune --help"))
