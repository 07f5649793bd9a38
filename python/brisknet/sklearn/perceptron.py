"""What the classifier and the regressor share: parameters, one training engine, prediction."""

from __future__ import annotations

import copy
import warnings
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import sklearn.base
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state, gen_batches
from sklearn.utils._param_validation import Interval, Options, StrOptions
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from brisknet import losses, optimizers
from brisknet.arguments.checks import Array
from brisknet.callbacks import CallbackList
from brisknet.data import Batch, Data
from brisknet.losses.as_loss import as_loss
from brisknet.optimizers.schedules import LearningRateSchedule
from brisknet.sklearn import inputs, lbfgs, network
from brisknet.sklearn.merging import merged
from brisknet.sklearn.objectives import objective
from brisknet.sklearn.refused_values import refuse_missing
from brisknet.sklearn.threads import limited

_OWN_LOSSES = ("log_loss", "squared_error", "poisson")
_SMALLEST_RATE = 1e-6  # where 'adaptive' ends


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

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "loss": [str, losses.Loss, callable],
        "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
        "activation": [str, "array-like", callable],
        "solver": [StrOptions({"lbfgs", "sgd", "adam"}), optimizers.Optimizer],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "learning_rate": [
            StrOptions({"constant", "invscaling", "adaptive"}),
            LearningRateSchedule,
        ],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
        "power_t": [Interval(Real, 0, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "shuffle": ["boolean"],
        "random_state": ["random_state"],
        "tol": [Interval(Real, 0, None, closed="left")],
        "verbose": ["verbose"],
        "warm_start": ["boolean"],
        "momentum": [Interval(Real, 0, 1, closed="both")],
        "nesterovs_momentum": ["boolean"],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="left")],
        "beta_1": [Interval(Real, 0, 1, closed="left")],
        "beta_2": [Interval(Real, 0, 1, closed="left")],
        "epsilon": [Interval(Real, 0, None, closed="neither")],
        "n_iter_no_change": [
            Interval(Integral, 1, None, closed="left"),
            Options(Real, {np.inf}),
        ],
        "max_fun": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left"), "array-like"],
        "batch_norm": ["boolean"],
        "clipnorm": [Interval(Real, 0, None, closed="neither"), None],
        "clipvalue": [Interval(Real, 0, None, closed="neither"), None],
        "global_clipnorm": [Interval(Real, 0, None, closed="neither"), None],
        "callbacks": "no_validation",
        "n_threads": [Interval(Integral, 1, None, closed="left"), None],
    }

    def _take(self, arguments: dict[str, Any]) -> None:
        """Keeps the constructor's arguments, unchanged as scikit-learn asks."""
        for name in self._get_param_names():
            setattr(self, name, arguments[name])

    # --- to be defined by the two

    def _check_targets(self, y: Any) -> None:
        """Raises for what can be no target, before scikit-learn looks at it."""
        refuse_missing(y, "y")

    def _targets(self, y: Any, incremental: bool) -> Array:
        """y as the network learns it, float32 of shape (samples, outputs)."""
        raise NotImplementedError

    def _out_activation(self) -> str:
        raise NotImplementedError

    def _decoded(self, outputs: Array) -> Any:
        """The network's outputs as predictions."""
        raise NotImplementedError

    def _score_of(self, y: Any, targets: Array, outputs: Array, sample_weight: Any) -> float:
        """What `score` gives for the network's outputs, beside y and what was made of it."""
        raise NotImplementedError

    # --- the training

    def _fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        validation_data: Any = None,
        incremental: bool = False,
    ) -> Any:
        self._validate_params()
        self._check_combinations(validation_data, incremental)
        first = not hasattr(self, "model_") or not (self.warm_start or incremental)
        self._check_values(X, y, sample_weight)
        with inputs.located(X, y, sample_weight):
            X, y = self._validated(X, y, reset=first)
            if sample_weight is not None:
                sample_weight = _check_sample_weight(sample_weight, X)
            targets = self._targets(y, incremental)
        sample_weight = self._weighted(y, sample_weight, incremental)
        random_state = check_random_state(self.random_state)
        if first:
            self._forget()
        if first or not incremental:
            self._build(X.shape[1], targets.shape[1], random_state, first)
        elif targets.shape[1] != self.n_outputs_:
            raise ValueError(
                f"[{type(self).__name__}] expected y with {self.n_outputs_} outputs, as in the "
                f"first call, got {targets.shape[1]}"
            )
        network.put(self.model_, self.coefs_, self.intercepts_)
        with limited(self.n_threads):
            if self.solver == "lbfgs":
                if self._mergeable():
                    X, targets, sample_weight = merged(X, targets, sample_weight)
                lbfgs.fit(self, X, targets, sample_weight)
            else:
                if not incremental or self.model_.optimizer is None:
                    self._compile()
                split = self._split(X, y, targets, sample_weight, validation_data, random_state)
                self._epochs(*split, random_state, incremental)
        self.coefs_, self.intercepts_ = network.weights_of(self.model_)
        if not all(np.isfinite(w).all() for w in self.model_.get_weights()):
            raise ValueError(
                "Solver produced non-finite parameter weights. The input data may contain large "
                "values and need to be preprocessed."
            )
        return self

    def _check_values(self, X: Any, y: Any, sample_weight: Any) -> None:
        inputs.check_values(X)
        self._check_targets(y)
        refuse_missing(sample_weight, "sample_weight")

    def _validated(self, X: Any, y: Any, reset: bool) -> tuple[Any, Any]:
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
        return inputs.as_numbers(X), y

    def _check_combinations(self, validation_data: Any, incremental: bool) -> None:
        """Refuses parameters that have no meaning together."""
        name = type(self).__name__
        own = isinstance(self.solver, str)
        clipping = [
            c for c in ("clipnorm", "clipvalue", "global_clipnorm") if getattr(self, c) is not None
        ]
        if clipping and not own:
            raise ValueError(f"[{name}] give {clipping[0]} to the optimizer, {self.solver!r}")
        if not own and not isinstance(self.learning_rate, str):
            raise ValueError(f"[{name}] give the schedule to the optimizer, {self.solver!r}")
        if self.early_stopping and incremental:
            raise ValueError("partial_fit does not support early_stopping=True")
        if self.solver == "lbfgs":
            given = {
                "dropout": np.any(np.asarray(self.dropout, dtype=float) > 0),
                "batch_norm": self.batch_norm,
                "callbacks": self.callbacks is not None,
                "validation_data": validation_data is not None,
                "a learning_rate that is a schedule": not isinstance(self.learning_rate, str),
                **dict.fromkeys(clipping, True),
            }
            for what, is_given in given.items():
                if is_given:
                    raise ValueError(f"[{name}] solver='lbfgs' does not support {what}")

    def _weighted(self, y: Any, sample_weight: Any, incremental: bool) -> Any:
        """The samples' weights, those of their classes included."""
        return sample_weight

    def _forget(self) -> None:
        self.t_ = 0
        if self.solver != "lbfgs":
            self.loss_curve_ = []
            self._no_improvement_count = 0
            self.best_loss_ = None if self.early_stopping else np.inf
            self.validation_scores_ = None
            self.best_validation_score_ = None

    def _hidden(self) -> tuple[int, ...]:
        sizes = self.hidden_layer_sizes
        hidden = tuple(sizes) if hasattr(sizes, "__iter__") else (sizes,)
        for size in hidden:
            if isinstance(size, bool) or not isinstance(size, Integral) or size <= 0:
                hint = f": write {int(size)}" if isinstance(size, float) and size >= 1 else ""
                raise ValueError(
                    f"hidden_layer_sizes must be whole numbers > 0, got {size!r} in "
                    f"{list(hidden)}{hint}"
                )
        return tuple(int(size) for size in hidden)

    def _for_each(self, name: str, layers: int) -> tuple[Any, ...]:
        """A parameter that is one for all hidden layers, or has an entry for each."""
        value = getattr(self, name)
        if isinstance(value, str) or callable(value) or not hasattr(value, "__iter__"):
            return (value,) * layers
        if len(value) != layers:
            raise ValueError(
                f"[{type(self).__name__}] expected {name} with an entry for each of the {layers} "
                f"hidden layers, got {len(value)}"
            )
        return tuple(value)

    def _build(self, features: int, outputs: int, random_state: Any, first: bool) -> None:
        """Makes the model anew, with new weights or those that it had."""
        hidden = self._hidden()
        functions = self._for_each("activation", len(hidden))
        self.n_outputs_ = outputs
        out_activation = self._out_activation()
        loss = self._loss(out_activation)
        of_logits = self._own_loss() or bool(getattr(loss, "from_logits", False))
        architecture = network.Architecture(
            features,
            hidden,
            outputs,
            functions,
            tuple(float(rate) for rate in self._for_each("dropout", len(hidden))),
            bool(self.batch_norm),
            None if of_logits else out_activation,
            self.alpha > 0,
        )
        before = None
        if not first:
            network.put(self.model_, self.coefs_, self.intercepts_)
            before = self.model_.get_weights()
        model, penalty = architecture.model()
        if before is None:
            last = functions[-1:] or (self.activation,)
            network.initialize(model, (*functions, *last), random_state)
        elif [w.shape for w in before] == [v.shape for v in model.variables]:
            model.set_weights(before)
        else:
            raise ValueError(
                f"[{type(self).__name__}] warm_start needs layers of the same sizes as in the "
                f"previous call to fit: it has weights {[w.shape for w in before]}, "
                f"but the parameters ask for {[v.shape for v in model.variables]}"
            )
        network.seed_dropout(model, random_state)
        self._architecture, self.model_, self._penalty, self._objective = (
            architecture,
            model,
            penalty,
            loss,
        )
        self.out_activation_ = out_activation
        self.n_layers_ = len(hidden) + 2
        self.coefs_, self.intercepts_ = network.weights_of(model)

    def _loss(self, out_activation: str) -> losses.Loss:
        smoothing = getattr(self, "label_smoothing", 0.0)
        if self._own_loss():
            return objective(self.loss, self.n_outputs_, out_activation, smoothing)
        name = type(self).__name__
        if smoothing:
            raise ValueError(f"[{name}] give label_smoothing to the loss, {self.loss!r}")
        loss = as_loss(self.loss)
        if self.n_outputs_ == 1 and "categorical" in loss.name:
            raise ValueError(
                f"[{name}] two classes have one output: use a loss for it, like "
                f"'binary_crossentropy', not {loss.name!r}"
            )
        return loss

    def _compile(self) -> None:
        """Begins with a new optimizer."""
        clip = {"clipnorm": self.clipnorm, "clipvalue": self.clipvalue}
        clip["global_clipnorm"] = self.global_clipnorm
        rate = self.learning_rate_init if isinstance(self.learning_rate, str) else None
        rate = self.learning_rate if rate is None else float(rate)
        if self.solver == "sgd":
            nesterov = bool(self.nesterovs_momentum) and self.momentum > 0
            made: Any = optimizers.SGD(rate, self.momentum, nesterov, **clip)
        elif self.solver == "adam":
            made = optimizers.Adam(rate, self.beta_1, self.beta_2, self.epsilon, **clip)
        else:
            if self.solver.built:
                raise ValueError(
                    f"[{type(self).__name__}] expected a new optimizer as solver: {self.solver!r} "
                    "has trained another model"
                )
            made = self.solver
        self._optimizer = copy.deepcopy(made)  # as it begins
        self.model_.compile(optimizer=copy.deepcopy(made), loss=self._objective)

    def _split(
        self,
        X: Any,
        y: Any,
        targets: Array,
        weight: Any,
        validation_data: Any,
        random_state: Any,
    ) -> tuple[Any, Array, Any, Any]:
        """X, targets and weights to train with, and (X, y, targets, weights) to validate with."""
        if validation_data is not None:
            return X, targets, weight, self._validation(validation_data)
        if not self.early_stopping:
            return X, targets, weight, None
        # As scikit-learn: stratified where there are two classes.
        stratify = targets if sklearn.base.is_classifier(self) and self.n_outputs_ == 1 else None
        rows = np.arange(X.shape[0])
        train, test = train_test_split(
            rows,
            random_state=random_state,
            test_size=self.validation_fraction,
            stratify=stratify,
        )
        if len(test) < 2:
            raise ValueError(
                "The validation set is too small. Increase 'validation_fraction' or the size of "
                "your dataset."
            )
        train_weight, test_weight = (
            None if weight is None else weight[part] for part in (train, test)
        )
        validation = inputs.indexable(X[test]), y[test], targets[test], test_weight
        return X[train], targets[train], train_weight, validation

    def _validation(self, given: Any) -> tuple[Any, Any, Array, Any]:
        if not isinstance(given, list | tuple) or len(given) not in (2, 3):
            raise ValueError(
                f"[{type(self).__name__}] expected validation_data (X, y) or (X, y, sample_weight)"
            )
        X, y, weight = (*given, None)[:3]
        self._check_values(X, y, weight)
        with inputs.located(X, y, weight):
            X, y = self._validated(X, y, reset=False)
            weight = None if weight is None else _check_sample_weight(weight, X)
            targets = self._targets(y, incremental=True)
        return inputs.indexable(X), y, targets, weight

    def _epochs(
        self,
        X: Any,
        targets: Array,
        weight: Any,
        validation: Any,
        random_state: Any,
        incremental: bool,
    ) -> None:
        """The training, of `fit` and, for one epoch, of `partial_fit`."""
        model, samples = self.model_, X.shape[0]
        batch_size = min(200, samples)
        if self.batch_size != "auto":
            if self.batch_size > samples:
                warnings.warn(
                    "Got `batch_size` less than 1 or larger than sample size. It is going to be "
                    "clipped",
                    stacklevel=4,
                )
            batch_size = min(self.batch_size, samples)
        slices = list(gen_batches(samples, batch_size))
        shuffles = self.shuffle and len(slices) > 1
        if len(slices) == 1 and self._mergeable():
            X, targets, weight = merged(X, targets, weight)
        data = Data("fit", X, targets, weight)
        epochs = 1 if incremental else self.max_iter
        called = CallbackList(self.callbacks, model=model, epochs=epochs, steps=len(slices))
        best = model.get_weights() if self.early_stopping else None
        if validation is not None and self.validation_scores_ is None:
            self.validation_scores_, self.best_validation_score_ = [], -np.inf
        order: Any = np.arange(samples) if shuffles else None
        model.stop_training = False
        self.n_iter_ = 0
        logs: dict[str, float] = {}
        try:
            with model._steps("fit", data) as (make_step, interrupts), interrupts.open:
                called.on_train_begin()
                for epoch in range(epochs):
                    called.on_epoch_begin(epoch)
                    if shuffles:
                        # As sklearn.utils.shuffle, whose checks cost as much as two small steps.
                        drawn = np.arange(samples)
                        random_state.shuffle(drawn)
                        order = order[drawn]
                    total = 0.0
                    for step, batch in enumerate(data.batches(batch_size, order)):
                        called.on_train_batch_begin(step)
                        rows = slices[step] if order is None else order[slices[step]]
                        self._scale_penalty(batch, None if weight is None else weight[rows])
                        loss = make_step(batch)
                        total += loss * (slices[step].stop - slices[step].start)
                        called.on_train_batch_end(step, {"loss": loss})
                        if model.stop_training:
                            break
                    self.n_iter_ += 1
                    self.t_ += samples
                    self.loss_ = total / samples
                    self.loss_curve_.append(self.loss_)
                    if self.verbose:
                        print(f"Iteration {self.n_iter_}, loss = {self.loss_:.8f}")
                    logs = {"loss": self.loss_}
                    if validation is not None:
                        improved = self._validate(validation, logs)
                        if improved and best is not None:
                            best = model.get_weights()
                    else:
                        self._compare(self.loss_, self.best_loss_)
                    self._next_rate()
                    called.on_epoch_end(epoch, logs)
                    if self._no_improvement_count > self.n_iter_no_change and self._gives_up():
                        break
                    if model.stop_training or incremental:
                        break
                    if self.n_iter_ == self.max_iter:
                        warnings.warn(
                            f"Stochastic Optimizer: Maximum iterations ({self.max_iter}) reached "
                            "and the optimization hasn't converged yet.",
                            ConvergenceWarning,
                            stacklevel=4,
                        )
                called.on_train_end(logs)
        except KeyboardInterrupt:
            warnings.warn("Training interrupted by user.", stacklevel=4)
        finally:
            for callback in called.callbacks:
                callback.set_model(None)  # type: ignore[arg-type] # a clone copies callbacks
        if best is not None:
            model.set_weights(best)

    def _own_loss(self) -> bool:
        return isinstance(self.loss, str) and self.loss in _OWN_LOSSES

    def _mergeable(self) -> bool:
        """Whether equal samples may be one: nothing but the weighted mean sees them."""
        return self._own_loss() and not self.batch_norm and not np.any(self.dropout)

    def _scale_penalty(self, batch: Batch, weight: Any) -> None:
        """Makes it the batch's share, by the sum of its samples' weights."""
        total = len(batch.x) if weight is None else float(weight.sum())
        self._penalty.l2 = 0.5 * self.alpha / total if total else 0.0

    def _validate(self, validation: Any, logs: dict[str, float]) -> bool:
        """Measures the validation data; returns whether the score is the best so far."""
        X, y, targets, weight = validation
        outputs = self.model_.predict(X, verbose=0)
        score = np.nan
        if np.isfinite(outputs).all():
            score = self._score_of(y, targets, self._activated(outputs), weight)
        logs["val_loss"] = float(self._objective(targets, outputs, weight))
        logs["val_score"] = score
        self.validation_scores_.append(score)
        if self.verbose:
            print(f"Validation score: {score:f}")
        best = self.best_validation_score_
        if score > best:
            self.best_validation_score_ = score
        if self.early_stopping:
            self._no_improvement_count = (
                self._no_improvement_count + 1 if score < best + self.tol else 0
            )
        else:
            self._compare(self.loss_, self.best_loss_)
        return bool(score > best)

    def _compare(self, loss: float, best: float) -> None:
        self._no_improvement_count = self._no_improvement_count + 1 if loss > best - self.tol else 0
        if loss < best:
            self.best_loss_ = loss

    def _next_rate(self) -> None:
        if self.solver == "sgd" and self.learning_rate == "invscaling":
            rate = float(self.learning_rate_init) / (self.t_ + 1) ** self.power_t
            self.model_.optimizer.learning_rate = rate

    def _gives_up(self) -> bool:
        """Whether training ends after so many epochs without progress."""
        what = "Validation score" if self.early_stopping else "Training loss"
        text = (
            f"{what} did not improve more than tol={self.tol:f} for {self.n_iter_no_change} "
            "consecutive epochs."
        )
        optimizer = self.model_.optimizer
        adapts = self.solver == "sgd" and self.learning_rate == "adaptive"
        if adapts and optimizer.learning_rate > _SMALLEST_RATE:
            optimizer.learning_rate = optimizer.learning_rate / 5.0
            self._no_improvement_count = 0
            text += f" Setting learning rate to {optimizer.learning_rate:f}"
        else:
            adapts = False
            text += " Stopping."
        if self.verbose:
            print(text)
        return not adapts

    # --- the prediction

    def _logits(self, X: Any) -> Array:
        """What the network gives: logits, or what the user's loss takes."""
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
        """The network's outputs with their activation."""
        if self._architecture.out_activation is not None:
            return outputs  # the last layer's
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

    # --- copies

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
