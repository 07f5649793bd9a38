"""NumPy's floating-point errors, which brisknet's computations ignore, as its kernels do.

The user's `np.seterr` settings and warning filters still apply to callbacks and sources of batches
during training, evaluation and prediction. They do not apply to custom layers, losses and metrics,
which are part of brisknet's computations.
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
    errors: dict[str, Any] | None = None  # the user's np.geterr(); None outside `Ignored`


_host = _Host()


class Ignored:
    """A context in which NumPy's floating-point errors are ignored, except within `AsHost`."""

    def _settings(self) -> tuple[dict[str, Any], dict[str, Any] | None]:
        """The new settings of `np.seterr`, and the new `_host.errors`."""
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
    """A context with the settings from outside `Ignored`, for the user's code."""

    def _settings(self) -> tuple[dict[str, Any], dict[str, Any] | None]:
        return _host.errors or {}, None


def ignored(function: Callable[P, T]) -> Callable[P, T]:
    """A decorator: the function ignores NumPy's floating-point errors."""

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        if _host.errors is not None:
            return function(*args, **kwargs)
        with np.errstate(all="ignore"):
            return function(*args, **kwargs)

    return call


def drawn_as_host(items: Iterable[T]) -> Iterator[T]:
    """The items, each computed with the user's settings."""
    with AsHost():
        iterator = iter(items)
    while True:
        with AsHost():
            try:
                item = next(iterator)
            except StopIteration:
                return
        yield item
