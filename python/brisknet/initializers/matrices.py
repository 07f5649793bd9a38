"""The identity, and random matrices with orthonormal rows or columns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from brisknet import _core, random
from brisknet.arguments.checks import Array
from brisknet.initializers.base import Initializer
from brisknet.initializers.distributions import RandomInitializer, Seed
from brisknet.runtime.float_environment import ignored

__all__ = [
    "Identity",
    "IdentityInitializer",
    "Orthogonal",
    "OrthogonalInitializer",
    "identity",
    "orthogonal",
]


class Identity(Initializer):
    """The identity matrix times `gain`; for two axes only."""

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = gain

    @ignored
    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Array:
        self._check(dtype)
        if len(shape) != 2:
            raise ValueError(f"[Identity] expected a shape with two axes, got {tuple(shape)}")
        return np.float32(self.gain) * np.eye(*shape, dtype=np.float32)


class Orthogonal(RandomInitializer):
    """A random matrix with orthonormal columns, or rows where it is wider than tall, times gain.

    The Q of a normal matrix's QR, with a positive diagonal in R (Saxe, McClelland, Ganguli,
    arXiv:1312.6120); axes before the last are joined.
    """

    def __init__(self, gain: float = 1.0, seed: Seed = None) -> None:
        super().__init__(seed)
        self.gain = gain

    @ignored
    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Array:
        self._check(dtype)
        if len(shape) < 2:
            raise ValueError(f"[Orthogonal] expected a shape with two axes or more, got {shape}")
        rows, cols = math.prod(shape[:-1]), shape[-1]
        q = _orthonormal(random.normal((min(rows, cols), max(rows, cols)), seed=self.seed))
        q = q.T if rows >= cols else q
        return np.ascontiguousarray(np.float32(self.gain) * q.reshape(shape), dtype=np.float32)


def _orthonormal(rows: Array, block: int = 32) -> Array:
    """The rows made orthonormal one after the other, by Gram and Schmidt, in place.

    By the core's products, since LAPACK's bits depend on the machine. Each block of rows goes
    through twice: that is what it takes to be as orthogonal as the precision allows (Giraud,
    Langou, Rozloznik, 2005).
    """
    for begin in range(0, len(rows), block):
        part = rows[begin : begin + block]
        for _ in range(2):
            _project_out(part, rows[:begin])
            for i in range(len(part)):
                row = part[i : i + 1]
                _project_out(row, part[:i])
                row /= np.float32(math.sqrt(_core.weighted_sum(row, row)))
    return rows


def _project_out(rows: Array, done: Array) -> None:
    """Takes out of the rows what lies along these orthonormal ones."""
    rows -= _core.matmul(_core.matmul(rows, done, transpose_b=True), done)


IdentityInitializer = Identity
OrthogonalInitializer = Orthogonal
identity = Identity
orthogonal = Orthogonal
