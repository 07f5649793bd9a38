"""An estimator's number of threads, which applies to the whole process during a call."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from brisknet import _core

_lock = threading.Lock()
os.register_at_fork(after_in_child=lambda: globals().update(_lock=threading.Lock()))
_wanted: list[int] = []  # the numbers requested by the current calls
_before = 0


@contextmanager
def limited(count: int | None) -> Iterator[None]:
    """Limits the number of threads within the block; None leaves it unchanged.

    The number applies to the whole process. If concurrent calls request different numbers, the
    smallest applies; after the last of them ends, the original number is restored.
    """
    global _before
    if count is None:
        yield
        return
    with _lock:
        _wanted.append(int(count))
        before = _core.set_num_threads(min(_wanted))
        if len(_wanted) == 1:
            _before = before
    try:
        yield
    finally:
        with _lock:
            _wanted.remove(int(count))
            _core.set_num_threads(min(_wanted, default=_before))
