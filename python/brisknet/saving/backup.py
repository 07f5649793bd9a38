"""Interrupted trainings in files: a model's state, and where in an epoch it was."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from brisknet.saving import safetensors_format
from brisknet.saving.atomic import replacing
from brisknet.saving.file_names import size_of
from brisknet.saving.state import parsed_numbers, set_state, state_numbers, write_state
from brisknet.saving.untrusted import naming

if TYPE_CHECKING:
    from brisknet.models.sequential import Sequential


def write_backup(
    model: Sequential, path: Path, epoch: int, steps: int, orders: tuple[int, int] | None
) -> None:
    """Writes a training's state.

    Args:
        model: the model, in `fit`.
        path: the file.
        epoch: the epoch to go on with, from 0.
        steps: its steps already made.
        orders: the state of the model's generator of orders before the epoch's was drawn.
    """
    numbers = {
        **state_numbers(model),
        "epoch": epoch,
        "steps": steps,
        "metrics": [[v.numpy().tolist() for v in m.variables] for m in model.metrics],
    }
    if steps and orders is not None:
        numbers["random"]["orders"] = orders
    with replacing(path) as file:
        write_state(file, model, numbers, {"format": "brisknet backup"})


def read_backup(model: Sequential, path: Path) -> None:
    """Gives a model in `fit` the state that `write_backup` has written, where `fit` goes on.

    Raises:
        ValueError: if the file is damaged or of another model, which is then unchanged.
    """
    op = "BackupAndRestore"
    with open(path, "rb") as file, naming(op, path):
        size = size_of(file)
        arrays, metadata = safetensors_format.read(file, size)
        numbers = parsed_numbers(metadata.get("state", "{}"), size)
        epoch, steps = numbers.get("epoch"), numbers.get("steps")
        if type(epoch) is not int or type(steps) is not int or min(epoch, steps) < 0:
            raise ValueError("it is no backup")
        values = _metric_values(model, numbers.get("metrics")) if steps else []
        set_state(op, model, arrays, numbers, strict=True)
        for variable, value in values:
            variable.assign(value)
        model._resume = epoch, steps


def _metric_values(model: Sequential, stored: Any) -> list[tuple[Any, Any]]:
    variables = [metric.variables for metric in model.metrics]
    arrays = [[np.array(value, np.float64) for value in values] for values in stored]
    if [[v.shape for v in vs] for vs in variables] != [[a.shape for a in vs] for vs in arrays]:
        raise ValueError("its metrics are not those of the model")
    return [
        pair
        for vs, values in zip(variables, arrays, strict=True)
        for pair in zip(vs, values, strict=True)
    ]
