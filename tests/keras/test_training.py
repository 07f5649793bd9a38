"""Random models trained beside real Keras: outputs, logs, weights."""

import collections

import numpy as np
import pytest

import brisknet
from brisknet import activations
from oracle import OPTIMIZERS, RNG, close, keras

NAMES = sorted(
    set(activations.__all__) - {"deserialize", "get", "serialize", "glu", "sparsemax", "threshold"}
)


def random_layers(rng, outputs, activation, dropout, most=4, spread=False):
    """An input shape, and (class, arguments) of layers that turn it into (outputs,).

    With `spread` the outputs keep another axis before the last.
    """
    shape = [(5,), (4, 3), (2, 3, 2)][rng.integers(3)]
    if spread and len(shape) == 1:
        shape = (4, 3)
    input_shape, layers = shape, []
    smooth = [n for n in NAMES if n not in ("softmax", "log_softmax")]
    for _ in range(rng.integers(1, most + 1)):
        kind = rng.choice(["Dense", "Activation", "Dropout", "Flatten", "Reshape", "Rescaling"])
        if kind == "Dense":
            units = int(rng.integers(3, 9))
            bias = bool(rng.integers(2))
            layers.append(
                (kind, {"units": units, "activation": rng.choice(smooth), "use_bias": bias})
            )
            shape = (*shape[:-1], units)
        elif kind == "Activation":
            layers.append((kind, {"activation": str(rng.choice(NAMES))}))
        elif kind == "Dropout":
            layers.append((kind, {"rate": dropout}))
        elif kind == "Rescaling":
            layers.append((kind, {"scale": 0.5, "offset": float(rng.integers(-1, 2))}))
        elif not spread:
            size = int(np.prod(shape))
            if kind == "Flatten":
                layers.append((kind, {}))
                shape = (size,)
            else:
                rows = 2 if size % 2 == 0 else 1
                target = (rows, -1) if rng.integers(2) else (size,)
                layers.append((kind, {"target_shape": target}))
                shape = tuple(size // rows if a == -1 else a for a in target)
    if len(shape) > 1 and not spread:
        layers.append(("Flatten", {}))
    layers.append(("Dense", {"units": outputs, "activation": activation}))
    return input_shape, layers


def built(module, input_shape, layers, given):
    """The model, its input shape given by an Input, an InputLayer or to the first layer."""
    made = [getattr(module.layers, kind)(**arguments) for kind, arguments in layers]
    for layer in made:  # drawing weights that are replaced takes Keras long
        if hasattr(layer, "kernel_initializer"):
            layer.kernel_initializer = module.initializers.Zeros()
    if given == "Input":
        return module.Sequential([module.Input(input_shape), *made])
    if given == "InputLayer":
        return module.Sequential([module.layers.InputLayer(shape=input_shape), *made])
    model = module.Sequential()
    for layer in made:
        model.add(layer)
    model.build((None, *input_shape))
    return model


def pair_of_models(rng, monkeypatch, *arguments, **more):
    """The same model in brisknet and in Keras, with the same weights."""
    monkeypatch.setattr(brisknet.names.automatic, "_counts", collections.Counter())
    keras.utils.clear_session()
    input_shape, layers = random_layers(rng, *arguments, **more)
    given = str(rng.choice(["Input", "InputLayer", "build"]))
    ours, theirs = (built(module, input_shape, layers, given) for module in (brisknet, keras))
    weights = [rng.standard_normal(w.shape) / w.shape[0] ** 0.5 for w in theirs.get_weights()]
    ours.set_weights(weights)
    theirs.set_weights(weights)
    return ours, theirs


def roundings_of(model):
    """Of the longest chain of sums through the model: n of them, independent, make 4 sqrt(n)."""
    chain = (16 + max((v.shape[0] for v in layer.weights), default=0) for layer in model.layers)
    return 4 * sum(chain) ** 0.5


def close_outputs(got, expected, model, factor=1):
    largest = max(1, *(np.abs(w).max() for w in model.get_weights()))
    close(got, expected, max(largest, np.abs(expected).max()), factor * roundings_of(model))


@pytest.mark.parametrize("seed", range(12))
def test_model(monkeypatch, seed):
    """Structure and prediction of random models."""
    rng = np.random.default_rng(seed)
    ours, theirs = pair_of_models(rng, monkeypatch, 3, "softmax", 0.5, spread=seed % 3 == 2)
    assert ours.name == theirs.name
    assert (ours.input_shape, ours.output_shape) == (theirs.input_shape, theirs.output_shape)
    assert ours.count_params() == theirs.count_params()
    for a, b in zip(ours.layers, theirs.layers, strict=True):
        assert (a.name, type(a).__name__) == (b.name, type(b).__name__)
        assert a.count_params() == b.count_params()
        assert [v.name for v in a.weights] == [v.name for v in b.weights]
        assert a.built == b.built
        assert ours.get_layer(a.name) is a
        assert b is theirs.get_layer(a.name)
    shape = (None, *ours.input_shape[1:])
    assert ours.compute_output_shape(shape) == theirs.compute_output_shape(shape)
    for group in (
        "weights",
        "trainable_variables",
        "trainable_weights",
    ):  # variables: random states
        a, b = getattr(ours, group), getattr(theirs, group)
        assert [v.name for v in a] == [v.name for v in b]
    ours.layers[-1].trainable = theirs.layers[-1].trainable = False
    for group in ("trainable_weights", "non_trainable_weights"):
        a, b = getattr(ours, group), getattr(theirs, group)
        assert [v.shape for v in a] == [v.shape for v in b]
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)

    x = 3 * rng.standard_normal((8, *ours.input_shape[1:]))
    x = x.astype([np.float32, np.float64, np.int64, np.uint8][seed % 4])
    expected = theirs.predict(x, verbose=0, batch_size=4)
    for got in (
        ours.predict(x, verbose=0, batch_size=3),
        ours.predict_on_batch(x),
        ours(x),
    ):
        assert (type(got), got.dtype) == (type(expected), expected.dtype)
        close_outputs(got, expected, ours)


def test_layer_outputs():
    """Layers on their own, among them those for which a shape matters."""
    x = RNG.standard_normal((4, 2, 3), np.float32)
    for kind, arguments in [
        ("Flatten", {}),
        ("Reshape", {"target_shape": (3, 2)}),
        ("Reshape", {"target_shape": (-1,)}),
        ("Reshape", {"target_shape": [1, -1, 2]}),
        ("Rescaling", {"scale": 2}),
        ("Rescaling", {"scale": [1, 2, 3], "offset": [0.5, 1, 0]}),
        ("Activation", {"activation": None}),
        ("Activation", {"activation": "swish"}),
        ("Dropout", {"rate": 0}),
        ("Dense", {"units": 2, "kernel_initializer": "ones", "bias_initializer": "ones"}),
    ]:
        ours, theirs = (getattr(module.layers, kind)(**arguments) for module in (brisknet, keras))
        expected = np.asarray(theirs(x))
        close(ours(x), expected, np.abs(expected).max(), 16)
        assert ours.compute_output_shape((None, 2, 3)) == theirs.compute_output_shape((None, 2, 3))
    np.testing.assert_array_equal(
        brisknet.layers.Flatten()(x[:, 0, 0]), keras.layers.Flatten()(x[:, 0, 0])
    )


TRAINED = [
    # loss, its output activation, the kind of target
    ("mean_squared_error", "tanh", "numbers"),
    ("mae", "linear", "numbers"),
    ("binary_crossentropy", "sigmoid", "binary"),
    (("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.1}), "linear", "binary"),
    ("categorical_crossentropy", "softmax", "one-hot"),
    (("CategoricalCrossentropy", {"label_smoothing": 0.2}), "softmax", "one-hot"),
    ("sparse_categorical_crossentropy", "softmax", "classes"),
    (("SparseCategoricalCrossentropy", {"from_logits": True}), "linear", "classes"),
    (("SparseCategoricalCrossentropy", {"ignore_class": 1}), "softmax", "classes"),
    (("MeanSquaredError", {"reduction": "sum"}), "linear", "numbers"),
    (("BinaryCrossentropy", {"reduction": "mean_with_sample_weight"}), "sigmoid", "binary"),
]


def targets_for(rng, kind, n, outputs):
    if kind == "numbers":
        return rng.standard_normal((n, outputs))
    if kind == "binary":
        return rng.integers(0, 2, (n, outputs))
    classes = rng.integers(0, outputs, n)
    return (
        np.eye(outputs)[classes]
        if kind == "one-hot"
        else classes.reshape((n, 1)[: rng.integers(1, 3)])
    )


def loss_of(module, loss):
    return loss if isinstance(loss, str) else getattr(module.losses, loss[0])(**loss[1])


def close_logs(got, expected, model, factor):
    assert list(got) == list(expected)
    for name in got:
        assert type(got[name]) is type(expected[name])
        a, b = np.asarray(got[name]), np.asarray(expected[name])
        close(a, b, np.maximum(1, np.abs(b)), factor * roundings_of(model))


@pytest.mark.parametrize("case", range(14))
def test_training(monkeypatch, case):
    """Weights, history and evaluation after some epochs of random models.

    Each step adds the roundings of its chain to those of the steps before it, as they are
    independent by the root of their number.
    """
    rng = np.random.default_rng(100 + case)
    loss, activation, kind = TRAINED[case % len(TRAINED)]
    name, arguments = OPTIMIZERS[case % len(OPTIMIZERS)]
    outputs = int(rng.integers(1, 3)) if kind in ("numbers", "binary") else 3
    ours, theirs = pair_of_models(rng, monkeypatch, outputs, activation, 0.0, most=2)
    n = 18 if case % 4 == 1 else 16  # Keras compiles a step for each size of a batch, here 4 and 2
    x = rng.standard_normal((n, *ours.input_shape[1:]))
    y = targets_for(rng, kind, n, outputs)
    weight = rng.random(n)
    measured = ["accuracy", "mse"] if kind in ("numbers", "binary") else ["acc"]
    for module, model in ((brisknet, ours), (keras, theirs)):
        model.compile(
            getattr(module.optimizers, name)(**arguments),
            loss_of(module, loss),
            metrics=measured if case % 4 else None,
            weighted_metrics=measured[:1] if case % 3 == 0 else None,
        )
        assert model.loss == loss or not isinstance(loss, str)

    given = {"epochs": 3, "batch_size": 4, "shuffle": False, "verbose": 0}
    weighted = {}  # all with weights or all without, for the same reason
    if case % 3 == 0:
        weighted = {"sample_weight": weight}
        given |= {"validation_split": 0.25} | weighted
    elif case % 3 == 1 and kind != "numbers":
        weighted = {"sample_weight": weight}
        given |= {"validation_data": (x[:8], y[:8], weight[:8])}
        given |= {"class_weight": {0: 2.0, 2: 0.5}}
    elif case % 3 == 1:
        given |= {"batch_size": 8, "validation_data": (x[:8], y[:8]), "validation_batch_size": 4}
    if case % 5 == 4:
        given |= {"initial_epoch": 1, "validation_freq": [3]}

    got, expected = (model.fit(x, y, **given) for model in (ours, theirs))
    factor = (3 * n / 4) ** 0.5
    assert (got.epoch, got.params) == (expected.epoch, expected.params)
    assert ours.history is got
    close_logs(got.history, expected.history, ours, factor)
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        close(a, b, max(1, np.abs(b).max()), factor * roundings_of(ours))
    assert ours.optimizer.iterations == int(theirs.optimizer.iterations)

    few = (x[:4], y[:4], *(w[:4] for w in weighted.values()))
    for returns_dict in (True, False):
        results = []
        for model in (ours, theirs):
            evaluated = model.evaluate(
                x, y, batch_size=4, verbose=0, return_dict=returns_dict, **weighted
            )
            on_batch = [
                getattr(model, method)(*few, return_dict=returns_dict)
                for method in ("train_on_batch", "train_on_batch", "test_on_batch")
            ]
            results.append([evaluated, *on_batch])
        for got, expected in zip(*results, strict=True):
            assert type(got) is type(expected)
            if returns_dict:
                close_logs(got, expected, ours, 2 * factor)
            elif case % 3:  # of metrics of the same name, Keras lists one value twice
                close_logs({"": got}, {"": expected}, ours, 2 * factor)
