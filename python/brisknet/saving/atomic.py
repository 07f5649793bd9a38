"""Files that are replaced as a whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """A file to write that takes the place of `path` when the block ends without an error.

    It is written under another name in the same folder, synced, and renamed: whatever happens
    meanwhile, `path` is what it was or the whole new file, also after a loss of power. A process
    that is killed may leave the other name, '.{name}.….tmp', behind.
    """
    target = Path(path).resolve()  # where a link points to is replaced, not the link
    unfinished = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with open(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, target)
    except BaseException:
        with suppress(OSError):
            unfinished.unlink()
        raise
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
