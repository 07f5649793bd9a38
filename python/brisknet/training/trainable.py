"""What training needs of a model, and what it keeps in one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy.typing as npt

from brisknet import random
from brisknet.arguments.checks import Array
from brisknet.callbacks.history import History
from brisknet.data import SparseRows
from brisknet.data.compressed import CompressedBatch
from brisknet.layers.layer import Backward, Shape
from brisknet.runtime import forks
from brisknet.runtime.float_environment import Ignored
from brisknet.runtime.interrupts import Interrupts
from brisknet.training.compilation import Compiled
from brisknet.variables.variable import Variable


class Trainable(Compiled):
    """A model that goes forward and back; see `Sequential` for what it must define."""

    name: str
    built: bool
    _input_shape: Shape | None

    @property
    def trainable_variables(self) -> list[Variable]:
        raise NotImplementedError

    @property
    def output_shape(self) -> Shape:
        raise NotImplementedError

    def ensure_built(self, input_shape: Shape) -> None:
        raise NotImplementedError

    def refuse_shared(self, op: str) -> None:
        raise NotImplementedError

    def check_input(self, op: str, x: npt.NDArray[Any] | SparseRows) -> None:
        raise NotImplementedError

    def takes_compressed(self, x: npt.NDArray[Any] | SparseRows) -> bool:
        raise NotImplementedError

    def takes_sparse(self, x: SparseRows) -> bool:
        raise NotImplementedError

    def input_names_taken(self) -> tuple[str, ...]:
        raise NotImplementedError

    def training_forward(self) -> Callable[[Any], tuple[Array, Backward]]:
        raise NotImplementedError

    def infer(self, x: Array | CompressedBatch) -> Array:
        raise NotImplementedError

    def __init__(self) -> None:
        super().__init__()
        self.stop_training = self.stop_evaluating = self.stop_predicting = False
        self.history: History | None = None
        # Orders of the samples, drawn epoch by epoch. Made by the first fit; saved with the model.
        self._orders: random.SeedGenerator | None = None
        self._resume: tuple[int, int] | None = None  # an epoch and its steps already made
        forks.give_locks(self)

    def _make_locks(self) -> None:
        self._in_use = threading.RLock()

    @contextmanager
    def exclusive(self, op: str) -> Iterator[Interrupts]:
        """Keeps the model to this thread. Ctrl-C waits, except within `open` of the interrupts."""
        with Interrupts() as interrupts, Ignored():
            # Reentrant: a callback may evaluate the model that it watches.
            in_use = self._in_use
            if not in_use.acquire(blocking=False):
                raise RuntimeError(
                    f"[{op}] another thread is training or evaluating {self.name!r}; "
                    "only predict may run at the same time"
                )
            try:
                yield interrupts
            finally:
                in_use.release()
