"""Custom metrics: classes with variables, functions, configurations."""

import math

import numpy as np
import pytest

import brisknet as bn
from brisknet import losses, metrics
from brisknet.metrics.as_metric import as_metric

RNG = np.random.default_rng(0)


T = RNG.integers(0, 2, (40, 3))


P = np.round(RNG.random((40, 3)) * 20).astype(np.float32) / 20


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
    model = bn.Sequential([bn.Input((3,)), bn.layers.Dense(3)])
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


def test_function_as_a_metric():
    def largest_error(y_true, y_pred, power=1):
        return np.abs(y_true - y_pred).max(axis=-1) ** power

    assert metrics.get(largest_error) is largest_error
    metric = metrics.MeanMetricWrapper(largest_error)
    assert metric.name.startswith("mean_metric_wrapper")
    assert as_metric(largest_error, (1, 2), (1, 2)).name == "largest_error"
    assert metric(np.array([[1.0, 2.0]]), np.array([[1.5, 2.0]])) == 0.5
    wrapped = metrics.MeanMetricWrapper(largest_error, name="squared", power=2)
    assert wrapped.name == "squared"
    assert wrapped(np.array([[1.0, 2.0]]), np.array([[1.5, 2.0]])) == 0.25
    assert metrics.get(losses.mean_squared_error)([[1.0]], [[3.0]]) == 4


class Largest(metrics.Metric):
    """A custom metric."""

    def __init__(self):
        super().__init__(name="largest")
        self.reset_state()

    def reset_state(self):
        self.value = -math.inf

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.value = max(self.value, float(np.max(y_pred)))

    def result(self):
        return self.value


def test_own_metric_in_a_model():
    model = bn.Sequential([bn.Input((2,)), bn.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=[Largest()])
    x = np.random.default_rng(1).random((9, 2))
    largest = float(model.predict(x, verbose=0).max())
    for _ in range(2):
        got = model.evaluate(x, x[:, 0], verbose=0, batch_size=2, return_dict=True)
        assert got["largest"] == largest


def test_what_a_metric_must_define():
    metric = metrics.Metric(name="m")
    for method in (metric.update_state, metric.result):
        with pytest.raises(NotImplementedError, match=f"must define {method.__name__}"):
            method()
    with pytest.raises(ValueError, match="expected dtype 'float32', got 'float64'"):
        metrics.Mean(dtype="float64")


def test_a_metrics_array_is_kept_in_double():
    large = np.array([[2.0**24 + 1, 3], [0.1, 0]])
    metric = metrics.MeanIoU(2)
    metric.total_cm = metric.add_variable((2, 2), large)
    np.testing.assert_array_equal(metric.total_cm, large)
    assert float(metric.add_variable((), 0.1)) == 0.1
