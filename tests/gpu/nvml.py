"""Memory in use on a GPU as its driver sees it, by anybody; knows no torch, so that it can look before torch does."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

POLL_S = 0.02


class Nvml:
    """Memory in use on the device, its peak kept by a thread. Everything is None where there is no NVML."""

    def __init__(self) -> None:
        """Take the reading of before: make this before torch touches the GPU."""
        self._nvml, self._handles = _open()
        self._idle = {uuid: self._used(handle) for uuid, handle in self._handles.items()}
        self._handle: Any = None
        self.before: int | None = None
        self.peak: int | None = None

    def choose(self, uuid: str) -> None:
        """The GPU that torch uses, by its UUID; the only one where names differ."""
        key = next((key for key in self._handles if uuid and uuid in key), next(iter(self._handles), None))
        if key is not None:
            self._handle, self.before = self._handles[key], self._idle[key]

    def used(self) -> int | None:
        """Bytes in use on the device right now, by anybody."""
        return None if self._handle is None else self._used(self._handle)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Keep the peak, from now."""
        self.peak = self.used()
        ended = threading.Event()
        thread = threading.Thread(target=self._watch, args=(ended,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _watch(self, ended: threading.Event) -> None:
        while not ended.wait(POLL_S):
            self.look()

    def look(self) -> None:
        """Take one reading into the peak."""
        used = self.used()
        if used is not None:
            self.peak = max(used, self.peak or 0)

    def _used(self, handle: Any) -> int:
        return int(self._nvml.nvmlDeviceGetMemoryInfo(handle).used)


def _open() -> tuple[Any, dict[str, Any]]:
    try:
        import pynvml

        pynvml.nvmlInit()
    except Exception:  # noqa: BLE001 - no driver, or a broken one
        return None, {}
    handles = {}
    for index in range(pynvml.nvmlDeviceGetCount()):
        handle = pynvml.nvmlDeviceGetHandleByIndex(index)
        uuid = pynvml.nvmlDeviceGetUUID(handle)
        handles[uuid.decode() if isinstance(uuid, bytes) else uuid] = handle
    return pynvml, handles
