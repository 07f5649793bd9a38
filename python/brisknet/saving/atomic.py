"""Files that are replaced as a whole or not at all."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import socket
import stat
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO

# The writer's machine and process, and a random number: short, as a target's name may be 255 bytes.
_UNFINISHED = re.compile(r"\.brisknet-([0-9a-f]{8})-\d+-[0-9a-f]{8}\.tmp")
_DAY = 86400.0


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """A file to write that takes the place of `path` when the block ends without an error.

    It is written under another name in the same folder, synced, and renamed: whatever happens
    meanwhile, `path` is what it was or the whole new file, also after a loss of power. The new
    file has the old one's mode and, where that is permitted, owner and group. Where a link points
    to is replaced, not the link.

    A process that is killed may leave the other name, '.brisknet-….tmp', behind; the next that
    writes into the folder removes it. A living process holds a lock on its own.

    Raises:
        OSError: if it cannot be written, is read-only, or is there and no regular file, as a
            folder, a FIFO and a device are not.
    """
    target = os.path.realpath(path)
    old = _regular(target)
    folder = os.path.dirname(target)
    _remove_leftovers(folder)
    while True:
        unfinished = os.path.join(folder, _new_name())
        try:
            with open(unfinished, "xb") as file:
                if not _claim(file):
                    continue
                if old is not None:
                    _keep_mode_and_owner(file, old)
                yield file
                file.flush()
                os.fsync(file.fileno())
                os.replace(unfinished, target)  # while it is locked
            break
        except BaseException:
            with suppress(OSError):
                os.unlink(unfinished)
            raise
    # The file is there, so that nothing is an error any more: a folder may be unreadable.
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _regular(target: str) -> os.stat_result | None:
    """The state of the file that is to be replaced; None where there is none."""
    try:
        state = os.stat(target)
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(state.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), target)
    if not stat.S_ISREG(state.st_mode):
        raise FileExistsError(errno.EEXIST, "Not a regular file, so it is not replaced", target)
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), target)
    return state


def _new_name() -> str:
    return f".brisknet-{_machine()}-{os.getpid()}-{os.urandom(4).hex()}.tmp"


def _machine() -> str:
    return f"{zlib.crc32(socket.gethostname().encode()):08x}"


def _claim(file: IO[bytes]) -> bool:
    """Locks a new file; False where another process has just taken it for a leftover."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # a file system without locks, where nobody removes leftovers
    return os.fstat(file.fileno()).st_nlink > 0


def _keep_mode_and_owner(file: IO[bytes], old: os.stat_result) -> None:
    """Gives a file, still empty, the mode and owner of the one that it replaces."""
    descriptor, mode = file.fileno(), stat.S_IMODE(old.st_mode)
    os.fchmod(descriptor, 0o600)
    new = os.fstat(descriptor)
    if new.st_gid != old.st_gid:
        try:
            os.fchown(descriptor, -1, old.st_gid)
        except OSError:  # what the old group may do another must not
            mode = mode & ~0o070 | (mode & 0o007) << 3
    if new.st_uid != old.st_uid:
        with suppress(OSError):
            os.fchown(descriptor, old.st_uid, -1)
    with suppress(OSError):
        os.fchmod(descriptor, mode)


def _remove_leftovers(folder: str) -> None:
    """Removes what processes that are dead have not finished in a folder."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if found := _UNFINISHED.fullmatch(entry.name):
                with suppress(OSError):
                    _remove_if_unlocked(entry.path, found[1] == _machine())


def _remove_if_unlocked(path: str, ours: bool) -> None:
    flags = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with open(os.open(path, flags), "rb", buffering=0) as file:
        state = os.fstat(file.fileno())
        # On a shared disk, another machine's locks may not be seen.
        if stat.S_ISREG(state.st_mode) and (ours or state.st_mtime < time.time() - _DAY):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.unlink(path)
