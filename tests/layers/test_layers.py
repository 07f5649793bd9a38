"""What all layers share: custom layers, weights, arguments, refusals, the same bits."""

import numpy as np
import pytest

import brisknet as bn
from brisknet import Layer, initializers, layers
from checks import check_layer, numbers


class Scale(Layer):
    """y = x scale: a custom layer with a weight, and no other methods."""

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
    check_layer(Scale(), lambda x, scale: x * scale, numbers(3, 4), terms=4)
    assert Scale().compute_output_shape((None, 4)) == (None, 4)
    check_layer(Pairs(), lambda x: x[:, ::2] + x[:, 1::2], numbers(3, 4), terms=2)
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
    with pytest.raises(TypeError, match=r"expected forward to return \(y, backward\), with dx"):
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


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: layers.BatchNormalization(momentum=2),
            ValueError,
            r"momentum: a number in",
        ),
        (lambda: layers.BatchNormalization(epsilon=-1), ValueError, "epsilon: a number of at"),
        (lambda: layers.BatchNormalization(axis=[1]), ValueError, "axis: an integer"),
        (lambda: layers.BatchNormalization(renorm=True), ValueError, "renorm is not supported"),
        (lambda: layers.BatchNormalization(synchronized=True), ValueError, "not supported"),
        (lambda: layers.LayerNormalization(rms_scaling=True), ValueError, "not supported"),
        (lambda: layers.LayerNormalization("x"), TypeError, "axis: an integer or a list"),
        (lambda: layers.LayerNormalization(0)(numbers(2, 3)), ValueError, "different axes from 1"),
        (lambda: layers.UnitNormalization([1, 1])(numbers(2, 3)), ValueError, "different axes"),
        (lambda: layers.Softmax(3)(numbers(2, 3)), ValueError, "different axes from 1 to 1"),
        (lambda: layers.ReLU(max_value=-1), ValueError, "max_value: a number of at least 0"),
        (lambda: layers.LeakyReLU(None), ValueError, "negative_slope: a number of at least 0"),
        (lambda: layers.Embedding(0, 2), ValueError, "input_dim: an integer from 1"),
        (lambda: layers.Embedding(2, 1.5), ValueError, "output_dim: an integer from 1"),
        (lambda: layers.Embedding(2, 2, mask_zero=True), ValueError, "mask_zero is not supported"),
        (lambda: layers.Embedding(2, 2)([[2]]), ValueError, "whole numbers from 0 to 1, got 2.0"),
        (lambda: layers.Embedding(2, 2)([[np.nan]]), ValueError, "whole numbers from 0 to 1"),
    ],
)
def test_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_layers_same_bits(same_bits):
    x = numbers(40, 30, 9)

    def train():
        bn.utils.set_random_seed(1)
        model = bn.Sequential(
            [
                layers.GaussianNoise(0.1),
                layers.BatchNormalization(1),
                layers.Dense(40, kernel_regularizer="orthogonal_regularizer"),
                layers.LayerNormalization([1, 2]),
                layers.PReLU(shared_axes=[1]),
                layers.GaussianDropout(0.1),
                layers.Permute((2, 1)),
                layers.UnitNormalization(),
                layers.AlphaDropout(0.1),
                layers.RMSNormalization(),
                layers.Softmax(1),
                layers.Flatten(),
                layers.Dense(40, kernel_constraint="max_norm", activity_regularizer="l1l2"),
                layers.RepeatVector(2),
                layers.BatchNormalization(),
                layers.Flatten(),
                layers.Dense(1),
            ]
        )
        model.compile("sgd", "mse")
        loss = model.fit(x, x[:, 0, 0], batch_size=16, verbose=0).history["loss"]
        y = model.predict(x, verbose=0)
        for size in (1, 7):
            assert model.predict(x, batch_size=size, verbose=0).tobytes() == y.tobytes()
        return (*model.get_weights(), np.array(loss), y)

    same_bits(train)
