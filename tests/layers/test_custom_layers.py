"""Custom layers: configurations, what they may override, what is refused by name."""

import numpy as np
import pytest

import brisknet as bn
from brisknet import layers
from brisknet.layers import Layer


class Scale(Layer):
    """Keeps its argument as an attribute: nothing else is needed."""

    def __init__(self, factor, shift=0.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor
        self.shift = shift

    def forward(self, x):
        return x * np.float32(self.factor) + np.float32(self.shift), lambda dy: dy * self.factor


class Hidden(Layer):
    """Keeps its argument elsewhere, and adds it to the configuration as in Keras."""

    def __init__(self, size, **kwargs):
        super().__init__(**kwargs)
        self._size = size

    def get_config(self):
        config = super().get_config()
        config.update({"size": self._size})
        return config


class Wide(layers.Dense):
    """Adds an argument to a layer of brisknet's."""

    def __init__(self, units, width=2, **kwargs):
        super().__init__(units * width, **kwargs)
        self._width = width

    def get_config(self):
        config = super().get_config()
        return {**config, "units": self.units // self._width, "width": self._width}


def test_configs():
    layer = Scale(3, name="s", trainable=False)
    config = {"name": "s", "trainable": False, "dtype": "float32", "factor": 3, "shift": 0.0}
    assert layer.get_config() == config
    assert Scale.from_config(config).get_config() == config
    config = Hidden(5, name="h").get_config()
    assert config == {"name": "h", "trainable": True, "dtype": "float32", "size": 5}
    assert Hidden.from_config(config)._size == 5
    wide = Wide(3, width=4, activation="tanh", activity_regularizer="l2")
    again = Wide.from_config(wide.get_config())
    assert again.units == 12
    assert again.get_config() == wide.get_config()
    for made in (layer, wide):
        config = layers.serialize(made)
        same = layers.deserialize(config, custom_objects={"Scale": Scale, "Wide": Wide})
        assert layers.serialize(same) == config
        with pytest.raises(ValueError, match="there is no class"):
            layers.deserialize(config)


def test_config_without_attribute():
    class Forgetful(Layer):
        def __init__(self, size):
            super().__init__()

    with pytest.raises(NotImplementedError, match="has no attribute 'size'"):
        Forgetful(3).get_config()


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"class_name": "Dense", "config": {"units": 2, "colour": 1}}, "argument 'colour'"),
        ({"class_name": "Dense", "config": {}}, "'units'"),
        ({"class_name": "Nothing", "config": {}}, "there is no class 'Nothing'"),
        ({"class_name": "Conv2D", "config": {}}, "layers.Conv2D of Keras is not supported"),
        ({"config": {}}, "expected layer: a configuration with class_name and config"),
        ({"module": "keras.losses", "class_name": "Poisson", "config": {}}, "that of Poisson"),
        ("Dense", "expected layer: a configuration with class_name and config, got 'Dense'"),
        (None, "expected layer: a configuration with class_name and config, got None"),
        ({"class_name": "Dense", "config": {"units": 2, "dtype": "float16"}}, "dtype 'float32'"),
        ({"class_name": "Dense", "config": {"units": 2, "lora_rank": 2}}, "lora_rank is not supp"),
        (
            {"class_name": "Dense", "config": {"units": 2, "quantization_config": "int8"}},
            "quantization_config is not supported",
        ),
    ],
)
def test_configs_that_are_refused(config, message):
    with pytest.raises(ValueError, match=message):
        layers.deserialize(config)


def test_call_is_refused():
    with pytest.raises(TypeError, match=r"\[Mine\] defines call, .* define forward\(x\)"):

        class Mine(Layer):
            def call(self, x):
                return x

    with pytest.raises(TypeError, match="defines call"):

        class Model(bn.Sequential):
            def call(self, x):
                return x

    class Both(Scale):
        def call(self, x):
            return x

        def forward(self, x):
            return x, lambda dy: dy

    assert Both(2)([[1]]) == 1


@pytest.mark.parametrize("name", ["input", "output", "call", "add_loss", "compute_mask"])
def test_attributes_refused_by_name(name):
    for layer in (layers.Dense(2), bn.Sequential()):
        with pytest.raises(AttributeError, match=f"{name} is not supported by this version"):
            getattr(layer, name)
        assert not hasattr(layer, "colour")


def test_call_on_any_numbers():
    layer = layers.Dense(2, kernel_initializer="ones")
    model = bn.Sequential([layer])
    for x in (
        [[True, False]],
        np.array([[1, 0]], np.float16),
        np.array([[1, 0]], bool),
        np.array([[1, 0]], np.uint8),
        ((1.0, 0),),
        np.asfortranarray([[1, 0]]),
    ):
        for f in (layer, model):
            np.testing.assert_array_equal(f(x), [[1, 1]])
    for bad in ([["a", "b"]], None, [[1j, 2]], [[1], [2, 3]]):
        with pytest.raises((TypeError, ValueError), match="expected x: an array"):
            layer(bad)


def test_dtypes():
    layer = layers.Dense(2, dtype="float32")
    assert layer.dtype == layer.compute_dtype == layer.variable_dtype == "float32"
    policy = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}}
    assert layers.Dense(2, dtype=policy).get_config()["dtype"] == "float32"
    with pytest.raises(ValueError, match="expected dtype 'float32'"):
        layers.Dense(2, dtype={**policy, "config": {"name": "mixed_bfloat16"}})
    with pytest.raises(ValueError, match="expected trainable True or False, got 'no'"):
        layers.Dense(2, trainable="no")


class Doubled(bn.Sequential):
    def forward(self, x, training=False, input_gradient=True):
        y, backward = super().forward(x * 2, training, input_gradient)

        def doubled(dy):
            dx = backward(dy)
            return None if dx is None else dx * 2

        return y, doubled


@pytest.mark.parametrize("nested", [False, True])
def test_a_models_own_forward_is_used_everywhere(nested):
    dense = layers.Dense(20, kernel_initializer="ones")
    model = Doubled([layers.Input((30,)), dense])
    if nested:
        model = bn.Sequential([model])
    x = np.zeros((4, 30), np.float32)  # mostly zeros, which a plain model would leave out
    x[:, 3] = 1
    twos = np.full((4, 20), 2)
    np.testing.assert_array_equal(model(x), twos)
    np.testing.assert_array_equal(model(x, training=True), twos)
    np.testing.assert_array_equal(model.predict(x, verbose=0), twos)
    np.testing.assert_array_equal(model.predict_on_batch(x), twos)
    model.compile(bn.optimizers.SGD(1.0), "mse")
    assert model.evaluate(x, twos, verbose=0) == 0
    model.fit(x, np.zeros((4, 20)), batch_size=4, verbose=0)
    # The loss is the mean of 20 squares of 2: each kernel element changes by 2 * 2 * 2 / 20.
    np.testing.assert_allclose(dense.kernel.value[3], 1 - 0.4, rtol=1e-6)


def test_a_model_takes_its_first_models_input_shape():
    inner = bn.Sequential([layers.Input((3,)), layers.Dense(2)])
    assert bn.Sequential([inner, layers.Dense(4)]).output_shape == (None, 4)


def test_activation_that_is_a_layer():
    layer = layers.Dense(1, activation=layers.LeakyReLU(0.5), kernel_initializer="ones")
    y, backward = layer.run(np.array([[-2], [2]], np.float32))
    np.testing.assert_array_equal(y, [[-1], [2]])
    np.testing.assert_array_equal(backward(np.ones((2, 1), np.float32)), [[0.5], [1]])
    with pytest.raises(ValueError, match="expected a layer without weights"):
        layers.Dense(1, activation=layers.PReLU())([[1]])


class Plain(bn.Sequential):
    """A forward that takes neither training nor input_gradient."""

    def forward(self, x):
        y, backward = super().forward(x)
        return y * np.float32(2), lambda dy: backward(dy * np.float32(2))


def test_a_model_whose_forward_takes_x_alone_trains():
    model = Plain([bn.layers.Input((4,)), bn.layers.Dense(1)])
    model.compile(bn.optimizers.Adam(0.05), "mse")
    x = np.random.default_rng(0).standard_normal((64, 4))
    losses = model.fit(x, x[:, :1], epochs=20, verbose=0).history["loss"]
    assert losses[-1] < 0.9 * losses[0]


def test_a_models_forward_is_checked_in_training():
    class Wrong(bn.Sequential):
        def forward(self, x):
            return x

    model = Wrong([bn.layers.Input((4,)), bn.layers.Dense(1)])
    model.compile("adam", "mse")
    with pytest.raises(TypeError, match="expected forward to return"):
        model.train_on_batch(np.ones((2, 4)), np.ones((2, 4)))


def test_attributes_set_before_the_base_class_is_initialized():
    """They are kept, and lists among them watched."""

    class Early(Layer):
        def __init__(self):
            self.units = 3
            self.name = "first"
            self.parts = []
            super().__init__()
            self.parts.append(layers.Dense(self.units))

        def forward(self, x):
            return self.parts[0].run(x)

    layer = Early()
    assert layer.name == "first"
    assert layer(np.ones((2, 4))).shape == (2, 3)
    assert len(layer.weights) == 2
