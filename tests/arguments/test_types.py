"""Values of the wrong type or size in any argument: refused by name, or they work."""

import functools
import inspect
import math

import numpy as np
import pytest

import brisknet as bn
from brisknet import (
    constraints,
    initializers,
    layers,
    losses,
    metrics,
    ops,
    optimizers,
    random,
    regularizers,
    utils,
)

X = np.random.default_rng(0).random((6, 4)).astype(np.float32)
LABELS = np.arange(6) % 4
ONE_HOT = np.eye(4, dtype=np.float32)[LABELS]

ODD = [
    *(2**70, -(2**70), 2**63, 10**400, -(10**400), -1, 0, 2.5, 1j),
    *(math.nan, math.inf, -math.inf, 1e308, -1e308, 5e-324),
    *(True, None, "a", "", b"a", [], [1], (1, 2), {}, {"a": 1}, {1}, object(), ..., range(3)),
    *([math.nan], ["a"], [None], [[1], [1, 2]], (2**70,), (-1,), (10**400,), (math.inf,)),
    *(np.float32("nan"), np.int64(-1), np.uint64(2**63), np.bool_(True), np.float16(1)),
    *(np.array([1.0, 2.0]), np.array(3), np.array(["a"]), np.array([], np.float32)),
    *(np.array(None, object), np.ma.masked_array([1, 2], [0, 1]), np.datetime64("2020-01-01")),
]


def refused_or_fine(call, *context):
    message = "["
    try:
        call()
    except (TypeError, ValueError, ImportError) as error:
        message = str(error)
    except MemoryError:
        pass
    assert message.startswith("["), context


# What the arguments without a default get, by name.
GIVEN = {
    "units": 3,
    "rate": 0.3,
    "stddev": 0.3,
    "input_dim": 5,
    "output_dim": 3,
    "dims": (1,),
    "target_shape": (2, 2),
    "n": 2,
    "activation": "relu",
    "scale": 2.0,
    "num_classes": 4,
    "target_class_ids": [1],
    "q": 0.5,
    "learning_rate": 0.01,
    "initial_learning_rate": 0.1,
    "decay_steps": 10,
    "first_decay_steps": 4,
    "decay_rate": 0.5,
    "boundaries": [1],
    "values": [1.0, 0.5],
    **dict.fromkeys(["recall", "precision", "specificity", "sensitivity"], 0.5),
}
LEFT_OUT = """
Constraint Initializer InputLayer Layer LearningRateSchedule Loss MeanMetricWrapper Metric Optimizer
Regularizer STFT
""".split()


def use_layer(layer):
    x = LABELS[:, None] if isinstance(layer, layers.Embedding) else X
    layer(x)
    bn.Sequential([layer]).predict(x, verbose=0)


def use_loss(loss):
    sparse = type(loss).__name__.startswith(("Sparse", "CategoricalGeneralized"))
    loss(LABELS if sparse else ONE_HOT, X)


def use_metric(metric):
    name = type(metric).__name__
    if name in ("Mean", "Sum"):
        metric.update_state(X)
    elif name in ("IoU", "MeanIoU"):
        metric.update_state(LABELS, LABELS)
    else:
        metric.update_state(LABELS if "Sparse" in name else ONE_HOT, X)
    metric.result()


def use_optimizer(optimizer):
    model = bn.Sequential([layers.Dense(2)])
    model.compile(optimizer, "mse")
    model.fit(X, X[:, :2], verbose=0)


USES = {
    layers: use_layer,
    losses: use_loss,
    metrics: use_metric,
    optimizers: use_optimizer,
    optimizers.schedules: lambda schedule: schedule(5),
    regularizers: lambda regularizer: regularizer(X),
    constraints: lambda constraint: constraint(X),
    initializers: lambda initializer: initializer((4, 3)),
}
CLASSES = [
    (cls, use)
    for module, use in USES.items()
    for cls in dict.fromkeys(cls for _, cls in inspect.getmembers(module, inspect.isclass))
    if cls.__name__ not in LEFT_OUT and cls.__module__.startswith("brisknet.")
]


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(("cls", "use"), CLASSES, ids=lambda value: getattr(value, "__name__", ""))
def test_arguments_of_classes(cls, use):
    parameters = inspect.signature(cls).parameters.values()
    parameters = [p for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
    given = {p.name: GIVEN.get(p.name, 1) for p in parameters if p.default is p.empty}
    use(cls(**given))
    for parameter in parameters:
        for value in ODD:
            arguments = {**given, parameter.name: value}
            refused_or_fine(lambda a=arguments: use(cls(**a)), cls.__name__, parameter.name, value)


@pytest.fixture
def model():
    model = bn.Sequential([layers.Input((4,)), layers.Dense(4)])
    model.compile("sgd", losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(
    "method", ["fit", "evaluate", "predict", "train_on_batch", "test_on_batch", "predict_on_batch"]
)
def test_arguments_of_methods(model, method):
    call = getattr(model, method)
    given = {"x": X} if "predict" in method else {"x": X, "y": LABELS}
    if "on_batch" not in method:
        given["verbose"] = 0
    for name, parameter in inspect.signature(call).parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            continue
        for value in ODD:
            if (
                name in ("epochs", "steps_per_epoch")
                and isinstance(value, int | np.integer)
                and value > 9
            ):
                continue  # which would be done
            arguments = {**given, name: value}
            refused_or_fine(lambda a=arguments: call(**a), method, name, value)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_arguments_of_compile():
    def compiled(**arguments):
        model = bn.Sequential([layers.Input((4,)), layers.Dense(4)])
        model.compile(
            **{"optimizer": "sgd", "loss": "sparse_categorical_crossentropy", **arguments}
        )
        model.fit(X, LABELS, verbose=0)

    for name in list(inspect.signature(bn.Sequential.compile).parameters)[1:]:
        for value in ODD:
            refused_or_fine(functools.partial(compiled, **{name: value}), name, value)


@pytest.mark.parametrize("value", ODD, ids=lambda value: type(value).__name__)
def test_class_weight(model, value):
    refused_or_fine(lambda: model.fit(X, LABELS, class_weight={0: value}, verbose=0), value)
    if getattr(value, "__hash__", None) and not isinstance(value, tuple | slice):
        refused_or_fine(lambda: model.fit(X, LABELS, class_weight={value: 1.0}, verbose=0), value)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: m.fit(X, LABELS, class_weight={0: math.nan}), r"\[fit\] .*class_weight.*nan"),
        (lambda m: m.fit(X, LABELS, class_weight={0: math.inf}), r"\[fit\] .*class_weight.*inf"),
        (lambda m: m.fit(X, LABELS, class_weight={0: 10**400}), r"\[fit\] .*class_weight.* bits"),
        (lambda m: m.fit(X, LABELS, class_weight={math.nan: 1}), r"\[fit\] .*class_weight.*nan"),
        (lambda m: m.fit(X, LABELS, validation_split="a"), r"\[fit\] expected validation_split"),
        (lambda m: layers.Dense(2**70), r"\[Dense\] expected units: .* 71 bits"),
        (lambda m: m.fit(X, np.full(6, 2**63, np.uint64)), r"\[fit\] expected y: .*int64"),
        (lambda m: m.fit(np.ma.masked_less(X, 0.5), LABELS), r"\[fit\] expected x without masked"),
        (lambda m: m.predict(np.ma.masked_less(X, 0.5)), r"\[predict\] expected x without masked"),
        (lambda m: m.fit(X, np.ma.masked_less(LABELS, 1)), r"\[fit\] expected y without masked"),
        (
            lambda m: layers.ReLU()(np.ma.masked_less(X, 0.5)),
            r"\[re_lu.*\] expected x with",
        ),
        (
            lambda m: losses.Huber()(X, np.ma.masked_less(X, 0.5)),
            r"\[huber.*\] expected y_pred",
        ),
        (lambda m: ops.relu(np.ma.masked_less(X, 0.5)), r"\[relu\] expected x without masked"),
        (lambda m: constraints.MaxNorm("a"), r"\[MaxNorm\] expected max_value: a number, got 'a'"),
        (lambda m: bn.set_num_threads(2**70), r"\[set_num_threads\] expected count"),
        (lambda m: random.normal((2,), mean="a"), r"\[normal\] expected mean: a number"),
        (lambda m: utils.normalize(X, axis=7), r"\[normalize\] expected axis"),
    ],
)
def test_messages(model, call, message):
    with pytest.raises((TypeError, ValueError), match=message):
        call(model)


def test_a_masked_array_of_which_nothing_is_masked_is_an_array(model):
    np.testing.assert_array_equal(
        model.predict(np.ma.masked_less(X, -1), verbose=0), model.predict(X, verbose=0)
    )


def test_classes_of_ones_own_are_not_looked_at():
    class Own(layers.Dense):
        def __init__(self, units: str) -> None:
            super().__init__(int(units))

    assert Own("3").units == 3
    assert Own(3).units == 3
