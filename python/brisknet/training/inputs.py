"""The arguments of `fit`, `evaluate` and `predict` as batches that the model takes."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from brisknet import config
from brisknet.data import ArrayBatches, Data, Epochs, SparseRows, StreamBatches, is_stream
from brisknet.runtime.warning import warn_user
from brisknet.training.arguments import required_targets
from brisknet.training.trainable import Trainable


def labelled(
    model: Trainable, op: str, x: Any, y: Any, sample_weight: Any, finite: bool = False
) -> Data | StreamBatches:
    """Inputs and targets: arrays, or a source of batches."""
    if type(x) is np.ndarray or not is_stream(x):
        return labelled_arrays(model, op, x, y, sample_weight, finite)
    for name, value in (("y", y), ("sample_weight", sample_weight)):
        if value is not None:
            raise ValueError(f"[{op}] expected {name} in the batches that x gives, not beside it")
    take = functools.partial(prepare, model, op)
    return StreamBatches(op, x, take, True, _axes(model), finite, model.input_names_taken)


def labelled_arrays(
    model: Trainable, op: str, x: Any, y: Any, sample_weight: Any, finite: bool = False
) -> Data:
    """Inputs and targets that are arrays."""
    y = required_targets(op, x, y)
    data = Data(op, x, y, sample_weight, _axes(model), finite, model.input_names_taken)
    _choose_format(model, data)
    return data


def unlabelled(model: Trainable, op: str, x: Any) -> Data | StreamBatches:
    """Inputs alone: an array, for which the caller calls `take_inputs`, or a source of batches."""
    if type(x) is np.ndarray or not is_stream(x):
        return unlabelled_array(model, op, x)
    take = functools.partial(take_inputs, model, op)
    return StreamBatches(op, x, take, False, _axes(model), False, model.input_names_taken)


def unlabelled_array(model: Trainable, op: str, x: Any) -> Data:
    """Inputs alone, an array."""
    data = Data(op, x, None, None, _axes(model), False, model.input_names_taken)
    _choose_format(model, data)
    return data


def take_inputs(model: Trainable, op: str, data: Data) -> None:
    """Builds the model for the inputs; raises where it cannot take them."""
    if not model.built:
        model.ensure_built((None, *data.x.shape[1:]))
    model.check_input(op, data.x)
    if isinstance(data.x, SparseRows):
        _choose_format(model, data)
    elif model.takes_compressed(data.x):
        data.compress()


def prepare(model: Trainable, op: str, data: Data) -> None:
    """`take_inputs`, and builds the optimizer."""
    take_inputs(model, op, data)
    if model.optimizer is not None and not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)


def epochs_of(op: str, given: Data | StreamBatches, size: int, steps: int | None) -> Epochs:
    """Batches of so many rows, in epochs of so many steps."""
    batches = ArrayBatches(given, size) if isinstance(given, Data) else given
    most = config.max_steps_per_epoch()
    if most and most < (steps or batches.length or math.inf):
        warn_user(
            f"[{op}] limiting the steps of an epoch to {most}, as set_max_steps_per_epoch said"
        )
        steps = most
    return Epochs(op, batches, steps)


def _axes(model: Trainable) -> int | None:
    """How many axes a batch has, if that is known."""
    return None if model._input_shape is None else len(model._input_shape)


def _choose_format(model: Trainable, data: Data) -> None:
    if isinstance(data.x, SparseRows):
        data.x.writes_zeros = not model.takes_sparse(data.x)
