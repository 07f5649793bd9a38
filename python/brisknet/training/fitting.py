"""`fit`: how a model is trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from brisknet import config, random
from brisknet.arguments.unknown import explained
from brisknet.callbacks.callback_list import CallbackList
from brisknet.callbacks.history import History
from brisknet.data import Data, Epochs, StreamBatches
from brisknet.display.progress import resolve_verbose
from brisknet.runtime.warning import warn_user
from brisknet.training.arguments import (
    check_weights,
    rows_of_a_batch,
    validation_epochs,
    validation_parts,
    whole,
)
from brisknet.training.evaluation import test, test_step
from brisknet.training.inputs import epochs_of, labelled, labelled_arrays, prepare
from brisknet.training.loop import train
from brisknet.training.step import Step
from brisknet.training.trainable import Trainable

_VALIDATION = "fit validation_data"  # for errors


class Fitting(Trainable):
    """A model that is trained."""

    @explained
    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: str | int = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: Mapping[int, float] | None = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: int | Sequence[int] = 1,
        *,
        check_finite: bool = False,
    ) -> History:
        """Trains the model for a number of epochs.

        Ctrl-C stops the training between two steps: the model is then as after the last complete
        step, and `model.history` has the complete epochs.

        Callbacks and sources of batches run under the caller's `np.seterr`; layers, losses and
        metrics, custom ones too, ignore NumPy's floating-point errors, as the kernels do.

        Args:
            x: inputs of shape (samples, …): an array or whatever becomes one (nested lists, pandas
                and Polars frames, tensors), float32 or converted batch by batch; or a sparse matrix
                of SciPy's, with the same results: its zeros are never written out where the model
                begins with Dense, else batch by batch. A dict of arrays stands for the one with the
                Input's name. Or what gives batches (x, y) or (x, y, sample_weight): a generator, a
                `utils.PyDataset`, a data loader, any iterable; an iterable that can be iterated
                again is, in each epoch.
            y: targets, an array of shape (samples, …); None if x gives batches.
            batch_size: samples in a step, by default 32. Ignored if x gives batches.
            epochs: the number of the last epoch, counted from initial_epoch.
            verbose: 'auto' or 1: a bar on a terminal and a line an epoch elsewhere; 2: a line an
                epoch; 0: nothing.
            callbacks: a list of `callbacks.Callback`.
            validation_split: the fraction of the samples, taken from the end, to validate with;
                for arrays.
            validation_data: (x, y) or (x, y, sample_weight) to validate with instead, or what gives
                such batches.
            shuffle: whether each epoch takes the samples, or a `utils.PyDataset`'s batches, in a
                new random order. Other batches are taken as they come.
            class_weight: a dict from class numbers to the weight of their samples in the loss.
            sample_weight: the samples' weights in the loss, shape (samples,); None if x gives
                batches.
            initial_epoch: the number of the first epoch.
            steps_per_epoch: steps in an epoch; by default all of the data. An epoch continues in
                the data where the one before it ended.
            validation_steps: steps of the validation, which starts from the beginning each time.
            validation_batch_size: samples in a step of the validation.
            validation_freq: validate after every so many epochs, or after the epochs in this list,
                counted from 1.
            check_finite: whether to raise for inputs that are NaN, infinite or too large for
                float32, with the place of the first; not in Keras. Targets are always checked.

        Returns:
            A `callbacks.History`.

        Raises:
            ValueError: if the model is not compiled, or something does not fit. The model is then
                unchanged, except for steps made with earlier batches if x gives batches.
            TypeError: if something is not an array of numbers.
            RuntimeError: if another thread is training this model.

        Warns:
            UserWarning: if the data end before the last step of an epoch, which ends the epoch, or
                before the last epoch, which ends the training.
        """
        if not isinstance(shuffle, bool):
            raise ValueError(f"[fit] expected shuffle True or False, got {shuffle!r}")
        given = labelled(self, "fit", x, y, sample_weight, check_finite)
        validation = None
        if validation_data is not None:
            x, y, sample_weight = (*validation_parts(validation_data), None, None)[:3]
            validation = labelled(self, _VALIDATION, x, y, sample_weight, check_finite)
        elif validation_split:
            if not isinstance(given, Data):
                raise ValueError("[fit] validation_split needs x and y that are arrays")
            given, validation = given.split("fit", validation_split)
        if class_weight is not None:
            given.weigh_classes("fit", class_weight)
        check_weights("fit", given)
        check_weights(_VALIDATION, validation)
        size = rows_of_a_batch("fit", given, batch_size, steps_per_epoch, 32, "steps_per_epoch")
        validation_size = rows_of_a_batch(
            _VALIDATION,
            validation or given,
            batch_size if validation_batch_size is None else validation_batch_size,
            validation_steps,
            32,
            "validation_steps",
        )
        whole("fit", "epochs", epochs)
        whole("fit", "initial_epoch", initial_epoch)
        validates = validation_epochs(validation_freq)
        verbose = resolve_verbose("fit", verbose)
        most = config.max_epochs()
        if most and most < epochs:
            warn_user(f"[fit] limiting epochs to {most}, as set_max_epochs said")
            epochs = most

        with self.exclusive("fit") as interrupts, ExitStack() as closing, interrupts.open:
            self.check_compiled("fit", training=True)
            training = _tried(self, "fit", given, size, steps_per_epoch)
            _refuse_shared_once(self, "fit")
            closing.callback(training.close)
            validate = None
            if validation is not None:
                held_out = _tried(self, _VALIDATION, validation, validation_size, validation_steps)
                closing.callback(held_out.close)

                def validate(epoch: int) -> dict[str, Any]:
                    results = test(self, held_out, called) if validates(epoch) else {}
                    return {f"val_{name}": value for name, value in results.items()}

            called = CallbackList(
                callbacks,
                add_history=True,
                add_progbar=verbose != 0,
                model=self,  # type: ignore[arg-type]
                epochs=epochs,
                steps=training.steps,
                verbose=verbose,
            )
            closing.callback(called.close)
            self.history = called.history
            self._orders = self._orders or random.SeedGenerator()
            if shuffle:
                training.shuffle(self._orders)
            numbers = range(initial_epoch, epochs)
            train(self, numbers, training.epoch, called, interrupts, validate)
        assert called.history is not None
        return called.history

    @explained
    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: Mapping[int, float] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """One step of training; returns the metrics of this batch, and resets them before it.

        For arguments and errors see `fit` and `evaluate`.
        """
        data = labelled_arrays(self, "train_on_batch", x, y, sample_weight)
        if class_weight is not None:
            data.weigh_classes("train_on_batch", class_weight)
        with self.exclusive("train_on_batch") as interrupts, interrupts.open:
            ready(self, "train_on_batch", data)
            self.reset_metrics()
            with interrupts.step:
                Step(self)(data.batch())
            return self.get_metrics_result() if return_dict else self._values()


def ready(model: Trainable, op: str, data: Data) -> None:
    """Makes a model ready for steps with such data; raises where it cannot be trained."""
    model.check_compiled(op, training=True)
    prepare(model, op, data)
    _refuse_shared_once(model, op)


def _refuse_shared_once(model: Trainable, op: str) -> None:
    if not model._trainable_as_it_is:
        model.refuse_shared(op)
        model._trainable_as_it_is = True


def _tried(
    model: Trainable, op: str, given: Data | StreamBatches, size: int, steps: int | None
) -> Epochs:
    """The batches. Raises what the model, the loss and the metrics have against them, if it is
    not something in a stream's later ones."""
    if isinstance(given, Data):
        prepare(model, op, given)
    epochs = epochs_of(op, given, size, steps)
    batch = epochs.sample()
    y = given.y if isinstance(given, Data) else batch.y
    try:
        y_pred = test_step(model, batch)
    except ValueError:
        # What all targets have against the outputs says more than what the first ones have.
        outputs = model.output_shape[-1]
        if model._loss and outputs and y is not None and y.ndim < len(model.output_shape):
            model._loss.check_targets(op, y, outputs)
        raise
    if model._loss is not None:
        model._loss.check_targets(op, y, y_pred.shape[-1])
    model.reset_metrics()
    return epochs
