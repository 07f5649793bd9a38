"""The states of a model's random generators."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from brisknet.random import SeedGenerator
from brisknet.saving.places import join, places
from brisknet.variables.containers import contents

if TYPE_CHECKING:
    from brisknet.models.sequential import Sequential


def random_state(model: Sequential) -> dict[str, tuple[int, int]]:
    """The states of the layers' random generators, and of the order of the samples."""
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
                yield join(path, f"{name}/{number}" if several else name), generator
    if model._orders is not None:
        yield "orders", model._orders


def _is_random_state(value: Any) -> bool:
    whole = isinstance(value, list | tuple) and len(value) == 2
    return whole and all(type(v) is int and 0 <= v < 2**64 for v in value)
