"""The classifier."""

from __future__ import annotations

from numbers import Real
from typing import Any, ClassVar

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils import column_or_1d, compute_sample_weight
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import (
    _check_partial_fit_first_call,
    check_classification_targets,
    type_of_target,
    unique_labels,
)

from brisknet import ops
from brisknet.arguments.checks import Array
from brisknet.sklearn import inputs
from brisknet.sklearn.perceptron import Perceptron


class MLPClassifier(ClassifierMixin, Perceptron):  # type: ignore[misc] # scikit-learn has no types
    """scikit-learn's `MLPClassifier`, trained by brisknet.

    With the same arguments and random_state, its initial weights, splits, batches and steps are
    those of scikit-learn, computed in float32.

    Args:
        hidden_layer_sizes: the number of units in each hidden layer.
        activation: the activation of the hidden layers: 'identity', 'logistic', 'tanh', 'relu', a
            name or function from `brisknet.activations`, or a list with one for each layer.
        solver: 'adam', 'sgd', 'lbfgs', or an `optimizers.Optimizer`, of which a copy is used.
        alpha: the L2 penalty: alpha / 2 * sum(w^2) over the kernels, divided by the number of
            samples in the batch.
        batch_size: samples in a step; 'auto' for 200, or all samples if there are fewer.
        learning_rate: with 'sgd', 'constant', 'invscaling' (learning_rate_init / t^power_t) or
            'adaptive' (divided by 5 whenever progress stops); with 'sgd' and 'adam', also an
            `optimizers.schedules.LearningRateSchedule`.
        learning_rate_init: the initial learning rate of 'sgd' and 'adam'.
        power_t: the exponent of 'invscaling'.
        max_iter: the maximum number of epochs; with 'lbfgs', of iterations.
        shuffle: whether to shuffle the samples in each epoch.
        random_state: an integer, a RandomState or None; determines the initial weights, the
            validation split, the order of the samples and dropout.
        tol: an epoch makes progress if it improves the loss, or the validation score, by at least
            this much.
        verbose: whether to print the loss of each epoch.
        warm_start: whether `fit` continues from the weights of the previous call.
        momentum, nesterovs_momentum: the momentum of 'sgd', and whether it is Nesterov's.
        early_stopping: whether to set samples aside for validation, stop when their score no longer
            improves, and keep the weights with the best score.
        validation_fraction: the fraction of the samples to set aside.
        beta_1, beta_2, epsilon: the parameters of 'adam'.
        n_iter_no_change: training stops after more than this many epochs without progress.
        max_fun: the maximum number of function evaluations of 'lbfgs'.
        loss: 'log_loss', or, for one-hot targets, a name from `brisknet.losses`, a `Loss` or a
            function as accepted by `Sequential.compile`.
        label_smoothing: the label smoothing of 'log_loss', in [0, 1].
        class_weight: a dict from labels to weights, or 'balanced' for weights inversely
            proportional to class frequencies; for multilabel targets, a list of dicts.
        dropout: the dropout rate after each hidden layer, or a list with one for each.
        batch_norm: whether to normalize each hidden layer before its activation.
        clipnorm, clipvalue, global_clipnorm: gradient clipping for 'sgd' and 'adam'; see
            `optimizers.Optimizer`.
        callbacks: a list of `brisknet.callbacks.Callback`; the logs contain 'loss' and, with
            validation data, 'val_loss' and 'val_score'.
        n_threads: the number of threads a call uses; None for brisknet's setting. It applies to the
            whole process during the call. Results do not depend on it.

    Attributes:
        classes_: the labels.
        coefs_, intercepts_: the weights of the layers, float32. These are the model's own arrays;
            they may be modified or replaced.
        loss_, loss_curve_, best_loss_: the loss, including the penalty, of the last epoch, of each
            epoch and of the best epoch.
        validation_scores_, best_validation_score_: the scores on the validation data; None without
            validation data.
        n_iter_, t_: the number of epochs in the last call, and of training samples seen in total.
        n_layers_, n_outputs_, out_activation_: the number of layers, including input and output
            layer, the number of outputs and their activation.
        n_features_in_, feature_names_in_: the number of features, and their names if X has any.
        model_: the underlying `brisknet.Sequential`; it outputs logits if the loss takes logits.

    Example:
        >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], ["no", "yes", "yes", "no"]
        >>> classifier = MLPClassifier((8,), solver="lbfgs", random_state=1).fit(X, y)
        >>> classifier.predict(X).tolist()
        ['no', 'yes', 'yes', 'no']
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **Perceptron._parameter_constraints,
        "label_smoothing": [Interval(Real, 0, 1, closed="both")],
        "class_weight": [dict, list, StrOptions({"balanced"}), None],
    }

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: Any = "relu",
        *,
        solver: Any = "adam",
        alpha: float = 0.0001,
        batch_size: Any = "auto",
        learning_rate: Any = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: Any = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        loss: Any = "log_loss",
        label_smoothing: float = 0.0,
        class_weight: Any = None,
        dropout: Any = 0.0,
        batch_norm: bool = False,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        callbacks: Any = None,
        n_threads: int | None = None,
    ) -> None:
        self._take(locals())

    @available_if(Perceptron._is_stochastic)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None) -> Any:
        """Trains the network for one epoch on these samples, keeping the optimizer's state.

        Args:
            X, y, sample_weight: see `fit`.
            classes: all labels that may occur; required in the first call.

        Returns:
            The estimator.

        Raises:
            ValueError, TypeError: see `fit`.
        """
        self._check_targets(y)
        with inputs.located(X, y):
            if _check_partial_fit_first_call(self, classes):
                several = type_of_target(y).startswith("multilabel")
                self._label_binarizer = LabelBinarizer().fit(y if several else classes)
        return self._fit(X, y, sample_weight, incremental=True)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """The accuracy of the predictions for X.

        Raises:
            ValueError: if the data are invalid.
        """
        self._check_targets(y)
        with inputs.located(None, y, sample_weight):
            return float(super().score(X, y, sample_weight))

    def _targets(self, y: Any, incremental: bool) -> Array:
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        check_classification_targets(y)
        if not hasattr(self, "classes_") or not (self.warm_start or incremental):
            self._label_binarizer = LabelBinarizer().fit(y)
            self.classes_ = self._label_binarizer.classes_
        else:
            classes = unique_labels(y)
            if self.warm_start and not incremental and set(classes) != set(self.classes_):
                raise ValueError(
                    "warm_start can only be used where `y` has the same classes as in the "
                    f"previous call to fit. Previously got {self.classes_}, `y` has {classes}"
                )
            if len(np.setdiff1d(classes, self.classes_, assume_unique=True)):
                raise ValueError(
                    f"`y` has classes not in `self.classes_`. `self.classes_` has {self.classes_}. "
                    f"'y' has {classes}."
                )
        if y.ndim == 2:
            return self._label_binarizer.transform(y).astype(np.float32)  # type: ignore[no-any-return]
        # Like the binarizer, without its checks, which took a third of a small partial_fit.
        labels = np.searchsorted(self.classes_, y)
        if len(self.classes_) <= 2:
            return labels[:, None].astype(np.float32)  # type: ignore[no-any-return]
        rows: Array = np.eye(len(self.classes_), dtype=np.float32)[labels]
        return rows

    def _weighted(self, y: Any, sample_weight: Any, incremental: bool) -> Any:
        if self.class_weight is None:
            return sample_weight
        if incremental and self.class_weight == "balanced":
            raise ValueError(
                "[MLPClassifier] partial_fit does not support class_weight='balanced', as it does "
                "not see all samples: give a dict, with the weights of "
                "sklearn.utils.class_weight.compute_class_weight"
            )
        weight = compute_sample_weight(self.class_weight, y)
        return weight if sample_weight is None else weight * sample_weight

    def _out_activation(self) -> str:
        return "softmax" if self._label_binarizer.y_type_ == "multiclass" else "logistic"

    def _decoded(self, outputs: Array) -> Any:
        return self._label_binarizer.inverse_transform(
            outputs[:, 0] if outputs.shape[1] == 1 else outputs
        )

    def _score_of(self, y: Any, targets: Array, outputs: Array, sample_weight: Any) -> float:
        if len(self.classes_) == 1:
            return 1.0
        if self.out_activation_ == "softmax":
            right = outputs.argmax(axis=1) == targets.argmax(axis=1)
        else:
            right = ((outputs > 0.5) == (targets > 0.5)).all(axis=1)
        return float(np.average(right, weights=sample_weight))

    def predict_proba(self, X: Any) -> Array:
        """The probabilities of the classes, in the order of `classes_`.

        Returns:
            float32 of shape (samples, classes).
        """
        p = self._activated(self._logits(X))
        return np.hstack([1 - p, p]) if p.shape[1] == 1 else p

    def predict_log_proba(self, X: Any) -> Array:
        """The logarithms of the probabilities of the classes.

        With 'log_loss' and other losses that take logits, they are finite however small the
        probabilities are.

        Returns:
            float32 of shape (samples, classes).
        """
        z = self._logits(X)
        if self._architecture.out_activation is not None:
            with np.errstate(divide="ignore"):
                return np.log(np.hstack([1 - z, z]) if z.shape[1] == 1 else z)
        if self.out_activation_ == "softmax":
            return ops.log_softmax(z)
        return -ops.softplus(np.hstack([z, -z]) if z.shape[1] == 1 else -z)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
