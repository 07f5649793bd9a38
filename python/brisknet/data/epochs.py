"""Batches, epoch by epoch."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator

from brisknet.data.batches import Batch, Batches
from brisknet.random import SeedGenerator
from brisknet.runtime.warning import warn_user


class Epochs:
    """Gives out batches for one epoch after the other.

    An epoch is a pass through the data, or so many `steps`: the next one then goes on where it
    ended, and begins a new pass where the data end.

    Args:
        op: for errors and warnings.
        batches: the passes.
        steps: the batches of an epoch; None for a pass.
    """

    def __init__(self, op: str, batches: Batches, steps: int | None = None) -> None:
        self._op = op
        self._batches = batches
        self._given_steps = steps
        self._pass: Iterator[Batch] = iter(())
        self._begun: Iterator[Batch] | None = None

    @property
    def steps(self) -> int | None:
        """The batches of an epoch, where it is known."""
        return self._given_steps or self._batches.length

    @property
    def samples(self) -> int | None:
        """The rows of an epoch, where it is known."""
        return None if self._given_steps else self._batches.samples

    def shuffle(self, orders: SeedGenerator) -> None:
        """Makes each pass from now on one in a new order, where the data can be so taken."""
        self._batches.orders = orders

    def sample(self) -> Batch:
        """A batch to try. Where it must be drawn it stays the first of the next epoch.

        Raises:
            ValueError: if there is none.
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
        """The next epoch; empty where an iterator has come to its end."""
        begun, self._begun = self._begun, None
        return self._epoch() if begun is None else begun

    def from_start(self) -> Iterator[Batch]:
        """The next epoch, with a new pass."""
        if self._begun is None:
            self._pass = iter(())
        return self.epoch()

    def close(self) -> None:
        """Waits until workers have ended, but for after Ctrl-C: then they end by themselves."""
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
