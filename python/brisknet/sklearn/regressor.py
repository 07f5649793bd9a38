"""The regressor."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils import column_or_1d
from sklearn.utils.metaestimators import available_if

from brisknet.arguments.checks import Array
from brisknet.sklearn import inputs
from brisknet.sklearn.perceptron import Perceptron
from brisknet.sklearn.refused_values import refuse_other_than_numbers


class MLPRegressor(RegressorMixin, Perceptron):  # type: ignore[misc] # scikit-learn has no types
    """scikit-learn's `MLPRegressor`, trained by brisknet.

    Args:
        loss: 'squared_error'; 'poisson' for half the Poisson deviance, with the exponential as the
            output activation; or a name from `brisknet.losses`, a `Loss` or a function as accepted
            by `Sequential.compile`.
        hidden_layer_sizes, activation, …, n_threads: see `MLPClassifier`.

    Attributes:
        loss_, coefs_, intercepts_, model_, …: see `MLPClassifier`.

    Example:
        >>> X = np.linspace(0, 1, 200)[:, None]
        >>> y = 3 * X[:, 0] - 1
        >>> regressor = MLPRegressor(random_state=1, solver="lbfgs", alpha=0).fit(X, y)
        >>> regressor.predict([[0.5]]).round(1)
        array([0.5], dtype=float32)
    """

    def __init__(
        self,
        loss: Any = "squared_error",
        hidden_layer_sizes: Any = (100,),
        activation: Any = "relu",
        *,
        solver: Any = "adam",
        alpha: float = 0.0001,
        batch_size: Any = "auto",
        learning_rate: Any = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: Any = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        dropout: Any = 0.0,
        batch_norm: bool = False,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        callbacks: Any = None,
        n_threads: int | None = None,
    ) -> None:
        self._take(locals())

    @available_if(Perceptron._is_stochastic)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """Trains the network for one epoch on these samples; see `MLPClassifier.partial_fit`."""
        return self._fit(X, y, sample_weight, incremental=True)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """The coefficient of determination, R^2, of the predictions for X.

        Raises:
            ValueError: if the data are invalid.
        """
        self._check_targets(y)
        with inputs.located(None, y, sample_weight):
            return float(super().score(X, y, sample_weight))

    def _check_targets(self, y: Any) -> None:
        super()._check_targets(y)
        refuse_other_than_numbers(y, "y")

    def _targets(self, y: Any, incremental: bool) -> Array:
        inputs.check_range(y, "y")
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        if self.loss == "poisson" and y.min() < 0:
            raise ValueError(f"[MLPRegressor] expected y >= 0 for loss='poisson', got {y.min()}")
        return np.asarray(y if y.ndim == 2 else y[:, None], dtype=np.float32)

    def _out_activation(self) -> str:
        return "exp" if self.loss == "poisson" else "identity"

    def _decoded(self, outputs: Array) -> Any:
        return outputs[:, 0] if outputs.shape[1] == 1 else outputs

    def _score_of(self, y: Any, targets: Array, outputs: Array, sample_weight: Any) -> float:
        return float(r2_score(y, self._decoded(outputs), sample_weight=sample_weight))
