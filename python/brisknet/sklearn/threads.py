"""An estimator's number of threads, which is the process's while its call lasts."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from brisknet import _core

_lock = threading.Lock()
os.register_at_fork(after_in_child=lambda: globals().update(_lock=threading.Lock()))
_wanted: list[int] = []  # by the calls under way
_before = 0


@contextmanager
def limited(count: int | None) -> Iterator[None]:
    """Uses at most so many threads within; None leaves the number as it is.

    The number belongs to the process. Where several calls want different ones at the same time
    the least holds, and after the last of them the number is as before the first.
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
