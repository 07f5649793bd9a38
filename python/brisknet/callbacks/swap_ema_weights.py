"""Evaluating a model with the moving averages of its weights."""

from __future__ import annotations

from brisknet.callbacks.callback import Callback, Logs
from brisknet.runtime.interrupts import Interrupts


class SwapEMAWeights(Callback):
    """Evaluates the model with the moving averages of its weights.

    Before each evaluation and prediction, the weights are swapped with the averages that the
    optimizer keeps (with use_ema=True); afterwards they are swapped back.

    Args:
        swap_on_epoch: whether to swap also between the end of each epoch and the start of the next.
            A `ModelCheckpoint` listed after this callback then saves the averages. List callbacks
            that may stop the training, such as `EarlyStopping`, before this one.

    Raises:
        ValueError: in training, if the optimizer keeps no averages.

    Example:
        >>> from brisknet import optimizers
        >>> optimizer = optimizers.SGD(use_ema=True)
        >>> callback = SwapEMAWeights(swap_on_epoch=True)
    """

    def __init__(self, swap_on_epoch: bool = False) -> None:
        super().__init__()
        self.swap_on_epoch = swap_on_epoch
        self._swapped = False

    def _swap(self, to_averages: bool) -> None:
        if self._swapped == to_averages:
            return
        variables = self.model.trainable_variables
        assert self.model.optimizer is not None
        averages = self.model.optimizer.averages(variables)
        with Interrupts():  # Ctrl-C must not leave only some of the weights swapped
            for variable, average in zip(variables, averages, strict=True):
                values = variable.numpy()
                variable.assign(average.value)
                average.assign(values)
            self._swapped = to_averages

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        if self.swap_on_epoch:
            self._swap(False)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        if not self.swap_on_epoch:
            return
        self._swap(True)
        if epoch == self.params["epochs"] - 1 or self.model.stop_training:
            # `fit` is about to copy the averages to the weights, which already hold them.
            variables = self.model.trainable_variables
            assert self.model.optimizer is not None
            for variable, average in zip(
                variables, self.model.optimizer.averages(variables), strict=True
            ):
                average.assign(variable.value)
            self._swapped = False

    def on_test_begin(self, logs: Logs = None) -> None:
        self._swap(True)

    def on_test_end(self, logs: Logs = None) -> None:
        self._swap(False)

    def on_predict_begin(self, logs: Logs = None) -> None:
        self._swap(True)

    def on_predict_end(self, logs: Logs = None) -> None:
        self._swap(False)
