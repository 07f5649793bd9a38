"""Learning-rate schedules: formulas in float64, refusals, what optimizers make of them."""

import math

import numpy as np
import pytest

import brisknet as bn
from brisknet import Variable, optimizers
from brisknet.ops import portable_math
from brisknet.optimizers import schedules

CASES = [
    (schedules.ExponentialDecay(0.1, 30, 0.7), lambda t: 0.1 * 0.7 ** (t / 30)),
    (schedules.ExponentialDecay(0.1, 30, 0.7, True), lambda t: 0.1 * 0.7 ** (t // 30)),
    (schedules.InverseTimeDecay(0.1, 30, 0.7), lambda t: 0.1 / (1 + 0.7 * t / 30)),
    (schedules.InverseTimeDecay(0.1, 30, 0.7, True), lambda t: 0.1 / (1 + 0.7 * (t // 30))),
    (
        schedules.PiecewiseConstantDecay([10, 60], [1.0, 0.5, 0.1]),
        lambda t: 1.0 if t <= 10 else 0.5 if t <= 60 else 0.1,
    ),
    (
        schedules.PolynomialDecay(0.1, 50, 0.01, 0.5),
        lambda t: 0.09 * (1 - min(t, 50) / 50) ** 0.5 + 0.01,
    ),
    (
        schedules.PolynomialDecay(0.1, 50, 0.01, cycle=True),
        lambda t: 0.09 * (1 - t / (50 * max(1, math.ceil(t / 50)))) + 0.01,
    ),
    (
        schedules.CosineDecay(0.1, 50, alpha=0.2),
        lambda t: 0.1 * (0.4 * (1 + math.cos(math.pi * min(t, 50) / 50)) + 0.2),
    ),
    (
        schedules.CosineDecay(0.1, 50, warmup_target=0.3, warmup_steps=20),
        lambda t: (
            0.1 + 0.2 * t / 20 if t < 20 else 0.15 * (1 + math.cos(math.pi * min(t - 20, 50) / 50))
        ),
    ),
    (
        schedules.CosineDecayRestarts(0.1, 50, t_mul=1.0, m_mul=0.5, alpha=0.1),
        lambda t: 0.1 * (0.45 * 0.5 ** (t // 50) * (1 + math.cos(math.pi * (t % 50) / 50)) + 0.1),
    ),
    (
        schedules.CosineDecayRestarts(0.1, 20, t_mul=3.0),
        lambda t: 0.05 * (1 + math.cos(math.pi * (t / 20 if t < 20 else (t - 20) / 60 % 1))),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda c: type(c[0]).__name__)
def test_formula(case):
    schedule, exact = case
    for t in range(80):
        assert schedule(t) == pytest.approx(exact(t), rel=1e-14, abs=1e-15)


def test_arithmetic():
    rng = np.random.default_rng(0)
    for base, exponent in zip(rng.lognormal(0, 5, 2000), rng.normal(0, 5, 2000), strict=True):
        got = portable_math.power(float(base), float(exponent))
        assert got == pytest.approx(base**exponent, rel=1e-12, abs=0)
    for x in np.linspace(0, 1, 1001).tolist():
        assert portable_math.cosine_of_half_turns(x) == pytest.approx(
            math.cos(math.pi * x),
            rel=0,
            abs=1e-15,  # the angle is rounded twice
        )
    assert [portable_math.power(0.0, p) for p in (0, 0.5, -1)] == [1, 0, math.inf]
    assert portable_math.power(0.5, 1e9 + 0.5) == 0
    assert portable_math.power(2.0, 1e9 + 0.5) == math.inf


@pytest.mark.parametrize("name", ["SGD", "RMSprop", "Adam", "AdamW"])
@pytest.mark.parametrize("function", [False, True])
def test_an_optimizer_takes_each_step_at_its_rate(name, function):
    schedule = schedules.ExponentialDecay(0.1, 3, 0.5)
    a, b = Variable([1.0, -2.0]), Variable([1.0, -2.0])
    rate = (lambda: schedule(scheduled.iterations)) if function else schedule
    scheduled = getattr(optimizers, name)(rate, weight_decay=0.1)
    by_hand = getattr(optimizers, name)(0.5, weight_decay=0.1)
    for t in range(8):
        assert scheduled.learning_rate == schedule(t)
        by_hand.learning_rate = schedule(t)
        for optimizer, variable in ((scheduled, a), (by_hand, b)):
            optimizer.apply([[0.5, 3.0]], [variable])
    assert a.numpy().tobytes() == b.numpy().tobytes()


def test_in_a_model():
    model = bn.Sequential([bn.Input((1,)), bn.layers.Dense(1, use_bias=False)])
    model.set_weights([np.ones((1, 1))])
    model.compile(optimizers.SGD(schedules.PiecewiseConstantDecay([0], [0.5, 0.25])), "mae")
    model.fit(np.ones((3, 1)), np.full(3, -9.0), batch_size=1, verbose=0)
    assert model.get_weights()[0].item() == 1 - 0.5 - 0.25 - 0.25
    assert model.optimizer.learning_rate == 0.25


def test_setting_the_learning_rate():
    optimizer = optimizers.SGD(schedules.ExponentialDecay(0.5, 1, 0.5))
    with pytest.raises(TypeError, match=r"\[sgd.*cannot be set to a number"):
        optimizer.learning_rate = 0.1
    assert optimizer.learning_rate == 0.5
    optimizer.learning_rate = schedules.InverseTimeDecay(0.25, 1, 1)
    assert optimizer.learning_rate == 0.25
    plain = optimizers.SGD(0.5)
    plain.learning_rate = lambda: 0.125
    assert plain.learning_rate == 0.125


def test_a_schedule_out_of_range_changes_nothing():
    class Bad(schedules.LearningRateSchedule):
        def __call__(self, step):
            return math.nan if step else 0.5

    w, optimizer = Variable([1.0]), optimizers.SGD(Bad())
    optimizer.apply([[1.0]], [w])
    with pytest.raises(ValueError, match=r"\[SGD\] expected learning_rate: a number"):
        optimizer.apply([[1.0]], [w])
    assert (w.numpy().item(), optimizer.iterations) == (0.5, 1)
    with pytest.raises(NotImplementedError, match="must define __call__"):
        schedules.LearningRateSchedule()(0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: schedules.ExponentialDecay(0.1, 0, 0.5), "decay_steps: a number above 0, got 0"),
        (lambda: schedules.InverseTimeDecay(-1, 1, 0.5), "initial_learning_rate: .* got -1"),
        (lambda: schedules.PolynomialDecay(0.1, 5, math.nan), "end_learning_rate: .* got nan"),
        (lambda: schedules.CosineDecay(0.1, "5"), "decay_steps: .* got '5'"),
        (lambda: schedules.CosineDecayRestarts(0.1, 5, 0.5), "t_mul: a number of at least 1"),
        (lambda: schedules.PiecewiseConstantDecay([1], [1.0]), "values: one more than boundaries"),
        (lambda: schedules.PiecewiseConstantDecay([2, 1], [1, 1, 1]), "expected rising boundaries"),
    ],
)
def test_errors(make, message):
    with pytest.raises(ValueError, match=message):
        make()
