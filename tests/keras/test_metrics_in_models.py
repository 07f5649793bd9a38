"""The names of metrics in logs, and what "accuracy" means, beside real Keras."""

import numpy as np
import pytest

from brisknet.metrics.as_metric import as_metric
from oracle import RNG, X, Y, close, keras, small_models


def test_metrics_of_the_same_name(monkeypatch):
    measured = {"metrics": ["accuracy", "acc", "accuracy", "mse", "mse"]}
    measured["weighted_metrics"] = ["accuracy", "mae", "accuracy", "mse"]
    histories = []
    for _, model in small_models(monkeypatch, **measured):
        weight = np.arange(7) / 8
        histories.append(model.fit(X, Y, validation_data=(X, Y), sample_weight=weight, verbose=0))
    ours, theirs = (h.history for h in histories)
    assert list(ours) == list(theirs)
    for name in ours:
        close(ours[name], theirs[name], 4, 64)


def test_names_of_metrics(monkeypatch):
    def own(y_true, y_pred):
        return abs(y_true - y_pred).sum(-1)

    logs = []
    for module, model in small_models(monkeypatch):
        for given in (
            "mse",
            "MeanSquaredError",
            module.metrics.MeanSquaredError,
            module.metrics.MeanSquaredError("mine"),
            module.losses.mean_absolute_error,
            own,
        ):
            model.compile("sgd", "mse", metrics=[given])
            logs.append(model.evaluate(X, Y, verbose=0, return_dict=True, batch_size=7))
    for ours, theirs in zip(logs[:6], logs[6:], strict=True):
        assert list(ours) == list(theirs)
        for name in ours:
            close(ours[name], theirs[name], 8, 64)


@pytest.mark.parametrize("shape", [(7, 1), (7, 3), (7, 2, 1), (7, 2, 3)])
def test_accuracy_is_chosen_by_shapes(monkeypatch, shape):
    y_pred = RNG.random(shape, np.float32)
    for y_true in (
        RNG.integers(0, shape[-1], shape[:-1]),
        RNG.integers(0, shape[-1], (*shape[:-1], 1)),
        np.eye(max(2, shape[-1]))[RNG.integers(0, shape[-1], shape[:-1])][..., -shape[-1] :],
    ):
        ours = as_metric("accuracy", y_true.shape, y_pred.shape)
        theirs = keras.src.trainers.compile_utils.get_metric("accuracy", y_true, y_pred)
        assert (type(ours).__name__, ours.name) == (type(theirs).__name__, theirs.name)
