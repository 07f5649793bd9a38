"""What a layer holds in lists, dicts and tuples, beside real Keras: order, names in files."""

import numpy as np
import pytest

pytest.importorskip("h5py")

import brisknet as bk
from oracle import keras


def held(package):
    """A layer of either package whose attributes hold others in every way."""

    class Held(package.layers.Layer):
        def __init__(self):
            super().__init__()
            dense = package.layers.Dense
            self.blocks = []
            self.norms = []
            self._table = {"x": [dense(4)], "y": dense(4)}
            self.out = dense(4)
            for _ in range(2):
                self.blocks.append(dense(4))
                self.norms.append(package.layers.LayerNormalization())
            self.blocks.append(package.layers.Dropout(0.1))
            self.blocks.append((dense(4), [dense(4)]))
            self.alias = self.out
            self.w = package.Variable(np.ones(4), name="w")
            self.ws = [package.Variable(np.ones(1), trainable=False, name="nt")]
            self.ws.append(package.Variable(np.full(4, 2.0), name="t"))

        def parts(self):
            first, second, drop, (third, (fourth,)) = self.blocks
            more = (self._table["x"][0], self._table["y"], self.out)
            return (first, self.norms[0], second, self.norms[1], drop, third, fourth, *more)

        def compute_output_shape(self, input_shape):
            return input_shape

        if package is keras:

            def call(self, x):
                for part in self.parts():
                    x = part(x)
                return x * self.w + self.ws[1]

        else:

            def forward(self, x):
                for part in self.parts():
                    x = part(x)
                return x * self.w.value + self.ws[1].value, lambda dy: dy

    model = package.Sequential([package.Input((4,)), Held(), package.layers.Dense(2)])
    rng = np.random.default_rng(0)
    model.set_weights([rng.standard_normal(v.shape).astype("f4") for v in model.weights])
    return model


def test_weights_have_the_same_order():
    ours, theirs = held(bk), held(keras)
    for name in ("weights", "trainable_weights", "non_trainable_weights"):
        shapes, expected = (
            [(v.name, tuple(v.shape)) for v in getattr(m, name)] for m in (ours, theirs)
        )
        assert shapes == expected
    x = rng_input()
    np.testing.assert_allclose(ours.predict(x, verbose=0), theirs.predict(x, verbose=0), rtol=1e-4)


def test_files_have_the_same_names(tmp_path):
    import h5py

    names = []
    for package in (bk, keras):
        held(package).save_weights(tmp_path / "m.weights.h5")
        with h5py.File(tmp_path / "m.weights.h5") as file:
            found = []
            file.visititems(
                lambda name, item, found=found: (
                    found.append((name, item.shape)) if isinstance(item, h5py.Dataset) else None
                )
            )
        names.append(sorted(n for n in found if "seed_generator" not in n[0]))
    assert names[0] == names[1]
    assert "layers/held/blocks/container/container/dense/vars/0" in dict(names[0])


@pytest.mark.parametrize(("a", "b"), [(bk, keras), (keras, bk)])
def test_files_load_in_the_other(a, b, tmp_path):
    one, other = held(a), held(b)
    other.set_weights([np.zeros(v.shape, "f4") for v in other.weights])
    one.save_weights(tmp_path / "m.weights.h5")
    other.load_weights(tmp_path / "m.weights.h5")
    for v, w in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(v, w)


def rng_input():
    return np.random.default_rng(1).standard_normal((8, 4)).astype(np.float32)
