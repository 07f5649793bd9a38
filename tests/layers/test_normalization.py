"""The Normalization layer beside float64 NumPy, and what it learns from batches."""

import numpy as np
import pytest

import brisknet as bn
from brisknet import layers


def data(*shape):
    return np.random.default_rng(0).normal(3, 2, shape)


AXES = [(-1, (0, 1)), (1, (0, 2)), ((1, 2), (0,)), ([2, 1], (0,)), (None, (0, 1, 2))]


@pytest.mark.parametrize(("axis", "others"), AXES)
@pytest.mark.parametrize("invert", [False, True])
def test_adapt(axis, others, invert):
    x = data(200, 3, 4)
    layer = layers.Normalization(axis, invert=invert)
    layer.adapt(x)
    mean, divisor = x.mean(others, keepdims=True), x.std(others, keepdims=True)
    np.testing.assert_allclose(layer.mean, mean, rtol=1e-6)
    np.testing.assert_allclose(layer.variance, divisor**2, rtol=1e-6)
    z = data(5, 3, 4).astype(np.float32)
    y, backward = layer.run(z)
    np.testing.assert_allclose(y, mean + z * divisor if invert else (z - mean) / divisor, rtol=1e-4)
    dy = np.ones_like(z)
    np.testing.assert_allclose(backward(dy), dy * divisor if invert else dy / divisor, rtol=1e-5)
    assert layer.compute_output_shape((None, 3, 4)) == (None, 3, 4)
    assert [v.name for v in layer.weights] == ["mean", "variance", "count"]
    assert layer.trainable_weights == []


def test_batches_in_any_form():
    x = data(1000, 3)
    expected = layers.Normalization()
    expected.adapt(x)
    rows = [x[:10], x[10:500], x[500:]]

    class Batches:
        def __len__(self):
            return 3

        def __getitem__(self, i):
            return rows[i], None

    for batches in (rows, tuple(rows), iter(rows), ((r, r[:, 0]) for r in rows), Batches()):
        layer = layers.Normalization()
        layer.adapt(batches)
        for a, b in zip(layer.get_weights(), expected.get_weights(), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-6)


def test_numbers_far_from_zero_in_many_chunks():
    x = (1e4 + data(700_000, 1)).astype(np.float32)
    layer = layers.Normalization(name="far")
    layer.adapt(x)
    x64 = x.astype(np.float64)
    np.testing.assert_allclose(layer.mean, [[x64.mean()]], rtol=1e-7)
    np.testing.assert_allclose(layer.variance, [[x64.var()]], rtol=1e-6)
    layer.adapt(np.array([[1], [3]], np.uint8))  # from the start
    assert (layer.mean, layer.variance) == (2, 1)
    layer.adapt(np.array([[True], [False]]))
    assert (layer.mean, layer.variance) == (0.5, 0.25)


def test_statistics_are_arrays_with_the_method_numpy():
    adapted, given = (
        layers.Normalization(),
        layers.Normalization(mean=[3.0, 3.0], variance=[4.0, 9.0]),
    )
    adapted.adapt(np.array([[0.0, 1.0], [2.0, 5.0]]))
    given.build((None, 2))
    for layer, mean, variance in ((adapted, [1, 3], [1, 4]), (given, [3, 3], [4, 9])):
        for statistic, expected in ((layer.mean, [mean]), (layer.variance, [variance])):
            assert isinstance(statistic, np.ndarray)
            assert type(statistic.numpy()) is np.ndarray
            assert statistic.numpy().tolist() == expected
            assert repr(statistic) == repr(statistic.numpy())
        assert type(layer([[0.0, 0.0]])) is np.ndarray
    adapted.mean.numpy()[:] = 7
    assert adapted.mean.tolist() == [[1, 3]]


def test_given_mean_and_variance():
    x = data(4, 2, 3).astype(np.float32)
    for axis, mean, variance in [
        (-1, 2, 4),
        (-1, [1, 2, 3], [4, 5, 6]),
        ((1, 2), [[1, 2, 3]], [[4, 5, 6]]),
        ((1, 2), [[1], [2]], [[3], [4]]),
        (None, 1.0, 4.0),
    ]:
        layer = layers.Normalization(axis, mean, variance)
        expected = (x - np.array(mean)) / np.sqrt(np.array(variance, float))
        np.testing.assert_allclose(layer(x), expected, rtol=1e-5, atol=1e-6)
        assert layer.weights == []
        again = layers.deserialize(layers.serialize(layer))
        np.testing.assert_array_equal(again(x), layer(x))


def test_constant_feature():
    layer = layers.Normalization()
    layer.adapt(np.full((3, 1), 7.0))
    assert layer([[7]]) == 0
    assert layer([[8]]) == np.float32(1) / np.float32(1e-7)


def test_first_layer_of_a_model():
    x = np.random.default_rng(0).normal([0, 1000], [1, 100], (300, 2))
    y = x[:, :1] + x[:, 1:] / 100 - 10
    normalization = layers.Normalization()
    normalization.adapt(x)
    model = bn.Sequential([normalization, layers.Dense(1)])
    model.compile(bn.optimizers.SGD(0.1), "mse")
    history = model.fit(x, y, epochs=20, verbose=0).history
    assert history["loss"][-1] < 1e-3
    assert model.count_params() == 3 + 2 * 2 + 1
    np.testing.assert_array_equal(model.predict(x, verbose=0), model(x))
    inputs = bn.Sequential([layers.Input((2,)), layers.Normalization(), layers.Dense(1)])
    inputs.layers[0].adapt(x)
    np.testing.assert_array_equal(inputs.layers[0](x), normalization(x))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"mean": 1}, ValueError, "either both mean and variance, or neither"),
        ({"variance": 1}, ValueError, "either both mean and variance, or neither"),
        ({"mean": [1], "variance": 1}, ValueError, "mean and variance of one shape"),
        ({"mean": [[1]], "variance": [[1]]}, ValueError, "with at most 1 axes"),
        ({"axis": "1"}, TypeError, "expected axis: an integer"),
        ({"axis": 0}, ValueError, "expected different axes from 1"),
        ({"axis": 5}, ValueError, "expected different axes from 1"),
        ({"mean": [1, 2], "variance": [1, 2]}, ValueError, r"broadcast to \(3,\)"),
    ],
)
def test_errors(arguments, error, message):
    with pytest.raises(error, match=message):
        layers.Normalization(**arguments).build((None, 3))


def test_errors_of_adapt():
    layer = layers.Normalization()
    for bad, error, message in [
        ([], ValueError, "expected data with elements"),
        (np.zeros((0, 2)), ValueError, "expected data with elements"),
        ([[1, 2]], TypeError, "expected batches that are arrays, got list"),
        (3, TypeError, "expected data: an array or batches, got 3"),
        ("abc", TypeError, "expected data: an array or batches, got 'abc'"),
        (np.array(["a"]), TypeError, "array of numbers"),
        (np.zeros(3), ValueError, "expected different axes from 1"),
        (np.float32(3), ValueError, "got a scalar"),
        ([np.zeros((2, 3)), np.zeros((2, 2))], ValueError, "batches of one shape"),
    ]:
        with pytest.raises(error, match=message):
            layer.adapt(bad)
    assert not layer.built
    layer.adapt(data(5, 3))
    before = layer.get_weights()
    with pytest.raises(ValueError, match=r"built for axes of lengths \(3,\), got data with \(2,\)"):
        layer.adapt(data(5, 2))
    np.testing.assert_equal(layer.get_weights(), before)
    with pytest.raises(ValueError, match="was given mean and variance, and cannot adapt"):
        layers.Normalization(mean=1, variance=1).adapt(data(5, 2))
