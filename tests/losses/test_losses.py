"""Losses: rows' values, reductions, weights and gradients against float64; Keras's own examples."""

import numpy as np
import pytest

import reference
from brisknet import losses
from reference import U, assert_within, central_differences, one_hot

COLS = 5


def softmaxed(logits):
    return reference.softmax(logits.astype(np.float64)).astype(np.float32)


def sparse(f):
    return lambda x, labels: f(x, one_hot(labels, x.shape[-1]))


def bce_from_logits(x, target, smoothing=0.0):
    return reference.binary_cross_entropy(x, target, smoothing, epsilon=0.0)


def huber(x, target, delta=0.25):
    e = abs(x - target)
    return np.where(e <= delta, e * e / 2, delta * e - delta * delta / 2).mean(-1)


def kl_divergence(x, t):
    x, t = np.clip(x, 1e-7, 1), np.clip(t, 1e-7, 1)
    return (t * np.log(t / x)).sum(-1)


def cosine(x, t):
    return -(x * t).sum(-1) / np.sqrt((x**2).sum(-1) * (t**2).sum(-1))


def hinge(x, t, power=1):
    t = 2 * t - 1 if np.isin(t, (0, 1)).all() else t
    return (np.maximum(1 - t * x, 0) ** power).mean(-1)


def categorical_hinge(x, t):
    return np.maximum(((1 - t) * x).max(-1) - (t * x).sum(-1) + 1, 0)


def binary_focal(x, t, balance=None, gamma=2.0, smoothing=0.0):
    t = t * (1 - smoothing) + smoothing / 2
    p = np.clip(x, *reference.limits(1e-7))
    entropy = -(t * np.log(p) + (1 - t) * np.log1p(-p))
    weight = 1 if balance is None else t * balance + (1 - t) * (1 - balance)
    return (weight * (1 - t * x - (1 - t) * (1 - x)) ** gamma * entropy).mean(-1)


def categorical_focal(x, t, alpha=0.25, gamma=2.0, smoothing=0.0):
    q = np.clip(x / x.sum(-1, keepdims=True), *reference.limits(1e-7))
    t = reference.smoothed(t, smoothing)
    return -(np.asarray(alpha) * (1 - q) ** gamma * t * np.log(q)).sum(-1)


def tversky(x, t, alpha=0.5, beta=0.5):
    both, missed, excess = ((a * b).sum(-1) for a, b in ((x, t), (1 - x, t), (x, 1 - t)))
    return 1 - both / (both + alpha * missed + beta * excess + 1e-7)


def generalized(x, t):
    return ((t - t * x**0.5) / 0.5).sum(-1)


# Each case: the class, its arguments, the rows' losses in float64, what y_pred and y_true are.
CASES = {
    "mse": ("MeanSquaredError", {}, reference.mean_squared_error, "numbers"),
    "mae": ("MeanAbsoluteError", {}, reference.mean_absolute_error, "numbers"),
    "mape": (
        "MeanAbsolutePercentageError",
        {},
        lambda x, t: 100 * (abs(t - x) / abs(t)).mean(-1),
        "positive",
    ),
    "msle": (
        "MeanSquaredLogarithmicError",
        {},
        lambda x, t: ((np.log1p(x) - np.log1p(t)) ** 2).mean(-1),
        "positive",
    ),
    "huber": ("Huber", {"delta": 0.25}, huber, "numbers"),
    "log-cosh": ("LogCosh", {}, lambda x, t: np.log(np.cosh(x - t)).mean(-1), "numbers"),
    "poisson": ("Poisson", {}, lambda x, t: (x - t * np.log(x + 1e-7)).mean(-1), "positive"),
    "bce": ("BinaryCrossentropy", {}, reference.binary_cross_entropy, "shares"),
    "bce-smooth": (
        "BinaryCrossentropy",
        {"label_smoothing": 0.2},
        lambda x, t: reference.binary_cross_entropy(x, t, 0.2),
        "shares",
    ),
    "bce-logits": ("BinaryCrossentropy", {"from_logits": True}, bce_from_logits, "share-logits"),
    "bce-logits-smooth": (
        "BinaryCrossentropy",
        {"from_logits": True, "label_smoothing": 0.2},
        lambda x, t: bce_from_logits(x, t, 0.2),
        "share-logits",
    ),
    "cce": ("CategoricalCrossentropy", {}, reference.cross_entropy, "classes"),
    "cce-smooth": (
        "CategoricalCrossentropy",
        {"label_smoothing": 0.2},
        lambda x, t: reference.cross_entropy(x, t, 0.2),
        "classes",
    ),
    "cce-logits": (
        "CategoricalCrossentropy",
        {"from_logits": True},
        reference.softmax_cross_entropy,
        "class-logits",
    ),
    "cce-logits-smooth": (
        "CategoricalCrossentropy",
        {"from_logits": True, "label_smoothing": 0.2},
        lambda x, t: reference.softmax_cross_entropy(x, t, 0.2),
        "class-logits",
    ),
    "scce": (
        "SparseCategoricalCrossentropy",
        {},
        sparse(reference.cross_entropy),
        "labels",
    ),
    "scce-logits": (
        "SparseCategoricalCrossentropy",
        {"from_logits": True},
        sparse(reference.softmax_cross_entropy),
        "label-logits",
    ),
    "kld": ("KLDivergence", {}, kl_divergence, "distributions"),
    "cosine": ("CosineSimilarity", {}, cosine, "numbers"),
    "hinge": ("Hinge", {}, hinge, "signs"),
    "hinge-of-0-and-1": ("Hinge", {}, hinge, "share-logits"),
    "squared-hinge": ("SquaredHinge", {}, lambda x, t: hinge(x, t, 2), "signs"),
    "categorical-hinge": ("CategoricalHinge", {}, categorical_hinge, "class-logits"),
    "bfce": ("BinaryFocalCrossentropy", {}, binary_focal, "shares"),
    "bfce-balanced": (
        "BinaryFocalCrossentropy",
        {"apply_class_balancing": True, "alpha": 0.3, "gamma": 1.5, "label_smoothing": 0.2},
        lambda x, t: binary_focal(x, t, 0.3, 1.5, 0.2),
        "shares",
    ),
    "bfce-logits": (
        "BinaryFocalCrossentropy",
        {"from_logits": True, "gamma": 0.5},
        lambda x, t: binary_focal(reference.sigmoid(x), t, gamma=0.5),
        "share-logits",
    ),
    "cfce": ("CategoricalFocalCrossentropy", {}, categorical_focal, "classes"),
    "cfce-alphas": (
        "CategoricalFocalCrossentropy",
        {"alpha": [0.1, 0.2, 0.3, 0.4, 0.5], "gamma": 0, "label_smoothing": 0.2},
        lambda x, t: categorical_focal(x, t, np.linspace(0.1, 0.5, 5), 0, 0.2),
        "classes",
    ),
    "cfce-logits": (
        "CategoricalFocalCrossentropy",
        {"from_logits": True, "gamma": 1.5},
        lambda x, t: categorical_focal(reference.softmax(x), t, gamma=1.5),
        "class-logits",
    ),
    "gce": ("CategoricalGeneralizedCrossEntropy", {"q": 0.5}, sparse(generalized), "labels"),
    "dice": ("Dice", {"axis": -1}, tversky, "shares"),
    "tversky": (
        "Tversky",
        {"alpha": 0.3, "beta": 0.9, "axis": -1},
        lambda x, t: tversky(x, t, 0.3, 0.9),
        "shares",
    ),
}
every_case = pytest.mark.parametrize("case", CASES)


def data(case, rows=(6,), seed=0):
    """y_true and y_pred, float32 or class numbers; probabilities between 0.1 and 0.9 or so."""
    rng = np.random.default_rng(seed)
    kind = CASES[case][3]
    y_pred = rng.uniform(-1, 1, (*rows, COLS)).astype(np.float32)
    labels = rng.integers(0, COLS, rows)
    if kind == "numbers":
        return rng.uniform(-1, 1, y_pred.shape).astype(np.float32), y_pred
    if kind == "signs":
        return rng.choice(np.float32([-1, 1]), y_pred.shape), y_pred
    if kind == "distributions":
        return softmaxed(rng.uniform(-1, 1, y_pred.shape)), softmaxed(y_pred)
    if kind == "positive":
        return rng.uniform(0.5, 1.5, y_pred.shape).astype(np.float32), np.abs(y_pred) + 0.25
    if kind.startswith("share"):
        target = rng.integers(0, 2, y_pred.shape).astype(np.float32)
        return target, y_pred if "logits" in kind else (0.5 + 0.4 * y_pred).astype(np.float32)
    target = labels if kind.startswith("label") else one_hot(labels, COLS).astype(np.float32)
    return target, y_pred if "logits" in kind else softmaxed(y_pred / 2)


def make(case, **more):
    name, arguments, _, _ = CASES[case]
    return getattr(losses, name)(**arguments, **more)


def rows_of(case, y_true, y_pred):
    return CASES[case][2](y_pred.astype(np.float64), np.asarray(y_true))


# Each loss is at most 3: a sum of COLS terms, each of a few roundings, and so are their means.
BOUND = 3 * (COLS + 8) * U


def percent(case):
    """What a loss counts in: the percentage error is a hundred times its quotient."""
    return 100 if case == "mape" else 1


def bound_of(case):
    return BOUND * percent(case)


@every_case
@pytest.mark.parametrize("rows", [(6,), (1,), (2, 3), ()], ids=str)
def test_rows_against_float64(case, rows):
    y_true, y_pred = data(case, rows)
    expected = rows_of(case, y_true, y_pred)
    got = make(case, reduction=None)(y_true, y_pred)
    assert got.dtype == np.float32
    assert_within(got, expected, bound_of(case))
    name, arguments, _, _ = CASES[case]
    function = next(f for f, c in losses._CLASS_OF.items() if c.__name__ == name)
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


@pytest.mark.parametrize(
    ("loss", "y_true", "y_pred", "weight", "expected"),
    [
        (losses.MeanSquaredError(), [1.0, 0.0, 1.0], [0.9, 0.1, 0.8], None, 0.02),
        (losses.MeanAbsoluteError(), [1.0, 0.3, 1.0], [1.9, 0.3, 1.8], None, 0.5666667),
        (
            losses.BinaryCrossentropy(from_logits=True),
            [0, 1, 0, 0],
            [-18.6, 0.51, 2.94, -12.8],
            None,
            0.8654,
        ),
        *(
            (
                losses.BinaryCrossentropy(from_logits=True, reduction=reduction),
                [[0, 1], [0, 0]],
                [[-18.6, 0.51], [2.94, -12.8]],
                weight,
                expected,
            )
            for reduction, weight, expected in [
                ("sum_over_batch_size", None, 0.8654),
                ("sum_over_batch_size", [0.8, 0.2], 0.243),
                ("sum", None, 1.730),
                (None, None, [0.235, 1.496]),
            ]
        ),
        *(
            (
                cls(reduction=reduction),
                y_true,
                [[0.05, 0.95, 0], [0.1, 0.8, 0.1]],
                weight,
                expected,
            )
            for cls, y_true in [
                (losses.CategoricalCrossentropy, [[0, 1, 0], [0, 0, 1]]),
                (losses.SparseCategoricalCrossentropy, [1, 2]),
            ]
            for reduction, weight, expected in [
                ("sum_over_batch_size", None, 1.177),
                ("sum_over_batch_size", [0.3, 0.7], 0.814),
                ("sum", None, 2.354),
                (None, None, [0.0513, 2.303]),
            ]
        ),
    ],
)
def test_examples_of_keras(loss, y_true, y_pred, weight, expected):
    # As printed there, with three decimals or more; the last one is rounded or cut off.
    assert np.abs(loss(y_true, y_pred, sample_weight=weight) - expected).max() < 1e-3


def test_example_of_keras_for_a_function():
    got = losses.binary_crossentropy([[0, 1], [0, 0]], [[0.6, 0.4], [0.4, 0.6]])
    assert np.abs(got - [0.916, 0.714]).max() < 1e-3


@pytest.mark.parametrize(
    ("loss", "y_true", "shape", "message"),
    [
        ("mse", np.ones((4, 3)), (4, 2), r"\[mean_squared_error\] expected y_true of the shape of"),
        (
            "mae",
            np.ones(3),
            (4, 2),
            r"\[mean_absolute_error\] expected y_true .*\(4, 2\), got \(3,\)",
        ),
        ("bce", np.ones((4, 2, 1)), (4, 3), "expected y_true of the shape of y_pred"),
        ("categorical_crossentropy", [0, 1], (2, 3), "for class numbers use sparse_categorical"),
        ("categorical_crossentropy", [[0], [1]], (2, 3), "or utils.to_categorical"),
        (
            "sparse_categorical_crossentropy",
            np.eye(3),
            (3, 3),
            "for one-hot targets use categorical",
        ),
        ("sparse_categorical_crossentropy", [0, 1, 2], (2, 3), r"shape \(2,\), got \(3,\)"),
        (
            "sparse_categorical_crossentropy",
            [0, 3],
            (2, 3),
            "class numbers from 0 to 2, got 0 to 3",
        ),
        ("sparse_categorical_crossentropy", [0, -1], (2, 3), "class numbers from 0 to 2, got -1"),
        (
            "sparse_categorical_crossentropy",
            [0, 0.5],
            (2, 3),
            "expected y_true: whole class numbers",
        ),
        ("sparse_categorical_crossentropy", [0, np.nan], (2, 3), "expected y_true: whole class"),
    ],
)
def test_targets_that_do_not_fit(loss, y_true, shape, message):
    y_pred = np.full(shape, 0.25, np.float32)
    with pytest.raises(ValueError, match=message):
        losses.get(loss)(y_true, y_pred)
    with pytest.raises(ValueError, match=message):
        losses.as_loss(loss).value_and_gradient(y_true, y_pred)


def test_whole_floats_are_class_numbers():
    y_pred = np.array([[0.1, 0.9], [0.3, 0.7]], np.float32)
    f = losses.sparse_categorical_crossentropy
    for y_true in ([[1], [0]], [1.0, 0.0], np.array([1, 0], np.uint8), [True, False]):
        assert (f(y_true, y_pred) == f([1, 0], y_pred)).all()


@pytest.mark.parametrize("bad", [["a"], [None], [1j]])
def test_other_types_are_refused(bad):
    for f in (losses.mean_squared_error, losses.sparse_categorical_crossentropy):
        with pytest.raises(TypeError, match="expected y_true"):
            f(bad, [[1.0]])
    with pytest.raises(TypeError, match="expected y_pred"):
        losses.mean_squared_error([1.0], bad)
    with pytest.raises(TypeError, match="expected sample_weight"):
        losses.MeanSquaredError()([1.0], [1.0], bad)


@pytest.mark.parametrize(
    ("cls", "arguments", "message"),
    [
        ("MeanSquaredError", {"reduction": "average"}, "expected reduction 'sum_over_batch_size'"),
        ("MeanSquaredError", {"dtype": "float64"}, "expected dtype 'float32', got 'float64'"),
        ("BinaryCrossentropy", {"label_smoothing": 1.1}, r"label_smoothing in \[0, 1\], got 1.1"),
        ("CategoricalCrossentropy", {"label_smoothing": -0.1}, r"label_smoothing in \[0, 1\]"),
        ("CategoricalGeneralizedCrossEntropy", {"q": 1.0}, "expected q: above 0 and below 1"),
        (
            "CategoricalFocalCrossentropy",
            {"axis": 1, "alpha": [1, 2]},
            "expected axis -1 together with a list of alpha, got 1",
        ),
        ("SparseCategoricalCrossentropy", {"axis": 1}, "axis 1 is not supported"),
    ],
)
def test_arguments_out_of_range(cls, arguments, message):
    with pytest.raises(ValueError, match=message):
        getattr(losses, cls)(**arguments)


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
        assert losses.as_loss(name).name == function
    for name, _, _, _ in CASES.values():
        cls = getattr(losses, name)
        loss = cls(reduction="sum")
        assert losses.get(loss) is losses.as_loss(loss) is loss
        for identifier in (name, cls):
            assert type(losses.get(identifier)) is cls
            assert type(losses.as_loss(identifier)) is cls
    assert losses.get(None) is None
    assert losses.MeanSquaredError(name="mine").name == "mine"


@pytest.mark.parametrize("identifier", ["nope", "Mse", 3, object()])
def test_unknown_loss(identifier):
    with pytest.raises(ValueError, match=r"\[losses.get\] (unknown|expected) loss"):
        losses.get(identifier)


def test_refused_losses_say_so():
    with pytest.raises(AttributeError, match=r"brisknet.losses.CTC of Keras is not supported"):
        losses.CTC  # noqa: B018


def squared(y_true, y_pred):
    return ((y_pred - y_true) ** 2).mean(-1), 2 * (y_pred - y_true) / y_pred.shape[-1]


class Squared(losses.Loss):
    def call(self, y_true, y_pred):
        return squared(y_true, y_pred)


@pytest.mark.parametrize("reduction", ["mean", "sum", "mean_with_sample_weight"])
@pytest.mark.parametrize("weight", [None, np.linspace(0, 2, 6)], ids=["plain", "weighted"])
def test_own_loss_is_weighted_and_reduced_as_the_others(reduction, weight):
    y_true, y_pred = data("mse")
    value, gradient = Squared(reduction=reduction).value_and_gradient(y_true, y_pred, weight)
    expected = losses.MeanSquaredError(reduction).value_and_gradient(y_true, y_pred, weight)
    assert abs(value - expected[0]) <= 2 * BOUND * 6
    assert_within(gradient, expected[1].astype(np.float64), 10 * U * 4)
    assert gradient.flags.c_contiguous
    loss = losses.as_loss(squared)
    assert loss.name == "squared"
    assert losses.Loss().name.startswith("loss")


@pytest.mark.parametrize(
    ("result", "error", "message"),
    [
        (
            1.0,
            TypeError,
            r"\[own\] expected the loss function to return \(losses, gradients\), got",
        ),
        ((np.ones(2), np.ones((2, 3)), 1), TypeError, r"to return \(losses, gradients\)"),
        ((np.ones(3), np.ones((2, 3))), ValueError, r"losses of shape \(2,\) .*got \(3,\)"),
        ((np.ones(2), np.ones(2)), ValueError, r"gradients of shape \(2, 3\), got"),
        (("a", np.ones((2, 3))), TypeError, "expected losses"),
    ],
)
def test_own_loss_that_returns_something_else(result, error, message):
    def own(y_true, y_pred):
        return result

    with pytest.raises(error, match=message):
        losses.as_loss(own).value_and_gradient(np.ones((2, 3)), np.ones((2, 3), np.float32))


def test_loss_without_call():
    with pytest.raises(NotImplementedError, match=r"\[Loss\] a loss must define call"):
        losses.Loss()([1.0], [1.0])
