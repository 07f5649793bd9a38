"""Ctrl-C where the model is whole."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any


class Interrupts:
    """Within this context, SIGINT waits, but for the parts that are open to it.

    A KeyboardInterrupt at any place would leave a model of which some weights have made the step
    and others not, or that its lock says is in use. So the previous handler (Python's
    or the user's) is called at once while the context is open, else when it opens or ends.

        with Interrupts() as interrupts:
            …  # waits
            with interrupts.open:
                …  # comes at once
                with interrupts.step:
                    …  # waits

    A handler that raises closes the context first, so that clean-up on the way out is not
    interrupted. A handler that is set within the context stays.

    Only the main thread gets signals; elsewhere nothing needs to be done.
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
            if callable(self._before):  # not SIG_IGN, SIG_DFL, or a handler set outside of Python
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
            # Someone put it back, or this is a child that another thread forked.
            self._before(number, frame)
        elif self._open:
            self._open = False
            self._before(number, frame)
            self._open = True  # that did not raise: things go on
        else:
            self._pending = (number, frame)

    def _catch_up(self) -> None:
        if self._pending is not None:
            pending, self._pending = self._pending, None
            self._before(*pending)


class _Part:
    """A part of the context that is open to SIGINT, or, within such a one, closed."""

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
