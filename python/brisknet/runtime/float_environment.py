"""NumPy's floating-point errors: brisknet's computations ignore them, as its kernels do.

`np.seterr` and the filters of warnings apply to the user's code: during training, evaluation and
prediction, callbacks and sources of batches run under them. Custom layers, losses and metrics are
part of brisknet's computations, and run without them.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Any, ParamSpec, TypeVar

import numpy as np

T = TypeVar("T")
P = ParamSpec("P")


class _Host(threading.local):
    errors: dict[str, Any] | None = None  # what np.geterr() said before; None outside of Ignored


_host = _Host()


class Ignored:
    """Within this context NumPy's floating-point errors are ignored, but for `AsHost`."""

    def _settings(self) -> tuple[dict[str, Any], dict[str, Any] | None]:
        """What `np.seterr` is to say, and `_host.errors`."""
        return {"all": "ignore"}, _host.errors or dict(np.geterr())

    def __enter__(self) -> None:
        errors, host = self._settings()
        self._before, _host.errors = _host.errors, host
        self._state = np.errstate(**errors)
        self._state.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._state.__exit__(kind, error, traceback)
        _host.errors = self._before


class AsHost(Ignored):
    """Within this context the settings are those before `Ignored`: for the user's code."""

    def _settings(self) -> tuple[dict[str, Any], dict[str, Any] | None]:
        return _host.errors or {}, None


def ignored(function: Callable[P, T]) -> Callable[P, T]:
    """The function, within which NumPy's floating-point errors are ignored."""

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        if _host.errors is not None:
            return function(*args, **kwargs)
        with np.errstate(all="ignore"):
            return function(*args, **kwargs)

    return call


def drawn_as_host(items: Iterable[T]) -> Iterator[T]:
    """The items, each drawn under the user's settings."""
    with AsHost():
        iterator = iter(items)
    while True:
        with AsHost():
            try:
                item = next(iterator)
            except StopIteration:
                return
        yield item
