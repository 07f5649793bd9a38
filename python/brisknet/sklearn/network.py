"""The model behind an estimator, and its weights."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

from brisknet import activations, layers, ops
from brisknet.arguments.checks import Array
from brisknet.models.sequential import Sequential
from brisknet.random import SeedGenerator
from brisknet.regularizers import L2
from brisknet.sklearn.parameters import for_each_layer, hidden_sizes

_NAMES = {
    "identity": activations.linear,
    "logistic": activations.sigmoid,
    "exp": ops.exp,  # for the outputs, after training
}


def activation(name: Any) -> Callable[..., Any]:
    """The function for a name of scikit-learn or brisknet; functions are returned unchanged."""
    return _NAMES[name] if isinstance(name, str) and name in _NAMES else activations.get(name)


class Architecture(NamedTuple):
    """The architecture of a network; the three tuples have an entry for each hidden layer."""

    inputs: int
    hidden: tuple[int, ...]
    outputs: int
    activations: tuple[Any, ...]
    dropout: tuple[float, ...]
    batch_norm: bool
    out_activation: str | None
    penalized: bool

    @classmethod
    def of(
        cls, estimator: Any, inputs: int, outputs: int, out_activation: str | None
    ) -> Architecture:
        """The architecture given by the estimator's parameters."""
        hidden = hidden_sizes(estimator.hidden_layer_sizes)
        dropout = for_each_layer(estimator, "dropout", len(hidden))
        return cls(
            inputs,
            hidden,
            outputs,
            for_each_layer(estimator, "activation", len(hidden)),
            tuple(float(rate) for rate in dropout),
            bool(estimator.batch_norm),
            out_activation,
            estimator.alpha > 0,
        )

    def model(self) -> tuple[Sequential, L2]:
        """A model whose weights have not been set yet, and the penalty on its kernels."""
        penalty = L2(0.0)
        model = Sequential([layers.Input((self.inputs,))])

        def dense(units: int, function: Any) -> layers.Dense:
            # Zeros, as any other initializer would consume a global seed.
            return layers.Dense(
                units,
                activation=function,
                kernel_initializer="zeros",
                kernel_regularizer=penalty if self.penalized else None,
            )

        for units, name, rate in zip(self.hidden, self.activations, self.dropout, strict=True):
            if self.batch_norm:
                model.add(dense(units, None))
                model.add(layers.BatchNormalization())
                model.add(layers.Activation(activation(name)))
            else:
                model.add(dense(units, activation(name)))
            if rate:
                model.add(layers.Dropout(rate, seed=0))
        out = self.out_activation
        model.add(dense(self.outputs, None if out is None else activation(out)))
        return model, penalty


def seed_dropout(model: Sequential, random_state: Any) -> None:
    """Seeds the dropout layers from the estimator's random state."""
    for layer in model.layers:
        if isinstance(layer, layers.Dropout):
            layer.seed_generator = SeedGenerator(int(random_state.randint(2**31 - 1)))


def denses(model: Sequential) -> list[layers.Dense]:
    """The layers with the weights coefs_ and intercepts_."""
    return [layer for layer in model.layers if isinstance(layer, layers.Dense)]


def initialize(model: Sequential, names: Iterable[Any], random_state: Any) -> None:
    """Draws the weights and biases as scikit-learn does, uniformly within Glorot's bound."""
    for dense, name in zip(denses(model), names, strict=True):
        fan_in, fan_out = dense.kernel.shape
        bound = np.sqrt((2.0 if name in ("logistic", "sigmoid") else 6.0) / (fan_in + fan_out))
        assert dense.bias is not None
        dense.kernel.assign(random_state.uniform(-bound, bound, (fan_in, fan_out)))
        dense.bias.assign(random_state.uniform(-bound, bound, fan_out))


def carry_over(name: str, before: Sequential, model: Sequential) -> None:
    """Sets the model's weights to those of the previous model.

    Raises:
        ValueError: if their shapes differ.
    """
    weights, shapes = before.get_weights(), [v.shape for v in model.variables]
    if [w.shape for w in weights] != shapes:
        raise ValueError(
            f"[{name}] warm_start needs layers of the same sizes as in the previous call to fit: "
            f"it has weights {[w.shape for w in weights]}, but the parameters ask for {shapes}"
        )
    model.set_weights(weights)


def put(model: Sequential, coefs: list[Any], intercepts: list[Any]) -> None:
    """Copies to the model any weights that the user has replaced."""
    for dense, coef, intercept in zip(denses(model), coefs, intercepts, strict=True):
        assert dense.bias is not None
        if coef is not dense.kernel.value:
            dense.kernel.assign(coef)
        if intercept is not dense.bias.value:
            dense.bias.assign(intercept)


def weights_of(model: Sequential) -> tuple[list[Array], list[Array]]:
    """coefs_ and intercepts_: the model's own arrays."""
    found = denses(model)
    return [d.kernel.value for d in found], [d.bias.value for d in found if d.bias is not None]
