"""The lock that an engine holds on its job folder for as long as its process lives.

POSIX record locks (`lockf`): the kernel lets go of them when the process ends, however it ends, and forked
children (data loaders, compilers) do not keep them, which `flock` would. Closing *any* descriptor of the file
drops the lock, so the engine opens it once. Front ends ask who holds it with F_GETLK, which takes no lock.
"""

import fcntl
import os
import struct
from pathlib import Path

_FLOCK = "hhqqi4x"
"""Linux `struct flock` on 64-bit: type, whence, start, length, pid."""


def acquire(path: Path) -> int | None:
    """Take the lock for the life of this process: its descriptor, or None when another engine holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode())
    return descriptor


def is_held(path: Path) -> bool:
    """Whether another process holds the lock."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        question = struct.pack(_FLOCK, fcntl.F_RDLCK, os.SEEK_SET, 0, 0, 0)
        answer = fcntl.fcntl(descriptor, fcntl.F_GETLK, question)
        return bool(struct.unpack(_FLOCK, answer)[0] != fcntl.F_UNLCK)
    finally:
        os.close(descriptor)
