"""Metrics of one's own, by variables; thresholds against loops; logs with arrays and dicts."""

import numpy as np
import pytest

import brisknet
from brisknet import metrics

RNG = np.random.default_rng(0)
T = RNG.integers(0, 2, (40, 3))
P = np.round(RNG.random((40, 3)) * 20).astype(np.float32) / 20
W = RNG.random(40)


class Hits(metrics.Metric):
    """A metric as one writes it for Keras."""

    def __init__(self, least=0.5, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        self.least = least
        self.hits = self.add_weight(name="hits", initializer="zeros")
        self.by_class = self.add_variable((3,), "zeros", name="by_class")
        self.mean = metrics.Mean()

    def update_state(self, y_true, y_pred, sample_weight=None):
        right = (y_pred > self.least) == (y_true > 0)
        self.hits.assign_add(np.sum(right))
        self.by_class.assign(self.by_class + right.sum(0))
        self.mean.update_state(right)

    def result(self):
        return {"hits": self.hits, "by_class": self.by_class / np.maximum(self.hits, 1)}


def test_variables():
    metric = Hits()
    metric.update_state(T, P)
    right = (P > 0.5) == (T > 0)
    assert float(metric.hits) == right.sum()
    np.testing.assert_array_equal(metric.by_class, right.sum(0))
    assert [v.name for v in metric.variables] == ["hits", "by_class", "total", "count"]
    assert metric.by_class[1] == right.sum(0)[1]
    assert len(metric.by_class) == 3
    assert repr(metric.hits).startswith("<MetricVariable 'hits' shape=() value=")
    metric.hits.assign_sub(1)
    assert metric.hits == right.sum() - 1
    with pytest.raises(ValueError, match=r"expected by_class of shape \(3,\), got \(2,\)"):
        metric.by_class.assign([1, 2])
    metric.reset_state()
    assert not any(np.any(v) for v in metric.variables)
    again = Hits.from_config(metric.get_config())
    assert again.get_config() == {"least": 0.5, "name": metric.name, "dtype": "float32"}
    config = metrics.serialize(Hits(0.25))
    assert metrics.deserialize(config, {"Hits": Hits}).least == 0.25


def test_variables_need_the_base_class():
    class Forgetful(metrics.Metric):
        def __init__(self):
            self.add_weight()

    with pytest.raises(RuntimeError, match=r"call super\(\).__init__\(\) first"):
        Forgetful()


def test_logs_with_arrays_and_dicts():
    model = brisknet.Sequential([brisknet.Input((3,)), brisknet.layers.Dense(3)])
    model.compile("sgd", "mse", metrics=[Hits(), metrics.F1Score(), "mae"])
    history = model.fit(P, T, epochs=2, verbose=2).history
    assert set(history) == {"loss", "hits", "by_class", "f1_score", "mae"}
    assert isinstance(history["hits"][0], float)
    assert history["by_class"][0].shape == history["f1_score"][1].shape == (3,)
    logs = model.evaluate(P, T, verbose=0, return_dict=True)
    values = model.evaluate(P, T, verbose=0)
    assert len(values) == len(logs) == 5
    assert values[0] == logs["loss"]
    np.testing.assert_array_equal(values[1], logs["f1_score"])


@pytest.mark.parametrize("thresholds", [None, [0.3, 0.7, 0.1], list(np.linspace(0, 1, 11))])
@pytest.mark.parametrize("weight", [None, W])
def test_counts_against_a_loop(thresholds, weight):
    w = np.ones(40) if weight is None else weight
    for name, truth, positive in [
        ("TruePositives", 1, True),
        ("FalsePositives", 0, True),
        ("TrueNegatives", 0, False),
        ("FalseNegatives", 1, False),
    ]:
        metric = getattr(metrics, name)(thresholds)
        for part in (slice(0, 15), slice(15, 40)):
            metric.update_state(T[part], P[part], None if weight is None else weight[part])
        expected = [
            (w[:, None] * ((np.float32(t) < P) == positive) * (truth == T)).sum()
            for t in thresholds or [0.5]
        ]
        np.testing.assert_allclose(metric.result(), np.squeeze(expected), rtol=1e-12)


def test_area_against_ranks():
    """With thresholds at all predictions the area is the share of pairs in the right order."""
    t, p = T[:, 0], (np.round(P[:, 0] * 19) + 0.5) / 20  # between thresholds
    order = np.sign(p[t == 1][:, None] - p[t == 0])
    exact = (order + 1).mean() / 2
    assert metrics.AUC(num_thresholds=21)(t, p) == pytest.approx(exact)
    assert np.isfinite(metrics.AUC()(t, np.full(40, np.nan)))


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("AUC", {"curve": "XY"}, "expected curve 'ROC', 'PR', 'PRGAIN', got 'XY'"),
        ("AUC", {"summation_method": "sum"}, "expected summation_method"),
        ("AUC", {"num_thresholds": 1}, "expected num_thresholds from 2 to .*, got 1"),
        ("AUC", {"num_labels": 2}, "num_labels is for multi_label=True alone"),
        ("Precision", {"thresholds": 1.5}, r"expected thresholds in \[0, 1\], got 1.5"),
        ("PrecisionAtRecall", {"recall": 2}, r"expected recall in \[0, 1\], got 2"),
        ("F1Score", {"average": "mean"}, "expected average None, 'micro'"),
        ("FBetaScore", {"beta": 1}, "expected beta: a float above 0, got 1"),
        ("F1Score", {"threshold": 0.0}, "expected threshold: a float above 0"),
        ("R2Score", {"class_aggregation": "sum"}, "expected class_aggregation one of"),
        ("R2Score", {"num_regressors": -1}, "expected num_regressors of at least 0"),
        ("IoU", {"num_classes": 2, "target_class_ids": [2]}, "target_class_ids from 0 to 1"),
    ],
)
def test_arguments_out_of_range(name, arguments, message):
    with pytest.raises(ValueError, match=message):
        getattr(metrics, name)(**arguments)


def test_a_refused_batch_leaves_the_state():
    for metric in (
        metrics.Recall(class_id=5),
        metrics.AUC(multi_label=True, num_labels=2),
        metrics.Precision(top_k=4),
    ):
        with pytest.raises(ValueError, match="expected"):
            metric.update_state(T, P)
        assert not any(np.any(v) for v in metric.variables)


def test_weights_of_iou():
    with pytest.warns(UserWarning, match="weights are cut to whole numbers"):
        metrics.MeanIoU(2).update_state(T[:, 0], T[:, 1], W)
    metric = metrics.MeanIoU(2, dtype="float32")
    a, b = T[:, 0], T[:, 1]
    expected = [W[(a == c) & (b == c)].sum() / W[(a == c) | (b == c)].sum() for c in (0, 1)]
    assert metric(a, b, W) == pytest.approx(np.mean(expected), abs=1e-6)


def test_adjusted_r2_score_needs_more_samples_than_regressors():
    with pytest.warns(UserWarning, match="no adjusted score for 9 regressors and 2 samples"):
        metrics.R2Score(num_regressors=9)([[1.0], [2.0]], [[1.0], [2.5]])


class Hidden(metrics.Metric):
    """As one writes it for Keras: get_config adds to the base class's."""

    def __init__(self, factor=1.0, name="hidden", dtype=None):
        super().__init__(name=name, dtype=dtype)
        self._factor = factor

    def get_config(self):
        return {**super().get_config(), "factor": self._factor}


def test_a_config_of_ones_own():
    config = Hidden(3.0).get_config()
    assert config == {"name": "hidden", "dtype": "float32", "factor": 3.0}
    assert Hidden.from_config(config).get_config() == config
