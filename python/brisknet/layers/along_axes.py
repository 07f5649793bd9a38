"""Base classes of layers that work along axes of their inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from brisknet import constraints, initializers, regularizers
from brisknet.arguments.axes import Axes, axes_of, checked_axis, joined_last
from brisknet.arguments.checks import Array
from brisknet.layers.layer import Backward, Layer, Shape
from brisknet.variables.variable import Variable


class AlongAxes(Layer):
    """Works along the rows of a matrix, into which the axes are joined."""

    def __init__(self, axis: int | Sequence[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = checked_axis(type(self).__name__, axis)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        axes_of(self.name, self.axis, len(input_shape))
        return input_shape

    def along(self, rows: Array) -> tuple[Array, Backward]:
        """`forward` of a matrix's rows."""
        raise NotImplementedError

    def forward(self, x: Array) -> tuple[Array, Backward]:
        axes = axes_of(self.name, self.axis, x.ndim)
        rows, back = joined_last(x, axes)
        y, backward = self.along(rows)

        def joined_backward(dy: Array) -> Array:
            dx = backward(joined_last(dy, axes)[0])
            assert dx is not None
            return back(dx)

        return back(y), joined_backward

    def _lengths(self, input_shape: Shape) -> tuple[int, ...]:
        axes = axes_of(self.name, self.axis, len(input_shape))
        return known_lengths(self.name, axes, input_shape)


class ScaledAlongAxes(AlongAxes):
    """The same, with a learned factor, gamma, if `scale`, and a term, beta, if `center`."""

    gamma: Variable | None
    beta: Variable | None

    def _keep_gamma_and_beta(
        self,
        center: bool,
        scale: bool,
        beta_initializer: Any,
        gamma_initializer: Any,
        beta_regularizer: Any,
        gamma_regularizer: Any,
        beta_constraint: Any,
        gamma_constraint: Any,
    ) -> None:
        self.center = center
        self.scale = scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)

    def build(self, input_shape: Shape) -> None:
        shape = self._lengths(input_shape)
        self.gamma = self._add_configured("gamma", shape) if self.scale else None
        self.beta = self._add_configured("beta", shape) if self.center else None

    def _scaled(self, rows: Array) -> Array:
        """gamma * rows + beta."""
        if self.gamma is not None:
            rows = rows * self.gamma.value.ravel()
        return rows if self.beta is None else rows + self.beta.value.ravel()


def known_lengths(op: str, axes: Axes, input_shape: Shape) -> tuple[int, ...]:
    """The lengths of these axes.

    Raises:
        ValueError: if one is open.
    """
    lengths = tuple(length for a in axes if (length := input_shape[a]) is not None)
    if len(lengths) < len(axes):
        raise ValueError(f"[{op}] expected axes {axes} of known length, got {input_shape}")
    return lengths
