"""Copies of models without their weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from brisknet.arguments.checks import describe, refuse_arguments
from brisknet.layers.input import InputLayer
from brisknet.layers.layer import Layer
from brisknet.models.sequential import Sequential


def clone_model(
    model: Sequential,
    input_tensors: None = None,
    clone_function: Callable[[Layer], Layer] | None = None,
    call_function: None = None,
    recursive: bool = False,
    **kwargs: Any,
) -> Sequential:
    """A model of the same layers with new weights.

    Args:
        model: the model. A custom class is made again from its configuration.
        clone_function: makes a layer's copy; by default from its configuration. A layer that is
            in the model twice is copied once.
        recursive: whether models within the model are cloned layer by layer too; if False,
            clone_function gets each as a whole.

    Returns:
        A model, compiled like the given one.

    Raises:
        TypeError: if model is not a model, or clone_function does not return a layer.
        ValueError: for arguments of Keras's that are not supported: input_tensors, call_function;
            or for a clone_function if the model's class is custom.

    Example:
        >>> from brisknet import layers
        >>> model = Sequential([layers.Input((4,)), layers.Dense(2)])
        >>> clone_model(model).output_shape
        (None, 2)
    """
    refuse_arguments(
        "clone_model", input_tensors=input_tensors, call_function=call_function, **kwargs
    )
    if not isinstance(model, Sequential):
        raise TypeError(f"[clone_model] expected model: a Sequential, got {describe(model)}")
    if type(model) is not Sequential:
        if clone_function is not None:
            raise ValueError(
                "[clone_model] clone_function is for a Sequential, not for a custom class, "
                f"{type(model).__name__}"
            )
        return type(model).from_config(model.get_config())
    return _clone(model, clone_function or _of_config, recursive, {})


def _clone(
    model: Sequential,
    clone_function: Callable[[Layer], Layer],
    recursive: bool,
    clones: dict[int, Layer],
) -> Sequential:
    layers: list[Layer | InputLayer] = []
    if model._input is not None:
        layers.append(InputLayer.from_config(model._input.get_config()))
    for layer in model.layers:
        if id(layer) not in clones:
            if recursive and type(layer) is Sequential:
                clones[id(layer)] = _clone(layer, clone_function, recursive, clones)
            else:
                clones[id(layer)] = clone_function(layer)
            if not isinstance(clones[id(layer)], Layer):
                raise TypeError(
                    "[clone_model] expected clone_function to return a layer, got "
                    f"{describe(clones[id(layer)])}"
                )
        layers.append(clones[id(layer)])
    clone = Sequential(layers, trainable=model.trainable, name=model.name)
    if model.compiled:
        clone.compile_from_config(model.get_compile_config())
    return clone


def _of_config(layer: Layer) -> Layer:
    return type(layer).from_config(layer.get_config())
