"""Every built-in layer, with its main arguments, and the shape of a sample for it."""

import numpy as np

from brisknet import layers

CASES = [
    (lambda: layers.Activation("tanh"), (2,)),
    (lambda: layers.ActivityRegularization(l1=0.1), (2,)),
    (lambda: layers.AlphaDropout(0.5), (2,)),
    (lambda: layers.BatchNormalization(), (5,)),
    (lambda: layers.BatchNormalization(axis=1, center=False), (5, 2)),
    (lambda: layers.BatchNormalization(scale=False, epsilon=0.1), (3, 5)),
    (lambda: layers.Dense(1), (1,)),
    (lambda: layers.Dense(4, use_bias=False), (3,)),
    (lambda: layers.Dense(4, activation="relu"), (2, 1, 3)),
    (lambda: layers.Dropout(0.5), (2,)),
    (lambda: layers.ELU(0.5), (4,)),
    (lambda: layers.Embedding(10, 3), (5,)),
    (lambda: layers.Flatten(), (3,)),
    (lambda: layers.Flatten(), (2, 3, 4)),
    (lambda: layers.Flatten("channels_first"), (2, 3, 4)),
    (lambda: layers.GaussianDropout(0.5), (2,)),
    (lambda: layers.GaussianNoise(0.5), (2,)),
    (layers.Identity, (2,)),
    (lambda: layers.Identity(activity_regularizer="l2"), (2,)),
    (lambda: layers.LayerNormalization(), (5,)),
    (lambda: layers.LayerNormalization(axis=1, scale=False), (5, 2)),
    (lambda: layers.LayerNormalization(axis=[1, 3], center=False, epsilon=0.1), (3, 2, 4)),
    (lambda: layers.LeakyReLU(0.1), (4,)),
    (lambda: layers.Normalization(), (4,)),
    (lambda: layers.Normalization(axis=(1, 3)), (2, 3, 4)),
    (lambda: layers.Normalization(axis=None, mean=2.0, variance=9.0), (4,)),
    (lambda: layers.Normalization(mean=[1, 2], variance=[0, 4]), (3, 2)),
    (lambda: layers.Normalization(mean=[1, 2], variance=[0, 4], invert=True), (3, 2)),
    (lambda: layers.PReLU(), (3,)),
    (lambda: layers.PReLU(shared_axes=[1, 3]), (2, 3, 4)),
    (lambda: layers.Permute((1,)), (3,)),
    (lambda: layers.Permute((3, 1, 2)), (2, 3, 4)),
    (lambda: layers.RMSNormalization(), (5,)),
    (lambda: layers.RMSNormalization(axis=[1, 2], epsilon=0.1), (5, 2)),
    (lambda: layers.ReLU(), (9,)),
    (lambda: layers.ReLU(max_value=2), (9,)),
    (lambda: layers.ReLU(max_value=2, negative_slope=0.25, threshold=0.5), (9,)),
    (lambda: layers.ReLU(threshold=1.0), (9,)),
    (lambda: layers.RepeatVector(3), (2,)),
    (lambda: layers.Rescaling(0.5, offset=-1), (3,)),
    (lambda: layers.Rescaling([1, 2, 3], offset=[[1], [2]]), (2, 3)),
    (lambda: layers.Reshape((2, 6)), (3, 4)),
    (lambda: layers.Reshape((-1, 2)), (3, 4)),
    (lambda: layers.Softmax(), (4,)),
    (lambda: layers.Softmax(1), (2, 3)),
    (lambda: layers.Softmax([1, 3]), (2, 3, 4)),
    (lambda: layers.UnitNormalization(), (5,)),
    (lambda: layers.UnitNormalization([1, 2]), (5, 2)),
]

CLASSES = [
    cls
    for cls in map(vars(layers).get, layers.__all__)
    if isinstance(cls, type) and issubclass(cls, layers.Layer) and cls is not layers.Layer
]
IDS = [type(make()).__name__ for make, _ in CASES]


def inputs(layer, sample_shape, samples=7, seed=1):
    """A batch for the layer: normal random numbers, or integers for an Embedding."""
    rng = np.random.default_rng(seed)
    shape = (samples, *sample_shape)
    if isinstance(layer, layers.Embedding):
        return rng.integers(0, layer.input_dim, shape).astype(np.float32)
    return rng.normal(0, 3, shape).astype(np.float32)
