"""The estimators' parameters: the values allowed, and the combinations refused."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils._param_validation import Interval, Options, StrOptions

from brisknet import losses, optimizers
from brisknet.optimizers.schedules import LearningRateSchedule

_CLIPPING = ("clipnorm", "clipvalue", "global_clipnorm")

CONSTRAINTS: dict[str, Any] = {
    "loss": [str, losses.Loss, callable],
    "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
    "activation": [str, "array-like", callable],
    "solver": [StrOptions({"lbfgs", "sgd", "adam"}), optimizers.Optimizer],
    "alpha": [Interval(Real, 0, None, closed="left")],
    "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
    "learning_rate": [StrOptions({"constant", "invscaling", "adaptive"}), LearningRateSchedule],
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
    **{name: [Interval(Real, 0, None, closed="neither"), None] for name in _CLIPPING},
    "callbacks": "no_validation",
    "n_threads": [Interval(Integral, 1, None, closed="left"), None],
}


def clipping(estimator: Any) -> dict[str, Any]:
    """The arguments of an optimizer for gradient clipping."""
    return {name: getattr(estimator, name) for name in _CLIPPING}


def check_combinations(estimator: Any, validation_data: Any, incremental: bool) -> None:
    """Refuses parameters that conflict.

    Raises:
        ValueError: if there are any.
    """
    name, solver = type(estimator).__name__, estimator.solver
    clips = [c for c, limit in clipping(estimator).items() if limit is not None]
    has_schedule = not isinstance(estimator.learning_rate, str)
    if not isinstance(solver, str) and clips:
        raise ValueError(f"[{name}] give {clips[0]} to the optimizer, {solver!r}")
    if not isinstance(solver, str) and has_schedule:
        raise ValueError(f"[{name}] give the schedule to the optimizer, {solver!r}")
    if estimator.early_stopping and incremental:
        raise ValueError("partial_fit does not support early_stopping=True")
    if solver == "lbfgs":
        given = {
            "dropout": np.any(np.asarray(estimator.dropout, dtype=float) > 0),
            "batch_norm": estimator.batch_norm,
            "callbacks": estimator.callbacks is not None,
            "validation_data": validation_data is not None,
            "a learning_rate that is a schedule": has_schedule,
            **dict.fromkeys(clips, True),
        }
        for what, is_given in given.items():
            if is_given:
                raise ValueError(f"[{name}] solver='lbfgs' does not support {what}")


def hidden_sizes(given: Any) -> tuple[int, ...]:
    """`hidden_layer_sizes` as a tuple; a number means one hidden layer.

    Raises:
        ValueError: if a size is not an integer of at least 1.
    """
    sizes = tuple(given) if hasattr(given, "__iter__") else (given,)
    for size in sizes:
        if isinstance(size, bool) or not isinstance(size, Integral) or size <= 0:
            hint = f": write {int(size)}" if isinstance(size, float) and size >= 1 else ""
            raise ValueError(
                f"hidden_layer_sizes must be whole numbers > 0, got {size!r} in {list(sizes)}{hint}"
            )
    return tuple(int(size) for size in sizes)


def for_each_layer(estimator: Any, name: str, layers: int) -> tuple[Any, ...]:
    """A parameter that is one value for all hidden layers, or a list with a value for each.

    Raises:
        ValueError: if the list has another length.
    """
    value = getattr(estimator, name)
    if isinstance(value, str) or callable(value) or not hasattr(value, "__iter__"):
        return (value,) * layers
    if len(value) != layers:
        raise ValueError(
            f"[{type(estimator).__name__}] expected {name} with an entry for each of the {layers} "
            f"hidden layers, got {len(value)}"
        )
    return tuple(value)
