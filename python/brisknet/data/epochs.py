"""Dividing batches into epochs."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator

from brisknet.data.batches import Batch, Batches
from brisknet.random import SeedGenerator
from brisknet.runtime.warning import warn_user


class Epochs:
    """Yields the batches of one epoch after another.

    An epoch is a pass through the data, or `steps` batches: then each epoch continues where the
    previous one ended, and begins a new pass when the data end.

    Args:
        op: the name in errors and warnings.
        batches: the data source.
        steps: the number of batches in an epoch; None for a whole pass.
    """

    def __init__(self, op: str, batches: Batches, steps: int | None = None) -> None:
        self._op = op
        self._batches = batches
        self._given_steps = steps
        self._pass: Iterator[Batch] = iter(())
        self._begun: Iterator[Batch] | None = None

    @property
    def steps(self) -> int | None:
        """The number of batches in an epoch, if known."""
        return self._given_steps or self._batches.length

    @property
    def samples(self) -> int | None:
        """The number of rows in an epoch, if known."""
        return None if self._given_steps else self._batches.samples

    def shuffle(self, orders: SeedGenerator) -> None:
        """Shuffles each pass from now on, if the data support it."""
        self._batches.orders = orders

    def sample(self) -> Batch:
        """A sample batch. If it has to be drawn, it remains the first batch of the next epoch.

        Raises:
            ValueError: if there are no batches.
        """
        batch = self._batches.sample()
        if batch is None:
            epoch = self._epoch()
            batch = next(epoch, None)
            if batch is None:
                raise ValueError(f"[{self._op}] expected at least one batch, got none")
            self._begun = itertools.chain([batch], epoch)
        return batch

    def epoch(self) -> Iterator[Batch]:
        """The next epoch; empty if an iterator is exhausted."""
        begun, self._begun = self._begun, None
        return self._epoch() if begun is None else begun

    def from_start(self) -> Iterator[Batch]:
        """The next epoch, beginning a new pass."""
        if self._begun is None:
            self._pass = iter(())
        return self.epoch()

    def close(self) -> None:
        """Waits for the workers to end, except after Ctrl-C: then they end by themselves."""
        self._batches.close(wait=not isinstance(sys.exc_info()[1], KeyboardInterrupt))

    def _epoch(self) -> Iterator[Batch]:
        self._batches.on_epoch_begin()
        if self._given_steps is None:
            yield from self._batches
        else:
            yield from self._steps(self._given_steps)
        self._batches.on_epoch_end()

    def _steps(self, steps: int) -> Iterator[Batch]:
        for step in range(steps):
            batch = next(self._pass, None)
            if batch is None and step == 0:
                self._pass = iter(self._batches)
                batch = next(self._pass, None)
            if batch is None:
                if step > 0:
                    warn_user(
                        f"[{self._op}] the input ran out of data after {step} of {steps} steps"
                    )
                return
            yield batch
