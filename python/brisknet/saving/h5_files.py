"""Models' weights and optimizers in Keras's HDF5 files, of both layouts."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from brisknet import losses
from brisknet.names.automatic import numbered
from brisknet.optimizers import Nadam, Optimizer
from brisknet.saving import h5_weights, legacy_config, legacy_h5, optimizer_state, weights
from brisknet.saving.places import places
from brisknet.saving.random_state import set_random_state
from brisknet.saving.state import parsed_numbers
from brisknet.variables.variable import Variable

if TYPE_CHECKING:
    from brisknet.models.sequential import Sequential

# --- the layout of Keras 3


def weights_bytes(model: Sequential, include_optimizer: bool, extra: bytes | None) -> bytes:
    """A file of a model's weights."""
    arrays: dict[str, Mapping[str, Any]] = {}
    names = {}
    for path, layer in places(model):
        arrays[path] = weights.stored(layer)
        names[path] = layer.name
    if include_optimizer and model.optimizer is not None and model.optimizer.built:
        variables = model.optimizer.variables
        arrays["optimizer"] = {str(i): v.numpy() for i, v in enumerate(variables)}
        names["optimizer"] = model.optimizer.name
    return h5_weights.write(arrays, names, extra)


def load_weights(
    op: str,
    model: Sequential,
    file: IO[bytes],
    size: int,
    whole: bool = False,
    skip_mismatch: bool = False,
) -> None:
    """Gives a model what `weights_bytes` or Keras has written.

    Args:
        op: for warnings.
        file, size: the file and its bytes.
        whole: whether random states are set, too.
        skip_mismatch: see `saving.load_weights`.
    """
    selves = weights.loading_themselves(model)
    named = {p: v.own_variables for p, v in places(model) if p not in selves}
    found, stores, extra = h5_weights.read(file, size, [*named, "optimizer"], list(selves))
    stored = [("", array) for array in found.pop("optimizer")]
    updates = weights.fitting(op, named, found, skip_mismatch)

    def load_themselves() -> None:
        weights.load_themselves(op, selves, stores, skip_mismatch)

    _set(op, model, updates, stored, extra, size, whole, load_themselves)


# --- the older layout


def model_bytes(
    model: Sequential, config: dict[str, Any], include_optimizer: bool, extra: bytes
) -> bytes:
    """A file of a whole model, of its configuration with how it is compiled."""
    compiled = config.pop("compile_config", None)
    training = None
    if compiled:
        training = {k: v for k, v in compiled.items() if k != "optimizer"}
        training["optimizer_config"] = compiled["optimizer"]
        if isinstance(training.get("loss"), str):  # Keras does not find 'mse' when it reads a file
            training["loss"] = getattr(losses.get(training["loss"]), "__name__", training["loss"])
    optimizer = model.optimizer if include_optimizer else None
    return legacy_h5.write(
        legacy_h5.Contents(
            json.dumps({name: config[name] for name in ("class_name", "config")}),
            None if training is None else json.dumps(training),
            [(layer.name, _named(_legacy_order(layer.variables))) for layer in model.layers],
            _named(_legacy_order(model.own_variables)),
            [] if optimizer is None or not optimizer.built else _named(optimizer.variables),
            extra,
        )
    )


def set_contents(
    op: str,
    model: Sequential,
    contents: legacy_h5.Contents,
    size: int,
    whole: bool = False,
    by_name: bool | None = False,
    skip_mismatch: bool = False,
) -> None:
    """Gives a model what a file of the older layout holds; for arguments see `load_weights`.

    Layers are found by their places among those that have weights, or by their names.
    """
    named = {layer.name: _legacy_order(layer.variables) for layer in model.layers}
    named = {name: variables for name, variables in named.items() if variables}
    stored = {name: [a for _, a in arrays] for name, arrays in contents.layers if arrays}
    own = _legacy_order(model.own_variables)
    if by_name:
        named = {name: variables for name, variables in named.items() if name in stored}
    elif len(stored) == len(named):
        stored = dict(zip(named, stored.values(), strict=True))
    elif not skip_mismatch:
        raise ValueError(f"the model has {len(named)} layers with weights, the file {len(stored)}")
    if (own or contents.own) and not by_name:
        named[""], stored[""] = own, [array for _, array in contents.own]
    updates = weights.fitting(op, named, stored, skip_mismatch)
    _set(op, model, updates, contents.optimizer, contents.extra, size, whole)


def _legacy_order(variables: Sequence[Variable]) -> list[Variable]:
    """Weights as Keras 2 orders them: those that are trained first."""
    return [v for v in variables if v.trainable] + [v for v in variables if not v.trainable]


def _named(variables: Sequence[Any]) -> legacy_h5.Named:
    names = numbered(variable.path for variable in variables)
    return [(n, np.asarray(v.numpy())) for n, v in zip(names, variables, strict=True)]


# --- both


def _set(
    op: str,
    model: Sequential,
    updates: weights.Updates,
    stored: legacy_h5.Named,
    extra: bytes | None,
    size: int,
    whole: bool,
    load_themselves: Callable[[], None] = lambda: None,
) -> None:
    """Sets weights, and the optimizer's state where it fits."""
    numbers = {} if extra is None else parsed_numbers(extra, size)
    steps = numbers.get("optimizer")
    if steps:
        optimizer_state.check_numbers(steps)
    optimizer = model.optimizer
    if stored and optimizer is not None:
        optimizer_state.build(model, steps["variables"] if steps else None)
        if not _set_optimizer(optimizer, stored):
            optimizer_state.differs(op, strict=False)
            steps = None
    if whole and "random" in numbers:
        set_random_state(model, numbers["random"])
    load_themselves()
    for variable, array in updates:
        variable.assign(array)
    if steps and optimizer is not None:
        optimizer_state.set_numbers(optimizer, steps)


def _set_optimizer(optimizer: Optimizer, stored: legacy_h5.Named) -> bool:
    """Whether arrays are the optimizer's, which then has them."""
    arrays: dict[str, Any]
    if any(name.endswith(("/iter:0", "/iterations:0")) for name, _ in stored):
        arrays = legacy_config.optimizer_state(optimizer, stored)
        current = optimizer.state_arrays()
        if "learning_rate" in current:
            arrays["learning_rate"] = current["learning_rate"]
        if not _same_shapes(arrays, current):
            return False
        optimizer.load_state_arrays(arrays)
        return True
    variables = {str(i): v for i, v in enumerate(optimizer.variables)}
    values = [array for _, array in stored]
    if isinstance(optimizer, Nadam) and len(values) < len(variables):
        values.append(np.asarray(optimizer.variables[-1].numpy()))  # it follows from the steps
    if len(values) == len(variables) - 1 and not callable(optimizer._learning_rate):
        # Keras 2 has the rate in the configuration.
        values.insert(1, np.asarray(variables["1"].numpy()))
    arrays = {str(i): array for i, array in enumerate(values)}
    if not _same_shapes(arrays, variables):
        return False
    optimizer.load_own_variables(arrays)
    return True


def _same_shapes(arrays: Mapping[str, Any], others: Mapping[str, Any]) -> bool:
    return {k: np.shape(a) for k, a in arrays.items()} == {k: v.shape for k, v in others.items()}
