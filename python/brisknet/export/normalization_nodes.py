"""Normalisations, as they are at prediction, in ONNX's operators.

ONNX's BatchNormalization is not used: its features lie along axis 1, and onnxruntime folds its mean
into an offset, which errs 200 times as much around a mean of 1000. Nor is its LayerNormalization,
which takes only the last axes.
"""

from __future__ import annotations

from typing import Any

from brisknet import layers
from brisknet.arguments.axes import axes_of
from brisknet.export.graph import Graph


def _scaled(
    op: Graph,
    layer: layers.BatchNormalization | layers.LayerNormalization,
    normal: str,
    shape: tuple[Any, ...],
) -> str:
    """normal * gamma + beta, as far as the layer has them."""
    axes = axes_of(layer.name, layer.axis, len(shape))
    if layer.gamma is not None:
        normal = op.Mul(normal, op.broadcast(layer.gamma, axes, len(shape)))
    if layer.beta is not None:
        normal = op.Add(normal, op.broadcast(layer.beta, axes, len(shape)))
    return normal


def batch_normalization(
    op: Graph, layer: layers.BatchNormalization, x: str, shape: tuple[Any, ...]
) -> str:
    axes = axes_of(layer.name, layer.axis, len(shape))
    mean = op.broadcast(layer.moving_mean, axes, len(shape))
    variance = op.broadcast(layer.moving_variance, axes, len(shape))
    normal = op.Div(op.Sub(x, mean), op.Sqrt(op.Add(variance, layer.epsilon)))
    return _scaled(op, layer, normal, shape)


def layer_normalization(
    op: Graph, layer: layers.LayerNormalization, x: str, shape: tuple[Any, ...]
) -> str:
    axes = axes_of(layer.name, layer.axis, len(shape))
    centred = op.Sub(x, op.ReduceMean(x, axes))
    variance = op.ReduceMean(op.Mul(centred, centred), axes)
    normal = op.Div(centred, op.Sqrt(op.Add(variance, layer.epsilon)))
    return _scaled(op, layer, normal, shape)


def normalization(op: Graph, layer: layers.Normalization, x: str, shape: tuple[Any, ...]) -> str:
    mean = op.constant(f"{op.scope}/mean", layer.mean)
    variance = op.constant(f"{op.scope}/variance", layer.variance)
    divisor = op.Max(op.Sqrt(variance), 1e-7)
    if layer.invert:
        return op.Add(mean, op.Mul(x, divisor))
    return op.Div(op.Sub(x, mean), divisor)


def rms_normalization(
    op: Graph, layer: layers.RMSNormalization, x: str, shape: tuple[Any, ...]
) -> str:
    axes = axes_of(layer.name, layer.axis, len(shape))
    mean_square = op.ReduceMean(op.Mul(x, x), axes)
    normal = op.Div(x, op.Sqrt(op.Add(mean_square, layer.epsilon)))
    return op.Mul(normal, op.broadcast(layer.scale, axes, len(shape)))


def unit_normalization(
    op: Graph, layer: layers.UnitNormalization, x: str, shape: tuple[Any, ...]
) -> str:
    axes = axes_of(layer.name, layer.axis, len(shape))
    norm = op.Sqrt(op.ReduceSum(op.Mul(x, x), axes))
    return op.Div(x, op.Max(norm, 1e-12))
