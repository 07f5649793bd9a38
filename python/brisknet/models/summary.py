"""The table that `Sequential.summary` prints."""

from __future__ import annotations

import re
import shutil
import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from brisknet.arguments.checks import describe
from brisknet.display.html_table import html_table
from brisknet.display.representation import shortened
from brisknet.layers.layer import Layer, Shape
from brisknet.variables.variable import Variable

if TYPE_CHECKING:
    from brisknet.models.sequential import Sequential

Row = list[str]


def summary_text(
    model: Sequential,
    line_length: int | None,
    positions: Sequence[float] | None,
    expand_nested: bool,
    show_trainable: bool,
    layer_range: Sequence[str] | None,
) -> str:
    """The layers with their output shapes and numbers of weights, in a frame; arguments as of
    `Sequential.summary`."""
    if line_length is None:
        terminal = shutil.get_terminal_size().columns - 4
        line_length = min(88 + 12 * show_trainable, terminal)
    positions = positions or [0.45, 0.8, 1.0]
    header = ["Layer (type)", "Output Shape", "Param #"]
    if show_trainable:
        positions = [0.9 * p for p in positions] + [1.0]
        header.append("Trainable")
    if len(positions) != len(header):
        raise ValueError(
            f"[summary] expected positions of {len(header)} columns, got {list(positions)}"
        )
    widths = _widths(line_length, positions)
    rows = list(_rows(model, _chosen(model.layers, layer_range), expand_nested))
    lines = [f'Model: "{model.name}"', *_table(header, rows, widths)]

    trainable, others = _elements(model.trainable_weights), _elements(model.non_trainable_weights)
    counts = {"Trainable": trainable, "Non-trainable": others}
    if model.optimizer is not None and model.optimizer.built:
        counts["Optimizer"] = _elements(model.optimizer.variables)
    for name, count in {"Total": sum(counts.values()), **counts}.items():
        lines.append(f" {name} params: {count:,} ({_memory(4 * count)})")
    return "\n".join(lines)


_MOST_ROWS = 60  # of a table in a notebook, which has no scroll bar


def summary_html(model: Sequential) -> str:
    """The same as a table of HTML, with models within the model; of many layers the first and the
    last."""
    rows = list(_html_rows(model, model.input_shape if model.built else None, 0))
    if len(rows) > _MOST_ROWS:
        half = _MOST_ROWS // 2
        between = f"… {len(rows) - 2 * half:,} more"
        rows = [*rows[:half], [between, "", "", ""], *rows[-half:]]
    counts = _elements(model.trainable_weights), _elements(model.non_trainable_weights)
    total = sum(counts)
    footer = f"{total:,} parameters ({_memory(4 * total)})"
    if counts[1]:
        footer += f", {counts[0]:,} of them trainable"
    if not model.built:
        footer = "not built: shapes and parameters are known when the input's shape is"
    header = ["layer", "type", "output shape", "parameters"]
    return html_table(f'Sequential "{model.name}"', header, rows, footer, left=3)


def _html_rows(model: Sequential, shape: Shape | None, depth: int) -> Iterator[Row]:
    for layer in model.layers:
        before, shape = shape, None if shape is None else layer.compute_output_shape(shape)
        yield [
            "\u2003" * depth + layer.name,
            type(layer).__name__ + ("" if layer.trainable else " (frozen)"),
            "?" if shape is None else str(shape),
            f"{layer.count_params():,}" if layer.built else "?",
        ]
        if hasattr(layer, "layers"):
            yield from _html_rows(layer, before, depth + 1)  # type: ignore[arg-type]


def _rows(
    model: Sequential,
    chosen: slice,
    expand_nested: bool,
    shape: Shape | None = None,
    depth: int = 0,
) -> Iterator[Row]:
    if shape is None and model.built:
        shape = model.input_shape
    for index, layer in enumerate(model.layers):
        before = shape
        if shape is not None:
            shape = layer.compute_output_shape(shape)
        if index not in range(*chosen.indices(len(model.layers))):
            continue
        yield _row(layer, shape, "   " * depth + "└ " if depth else "")
        if expand_nested and layer.is_model:
            yield from _rows(layer, slice(None), expand_nested, before, depth + 1)  # type: ignore[arg-type]


def _row(layer: Layer, output_shape: Shape | None, prefix: str) -> Row:
    return [
        f"{prefix}{layer.name} ({type(layer).__name__})",
        "?" if output_shape is None else str(output_shape),
        f"{layer.count_params():,}" if layer.built else "0 (unbuilt)",
        ("Y" if layer.trainable else "N") if layer.weights else "-",
    ]


def _chosen(layers: Sequence[Layer], layer_range: Sequence[str] | None) -> slice:
    """From the first layer that matches one end of the range to the last that matches the other."""
    if layer_range is None:
        return slice(None)
    if (
        not isinstance(layer_range, list | tuple)
        or len(layer_range) != 2
        or not all(isinstance(name, str) for name in layer_range)
    ):
        raise ValueError(
            f"[summary] expected layer_range: two layers' names, got {describe(layer_range)}"
        )
    first, last = (
        [place for place, layer in enumerate(layers) if re.match(name, layer.name)]
        for name in layer_range
    )
    if not first or not last:
        raise ValueError(
            "[summary] expected layer_range of "
            f"{shortened(', '.join(layer.name for layer in layers), 100)}, "
            f"got {list(layer_range)}"
        )
    if first[0] > last[-1]:
        return slice(last[0], first[-1] + 1)
    return slice(first[0], last[-1] + 1)


def _widths(line_length: int, positions: Sequence[float]) -> list[int]:
    """Of the columns' texts: what their frames, of three characters each and one more, leave."""
    widths, begin = [], 0
    for position in positions:
        end = int(position * line_length)
        widths.append(end - begin - 3)
        begin = end
    widths[-1] -= 1
    if min(widths) < 1:
        raise ValueError(
            f"[summary] expected room for each column, got line_length {line_length} and positions "
            f"{[round(p, 3) for p in positions]}"
        )
    return widths


def _table(header: Row, rows: list[Row], widths: list[int]) -> Iterator[str]:
    def line(left: str, fill: str, middle: str, right: str) -> str:
        return left + middle.join(fill * (w + 2) for w in widths) + right

    def text(cells: Row, bar: str) -> Iterator[str]:
        parts = [textwrap.wrap(cell, w) for cell, w in zip(cells, widths, strict=False)]
        for i in range(max(map(len, parts))):
            aligned = []
            for column, (part, width) in enumerate(zip(parts, widths, strict=True)):
                align = "<<>^"[column]
                aligned.append(f" {part[i] if i < len(part) else '':{align}{width}} ")
            yield bar + bar.join(aligned) + bar

    yield line("┏", "━", "┳", "┓")
    yield from text(header, "┃")
    yield line("┡", "━", "╇", "┩")
    for i, row in enumerate(rows):
        if i:
            yield line("├", "─", "┼", "┤")
        yield from text(row, "│")
    yield line("└", "─", "┴", "┘")


def _elements(variables: Sequence[object]) -> int:
    return sum(v.value.size if isinstance(v, Variable) else 1 for v in variables)


def _memory(size: float) -> str:
    for unit in ("B", "KB", "MB"):
        if size < 1024:
            return f"{size:.2f} {unit}"
        size /= 1024
    return f"{size:.2f} GB"
