"""The loop over epochs: steps, validation, callbacks, stopping early, resuming."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from brisknet.callbacks.callback_list import CallbackList
from brisknet.data import Batch
from brisknet.runtime.interrupts import Interrupts
from brisknet.runtime.warning import warn_user
from brisknet.training.step import Step
from brisknet.training.trainable import Trainable


def train(
    model: Trainable,
    epochs: range,
    batches: Callable[[], Iterator[Batch]],
    called: CallbackList,
    interrupts: Interrupts,
    validate: Callable[[int], dict[str, Any]] | None = None,
) -> None:
    """Trains a model, which must be `ready`.

    Args:
        model: the model, kept to this thread by `exclusive`.
        epochs: their numbers; a callback may set `model._resume` to start at another.
        batches: returns those of the next epoch.
        called: the callbacks.
        interrupts: those of `exclusive`, open; a step is not interrupted.
        validate: returns what a validation after this epoch adds to its logs, if anything.
    """
    model.stop_training = False
    model._resume = None
    called.on_train_begin()
    first, done = model._resume or (epochs.start, 0)
    logs: dict[str, Any] = {}
    for epoch in range(first, epochs.stop):
        called.on_epoch_begin(epoch)
        results = _epoch(model, Step(model), batches(), done, called, interrupts)
        if not results:
            called.make_way()
            warn_user(
                "[fit] the input ran out of data: training ends before epoch "
                f"{epoch + 1} of {epochs.stop}"
            )
            break
        logs, done = results, 0
        if validate is not None:
            logs |= validate(epoch)
        called.on_epoch_end(epoch, dict(sorted(logs.items())))
        if model.stop_training:
            break
    assert model.optimizer is not None
    with interrupts.step:
        model.optimizer.finalize_variable_values(model.trainable_variables)
    called.on_train_end(logs)


def _epoch(
    model: Trainable,
    make_step: Step,
    batches: Iterator[Batch],
    done: int,
    called: CallbackList,
    interrupts: Interrupts,
) -> dict[str, Any]:
    """Makes an epoch's steps; returns the metrics, none if there was no batch.

    The batches of the first `done` steps are skipped: the metrics include them already.
    """
    if not done:
        model.reset_metrics()
    if done:
        batches = itertools.islice(batches, done, None)
    begun, step = done > 0, interrupts.step
    for first, last, some in executions(batches, model.steps_per_execution, done):
        called.on_train_batch_begin(first)
        for batch in some:
            with step:
                make_step(batch)
        begun = True
        if called.wants_batch_logs:
            called.on_train_batch_end(last, model.get_metrics_result())
        if model.stop_training:
            break
    return model.get_metrics_result() if begun else {}


def executions(
    batches: Iterator[Batch], many: int, begin: int = 0
) -> Iterator[tuple[int, int, Iterable[Batch]]]:
    """Batches, so many at a time, with the numbers of their first step and their last.

    A last execution of fewer batches has the numbers of a whole one, as in Keras.
    """
    for step in itertools.count(begin, many):
        batch = next(batches, None)
        if batch is None:
            return
        some: Iterable[Batch] = (batch,)
        if many > 1:
            some = itertools.chain(some, itertools.islice(batches, min(many - 1, sys.maxsize)))
        yield step, step + many - 1, some
