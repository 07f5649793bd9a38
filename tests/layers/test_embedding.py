"""Embedding: rows of the table and their gradients."""

import numpy as np

import brisknet as bn
from brisknet import layers
from checks import numbers
from reference import U, assert_within


def test_embedding():
    layer = layers.Embedding(5, 3)
    x = np.array([[1, 4], [4, 4], [0, 1]], np.float32)
    y, backward = layer.run(x)
    table = layer.embeddings.numpy()
    assert y.tobytes() == table[x.astype(int)].tobytes()
    assert layer.compute_output_shape((None, 2)) == (None, 2, 3)
    dy = numbers(3, 2, 3)
    assert (backward(dy) == 0).all()
    expected = np.zeros((5, 3))
    np.add.at(expected, x.astype(int), dy.astype(np.float64))
    assert_within(layer.embeddings.grad, expected, 8 * U * 4)
    given = numbers(5, 3)
    for weights in (given, [given], given.tolist()):
        assert (
            layers.Embedding(5, 3, weights=weights)(x).tobytes() == given[x.astype(int)].tobytes()
        )


def test_embedding_trains():
    model = bn.Sequential(
        [layers.Embedding(6, 4), layers.Flatten(), layers.Dense(1, activation="sigmoid")]
    )
    model.compile("adam", "binary_crossentropy")
    x = np.random.default_rng(0).integers(0, 6, (200, 2))
    model.optimizer.learning_rate = 0.05
    history = model.fit(x, (x[:, 0] % 2) * 1, epochs=30, verbose=0).history["loss"]
    assert history[-1] < history[0] / 2
