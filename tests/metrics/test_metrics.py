"""Metrics: values against NumPy, batches against the whole, weights, what 'accuracy' means."""

import functools

import numpy as np
import pytest

import brisknet as bn
from brisknet import metrics
from brisknet.metrics.as_metric import as_metric
from reference import U

SAMPLES, CLASSES = 24, 7
RNG = np.random.default_rng(0)
SCORES = RNG.random((SAMPLES, CLASSES)).astype(np.float32)
LABELS = RNG.integers(0, CLASSES, SAMPLES)
ONE_HOT = np.eye(CLASSES, dtype=np.float32)[LABELS]
BITS = RNG.integers(0, 2, SCORES.shape)
NUMBERS = RNG.uniform(-1, 1, SCORES.shape).astype(np.float32)
RANKS = (np.take_along_axis(SCORES, LABELS[:, None], 1) < SCORES).sum(1)


def fresh():
    """Random numbers that do not depend on the tests before."""
    return np.random.default_rng(1)


# Each metric, its targets and predictions, and every sample's value.
CASES = {
    "Accuracy": (metrics.Accuracy, BITS, np.round(SCORES), (np.round(SCORES) == BITS).mean(1)),
    "BinaryAccuracy": (metrics.BinaryAccuracy, BITS, SCORES, ((SCORES > 0.5) == BITS).mean(1)),
    "BinaryAccuracy-0.8": (
        lambda: metrics.BinaryAccuracy(threshold=0.8),
        BITS,
        SCORES,
        ((SCORES > 0.8) == BITS).mean(1),
    ),
    "CategoricalAccuracy": (metrics.CategoricalAccuracy, ONE_HOT, SCORES, RANKS == 0),
    "SparseCategoricalAccuracy": (metrics.SparseCategoricalAccuracy, LABELS, SCORES, RANKS == 0),
    "TopKCategoricalAccuracy": (metrics.TopKCategoricalAccuracy, ONE_HOT, SCORES, RANKS < 5),
    "TopKCategoricalAccuracy-2": (
        lambda: metrics.TopKCategoricalAccuracy(2),
        ONE_HOT,
        SCORES,
        RANKS < 2,
    ),
    "SparseTopKCategoricalAccuracy": (
        lambda: metrics.SparseTopKCategoricalAccuracy(3),
        LABELS,
        SCORES,
        RANKS < 3,
    ),
    "MeanSquaredError": (
        metrics.MeanSquaredError,
        NUMBERS,
        SCORES,
        ((NUMBERS - np.float64(SCORES)) ** 2).mean(1),
    ),
    "MeanAbsoluteError": (
        metrics.MeanAbsoluteError,
        NUMBERS,
        SCORES,
        np.abs(NUMBERS - np.float64(SCORES)).mean(1),
    ),
}
every_case = pytest.mark.parametrize("case", CASES)
# A sample's value is below 4, in float32 from a sum of CLASSES terms; the rest is float64.
BOUND = 4 * (CLASSES + 4) * U


@every_case
@pytest.mark.parametrize("batch", [1, 5, 8, SAMPLES])
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
def test_batches_against_the_whole(case, batch, weighted):
    make, y_true, y_pred, values = CASES[case]
    weight = fresh().uniform(0, 2, SAMPLES) if weighted else np.ones(SAMPLES)
    metric = make()
    for _ in range(2):
        for i in range(0, SAMPLES, batch):
            part = slice(i, i + batch)
            metric.update_state(y_true[part], y_pred[part], weight[part] if weighted else None)
        result = metric.result()
        assert isinstance(result, float)
        assert abs(result - (weight * values).sum() / weight.sum()) <= BOUND
        metric.reset_state()
        assert metric.result() == 0


@every_case
def test_unequal_batches_count_by_their_samples(case):
    make, y_true, y_pred, values = CASES[case]
    metric = make()
    assert metric(y_true[:1], y_pred[:1]) == pytest.approx(float(values[0]), abs=BOUND)
    assert metric(y_true[1:], y_pred[1:]) == pytest.approx(values.mean(), abs=BOUND)


@every_case
@pytest.mark.parametrize("shape", [(SAMPLES,), (SAMPLES, 1)], ids=str)
def test_weights_of_each_shape(case, shape):
    make, y_true, y_pred, values = CASES[case]
    weight = fresh().uniform(0, 2, SAMPLES)
    got = make()(y_true, y_pred, sample_weight=weight.reshape(shape))
    assert abs(got - np.average(values, weights=weight)) <= BOUND


def test_a_weight_for_each_element():
    weight = fresh().uniform(0, 2, SCORES.shape)
    right = (SCORES > 0.5) == BITS
    got = metrics.BinaryAccuracy()(BITS, SCORES, weight)
    assert abs(got - np.average(right, weights=weight)) <= 1e-12  # float64 throughout
    assert metrics.BinaryAccuracy()(BITS, SCORES, 3) == metrics.BinaryAccuracy()(BITS, SCORES)


@every_case
def test_zero_weights(case):
    make, y_true, y_pred, _ = CASES[case]
    assert make()(y_true, y_pred, np.zeros(SAMPLES)) == 0


@pytest.mark.parametrize(
    ("metric", "y_true", "y_pred", "expected", "weight", "weighted"),
    [
        (metrics.Accuracy(), [[1], [2], [3], [4]], [[0], [2], [3], [4]], 0.75, [1, 1, 0, 0], 0.5),
        (
            metrics.BinaryAccuracy(),
            [[1], [1], [0], [0]],
            [[0.98], [1], [0], [0.6]],
            0.75,
            [1, 0, 0, 1],
            0.5,
        ),
        *(
            (cls, y_true, [[0.1, 0.9, 0.8], [0.05, 0.95, 0]], 0.5, [0.7, 0.3], 0.3)
            for cls, y_true in [
                (metrics.CategoricalAccuracy(), [[0, 0, 1], [0, 1, 0]]),
                (metrics.TopKCategoricalAccuracy(k=1), [[0, 0, 1], [0, 1, 0]]),
                (metrics.SparseCategoricalAccuracy(), [[2], [1]]),
                (metrics.SparseTopKCategoricalAccuracy(k=1), [2, 1]),
            ]
        ),
        (metrics.MeanSquaredError(), [[0, 1], [0, 0]], [[1, 1], [0, 0]], 0.25, [1, 0], 0.5),
        (metrics.MeanAbsoluteError(), [[0, 1], [0, 0]], [[1, 1], [0, 0]], 0.25, [1, 0], 0.5),
    ],
)
def test_examples_of_keras(metric, y_true, y_pred, expected, weight, weighted):
    assert metric(y_true, y_pred) == expected
    metric.reset_state()
    assert metric(y_true, y_pred, sample_weight=weight) == pytest.approx(weighted, abs=1e-15)


def test_mean():
    mean = metrics.Mean()
    assert mean.result() == 0
    mean.update_state([1, 3, 5, 7])
    assert mean.result() == 4
    mean.update_state(10.0)
    assert mean.result() == 26 / 5
    mean.reset_state()
    mean.update_state([1, 3, 5, 7], sample_weight=[1, 1, 0, 0])
    assert mean.result() == 2
    mean.reset_state()
    mean.update_state(2.0, 3.0)
    mean.update_state(4.0, 1.0)
    assert mean.result() == 2.5
    mean.reset_state()
    mean.update_state([[1, 2], [3, 4]])  # a sample's values count by their mean
    assert (mean.result(), mean.count) == (2.5, 2)
    mean.update_state(np.zeros((0, 3)))
    assert mean.result() == 2.5
    mean.reset_state()
    mean.update_state([[1, 2], [3, 4]], sample_weight=[[1, 3], [0, 0]])  # and so do their weights
    assert (mean.total, mean.count) == (3.5, 2)


def test_sums_do_not_lose_what_float32_would():
    mean = metrics.Mean()
    mean.update_state(np.float32(2**24))
    for _ in range(8):
        mean.update_state(np.float32(1))
    assert mean.result() == (2**24 + 8) / 9


@pytest.mark.parametrize("weight", [[1, 2], np.ones((3, 2)), np.ones((3, 1, 1))])
def test_weights_that_do_not_fit(weight):
    with pytest.raises(ValueError, match=r"sample_weight that fits values of shape \(3,\), got"):
        metrics.Mean().update_state([1, 2, 3], weight)


@pytest.mark.parametrize("bad", [["a"], [None], [[1], [2, 3]], [1j]])
def test_other_types_are_refused(bad):
    with pytest.raises((TypeError, ValueError), match=r"\[mean\] expected values: an array"):
        metrics.Mean().update_state(bad)
    with pytest.raises((TypeError, ValueError), match=r"expected y_true: an array"):
        metrics.BinaryAccuracy().update_state(bad, [[1.0]])


def test_ties_for_the_top_k_all_count():
    scores = np.array([[0.5, 0.5, 0.5, 0.1]] * 4, np.float32)
    f = metrics.sparse_top_k_categorical_accuracy
    assert f([0, 1, 2, 3], scores, k=1).tolist() == [True, True, True, False]
    assert f([0, 1, 2, 3], scores, k=3).tolist() == [True, True, True, False]
    assert f([0, 1, 2, 3], scores, k=4).all()
    assert f([0, 1, 2, 3], scores, k=9).all()
    assert metrics.top_k_categorical_accuracy(np.eye(4), scores, k=1).sum() == 3


def test_ties_for_the_largest_go_to_the_first():
    scores = [[0.5, 0.5], [0.5, 0.5]]
    assert metrics.sparse_categorical_accuracy([0, 1], scores).tolist() == [True, False]
    assert metrics.categorical_accuracy([[1, 0], [0, 1]], scores).tolist() == [True, False]


def test_the_threshold_itself_is_below():
    assert metrics.binary_accuracy([[1], [0]], [[0.5], [0.5]]).tolist() == [[False], [True]]


def test_top_k_from_sorted_ids():
    metric = metrics.SparseTopKCategoricalAccuracy(k=2, from_sorted_ids=True)
    assert metric([2, 1, 0], [[1, 0, 2], [1, 2, 0], [0, 1, 2]]) == 2 / 3


@pytest.mark.parametrize("k", [0, -1, 1.5, True, None])
def test_top_k_needs_a_positive_k(k):
    with pytest.raises(ValueError, match=r"expected k: a positive integer, got"):
        metrics.sparse_top_k_categorical_accuracy([0], [[0.5, 0.5]], k=k)


def test_rank_three():
    scores, labels = fresh().random((2, 3, 4)), fresh().integers(0, 4, (2, 3))
    one_hot = np.eye(4)[labels]
    right = scores.argmax(-1) == labels
    for y_true in (labels, labels[..., None]):
        assert (metrics.sparse_categorical_accuracy(y_true, scores) == right).all()
        assert (metrics.sparse_top_k_categorical_accuracy(y_true, scores, k=1) == right).all()
    assert (metrics.categorical_accuracy(one_hot, scores) == right).all()
    assert (metrics.top_k_categorical_accuracy(one_hot, scores, k=1) == right).all()
    metric = metrics.SparseCategoricalAccuracy()
    assert metric(labels, scores, [1, 3]) == pytest.approx(
        np.average(right.mean(1), weights=[1, 3]), abs=1e-15
    )


def test_targets_may_lack_a_last_axis_of_length_one():
    y_pred = np.array([[0.9], [0.2]])
    for y_true in ([1, 1], [[1], [1]]):
        assert metrics.BinaryAccuracy()(y_true, y_pred) == 0.5
        assert metrics.MeanSquaredError()(y_true, y_pred) == pytest.approx(0.325, abs=4 * U)


@pytest.mark.parametrize(
    ("f", "y_true", "message"),
    [
        (
            "binary_accuracy",
            [1, 0, 1],
            r"of the shape of y_pred, \(2, 3\), got \(3,\)",
        ),
        ("categorical_accuracy", [0, 1], r"of the shape of y_pred, \(2, 3\), got \(2,\)"),
        ("sparse_categorical_accuracy", np.eye(3)[:2], r"of shape \(2,\), got \(2, 3\)"),
        ("top_k_categorical_accuracy", [0, 1], r"of the shape of y_pred, \(2, 3\), got \(2,\)"),
        ("sparse_top_k_categorical_accuracy", [0], r"of shape \(2,\), got \(1,\)"),
        ("sparse_top_k_categorical_accuracy", [0, 3], "class numbers from 0 to 2, got 0 to 3"),
        ("sparse_top_k_categorical_accuracy", [0, 0.5], "expected y_true: whole class numbers"),
    ],
)
def test_shapes_that_do_not_fit(f, y_true, message):
    with pytest.raises(ValueError, match=rf"\[{f}\] .*{message}"):
        getattr(metrics, f)(y_true, np.full((2, 3), 0.5))


@pytest.mark.parametrize(
    ("y_true", "y_pred", "cls"),
    [
        ((8,), (8, 1), metrics.BinaryAccuracy),
        ((8, 1), (8, 1), metrics.BinaryAccuracy),
        ((8,), (8, 5), metrics.SparseCategoricalAccuracy),
        ((8, 1), (8, 5), metrics.SparseCategoricalAccuracy),
        ((8, 5), (8, 5), metrics.CategoricalAccuracy),
        ((8, 3), (8, 3, 5), metrics.SparseCategoricalAccuracy),
        ((8, 3, 5), (8, 3, 5), metrics.CategoricalAccuracy),
    ],
)
@pytest.mark.parametrize("name", ["accuracy", "acc", "Accuracy"])
def test_what_accuracy_means(y_true, y_pred, cls, name):
    metric = as_metric(name, y_true, y_pred)
    assert type(metric) is cls
    assert metric.name == name
    assert as_metric("mse", y_true, y_pred).name == "mse"


def test_accuracy_in_a_model():
    model = bn.Sequential([bn.Input((2,)), bn.layers.Dense(3, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["acc", "accuracy"])
    x, y = fresh().random((9, 2)), fresh().integers(0, 3, 9)
    right = float((model.predict(x, verbose=0).argmax(1) == y).mean())
    got = model.evaluate(x, y, verbose=0, batch_size=4, return_dict=True)
    assert got == {"acc": right, "accuracy": right, "loss": got["loss"]}


def test_identifiers():
    assert type(metrics.get("mse")) is type(metrics.get("MSE")) is metrics.MeanSquaredError
    assert type(metrics.get("mae")) is type(metrics.get("MAE")) is metrics.MeanAbsoluteError
    for make, _, _, _ in CASES.values():
        cls = type(make())
        for identifier in (cls, cls.__name__):
            assert type(metrics.get(identifier)) is cls
        metric = cls(name="mine")
        assert metrics.get(metric) is metric
        assert metric.name == "mine"
        assert "name='mine'" in repr(metric)
        assert cls().name in metrics._registry.names


@pytest.mark.parametrize("identifier", ["nope", 3])
def test_unknown_metric(identifier):
    with pytest.raises(ValueError, match=r"\[metrics.get\] (unknown metric 'nope'|expected)"):
        metrics.get(identifier)
    with pytest.raises(ValueError, match=r"\[metrics.get\] (unknown metric 'nope'|expected)"):
        bn.Sequential([bn.layers.Dense(1)]).compile("sgd", "mse", metrics=[identifier])


def test_names_in_the_history():
    class Error:
        def __call__(self, y_true, y_pred):
            return np.abs(y_true - y_pred)

        method = __call__

    error = Error()
    functions = [lambda y_true, y_pred: error(y_true, y_pred) for _ in range(2)]
    chosen = [*functions, functools.partial(functions[0]), Error(), Error(), error.method]
    model = bn.Sequential([bn.Input((2,)), bn.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=chosen)
    x, y = np.zeros((4, 2)), np.zeros((4, 1))
    history = model.fit(x, y, validation_data=(x, y), verbose=0).history
    names = {"lambda", "lambda_1", "partial", "error", "error_1", "__call__", "loss"}
    assert set(history) == names | {f"val_{name}" for name in names}
