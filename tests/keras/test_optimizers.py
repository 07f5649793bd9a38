"""Optimizers beside Keras's: weights after steps with the same gradients, and configurations."""

import os
import warnings

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")
keras = pytest.importorskip("keras")

from brisknet import Variable, optimizers  # noqa: E402 - what may be missing comes first

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

RULES = {
    "SGD": [{}, {"momentum": 0.5}, {"momentum": 0.5, "nesterov": True}],
    "RMSprop": [{}, {"momentum": 0.5}, {"rho": 0.75, "centered": True}],
    "Adam": [{}, {"amsgrad": True}, {"beta_1": 0.5, "beta_2": 0.75, "epsilon": 0.125}],
    "AdamW": [{}, {"weight_decay": 0.25}],
    "Adamax": [{}, {"beta_1": 0.5, "beta_2": 0.75}],
    "Nadam": [{}, {"beta_1": 0.5, "beta_2": 0.75}],
    "Adagrad": [{}, {"initial_accumulator_value": 0.5, "epsilon": 0.125}],
    "Adadelta": [{}, {"rho": 0.5, "epsilon": 0.125}],
    "Ftrl": [
        {},
        {
            "l1_regularization_strength": 0.125,
            "l2_regularization_strength": 0.25,
            "l2_shrinkage_regularization_strength": 0.125,
            "beta": 0.5,
            "learning_rate_power": -0.75,
        },
    ],
    "Lion": [{}, {"beta_1": 0.5, "beta_2": 0.75}],
    "Lamb": [{}, {"beta_1": 0.5, "beta_2": 0.75}],
}
OPTIONS = [
    {},
    {"weight_decay": 0.125},
    {"clipnorm": 0.5},
    {"clipvalue": 0.25},
    {"global_clipnorm": 0.75},
    {"use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 3},
    {"gradient_accumulation_steps": 2},
]
CASES = [
    (name, {**arguments, **(option if n == 0 else {})})
    for name, given in RULES.items()
    for n, arguments in enumerate(given)
    for option in (OPTIONS if n == 0 else [{}])
]
each_case = pytest.mark.parametrize(("name", "arguments"), CASES, ids=str)


@each_case
@pytest.mark.parametrize("learning_rate", [0.0625])
def test_steps(name, arguments, learning_rate):
    """Seven steps, each of a few roundings."""
    rng = np.random.default_rng(5)
    starts = [rng.standard_normal(shape).astype(np.float32) for shape in ((3, 4), (4,))]
    ours = [Variable(w) for w in starts]
    theirs = [keras.Variable(w) for w in starts]
    mine = getattr(optimizers, name)(learning_rate, **arguments)
    expected = getattr(keras.optimizers, name)(learning_rate, **arguments)
    mine.build(ours)
    expected.build(theirs)
    for _ in range(7):
        gradients = [rng.standard_normal(w.shape).astype(np.float32) for w in starts]
        mine.apply_gradients(zip(gradients, ours, strict=True))
        expected.apply_gradients(
            [(keras.ops.array(g), w) for g, w in zip(gradients, theirs, strict=True)]
        )
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(a.numpy(), np.asarray(b.value), rtol=2e-5, atol=2e-6)
    if arguments.get("use_ema"):
        mine.finalize_variable_values(ours)
        expected.finalize_variable_values(theirs)
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(a.numpy(), np.asarray(b.value), rtol=2e-5, atol=2e-6)


@each_case
def test_configurations(name, arguments):
    mine = getattr(optimizers, name)(0.0625, **arguments)
    expected = keras.optimizers.serialize(getattr(keras.optimizers, name)(0.0625, **arguments))
    config = optimizers.serialize(mine)
    for got in (config, expected):
        del got["config"]["name"]
    assert config == expected
    assert optimizers.deserialize(expected).get_config().items() >= config["config"].items()
    if name == "Lamb":
        return  # Keras does not find its own by name
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert keras.optimizers.deserialize(config).get_config().items() >= config["config"].items()


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("ExponentialDecay", {"initial_learning_rate": 0.5, "decay_steps": 3, "decay_rate": 0.5}),
        ("PiecewiseConstantDecay", {"boundaries": [2, 4], "values": [0.5, 0.25, 0.125]}),
        ("PolynomialDecay", {"initial_learning_rate": 0.5, "decay_steps": 4, "power": 2.0}),
        ("InverseTimeDecay", {"initial_learning_rate": 0.5, "decay_steps": 3, "decay_rate": 0.5}),
        ("CosineDecay", {"initial_learning_rate": 0.5, "decay_steps": 4, "warmup_steps": 2}),
        ("CosineDecayRestarts", {"initial_learning_rate": 0.5, "first_decay_steps": 3}),
    ],
)
def test_schedules(name, arguments):
    make = getattr(optimizers.schedules, name), getattr(keras.optimizers.schedules, name)
    mine, expected = (
        optimizer(schedule(**arguments))
        for optimizer, schedule in zip((optimizers.SGD, keras.optimizers.SGD), make, strict=True)
    )
    assert mine.get_config() | {"name": ""} == expected.get_config() | {"name": ""}
    w, v = Variable(np.ones(3)), keras.Variable(np.ones(3))
    for _ in range(6):
        mine.apply([np.ones(3)], [w])
        expected.apply([keras.ops.ones(3)], [v])
        np.testing.assert_allclose(w.numpy(), np.asarray(v.value), rtol=2e-6, atol=1e-7)
