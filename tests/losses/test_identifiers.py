"""Losses by name, by configuration, and names that are refused."""

import pytest

from brisknet import losses
from brisknet.losses.as_loss import as_loss
from loss_cases import CASES


def test_identifiers():
    for name, function in [
        ("mse", "mean_squared_error"),
        ("MSE", "mean_squared_error"),
        ("mean_squared_error", "mean_squared_error"),
        ("mae", "mean_absolute_error"),
        ("MAE", "mean_absolute_error"),
        ("bce", "binary_crossentropy"),
        ("BCE", "binary_crossentropy"),
        ("categorical_crossentropy", "categorical_crossentropy"),
        ("sparse_categorical_crossentropy", "sparse_categorical_crossentropy"),
    ]:
        assert losses.get(name) is getattr(losses, function)
        assert as_loss(name).name == function
    for name, _, _, _ in CASES.values():
        cls = getattr(losses, name)
        loss = cls(reduction="sum")
        assert losses.get(loss) is as_loss(loss) is loss
        for identifier in (name, cls):
            assert type(losses.get(identifier)) is cls
            assert type(as_loss(identifier)) is cls
    assert losses.get(None) is None
    assert losses.MeanSquaredError(name="mine").name == "mine"


@pytest.mark.parametrize("identifier", ["nope", "Mse", 3, object()])
def test_unknown_loss(identifier):
    with pytest.raises(ValueError, match=r"\[losses.get\] (unknown|expected) loss"):
        losses.get(identifier)


def test_refused_losses_say_so():
    with pytest.raises(AttributeError, match=r"brisknet.losses.CTC of Keras is not supported"):
        losses.CTC  # noqa: B018
