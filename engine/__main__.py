"""`python -P -m engine JOB_DIR`: take the job's lock, do the job, and always end with a `Finished` event.

The process is detached: a session of its own, deaf to hang-ups, its output in `engine.log`. SIGTERM, which is how
a box is taken away, stops the job as a front end would.
"""

import errno
import os
import platform
import signal
import socket
import sys
import threading
import time
import traceback
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from types import FrameType

import msgspec

import engine
from engine import lock
from engine.errors import UserError
from engine.hardware import HardwareMonitor
from engine.job import JobFolder
from engine.jobs import runner
from engine.jobs.context import JobContext, Stopped
from engine.journal import Writer
from engine.protocol import Finished, HardwareRead, Heartbeat, PhaseStarted, Started

HEARTBEAT_S = 3.0
READING_S = 1.0
_PACKAGES = ("torch", "transformers", "trl", "peft", "unsloth", "bitsandbytes", "datasets")


def main(arguments: list[str]) -> int:
    """Run the job of a folder; 0 when it completed or stopped, 1 when it failed, 2 when it could not begin."""
    folder = JobFolder(Path(arguments[0]).absolute())
    if lock.acquire(folder.lock) is None:
        print(f"{folder.path}: another engine is at work on it", file=sys.stderr)
        return 2
    context = JobContext(folder, Writer(folder.events))
    _detach(context)
    context.emit(_started(folder))
    context.emit(PhaseStarted(phase="starting", detail="importing"))
    for work in (context.listen, lambda: _beat(context), lambda: _watch_hardware(context)):
        threading.Thread(target=work, daemon=True).start()
    finished = _run(context)
    context.journal.append(finished, sync=True, last=True)
    context.journal.close()
    _leave(1 if finished.outcome == "failed" else 0)
    return 0


def _detach(context: JobContext) -> None:
    if os.getpgrp() != os.getpid():  # started by hand; `launch` has made the session already
        os.setsid()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def stop(number: int, frame: FrameType | None) -> None:
        context.request_stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


def _run(context: JobContext) -> Finished:
    """Do the job; whatever happens becomes the last event."""
    try:
        reason = runner(context.folder.spec.kind)(context)
    except Stopped as stopped:
        return Finished(outcome="stopped", reason=str(stopped))
    except UserError as error:
        return Finished(outcome="failed", reason=str(error))
    except BaseException as error:  # noqa: BLE001 - the journal must say why, whatever it was
        with suppress(OSError):  # the log may be on the full disk that ended it
            traceback.print_exc()
        return explain(error, context.folder)
    return Finished(outcome="completed", reason=reason or "")


def explain(error: BaseException, folder: JobFolder) -> Finished:
    """A failure in plain words, with the mend where one is known; the traceback is in the log."""
    text = (str(error).strip().splitlines() or [""])[0][:300]
    if type(error).__name__ == "OutOfMemoryError" or "out of memory" in text.lower() or isinstance(error, MemoryError):
        return Finished(
            outcome="failed",
            reason=f"out of memory: {text}" if text else "out of memory",
            mend="halve training.micro_batch and double training.accumulation, or lower training.max_length",
        )
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Finished(
            outcome="failed", reason=f"{error.filename or folder.path}: the disk is full",
            mend="free some space, then start again",
        )  # fmt: skip
    return Finished(
        outcome="failed", reason=f"{type(error).__name__}: {text}", mend=f"the whole story is in {folder.log}"
    )


def _started(folder: JobFolder) -> Started:
    versions = {"ttune": engine.__version__, "python": platform.python_version()}
    for package in _PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return Started(kind=folder.spec.kind, pid=os.getpid(), host=socket.gethostname(), versions=versions)


def _beat(context: JobContext) -> None:
    while True:
        with suppress(OSError):  # a full disk is the job's to report
            context.emit(Heartbeat())
        time.sleep(HEARTBEAT_S)


def _watch_hardware(context: JobContext) -> None:
    monitor = HardwareMonitor(context.folder.path)
    while True:
        time.sleep(READING_S)
        with suppress(OSError):
            reading = msgspec.structs.replace(monitor.read(), torch_gpu_bytes=_torch_gpu_bytes())
            context.emit(HardwareRead(reading=reading))


def _torch_gpu_bytes() -> int | None:
    """What torch holds on the GPU once the job has loaded it; NVML may not tell in a container."""
    torch = sys.modules.get("torch")
    cuda = getattr(torch, "cuda", None)
    return int(cuda.memory_reserved()) if cuda is not None and cuda.is_initialized() else None


def _leave(code: int) -> None:
    """End at once: threads of torch and its data loaders sometimes keep a finished process for minutes."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
