"""An optimizer's numbers, state and configuration: named as in Keras, restored to the bit."""

import json
import math
import pickle

import numpy as np
import pytest

from brisknet import Variable, optimizers
from brisknet.optimizers import schedules
from optimizer_cases import (
    assert_same,
    every_optimizer,
    make_gradients,
    make_variables,
    values,
)

OPTIONS = {
    "use_ema": True,
    "ema_overwrite_frequency": 4,
    "gradient_accumulation_steps": 2,
    "weight_decay": 0.01,
    "clipnorm": 1.0,
}


def full(name):
    """With every state array that it can have."""
    more = {"momentum": 0.5} if name in ("SGD", "RMSprop") else {}
    more |= {"centered": True} if name == "RMSprop" else {}
    more |= {"amsgrad": True} if name in ("Adam", "AdamW") else {}
    return getattr(optimizers, name)(0.1 / 3, **OPTIONS, **more)


# Numbers that are also variables


def test_learning_rate():
    optimizer = optimizers.SGD(0.5)
    assert optimizer.learning_rate == 0.5
    assert isinstance(optimizer.learning_rate, float)
    assert f"{optimizer.learning_rate:.2f} {json.dumps(optimizer.learning_rate)}" == "0.50 0.5"
    optimizer.learning_rate.assign(0.25)
    assert float(optimizer.learning_rate) == optimizer.learning_rate.numpy() == 0.25
    optimizer.learning_rate = 0.125
    assert optimizer.learning_rate.value == 0.125
    with pytest.raises(ValueError, match="expected learning_rate"):
        optimizer.learning_rate.assign(-1)


def test_iterations():
    optimizer = optimizers.SGD(0.5)
    optimizer.apply([[1.0]], [Variable([1.0])])
    assert optimizer.iterations.numpy() == optimizer.iterations == 1
    assert isinstance(optimizer.iterations, int)
    optimizer.iterations.assign(7)
    assert optimizer.iterations == 7
    for bad in (-1, 1.5, "x", None):
        with pytest.raises(ValueError, match="expected iterations: a whole number"):
            optimizer.iterations.assign(bad)
    gathering = optimizers.SGD(gradient_accumulation_steps=3)
    gathering.iterations.assign(2)
    assert gathering.iterations == 2
    assert gathering.variables[0].numpy() == 6


def test_numbers_are_pickled_as_such():
    optimizer = optimizers.SGD(0.5)
    for number in (optimizer.learning_rate, optimizer.iterations):
        again = pickle.loads(pickle.dumps(number))
        assert again == number
        assert type(again) in (int, float)


def test_variables():
    w = [Variable(np.ones((2, 3)), name="kernel"), Variable(np.ones(3), name="bias")]
    w[0].path, w[1].path = "dense/kernel", "dense/bias"
    numbers = ["iteration", "learning_rate"]

    def slots(*names):
        return [f"dense_{v}_{name}" for v in ("kernel", "bias") for name in names]

    def each(*names):
        return [slot for name in names for slot in slots(name)]

    for optimizer, expected in [
        (optimizers.SGD(), numbers),
        (optimizers.SGD(schedules.ExponentialDecay(0.1, 1, 0.5)), ["iteration"]),
        (optimizers.SGD(momentum=0.9), [*numbers, *slots("momentum")]),
        (optimizers.RMSprop(), [*numbers, *slots("velocity")]),
        (
            optimizers.RMSprop(momentum=0.1, centered=True),
            [*numbers, *each("velocity", "momentum", "average_gradient")],
        ),
        (optimizers.Adam(name="a"), [*numbers, *slots("momentum", "velocity")]),
        (
            optimizers.Adam(amsgrad=True, use_ema=True, gradient_accumulation_steps=2),
            [
                *numbers,
                *each("average", "gradient_accumulator"),
                *slots("momentum", "velocity"),
                *slots("velocity_hat"),
            ],
        ),
    ]:
        assert not optimizer.built
        optimizer.build(w)
        assert optimizer.built
        assert [v.path for v in optimizer.variables] == [f"{optimizer.name}/{n}" for n in expected]
        assert not any(v.trainable for v in optimizer.variables)


# The state


@every_optimizer
@pytest.mark.parametrize("way", ["state_arrays", "save_own_variables", "set_weights"])
def test_training_goes_on_from_a_restored_state_to_the_bit(name, way):
    steps, variables = make_gradients(21), make_variables()
    optimizer = full(name)
    for gradients in steps[:7]:  # in the midst of gathering
        optimizer.apply(gradients, variables)
    optimizer.learning_rate = 0.1 / 7
    kept, other = make_variables(), full(name)
    for v, w in zip(kept, variables, strict=True):
        v.assign(w.value)
    other.build(kept)
    if way == "state_arrays":
        state = optimizer.state_arrays()
        assert all(type(array) is np.ndarray for array in state.values())
        other.load_state_arrays(dict(reversed(state.items())))
    elif way == "set_weights":
        other.set_weights([v.numpy() for v in optimizer.variables])
    else:
        store = {}
        optimizer.save_own_variables(store)
        other.load_own_variables(store)
    for gradients in steps[7:]:
        optimizer.apply(gradients, variables)
        other.apply(gradients, kept)
        assert_same(values(variables), values(kept))
    assert_same(optimizer.state_arrays().values(), other.state_arrays().values())
    assert other.iterations == 10


def test_names_of_the_state():
    optimizer = optimizers.Adam()
    optimizer.build(make_variables()[:2])
    state = optimizer.state_arrays()
    slots = [f"{i}/{slot}" for i in (0, 1) for slot in ("momentum", "velocity")]
    assert list(state) == ["iteration", "learning_rate", *slots]
    state["0/momentum"][...] = 1  # a copy
    assert not optimizer.state_arrays()["0/momentum"].any()
    scheduled = optimizers.SGD(schedules.ExponentialDecay(0.1, 1, 0.5))
    assert list(scheduled.state_arrays()) == ["iteration"]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"0/momentum": None}, ValueError, r"missing \['0/momentum'\]"),
        ({"0/other": np.zeros(3)}, ValueError, r"unknown \['0/other'\]"),
        ({"1/velocity": np.zeros(3)}, ValueError, r"'1/velocity' of shape \(4,\), got \(3,\)"),
        ({"1/velocity": np.zeros(4, complex)}, TypeError, "expected 1/velocity: float32"),
        ({"iteration": -1}, ValueError, "iterations: a whole number of at least 0"),
        ({"iteration": 1.5}, ValueError, "iterations: a whole number of at least 0"),
        ({"iteration": [1]}, ValueError, r"'iteration' of shape \(\), got \(1,\)"),
        ({"learning_rate": math.nan}, ValueError, "learning_rate: a number of at least 0"),
        ({"learning_rate": "x"}, ValueError, "learning_rate: a number of at least 0"),
    ],
    ids=str,
)
def test_a_state_that_does_not_fit_changes_nothing(change, error, message):
    variables = make_variables()[:2]
    optimizer = optimizers.Adam()
    optimizer.apply(make_gradients(1)[0][:2], variables)
    before = optimizer.state_arrays()
    state = {name: array + 1 for name, array in before.items()} | change
    with pytest.raises(error, match=message):
        optimizer.load_state_arrays({k: v for k, v in state.items() if v is not None})
    assert_same(before.values(), optimizer.state_arrays().values())


def test_own_variables_of_another_number():
    optimizer = optimizers.Adam()
    with pytest.warns(UserWarning, match="expected 2 arrays, got 1; the optimizer is not built"):
        optimizer.load_own_variables({"0": np.array(3)})
    assert optimizer.iterations == 0
    with pytest.raises(ValueError, match=r"set_weights expected .*missing \['1'\]"):
        optimizer.set_weights([np.array(3)])


# Configurations


@every_optimizer
def test_configuration(name):
    optimizer = full(name)
    config = json.loads(json.dumps(optimizers.serialize(optimizer)))
    assert config["module"] == "keras.optimizers"
    assert (config["class_name"], config["registered_name"]) == (name, None)
    for identifier in (config, {**config, "class_name": name.lower()}):
        again = optimizers.get(identifier)
        assert type(again) is type(optimizer)
        assert again.get_config() == optimizer.get_config() == config["config"]
    assert type(optimizer).from_config(config["config"]).learning_rate == 0.1 / 3
    plain = getattr(optimizers, name)()
    assert type(plain).from_config(plain.get_config()).get_config() == plain.get_config()


def halved():
    return 0.5


def test_learning_rates_in_configurations():
    schedule = schedules.CosineDecay(0.1, 10, warmup_target=0.3, warmup_steps=4)
    optimizer = optimizers.Adam(schedule)
    config = optimizers.serialize(optimizer)
    assert config["config"]["learning_rate"] == schedules.serialize(schedule)
    again = optimizers.deserialize(json.loads(json.dumps(config)))
    assert [again._learning_rate(t) for t in range(20)] == [schedule(t) for t in range(20)]
    made = schedules.deserialize(schedules.serialize(schedule))
    assert made.get_config() == schedule.get_config()
    config = optimizers.serialize(optimizers.SGD(halved))
    again = optimizers.deserialize(config, custom_objects={"halved": halved})
    assert again.learning_rate == 0.5
    changed = optimizers.SGD(0.1)
    changed.learning_rate = 0.7
    assert changed.get_config()["learning_rate"] == 0.7


def test_own_optimizer_in_a_configuration():
    class Signs(optimizers.Optimizer):
        def __init__(self, learning_rate=0.5, power=1, **kwargs):
            super().__init__(learning_rate, **kwargs)
            self.power = power

    config = optimizers.serialize(Signs(0.25, power=2, weight_decay=0.1))
    again = optimizers.deserialize(config, custom_objects={"Signs": Signs})
    assert (again.learning_rate, again.power, again.weight_decay) == (0.25, 2, 0.1)


@pytest.mark.parametrize(
    "config",
    [
        {"class_name": "nope", "config": {}},
        {"class_name": "adam", "config": {"nope": 1}},
        {"class_name": "L2", "module": "keras.regularizers", "config": {"l2": 0.1}},
        {"config": {}},
        "nope",
        3,
    ],
)
def test_bad_configurations(config):
    with pytest.raises(ValueError, match=r"\["):
        optimizers.deserialize(config)


@pytest.mark.parametrize("config", ["ExponentialDecay", None, {"class_name": "x", "config": {}}])
def test_bad_configurations_of_schedules(config):
    with pytest.raises(ValueError, match=r"\["):
        schedules.deserialize(config)
