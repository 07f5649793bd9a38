"""Where layers and weights stand in files.

Names are those of the weights' places, as in Keras's files: 'layers/dense_1/kernel' is the kernel
of the second Dense layer, whatever that layer is named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from brisknet.layers.layer import Layer
from brisknet.names.automatic import numbered, snake_case
from brisknet.variables.variable import Variable

if TYPE_CHECKING:
    from brisknet.models.sequential import Sequential

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
            visit(inner, join(path, name))

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
        names = (join(path, name) for name in numbered(v.name for v in variables))
        named[path] = dict(zip(names, variables, strict=True))
    return named


def join(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name
