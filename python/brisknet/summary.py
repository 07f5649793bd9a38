"""The table that `Sequential.summary` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from brisknet.sequential import Sequential


def summary_text(model: Sequential, width: int, show_trainable: bool) -> str:
    """The layers with their output shapes and numbers of weights, in a frame."""
    header = ["Layer (type)", "Output Shape", "Param #"] + ["Trainable"] * show_trainable
    rows = []
    shape = model.input_shape if model.built else None
    for layer in model.layers:
        if shape is not None:
            shape = layer.compute_output_shape(shape)
        count = f"{layer.count_params():,}" if layer.built else "0 (unbuilt)"
        row = [f"{layer.name} ({type(layer).__name__})", str(shape or "?"), count]
        rows.append(row + ["Y" if layer.trainable else "N"] * show_trainable)

    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    spare = width - sum(widths) - 3 * len(widths) - 1
    if spare > 0:  # the first two columns share what is left
        widths[0] += spare - spare // 2
        widths[1] += spare // 2

    def line(left: str, fill: str, middle: str, right: str) -> str:
        return left + middle.join(fill * (w + 2) for w in widths) + right

    def text(cells: list[str], bar: str) -> str:
        aligned = [
            cell.rjust(w) if column == 2 else cell.ljust(w)
            for column, (cell, w) in enumerate(zip(cells, widths, strict=True))
        ]
        return bar + bar.join(f" {cell} " for cell in aligned) + bar

    table = [f'Model: "{model.name}"', line("┏", "━", "┳", "┓"), text(header, "┃")]
    table.append(line("┡", "━", "╇", "┩"))
    for i, row in enumerate(rows):
        if i:
            table.append(line("├", "─", "┼", "┤"))
        table.append(text(row, "│"))
    table.append(line("└", "─", "┴", "┘"))

    trainable = sum(v.value.size for v in model.trainable_weights)
    total = sum(v.value.size for v in model.weights)
    for name, params in (
        ("Total", total),
        ("Trainable", trainable),
        ("Non-trainable", total - trainable),
    ):
        table.append(f" {name} params: {params:,} ({_memory(4 * params)})")
    return "\n".join(table)


def _memory(size: float) -> str:
    for unit in ("B", "KB", "MB"):
        if size < 1024:
            return f"{size:.2f} {unit}"
        size /= 1024
    return f"{size:.2f} GB"
