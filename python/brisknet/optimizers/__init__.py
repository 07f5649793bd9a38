"""Optimizers, by Keras's names.

Each rule stands as code in its class's docstring: g is the gradient, w the weight, t the step.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from brisknet.names.refused_names import refuse_names
from brisknet.optimizers import schedules as schedules
from brisknet.optimizers.adadelta import *
from brisknet.optimizers.adagrad import *
from brisknet.optimizers.adam import *
from brisknet.optimizers.adamax import *
from brisknet.optimizers.ftrl import *
from brisknet.optimizers.lamb import *
from brisknet.optimizers.lion import *
from brisknet.optimizers.nadam import *
from brisknet.optimizers.optimizer import Optimizer as Optimizer
from brisknet.optimizers.rmsprop import *
from brisknet.optimizers.sgd import *
from brisknet.serialization.objects import serialize_keras_object
from brisknet.serialization.registry import Registry

__getattr__ = refuse_names(
    __name__,
    """
    Adafactor LossScaleOptimizer MultiOptimizer Muon OptimizerMap ScheduleFreeAdamW legacy
    """,
    dict.fromkeys("experimental legacy optimizer_v2".split(), "use brisknet.optimizers"),
)


_registry = Registry[Optimizer](
    "optimizers", "optimizer", Optimizer, "or an Optimizer", functions=False, any_case=True
)


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
    return _registry.get(identifier)


def serialize(optimizer: Optimizer) -> Any:
    """The configuration of an optimizer (see `saving.serialize_keras_object`)."""
    return serialize_keras_object(optimizer)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Optimizer:
    """The optimizer of a configuration, whose class_name may be in any case, or of a name.

    Raises:
        ValueError: if it describes no optimizer.
    """
    name = config.get("class_name") if isinstance(config, dict) else None
    if isinstance(name, str) and name.lower() in _registry.names:
        config = {**config, "class_name": _registry.names[name.lower()].__name__}
    return _registry.deserialize(config, custom_objects)


# What the files above list, the base class, and what else is public here. Type checkers, which
# cannot read this, take it from the imports, but would not beside an assignment to __all__.
vars()["__all__"] = sorted(
    name
    for name, value in vars().items()
    if (isinstance(value, type) and issubclass(value, Optimizer))
    or name in ("deserialize", "get", "schedules", "serialize")
)
