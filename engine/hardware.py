"""One reading of the machine: GPUs through NVML, and this process and host through psutil.

Readings that a driver or container does not give are None, and are drawn as gaps. A single thread should
poll: some NVML calls take milliseconds and hold the driver's lock.
"""

import os
import shutil
from pathlib import Path
from typing import Any

import msgspec


class GpuReading(msgspec.Struct, frozen=True, kw_only=True):
    """One GPU at one moment."""

    index: int
    name: str
    memory_used_bytes: int | None = None
    memory_total_bytes: int | None = None
    utilisation: float | None = None
    """Share of the last sampling period with a kernel running, 0 to 1."""
    temperature_c: int | None = None
    power_w: float | None = None
    power_limit_w: float | None = None


class HardwareReading(msgspec.Struct, frozen=True, kw_only=True):
    """The machine at one moment, as the process that reads it sees it."""

    gpus: tuple[GpuReading, ...] = ()
    process_memory_bytes: int | None = None
    """Resident memory of the reading process."""
    process_cpu: float | None = None
    """CPU time over wall time since the reading before, in cores: 2.0 is two cores busy."""
    cpu: float | None = None
    """Share of all cores that was busy since the reading before, 0 to 1."""
    cores: int | None = None
    """Cores that this process may use."""
    memory_used_bytes: int | None = None
    memory_total_bytes: int | None = None
    disk_free_bytes: int | None = None
    torch_gpu_bytes: int | None = None
    """Memory that torch holds on this process's GPU, where torch is loaded."""


class HardwareMonitor:
    """Reads the machine; keeps NVML's handles open between readings. Use it from one thread."""

    def __init__(self, disk: Path) -> None:
        """`disk`: a folder on the file system whose free space matters."""
        import psutil

        self._disk = disk
        self._process = psutil.Process()
        self._process.cpu_percent()
        psutil.cpu_percent()
        self._nvml, self._handles = _open_nvml()

    def read(self) -> HardwareReading:
        """Take one reading; a part that fails is None."""
        import psutil

        memory = psutil.virtual_memory()
        return HardwareReading(
            gpus=tuple(self._read_gpu(index, handle) for index, handle in enumerate(self._handles)),
            process_memory_bytes=self._process.memory_info().rss,
            process_cpu=self._process.cpu_percent() / 100,
            cpu=psutil.cpu_percent() / 100,
            cores=usable_cores(),
            memory_used_bytes=memory.total - memory.available,
            memory_total_bytes=memory.total,
            disk_free_bytes=_free_bytes(self._disk),
        )

    def close(self) -> None:
        """Let go of NVML."""
        if self._nvml is not None and self._handles:
            _ask(self._nvml, "nvmlShutdown")

    def _read_gpu(self, index: int, handle: Any) -> GpuReading:
        nvml = self._nvml
        memory = _ask(nvml, "nvmlDeviceGetMemoryInfo", handle)
        utilisation = _ask(nvml, "nvmlDeviceGetUtilizationRates", handle)
        power_mw = _ask(nvml, "nvmlDeviceGetPowerUsage", handle)
        limit_mw = _ask(nvml, "nvmlDeviceGetEnforcedPowerLimit", handle)
        return GpuReading(
            index=index,
            name=_text(_ask(nvml, "nvmlDeviceGetName", handle)) or "GPU",
            memory_used_bytes=None if memory is None else int(memory.used),
            memory_total_bytes=None if memory is None else int(memory.total),
            utilisation=None if utilisation is None else utilisation.gpu / 100,
            temperature_c=_ask(nvml, "nvmlDeviceGetTemperature", handle, nvml.NVML_TEMPERATURE_GPU),
            power_w=None if power_mw is None else power_mw / 1000,
            power_limit_w=None if limit_mw is None else limit_mw / 1000,
        )


def usable_cores() -> int:
    """Cores that this process may use: its CPU set, not the host's count."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _open_nvml() -> tuple[Any, list[Any]]:
    """NVML and a handle for each GPU; (None, []) where there is no driver."""
    try:
        import pynvml

        pynvml.nvmlInit()
    except Exception:  # noqa: BLE001 - no driver raises NVMLError, a broken one OSError or AttributeError
        return None, []
    handles = [_ask(pynvml, "nvmlDeviceGetHandleByIndex", index) for index in range(pynvml.nvmlDeviceGetCount())]
    return pynvml, [handle for handle in handles if handle is not None]


def _ask(nvml: Any, call: str, *arguments: Any) -> Any:
    """The answer to one NVML call; None where this driver, GPU or container does not give it."""
    try:
        return getattr(nvml, call)(*arguments)
    except (nvml.NVMLError, AttributeError):
        return None


def _text(value: str | bytes | None) -> str | None:
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def _free_bytes(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None
