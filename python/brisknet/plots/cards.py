"""The cards in the plot of a model: their contents, folding, layout and drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from brisknet.plots.canvas import Matplotlib, Svg

# The background colour of each kind of layer's title; white text is legible on all of them.
KINDS = {
    "input": "#3f4650",
    "weights": "#1b4f8a",
    "normalization": "#0a6b4f",
    "activation": "#9a4a00",
    "noise": "#7a3e74",
    "shape": "#555f69",
    "model": "#1b3a57",
}

_MOST_CARDS = 24  # in deeper models, repetitions are folded first, then the middle is left out
_TITLE, _TEXT, _LINE, PAD, _GAP = 14, 12, 19, 12, 34  # in pixels of 1/96 inch

DIRECTIONS = ("TB", "BT", "LR", "RL")


@dataclass
class Box:
    """A rectangle; x and y are relative to the box around it."""

    width: float
    height: float
    x: float = 0.0
    y: float = 0.0


@dataclass
class Card(Box):
    """A layer: a title and lines of names and values."""

    title: str = ""
    lines: list[tuple[str, str]] = field(default_factory=list)
    colour: str = KINDS["model"]

    def alike(self) -> tuple[str, ...]:
        """The contents that two cards must share to be folded into one."""
        lines = [f"{name} {value}" for name, value in self.lines if name != "input"]
        return (self.title.rpartition(" (")[2], *lines)


@dataclass
class Frame(Box):
    """A nested model, or a repeated group of cards."""

    title: str = ""
    boxes: list[Box] = field(default_factory=list)

    def alike(self) -> tuple[Any, ...]:
        return tuple(box.alike() for box in self.boxes)  # type: ignore[attr-defined]


def folded(boxes: list[Box], rankdir: str) -> list[Box]:
    """The boxes, with each repeated group drawn once, in a frame that shows the number of times."""
    if len(boxes) <= _MOST_CARDS:
        return boxes
    signs = [box.alike() for box in boxes]  # type: ignore[attr-defined]
    shown: list[Box] = []
    place = 0
    while place < len(boxes):
        length, times = max(
            ((length, _times(signs, place, length)) for length in range(1, 17)),
            key=lambda pair: (pair[1] > 1) * pair[0] * pair[1],
        )
        if times > 1 and length * times > length + 1:
            run = boxes[place : place + length]
            run = run if rankdir in ("TB", "LR") else run[::-1]
            shown.append(frame(f"{times} times", run, rankdir))
            place += length * times
        else:
            shown.append(boxes[place])
            place += 1
    return shown


def _times(signs: list[Any], place: int, length: int) -> int:
    """How many times in a row the group of `length` boxes at `place` occurs."""
    times = 1
    while (
        signs[place : place + length]
        == signs[place + times * length : place + (times + 1) * length]
    ):
        times += 1
    return times


def cut(boxes: list[Box]) -> list[Box]:
    """The boxes; if there are too many, a single card replaces those in the middle."""
    if len(boxes) <= _MOST_CARDS:
        return boxes
    half = _MOST_CARDS // 2
    left_out = card(f"{len(boxes) - 2 * half:,} more", [], "shape")
    return [*boxes[:half], left_out, *boxes[-half:]]


def card(title: str, lines: list[tuple[str, str]], kind: str) -> Card:
    texts = [_width(f"{name}  {value}", _TEXT) for name, value in lines]
    width = max(120, _width(title, _TITLE) * 1.1, *texts) + 2 * PAD  # titles are bold
    height = 2 * _LINE - 6 + (len(lines) * _LINE + PAD if lines else 0)
    return Card(width, height, title=title, lines=lines, colour=KINDS[kind])


def frame(title: str, boxes: list[Box], rankdir: str) -> Frame:
    width, height = arrange(boxes, rankdir)
    margin = _LINE + PAD  # above for the title; below too, to keep the arrows straight
    frame_width = max(width, _width(title, _TEXT)) + 2 * PAD
    for box in boxes:
        box.x += (frame_width - width) / 2
        box.y += margin
    return Frame(frame_width, height + 2 * margin, title=title, boxes=boxes)


def _width(text: str, size: float) -> float:
    return 0.64 * size * len(text)  # slightly more than the average letter of the widest font


def arrange(boxes: Sequence[Box], rankdir: str) -> tuple[float, float]:
    """Places the boxes one after the other, centred; returns their total width and height."""
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


def arrow(one: Box, other: Box, rankdir: str) -> tuple[float, float, float, float]:
    """The line from the edge of one card to the edge of the next."""
    if rankdir in ("TB", "BT"):
        x = one.x + one.width / 2
        line = (x, one.y + one.height, x, other.y)
    else:
        y = one.y + one.height / 2
        line = (one.x + one.width, y, other.x, y)
    return line if rankdir in ("TB", "LR") else (*line[2:], *line[:2])


def draw_boxes(canvas: Svg | Matplotlib, boxes: list[Box], x: float, y: float) -> list[Box]:
    """Draws the boxes relative to (x, y); returns the cards, with their absolute positions."""
    cards: list[Box] = []
    theme = canvas.theme
    for box in boxes:
        left, top = x + box.x, y + box.y
        if isinstance(box, Frame):
            canvas.rectangle(left, top, box.width, box.height, "none", theme.faint, dashed=True)
            canvas.text(left + PAD, top + _LINE, box.title, _TEXT, theme.faint)
            cards += draw_boxes(canvas, box.boxes, left, top)
        elif isinstance(box, Card):
            middle = left + box.width / 2
            header = 2 * _LINE - 6
            canvas.rectangle(left, top, box.width, box.height, theme.fill, theme.edge)
            canvas.rectangle(left, top, box.width, header, box.colour, theme.edge)
            canvas.text(middle, top + 21, box.title, _TITLE, "white", bold=True, align="middle")
            for i, (name, value) in enumerate(box.lines):
                line = top + header + _LINE * (i + 1)
                canvas.text(left + PAD, line, name, _TEXT, theme.faint)
                canvas.text(left + box.width - PAD, line, value, _TEXT, theme.ink, align="end")
            cards.append(Box(box.width, box.height, left, top))
    return cards
