"""Finding a learning rate to train with."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np

from brisknet.arguments.checks import describe
from brisknet.arguments.numbers import checked_integer, checked_number
from brisknet.callbacks.callback import Callback, Logs
from brisknet.plots.learning_rates import plot_learning_rates
from brisknet.runtime.interrupts import Interrupts
from brisknet.saving import safetensors_format
from brisknet.saving.state import parsed_numbers, set_state, state_numbers, write_state

_SMOOTHING = 0.8  # the share of a loss's average that comes from the losses before
_LEAST = 10  # the number of steps before the loss can end the search


class LearningRateFinder(Callback):
    """Tries learning rates from small to large, and restores the model afterwards.

    In each step of `fit`, the rate is multiplied by a constant factor, until it reaches max_rate or
    the loss rises far above its minimum. Then the training ends, and the weights, the optimizer's
    state and the random streams are restored, even after Ctrl-C or an error. During the search, the
    metrics that `fit` reports are those of single steps.

    Args:
        min_rate: the first rate.
        max_rate: the last rate.
        steps: the maximum number of rates to try. If `fit` is known to take fewer steps, that many
            rates span the range. With steps_per_execution, each rate is used for that many steps.
        stop_factor: the search ends when the loss exceeds this multiple of its minimum; both are
            averages over steps.

    Attributes:
        rates: the rates tried.
        losses: for each rate, the loss of its batch.

    Raises:
        ValueError: if an argument is out of range; in `fit`, if the optimizer has a schedule
            instead of a learning rate.

    Reference:
        L. N. Smith, "Cyclical learning rates for training neural networks" (2017).

    Example:
        >>> from brisknet import Sequential
        >>> x = np.linspace(-1, 1, 640, dtype=np.float32)[:, None]
        >>> model = Sequential([layers.Dense(8, activation="tanh"), layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> finder = LearningRateFinder(max_rate=10.0)
        >>> history = model.fit(x, x**2, epochs=5, verbose=0, callbacks=[finder])
        >>> 1e-6 < finder.suggestion < 10.0
        True
    """

    _shown = ("min_rate", "max_rate")

    def __init__(
        self,
        min_rate: float = 1e-6,
        max_rate: float = 1.0,
        steps: int = 100,
        stop_factor: float = 4.0,
    ) -> None:
        super().__init__()
        op = "LearningRateFinder"
        for name, value in (
            ("min_rate", min_rate), ("max_rate", max_rate), ("stop_factor", stop_factor)
        ):  # fmt: skip
            checked_number(op, name, value, 0, above=True, below=True)
        if not min_rate < max_rate:
            raise ValueError(f"[{op}] expected min_rate below max_rate, got {min_rate}, {max_rate}")
        checked_number(op, "stop_factor", stop_factor, 1, above=True)
        self.min_rate = min_rate
        self.max_rate = max_rate
        self.steps = checked_integer(op, "steps", steps, 2)
        self.stop_factor = stop_factor
        self.rates: list[float] = []
        self.losses: list[float] = []
        self._before: bytes | None = None  # the model's state

    @property
    def smoothed(self) -> list[float]:
        """Exponential moving averages of the losses."""
        averages, total, weight = [], 0.0, 0.0
        for loss in self.losses:
            total = _SMOOTHING * total + (1 - _SMOOTHING) * loss
            weight = _SMOOTHING * weight + (1 - _SMOOTHING)
            averages.append(total / weight)
        return averages

    @property
    def suggestion(self) -> float | None:
        """The rate at which the loss fell most steeply, before its minimum; None if it never
        fell."""
        losses = np.array(self.smoothed)
        losses = losses[np.isfinite(losses)]
        least = int(losses.argmin()) if len(losses) else 0
        reach = max(1, len(losses) // 20)  # half the width of a slope, as single steps are noisy
        if least < 2 * reach:
            return None
        # The rates are equally spaced on a logarithmic scale.
        slopes = losses[2 * reach : least + 1] - losses[: least + 1 - 2 * reach]
        steepest = int(slopes.argmin())
        return self.rates[steepest + reach] if slopes[steepest] < 0 else None

    def plot(self, *args: Any, **kwargs: Any) -> Any:
        """Draws the loss by learning rate; the arguments are those of
        `brisknet.plots.plot_learning_rates`."""
        return plot_learning_rates(self, *args, **kwargs)

    def on_train_begin(self, logs: Logs = None) -> None:
        optimizer = self.model.optimizer
        assert optimizer is not None
        if callable(optimizer._learning_rate):
            raise ValueError(
                "[LearningRateFinder] expected an optimizer whose learning_rate is a number, got "
                f"{describe(optimizer._learning_rate)}"
            )
        self.rates, self.losses = [], []
        self._least = math.inf
        self._count = self.steps
        steps, epochs = self.params.get("steps"), self.params.get("epochs")
        if steps:
            tried = -(-steps // self.model.steps_per_execution) * epochs
            self._count = max(2, min(self.steps, tried))
        self._before = _state(self.model)

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        optimizer = self.model.optimizer
        assert optimizer is not None
        share = len(self.rates) / (self._count - 1)
        rate = self.min_rate * (self.max_rate / self.min_rate) ** share
        optimizer.learning_rate = rate
        self.rates.append(rate)
        self.model.reset_metrics()  # makes the loss that of this step alone

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        loss = float((logs or {})["loss"])
        self.losses.append(loss)
        average = self.smoothed[-1]
        self._least = min(self._least, average)
        too_high = average > self.stop_factor * self._least if self._least > 0 else False
        if (
            len(self.rates) >= self._count
            or not math.isfinite(loss)
            or (too_high and len(self.rates) >= _LEAST)
        ):
            self.model.stop_training = True

    def on_train_end(self, logs: Logs = None) -> None:
        self._release()

    def _release(self) -> None:
        del self.rates[len(self.losses) :]  # the rate of a step that did not finish
        if self._before is not None:
            _set_state(self.model, self._before)
            self._before = None


def _state(model: Any) -> bytes:
    """The weights, the optimizer's state and the random streams."""
    file = io.BytesIO()
    write_state(file, model, state_numbers(model), {})
    return file.getvalue()


def _set_state(model: Any, content: bytes) -> None:
    arrays, metadata = safetensors_format.read(io.BytesIO(content), len(content))
    numbers = parsed_numbers(metadata["state"], len(content))
    # Ctrl-C must not leave the state only partly restored.
    with Interrupts():
        set_state("LearningRateFinder", model, arrays, numbers, strict=True)
