"""Append-only files of JSON lines: one writer, any number of readers, no locks between them.

A message is one `write` on an append-only descriptor, so a reader never sees two mixed. A line torn by a
crash has no newline: readers do not consume it, and a later writer closes it first, which makes it a bad
line that is counted and skipped.
"""

import errno
import os
import threading
import time
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from engine.protocol import AnyEvent, Event

FSYNC_EVERY_S = 1.0
RESERVE_BYTES = 64 * 1024
READ_BYTES = 8 * 1024 * 1024
_TAIL_BYTES = 64 * 1024

Message = TypeVar("Message")


class Writer:
    """Appends events, numbering and timing each. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._encoder = msgspec.json.Encoder()
        self._seq = last_seq(path)
        self.resumed = self._seq > 0
        """Whether the journal held events already: another process wrote before this one."""
        self._ended = False
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._synced = time.monotonic()
        self._reserve = path.with_suffix(".reserve")
        self._keep_reserve()
        self._close_torn_line()

    def append(self, event: Event, *, sync: bool = False, last: bool = False) -> Event:
        """Write one event and return it as written; `sync` waits until it is on the disk.

        On a full disk the last event takes the space kept for it, so that the engine can still say why it ends.
        What other threads append after the last event is not written.
        """
        with self._lock:
            if self._ended:
                return event
            self._ended = last
            stamped = msgspec.structs.replace(event, seq=self._seq + 1, time=time.time())
            line = self._encoder.encode(stamped) + b"\n"
            try:
                self._write(line)
            except OSError as error:
                if not last or error.errno not in (errno.ENOSPC, errno.EDQUOT):
                    raise
                self._reserve.unlink(missing_ok=True)
                self._write(line)
            self._seq += 1
            if sync or time.monotonic() - self._synced >= FSYNC_EVERY_S:
                os.fsync(self._file)
                self._synced = time.monotonic()
            return stamped

    def close(self) -> None:
        """Make everything durable and let go of the reserve."""
        with self._lock:
            os.fsync(self._file)
            os.close(self._file)
            self._reserve.unlink(missing_ok=True)

    def _write(self, line: bytes) -> None:
        """All of `line` or nothing of it."""
        start = os.fstat(self._file).st_size
        written = os.write(self._file, line)
        if written == len(line):
            return
        try:
            os.write(self._file, line[written:])
        except OSError:
            os.ftruncate(self._file, start)
            raise

    def _keep_reserve(self) -> None:
        try:
            self._reserve.write_bytes(os.urandom(RESERVE_BYTES))
        except OSError:
            self._reserve.unlink(missing_ok=True)

    def _close_torn_line(self) -> None:
        size = os.fstat(self._file).st_size
        if size and _read_at(self._path, size - 1, 1) != b"\n":
            os.write(self._file, b"\n")


class Reader(Generic[Message]):
    """Reads what was appended since the last call. Cheap to poll, also on network file systems."""

    def __init__(self, path: Path, messages: Any) -> None:
        """`messages`: the tagged union to decode, such as `AnyEvent`."""
        self._path = path
        self._decoder = msgspec.json.Decoder(messages)
        self._inode: int | None = None
        self._offset = 0
        self.skipped = 0
        """Lines passed over so far: torn, or of a kind that this version does not know."""

    def read(self) -> list[Message]:
        """The complete messages appended since the last call; [] when there are none or no file yet."""
        messages: list[Message] = []
        while lines := self._next_lines():
            for line in lines:
                try:
                    messages.append(self._decoder.decode(line))
                except (msgspec.DecodeError, UnicodeDecodeError):
                    self.skipped += 1
        return messages

    def _next_lines(self) -> list[bytes]:
        try:
            with open(self._path, "rb") as file:
                self._notice_replacement(os.fstat(file.fileno()))
                file.seek(self._offset)
                block = file.read(READ_BYTES)
                while block and b"\n" not in block and (more := file.read(READ_BYTES)):
                    block += more
        except FileNotFoundError:
            return []
        complete = block.rfind(b"\n") + 1
        self._offset += complete
        return [line for line in block[:complete].split(b"\n") if line]

    def _notice_replacement(self, status: os.stat_result) -> None:
        if self._inode is not None and (self._inode != status.st_ino or status.st_size < self._offset):
            self._offset = 0
        self._inode = status.st_ino


def read_events(path: Path) -> list[AnyEvent]:
    """Every whole event of a journal."""
    return Reader[AnyEvent](path, AnyEvent).read()


def append_line(path: Path, message: msgspec.Struct) -> None:
    """Append one message with one write; for files that several processes append to."""
    line = msgspec.json.encode(message) + b"\n"
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.write(file, line)
    finally:
        os.close(file)


def last_seq(path: Path) -> int:
    """The `seq` of the last whole event; 0 for a new journal. Looks at the file's tail first, then at all of it."""
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        return 0
    for start in sorted({max(0, size - _TAIL_BYTES), 0}, reverse=True):
        for line in reversed(_read_at(path, start, size - start).split(b"\n")):
            try:
                return msgspec.json.decode(line, type=_Numbered).seq
            except msgspec.DecodeError:
                continue
    return 0


class _Numbered(msgspec.Struct):
    """The one field of an event that numbering goes on from."""

    seq: int


def _read_at(path: Path, offset: int, count: int) -> bytes:
    with open(path, "rb") as file:
        file.seek(offset)
        return file.read(count)
