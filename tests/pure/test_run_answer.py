"""What the Run pane and the pulse line say in words, for every fate of a run, at every width."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.hardware import GpuReading, HardwareReading
from engine.job import JobFolder, JobSpec, JobView, create
from engine.log import Log
from engine.protocol import (
    AdapterSaved,
    DataReady,
    Evaluated,
    Finished,
    HardwareRead,
    ModelLoaded,
    Notice,
    StepDone,
    TrainingPlanned,
)
from engine.run_state import PhaseSpan, RunState
from tui.panes.run.answer import answer, figures
from tui.panes.run.details import bar, details
from tui.panes.run.log_view import tail
from tui.panes.run.measured import measured
from tui.panes.run.plots import loss_plot
from tui.panes.run.series import Series
from tui.widgets.painted import cells
from tui.widgets.pulse import PulseLine, machine_part

STEPS = Log(StepDone(step=number, epoch=0.1, loss=3 - 0.02 * number, seconds=1) for number in range(1, 41))
PLAN = TrainingPlanned(steps=100, epochs=1, micro_batch=4, accumulation=4)
TRAINING = (PhaseSpan("starting", "", 0, 5), PhaseSpan("training", "", 5))


@pytest.fixture
def folder(tmp_path) -> JobFolder:
    spec = JobSpec(
        id="20260101-000000-train-x", kind="train", project="x", project_path=str(tmp_path), number=3, created=0,
        recipe={"version": 1},
    )  # fmt: skip
    return create(tmp_path, spec)


def words(lines) -> str:
    return "\n".join("".join(text for text, _ in line) for line in lines)


def pulse(view: JobView | None, width: int = 120) -> str:
    line = PulseLine("tickets")
    line._view, line._note = view, ""
    return words(line.paint(width, 1))


def test_a_live_run(folder):
    state = RunState(started=0, last_event=45, phases=TRAINING, steps=STEPS, plan=PLAN)
    view = JobView(folder, state, "running")
    assert words(answer(view, 100)) == " ✓ Learning: training loss 2.890 → 2.290."
    assert pulse(view) == " tickets ● #3 training  40% · loss 2.200 ↓ · 1m 00s left"


def test_a_silent_engine_is_said_to_be_silent(folder):
    state = RunState(started=0, last_event=45, pid=77, phases=TRAINING, steps=STEPS, plan=PLAN)
    view = JobView(folder, state, "running", silent_s=32.4)
    assert "written nothing for 32s (process 77 lives)" in words(answer(view, 200))
    assert "not responding for 32s" in pulse(view)


def test_a_run_before_its_first_step_tells_what_it_does(folder):
    phases = (PhaseSpan("tokenising", "950 rows", 0, done=400, total=950, unit="rows"),)
    view = JobView(folder, RunState(started=0, phases=phases), "running")
    assert words(answer(view, 100)) == " · Tokenising 400 of 950 rows: 950 rows."
    assert "tokenising  42%" in pulse(view)


def test_a_dead_run_tells_its_last_step_and_what_the_log_says(folder):
    folder.log.write_text("loading\nKilled by \x1b[31mthe kernel\n")
    view = JobView(folder, RunState(started=0, last_event=45, phases=TRAINING, steps=STEPS), "dead")
    said = words(answer(view, 300))
    assert "The engine is gone at step 40 without a last word" in said
    assert "Killed by ␛[31mthe kernel" in said
    assert "dead at step 40" in pulse(view)


def test_a_failed_run_tells_the_reason_and_the_mend(folder):
    failed = Finished(outcome="failed", reason="out of memory: 2 GiB", mend="halve training.micro_batch")
    view = JobView(folder, RunState(started=0, last_event=9, finished=failed), "failed")
    assert words(answer(view, 100)) == " ✗ Out of memory: 2 GiB.\n → Halve training.micro_batch"
    assert "failed before its first step" in pulse(view)


def test_a_completed_run_tells_what_was_saved(folder):
    state = RunState(
        started=0, last_event=125, finished=Finished(outcome="completed"), steps=STEPS,
        adapter=AdapterSaved(step=40, path="adapter", bytes=3_400_000, tensors=84),
    )  # fmt: skip
    said = words(answer(JobView(folder, state, "completed"), 200))
    assert "Completed after 2m 05s. Adapter of step 40 saved: 3M, 84 tensors read back equal." in said
    assert "Learned:" in said


def test_no_run_yet_teaches():
    assert "t starts one" in words(answer(None, 80))
    assert pulse(None) == " tickets no run yet"


@given(st.integers(1, 160), st.integers(1, 5))
def test_whatever_the_room_the_answer_fits(width, most):
    folder = JobFolder(Path("/nowhere"))
    failed = Finished(outcome="failed", reason="word " * 40 + "\x1b]0;x\x07", mend="y" * 300)
    view = JobView(
        folder, RunState(finished=failed, steps=STEPS, notices=Log([Notice(level="warn", text="x")])), "failed"
    )
    lines = answer(view, width, most)
    assert len(lines) <= most
    assert all(text.isprintable() for line in lines for text, _ in line)
    if width >= 16:
        assert all(cells(line) <= width for line in lines)


@pytest.mark.parametrize("width", [30, 46, 80])
def test_details_hold_machine_phases_and_facts(folder, width):
    gpu = GpuReading(
        index=0, name="NVIDIA H200", memory_used_bytes=31 << 30, memory_total_bytes=140 << 30, utilisation=0.98
    )
    state = RunState(
        phases=TRAINING, last_event=50, plan=PLAN, steps=STEPS,
        model=ModelLoaded(name="m\x1b[1m", parameters=10_000, trainable=100, device="cuda:0", dtype="nf4"),
        data=DataReady(train_rows=950, validation_rows=50, tokens=9, trained_tokens=3, longest=5, cut_rows=1),
        readings=Log([HardwareRead(reading=HardwareReading(gpus=(gpu,), disk_free_bytes=1 << 30))]),
    )  # fmt: skip
    said = words(details(JobView(folder, state, "running", skipped=2), width))
    for part in ("GPU0", "98%", "starting", "training", "m␛[1m", "950 rows", "4 × 4 = 16", "2 lines passed over"):
        assert part in said.replace("\n" + " " * 12, " ")


def test_without_a_gpu_the_process_is_shown(folder):
    reading = HardwareReading(process_memory_bytes=1 << 30, process_cpu=1.9, cores=2, memory_total_bytes=16 << 30)
    view = JobView(folder, RunState(readings=Log([HardwareRead(reading=reading)])), "running")
    assert "1.9 of 2 cores" in words(details(view, 46))
    assert words([machine_part(reading, 40)]) == "CPU 190% 1.0G"


def test_figures_name_the_glyphs_of_the_chart():
    said = words([figures(RunState(steps=STEPS, plan=PLAN), 200, 2.25)])
    assert said.startswith(" loss  2.200   smoothed  2.250   step 40 of 100, ")


@given(st.floats(-1, 2), st.integers(0, 30))
def test_a_bar_is_as_wide_as_it_shall_be(share, width):
    assert len(bar(share, width)) == width
    assert bar(None, width) == " " * width


def test_the_end_of_a_log_shows_progress_bars_at_their_last_state(tmp_path):
    path = tmp_path / "engine.log"
    path.write_text("first\n\nloading 1%\rloading 100%\r\n\x1b[31mred\x1b[0m\n")
    assert tail(path) == ["first", "loading 100%", "␛[31mred␛[0m"]
    path.write_text("cut here\n" + "x" * 70_000 + "\nlast\n")
    assert tail(path) == ["last"]
    assert tail(tmp_path / "missing") == []


def of_method(tmp_path, kind: str) -> JobFolder:
    spec = JobSpec(
        id=f"20260101-000000-train-{kind}", kind="train", project="x", project_path=str(tmp_path), number=3, created=0,
        recipe={"version": 2, "method": {"kind": kind}},
    )  # fmt: skip
    return create(tmp_path, spec)


def rewarded(last: int, **known) -> RunState:
    """A run of grpo whose reward rises by 0.02 a step, its loss near 0."""
    steps = [
        StepDone(
            step=number, epoch=0.1, loss=0.001, seconds=1,
            metrics={"reward": 0.02 * number, "rewards/\x1b[2J/mean": 0.5, "frac_reward_zero_std": 0.1, "new": -7.0},
        )
        for number in range(1, last + 1)
    ]  # fmt: skip
    metrics = {"reward": 0.6, "frac_reward_zero_std": 1.0}
    measured = Evaluated(step=last, loss=None, seconds=1, best=True, metrics=metrics)
    return RunState(
        started=0, last_event=45, phases=TRAINING, steps=Log(steps), plan=PLAN, evaluations=Log([measured]), **known
    )


def test_a_run_that_rewards_decide_is_read_by_its_reward(tmp_path):
    view = JobView(of_method(tmp_path, "grpo"), rewarded(40), "running")
    assert words(answer(view, 100)) == " ✓ Learning: reward 0.110 → 0.710."
    shown = words([figures(view.state, 100, 0.75)])
    assert shown.startswith(" reward  0.800   smoothed  0.750   ◇ validation  0.600   ◆ best 0.600 @40")


def test_details_show_what_the_method_measures(tmp_path):
    view = JobView(of_method(tmp_path, "grpo"), rewarded(40), "running")
    shown = words(details(view, 46))
    assert re.search(r"mean of the last +10 steps +validation", shown)
    assert re.search(r"reward ↑ +0\.710 +0\.600\n", shown)
    assert re.search(r"␛\[2J reward ↑ +0\.500 +—\n", shown)
    assert re.search(r"all alike ↓ +10% +—\n", shown)
    assert re.search(r"new +−7\.000 +—\n", shown)
    assert "\x1b" not in shown


def test_details_of_a_run_without_figures_say_nothing_of_them(folder):
    view = JobView(folder, RunState(started=0, last_event=45, phases=TRAINING, steps=STEPS, plan=PLAN), "running")
    assert "Measured" not in words(details(view, 46))


@given(st.integers(20, 140))
def test_measured_lines_fit(tmp_path_factory, width):
    view = JobView(of_method(tmp_path_factory.mktemp("jobs"), "grpo"), rewarded(3), "running")
    assert all(cells(line) <= width for line in measured(view, width) if width >= 30)


def test_rewards_are_drawn_and_marked_in_place_of_the_loss():
    state, series = rewarded(40), Series()
    series.update(state)
    plot = loss_plot(series, state, log=False)
    assert plot.curves[0].y[-1] == pytest.approx(0.8)
    assert [(mark.y, mark.glyph) for mark in plot.marks] == [(0.6, "◆")]
