"""What the classifier and the regressor share: from X and y to a trained network, and back."""

from __future__ import annotations

import copy
from typing import Any, ClassVar

import numpy as np
import sklearn.base
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from brisknet.arguments.checks import Array
from brisknet.sklearn import inputs, lbfgs, network, stochastic
from brisknet.sklearn.objectives import is_own, objective_of
from brisknet.sklearn.parameters import CONSTRAINTS, check_combinations
from brisknet.sklearn.refused_values import refuse_missing
from brisknet.sklearn.threads import limited
from brisknet.sklearn.validation import Samples, set_aside, validation_parts


class Perceptron(sklearn.base.BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """The base of `MLPClassifier` and `MLPRegressor`."""

    # What fit sets.
    model_: Any
    coefs_: Any
    intercepts_: Any
    loss_curve_: Any
    best_loss_: Any
    validation_scores_: Any
    best_validation_score_: Any

    _parameter_constraints: ClassVar[dict[str, Any]] = CONSTRAINTS

    def _take(self, arguments: dict[str, Any]) -> None:
        """Keeps the constructor's arguments, unchanged as scikit-learn asks."""
        for name in self._get_param_names():
            setattr(self, name, arguments[name])

    # --- defined by the subclasses

    def _check_targets(self, y: Any) -> None:
        """Refuses invalid targets, before scikit-learn checks them."""
        refuse_missing(y, "y")

    def _targets(self, y: Any, incremental: bool) -> Array:
        """y as the targets of the network, float32 of shape (samples, outputs)."""
        raise NotImplementedError

    def _out_activation(self) -> str:
        raise NotImplementedError

    def _decoded(self, outputs: Array) -> Any:
        """The predictions for the network's outputs."""
        raise NotImplementedError

    def _score_of(self, y: Any, targets: Array, outputs: Array, sample_weight: Any) -> float:
        """The `score` of the network's outputs, given y and the network's targets."""
        raise NotImplementedError

    # --- training

    def fit(self, X: Any, y: Any, sample_weight: Any = None, validation_data: Any = None) -> Any:
        """Trains the network.

        Ctrl-C ends the training after the current step, with a warning.

        Args:
            X: an array, a frame or a sparse matrix, (samples, features).
            y: for a classifier labels, (samples,), or zeros and ones for several labels, (samples,
                labels); for a regressor numbers, (samples,) or (samples, outputs).
            sample_weight: the samples' weights in the loss, (samples,).
            validation_data: (X, y) or (X, y, sample_weight), whose loss and score are measured
                after each epoch; with early_stopping they replace the samples set aside.

        Returns:
            The estimator.

        Raises:
            ValueError, TypeError: if a parameter is out of range or conflicts with another, or the
                data are invalid.
        """
        return self._fit(X, y, sample_weight, validation_data)

    def _fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        validation_data: Any = None,
        incremental: bool = False,
    ) -> Any:
        self._validate_params()
        check_combinations(self, validation_data, incremental)
        first = not hasattr(self, "model_") or not (self.warm_start or incremental)
        samples = self._samples(X, y, sample_weight, first, incremental)
        samples = samples._replace(weight=self._weighted(samples.y, samples.weight, incremental))
        random_state = check_random_state(self.random_state)
        if first:
            self._forget()
        outputs = samples.targets.shape[1]
        if first or not incremental:
            self._build(samples.X.shape[1], outputs, random_state, first)
        elif outputs != self.n_outputs_:
            raise ValueError(
                f"[{type(self).__name__}] expected y with {self.n_outputs_} outputs, as in the "
                f"first call, got {outputs}"
            )
        network.put(self.model_, self.coefs_, self.intercepts_)
        with limited(self.n_threads):
            if self.solver == "lbfgs":
                lbfgs.fit(self, samples)
            else:
                if not incremental or self.model_.optimizer is None:
                    self._optimizer = stochastic.new_optimizer(self)  # in its initial state
                    self.model_.compile(copy.deepcopy(self._optimizer), self._objective)
                validation = None
                if validation_data is not None:
                    validation = self._samples(
                        *validation_parts(self, validation_data), False, True
                    )
                elif self.early_stopping:
                    samples, validation = set_aside(self, samples, random_state)
                stochastic.fit(self, samples, validation, random_state, incremental)
        self.coefs_, self.intercepts_ = network.weights_of(self.model_)
        if not all(np.isfinite(w).all() for w in self.model_.get_weights()):
            raise ValueError(
                "Solver produced non-finite parameter weights. The input data may contain large "
                "values and need to be preprocessed."
            )
        return self

    def _samples(self, X: Any, y: Any, weight: Any, reset: bool, incremental: bool) -> Samples:
        """The checked data."""
        inputs.check_values(X)
        self._check_targets(y)
        refuse_missing(weight, "sample_weight")
        with inputs.located(X, y, weight):
            X, y = validate_data(
                self,
                X,
                y,
                accept_sparse="csr",
                dtype="numeric",
                multi_output=True,
                y_numeric=sklearn.base.is_regressor(self),
                reset=reset,
            )
            X = inputs.as_numbers(X)
            weight = None if weight is None else _check_sample_weight(weight, X)
            return Samples(X, y, self._targets(y, incremental), weight)

    def _weighted(self, y: Any, sample_weight: Any, incremental: bool) -> Any:
        """The samples' weights, multiplied by those of their classes."""
        return sample_weight

    def _forget(self) -> None:
        self.t_ = 0
        if self.solver != "lbfgs":
            self.loss_curve_ = []
            self._no_improvement_count = 0
            self.best_loss_ = None if self.early_stopping else np.inf
            self.validation_scores_ = None
            self.best_validation_score_ = None

    def _build(self, features: int, outputs: int, random_state: Any, first: bool) -> None:
        """Creates the model again, with new weights or those of the previous one."""
        out_activation = self._out_activation()
        objective = objective_of(self, outputs, out_activation)
        of_logits = is_own(self.loss) or bool(getattr(objective, "from_logits", False))
        architecture = network.Architecture.of(
            self, features, outputs, None if of_logits else out_activation
        )
        model, penalty = architecture.model()
        if first:
            last = (architecture.activations or (self.activation,))[-1]
            network.initialize(model, (*architecture.activations, last), random_state)
        else:
            network.put(self.model_, self.coefs_, self.intercepts_)
            network.carry_over(type(self).__name__, self.model_, model)
        network.seed_dropout(model, random_state)
        self._architecture, self._objective = architecture, objective
        self.model_, self._penalty = model, penalty
        self.n_outputs_, self.out_activation_ = outputs, out_activation
        self.n_layers_ = len(architecture.hidden) + 2
        self.coefs_, self.intercepts_ = network.weights_of(model)

    # --- prediction

    def _logits(self, X: Any) -> Array:
        """The network's raw outputs: logits, or the form that a custom loss accepts."""
        check_is_fitted(self)
        inputs.check_values(X)
        with inputs.located(X):
            X = validate_data(self, X, accept_sparse="csr", dtype="numeric", reset=False)
            X = inputs.as_numbers(X)
        network.put(self.model_, self.coefs_, self.intercepts_)
        with limited(self.n_threads):
            outputs: Array = self.model_.predict(X, verbose=0)
        return outputs

    def _activated(self, outputs: Array) -> Array:
        """The network's outputs after the output activation."""
        if self._architecture.out_activation is not None:
            return outputs  # the last layer has applied it
        activated: Array = network.activation(self.out_activation_)(outputs)
        return activated

    def predict(self, X: Any) -> Any:
        """The predictions for X, an array, a frame or a sparse matrix of (samples, features).

        Returns:
            An array of shape (samples,), or (samples, outputs) where there are several.
        """
        return self._decoded(self._activated(self._logits(X)))

    def _is_stochastic(self) -> bool:
        """For `available_if`."""
        if self.solver == "lbfgs":
            raise AttributeError(
                "partial_fit is only available for stochastic optimizers. lbfgs is not stochastic."
            )
        return True

    # --- copying

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        if "model_" in state:
            model = state.pop("model_")
            network.put(model, self.coefs_, self.intercepts_)
            state["_weights"] = model.get_weights()
            state["coefs_"], state["intercepts_"] = None, None
            optimizer = model.optimizer
            if optimizer is not None:
                state["_optimizer_state"] = optimizer.state_arrays()
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = dict(state)
        weights, trained = state.pop("_weights", None), state.pop("_optimizer_state", None)
        super().__setstate__(state)
        if weights is None:
            return
        self.model_, self._penalty = self._architecture.model()
        self.model_.set_weights(weights)
        self.coefs_, self.intercepts_ = network.weights_of(self.model_)
        if trained is not None:
            optimizer = copy.deepcopy(self._optimizer)
            self.model_.compile(optimizer=optimizer, loss=self._objective)
            optimizer.build(self.model_.trainable_variables)
            optimizer.load_state_arrays(trained)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
