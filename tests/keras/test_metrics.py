"""Metrics against Keras 3: several batches, weights, reset, configurations.

Skipped where Keras or JAX is not installed. Keras sums in float32, some hundred roundings of 2^-24.
"""

import inspect
import re

import numpy as np
import pytest

import brisknet
import oracle
from oracle import keras

pytestmark = [
    pytest.mark.filterwarnings("ignore:Explicitly requested dtype:UserWarning"),
    pytest.mark.filterwarnings("ignore:You are passing weight as `float`:UserWarning"),
    pytest.mark.filterwarnings("ignore:.*weights are cut to whole numbers:UserWarning"),
]
HALF, MANY = [0.5, 0.1, 0.9], [0.0, 0.25, 0.5, 0.75, 1.0]
AUCS = [
    {"curve": curve, "summation_method": method, **more}
    for curve in ("ROC", "PR", "PRGAIN")
    for method in ("interpolation", "minoring", "majoring")
    for more in ({}, {"multi_label": True})
]
# Each case: class, arguments, kinds of targets and predictions.
CASES = [
    *((name, {}, "number", "number") for name in ("MeanSquaredError", "MeanAbsoluteError")),
    ("RootMeanSquaredError", {}, "number", "number"),
    ("MeanAbsolutePercentageError", {}, "number", "number"),
    ("MeanSquaredLogarithmicError", {}, "share", "share"),
    ("LogCoshError", {}, "number", "number"),
    ("CosineSimilarity", {}, "number", "number"),
    ("PearsonCorrelation", {}, "number", "number"),
    ("ConcordanceCorrelation", {}, "number", "number"),
    ("Hinge", {}, "bit", "number"),
    ("SquaredHinge", {}, "bit", "number"),
    ("CategoricalHinge", {}, "class", "number"),
    ("KLDivergence", {}, "share", "share"),
    ("Poisson", {}, "share", "share"),
    ("BinaryCrossentropy", {}, "bit", "share"),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, "bit", "number"),
    ("CategoricalCrossentropy", {}, "class", "share"),
    ("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, "class", "number"),
    ("SparseCategoricalCrossentropy", {}, "label", "share"),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, "label", "number"),
    ("SparseCategoricalCrossentropy", {"ignore_class": 2}, "label", "share"),
    *((name, {}, "number", "number") for name in ("R2Score",)),
    ("R2Score", {"class_aggregation": None}, "number", "number"),
    ("R2Score", {"class_aggregation": "variance_weighted_average"}, "number", "number"),
    ("R2Score", {"num_regressors": 3}, "number", "number"),
    *(
        (f"{truth}{sign}", {"thresholds": thresholds} if thresholds else {}, "bit", "share")
        for truth in ("True", "False")
        for sign in ("Positives", "Negatives")
        for thresholds in (None, 0.3, HALF, MANY)
    ),
    *(
        (name, arguments, "bit", "share")
        for name in ("Precision", "Recall")
        for arguments in (
            {},
            {"thresholds": HALF},
            {"thresholds": MANY},
            {"top_k": 2},
            {"class_id": 1},
            {"thresholds": 0.4, "top_k": 3, "class_id": 2},
        )
    ),
    *(
        (name, {argument: value, **more}, "bit", "share")
        for name, argument in (
            ("SensitivityAtSpecificity", "specificity"),
            ("SpecificityAtSensitivity", "sensitivity"),
            ("PrecisionAtRecall", "recall"),
            ("RecallAtPrecision", "precision"),
        )
        for value in (0.3, 0.6, 1.0)
        for more in ({}, {"num_thresholds": 1}, {"num_thresholds": 7, "class_id": 1})
    ),
    *(("AUC", arguments, "bit", "share") for arguments in AUCS),
    ("AUC", {"num_thresholds": 5}, "bit", "share"),
    ("AUC", {"thresholds": HALF}, "bit", "share"),
    ("AUC", {"thresholds": [0.25, 0.5, 0.75], "curve": "pr"}, "bit", "share"),
    ("AUC", {"thresholds": HALF, "multi_label": True}, "bit", "share"),
    ("AUC", {"from_logits": True}, "bit", "number"),
    ("AUC", {"label_weights": [1, 2, 3, 4]}, "bit", "share"),
    ("AUC", {"multi_label": True, "label_weights": [1, 2, 3, 4], "num_labels": 4}, "bit", "share"),
    (
        "AUC",
        {"multi_label": True, "label_weights": [1, 2, 3, 4], "curve": "PR"},
        "bit",
        "share",
    ),
    *(
        ("FBetaScore", {"average": average, "beta": 2.0, "threshold": threshold}, "class", "share")
        for average in (None, "micro", "macro", "weighted")
        for threshold in (None, 0.4)
    ),
    ("F1Score", {}, "class", "share"),
    ("F1Score", {"average": "micro", "threshold": 0.5}, "bit", "share"),
    *(
        ("IoU", {"num_classes": 4, "target_class_ids": ids, **more}, "label", "labels")
        for ids in ([0], [1, 3])
        for more in ({}, {"ignore_class": 1}, {"dtype": "float32"})
    ),
    ("IoU", {"num_classes": 3, "target_class_ids": [2]}, "label", "labels"),
    (
        "IoU",
        {"num_classes": 4, "target_class_ids": [2], "sparse_y_pred": False},
        "label",
        "share",
    ),
    ("BinaryIoU", {}, "flat bit", "flat share"),
    ("BinaryIoU", {"target_class_ids": [1], "threshold": 0.3}, "flat bit", "flat share"),
    ("MeanIoU", {"num_classes": 5}, "label", "labels"),
    ("OneHotIoU", {"num_classes": 4, "target_class_ids": [0, 3]}, "class", "share"),
    ("OneHotMeanIoU", {"num_classes": 4, "sparse_y_pred": True}, "class", "labels"),
]
cases = pytest.mark.parametrize(("name", "arguments", "true", "pred"), CASES, ids=str)


def drawn(rng, kind, shape):
    labels = rng.integers(0, shape[-1], shape[:-1])
    return {
        "number": lambda: rng.standard_normal(shape),
        "share": lambda: np.round(rng.random(shape) * 40) / 40,  # some on thresholds
        "bit": lambda: rng.integers(0, 2, shape),
        "class": lambda: np.eye(shape[-1])[labels],
        "label": lambda: labels,
        "labels": lambda: labels,
        "flat bit": lambda: rng.integers(0, 2, shape[:-1]),
        "flat share": lambda: rng.random(shape[:-1]),
    }[kind]().astype(np.int32 if "label" in kind else np.float32)


def close(got, expected):
    """Some sums of a few dozen terms, each rounded; the terms may cancel to what is left of 1."""
    expected = np.asarray(expected)
    oracle.close(got, expected, 1 + np.abs(expected).max(), 32)


def pair(name, /, **arguments):
    return (getattr(module, name)(**arguments) for module in (brisknet.metrics, keras.metrics))


@cases
def test_metric(name, arguments, true, pred):
    rng = np.random.default_rng(0)
    ours, theirs = pair(name, **arguments)
    assert ours.direction == theirs.__dict__.get("_direction")
    for weighted in (False, True):
        for rows in (9, 4, 1):
            y_true, y_pred = drawn(rng, true, (rows, 4)), drawn(rng, pred, (rows, 4))
            weight = rng.integers(0, 3, rows).astype(np.float32) if weighted else None
            ours.update_state(y_true, y_pred, sample_weight=weight)
            theirs.update_state(y_true, y_pred, sample_weight=weight)
        close(ours.result(), theirs.result())
        assert [v.name for v in ours.variables] == [v.name for v in theirs.variables]
        assert [v.shape for v in ours.variables] == [v.shape for v in theirs.variables]
        ours.reset_state()
        theirs.reset_state()
        assert not any(np.any(v) for v in ours.variables)


@pytest.mark.parametrize("name", ["AUC", "Precision", "RecallAtPrecision", "TruePositives"])
@pytest.mark.parametrize("shapes", [((9,), (9,)), ((9,), (9, 1)), ((9, 1), (9,))], ids=str)
def test_targets_with_one_axis_more_or_less(name, shapes):
    rng = np.random.default_rng(0)
    ours, theirs = pair(name, **{"precision": 0.5} if "At" in name else {})
    y_true, y_pred = rng.integers(0, 2, shapes[0]), rng.random(shapes[1], np.float32)
    for weight in (None, rng.random(9, np.float32)):
        close(ours(y_true, y_pred, weight), theirs(y_true, y_pred, weight))


def test_sum():
    ours, theirs = pair("Sum")
    for values, weight in [
        (3.0, None),
        ([1, 2, 3.5], [0, 1, 2]),
        ([[1, 2], [3, 4.5]], None),
        ([[1, 2], [3, 4.5]], [1, 2]),
        ([[1, 2], [3, 4.5]], [[1, 2], [3, 0]]),
    ]:
        close(ours(values, weight), theirs(values, weight))


KEPT = {"CosineSimilarity": {"axis"}}  # what Keras leaves out of its own configuration
PLAIN = [
    name
    for name in brisknet.metrics.__all__
    if inspect.isclass(getattr(brisknet.metrics, name))
    and name not in ("Metric", "MeanMetricWrapper")
    and all(
        p.default is not inspect.Parameter.empty
        for p in inspect.signature(getattr(brisknet.metrics, name)).parameters.values()
    )
]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        *((name, {}) for name in PLAIN),
        *((name, arguments) for name, arguments, _, _ in CASES if arguments),
        ("BinaryAccuracy", {"threshold": 0.3, "name": "b", "dtype": "float32"}),
        ("TopKCategoricalAccuracy", {"k": 2}),
        ("SparseTopKCategoricalAccuracy", {"k": 2, "from_sorted_ids": True}),
    ],
    ids=str,
)
def test_config(name, arguments):
    ours, theirs = pair(name, **{"name": "m"} | arguments)
    own, config = brisknet.metrics.serialize(ours), keras.metrics.serialize(theirs)
    for key in KEPT.get(name, ()):
        assert own["config"].pop(key) == getattr(ours, key)
    if own["config"].get("label_weights"):  # Keras has a tensor there, which it cannot read again
        tensor = config["config"].pop("label_weights")
        assert own["config"].pop("label_weights") == tensor["config"]["value"]
    if "thresholds" in own["config"] and name == "AUC":
        close(own["config"].pop("thresholds"), config["config"].pop("thresholds"))
    assert own == config
    config = brisknet.metrics.serialize(ours)
    again = brisknet.metrics.get(config)
    assert type(again) is type(ours)
    assert brisknet.metrics.serialize(again) == config
    keras.metrics.deserialize(config)
    brisknet.metrics.deserialize(keras.metrics.serialize(theirs))


def test_config_of_a_wrapper():
    ours, theirs = (
        module.metrics.MeanMetricWrapper(module.losses.huber, name="h", delta=0.5)
        for module in (brisknet, keras)
    )
    assert brisknet.metrics.serialize(ours) == keras.metrics.serialize(theirs)
    again = brisknet.metrics.deserialize(keras.metrics.serialize(theirs))
    close(again([[1.0]], [[3.0]]), theirs([[1.0]], [[3.0]]))


def test_arrays_in_logs():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((12, 4)).astype(np.float32)
    y = np.eye(3, dtype=np.float32)[rng.integers(0, 3, 12)]
    weight = rng.random(12, np.float32)
    got = []
    for module in (brisknet, keras):
        model = module.Sequential(
            [module.Input((4,)), module.layers.Dense(3, activation="softmax")]
        )
        model.set_weights([np.linspace(-1, 1, 12).reshape(4, 3), np.zeros(3)])
        m = module.metrics
        model.compile(
            "sgd",
            "categorical_crossentropy",
            metrics=[m.F1Score(), m.AUC(name="auc"), "kl_divergence"],
            weighted_metrics=[m.F1Score(name="w"), m.Precision(name="p", top_k=1), "mse"],
        )
        history = model.fit(
            x, y, batch_size=5, epochs=2, sample_weight=weight, shuffle=False, verbose=0
        ).history
        values = model.evaluate(x, y, sample_weight=weight, verbose=0)
        got.append((history, values, model.evaluate(x, y, verbose=0, return_dict=True)))
    (history, values, logs), (their_history, their_values, their_logs) = got
    assert list(logs) == sorted(their_logs)
    for name in their_logs:
        close(logs[name], their_logs[name])
        close(history[name], their_history[name])
    assert len(values) == len(their_values)
    for name, value in zip(model.metrics_names, their_values, strict=False):
        assert name is not None
        assert any(np.shape(v) == np.shape(value) for v in values)


FUNCTIONS = sorted(
    (module, name)
    for module in ("losses", "metrics")
    for name, function in vars(getattr(keras, module)).items()
    if inspect.isfunction(function) and name not in ("get", "serialize", "deserialize")
)
SPARSE = re.compile("sparse|generalized")  # of those that take class numbers
TYPES = [("float32", "float32"), ("float64", "float64"), ("int64", "float32"), ("bool", "float64")]


@pytest.mark.parametrize(("of_true", "of_pred"), TYPES)
@pytest.mark.parametrize(("module", "name"), FUNCTIONS)
def test_functions_give_values_of_keras_types(module, name, of_true, of_pred):
    own = getattr(getattr(brisknet, module), name, None)
    if not callable(own):
        pytest.skip("not there (docs/from-keras.md)")
    y_true = np.array([0, 1, 1] if SPARSE.search(name) else [[0, 1], [1, 0], [0, 1]])
    y_true, y_pred = y_true.astype(of_true), np.array([[0.2, 0.8], [0.3, 0.7], [0.9, 0.1]], of_pred)
    more = {"q": 0.5} if "generalized" in name else {}
    try:
        expected = np.asarray(getattr(getattr(keras, module), name)(y_true, y_pred, **more))
    except TypeError:
        assert of_true in ("int64", "bool")  # Keras's hinges want floats
        return
    value = own(y_true, y_pred, **more)
    assert (np.asarray(value).dtype, np.shape(value)) == (expected.dtype, expected.shape)
    np.testing.assert_allclose(value, expected, rtol=1e-5, atol=1e-6)
    assert (value - value == 0).all()  # booleans refuse to be subtracted
