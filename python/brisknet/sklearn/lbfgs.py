"""Training by L-BFGS (Byrd, Lu, Nocedal, Zhu, 1995), with SciPy and the network's gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import optimize
from sklearn.exceptions import ConvergenceWarning

from brisknet.arguments.checks import Array
from brisknet.data import Data
from brisknet.runtime.warning import warn_user
from brisknet.sklearn.merging import merged
from brisknet.sklearn.validation import Samples
from brisknet.training.step import Step

Vector = np.ndarray[Any, np.dtype[np.float64]]


def fit(estimator: Any, samples: Samples) -> None:
    """Sets the model's weights, and the estimator's loss_ and n_iter_.

    The loss and its gradient are computed in float32, so they cannot match the last digits of
    scikit-learn's float64 results: a line search that fails in their noise has converged.
    """
    samples = merged(estimator, samples)
    batch = Data("fit", samples.X, samples.targets, samples.weight).batch()
    total = len(batch.x) if batch.weight is None else float(batch.weight.sum())
    estimator._penalty.l2 = 0.5 * estimator.alpha / total if total else 0.0
    step = Step(estimator.model_, estimator._objective)

    def place(packed: Vector) -> None:
        begin = 0
        for variable in step.variables:
            end = begin + variable.value.size
            variable.replace(packed[begin:end].reshape(variable.shape))
            begin = end

    def value_and_gradient(packed: Vector) -> tuple[float, Vector]:
        place(packed)
        loss, _ = step.gradients(batch)
        return float(loss), pack([v.grad for v in step.variables])

    def report(intermediate_result: Any) -> None:
        print(f"loss = {intermediate_result.fun:.8f}")

    result = optimize.minimize(
        value_and_gradient,
        pack([v.value for v in step.variables]),
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
        warn_user(
            f"lbfgs failed to converge after {result.nit} iteration(s) ({result.message}): "
            "increase max_iter or max_fun, or scale the data",
            ConvergenceWarning,
        )


def pack(arrays: list[Array]) -> Vector:
    """The elements of all arrays as one vector."""
    return np.concatenate([a.ravel() for a in arrays]).astype(np.float64)
