"""Stochastic training with 'sgd', 'adam' or an optimizer, in the loop of `Sequential.fit`."""

from __future__ import annotations

import copy
from contextlib import closing
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from brisknet import optimizers
from brisknet.callbacks import Callback, CallbackList
from brisknet.runtime.warning import warn_user
from brisknet.sklearn.batches import Batches
from brisknet.sklearn.callbacks import InverseScaling, KeepBest, Patience, Record
from brisknet.sklearn.merging import merged
from brisknet.sklearn.parameters import clipping
from brisknet.sklearn.validation import Samples, Validation
from brisknet.training.fitting import ready
from brisknet.training.loop import train


def new_optimizer(estimator: Any) -> optimizers.Optimizer:
    """The optimizer given by the estimator's parameters, in its initial state.

    Raises:
        ValueError: if `solver` is an optimizer that has trained another model.
    """
    solver, rate = estimator.solver, estimator.learning_rate
    if isinstance(rate, str):
        rate = float(estimator.learning_rate_init)
    if solver == "sgd":
        momentum = estimator.momentum
        nesterov = bool(estimator.nesterovs_momentum) and momentum > 0
        return optimizers.SGD(rate, momentum, nesterov, **clipping(estimator))
    if solver == "adam":
        betas = estimator.beta_1, estimator.beta_2
        return optimizers.Adam(rate, *betas, estimator.epsilon, **clipping(estimator))
    if solver.built:
        raise ValueError(
            f"[{type(estimator).__name__}] expected a new optimizer as solver: {solver!r} "
            "has trained another model"
        )
    return copy.deepcopy(solver)  # type: ignore[no-any-return]


def fit(
    estimator: Any,
    samples: Samples,
    validation: Samples | None,
    random_state: Any,
    incremental: bool,
) -> None:
    """Trains the compiled model for at most `max_iter` epochs, or for one if incremental."""
    model, count = estimator.model_, samples.X.shape[0]
    size = _batch_size(estimator, count)
    shuffles = estimator.shuffle and size < count
    if size == count:
        samples = merged(estimator, samples)
    if validation is not None and estimator.validation_scores_ is None:
        estimator.validation_scores_, estimator.best_validation_score_ = [], -np.inf
    source = random_state if shuffles else None
    batches = Batches(samples, size, source, estimator.alpha, estimator._penalty)
    epochs = 1 if incremental else estimator.max_iter
    first: list[Callback] = [Record(estimator, count)]
    if estimator.early_stopping:
        first.append(KeepBest(estimator))
    if estimator.solver == "sgd" and estimator.learning_rate == "invscaling":
        first.append(InverseScaling(estimator))
    called = CallbackList(
        [first, estimator.callbacks, Patience(estimator)],
        model=model,
        epochs=epochs,
        steps=-(-count // size),
    )
    measure = None if validation is None else Validation(estimator, validation)
    estimator.n_iter_ = 0
    try:
        with model.exclusive("fit") as interrupts, closing(called), interrupts.open:
            ready(model, "fit", batches.data)
            train(model, range(epochs), batches.epoch, called, interrupts, measure)
    except KeyboardInterrupt:
        warn_user("Training interrupted by user.")
    else:
        if not incremental and not model.stop_training:
            warn_user(
                f"Stochastic Optimizer: Maximum iterations ({estimator.max_iter}) reached "
                "and the optimization hasn't converged yet.",
                ConvergenceWarning,
            )
    finally:
        called.set_model(None)  # type: ignore[arg-type] # a clone copies callbacks


def _batch_size(estimator: Any, samples: int) -> int:
    size = 200 if estimator.batch_size == "auto" else int(estimator.batch_size)
    if size > samples and estimator.batch_size != "auto":
        warn_user(
            "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped"
        )
    return min(size, samples)
