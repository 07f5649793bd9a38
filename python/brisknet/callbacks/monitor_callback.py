"""The base class of callbacks that monitor one metric."""

from __future__ import annotations

from typing import Any

import numpy as np

from brisknet.arguments.checks import describe
from brisknet.callbacks.callback import Callback, Logs
from brisknet.display.representation import shortened
from brisknet.names.similar import did_you_mean
from brisknet.runtime.warning import warn_user


class MonitorCallback(Callback):
    """Base class: determines whether a metric has improved.

    Args:
        monitor: the metric's name in the logs.
        mode: 'min', 'max', or 'auto' to infer it from the metric.
        baseline: a value that the metric must improve on first, or None.
        min_delta: the smallest change that counts as an improvement.

    Attributes:
        monitor_op: `np.greater` if higher is better, else `np.less`; None before training.

    Warns:
        UserWarning: if the mode is invalid; 'auto' is used instead.
    """

    _shown = ("monitor",)

    def __init__(
        self,
        monitor: str = "val_loss",
        mode: str = "auto",
        baseline: float | None = None,
        min_delta: float = 0,
    ) -> None:
        super().__init__()
        if mode not in ("auto", "min", "max"):
            warn_user(
                f"[{type(self).__name__}] expected mode 'auto', 'min' or 'max', got "
                f"{describe(mode)}: 'auto' is used"
            )
            mode = "auto"
        self.monitor = monitor
        self.mode = mode
        self.best = baseline
        self.min_delta = abs(min_delta)

    @property
    def monitor_op(self) -> Any:
        if self._model is None:
            return None
        return np.greater if self._goes_up() else np.less

    def _is_improvement(self, value: float, reference: float | None) -> bool:
        goes_up = self._goes_up()
        if reference is None:
            return True
        if goes_up:
            return value - self.min_delta > reference
        return value + self.min_delta < reference

    def _monitored(self, logs: Logs) -> Any:
        """The metric's value in the logs; None, with a warning, if it is missing."""
        value = (logs or {}).get(self.monitor)
        if value is None:
            warn_user(self._missing(logs))
        return value

    def _missing(self, logs: Logs) -> str:
        """The warning for a metric that is not in the logs."""
        hint = did_you_mean(self.monitor, logs or ())
        the = " The" if hint else ": the"
        if self.monitor.startswith("val_") and not any(n.startswith("val_") for n in logs or ()):
            hint, the = ", as fit has no validation data", ": the"
        names = shortened(", ".join(logs or ()), 200)
        op = type(self).__name__
        return f"[{op}] there is no metric {self.monitor!r}{hint}{the} metrics are {names}"

    def _goes_up(self, logs: Logs = None) -> bool:
        """Whether higher is better; raises ValueError if that cannot be inferred."""
        if self.mode != "auto":
            return self.mode == "max"
        name = self.monitor.removeprefix("val_")
        if name == "loss":
            return False
        for metric in self.model.metrics:
            if metric.name == name and metric.direction is not None:
                return metric.direction == "up"
        if logs and self.monitor not in logs:
            raise ValueError(self._missing(logs))
        raise ValueError(
            f"[{type(self).__name__}] cannot tell whether higher or lower {self.monitor!r} is "
            "better: pass mode='max' or mode='min'"
        )
