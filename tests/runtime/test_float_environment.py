"""What the host has set for NumPy's floating-point errors has no effect on brisknet's numbers."""

import contextlib
import inspect
import warnings

import numpy as np
import pytest

import brisknet as bn
from brisknet import (
    activations,
    constraints,
    initializers,
    layers,
    losses,
    metrics,
    ops,
    optimizers,
    regularizers,
)

HUGE, TINY = np.float32(3e38), np.float32(1e-40)
X = np.random.default_rng(0).standard_normal((24, 5)).astype(np.float32)
X[0], X[1], X[2], X[3, ::2] = 0, TINY, HUGE, -HUGE
X64 = X.astype(np.float64) * 1e10  # too large for float32
EXTREME = X.copy()
EXTREME[4], EXTREME[5, 0] = np.inf, np.nan
LABELS = np.arange(24) % 5


@pytest.fixture(params=["raise", "warn"], autouse=True)
def host(request):
    """Settings by which an error in NumPy raises: itself, or as a warning that is an error."""
    with np.errstate(all=request.param), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of ours, about the numbers
        warnings.simplefilter("error", RuntimeWarning)
        before = np.geterr()
        yield
        assert np.geterr() == before


def classes(module, base, *without):
    return [
        cls
        for _, cls in inspect.getmembers(module, inspect.isclass)
        if issubclass(cls, base) and cls is not base and cls.__name__ not in without
    ]


def made(cls):
    """An object of the class, by the first arguments that it takes."""
    for arguments in ((), (3,), (0.5,), (-1,), (3, 0.5), (5, 3), ("tanh",)):
        try:
            return cls(*arguments)
        except (TypeError, ValueError):
            pass
    raise AssertionError(f"no arguments for {cls.__name__}")


def use(*model_layers, loss="mse", y=X[:, :2], **compiled):
    """All that a model does, with numbers that overflow, vanish and are undefined."""
    model = bn.Sequential([layers.Input((5,)), *model_layers])
    model.compile(**{"optimizer": "adam", "loss": loss, **compiled})
    for x in (X, X64):
        model.fit(x, y, epochs=2, verbose=0, batch_size=8, validation_data=(x, y))
        model.train_on_batch(x, y)
        model.test_on_batch(x, y)
        model.evaluate(x, y, verbose=0)
        model.predict(x, verbose=0)
        model.predict(x, verbose=0, batch_size=5)
        model.predict(x[2:3], verbose=0)
        model.predict_on_batch(x)
    return model


LAYERS = classes(layers, layers.Layer, "Embedding", "RepeatVector", "Permute", "Reshape")


@pytest.mark.parametrize("cls", LAYERS, ids=lambda cls: cls.__name__)
def test_layers(cls):
    layer = made(cls)
    for x in (X, X64, EXTREME):
        layer(x)
        layer(x, training=True)
    use(layers.Dense(5), made(cls), layers.Dense(2, activity_regularizer="l1_l2"))


ACTIVATIONS = [
    name
    for name in activations.__all__
    if name not in ("deserialize", "get", "glu", "serialize", "threshold")
]


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(name):
    for x in (X, X64, EXTREME):
        getattr(ops, name, getattr(activations, name))(x)
    use(layers.Dense(4, activation=name), layers.Dense(2))


LOSSES = classes(losses, losses.Loss, "CategoricalGeneralizedCrossEntropy")


@pytest.mark.parametrize("cls", LOSSES, ids=lambda cls: cls.__name__)
@pytest.mark.parametrize("weight", [None, 1e-44, 3e38, 1e300])
def test_losses(cls, weight):
    loss = made(cls)
    weight = None if weight is None else np.full(24, weight)
    sparse = "Sparse" in cls.__name__
    for x in (X, X64, np.abs(X), EXTREME):
        loss(LABELS if sparse else x, x, sample_weight=weight)
        loss(LABELS if sparse else np.float32(x > 0), x, sample_weight=weight)
    y = LABELS if sparse else X
    model = use(layers.Dense(5), loss=loss, y=y)
    model.fit(X, y, sample_weight=weight, verbose=0)
    use(layers.Dense(5, "softmax"), loss=loss, y=LABELS if sparse else np.float32(X > 0))


METRICS = classes(metrics, metrics.Metric, "MeanMetricWrapper", "Mean", "Sum", "IoU", "OneHotIoU")


@pytest.mark.parametrize("cls", METRICS, ids=lambda cls: cls.__name__)
@pytest.mark.parametrize("weight", [None, 1e-44, 3e38])
def test_metrics(cls, weight):
    weight = None if weight is None else np.full(24, weight)
    sparse = "Sparse" in cls.__name__
    metric = made(cls)
    for x in (X, X64, np.abs(X), EXTREME):
        if cls.__name__.startswith("OneHot"):
            metric.update_state(np.eye(5)[LABELS], x)
        else:
            metric.update_state(LABELS if sparse else np.float32(x > 0), x, sample_weight=weight)
        metric.result()
    if not cls.__name__.startswith("OneHot"):
        y, loss = (LABELS, "sparse_categorical_crossentropy") if sparse else (X, "mse")
        use(layers.Dense(5), loss=loss, y=y, metrics=[made(cls)], weighted_metrics=[made(cls)])


@pytest.mark.parametrize("cls", classes(optimizers, optimizers.Optimizer), ids=lambda c: c.__name__)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"learning_rate": 1e30},
        {"learning_rate": 1e-44},
        {"clipnorm": 1e-30},
        {"global_clipnorm": 1.0},
        {"weight_decay": 0.1},
        {"use_ema": True},
        {"gradient_accumulation_steps": 2},
    ],
    ids=str,
)
def test_optimizers(cls, options):
    use(
        layers.Dense(5, kernel_regularizer="l1_l2", kernel_constraint=constraints.MaxNorm(1.0)),
        layers.BatchNormalization(),
        layers.Dense(2, kernel_regularizer="orthogonal_regularizer", kernel_constraint="unit_norm"),
        optimizer=cls(**options),
        metrics=["mae", "cosine_similarity"],
    )


@pytest.mark.parametrize(
    "cls",
    classes(regularizers, regularizers.Regularizer) + classes(constraints, constraints.Constraint),
    ids=lambda cls: cls.__name__,
)
def test_regularizers_and_constraints(cls):
    for x in (X, X64, EXTREME, np.zeros_like(X)):
        made(cls)(x)


@pytest.mark.parametrize("value", [1e300, 1e-300])
def test_initializers(value):
    for cls in (initializers.Constant, initializers.Identity, initializers.Orthogonal):
        cls(value)((5, 5))
    initializers.RandomNormal(stddev=value)((5, 5))
    initializers.RandomUniform(-value, value)((5, 5))


def test_what_else_computes_in_numpy():
    for x in (X, X64, EXTREME):
        bn.utils.normalize(x)
        normalization = layers.Normalization()
        normalization.adapt(x)
        normalization(x)
    model = bn.Sequential([layers.Input((5,)), layers.Dense(2)])
    model.set_weights([np.full((5, 2), 1e300), np.full(2, 1e-300)])
    model.layers[0].bias.assign([1e-300, 1e300])
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(X, LABELS % 2, class_weight={0: 1e-300, 1: 1e300}, verbose=0)
    model.fit(X, LABELS % 2, validation_split=0.3, verbose=0)


def test_estimators():
    pytest.importorskip("sklearn")
    from brisknet.sklearn import MLPClassifier, MLPRegressor

    x = np.clip(X, -1, 1)
    for options in ({}, {"early_stopping": True}, {"solver": "lbfgs"}, {"alpha": 1e-300}):
        regressor = MLPRegressor(max_iter=3, batch_size=8, **options).fit(x, x[:, 0])
        classifier = MLPClassifier(max_iter=3, batch_size=8, **options).fit(x, LABELS)
        for rows in (x, X):
            regressor.predict(rows)
            classifier.predict(rows)
            classifier.predict_proba(rows)
            classifier.predict_log_proba(rows)
            classifier.score(rows, LABELS)
        with contextlib.suppress(ValueError):  # "may contain large values"
            MLPRegressor(max_iter=9, learning_rate_init=1e30, **options).fit(X, X[:, 0])


def test_callbacks_and_sources_run_by_the_host_s_settings():
    seen = []
    before = np.geterr()

    class Noting(bn.callbacks.Callback):
        def on_train_begin(self, logs=None):
            seen.append(np.geterr())
            model.predict(X, verbose=0, batch_size=7)
            model.evaluate(X, X[:, :2], verbose=0)

        on_train_batch_begin = on_train_batch_end = lambda self, *_: seen.append(np.geterr())
        on_epoch_end = on_test_batch_end = on_predict_batch_end = on_train_batch_end

    def batches():
        for _ in range(3):
            seen.append(np.geterr())
            yield X, X[:, :2]

    class Source(bn.utils.PyDataset):
        def __len__(self):
            return 2

        def __getitem__(self, index):
            seen.append(np.geterr())
            return X, X[:, :2]

    model = bn.Sequential([layers.Input((5,)), layers.Dense(2)])
    model.compile("sgd", "mse")
    model.fit(batches(), verbose=0, callbacks=[Noting()])
    model.fit(Source(), verbose=0, callbacks=[Noting()], validation_data=(X, X[:, :2]))
    model.predict(batches(), verbose=0, callbacks=[Noting()])
    assert len(seen) > 20
    assert all(settings == before for settings in seen)


def test_the_settings_are_put_back_after_an_error():
    def fail(epoch, logs):
        raise ZeroDivisionError

    before = np.geterr()
    model = bn.Sequential([layers.Input((5,)), layers.Dense(2)])
    model.compile("sgd", "mse")
    failing = bn.callbacks.LambdaCallback(on_epoch_begin=fail)
    with pytest.raises(ZeroDivisionError):
        model.fit(X, X[:, :2], verbose=0, callbacks=[failing])
    assert np.geterr() == before
