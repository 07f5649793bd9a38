"""Optimizers, by Keras's names.

Each rule stands as code in its class's docstring: g is the gradient, w the weight, t the step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from brisknet.arguments.checks import unknown
from brisknet.names.refused_names import refuse_names
from brisknet.optimizers import schedules
from brisknet.optimizers.adadelta import Adadelta
from brisknet.optimizers.adagrad import Adagrad
from brisknet.optimizers.adam import Adam, AdamW
from brisknet.optimizers.adamax import Adamax
from brisknet.optimizers.ftrl import Ftrl
from brisknet.optimizers.lamb import Lamb
from brisknet.optimizers.lion import Lion
from brisknet.optimizers.nadam import Nadam
from brisknet.optimizers.optimizer import Optimizer
from brisknet.optimizers.rmsprop import RMSprop
from brisknet.optimizers.sgd import SGD
from brisknet.serialization.objects import deserialize_as, serialize_keras_object

__all__ = [
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Ftrl",
    "Lamb",
    "Lion",
    "Nadam",
    "Optimizer",
    "RMSprop",
    "deserialize",
    "get",
    "schedules",
    "serialize",
]

__getattr__ = refuse_names(
    __name__,
    """
    Adafactor LossScaleOptimizer MultiOptimizer Muon OptimizerMap ScheduleFreeAdamW legacy
    """,
    dict.fromkeys("experimental legacy optimizer_v2".split(), "use brisknet.optimizers"),
)


_CLASSES: dict[str, Callable[[], Optimizer]] = {
    "sgd": SGD,
    "rmsprop": RMSprop,
    "adam": Adam,
    "adamw": AdamW,
    "adamax": Adamax,
    "nadam": Nadam,
    "adagrad": Adagrad,
    "adadelta": Adadelta,
    "ftrl": Ftrl,
    "lion": Lion,
    "lamb": Lamb,
}


def get(
    identifier: str | type[Optimizer] | Optimizer | Mapping[str, Any] | None,
) -> Optimizer | None:
    """The optimizer that a name (in any case), a class or a configuration means; None for None.

    Raises:
        ValueError: if there is no such optimizer.

    Example:
        >>> get("adam")
        Adam(learning_rate=0.001)
    """
    if identifier is None or isinstance(identifier, Optimizer):
        return identifier
    if isinstance(identifier, str) and identifier.lower() in _CLASSES:
        return _CLASSES[identifier.lower()]()
    if isinstance(identifier, type) and issubclass(identifier, Optimizer):
        make: Callable[[], Optimizer] = identifier  # a subclass has a rate of its own
        return make()
    if isinstance(identifier, dict):
        return deserialize(identifier)
    raise unknown("optimizers", "optimizer", identifier, _CLASSES, "or an Optimizer")


def serialize(optimizer: Optimizer) -> Any:
    """The configuration of an optimizer (see `saving.serialize_keras_object`)."""
    return serialize_keras_object(optimizer)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Optimizer:
    """The optimizer of a configuration, whose class_name may be in any case, or of a name.

    Raises:
        ValueError: if there is none.
    """
    name = config.get("class_name") if isinstance(config, dict) else None
    if isinstance(name, str) and name.lower() in _CLASSES:
        config = {**config, "class_name": _CLASSES[name.lower()].__name__}
    optimizer: Optimizer = deserialize_as("optimizers", Optimizer, config, custom_objects)
    return optimizer
