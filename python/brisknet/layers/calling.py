"""How layers are called: built first, with what their `forward` takes, a custom one checked."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from brisknet import _core, activations, regularizers
from brisknet.arguments.checks import Array, as_array, as_float32, describe, is_floats
from brisknet.arguments.returned import checked_output
from brisknet.layers.building import Building
from brisknet.names.origin import is_built_in
from brisknet.serialization.configurable import Configurable

Backward = Callable[[Array], "Array | None"]
Forward = Callable[[Any, Array, bool, bool], tuple[Array, Backward]]


class _Activity(threading.local):
    """What activity regularizers added to the loss in forward passes of this thread."""

    penalty = 0.0


activity = _Activity()


class Calling(Building):
    """The part of a `Layer` that runs its `forward`."""

    activity_regularizer: Callable[..., Any] | None
    # Whether the core computes y and dx, or they are x and dy as they are: then they hold no
    # denormals, and NumPy has no floating-point errors to report.
    _by_core: ClassVar[bool] = False
    # (layer, x, training, input_gradient): `forward`, as the class needs it to be called.
    _forward: ClassVar[Forward]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "call" in vars(cls) and "forward" not in vars(cls):
            raise TypeError(
                f"[{cls.__name__}] defines call, which brisknet does not use: define forward(x), "
                "which returns the output and its backward (see brisknet.layers.Layer)"
            )
        if "forward" in vars(cls):
            cls._by_core = bool(vars(cls).get("_by_core"))
        cls._forward = _forward_of(cls)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError

    def run(
        self, x: Array, training: bool = False, input_gradient: bool = True
    ) -> tuple[Array, Backward]:
        """`forward` for custom layers and training loops: builds the layer, and checks x and dy.

        Arguments and results are those of `forward`.
        """
        x = as_float32(self.name, "x", x)
        y, backward = self._run(x, training, input_gradient)
        if y.ndim == 0 or len(y) != len(x):  # NumPy has spread x over the weights
            raise ValueError(
                f"[{self.name}] expected an output for {len(x)} samples, got shape {y.shape}"
            )

        def checked_backward(dy: Array) -> Array | None:
            dy = as_float32(self.name, "dy", dy)
            if dy.shape != y.shape:
                raise ValueError(
                    f"[{self.name}] expected dy of the output's shape {y.shape}, got {dy.shape}"
                )
            return backward(dy)

        return y, checked_backward

    def _run(
        self, x: Array, training: bool = False, input_gradient: bool = True
    ) -> tuple[Array, Backward]:
        """`run` for arrays that brisknet computed."""
        if not self.built:
            self.ensure_built((None, *x.shape[1:]))
        y, backward = self._forward(x, training, input_gradient)
        if self.activity_regularizer is not None:
            backward = self._penalised(y, backward)
        return y, backward

    def _is_by_core(self) -> bool:
        """Whether the core alone computes a prediction, so that NumPy has no errors to ignore."""
        return self._by_core and self.activity_regularizer is None

    def _penalised(self, y: Array, backward: Backward) -> Backward:
        """Adds the penalty on the output to the loss; returns the backward with its gradient."""
        assert self.activity_regularizer is not None
        penalty, gradient = regularizers.value_and_gradient(self.activity_regularizer, y)
        samples = max(1, len(y))
        activity.penalty += penalty / samples
        self._activity_loss = np.float32(penalty / samples)
        return lambda dy: backward(_core.flush(dy + gradient / np.float32(samples), True))

    def _batch(self, x: Any) -> Array:
        """The argument of a call, as `_run` takes it."""
        if type(x) is np.ndarray and is_floats(x):
            batch: Array = x
        else:
            self._check_called_on(x)
            batch = as_array(self.name, "x", x).astype(np.float32, order="C")
        if batch.ndim == 0:
            raise ValueError(f"[{self.name}] expected x of shape (samples, …), got a scalar")
        return _core.flush(batch)

    def _check_called_on(self, x: Any) -> None:
        if isinstance(x, Configurable):
            raise TypeError(
                f"[{self.name}] expected x: an array, got {describe(x)}: layers are not called on "
                "one another in this version of brisknet; use Sequential([Input(…), Dense(…), …])"
            )
        if hasattr(type(x), "tocsr"):
            raise TypeError(
                f"[{self.name}] expected x: an array, got a sparse matrix ({describe(x)}): pass "
                "its toarray(), or give it to a model, which takes it as it is"
            )


def _forward_of(cls: type[Calling]) -> Forward:
    """`forward`, called with those of its two optional arguments that it takes; where it is custom,
    its results are checked."""
    owner = next(base for base in cls.__mro__ if "forward" in vars(base))
    takes = frozenset(inspect.signature(cls.forward).parameters) & {"training", "input_gradient"}
    if is_built_in(owner) and cls._by_core and len(takes) == 2:
        return cls.forward  # saves 0.05 µs

    def forward(self: Any, x: Array, training: bool, input_gradient: bool) -> Any:
        if len(takes) == 2:
            return self.forward(x, training=training, input_gradient=input_gradient)
        if not takes:
            return self.forward(x)
        if "training" in takes:
            return self.forward(x, training=training)
        return self.forward(x, input_gradient=input_gradient)

    def flushed(self: Any, x: Array, training: bool, input_gradient: bool) -> Any:
        return activations.flushed(*forward(self, x, training, input_gradient))

    def checked(self: Any, x: Array, training: bool, input_gradient: bool) -> Any:
        result = forward(self, x, training, input_gradient)
        return checked_output(self.name, "forward", result, x, input_gradient)

    if is_built_in(owner):
        return forward if cls._by_core else flushed
    return checked
