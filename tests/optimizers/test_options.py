"""What every optimizer can be combined with: clipping, gathering, averages; missing gradients."""

import itertools
import math

import numpy as np
import pytest

import brisknet as bn
from brisknet import Variable, optimizers
from brisknet.optimizers import schedules
from optimizer_cases import (
    SHAPES,
    assert_same,
    every_optimizer,
    make_gradients,
    make_variables,
    values,
)
from reference import U

# Clipping


def by_norm(gradients, limit):
    return [g * min(1, limit / np.sqrt((g.astype(np.float64) ** 2).sum())) for g in gradients]


def by_global_norm(gradients, limit):
    norm = math.sqrt(sum((g.astype(np.float64) ** 2).sum() for g in gradients))
    return [g * min(1, limit / norm) for g in gradients]


def by_value(gradients, limit):
    return [np.clip(g, -limit, limit) for g in gradients]


@pytest.mark.parametrize(
    ("option", "clip"),
    [("clipnorm", by_norm), ("global_clipnorm", by_global_norm), ("clipvalue", by_value)],
)
@pytest.mark.parametrize("limit", [0.5, 3.0, 100.0])
def test_clipping(option, clip, limit):
    variables = [Variable(np.zeros(s)) for s in SHAPES]
    optimizer = optimizers.SGD(1.0, **{option: limit})
    for gradients in make_gradients(3):
        given = [g.copy() for g in gradients]
        for v in variables:
            v.assign(np.zeros(v.shape))
        optimizer.apply(gradients, variables)
        assert_same(given, gradients)  # they are the caller's
        for v, exact in zip(variables, clip(gradients, limit), strict=True):
            assert (np.abs(-v.value - exact) <= 4 * U * np.abs(exact)).all()


@pytest.mark.parametrize("option", ["clipnorm", "global_clipnorm", "clipvalue"])
def test_clipping_leaves_zeros_and_shows_divergence(option):
    w = Variable([1.0, 2.0, 3.0])
    optimizer = optimizers.SGD(1.0, **{option: 0.5})
    optimizer.apply([np.zeros(3)], [w])
    assert w.numpy().tolist() == [1, 2, 3]
    optimizer.apply([[0.0, math.nan, 1.0]], [w])
    assert np.isnan(w.value).tolist() == [option != "clipvalue", True, option != "clipvalue"]


def test_an_infinite_global_norm_shows_everywhere():
    variables = [Variable([1.0]), Variable([1.0])]
    optimizers.SGD(1.0, global_clipnorm=1).apply([[math.inf], [1.0]], variables)
    assert np.isnan(values(variables)).all()


def test_one_kind_of_clipping():
    for a, b in itertools.combinations(("clipnorm", "clipvalue", "global_clipnorm"), 2):
        with pytest.raises(ValueError, match="expected one of clipnorm, clipvalue and global_clip"):
            optimizers.Adam(**{a: 1.0, b: 2.0})


def test_large_gradients_do_not_overflow_the_norm():
    w = Variable(np.zeros(4))
    optimizers.SGD(1.0, clipnorm=1.0).apply([np.full(4, 1e30)], [w])
    assert np.abs(w.value + 0.5).max() <= 4 * U


# Gradients gathered over steps


@every_optimizer
def test_gathered_gradients_make_the_step_of_their_mean(name):
    gathering, plain = make_variables(), make_variables()
    a = getattr(optimizers, name)(gradient_accumulation_steps=3)
    b = getattr(optimizers, name)()
    steps = make_gradients(9)
    for i, gradients in enumerate(steps):
        before = values(gathering)
        assert a.iterations == i // 3
        a.apply(gradients, gathering)
        if i % 3 != 2:
            assert_same(before, values(gathering))
            continue
        means = [(x + y + z) / np.float32(3) for x, y, z in zip(*steps[i - 2 : i + 1], strict=True)]
        b.apply(means, plain)
        assert_same(values(gathering), values(plain))


def test_the_mean_is_clipped_and_schedules_see_every_step():
    seen = []

    class Seen(schedules.LearningRateSchedule):
        def __call__(self, step):
            seen.append(step)
            return 1.0

    w = Variable([0.0])
    optimizer = optimizers.SGD(Seen(), gradient_accumulation_steps=2, clipvalue=1.0)
    for gradient in (4.0, -3.0, 4.0, 4.0):
        optimizer.apply([[gradient]], [w])
    assert w.numpy().tolist() == [-0.5 - 1.0]
    assert seen == [0, 1, 2, 3]
    assert optimizer.iterations == 2


# Moving averages


@pytest.mark.parametrize("every", [None, 1, 3])
@pytest.mark.parametrize("steps", [None, 2])
def test_moving_averages(every, steps):
    variables = make_variables()
    optimizer = optimizers.SGD(
        0.1,
        use_ema=True,
        ema_momentum=0.75,
        ema_overwrite_frequency=every,
        gradient_accumulation_steps=steps,
    )
    averages = [0.0] * len(SHAPES)
    weights = [v.numpy().astype(np.float64) for v in variables]
    gathered = [0.0] * len(SHAPES)
    for i, gradients in enumerate(make_gradients(12)):
        optimizer.apply(gradients, variables)
        update = i // (steps or 1)
        gathered = [s + g for s, g in zip(gathered, gradients, strict=True)]
        if (i + 1) % (steps or 1) == 0:
            weights = [w - 0.1 * s / (steps or 1) for w, s in zip(weights, gathered, strict=True)]
            gathered = [0.0] * len(SHAPES)
        momentum = 0.75 if update else 0
        averages = [
            momentum * a + (1 - momentum) * w for a, w in zip(averages, weights, strict=True)
        ]
        if every and (update + 1) % every == 0:
            weights = list(averages)
        got = optimizer.averages(variables)
        for exact, v in [*zip(weights, variables, strict=True), *zip(averages, got, strict=True)]:
            assert np.abs(v.value - exact).max() <= 1e-5
    optimizer.finalize_variable_values(variables)
    assert_same(values(variables), values(optimizer.averages(variables)))


def test_fit_ends_with_the_averages():
    def train(**options):
        bn.utils.set_random_seed(1)
        model = bn.Sequential([bn.Input((2,)), bn.layers.Dense(1)])
        model.compile(optimizers.SGD(0.1, **options), "mse")
        x = np.arange(16.0).reshape(8, 2) / 16
        seen = []
        after = bn.callbacks.LambdaCallback(
            on_train_batch_end=lambda batch, logs: seen.append(model.get_weights())
        )
        model.fit(x, x[:, 0], batch_size=2, verbose=0, callbacks=[after])
        return model, seen

    model, seen = train(use_ema=True, ema_momentum=0.5)
    average = seen[0]
    for weights in seen[1:]:
        average = [0.5 * a + 0.5 * w for a, w in zip(average, weights, strict=True)]
    for got, exact in zip(model.get_weights(), average, strict=True):
        assert np.abs(got - exact).max() <= 1e-6
    _, plain = train()
    assert_same(itertools.chain(*seen), itertools.chain(*plain))  # training itself is the same


def test_no_averages():
    w = [Variable([1.0], name="w")]
    optimizer = optimizers.SGD(use_ema=True)
    optimizer.build(w)
    optimizer.finalize_variable_values(w)  # nothing before the first step
    assert w[0].numpy().tolist() == [1]
    optimizer.apply([[1.0]])
    with pytest.raises(ValueError, match=r"'x' is not one of the variables"):
        optimizer.finalize_variable_values([Variable([1.0], name="x")])
    plain = optimizers.SGD()
    plain.finalize_variable_values(w)
    with pytest.raises(ValueError, match="no moving averages without use_ema=True"):
        plain.averages(w)


def test_constraints_come_last():
    w = Variable([1.0, 1.0])
    w.constraint = bn.constraints.NonNeg()
    optimizer = optimizers.SGD(1.0, use_ema=True)
    optimizer.apply([[3.0, 0.5]], [w])
    assert w.numpy().tolist() == [0, 0.5]
    assert optimizer.averages([w])[0].numpy().tolist() == [-2, 0.5]


# Gradients that are missing


@every_optimizer
def test_missing_gradients(name):
    variables, alone = make_variables(), make_variables()[1:]
    optimizer, other = (getattr(optimizers, name)(weight_decay=0.1) for _ in range(2))
    gradients = make_gradients(1)[0]
    with pytest.warns(UserWarning, match="there are no gradients for 'v0'"):
        optimizer.apply([None, *gradients[1:]], variables)
    other.apply(gradients[1:], alone)
    assert_same(values(variables), [*values(make_variables()[:1]), *values(alone)])
    assert optimizer.iterations == 1


def test_no_gradients_at_all():
    w, optimizer = [Variable([1.0])], optimizers.SGD()
    optimizer.apply([], w)
    assert optimizer.apply_gradients([]) == 0
    with pytest.raises(ValueError, match="a gradient for some variable, got None"):
        optimizer.apply([None], w)
    assert optimizer.iterations == 0
    with pytest.raises(ValueError, match="a gradient for each of 0 variables, got 1"):
        optimizers.SGD().apply([[1.0]])


def test_a_variable_given_twice_makes_two_updates():
    w = Variable([1.0])
    optimizers.SGD(0.25).apply_gradients([([1.0], w), ([2.0], w)])
    assert w.numpy().tolist() == [0.25]


# Weight decay


def test_excluded_by_regular_expressions():
    variables = [Variable([1.0], name=name) for name in ("kernel", "bias", "gamma", "my_bias")]
    optimizer = optimizers.SGD(0.5, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_names=["^bias$", "gam+a"])
    optimizer.apply([[0.0]] * 4, variables)
    assert [v.numpy().item() for v in variables] == [0.75, 1, 1, 0.75]
    optimizer.exclude_from_weight_decay()
    optimizer.apply([[0.0]] * 4, variables)
    assert [v.numpy().item() for v in variables] == [0.5625, 0.75, 0.75, 0.5625]


@pytest.mark.parametrize(
    ("optimizer", "option", "value"),
    [
        (optimizers.SGD, "momentum", 0.9),
        (optimizers.RMSprop, "momentum", 0.9),
        (optimizers.RMSprop, "centered", True),
        (optimizers.Adam, "amsgrad", True),
        (optimizers.Adam, "use_ema", True),
        (optimizers.Adam, "gradient_accumulation_steps", 2),
    ],
)
def test_an_option_that_needs_other_state_is_refused_later(optimizer, option, value):
    optimizer, w = optimizer(0.1), Variable([1.0])
    optimizer.apply([[2.0]], [w])
    before = getattr(optimizer, option)
    with pytest.raises(ValueError, match=f"{option} cannot be set to {value}"):
        setattr(optimizer, option, value)
    assert getattr(optimizer, option) == before


@pytest.mark.parametrize("option", ["clipnorm", "clipvalue", "global_clipnorm"])
def test_clipping_may_be_set_between_steps(option):
    optimizer, w, gradient = optimizers.SGD(1.0), Variable([0.0]), np.full(1, 4, np.float32)
    optimizer.apply([gradient], [w])
    setattr(optimizer, option, 0.5)
    optimizer.apply([gradient], [w])
    assert w.numpy() == [-4.5]
    setattr(optimizer, option, None)
    optimizer.apply([gradient], [w])
    assert w.numpy() == [-8.5]


def test_momentum_may_rest():
    optimizer, w, gradient = optimizers.SGD(1.0, momentum=0.5), Variable([0.0]), [[1.0]]
    optimizer.apply(gradient, [w])
    optimizer.momentum = 0
    optimizer.apply(gradient, [w])
    optimizer.momentum = 0.5
    optimizer.apply(gradient, [w])
    assert w.numpy() == [-1 - 1 - 1.5]
