"""The validation of an estimator: samples set aside, or `validation_data`."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from sklearn.base import is_classifier
from sklearn.model_selection import train_test_split

from brisknet.arguments.checks import Array
from brisknet.data import SparseRows, is_sparse


class Samples(NamedTuple):
    """Samples, with the user's y and the network's targets."""

    X: Any
    y: Any
    targets: Array
    weight: Any

    def take(self, rows: Any) -> Samples:
        weight = None if self.weight is None else self.weight[rows]
        return Samples(self.X[rows], self.y[rows], self.targets[rows], weight)


def set_aside(estimator: Any, samples: Samples, random_state: Any) -> tuple[Samples, Samples]:
    """The training samples, and those for early stopping, drawn as scikit-learn does.

    Raises:
        ValueError: if fewer than two would be set aside.
    """
    is_binary = is_classifier(estimator) and estimator.n_outputs_ == 1
    train, test = train_test_split(
        np.arange(samples.X.shape[0]),
        random_state=random_state,
        test_size=estimator.validation_fraction,
        stratify=samples.targets if is_binary else None,
    )
    if len(test) < 2:
        raise ValueError(
            "The validation set is too small. Increase 'validation_fraction' or the size of "
            "your dataset."
        )
    return samples.take(train), samples.take(test)


def validation_parts(estimator: Any, given: Any) -> tuple[Any, Any, Any]:
    """X, y and sample_weight of `validation_data`.

    Raises:
        ValueError: if it is neither (X, y) nor (X, y, sample_weight).
    """
    if not isinstance(given, list | tuple) or len(given) not in (2, 3):
        raise ValueError(
            f"[{type(estimator).__name__}] expected validation_data (X, y) or (X, y, sample_weight)"
        )
    return (*given, None)[:3]


class Validation:
    """Evaluates an estimator's network on the same samples after each epoch."""

    def __init__(self, estimator: Any, samples: Samples) -> None:
        X = samples.X
        # Converted once, so that selecting rows is fast.
        self._samples = samples._replace(X=SparseRows("fit", X) if is_sparse(X) else X)
        self._estimator = estimator

    def __call__(self, epoch: int) -> dict[str, float]:
        """The loss, without the penalty, and the score; NaN if an output is not finite."""
        of, (X, y, targets, weight) = self._estimator, self._samples
        outputs = of.model_.predict(X, verbose=0)
        score = np.nan
        if np.isfinite(outputs).all():
            score = of._score_of(y, targets, of._activated(outputs), weight)
        return {"val_loss": float(of._objective(targets, outputs, weight)), "val_score": score}
