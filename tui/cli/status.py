"""`ttune status RUN`: where a run is, in a few lines."""

import time
from collections.abc import Iterator

from engine.hardware import HardwareReading
from engine.home import open_home
from engine.job import JobView, view
from engine.method_figures import (
    LAST,
    WAYS,
    decides,
    deciding,
    figure,
    method_of,
    ordered,
    recent,
    validated,
    written,
)
from tui.cli import ending
from tui.cli.parser import Options, Parser, add_run
from tui.cli.printing import hanging, print_json, say
from tui.cli.report import document
from tui.figures import UNKNOWN, clock, duration, loss, percent, plural, roughly, size
from tui.visible import one_line

_NAME_WIDTH = 10
_LABEL_WIDTH = 15


def add_arguments(parser: Parser) -> None:
    """The run."""
    add_run(parser)


def run(options: Options) -> int:
    """Print the run's state. The code is 0 whatever the run's own outcome was."""
    from engine.project import find_run

    seen = view(find_run(open_home(), options.run))
    if options.json:
        print_json(document(seen))
    else:
        for line in describe(seen):
            say(line)
    return 0


def describe(seen: JobView) -> Iterator[str]:
    """The run in lines."""
    if seen.live:
        yield f"{ending.GLYPHS[seen.condition]} {ending.label(seen.folder)} {seen.condition}"
        yield from (_named(name, text) for name, text in _progress(seen))
    else:
        yield from ending.lines(seen)
        yield _named(*_losses(seen))
        yield _named("step", _steps(seen))
    yield from _measured(seen)
    if seen.state.backend:
        yield _named("backend", f"{seen.state.backend.backend}: {seen.state.backend.reason}")
    yield _named("run", seen.folder.id)
    yield _named("folder", str(seen.folder.path))


def _progress(seen: JobView) -> Iterator[tuple[str, str]]:
    state = seen.state
    if seen.silent_s is not None:
        yield "silent", f"not responding for {duration(seen.silent_s)}; its engine lives, process {state.pid}"
    if state.phase:
        yield "phase", f"{state.phase.phase}  {state.phase.detail}".rstrip()
    yield "step", _steps(seen)
    yield _losses(seen)
    left = state.eta_s
    yield "ETA", UNKNOWN if left is None else f"{roughly(left)}, at {clock(time.time() + left)}"
    if state.reading:
        yield "memory", _memory(state.reading)
        for gpu in state.reading.gpus:
            used = f"{size(gpu.memory_used_bytes)} of {size(gpu.memory_total_bytes)}"
            heat = UNKNOWN if gpu.temperature_c is None else f"{gpu.temperature_c} °C"
            power = UNKNOWN if gpu.power_w is None else f"{gpu.power_w:.0f} W"
            yield f"GPU {gpu.index}", f"{gpu.name}  {used}  {percent(gpu.utilisation).strip()} busy  {heat}  {power}"


def _steps(seen: JobView) -> str:
    state = seen.state
    if state.plan is None:
        return UNKNOWN
    return f"{state.step} of {state.plan.steps}  ({percent(state.step / state.plan.steps).strip()})"


def _losses(seen: JobView) -> tuple[str, str]:
    """The loss, or the reward where it says nothing: of the newest step, of the newest evaluation, of the best one."""
    state = seen.state
    if not state.steps:
        return "loss", UNKNOWN
    name, told = decides(state.steps[-1]), loss(deciding(state.steps[-1]))
    if state.evaluations:
        told += f"  validation {loss(deciding(state.evaluations[-1]))}"
    if state.best:
        told += f"  best {loss(deciding(state.best))} at step {state.best.step}"
    return name, told


def _measured(seen: JobView) -> Iterator[str]:
    """What the method measures beside its loss: a line a figure, with what it says."""
    state, method = seen.state, method_of(seen.folder.spec.recipe)
    told = validated(state.evaluations[-1] if state.evaluations else None)
    names = ordered(method, told, *(step.metrics for step in state.steps[-LAST:]))
    if not names:
        return
    over = plural(min(LAST, len(state.steps)), "step")
    yield _named("measured", f"mean of the last {over}, then the last validation; ↑ ↓ the way that is good")
    for name in names:
        known = figure(method, name)
        both = [written(known.unit, value) or UNKNOWN for value in (recent(state.steps, name), told.get(name))]
        label = one_line(known.label, _LABEL_WIDTH)
        yield hanging(f"    {label:<{_LABEL_WIDTH}}{both[0]:>9}{both[1]:>9}  {WAYS[known.good]} ", known.told).rstrip()


def _memory(reading: HardwareReading) -> str:
    machine = f"machine {size(reading.memory_used_bytes)} of {size(reading.memory_total_bytes)}"
    return f"engine {size(reading.process_memory_bytes)}  {machine}  disk {size(reading.disk_free_bytes)} free"


def _named(name: str, text: str) -> str:
    return hanging(f"  {name:<{_NAME_WIDTH}}", text)
