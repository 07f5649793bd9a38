"""Squared and absolute errors and crossentropies beside real Keras: values and gradients."""

import numpy as np
import pytest

import brisknet
from oracle import CLASSES, RNG, ROWS, STEPS, close, jax, keras, loss_weights

REDUCTIONS = ["sum_over_batch_size", "mean", "sum", None, "none", "mean_with_sample_weight"]


# Beyond the clip of probabilities, but not on its bounds, where JAX takes half of the slope.
SATURATED = [0.0, 1e-30, 1e-9, 5e-8, 2e-7, 0.5, 1 - 3e-7, 1 - 2.0**-24, 1.0]


LOSSES = [
    ("mean_squared_error", {}),
    ("mean_absolute_error", {}),
    *(
        ("binary_crossentropy", {"from_logits": logits, "label_smoothing": smoothing})
        for logits in (False, True)
        for smoothing in (0.0, 0.1, 1.0)
    ),
    *(
        ("categorical_crossentropy", {"from_logits": logits, "label_smoothing": smoothing})
        for logits in (False, True)
        for smoothing in (0.0, 0.1, 1.0)
    ),
    *(
        ("sparse_categorical_crossentropy", {"from_logits": logits, "ignore_class": ignored})
        for logits in (False, True)
        for ignored in (None, 2, -1)
    ),
]


def pascal(name):
    return name.title().replace("_", "")


def loss_case(name, arguments, shape):
    """Targets and predictions, some far out or saturated."""
    logits = arguments.get("from_logits", "crossentropy" not in name)
    y_pred = RNG.standard_normal(shape) * 3
    if name == "categorical_crossentropy" or name.startswith("sparse"):
        y_pred = y_pred if logits else RNG.random(shape) + 1e-3
        y_pred[0] = 0
        y_pred[0, ..., 0] = 40 if logits else 1
        y_pred[1] *= 1e-3 if logits else 5  # probabilities need not add up to 1
    elif logits:
        y_pred.flat[:3] = 0, 40, -40
    else:
        y_pred = RNG.random(shape)
        y_pred.flat[: len(SATURATED)] = SATURATED[: y_pred.size]
    if name.startswith("sparse"):
        y_true = RNG.integers(0, shape[-1], shape[:-1])
        if arguments["ignore_class"] is not None:
            y_true[RNG.random(y_true.shape) < 0.3] = arguments["ignore_class"]
    elif name == "categorical_crossentropy":
        y_true = np.eye(shape[-1])[RNG.integers(0, shape[-1], shape[:-1])]
    elif name == "binary_crossentropy":
        y_true = RNG.integers(0, 2, shape)
    else:
        y_true = y_pred + RNG.standard_normal(shape)
    return y_true, y_pred.astype(np.float32)


def loss_scale(losses, y_true, y_pred):
    """For each row what is rounded: its loss, and the predictions, of which one logarithm is taken.

    The rounding of a probability or a logit changes its logarithm by U of 1, or of the logit.
    """
    magnitude = np.abs(y_pred)
    if np.shape(y_true) == y_pred.shape:
        magnitude = magnitude + np.abs(y_true)
    return np.abs(losses) + magnitude.max(-1) + 1


@pytest.mark.parametrize("shape", [(ROWS, 1), (ROWS, CLASSES), (ROWS, STEPS, CLASSES)], ids=str)
@pytest.mark.parametrize(("name", "arguments"), LOSSES)
def test_loss(name, arguments, shape):
    """Sums over a row's elements, then over rows."""
    y_true, y_pred = loss_case(name, arguments, shape)
    targets = [y_true]
    if name.startswith("sparse"):
        targets += [y_true[..., None], y_true.astype(np.float32)]
    for target in targets:
        got = getattr(brisknet.losses, name)(target, y_pred, **arguments)
        losses = np.asarray(getattr(keras.losses, name)(target, y_pred, **arguments))
        assert got.dtype == losses.dtype
        scale = loss_scale(losses, y_true, y_pred)
        close(got, losses, scale, shape[-1] + 16)

    for reduction in REDUCTIONS if len(shape) == 3 else REDUCTIONS[::3]:
        ours, theirs = (
            getattr(module, pascal(name))(**arguments, reduction=reduction)
            for module in (brisknet.losses, keras.losses)
        )
        assert (ours.name, ours.reduction) == (theirs.name, theirs.reduction)
        for weight in loss_weights(shape[:-1]):
            spread = weight is not None and weight.size < losses.size
            if spread and reduction == "mean_with_sample_weight":
                continue  # Keras divides by the sum of the weights before they are spread over rows
            got = ours(y_true, y_pred, sample_weight=weight)
            expected = np.asarray(theirs(y_true, y_pred, sample_weight=weight))
            counts = counted(y_true, arguments, losses.shape, weight)
            if reduction in (None, "none"):  # for weights (n, 1), Keras gives (n, 1)
                close(got, expected.reshape(got.shape), scale * counts, shape[-1] + 16)
                continue
            divisor = {"sum": 1, "mean_with_sample_weight": counts.sum()}.get(
                reduction, np.count_nonzero(counted(y_true, arguments, losses.shape, None))
            )
            row_scale = counts / max(divisor, 1e-30) * scale
            close(got, expected, row_scale.sum(), losses.size + shape[-1] + 16)
            value, gradient = ours.value_and_gradient(y_true, y_pred, weight)
            assert np.float32(value) == got
            # "mean" is "sum_over_batch_size", and the shape of the weights does not matter here.
            if reduction != "mean" and (weight is None or weight.shape == losses.shape):
                slope = jax.grad(lambda p, f=theirs, w=weight: f(y_true, p, sample_weight=w))(
                    y_pred
                )
                slope_scale = np.abs(slope).max(-1) + row_scale / scale  # its terms may cancel
                close(gradient, slope, slope_scale[..., None], shape[-1] + 16)


def counted(y_true, arguments, rows, weight):
    """How much each row counts before the reduction."""
    weight = np.ones(rows) if weight is None else weight
    weight = np.broadcast_to(weight.reshape(weight.shape[: len(rows)]), rows)
    ignored = arguments.get("ignore_class")
    return weight if ignored is None else np.where(y_true == ignored, 0, weight)


@pytest.mark.parametrize("name", ["binary", "categorical", "sparse_categorical"])
def test_loss_of_extreme_logits(name):
    values = [0, 1, -1, 100, -100, 1e4, -1e4, 1e30, -1e30]
    y_pred = np.array([[a, b] for a in values for b in values], np.float32)
    y_true = RNG.integers(0, 2, len(y_pred))
    y_true = y_true if name.startswith("sparse") else np.eye(2)[y_true]
    ours, theirs = (
        getattr(module, f"{name}_crossentropy") for module in (brisknet.losses, keras.losses)
    )
    expected = theirs(y_true, y_pred, from_logits=True)
    close(ours(y_true, y_pred, from_logits=True), expected, np.abs(y_pred).max(-1), 16)


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", None])
@pytest.mark.parametrize(
    "name", ["mean_squared_error", "mean_absolute_error", "binary_crossentropy"]
)
def test_loss_of_targets_with_one_axis_more_or_less(name, reduction):
    n, t = ROWS, STEPS
    for true, pred in [
        ((n,), (n,)),
        ((n,), (n, 1)),
        ((n, 1), (n,)),
        ((n, 1, 1), (n, 1)),
        ((n, 1), (n, 1, 1)),
        ((n, t), (n, t, 1)),
        ((n, t, 1), (n, t)),
    ]:
        y_true, y_pred = RNG.integers(0, 2, true), RNG.random(pred, np.float32)
        ours, theirs = (
            getattr(module, pascal(name))(reduction=reduction)
            for module in (brisknet.losses, keras.losses)
        )
        expected = theirs(y_true, y_pred)
        close(
            ours(y_true, y_pred), expected, np.max(np.abs(expected)) + y_pred.size, y_pred.size + 16
        )
        if reduction:
            gradient = ours.value_and_gradient(y_true, y_pred)[1]
            slope = jax.grad(lambda p, f=theirs, y=y_true: f(y, p))(y_pred)
            close(gradient, slope, np.max(np.abs(slope)), 16)
