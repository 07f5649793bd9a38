"""Metrics of confusion counts against loops and ranks; arguments out of range."""

import numpy as np
import pytest

from brisknet import metrics

RNG = np.random.default_rng(0)


T = RNG.integers(0, 2, (40, 3))


P = np.round(RNG.random((40, 3)) * 20).astype(np.float32) / 20


W = RNG.random(40)


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
