"""Events as lines: everything that matters, each once, however the journal is read."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from engine.protocol import (
    AdapterSaved,
    BackendChosen,
    CheckpointSaved,
    CommandAnswered,
    DataReady,
    Evaluated,
    Heartbeat,
    ModelLoaded,
    Notice,
    PhaseProgress,
    PhaseStarted,
    Started,
    StepDone,
    TrainingPlanned,
)
from engine.run_state import RunState, fold
from tui.cli.narrator import PROGRESS_EVERY_S, Narrator

STORY = [
    Started(kind="train", pid=7, host="box", time=0.0),
    PhaseStarted(phase="starting", time=0.0),
    BackendChosen(backend="hf", reason="there is no GPU", time=1.0),
    PhaseStarted(phase="loading", detail="the base model", time=1.0),
    ModelLoaded(name="m", parameters=1000, trainable=10, device="cpu", dtype="float32", time=2.0),
    DataReady(train_rows=1092, validation_rows=61, tokens=5000, trained_tokens=900, longest=90, time=3.0),
    TrainingPlanned(steps=3, epochs=1, micro_batch=4, accumulation=4, time=3.0),
    PhaseStarted(phase="training", time=3.0),
    StepDone(step=1, epoch=0.3, loss=2.5, learning_rate=1e-4, grad_norm=0.5, seconds=0.25, time=4.0),
    Heartbeat(time=4.5),
    StepDone(step=2, epoch=0.6, loss=None, grad_norm=None, seconds=0.25, time=5.0),
    PhaseStarted(phase="evaluating", time=5.0),
    Evaluated(step=2, loss=2.1, seconds=1.0, best=True, time=6.0),
    PhaseStarted(phase="training", time=6.0),
    CheckpointSaved(step=2, path="checkpoints/2", bytes=2048, time=6.0),
    Notice(level="warn", text="a row is odd", time=6.0),
    CommandAnswered(command="x", accepted=True, text="stopping at the next sub-step", time=6.0),
    StepDone(step=3, epoch=1.0, loss=2.0, learning_rate=0.0, grad_norm=1.5, seconds=0.25, time=7.0),
    AdapterSaved(step=3, path="adapter", bytes=1024, tensors=28, time=8.0),
]


def told(*batches, method="sft"):
    narrator, state, lines = Narrator(method), RunState(), []
    for batch in batches:
        state = fold(state, batch)
        lines += [line.partition("  ")[2] for line in narrator.tell(batch, state)]
    return lines


def test_a_run_in_lines():
    assert told(STORY) == [
        "engine started on box, process 7",
        "starting",
        "backend hf: there is no GPU",
        "loading  the base model",
        "model m: 1,000 parameters, 10 trained, float32 on cpu",
        "data 1,092 rows to train, 61 to validate; 5,000 tokens, 900 trained",
        "plan 3 steps, 1 epochs, 4 × 4 rows a step",
        "training",
        "step 1/3  loss 2.500  lr 1.0e-4  grad  0.50  0.25s",
        "step 2/3  loss —  lr —       grad     —  0.25s",
        "evaluating",
        "validation loss 2.100 at step 2  1s  best so far",
        "checkpoint of step 2 saved, 2K",
        "warn: a row is odd",
        "stopping at the next sub-step",
        "step 3/3  loss 2.000  lr 0       grad  1.50  0.25s",
        "adapter of step 3 saved, 1K; 28 tensors read back and equal",
    ]


def test_figures_of_the_method_stand_beside_its_loss():
    metrics = {"entropy": 2.0, "rewards/margins": -0.3124, "rewards/accuracies": 0.75, "logps/chosen": -302.0}
    step = StepDone(step=1, epoch=0.3, loss=0.69, learning_rate=1e-6, grad_norm=0.5, seconds=0.25, metrics=metrics)
    measured = Evaluated(step=1, loss=0.68, seconds=1.0, best=True, metrics=metrics | {"rewards/accuracies": None})
    assert told([step, measured], method="dpo") == [
        "step 1  loss 0.690  margin  −0.312  pairs right  75%  lr 1.0e-6  grad  0.50  0.25s",
        "validation loss 0.680 at step 1  1s  best so far  margin  −0.312  pairs right    —",
    ]


def test_where_the_reward_decides_it_stands_in_place_of_the_loss():
    metrics = {"reward": 0.4321, "completions/mean_length": 127.6, "frac_reward_zero_std": 1.0, "reward_std": 0.2}
    step = StepDone(step=1, epoch=0.3, loss=0.0, learning_rate=1e-6, grad_norm=0.5, seconds=0.25, metrics=metrics)
    measured = Evaluated(step=1, loss=None, seconds=1.0, best=True, metrics=metrics)
    assert told([step, measured], method="grpo") == [
        "step 1  reward 0.432  answer length  128  all alike 100%  lr 1.0e-6  grad  0.50  0.25s",
        "validation reward 0.432 at step 1  1s  best so far  answer length  128",
    ]


@given(st.lists(st.integers(0, len(STORY)), max_size=6))
def test_the_batches_in_which_a_journal_is_read_change_nothing(cuts):
    edges = [0, *sorted(cuts), len(STORY)]
    batches = [STORY[start:end] for start, end in pairwise(edges)]
    assert told(*batches) == told(STORY)


@given(st.lists(st.integers(0, 200), max_size=8))
def test_every_step_is_told_once(cuts):
    steps = [StepDone(step=number, epoch=0.1, loss=1.0, time=float(number)) for number in range(1, 201)]
    edges = [0, *sorted(cuts), len(steps)]
    lines = told(*(steps[start:end] for start, end in pairwise(edges)))
    assert [int(line.split()[1]) for line in lines] == list(range(1, 201))


def test_progress_is_told_now_and_then():
    ticks = [PhaseProgress(done=tick, total=100, unit="rows", time=tick / 10) for tick in range(1, 101)]
    lines = told([PhaseStarted(phase="tokenising", time=0.0), *ticks])
    assert lines == ["tokenising", "tokenising  50 of 100 rows", "tokenising  100 of 100 rows"]
    assert PROGRESS_EVERY_S == 5.0
