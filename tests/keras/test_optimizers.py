"""Optimizers beside Keras's: weights after steps with the same gradients, and configurations."""

import warnings

import numpy as np
import pytest

import brisknet
from brisknet import Variable, optimizers
from oracle import OPTIMIZERS, RNG, close, keras

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


@pytest.mark.parametrize(("name", "arguments"), OPTIMIZERS, ids=str)
def test_optimizer(name, arguments):
    """A step rounds the weight, and some 16 times what it adds, which momentum adds up to 20 times.

    Keras takes Adam's powers of beta in float32, where 1 - beta^t cancels.
    """
    ours, theirs = (
        getattr(module, name)(**arguments) for module in (brisknet.optimizers, keras.optimizers)
    )
    assert ours.name.rstrip("_0123456789") == theirs.name.rstrip("_0123456789")
    start = [RNG.standard_normal(shape, np.float32) for shape in ((5, 7), (7,), ())]
    names = ["kernel", "bias", "scale"]
    a, b = (
        [module.Variable(w, name=n) for w, n in zip(start, names, strict=True)]
        for module in (brisknet, keras)
    )
    if arguments.get("weight_decay"):
        ours.exclude_from_weight_decay(var_names=["bias"])
        theirs.exclude_from_weight_decay(var_names=["bias"])
    rounded = [np.zeros_like(w) for w in start]
    for step in range(20):
        before = [v.numpy() for v in a]
        gradients = [
            RNG.standard_normal(w.shape, np.float32) * 10.0 ** (step % 3 - 1) for w in start
        ]
        gradients[1][:2] = 0, 1e-8
        if step == 10:
            ours.learning_rate = theirs.learning_rate = 0.02
        if step % 2:
            ours.apply(gradients, a)
            theirs.apply(gradients, b)
        else:
            got = ours.apply_gradients(zip(gradients, a, strict=True))
            assert got == int(theirs.apply_gradients(zip(gradients, b, strict=True))) == step + 1
        betas = [getattr(ours, beta, 0) ** (step + 1) for beta in ("beta_1", "beta_2")]
        roundings = 16 * 20 + sum(2 / (1 - beta) for beta in betas)
        for total, v, w in zip(rounded, a, before, strict=True):
            total += np.abs(w) + np.abs(v.value - w).max() * roundings
    for mine, other, w, total in zip(a, b, start, rounded, strict=True):
        close(mine.value, other.value, total, 1)
        assert (mine.value != w).any()
    assert (ours.iterations, ours.learning_rate) == (20, 0.02)
    if arguments.get("weight_decay"):
        assert a[1].value[0] == start[1][0]


def test_optimizer_excludes_variables_from_decay():
    for arguments in ({"var_list": 1}, {"var_names": ["dense"]}, {"var_names": ["ker", "scale"]}):
        results = []
        for module in (brisknet, keras):
            a, b = (module.Variable([1.0, 2.0], name=name) for name in ("kernel", "bias"))
            if module is brisknet:
                a.path = b.path = "dense/x"  # as in a model; it does not count
            optimizer = module.optimizers.SGD(0.5, weight_decay=0.5)
            given = {"var_list": [b]} if "var_list" in arguments else arguments
            optimizer.exclude_from_weight_decay(var_list=[a])  # the last call is the one that holds
            optimizer.exclude_from_weight_decay(**given)
            optimizer.apply([np.zeros(2, np.float32)] * 2, [a, b])
            results.append([np.asarray(v.value) for v in (a, b)])
        np.testing.assert_array_equal(*results)
