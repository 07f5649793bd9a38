"""What a model consists of besides its configuration: weights, optimizer's state, random streams.

Names are those of the weights' places, as in Keras's files: 'layers/dense_1/kernel' is the kernel
of the second Dense layer, whatever the layer's own name.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

from brisknet.layers.layer import Layer
from brisknet.names.automatic import numbered, snake_case
from brisknet.optimizers import Optimizer
from brisknet.random import SeedGenerator
from brisknet.saving.untrusted import parse_json
from brisknet.variables.containers import contents
from brisknet.variables.variable import Variable, converted

if TYPE_CHECKING:
    from brisknet.models.sequential import Sequential

Numbers = npt.NDArray[Any]
Places = list[tuple[str, Layer]]


def places(model: Layer) -> Places:
    """The model, named '', and the layers in it with their names in a file, each before those in
    it. One with several places has the first."""
    found: dict[Layer, str] = {}

    def visit(layer: Layer, path: str) -> None:
        if layer in found:
            return
        found[layer] = path
        for name, inner in [*_layers(layer), *layer.used_layers()]:
            visit(inner, _join(path, name))

    visit(model, "")
    return [(path, layer) for layer, path in found.items()]


def _layers(layer: Layer) -> Places:
    """The layers of a model; none of a layer that is no model."""
    if not layer.is_model:
        return []
    layers = cast("Sequential", layer).layers
    names = numbered(snake_case(type(inner).__name__) for inner in layers)
    return [(f"layers/{name}", inner) for name, inner in zip(names, layers, strict=True)]


def named_weights(model: Sequential) -> dict[str, dict[str, Variable]]:
    """Each place's weights, by the names that files have for them."""
    named = {}
    for path, layer in places(model):
        variables = layer.own_variables
        names = (_join(path, name) for name in numbered(v.name for v in variables))
        named[path] = dict(zip(names, variables, strict=True))
    return named


def stored(layer: Layer) -> dict[str, Numbers]:
    """What files have of a layer, by the names that it gives them.

    Raises:
        ValueError: if a layer of the user's gives something else than numbers.
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
            arrays |= {_join(path, name): array for name, array in stored(layer).items()}
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
            warnings.warn(f"[{op}] {path!r} is left as it is: {error}", stacklevel=4)


def _join(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name


# --- the optimizer


def optimizer_arrays(model: Sequential) -> dict[str, Variable]:
    """The optimizer's momentums, velocities, … by name; none before it is built."""
    names = _names(model)
    return {
        f"optimizer/{slot}/{names[id(variable)]}": array
        for variable, slots in _slots(model)
        for slot, array in slots.items()
        if id(variable) in names
    }


def optimizer_numbers(model: Sequential) -> dict[str, Any]:
    """The steps made, the learning rate where it is a number, and the names of its variables."""
    optimizer = model.optimizer
    if optimizer is None or not optimizer.built:
        return {}
    names = _names(model)
    numbers: dict[str, Any] = {
        "iterations": optimizer._iterations,
        "variables": [names[id(v)] for v, _ in _slots(model) if id(v) in names],
    }
    if not callable(optimizer._learning_rate):
        numbers["learning_rate"] = optimizer._learning_rate
    return numbers


def check_optimizer_numbers(numbers: Mapping[str, Any]) -> None:
    """Raises ValueError for what `optimizer_numbers` does not give."""
    rate, steps = numbers.get("learning_rate", 0.0), numbers.get("iterations")
    if type(steps) is not int or not 0 <= steps < 2**53:
        raise ValueError(f"the optimizer's iterations are {steps!r:.50}")
    if type(rate) is not float or not 0 <= rate < math.inf:
        raise ValueError(f"the optimizer's learning rate is {rate!r:.50}")
    names = numbers.get("variables")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("the optimizer's variables are not names")


def parsed_numbers(text: bytes | str, size: int) -> dict[str, Any]:
    """The numbers in the JSON of a file of `size` bytes."""
    numbers = parse_json(text, size)
    if not isinstance(numbers, dict) or not isinstance(numbers.get("optimizer", {}), dict):
        raise ValueError("its state is not a dict")
    return numbers


def optimizer_differs(op: str, strict: bool) -> None:
    """Warns, or raises ValueError, for an optimizer's state that does not fit."""
    wrong = "the optimizer's state in the file is not that of the model's optimizer"
    if strict:
        raise ValueError(wrong)
    warnings.warn(f"[{op}] {wrong}: it is left as it is", stacklevel=5)


def build_optimizer(model: Sequential, names: Sequence[str] | None) -> None:
    """Builds the optimizer for the weights of these names; else for those that are trained."""
    optimizer = model.optimizer
    assert optimizer is not None
    if optimizer.built:
        return
    weights: dict[str, Variable] = {}
    for place in named_weights(model).values():
        weights |= place
    known = names is not None and all(name in weights for name in names)
    optimizer.build([weights[n] for n in names or ()] if known else model.trainable_variables)


def set_optimizer_numbers(optimizer: Optimizer, numbers: Mapping[str, Any]) -> None:
    """Sets the steps made, and the learning rate where it is a number in both."""
    optimizer._iterations = numbers["iterations"]
    if "learning_rate" in numbers and not callable(optimizer._learning_rate):
        optimizer._learning_rate = numbers["learning_rate"]


def _slots(model: Sequential) -> list[tuple[Variable, dict[str, Variable]]]:
    return [] if model.optimizer is None else list(model.optimizer._state.values())


def _names(model: Sequential) -> dict[int, str]:
    places = named_weights(model).values()
    return {id(variable): name for place in places for name, variable in place.items()}


# --- random streams


def random_state(model: Sequential) -> dict[str, tuple[int, int]]:
    """The states of the layers' random generators, and of the model's own for its samples' order"""
    return {name: generator.state for name, generator in _generators(model)}


def set_random_state(model: Sequential, state: Any) -> None:
    """Lets the random generators go on from these states.

    Raises:
        ValueError: if they are not those of this model's generators.
    """
    if not isinstance(state, dict) or not all(map(_is_random_state, state.values())):
        raise ValueError("its random states are not pairs of whole numbers")
    if "orders" in state and model._orders is None:
        model._orders = SeedGenerator(0)
    generators = dict(_generators(model))
    if set(generators) != set(state):
        raise ValueError(
            f"it has random states of {sorted(state)}, the model random generators "
            f"{sorted(generators)}"
        )
    for name, generator in generators.items():
        seed, stream = state[name]
        generator.state = seed, stream


def _generators(model: Sequential) -> Iterator[tuple[str, SeedGenerator]]:
    for path, layer in places(model):
        for name, value in sorted(vars(layer).items()):
            generators = list(contents(value, SeedGenerator)) if name != "_orders" else []
            for number, generator in enumerate(generators):
                several = not isinstance(value, SeedGenerator)
                yield _join(path, f"{name}/{number}" if several else name), generator
    if model._orders is not None:
        yield "orders", model._orders


def _is_random_state(value: Any) -> bool:
    whole = isinstance(value, list | tuple) and len(value) == 2
    return whole and all(type(v) is int and 0 <= v < 2**64 for v in value)


# --- weights from files


Updates = list[tuple[Variable, Numbers]]


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
        warnings.warn(f"[{op}] {wrong}: they are left as they are", stacklevel=4)
    return updates


def as_weight(variable: Variable, array: Numbers) -> Numbers:
    """An array of the weight's type, which the file's may differ from if the numbers do not."""
    if array.dtype.kind == "f" and array.dtype != np.float32:
        raise ValueError(f"{variable.path!r} is {array.dtype} in the file, not {variable.dtype}")
    try:
        return converted(array, variable.value.dtype)
    except ValueError as error:
        raise ValueError(f"{variable.path!r}: {error}") from None
