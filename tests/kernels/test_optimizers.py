"""Optimizer updates: Keras's own trajectories, its operations to the bit, the same bits."""

import math

import numpy as np
import pytest

import reference
from brisknet import _core
from reference import U, assert_same_bits, assert_within
from update_cases import CASES, RULES, SIZES, calls, every_case, run, scalars, start, step

# w after four steps of Keras 3.15 (JAX on a CPU) from START by GRADIENTS.
START = (1.0, -2.0, 0.5)
GRADIENTS = ((0.1, -1.0, 3.0), (0.3, 0.5, -0.02), (-0.7, 0.25, 1e-4), (0.05, -2.0, 0.9))
KERAS = {
    "sgd": (0.1, [1.0250001, -1.7749999, 0.11199]),
    "sgd momentum": (0.1, [1.01231, -1.6391, -0.61629903]),
    "sgd nesterov": (0.1, [1.036079, -1.4501901, -0.89267915]),
    "rmsprop": (0.01, [0.96513134, -1.9623487, 0.45811567]),
    "rmsprop momentum": (0.01, [0.9500634, -1.9654142, 0.44971833]),
    "rmsprop centered": (0.01, [0.96109474, -1.9594059, 0.455673]),
    "rmsprop centered momentum": (0.01, [0.9443108, -1.945362, 0.42672732]),
    "adam": (0.01, [0.9857205, -1.981429, 0.47250265]),
    "adam other": (0.03, [0.9686224, -1.9519334, 0.43412188]),
    "adam amsgrad": (0.01, [0.9856651, -1.9816028, 0.4731151]),
    "adamax": (0.01, [0.98609585, -1.9844341, 0.47933522]),
    "nadam": (0.01, [0.98846686, -1.9854406, 0.4839254]),
    "lamb": (0.01, [0.9854998, -1.9643867, 0.4382468]),
    "adagrad": (0.1, [0.9810285, -1.8827553, 0.37262177]),
    "adadelta": (1.0, [0.9989479, -1.9980539, 0.49799818]),
    "ftrl": (0.1, [0.0, -0.7641483, 0.25547463]),
    "ftrl power 0": (0.1, [0.024999999, 0.225, -0.38800997]),
    "ftrl power": (0.1, [0.009396384, -1.5319872, 0.3971466]),
    "lion": (0.01, [0.98, -2.0, 0.46000004]),
}


def test_every_rule_has_a_case():
    assert {rule for rule, _, _ in CASES.values()} | {"accumulate", "moving_average"} == set(RULES)


def reference_step(case, arrays, g, call):
    rule = CASES[case][0]
    w, *state = arrays.values()
    new = getattr(reference, rule)(w, g, *state, *scalars(rule, call))
    return dict(zip(arrays, new, strict=True))


def assert_same_arrays(expected, got):
    for name, array in expected.items():
        if array is None:
            assert got[name] is None
        else:
            assert_same_bits(array, got[name], name)


@every_case
def test_keras_trajectory(isa, case):
    rate, expected = KERAS[case]
    arrays = start(case, np.array(START, np.float32))
    for g, now in zip(GRADIENTS, calls(case, rate, 4), strict=True):
        step(case, arrays, np.array(g, np.float32), now)
    # A rounding of w a step, and of the step's few factors. Keras's adam has 1 - beta_2^t in
    # float32, which errs by up to U / (1 - beta_2) of itself.
    relative = 8 * U + U / (1 - CASES[case][2].get("beta_2", 0))
    moved = np.abs(np.array(expected) - START) + 4 * rate
    assert_within(arrays["w"], np.array(expected), 4 * U * 2 + relative * moved)


@every_case
def test_keras_operations_to_the_bit(isa, rng, case):
    for n in SIZES:
        arrays = start(case, rng.standard_normal(n, np.float32))
        expected = dict(arrays)
        exact = {k: None if a is None else a.astype(np.float64) for k, a in arrays.items()}
        for call in calls(case, 0.01, 4):
            g = rng.standard_normal(n, np.float32)
            expected = reference_step(case, expected, g, call)
            exact = reference_step(case, exact, g.astype(np.float64), call)
            before = g.copy()
            step(case, arrays, g, call)
            assert_same_bits(before, g)
            if case != "ftrl power":  # whose exp and log are the kernel's own
                assert_same_arrays(expected, arrays)
        # Four steps of at most 0.1 with some 16 roundings, and one of w, which moves less than 1.
        assert_within(arrays["w"], exact["w"], 4 * U * (16 * 0.1 + np.abs(exact["w"]) + 1))


@every_case
def test_nothing_beside_the_arrays_is_written(isa, rng, case):
    for n in (1, 5, 13, 17):
        around = start(case, np.full(n + 40, 2, np.float32))
        before = {k: None if a is None else a.copy() for k, a in around.items()}
        inside = {k: None if a is None else a[17 : 17 + n] for k, a in around.items()}
        step(case, inside, rng.standard_normal(n, np.float32), next(calls(case, 0.1, 1)))
        for name, array in around.items():
            if array is not None:
                changed = array != before[name]
                assert changed[17 : 17 + n].all()
                assert not changed[:17].any()
                assert not changed[17 + n :].any()


@every_case
def test_a_gradient_that_diverged_shows(isa, case):
    for value in (math.nan, math.inf, -math.inf):
        arrays = start(case, np.ones(9, np.float32))
        g = np.zeros(9, np.float32)
        g[4] = value
        step(case, arrays, g, next(calls(case, 0.1, 1)))
        if case == "lion" and not math.isnan(value):
            continue  # a step by the sign
        bad = ~np.isfinite(arrays["w"])
        np.testing.assert_array_equal(bad, np.arange(9) == 4)


@every_case
def test_zero_gradient_at_the_start_moves_nothing(isa, case):
    if case.startswith("ftrl"):
        return  # its weights are what the gradients make them
    arrays = start(case, np.ones(9, np.float32))
    step(case, arrays, np.zeros(9, np.float32), next(calls(case, 0.1, 1)))
    assert_same_arrays(start(case, np.ones(9, np.float32)), arrays)


@every_case
def test_any_shape(isa, rng, case):
    w, g = rng.standard_normal((2, 3, 4, 5), np.float32)
    flat, shaped = start(case, w.ravel()), start(case, w)
    step(case, flat, g.ravel(), next(calls(case, 0.1, 1)))
    step(case, shaped, g, next(calls(case, 0.1, 1)))
    for name, array in flat.items():
        if array is not None:
            assert_same_bits(array.reshape(3, 4, 5), shaped[name])


@every_case
def test_same_bits(same_bits, rng, case):
    w = rng.standard_normal(100_003, np.float32)
    gradients = [rng.standard_normal(w.size, np.float32) for _ in range(3)]

    def steps():
        arrays = start(case, w)
        for g, call in zip(gradients, calls(case, 0.01, 3), strict=True):
            step(case, arrays, g, call)
        return tuple(array for array in arrays.values() if array is not None)

    same_bits(steps)


# Many variables in a step


def many(rule, rng):
    """Variables of sizes around the panels', some of them empty, each with its arrays."""
    slots = RULES[rule][1]
    sizes = (0, 5, 8191, 8192, 8193, 1, 0, 40_000, 33, 0)
    return [[rng.random(n, np.float32) for _ in ("w", "g", *slots)] for n in sizes]


@pytest.mark.parametrize("rule", RULES)
def test_a_step_of_many_variables_is_one_of_each(same_bits, rng, rule):
    first, given = many(rule, rng), [0.3] * len(RULES[rule][0])
    decays = [i % 3 == 1 for i in range(len(first))]

    def steps(together):
        variables = [[a.copy() for a in arrays] for arrays in first]
        rows = (
            [(variables, decays)]
            if together
            else [([v], [d]) for v, d in zip(variables, decays, strict=True)]
        )
        for some, decaying in rows:
            update = _core.Update(rule, some, decaying)
            update.step(given)
            update.step(given, 0.25)
        return tuple(a for arrays in variables for a in arrays)

    for one, other in zip(same_bits(lambda: steps(True)), steps(False), strict=True):
        assert_same_bits(one, other)
    decayed = [[a.copy() for a in arrays] for arrays in first]
    for (w, *_), decay in zip(decayed, decays, strict=True):
        if decay:
            _core.decay(w, 0.25)
    for w, g, *state in decayed:
        run(rule, [w, *state], g, given)
    variables = [[a.copy() for a in arrays] for arrays in first]
    _core.Update(rule, variables, decays).step(given, 0.25)
    for arrays, others in zip(variables, decayed, strict=True):
        for one, other in zip(arrays, others, strict=True):
            assert_same_bits(one, other)


def test_a_variable_given_twice_is_updated_twice(same_bits, rng):
    """Even where its updates could meet on two threads."""
    start, g, h = rng.standard_normal((3, 100_003), np.float32)

    def together():
        w = start.copy()
        _core.Update("sgd", [(w, g, None), (w, h, None)]).step((0.1, 0, False))
        return w

    def after_the_first():  # the gradient of one is what another has become
        w, v = start.copy(), h.copy()
        _core.Update("sgd", [(w, g, None), (v, w, None)]).step((0.1, 0, False))
        return v

    w = start - g * np.float32(0.1)
    assert_same_bits(w - h * np.float32(0.1), same_bits(together)[0])
    assert_same_bits(h - w * np.float32(0.1), same_bits(after_the_first)[0])


def test_other_gradients(isa):
    w, v = np.ones((2, 3), np.float32)
    g = np.full(3, 0.5, np.float32)
    update = _core.Update("sgd", [(w, g, None), (v, g, None)])
    for gradients, error, message in (
        ([g], ValueError, r"\[sgd\] expected 2 gradients, got 1"),
        ([g, g[:2]], ValueError, r"\[sgd\] expected g of shape \(3,\), got \(2,\)"),
        ([g, [1, 2, 3]], TypeError, r"\[sgd\] expected g: a C-contiguous float32 array, got list"),
        ([2 * g, v], ValueError, r"\[sgd\] expected g: memory of its own"),
    ):
        with pytest.raises(error, match=message):
            update.take(gradients)
    update.take([2 * g, 4 * g])
    update.step((1, 0, False))
    assert (w.tolist(), v.tolist()) == ([0, 0, 0], [-1, -1, -1])


def test_an_update_is_refused():
    w, g = np.ones((2, 3), np.float32)
    for call, error, message in (
        (lambda: _core.Update("adamant", []), ValueError, r"expected rule: one of .*, got adamant"),
        (
            lambda: _core.Update("adam", [(w, g)]),
            ValueError,
            r"\[adam\] expected a variable's arrays w, g, momentum, velocity, velocity_hat, got 2",
        ),
        (
            lambda: run("lion", [w, None], g, (0.1, 0.2, 0.3)),
            TypeError,
            r"\[lion\] expected momentum: a writeable",
        ),
        (
            lambda: run("sgd", [w, None], g, (0.1,)),
            ValueError,
            r"\[sgd\] expected scalars: 3 \(learning_rate, momentum, nesterov\), got 1",
        ),
        (lambda: run("sgd", [w, None], g, ("fast", 0, 0)), TypeError, "incompatible function"),
    ):
        with pytest.raises(error, match=message):
            call()
    assert (w == 1).all()


def test_an_array_that_changes_while_it_is_held_is_refused():
    w, g = np.ones(3, np.float32), np.ones(3, np.float32)
    update = _core.Update("sgd", [(w, g, None)])
    w.flags.writeable = False
    with pytest.raises(TypeError, match=r"\[sgd\] expected w: the same .*read-only"):
        update.step((1, 0, False))
    w.flags.writeable = True
    g.resize(10_000_000, refcheck=False)
    with pytest.raises(TypeError, match=r"\[sgd\] expected g: the same"):
        update.step((1, 0, False))
    assert (w == 1).all()


def test_decay(same_bits, rng):
    for n in (*SIZES, 100_003):
        w = rng.standard_normal(n, np.float32)

        def decayed(w=w):
            copy = w.copy()
            assert _core.decay(copy, 0.01) is None
            return copy

        assert_same_bits(w - w * np.float32(0.01), same_bits(decayed)[0])


def test_sum_of_squares(same_bits, rng):
    for n in (*SIZES, 8191, 8192, 8193, 100_003):
        x = rng.standard_normal(n, np.float32)
        got = same_bits(lambda x=x: np.array(_core.sum_of_squares(x)))[0]
        assert got == reference.sum_of_squares(x)
        assert got == pytest.approx((x.astype(np.float64) ** 2).sum(), rel=1e-13)
    huge = np.array([3e38, -4e38 / 2], np.float32)
    assert math.isfinite(_core.sum_of_squares(huge))


@pytest.mark.parametrize("n", [*SIZES, 100_003])
def test_scale_clip_accumulate_and_moving_average(same_bits, rng, n):
    x, y = rng.standard_normal((2, n), np.float32)
    x[n // 2 : n // 2 + 1] = math.nan
    f = np.float32

    def results():
        scaled, total, average, in_place = _core.scale(x, 0.3, 7.0), y.copy(), y.copy(), x.copy()
        run("accumulate", [total], x, [])
        run("moving_average", [average], x, [0.9])
        assert _core.clip(in_place, 0.5, out=in_place) is in_place
        return scaled, _core.clip(x, 0.5), in_place, total, average

    scaled, clipped, in_place, total, average = same_bits(results)
    assert_same_bits(scaled, x * f(0.3) / f(7))
    assert_same_bits(clipped, np.clip(x, f(-0.5), f(0.5)))
    assert_same_bits(in_place, clipped)
    assert_same_bits(total, y + x)
    assert_same_bits(average, f(0.9) * y + (f(1) - f(0.9)) * x)
