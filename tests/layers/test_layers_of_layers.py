"""Custom layers that use others: built, trained, frozen and saved with them."""

import numpy as np
import pytest

import brisknet as bk
from brisknet import layers


@bk.saving.register_keras_serializable("tests")
class Residual(layers.Layer):
    """x + dense(dropout(x)), and a list of layers after that."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.dense = layers.Dense(units, "tanh", kernel_regularizer="l2")
        self.dropout = layers.Dropout(0.25)
        self.after = [layers.Dense(units), layers.Dense(units)]

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)

    def forward(self, x, training=False):
        backs = []
        y = x
        for layer in (self.dropout, self.dense, *self.after):
            y, back = layer.run(y, training)
            backs.append(back)

        def backward(dy):
            dx = dy
            for back in reversed(backs):
                dx = back(dx)
            return dx + dy

        return x + y, backward


def compiled():
    bk.utils.set_random_seed(0)
    model = bk.Sequential([layers.Input((4,)), Residual(4, name="block"), layers.Dense(1)])
    model.compile("adam", "mse")
    return model


def data():
    x = np.random.default_rng(0).standard_normal((64, 4)).astype(np.float32)
    return x, x[:, :1]


def test_weights_are_built_and_counted():
    model = compiled()
    block = model.layers[0]
    assert [v.path.split("/", 1)[1] for v in block.weights] == [
        f"block/{layer.name}/{name}"
        for layer in (block.dense, *block.after)
        for name in ("kernel", "bias")
    ]
    assert block.count_params() == 3 * (16 + 4)
    assert len(model.trainable_weights) == 8
    assert len(block.losses) == 1


def test_they_are_trained():
    model = compiled()
    before = model.get_weights()
    losses = model.fit(*data(), epochs=60, verbose=0).history["loss"]
    assert losses[-1] < 0.5 * losses[0]
    assert not any(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


def test_gradients():
    model = compiled()
    block, (x, _) = model.layers[0], data()
    y, backward = block.run(x)
    dy = np.ones_like(y)
    backward(dy)
    kernel = block.after[0].kernel
    gradient, values = kernel.grad[1, 2], kernel.numpy()
    sums = []
    for step in (1e-2, -1e-2):
        changed = values.copy()
        changed[1, 2] += step
        kernel.assign(changed)
        sums.append(block(x).astype(np.float64).sum())
    assert gradient == pytest.approx((sums[0] - sums[1]) / 2e-2, rel=1e-3)


def test_they_are_frozen():
    model = compiled()
    model.layers[0].trainable = False
    assert len(model.trainable_weights) == 2
    before = model.layers[0].get_weights()
    model.compile("adam", "mse")
    model.fit(*data(), verbose=0)
    for a, b in zip(before, model.layers[0].get_weights(), strict=True):
        assert np.array_equal(a, b)
    assert not model.layers[0].has_trainable


@pytest.mark.parametrize("name", ["m.safetensors", "m.keras"])
def test_they_are_saved_and_go_on_with_the_same_bits(name, tmp_path):
    if name.endswith(".keras"):
        pytest.importorskip("h5py")
    model = compiled()
    model.fit(*data(), verbose=0)
    model.save(tmp_path / name)
    loaded = bk.models.load_model(tmp_path / name)
    for one in (model, loaded):
        one.fit(*data(), epochs=2, verbose=0)
    for a, b in zip(model.get_weights(), loaded.get_weights(), strict=True):
        assert np.array_equal(a, b)


def test_weights_alone(tmp_path):
    model, other = compiled(), compiled()
    model.fit(*data(), verbose=0)
    model.save_weights(tmp_path / "m.safetensors")
    other.load_weights(tmp_path / "m.safetensors")
    for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
        assert np.array_equal(a, b)


def test_attributes_replaced_or_taken_away():
    block = Residual(4)
    block.dense = layers.Dense(4, use_bias=False)
    block.after = []
    block.build((None, 4))
    block.ensure_built((None, 4))
    block(np.ones((2, 4)))
    assert len(block.weights) == 1


def test_a_model_within_a_layer():
    class Wrapped(layers.Layer):
        def __init__(self):
            super().__init__()
            self.inner = bk.Sequential([layers.Dense(3), layers.Dense(4)])

        def forward(self, x, training=False):
            return self.inner.run(x, training)

    model = bk.Sequential([layers.Input((4,)), Wrapped()])
    assert len(model.weights) == 4
    model.compile("sgd", "mse")
    before = model.get_weights()
    model.fit(np.ones((8, 4)), np.zeros((8, 4)), verbose=0)
    assert not np.array_equal(before[0], model.get_weights()[0])


def test_super_init_comes_first():
    class Early(layers.Layer):
        def __init__(self):
            self.dense = layers.Dense(2)
            super().__init__()

    with pytest.raises(RuntimeError, match=r"\[Early\] call super\(\).__init__\(\) first"):
        Early()
