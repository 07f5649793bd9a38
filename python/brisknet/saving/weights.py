"""Weights as files have them: what is stored of each layer, and what a file's arrays are set to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from brisknet.layers.layer import Layer
from brisknet.runtime.warning import warn_user
from brisknet.saving.places import join, named_weights, places
from brisknet.variables.variable import Variable, converted

if TYPE_CHECKING:
    from brisknet.models.sequential import Sequential

Numbers = npt.NDArray[Any]
Updates = list[tuple[Variable, Numbers]]


def stored(layer: Layer) -> dict[str, Numbers]:
    """What files have of a layer, by the names that it gives them.

    Raises:
        ValueError: if a custom layer stores something other than numbers.
    """
    if not layer.saves_itself:
        return {str(i): v.value for i, v in enumerate(layer.own_variables)}
    store: dict[str, Any] = {}
    layer.save_own_variables(store)
    found = {name: np.asarray(value) for name, value in store.items()}
    for name, array in found.items():
        known = array.dtype == np.float32 or array.dtype.kind in "iu"
        if not isinstance(name, str) or "/" in name or not name or not known:
            raise ValueError(
                f"[{layer.name}] expected save_own_variables to store float32 arrays or whole "
                f"numbers under names without '/', got {name!r}: {array.dtype}"
            )
    return found


def stored_arrays(model: Sequential) -> dict[str, Numbers]:
    """What files have of a model's weights, by the names of `named_weights` and of `stored`."""
    arrays: dict[str, Numbers] = {}
    named = named_weights(model)
    for path, layer in places(model):
        if layer.saves_itself:
            arrays |= {join(path, name): array for name, array in stored(layer).items()}
        else:
            arrays |= {name: variable.value for name, variable in named[path].items()}
    return arrays


def loading_themselves(model: Sequential) -> dict[str, Layer]:
    """The layers whose classes define what files have of them, by their places."""
    return {path: layer for path, layer in places(model) if layer.saves_itself}


def take_stores(paths: Iterable[str], arrays: dict[str, Numbers]) -> dict[str, dict[str, Numbers]]:
    """What `stored` gave for these places, taken out of `stored_arrays`."""
    stores: dict[str, dict[str, Numbers]] = {path: {} for path in paths}
    for name in list(arrays):
        path, _, own = name.rpartition("/")
        if path in stores:
            stores[path][own] = arrays.pop(name)
    return stores


def load_themselves(
    op: str,
    layers: Mapping[str, Layer],
    stores: Mapping[str, Mapping[str, Numbers]],
    skip_mismatch: bool = False,
) -> None:
    """Gives layers that load themselves what is stored of them.

    If one raises, the weights are as before; with skip_mismatch, those of this layer, and it warns.
    """
    before = [(v, v.numpy()) for layer in layers.values() for v in layer.own_variables]
    for path, layer in layers.items():
        own = [(v, v.numpy()) for v in layer.own_variables]
        try:
            layer.load_own_variables(stores[path])
        except Exception as error:
            for variable, values in own if skip_mismatch else before:
                variable.assign(values)
            if not skip_mismatch:
                raise
            warn_user(f"[{op}] {path!r} is left as it is: {error}")


def fitting(
    op: str,
    weights: Mapping[str, Sequence[Variable]],
    found: Mapping[str, Sequence[Numbers]],
    skip_mismatch: bool = False,
) -> Updates:
    """Weights with their arrays of a file.

    Args:
        op: for warnings.
        weights: each place's weights.
        found: each place's arrays.
        skip_mismatch: whether to leave out, with a warning, places whose arrays do not fit.

    Raises:
        ValueError: if arrays lack or have another shape, or numbers that a weight cannot have.
    """
    updates: Updates = []
    for path, variables in weights.items():
        arrays = found.get(path, ())
        expected, got = [v.shape for v in variables], [a.shape for a in arrays]
        if got == expected:
            updates += [(v, as_weight(v, a)) for v, a in zip(variables, arrays, strict=True)]
            continue
        wrong = f"the model has weights of shapes {expected} in {path!r}, the file {got}"
        if not skip_mismatch:
            raise ValueError(wrong)
        warn_user(f"[{op}] {wrong}: they are left as they are")
    return updates


def as_weight(variable: Variable, array: Numbers) -> Numbers:
    """An array of the weight's type, which the file's may differ from if the numbers do not."""
    if array.dtype.kind == "f" and array.dtype != np.float32:
        raise ValueError(f"{variable.path!r} is {array.dtype} in the file, not {variable.dtype}")
    try:
        return converted(array, variable.value.dtype)
    except ValueError as error:
        raise ValueError(f"{variable.path!r}: {error}") from None
