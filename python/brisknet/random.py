"""Counter-based random numbers (Philox4x32-10), identical on every machine for the same seed.

A *draw* is a pair (seed, stream) of 64-bit numbers; each draw identifies a separate sequence.
"""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from brisknet import _core
from brisknet.arguments.axes import one_axis
from brisknet.arguments.checks import Array, plain_array
from brisknet.arguments.unknown import explained
from brisknet.names.automatic import auto_name
from brisknet.names.refused_names import refuse_names
from brisknet.runtime import forks
from brisknet.serialization.configurable import Configurable

__all__ = ["SeedGenerator", "normal", "randint", "shuffle", "truncated_normal", "uniform"]

__getattr__ = refuse_names(
    __name__,
    "beta binomial categorical dropout gamma",
    {"set_seed": "use brisknet.utils.set_random_seed"},
)

_WORD = 2**64


class SeedGenerator(Configurable):
    """A source of draws: a seed, and a stream that counts the draws.

    Args:
        seed: an integer; None takes the next global seed, which `utils.set_random_seed` makes
            reproducible.
        name: the name; by default 'seed_generator', with a number.

    Raises:
        ValueError: if the seed is not an integer.

    Example:
        >>> generator = SeedGenerator(1)
        >>> (normal((2,), seed=generator) != normal((2,), seed=generator)).all()
        np.True_
    """

    _shown = ("seed",)

    def __init__(self, seed: int | None = None, name: str | None = None) -> None:
        self.name = auto_name("SeedGenerator") if name is None else name
        self.seed = next_seed() if seed is None else checked_seed("SeedGenerator", seed)
        self._stream = 0
        forks.give_locks(self)

    def next(self, ordered: bool = True) -> tuple[int, int]:
        """The next draw; draws are always in order."""
        with self._lock:  # layers may draw in several threads
            stream = self._stream
            self._stream = stream + 1
        return self.seed, stream

    @property
    def state(self) -> tuple[int, int]:
        """The seed and the stream of the next draw, from which to resume later."""
        return self.seed, self._stream

    @state.setter
    def state(self, state: tuple[int, int]) -> None:
        self.seed, self._stream = state

    def get_config(self) -> dict[str, Any]:
        """The seed."""
        return {"seed": self.seed}

    def __getstate__(self) -> tuple[int, int, str]:
        return *self.state, self.name

    def __setstate__(self, state: tuple[int, int, str]) -> None:
        self.state, self.name = state[:2], state[2]
        forks.give_locks(self)

    def _make_locks(self) -> None:
        self._lock = threading.Lock()


def checked_seed(op: str, seed: Any) -> int:
    """An integer seed as an unsigned 64-bit number."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer):
        raise ValueError(f"[{op}] expected seed: an integer, got {seed!r}")
    return int(seed) % _WORD


class _GlobalSeeds:
    """Default seeds, computed from one base seed and a counter."""

    def __init__(self) -> None:
        self.reset(int.from_bytes(os.urandom(8), "little"))

    def reset(self, seed: int) -> None:
        self.base = seed
        self.count = itertools.count(1)

    def next(self) -> int:
        # splitmix64 (G. Steele, D. Lea, C. Flood, 2014): close inputs yield unrelated outputs.
        z = (self.base + next(self.count) * 0x9E3779B97F4A7C15) % _WORD
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 % _WORD
        z = (z ^ z >> 27) * 0x94D049BB133111EB % _WORD
        return z ^ z >> 31


_global_seeds = _GlobalSeeds()


def next_seed() -> int:
    """The next default seed."""
    return _global_seeds.next()


def set_global_seed(seed: int) -> None:
    """Restarts the global seeds."""
    _global_seeds.reset(checked_seed("set_random_seed", seed))


def draw(seed: int | SeedGenerator | None) -> tuple[int, int]:
    """The draw for a `seed` argument; for an integer, always the same."""
    if isinstance(seed, SeedGenerator):
        return seed.next()
    return (next_seed() if seed is None else checked_seed("random", seed)), 0


@explained
def normal(
    shape: Sequence[int],
    mean: float = 0.0,
    stddev: float = 1.0,
    dtype: None = None,
    seed: int | SeedGenerator | None = None,
) -> Array:
    """Normal random numbers, by Box and Muller's method.

    Args:
        shape: the shape of the result.
        mean, stddev: the mean and standard deviation of the distribution.
        dtype: must be float32, the default.
        seed: an integer yields the same numbers in each call, a SeedGenerator new ones.

    Example:
        >>> normal((2, 3), seed=1).shape
        (2, 3)
    """
    _float32_only("normal", dtype)
    return _core.random_normal(tuple(shape), mean, stddev, False, *draw(seed))


@explained
def truncated_normal(
    shape: Sequence[int],
    mean: float = 0.0,
    stddev: float = 1.0,
    dtype: None = None,
    seed: int | SeedGenerator | None = None,
) -> Array:
    """Normal random numbers, redrawn until they are within two standard deviations of the mean.

    See `normal` for the arguments.

    Example:
        >>> bool(abs(truncated_normal((1000,), seed=1)).max() <= 2)
        True
    """
    _float32_only("truncated_normal", dtype)
    return _core.random_normal(tuple(shape), mean, stddev, True, *draw(seed))


@explained
def uniform(
    shape: Sequence[int],
    minval: float = 0.0,
    maxval: float = 1.0,
    dtype: None = None,
    seed: int | SeedGenerator | None = None,
) -> Array:
    """Random numbers, uniform on [minval, maxval).

    See `normal` for the other arguments.

    Example:
        >>> uniform((2,), 5, 6, seed=1) // 1
        array([5., 5.], dtype=float32)
    """
    _float32_only("uniform", dtype)
    return _core.random_uniform(tuple(shape), minval, maxval, *draw(seed))


@explained
def randint(
    shape: Sequence[int],
    minval: int,
    maxval: int,
    dtype: str = "int32",
    seed: int | SeedGenerator | None = None,
) -> npt.NDArray[Any]:
    """Random integers, uniform on [minval, maxval).

    Args:
        shape: the shape of the result.
        minval, maxval: the bounds; at most 2^24 apart.
        dtype: the type of the result, an integer type.
        seed: see `normal`.

    Raises:
        ValueError: if the bounds are not in order or more than 2^24 apart, or dtype is not an
            integer type.

    Example:
        >>> set(randint((100,), 1, 3, seed=1).tolist()) == {1, 2}
        True
    """
    kind = np.dtype(dtype)
    if kind.kind not in "iu":
        raise ValueError(f"[randint] expected an integer dtype, got {kind.name!r}")
    if not 0 < maxval - minval <= 2**24:
        raise ValueError(
            f"[randint] expected maxval above minval by at most 2^24, got {minval} and {maxval}"
        )
    scaled = uniform(shape, seed=seed).astype(np.float64) * (maxval - minval)
    drawn: npt.NDArray[Any] = (np.floor(scaled).astype(np.int64) + minval).astype(kind)
    return drawn


@explained
def shuffle(x: Any, axis: int = 0, seed: int | SeedGenerator | None = None) -> npt.NDArray[Any]:
    """x with its elements along an axis in random order, as a new array.

    Example:
        >>> sorted(shuffle([1, 2, 3], seed=1).tolist())
        [1, 2, 3]
    """
    x = plain_array("shuffle", "x", x)
    axis = one_axis("shuffle", axis, x.ndim)
    shuffled: npt.NDArray[Any] = x.take(_core.permutation(x.shape[axis], *draw(seed)), axis=axis)
    return shuffled


def _float32_only(op: str, dtype: Any) -> None:
    try:
        fits = dtype is None or np.dtype(dtype) == np.float32
    except (TypeError, ValueError):
        fits = False
    if not fits:
        raise ValueError(f"[{op}] expected dtype float32, got {dtype!r:.100}")
