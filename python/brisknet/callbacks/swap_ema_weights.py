"""The weights' moving averages in the model's place, where it is measured."""

from __future__ import annotations

from brisknet.callbacks.callback import Callback, Logs
from brisknet.runtime.interrupts import Interrupts


class SwapEMAWeights(Callback):
    """Measures the model with the moving averages of its weights.

    Before each evaluation and prediction the weights and the averages that the optimizer keeps
    (with use_ema=True) change places; after it they change back.

    Args:
        swap_on_epoch: whether the averages stay in the model from each epoch's end to the next
            one's beginning as well, for the callbacks that come after this one: a
            `ModelCheckpoint` then saves the averages. What may stop the training, as
            `EarlyStopping`, comes before this one.

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
        with Interrupts():  # all or none, should Ctrl-C come now
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
            # `fit` is about to give the weights the averages' values, which they have.
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
