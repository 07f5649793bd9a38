"""Losses: rows' values, reductions, weights and gradients against float64."""

import numpy as np
import pytest

import reference
from brisknet import losses
from brisknet.losses.function_loss import CLASS_OF
from loss_cases import BOUND, CASES, COLS, bound_of, data, every_case, make, percent, rows_of
from reference import U, assert_within, central_differences


@every_case
@pytest.mark.parametrize("rows", [(6,), (1,), (2, 3), ()], ids=str)
def test_rows_against_float64(case, rows):
    y_true, y_pred = data(case, rows)
    expected = rows_of(case, y_true, y_pred)
    got = make(case, reduction=None)(y_true, y_pred)
    assert got.dtype == np.float32
    assert_within(got, expected, bound_of(case))
    name, arguments, _, _ = CASES[case]
    function = next(f for f, c in CLASS_OF.items() if c.__name__ == name)
    assert function(y_true, y_pred, **arguments).tobytes() == got.tobytes()


@every_case
@pytest.mark.parametrize("rows", [(6,), (2, 3)], ids=str)
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize(
    "reduction", ["sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none", None]
)
def test_reductions_and_gradients(case, rows, weighted, reduction):
    y_true, y_pred = data(case, rows)
    weight = np.linspace(0, 2, 6).reshape(rows).astype(np.float32) if weighted else None
    w = np.ones(rows) if weight is None else weight.astype(np.float64)
    loss = make(case, reduction=reduction)
    if reduction in (None, "none"):
        expected = w * rows_of(case, y_true, y_pred)
        assert_within(loss(y_true, y_pred, weight), expected, 2 * bound_of(case))
        with pytest.raises(ValueError, match="expected a reduction for training, got None"):
            loss.value_and_gradient(y_true, y_pred, weight)
        return

    scale = {"sum": 1.0, "mean_with_sample_weight": 1 / w.sum()}.get(reduction, 1 / 6)

    def total(x):
        return scale * np.sum(w * rows_of(case, y_true, x))

    # The reduced loss is a sum in float64 of float32 losses, rounded at the end.
    value = loss(y_true, y_pred, weight)
    assert isinstance(value, np.float32)
    bound = 2 * bound_of(case) * scale * w.sum()
    assert_within(value, total(y_pred), bound)
    value, gradient = loss.value_and_gradient(y_true, y_pred, weight)
    assert isinstance(value, float)
    assert abs(value - total(y_pred)) <= bound
    # A row's gradient is below 10 (1 / probability), of some ten roundings; weights are up to 2.
    expected = central_differences(total, y_pred.astype(np.float64))
    assert gradient.dtype == np.float32
    assert_within(gradient, expected, 10 * percent(case) * (COLS + 12) * U * 2 * scale)


@pytest.mark.parametrize(
    "shape", [(), (1,), (2,), (2, 1), (1, 3), (2, 3), (2, 3, 1), (1, 1)], ids=str
)
def test_sample_weight_of_every_shape(shape):
    y_true, y_pred = data("mse", (2, 3))
    w = np.random.default_rng(0).uniform(0, 2, shape).astype(np.float32)
    spread = w[..., 0] if w.ndim == 3 else w.reshape(shape + (1,) * (2 - w.ndim))
    expected = rows_of("mse", y_true, y_pred) * spread
    got = losses.MeanSquaredError(reduction=None)(y_true, y_pred, w)
    assert_within(got, expected, 2 * BOUND)
    got = losses.MeanSquaredError()(y_true, y_pred, w.tolist())
    assert_within(got, expected.mean(), 2 * BOUND)
    assert losses.MeanSquaredError()([1.0, 3.0], [1.0, 1.0], 2.0) == 4  # one row


@pytest.mark.parametrize("shape", [(3,), (2, 2), (3, 2), (2, 3, 5), (2, 3, 1, 1)], ids=str)
def test_sample_weight_that_does_not_fit(shape):
    y_true, y_pred = data("mse", (2, 3))
    with pytest.raises(ValueError, match=r"expected sample_weight of shape \(2, 3\), got \("):
        losses.MeanSquaredError()(y_true, y_pred, np.ones(shape))


def test_zero_weights():
    y_true, y_pred = data("cce")
    for reduction in ("mean", "sum", "mean_with_sample_weight"):
        loss = losses.CategoricalCrossentropy(reduction=reduction)
        value, gradient = loss.value_and_gradient(y_true, y_pred, np.zeros(6))
        assert value == 0
        assert not gradient.any()


@pytest.mark.parametrize("from_logits", [False, True])
@pytest.mark.parametrize("reduction", ["mean", "sum", "mean_with_sample_weight", None])
@pytest.mark.parametrize("ignore_class", [-1, 2])
@pytest.mark.parametrize("weighted", [False, True])
def test_ignored_class(from_logits, reduction, ignore_class, weighted):
    case = "scce-logits" if from_logits else "scce"
    labels, y_pred = data(case)
    labels[[1, 4]] = ignore_class
    valid = labels != ignore_class
    rows = np.where(valid, rows_of(case, np.where(valid, labels, 0), y_pred), 0)
    weight = np.linspace(0.5, 2, 6).astype(np.float32) if weighted else None
    w = np.ones(6) if weight is None else weight
    loss = losses.SparseCategoricalCrossentropy(from_logits, ignore_class, reduction)
    got = loss(labels, y_pred, weight)
    if reduction is None:
        assert_within(got, w * rows, 2 * BOUND)
        return
    divisor = {"mean": valid.sum(), "sum": 1, "mean_with_sample_weight": (w * valid).sum()}
    expected = (w * rows).sum() / divisor[reduction]
    assert_within(got, expected, 2 * BOUND * max(1, 6 / divisor[reduction]))
    _, gradient = loss.value_and_gradient(labels, y_pred, weight)
    assert not gradient[~valid].any()
    assert gradient[valid].all(axis=1).any()


def test_all_rows_ignored():
    loss = losses.SparseCategoricalCrossentropy(ignore_class=1)
    value, gradient = loss.value_and_gradient([1, 1], np.full((2, 3), 0.3, np.float32))
    assert value == 0
    assert not gradient.any()


def test_probabilities_are_normalised_and_clipped():
    y_pred = np.array([[2, 6], [0, 1], [1, 0]], np.float32)
    got = losses.categorical_crossentropy([[0, 1], [1, 0], [1, 0]], y_pred)
    low, high = reference.limits(1e-7)
    assert_within(got, -np.log([0.75, low, high]), 20 * U)
    got = losses.binary_crossentropy([[1], [0], [1], [0]], [[0], [1], [1], [0]])
    assert_within(got, -np.log([low, 1 - high, high, 1 - low]), 20 * U)
    loss = losses.CategoricalCrossentropy()
    value, gradient = loss.value_and_gradient([[1, 0]], np.array([[0, 1]], np.float32))
    assert np.isfinite(value)
    assert not gradient.any()


def test_large_logits():
    y_pred = np.array([[1000, -1000]], np.float32)
    for loss, y_true, expected in [
        (losses.CategoricalCrossentropy(from_logits=True), [[0, 1]], 2000),
        (losses.SparseCategoricalCrossentropy(from_logits=True), [0], 0),
        (losses.BinaryCrossentropy(from_logits=True), [[0, 1]], 1000),
    ]:
        value, gradient = loss.value_and_gradient(y_true, y_pred)
        assert value == expected
        assert np.isfinite(gradient).all()


def test_a_shared_shift_of_the_logits_changes_nothing():
    y_true, y_pred = data("cce-logits")
    loss = losses.CategoricalCrossentropy(from_logits=True, reduction=None)
    y_pred = np.round(y_pred * 64) / 64  # so that the shifted logits are exact
    assert (loss(y_true, y_pred) == loss(y_true, y_pred + np.float32(8))).all()


@pytest.mark.parametrize(
    "name", ["mean_squared_error", "mean_absolute_error", "binary_crossentropy"]
)
def test_targets_may_lack_the_last_axis(name):
    y_pred = np.array([[0.2], [0.7], [0.4]], np.float32)
    f = getattr(losses, name)
    expected = f([[0], [1], [1]], y_pred)
    assert expected.shape == (3,)
    assert (f([0, 1, 1], y_pred) == expected).all()
