"""This machine right now: GPUs through NVML, host memory and disk."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from engine.forecast.gpus import kind_of
from engine.hardware import GpuReading, HardwareMonitor
from engine.situation import GpuFacts


@dataclass(frozen=True, slots=True)
class Machine:
    """What a run would have."""

    gpus: tuple[GpuFacts, ...]
    unsloth: bool
    disk_free_bytes: int | None
    host_free_bytes: int | None
    cores: int | None


def read_machine(disk: Path, gpus: int) -> Machine:
    """One reading; of the GPUs those that a run would use."""
    monitor = HardwareMonitor(disk)
    try:
        reading = monitor.read()
    finally:
        monitor.close()
    total, used = reading.memory_total_bytes, reading.memory_used_bytes
    found = [_facts(gpu) for gpu in reading.gpus]
    return Machine(
        gpus=tuple(gpu for gpu in found if gpu is not None)[:gpus],
        unsloth=find_spec("unsloth") is not None,
        disk_free_bytes=reading.disk_free_bytes,
        host_free_bytes=None if total is None or used is None else total - used,
        cores=reading.cores,
    )


def _facts(gpu: GpuReading) -> GpuFacts | None:
    if gpu.memory_total_bytes is None:
        return None
    free = None if gpu.memory_used_bytes is None else gpu.memory_total_bytes - gpu.memory_used_bytes
    kind = kind_of(gpu.name)
    price = sum(kind.prices) / 2 if kind and kind.prices else None
    return GpuFacts(gpu.name, gpu.memory_total_bytes, free, price_per_hour=price)
