"""A model's state in a safetensors file: weights, the optimizer's arrays, and numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, TYPE_CHECKING, Any

from brisknet.saving import optimizer_state, safetensors_format, weights
from brisknet.saving.places import named_weights
from brisknet.saving.random_state import random_state, set_random_state
from brisknet.saving.untrusted import parse_json

if TYPE_CHECKING:
    from brisknet.models.sequential import Sequential


def state_numbers(model: Sequential, include_optimizer: bool = True) -> dict[str, Any]:
    """The random streams, and the optimizer's numbers."""
    numbers: dict[str, Any] = {"random": random_state(model)}
    if include_optimizer:
        numbers["optimizer"] = optimizer_state.numbers(model)
    return numbers


def parsed_numbers(text: bytes | str, size: int) -> dict[str, Any]:
    """The numbers in the JSON of a file of `size` bytes."""
    numbers = parse_json(text, size)
    if not isinstance(numbers, dict) or not isinstance(numbers.get("optimizer", {}), dict):
        raise ValueError("its state is not a dict")
    return numbers


def write_state(
    file: IO[bytes],
    model: Sequential,
    numbers: Mapping[str, Any],
    metadata: Mapping[str, str],
    include_optimizer: bool = True,
) -> None:
    """Writes a safetensors file of a model's weights, the optimizer's arrays, and these numbers."""
    arrays = weights.stored_arrays(model)
    if include_optimizer:
        arrays |= {name: v.value for name, v in optimizer_state.arrays(model).items()}
    safetensors_format.write(file, arrays, {**metadata, "state": json.dumps(numbers)})


def set_state(
    op: str,
    model: Sequential,
    arrays: Mapping[str, weights.Numbers],
    numbers: Mapping[str, Any],
    strict: bool = False,
    skip_mismatch: bool = False,
) -> None:
    """Gives a model what `write_state` has written; nothing where something does not fit.

    Args:
        op: for warnings.
        arrays, numbers: what is in the file.
        strict: whether the optimizer's state must fit, too.
        skip_mismatch: see `load_weights`.
    """
    selves = weights.loading_themselves(model)
    arrays = dict(arrays)
    stores = weights.take_stores(selves, arrays)
    named = {p: found for p, found in named_weights(model).items() if p not in selves}
    known = {name for place in named.values() for name in place}
    unknown = [n for n in arrays if n not in known and not n.startswith("optimizer/")]
    if unknown and not skip_mismatch:
        raise ValueError(f"the model has no weights {unknown[:5]}")
    updates = weights.fitting(
        op,
        {path: list(place.values()) for path, place in named.items()},
        {path: [arrays[n] for n in place if n in arrays] for path, place in named.items()},
        skip_mismatch,
    )
    steps = numbers.get("optimizer")
    if steps and model.optimizer is not None:
        optimizer_state.check_numbers(steps)
        optimizer_state.build(model, steps["variables"])
        slots = optimizer_state.arrays(model)
        found = {name: array for name, array in arrays.items() if name.startswith("optimizer/")}
        if {n: a.shape for n, a in found.items()} == {n: v.shape for n, v in slots.items()}:
            updates += [(slots[n], weights.as_weight(slots[n], a)) for n, a in found.items()]
        else:
            optimizer_state.differs(op, strict)
            steps = None
    if "random" in numbers:
        set_random_state(model, numbers["random"])
    weights.load_themselves(op, selves, stores, skip_mismatch)
    for variable, array in updates:
        variable.assign(array)
    if steps and model.optimizer is not None:
        optimizer_state.set_numbers(model.optimizer, steps)
