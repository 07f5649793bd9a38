"""Delaying Ctrl-C until the model is in a consistent state."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any


class Interrupts:
    """A context that delays SIGINT, except in the parts that are open to it.

    A KeyboardInterrupt at an arbitrary point could leave a model with some weights updated and
    others not, or with its lock held. So the previous handler (Python's or the user's) is called
    immediately only while the context is open; otherwise, when it next opens or ends.

        with Interrupts() as interrupts:
            …  # delayed
            with interrupts.open:
                …  # immediate
                with interrupts.step:
                    …  # delayed

    The context is closed while a handler runs, and stays closed if the handler raises, so that the
    clean-up is not interrupted. A handler set within the context stays in place.

    Python delivers signals to the main thread only; in other threads the context does nothing.
    """

    def __init__(self) -> None:
        self._before: Any = None
        self._thread = threading.get_ident()
        self._installed = self._ended = False
        self._open = False
        self._pending: tuple[int, FrameType | None] | None = None
        self.open = _Part(self, True)
        self.step = _Part(self, False)

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.getsignal(signal.SIGINT)
            if callable(self._before):  # not SIG_IGN, SIG_DFL, or a handler set outside Python
                self._installed = True
                signal.signal(signal.SIGINT, self._handle)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if not self._installed:
            return
        try:
            if signal.getsignal(signal.SIGINT) == self._handle:
                signal.signal(signal.SIGINT, self._before)
        finally:
            self._ended = True
        self._catch_up()

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._ended or threading.get_ident() != self._thread:
            # The user has restored this handler, or another thread has forked this process.
            self._before(number, frame)
        elif self._open:
            self._open = False
            self._before(number, frame)
            self._open = True  # the handler did not raise, so training continues
        else:
            self._pending = (number, frame)

    def _catch_up(self) -> None:
        if self._pending is not None:
            pending, self._pending = self._pending, None
            self._before(*pending)


class _Part:
    """A part of the context that is open to SIGINT, or a closed part within an open one."""

    def __init__(self, interrupts: Interrupts, is_open: bool) -> None:
        self._interrupts = interrupts
        self._is_open = is_open

    def __enter__(self) -> None:
        self._set(self._is_open)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._set(not self._is_open)

    def _set(self, is_open: bool) -> None:
        interrupts = self._interrupts
        if is_open and interrupts._pending is not None:
            interrupts._catch_up()
        interrupts._open = is_open
