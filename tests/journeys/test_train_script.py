"""The exported train.py gives the same loss curve as the run that it came from, and needs no ttune."""

import ast
import json
import os
import subprocess
import sys

import pytest

from engine.bridges import export_recipe
from engine.job import view
from engine.protocol import StepDone
from engine.recipe_file import validate
from engine.start import start_training
from tests.support import finished, quickstart

STEPS = 20
SMALL = {
    "hardware.backend": "hf",
    "training.max_steps": STEPS,
    "training.micro_batch": 2,
    "training.max_length": 96,
    "training.evaluate_every": 10,
    "training.precision": "fp32",
    "data.held_out": None,
    "data.split.validation": 0.1,
    "data.split.held_out": 0,
}
TICKETS = [
    {
        "messages": [
            {"role": "user", "content": f"Ticket {number}: {'my order is late, and ' * (number % 4)}I want a refund."},
            {"role": "assistant", "content": '{"urgency": "high"}' if number % 2 else '{"urgency": "low"}'},
        ]
    }
    for number in range(44)
]
TEXTS = [{"text": f"Entry {number}. " + "The blender arrived broken. " * (number % 30)} for number in range(44)]
SEGMENTS = [
    {"segments": [{"label": False, "text": f"Question {number}: "}, {"label": True, "text": "yes, it is in the post"}]}
    for number in range(44)
]
TURNS = [
    {"messages": [*row["messages"], {"role": "user", "content": "And now?"}, row["messages"][1]]} for row in TICKETS
]


def project_of(home, rows, **settings):
    source = home.path / "rows.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    wanted = {**SMALL, "data.source": str(source), **settings}
    return quickstart(home, **{key.replace(".", "__"): value for key, value in wanted.items()})


def trained(project):
    """A run, and the loss of each of its steps."""
    run = start_training(project)
    last, events = finished(run)
    assert last.condition == "completed", last.state.finished
    return run, [event.loss for event in events if isinstance(event, StepDone)]


WITHOUT_TTUNE = """
import os, runpy, sys, traceback

class NoTtune:
    def find_spec(self, name, path=None, target=None):
        assert name.split(".")[0] not in ("engine", "tui", "projects", "themes"), name

def run(folder):
    os.chdir(folder)
    output = os.open("output.txt", os.O_WRONLY | os.O_CREAT)
    os.dup2(output, 1)
    os.dup2(output, 2)
    runpy.run_path("train.py", run_name="__main__")

def run_in_child(folder):
    child, code = os.fork(), 1
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        run(folder)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)

sys.meta_path.insert(0, NoTtune())
if sys.argv[1:]:
    run(sys.argv[1])
else:
    import datasets, peft, torch, transformers, trl
    transformers.AutoModelForCausalLM, transformers.Trainer
    for line in sys.stdin:
        print(run_in_child(line.rstrip()), flush=True)
"""
"""Runs a script where no ttune can be imported; without an argument, those of the folders that it is told, each in a
process of its own that has the libraries already: they take 4 s to import, and the scripts 1 s to run."""


def start_alone(*arguments):
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.Popen(
        [sys.executable, "-P", "-c", WITHOUT_TTUNE, *map(str, arguments)], env=environment, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def log_in(folder, code):
    assert code == 0, (folder / "output.txt").read_text()[-3000:]
    return json.loads((folder / "log.json").read_text())


@pytest.fixture(scope="module")
def run_alone():
    """The log of a folder's script, run beside libraries that others have used."""
    with start_alone() as runner:

        def run(folder):
            runner.stdin.write(f"{folder}\n")
            runner.stdin.flush()
            return log_in(folder, int(runner.stdout.readline()))

        yield run
        runner.stdin.close()


def run_by_itself(folder):
    """The log of a folder's script that imports everything itself."""
    with start_alone(folder) as runner:
        runner.communicate()
    return log_in(folder, runner.returncode)


def losses_of(log):
    return [entry["loss"] for entry in log if "loss" in entry]


@pytest.mark.parametrize(
    ("rows", "settings"),
    [
        (TICKETS, {}),
        (
            TURNS,
            {
                "training.order": "random",
                "training.accumulation": 2,
                "training.save_every": 20,
                "adapter.dropout": 0.1,
                "adapter.rslora": True,
                "adapter.targets": ["attention"],
            },
        ),
        (TEXTS, {"method.kind": "cpt", "training.max_length": 48, "training.schedule": "linear"}),
        (SEGMENTS, {"training.packing": True, "training.order": "given", "data.split.validation": 0}),
        (TICKETS, {"adapter.kind": "full", "training.learning_rate": 1e-4, "method.answers_only": False}),
    ],
    ids=["sft", "turns-rslora", "cpt", "segments-packed", "full"],
)
def test_the_script_has_the_run_s_losses(home, run_alone, rows, settings):
    project = project_of(home, rows, **settings)
    run, losses = trained(project)
    recipe = validate(run.spec.recipe)
    chosen = view(run).state.backend
    written = export_recipe(project, recipe, "train.py", home.path / "alone", name="tickets#1", backend=chosen.backend)
    imported = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name
        for node in ast.walk(ast.parse(written.text))
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert not {name.split(".")[0] for name in imported} & {"engine", "tui"}
    log = run_alone(home.path / "alone")
    assert len(losses) == STEPS
    assert losses_of(log) == pytest.approx(losses, rel=1e-4)
    measured = [it.loss for it in view(run).state.evaluations]
    assert [entry["eval_loss"] for entry in log if "eval_loss" in entry] == pytest.approx(measured, rel=1e-4)
    assert (home.path / "alone" / "trained").is_dir()


PAIRS = [
    {
        "prompt": f"Ticket {number}: {'late again, ' * (number % 5)}please help.",
        "chosen": "I am sorry. Your refund is on its way." if number % 3 else "Done: it is refunded.",
        "rejected": f"No. {'Read the terms. ' * (number % 4)}",
    }
    for number in range(44)
]
JUDGED = [
    {
        "prompt": f"Ticket {number}: help.",
        "completion": "Sorry, done." if number % 2 else "No.",
        "label": number % 2 == 1,
    }
    for number in range(44)
]
SUMS = [{"prompt": f"What is {number} + 1?", "solution": str(number + 1)} for number in range(44)]
PREFERENCE = {"training.learning_rate": 1e-4, "training.micro_batch": 2, "training.max_steps": 6}


@pytest.mark.parametrize(
    ("kind", "rows", "settings"),
    [
        ("dpo", PAIRS, {"adapter.dropout": 0.05}),
        ("dpo", PAIRS, {"adapter.kind": "full", "method.preference.loss": "ipo", "training.order": "random"}),
        ("orpo", PAIRS, {"training.accumulation": 2}),
        ("kto", JUDGED, {"method.preference.desirable_weight": 1.2}),
        ("kto", PAIRS, {"training.order": "given", "data.split.validation": 0}),
    ],
    ids=["dpo", "dpo-full", "orpo", "kto", "kto-pairs"],
)
def test_scripts_that_weigh_answers_have_the_run_s_losses(home, run_alone, kind, rows, settings):
    project = project_of(home, rows, **PREFERENCE, **{"method.kind": kind}, **settings)
    run, losses = trained(project)
    export_recipe(project, validate(run.spec.recipe), "train.py", home.path / "alone", backend="hf")
    log = run_alone(home.path / "alone")
    assert losses_of(log) == pytest.approx(losses, rel=1e-4, abs=1e-6)


def test_a_script_that_samples_answers_learns_from_the_same_rewards(home):
    (home.path / "reward.py").write_text("def score(prompt, answer, row):\n    return len(answer) % 7 / 7\n")
    rewards = [
        {"kind": "numeric"},
        {"kind": "length", "most": 40, "weight": 0.5},
        {"kind": "python", "file": str(home.path / "reward.py")},
    ]
    project = project_of(
        home, SUMS,
        **{"method.kind": "grpo", "rewards": rewards, "training.micro_batch": 4, "training.max_steps": 2},
        **{"method.grpo.generations": 4, "method.grpo.max_new_tokens": 8, "data.split.validation": 0},
    )  # fmt: skip
    run, losses = trained(project)
    export_recipe(project, validate(run.spec.recipe), "train.py", home.path / "alone", backend="hf")
    log = run_by_itself(home.path / "alone")
    assert losses_of(log) == pytest.approx(losses, rel=1e-3, abs=1e-5)
    assert {name for entry in log for name in entry if name.endswith("/mean") and name.startswith("rewards/")} == {
        "rewards/numeric/mean", "rewards/length/mean", "rewards/python/mean"
    }  # fmt: skip
