"""Weights that a forward pass would use more than once.

A backward assigns a weight's gradient, it does not add to it: only one of two uses would be
trained.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from brisknet.layers.layer import Layer
from brisknet.models.building import Building


def refuse_shared(op: str, model: Building) -> None:
    """Raises for weights of which only one of several uses would be trained."""
    leaves = list(_leaves(model))
    _refuse_weights_in_two_places(op, leaves)
    used = [layer for leaf in leaves for layer in _used_within(leaf) if layer.has_trainable]
    if used and None not in model.input_shape[1:]:
        with _refused_second_runs(op, used):
            model._try(model.input_shape)


def _leaves(model: Building) -> Iterator[Layer]:
    """The layers of a model and of those within it."""
    for layer in model._layers:
        if isinstance(layer, Building):
            yield from _leaves(layer)
        else:
            yield layer


def _used_within(layer: Layer) -> Iterator[Layer]:
    """The layers that a layer uses, and those that they use."""
    for _, used in layer.used_layers():
        yield used
        yield from _used_within(used)


def _refuse_weights_in_two_places(op: str, layers: Iterable[Layer]) -> None:
    """Raises for weights that two of a model's layers have."""
    places: dict[int, Layer] = {}
    for layer in layers:
        for variable in layer.variables:
            if variable.trainable and id(variable) in places:
                raise ValueError(
                    f"[{op}] weights in two places are not supported, and {variable.path!r} is "
                    f"in the layers {places[id(variable)].name!r} and {layer.name!r}: make "
                    "another layer, or freeze it"
                )
        places.update((id(variable), layer) for variable in layer.variables)


@contextmanager
def _refused_second_runs(op: str, layers: Iterable[Layer]) -> Iterator[None]:
    """Within this context, raises where this thread runs one of the layers for a second time."""
    me = threading.get_ident()
    ran: set[Layer] = set()

    def watch(layer: Layer) -> None:
        run = layer._run

        def watched(*args: Any, **kwargs: Any) -> Any:
            if threading.get_ident() == me:
                if layer in ran:
                    raise ValueError(
                        f"[{op}] a layer runs {layer.name!r} twice in one forward pass, which is "
                        "not supported: make another layer, or freeze it"
                    )
                ran.add(layer)
            return run(*args, **kwargs)

        vars(layer)["_run"] = watched

    watched_layers = list(dict.fromkeys(layers))
    try:
        for layer in watched_layers:
            watch(layer)
        yield
    finally:
        for layer in watched_layers:
            vars(layer).pop("_run", None)
