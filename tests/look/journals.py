"""Prewritten journals with fixed times, for tests of how things look. Nothing here trains: the figures are made up.

`TTUNE_HOME=/tmp/look python -m tests.look.journals` writes them as a home to look at in the studio.
"""

import math
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from engine.hardware import GpuReading, HardwareReading
from engine.home import Home, open_home
from engine.job import JobFolder, JobSpec, create
from engine.journal import append_line
from engine.project import Project, create_project
from engine.protocol import (
    AdapterSaved,
    AnyEvent,
    BackendChosen,
    CheckpointSaved,
    DataReady,
    Evaluated,
    EvaluationDone,
    Event,
    Finished,
    HardwareRead,
    Heartbeat,
    JobKind,
    MetricCompared,
    ModelLoaded,
    Notice,
    Outcome,
    PhaseProgress,
    PhaseStarted,
    Started,
    StepDone,
    TrainingPlanned,
)

NOW = 1_767_225_600.0
"""The moment at which everything is looked at: 2026-01-01 00:00 UTC."""

GIB = 1024**3
STEPS = 1000

RECIPE = """# Triage of support tickets
version = 2
description = "Support tickets into JSON: summary, urgency, category"

[model]
base = "ttune:quickstart/model"

[data]
source = "ttune:quickstart/data/tickets.jsonl"
held_out = "ttune:quickstart/data/held-out.jsonl"
"""

GPUS = (
    GpuReading(
        index=0, name="NVIDIA H200", memory_used_bytes=int(31.2 * GIB), memory_total_bytes=int(139.8 * GIB),
        utilisation=0.98, temperature_c=64, power_w=512, power_limit_w=700,
    ),
    GpuReading(
        index=1, name="NVIDIA H200", memory_used_bytes=0, memory_total_bytes=int(139.8 * GIB),
        utilisation=0.0, temperature_c=31, power_w=78, power_limit_w=700,
    ),
)  # fmt: skip


def reading(at: float, *, gpus: bool) -> HardwareReading:
    """A reading that wavers a little with time."""
    wave = math.sin(at / 7)
    busy = (msgspec.structs.replace(GPUS[0], memory_used_bytes=int((30 + wave) * GIB)), GPUS[1])
    return HardwareReading(
        gpus=busy if gpus else (), process_memory_bytes=int((1.2 + 0.05 * wave) * GIB), process_cpu=1.9 + 0.05 * wave,
        cpu=0.97, cores=2, memory_used_bytes=6 * GIB, memory_total_bytes=int(15.6 * GIB), disk_free_bytes=61 * GIB,
    )  # fmt: skip


def events(
    *, until: int, steps: int = STEPS, gpus: bool = False, overfits: bool = False, bad_step: int | None = None
) -> Iterator[tuple[float, Event]]:
    """Seconds since the start, and event, of a run that has done `until` of its steps."""
    noise = random.Random(3407)
    yield 0.0, Started(kind="train", pid=4711, host="box", versions={"ttune": "0.1.0", "torch": "2.13.0"})
    yield 0.0, PhaseStarted(phase="starting", detail="importing")
    backend = BackendChosen(
        backend="unsloth" if gpus else "hf",
        reason="fastest on this GPU" if gpus else "no GPU here; unsloth needs one",
    )
    yield 6.0, backend
    yield 6.0, PhaseStarted(phase="loading", detail="ttune:quickstart/model")
    yield 12.0, ModelLoaded(
        name="quickstart/model", parameters=8_100_000, trainable=172_032,
        device="cuda:0" if gpus else "cpu", dtype="bfloat16" if gpus else "float32",
    )  # fmt: skip
    yield 12.0, PhaseStarted(phase="tokenising", detail="1,092 rows")
    yield 13.0, PhaseProgress(done=800, total=1092, unit="rows")
    yield 14.0, DataReady(
        train_rows=1092, validation_rows=61, tokens=203_112, trained_tokens=44_772, longest=412, cut_rows=2
    )  # fmt: skip
    yield 14.0, TrainingPlanned(steps=steps, epochs=3, micro_batch=4, accumulation=4)
    yield 14.0, PhaseStarted(phase="training")
    at, best = 14.0, math.inf
    for step in range(1, until + 1):
        at += 0.7
        loss: float | None = 0.35 + 1.8 * math.exp(-step / 120) + noise.gauss(0, 0.05)
        if overfits:
            loss = 2.1 * math.exp(-step / 150) + 0.05 + noise.gauss(0, 0.02)
        yield at, StepDone(
            step=step, epoch=3 * step / steps, loss=None if step == bad_step else loss,
            learning_rate=_rate(step, steps), grad_norm=abs(0.8 + noise.gauss(0, 0.15)),
            tokens=2976, trained_tokens=656, seconds=0.7, gpu_peak_bytes=30 * GIB if gpus else None,
        )  # fmt: skip
        if step % 2 == 0:
            yield at, HardwareRead(reading=reading(at, gpus=gpus))
        if step % 100 == 0:
            yield at, PhaseStarted(phase="evaluating", detail="61 rows")
            at += 3
            measured = 0.42 + 1.6 * math.exp(-step / 130) + (0.0004 * max(0, step - 300) if overfits else 0)
            yield at, Evaluated(step=step, loss=measured, seconds=3, best=measured < best)
            if measured < best:
                best = measured
                yield at, CheckpointSaved(step=step, path=f"checkpoints/{step}", bytes=3_400_000)
            yield at, PhaseStarted(phase="training")
    yield at, Notice(level="warn", text="2 rows are longer than 2,048 tokens: their end is cut off")


def _rate(step: int, steps: int) -> float:
    warm = 0.1 * steps
    if step < warm:
        return 2e-4 * step / warm
    return 1e-4 * (1 + math.cos(math.pi * (step - warm) / (steps - warm)))


def write_run(
    project: Project,
    number: int,
    told: Iterator[tuple[float, Event]],
    *,
    ended_s_ago: float,
    outcome: Outcome | None = None,
    reason: str = "",
    mend: str = "",
) -> JobFolder:
    """A run whose last event was written `ended_s_ago` before NOW."""
    timed = list(told)
    offset = NOW - ended_s_ago - timed[-1][0]
    folder = _folder(project, "train", number, offset)
    if outcome in ("completed", "stopped"):
        step = next(event.step for _, event in reversed(timed) if isinstance(event, StepDone))
        timed.append((timed[-1][0], AdapterSaved(step=step, path="adapter", bytes=690_000, tensors=84)))
    if outcome is not None:
        timed.append((timed[-1][0], Finished(outcome=outcome, reason=reason, mend=mend)))
    _write(folder, timed, offset)
    return folder


def write_evaluation(project: Project, run: JobFolder, *, ended_s_ago: float) -> JobFolder:
    """A complete comparison of base and tuned."""
    folder = _folder(project, "evaluate", 0, NOW - ended_s_ago, of=str(run.path))
    exact = MetricCompared(base=0.521, tuned=0.833, difference=0.312, interval=(0.279, 0.344), p=1e-9)
    done = EvaluationDone(rows=412, main="exact_match", metrics={"exact_match": exact}, fixed=[1], broken=[])
    started = Started(kind="evaluate", pid=4712, host="box")
    _write(folder, [(0, started), (0, done), (0, Finished(outcome="completed"))], NOW - ended_s_ago)
    return folder


def _folder(project: Project, kind: JobKind, number: int, created: float, of: str = "") -> JobFolder:
    return create(
        project.jobs_path,
        JobSpec(
            id=f"20260101-{number:06}-{kind}-{project.name}", kind=kind, project=project.name,
            project_path=str(project.path), number=number, created=created, of=of,
            recipe={"version": 1, "model": {"base": "ttune:quickstart/model"}},
        ),
    )  # fmt: skip


def _write(folder: JobFolder, timed: list[tuple[float, Event]], offset: float) -> None:
    for seq, (at, event) in enumerate(timed, start=1):
        append_line(folder.events, msgspec.structs.replace(event, seq=seq, time=offset + at))


def all_events(told: Iterator[tuple[float, Event]]) -> list[AnyEvent]:
    """Stamped events that end at NOW, for folding without a folder."""
    timed = list(told)
    offset = NOW - timed[-1][0]
    return [
        msgspec.structs.replace(event, seq=seq, time=offset + at)  # type: ignore[misc]
        for seq, (at, event) in enumerate(timed, start=1)
    ]


def write_home(home: Home) -> dict[str, JobFolder]:
    """Two projects with runs of every fate, and one draft. Run #3 of ticket-triage lives once its lock is held."""
    triage = create_project(home, "ticket-triage", RECIPE)
    sql = create_project(home, "sql-assistant", RECIPE)
    create_project(home, "tone-dpo", RECIPE)
    runs = {
        "stopped": write_run(
            triage, 1, events(until=230), ended_s_ago=90_000, outcome="stopped", reason="asked to stop: adapter kept"
        ),
        "completed": write_run(
            triage, 2, events(until=STEPS, gpus=True), ended_s_ago=3_700, outcome="completed"
        ),
        "live": write_run(triage, 3, events(until=410, gpus=True), ended_s_ago=0.4),
        "failed": write_run(
            sql, 1, events(until=3, gpus=True), ended_s_ago=200_000, outcome="failed",
            reason="out of memory: tried to allocate 2.10 GiB",
            mend="halve training.micro_batch and double training.accumulation, or lower training.max_length",
        ),
        "dead": write_run(sql, 2, events(until=640, overfits=True), ended_s_ago=180_000),
    }  # fmt: skip
    write_evaluation(triage, runs["completed"], ended_s_ago=3_600)
    runs["live"].log.write_text("loading weights\r100%\nstep 410 \x1b[31mred\x1b[0m done\n", encoding="utf-8")
    return runs


def hold_lock(folder: JobFolder) -> "subprocess.Popen[bytes]":
    """A process that holds a run's lock, as its engine would; end it with kill()."""
    hold = (
        "import sys; from pathlib import Path; from engine import lock; "
        "lock.acquire(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", hold, str(folder.lock.absolute())], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    return process


def beat(folder: JobFolder) -> None:
    """One more sign of life."""
    append_line(folder.events, Heartbeat(seq=10**6, time=NOW))


if __name__ == "__main__":
    for made in write_home(open_home()).values():
        print(made.path)
