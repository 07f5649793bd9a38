"""Layers: forward against float64, backward against finite differences, a layer of one's own."""

import math

import numpy as np
import pytest

import brisknet as bn
import reference
from brisknet import Layer, activations, initializers, layers
from reference import U, assert_within, central_differences

PARAMETERS = {"relu": (0.0, math.inf, 0.0), "leaky_relu": (0.2, 0, 0), "elu": (1.0, 0, 0)}
PARAMETERS |= {"celu": (1.0, 0, 0), "squareplus": (4.0, 0, 0), "relu6": (0.0, 6.0, 0.0)}
PARAMETERS |= dict.fromkeys(("hard_shrink", "soft_shrink"), (0.5, 0, 0))


def float64_activation(name):
    """The function by this name in float64, for arrays."""
    if name in ("glu", "log_softmax", "softmax", "sparsemax"):
        return getattr(reference, name)
    f = reference.ACTIVATIONS[ALIASES.get(name, name)]
    return lambda x: f(x, *PARAMETERS.get(name, (0, 0, 0)))


ALIASES = {"swish": "silu", "hard_swish": "hard_silu", "relu6": "relu"}
NAMES = sorted(set(activations.__all__) - {"deserialize", "get", "serialize", "threshold"})


@pytest.fixture(autouse=True)
def seeded():
    bn.random.set_global_seed(0)


every_activation = pytest.mark.parametrize("name", NAMES)


def check(layer, f, x, terms, seed=0, training=False):
    """y, dx and each weight's gradient of `layer`, whose function in float64 is f(x, *weights).

    Each result below is a sum of at most `terms` products of at most 2, so its rounding errors
    are at most terms U times 2 terms. An activation adds a few U of its own (its kernel's tests
    say how many), and its slope and curvature, below 2, carry the errors on. Finite differences in
    float64 err by 1e-9 or less.
    """
    bound = 2 * (terms + 8) * 2 * terms * U
    y, backward = layer.run(x, training=training)
    weights = [v.numpy().astype(np.float64) for v in layer.variables]
    x64 = x.astype(np.float64)
    assert y.dtype == np.float32
    assert y.flags.c_contiguous
    assert_within(y, f(x64, *weights), bound)

    dy = np.random.default_rng(seed).uniform(-1, 1, y.shape).astype(np.float32)
    dx = backward(dy)
    assert dx.dtype == np.float32
    assert_within(dx, central_differences(lambda x: dy * f(x, *weights), x64), bound)
    for i, v in enumerate(layer.variables):

        def of_one(w, i=i):
            return dy * f(x64, *weights[:i], w, *weights[i + 1 :])

        assert_within(v.grad, central_differences(of_one, weights[i]), bound)


def numbers(*shape, seed=1):
    return np.random.default_rng(seed).uniform(-2, 2, shape).astype(np.float32)


def dense(f):
    return lambda x, kernel, bias=0.0: f(x @ kernel + bias)


def test_dense_of_any_rank():
    for shape in [(3, 5), (1, 1), (4, 3, 5), (2, 3, 2, 5)]:
        layer = layers.Dense(4, activation="tanh", bias_initializer="uniform")
        check(layer, dense(np.tanh), numbers(*shape), terms=math.prod(shape[:-1]) + 5)
        assert layer.compute_output_shape((None, *shape[1:])) == (None, *shape[1:-1], 4)
        assert layer(numbers(*shape)).shape == (*shape[:-1], 4)


@every_activation
def test_dense_with_every_activation(name):
    layer = layers.Dense(4, activation=name, bias_initializer="uniform")
    check(layer, dense(float64_activation(name)), numbers(3, 5), terms=5)


@every_activation
def test_activation_by_name_and_by_function(name):
    x = numbers(3, 4)
    check(layers.Activation(name), float64_activation(name), x, terms=4)
    function = getattr(activations, name)
    for y in (layers.Activation(function)(x), function(x), activations.get(name)(x)):
        assert y.tobytes() == layers.Activation(name)(x).tobytes()
    assert layers.Dense(2, activation=name).activation is function


def test_no_activation_is_linear():
    assert activations.get(None) is activations.linear
    assert layers.Dense(2).activation is activations.linear


@pytest.mark.parametrize("function", [activations.glu, activations.sparsemax])
def test_along_another_axis(function):
    x = numbers(4, 3, 6)
    expected = np.moveaxis(getattr(reference, function.__name__)(np.moveaxis(x, 0, -1)), -1, 0)
    assert_within(function(x, axis=0), expected, 16 * U)


def test_glu_halves_the_last_axis():
    model = bn.Sequential([layers.Input((5,)), layers.Dense(8, activation="glu"), layers.Dense(2)])
    assert model.layers[1].kernel.shape == (4, 2)
    assert model.predict(numbers(3, 5), verbose=0).shape == (3, 2)
    assert layers.Dense(8, activation="glu")(numbers(2, 3, 5)).shape == (2, 3, 4)
    with pytest.raises(ValueError, match=r"\[glu\] expected an even number of elements"):
        layers.Activation("glu")(numbers(2, 3))


def test_sparsemax_of_nan_is_nan():
    x = np.array([[1, 2, np.nan], [1, 2, 0]], np.float32)
    y = activations.sparsemax(x)
    assert np.isnan(y[0]).any()
    np.testing.assert_array_equal(y[1], [0, 1, 0])


@pytest.mark.parametrize("identifier", ["nope", "ReLU", 3])
def test_unknown_activation(identifier):
    with pytest.raises(ValueError, match=r"\[activations.get\] (unknown|expected) activation"):
        layers.Dense(2, activation=identifier)


def cube(x):
    return x**3, lambda dy: dy * 3 * x**2


def test_users_activation():
    check(layers.Activation(cube), lambda x: x**3, numbers(3, 4) / 2, terms=4)
    check(layers.Dense(4, activation=cube), dense(lambda z: z**3), numbers(3, 5) / 4, terms=15)


def test_users_activation_without_backward():
    for layer in (layers.Dense(2, activation=np.tanh), layers.Activation(np.tanh)):
        with pytest.raises(
            TypeError, match=r"expected tanh to return \(y, backward\).*got ndarray"
        ):
            layer(numbers(1, 3))


def test_dense_without_bias():
    layer = layers.Dense(3, use_bias=False)
    check(layer, dense(lambda z: z), numbers(4, 5), terms=5)
    assert layer.bias is None
    assert [v.path for v in layer.variables] == [f"{layer.name}/kernel"]


def test_dense_initial_weights():
    layer = layers.Dense(300, bias_initializer=initializers.Constant(2))
    layer.build((None, 200))
    kernel, bias = layer.get_weights()
    assert (kernel.shape, bias.shape) == ((200, 300), (300,))
    limit = math.sqrt(6 / 500)
    assert 0.99 * limit < np.abs(kernel).max() <= limit
    assert (bias == 2).all()
    given = layers.Dense(
        2, kernel_initializer=np.eye(2), bias_initializer=lambda shape, dtype: [1, 2]
    )
    assert given([[3, 4]]).tolist() == [[4, 6]]
    assert layers.Dense(2)([[0, 0]]).tolist() == [[0, 0]]


def test_frozen_dense_gives_dx_alone():
    layer = layers.Dense(3, trainable=False)
    y, backward = layer.run(numbers(4, 5))
    assert backward(np.ones_like(y)).shape == (4, 5)
    assert not any(v.has_grad or v.trainable for v in layer.variables)
    assert layer.trainable_variables == []
    assert len(layer.non_trainable_weights) == 2


def test_dense_leaves_out_dx_where_nobody_needs_it():
    layer = layers.Dense(3)
    y, backward = layer.run(numbers(4, 5), input_gradient=False)
    assert backward(np.ones_like(y)) is None
    assert layer.bias.grad.tolist() == [4, 4, 4]


@pytest.mark.parametrize("units", [0, -1, 1.5, "3", True, None])
def test_dense_units(units):
    with pytest.raises(ValueError, match=r"\[Dense\] expected units: a positive integer, got"):
        layers.Dense(units)


@pytest.mark.parametrize(
    "name",
    [
        "lora_rank",
        "lora_alpha",
        "quantization_config",
    ],
)
def test_refused_arguments_of_dense(name):
    with pytest.raises(ValueError, match=rf"\[Dense\] {name} is not supported"):
        layers.Dense(2, **{name: 1})
    layers.Dense(2, **{name: None})


def test_dense_of_a_scalar_or_an_open_axis():
    with pytest.raises(ValueError, match=r"expected x of shape .samples, ….*got a scalar"):
        layers.Dense(2)(3.0)
    with pytest.raises(ValueError, match=r"known last axis: \(None, 3, None\)"):
        layers.Dense(2).build((None, 3, None))
    layer = layers.Dense(2)
    layer(numbers(1, 3))
    with pytest.raises(ValueError, match=r"\[matmul\]"):
        layer(numbers(1, 4))
    with pytest.raises(
        ValueError, match=r"last axis of 3, for which it was built, got \(None, 4\)"
    ):
        layer.compute_output_shape((None, 4))


def test_dropout_in_training():
    x = numbers(50, 40) + 3
    layer = layers.Dropout(0.25, seed=7)
    y, backward = layer.run(x, training=True)
    kept = y != 0
    assert_within(y[kept], x[kept] / 0.75, 2 * U * 8)
    # 2000 draws: four standard deviations are 4 sqrt(0.25 0.75 / 2000) = 0.039.
    assert abs(kept.mean() - 0.75) < 0.039
    dy = numbers(50, 40)
    assert_within(backward(dy), kept * (dy / np.float64(0.75)), 2 * U * 8)


def test_dropout_draws_anew_each_time_and_by_its_seed():
    x = np.ones((8, 8), np.float32)
    one, same, other = (layers.Dropout(0.5, seed=seed) for seed in (1, 1, 2))
    first, second = one.run(x, True)[0], one.run(x, True)[0]
    assert (first != second).any()
    assert (same.run(x, True)[0] == first).all()
    assert (same.run(x, True)[0] == second).all()
    assert (other.run(x, True)[0] != first).any()


def test_dropout_is_the_identity_otherwise():
    x = numbers(3, 4)
    for layer, training in ((layers.Dropout(0.5), False), (layers.Dropout(0), True)):
        check(layer, lambda x: x, x, terms=1, training=training)
        assert layer.compute_output_shape((None, 4)) == (None, 4)
    assert (layers.Dropout(0.5)(x) == x).all()
    assert (layers.Dropout(0.5)(np.ones((8, 8)), training=True) == 0).any()


@pytest.mark.parametrize("rate", [-0.1, 1.5, math.nan, "0.5", None, True])
def test_dropout_rate(rate):
    with pytest.raises(ValueError, match=r"\[Dropout\] expected rate in \[0, 1\], got"):
        layers.Dropout(rate)


def test_dropout_of_everything():
    y, backward = layers.Dropout(1).run(numbers(3, 4), training=True)
    assert not y.any()
    assert not backward(numbers(3, 4)).any()


def test_dropout_noise_shape():
    x = numbers(50, 3, 40)
    for given, concrete in [((None, 1, None), (50, 1, 40)), ([50, 3, 1], (50, 3, 1))]:
        y, backward = layers.Dropout(0.25, noise_shape=given, seed=1).run(x, training=True)
        kept = (y != 0).any(axis=tuple(a for a in range(3) if concrete[a] == 1), keepdims=True)
        np.testing.assert_allclose(y, np.where(kept, x / 0.75, 0), rtol=1e-6)
        np.testing.assert_allclose(backward(x), np.where(kept, x / 0.75, 0), rtol=1e-6)
        assert abs(kept.mean() - 0.75) < 0.15
    with pytest.raises(ValueError, match=r"noise_shape \(2, 1\) broadcasts to, got \(3, 4\)"):
        layers.Dropout(0.5, noise_shape=(2, 1)).run(numbers(3, 4), training=True)
    for bad in ((0, 1), (1.5,), "ab", 3, ()):
        with pytest.raises(ValueError, match="expected noise_shape: positive integers and None"):
            layers.Dropout(0.5, noise_shape=bad)


def test_flatten():
    check(layers.Flatten(), lambda x: x.reshape(2, 12), numbers(2, 3, 4), terms=1)
    for shape, expected in [((3, 4), 12), ((4,), 4), ((), 1), ((3, None), None)]:
        assert layers.Flatten().compute_output_shape((None, *shape)) == (None, expected)
    assert layers.Flatten()([1.0, 2.0]).shape == (2, 1)
    with pytest.raises(ValueError, match=r"expected data_format 'channels_last', .*, got 'first'"):
        layers.Flatten(data_format="first")


def test_reshape():
    check(layers.Reshape((4, 3)), lambda x: x.reshape(2, 4, 3), numbers(2, 3, 4), terms=1)
    check(layers.Reshape((2, -1)), lambda x: x.reshape(2, 2, 6), numbers(2, 3, 4), terms=1)
    assert layers.Reshape((6, -1)).compute_output_shape((None, 3, 4)) == (None, 6, 2)
    assert layers.Reshape((6, -1)).compute_output_shape((None, 3, None)) == (None, 6, None)


@pytest.mark.parametrize("target", [(-1, -1), (0,), (-2, 3)])
def test_reshape_target(target):
    with pytest.raises(ValueError, match=r"\[Reshape\] expected target_shape with at most one -1"):
        layers.Reshape(target)


@pytest.mark.parametrize("target", [(5,), (5, -1), (12,)])
def test_reshape_that_does_not_fit(target):
    with pytest.raises(ValueError, match=r"expected samples that fit target_shape.*got 6 elements"):
        layers.Reshape(target)(numbers(1, 2, 3))


def test_rescaling():
    x = numbers(3, 4)
    check(layers.Rescaling(0.5, offset=-1), lambda x: 0.5 * x - 1, x, terms=2)
    scale, offset = [1, 2, 3, 4], [[4, 3, 2, 1]]
    check(layers.Rescaling(scale, offset), lambda x: x * scale + offset, x, terms=2)
    assert layers.Rescaling(1 / 255).compute_output_shape((None, 4)) == (None, 4)
    uint8 = np.arange(4, dtype=np.uint8)[None]
    assert layers.Rescaling(2.0)(uint8).tolist() == [[0, 2, 4, 6]]


@pytest.mark.parametrize(
    ("scale", "offset"), [([1, 2, 3], 0), (1, [1, 2, 3]), (np.ones((2, 1, 1)), 0)]
)
def test_rescaling_that_does_not_broadcast(scale, offset):
    with pytest.raises(
        ValueError, match=r"expected scale and offset that broadcast to \(4,\), got"
    ):
        layers.Rescaling(scale, offset)(numbers(2, 4))


def test_rescaling_needs_numbers():
    with pytest.raises(TypeError, match=r"\[Rescaling\] expected scale"):
        layers.Rescaling("1")


def test_input():
    assert layers.Input((3, 4)).batch_shape == (None, 3, 4)
    assert layers.Input(shape=5).batch_shape == (None, 5)
    assert layers.Input((None, 4), batch_size=2).batch_shape == (2, None, 4)
    assert layers.Input(batch_shape=(8, 3)).batch_shape == (8, 3)
    assert bn.Sequential([layers.Input((3,), 8), layers.Dense(1)]).input_shape == (None, 3)
    assert layers.Input((3,), dtype="int32").dtype == "int32"
    assert layers.Input((3,), name="pixels").name == "pixels"
    assert bn.Input is layers.Input


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({}, ValueError, "either shape or batch_shape"),
        ({"shape": (1,), "batch_shape": (None, 1)}, ValueError, "either shape or batch_shape"),
        ({"shape": (0,)}, ValueError, "expected shape of positive axes, got"),
        ({"shape": "ab"}, TypeError, "expected shape: a tuple of integers, got 'ab'"),
        (
            {"shape": (3,), "dtype": "text"},
            ValueError,
            "expected dtype: a type of numbers, as 'float32', got 'text'",
        ),
        ({"shape": (3,), "ragged": True}, ValueError, "ragged is not supported"),
        ({"shape": (3,), "optional": True}, ValueError, "optional is not supported"),
        ({"shape": (3,), "tensor": 1}, ValueError, "tensor is not supported"),
    ],
)
def test_input_errors(arguments, error, message):
    with pytest.raises(error, match=message):
        layers.Input(**arguments)


class Scale(Layer):
    """y = x scale: a layer of one's own with a weight, and no other methods."""

    def build(self, input_shape):
        self.scale = self.add_weight((input_shape[-1],), "ones", name="scale")

    def forward(self, x):
        def backward(dy):
            self.scale.grad = (dy * x).sum(axis=0)
            return dy * self.scale.value

        return x * self.scale.value, backward


class Pairs(Layer):
    """Sums of neighbours: no weights, another shape."""

    def forward(self, x, training):
        return x[:, ::2] + x[:, 1::2], lambda dy: np.repeat(dy, 2, axis=1)


def test_own_layer():
    check(Scale(), lambda x, scale: x * scale, numbers(3, 4), terms=4)
    assert Scale().compute_output_shape((None, 4)) == (None, 4)
    check(Pairs(), lambda x: x[:, ::2] + x[:, 1::2], numbers(3, 4), terms=2)
    assert Pairs().compute_output_shape((None, 4)) == (None, 2)
    with pytest.raises(ValueError, match=r"define compute_output_shape.*\(None, None\)"):
        Pairs().compute_output_shape((None, None))


def test_own_layer_takes_the_arguments_that_it_names():
    seen = {}

    class Spy(Layer):
        def forward(self, x, training, input_gradient):
            seen.update(training=training, input_gradient=input_gradient)
            return x, lambda dy: dy

    layer = Spy()
    layer(numbers(1, 2))
    assert seen == {"training": False, "input_gradient": True}
    layer.run(numbers(1, 2), training=True, input_gradient=False)
    assert seen == {"training": True, "input_gradient": False}


def layer_of(forward):
    return type("Own", (Layer,), {"forward": lambda self, x: forward(x)})()


@pytest.mark.parametrize(
    "result", [lambda x: x, lambda x: (x, x), lambda x: (x, len, len), lambda x: None]
)
def test_forward_must_return_output_and_backward(result):
    with pytest.raises(TypeError, match=r"expected forward to return \(y, backward\), got"):
        layer_of(result)(numbers(2, 3))


@pytest.mark.parametrize(("y", "got"), [(numbers(3, 2), r"\(3, 2\)"), (np.float32(1), r"\(\)")])
def test_forward_must_keep_the_samples(y, got):
    with pytest.raises(ValueError, match=rf"expected an output for 2 samples, got shape {got}"):
        layer_of(lambda x: (y, len))(numbers(2, 3))


@pytest.mark.parametrize("y", [np.ones((2, 2), np.float64), [[1, 1], [1, 1]], np.ones((2, 2)).T])
def test_output_is_converted(y):
    y = layer_of(lambda x: (y, len))(numbers(2, 3))
    assert y.dtype == np.float32
    assert y.flags.c_contiguous


def test_layer_without_forward():
    with pytest.raises(NotImplementedError, match=r"\[Empty\] a layer must define forward"):
        type("Empty", (Layer,), {})()(numbers(1, 1))


def model_of(layer, loss="mse"):
    """A model in which `layer` needs both gradients."""
    model = bn.Sequential([bn.Input((3,)), layers.Dense(3), layer])
    model.compile("sgd", loss)
    return model


@pytest.mark.parametrize(
    ("dx", "error", "message"),
    [
        (None, ValueError, "expected backward to return dx, got None"),
        (
            np.ones((2, 4)),
            ValueError,
            r"expected backward to return dx of shape \(2, 3\), got \(2, 4\)",
        ),
        (np.ones(3), ValueError, r"dx of shape \(2, 3\), got \(3,\)"),
        ("x", TypeError, "expected dx: float32"),
    ],
)
def test_backward_must_return_dx(dx, error, message):
    model = model_of(layer_of(lambda x: (x, lambda dy: dx)))
    before = model.get_weights()
    with pytest.raises(error, match=message):
        model.fit(numbers(2, 3), numbers(2, 3), verbose=0)
    assert all((a == b).all() for a, b in zip(before, model.get_weights(), strict=True))


def test_forgotten_gradient():
    class Forgetful(Scale):
        def forward(self, x):
            return x * self.scale.value, lambda dy: dy

    model = model_of(Forgetful(name="forgetful"))
    with pytest.raises(ValueError, match=r"'.*/forgetful' assigned no gradient to 'scale'"):
        model.fit(numbers(2, 3), numbers(2, 3), verbose=0)


def test_add_weight():
    layer = Layer(name="own")
    v = layer.add_weight((2, 3), initializers.Constant(4), name="w")
    assert v.path == "own/w"
    assert (v.numpy() == 4).all()
    assert layer.add_weight(trainable=False).shape == ()
    assert [v.trainable for v in layer.variables] == [True, False]
    with pytest.raises(ValueError, match=r"expected w of shape \(2,\), got \(3,\)"):
        layer.add_weight((2,), lambda shape, dtype: np.ones(3), name="w")
    with pytest.raises(ValueError, match=r"\[initializers.get\] unknown initializer 'nope'"):
        layer.add_weight((2,), "nope")


def test_freeing_a_layer_does_not_free_what_never_trained():
    layer = Layer()
    layer.add_weight((1,), name="trained")
    layer.add_weight((1,), name="counted", trainable=False)
    layer.trainable = False
    assert [v.trainable for v in layer.variables] == [False, False]
    layer.trainable = True
    assert [v.trainable for v in layer.variables] == [True, False]
    frozen = Layer(trainable=False)
    frozen.add_weight((1,))
    frozen.add_weight((1,), trainable=False)
    assert [v.trainable for v in frozen.variables] == [False, False]
    frozen.trainable = True
    assert [v.trainable for v in frozen.variables] == [True, False]


def test_weights_of_a_layer():
    layer = layers.Dense(2)
    with pytest.raises(ValueError, match="has no weights yet"):
        layer.count_params()
    layer.build((None, 3))
    assert layer.built
    layer([[1, 2, 3]])
    assert layer.count_params() == 8
    given = [np.arange(6.0).reshape(3, 2), [1, 2]]
    layer.set_weights(given)
    kernel, bias = layer.get_weights()
    assert kernel.tolist() == given[0].tolist()
    assert bias.tolist() == given[1]
    kernel[:] = 9
    assert layer.get_weights()[0][0, 0] == 0


@pytest.mark.parametrize(
    ("weights", "error", "message"),
    [
        ([np.ones((3, 2))], ValueError, "expected weights: 2 arrays, got 1"),
        (
            [np.ones((3, 2)), np.ones(3)],
            ValueError,
            r"expected shape \(2,\) for 'a/bias', got \(3,\)",
        ),
        ([np.ones((3, 2)), ["x", "y"]], TypeError, "expected weights"),
    ],
)
def test_failed_set_weights_changes_nothing(weights, error, message):
    layer = layers.Dense(2, name="a")
    layer.ensure_built((None, 3))
    before = layer.get_weights()
    with pytest.raises(error, match=message):
        layer.set_weights(weights)
    for a, b in zip(before, layer.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()


def test_arguments_of_every_layer():
    assert layers.Dense(1, name="a").name == "a"
    assert layers.Dense(1, dtype="float32").name.startswith("dense")
    assert layers.Dense(1, input_dim=3).given_input_shape == (None, 3)
    assert layers.Flatten(input_shape=(2, None)).given_input_shape == (None, 2, None)
    assert layers.Dense(1).name != layers.Dense(1).name
    assert repr(layers.Dense(1, name="a")) == "<Dense(units=1, name='a'), not built>"
    with pytest.raises(ValueError, match=r"\[Dense\] expected dtype 'float32', got 'float16'"):
        layers.Dense(1, dtype="float16")
    with pytest.raises(TypeError, match=r"\[Flatten\] expected name: a string, got 3"):
        layers.Flatten(name=3)
    with pytest.raises(ValueError, match=r"\[Dense\] unknown argument 'nope'"):
        layers.Dense(1, nope=1)


def test_refused_layers_say_so():
    with pytest.raises(AttributeError, match=r"brisknet.layers.Conv2D of Keras is not supported"):
        layers.Conv2D  # noqa: B018
    with pytest.raises(ImportError, match=r"GELU|LSTM"):
        from brisknet.layers import LSTM  # noqa: F401
    with pytest.raises(AttributeError, match=r"module 'brisknet.layers' has no attribute 'Denes'"):
        layers.Denes  # noqa: B018


def test_a_batch_without_samples():
    model = bn.Sequential(
        [layers.Dense(3, activation="relu"), layers.Dropout(0.5), layers.Flatten()]
    )
    assert model(np.zeros((0, 4))).shape == (0, 3)
