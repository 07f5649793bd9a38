"""Activation functions in ONNX's operators."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from brisknet import activations
from brisknet.export.graph import Graph

Nodes = Callable[[Graph, str], str]


def relu(op: Graph, x: str, slope: float, max_value: float | None, threshold: float) -> str:
    """Keras's relu with its parameters."""
    if (slope, max_value, threshold) == (0, None, 0):
        return op.Relu(x)
    above = x if max_value is None else op.Min(x, max_value)
    below = op.Mul(op.Sub(x, threshold), slope) if slope else 0.0
    return op.Where(op.Greater(x, threshold), above, below)


def _sparse_plus(op: Graph, x: str) -> str:
    shifted = op.Add(x, 1.0)
    curve = op.Where(op.Less(x, 1.0), op.Mul(op.Mul(shifted, shifted), 0.25), x)
    return op.Where(op.LessOrEqual(x, -1.0), 0.0, curve)


_ELEMENTWISE: dict[Callable[..., Any], Nodes] = {
    activations.celu: lambda op, x: op.Celu(x, alpha=1.0),
    activations.elu: lambda op, x: op.Elu(x, alpha=1.0),
    activations.exponential: lambda op, x: op.Exp(x),
    activations.gelu: lambda op, x: op.Mul(
        op.Mul(x, 0.5), op.Add(op.Erf(op.Mul(x, math.sqrt(0.5))), 1.0)
    ),
    activations.hard_shrink: lambda op, x: op.Shrink(x, lambd=0.5),
    activations.hard_sigmoid: lambda op, x: op.HardSigmoid(x, alpha=1 / 6, beta=0.5),
    activations.hard_silu: lambda op, x: op.HardSwish(x),
    activations.hard_tanh: lambda op, x: op.Clip(x, -1.0, 1.0),
    activations.leaky_relu: lambda op, x: op.LeakyRelu(x, alpha=0.2),
    activations.linear: lambda op, x: x,
    activations.log_sigmoid: lambda op, x: op.Neg(op.Softplus(op.Neg(x))),
    activations.log_softmax: lambda op, x: op.LogSoftmax(x, axis=-1),
    activations.mish: lambda op, x: op.Mul(x, op.Tanh(op.Softplus(x))),
    activations.relu: lambda op, x: op.Relu(x),
    activations.relu6: lambda op, x: op.Clip(x, 0.0, 6.0),
    activations.selu: lambda op, x: op.Selu(x),
    activations.sigmoid: lambda op, x: op.Sigmoid(x),
    activations.silu: lambda op, x: op.Mul(x, op.Sigmoid(x)),
    activations.soft_shrink: lambda op, x: op.Shrink(x, lambd=0.5, bias=0.5),
    activations.softmax: lambda op, x: op.Softmax(x, axis=-1),
    activations.softplus: lambda op, x: op.Softplus(x),
    activations.softsign: lambda op, x: op.Softsign(x),
    activations.sparse_plus: _sparse_plus,
    activations.sparse_sigmoid: lambda op, x: op.Clip(op.Mul(op.Add(x, 1.0), 0.5), 0.0, 1.0),
    activations.squareplus: lambda op, x: op.Mul(
        op.Add(x, op.Sqrt(op.Add(op.Mul(x, x), 4.0))), 0.5
    ),
    activations.tanh: lambda op, x: op.Tanh(x),
    activations.tanh_shrink: lambda op, x: op.Sub(x, op.Tanh(x)),
}


def _glu(op: Graph, x: str, length: int) -> str:
    half = length // 2
    gate = op.Sigmoid(op.Slice(x, (half,), (length,), (-1,)))
    return op.Mul(op.Slice(x, (0,), (half,), (-1,)), gate)


def _sparsemax(op: Graph, x: str, length: int) -> str:
    falling = op.TopK(x, (length,), axis=-1, outputs=2)
    sums = op.CumSum(falling, op.constant(f"{op.scope}/axis", np.array(-1)))
    count = np.arange(1, length + 1)
    bound = op.Div(op.Sub(sums, 1.0), count)
    supported = op.Greater(falling, bound)
    k = op.ReduceSum(op.Where(supported, 1.0, 0.0), (-1,))
    t = op.Div(op.Sub(op.ReduceSum(op.Where(supported, sums, 0.0), (-1,)), 1.0), k)
    return op.Relu(op.Sub(x, t))


_ALONG_ROWS = {activations.glu: _glu, activations.sparsemax: _sparsemax}


def activation(op: Graph, function: Callable[..., Any], x: str, length: int) -> str:
    """Adds the function of x, whose last axis has this length.

    Raises:
        TypeError: if it is not one of `brisknet.activations`.
    """
    if function is None:
        return x
    if function in _ELEMENTWISE:
        return _ELEMENTWISE[function](op, x)
    if function in _ALONG_ROWS:
        return _ALONG_ROWS[function](op, x, length)
    raise TypeError(
        f"[export] expected a function of brisknet.activations in layer {op.scope!r}, got "
        f"{getattr(function, '__name__', function)!r}: ONNX has no operator for a custom "
        "function; use one of these, or export the model without the layer"
    )
