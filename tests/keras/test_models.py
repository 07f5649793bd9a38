"""Random models beside real Keras's: predictions, evaluation, and weights after steps."""

import numpy as np
import pytest

import brisknet
from oracle import keras

ACTIVATIONS = "linear elu gelu selu sigmoid silu softplus softsign tanh mish softmax".split()
LOSSES = {  # by the last layer's activation
    "linear": ["mean_squared_error", "log_cosh", "huber"],
    "sigmoid": ["binary_crossentropy", "mean_squared_error"],
    "softmax": ["categorical_crossentropy", "sparse_categorical_crossentropy", "kl_divergence"],
}
OPTIMIZERS = [
    ("SGD", {"learning_rate": 0.0625, "momentum": 0.5, "nesterov": True}),
    ("RMSprop", {"learning_rate": 0.0078125, "epsilon": 0.015625}),
    ("Adam", {"learning_rate": 0.0078125, "epsilon": 0.015625, "clipnorm": 1.0}),
    ("AdamW", {"learning_rate": 0.0078125, "epsilon": 0.015625}),
    ("Nadam", {"learning_rate": 0.0078125, "epsilon": 0.015625}),
    ("Adagrad", {"learning_rate": 0.03125, "epsilon": 0.015625}),
]


def hidden_layers(rng):
    """Layers as (class, arguments), or a list of them for a model within the model."""
    layers, size = [], 6
    if rng.random() < 0.2:
        layers += [("Embedding", {"input_dim": 5, "output_dim": 4}), ("Flatten", {})]
        size = 24
    for _ in range(rng.integers(1, 6)):
        kind = rng.integers(8)
        if kind < 3:
            size = int(rng.integers(2, 12))
            arguments = {"units": size, "activation": str(rng.choice(ACTIVATIONS))}
            if rng.random() < 0.4:
                arguments |= {"kernel_regularizer": str(rng.choice(["l1", "l2"]))}
            if rng.random() < 0.3:
                arguments |= {"kernel_constraint": "max_norm", "bias_regularizer": "l2"}
            if rng.random() < 0.3:
                arguments |= {"use_bias": False}
            layers.append(("Dense", arguments))
        elif kind == 3:
            names = ["BatchNormalization", "LayerNormalization", "RMSNormalization"]
            layers.append((str(rng.choice([*names, "UnitNormalization"])), {}))
        elif kind == 4:
            layers.append((str(rng.choice(["ELU", "LeakyReLU", "PReLU", "Softmax"])), {}))
        elif kind == 5:
            layers.append(("Rescaling", {"scale": 0.5, "offset": 0.25}))
        elif kind == 6:
            layers.append(("RepeatVector", {"n": 3}))
            layers.append(("Permute", {"dims": [2, 1]}))
            layers.append(("Reshape", {"target_shape": [-1]}))
            size *= 3
        else:
            layers.append([("Dense", {"units": size, "activation": "tanh"}), ("Identity", {})])
    return layers


def made(library, layers):
    return [
        library.Sequential(made(library, layer))
        if isinstance(layer, list)
        else getattr(library.layers, layer[0])(**layer[1])
        for layer in layers
    ]


def close(got, expected, steps):
    """A few roundings, which each step's gradients carry on."""
    for a, b in zip(got, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=5e-5 * (1 + steps), atol=1e-5 * (1 + steps))


@pytest.mark.parametrize("seed", range(8))
def test_random_models(seed):
    rng = np.random.default_rng(seed)
    last = str(rng.choice([*LOSSES]))
    layers = [*hidden_layers(rng), ("Dense", {"units": 3, "activation": last})]
    loss, (name, arguments) = (
        str(rng.choice(LOSSES[last])),
        OPTIMIZERS[rng.integers(len(OPTIMIZERS))],
    )
    embeds = layers[0][0] == "Embedding"
    x = rng.integers(0, 5, (40, 6)) if embeds else rng.standard_normal((40, 6))
    x = x.astype(np.float32)
    labels = rng.integers(0, 3, 40)
    y = labels if loss.startswith("sparse") else np.eye(3, dtype=np.float32)[labels]
    weight = rng.uniform(0.5, 2, 40).astype(np.float32) if rng.random() < 0.5 else None
    models = []
    for library in (brisknet, keras):
        model = library.Sequential([library.Input((6,)), *made(library, layers)])
        model.compile(
            optimizer=getattr(library.optimizers, name)(**arguments),
            loss=loss,
            metrics=["accuracy"],
            weighted_metrics=["mse"] if y.ndim == 2 else [],
        )
        models.append(model)
    ours, theirs = models
    ours.set_weights(theirs.get_weights())
    close([ours.predict(x, verbose=0)], [theirs.predict(x, verbose=0)], 0)
    for steps in (0, 3, 6):
        for _ in range(3 if steps == 3 else 0):
            for model in models:
                model.train_on_batch(x[:16], y[:16], None if weight is None else weight[:16])
        if steps == 6:
            for model in models:
                model.fit(x, y, 16, shuffle=False, sample_weight=weight, verbose=0)
        close(ours.get_weights(), theirs.get_weights(), steps)
        got, expected = (
            m.evaluate(x, y, 16, sample_weight=weight, verbose=0, return_dict=True) for m in models
        )
        assert set(got) == set(expected)
        close([got[k] for k in sorted(got)], [expected[k] for k in sorted(got)], steps)


def test_summary(monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    cells = []
    for module in (brisknet, keras):
        layers, texts = module.layers, []
        inner = module.Sequential([layers.Dense(3, name="a"), layers.Dense(4, name="b")], name="i")
        model = module.Sequential(
            [layers.Input((4,)), inner, layers.ReLU(name="r"), layers.Dense(1, name="d")], name="m"
        )
        inner.layers[0].trainable = False
        model.compile("adam", "mse")
        model.fit(np.ones((2, 4)), np.ones((2, 1)), verbose=0)
        for more in ({}, {"expand_nested": True}, {"layer_range": ["r", "d"]}):
            model.summary(90, print_fn=texts.append, show_trainable=True, **more)
        lines = [line for text in texts for line in text.splitlines()]
        rows = [[c.strip() for c in line.split("│")[1:-1]] for line in lines if "│" in line]
        totals = [line.strip() for line in lines if "params" in line]
        cells.append((rows, totals, {len(line) for line in lines if "│" in line}))
    assert cells[0] == cells[1]


def test_sequences_and_norms():
    sequences = [[1], [2, 3], [4, 5, 6]]
    for more in ({}, {"maxlen": 2}, {"maxlen": 4, "padding": "post", "truncating": "post"}):
        ours, theirs = (m.utils.pad_sequences(sequences, **more) for m in (brisknet, keras))
        assert ours.dtype == theirs.dtype
        assert np.array_equal(ours, theirs)
    x = np.random.default_rng(0).standard_normal((3, 4, 5))
    for axis, order in ((-1, 2), (1, 1), (2, 3)):  # Keras takes axis 0 for the last
        ours, theirs = (m.utils.normalize(x, axis, order) for m in (brisknet, keras))
        np.testing.assert_allclose(ours, theirs, rtol=1e-14)


def test_clone_model():
    clones = []
    for module in (brisknet, keras):
        model = module.Sequential([module.layers.Input((4,)), module.layers.Dense(1, name="d")])
        model.compile("sgd", "mse")
        clone = module.models.clone_model(model)
        clones.append((clone.layers[0].name, clone.compiled, clone.output_shape))
        assert clone.name == model.name
    assert clones[0] == clones[1]
