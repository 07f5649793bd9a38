"""Training by L-BFGS (Byrd, Lu, Nocedal, Zhu, 1995), by SciPy, with the network's gradients."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from scipy import optimize
from sklearn.exceptions import ConvergenceWarning

from brisknet.arguments.checks import Array
from brisknet.data import Data
from brisknet.sklearn import network

Vector = np.ndarray[Any, np.dtype[np.float64]]


def fit(estimator: Any, X: Any, targets: Array, weight: Any) -> None:
    """Sets the model's weights, and the estimator's loss_ and n_iter_.

    The loss and its gradient are float32's, so the last digits of scikit-learn's, in float64, are
    out of reach: a line search that ends in their noise has converged.
    """
    model, loss = estimator.model_, estimator._objective
    x = Data("fit", X).inputs()
    w = None if weight is None else np.asarray(weight, dtype=np.float32)
    total = len(x) if w is None else float(w.sum())
    share = estimator.alpha / total if total else 0.0
    variables = model.trainable_variables
    kernels = [dense.kernel for dense in network.denses(model)]

    def place(packed: Vector) -> None:
        begin = 0
        for variable in variables:
            end = begin + variable.value.size
            variable.assign(packed[begin:end].reshape(variable.shape))
            begin = end

    def value_and_gradient(packed: Vector) -> tuple[float, Vector]:
        place(packed)
        y, backward = model.forward(x, training=True, input_gradient=False)
        value, dy = loss.value_and_gradient(targets, y, w)
        backward(dy)
        for kernel in kernels:
            squares = kernel.value.astype(np.float64).ravel()
            value += 0.5 * share * float(squares @ squares)
            kernel.grad += np.float32(share) * kernel.value
        return float(value), pack([v.grad for v in variables])

    def report(intermediate_result: Any) -> None:
        print(f"loss = {intermediate_result.fun:.8f}")

    result = optimize.minimize(
        value_and_gradient,
        pack([v.value for v in variables]),
        method="L-BFGS-B",
        jac=True,
        callback=report if estimator.verbose else None,
        options={
            "maxfun": estimator.max_fun,
            "maxiter": estimator.max_iter,
            "gtol": estimator.tol,
        },
    )
    place(result.x)
    estimator.loss_ = float(result.fun)
    estimator.n_iter_ = min(int(result.nit), estimator.max_iter)
    if result.status == 1:  # a limit was reached
        warnings.warn(
            f"lbfgs failed to converge after {result.nit} iteration(s) ({result.message}): "
            "increase max_iter or max_fun, or scale the data",
            ConvergenceWarning,
            stacklevel=4,
        )


def pack(arrays: list[Array]) -> Vector:
    """All numbers of the arrays as one vector."""
    return np.concatenate([a.ravel() for a in arrays]).astype(np.float64)
