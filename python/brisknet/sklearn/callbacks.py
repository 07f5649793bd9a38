"""scikit-learn's training record, early stopping and learning rates, as callbacks."""

from __future__ import annotations

from typing import Any

from brisknet.callbacks import Callback
from brisknet.callbacks.callback import Logs

_SMALLEST_RATE = 1e-6  # at which 'adaptive' ends


class Record(Callback):
    """Records the estimator's losses, scores and numbers of epochs and samples, and prints them."""

    def __init__(self, estimator: Any, samples: int) -> None:
        super().__init__()
        self.estimator, self.samples = estimator, samples

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        assert logs is not None
        of, loss, score = self.estimator, logs["loss"], logs.get("val_score")
        of.n_iter_ += 1
        of.t_ += self.samples
        of.loss_ = loss
        of.loss_curve_.append(loss)
        if of.verbose:
            print(f"Iteration {of.n_iter_}, loss = {loss:.8f}")
        if of.early_stopping:
            stands_still = score < of.best_validation_score_ + of.tol
        else:
            stands_still = loss > of.best_loss_ - of.tol
            of.best_loss_ = min(loss, of.best_loss_)
        of._no_improvement_count = of._no_improvement_count + 1 if stands_still else 0
        if score is not None:
            if of.verbose:
                print(f"Validation score: {score:f}")
            of.validation_scores_.append(score)
            of.best_validation_score_ = max(of.best_validation_score_, score)


class KeepBest(Callback):
    """Restores the weights of the epoch with the best validation score."""

    def __init__(self, estimator: Any) -> None:
        super().__init__()
        self.best = estimator.best_validation_score_
        self.weights = estimator.model_.get_weights()

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        assert logs is not None
        if logs["val_score"] > self.best:
            self.best, self.weights = logs["val_score"], self.model.get_weights()

    def _release(self) -> None:
        self.model.set_weights(self.weights)


class InverseScaling(Callback):
    """Sets the rate learning_rate_init / t^power_t after each epoch; t is the samples seen + 1."""

    def __init__(self, estimator: Any) -> None:
        super().__init__()
        self.estimator = estimator

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        of = self.estimator
        assert self.model.optimizer is not None
        rate = float(of.learning_rate_init) / (of.t_ + 1) ** of.power_t
        self.model.optimizer.learning_rate = rate


class Patience(Callback):
    """Ends the training after more than n_iter_no_change epochs without progress.

    With 'adaptive', the rate is divided by 5 instead, until it is below 1e-6.
    """

    def __init__(self, estimator: Any) -> None:
        super().__init__()
        self.estimator = estimator

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        of, optimizer = self.estimator, self.model.optimizer
        if of._no_improvement_count <= of.n_iter_no_change:
            return
        assert optimizer is not None
        adapts = of.solver == "sgd" and of.learning_rate == "adaptive"
        if adapts and optimizer.learning_rate > _SMALLEST_RATE:
            optimizer.learning_rate = optimizer.learning_rate / 5.0
            of._no_improvement_count = 0
            then = f"Setting learning rate to {optimizer.learning_rate:f}"
        else:
            self.model.stop_training = True
            then = "Stopping."
        if of.verbose:
            what = "Validation score" if of.early_stopping else "Training loss"
            print(
                f"{what} did not improve more than tol={of.tol:f} for {of.n_iter_no_change} "
                f"consecutive epochs. {then}"
            )
