"""A picture of a model: a card for each layer, arrows between them."""

from __future__ import annotations

import functools
import itertools
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

from brisknet.arguments.checks import choices, describe
from brisknet.layers.layer import Layer, Shape
from brisknet.plots.figures import check_dpi, encoded, file_form, matplotlib, new_figure, write

if TYPE_CHECKING:
    from brisknet.models.sequential import Sequential


@dataclass(frozen=True)
class _Theme:
    page: str
    fill: str  # of cards
    edge: str
    ink: str
    faint: str


_LIGHT = _Theme("#ffffff", "#f4f7fa", "#33475b", "#1b3a57", "#5c6873")
_DARK = _Theme("#16191d", "#22272e", "#8b949e", "#e6edf3", "#a5aeb8")

# The colours of titles by kind of layer, on which white is read well.
_KINDS = {
    "input": "#3f4650",
    "weights": "#1b4f8a",
    "normalization": "#0a6b4f",
    "activation": "#9a4a00",
    "noise": "#7a3e74",
    "shape": "#555f69",
    "model": "#1b3a57",
}

_MOST_CARDS = 24  # of a deeper model repetitions are folded, and then what is in the middle
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
    colour: str = _KINDS["model"]

    def alike(self) -> tuple[str, ...]:
        """What cards have in common that are folded into one."""
        lines = [f"{name} {value}" for name, value in self.lines if name != "input"]
        return (self.title.rpartition(" (")[2], *lines)


@dataclass
class _Frame(_Box):
    """A model within the model, or cards that are repeated."""

    title: str = ""
    boxes: list[_Box] = field(default_factory=list)

    def alike(self) -> tuple[Any, ...]:
        return tuple(box.alike() for box in self.boxes)  # type: ignore[attr-defined]


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
    """Saves a picture of a model: its layers as cards, from the input to the output.

    The colours tell kinds of layers apart: with weights, normalization, activations, dropout and
    noise, changes of shape, models.

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
        show_params: whether cards of layers with weights tell how many numbers they have.
        fold: whether layers of a deep model that are repeated one after the other are drawn once,
            and the middle of one that is still too long is left out.
        dark: whether the picture is for a dark page.

    Returns:
        In a notebook the picture, which it shows; else None.

    Raises:
        ImportError: for .png and .pdf without matplotlib.
        ValueError: if the model is not built or an argument is none of these.
        TypeError: if it is not a Sequential.
    """
    op = "plot_model"
    if not (isinstance(model, Layer) and model.is_model):
        raise TypeError(f"[{op}] expected model: a Sequential, got {describe(model)}")
    if not model.built:
        raise ValueError(f"[{op}] expected a built model: call build, or the model on a batch")
    if rankdir not in _DIRECTIONS:
        raise ValueError(f"[{op}] expected rankdir {choices(_DIRECTIONS)}, got {describe(rankdir)}")
    if splines != "ortho":
        raise ValueError(f"[{op}] expected splines 'ortho', got {describe(splines)}")
    check_dpi(op, dpi)
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
        if show_params and layer.weights:
            lines.append(("parameters", f"{layer.count_params():,}"))
        if show_trainable and layer.weights:
            lines.append(("trainable", "yes" if layer.trainable else "no"))
        title = type(layer).__name__
        named = f"{layer.name} ({title})" if show_layer_names else title
        return _card(named, lines, _kind(layer))

    def boxes_of(model: Any) -> list[_Box]:
        boxes: list[_Box] = []
        shape = model.input_shape
        for layer in model.layers:
            before, shape = shape, layer.compute_output_shape(shape)
            if expand_nested and layer.is_model:
                boxes.append(_frame(layer.name, folded(boxes_of(layer)), rankdir))
            else:
                boxes.append(card(layer, (before, shape)))
        return boxes

    def folded(boxes: list[_Box]) -> list[_Box]:
        if fold:
            boxes = _cut(_folded(boxes, rankdir))
        return boxes if rankdir in ("TB", "LR") else boxes[::-1]

    lines = [("output", str(model.input_shape))] if show_shapes else []
    lines += [("dtype", "float32")] if show_dtype else []
    boxes = folded([_card("Input", lines, "input"), *boxes_of(model)])
    width, height = (size + 2 * _PAD for size in _arrange(boxes, rankdir))
    theme = _DARK if dark else _LIGHT
    canvas = (_Svg if form == "svg" else functools.partial(_Matplotlib, op))(theme, width, height)
    cards = _draw_boxes(canvas, boxes, _PAD, _PAD)
    for one, other in itertools.pairwise(cards):
        canvas.arrow(*_arrow(one, other, rankdir))
    content = canvas.encoded(form, dpi)
    write(path, content)
    display = sys.modules.get("IPython.display")  # there in notebooks, which show what is returned
    if display is None or form == "pdf":
        return None
    return (display.SVG if form == "svg" else display.Image)(data=content)


def _kind(layer: Layer) -> str:
    return layer._kind or ("weights" if layer.weights else "shape")


def _folded(boxes: list[_Box], rankdir: str) -> list[_Box]:
    """The boxes, of which those that are repeated stand in a frame that says how often."""
    if len(boxes) <= _MOST_CARDS:
        return boxes
    signs = [box.alike() for box in boxes]  # type: ignore[attr-defined]
    shown: list[_Box] = []
    place = 0
    while place < len(boxes):
        length, times = max(
            ((length, _times(signs, place, length)) for length in range(1, 17)),
            key=lambda pair: (pair[1] > 1) * pair[0] * pair[1],
        )
        if times > 1 and length * times > length + 1:
            run = boxes[place : place + length]
            run = run if rankdir in ("TB", "LR") else run[::-1]
            shown.append(_frame(f"{times} times", run, rankdir))
            place += length * times
        else:
            shown.append(boxes[place])
            place += 1
    return shown


def _times(signs: list[Any], place: int, length: int) -> int:
    """How often the boxes of this length from this place on follow each other."""
    times = 1
    while (
        signs[place : place + length]
        == signs[place + times * length : place + (times + 1) * length]
    ):
        times += 1
    return times


def _cut(boxes: list[_Box]) -> list[_Box]:
    """The boxes, of which a card stands for those in the middle where there are too many."""
    if len(boxes) <= _MOST_CARDS:
        return boxes
    half = _MOST_CARDS // 2
    left_out = _card(f"{len(boxes) - 2 * half:,} more", [], "shape")
    return [*boxes[:half], left_out, *boxes[-half:]]


def _card(title: str, lines: list[tuple[str, str]], kind: str) -> _Card:
    texts = [_width(f"{name}  {value}", _TEXT) for name, value in lines]
    width = max(120, _width(title, _TITLE) * 1.1, *texts) + 2 * _PAD  # titles are bold
    height = 2 * _LINE - 6 + (len(lines) * _LINE + _PAD if lines else 0)
    return _Card(width, height, title=title, lines=lines, colour=_KINDS[kind])


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
    theme = canvas.theme
    for box in boxes:
        left, top = x + box.x, y + box.y
        if isinstance(box, _Frame):
            canvas.rectangle(left, top, box.width, box.height, "none", theme.faint, dashed=True)
            canvas.text(left + _PAD, top + _LINE, box.title, _TEXT, theme.faint)
            cards += _draw_boxes(canvas, box.boxes, left, top)
        elif isinstance(box, _Card):
            middle = left + box.width / 2
            header = 2 * _LINE - 6
            canvas.rectangle(left, top, box.width, box.height, theme.fill, theme.edge)
            canvas.rectangle(left, top, box.width, header, box.colour, theme.edge)
            canvas.text(middle, top + 21, box.title, _TITLE, "white", bold=True, align="middle")
            for i, (name, value) in enumerate(box.lines):
                line = top + header + _LINE * (i + 1)
                canvas.text(left + _PAD, line, name, _TEXT, theme.faint)
                canvas.text(left + box.width - _PAD, line, value, _TEXT, theme.ink, align="end")
            cards.append(_Box(box.width, box.height, left, top))
    return cards


class _Svg:
    """Draws into the text of a .svg file."""

    def __init__(self, theme: _Theme, width: float, height: float) -> None:
        self.theme = theme
        self._parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
            f'viewBox="0 0 {width:g} {height:g}" font-family="{", ".join(_FONTS)}">',
            f'<defs><marker id="tip" viewBox="0 0 10 10" refX="10" refY="5" markerWidth="7" '
            'markerHeight="7" orient="auto">'
            f'<path d="M0 1 10 5 0 9z" fill="{theme.edge}"/></marker></defs>',
            f'<rect width="{width:g}" height="{height:g}" fill="{theme.page}"/>',
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
            f'<line x1="{x0:g}" y1="{y0:g}" x2="{x1:g}" y2="{y1:g}" stroke="{self.theme.edge}" '
            'stroke-width="1.5" marker-end="url(#tip)"/>'
        )

    def encoded(self, form: str, dpi: float) -> bytes:
        return "\n".join([*self._parts, "</svg>\n"]).encode()


class _Matplotlib:
    """Draws the same into a figure of matplotlib's."""

    def __init__(self, op: str, theme: _Theme, width: float, height: float) -> None:
        self.theme = theme
        self._patches = matplotlib(op, "patches")
        self._figure = new_figure(op, width / 96, height / 96, facecolor=theme.page)
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
            (x0, y0), (x1, y1), arrowstyle="-|>", mutation_scale=9, color=self.theme.edge, lw=1.1,
            shrinkA=0, shrinkB=0,
        )  # fmt: skip
        self._axes.add_patch(arrow)

    def encoded(self, form: str, dpi: float) -> bytes:
        return encoded(self._figure, form, dpi=dpi)
