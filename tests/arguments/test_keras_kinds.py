"""Arguments and attributes of Keras's in all their values: axes, formats, shapes, penalties."""

import numpy as np
import pytest

import brisknet as bk
from brisknet import activations, layers, losses, metrics
from reference import assert_within

X = np.random.default_rng(0).standard_normal((2, 3, 4)).astype(np.float32)


@pytest.mark.parametrize("axis", [(1, 2), [0, 2], (-1, 0, 1), (1,), 1, np.int64(2)])
def test_softmax_over_several_axes(axis):
    axes = tuple(np.atleast_1d(axis))
    e = np.exp(X.astype(np.float64) - X.max(axes, keepdims=True))
    y = e / e.sum(axes, keepdims=True)
    assert_within(activations.softmax(X, axis), y, 1e-6)
    assert_within(activations.log_softmax(X, axis), np.log(y), 1e-5)


@pytest.mark.parametrize("function", [activations.softmax, activations.log_softmax])
def test_axes_that_there_are_not(function):
    for axis, error in [((1, 3), ValueError), ((1, 1), ValueError), ((1.0,), TypeError)]:
        with pytest.raises(error, match=rf"\[{function.__name__}\] expected"):
            function(X, axis)


@pytest.mark.parametrize("axis", [1, [1, 2], -2])
@pytest.mark.parametrize("name", ["CategoricalCrossentropy", "CategoricalFocalCrossentropy"])
@pytest.mark.parametrize("from_logits", [False, True])
def test_label_smoothing_along_another_axis(name, axis, from_logits):
    rng = np.random.default_rng(0)
    t = rng.dirichlet([1, 1, 1, 1], (2, 3)).astype(np.float32)
    p = rng.dirichlet([1, 1, 1, 1], (2, 3)).astype(np.float32)
    cls = getattr(losses, name)
    loss = cls(from_logits=from_logits, label_smoothing=0.3, axis=axis)
    # As in Keras: smoothed by the last axis's length, 4.
    by_hand = cls(from_logits=from_logits, axis=axis)
    smoothed = t * np.float32(0.7) + np.float32(0.3) / np.float32(4)
    value, gradient = loss.value_and_gradient(t, p)
    expected, expected_gradient = by_hand.value_and_gradient(smoothed, p)
    assert value == expected
    np.testing.assert_array_equal(gradient, expected_gradient)
    if name == "CategoricalCrossentropy":
        metric = metrics.CategoricalCrossentropy(
            from_logits=from_logits, label_smoothing=0.3, axis=axis
        )
        assert metric(t, p) == pytest.approx(value, rel=1e-6)


def test_flatten_channels_first():
    x = np.arange(24, dtype=np.float32).reshape(2, 3, 2, 2)
    layer = layers.Flatten("channels_first")
    y, backward = layer.run(x)
    np.testing.assert_array_equal(y, x.transpose(0, 2, 3, 1).reshape(2, 12))
    np.testing.assert_array_equal(backward(y), x)
    assert layer.compute_output_shape((None, 3, 2, 2)) == (None, 12)
    assert layers.deserialize(layers.serialize(layer)).data_format == "channels_first"
    flat = np.ones((2, 3), np.float32)
    np.testing.assert_array_equal(layer(flat), flat)


@pytest.mark.parametrize("data_format", ["channels_first", "channels_last"])
def test_flatten_of_mostly_zeros(data_format):
    """Which Dense may leave out after a Flatten, if it keeps the order."""
    x = np.zeros((40, 5, 4), np.float32)
    x[:, 1, 2] = np.arange(40)
    model = bk.Sequential([bk.Input((5, 4)), layers.Flatten(data_format), layers.Dense(32)])
    dense = model.layers[1]
    row = 1 * 4 + 2 if data_format == "channels_last" else 2 * 5 + 1
    expected = np.arange(40)[:, None] * dense.kernel.numpy()[row]
    assert_within(model.predict(x, verbose=0), expected, 1e-6)
    model.compile(bk.optimizers.SGD(1e-5), "mse")
    before = dense.kernel.numpy()
    model.fit(x, np.zeros((40, 32)), batch_size=40, verbose=0)
    assert np.flatnonzero((dense.kernel.numpy() != before).any(axis=1)).tolist() == [row]


def test_flatten_channels_first_in_onnx():
    pytest.importorskip("onnx")
    onnxruntime = pytest.importorskip("onnxruntime")
    from brisknet.export.onnx_export import onnx_model

    model = bk.Sequential([bk.Input((3, 4)), layers.Flatten("channels_first"), layers.Dense(2)])
    session = onnxruntime.InferenceSession(onnx_model(model).SerializeToString())
    (y,) = session.run(None, {session.get_inputs()[0].name: X})
    assert_within(y, model.predict(X, verbose=0), 1e-6)


# --- shapes


def pointwise():
    return [layers.ReLU(), layers.Dropout(0.5), layers.Rescaling(2.0)]


@pytest.mark.parametrize(
    "make",
    [lambda: bk.Sequential(pointwise()), lambda: bk.Sequential([bk.Sequential(pointwise())])],
)
def test_another_shape_where_all_layers_take_it(make):
    model = make()
    a, b = np.ones((3, 4), np.float32), np.ones((3, 7), np.float32)
    for x in (a, b, a):
        np.testing.assert_array_equal(model(x), 2 * x)
        np.testing.assert_array_equal(model.predict(x, verbose=0), 2 * x)
    assert model.input_shape == (None, 4)
    model.compile("sgd", "mse")
    for x in (a, b):
        assert model.evaluate(x, 2 * x, verbose=0) == 0
        model.fit(x, x, verbose=0)


@pytest.mark.parametrize(
    "layer",
    [
        layers.Dense(2),
        layers.PReLU(),
        layers.BatchNormalization(),
        layers.LayerNormalization(),
        layers.Rescaling([1.0, 2.0, 3.0, 4.0]),
        layers.Reshape((2, 2)),
    ],
    ids=lambda layer: type(layer).__name__,
)
@pytest.mark.parametrize("width", [1, 7])
def test_another_shape_is_refused_where_a_layer_does_not_take_it(layer, width):
    model = bk.Sequential([layers.deserialize(layers.serialize(layer))])
    model(np.ones((3, 4)))
    x = np.ones((3, width))
    with pytest.raises(ValueError, match=r"expected x of shape \(samples, 4\)"):
        model.predict(x, verbose=0)
    with pytest.raises(ValueError, match=r"expected x of shape \(samples, 4\)"):
        model(x)


@pytest.mark.parametrize(
    "shapes", [((4, 1), (4, 3)), ((4, 3), (4, 1)), ((3,), (4, 3)), ((1, 3), (4, 3))]
)
@pytest.mark.parametrize(
    "name",
    ["MeanSquaredError", "MeanAbsoluteError", "Huber", "KLDivergence", "CosineSimilarity", "Dice"],
)
def test_targets_are_not_spread(name, shapes):
    y, p = (np.ones(shape, np.float32) for shape in shapes)
    with pytest.raises(ValueError, match="expected y_true of the shape of y_pred"):
        getattr(losses, name)()(y, p)


# --- penalties


def test_losses_have_the_penalties_of_the_last_outputs():
    dense = layers.Dense(
        2,
        kernel_initializer="ones",
        kernel_regularizer=bk.regularizers.L2(0.1),
        activity_regularizer=bk.regularizers.L1(0.01),
    )
    assert dense.losses == []
    x = np.ones((5, 3), np.float32)
    dense(x)
    of_outputs, of_weights = 0.01 * 2 * 3, 0.1 * 6  # a sample's, as the batch's is divided
    assert dense.losses == pytest.approx([of_outputs, of_weights])
    model = bk.Sequential([bk.Input((3,)), dense, layers.ActivityRegularization(l2=0.5)])
    model(2 * x)
    expected = [2 * of_outputs, 0.5 * 2 * 36, of_weights]
    assert model.losses == pytest.approx(expected)
    model.compile("sgd", "mse")
    y = model.predict(2 * x, verbose=0)
    assert model.evaluate(2 * x, y, verbose=0) == pytest.approx(sum(expected))
    outer = bk.Sequential([bk.Input((3,)), model])
    outer(x)
    assert sum(outer.losses) == pytest.approx(of_outputs + 0.5 * 2 * 9 + of_weights)


# --- smaller things


def test_an_activation_set_to_none():
    dense = layers.Dense(3, "relu")
    dense.activation = None
    model = bk.Sequential([bk.Input((4,)), dense])
    x = np.random.default_rng(0).standard_normal((5, 4)).astype(np.float32)
    assert_within(model.predict(x, verbose=0), x @ dense.kernel.numpy(), 1e-6)
    model.compile("sgd", "mse")
    model.fit(x, np.zeros((5, 3)), verbose=0)
    assert layers.deserialize(layers.serialize(dense)).activation is activations.linear


@pytest.mark.parametrize("layer", [layers.Softmax(), layers.BatchNormalization(), bk.Sequential()])
def test_masks_are_refused_by_name(layer):
    with pytest.raises(ValueError, match="mask is not supported"):
        layer(np.ones((2, 3)), mask=np.ones((2, 3), bool))


def test_what_is_refused_cannot_be_set_either():
    model = bk.Sequential([layers.Dense(2)])
    for thing, name in [
        (model, "train_step"),
        (model.layers[0], "dtype_policy"),
        (model.layers[0], "compute_mask"),
        (metrics.Mean(), "stateless_result"),
        (bk.optimizers.SGD(), "update_step"),
        (bk.Variable(1.0), "overwrite_with_gradient"),
    ]:
        with pytest.raises(AttributeError, match=f"{name} is not supported"):
            setattr(thing, name, None)
    with pytest.raises(AttributeError, match=r"layers cannot be set: use add\(\) and pop\(\)"):
        model.layers = []
    layer = layers.Dense(2)
    layer.supports_masking = True  # without effect, as there are no masks
    assert layer.supports_masking
    del layer.supports_masking
    assert not hasattr(layer, "supports_masking")


def test_a_model_whose_first_model_gets_its_layers_later():
    inner = bk.Sequential([bk.Input((4,))])
    model = bk.Sequential([inner])
    inner.add(layers.Dense(3))
    assert model(np.ones((2, 4))).shape == (2, 3)


def test_a_metrics_array_is_kept_in_double():
    large = np.array([[2.0**24 + 1, 3], [0.1, 0]])
    metric = metrics.MeanIoU(2)
    metric.total_cm = metric.add_variable((2, 2), large)
    np.testing.assert_array_equal(metric.total_cm, large)
    assert float(metric.add_variable((), 0.1)) == 0.1


def test_randint_gives_integers():
    assert bk.random.randint((3,), 0, 5, dtype="uint8").dtype == np.uint8
    with pytest.raises(ValueError, match="expected dtype of integers, got 'float32'"):
        bk.random.randint((3,), 0, 5, dtype="float32")
