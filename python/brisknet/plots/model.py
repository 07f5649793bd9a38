"""The plot of a model: a card for each layer, joined by arrows."""

from __future__ import annotations

import functools
import itertools
import os
import sys
from typing import TYPE_CHECKING, Any

from brisknet.arguments.checks import choices, describe
from brisknet.layers.layer import Layer, Shape
from brisknet.plots.canvas import DARK, LIGHT, Matplotlib, Svg
from brisknet.plots.cards import (
    DIRECTIONS,
    PAD,
    Box,
    Card,
    arrange,
    arrow,
    card,
    cut,
    draw_boxes,
    folded,
    frame,
)
from brisknet.plots.figures import check_dpi, file_form, write

if TYPE_CHECKING:
    from brisknet.models.sequential import Sequential


def plot_model(
    model: Sequential,
    to_file: str | os.PathLike[str] = "model.png",
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = False,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: float = 200,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str = "ortho",
    *,
    show_params: bool = True,
    fold: bool = True,
    dark: bool = False,
) -> Any:
    """Saves a plot of a model: its layers as cards, from the input to the output.

    Colours distinguish the kinds of layers: layers with weights, normalization, activations,
    dropout and noise, changes of shape, and nested models.

    A .svg needs no other package; .png and .pdf need matplotlib (`pip install 'brisknet[plot]'`),
    whose backend and settings are not changed. Graphviz is never needed.

    Args:
        model: a built `Sequential`.
        to_file: the file name, ending in .png, .svg or .pdf.
        show_shapes: whether to show each layer's input and output shapes.
        show_dtype: whether to show the dtype of each output.
        show_layer_names: whether to show each layer's name beside its class.
        rankdir: the direction of the layers: 'TB' from top to bottom, 'BT', 'LR' from left to
            right, or 'RL'.
        expand_nested: whether to draw the layers of nested models, in a frame.
        dpi: the resolution of a .png.
        show_layer_activations: whether to show the layers' activations.
        show_trainable: whether to show if layers with weights are trainable.
        splines: 'ortho'; the arrows are straight.
        show_params: whether to show the number of parameters of layers with weights.
        fold: in a deep model, whether to draw repeated groups of layers once, and leave out the
            middle if the model is still too long.
        dark: whether to draw for a dark background.

    Returns:
        In a notebook, the picture, which the notebook displays; otherwise None.

    Raises:
        ImportError: for .png and .pdf, if matplotlib is not installed.
        ValueError: if the model is not built, or an argument is invalid.
        TypeError: if `model` is not a Sequential.
    """
    op = "plot_model"
    if not (isinstance(model, Layer) and model.is_model):
        raise TypeError(f"[{op}] expected model: a Sequential, got {describe(model)}")
    if not model.built:
        raise ValueError(f"[{op}] expected a built model: call build, or the model on a batch")
    if rankdir not in DIRECTIONS:
        raise ValueError(f"[{op}] expected rankdir {choices(DIRECTIONS)}, got {describe(rankdir)}")
    if splines != "ortho":
        raise ValueError(f"[{op}] expected splines 'ortho', got {describe(splines)}")
    check_dpi(op, dpi)
    path, form = file_form(op, to_file)

    def card_of(layer: Layer, shapes: tuple[Shape, Shape]) -> Card:
        activation = getattr(layer, "activation", None)
        lines = []
        if show_layer_activations and activation is not None:
            name = getattr(activation, "__name__", None) or type(activation).__name__
            lines.append(("activation", name))
        if show_shapes:
            lines += [("input", str(shapes[0])), ("output", str(shapes[1]))]
        if show_dtype:
            lines.append(("dtype", "float32"))
        if show_params and layer.weights:
            lines.append(("parameters", f"{layer.count_params():,}"))
        if show_trainable and layer.weights:
            lines.append(("trainable", "yes" if layer.trainable else "no"))
        title = type(layer).__name__
        named = f"{layer.name} ({title})" if show_layer_names else title
        return card(named, lines, _kind(layer))

    def boxes_of(model: Any) -> list[Box]:
        boxes: list[Box] = []
        shape = model.input_shape
        for layer in model.layers:
            before, shape = shape, layer.compute_output_shape(shape)
            if expand_nested and layer.is_model:
                boxes.append(frame(layer.name, shown(boxes_of(layer)), rankdir))
            else:
                boxes.append(card_of(layer, (before, shape)))
        return boxes

    def shown(boxes: list[Box]) -> list[Box]:
        if fold:
            boxes = cut(folded(boxes, rankdir))
        return boxes if rankdir in ("TB", "LR") else boxes[::-1]

    lines = [("output", str(model.input_shape))] if show_shapes else []
    lines += [("dtype", "float32")] if show_dtype else []
    boxes = shown([card("Input", lines, "input"), *boxes_of(model)])
    width, height = (size + 2 * PAD for size in arrange(boxes, rankdir))
    theme = DARK if dark else LIGHT
    canvas = (Svg if form == "svg" else functools.partial(Matplotlib, op))(theme, width, height)
    cards = draw_boxes(canvas, boxes, PAD, PAD)
    for one, other in itertools.pairwise(cards):
        canvas.arrow(*arrow(one, other, rankdir))
    content = canvas.encoded(form, dpi)
    write(path, content)
    display = sys.modules.get("IPython.display")  # only in notebooks
    if display is None or form == "pdf":
        return None
    return (display.SVG if form == "svg" else display.Image)(data=content)


def _kind(layer: Layer) -> str:
    return layer._kind or ("weights" if layer.weights else "shape")
