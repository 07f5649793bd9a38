"""The output of `fit`, `evaluate` and `predict`: how much, where to, and its wording."""

from __future__ import annotations

import logging
import math
import os
import shutil
import sys
import textwrap
from collections.abc import Mapping
from typing import Any

import numpy as np

from brisknet import config
from brisknet.arguments.types import is_number

_NOTEBOOK_COLUMNS = 80
_BAR = range(10, 21)  # columns
_RATE_FROM = 110  # columns; narrower terminals show metrics rather than the time of a step


def resolve_verbose(op: str, verbose: Any) -> int:
    """0: nothing, 1: a bar, 2: one line; 'auto': a bar on a terminal, else one line."""
    if isinstance(verbose, str) and verbose == "auto":
        verbose = 1
    if not is_number(verbose) or verbose not in (0, 1, 2):
        raise ValueError(f"[{op}] expected verbose 'auto', 0, 1 or 2, got {verbose!r:.100}")
    return 2 if verbose == 1 and not _draws_bars() else int(verbose)


def _draws_bars() -> bool:
    return config.is_interactive_logging_enabled() and (on_terminal() or in_notebook())


def on_terminal() -> bool:
    """Whether the output goes to a terminal that can overwrite a line."""
    isatty = getattr(sys.stdout, "isatty", None)  # sys.stdout may be None, or an object of any kind
    return isatty is not None and bool(isatty()) and os.environ.get("TERM") != "dumb"


def in_notebook() -> bool:
    """Whether the output goes to a notebook cell."""
    return type(sys.stdout).__module__.partition(".")[0] == "ipykernel"


def metrics_line(logs: Mapping[str, float]) -> str:
    """The metrics in one line: 'loss: 0.0613 - accuracy: 0.9812'."""
    return " - ".join(metric_texts(logs))


def metric_texts(logs: Mapping[str, float]) -> list[str]:
    """Each metric as 'loss: 0.0613': the loss before other metrics, training before validation."""
    names = sorted(logs, key=place_of)
    return [f"{name}: {number_text(float(np.mean(logs[name])))}" for name in names]


def place_of(name: str) -> tuple[bool, bool]:
    """The sort key: training before validation, and the loss first in each."""
    return name.startswith("val_"), name.removeprefix("val_") != "loss"


def number_text(value: float) -> str:
    """A number with 4 decimals, or with 4 digits if it is very small or very large."""
    size = abs(value)
    if 0 < size <= 1e-3 or size >= 1e5:
        return f"{value:.4g}"
    return f"{value:.2f}" if size >= 100 else f"{value:.4f}"


def rate_text(seconds: float, steps: int) -> str:
    """The time per step: '38 µs/step'."""
    step = seconds / max(1, steps)
    if step >= 1:
        return f"{step:.1f} s/step"
    return f"{1e3 * step:.2f} ms/step" if step >= 1e-3 else f"{1e6 * step:.0f} µs/step"


def duration_text(seconds: float) -> str:
    """'27 ms', '0.3 s', '2 min 05 s', '3 h 12 min'."""
    if seconds < 0.1:
        return f"{1e3 * seconds:.{0 if seconds >= 1e-3 else 1}f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return (
        f"{minutes} min {rest:02} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"
    )


def whole_line(title: str, logs: Mapping[str, float], seconds: float, steps: int) -> str:
    """The line printed at the end of an epoch or evaluation."""
    times = [duration_text(seconds), rate_text(seconds, steps)]
    return " - ".join([*([title] if title else []), *metric_texts(logs), *times])


def live_line(
    columns: int,
    title: str,
    logs: Mapping[str, float],
    seen: int,
    target: int | None,
    seconds: float,
    validating: bool = False,
) -> str:
    """The line shown during an epoch, shorter than `columns`.

    If there is not enough room, the order of priority is the loss, the title, the number of steps,
    the time, the bar, and the other metrics.
    """
    loss, *others = metric_texts(logs) or [""]
    count = f"{seen:>{len(str(target))}}/{target}" if target else f"{seen} steps"
    left = "validation"
    if not validating:
        to_go = (target - seen) * seconds / seen if target and seen else None
        minutes, rest = divmod(math.ceil(seconds if to_go is None else to_go), 60)
        left = f"{minutes}:{rest:02}" + ("" if to_go is None else " left")
    rate = rate_text(seconds, seen) if columns >= _RATE_FROM and seen and not validating else ""

    room = columns - 1 - len(loss)  # text in the last column makes some terminals wrap

    def fits(text: str, between: str = " - ") -> bool:
        nonlocal room
        taken = len(text) + len(between)
        if not text or taken > room:
            return False
        room -= taken
        return True

    front = [title] if fits(title) else []
    back = [text for text in (count, left) if fits(text)]
    bar = _BAR.start if target and count in back and fits("-" * _BAR.start, " ") else 0
    if fits(rate):
        back.append(rate)
    front += [loss] if loss else []
    for text in others:
        if not fits(text):
            break
        front.append(text)
    if bar:
        assert target is not None
        bar = min(bar + room, _BAR.stop - 1)
        done = min(bar, bar * seen // target)
        back[0] = "█" * done + "░" * (bar - done) + " " + back[0]
    return " - ".join([*front, *back])[: columns - 1]


class LiveLine:
    """A line at the end of a terminal's output that is overwritten repeatedly.

    It uses only carriage returns and spaces, which all terminals support.
    """

    def __init__(self) -> None:
        self._width = 0  # of the text in the line

    def show(self, text: str) -> None:
        """Overwrites the line."""
        global _shown
        self._write(f"\r{text}{' ' * (self._width - len(text))}")
        self._width = len(text)
        _shown = self

    def erase(self) -> None:
        """Clears the line for other text."""
        if self._width:
            self._write(f"\r{' ' * self._width}\r")
            self._width = 0

    def end(self, text: str | None = None) -> None:
        """Ends the line with a last text; by default, the current one."""
        if text is None:
            if self._width:
                self._write("\n")
        elif not config.is_interactive_logging_enabled():
            say(text)
        else:
            # On a terminal, a longer text is wrapped between metrics, not within one.
            first, *others = _wrapped(text) if on_terminal() else [text]
            spaces = " " * (self._width - len(first))
            lines = "\r" * bool(self._width) + "\n".join([first + spaces, *others])
            self._write(f"{lines}\n")
        self._width = 0

    def _write(self, text: str) -> None:
        stream = sys.stdout
        encoding = getattr(stream, "encoding", None) or "utf-8"
        try:
            text.encode(encoding)
        except UnicodeEncodeError:
            ascii_bar = text.translate({ord("█"): "#", ord("░"): ".", ord("µ"): "u"})
            text = ascii_bar.encode(encoding, "replace").decode(encoding)
        print(text, end="", flush=True)


class NotebookLine(LiveLine):
    """The same in a notebook cell: an output that is updated.

    Notebooks keep, and some of them show, all text between carriage returns, but only the last
    state of an output.
    """

    def __init__(self) -> None:
        super().__init__()
        self._output: Any = None

    def show(self, text: str) -> None:
        from IPython.display import display

        content = {"text/plain": text}
        if self._output is None:
            self._output = display(content, raw=True, display_id=True)
        else:
            self._output.update(content, raw=True)

    def erase(self) -> None:
        """Does nothing, as other output appears below."""

    def end(self, text: str | None = None) -> None:
        if text is not None and self._output is not None:
            self.show(text)
        elif text is not None:
            say(text)
        self._output = None


_shown: LiveLine | None = None  # the line written last


def say(text: str) -> None:
    """Prints a message above the progress, or logs it if interactive logging is disabled."""
    if not config.is_interactive_logging_enabled():
        logging.getLogger("brisknet").info(text)
        return
    if _shown is not None:
        _shown.erase()
    print(text, flush=True)


def columns() -> int:
    """The width of the output."""
    return _NOTEBOOK_COLUMNS if in_notebook() else shutil.get_terminal_size().columns


def _wrapped(text: str) -> list[str]:
    """Lines that fit the terminal, broken at the dashes; continuation lines are indented."""
    width = max(20, columns() - 1)
    if len(text) <= width:
        return [text]
    lines = [""]
    for part in text.split(" - "):
        joined = f"{lines[-1]} - {part}" if lines[-1] else part
        if len(joined) <= width or not lines[-1]:
            lines[-1] = joined
        else:
            lines.append(f"  {part}")
    return [short for line in lines for short in textwrap.wrap(line, width) or [line]]
