"""Normalisation by the statistics of a data set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from brisknet.arguments.axes import axes_of, checked_axis
from brisknet.arguments.checks import Array, as_array, as_float32, describe
from brisknet.layers.along_axes import known_lengths
from brisknet.layers.layer import Backward, Layer, Shape
from brisknet.names.refused_attributes import refuse_attributes
from brisknet.names.refused_names import refuse_names
from brisknet.runtime.float_environment import ignored

__all__ = ["Normalization"]

__getattr__ = refuse_names(  # for `keras.layers.normalization` of Keras 2
    __name__,
    instead=dict.fromkeys(("BatchNormalization", "LayerNormalization"), "use brisknet.layers"),
)

_CHUNK = 2**18  # elements that are held in float64 at a time
_LEAST = np.float32(1e-7)  # the smallest divisor


class Statistic(np.ndarray[Any, np.dtype[np.float32]]):
    """An array with a `numpy` method, which scripts call."""

    def numpy(self) -> Array:
        """A copy, as an array."""
        return np.array(self)

    def __repr__(self) -> str:
        return repr(np.asarray(self))


class Normalization(Layer):
    """y = (x - mean) / max(sqrt(variance), 1e-7), or its inverse with `invert`.

    Mean and variance are arguments, or `adapt` finds them before training:

        normalization = layers.Normalization()
        normalization.adapt(x_train)
        model = Sequential([normalization, layers.Dense(1)])

    Args:
        axis: an integer or several, not the batch's: each place along these axes has a mean and a
            variance of its own. None for one mean and variance of all elements.
        mean, variance: numbers, or arrays that broadcast to the axes' lengths; both or none.
        invert: whether to undo the normalisation: y = mean + x * max(sqrt(variance), 1e-7).
        **kwargs: see `Layer`.

    Raises:
        TypeError: if axis is neither.
        ValueError: if only one of mean and variance is given, their shapes differ, or inputs have
            no such axis.

    Example:
        >>> layer = Normalization()
        >>> layer.adapt(np.array([[0, 7], [2, 9]]))
        >>> layer([[1, 10]])
        array([[0., 2.]], dtype=float32)
    """

    _kind = "normalization"
    _left_out = Layer._left_out | {"mean", "variance"}  # the arguments have other attributes

    def __init__(
        self,
        axis: int | Sequence[int] | None = -1,
        mean: Any = None,
        variance: Any = None,
        invert: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        none = axis is None or (isinstance(axis, list | tuple) and not axis)
        axes = () if none else checked_axis("Normalization", axis)  # type: ignore[arg-type]
        self.axis = (axes,) if isinstance(axes, int) else tuple(axes)
        if (mean is None) != (variance is None):
            raise ValueError("[Normalization] expected either both mean and variance, or neither")
        self.input_mean = mean
        self.input_variance = variance
        self.invert = invert
        if mean is not None:
            self._given = tuple(
                as_float32("Normalization", name, value)
                for name, value in (("mean", mean), ("variance", variance))
            )
            shapes = [array.shape for array in self._given]
            if shapes[0] != shapes[1] or len(shapes[0]) > len(self.axis):
                raise ValueError(
                    "[Normalization] expected mean and variance of one shape, with at most "
                    f"{len(self.axis)} axes, got shapes {shapes[0]} and {shapes[1]}"
                )

    def build(self, input_shape: Shape) -> None:
        ndim = len(input_shape)
        self._axes = axes_of(self.name, self.axis, ndim)
        shape = known_lengths(self.name, self._axes, input_shape)
        # The shape in which mean and variance broadcast to a batch.
        self._broadcast_shape = tuple(
            shape[self._axes.index(a)] if a in self._axes else 1 for a in range(ndim)
        )
        if self.input_mean is None:
            self.adapt_mean = self.add_weight(shape, "zeros", trainable=False, name="mean")
            self.adapt_variance = self.add_weight(shape, "ones", trainable=False, name="variance")
            # Nothing uses it: older versions of Keras do, so it is in files.
            self.count = self.add_weight((), "zeros", "int", trainable=False, name="count")
            return
        try:
            self._given = tuple(np.broadcast_to(array, shape) for array in self._given)
        except ValueError:
            raise ValueError(
                f"[{self.name}] expected mean and variance that broadcast to {shape}, "
                f"got shape {self._given[0].shape}"
            ) from None

    @property
    def mean(self) -> Statistic:
        """The mean, in a shape that broadcasts to a batch."""
        return self._statistics()[0].view(Statistic)

    @property
    def variance(self) -> Statistic:
        """The variance, in a shape that broadcasts to a batch."""
        return self._statistics()[1].view(Statistic)

    def _statistics(self) -> tuple[Array, Array]:
        """Mean and variance, in shapes that broadcast to a batch."""
        mean, variance = (
            (self.adapt_mean.value, self.adapt_variance.value)
            if self.input_mean is None
            else self._given
        )
        return mean.reshape(self._broadcast_shape), variance.reshape(self._broadcast_shape)

    @ignored
    def adapt(self, data: Any) -> None:
        """Takes mean and variance from a data set, in place of earlier ones.

        Args:
            data: an array, or batches of it: a list of arrays or an iterable that gives them; of a
                batch that is a tuple, as (x, y), the first counts.

        Raises:
            TypeError: if it is something else, or does not hold numbers.
            ValueError: if there is no element, shapes do not agree with one another or with those
                that the layer was built for, or the layer was given mean and variance.
        """
        if self.input_mean is not None:
            raise ValueError(f"[{self.name}] was given mean and variance, and cannot adapt")
        shape: tuple[int, ...] = ()
        count, mean, variance = 0, np.zeros(()), np.zeros(())
        for chunk in _chunks(data):
            axes = axes_of(self.name, self.axis, chunk.ndim)
            others = tuple(a for a in range(chunk.ndim) if a not in axes)
            if count and [shape[a] for a in axes] != [chunk.shape[a] for a in axes]:
                raise ValueError(
                    f"[{self.name}] expected batches of one shape, got {shape} and {chunk.shape}"
                )
            shape = chunk.shape
            chunk_mean = chunk.mean(axis=others)
            chunk_variance = chunk.var(axis=others)
            # Chan, Golub, LeVeque, 1979: the statistics of what was seen together with the chunk.
            seen, new = count, chunk.size // max(1, chunk_mean.size)
            count += new
            difference = chunk_mean - mean
            mean = mean + difference * (new / count)
            variance = variance * (seen / count) + chunk_variance * (new / count)
            variance += difference**2 * (seen * new / count**2)
        if not count:
            raise ValueError(f"[{self.name}] expected data with elements to adapt to")
        self.ensure_built((None, *shape[1:]))
        if self.adapt_mean.shape != mean.shape:
            raise ValueError(
                f"[{self.name}] was built for axes of lengths {self.adapt_mean.shape}, "
                f"got data with {mean.shape}"
            )
        self.adapt_mean.assign(mean)
        self.adapt_variance.assign(variance)

    def finalize_state(self) -> None:
        """Does nothing: the layer computes from mean and variance when it is called."""

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        axes_of(self.name, self.axis, len(input_shape))
        return input_shape

    def forward(self, x: Array) -> tuple[Array, Backward]:
        mean, variance = self._statistics()
        divisor: Array = np.maximum(np.sqrt(variance), _LEAST)
        if self.invert:
            return mean + x * divisor, lambda dy: dy * divisor
        return (x - mean) / divisor, lambda dy: dy / divisor

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        for name, value in (("mean", self.input_mean), ("variance", self.input_variance)):
            config[name] = None if value is None else np.asarray(value).tolist()
        return config


refuse_attributes(Normalization, "convert_weight")


def _chunks(data: Any) -> Iterator[npt.NDArray[np.float64]]:
    """The data in float64, some rows at a time."""
    for batch in [data] if hasattr(data, "shape") else _batches(data):
        array = as_array("adapt", "data", batch)
        if array.ndim == 0:
            raise ValueError("[adapt] expected data of shape (samples, …), got a scalar")
        rows = max(1, _CHUNK * len(array) // max(1, array.size))
        for begin in range(0, len(array) if array.size else 0, rows):
            yield array[begin : begin + rows].astype(np.float64)


def _batches(data: Any) -> Iterator[Any]:
    if isinstance(data, Iterable) and not isinstance(data, str | dict):
        batches = iter(data)
    elif hasattr(data, "__getitem__") and not isinstance(data, str | dict):
        batches = (data[i] for i in range(len(data)))
    else:
        raise TypeError(f"[adapt] expected data: an array or batches, got {describe(data)}")
    for batch in batches:
        x = batch[0] if isinstance(batch, tuple) else batch
        if not hasattr(x, "shape"):
            raise TypeError(f"[adapt] expected batches that are arrays, got {describe(x)}")
        yield x
