"""A picture of a model: a card for each layer, arrows between them."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from brisknet._arguments import choices, describe
from brisknet.layers.layer import Layer, Shape
from brisknet.plots.figures import encoded, file_form, matplotlib, new_figure, write
from brisknet.sequential import Sequential

_INK, _FILL, _EDGE, _FRAME = "#1b3a57", "#f4f7fa", "#1b3a57", "#7a8794"
_FONTS = ["DejaVu Sans", "Verdana", "Helvetica", "Arial", "sans-serif"]
_TITLE, _TEXT, _LINE, _PAD, _GAP = 14, 12, 19, 12, 34  # pixels, of 1/96 inch

_DIRECTIONS = ("TB", "BT", "LR", "RL")


@dataclass
class _Box:
    """A rectangle; x and y are relative to the box around it."""

    width: float
    height: float
    x: float = 0.0
    y: float = 0.0


@dataclass
class _Card(_Box):
    """A layer: its title, and lines of names and values."""

    title: str = ""
    lines: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class _Frame(_Box):
    """A model within the model."""

    title: str = ""
    boxes: list[_Box] = field(default_factory=list)


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
) -> Any:
    """Saves a picture of a model: its layers as cards, from the input to the output.

    A .svg needs nothing else; .png and .pdf need matplotlib (`pip install 'brisknet[plot]'`), whose
    backends and settings are left alone. Graphviz is never needed.

    Args:
        model: a built `Sequential`.
        to_file: a name that ends in .png, .svg or .pdf.
        show_shapes: whether cards tell the shapes of the layer's input and output.
        show_dtype: whether they tell the output's dtype.
        show_layer_names: whether they tell the layer's name beside its class.
        rankdir: where the layers follow each other: 'TB' from top to bottom, 'BT', 'LR' from left
            to right, or 'RL'.
        expand_nested: whether the layers of a model within the model are drawn, in a frame.
        dpi: the resolution of a .png.
        show_layer_activations: whether cards tell the activation of layers that have one.
        show_trainable: whether cards of layers with weights tell if training changes them.
        splines: 'ortho'; the arrows are straight.

    Returns:
        In a notebook the picture, which it shows; else None.

    Raises:
        ImportError: for .png and .pdf without matplotlib.
        ValueError: if the model is not built or an argument is none of these.
        TypeError: if it is not a Sequential.
    """
    op = "plot_model"
    if not isinstance(model, Sequential):
        raise TypeError(f"[{op}] expected model: a Sequential, got {describe(model)}")
    if not model.built:
        raise ValueError(f"[{op}] expected a built model: call build, or the model on a batch")
    if rankdir not in _DIRECTIONS:
        raise ValueError(f"[{op}] expected rankdir {choices(_DIRECTIONS)}, got {describe(rankdir)}")
    if splines != "ortho":
        raise ValueError(f"[{op}] expected splines 'ortho', got {describe(splines)}")
    path, form = file_form(op, to_file)

    def card(layer: Layer, shapes: tuple[Shape, Shape]) -> _Card:
        activation = getattr(layer, "activation", None)
        lines = []
        if show_layer_activations and activation is not None:
            name = getattr(activation, "__name__", None) or type(activation).__name__
            lines.append(("activation", name))
        if show_shapes:
            lines += [("input", str(shapes[0])), ("output", str(shapes[1]))]
        if show_dtype:
            lines.append(("dtype", "float32"))
        if show_trainable and layer.weights:
            lines.append(("trainable", "yes" if layer.trainable else "no"))
        title = type(layer).__name__
        return _card(f"{layer.name} ({title})" if show_layer_names else title, lines)

    def boxes_of(model: Sequential) -> list[_Box]:
        boxes: list[_Box] = []
        shape = model.input_shape
        for layer in model.layers:
            before, shape = shape, layer.compute_output_shape(shape)
            if expand_nested and isinstance(layer, Sequential):
                boxes.append(_frame(layer.name, boxes_of(layer), rankdir))
            else:
                boxes.append(card(layer, (before, shape)))
        return boxes if rankdir in ("TB", "LR") else boxes[::-1]

    whole = _Frame(0, 0, boxes=boxes_of(model))
    width, height = (size + 2 * _PAD for size in _arrange(whole.boxes, rankdir))
    canvas = _Svg(width, height) if form == "svg" else _Matplotlib(op, width, height)
    cards = _draw_boxes(canvas, whole.boxes, _PAD, _PAD)
    for one, other in itertools.pairwise(cards):
        canvas.arrow(*_arrow(one, other, rankdir))
    content = canvas.encoded(form, dpi)
    write(path, content)
    display = sys.modules.get("IPython.display")  # there in notebooks, which show what is returned
    if display is None or form == "pdf":
        return None
    return (display.SVG if form == "svg" else display.Image)(data=content)


def _card(title: str, lines: list[tuple[str, str]]) -> _Card:
    texts = [_width(f"{name}  {value}", _TEXT) for name, value in lines]
    width = max(120, _width(title, _TITLE) * 1.1, *texts) + 2 * _PAD  # titles are bold
    height = 2 * _LINE - 6 + (len(lines) * _LINE + _PAD if lines else 0)
    return _Card(width, height, title=title, lines=lines)


def _frame(title: str, boxes: list[_Box], rankdir: str) -> _Frame:
    width, height = _arrange(boxes, rankdir)
    margin = _LINE + _PAD  # above for the title, and below, so that the arrows stay straight
    frame_width = max(width, _width(title, _TEXT)) + 2 * _PAD
    for box in boxes:
        box.x += (frame_width - width) / 2
        box.y += margin
    return _Frame(frame_width, height + 2 * margin, title=title, boxes=boxes)


def _width(text: str, size: float) -> float:
    return 0.64 * size * len(text)  # a little more than a letter of the widest of the fonts takes


def _arrange(boxes: Sequence[_Box], rankdir: str) -> tuple[float, float]:
    """Sets the boxes one after the other, in the middle; how much room they take."""
    width, height = max(box.width for box in boxes), max(box.height for box in boxes)
    place = 0.0
    for box in boxes:
        if rankdir in ("TB", "BT"):
            box.x, box.y = (width - box.width) / 2, place
            place += box.height + _GAP
        else:
            box.x, box.y = place, (height - box.height) / 2
            place += box.width + _GAP
    return (width, place - _GAP) if rankdir in ("TB", "BT") else (place - _GAP, height)


def _arrow(one: _Box, other: _Box, rankdir: str) -> tuple[float, float, float, float]:
    """From the edge of a card to that of the next one."""
    if rankdir in ("TB", "BT"):
        x = one.x + one.width / 2
        line = (x, one.y + one.height, x, other.y)
    else:
        y = one.y + one.height / 2
        line = (one.x + one.width, y, other.x, y)
    return line if rankdir in ("TB", "LR") else (*line[2:], *line[:2])


def _draw_boxes(canvas: _Svg | _Matplotlib, boxes: list[_Box], x: float, y: float) -> list[_Box]:
    """Draws the boxes around (x, y); the cards among them, with their places in the picture."""
    cards: list[_Box] = []
    for box in boxes:
        left, top = x + box.x, y + box.y
        if isinstance(box, _Frame):
            canvas.rectangle(left, top, box.width, box.height, "none", _FRAME, dashed=True)
            canvas.text(left + _PAD, top + _LINE, box.title, _TEXT, _FRAME)
            cards += _draw_boxes(canvas, box.boxes, left, top)
        elif isinstance(box, _Card):
            middle = left + box.width / 2
            header = 2 * _LINE - 6
            canvas.rectangle(left, top, box.width, box.height, _FILL, _EDGE)
            canvas.rectangle(left, top, box.width, header, _INK, _EDGE)
            canvas.text(middle, top + 21, box.title, _TITLE, "white", bold=True, align="middle")
            for i, (name, value) in enumerate(box.lines):
                line = top + header + _LINE * (i + 1)
                canvas.text(left + _PAD, line, name, _TEXT, _FRAME)
                canvas.text(left + box.width - _PAD, line, value, _TEXT, _INK, align="end")
            cards.append(_Box(box.width, box.height, left, top))
    return cards


class _Svg:
    """Draws into the text of a .svg file."""

    def __init__(self, width: float, height: float) -> None:
        self._parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
            f'viewBox="0 0 {width:g} {height:g}" font-family="{", ".join(_FONTS)}">',
            f'<defs><marker id="tip" viewBox="0 0 10 10" refX="10" refY="5" markerWidth="7" '
            f'markerHeight="7" orient="auto"><path d="M0 1 10 5 0 9z" fill="{_EDGE}"/></marker>'
            "</defs>",
            f'<rect width="{width:g}" height="{height:g}" fill="white"/>',
        ]

    def rectangle(
        self, x: float, y: float, width: float, height: float, fill: str, edge: str,
        dashed: bool = False,
    ) -> None:  # fmt: skip
        dashes = 'stroke-dasharray="5 4"' if dashed else ""
        self._parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="5" '
            f'fill="{fill}" stroke="{edge}" {dashes}/>'
        )

    def text(
        self, x: float, y: float, text: str, size: float, colour: str, bold: bool = False,
        align: str = "start",
    ) -> None:  # fmt: skip
        weight = "bold" if bold else "normal"
        self._parts.append(
            f'<text x="{x:g}" y="{y:g}" font-size="{size}" font-weight="{weight}" fill="{colour}" '
            f'text-anchor="{align}">{escape(text)}</text>'
        )

    def arrow(self, x0: float, y0: float, x1: float, y1: float) -> None:
        self._parts.append(
            f'<line x1="{x0:g}" y1="{y0:g}" x2="{x1:g}" y2="{y1:g}" stroke="{_EDGE}" '
            'stroke-width="1.5" marker-end="url(#tip)"/>'
        )

    def encoded(self, form: str, dpi: float) -> bytes:
        return "\n".join([*self._parts, "</svg>\n"]).encode()


class _Matplotlib:
    """Draws the same into a figure of matplotlib's."""

    def __init__(self, op: str, width: float, height: float) -> None:
        self._patches = matplotlib(op, "patches")
        self._figure = new_figure(op, width / 96, height / 96, facecolor="white")
        self._axes = self._figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(height, 0))
        self._axes.set_axis_off()

    def rectangle(
        self, x: float, y: float, width: float, height: float, fill: str, edge: str,
        dashed: bool = False,
    ) -> None:  # fmt: skip
        box = self._patches.FancyBboxPatch(
            (x, y), width, height, boxstyle="round,pad=0,rounding_size=5", fc=fill, ec=edge,
            lw=0.75, ls=(0, (5, 4)) if dashed else "-",
        )  # fmt: skip
        self._axes.add_patch(box)

    def text(
        self, x: float, y: float, text: str, size: float, colour: str, bold: bool = False,
        align: str = "start",
    ) -> None:  # fmt: skip
        self._axes.text(
            x, y, text, color=colour, fontsize=0.75 * size, weight="bold" if bold else "normal",
            ha={"start": "left", "middle": "center", "end": "right"}[align], va="baseline",
            family=_FONTS[0], parse_math=False,
        )  # fmt: skip

    def arrow(self, x0: float, y0: float, x1: float, y1: float) -> None:
        arrow = self._patches.FancyArrowPatch(
            (x0, y0), (x1, y1), arrowstyle="-|>", mutation_scale=9, color=_EDGE, lw=1.1,
            shrinkA=0, shrinkB=0,
        )  # fmt: skip
        self._axes.add_patch(arrow)

    def encoded(self, form: str, dpi: float) -> bytes:
        return encoded(self._figure, form, dpi=dpi)
