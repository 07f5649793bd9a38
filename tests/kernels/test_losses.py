"""Losses: values and gradients against float64, their properties, the same bits."""

import math

import numpy as np
import pytest

import reference
from brisknet import _core
from reference import U, assert_same_bits, assert_within

COLS = (1, 2, 3, 7, 8, 10, 15, 16, 17, 33, 100)
CLASSES = ("softmax_cross_entropy", "cross_entropy")
CASES = [
    ("softmax_cross_entropy", {}),
    ("softmax_cross_entropy", {"smoothing": 0.1}),
    ("cross_entropy", {}),
    ("cross_entropy", {"smoothing": 0.1}),
    ("cross_entropy", {"epsilon": 0.05}),
    ("binary_cross_entropy", {}),
    ("binary_cross_entropy", {"smoothing": 0.1, "epsilon": 0.05}),
    ("binary_cross_entropy", {"epsilon": 0}),
    ("binary_cross_entropy", {"epsilon": 0, "smoothing": 0.3}),
    ("mean_squared_error", {}),
    ("mean_absolute_error", {}),
]
every_case = pytest.mark.parametrize(
    "case", CASES, ids=lambda c: "-".join([c[0], *(f"{k}={v}" for k, v in c[1].items())])
)


def data(rng, case, rows, cols):
    """x and target as the loss takes them: class distributions, or elements of their own."""
    name, options = case
    x = rng.standard_normal((rows, cols), np.float32)
    if name in CLASSES:
        target = rng.random((rows, cols), np.float32) ** 3
        target[::2] = reference.one_hot(rng.integers(0, cols, len(target[::2])), cols)
    elif name == "binary_cross_entropy":
        target = rng.integers(0, 5, (rows, cols)).astype(np.float32) / 4
    else:
        target = rng.standard_normal((rows, cols), np.float32)
    if name == "softmax_cross_entropy" or options.get("epsilon") == 0:
        x *= 5
    elif name in ("cross_entropy", "binary_cross_entropy"):
        x = (1 / (1 + np.exp(-2 * x))).astype(np.float32)
    return x, target


def kernel(case, x, target, **more):
    return getattr(_core, case[0])(x, target, **case[1], **more)


def expected(case, x, target):
    name, options = case
    x, target = x.astype(np.float64), target.astype(np.float64)
    f, gradient = getattr(reference, name), getattr(reference, f"{name}_gradient")
    return f(x, target, **options), gradient(x, target, **options)


def bounds(case, x, target):
    """What rounding can do to loss and gradient, from the size of what is added up."""
    name, options = case
    x, target = x.astype(np.float64), target.astype(np.float64)
    cols = x.shape[-1]
    adding = (cols // 16 + 5) * U  # relative to the sum of magnitudes
    loss, gradient = expected(case, x, target)
    if name in CLASSES:
        t = reference.smoothed(target, options.get("smoothing", 0))
        total = t.sum(-1, keepdims=True)
    if name == "softmax_cross_entropy":
        # As test_activations.py has it for softmax; then the target's roundings and the products.
        d = x.max(-1, keepdims=True) - x
        y = reference.softmax(x)
        log_sum = U * ((y * d).sum(-1, keepdims=True) + 6) + adding
        term = U * (d + 5 * np.abs(reference.log_softmax(x))) + log_sum
        of_y = y * (U * (d + 6) + log_sum)
        return (
            (t * term).sum(-1) + adding * loss,
            total * of_y + y * total * (adding + 4 * U) + 4 * U * t,
        )
    if name == "cross_entropy":
        # q has one rounding and the sum's: absolute errors of its logarithm, which adds 2 U.
        whole = x.sum(-1, keepdims=True)
        q = np.clip(x / whole, *reference.limits(options.get("epsilon", 1e-7)))
        loss_bound = (t * (adding + 2 * U + 5 * U * np.abs(np.log(q)))).sum(-1) + adding * loss
        gradient_bound = (2 * adding + 8 * U) * (t / q + total) / whole
        return loss_bound, gradient_bound
    if name == "binary_cross_entropy" and options.get("epsilon") == 0:
        softplus = reference.ACTIVATIONS["softplus"]
        both = softplus(x, 0, 0, 0) + softplus(-x, 0, 0, 0)
        return 8 * U * both.mean(-1) + (adding + U) * loss, np.full(x.shape, 6 * U / cols)
    if name == "binary_cross_entropy":
        p = np.clip(x, *reference.limits(options.get("epsilon", 1e-7)))
        both = 1 - np.log(p) - np.log1p(-p)
        return 5 * U * both.mean(-1) + (adding + U) * loss, 6 * U * (1 / p + 1 / (1 - p)) / cols
    # The differences have one rounding, the products another.
    return (adding + 4 * U) * loss, 6 * U * np.abs(gradient)


@every_case
@pytest.mark.parametrize("cols", COLS)
def test_against_float64(isa, rng, case, cols):
    x, target = data(rng, case, 9, cols)
    loss, gradient = kernel(case, x, target)
    exact_loss, exact_gradient = expected(case, x, target)
    loss_bound, gradient_bound = bounds(case, x, target)
    assert_within(loss, exact_loss, loss_bound)
    assert_within(gradient, exact_gradient, gradient_bound)

    weight = rng.standard_normal(9, np.float32)
    weighted_loss, weighted = kernel(case, x, target, weight=weight, scale=0.3)
    assert_same_bits(loss, weighted_loss)
    w = 0.3 * weight.astype(np.float64)[:, None]
    assert_within(
        weighted, w * exact_gradient, np.abs(w) * (gradient_bound + 4 * U * np.abs(exact_gradient))
    )

    alone, none = kernel(case, x, target, gradient=False)
    assert none is None
    assert_same_bits(loss, alone)


@every_case
@pytest.mark.parametrize("cols", [1, 4])
def test_gradients_by_central_differences(rng, case, cols):
    x, target = (array.astype(np.float64) for array in data(rng, case, 5, cols))
    if x.min() > 0:
        x = 0.03 + 0.94 * x  # nearer to 0 and 1 the third derivative outgrows the step
    _, gradient = expected(case, x, target)
    slope = reference.central_differences(lambda z: expected(case, z, target)[0], x)
    np.testing.assert_allclose(gradient, slope, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("case", [case for case in CASES if case[0] in CLASSES])
@pytest.mark.parametrize("cols", COLS)
def test_labels_are_one_hot_targets(isa, rng, case, cols):
    x, _ = data(rng, case, 9, cols)
    labels = rng.integers(0, cols, 9)
    weight = rng.random(9, np.float32)
    target = reference.one_hot(labels, cols).astype(np.float32)
    for got, from_target in zip(
        kernel(case, x, labels, weight=weight), kernel(case, x, target, weight=weight), strict=True
    ):
        assert_same_bits(from_target, got)


@pytest.mark.parametrize("cols", COLS)
def test_order_of_the_sum(isa, rng, cols):
    x = rng.standard_normal((9, cols), np.float32)
    zero = np.zeros_like(x)
    divisor = np.float32(cols)
    assert_same_bits(reference.sum16(np.abs(x)) / divisor, _core.mean_absolute_error(x, zero)[0])
    assert_same_bits(reference.sum16(x * x) / divisor, _core.mean_squared_error(x, zero)[0])


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("cols", [2, 10, 33])
def test_softmax_cross_entropy_properties(isa, rng, cols, smoothing):
    x = np.round(rng.standard_normal((9, cols), np.float32) * 320) / 64
    labels = rng.integers(0, cols, 9)
    loss, gradient = _core.softmax_cross_entropy(x, labels, smoothing=smoothing)
    assert (loss >= 0).all()
    # Each of the terms, whose magnitudes add up to 2 at most, has a few roundings.
    assert_within(gradient.astype(np.float64).sum(-1), 0, 2 * (cols // 16 + 20) * U)
    for shifted in zip(
        (loss, gradient),
        _core.softmax_cross_entropy(x + np.float32(512), labels, smoothing=smoothing),
        strict=True,
    ):
        assert_same_bits(*shifted)
    uniform, _ = _core.softmax_cross_entropy(0 * x, labels, smoothing=smoothing)
    assert_within(uniform, math.log(cols), (cols // 16 + 8) * U * math.log(cols))


def test_cross_entropy_does_not_depend_on_the_scale_of_probabilities(isa, rng):
    x, target = data(rng, ("cross_entropy", {}), 9, 17)
    loss, gradient = _core.cross_entropy(x, target)
    for factor in (0.25, 8):
        scaled_loss, scaled_gradient = _core.cross_entropy(x * np.float32(factor), target)
        assert_same_bits(loss, scaled_loss)
        assert_same_bits(gradient / np.float32(factor), scaled_gradient)


@pytest.mark.parametrize("smoothing", [0.0, 0.5])
def test_binary_cross_entropy_is_symmetric(isa, rng, smoothing):
    z, target = data(rng, ("binary_cross_entropy", {"epsilon": 0}), 9, 17)
    options = {"epsilon": 0, "smoothing": smoothing}
    loss, gradient = _core.binary_cross_entropy(z, target, **options)
    mirrored_loss, mirrored = _core.binary_cross_entropy(-z, 1 - target, **options)
    assert_same_bits(loss, mirrored_loss)
    # sigmoid(-z) and 1 - sigmoid(z) round apart.
    assert_within(mirrored, -gradient.astype(np.float64), 8 * U / 17)


@pytest.mark.parametrize("name", ["mean_squared_error", "mean_absolute_error"])
def test_no_error_no_loss_and_no_gradient(isa, rng, name):
    x = rng.standard_normal((3, 17), np.float32)
    loss, gradient = getattr(_core, name)(x, x.copy())
    assert_same_bits(np.zeros(3, np.float32), loss)
    assert_same_bits(np.zeros((3, 17), np.float32), gradient)


def test_huge_logits(isa):
    x = np.array([[1e4, -1e4, 0], [-88, 88, 0], [3e38, -3e38, 0]], np.float32)
    loss, gradient = _core.softmax_cross_entropy(x, np.array([1, 0, 2]))
    np.testing.assert_array_equal(loss, np.array([2e4, 176, 3e38], np.float32))
    expected = [[1, -1, 0], [-1, 1, 0], [1, 0, -1]]
    np.testing.assert_allclose(gradient, expected, rtol=4 * U, atol=2**-149)

    z = np.array([[1e4], [-1e4], [1e4], [-1e4]], np.float32)
    target = np.array([[1], [0], [0], [1]], np.float32)
    loss, gradient = _core.binary_cross_entropy(z, target, epsilon=0)
    np.testing.assert_array_equal(loss, np.array([0, 0, 1e4, 1e4], np.float32))
    np.testing.assert_array_equal(gradient[:, 0], np.array([0, 0, 1, -1], np.float32))


@pytest.mark.parametrize("cols", [2, 8, 17])
def test_an_impossible_class_without_a_target_takes_no_part(isa, rng, cols):
    x, _ = data(rng, ("softmax_cross_entropy", {}), 3, cols)
    x[:, 1] = -math.inf
    labels = np.zeros(3, np.int64)
    loss, gradient = _core.softmax_cross_entropy(x, labels)
    case = "softmax_cross_entropy", {}
    rest = np.delete(x, 1, axis=1), reference.one_hot(labels, cols - 1)
    assert_within(loss, expected(case, *rest)[0], bounds(case, *rest)[0])
    assert (gradient[:, 1] == 0).all()
    lost, _ = _core.softmax_cross_entropy(x, labels + 1)
    assert (lost == math.inf).all()


@pytest.mark.parametrize("epsilon", [1e-7, 0.05])
def test_clipped_probabilities(isa, epsilon):
    low, high = reference.limits(epsilon)
    x = np.array([[0], [1], [0], [1]], np.float32)
    target = np.array([[1], [0], [0], [1]], np.float32)
    loss, gradient = _core.binary_cross_entropy(x, target, epsilon=epsilon)
    exact = -np.log([low, 1 - high, 1 - low, high])
    assert_within(loss, exact, 3 * U * np.abs(exact) + U)
    assert_same_bits(np.zeros((4, 1), np.float32), gradient)

    loss, gradient = _core.cross_entropy(
        np.array([[0, 3], [3, 0]], np.float32), np.array([0, 0]), epsilon=epsilon
    )
    exact = -np.log([low, high])
    assert_within(loss, exact, 3 * U * np.abs(exact))
    assert (gradient == 0).all()


@every_case
def test_nan_spoils_its_row_alone(isa, rng, case):
    x, target = data(rng, case, 4, 17)
    loss, gradient = kernel(case, x, target)
    for spoilt in (x, target):
        if case[0] in CLASSES and spoilt is target:
            continue  # see the next test
        whole = spoilt[2].copy()
        spoilt[2, 16] = math.nan
        new_loss, new_gradient = kernel(case, x, target)
        assert np.isnan(new_loss[2])
        assert np.isnan(new_gradient[2, 16])
        for before, after in ((loss, new_loss), (gradient, new_gradient)):
            assert_same_bits(np.delete(before, 2, 0), np.delete(after, 2, 0))
        spoilt[2] = whole


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("at", [0, 7, 16])
def test_nan_among_the_targets(isa, rng, name, at):
    x, target = data(rng, (name, {}), 4, 17)
    target[2, at] = math.nan
    loss, gradient = kernel((name, {}), x, target)
    np.testing.assert_array_equal(np.isnan(loss), [False, False, True, False])
    np.testing.assert_array_equal(np.isnan(gradient).all(-1), [False, False, True, False])


@every_case
def test_rows_do_not_depend_on_the_batch(isa, rng, case):
    for cols in (3, 16, 33):
        x, target = data(rng, case, 6, cols)
        loss, gradient = kernel(case, x, target)
        for row in range(6):
            one_loss, one_gradient = kernel(case, x[row], target[row])
            assert_same_bits(loss[row], one_loss)
            assert_same_bits(gradient[row], one_gradient)


@every_case
@pytest.mark.parametrize(("rows", "cols"), [(3001, 10), (77, 1003), (2, 40_001), (20_000, 1)])
def test_same_bits(same_bits, rng, case, rows, cols):
    x, target = data(rng, case, rows, cols)
    x[-1, -1] = math.nan
    weight = rng.standard_normal(rows, np.float32)
    same_bits(lambda: kernel(case, x, target, weight=weight, scale=1 / rows))


@every_case
def test_empty_and_many_axes(isa, rng, case):
    x, target = data(rng, case, 12, 5)
    loss, gradient = kernel(case, x, target)
    weight = np.ones((3, 4), np.float32)
    split = kernel(case, x.reshape(3, 4, 5), target.reshape(3, 4, 5), weight=weight)
    assert_same_bits(loss.reshape(3, 4), split[0])
    assert_same_bits(gradient.reshape(3, 4, 5), split[1])

    loss, gradient = kernel(case, x[:0], target[:0])
    assert (loss.shape, gradient.shape) == ((0,), (0, 5))
    loss, gradient = kernel(case, x[:, :0].copy(), target[:, :0].copy())
    assert (loss.shape, gradient.shape) == ((12,), (12, 0))
    np.testing.assert_array_equal(loss, np.full(12, 0 if case[0] in CLASSES else math.nan))
