"""Layers, as they are at prediction, in ONNX's operators."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from brisknet import layers
from brisknet.arguments.axes import axes_of
from brisknet.export import activation_nodes
from brisknet.export.graph import Graph
from brisknet.export.normalization_nodes import (
    batch_normalization,
    layer_normalization,
    normalization,
    rms_normalization,
    unit_normalization,
)
from brisknet.layers.layer import Layer

if TYPE_CHECKING:
    from brisknet.models.sequential import Sequential

# Adds a layer's nodes for the input x; gives their output. Only the batch has an open length.
Nodes = Callable[[Graph, Any, str, tuple[Any, ...]], str]


def _activation(op: Graph, layer: layers.Activation, x: str, shape: tuple[Any, ...]) -> str:
    return activation_nodes.activation(op, layer.activation, x, shape[-1])


def _dense(op: Graph, layer: layers.Dense, x: str, shape: tuple[Any, ...]) -> str:
    y = op.MatMul(x, layer.kernel)
    if layer.bias is not None:
        y = op.Add(y, layer.bias)
    return activation_nodes.activation(op, layer.activation, y, layer.units)


def _embedding(op: Graph, layer: layers.Embedding, x: str, shape: tuple[Any, ...]) -> str:
    # Gather counts negative numbers from the end: they are made too large, which it refuses.
    counted = op.Where(op.GreaterOrEqual(x, 0.0), x, float(layer.input_dim))
    return op.Gather(layer.embeddings, op.Cast(counted, to=op.int64), axis=0)


def _flatten(op: Graph, layer: layers.Flatten, x: str, shape: tuple[Any, ...]) -> str:
    if not layer.keeps_order and len(shape) > 2:
        x = op.Transpose(x, perm=[0, *range(2, len(shape)), 1])
    return op.Flatten(x, axis=1)


def _leaky_relu(op: Graph, layer: layers.LeakyReLU, x: str, shape: tuple[Any, ...]) -> str:
    return op.LeakyRelu(x, alpha=float(layer.negative_slope))


def _relu(op: Graph, layer: layers.ReLU, x: str, shape: tuple[Any, ...]) -> str:
    return activation_nodes.relu(op, x, layer.negative_slope, layer.max_value, layer.threshold)


def _repeat_vector(op: Graph, layer: layers.RepeatVector, x: str, shape: tuple[Any, ...]) -> str:
    return op.Expand(op.Unsqueeze(x, (1,)), (1, layer.n, 1))


def _rescaling(op: Graph, layer: layers.Rescaling, x: str, shape: tuple[Any, ...]) -> str:
    scale, offset = (np.asarray(a, np.float32) for a in (layer.scale, layer.offset))
    scaled = op.Mul(x, op.constant(f"{op.scope}/scale", scale))
    return op.Add(scaled, op.constant(f"{op.scope}/offset", offset))


def _reshape(op: Graph, layer: layers.Reshape, x: str, shape: tuple[Any, ...]) -> str:
    return op.Reshape(x, (0, *layer.compute_output_shape(shape)[1:]))  # 0: as long as it was


def _softmax(op: Graph, layer: layers.Softmax, x: str, shape: tuple[Any, ...]) -> str:
    axes = axes_of(layer.name, layer.axis, len(shape))
    if len(axes) == 1:
        return op.Softmax(x, axis=axes[0])
    shifted = op.Exp(op.Sub(x, op.ReduceMax(x, axes)))
    return op.Div(shifted, op.ReduceSum(shifted, axes))


# In prediction these are the identity.
_UNCHANGED = (
    layers.ActivityRegularization,
    layers.AlphaDropout,
    layers.Dropout,
    layers.GaussianDropout,
    layers.GaussianNoise,
    layers.Identity,
)
_NODES: dict[type, Nodes] = {
    **dict.fromkeys(_UNCHANGED, lambda op, layer, x, shape: x),
    layers.Activation: _activation,
    layers.BatchNormalization: batch_normalization,
    layers.Dense: _dense,
    layers.ELU: lambda op, layer, x, shape: op.Elu(x, alpha=float(layer.alpha)),
    layers.Embedding: _embedding,
    layers.Flatten: _flatten,
    layers.LayerNormalization: layer_normalization,
    layers.LeakyReLU: _leaky_relu,
    layers.Normalization: normalization,
    layers.PReLU: lambda op, layer, x, shape: op.PRelu(x, layer.alpha),
    layers.Permute: lambda op, layer, x, shape: op.Transpose(x, perm=[0, *layer.dims]),
    layers.RMSNormalization: rms_normalization,
    layers.ReLU: _relu,
    layers.RepeatVector: _repeat_vector,
    layers.Rescaling: _rescaling,
    layers.Reshape: _reshape,
    layers.Softmax: _softmax,
    layers.UnitNormalization: unit_normalization,
}


def model_nodes(op: Graph, model: Sequential, x: str, shape: tuple[Any, ...]) -> str:
    """Adds the nodes of a model's layers, also of the models among them.

    Raises:
        TypeError: if one is not of `brisknet.layers`, or a model has a custom forward.
    """
    if not model._is_plain:
        raise TypeError(f"[export] {_cannot(model)}")
    for layer in model.layers:
        if layer.is_model:
            x = model_nodes(op, cast("Sequential", layer), x, shape)
        elif type(layer) in _NODES:
            op.scope = layer.path or layer.name
            x = _NODES[type(layer)](op, layer, x, shape)
        else:
            raise TypeError(f"[export] {_cannot(layer)}")
        shape = layer.compute_output_shape(shape)
    return x


def _cannot(layer: Layer) -> str:
    return (
        f"expected the classes of brisknet.layers, got {layer.name!r} of class "
        f"{type(layer).__name__}: ONNX has no operator for a custom forward; express it by "
        "layers of brisknet, or export the model without it"
    )
