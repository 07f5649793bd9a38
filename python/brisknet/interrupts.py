"""Ctrl-C at a step's boundary."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any


class Interrupts:
    """Within this context, SIGINT waits while a step is under way.

    A KeyboardInterrupt in the middle of a step would leave a model of which some weights have made
    the step and others not. So the handler that was there before (Python's own, or the user's) is
    called when the step is over; outside of steps it is called at once.

        with Interrupts() as interrupts:
            with interrupts.step:
                …

    Only the main thread gets signals; elsewhere nothing needs to be done.
    """

    def __init__(self) -> None:
        self._before: Any = None
        self._installed = False
        self._in_step = False
        self._pending: tuple[int, FrameType | None] | None = None
        self.step = self._Step(self)

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.getsignal(signal.SIGINT)
            if callable(self._before):  # not SIG_IGN, SIG_DFL, or a handler set outside of Python
                signal.signal(signal.SIGINT, self._handle)
                self._installed = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._installed:
            signal.signal(signal.SIGINT, self._before)
            self._installed = False

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._in_step:
            self._pending = (number, frame)
        else:
            self._before(number, frame)

    class _Step:
        def __init__(self, interrupts: Interrupts) -> None:
            self._interrupts = interrupts

        def __enter__(self) -> None:
            self._interrupts._in_step = True

        def __exit__(
            self,
            kind: type[BaseException] | None,
            error: BaseException | None,
            traceback: TracebackType | None,
        ) -> None:
            interrupts = self._interrupts
            interrupts._in_step = False
            if interrupts._pending is not None:
                pending, interrupts._pending = interrupts._pending, None
                interrupts._before(*pending)
