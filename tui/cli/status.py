"""`ttune status RUN`: where a run is, in a few lines."""

import time
from collections.abc import Iterator

from engine.hardware import HardwareReading
from engine.home import open_home
from engine.job import JobView, view
from tui.cli import ending
from tui.cli.parser import Options, Parser, add_run
from tui.cli.printing import hanging, print_json, say
from tui.cli.report import document
from tui.figures import UNKNOWN, clock, duration, loss, percent, roughly, size

_NAME_WIDTH = 10


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
        yield _named("loss", _losses(seen))
        yield _named("step", _steps(seen))
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
    yield "loss", _losses(seen)
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


def _losses(seen: JobView) -> str:
    state = seen.state
    told = loss(state.loss)
    if state.evaluations:
        told += f"  validation {loss(state.evaluations[-1].loss)}"
    if state.best:
        told += f"  best {loss(state.best.loss)} at step {state.best.step}"
    return told


def _memory(reading: HardwareReading) -> str:
    machine = f"machine {size(reading.memory_used_bytes)} of {size(reading.memory_total_bytes)}"
    return f"engine {size(reading.process_memory_bytes)}  {machine}  disk {size(reading.disk_free_bytes)} free"


def _named(name: str, text: str) -> str:
    return hanging(f"  {name:<{_NAME_WIDTH}}", text)
