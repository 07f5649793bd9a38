"""Configurations of Keras 2, and of Keras's HDF5 files, as Keras 3 writes them elsewhere.

There an object has only class_name and config; its module follows from where it stands. Keras 2 has
other names for a few arguments, and some that mean nothing any more.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy.typing as npt

from brisknet.optimizers import Adamax, Nadam, Optimizer
from brisknet.serialization.custom_objects import get_registered_object

# What an argument is, by how its name ends.
_AREAS = {
    "initializer": "initializers",
    "regularizer": "regularizers",
    "constraint": "constraints",
    "learning_rate": "optimizers.schedules",
}
_MODELS = ("Sequential", "Functional", "Model")
_RENAMED = {
    "InputLayer": {"batch_input_shape": "batch_shape"},
    "LeakyReLU": {"alpha": "negative_slope"},
}
# Arguments without an effect, with the values that they may have; () for any.
_MEANINGLESS: dict[str, dict[str, Sequence[Any]]] = {
    "BatchNormalization": {"fused": (), "virtual_batch_size": (None,), "adjustment": (None,)},
    "Embedding": {"input_length": ()},
}
_OF_OPTIMIZERS: dict[str, Sequence[Any]] = {
    "is_legacy_optimizer": (),
    "jit_compile": (),
    "schedule_decay": (0.004,),
    "epsilon": (None,),
    "decay": (0, None),
}


def model(config: Any) -> Any:
    """A model's configuration."""
    return _object(config, "layers")


def compiled(config: Any) -> dict[str, Any]:
    """The arguments of `compile`, from a file's training_config or compile_config."""
    if not isinstance(config, dict):
        raise ValueError("its training configuration is not a dict")
    arguments = dict(config)
    optimizer = arguments.pop("optimizer_config", arguments.get("optimizer"))
    arguments["optimizer"] = _optimizer(optimizer) if isinstance(optimizer, dict) else optimizer
    arguments.pop("sample_weight_mode", None)
    loss = arguments.get("loss")
    if isinstance(loss, str):
        arguments["loss"] = _registered(loss)
    elif isinstance(loss, dict):
        arguments["loss"] = _loss(loss)
    for name in ("metrics", "weighted_metrics"):
        found = arguments.get(name)
        if isinstance(found, list) and len(found) == 1 and isinstance(found[0], list):
            found = found[0]  # of the only output
        if isinstance(found, list):
            arguments[name] = [_metric(metric) for metric in found]
    return {name: value for name, value in arguments.items() if value is not None}


def _object(config: Any, area: str) -> Any:
    """An object's configuration, with its module."""
    if not isinstance(config, dict) or "class_name" not in config:
        return config
    name, arguments = config["class_name"], config.get("config")
    if name in ("TensorShape", "__tuple__"):
        return config.get("items")
    if name == "Policy" and isinstance(arguments, dict):  # a type
        return arguments.get("name")
    if name == "Sequential" and isinstance(arguments, list):  # before Keras 2.3
        arguments = {"name": "sequential", "layers": arguments}
    module = f"keras.{area}" if name not in _MODELS else "keras"
    name = re.sub("^BatchNormalizationV[12]$", "BatchNormalization", str(name))
    found = {"module": module, "registered_name": None, **config, "class_name": name}
    if isinstance(arguments, dict):
        found["config"] = _arguments(name, arguments, area)
    if isinstance(found.get("build_config"), dict):
        found["build_config"] = {k: _object(v, "") for k, v in found["build_config"].items()}
    return found


def _arguments(name: str, config: Mapping[str, Any], area: str) -> dict[str, Any]:
    new: dict[str, Any] = {}
    layers = area == "layers"
    for key, value in config.items():
        key = _RENAMED.get(name, {}).get(key, key) if layers else key
        if key == "batch_input_shape":
            key, value = "input_shape", _object(value, "")
            value = value[1:] if isinstance(value, list | tuple) else value
        elif key == "layers" and isinstance(value, list):
            value = [_object(layer, "layers") for layer in value]
        elif (key == "dtype" and area == "initializers") or (key == "name" and value is None):
            continue
        elif isinstance(value, dict):
            kinds = (kind for ending, kind in _AREAS.items() if key.endswith(ending))
            value = _object(value, next(kinds, area))
        if key == "axis" and isinstance(value, list) and len(value) == 1:
            (value,) = value
        new[key] = value
    return _without(_MEANINGLESS.get(name, {}) if layers else {}, new)


def _without(meaningless: Mapping[str, Sequence[Any]], config: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value
        for key, value in config.items()
        if key not in meaningless or (meaningless[key] and value not in meaningless[key])
    }


def _optimizer(config: dict[str, Any]) -> dict[str, Any]:
    name = str(config.get("class_name")).removeprefix("Custom>")
    if not isinstance(config.get("config"), dict):
        raise ValueError("its optimizer's configuration is not a dict")
    arguments = _arguments(name, config["config"], "optimizers")
    if "lr" in arguments:
        arguments["learning_rate"] = arguments.pop("lr")
    if name == Nadam.__name__ and arguments.get("decay") == 0.004:
        del arguments["decay"]  # of its momentum, for which Keras 3 has another schedule
    arguments = _without(_OF_OPTIMIZERS, arguments)
    if "decay" in arguments:  # what it did is this schedule
        arguments["learning_rate"] = {
            "module": "keras.optimizers.schedules",
            "class_name": "InverseTimeDecay",
            "config": {
                "initial_learning_rate": arguments.get("learning_rate"),
                "decay_steps": 1,
                "decay_rate": arguments.pop("decay"),
            },
            "registered_name": None,
        }
    custom = get_registered_object(str(config.get("class_name")))
    module = config.get("module") if custom is not None else "keras.optimizers"
    return {"module": module, "registered_name": None, "class_name": name, "config": arguments}


def _loss(config: dict[str, Any]) -> Any:
    if "class_name" not in config:
        return config
    found = _object(config, "losses")
    if isinstance(found.get("config"), dict):
        arguments = {k: v for k, v in found["config"].items() if k != "fn"}
        if arguments.get("reduction") == "auto":
            arguments["reduction"] = "sum_over_batch_size"
        found["config"] = arguments
    return found


def _metric(config: Any) -> Any:
    if isinstance(config, str):
        return _registered(config)
    found = _object(config, "metrics")
    if not isinstance(found, dict) or found.get("class_name") != "MeanMetricWrapper":
        return found
    arguments = dict(found.get("config") or {})
    name, fn = arguments.get("name"), arguments.get("fn")
    if not isinstance(fn, str) or name in ("accuracy", "acc", "crossentropy", "ce"):
        return name  # it depends on the model's output which function that is
    arguments["fn"] = {
        "module": "builtins",
        "class_name": "function",
        "config": fn,
        "registered_name": fn,
    }
    return {**found, "config": arguments}


def _registered(name: str) -> Any:
    """A custom function of this name; else the name."""
    found = get_registered_object(name)
    if found is None:
        return name
    return {"class_name": "function", "config": name, "module": None, "registered_name": name}


# --- the state of Keras's optimizers before 2.11

_SLOTS = {
    "m": "momentum",
    "v": "velocity",
    "vhat": "velocity_hat",
    "rms": "velocity",
    "mg": "average_gradient",
    "accum_grad": "accumulated_grad",
    "accum_var": "accumulated_delta_var",
    **{name: name for name in ("momentum", "accumulator", "linear")},
}


def optimizer_state(
    optimizer: Optimizer, named: Sequence[tuple[str, npt.NDArray[Any]]]
) -> dict[str, npt.NDArray[Any]]:
    """Arrays of names such as 'Adam/dense/kernel/m:0' by the names of `optimizer.state_arrays`.

    Those of each last part of a name are in the order of the model's weights.
    """
    counts: dict[str, int] = {}
    state: dict[str, npt.NDArray[Any]] = {}
    for path, array in named:
        last = path.rpartition("/")[2].partition(":")[0]
        slot = "norm" if last == "v" and isinstance(optimizer, Adamax) else _SLOTS.get(last)
        if last in ("iter", "iterations"):
            state["iteration"] = array
        elif slot is not None:
            number = counts[slot] = counts.get(slot, -1) + 1
            state[f"{number}/{slot}"] = array
    return state
